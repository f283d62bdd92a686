//! Names as people write them into a platform: how they are shown, compared, and searched for a code.

use unicode_normalization::UnicodeNormalization;

use crate::roster::{PersonRef, is_invisible, name_key};

/// How many characters a person's reference has, without its dash.
const CODE_CHARS: usize = 7;

/// The dashes that a phone's keyboard puts in the place of a hyphen.
const DASHES: [char; 7] = ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}'];

/// A text on one line, without characters that nobody sees: marks of direction, line breaks, control characters.
pub(super) fn shown(text: &str) -> String {
    let visible = text.chars().filter(|character| !is_invisible(*character));
    let plain: String = visible.map(|character| if character.is_control() { ' ' } else { character }).nfc().collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names that `Name (Original Name)` can mean, as they are compared: the whole, what is in brackets, what is not.
pub(super) fn alternatives(name: &str) -> Vec<String> {
    let mut found = vec![name_key(name)];
    let inside = name.strip_suffix(')').and_then(|rest| rest.split_once('('));
    if let Some((before, within)) = inside {
        found.extend([name_key(before), name_key(within)]);
    }
    found.retain(|name| name.chars().any(char::is_alphabetic));
    found
}

/// The references that stand in a name, as `K7M-29QX Siti Aminah` or `[k7m29qx] siti`; whether somebody has them is not
/// asked here.
pub(super) fn codes(name: &str) -> Vec<PersonRef> {
    let plain: String =
        name.nfkc().map(|character| if DASHES.contains(&character) { '-' } else { character }).collect();
    let characters: Vec<char> = plain.chars().collect();
    let mut found = Vec::new();
    for start in 0..characters.len() {
        let before = start.checked_sub(1).and_then(|place| characters.get(place));
        let begins = before.is_none_or(|character| !character.is_alphanumeric());
        if let Some(code) = code_at(characters.get(start..).unwrap_or_default()).filter(|_| begins)
            && !found.contains(&code)
        {
            found.push(code);
        }
    }
    found
}

/// The reference with which these characters begin, if it ends where a word ends.
fn code_at(characters: &[char]) -> Option<PersonRef> {
    characters.first().filter(|first| first.is_ascii_alphanumeric())?;
    let mut typed = String::new();
    let mut letters: usize = 0;
    for (place, character) in characters.iter().enumerate() {
        match character {
            one if one.is_ascii_alphanumeric() => letters = letters.saturating_add(1),
            '-' | ' ' => {}
            _ => return None,
        }
        typed.push(*character);
        if letters == CODE_CHARS {
            let after = characters.get(place.saturating_add(1));
            let ends = after.is_none_or(|character| !character.is_alphanumeric());
            return typed.parse().ok().filter(|code| ends && is_meant(&typed, *code));
        }
    }
    None
}

/// Seven letters without a digit can be a name: they are a reference only as it is printed, `KQM-XYZW`.
fn is_meant(typed: &str, code: PersonRef) -> bool {
    typed.bytes().any(|byte| byte.is_ascii_digit()) || typed.eq_ignore_ascii_case(&code.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reference with this beginning: the last character follows from the others.
    fn code(head: &str) -> PersonRef {
        let letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars();
        letters.filter_map(|last| format!("{head}{last}").parse().ok()).next().unwrap()
    }

    #[test]
    fn a_code_is_found_wherever_and_however_it_is_written() {
        let code = code("K7M29Q");
        let printed = code.to_string();
        let bare = printed.replace('-', "");
        let spaced: String = bare.chars().flat_map(|one| [one, ' ']).collect();

        for name in [
            format!("{printed} Siti Aminah"),
            format!("[{}] siti", bare.to_lowercase()),
            format!("Siti {}", spaced.trim()),
            format!("SMAN 1_{printed}_SITI"),
            format!("Siti ({})", printed.replace('-', "\u{2013}")),
            printed.clone(),
        ] {
            assert_eq!(codes(&name), [code], "{name}");
        }
    }

    #[test]
    fn a_code_with_one_wrong_character_is_none() {
        let printed = code("K7M29Q").to_string();

        assert_eq!(codes(&printed.replace('7', "8")), []);
        assert_eq!(codes(&format!("{printed}9")), []);
        assert_eq!(codes(&format!("X{printed}")), []);
    }

    #[test]
    fn a_name_of_seven_letters_is_no_code_unless_it_is_written_as_one() {
        let code = code("BAMBAN");
        let printed = code.to_string();

        assert_eq!(codes(&printed.replace('-', "")), []);
        assert_eq!(codes(&printed), [code]);
    }

    #[test]
    fn an_original_name_in_brackets_is_a_name_of_its_own() {
        assert_eq!(alternatives("Guru 12 (Siti Aminah)"), ["guru 12 (siti aminah)", "guru 12", "siti aminah"]);
        assert_eq!(alternatives("Siti"), ["siti"]);
        assert_eq!(alternatives("12345"), Vec::<String>::new());
    }

    #[test]
    fn what_nobody_sees_is_not_shown() {
        assert_eq!(shown("\u{202e}Siti\r\n\u{200f} Aminah\0 \u{1f600}"), "Siti Aminah \u{1f600}");
    }
}
