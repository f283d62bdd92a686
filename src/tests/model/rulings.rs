//! An outage is bridged for those whom it cut off, where two sides agree and the log shows it; for nobody else.

use hadir::domain::{
    accounts::account::{self, Reason},
    event::{Channel, Event, Joined, Left, Restarted, Via, Why},
    ids::{ConnectionId, Digest, NodeEpoch, NodeId, Pseudonym, Tag},
    reviews::deed::Deed,
    roster::RosterRow,
    time::{Millis, UnixMicros, UnixMillis},
};

use super::{
    book::{Book, ORGANIZER, WITNESS, refused},
    history::{declaration, full_lesson, pseudonym},
};

const RUN: NodeEpoch = NodeEpoch { node: NodeId(1), epoch: 1 };
/// The network of a school that is cut off, another one's, and one home's.
const SCHOOL: Tag = Tag([1; 10]);
const OTHER: Tag = Tag([2; 10]);
const HOME: Tag = Tag([3; 10]);
/// The first 40 persons are behind the school's network, the next 40 behind the other one, the last is at home.
const PERSONS: u8 = 81;
/// One person of the school stays on; another one comes back too late.
const STAYS: u8 = 10;
const TOO_LATE: u8 = 11;
/// A friend behind the other network, who leaves while the school is cut off.
const FRIEND: u8 = 50;

fn network(person: u8) -> Tag {
    match person {
        0..40 => SCHOOL,
        40..80 => OTHER,
        _ => HOME,
    }
}

/// A lesson of half an hour, and the seconds of it.
struct Lesson {
    book: Book,
    start: UnixMillis,
    serial: u64,
    open: Vec<Option<ConnectionId>>,
}

impl Lesson {
    /// Everybody is there when it starts.
    fn new() -> Self {
        let row = |person| RosterRow {
            person: pseudonym(person),
            role: "participant".into(),
            group: String::new(),
            commitment: Digest([0; 32]),
            merged_into: None,
        };
        let mut rows: Vec<RosterRow> = (0..PERSONS).map(row).collect();
        rows.sort_by_key(|row| row.person);
        let mut declared = declaration(full_lesson(0, 0, 75_000), false, false);
        declared.window.planned_end = declared.window.planned_start.plus(Millis(1_800_000));
        let book = Book::open(&rows, declared, None);
        let mut lesson = Self { book, start: UnixMillis(0), serial: 0, open: vec![None; usize::from(PERSONS)] };
        (0..PERSONS).for_each(|person| lesson.join(person));
        lesson.start = lesson.book.start();
        lesson
    }

    fn second(&self, second: i64) -> UnixMillis {
        UnixMillis(self.start.0 + second * 1_000)
    }

    fn until(&mut self, second: i64) {
        self.book.now_us = self.second(second).to_micros().0;
    }

    fn join(&mut self, person: u8) {
        self.open[usize::from(person)] = Some(self.connect(person, network(person)));
    }

    fn leave(&mut self, person: u8, last: i64) {
        let Some(s) = self.open[usize::from(person)].take() else { return };
        self.end(person, s, last, Why::Silent);
    }

    /// A connection beside the one that is kept.
    fn connect(&mut self, person: u8, network: Tag) -> ConnectionId {
        self.serial += 1;
        let s = ConnectionId { at: RUN, serial: self.serial };
        let (p, n) = (pseudonym(person), Some(network));
        self.book.write(Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d: None, n }));
        s
    }

    fn end(&mut self, person: u8, s: ConnectionId, last: i64, why: Why) {
        let last: UnixMicros = self.second(last).to_micros();
        self.book.write(Event::Left(Left { p: pseudonym(person), s, last, why }));
    }

    /// The school is cut off ten minutes after the start, for a hundred seconds.
    fn school_is_cut_off(&mut self) {
        self.school_is_cut_off_until(705, &[]);
    }

    /// Some others come back at that second, too.
    fn school_is_cut_off_until(&mut self, back: i64, others: &[u8]) {
        let cut: Vec<u8> = (0..40).filter(|person| *person != STAYS).chain([FRIEND]).collect();
        self.until(660);
        for person in &cut {
            self.leave(*person, 600 + i64::from(person % 5));
        }
        self.until(705);
        for person in cut.iter().filter(|person| **person != TOO_LATE) {
            self.join(*person);
        }
        self.until(back);
        others.iter().for_each(|person| self.join(*person));
        self.until(900);
        self.join(TOO_LATE);
    }

    fn bridge(from: UnixMillis, to: UnixMillis, network: Option<Tag>) -> Deed {
        Deed::Bridge { from, to, network, reason: "the school's line was cut".into() }
    }

    fn outage(&self) -> (UnixMillis, UnixMillis) {
        (self.second(600), self.second(705))
    }

    fn propose(&mut self, deed: Deed) -> Result<(), String> {
        let act = self.book.act(ORGANIZER, deed);
        self.book.try_write(act).map(drop)
    }

    /// Who does not count in the end, and why.
    fn left_out(&mut self) -> Vec<(Pseudonym, Reason)> {
        self.until(1_860);
        for person in 0..PERSONS {
            self.leave(person, 1_850);
        }
        let accounts = account::persons(self.book.ledger.attendance()).into_iter();
        // Those who act never join.
        let accounts = accounts.filter(|account| account.role != "committee");
        accounts.filter_map(|account| Some((account.person, account.reason?))).collect()
    }
}

#[test]
fn an_outage_that_two_sides_bridge_costs_nobody_whom_it_cut_off_and_helps_nobody_else() {
    let mut lesson = Lesson::new();
    lesson.school_is_cut_off();
    let (from, to) = lesson.outage();
    let before = lesson.book.ledger.tally().unwrap().can_qualify;
    lesson.book.agree(Lesson::bridge(from, to, Some(SCHOOL)));
    let after = lesson.book.ledger.tally().unwrap().can_qualify;

    let mut left_out = lesson.left_out();

    left_out.sort();
    let mut expected = vec![(pseudonym(TOO_LATE), Reason::Gap), (pseudonym(FRIEND), Reason::Gap)];
    expected.sort();
    assert_eq!(left_out, expected);
    assert_eq!(after - before, 38);
    let tallies = lesson.book.ledger.tallies().unwrap();
    assert_eq!((tallies.rulings, tallies.tally.certifiable), (1, u64::from(PERSONS) - 2));
    assert_eq!(tallies.certifiable_without_rulings, u64::from(PERSONS) - 40);
}

#[test]
fn a_restart_that_two_sides_bridge_costs_nobody_who_comes_back_in_time() {
    let mut lesson = Lesson::new();
    lesson.until(600);
    lesson.book.write(Event::Beat(hadir::domain::event::Beat {
        node: RUN,
        horizon: lesson.second(595).to_micros(),
        except: Vec::new(),
    }));
    lesson.until(700);
    let beat = lesson.book.ledger.attendance().last_beat(RUN);
    lesson.book.write(Event::Restarted(Restarted { node: RUN, beat }));
    lesson.open.fill(None);
    lesson.until(710);
    (1..PERSONS).for_each(|person| lesson.join(person));
    let (from, to) = (lesson.second(595), lesson.second(700));
    lesson.book.agree(Lesson::bridge(from, to, None));

    assert_eq!(lesson.left_out(), [(pseudonym(0), Reason::LeftEarly)]);
}

#[test]
fn an_outage_is_not_bridged_for_friends() {
    let mut lesson = Lesson::new();
    lesson.school_is_cut_off();
    let (from, to) = lesson.outage();

    let of = lesson.book.act(ORGANIZER, Lesson::bridge(from, to, Some(SCHOOL)));
    let of = lesson.book.write(of);
    let alone = lesson.book.act(ORGANIZER, Deed::Confirm { of });
    refused(lesson.book.try_write(alone), "the other side");
    // Neither the network of somebody who left, nor everybody, nor a longer time, nor a time before.
    for (from, to, network) in [
        (from, to, Some(OTHER)),
        (from, to, Some(HOME)),
        (from, to, None),
        (from, lesson.second(1_500), Some(SCHOOL)),
        (lesson.second(300), to, Some(SCHOOL)),
        (to, from, Some(SCHOOL)),
    ] {
        let said = lesson.propose(Lesson::bridge(from, to, network)).unwrap_err();
        assert!(said.contains("no outage of all of them was detected"), "{said}");
    }
    let dismissed = lesson.book.act(WITNESS, Deed::Dismiss { of });
    lesson.book.write(dismissed);
    assert_eq!(lesson.book.ledger.tallies().unwrap().rulings, 0);
}

#[test]
fn a_friend_who_once_used_the_network_that_was_cut_off_gains_nothing_by_its_outage() {
    let mut lesson = Lesson::new();
    lesson.until(10);
    let once = lesson.connect(FRIEND, SCHOOL);
    lesson.until(500);
    lesson.end(FRIEND, once, 500, Why::Lost);
    lesson.school_is_cut_off();
    let (from, to) = lesson.outage();

    lesson.book.agree(Lesson::bridge(from, to, Some(SCHOOL)));

    assert!(lesson.left_out().contains(&(pseudonym(FRIEND), Reason::Gap)));
}

#[test]
fn who_goes_by_themselves_or_after_the_network_was_cut_off_gains_nothing_by_its_outage() {
    let mut lesson = Lesson::new();
    let goes = FRIEND + 1;
    lesson.until(590);
    let (first, second) = (lesson.connect(goes, SCHOOL), lesson.open[usize::from(STAYS)].take().unwrap());
    let other = lesson.open[usize::from(goes)].take().unwrap();
    lesson.until(600);
    lesson.end(goes, other, 600, Why::Bye);
    lesson.until(601);
    lesson.end(goes, first, 601, Why::Bye);
    // In the middle of the outage, long after everybody whom it cut off.
    lesson.until(640);
    lesson.end(STAYS, second, 640, Why::Lost);
    lesson.school_is_cut_off_until(720, &[goes, STAYS]);

    let (from, to) = lesson.outage();
    lesson.book.agree(Lesson::bridge(from, to, Some(SCHOOL)));

    let left_out = lesson.left_out();
    for person in [goes, STAYS] {
        assert!(left_out.contains(&(pseudonym(person), Reason::Gap)), "{person} in {left_out:?}");
    }
}

#[test]
fn an_end_that_is_noticed_after_the_ruling_is_bridged_like_those_before_it() {
    let mut lesson = Lesson::new();
    let guest = FRIEND + 1;
    let late = lesson.connect(guest, SCHOOL);
    let own = lesson.open[usize::from(guest)].take().unwrap();
    lesson.end(guest, own, 0, Why::Bye);
    lesson.school_is_cut_off_until(720, &[guest]);
    let (from, to) = lesson.outage();
    lesson.book.agree(Lesson::bridge(from, to, Some(SCHOOL)));

    lesson.end(guest, late, 602, Why::Silent);

    assert!(!lesson.left_out().contains(&(pseudonym(guest), Reason::Gap)));
}

#[test]
fn an_outage_of_everybody_is_bridged_for_everybody_whom_it_cut_off() {
    let mut lesson = Lesson::new();
    lesson.until(660);
    (0..PERSONS).for_each(|person| lesson.leave(person, 600 + i64::from(person % 5)));
    lesson.until(705);
    (0..PERSONS).for_each(|person| lesson.join(person));
    let (from, to) = lesson.outage();

    lesson.book.agree(Lesson::bridge(from, to, None));

    assert_eq!(lesson.left_out(), []);
}

#[test]
fn a_school_where_everybody_has_two_connections_can_be_bridged() {
    let mut lesson = Lesson::new();
    let second: Vec<ConnectionId> = (0..40).map(|person| lesson.connect(person, SCHOOL)).collect();
    lesson.until(660);
    for (person, s) in (0..40).zip(second) {
        lesson.leave(person, 600);
        lesson.end(person, s, 601, Why::Silent);
    }
    lesson.until(705);
    (0..40).for_each(|person| lesson.join(person));
    let (from, to) = lesson.outage();

    lesson.book.agree(Lesson::bridge(from, to, Some(SCHOOL)));

    assert_eq!(lesson.left_out(), []);
}
