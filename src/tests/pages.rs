//! The pages in a real browser, against the real hub.

mod browser;
mod hall;

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
};

use browser::{Browser, Tab, wait_for};
use hadir::domain::time::UnixMillis;
use hall::Hall;
use serde_json::{Value, json};

/// How long after the page has gone its interval may end.
const ENDS_WITHIN_MS: i64 = 1_000;

/// One browser at a time: several would starve each other on a small machine.
static BROWSERS: Mutex<()> = Mutex::new(());

fn setting() -> (MutexGuard<'static, ()>, Hall, Browser) {
    let turn = BROWSERS.lock().unwrap_or_else(PoisonError::into_inner);
    (turn, Hall::open(), Browser::start())
}

fn instant(text: &str) -> i64 {
    serde_json::from_value::<UnixMillis>(json!(text)).unwrap().0
}

/// Makes the page write down when it goes, for pages of the same browser to read.
fn note_leaving(browser: &mut Browser, tab: &Tab) {
    browser.value(tab, "addEventListener('pagehide', () => { localStorage.left = Date.now(); })");
}

fn left_at(browser: &mut Browser, tab: &Tab) -> i64 {
    browser.value(tab, "Number(localStorage.left)").as_f64().map(|at| at as i64).unwrap()
}

#[test]
fn opening_the_link_counts_and_loading_it_again_or_twice_stays_one_person() {
    let (_turn, hall, mut browser) = setting();

    let tab = browser.open(&hall.base);
    browser.fill(&tab, "#name", "Budi Santoso");
    browser.fill(&tab, "#value", "budi@example.org");
    browser.click(&tab, "#submit");
    browser.wait_for_state(&tab, "counted");
    let opened = hall.wait_for_present(1);
    browser.call(Some(&tab), "Page.reload", json!({}));
    wait_for("a second connection", || (hall.tally()["connections"] == 2).then_some(()));
    browser.wait_for_state(&tab, "counted");
    let reloaded = hall.wait_for_present(1);
    let link = browser.value(&tab, "location.href");
    let second = browser.open(link.as_str().unwrap());
    browser.wait_for_state(&second, "counted");
    browser.wait_for_state(&tab, "rest");
    let twice = hall.wait_for_present(1);
    browser.close(second);
    browser.wait_for_state(&tab, "counted");
    let alone = hall.wait_for_present(1);

    assert!(link.as_str().unwrap().contains("/join#"), "{link}");
    for tally in [&opened, &reloaded, &twice, &alone] {
        assert_eq!((&tally["ever_joined"], &tally["peak"]["count"]), (&json!(1), &json!(1)), "{tally}");
    }
}

#[test]
fn leaving_the_page_ends_the_interval_and_the_back_button_begins_a_new_one() {
    let (_turn, hall, mut browser) = setting();
    let tab = browser.open(&hall.invite("Citra"));
    browser.wait_for_state(&tab, "counted");
    browser.value(&tab, "window.mark = 'kept'");
    note_leaving(&mut browser, &tab);

    browser.go(&tab, &format!("{}/screen", hall.base));
    hall.wait_for_present(0);
    let navigated = left_at(&mut browser, &tab);
    browser.value(&tab, "history.back()");
    browser.wait(&tab, "location.pathname === '/join'");
    browser.wait_for_state(&tab, "counted");
    let mark = browser.value(&tab, "window.mark ?? 'loaded anew'");
    hall.wait_for_present(1);
    let other = browser.open(&format!("{}/screen", hall.base));
    browser.close(tab);
    hall.wait_for_present(0);
    let closed = left_at(&mut browser, &other);
    let rows = hall.ended(2);

    assert_eq!(mark, "kept", "the page came out of the back/forward cache");
    let mut ends: Vec<_> = rows.iter().map(|row| instant(&row.last_proof)).collect();
    ends.sort_unstable();
    for (end, left) in ends.into_iter().zip([navigated, closed]) {
        assert!((left - ENDS_WITHIN_MS..=left + ENDS_WITHIN_MS).contains(&end), "left {left}, ended {end}: {rows:?}");
    }
    assert!(rows.iter().all(|row| row.cause == "closed"), "{rows:?}");
}

#[test]
fn a_frozen_tab_is_credited_up_to_its_last_answer_and_comes_back_by_itself() {
    let (_turn, hall, mut browser) = setting();
    let tab = browser.open(&hall.invite("Dewi"));
    browser.wait_for_state(&tab, "counted");
    let watch = browser.open(&format!("{}/screen", hall.base));

    browser.call(Some(&tab), "Page.setWebLifecycleState", json!({"state": "frozen"}));
    let frozen = browser.value(&watch, "Date.now()").as_f64().unwrap() as i64;
    hall.wait_for_present(0);
    let rows = hall.ended(1);
    browser.call(Some(&tab), "Page.setWebLifecycleState", json!({"state": "active"}));
    hall.wait_for_present(1);
    browser.wait_for_state(&tab, "counted");

    assert_eq!(rows[0].cause, "silent");
    assert!(instant(&rows[0].last_proof) <= frozen + 1, "frozen {frozen}: {rows:?}");
    assert!(instant(&rows[0].leave) > frozen, "frozen {frozen}: {rows:?}");
}

#[test]
fn the_adjudicators_page_shows_the_counts_keeps_a_notebook_and_says_when_they_are_old() {
    let (_turn, hall, mut browser) = setting();
    let tab = browser.open(&hall.page("/live", "adjudicator"));
    let person = browser.open(&hall.invite("Eka"));
    browser.wait_for_state(&person, "counted");

    browser.wait(&tab, "document.querySelector('td[data-count=present]').textContent === '1'");
    browser.wait(&tab, "document.body.dataset.freshness === 'live'");
    browser.wait(&tab, "document.querySelector('#root').textContent.replaceAll(' ', '').length === 64");
    browser.wait(&tab, "JSON.parse(localStorage['hadir.noted'] ?? '[]').length > 0");
    let noted = browser.value(&tab, "JSON.parse(localStorage['hadir.noted'])[0].text");
    hall.hold(true);
    browser.wait(&tab, "document.body.dataset.freshness === 'stale'");
    let alarm = browser.value(&tab, "document.querySelector('#alarm').textContent");
    let struck = browser.value(&tab, "getComputedStyle(document.querySelector('.huge')).textDecorationLine");
    hall.hold(false);
    browser.wait(&tab, "document.body.dataset.freshness === 'live'");
    browser.wait(&tab, "document.querySelector('#alarm').textContent === ''");

    assert!(alarm.as_str().unwrap().contains("bukan angka sekarang"), "{alarm}");
    assert_eq!(struck, "line-through");
    assert!(noted.as_str().unwrap().contains("\n\n— "), "a signed note: {noted}");
}

/// Clicks a signal and answers the question that follows.
fn signal(browser: &mut Browser, desk: &Tab, signal: &str, answer: &str) {
    browser.wait(desk, &format!("document.querySelector('[data-signal={signal}]')?.disabled === false"));
    browser.click(desk, &format!("[data-signal={signal}]"));
    browser.wait(desk, "document.querySelector('#dialog').open === true");
    browser.click(desk, &format!("#dialog [value={answer}]"));
    browser.wait(desk, "document.querySelector('#dialog').open === false");
}

#[test]
fn the_organizer_starts_ends_and_closes_the_lesson_by_clicking_and_takes_the_bundle() {
    let (_turn, hall, mut browser) = setting();
    let person = browser.open(&hall.invite("Fajar"));
    browser.wait_for_state(&person, "counted");
    let desk = browser.open(&hall.page("/desk", "organizer"));
    let phase_is = |phase: &str| {
        let what = format!("phase {phase}");
        wait_for(&what, || Some(hall.tally()).filter(|tally| tally["phase"] == phase))
    };

    signal(&mut browser, &desk, "start", "cancel");
    let cancelled: Value = hall.tally()["phase"].clone();
    signal(&mut browser, &desk, "start", "confirm");
    phase_is("running");
    browser.wait(&person, "document.querySelector('#lesson').textContent.includes('berlangsung')");
    browser.wait(&desk, "document.querySelector('#answer').textContent.includes('panitia')");
    signal(&mut browser, &desk, "end", "confirm");
    phase_is("ended");
    signal(&mut browser, &desk, "close", "confirm");
    let closed = phase_is("closed");
    browser.wait_for_state(&person, "ended");
    let folder = tempfile::tempdir().unwrap();
    let downloads = json!({"behavior": "allow", "downloadPath": folder.path()});
    browser.call(None, "Browser.setDownloadBehavior", downloads);
    browser.click(&desk, "#bundle");
    let bundle = wait_for("the bundle", || {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
            .find_map(|path| fs::read(path).ok())
    });

    assert_eq!(cancelled, "waiting");
    assert_eq!((&closed["certifiable"], &closed["final"]), (&json!(1), &json!(true)), "{closed}");
    assert!(bundle.starts_with(b"PK"), "a zip");
}

#[test]
fn a_link_that_admits_nobody_asks_for_help_and_does_not_come_back() {
    let (_turn, hall, mut browser) = setting();

    let tab = browser.open(&format!("{}/join#v4.local.damaged", hall.base));
    browser.wait_for_state(&tab, "help");
    let shown = browser.value(&tab, "document.querySelector('#state').innerText");
    let staff = browser.open(&format!("{}/live#wrong", hall.base));
    browser.wait(&staff, "document.body.dataset.freshness === 'refused'");

    assert!(shown.as_str().unwrap().contains("Salin lagi seluruh tautan"), "{shown}");
    assert_eq!(hall.tally()["connections"], 0);
}
