//! The plan: a scenario's groups spelled out into what each person's devices do and when.

use crate::{
    random::Random,
    scenario::{Arrive, Curve, Group, How, Scenario},
};

/// Everybody's schedule.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The scenario that it spells out.
    pub(crate) scenario: Scenario,
    /// One for each row of the roster.
    pub(crate) persons: Vec<Person>,
}

/// One person's schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Which of the scenario's groups.
    pub(crate) group: u16,
    /// What each device does; empty for those who never come.
    pub(crate) devices: Vec<Vec<Stay>>,
    /// How long this person takes to answer a challenge; nothing for those who never answer.
    pub(crate) answer_after_ms: Option<u32>,
    /// Within what time this person answers a participation check; nothing for those who let it pass.
    pub(crate) checks_within_ms: Option<u32>,
}

/// One connection as planned. Instants are milliseconds from the start signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    /// When it is opened.
    pub(crate) from: i64,
    /// When and how the client ends it; nothing: it is held until the lesson is over.
    pub(crate) end: Option<(i64, How)>,
}

impl Plan {
    /// Spells a scenario out; the same scenario always gives the same plan.
    pub(crate) fn new(scenario: Scenario) -> Self {
        let mut persons = Vec::new();
        let within = scenario.checks.as_ref().map(|checks| checks.within_ms);
        for (index, group) in (0_u16..).zip(&scenario.groups) {
            let mut random = Random::new(scenario.seed, u64::from(index).saturating_add(1));
            persons.extend((0..group.persons).map(|nth| Person {
                group: index,
                devices: devices(group, nth, &mut random),
                answer_after_ms: answer_after(group, &mut random),
                checks_within_ms: within.filter(|_| !group.ignores_checks),
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

    /// How many connections are opened in all.
    pub(crate) fn connections(&self) -> usize {
        self.stays().count()
    }

    fn stays(&self) -> impl Iterator<Item = &Stay> {
        self.persons.iter().flat_map(|person| person.devices.iter().flatten())
    }

    /// The largest number of sockets that the plan ever has open at once, each with the time that its end may take.
    pub(crate) fn sockets_at_once(&self) -> usize {
        let mut edges = Vec::new();
        for person in &self.persons {
            for stay in person.devices.iter().flatten() {
                edges.push((stay.from, 1_i64));
                let closing = stay.end.map(|(at, _)| at.saturating_add(CLOSING_MS));
                if let Some(at) = closing.or_else(|| self.silent_end(person, stay)) {
                    edges.push((at, -1));
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

    /// When the hub closes the connection of somebody who never answers, at the latest.
    fn silent_end(&self, person: &Person, stay: &Stay) -> Option<i64> {
        let liveness = self.scenario.liveness;
        let silence = i64::from(liveness.proof_max_gap_ms).saturating_add(i64::from(liveness.challenge_ms));
        person.answer_after_ms.is_none().then(|| stay.from.saturating_add(silence).saturating_add(CLOSING_MS))
    }
}

/// How long a socket may take to close on both ends.
const CLOSING_MS: i64 = 1_500;

fn answer_after(group: &Group, random: &mut Random) -> Option<u32> {
    let [least, most] = group.answer_after_ms;
    let delay = random.between(u64::from(least), u64::from(most));
    (!group.never_answers).then(|| u32::try_from(delay).unwrap_or(most))
}

fn devices(group: &Group, nth: usize, random: &mut Random) -> Vec<Vec<Stay>> {
    let Some(arrive) = group.arrive else { return Vec::new() };
    let from = arrival(arrive, nth, group.persons);
    let leave = group.leave.map(|leave| (moment(leave.from_s, leave.to_s, random), leave.how));
    let first = match group.drop {
        None => vec![Stay { from, end: leave }],
        Some(drop) => {
            let at = moment(drop.from_s, drop.to_s, random);
            let [least, most] = drop.away_s.map(|seconds| u64::from(seconds).saturating_mul(1_000));
            let back = at.saturating_add_unsigned(random.between(least, most));
            vec![Stay { from, end: Some((at, drop.how)) }, Stay { from: back, end: leave }]
        }
    };
    let others = (1..group.devices).map(|_| vec![Stay { from, end: leave }]);
    std::iter::once(first).chain(others).collect()
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
