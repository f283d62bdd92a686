//! The text that comes with the public grade: what it says, what was left out, and what an outsider can check.

use super::counts::{CELL_MIN, ROUNDED_TO};
use crate::domain::{event::Opened, tree::Head};

/// The text for one log.
pub(super) fn text(opened: &Opened, head: Head) -> String {
    let rehearsal = if opened.rehearsal { "GLADI BERSIH, BUKAN REKOR / REHEARSAL, NOT A RECORD\n\n" } else { "" };
    let rule = opened.declaration.rule.words();
    let filled = |text: &str, rule: &str| {
        let text = text.replace("{rule}", rule).replace("{most}", &CELL_MIN.saturating_sub(1).to_string());
        text.replace("{least}", &CELL_MIN.to_string()).replace("{step}", &ROUNDED_TO.to_string())
    };
    format!(
        "{rehearsal}{title}\n{organizer}\nattempt.toml SHA-256 {digest}\nlog {origin}, {size} entries, root {root}\n\n{indonesian}\n{english}",
        title = opened.declaration.title,
        organizer = opened.declaration.organizer,
        digest = opened.digest,
        origin = opened.origin,
        size = head.size.0,
        root = head.root,
        indonesian = filled(INDONESIAN, &rule.id),
        english = filled(ENGLISH, &rule.en),
    )
}

const INDONESIAN: &str = "\
== Bahasa Indonesia ==

Ini tingkat publik dari bukti satu upaya rekor: hitungan saja, tanpa data orang per orang dan tanpa isi log.
Aturan yang dinyatakan: {rule}.

README.txt       teks ini
manifest.json    ukuran dan SHA-256 setiap berkas
declaration.toml pernyataan yang diajukan sebelumnya
log/             checkpoint yang ditandatangani, kunci publik log, dan policy; tanpa entri
counts.json      hitungan utama
funnel.json      dari semua yang terdaftar sampai yang terhitung
groups.csv       kelompok (sekolah atau wilayah, dengan label yang tidak dapat dibaca)
venues.csv       tempat orang yang terhitung: menurut pindaian pertama di gedung, atau di luar gedung (elsewhere)
timeline.csv     jumlah yang hadir pada setiap menit genap; menit yang tidak tertulis sama dengan menit sebelumnya

Agar tidak seorang pun dapat dikenali, tidak ada angka 1 sampai {most}, dan angka seperti itu juga tidak dapat dihitung
dari jumlah atau selisih:
- Alasan, kelompok, dan gedung yang kurang dari {least} orang digabung menjadi \"other\", bersama yang terkecil berikutnya
  sampai gabungannya {least} orang atau lebih. Yang kosong pun tidak disebut tersendiri.
- Sel kosong di groups.csv dan null di berkas JSON berarti angkanya ditahan: terlalu kecil, atau akan membuka angka kecil.
- Angka di bawah \"rounded\" dan di timeline.csv dibulatkan ke kelipatan {step} terdekat; nol berarti kurang dari {least}.
- Hitungan lain, waktu puncak, gangguan, dan sanggahan tidak dimuat. Ukuran checkpoint menghitung entri log, bukan orang.

Yang dapat diperiksa pihak luar:
- checkpoint di log/ sama dengan yang terlihat di layar, di rekaman, atau di catatan juri pada upaya itu;
- SHA-256 declaration.toml sama dengan yang diajukan sebelumnya;
- setiap berkas cocok dengan manifest.json:
  jq -r '.files[] | .sha256 + \"  \" + .path' manifest.json | sha256sum -c
Yang tidak dapat diperiksa dari sini: hitungannya. Untuk itu diperlukan bukti tingkat auditor, yang dapat dihitung ulang
dengan hadir-verify; auditor yang memeriksanya menjamin angka yang dinyatakan di sini.
";

const ENGLISH: &str = "\
== English ==

This is the public grade of the evidence of one record attempt: counts only, nothing of single persons, and no log.
The declared rule: {rule}.

README.txt       this text
manifest.json    size and SHA-256 of every file
declaration.toml the declaration as it was filed beforehand
log/             signed checkpoints, the log's public key and policy; no entries
counts.json      the main counts
funnel.json      from everybody on the list to those who are certified
groups.csv       groups (schools or regions, under labels that nobody can read)
venues.csv       where the certified persons were: by their first scan at a hall, or at none (elsewhere)
timeline.csv     how many were present at each whole minute; a minute that is not listed says the same as the one before

So that nobody can be recognised, there is no number from 1 to {most}, and none can be computed from sums or differences:
- Reasons, groups and halls with fewer than {least} persons are united as \"other\", with the next smallest ones until it
  holds {least} or more. Empty ones are not named either.
- An empty cell of groups.csv and a null in JSON say that a number is withheld: it is small, or would tell a small one.
- Numbers under \"rounded\" and in timeline.csv are rounded to the nearest multiple of {step}; zero means fewer than {least}.
- Other counts, the time of the peak, incidents and claims are left out. A checkpoint's size counts entries, not persons.

What an outsider can check:
- the checkpoint in log/ is the one on the screen, in the film, or in the adjudicator's notes of the attempt;
- the SHA-256 of declaration.toml is the one that was filed beforehand;
- every file is as manifest.json says:
  jq -r '.files[] | .sha256 + \"  \" + .path' manifest.json | sha256sum -c
What cannot be checked from here is the count itself. That needs the auditor's grade, which hadir-verify counts again;
the auditor who has done so vouches for the certified number.
";
