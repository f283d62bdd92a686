//! The log's text form: an event becomes one line of JSON, and exactly those bytes are stored, hashed and read back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    event::{
        BEAT_EXCEPTIONS_MAX, Beat, Channel, Clock, ClockStatus, Closed, EarlierHead, Event, Fact, Joined, Left,
        NodeStarted, Opened, PersonAdded, Reading, Restarted, Revoked, Signal, Signalled, Stamp, Via, Why,
    },
    ids::{ConnectionId, Digest, EntryIndex, Pseudonym, Tag},
    rules::Declaration,
    time::{BootMicros, UnixMicros},
};

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
    /// The line lacks a field of its kind.
    #[error("an entry of kind `{kind}` without `{field}`")]
    FieldMissing {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
    },
    /// The line has a field that its kind does not have, or is not written as this program writes.
    #[error("not written as this log writes an entry of kind `{0}`")]
    NotCanonical(&'static str),
}

/// A line with the fields of every kind: one pass over the bytes, whatever the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    v: u32,
    i: EntryIndex,
    #[serde(borrow)]
    k: Cow<'a, str>,
    t: UnixMicros,
    m: BootMicros,
    p: Option<Pseudonym>,
    s: Option<ConnectionId>,
    channel: Option<Channel>,
    via: Option<Via>,
    d: Option<Tag>,
    n: Option<Tag>,
    last: Option<UnixMicros>,
    why: Option<Why>,
    #[serde(borrow)]
    node: Option<Cow<'a, str>>,
    epoch: Option<u32>,
    version: Option<String>,
    horizon: Option<UnixMicros>,
    except: Option<Vec<ConnectionId>>,
    signal: Option<Signal>,
    by: Option<String>,
    voids: Option<EntryIndex>,
    beat: Option<EntryIndex>,
    issue: Option<u32>,
    role: Option<String>,
    group: Option<String>,
    c: Option<Digest>,
    status: Option<ClockStatus>,
    offset_us: Option<i64>,
    max_error_us: Option<u64>,
    estimated_error_us: Option<u64>,
    origin: Option<String>,
    declaration: Option<Box<Declaration>>,
    digest: Option<Digest>,
    rehearsal: Option<bool>,
    roster: Option<Digest>,
    earlier: Option<Vec<EarlierHead>>,
    nonce: Option<String>,
}

/// Takes a field that the kind requires.
macro_rules! need {
    ($raw:ident, $kind:literal, $field:ident) => {
        $raw.$field.ok_or(EntryError::FieldMissing { kind: $kind, field: stringify!($field) })?
    };
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
        let raw: Raw<'_> = serde_json::from_slice(bytes)?;
        if raw.v != FORMAT {
            return Err(EntryError::Newer(raw.v));
        }
        let stamp = Stamp { index: raw.i, at: Reading { wall: raw.t, boot: raw.m } };
        let event = raw.event()?;
        Ok(Self { stamp, event })
    }
}

impl Raw<'_> {
    fn event(self) -> Result<Event, EntryError> {
        match &*self.k {
            "join" => self.joined(),
            "leave" => self.left(),
            "beat" => self.beat(),
            "clock" => self.clock(),
            "signal" => {
                let raw = self;
                let (signal, by) = (need!(raw, "signal", signal), need!(raw, "signal", by));
                if (signal == Signal::Void) != raw.voids.is_some() {
                    return Err(EntryError::NotCanonical("signal"));
                }
                Ok(Event::Signalled(Signalled { signal, by, voids: raw.voids }))
            }
            "open" => self.opened(),
            "person" => self.person_added(),
            "node" | "restart" => self.node(),
            "revoke" => {
                let raw = self;
                Ok(Event::Revoked(Revoked { p: need!(raw, "revoke", p), issue: need!(raw, "revoke", issue) }))
            }
            "close" => {
                let raw = self;
                Ok(Event::Closed(Closed { by: need!(raw, "close", by) }))
            }
            other => Err(EntryError::UnknownKind(other.chars().take(40).collect())),
        }
    }

    fn joined(self) -> Result<Event, EntryError> {
        let raw = self;
        Ok(Event::Joined(Joined {
            p: need!(raw, "join", p),
            s: need!(raw, "join", s),
            channel: need!(raw, "join", channel),
            via: need!(raw, "join", via),
            d: raw.d,
            n: raw.n,
        }))
    }

    fn left(self) -> Result<Event, EntryError> {
        let raw = self;
        Ok(Event::Left(Left {
            p: need!(raw, "leave", p),
            s: need!(raw, "leave", s),
            last: need!(raw, "leave", last),
            why: need!(raw, "leave", why),
        }))
    }

    fn beat(self) -> Result<Event, EntryError> {
        let raw = self;
        let except = need!(raw, "beat", except);
        if except.len() > BEAT_EXCEPTIONS_MAX {
            return Err(EntryError::NotCanonical("beat"));
        }
        let node = need!(raw, "beat", node).parse().map_err(|_| EntryError::NotCanonical("beat"))?;
        Ok(Event::Beat(Beat { node, horizon: need!(raw, "beat", horizon), except }))
    }

    fn clock(self) -> Result<Event, EntryError> {
        let raw = self;
        Ok(Event::Clock(Clock {
            node: need!(raw, "clock", node).parse().map_err(|_| EntryError::NotCanonical("clock"))?,
            status: need!(raw, "clock", status),
            offset_us: need!(raw, "clock", offset_us),
            max_error_us: need!(raw, "clock", max_error_us),
            estimated_error_us: need!(raw, "clock", estimated_error_us),
        }))
    }

    fn opened(self) -> Result<Event, EntryError> {
        let raw = self;
        Ok(Event::Opened(Box::new(Opened {
            origin: need!(raw, "open", origin),
            declaration: *need!(raw, "open", declaration),
            digest: need!(raw, "open", digest),
            rehearsal: need!(raw, "open", rehearsal),
            roster: need!(raw, "open", roster),
            earlier: need!(raw, "open", earlier),
            nonce: raw.nonce,
        })))
    }

    fn person_added(self) -> Result<Event, EntryError> {
        let raw = self;
        Ok(Event::PersonAdded(PersonAdded {
            p: need!(raw, "person", p),
            role: need!(raw, "person", role),
            group: need!(raw, "person", group),
            c: need!(raw, "person", c),
        }))
    }

    fn node(self) -> Result<Event, EntryError> {
        let raw = self;
        if raw.k == "node" {
            Ok(Event::NodeStarted(NodeStarted {
                node: need!(raw, "node", node).parse().map_err(|_| EntryError::NotCanonical("node"))?,
                epoch: need!(raw, "node", epoch),
                version: need!(raw, "node", version),
            }))
        } else {
            Ok(Event::Restarted(Restarted {
                node: need!(raw, "restart", node).parse().map_err(|_| EntryError::NotCanonical("restart"))?,
                beat: raw.beat,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: Event) -> String {
        let at = Reading { wall: UnixMicros(1_795_486_330_123_456), boot: BootMicros(610_123_456) };
        let previous = Stamp { index: EntryIndex(12_344), at };
        String::from_utf8(stamp(Some(previous), &Fact { at, event }).unwrap().bytes).unwrap()
    }

    fn joined() -> Event {
        Event::Joined(Joined {
            p: Pseudonym([1; 16]),
            s: "n1.3-388".parse().unwrap(),
            channel: Channel::Online,
            via: Via::Ws,
            d: None,
            n: Some(Tag([2; 10])),
        })
    }

    #[test]
    fn a_join_is_written_as_outside_tools_read_it() {
        assert_eq!(
            written(joined()),
            concat!(
                r#"{"v":1,"i":12345,"k":"join","t":"2026-11-24T02:12:10.123456Z","m":610123456,"#,
                r#""p":"paeaqcaibaeaqcaibaeaqcaibae","s":"n1.3-388","channel":"online","via":"ws","d":null,"#,
                r#""n":"aibaeaqcaibaeaqc"}"#
            )
        );
    }

    #[test]
    fn an_event_is_read_back_from_its_line() {
        let node = "n1.3".parse().unwrap();
        let events = [
            joined(),
            Event::Left(Left {
                p: Pseudonym([1; 16]),
                s: "n1.3-388".parse().unwrap(),
                last: UnixMicros(5),
                why: Why::Silent,
            }),
            Event::Beat(Beat { node, horizon: UnixMicros(7), except: vec!["n1.3-2".parse().unwrap()] }),
            Event::Signalled(Signalled::new(Signal::Start, "organizer \"\u{1F600}\"".into())),
            Event::Signalled(Signalled { signal: Signal::Void, by: "organizer".into(), voids: Some(EntryIndex(7)) }),
            Event::Restarted(Restarted { node, beat: None }),
            Event::Revoked(Revoked { p: Pseudonym([1; 16]), issue: 2 }),
            Event::Closed(Closed { by: "organizer".into() }),
        ];
        for event in events {
            assert_eq!(Entry::parse(written(event.clone()).as_bytes()).unwrap().event, event);
        }
    }

    #[test]
    fn log_time_never_runs_back_for_a_fact_that_waited() {
        let late = Reading { wall: UnixMicros(10), boot: BootMicros(10) };
        let early = Reading { wall: UnixMicros(9), boot: BootMicros(9) };
        let first = stamp(None, &Fact { at: late, event: joined() }).unwrap();

        let second = stamp(Some(first.stamp), &Fact { at: early, event: joined() }).unwrap();

        assert_eq!((second.stamp.index, second.stamp.at), (EntryIndex(1), late));
    }

    #[test]
    fn a_line_of_another_version_or_kind_is_refused() {
        let line = written(joined());
        for changed in [
            line.replace(r#""v":1"#, r#""v":2"#),
            line.replace(r#""k":"join""#, r#""k":"jump""#),
            line.replace(r#""d":null"#, r#""extra":1"#),
            line.replace(r#""p":"paeaqcaibaeaqcaibaeaqcaibae","#, ""),
            line.replace(r#""d":null"#, r#""d":null,"d":null"#),
        ] {
            assert!(Entry::parse(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}
