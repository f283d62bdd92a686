//! What a closed attempt still does.

use std::fs;

use super::{
    certificates::{lesson, with_roster},
    done,
};
use crate::support::Process;

#[test]
fn a_closed_attempt_can_be_served_again_although_somebody_was_imported_since() {
    let folder = with_roster();
    assert_eq!(lesson(folder.path(), &["Citra"], &["start", "end", "close"]).stop(), Some(0));
    fs::write(folder.path().join("late.csv"), "nama,id,sekolah,peran\nFajar,A6,SMA 3,peserta\n").unwrap();
    done(folder.path(), &["roster", "import", "a", "late.csv"]);

    let hub = Process::start(&folder.path().join("a"));

    assert_eq!(hub.stop(), Some(0));
    done(folder.path(), &["export", "a", "--out", "bundle"]);
    let people = fs::read_to_string(folder.path().join("bundle/people.csv")).unwrap();
    assert_eq!(people.lines().count(), 6, "whoever comes after the close is not of this attempt");
}
