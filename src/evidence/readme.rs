//! The text that comes with a bundle: what it is and how an auditor checks it, in Indonesian and English.

use crate::domain::{event::Opened, tree::Head};

/// The text's own name in a bundle.
pub(super) const README: &str = "README.txt";

/// The text for one log.
pub(super) fn text(opened: &Opened, head: Head) -> String {
    let rehearsal = if opened.rehearsal { "GLADI BERSIH, BUKAN REKOR / REHEARSAL, NOT A RECORD\n\n" } else { "" };
    let rule = opened.declaration.rule.words();
    format!(
        "{rehearsal}{title}\n{organizer}\nattempt.toml SHA-256 {digest}\nlog {origin}, {size} entries, root {root}\n\n{indonesian}\n{english}",
        title = opened.declaration.title,
        organizer = opened.declaration.organizer,
        digest = opened.digest,
        origin = opened.origin,
        size = head.size.0,
        root = head.root,
        indonesian = INDONESIAN.replace("{rule}", &rule.id),
        english = ENGLISH.replace("{rule}", &rule.en),
    )
}

const INDONESIAN: &str = "\
== Bahasa Indonesia ==

Isi berkas ini adalah bukti satu upaya rekor. Aturan yang dinyatakan: {rule}.

README.txt       teks ini
SPEC.md          uraian format bukti ini (dalam bahasa Inggris): setiap berkas, aturan, dan hitungan
recount.py       hitung ulang yang ditulis dari SPEC.md saja, dengan Python tanpa pustaka tambahan
manifest.json    ukuran dan SHA-256 setiap berkas
declaration.toml pernyataan yang diajukan sebelumnya; SHA-256-nya ada di baris pertama log
roster.csv       daftar peserta tanpa nama; SHA-256-nya ada di baris pertama log
log/             log: entries.jsonl (satu fakta per baris), checkpoint yang ditandatangani, pohon hash, policy (kunci yang dipercaya, C2SP tlog-policy)
people.csv       satu baris per orang: status, alasan, waktu hadir
connections.csv  satu baris per sambungan: masuk, bukti terakhir, keluar, sebab
timeline.csv     jumlah yang hadir setiap detik; detik kosong berturut-turut ditulis sekali, yang pertama
tallies.json     semua hitungan
funnel.json      dari semua yang terdaftar sampai yang terhitung: setiap orang sekali, dengan satu alasan
prompts.csv      setiap pemeriksaan kehadiran dan setiap orang yang pernah bergabung
scans.csv        setiap pindaian di pintu gedung
stewards.csv     hitungan petugas di gedung, di samping hitungan sistem
acts.csv         setiap tindakan bertanda tangan
incidents.csv    gangguan (mati mendadak, putus massal, jam bergeser, pemeriksaan terlambat atau terlewat) dan akibatnya
anomalies.csv    yang tampak janggal, untuk ditinjau
sample.csv       orang yang diundi untuk pemeriksaan acak, dan hasilnya
strikes.csv      setiap pencoretan yang diusulkan, alasannya, dan siapa yang mengukuhkan
claims.csv       sanggahan orang yang tidak terhitung, dan jawabannya
privacy.csv      penghapusan data seseorang, penyerahan daftar tersegel, pemusnahan kunci
versions.csv     versi pernyataan, mana yang berlaku, dan hitungan menurut masing-masing
report.pdf, tables.xlsx, letters/
                 untuk dibaca orang, jika ada: laporan, semua tabel sebagai lembar kerja, dan surat; `hadir documents .` membuatnya ulang dari log dan membandingkannya

Waktu ditulis dalam UTC. Selang waktu setengah terbuka: mulai termasuk, akhir tidak termasuk.

Periksa semuanya:
  hadir-verify . --key KUNCI --noted CATATAN
  KUNCI: kunci yang diajukan sebelumnya; CATATAN: checkpoint yang dicatat juri selama acara.

Hitung ulang semuanya tanpa program ini, dengan Python 3.9 atau lebih baru, di folder ini:
  python3 recount.py . --key KUNCI
  Setiap hitungan dicetak di samping hasil hitung ulang; kalimat terakhir adalah putusannya.

Periksa tanpa program ini, di folder ini:
  jq -r '.files[] | .sha256 + \"  \" + .path' manifest.json | sha256sum -c
  jq -r '.digest' log/entries.jsonl | head -n 1     sama dengan: sha256sum declaration.toml
  jq -r '.roster' log/entries.jsonl | head -n 1     sama dengan: sha256sum roster.csv
  tail -n +2 connections.csv | wc -l     sama dengan: jq .connections tallies.json
  sed '/\"k\":\"close\"/q' log/entries.jsonl | jq -r 'select(.k == \"join\") | .s' | sort -u | wc -l     sama dengan: jq -r 'select(.k == \"join\") | .s' log/entries.jsonl | grep -cwFf - connections.csv
  grep -c '^p[a-z2-7]*,certified,' people.csv     sama dengan: jq .certifiable tallies.json

Versi pernyataan yang diajukan sesudah dibuka ada di log, byte demi byte:
  jq -j 'select(.k == \"version\") | .toml' log/entries.jsonl

Yang tidak dapat dibuktikan log mana pun: bahwa setiap tautan dipakai oleh manusia yang berbeda.
Untuk itu ada saksi, pengawas, dan pemeriksaan acak.
";

const ENGLISH: &str = "\
== English ==

This folder is the evidence of one record attempt. The declared rule: {rule}.

README.txt       this text
SPEC.md          the format of this evidence: every file, rule and count
recount.py       a recount that was written from SPEC.md alone, in Python without further libraries
manifest.json    size and SHA-256 of every file
declaration.toml the declaration as it was filed beforehand; the log's first line carries its SHA-256
roster.csv       the participants without their names; the log's first line carries its SHA-256
log/             the log: entries.jsonl (one fact a line), signed checkpoints, the hash tree, policy (whose key is trusted, C2SP tlog-policy)
people.csv       one row a person: status, reason, time present
connections.csv  one row a connection: join, last proof, leave, cause
timeline.csv     how many were present at each second; of seconds without anybody only the first of each run is given
tallies.json     every count
funnel.json      from everybody on the list to those who are certified: each person once, with one reason
prompts.csv      every participation check and everybody who ever joined
scans.csv        every scan at a hall's doors
stewards.csv     what stewards counted with their own eyes, beside the system's count
acts.csv         every signed act
incidents.csv    what disturbed the lesson (restarts, mass drops, steps of the clock, late and missed checks), and its effect
anomalies.csv    what looks odd, for review
sample.csv       persons drawn for a spot check, and what was found
strikes.csv      every strike that was proposed, its reason, and who confirmed it
claims.csv       claims of persons who are not counted, and the answers
privacy.csv      personal data that were erased, handed out sealed, or destroyed
versions.csv     versions of the declaration, which one is in force, and the count under each
report.pdf, tables.xlsx, letters/
                 for people to read, where they are there: the report, all tables as sheets, and letters; `hadir documents .` makes them again from the log and compares them

Times are in UTC. Stretches of time are half open: their beginning belongs to them, their end does not.

Check everything:
  hadir-verify . --key KEY --noted NOTEBOOK
  KEY: the key that was filed beforehand; NOTEBOOK: the checkpoints that the adjudicator noted during the attempt.

Count everything again without this program, with Python 3.9 or newer, in this folder:
  python3 recount.py . --key KEY
  Each count is printed beside the recomputed one; the last sentence is the verdict.

Check without this program, in this folder:
  jq -r '.files[] | .sha256 + \"  \" + .path' manifest.json | sha256sum -c
  jq -r '.digest' log/entries.jsonl | head -n 1     equals: sha256sum declaration.toml
  jq -r '.roster' log/entries.jsonl | head -n 1     equals: sha256sum roster.csv
  tail -n +2 connections.csv | wc -l     equals: jq .connections tallies.json
  sed '/\"k\":\"close\"/q' log/entries.jsonl | jq -r 'select(.k == \"join\") | .s' | sort -u | wc -l     equals: jq -r 'select(.k == \"join\") | .s' log/entries.jsonl | grep -cwFf - connections.csv
  grep -c '^p[a-z2-7]*,certified,' people.csv     equals: jq .certifiable tallies.json

Versions of the declaration that were handed in after the opening stand in the log, byte for byte:
  jq -j 'select(.k == \"version\") | .toml' log/entries.jsonl

What no log can prove: that each link was used by another human being.
For that there are witnesses, stewards and spot checks.
";
