//! Whoever is not counted reads why on their own page, and says that it is wrong.

use hadir::attempt::links::Role;
use serde_json::json;

use super::hall::{Hall, now};
use crate::support::rehearsal_at;

#[test]
fn who_came_too_late_reads_it_in_a_sentence_and_claims_to_have_been_there() {
    let mut hall = Hall::open(&rehearsal_at(now()));
    let api = hall.api();
    let link = hall.invite("Sari");
    assert_eq!(api.signal("start").status, 200);
    let tab = hall.browser.open(&link);
    hall.browser.wait_for_state(&tab, "counted");
    assert_eq!((api.signal("end").status, api.signal("close").status), (200, 200));

    hall.browser.wait_for_state(&tab, "ended");
    hall.browser.wait(&tab, "!document.querySelector('#standing_ask').hidden");
    hall.browser.click(&tab, "#standing_ask");
    hall.browser.wait(&tab, "document.querySelector('#standing_sentence').textContent.length > 20");
    let sentence = hall.browser.value(&tab, "document.querySelector('#standing_sentence').textContent");
    hall.browser.wait(&tab, "!document.querySelector('#claim').hidden");
    hall.browser.click(&tab, "#claim_summary");
    hall.browser.click(&tab, "#claim_present input");
    hall.browser.click(&tab, "#claim_send");
    hall.browser.wait(&tab, "!document.querySelector('#claims_own').hidden");
    let claims = api.get("/api/claims", Role::Adjudicator).json()["claims"].clone();

    let late = ["mulai yang ditentukan", "by the time that the rule sets"];
    assert!(late.iter().any(|part| sentence.as_str().unwrap().contains(part)), "{sentence}");
    assert_eq!((claims.as_array().unwrap().len(), &claims[0]["kind"]), (1, &json!("present")));
}
