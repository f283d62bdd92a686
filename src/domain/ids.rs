//! Who and what an entry speaks of: each identifier has its own type, so that two cannot be swapped.

use std::{fmt, str::FromStr};

use data_encoding::{Encoding, HEXLOWER, Specification};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::time::text_form;

/// The place of an entry in its log, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryIndex(pub u64);

/// How many entries a log holds; the index of its next entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Size(pub u64);

/// A person's private number: only the organizer's store and tickets carry it, never the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub [u8; 16]);

/// A person's name in one attempt's log: `p` and 26 base32 characters, unlinkable across attempts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub [u8; 16]);

/// A keyed tag of a device or a network: equal tags mean equal origins, and nothing else can be read from them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 10]);

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// A door device's own random name of a scan, a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanId(pub [u8; 16]);

/// One hub process's machine, written `n1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

/// One run of a node, written `n1.3`: every start of the process is a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeEpoch {
    /// The node.
    pub node: NodeId,
    /// Which of its runs, from 1.
    pub epoch: u32,
}

/// One connection, written `n1.3-388`: unique for the whole attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    /// The run of the node that accepted it.
    pub at: NodeEpoch,
    /// Its number within that run, from 1.
    pub serial: u64,
}

/// A text that is not an identifier of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct NotAnId(&'static str);

const PSEUDONYM: &str = "a pseudonym (p and 26 base32 characters)";
const TAG: &str = "a tag (16 base32 characters)";
const DIGEST: &str = "a SHA-256 digest (64 hexadecimal digits)";
const NODE: &str = "a node (n1)";
const NODE_EPOCH: &str = "a node's run (n1.3)";
const SCAN: &str = "a UUID in small letters";
const CONNECTION: &str = "a connection (n1.3-388)";

/// Lower-case base32 without padding (RFC 4648 alphabet): safe in file names, spoken aloud and never escaped.
fn base32() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    // The alphabet is a constant that the tests exercise; were it wrong, base32 would still be an encoding, only upper-case.
    specification.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
}

thread_local! {
    static BASE32: Encoding = base32();
}

/// Decodes exactly `N` bytes; refuses other lengths, other letters and non-zero trailing bits.
fn decode<const N: usize>(encoding: &Encoding, text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (encoding.decode_len(text.len()) == Ok(N)).then_some(())?;
    encoding.decode_mut(text.as_bytes(), &mut bytes).ok()?;
    Some(bytes)
}

/// A whole number without sign or leading zeros: one text for each value.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let canonical = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

impl FromStr for Pseudonym {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let letters = text.strip_prefix('p').ok_or(NotAnId(PSEUDONYM))?;
        BASE32.with(|encoding| decode(encoding, letters)).map(Self).ok_or(NotAnId(PSEUDONYM))
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'p'; 27];
        if let Some(letters) = text.get_mut(1..) {
            BASE32.with(|encoding| encoding.encode_mut(&self.0, letters));
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Tag {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        BASE32.with(|encoding| decode(encoding, text)).map(Self).ok_or(NotAnId(TAG))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'a'; 16];
        BASE32.with(|encoding| encoding.encode_mut(&self.0, &mut text));
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Digest {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        decode(&HEXLOWER, text).map(Self).ok_or(NotAnId(DIGEST))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The lengths of a UUID's groups of digits.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

impl FromStr for ScanId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let groups = text.split('-').map(str::len);
        let digits: String = text.chars().filter(|character| *character != '-').collect();
        if !groups.eq(UUID_GROUPS) {
            return Err(NotAnId(SCAN));
        }
        decode(&HEXLOWER, &digits).map(Self).ok_or(NotAnId(SCAN))
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = HEXLOWER.encode(&self.0);
        let mut rest = digits.as_str();
        for (place, length) in UUID_GROUPS.into_iter().enumerate() {
            let (group, after) = rest.split_at_checked(length).ok_or(fmt::Error)?;
            f.write_str(if place == 0 { "" } else { "-" })?;
            f.write_str(group)?;
            rest = after;
        }
        Ok(())
    }
}

impl fmt::Debug for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NodeId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.strip_prefix('n').and_then(number).map(Self).ok_or(NotAnId(NODE))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl FromStr for NodeEpoch {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (node, epoch) = text.split_once('.').ok_or(NotAnId(NODE_EPOCH))?;
        Ok(Self { node: node.parse()?, epoch: number(epoch).ok_or(NotAnId(NODE_EPOCH))? })
    }
}

impl fmt::Display for NodeEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.epoch)
    }
}

impl FromStr for ConnectionId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (at, serial) = text.split_once('-').ok_or(NotAnId(CONNECTION))?;
        Ok(Self { at: at.parse()?, serial: number(serial).ok_or(NotAnId(CONNECTION))? })
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.serial)
    }
}

text_form!(
    Pseudonym: "a pseudonym",
    Tag: "a tag",
    Digest: "a SHA-256 digest",
    ScanId: "a UUID",
    NodeId: "a node",
    NodeEpoch: "a node's run",
    ConnectionId: "a connection"
);

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for PersonId {
    /// The private number stays out of every log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonId(private)")
    }
}

impl EntryIndex {
    /// The index after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_exactly_one_text() {
        for text in ["n1.3-388", "n65535.1-0"] {
            assert_eq!(text.parse::<ConnectionId>().unwrap().to_string(), text);
        }
        for text in ["n01.3-388", "n1.03-388", "n1.3-+8", "n1.3-", "1.3-8", "n1-8", "n70000.1-1"] {
            assert!(text.parse::<ConnectionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pseudonym_is_read_back_as_the_same_person_and_only_from_its_one_text() {
        let pseudonym = Pseudonym([7, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        let text = pseudonym.to_string();

        assert_eq!(text.len(), 27);
        assert_eq!(text.parse(), Ok(pseudonym));
        assert_eq!(text.to_uppercase().parse::<Pseudonym>(), Err(NotAnId(PSEUDONYM)));
        let scan = "0b8f9e1c-6d2a-4f7e-9c3b-5a1d2e3f4a5b";
        assert_eq!(scan.parse::<ScanId>().unwrap().to_string(), scan);
        assert!(scan.to_uppercase().parse::<ScanId>().is_err() && scan.replace('-', "").parse::<ScanId>().is_err());
        // The last letter carries two spare bits: a text that sets them is not canonical.
        assert!(format!("{}b", &text[..26]).parse::<Pseudonym>().is_err());
    }

    #[test]
    fn a_private_number_never_shows_in_debug_output() {
        assert!(!format!("{:?}", PersonId([9; 16])).contains('9'));
    }
}
