//! A real attempt whose both sides have enrolled, line by line as a hub would write it.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use hadir::domain::{
    event::{
        Acted, Channel, Event, Fact, Joined, Left, Method, NodeStarted, NonceGiven, Opened, Reading, Scanned, Signal,
        Signalled, StaffEnrolled, StaffRole, Via, Way, Why,
    },
    fold::prompts::Seed,
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, ScanId, Tag},
    ledger::Ledger,
    line::{Line, stamp},
    reviews::deed::{Deed, Statement, signed},
    roster::{self, RosterRow},
    rules::{Declaration, PromptKind, PromptPlan, Signals},
    time::{BootMicros, Millis, UnixMicros, UnixMillis},
};
use sha2::{Digest as _, Sha256};

use super::history::{BEGIN_US, declaration, full_lesson, pseudonym, roster_rows};

pub(super) const ORIGIN: &str = "hadir/lies";
pub(super) const SEED: Seed = Seed(Digest([9; 32]));
const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };
const DOORS: NodeEpoch = NodeEpoch { node: NodeId(9), epoch: 1 };
/// Those who act: they stand on every book's roster beside its persons, under a role that does not count.
pub(super) const ORGANIZER: u8 = 230;
pub(super) const WITNESS: u8 = 231;
pub(super) const TIMEKEEPER: u8 = 232;

/// A real attempt with checks, whose both sides have enrolled, line by line.
pub(super) struct Book {
    pub(super) ledger: Ledger,
    lines: Vec<Line>,
    pub(super) now_us: i64,
    acts: u8,
}

pub(super) fn key(person: u8) -> SigningKey {
    SigningKey::from_bytes(&[person + 1; 32])
}

impl Book {
    /// With two checks, one of which everybody has to answer.
    pub(super) fn new() -> Self {
        Self::declaring(|_| ())
    }

    /// The same with something else declared, too.
    pub(super) fn declaring(declare: impl FnOnce(&mut Declaration)) -> Self {
        let mut declared = declaration(full_lesson(0, 0, 5_000), false, false);
        declared.window.minimum_ms = Millis(20_000);
        declared.prompts = Some(PromptPlan { count: 2, kind: PromptKind::Press, answer_ms: Millis(5_000) });
        declared.rule.prompts_min = Some(1);
        declare(&mut declared);
        let mut book = Self::open(&roster_rows(None), declared, Some(SEED.commitment()));
        book.write(Event::NonceGiven(NonceGiven { nonce: "on camera".into(), by: "adjudicator".into() }));
        book
    }

    /// With whatever is declared, for these persons.
    pub(super) fn open(rows: &[RosterRow], declared: Declaration, commitment: Option<Digest>) -> Self {
        let rehearsal = declared.rehearsal;
        let mut book = Self::try_open(rows, declared, rehearsal, commitment).unwrap();
        book.write(Event::NodeStarted(NodeStarted { node: NodeId(1), epoch: 1, version: "0.1.0".into() }));
        for (person, role) in [(ORGANIZER, StaffRole::Organizer), (WITNESS, StaffRole::Witness)] {
            book.enrol(person, role);
        }
        book
    }

    /// The opening alone, as the verifier takes or refuses it.
    pub(super) fn try_open(
        rows: &[RosterRow],
        declared: Declaration,
        rehearsal: bool,
        commitment: Option<Digest>,
    ) -> Result<Self, String> {
        let mut rows = rows.to_vec();
        rows.extend([ORGANIZER, WITNESS, TIMEKEEPER].map(|person| RosterRow {
            person: pseudonym(person),
            role: "committee".into(),
            group: String::new(),
            commitment: Digest([person; 32]),
            merged_into: None,
        }));
        rows.sort_by_key(|row| row.person);
        let roster = roster::write(&rows).unwrap();
        let declared = Declaration { signals: Signals::Countersigned, ..declared };
        let digest = Digest(Sha256::digest(&roster).into());
        let opened = Opened {
            origin: ORIGIN.into(),
            digest: Digest([1; 32]),
            rehearsal,
            declaration: declared,
            roster: digest,
            earlier: Vec::new(),
            nonce: None,
            commitment,
        };
        let mut book = Self { ledger: Ledger::new(&roster).unwrap(), lines: Vec::new(), now_us: BEGIN_US, acts: 0 };
        book.try_write(Event::Opened(Box::new(opened)))?;
        Ok(book)
    }

    pub(super) fn enrol(&mut self, person: u8, role: StaffRole) {
        let key = Digest(key(person).verifying_key().to_bytes());
        self.write(Event::StaffEnrolled(StaffEnrolled { p: pseudonym(person), role, key }));
    }

    /// Whether the verifier would accept this next.
    pub(super) fn try_write(&mut self, event: Event) -> Result<EntryIndex, String> {
        let at = Reading { wall: UnixMicros(self.now_us), boot: BootMicros((self.now_us - BEGIN_US) as u64) };
        let line = stamp(self.lines.last().map(|line| line.stamp), &Fact { at, event }).unwrap();
        self.ledger.accept(&line.bytes).map_err(|refusal| refusal.to_string())?;
        self.lines.push(line);
        Ok(self.last())
    }

    pub(super) fn write(&mut self, event: Event) -> EntryIndex {
        self.try_write(event).unwrap()
    }

    /// Somebody joins, from the device and on the network of these numbers.
    pub(super) fn join(&mut self, person: u8, device: Option<u8>, network: Option<u8>) -> ConnectionId {
        let s = ConnectionId { at: RUN, serial: self.last().0 };
        let [d, n] = [device, network].map(|number| number.map(|number| Tag([number; 10])));
        self.write(Event::Joined(Joined { p: pseudonym(person), s, channel: Channel::Online, via: Via::Ws, d, n }));
        s
    }

    /// They leave, and say so.
    pub(super) fn leave(&mut self, person: u8, s: ConnectionId, why: Why) {
        let last = UnixMicros(self.now_us);
        self.write(Event::Left(Left { p: pseudonym(person), s, last, why }));
    }

    /// A steward scans somebody, whose scan is delivered now.
    pub(super) fn scan(&mut self, person: u8, venue: &str, way: Way, made: UnixMicros) {
        let serial = self.last().0;
        self.write(Event::Scanned(Box::new(Scanned {
            scan: ScanId([serial as u8; 16]),
            p: pseudonym(person),
            s: ConnectionId { at: DOORS, serial },
            venue: venue.into(),
            door: "main".into(),
            way,
            method: Method::Scanner,
            card: false,
            made,
            device: made,
            by: "steward".into(),
        })));
    }

    pub(super) fn act_as(&mut self, person: u8, key: &SigningKey, deed: Deed) -> Event {
        self.acts += 1;
        let (by, at) = (pseudonym(person), UnixMicros(self.now_us).floor_millis());
        let statement = Statement { origin: ORIGIN.into(), by, act: ScanId([self.acts; 16]), at, deed };
        let text = serde_json::to_string(&statement).unwrap();
        let sig = BASE64URL_NOPAD.encode(&key.sign(&signed(&text)).to_bytes());
        Event::Acted(Acted { p: by, text, sig })
    }

    pub(super) fn act(&mut self, person: u8, deed: Deed) -> Event {
        self.act_as(person, &key(person), deed)
    }

    pub(super) fn agree(&mut self, deed: Deed) -> [EntryIndex; 2] {
        let proposal = self.act(ORGANIZER, deed);
        let of = self.write(proposal);
        let confirmation = self.act(WITNESS, Deed::Confirm { of });
        [of, self.write(confirmation)]
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        let acts = Some(self.agree(Deed::Signal { signal }));
        self.write(Event::Signalled(Signalled { acts, ..Signalled::new(signal, "organizer+witness".into()) }));
    }

    pub(super) fn start(&mut self) -> UnixMillis {
        self.signal(Signal::Start);
        UnixMicros(self.now_us).floor_millis()
    }

    /// The newest entry.
    pub(super) fn last(&self) -> EntryIndex {
        EntryIndex(self.lines.len() as u64 - 1)
    }

    pub(super) fn pass(&mut self, ms: i64) {
        self.now_us += ms * 1_000;
    }

    pub(super) fn certified(&self) -> u64 {
        self.ledger.tally().unwrap().can_qualify
    }
}

pub(super) fn refused<T>(result: Result<T, String>, why: &str) {
    let said = result.err().expect(why);
    assert!(said.contains(why), "{said}");
}
