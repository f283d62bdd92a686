//! The page on which named staff sign, with keys that a real browser makes.

use hadir::{
    attempt::{
        Attempt,
        staff::{self, Member},
    },
    domain::event::StaffRole,
    roster::{IdKind, Identifier, LinkOptions, NewStaff, OsEntropy},
};

use serde_json::json;

use super::hall::Hall;
use crate::support;

/// Enrols an organizer and an adjudicator by name; answers with their links' secrets.
fn two_who_act(attempt: &Attempt) -> [String; 2] {
    let mut store = attempt.open_people().unwrap();
    for role in [StaffRole::Organizer, StaffRole::Adjudicator] {
        let contact = Identifier::parse(IdKind::Email, &format!("{}@example.org", role.name())).unwrap();
        let new = NewStaff { name: "Siti Aminah", contact: &contact, profession: None, role: role.name() };
        let person = store.enrol(&new, &mut OsEntropy).unwrap();
        let reference = store.person(person).unwrap().reference.to_string();
        staff::add(&attempt.layout.staff(), Member { reference, role, group: None }).unwrap();
    }
    let links = store.links(&LinkOptions { base_url: String::new(), title: String::new() }).unwrap();
    [0, 1].map(|place: usize| links[place].url.split('#').nth(1).unwrap().to_owned())
}

#[test]
fn a_lesson_starts_when_one_side_has_signed_and_the_other_has_signed_that_it_agrees() {
    let (mut hall, links) = Hall::prepared(&support::quick_rehearsal(), two_who_act);
    let tabs = links.map(|link| {
        let tab = hall.browser.open(&format!("{}#{link}", hall.page("/staff")));
        hall.browser.wait(&tab, "!document.querySelector('#enrolment').hidden");
        hall.browser.click(&tab, "#enrol");
        hall.browser.wait(&tab, "document.querySelector('#enrolment').hidden");
        tab
    });
    let [organizer, adjudicator] = &tabs;
    let sign = |hall: &mut Hall, tab, button: &str| {
        // A page in the background rests: people act on the one that they see.
        hall.browser.call(Some(tab), "Page.bringToFront", json!({}));
        hall.browser.wait(tab, &format!("document.querySelector('{button}:not(:disabled)') !== null"));
        hall.browser.click(tab, button);
        hall.browser.wait(tab, "document.querySelector('#dialog').open");
        hall.browser.click(tab, "#dialog button[value=confirm]");
    };

    sign(&mut hall, organizer, "[data-signal=start]");
    let proposed = hall.wait_for_open_proposal();
    let waiting = hall.tally()["phase"].clone();
    sign(&mut hall, adjudicator, &format!("[data-act=confirm-{proposed}]"));
    let running = hall.wait_for("phase", "running");
    let listed = hall.api().get("/api/acts", hadir::attempt::links::Role::Organizer).json();

    assert_eq!(waiting, "waiting");
    assert_eq!(running["phase"], "running");
    assert_eq!(listed["staff"].as_array().unwrap().len(), 2);
    assert_eq!(listed["staff"][0]["name"], "Siti Aminah");
}
