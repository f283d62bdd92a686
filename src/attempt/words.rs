//! A declaration in words, in both languages, as the record body and the staff read it.

use jiff::{Timestamp, tz::TimeZone};

use super::calendar::{Calendar, Language};
use crate::domain::{
    rules::{Declaration, PromptKind, Signals, SpotCheck, Venue, Words},
    time::{Millis, UnixMillis},
};

/// An instant as people in a zone write it, with its offset; in UTC where the zone is not to be had.
#[must_use]
pub fn local(instant: UnixMillis, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(instant.0)
        .map(|instant| instant.to_zoned_datetime(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .unwrap_or_else(|_| instant.to_string())
}

/// Everything that a declaration promises, one sentence a line.
#[must_use]
pub fn explain(declaration: &Declaration) -> Words {
    let always = [
        about,
        window,
        rule,
        liveness,
        prompts,
        ceiling,
        roles,
        registration,
        devices,
        signals,
        spot_check,
        claims,
        retention,
    ];
    let sentences: Vec<Words> =
        always.map(|sentence| sentence(declaration)).into_iter().chain(venues(declaration)).collect();
    let text = |language: fn(&Words) -> &str| sentences.iter().map(language).collect::<Vec<_>>().join("\n");
    Words { id: text(|words| &words.id), en: text(|words| &words.en) }
}

fn words(id: String, en: String) -> Words {
    Words { id, en }
}

fn moment(at: UnixMillis, zone: &str) -> Words {
    let told = |language| Calendar::new(language, zone).moment(at);
    words(told(Language::Id), told(Language::En))
}

/// A length in the largest unit that says it exactly.
fn length(length: Millis) -> Words {
    let Millis(millis) = length;
    if millis > 0 && millis.rem_euclid(60_000) == 0 {
        let minutes = millis.div_euclid(60_000);
        return words(format!("{minutes} menit"), format!("{minutes} min"));
    }
    let (whole, rest) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
    let seconds = if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}") };
    words(format!("{seconds} detik"), format!("{seconds} s"))
}

fn about(declaration: &Declaration) -> Words {
    let Declaration { title, organizer, .. } = declaration;
    if declaration.rehearsal {
        return words(
            format!("\"{title}\", diselenggarakan oleh {organizer}: GLADI BERSIH, bukan upaya rekor."),
            format!("\"{title}\", organized by {organizer}: a REHEARSAL, not the record attempt."),
        );
    }
    words(
        format!("\"{title}\", diselenggarakan oleh {organizer}: upaya rekor."),
        format!("\"{title}\", organized by {organizer}: the record attempt."),
    )
}

fn window(declaration: &Declaration) -> Words {
    let Declaration { window, zone, .. } = declaration;
    let (start, end) = (moment(window.planned_start, zone), moment(window.planned_end, zone));
    let planned = length(declaration.planned_length());
    let mut said = words(
        format!("Pelajaran direncanakan {} sampai {} ({zone}), {}.", start.id, end.id, planned.id),
        format!("The lesson is planned from {} to {} ({zone}), {}.", start.en, end.en, planned.en),
    );
    if !declaration.rehearsal {
        let (tolerance, minimum) = (length(window.tolerance_ms), length(window.minimum_ms));
        said.id.push_str(&format!(
            " Tanda mulai boleh menyimpang paling banyak {} dari rencana; tanda selesai sebelum {} ditolak.",
            tolerance.id, minimum.id
        ));
        said.en.push_str(&format!(
            " The start signal may lie at most {} from the plan; an end signal before {} is refused.",
            tolerance.en, minimum.en
        ));
    }
    said
}

fn rule(declaration: &Declaration) -> Words {
    let rule = declaration.rule.words();
    words(format!("Yang dihitung: {}.", rule.id), format!("What counts: {}.", rule.en))
}

fn liveness(declaration: &Declaration) -> Words {
    let challenge = length(declaration.liveness.challenge_ms);
    let gap = length(declaration.liveness.proof_max_gap_ms);
    words(
        format!("Kehadiran dibuktikan setiap {}; diam lebih lama dari {} mengakhirinya.", challenge.id, gap.id),
        format!("Presence is proved every {}; a silence longer than {} ends it.", challenge.en, gap.en),
    )
}

fn prompts(declaration: &Declaration) -> Words {
    let Some(plan) = declaration.prompts else {
        return words(
            "Tidak ada pemeriksaan kehadiran yang direncanakan.".to_owned(),
            "No participation checks are planned.".to_owned(),
        );
    };
    let (count, answer) = (plan.count, length(plan.answer_ms));
    let (id, en) = match plan.kind {
        PromptKind::Press => ("menekan tombol", "pressing a button"),
        PromptKind::Word => ("mengetik kata yang ditampilkan", "typing the word that is shown"),
    };
    words(
        format!(
            "{count} pemeriksaan kehadiran pada waktu acak, dijawab dalam {} dengan {id}; waktunya ditentukan oleh benih \
             yang dikunci di catatan sebelum mulai dan kata acak dari juri.",
            answer.id
        ),
        format!(
            "{count} participation checks at random times, answered within {} by {en}; the times follow from a seed that \
             is committed in the log before the start and from the adjudicator's nonce.",
            answer.en
        ),
    )
}

fn ceiling(declaration: &Declaration) -> Words {
    match declaration.ceilings.inactive_bp {
        None => words(
            "Tidak ada batas bagian peserta yang tidak aktif.".to_owned(),
            "No ceiling is declared for the share of those who do not take part.".to_owned(),
        ),
        Some(share) => {
            let (whole, part) = (share.div_euclid(100), share.rem_euclid(100));
            words(
                format!(
                    "Bila lebih dari {whole},{part:02} % dari yang memenuhi syarat lain tidak menjawab pemeriksaan, itu \
                     dilaporkan; keputusannya pada juri."
                ),
                format!(
                    "If more than {whole}.{part:02} % of those who meet every other clause do not answer the checks, it is \
                     reported; what follows is the adjudicator's decision."
                ),
            )
        }
    }
}

fn spot_check(declaration: &Declaration) -> Words {
    match declaration.spot_check {
        None => {
            words("Tidak ada pemeriksaan acak yang dijanjikan.".to_owned(), "No spot check is promised.".to_owned())
        }
        Some(SpotCheck { persons, denied_max }) => words(
            format!(
                "Setelah ditutup, sedikitnya {persons} orang terhitung yang diundi dihubungi; paling banyak {denied_max} \
                 boleh menyangkal telah hadir."
            ),
            format!(
                "After the close at least {persons} drawn persons who count are reached; at most {denied_max} may deny \
                 that they were there."
            ),
        ),
    }
}

fn claims(declaration: &Declaration) -> Words {
    let Some(until) = declaration.claims_until() else {
        return words("Sanggahan tidak diterima.".to_owned(), "No claims are taken.".to_owned());
    };
    let until = moment(until, &declaration.zone);
    words(
        format!("Yang tidak terhitung dapat menyanggah di halamannya sampai {}.", until.id),
        format!("Who is not counted can claim to have been there, on their own page, until {}.", until.en),
    )
}

fn retention(declaration: &Declaration) -> Words {
    let days = declaration.retention.days;
    words(
        format!("Data pribadi disimpan {days} hari setelah pelajaran."),
        format!("Personal data are kept for {days} days after the lesson."),
    )
}

/// One sentence for each hall, and what holds for all of them.
fn venues(declaration: &Declaration) -> Vec<Words> {
    let mut said: Vec<Words> = declaration.venues.iter().map(venue).collect();
    if let Some(least) = declaration.rule.venue_min {
        said.push(words(
            format!("Gedung dengan kurang dari {least} orang terhitung ditandai."),
            format!("A venue with fewer than {least} persons who count is flagged."),
        ));
    }
    if !said.is_empty() {
        let delay = length(declaration.hall.delay_ms);
        said.push(words(
            format!("Pindaian yang tiba lebih dari {} setelah dibuat menahan orangnya untuk ditinjau.", delay.id),
            format!("A scan that arrives more than {} after it was made holds its person for review.", delay.en),
        ));
    }
    said
}

fn venue(venue: &Venue) -> Words {
    let (name, id, doors) = (&venue.name, &venue.id, venue.doors.join(", "));
    words(format!("Gedung {name} ({id}), pintu: {doors}."), format!("Venue {name} ({id}), doors: {doors}."))
}

fn roles(declaration: &Declaration) -> Words {
    let roles = declaration.people.roles.join(", ");
    words(format!("Peran yang dihitung: {roles}."), format!("Roles that count: {roles}."))
}

fn registration(declaration: &Declaration) -> Words {
    let people = &declaration.people;
    match (people.open_registration, people.open_registration_counts) {
        (false, false) => words(
            "Hanya orang di daftar peserta yang dapat dihitung; yang ditambahkan setelah dibuka tidak dihitung."
                .to_owned(),
            "Only persons on the roster can count; those added after the opening do not.".to_owned(),
        ),
        (false, true) => words(
            "Orang yang ditambahkan ke daftar setelah dibuka ikut dihitung.".to_owned(),
            "Persons added to the roster after the opening count too.".to_owned(),
        ),
        (true, false) => words(
            "Siapa pun dapat mendaftar di halaman; yang mendaftar di sana tidak dihitung.".to_owned(),
            "Anybody can register on the page; those who do so do not count.".to_owned(),
        ),
        (true, true) => words(
            "Siapa pun dapat mendaftar di halaman dan ikut dihitung.".to_owned(),
            "Anybody can register on the page, and counts.".to_owned(),
        ),
    }
}

fn devices(declaration: &Declaration) -> Words {
    let mut said = match declaration.people.persons_per_device {
        0 => words(
            "Jumlah orang per perangkat tidak diperiksa.".to_owned(),
            "How many persons share a device is not looked at.".to_owned(),
        ),
        most => words(
            format!("Satu perangkat dinyatakan untuk paling banyak {most} orang."),
            format!("One device is declared to stand for at most {most} person(s)."),
        ),
    };
    if declaration.people.hold_relays {
        said.id.push_str(" Yang perangkat dan jaringannya berganti sekaligus selama pelajaran ditahan untuk ditinjau.");
        said.en.push_str(" Whose device and network both change during the lesson is held for review.");
    }
    said
}

fn signals(declaration: &Declaration) -> Words {
    let (id, en) = match declaration.signals {
        Signals::Single => ("Satu petugas memberi tanda mulai dan selesai.", "One member of staff gives the signals."),
        Signals::Countersigned if declaration.rehearsal => (
            "Tanda mulai dan selesai dikukuhkan pihak lain; dalam gladi bersih cukup satu petugas.",
            "Signals are confirmed by staff of another side; in a rehearsal one member of staff is enough.",
        ),
        Signals::Countersigned => (
            "Tanda mulai dan selesai baru berlaku setelah dikukuhkan petugas dari pihak lain.",
            "A start or end signal takes effect once staff of another side confirm it.",
        ),
    };
    words(id.to_owned(), en.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{declaration::parse, template};

    #[test]
    fn an_explanation_names_every_promise_in_both_languages() {
        let declaration = parse(&template::attempt(UnixMillis(1_795_486_330_123))).unwrap();

        let Words { id, en } = explain(&declaration);

        for part in ["24 November 2026, 10:00:00 WIB", "30 min", "75 s", "25 s", "participant", "another side"] {
            assert!(en.contains(part), "{part} in {en}");
        }
        for part in ["24 November 2026 pukul 10.00.00 WIB", "30 menit", "75 detik", "pihak lain", "upaya rekor"] {
            assert!(id.contains(part), "{part} in {id}");
        }
        assert_eq!(id.lines().count(), en.lines().count());
    }

    #[test]
    fn a_rehearsal_is_never_called_an_attempt() {
        let declaration = parse(&template::demo(UnixMillis(1_795_486_330_123))).unwrap();

        let Words { id, en } = explain(&declaration);

        assert!(en.contains("REHEARSAL") && id.contains("GLADI BERSIH"));
        assert!(!en.contains("organized by Whoever tries Hadir: the record attempt"));
    }

    #[test]
    fn a_length_is_said_exactly() {
        assert_eq!(length(Millis(0)).en, "0 s");
        assert_eq!(length(Millis(75_000)).en, "75 s");
        assert_eq!(length(Millis(1_500)).en, "1.500 s");
        assert_eq!(length(Millis(1_800_000)).id, "30 menit");
    }
}
