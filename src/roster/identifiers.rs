//! Identifiers: each has a type, one normal form, and checks that catch what typing and spreadsheets do to it.

use std::{fmt, str::FromStr};

use unicode_normalization::UnicodeNormalization;

use super::civil;

/// The types of identifier. NIK and NUPTK are both 16 digits: the type is always said, never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdKind {
    /// The national teacher number, permanent.
    Nuptk,
    /// The civil servant's number.
    Nip,
    /// The resident's number.
    Nik,
    /// A number of the organizer's own.
    Id,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl IdKind {
    /// All types, the best primary identifier first.
    pub const ALL: [Self; 6] = [Self::Nuptk, Self::Nip, Self::Nik, Self::Id, Self::Email, Self::Phone];

    /// Its name in declarations, headings and the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nuptk => "nuptk",
            Self::Nip => "nip",
            Self::Nik => "nik",
            Self::Id => "id",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// Whether it can merge two rows; families share telephones.
    #[must_use]
    pub fn can_be_primary(self) -> bool {
        self != Self::Phone
    }

    /// How many digits it has, where that is fixed.
    pub(super) fn digits(self) -> Option<usize> {
        match self {
            Self::Nuptk | Self::Nik => Some(16),
            Self::Nip => Some(18),
            Self::Id | Self::Email | Self::Phone => None,
        }
    }
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Name one of nuptk, nip, nik, id, email and phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a type of identifier (nuptk, nip, nik, id, email, phone)")]
pub struct NotAKind;

impl FromStr for IdKind {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<Self, NotAKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(NotAKind)
    }
}

/// An identifier in its normal form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identifier {
    kind: IdKind,
    value: String,
}

impl fmt::Debug for Identifier {
    /// Personal data stay out of every log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({})", self.kind)
    }
}

/// What is wrong with an identifier; the text says what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Type the missing or drop the surplus digits.
    #[error("{kind} must have {expected} digits, and this has {found}")]
    Length {
        /// The type.
        kind: IdKind,
        /// How many digits it has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Take out what is not a digit.
    #[error("{0} must consist of digits")]
    NotDigits(IdKind),
    /// Format the column as text in the spreadsheet and enter the numbers again.
    #[error("this {0} is a number in scientific notation: the spreadsheet has destroyed its last digits")]
    Scientific(IdKind),
    /// Compare with the identity card: positions 7 to 12 are the date of birth, the day plus 40 for women.
    #[error("the date of birth inside this NIK (positions 7 to 12) does not exist")]
    NikDate,
    /// Compare with the identity card.
    #[error("this NIK ends in 0000, which is never given out")]
    NikSerial,
    /// Compare with the decree: the first 8 digits are the date of birth.
    #[error("the date of birth at the beginning of this NIP does not exist")]
    NipDate,
    /// Look the new number of 18 digits up.
    #[error("this is an old NIP of 9 digits; a NIP has 18")]
    NipOld,
    /// Correct the address.
    #[error("this is not an e-mail address")]
    Email,
    /// Write it with its country code, or as it is dialled within Indonesia, beginning with 0.
    #[error("this is not a telephone number")]
    Phone,
    /// Shorten it, or take out control characters.
    #[error("an id must have 1 to {} printable characters", ID_CHARS_MAX)]
    Id,
}

impl IdError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Length { expected, found, .. } if found < expected => {
                "type all digits; a spreadsheet drops leading zeros unless the column is formatted as text"
            }
            Self::Length { .. } | Self::NotDigits(_) => "compare with the document and type its digits, nothing else",
            Self::Scientific(_) => super::digits::REMEDY,
            Self::NikDate | Self::NikSerial => "compare with the identity card",
            Self::NipDate => "compare with the decree of appointment",
            Self::NipOld => "look the new NIP of 18 digits up",
            Self::Email => "correct the address; one address a cell",
            Self::Phone => "write one number a cell, beginning with 0 or with + and the country code",
            Self::Id => "shorten it or take the invisible characters out",
        }
    }
}

/// Longer ids are mistakes of a column.
const ID_CHARS_MAX: usize = 64;

/// The longest telephone number (ITU-T E.164), without the plus.
const PHONE_DIGITS_MAX: usize = 15;
/// The shortest that is not an emergency number or a typing error.
const PHONE_DIGITS_MIN: usize = 8;

/// The longest e-mail address (RFC 5321) and its longest local part.
const EMAIL_CHARS_MAX: usize = 254;
const EMAIL_LOCAL_CHARS_MAX: usize = 64;

impl Identifier {
    /// Reads an identifier as people write it.
    ///
    /// # Errors
    /// When no normal form of this type can be meant.
    pub fn parse(kind: IdKind, written: &str) -> Result<Self, IdError> {
        let value = match kind {
            IdKind::Nuptk => fixed_digits(kind, written),
            IdKind::Nip => nip(written),
            IdKind::Nik => nik(written),
            IdKind::Id => own_id(written),
            IdKind::Email => email(written),
            IdKind::Phone => phone(written),
        }?;
        Ok(Self { kind, value })
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        self.kind
    }

    /// Its normal form.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What is odd about it without being wrong.
    #[must_use]
    pub fn oddity(&self) -> Option<&'static str> {
        let province = self.value.get(..2)?;
        (self.kind == IdKind::Nik && !PROVINCES.contains(&province))
            .then_some("this NIK begins with a province code that is not known")
    }

    /// The date of birth inside it as YYMMDD, where it has one.
    #[must_use]
    pub fn birth(&self) -> Option<String> {
        match self.kind {
            IdKind::Nip => self.value.get(2..8).map(str::to_owned),
            IdKind::Nik => {
                let (day, month, year) = nik_date(&self.value)?;
                Some(format!("{year:02}{month:02}{day:02}"))
            }
            IdKind::Nuptk | IdKind::Id | IdKind::Email | IdKind::Phone => None,
        }
    }
}

/// The codes of the provinces, those of people registered before a province was split included.
const PROVINCES: [&str; 40] = [
    "11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35", "36", "51", "52", "53",
    "54", "61", "62", "63", "64", "65", "71", "72", "73", "74", "75", "76", "81", "82", "91", "92", "93", "94", "95",
    "96", "97",
];

/// What people put between digits, and what spreadsheets and messengers leave around them.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '.' | '\'' | '`' | '_' | '/' | '\u{2019}' | '\u{2010}'..='\u{2015}')
        || is_invisible(character)
}

/// Characters that are there without being seen.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn fixed_digits(kind: IdKind, written: &str) -> Result<String, IdError> {
    if super::digits::is_scientific(written) {
        return Err(IdError::Scientific(kind));
    }
    let digits: String = written.nfkc().filter(|character| !is_separator(*character)).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IdError::NotDigits(kind));
    }
    let expected = kind.digits().unwrap_or(digits.len());
    if digits.len() == expected { Ok(digits) } else { Err(IdError::Length { kind, expected, found: digits.len() }) }
}

fn two_digits(text: &str, from: usize) -> Option<u32> {
    text.get(from..from.checked_add(2)?)?.parse().ok()
}

/// Day, month and two-digit year inside a NIK; the day is 40 more for women.
fn nik_date(digits: &str) -> Option<(u32, u32, u32)> {
    let (day, month, year) = (two_digits(digits, 6)?, two_digits(digits, 8)?, two_digits(digits, 10)?);
    let day = if day > 40 { day.saturating_sub(40) } else { day };
    // Two digits do not tell the century; 2000 was a leap year, and 1900 is nobody's any more.
    civil::exists(year.saturating_add(2_000), month, day).then_some((day, month, year))
}

fn nik(written: &str) -> Result<String, IdError> {
    let digits = fixed_digits(IdKind::Nik, written)?;
    if digits.ends_with("0000") {
        return Err(IdError::NikSerial);
    }
    if nik_date(&digits).is_some() { Ok(digits) } else { Err(IdError::NikDate) }
}

fn nip(written: &str) -> Result<String, IdError> {
    let found = fixed_digits(IdKind::Nip, written);
    if let Err(IdError::Length { found: 9, .. }) = found {
        return Err(IdError::NipOld);
    }
    let digits = found?;
    // Positions 9 to 18 mean something else for contract staff, so only the date of birth is checked.
    let year: Option<u32> = digits.get(..4).and_then(|year| year.parse().ok());
    let date = year.zip(two_digits(&digits, 4)).zip(two_digits(&digits, 6));
    let exists =
        date.is_some_and(|((year, month), day)| (1900..2100).contains(&year) && civil::exists(year, month, day));
    if exists { Ok(digits) } else { Err(IdError::NipDate) }
}

fn own_id(written: &str) -> Result<String, IdError> {
    if super::digits::is_certainly_scientific(written) {
        return Err(IdError::Scientific(IdKind::Id));
    }
    let visible: String = written.chars().filter(|character| !is_invisible(*character)).collect();
    // Capitals first: some compose with a mark that their small letters keep apart.
    let composed: String = visible.to_ascii_uppercase().nfc().collect();
    let id = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    let sound = (1..=ID_CHARS_MAX).contains(&id.chars().count()) && !id.chars().any(char::is_control);
    if sound { Ok(id) } else { Err(IdError::Id) }
}

fn email(written: &str) -> Result<String, IdError> {
    let visible: String = written.chars().filter(|character| !is_invisible(*character)).collect();
    let trimmed = visible.trim();
    let bare = trimmed.strip_prefix("mailto:").unwrap_or(trimmed);
    // Letters are compared without their case: nobody means two persons by `Ani@` and `ani@`.
    let address = bare.trim_matches(|edge| matches!(edge, '<' | '>' | ';' | ',')).to_ascii_lowercase();
    let (local, domain) = address.split_once('@').ok_or(IdError::Email)?;
    let sound = address.len() <= EMAIL_CHARS_MAX && is_local_part(local) && is_domain(domain);
    if sound { Ok(address) } else { Err(IdError::Email) }
}

fn is_local_part(local: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(character);
    !local.is_empty()
        && local.len() <= EMAIL_LOCAL_CHARS_MAX
        && local.chars().all(allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

fn phone(written: &str) -> Result<String, IdError> {
    if super::digits::is_scientific(written) {
        return Err(IdError::Scientific(IdKind::Phone));
    }
    let plain: String = written.nfkc().filter(|c| !(is_separator_of_phone(*c) || is_invisible(*c))).collect();
    let digits = international(&plain).ok_or(IdError::Phone)?;
    let sound = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if sound { Ok(format!("+{digits}")) } else { Err(IdError::Phone) }
}

/// A slash stands between two numbers, so it does not separate the digits of one.
fn is_separator_of_phone(character: char) -> bool {
    (is_separator(character) && character != '/') || matches!(character, '(' | ')')
}

/// The number with its country code; without one it is Indonesian.
fn international(plain: &str) -> Option<String> {
    if let Some(abroad) = plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        return Some(abroad.strip_prefix("62").map_or_else(|| abroad.to_owned(), indonesian));
    }
    if let Some(national) = plain.strip_prefix("62").or_else(|| plain.strip_prefix('0')) {
        return Some(indonesian(national));
    }
    // A spreadsheet that takes 0812... for a number drops its zero; only mobile numbers begin with 8.
    plain.starts_with('8').then(|| indonesian(plain))
}

/// People write `+62 (0)812`: the zero belongs to the national form only.
fn indonesian(national: &str) -> String {
    format!("62{}", national.strip_prefix('0').unwrap_or(national))
}
