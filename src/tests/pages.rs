//! The pages in a real browser, against the real hub.

mod acts;
mod browser;
#[cfg(feature = "report")]
mod certificates;
mod checks;
mod claims;
mod door;
mod hall;

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
};

use browser::{Browser, Tab};
use hadir::{
    attempt::links::Role,
    domain::event::{Via, Why},
};
use hall::Hall;
use serde_json::{Value, json};

use crate::support::eventually;

/// How far from the moment at which the page goes its interval may end.
const ENDS_WITHIN_MS: i64 = 1_000;

#[test]
fn opening_the_link_counts_and_loading_it_again_or_twice_stays_one_person() {
    let mut hall = Hall::rehearsal();

    let tab = hall.browser.open(&hall.page("/"));
    hall.browser.fill(&tab, "#name", "Budi Santoso");
    hall.browser.fill(&tab, "#value", "budi@example.org");
    hall.browser.click(&tab, "#submit");
    hall.browser.wait_for_state(&tab, "counted");
    let opened = hall.wait_for("present", 1);
    hall.browser.call(Some(&tab), "Page.reload", json!({}));
    hall.wait_for("connections", 2);
    hall.browser.wait_for_state(&tab, "counted");
    let reloaded = hall.wait_for("present", 1);
    let link = hall.browser.value(&tab, "location.href");
    let second = hall.browser.open(link.as_str().unwrap());
    hall.browser.wait_for_state(&second, "counted");
    hall.browser.wait_for_state(&tab, "rest");
    let twice = hall.wait_for("present", 1);
    hall.browser.close(second);
    hall.browser.wait_for_state(&tab, "counted");
    let alone = hall.wait_for("present", 1);

    assert!(link.as_str().unwrap().contains("/join#"), "{link}");
    for tally in [&opened, &reloaded, &twice, &alone] {
        assert_eq!((&tally["ever_joined"], &tally["registered"]), (&json!(1), &json!(1)), "{tally}");
    }
    assert_eq!(hall.ends().iter().filter(|left| left.why == Why::Replaced).count(), 1);
}

/// Makes the page write down when it goes, for other pages of the same browser to read.
fn note_leaving(browser: &mut Browser, tab: &Tab) {
    browser.value(tab, "addEventListener('pagehide', () => { localStorage.left = Date.now(); })");
}

/// When a page went, read in another one, which the browser tells of it only after a while; the next leaving is noted
/// afresh.
fn left_at(browser: &mut Browser, reader: &Tab) -> i64 {
    browser.wait(reader, "localStorage.left !== undefined");
    let left = browser.instant(reader, "localStorage.left");
    browser.value(reader, "delete localStorage.left");
    left
}

#[test]
fn leaving_the_page_ends_the_interval_and_the_back_button_begins_a_new_one() {
    let mut hall = Hall::rehearsal();
    let tab = hall.browser.open(&hall.invite("Citra"));
    hall.browser.wait_for_state(&tab, "counted");
    hall.browser.value(&tab, "window.mark = 'kept'");
    note_leaving(&mut hall.browser, &tab);

    hall.browser.go(&tab, &hall.page("/screen"));
    hall.wait_for("present", 0);
    let navigated = left_at(&mut hall.browser, &tab);
    hall.browser.value(&tab, "history.back()");
    hall.browser.wait(&tab, "location.pathname === '/join'");
    hall.browser.wait_for_state(&tab, "counted");
    let mark = hall.browser.value(&tab, "window.mark ?? 'loaded anew'");
    hall.wait_for("present", 1);
    let other = hall.browser.open(&hall.page("/screen"));
    hall.browser.close(tab);
    hall.wait_for("present", 0);
    let closed = left_at(&mut hall.browser, &other);
    let ends = hall.ends();

    assert_eq!(mark, "kept", "the page came out of the back/forward cache");
    assert_eq!(ends.len(), 2);
    for (end, left) in ends.iter().zip([navigated, closed]) {
        let last = end.last.floor_millis().0;
        assert!((last - left).abs() <= ENDS_WITHIN_MS, "left {left}, ended {end:?}");
        assert_eq!(end.why, Why::Closed);
    }
}

#[test]
fn a_network_that_blocks_sockets_counts_by_requests_and_hears_at_once_who_leaves() {
    let mut hall = Hall::rehearsal();
    // As behind a proxy that passes no upgrade: the handshake reaches something that refuses it.
    let blocked = "const Real = WebSocket;
        window.WebSocket = class extends Real {
            constructor(address, protocol) { super(address.replace(/ws$/, 'blocked'), protocol); }
        };";
    let tab = hall.browser.open_with(blocked, &hall.invite("Indah"));

    hall.browser.wait_for_state(&tab, "counted");
    // Longer than the declared silence: whoever does not answer challenges is gone by then.
    hall.browser.value(&tab, "new Promise((done) => setTimeout(done, 7000))");
    hall.browser.wait_for_state(&tab, "counted");
    hall.wait_for("present", 1);
    note_leaving(&mut hall.browser, &tab);
    let other = hall.browser.open(&hall.page("/screen"));
    hall.browser.close(tab);
    hall.wait_for("present", 0);
    let left = left_at(&mut hall.browser, &other);
    let ends = hall.ends();

    assert_eq!(hall.ways(), [Via::Poll]);
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].why, Why::Bye);
    assert!((ends[0].last.floor_millis().0 - left).abs() <= ENDS_WITHIN_MS, "left {left}, ended {ends:?}");
}

#[test]
fn a_frozen_tab_is_credited_up_to_its_last_answer_and_comes_back_by_itself() {
    let mut hall = Hall::rehearsal();
    let tab = hall.browser.open(&hall.invite("Dewi"));
    hall.browser.wait_for_state(&tab, "counted");
    let watch = hall.browser.open(&hall.page("/screen"));

    hall.browser.call(Some(&tab), "Page.setWebLifecycleState", json!({"state": "frozen"}));
    let frozen = hall.browser.instant(&watch, "Date.now()");
    hall.wait_for("present", 0);
    let ends = hall.ends();
    hall.browser.call(Some(&tab), "Page.setWebLifecycleState", json!({"state": "active"}));
    hall.wait_for("present", 1);
    hall.browser.wait_for_state(&tab, "counted");

    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].why, Why::Silent);
    assert!(ends[0].last.floor_millis().0 <= frozen, "frozen {frozen}: {ends:?}");
}

#[test]
fn the_adjudicators_page_shows_the_counts_keeps_a_notebook_and_says_when_they_are_old() {
    let mut hall = Hall::rehearsal();
    let tab = hall.browser.open(&hall.staff("/live", Role::Adjudicator));
    let person = hall.browser.open(&hall.invite("Eka"));
    hall.browser.wait_for_state(&person, "counted");

    hall.browser.wait(&tab, "document.querySelector('td[data-count=present]').textContent === '1'");
    hall.browser.wait(&tab, "document.body.dataset.freshness === 'live'");
    hall.browser.wait(&tab, "document.querySelector('#root').textContent.replaceAll(' ', '').length === 64");
    hall.browser.wait(&tab, "JSON.parse(localStorage['hadir.noted'] ?? '[]').length > 0");
    let noted = hall.browser.value(&tab, "JSON.parse(localStorage['hadir.noted'])[0].text");
    hall.hold(true);
    hall.browser.wait(&tab, "document.body.dataset.freshness === 'stale'");
    let alarm = hall.browser.value(&tab, "document.querySelector('#alarm').textContent");
    let struck = hall.browser.value(&tab, "getComputedStyle(document.querySelector('.huge')).textDecorationLine");
    hall.hold(false);
    hall.browser.wait(&tab, "document.body.dataset.freshness === 'live'");
    hall.browser.wait(&tab, "document.querySelector('#alarm').textContent === ''");

    assert!(alarm.as_str().unwrap().contains("bukan angka sekarang"), "{alarm}");
    assert_eq!(struck, "line-through");
    assert!(noted.as_str().unwrap().contains("\n\n— "), "a signed note: {noted}");
}

#[test]
fn a_log_that_stands_still_is_an_alarm_only_while_somebody_is_there() {
    let mut hall = Hall::rehearsal();
    let older = "const parse = JSON.parse;
        JSON.parse = (text) => {
            const value = parse(text);
            if (value?.age_ms !== undefined) value.age_ms += 100000;
            return value;
        };";
    let tab = hall.browser.open_with(older, &hall.staff("/live", Role::Adjudicator));
    let freshness = |is| format!("document.body.dataset.freshness === '{is}'");

    hall.browser.wait(&tab, &freshness("live"));
    let quiet = hall.browser.value(&tab, "document.querySelector('#freshness').textContent");
    let person = hall.browser.open(&hall.invite("Hasan"));
    hall.browser.wait(&tab, &freshness("stale"));
    hall.browser.close(person);
    hall.browser.wait(&tab, &freshness("live"));
    hall.browser.wait(&tab, "document.querySelector('#alarm').textContent === ''");
    assert_eq!(hall.api().signal("start").status, 200);
    hall.browser.wait(&tab, &freshness("stale"));

    assert!(quiet.as_str().unwrap().contains("1 menit 4"), "the age is said as it is: {quiet}");
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
fn the_organizer_starts_ends_and_closes_the_lesson_by_clicking() {
    let mut hall = Hall::rehearsal();
    let person = hall.browser.open(&hall.invite("Fajar"));
    hall.browser.wait_for_state(&person, "counted");
    let desk = hall.browser.open(&hall.staff("/desk", Role::Organizer));

    signal(&mut hall.browser, &desk, "start", "cancel");
    let cancelled: Value = hall.tally()["phase"].clone();
    signal(&mut hall.browser, &desk, "start", "confirm");
    hall.wait_for("phase", "running");
    hall.browser.wait(&person, "document.querySelector('#lesson').textContent.includes('berlangsung')");
    hall.browser.wait(&desk, "document.querySelector('#answer').textContent.includes('oleh panitia')");
    signal(&mut hall.browser, &desk, "end", "confirm");
    hall.wait_for("phase", "ended");
    signal(&mut hall.browser, &desk, "close", "confirm");
    let closed = hall.wait_for("phase", "closed");
    hall.browser.wait_for_state(&person, "ended");

    assert_eq!(cancelled, "waiting");
    assert_eq!((&closed["certifiable"], &closed["final"]), (&json!(1), &json!(true)), "{closed}");
}

#[test]
fn a_start_given_too_early_is_taken_back_by_clicking() {
    let mut hall = Hall::rehearsal();
    let person = hall.browser.open(&hall.invite("Joko"));
    hall.browser.wait_for_state(&person, "counted");
    let desk = hall.browser.open(&hall.staff("/desk", Role::Organizer));
    hall.browser.wait(&desk, "document.querySelector('[data-signal=start]').disabled === false");
    let before = hall.browser.value(&desk, "document.querySelector('[data-signal=void]').disabled");

    signal(&mut hall.browser, &desk, "start", "confirm");
    hall.browser.wait(&person, "document.querySelector('#lesson').textContent.includes('berlangsung')");
    signal(&mut hall.browser, &desk, "void", "confirm");
    hall.wait_for("phase", "waiting");
    hall.browser.wait(&person, "document.querySelector('#lesson').textContent.includes('belum dimulai')");
    hall.browser
        .wait(&desk, "document.querySelector('#answer').textContent.includes('Penarikan tanda terakhir: tercatat')");
    signal(&mut hall.browser, &desk, "start", "confirm");
    hall.wait_for("phase", "running");
    signal(&mut hall.browser, &desk, "end", "confirm");
    hall.wait_for("phase", "ended");
    signal(&mut hall.browser, &desk, "void", "confirm");
    hall.wait_for("phase", "running");

    assert_eq!(before, true, "there is nothing to take back before the start");
}

#[test]
fn a_countersigned_start_waits_until_the_other_side_agrees_by_clicking() {
    let mut hall = Hall::attempt();
    let live = hall.browser.open(&hall.staff("/live", Role::Adjudicator));
    let desk = hall.browser.open(&hall.staff("/desk", Role::Organizer));

    signal(&mut hall.browser, &desk, "start", "confirm");
    hall.browser.wait(&desk, "document.querySelector('#pending').checkVisibility()");
    let own = hall.browser.value(&desk, "document.querySelector('#agree').checkVisibility()");
    hall.browser.wait(&live, "document.querySelector('#pending').checkVisibility()");
    let before = hall.tally();
    hall.browser.click(&live, "#agree");
    hall.wait_for("phase", "running");
    hall.browser.wait(&live, "!document.querySelector('#pending').checkVisibility()");

    assert_eq!(own, false, "nobody agrees with themselves");
    assert_eq!(before["phase"], "waiting");
}

/// What a click in the page downloads, by the end of its name.
fn downloaded(browser: &mut Browser, tab: &Tab, button: &str, ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let downloads = json!({"behavior": "allow", "downloadPath": folder.path()});
    browser.call(None, "Browser.setDownloadBehavior", downloads);
    browser.click(tab, button);
    // The browser holds the name with an empty file, and puts the complete one in its place.
    eventually(ending, || {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let mut named = files.filter(|path| path.to_string_lossy().ends_with(ending));
        named.find_map(|path| fs::read(path).ok().filter(|bytes| !bytes.is_empty()))
    })
}

#[test]
fn the_bundle_that_the_organizer_takes_is_anchored_by_what_the_adjudicators_page_noted() {
    let mut hall = Hall::rehearsal();
    let person = hall.browser.open(&hall.invite("Gita"));
    hall.browser.wait_for_state(&person, "counted");
    let live = hall.browser.open(&hall.staff("/live", Role::Adjudicator));
    hall.browser.wait(&live, "JSON.parse(localStorage['hadir.noted'] ?? '[]').length > 0");
    let desk = hall.browser.open(&hall.staff("/desk", Role::Organizer));
    hall.browser.wait(&desk, "document.body.dataset.freshness === 'live'");
    let folder = tempfile::tempdir().unwrap();
    let (bundle, notebook) = (folder.path().join("bundle"), folder.path().join("noted.txt"));

    fs::write(&notebook, downloaded(&mut hall.browser, &live, "#notes", "noted.txt")).unwrap();
    let zip = downloaded(&mut hall.browser, &desk, "#bundle", ".zip");
    zip::ZipArchive::new(Cursor::new(zip)).unwrap().extract(&bundle).unwrap();
    let verifier = Command::new(env!("CARGO_BIN_EXE_hadir-verify"))
        .arg(if bundle.join("manifest.json").exists() { bundle } else { only_folder(&bundle) })
        .args(["--json".as_ref(), "--noted".as_ref(), notebook.as_os_str()])
        .output()
        .unwrap();
    let verdict: Value = serde_json::from_slice(&verifier.stdout).unwrap();

    assert_eq!((&verdict["verdict"], &verdict["anchored"]), (&json!("sound"), &json!(true)), "{verdict}");
}

/// The one folder in a folder.
fn only_folder(folder: &Path) -> PathBuf {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap()
}

#[test]
fn a_link_that_admits_nobody_asks_for_help_and_does_not_come_back() {
    let mut hall = Hall::rehearsal();

    let tab = hall.browser.open(&hall.page("/join#v4.local.damaged"));
    hall.browser.wait_for_state(&tab, "help");
    let shown = hall.browser.value(&tab, "document.querySelector('#state').innerText");
    let staff = hall.browser.open(&hall.page("/live#wrong"));
    hall.browser.wait(&staff, "document.body.dataset.freshness === 'refused'");

    assert!(shown.as_str().unwrap().contains("Tautan ini rusak"), "{shown}");
    assert_eq!(hall.tally()["connections"], 0);
}
