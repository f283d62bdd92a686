//! The page at the door, with the network and without.

use hadir::attempt::links::Role;

use super::hall::Hall;
use crate::support;

const HALL: &str = "\n[[venue]]\nid = \"hall\"\nname = \"Aula\"\ndoors = [\"north\"]\n";

#[test]
fn a_scan_that_is_made_while_the_server_is_away_is_kept_and_delivered_once() {
    let people = "name,id,venue\nSiti,A-1,Aula\nBudi,A-2,Aula\n";
    let mut hall = Hall::with_people(&(support::quick_rehearsal() + HALL), people);
    let list = hall.api().get("/api/hall", Role::Steward).json();
    let reference = |place: usize| list["persons"][place]["ref"].as_str().unwrap().to_owned();
    let (siti, budi) = (reference(0), reference(1));
    let tab = hall.browser.open(&hall.staff("/door", Role::Steward));
    hall.browser.wait(&tab, "!document.querySelector('#door').hidden");
    let scan = |hall: &mut Hall, code: &str| {
        hall.browser.fill(&tab, "#code", code);
        hall.browser.value(&tab, "document.querySelector('#code_form').requestSubmit()");
    };

    scan(&mut hall, &siti);
    let there = hall.wait_for_inside(1);
    hall.hold(true);
    scan(&mut hall, &budi);
    hall.browser.wait(&tab, "document.querySelector('#queued').textContent.trim() === '1'");
    hall.hold(false);
    hall.wait_for_inside(2);
    hall.browser.wait(&tab, "document.querySelector('#queued').textContent.trim() === '0'");

    assert_eq!(there["hall"]["scanned"], 1);
    assert_eq!(hall.tally()["hall"]["scanned"], 2);
}
