//! The plan: a scenario's groups spelled out into what each person's devices do and when.

use crate::{
    group::{Anchor, Answers, Arrive, Curve, Group, How, Scan, Visit, Way},
    random::Random,
    scenario::{CheckKind, Checks, Planned, Scenario},
};

/// Everybody's schedule.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The scenario that it spells out.
    pub(crate) scenario: Scenario,
    /// One for each row of the roster, but for the staff's.
    pub(crate) persons: Vec<Person>,
}

/// One person's schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Which of the scenario's groups.
    pub(crate) group: u16,
    /// What each device does; empty for those who are never online.
    pub(crate) devices: Vec<Vec<Stay>>,
    /// When they pass a door, in order.
    pub(crate) scans: Vec<Passage>,
    /// Whose device they use, if not their own.
    pub(crate) device_of: Option<usize>,
    /// Whose row theirs repeats.
    pub(crate) merged_into: Option<usize>,
    /// How long this person takes to answer a challenge; nothing for those who never answer.
    pub(crate) answer_after_ms: Option<u32>,
    /// Within what time this person answers a participation check; nothing for those who let all of them pass.
    pub(crate) checks_within_ms: Option<u32>,
}

/// One connection as planned. Instants are milliseconds from its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    /// What its times run from.
    pub(crate) after: Anchor,
    /// When it is opened.
    pub(crate) from: i64,
    /// When and how the client ends it; nothing: it is held until the lesson is over.
    pub(crate) end: Option<(i64, How)>,
    /// Whether its length, not its end, is what is planned: then it runs from the moment of being counted.
    pub(crate) exact: bool,
}

/// A scan as planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// What its time runs from.
    pub(crate) after: Anchor,
    /// When.
    pub(crate) at: i64,
    /// In or out.
    pub(crate) way: Way,
    /// The place of the door among the hall's.
    pub(crate) door: usize,
}

/// When a participation check opens and closes: the earliest and the latest moment, in milliseconds from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// When it opens.
    pub(crate) opens: (i64, i64),
    /// Until when it takes answers.
    pub(crate) closes: (i64, i64),
}

/// How long a check that is opened at will takes answers where a plan declares no more: to confirm.
const AT_WILL_PRESS_MS: i64 = 90_000;
/// The same for a word.
const AT_WILL_WORD_MS: i64 = 180_000;

/// The count and the time of the planned check that a declaration with checks at will needs: it lies beyond the lesson.
pub(crate) const BEYOND: Planned = Planned { count: 1, answer_ms: 60_000 };

/// Planned checks keep this far from both ends of the lesson, or a twentieth of it.
const CHECK_EDGE_MS: i64 = 60_000;

/// How long a socket may take to close on both ends.
const CLOSING_MS: i64 = 1_500;

impl Stay {
    /// A connection from one moment to another, both from the start signal.
    pub(crate) fn plain(from: i64, end: Option<(i64, How)>) -> Self {
        Self { after: Anchor::Start, from, end, exact: false }
    }
}

impl Plan {
    /// Spells a scenario out; the same scenario always gives the same plan.
    pub(crate) fn new(scenario: Scenario) -> Self {
        let mut persons = Vec::new();
        let within = scenario.checks.as_ref().map(|checks| checks.within_ms);
        let firsts: Vec<usize> =
            scenario.groups.iter().scan(0, |next: &mut usize, group| Some(first(next, group))).collect();
        let partner = |name: &Option<String>, nth: usize| {
            let place = name.as_ref().and_then(|name| scenario.place_of(name))?;
            firsts.get(place).map(|first| first.saturating_add(nth))
        };
        for (index, group) in (0_u16..).zip(&scenario.groups) {
            let mut random = Random::new(scenario.seed, u64::from(index).saturating_add(1));
            let doors = scenario.hall.as_ref().map_or(0, |hall| hall.doors.len());
            persons.extend((0..group.persons).map(|nth| Person {
                group: index,
                devices: devices(group, nth, &mut random),
                answer_after_ms: answer_after(group, &mut random),
                checks_within_ms:
                    group.answers_within_ms.or(within).filter(|_| within.is_some() && group.answers != Answers::None),
                scans: passages(&group.scans, nth, doors, &mut random),
                device_of: partner(&group.device_of, nth),
                merged_into: partner(&group.merged_into, nth),
            }));
        }
        Self { scenario, persons }
    }

    /// The group of a person.
    pub(crate) fn group_of(&self, person: &Person) -> Option<&Group> {
        self.scenario.groups.get(usize::from(person.group))
    }

    /// From the opening of the doors to the start signal.
    pub(crate) fn lobby_ms(&self) -> i64 {
        i64::from(self.scenario.lesson.lobby_s).saturating_mul(1_000)
    }

    /// From the start signal to the end signal.
    pub(crate) fn length_ms(&self) -> i64 {
        i64::from(self.scenario.lesson.length_s).saturating_mul(1_000)
    }

    /// When an anchor comes, at the earliest and at the latest.
    pub(crate) fn anchor(&self, anchor: Anchor) -> (i64, i64) {
        let check = |nth: usize| self.openings().get(nth).map_or((0, 0), |opening| opening.opens);
        match anchor {
            Anchor::Start => (0, 0),
            Anchor::FirstCheck => check(0),
            Anchor::SecondCheck => check(1),
            Anchor::End => (self.length_ms(), self.length_ms()),
        }
    }

    /// When the participation checks of the lesson open and close.
    pub(crate) fn openings(&self) -> Vec<Opening> {
        let Some(checks) = &self.scenario.checks else { return Vec::new() };
        match checks.planned {
            Some(planned) => self.drawn(planned),
            None => checks.at_s.iter().map(|at_s| at_will(checks, *at_s)).collect(),
        }
    }

    /// Each planned check has its own part of the declared lesson, in which its answers are over.
    fn drawn(&self, planned: Planned) -> Vec<Opening> {
        let length = i64::from(self.scenario.lesson.planned_s).saturating_mul(1_000);
        let edge = CHECK_EDGE_MS.min(length.div_euclid(20));
        let inner = length.saturating_sub(edge.saturating_mul(2));
        let part = inner.div_euclid(i64::from(planned.count.max(1)));
        let (answer, count) = (i64::from(planned.answer_ms), i64::from(planned.count));
        let opening = |nth: i64| {
            let from = edge.saturating_add(part.saturating_mul(nth));
            let to = from.saturating_add(part.saturating_sub(answer).max(0));
            Opening { opens: (from, to), closes: (from.saturating_add(answer), to.saturating_add(answer)) }
        };
        (0..count).map(opening).collect()
    }

    /// How many connections are opened in all.
    pub(crate) fn connections(&self) -> usize {
        self.persons.iter().flat_map(|person| person.devices.iter().flatten()).count()
    }

    /// The largest number of sockets that the plan ever has open at once, each with the time that its end may take.
    pub(crate) fn sockets_at_once(&self) -> usize {
        let anchors = [Anchor::Start, Anchor::FirstCheck, Anchor::SecondCheck, Anchor::End];
        let known = anchors.map(|anchor| (anchor, self.anchor(anchor)));
        let mut edges = Vec::new();
        for person in &self.persons {
            for stay in person.devices.iter().flatten() {
                let (_, (early, late)) = known.into_iter().find(|(one, _)| *one == stay.after).unwrap_or_default();
                edges.push((early.saturating_add(stay.from), 1_i64));
                if let Some(gone) = self.gone(person, stay) {
                    edges.push((late.saturating_add(gone), -1));
                }
            }
        }
        edges.sort_unstable();
        let mut open = 0_i64;
        let most = edges.into_iter().map(|(_, step)| {
            open = open.saturating_add(step);
            open
        });
        usize::try_from(most.max().unwrap_or_default()).unwrap_or_default()
    }

    /// When a stay's socket is closed at the latest, from its anchor; nothing where only the end of all ends it.
    fn gone(&self, person: &Person, stay: &Stay) -> Option<i64> {
        let liveness = self.scenario.liveness;
        let silence = i64::from(liveness.proof_max_gap_ms).saturating_add(i64::from(liveness.challenge_ms));
        let ended = match stay.end {
            Some((at, How::Freeze)) => at.saturating_add(silence),
            Some((at, How::Bye | How::Close | How::Lost)) => at,
            // The hub closes the connection of somebody who never answers.
            None => person.answer_after_ms.is_none().then(|| stay.from.saturating_add(silence))?,
        };
        Some(ended.saturating_add(CLOSING_MS))
    }
}

/// Where a group's persons begin, and then where the next group's do.
fn first(next: &mut usize, group: &Group) -> usize {
    let first = *next;
    *next = next.saturating_add(group.persons);
    first
}

fn at_will(checks: &Checks, at_s: u32) -> Opening {
    let at = i64::from(at_s).saturating_mul(1_000);
    let answer = match checks.kind {
        CheckKind::Press => AT_WILL_PRESS_MS,
        CheckKind::Word => AT_WILL_WORD_MS,
    };
    let closes = at.saturating_add(answer);
    Opening { opens: (at, at), closes: (closes, closes) }
}

fn answer_after(group: &Group, random: &mut Random) -> Option<u32> {
    let [least, most] = group.answer_after_ms;
    let delay = random.between(u64::from(least), u64::from(most));
    (!group.never_answers).then(|| u32::try_from(delay).unwrap_or(most))
}

fn devices(group: &Group, nth: usize, random: &mut Random) -> Vec<Vec<Stay>> {
    let mut devices = group.arrive.map(|arrive| arriving(group, arrive, nth, random)).unwrap_or_default();
    for visit in &group.visits {
        let place = usize::from(visit.device);
        if devices.len() <= place {
            devices.resize(place.saturating_add(1), Vec::new());
        }
        if let Some(device) = devices.get_mut(place) {
            device.push(visiting(visit, random));
        }
    }
    for device in &mut devices {
        device.sort_by_key(|stay| (stay.after, stay.from));
    }
    devices
}

fn arriving(group: &Group, arrive: Arrive, nth: usize, random: &mut Random) -> Vec<Vec<Stay>> {
    let from = arrival(arrive, nth, group.persons);
    let leave = group.leave.map(|leave| (moment(leave.from_s, leave.to_s, random), leave.how));
    let first = match group.drop {
        None => vec![Stay::plain(from, leave)],
        Some(drop) => {
            let at = moment(drop.from_s, drop.to_s, random);
            let [least, most] = drop.away_s.map(|seconds| u64::from(seconds).saturating_mul(1_000));
            let back = at.saturating_add_unsigned(random.between(least, most));
            vec![Stay::plain(from, Some((at, drop.how))), Stay::plain(back, leave)]
        }
    };
    let others = (1..group.devices).map(|_| vec![Stay::plain(from, leave)]);
    std::iter::once(first).chain(others).collect()
}

fn visiting(visit: &Visit, random: &mut Random) -> Stay {
    let from = moment(visit.from_s, visit.to_s, random);
    let [least, most] = visit.stay_ms.map(u64::from);
    let until = from.saturating_add_unsigned(random.between(least, most));
    Stay { after: visit.after, from, end: Some((until, visit.how)), exact: true }
}

/// Everybody comes in by one door and goes out by the next one.
fn passages(scans: &[Scan], nth: usize, doors: usize, random: &mut Random) -> Vec<Passage> {
    let passage = |(place, scan): (usize, &Scan)| Passage {
        after: scan.after,
        at: moment(scan.from_s, scan.to_s, random),
        way: scan.way,
        door: nth.saturating_add(place).checked_rem(doors).unwrap_or_default(),
    };
    scans.iter().enumerate().map(passage).collect()
}

/// A random moment between two seconds.
fn moment(from_s: i32, to_s: i32, random: &mut Random) -> i64 {
    let (from, to) = (milliseconds(from_s), milliseconds(to_s));
    from.saturating_add_unsigned(random.between(0, to.saturating_sub(from).max(0).unsigned_abs()))
}

fn milliseconds(seconds: i32) -> i64 {
    i64::from(seconds).saturating_mul(1_000)
}

/// When the nth of so many arrives.
fn arrival(arrive: Arrive, nth: usize, of: usize) -> i64 {
    let (from, to) = (milliseconds(arrive.from_s), milliseconds(arrive.to_s));
    let span = to.saturating_sub(from).max(0).unsigned_abs();
    let (nth, of) = (u64::try_from(nth).unwrap_or(u64::MAX), u64::try_from(of).unwrap_or(u64::MAX).max(1));
    // The square root of the share: the density of arrivals grows towards the end.
    let share = match arrive.curve {
        Curve::Burst => 0,
        Curve::Even => nth,
        Curve::Rush => nth.saturating_mul(of).isqrt(),
    };
    from.saturating_add_unsigned(span.saturating_mul(share).checked_div(of).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::SHIPPED;

    #[test]
    fn no_shipped_scenario_ever_has_more_sockets_open_than_it_allows() {
        for (name, _) in SHIPPED {
            let plan = Plan::new(Scenario::load(name).unwrap());

            assert!(plan.sockets_at_once() <= plan.scenario.sockets_max, "{name}: {}", plan.sockets_at_once());
            assert!(plan.scenario.sockets_max <= 15_000, "{name}");
        }
    }

    #[test]
    fn no_shipped_scenario_has_a_device_in_two_stays_at_once() {
        for (name, _) in SHIPPED {
            let plan = Plan::new(Scenario::load(name).unwrap());
            for person in &plan.persons {
                for pair in person.devices.iter().flat_map(|stays| stays.windows(2)) {
                    let [first, second] = pair else { panic!("two stays") };
                    let gone = plan.anchor(first.after).1 + plan.gone(person, first).unwrap();

                    assert!(gone < plan.anchor(second.after).0 + second.from + CLOSING_MS, "{name}: {person:?}");
                }
            }
        }
    }

    #[test]
    fn the_same_scenario_gives_the_same_plan() {
        let plan = || Plan::new(Scenario::load("smoke").unwrap()).persons;

        assert_eq!(plan(), plan());
    }

    #[test]
    fn arrivals_stay_inside_their_time_and_a_rush_grows_towards_its_end() {
        let arrive = Arrive { from_s: -10, to_s: 0, curve: Curve::Rush };
        let all: Vec<i64> = (0..1_000).map(|nth| arrival(arrive, nth, 1_000)).collect();

        assert!(all.iter().all(|at| (-10_000..=0).contains(at)));
        assert!(all.iter().filter(|at| **at < -5_000).count() < 300);
    }

    #[test]
    fn a_group_that_drops_is_away_between_its_two_stays() {
        let plan = Plan::new(Scenario::load("smoke").unwrap());
        let dropped = plan.persons.iter().filter(|person| person.devices.first().is_some_and(|stays| stays.len() == 2));

        for person in dropped {
            let [first, second] = person.devices[0][..] else { panic!("two stays") };
            let (end, _) = first.end.unwrap();
            assert!(second.from >= end + 1_000 && second.end.is_none(), "{person:?}");
        }
    }
}
