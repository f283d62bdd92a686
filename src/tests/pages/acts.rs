//! The page on which named staff sign, with keys that a real browser makes.

use hadir::{
    attempt::{
        Attempt,
        links::Role,
        staff::{self, Member},
    },
    domain::event::StaffRole,
    roster::{IdKind, Identifier, LinkOptions, NewStaff, OsEntropy},
};
use serde_json::json;

use super::{browser::Tab, hall::Hall};
use crate::support;

/// Enrols staff of these roles by name; answers with their links' secrets.
fn staff_of<const N: usize>(attempt: &Attempt, roles: [StaffRole; N]) -> [String; N] {
    let mut store = attempt.open_people().unwrap();
    for role in roles {
        let contact = Identifier::parse(IdKind::Email, &format!("{}@example.org", role.name())).unwrap();
        let new =
            NewStaff { name: "Siti Aminah", contact: &contact, profession: None, role: role.name(), counting: &[] };
        let person = store.enrol(&new, &mut OsEntropy).unwrap();
        let reference = store.person(person).unwrap().reference.to_string();
        staff::add(&attempt.layout.staff(), Member { reference, role, group: None }).unwrap();
    }
    let links = store.links(&LinkOptions { base_url: String::new(), title: String::new() }).unwrap();
    std::array::from_fn(|place| links[place].url.split('#').nth(1).unwrap().to_owned())
}

/// Opens each one's page and lets its browser make a key.
fn enrolled<const N: usize>(hall: &mut Hall, links: [String; N]) -> [Tab; N] {
    links.map(|link| {
        let tab = hall.browser.open(&format!("{}#{link}", hall.page("/staff")));
        hall.browser.wait(&tab, "!document.querySelector('#enrolment').hidden");
        hall.browser.click(&tab, "#enrol");
        hall.browser.wait(&tab, "document.querySelector('#enrolment').hidden");
        tab
    })
}

/// Signs what a button stands for, after the question that it asks.
fn sign(hall: &mut Hall, tab: &Tab, button: &str) {
    // A page in the background rests: people act on the one that they see.
    hall.browser.call(Some(tab), "Page.bringToFront", json!({}));
    hall.browser.wait(tab, &format!("document.querySelector('{button}:not(:disabled)') !== null"));
    hall.browser.click(tab, button);
    hall.browser.wait(tab, "document.querySelector('#dialog').open");
    hall.browser.click(tab, "#dialog button[value=confirm]");
}

#[test]
fn a_lesson_starts_when_both_sides_have_signed_and_a_timekeepers_reading_stands_beside_it() {
    let roles = [StaffRole::Organizer, StaffRole::Adjudicator, StaffRole::Timekeeper];
    let (mut hall, links) = Hall::prepared(&support::quick_rehearsal(), |attempt| staff_of(attempt, roles));
    let [organizer, adjudicator, timekeeper] = enrolled(&mut hall, links);

    sign(&mut hall, &organizer, "[data-signal=start]");
    let proposed = hall.wait_for_open_proposal();
    let waiting = hall.tally()["phase"].clone();
    sign(&mut hall, &adjudicator, &format!("[data-act=confirm-{proposed}]"));
    let running = hall.wait_for("phase", "running");
    sign(&mut hall, &timekeeper, "#shift_begins");
    hall.browser.wait(&timekeeper, "document.querySelector('#shift_now').textContent.includes('dimulai')");
    hall.browser.click(&timekeeper, "#start_heard");
    sign(&mut hall, &timekeeper, "#start_form button[type=submit]");
    hall.browser.wait(&timekeeper, "document.querySelectorAll('#readings li').length === 1");
    let listed = hall.api().get("/api/acts", Role::Organizer).json();

    assert_eq!(waiting, "waiting");
    assert_eq!(running["phase"], "running");
    assert_eq!(listed["staff"].as_array().unwrap().len(), 3);
    assert_eq!(listed["staff"][0]["name"], "Siti Aminah");
    let acts = listed["acts"].as_array().unwrap();
    let done = |what: &str| acts.iter().find_map(|act| act["do"].get(what)).unwrap();
    assert_eq!(done("shift")["is"], "begins");
    assert_eq!(done("read")["signal"], "start");
}
