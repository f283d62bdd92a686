//! The declarations that `init` and the demo write: valid as they stand, with a comment for every key.

use super::{declaration::LESSON_MS_MIN, words::local};
use crate::domain::time::{Millis, UnixMillis};

/// The zone of the declarations that are written: where most of these lessons are held.
pub const ZONE: &str = "Asia/Jakarta";

const HOUR_MS: i64 = 3_600_000;

/// The declaration of a real attempt, planned for the next full hour after `now`.
#[must_use]
pub fn attempt(now: UnixMillis) -> String {
    write(&Values {
        kind: "The declaration of a record attempt.",
        title: "Record attempt: the largest lesson",
        organizer: "The organizer",
        rehearsal: false,
        planned_start: next_full_hour(now),
        minimum: LESSON_MS_MIN,
        persons_per_device: 1,
        open: false,
        signals: "countersigned",
    })
}

/// The declaration of the demo: a rehearsal that anybody can join, and one member of staff can run.
#[must_use]
pub fn demo(now: UnixMillis) -> String {
    write(&Values {
        kind: "The declaration of the demo: a rehearsal.",
        title: "Hadir demo",
        organizer: "Whoever tries Hadir",
        rehearsal: true,
        planned_start: next_full_hour(now),
        minimum: Millis(0),
        persons_per_device: 0,
        open: true,
        signals: "single",
    })
}

struct Values {
    kind: &'static str,
    title: &'static str,
    organizer: &'static str,
    rehearsal: bool,
    planned_start: UnixMillis,
    minimum: Millis,
    persons_per_device: u32,
    open: bool,
    signals: &'static str,
}

fn next_full_hour(now: UnixMillis) -> UnixMillis {
    UnixMillis(now.0.div_euclid(HOUR_MS).saturating_add(1).saturating_mul(HOUR_MS))
}

/// What a declaration may promise beyond the least.
const OPTIONAL: &str = r#"# Participation checks at random times. / Pemeriksaan kehadiran pada waktu acak.
# [prompts]
# count = "auto"       # three in fifty minutes, at least two; or a number
# kind = "press"       # a button on the page, or "word": a word that the lesson shows
# answer_ms = 90000

# Reported when more than this share (basis points) meets every other clause and does not answer the checks.
# [ceilings]
# inactive_bp = 1000

# Halls, one section each, with the short names of their doors. / Gedung, satu bagian per gedung.
# [[venue]]
# id = "hall"
# name = "Aula"
# doors = ["north", "south"]

# How long personal data are kept after the lesson. / Lama penyimpanan data pribadi.
# [retention]
# days = 1826

# How long after the lesson somebody who is not counted can claim to have been there; 0 takes no claims.
# Berapa hari setelah pelajaran sanggahan diterima; 0: tidak diterima.
# [claims]
# days = 7

# The spot check after the close: so many of those who count are reached by phone, at most so many may deny.
# Pemeriksaan acak setelah ditutup: sekian orang dihubungi, paling banyak sekian boleh menyangkal.
# [spot_check]
# persons = 299      # without a denial: less than one in a hundred is false, at 95 % confidence
# denied_max = 0

"#;

const RELAYS: &str = "# Whether somebody whose device and network both change during the lesson is held for review.
# hold_relays = false
";

fn write(values: &Values) -> String {
    let Values { kind, title, organizer, rehearsal, planned_start, minimum, persons_per_device, open, signals } =
        values;
    let planned_end = planned_start.plus(LESSON_MS_MIN);
    let (planned_start, planned_end) = (local(*planned_start, ZONE), local(planned_end, ZONE));
    let minimum = minimum.0;
    format!(
        r#"# {kind}
# Edit it until the first `hadir serve`; from then on it is the log's first entry and is fixed.
# `hadir declaration check DIR` explains it in words; `hadir declaration seal DIR` prints what is filed beforehand.
# Boleh diubah sampai `hadir serve` pertama kali dijalankan; sesudah itu isinya tetap.

# Public title and organizer, as on the certificate. / Judul dan penyelenggara, seperti pada sertifikat.
title = "{title}"
organizer = "{organizer}"

# IANA time zone that pages and reports show beside UTC: Asia/Jakarta (WIB), Asia/Makassar (WITA), Asia/Jayapura (WIT).
zone = "{ZONE}"

# Where participants reach the hub. Without it all links work on this machine only.
# Alamat yang dibuka peserta; tanpa ini semua tautan hanya berlaku di komputer ini.
# public_url = "https://hadir.example"

# A rehearsal is marked on every page and file. / Gladi bersih ditandai di setiap halaman dan berkas.
rehearsal = {rehearsal}

# Who gives the start and end signals: "single" (one member of staff) or "countersigned" (another side confirms).
signals = "{signals}"

[window]
# The planned lesson, with the offset from UTC. / Waktu pelajaran yang direncanakan.
planned_start = {planned_start}
planned_end = {planned_end}
# The shortest lesson that the record allows; an earlier end signal is refused.
minimum_ms = {minimum}
# How far the start signal may lie from the plan.
tolerance_ms = 3600000

[rule]
# What makes a person count: "full_lesson", "minimum_time" (minimum_ms, continuous), "share" (share_bp), "peak", or
# "prompts" (present at all; prompts_min participation checks answered).
# Syarat agar seseorang dihitung.
kind = "full_lesson"
# How long after the start a person may arrive, and how long before the end they may leave.
late_ms = 0
early_ms = 0
# The longest interruption that is bridged. / Jeda terlama yang masih dijembatani.
grace_ms = 75000
# How many of the participation checks below a person must answer. / Jumlah pemeriksaan yang harus dijawab.
# prompts_min = 1
# "checkpoints" is for lessons that most follow on a phone in another app: proofs around start and end, and the checks.
# presence = "continuous"

{OPTIONAL}[liveness]
# How often each page is asked whether it lives, and the longest silence that still counts as presence.
challenge_ms = 25000
proof_max_gap_ms = 60000

[people]
# The identifier that merges two rows of a roster: "auto", "nuptk", "nip", "nik", "id" or "email".
primary_id = "auto"
# How many persons one device may stand for; 0 does not look.
persons_per_device = {persons_per_device}
{RELAYS}# Whether anybody can register on the join page, and whether those persons count.
open_registration = {open}
open_registration_counts = {open}
# The roles that count. / Peran yang dihitung.
roles = ["participant"]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{attempt::declaration::parse, domain::rules::Signals};

    /// 2026-11-24T02:12:10.123Z.
    const NOW: UnixMillis = UnixMillis(1_795_486_330_123);

    #[test]
    fn the_written_declaration_is_valid_as_it_stands() {
        let declaration = parse(&attempt(NOW)).unwrap();

        assert!(!declaration.rehearsal && !declaration.people.open_registration);
        assert_eq!(declaration.window.planned_start.to_string(), "2026-11-24T03:00:00.000Z");
        assert_eq!(declaration.planned_length(), Millis(1_800_000));
        assert_eq!(declaration.rule.grace_ms, Millis(75_000));
        assert_eq!((declaration.rule.late_ms, declaration.rule.early_ms), (Millis(0), Millis(0)));
    }

    #[test]
    fn the_demo_can_be_joined_and_run_by_one_person() {
        let declaration = parse(&demo(NOW)).unwrap();

        assert!(declaration.rehearsal);
        assert!(declaration.people.open_registration && declaration.people.open_registration_counts);
        assert_eq!(declaration.people.persons_per_device, 0);
        assert_eq!(declaration.window.minimum_ms, Millis(0));
        assert_eq!(declaration.signals, Signals::Single);
    }

    #[test]
    fn the_plan_is_written_in_the_zone_of_the_lesson() {
        assert!(attempt(NOW).contains("planned_start = 2026-11-24T10:00:00+07:00\n"));
    }
}
