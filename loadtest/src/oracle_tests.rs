//! What the oracle finds: a bundle that is right in everything, and then wrong in one thing.

use hadir::domain::time::UnixMillis;
use serde_json::json;

use crate::{
    bundle::{Join, PersonRow},
    group::How,
    perfect::{START, name, scene, scene_of},
    scenario::SHIPPED,
    story::{End, Told},
};

#[test]
fn the_oracle_agrees_with_a_bundle_that_is_right_in_everything() {
    assert_eq!(scene().found(), Vec::<String>::new());
    for (name, _) in SHIPPED {
        assert_eq!(scene_of(name, 1_000).found(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_scan_that_is_missing_or_of_somebody_else_or_of_another_time_is_found() {
    for (wrong, what) in [("missing", "not in scans.csv"), ("of another", "says that it is of"), ("late", "ms away")] {
        let mut scene = scene();
        let scan = scene.scanned[0].scan;

        match wrong {
            "missing" => drop(scene.bundle.scans.remove(&scan)),
            "of another" => scene.bundle.scans.get_mut(&scan).unwrap().person = name(9_999),
            _ => scene.bundle.scans.get_mut(&scan).unwrap().made.0 += 2_000,
        }

        scene.finds(what);
    }
}

#[test]
fn a_person_in_the_hall_who_is_said_to_be_online_is_found() {
    let mut scene = scene();
    let gate = scene.plan.persons.iter().position(|person| person.devices.is_empty() && !person.scans.is_empty());

    scene.bundle.people.get_mut(&name(gate.unwrap())).unwrap().channel = "online".into();

    scene.finds("takes part by `gate`, people.csv says `online`");
}

#[test]
fn a_person_in_the_hall_by_an_entry_alone_cannot_be_certified() {
    let mut scene = scene();
    let alone = scene.plan.persons.iter().position(|person| person.scans.len() == 1).unwrap();
    let row = scene.bundle.people.get_mut(&name(alone)).unwrap();

    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("(in the hall by an entry alone) is not_certified (late), but people.csv says of");
}

#[test]
fn a_struck_person_who_is_certified_all_the_same_is_found() {
    let mut scene = scene();
    let struck = scene.first_of("excluded", "struck");
    let row = scene.bundle.people.get_mut(&name(struck)).unwrap();

    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("is excluded (struck), but people.csv says of");
}

#[test]
fn somebody_who_came_back_too_late_is_not_saved_by_the_ruling() {
    let mut scene = scene_of("sumsel-2025", 1_000);
    let group = "cut off with their region, back too late";
    let late = scene.plan.persons.iter().position(|person| scene.plan.group_of(person).unwrap().name == group);
    let row = scene.bundle.people.get_mut(&name(late.unwrap())).unwrap();

    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("is certified, but no client of theirs was there from");
}

#[test]
fn somebody_one_second_too_short_cannot_be_certified() {
    let mut scene = scene_of("day", 1_000);
    let short = scene
        .plan
        .persons
        .iter()
        .position(|person| scene.plan.group_of(person).unwrap().name == "one second too short");
    let row = scene.bundle.people.get_mut(&name(short.unwrap())).unwrap();

    (row.status, row.reason) = ("certified".into(), String::new());

    scene.finds("(one second too short) is not_certified (too_short), but people.csv says of");
}

#[test]
fn a_funnel_that_loses_somebody_is_found() {
    let mut scene = scene();

    scene.bundle.funnel[5].count += 1;

    scene.finds("the funnel does not close");
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
    scene.bundle.tallies["connections"] = json!(scene.bundle.connections.len() + 1);

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

    scene.finds("is not_certified (late), but people.csv says of");
}

#[test]
fn a_person_on_the_roster_whom_nobody_planned_is_found() {
    let mut scene = scene();
    let (status, channel) = ("certified".into(), "online".into());
    let row = PersonRow { person: name(9_999), status, reason: String::new(), channel };

    scene.bundle.people.insert(name(9_999), row);

    scene.finds("-1 more persons should be certified");
}

#[test]
fn a_total_that_is_not_the_sum_of_its_persons_is_found() {
    let mut scene = scene();

    scene.bundle.tallies["certifiable"] = json!(12_003);

    scene.finds("certifiable: expected");
}
