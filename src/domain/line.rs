//! The log's text form: an event becomes one line of JSON, and exactly those bytes are stored, hashed and read back.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{
    event::{
        Acted, Answered, BEAT_EXCEPTIONS_MAX, Beat, Channel, ClaimKind, Claimed, Clock, ClockStatus, Closed, Declared,
        Disclosed, EarlierHead, Erased, Event, Fact, Grouped, HeadCounted, Joined, Left, Method, NodeStarted,
        NonceGiven, Opened, PersonAdded, Prompted, Reading, Restarted, Retired, Revealed, Revoked, Scanned, Shown,
        Signal, Signalled, StaffEnrolled, StaffRole, Stamp, Via, Way, Why,
    },
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, Pseudonym, ScanId, Tag},
    rules::{Declaration, PromptKind},
    time::{BootMicros, UnixMicros},
};
use crate::domain::fold::prompts::{Seed, is_nonce, is_word, normal_word};

/// The version of the line format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// The longest line: what does not fit is not a fact about a connection.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// One line of the log, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub stamp: Stamp,
    /// What it says.
    pub event: Event,
}

/// The bytes of a line, without the line end, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub stamp: Stamp,
    /// Exactly what is stored, hashed and exported.
    pub bytes: Vec<u8>,
}

/// Why a fact cannot become a line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The event is too large to be a fact about a connection; shorten its free text.
    #[error("the line would have {0} bytes, more than {LINE_BYTES_MAX}")]
    TooLong(usize),
    /// The event cannot be written as JSON: a defect of this program.
    #[error("the event cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
}

/// Gives a fact its place after `previous`: the next index, and a time that never runs back.
///
/// # Errors
/// When the line would be too long.
pub fn stamp(previous: Option<Stamp>, fact: &Fact) -> Result<Line, LineError> {
    let stamp = match previous {
        None => Stamp { index: EntryIndex(0), at: fact.at },
        Some(previous) => {
            // A fact that was observed before the previous entry was stamped takes that entry's time, both clocks together.
            let at = if fact.at.wall < previous.at.wall { previous.at } else { fact.at };
            Stamp { index: previous.index.next(), at }
        }
    };
    let bytes = fact.event.to_line(stamp).map_err(LineError::Unwritable)?;
    if bytes.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong(bytes.len()));
    }
    Ok(Line { stamp, bytes })
}

/// The head of every line; the body's fields follow.
#[derive(Serialize)]
struct Written<'a, B> {
    v: u32,
    i: EntryIndex,
    k: &'static str,
    t: UnixMicros,
    m: BootMicros,
    #[serde(flatten)]
    body: &'a B,
}

impl Event {
    fn to_line(&self, stamp: Stamp) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Opened(body) => self.write(stamp, body),
            Self::PersonAdded(body) => self.write(stamp, body),
            Self::Joined(body) => self.write(stamp, body),
            Self::Left(body) => self.write(stamp, body),
            Self::Beat(body) => self.write(stamp, body),
            Self::Signalled(body) => self.write(stamp, body),
            Self::Clock(body) => self.write(stamp, body),
            Self::NodeStarted(body) => self.write(stamp, body),
            Self::Restarted(body) => self.write(stamp, body),
            Self::Revoked(body) => self.write(stamp, body),
            Self::NonceGiven(body) => self.write(stamp, body),
            Self::Prompted(body) => self.write(stamp, &**body),
            Self::Shown(body) => self.write(stamp, body),
            Self::Answered(body) => self.write(stamp, body),
            Self::Revealed(body) => self.write(stamp, body),
            Self::Scanned(body) => self.write(stamp, &**body),
            Self::HeadCounted(body) => self.write(stamp, body),
            Self::StaffEnrolled(body) => self.write(stamp, body),
            Self::Acted(body) => self.write(stamp, body),
            Self::Declared(body) => self.write(stamp, &**body),
            Self::Claimed(body) => self.write(stamp, body),
            Self::Grouped(body) => self.write(stamp, &**body),
            Self::Erased(body) => self.write(stamp, body),
            Self::Disclosed(body) => self.write(stamp, body),
            Self::Retired(body) => self.write(stamp, body),
            Self::Closed(body) => self.write(stamp, body),
        }
    }

    fn write<B: Serialize>(&self, stamp: Stamp, body: &B) -> serde_json::Result<Vec<u8>> {
        let Stamp { index, at } = stamp;
        serde_json::to_vec(&Written { v: FORMAT, i: index, k: self.kind(), t: at.wall, m: at.boot, body })
    }
}

/// Why a line of a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The line was damaged or was never written by this program.
    #[error("not an entry: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The line is longer than any that is written.
    #[error("{0} bytes, more than {LINE_BYTES_MAX}")]
    TooLong(usize),
    /// Use the program version that wrote it.
    #[error("format version {0} is newer than the {FORMAT} that this program reads")]
    Newer(u32),
    /// Use the program version that wrote it.
    #[error("unknown kind of entry `{0}`")]
    UnknownKind(String),
    /// The line was damaged or was never written by this program.
    #[error("does not begin as an entry does: {{\"v\":1,\"i\":0,\"k\":\"...\"")]
    Beginning,
    /// A value of the line contradicts another.
    #[error("not an entry of kind `{0}` that this log writes")]
    Contradictory(&'static str),
}

/// Defines how each kind of line is read: exactly its own fields, each at most once.
macro_rules! kinds {
    ($($kind:literal: $body:ident { $($field:ident: $type:ty),* } => $event:expr),+ $(,)?) => {
        fn read(kind: &str, bytes: &[u8]) -> Result<Entry, EntryError> {
            match kind {
                $($kind => {
                    #[derive(Deserialize)]
                    #[serde(deny_unknown_fields)]
                    struct Shape {
                        #[serde(rename = "v")]
                        _version: IgnoredAny,
                        i: EntryIndex,
                        #[serde(rename = "k")]
                        _kind: IgnoredAny,
                        t: UnixMicros,
                        m: BootMicros,
                        $($field: $type),*
                    }
                    let shape: Shape = serde_json::from_slice(bytes)?;
                    let stamp = Stamp { index: shape.i, at: Reading { wall: shape.t, boot: shape.m } };
                    Ok(Entry { stamp, event: $event($body { $($field: shape.$field),* }) })
                })+
                other => Err(EntryError::UnknownKind(other.chars().take(40).collect())),
            }
        }
    };
}

kinds! {
    "join": Joined {
        p: Pseudonym, s: ConnectionId, channel: Channel, via: Via, d: Option<Tag>, n: Option<Tag>
    } => Event::Joined,
    "leave": Left { p: Pseudonym, s: ConnectionId, last: UnixMicros, why: Why } => Event::Left,
    "beat": Beat { node: NodeEpoch, horizon: UnixMicros, except: Vec<ConnectionId> } => Event::Beat,
    "clock": Clock {
        node: NodeEpoch, status: ClockStatus, offset_us: i64, max_error_us: u64, estimated_error_us: u64
    } => Event::Clock,
    "signal": Signalled {
        signal: Signal, by: String, voids: Option<EntryIndex>, acts: Option<[EntryIndex; 2]>
    } => Event::Signalled,
    "person": PersonAdded { p: Pseudonym, role: String, group: String, c: Digest } => Event::PersonAdded,
    "node": NodeStarted { node: NodeId, epoch: u32, version: String } => Event::NodeStarted,
    "restart": Restarted { node: NodeEpoch, beat: Option<EntryIndex> } => Event::Restarted,
    "revoke": Revoked { p: Pseudonym, issue: u32 } => Event::Revoked,
    "nonce": NonceGiven { nonce: String, by: String } => Event::NonceGiven,
    "prompt": Prompted {
        prompt: u32, kind: PromptKind, place: Option<u32>, due: Option<UnixMicros>, closes: UnixMicros,
        word: Option<String>, by: String
    } => (|prompted| Event::Prompted(Box::new(prompted))),
    "shown": Shown { p: Pseudonym, s: ConnectionId, prompt: u32 } => Event::Shown,
    "answer": Answered { p: Pseudonym, s: ConnectionId, prompt: u32, choice: Option<String> } => Event::Answered,
    "reveal": Revealed { seed: Seed } => Event::Revealed,
    "scan": Scanned {
        scan: ScanId, p: Pseudonym, s: ConnectionId, venue: String, door: String, way: Way, method: Method, card: bool,
        made: UnixMicros, device: UnixMicros, by: String
    } => (|scanned| Event::Scanned(Box::new(scanned))),
    "headcount": HeadCounted { venue: String, persons: u32, by: String } => Event::HeadCounted,
    "staff": StaffEnrolled { p: Pseudonym, role: StaffRole, key: Digest } => Event::StaffEnrolled,
    "act": Acted { p: Pseudonym, text: String, sig: String } => Event::Acted,
    "version": Declared { p: Pseudonym, toml: String, declaration: Declaration } =>
        (|declared| Event::Declared(Box::new(declared))),
    "claim": Claimed { p: Pseudonym, why: ClaimKind } => Event::Claimed,
    "group": Grouped { p: Pseudonym, label: String, persons: Vec<Pseudonym> } =>
        (|grouped| Event::Grouped(Box::new(grouped))),
    "erase": Erased { p: Pseudonym, by: String } => Event::Erased,
    "disclose": Disclosed { to: Vec<String>, persons: u32, sha256: Digest } => Event::Disclosed,
    "retire": Retired { by: String } => Event::Retired,
    "close": Closed { by: String } => Event::Closed,
    "open": Opened {
        origin: String, declaration: Declaration, digest: Digest, rehearsal: bool, roster: Digest,
        earlier: Vec<EarlierHead>, nonce: Option<String>, commitment: Option<Digest>
    } => (|opened| Event::Opened(Box::new(opened))),
}

impl Entry {
    /// Reads the exact bytes of one line.
    ///
    /// # Errors
    /// When they are not an entry that this program could have written.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > LINE_BYTES_MAX {
            return Err(EntryError::TooLong(bytes.len()));
        }
        let (version, kind) = beginning(bytes).ok_or(EntryError::Beginning)?;
        if version != FORMAT {
            return Err(EntryError::Newer(version));
        }
        let entry = read(kind, bytes)?;
        entry.event.check()?;
        Ok(entry)
    }
}

/// The version and kind with which every line begins: a kind is read by its own shape, so it has to be known first.
fn beginning(bytes: &[u8]) -> Option<(u32, &str)> {
    let (version, rest) = split_number(bytes.strip_prefix(br#"{"v":"#)?);
    let (_index, rest) = split_number(rest.strip_prefix(br#","i":"#)?);
    let rest = rest.strip_prefix(br#","k":""#)?;
    let kind = rest.get(..rest.iter().position(|byte| *byte == b'"')?)?;
    let version = std::str::from_utf8(version).ok()?.parse().ok()?;
    Some((version, std::str::from_utf8(kind).ok()?))
}

fn split_number(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

impl Prompted {
    /// A planned check has a time, a word's check has a word, and no other has either.
    fn is_whole(&self) -> bool {
        let word = match self.kind {
            PromptKind::Press => self.word.is_none(),
            PromptKind::Word => self.word.as_deref().is_some_and(|word| is_word(word) && normal_word(word) == word),
        };
        word && self.place.is_some() == self.due.is_some()
    }
}

impl Event {
    /// What the types of the fields cannot say.
    fn check(&self) -> Result<(), EntryError> {
        match self {
            Self::Beat(beat) if beat.except.len() > BEAT_EXCEPTIONS_MAX => Err(EntryError::Contradictory("beat")),
            Self::Signalled(signalled) if (signalled.signal == Signal::Void) != signalled.voids.is_some() => {
                Err(EntryError::Contradictory("signal"))
            }
            Self::NonceGiven(given) if !is_nonce(&given.nonce) => Err(EntryError::Contradictory("nonce")),
            Self::Prompted(prompted) if !prompted.is_whole() => Err(EntryError::Contradictory("prompt")),
            // What somebody typed freely may be a name: it never stands in the log.
            Self::Answered(Answered { choice: Some(choice), .. }) if !is_word(choice) => {
                Err(EntryError::Contradictory("answer"))
            }
            Self::Disclosed(disclosed) if !disclosed.is_whole() => Err(EntryError::Contradictory("disclose")),
            Self::NonceGiven(_)
            | Self::Erased(_)
            | Self::Disclosed(_)
            | Self::Retired(_)
            | Self::Prompted(_)
            | Self::Answered(_)
            | Self::Opened(_)
            | Self::PersonAdded(_)
            | Self::Joined(_)
            | Self::Left(_)
            | Self::Beat(_)
            | Self::Signalled(_)
            | Self::Clock(_)
            | Self::NodeStarted(_)
            | Self::Restarted(_)
            | Self::Revoked(_)
            | Self::Shown(_)
            | Self::Revealed(_)
            | Self::Scanned(_)
            | Self::HeadCounted(_)
            | Self::StaffEnrolled(_)
            | Self::Acted(_)
            | Self::Declared(_)
            | Self::Claimed(_)
            | Self::Grouped(_)
            | Self::Closed(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
