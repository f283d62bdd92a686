//! What the oracle finds: a bundle that is right in everything, and then wrong in one thing.

use std::collections::BTreeSet;

use hadir::domain::{ids::Pseudonym, time::UnixMillis};
use serde_json::json;

use crate::{
    bundle::{Bundle, ConnectionRow, Join, PersonRow},
    client::{End, Story, Told},
    oracle::{Case, disagreements},
    plan::Plan,
    scenario::{How, Scenario},
    truth::{Terms, Truth},
};

/// When the start signal is given.
const START: i64 = 1_795_486_330_000;

struct Scene {
    plan: Plan,
    terms: Terms,
    truth: Truth,
    stories: Vec<Story>,
    bundle: Bundle,
    kills: Vec<i64>,
}

fn name(person: usize) -> Pseudonym {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&(person as u64).to_be_bytes());
    Pseudonym(name)
}

#[expect(clippy::arithmetic_side_effects, reason = "a test's own small numbers")]
/// The smoke scenario with a tenth of its participants, and the bundle that a perfect hub would have made of it.
fn scene() -> Scene {
    let plan = Plan::new(Scenario::load("smoke").unwrap().scaled(50).unwrap());
    let terms = Terms::of(&plan);
    let truth = Truth::stated(&plan).unwrap();
    let mut bundle = Bundle {
        answered: BTreeSet::new(),
        people: Default::default(),
        connections: Default::default(),
        joins: Default::default(),
        tallies: json!(null),
    };
    let mut stories = Vec::new();
    let mut seq = 0;
    for (person, planned) in plan.persons.iter().enumerate() {
        let fate = truth.fates[person].clone().unwrap();
        let row = PersonRow { person: name(person), status: fate.status, reason: fate.reason };
        bundle.people.insert(name(person), row);
        for stays in &planned.devices {
            let mut story = Story { person, ..Story::default() };
            for stay in stays {
                seq += 1;
                let at_ms = START + stay.from + 5;
                let silent = planned.answer_after_ms.is_none();
                let (ended, end) = match stay.end {
                    Some((at, how)) => (START + at, End::Ours(how)),
                    None => (START + plan.length_ms() + 50, End::Theirs(1000)),
                };
                let proof_ms = if silent { at_ms - 5 } else { ended };
                story.told.push(Told {
                    seq,
                    at_ms,
                    person: name(person),
                    join_us: 7_000,
                    hello_ms: at_ms - 5,
                    counted_ms: at_ms + 2,
                    proof_ms,
                    end,
                });
                let connection = format!("n1.1-{seq}");
                let join = Join { person: name(person), connection: connection.clone(), at: UnixMillis(at_ms) };
                bundle.joins.insert(seq, join);
                let row = ConnectionRow {
                    person: name(person),
                    connection: connection.clone(),
                    join: UnixMillis(at_ms),
                    last_proof: UnixMillis(proof_ms.max(at_ms)),
                    cause: "bye".into(),
                };
                bundle.connections.insert(connection, row);
            }
            stories.push(story);
        }
    }
    let instant = |at: i64| UnixMillis(at).to_string();
    bundle.tallies = json!({
        "registered": truth.fates.len(), "ever_joined": truth.ever_joined, "connections": seq,
        "certifiable": truth.certified(), "peak": { "count": truth.peak.0 },
        "start": instant(START), "end": instant(START + plan.length_ms()),
    });
    Scene { plan, terms, truth, stories, bundle, kills: Vec::new() }
}

impl Scene {
    fn found(&self) -> Vec<String> {
        disagreements(Case {
            plan: &self.plan,
            terms: &self.terms,
            truth: &self.truth,
            stories: &self.stories,
            bundle: &self.bundle,
            kills: &self.kills,
            shared: false,
            shown: None,
        })
    }

    fn finds(&self, what: &str) {
        let found = self.found();
        assert!(found.iter().any(|line| line.contains(what)), "`{what}` is not in {found:#?}");
    }

    fn first_of(&self, status: &str, reason: &str) -> usize {
        let fits = |row: &PersonRow| row.status == status && row.reason == reason;
        (0..self.plan.persons.len()).find(|person| fits(&self.bundle.people[&name(*person)])).unwrap()
    }
}

#[test]
fn the_oracle_agrees_with_a_bundle_that_is_right_in_everything() {
    assert_eq!(scene().found(), Vec::<String>::new());
}

#[test]
fn an_acknowledged_join_that_is_missing_is_found() {
    let mut scene = scene();

    scene.bundle.joins.remove(&1);

    scene.finds("person 0 was told entry 1, which is no join of the log");
}

#[test]
fn an_acknowledged_join_that_the_log_gives_to_another_person_is_found() {
    let mut scene = scene();

    scene.bundle.joins.get_mut(&1).unwrap().person = name(5);

    scene.finds("person 0 was told that entry 1 is theirs");
}

#[test]
fn a_join_that_no_client_asked_for_is_found_and_one_whose_answer_was_lost_is_not() {
    let mut scene = scene();
    let join = Join { person: name(0), connection: "n1.1-9000".into(), at: UnixMillis(START) };
    scene.bundle.joins.insert(9_000, join);
    scene.bundle.tallies["connections"] = json!(scene.bundle.joins.len());

    scene.finds("entry 9000 is a join of");
    scene.stories[0].unanswered = 1;

    assert_eq!(scene.found(), Vec::<String>::new());
}

#[test]
fn an_interval_that_goes_on_after_the_last_proof_is_found() {
    let mut scene = scene();
    let silent = scene.plan.persons.iter().position(|person| person.answer_after_ms.is_none()).unwrap();
    let story = scene.stories.iter().find(|story| story.person == silent).unwrap();
    let row = scene.bundle.connections.get_mut(&format!("n1.1-{}", story.told[0].seq)).unwrap();

    row.last_proof = UnixMillis(row.last_proof.0 + 3_000);

    scene.finds("but the last proof was sent at");
}

#[test]
fn an_interval_that_goes_on_after_a_kill_is_found() {
    let mut scene = scene();

    scene.kills.push(START + 3_000);

    scene.finds("but the last proof was sent at");
}

#[test]
fn an_interval_that_ends_before_its_goodbye_is_found() {
    let mut scene = scene();
    let left = |told: &&Told| told.end == End::Ours(How::Close);
    let seq = scene.stories.iter().flat_map(|story| &story.told).find(left).unwrap().seq;
    let row = scene.bundle.connections.get_mut(&format!("n1.1-{seq}")).unwrap();

    row.last_proof = UnixMillis(row.last_proof.0 - 900);

    scene.finds("before the goodbye");
}

#[test]
fn a_person_who_is_certified_without_having_been_there_is_found_twice() {
    let mut scene = scene();
    let person = scene.first_of("not_certified", "left_early");
    let row = scene.bundle.people.get_mut(&name(person)).unwrap();

    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("(left early) is not_certified (left_early), but people.csv says of");
    scene.finds("is certified, but no client of theirs was there after");
}

#[test]
fn a_person_who_was_away_for_too_long_cannot_be_certified() {
    let mut scene = scene();
    let person = scene.first_of("not_certified", "gap");
    let row = scene.bundle.people.get_mut(&name(person)).unwrap();

    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("is certified, but no client of theirs was there from");
}

#[test]
fn a_person_whom_a_kill_cost_their_presence_is_accepted_but_never_one_whom_it_gave_any() {
    let mut scene = scene();
    scene.kills.push(START - 1_000_000);
    let lost = scene.first_of("certified", "");
    let won = scene.first_of("not_certified", "late");
    let row = scene.bundle.people.get_mut(&name(lost)).unwrap();
    (row.status, row.reason) = ("not_certified".into(), "gap".into());
    let certified = scene.truth.certified() - 1;
    scene.bundle.tallies["certifiable"] = json!(certified);

    assert_eq!(scene.found(), Vec::<String>::new());
    let row = scene.bundle.people.get_mut(&name(won)).unwrap();
    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("(late) is not_certified (late), but people.csv says of");
}

#[test]
fn a_person_on_the_roster_whom_nobody_planned_is_found() {
    let mut scene = scene();
    let row = PersonRow { person: name(9_999), status: "certified".into(), reason: String::new() };

    scene.bundle.people.insert(name(9_999), row);

    scene.finds("-1 more persons should be certified");
}

#[test]
fn a_total_that_is_not_the_sum_of_its_persons_is_found() {
    let mut scene = scene();

    scene.bundle.tallies["certifiable"] = json!(12_003);

    scene.finds("certifiable: expected");
}
