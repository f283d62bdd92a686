//! Roles: as what somebody takes part, in one word for each meaning.

/// The role of those whose row names none.
pub const PARTICIPANT: &str = "participant";

/// Longer roles are mistakes of a column; roles stand in the log, where no personal data may be.
const ROLE_CHARS_MAX: usize = 40;

/// What people write, and the role that they mean. Other words are kept as they are, in small letters.
const MEANINGS: [(&str, &str); 27] = [
    ("peserta", PARTICIPANT),
    ("participants", PARTICIPANT),
    ("peserta didik", PARTICIPANT),
    ("panitia", "committee"),
    ("penyelenggara", "committee"),
    ("organizer", "committee"),
    ("narasumber", "speaker"),
    ("nara sumber", "speaker"),
    ("pemateri", "speaker"),
    ("pembicara", "speaker"),
    ("instruktur", "speaker"),
    ("pengajar", "speaker"),
    ("presenter", "speaker"),
    ("mc", "host"),
    ("pembawa acara", "host"),
    ("tuan rumah", "host"),
    ("pengawas", "steward"),
    ("petugas", "steward"),
    ("saksi", "witness"),
    ("juri", "adjudicator"),
    ("operator", "technician"),
    ("teknisi", "technician"),
    ("staf", "staff"),
    ("pengamat", "observer"),
    ("tamu", "guest"),
    ("undangan", "guest"),
    ("uji coba", "test"),
];

/// The role that a word means; none for a text that is no role.
#[must_use]
pub fn normal(written: &str) -> Option<String> {
    let words: Vec<String> = written.split_whitespace().map(str::to_lowercase).collect();
    let word = words.join(" ");
    if word.is_empty() {
        return Some(PARTICIPANT.to_owned());
    }
    let allowed = |character: char| character.is_alphabetic() || matches!(character, ' ' | '-');
    let sound =
        word.chars().count() <= ROLE_CHARS_MAX && word.starts_with(char::is_alphabetic) && word.chars().all(allowed);
    let meant = MEANINGS.iter().find(|(said, _)| *said == word).map_or(word.as_str(), |(_, meaning)| meaning);
    sound.then(|| meant.to_owned())
}
