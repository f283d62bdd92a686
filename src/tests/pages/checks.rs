//! Participation checks as people meet them: on their page, and on the big screen.

use hadir::attempt::links::Role;
use serde_json::json;

use super::hall::Hall;

#[test]
fn a_check_is_answered_by_a_button_and_by_the_word_that_the_big_screen_shows() {
    let mut hall = Hall::rehearsal();
    let tab = hall.browser.open(&hall.invite("Sari"));
    hall.browser.wait_for_state(&tab, "counted");
    let api = hall.api();
    assert_eq!(api.signal("start").status, 200);

    let pressed = api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "press"}));
    hall.browser.wait(&tab, "document.querySelector('#press_dialog').open");
    let focused = hall.browser.value(&tab, "document.activeElement.id");
    hall.browser.click(&tab, "#press");
    hall.browser.wait(&tab, "!document.querySelector('#press_dialog').open");
    let first = api.get("/api/prompts", Role::Screen).json();

    assert_eq!(pressed.status, 200, "{}", pressed.text());
    assert_eq!(focused, "press");
    assert_eq!((&first["opened"][0]["shown"], &first["opened"][0]["answered"]), (&json!(1), &json!(1)));
}

#[test]
fn the_word_on_the_big_screen_is_typed_on_the_participants_page() {
    let mut hall = Hall::rehearsal();
    let tab = hall.browser.open(&hall.invite("Sari"));
    hall.browser.wait_for_state(&tab, "counted");
    let screen = hall.browser.open(&hall.staff("/screen", Role::Screen));
    let api = hall.api();
    assert_eq!(api.signal("start").status, 200);

    api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "word", "word": "K7QF2"}));
    hall.browser.wait(&screen, "document.body.innerText.includes('K7QF2')");
    hall.browser.fill(&tab, "#word", "wrong");
    hall.browser.click(&tab, "#word_send");
    hall.browser.wait(&tab, "document.querySelector('#word_problem').textContent !== ''");
    hall.browser.fill(&tab, "#word", "k7qf2");
    hall.browser.click(&tab, "#word_send");
    hall.browser.wait(&tab, "document.querySelector('#check_result').textContent !== ''");
    let answered = api.get("/api/prompts", Role::Screen).json()["opened"][0]["answered"].clone();

    assert_eq!(answered, 1);
}
