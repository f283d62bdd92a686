//! How to check all this without the organizer, and where to sign.

use super::Part;
use crate::report::{
    pdf::{Column, Table},
    words::{Language, said},
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    verification(part);
    limits(part);
    signatures(part);
}

fn verification(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Memeriksa laporan ini", "Checking this report"));
    part.flow.heading(heading);
    let words = part.say(said(
        "Folder bukti ini memuat log lengkap dengan tanda tangan. Siapa pun dapat menghitung ulang angka di atas di komputer lain, tanpa jaringan:",
        "The folder of evidence holds the whole signed log. Anybody can recompute the number above on another computer, without a network:",
    ));
    part.flow.paragraph(words);
    let mut table = Table::new(vec![Column::words("", 4.2), Column::words("", 5.0)]);
    let rows = [
        (
            "hadir-verify FOLDER --key KEY --noted NOTEBOOK",
            said(
                "menghitung ulang setiap angka dan tabel, dan membandingkan dengan checkpoint yang dicatat juri",
                "recomputes every number and table, and compares with the checkpoints that the adjudicator noted",
            ),
        ),
        (
            "python3 FOLDER/recount.py FOLDER",
            said(
                "penghitungan ulang yang terpisah, ditulis dari SPEC.md, tanpa program kami",
                "an independent recount, written from SPEC.md, without any program of ours",
            ),
        ),
    ];
    for (command, what) in rows {
        table.row([command.to_owned(), part.say(what).to_owned()]);
    }
    part.flow.table(&table);
    let mut table = Table::new(vec![Column::words("", 1.6), Column::words("", 7.0)]);
    table.row([part.say(said("Kunci log", "Log key")).to_owned(), part.facts.key.clone()]);
    table.row([part.say(said("Jumlah entri", "Entries")).to_owned(), part.number(part.facts.head.size.0)]);
    table.row([part.say(said("Akar", "Root")).to_owned(), part.facts.head.root.to_string()]);
    part.flow.table(&table);
    let compare = part.say(said(
        "Bandingkan kunci dengan yang diajukan sebelum acara, dan akar dengan yang terlihat di layar dan di rekaman video.",
        "Compare the key with the one that was filed beforehand, and the root with what the screen and the video footage show.",
    ));
    part.flow.paragraph(compare);
}

fn limits(part: &mut Part<'_, '_>) {
    let words = part.say(said(
        "Yang tidak dapat dibuktikan log mana pun: bahwa setiap tautan dipakai oleh manusia yang berbeda. Untuk itu ada saksi, petugas, dan pemeriksaan acak. Laporan ini tidak memuat nama peserta.",
        "What no log can prove: that each link was used by another human being. For that there are witnesses, stewards and the spot check. This report names no participant.",
    ));
    part.flow.note(words);
}

fn signatures(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Tanda tangan", "Signatures"));
    part.flow.heading(heading);
    let (number, root) = (part.number(part.facts.certified()), part.facts.head.root.to_string());
    let words = match part.language {
        Language::Id => format!(
            "Kami telah memeriksa laporan ini dan menyatakan bahwa angka {number} adalah yang dihitung dari log dengan akar {root}."
        ),
        Language::En => format!(
            "We have checked this report and state that the number {number} is the one counted from the log with the root {root}."
        ),
    };
    part.flow.paragraph(&words);
    let who = [
        said("Penyelenggara: nama, tempat, tanggal", "Organizer: name, place, date"),
        said("Juri badan rekor: nama, tempat, tanggal", "Adjudicator of the record body: name, place, date"),
        said("Saksi pertama: nama, pekerjaan, tanggal", "First witness: name, profession, date"),
        said("Saksi kedua: nama, pekerjaan, tanggal", "Second witness: name, profession, date"),
    ];
    let who = who.map(|who| part.say(who).to_owned());
    part.flow.signatures(&who);
}
