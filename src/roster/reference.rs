//! A person's short reference: what staff say, type and print instead of a name.

use std::{fmt, str::FromStr};

use super::secrets::{Entropy, NoEntropy, random};

/// Crockford's alphabet: no letter that is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Six random characters (a thousand million references) and one that checks them.
const LENGTH: usize = 7;

/// A person's reference, written `K7M-29QX`; its last character tells a mistyped one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonRef([u8; LENGTH]);

/// Type the reference again as the list prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a person's reference like K7M-29QX")]
pub struct NotAReference;

/// The place of a character in the alphabet, reading the letters that are taken for digits as those.
fn value(character: char) -> Option<u8> {
    let plain = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|letter| char::from(*letter) == plain)?;
    u8::try_from(place).ok()
}

/// Odd weights have an inverse modulo 32, so no single mistyped character leaves the sum as it was.
fn check(values: &[u8]) -> u8 {
    let weights = (1_u32..).step_by(2);
    let weighted = values.iter().zip(weights).map(|(value, weight)| u32::from(*value).saturating_mul(weight));
    let sum = weighted.fold(0_u32, u32::saturating_add);
    u8::try_from(sum.rem_euclid(32)).unwrap_or_default()
}

fn letter(value: u8) -> u8 {
    ALPHABET.get(usize::from(value)).copied().unwrap_or(b'0')
}

/// The characters for these values below 32, and the one that checks them.
pub(crate) fn spelled(values: &[u8]) -> (String, char) {
    let text = values.iter().map(|value| char::from(letter(*value))).collect();
    (text, char::from(letter(check(values))))
}

impl PersonRef {
    /// A random reference; the store makes sure that no other person has it.
    pub(super) fn random(entropy: &mut dyn Entropy) -> Result<Self, NoEntropy> {
        let values = random::<6>(entropy)?.map(|byte| byte.rem_euclid(32));
        let [a, b, c, d, e, f] = values;
        Ok(Self([a, b, c, d, e, f, check(&values)].map(letter)))
    }
}

impl fmt::Display for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = self.0.split_at(3);
        let text = |part| std::str::from_utf8(part).map_err(|_| fmt::Error);
        write!(f, "{}-{}", text(head)?, text(tail)?)
    }
}

impl FromStr for PersonRef {
    type Err = NotAReference;

    /// Takes small letters, and spaces or dashes anywhere.
    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let typed = text.chars().filter(|character| !character.is_whitespace() && *character != '-');
        let values: Vec<u8> = typed.map(value).collect::<Option<_>>().ok_or(NotAReference)?;
        let (last, head) = values.split_last().ok_or(NotAReference)?;
        let sound = head.len() == LENGTH.saturating_sub(1) && check(head) == *last;
        let letters: Vec<u8> = values.iter().copied().map(letter).collect();
        sound.then(|| letters.try_into().ok()).flatten().map(Self).ok_or(NotAReference)
    }
}
