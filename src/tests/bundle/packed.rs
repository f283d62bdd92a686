//! Bundles exported from a journal on the disk, as folders and packed.

use std::fs::{self, File};

use hadir::{
    attempt::layout::Layout,
    domain::ids::Size,
    evidence::{
        bundle::BundleError,
        verify::{self, Verdict},
    },
    log::{Journal, Log as _, SignedHead},
    server::export::{ExportError, export},
};
use tempfile::TempDir;
use zip::ZipArchive;

use super::Simulated;
use crate::model::history::DECLARATION_TOML;

/// The simulated attempt in a journal, with its checkpoints recorded.
async fn on_disk(attempt: &Simulated) -> (TempDir, Layout) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path().join("attempt"));
    fs::create_dir_all(layout.private()).unwrap();
    fs::write(layout.declaration(), DECLARATION_TOML).unwrap();
    fs::write(layout.roster(), &attempt.roster).unwrap();
    let key = attempt.key.verifier();
    let mut journal = Journal::create(&layout.journal(), key.origin().as_str()).unwrap();
    journal.append(&attempt.facts).await.unwrap();
    let mut previous = None;
    for note in &attempt.notes {
        let head = key.open(note).unwrap();
        let signed = SignedHead { size: head.size, root: head.root, note: note.clone() };
        journal.record_head(previous, &signed).await.unwrap();
        previous = Some(head.size);
    }
    (folder, layout)
}

#[tokio::test]
async fn a_packed_bundle_is_the_same_each_time_and_unpacks_to_a_sound_one() {
    let attempt = Simulated::new();
    let (folder, layout) = on_disk(&attempt).await;
    let key = attempt.key.verifier();
    let (first, second) = (folder.path().join("one.zip"), folder.path().join("two.zip"));

    let exported = export(&layout, key, None, None, &first).unwrap();
    export(&layout, key, None, None, &second).unwrap();
    export(&layout, key, None, None, &second).unwrap();

    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    assert_eq!((exported.head.size, exported.beyond), (Size(attempt.lines.len() as u64), 0));
    let unpacked = folder.path().join("unpacked");
    ZipArchive::new(File::open(&first).unwrap()).unwrap().extract(&unpacked).unwrap();
    assert_eq!(verify::verify(&unpacked, &attempt.asked()).verdict, Verdict::Sound);
    // The attempt, two packed bundles, the unpacked one: no draft is left.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[tokio::test]
async fn an_export_at_an_earlier_size_says_what_lies_beyond_and_needs_a_checkpoint_there() {
    let attempt = Simulated::new();
    let (folder, layout) = on_disk(&attempt).await;
    let (key, out) = (attempt.key.verifier(), folder.path().join("bundle"));

    let exported = export(&layout, key, None, Some(Size(100)), &out).unwrap();
    let unsigned = export(&layout, key, None, Some(Size(150)), &out);

    assert_eq!((exported.head.size, exported.beyond), (Size(100), attempt.lines.len() as u64 - 100));
    assert!(matches!(unsigned, Err(ExportError::NotSigned(Size(150)))));
    assert_eq!(verify::verify(&out, &attempt.asked()).verdict, Verdict::Sound);
}

#[tokio::test]
async fn a_file_that_is_no_bundle_of_this_log_is_not_replaced() {
    let attempt = Simulated::new();
    let (folder, layout) = on_disk(&attempt).await;
    let out = folder.path().join("holiday.zip");
    fs::write(&out, "photographs").unwrap();

    let refused = export(&layout, attempt.key.verifier(), None, None, &out);

    assert!(matches!(refused, Err(ExportError::Bundle(BundleError::Foreign(_)))));
    assert_eq!(fs::read(&out).unwrap(), b"photographs");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_declaration_that_was_changed_after_the_opening_is_not_exported() {
    let attempt = Simulated::new();
    let (folder, layout) = on_disk(&attempt).await;
    fs::write(layout.declaration(), "title = \"Another lesson\"\n").unwrap();

    let refused = export(&layout, attempt.key.verifier(), None, None, &folder.path().join("bundle"));

    assert!(matches!(refused, Err(ExportError::Bundle(BundleError::Declaration { .. }))));
}
