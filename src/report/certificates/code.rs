//! The code of a certificate: what it says, signed, so that a page checks it offline and no server needs to know it.

use std::io;

use data_encoding::{BASE64URL_NOPAD as BASE64URL, HEXLOWER as HEX};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// The form of the payload; a page that knows only this one says so of others.
const VERSION: u8 = 1;

/// Stands before the payload where it is signed: nothing else that this key signs could be taken for a certificate.
const CONTEXT: &[u8] = b"hadir-certificate:1\n";

/// What a code begins with where no page has an address.
const BARE: &str = "hadir-certificate:";

/// The longest code: what a QR code of version 20 holds with error correction M, which a cheap phone still reads in
/// print at 35 mm. Long texts are shortened to it.
pub(super) const CODE_BYTES_MAX: usize = 666;

/// The longest that a text is left when others have to be shortened first; beyond it none is of use to a reader.
const TEXT_BYTES_MIN: usize = 24;

/// By how much texts are shortened at a time.
const SHORTER_BY: usize = 8;

/// Stands where a text was shortened.
const CUT: char = '…';

/// What a certificate says; the names of its fields are short because all of it has to fit into a small QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The form of the payload.
    #[serde(rename = "v")]
    pub version: u8,
    /// The first digits of the public key that checks it.
    #[serde(rename = "k")]
    pub key: String,
    /// The certificate's number.
    #[serde(rename = "n")]
    pub number: String,
    /// Whose it is.
    #[serde(rename = "p")]
    pub name: String,
    /// Their school; empty where none is known.
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub school: String,
    /// The lesson.
    #[serde(rename = "t")]
    pub title: String,
    /// Who organized it.
    #[serde(rename = "o")]
    pub organizer: String,
    /// The day of the lesson where it was held: `2026-11-24`.
    #[serde(rename = "d")]
    pub day: String,
    /// The origin of the log that was counted.
    #[serde(rename = "l")]
    pub origin: String,
    /// The size of the log and the first digits of its root.
    #[serde(rename = "h")]
    pub head: String,
}

/// Why a text is no code of this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Copy the whole code.
    #[error("not a certificate's code")]
    Form,
    /// Check it with the key that it names.
    #[error("the code names another key")]
    OtherKey,
    /// Trust nothing that it says.
    #[error("the code was altered")]
    Altered,
}

/// A public key as people compare it: 64 hexadecimal digits.
#[must_use]
pub(super) fn key_text(key: &VerifyingKey) -> String {
    HEX.encode(key.as_bytes())
}

/// The digits of a key that a payload has room for.
fn key_digits(key: &VerifyingKey) -> String {
    key_text(key).chars().take(8).collect()
}

/// The code of a certificate whose texts are `payload`, ready for a QR code. Texts that are too long for one are
/// shortened visibly, the name last.
///
/// # Errors
/// Never for texts in memory; the caller reports it as a defect.
pub fn code(payload: &Payload, key: &SigningKey, public_url: Option<&str>) -> io::Result<String> {
    let before = public_url.map_or(BARE.to_owned(), |url| format!("{}/certificate#", url.trim_end_matches('/')));
    let payload = Payload { version: VERSION, key: key_digits(&key.verifying_key()), ..payload.clone() };
    // A dot and the signature's 64 bytes.
    let room = CODE_BYTES_MAX.saturating_sub(before.len()).saturating_sub(1).saturating_sub(BASE64URL.encode_len(64));
    let text = fitted(&payload, room)?;
    let signature = key.sign(&[CONTEXT, text.as_bytes()].concat());
    Ok(format!("{before}{text}.{}", BASE64URL.encode(&signature.to_bytes())))
}

/// The payload as text, shortened as far as it has to be and can be.
fn fitted(payload: &Payload, room: usize) -> io::Result<String> {
    let longest = |texts: &[&str]| texts.iter().map(|text| text.len()).max().unwrap_or_default();
    let others = longest(&[&payload.school, &payload.title, &payload.organizer]);
    let steps = |from: usize| {
        let down = (TEXT_BYTES_MIN..from).rev().step_by(SHORTER_BY);
        std::iter::once(from).chain(down)
    };
    let mut shorter = payload.clone();
    for name in steps(payload.name.len()) {
        for other in steps(others) {
            shorter.name = shortened(&payload.name, name);
            shorter.school = shortened(&payload.school, other);
            shorter.title = shortened(&payload.title, other);
            shorter.organizer = shortened(&payload.organizer, other);
            let text = BASE64URL.encode(&serde_json::to_vec(&shorter)?);
            if text.len() <= room {
                return Ok(text);
            }
        }
    }
    // An address that leaves no room makes the QR code denser, never the certificate impossible.
    Ok(BASE64URL.encode(&serde_json::to_vec(&shorter)?))
}

/// At most so many bytes of a text, whole characters only, with a mark where it goes on.
fn shortened(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let room = bytes_max.saturating_sub(CUT.len_utf8());
    let ends = text.char_indices().map(|(place, character)| place.saturating_add(character.len_utf8()));
    let end = ends.take_while(|end| *end <= room).last().unwrap_or_default();
    format!("{}{CUT}", text.get(..end).unwrap_or_default().trim_end())
}

/// Reads a code as the page does: what it says, once it is this key's.
///
/// # Errors
/// When it is none, or another key's, or was altered.
pub fn open(code: &str, key: &VerifyingKey) -> Result<Payload, CodeError> {
    let bare = code.trim().strip_prefix(BARE).or_else(|| code.trim().rsplit_once('#').map(|(_, bare)| bare));
    let (text, signature) = bare.and_then(|bare| bare.split_once('.')).ok_or(CodeError::Form)?;
    let bytes = |text: &str| BASE64URL.decode(text.as_bytes()).map_err(|_| CodeError::Form);
    let said: Option<Payload> = serde_json::from_slice(&bytes(text)?).ok();
    let signature = Signature::from_slice(&bytes(signature)?).map_err(|_| CodeError::Form)?;
    match (key.verify_strict(&[CONTEXT, text.as_bytes()].concat(), &signature), said) {
        (Ok(()), Some(said)) => Ok(said),
        (Err(_), Some(said)) if said.key != key_digits(key) => Err(CodeError::OtherKey),
        (Ok(()) | Err(_), _) => Err(CodeError::Altered),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number; 32])
    }

    fn payload(name: &str, school: &str) -> Payload {
        Payload {
            version: VERSION,
            key: key_digits(&key(1).verifying_key()),
            number: "HDR-7K2M-9QXP-4".to_owned(),
            name: name.to_owned(),
            school: school.to_owned(),
            title: "Pelajaran kecerdasan artifisial".to_owned(),
            organizer: "Dinas Pendidikan".to_owned(),
            day: "2026-11-24".to_owned(),
            origin: "hadir/abcdefghijklmnopqrstuvwxyz".to_owned(),
            head: "51234 0a1b2c3d4e5f6071".to_owned(),
        }
    }

    proptest! {
        #[test]
        fn every_code_fits_and_says_under_its_own_key_alone_what_was_signed(
            name in "\\PC{1,200}", school in "\\PC{0,200}", url in prop::option::of("https://[a-z]{1,40}\\.example/?")
        ) {
            let code = code(&payload(&name, &school), &key(1), url.as_deref()).unwrap();

            let said = open(&code, &key(1).verifying_key()).unwrap();
            prop_assert!(code.len() <= CODE_BYTES_MAX);
            prop_assert!(name.starts_with(said.name.trim_end_matches(CUT)) && said.name.len() <= name.len());
            prop_assert_eq!(&said.number, "HDR-7K2M-9QXP-4");
            if name.len() + school.len() < 120 {
                prop_assert_eq!(said, payload(&name, &school));
            }
            prop_assert_eq!(open(&code, &key(2).verifying_key()), Err(CodeError::OtherKey));
        }

        #[test]
        fn no_altered_character_goes_unnoticed(place in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let sound = code(&payload("Siti", "SMA 1"), &key(1), None).unwrap();
            let place = BARE.len() + place.index(sound.len() - BARE.len());

            let mut altered = sound.clone();
            altered.replace_range(place..=place, &to);

            prop_assert_eq!(open(&altered, &key(1).verifying_key()).is_ok(), altered == sound);
        }
    }

    #[test]
    fn only_what_is_too_long_is_shortened_and_the_name_last() {
        let long = "Nama ".repeat(40);
        let said = |name: &str, school: &str| {
            let code = code(&payload(name, school), &key(1), Some("https://hadir.example")).unwrap();
            open(&code, &key(1).verifying_key()).unwrap()
        };

        let (both, name) = (said(&long, &long), said(&"N".repeat(150), "SMA 1"));

        assert!(both.school.len() <= TEXT_BYTES_MIN + SHORTER_BY && both.school.ends_with(CUT), "{}", both.school);
        assert!(both.name.len() > 4 * TEXT_BYTES_MIN, "{}", both.name);
        assert_eq!((name.name.len(), name.school.as_str()), (150, "SMA 1"));
    }

    #[test]
    fn what_is_no_code_is_called_so() {
        let key = key(1).verifying_key();

        for text in ["", "hadir-certificate:", "https://hadir.example/certificate#abc", "hadir-certificate:a.b", "Siti"]
        {
            assert_eq!(open(text, &key), Err(CodeError::Form), "{text}");
        }
    }
}
