//! The report in words, in both languages: what was read, what was found, and what it does not mean.

use jiff::tz::TimeZone;

use super::{
    encoding::Encoding,
    report::{Counts, Report},
    times::{self, Order},
    zoom::ZoomFile,
};
use crate::domain::{accounts::tally::Phase, fold::intervals::Interval, ids::Size, rules::Words, time::UnixMillis};

/// The report in words.
pub const SUMMARY: &str = "summary.txt";

/// The first line of a summary, before the attempt's origin: a folder that has it is one of this command's own.
pub const FIRST_LINE: &str = "Hadir: pencocokan dengan Zoom / reconciliation with Zoom: ";

/// How long a line of the summary is.
const LINE_CHARS: usize = 100;

/// The attempt with which a platform's list is compared.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The log's origin.
    pub origin: String,
    /// The declared title.
    pub title: String,
    /// Whether it is a rehearsal.
    pub is_rehearsal: bool,
    /// In which zone the platform's times are read, and times are shown beside UTC.
    pub zone: TimeZone,
    /// Its name.
    pub zone_name: String,
    /// The lesson, once it has begun.
    pub window: Option<Interval>,
    /// How many entries of the log are counted.
    pub size: Size,
    /// The last entry's time.
    pub at: UnixMillis,
    /// Where the lesson stands.
    pub phase: Phase,
}

/// Sentences in both languages.
#[derive(Default)]
struct Said(Vec<(String, String)>);

impl Said {
    fn say(&mut self, id: impl Into<String>, en: impl Into<String>) {
        self.0.push((id.into(), en.into()));
    }

    /// The same in lines that a plain editor shows whole.
    fn wrapped(self) -> Self {
        Self(self.0.into_iter().map(|(id, en)| (wrapped(&id), wrapped(&en))).collect())
    }

    fn words(self) -> Words {
        let (id, en): (Vec<String>, Vec<String>) = self.0.into_iter().unzip();
        Words { id: id.join("\n"), en: en.join("\n") }
    }
}

/// A sentence in lines of at most [`LINE_CHARS`], those after the first indented.
fn wrapped(sentence: &str) -> String {
    let indent = sentence.chars().take_while(|one| *one == ' ').count();
    let mut lines = vec![" ".repeat(indent)];
    for word in sentence.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let is_empty = line.trim().is_empty();
        if is_empty {
            line.push_str(word);
        } else if line.chars().count().saturating_add(word.chars().count()) < LINE_CHARS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("  {word}"));
        }
    }
    lines.join("\n")
}

/// The whole summary, Indonesian first.
pub(super) fn write(report: &Report, lesson: &Lesson) -> String {
    let counts = report.counts();
    let mut said = Said::default();
    about(&mut said, lesson);
    files(&mut said, report, lesson);
    lists(&mut said, report, &counts);
    certified(&mut said, &counts);
    meaning(&mut said);
    let Words { id, en } = said.wrapped().words();
    format!("{FIRST_LINE}{}\n\n{id}\n\n----------\n\n{en}\n", lesson.origin)
}

/// What a person at the terminal needs at once.
#[must_use]
pub fn short(report: &Report) -> Words {
    let counts = report.counts();
    let mut said = Said::default();
    let (files, rows, attendees) = (report.files.len(), report.rows, report.attendees.len());
    said.say(
        format!("Zoom: {files} berkas, {rows} baris, {attendees} peserta"),
        format!("Zoom: {files} files, {rows} rows, {attendees} participants"),
    );
    matched(&mut said, report, &counts);
    said.say(
        format!(
            "meragukan: {}; hanya di Zoom: {}; hanya di Hadir: {}",
            counts.ambiguous, counts.only_zoom, counts.only_here
        ),
        format!(
            "ambiguous: {}; only in Zoom: {}; only in Hadir: {}",
            counts.ambiguous, counts.only_zoom, counts.only_here
        ),
    );
    said.say(
        format!("terhitung: {}, di antaranya terlihat di Zoom: {}", counts.certified, counts.certified_seen),
        format!("certified: {}, of whom seen in Zoom: {}", counts.certified, counts.certified_seen),
    );
    warnings(&mut said, report);
    said.words()
}

fn about(said: &mut Said, lesson: &Lesson) {
    let Lesson { title, size, at, zone, zone_name, phase, .. } = lesson;
    let local = times::local(*at, zone);
    let (rehearsal_id, rehearsal_en) =
        if lesson.is_rehearsal { (" (GLADI BERSIH)", " (a REHEARSAL)") } else { ("", "") };
    said.say(format!("Kegiatan: {title}{rehearsal_id}"), format!("Lesson: {title}{rehearsal_en}"));
    said.say(
        "RAHASIA: berkas di folder ini memuat nama orang. Jangan pernah dipublikasikan.",
        "CONFIDENTIAL: the files in this folder name people. Never publish them.",
    );
    said.say(
        "Pencocokan ini tidak mengubah hitungan apa pun dan bukan bagian dari bukti.",
        "This reconciliation changes no count and is no part of the evidence.",
    );
    said.say(
        format!("Log Hadir: {} entri, sampai {at} ({local}).", size.0),
        format!("Hadir's log: {} entries, up to {at} ({local}).", size.0),
    );
    if *phase != Phase::Closed {
        said.say(
            "Kehadiran belum ditutup: status di bawah ini masih dapat berubah.",
            "Attendance is not closed yet: the statuses below can still change.",
        );
    }
    said.say(
        format!("Waktu Zoom tidak menyebut zona; di sini dibaca sebagai waktu setempat {zone_name}."),
        format!("Zoom's times name no zone; here they are read as local times of {zone_name}."),
    );
}

fn files(said: &mut Said, report: &Report, lesson: &Lesson) {
    said.say("", "");
    said.say("Berkas Zoom", "Zoom's files");
    for file in &report.files {
        let (order_id, order_en) = match file.order {
            Order::MonthFirst => ("bulan lebih dahulu", "month first"),
            Order::DayFirst => ("hari lebih dahulu", "day first"),
        };
        let encoding = file.encoding.name();
        said.say(
            format!(
                "- {} ({encoding}; tanggal berangka: {order_id}; terdaftar tetapi tidak hadir: {})",
                file.name, file.absent
            ),
            format!(
                "- {} ({encoding}; numeric dates: {order_en}; registered, but did not come: {})",
                file.name, file.absent
            ),
        );
    }
    warnings(said, report);
    let (rows, attendees) = (report.rows, report.attendees.len());
    let waiting = report.attendees.iter().filter(|attendee| attendee.is_waiting_only).count();
    said.say(
        format!("Baris: {rows}. Peserta (nama dan surel yang berbeda): {attendees}, di antaranya hanya di ruang tunggu: {waiting}."),
        format!("Rows: {rows}. Participants (different names and e-mail addresses): {attendees}, of whom in the waiting room only: {waiting}."),
    );
    if let Some(window) = lesson.window {
        let (start, end) = (times::local(window.start, &lesson.zone), times::local(window.end, &lesson.zone));
        said.say(
            format!("Pelajaran menurut Hadir: {start} sampai {end}."),
            format!("The lesson as Hadir has it: {start} to {end}."),
        );
    }
}

/// What somebody should look at before they believe the rest.
fn warnings(said: &mut Said, report: &Report) {
    for file in &report.files {
        let name = &file.name;
        if file.is_by_shape {
            said.say(
                format!("PERHATIAN {name}: judul kolom tidak dikenal; kolom dikenali dari letak dan bentuk isinya, dan ruang tunggu tidak dapat dibedakan. Bahasa Inggris di akun Zoom lebih pasti."),
                format!("NOTE {name}: the headings are not known; columns were found by place and shape, and the waiting room cannot be told apart. English as the Zoom account's language is surer."),
            );
        }
        if file.encoding == Encoding::Windows1252 {
            said.say(
                format!(
                    "PERHATIAN {name}: bukan UTF-8; dibaca sebagai Windows-1252, huruf yang tidak biasa mungkin keliru."
                ),
                format!("NOTE {name}: not UTF-8; read as Windows-1252, unusual letters may be wrong."),
            );
        }
        if file.misses_lesson {
            said.say(
                format!("PERHATIAN {name}: tidak ada seorang pun di dalamnya selama pelajaran. Periksa berkas, tanggal, dan zona (--zone)."),
                format!("NOTE {name}: nobody in it was there during the lesson. Check the file, the date and the zone (--zone)."),
            );
        }
        if !file.has_times {
            said.say(
                format!("PERHATIAN {name}: hanya memuat jumlah menit, tanpa waktu masuk dan keluar."),
                format!("NOTE {name}: it has totals of minutes only, without times of joining and leaving."),
            );
        }
        unread(said, file);
        missing(said, file);
    }
}

fn unread(said: &mut Said, file: &ZoomFile) {
    if file.unread == 0 {
        return;
    }
    let lines = file.unread_lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more = if file.unread > file.unread_lines.len() { ", ..." } else { "" };
    said.say(
        format!("PERHATIAN {}: baris yang tidak terbaca: {} (baris ke-{lines}{more}).", file.name, file.unread),
        format!("NOTE {}: rows that cannot be read: {} (lines: {lines}{more}).", file.name, file.unread),
    );
}

fn missing(said: &mut Said, file: &ZoomFile) {
    let rows = u64::try_from(file.rows).unwrap_or(u64::MAX);
    if let Some(participants) = file.participants.filter(|participants| *participants > rows) {
        said.say(
            format!("PERHATIAN {}: ringkasannya menyebut {participants} peserta, barisnya hanya {rows}. Mungkin terpotong.", file.name),
            format!("NOTE {}: its summary names {participants} participants, and it has {rows} rows only. It may be cut off.", file.name),
        );
    }
}

fn matched(said: &mut Said, report: &Report, counts: &Counts) {
    let Counts { by_code, by_email, by_name, .. } = counts;
    let persons = report.seen.len();
    said.say(
        format!(
            "dikenali di keduanya: {persons} orang ({by_code} dari kode, {by_email} dari surel, {by_name} dari nama)"
        ),
        format!("recognised in both: {persons} persons ({by_code} by code, {by_email} by e-mail, {by_name} by name)"),
    );
}

fn lists(said: &mut Said, report: &Report, counts: &Counts) {
    said.say("", "");
    said.say("Kedua daftar", "The two lists");
    matched(said, report, counts);
    let Counts { ambiguous, only_zoom, only_zoom_suggested, attendees_matched, neither, .. } = counts;
    said.say(
        format!("- matched.csv: {attendees_matched} peserta Zoom yang dikenali, digabung per orang."),
        format!("- matched.csv: the {attendees_matched} Zoom participants who are recognised, united for each person."),
    );
    said.say(
        format!("- ambiguous.csv: {ambiguous} peserta Zoom yang cocok dengan lebih dari satu kemungkinan; tidak ada yang ditebak."),
        format!("- ambiguous.csv: {ambiguous} Zoom participants who may be one of several; nothing is guessed."),
    );
    said.say(
        format!("- only-zoom.csv: {only_zoom} peserta Zoom yang tidak dikenali, {only_zoom_suggested} di antaranya dengan saran nama yang mirip."),
        format!("- only-zoom.csv: {only_zoom} Zoom participants who are not recognised, {only_zoom_suggested} of them with a suggestion of a similar name."),
    );
    if report.suggestions_are_cut {
        said.say(
            "  Saran tidak lengkap: terlalu banyak nama untuk dibandingkan huruf demi huruf.",
            "  Suggestions are not complete: there are too many names to compare them letter by letter.",
        );
    }
    let Counts { only_here, only_here_by_gate, only_here_perhaps, .. } = counts;
    said.say(
        format!("- only-hadir.csv: {only_here} orang hadir di Hadir tetapi tidak dikenali di Zoom; {only_here_by_gate} hanya melalui pintu aula, {only_here_perhaps} mungkin ada di ambiguous.csv atau disarankan di only-zoom.csv."),
        format!("- only-hadir.csv: {only_here} persons came in Hadir and are not recognised in Zoom; {only_here_by_gate} through a hall's door alone, {only_here_perhaps} may stand in ambiguous.csv or are suggested in only-zoom.csv."),
    );
    said.say(
        format!("- tidak ada di keduanya: {neither} orang dari daftar peserta."),
        format!("- in neither: {neither} persons of the roster."),
    );
}

fn certified(said: &mut Said, counts: &Counts) {
    let Counts { certified, certified_seen, seen_not_certified, .. } = counts;
    let unseen = certified.saturating_sub(*certified_seen);
    let others = seen_not_certified.values().copied().fold(0, u64::saturating_add);
    said.say("", "");
    said.say("Siapa yang terhitung", "Who is certified");
    said.say(
        format!("- terhitung (certified) dan terlihat di Zoom: {certified_seen} dari {certified}"),
        format!("- certified and seen in Zoom: {certified_seen} of {certified}"),
    );
    said.say(
        format!("- terhitung, tidak dikenali di Zoom: {unseen}"),
        format!("- certified, not recognised in Zoom: {unseen}"),
    );
    said.say(
        format!("- terlihat di Zoom, tidak terhitung: {others}"),
        format!("- seen in Zoom, not certified: {others}"),
    );
    for ((status, reason), count) in seen_not_certified {
        let line = format!("    {status} {reason}: {count}").replace(" :", ":");
        said.say(line.clone(), line);
    }
}

fn meaning(said: &mut Said) {
    said.say("", "");
    said.say("Cara membaca", "How to read this");
    for (id, en) in EXPLAINED {
        said.say(format!("- {id}"), format!("- {en}"));
    }
}

/// What the lists mean, and what they do not.
const EXPLAINED: [(&str, &str); 7] = [
    (
        "Banyak orang mengikuti pelajaran dengan perangkat lain daripada perangkat Zoom mereka, atau menonton bersama di satu layar: tidak terlihat di Zoom bukan alasan untuk tidak dihitung, dan terlihat di Zoom tidak membuat seseorang dihitung.",
        "Many people take part on another device than the one with Zoom, or watch together on one screen: not being seen in Zoom is no reason not to count, and being seen there makes nobody count.",
    ),
    (
        "Kode singkat (person_ref) dalam nama Zoom adalah petunjuk terkuat, lalu alamat surel, lalu nama lengkap jika nama itu hanya ada satu di kedua daftar. Gelar atau nama sekolah dalam nama hanya menghasilkan saran.",
        "The short code (person_ref) in the Zoom name is the strongest sign, then the e-mail address, then the whole name where both lists have it only once. A name with a title or a school beside it is a suggestion only.",
    ),
    (
        "Waktu berawalan zoom_ berasal dari Zoom; kolom lain berasal dari log Hadir. Kolom berakhiran _local memakai zona di atas, yang lain UTC.",
        "Times that begin with zoom_ are Zoom's; the other columns are from Hadir's log. Columns that end in _local are in the zone above, the others in UTC.",
    ),
    (
        "zoom_minutes menggabungkan semua perangkat dan sambungan ulang; zoom_in_lesson_ms adalah bagian di dalam pelajaran, untuk dibandingkan dengan present_ms; zoom_parallel_minutes adalah waktu di lebih dari satu perangkat, atau lebih dari satu orang dengan nama yang sama.",
        "zoom_minutes unites all devices and rejoins; zoom_in_lesson_ms is the part within the lesson, to be compared with present_ms; zoom_parallel_minutes is time on more than one device, or of more than one person of this name.",
    ),
    (
        "doubt: several_codes = beberapa kode dalam nama; shared_email = surel milik beberapa orang; email_against_name = surel milik seseorang, nama milik orang lain; several_persons = beberapa orang bernama sama; several_attendees = beberapa peserta Zoom bernama sama.",
        "doubt: several_codes = several codes in the name; shared_email = an address of several persons; email_against_name = the address is of one person and the name of another; several_persons = several persons of this name; several_attendees = several Zoom participants of this name.",
    ),
    (
        "note: other_account = akun Zoom milik orang lain; waiting_room_only = tidak pernah diterima masuk; hall_only = hanya melalui pintu aula; perhaps_ambiguous, perhaps_suggested = mungkin ada di ambiguous.csv, only-zoom.csv.",
        "note: other_account = on another person's Zoom account; waiting_room_only = never let in; hall_only = through a hall's door alone; perhaps_ambiguous, perhaps_suggested = may stand in ambiguous.csv, only-zoom.csv.",
    ),
    (
        "status dan reason sama dengan people.csv dalam bundel; not_in_log = baru didaftarkan dan belum ada di log. Orang yang datanya sudah dihapus tidak dicocokkan.",
        "status and reason are those of the bundle's people.csv; not_in_log = registered, and not in the log yet. Persons who were erased are not matched.",
    ),
];
