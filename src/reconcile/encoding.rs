//! From a file's bytes to its text, in whatever encoding a platform or a spreadsheet wrote it.

use encoding_rs::{Encoding as Codec, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::problem::{FILE_BYTES_MAX, ReadError};

/// How a file's text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with its mark or without.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252: assumed where a file is nothing else, so that unusual letters may be wrong.
    Windows1252,
}

impl Encoding {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// Unmarked text is taken for UTF-16 when at least one in so many of its units has an empty high byte.
const LATIN_SHARE: usize = 2;

/// The beginnings of packed files and workbooks: ZIP, the old Office format, gzip.
const PACKED: [&[u8]; 3] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"];

/// The text, without its mark.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), ReadError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(ReadError::TooLarge);
    }
    if PACKED.iter().any(|start| bytes.starts_with(start)) {
        return Err(ReadError::NotCsv);
    }
    let decoded = match Codec::for_bom(bytes) {
        Some((codec, mark)) => {
            let body = bytes.get(mark..).unwrap_or_default();
            if codec == UTF_16LE || codec == UTF_16BE { utf16(body, codec)? } else { eight_bits(body)? }
        }
        None => match unmarked_utf16(bytes) {
            Some(codec) => utf16(bytes, codec)?,
            None => eight_bits(bytes)?,
        },
    };
    if decoded.0.trim().is_empty() { Err(ReadError::Empty) } else { Ok(decoded) }
}

fn utf16(body: &[u8], codec: &'static Codec) -> Result<(String, Encoding), ReadError> {
    let encoding = if codec == UTF_16LE { Encoding::Utf16Le } else { Encoding::Utf16Be };
    let whole = body.len().saturating_sub(body.len().rem_euclid(2));
    let text = codec.decode_without_bom_handling_and_without_replacement(body.get(..whole).unwrap_or_default());
    let text = text.ok_or(ReadError::NotText)?;
    if whole < body.len() { Err(ReadError::Truncated { line: last_line(&text) }) } else { Ok((text.into(), encoding)) }
}

/// Which UTF-16 a text without its mark is: names and times are mostly Latin, so one byte of most pairs is empty.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Codec> {
    let units = bytes.len().div_euclid(2);
    let empty = |place: usize| bytes.iter().skip(place).step_by(2).filter(|byte| **byte == 0).count();
    let is_mostly = |count: usize| units > 0 && count.saturating_mul(LATIN_SHARE) >= units;
    if is_mostly(empty(1)) {
        Some(UTF_16LE)
    } else if is_mostly(empty(0)) {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn eight_bits(body: &[u8]) -> Result<(String, Encoding), ReadError> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok((text.to_owned(), Encoding::Utf8)),
        // A letter of several bytes that lacks its last ones, and nothing after it.
        Err(error)
            if error.error_len().is_none() && error.valid_up_to() > 0 && has_letters_beyond_ascii(body, &error) =>
        {
            let before = String::from_utf8_lossy(body.get(..error.valid_up_to()).unwrap_or_default());
            Err(ReadError::Truncated { line: last_line(&before) })
        }
        // No text has these; a picture or a program has.
        Err(_) if body.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31)) => Err(ReadError::NotText),
        Err(_) => Ok((WINDOWS_1252.decode_without_bom_handling(body).0.into_owned(), Encoding::Windows1252)),
    }
}

/// Whether the text before the fault is UTF-8 for certain: a single accented letter at the very end says nothing.
fn has_letters_beyond_ascii(body: &[u8], error: &std::str::Utf8Error) -> bool {
    let cut = body.len().saturating_sub(error.valid_up_to());
    let before = body.get(..error.valid_up_to()).unwrap_or_default();
    cut > 1 || before.iter().any(|byte| !byte.is_ascii())
}

fn last_line(text: &str) -> u64 {
    let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
}
