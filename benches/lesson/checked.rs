//! A lesson of half an hour with participation checks: everybody comes, some come again, most answer, everybody leaves.

use hadir::domain::{
    event::{
        Answered, Channel, Event, Fact, Joined, Left, NodeStarted, Prompted, Reading, Shown, Signal, Signalled, Via,
        Why,
    },
    ids::ConnectionId,
    rules::PromptKind,
    time::{BootMicros, UnixMicros},
};

use super::{BEGIN, NodeEpoch, PERSONS, RUN, opened, pseudonym};

/// How many checks are opened.
const CHECKS: u32 = 6;
/// How many persons answer each, of whom every tenth answers wrongly.
const ANSWERS: u64 = 10_000;
/// How many persons lose their connection after a check and come again.
const AGAIN: u64 = 2_500;
/// Log time between two entries: the whole takes as long as the lesson.
const STEP_US: i64 = 9_000;
/// How long a check takes answers.
const ANSWER_US: i64 = 185_000_000;

/// What happens, and by which connection each person is there.
struct Telling {
    facts: Vec<Fact>,
    open: Vec<ConnectionId>,
    serial: u64,
}

/// What happens, one fact after another: 200,000 and a few.
pub(crate) fn facts(roster: &[u8]) -> Vec<Fact> {
    let mut telling = Telling { facts: Vec::new(), open: Vec::new(), serial: 0 };
    let NodeEpoch { node, epoch } = RUN;
    telling.log(opened(roster));
    telling.log(Event::NodeStarted(NodeStarted { node, epoch, version: "0.1.0".into() }));
    (0..PERSONS).for_each(|person| telling.join(person));
    telling.log(Event::Signalled(Signalled::new(Signal::Start, "organizer".into())));
    (1..=CHECKS).for_each(|check| telling.check(check));
    (0..PERSONS).for_each(|person| telling.leave(person));
    telling.facts
}

impl Telling {
    fn now_us(&self) -> i64 {
        BEGIN.0 + self.facts.len() as i64 * STEP_US
    }

    fn log(&mut self, event: Event) {
        let wall = UnixMicros(self.now_us());
        let boot = BootMicros((wall.0 - BEGIN.0).cast_unsigned());
        self.facts.push(Fact { at: Reading { wall, boot }, event });
    }

    fn join(&mut self, person: u64) {
        self.serial += 1;
        let s = ConnectionId { at: RUN, serial: self.serial };
        let place = usize::try_from(person).unwrap();
        if place < self.open.len() {
            self.open[place] = s;
        } else {
            self.open.push(s);
        }
        self.log(Event::Joined(Joined {
            p: pseudonym(person),
            s,
            channel: Channel::Online,
            via: Via::Ws,
            d: None,
            n: None,
        }));
    }

    fn leave(&mut self, person: u64) {
        let s = self.open[usize::try_from(person).unwrap()];
        let last = UnixMicros(self.now_us() - 2_000_000);
        self.log(Event::Left(Left { p: pseudonym(person), s, last, why: Why::Closed }));
    }

    fn check(&mut self, prompt: u32) {
        let closes = UnixMicros(self.now_us() + ANSWER_US);
        self.log(Event::Prompted(Box::new(Prompted {
            prompt,
            kind: PromptKind::Press,
            place: None,
            due: None,
            closes,
            word: None,
            by: "adjudicator".into(),
        })));
        for number in 0..ANSWERS {
            let person = (number * 2 + u64::from(prompt)) % PERSONS;
            let (p, s) = (pseudonym(person), self.open[usize::try_from(person).unwrap()]);
            self.log(Event::Shown(Shown { p, s, prompt }));
            let choice = (number % 10 != 0).then(|| "HERE".to_owned());
            self.log(Event::Answered(Answered { p, s, prompt, choice }));
        }
        for number in 0..AGAIN {
            let person = (number * 7 + u64::from(prompt) * 1_013) % PERSONS;
            self.leave(person);
            self.join(person);
        }
    }
}
