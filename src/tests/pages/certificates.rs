//! The page that checks a certificate's code: as the hub serves it, and as a file without any network.

use std::fs;

use hadir::{
    attempt::keys::Keys,
    report::certificates::{Payload, check_page, code},
};
use serde_json::{Value, json};

use super::{
    browser::{Browser, Tab},
    hall::Hall,
};
use crate::support::quick_rehearsal;

/// A name that a page must show and never run.
const NAME: &str = "<img src=x onerror=document.title='run'> \"Siti\" 🙂";

fn payload() -> Payload {
    Payload {
        version: 0,
        key: String::new(),
        number: "HDR-7K2M-9QXP-4".to_owned(),
        name: NAME.to_owned(),
        school: String::new(),
        title: "Pelajaran kecerdasan artifisial".to_owned(),
        organizer: "Dinas Pendidikan".to_owned(),
        day: "2026-11-24".to_owned(),
        origin: "hadir/abcdefghijklmnopqrstuvwxyz/rehearsal".to_owned(),
        head: "51234 0a1b2c3d4e5f6071".to_owned(),
    }
}

fn signed(keys: &Keys, public_url: Option<&str>) -> String {
    code(&payload(), &keys.certificate_key(), public_url).unwrap()
}

/// A code with one letter of its payload changed into another.
fn altered(code: &str) -> String {
    let place = code.find('.').unwrap() - 20;
    let other = if &code[place..=place] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &code[..place], &code[place + 1..])
}

fn hall() -> (Hall, Keys) {
    Hall::prepared(&quick_rehearsal(), |attempt| attempt.keys.clone())
}

fn wait_for(browser: &mut Browser, tab: &Tab, state: &str) {
    browser.wait(tab, &format!("document.querySelector('#state').dataset.state === '{state}'"));
}

/// Pastes a code into the page, and waits for what it says of it.
fn paste(browser: &mut Browser, tab: &Tab, code: &str, state: &str) {
    browser.fill(tab, "#code", code);
    browser.click(tab, "#check");
    wait_for(browser, tab, state);
}

fn text(browser: &mut Browser, tab: &Tab, selector: &str) -> String {
    let found = browser.value(tab, &format!("document.querySelector('{selector}').textContent"));
    found.as_str().unwrap().to_owned()
}

fn is_said(browser: &mut Browser, tab: &Tab) -> Value {
    browser.value(tab, "!document.querySelector('#said').hidden")
}

#[test]
fn a_scanned_code_shows_what_was_signed_as_text_and_whether_anything_was_changed() {
    let (mut hall, keys) = hall();
    let scanned = signed(&keys, Some(&hall.page("")));
    let browser = &mut hall.browser;

    let tab = browser.open(&scanned);
    wait_for(browser, &tab, "valid");
    let name = text(browser, &tab, "#name");
    let parsed = browser.value(&tab, "document.querySelector('#name').children.length");
    let (day, school) =
        (text(browser, &tab, "#day"), browser.value(&tab, "document.querySelector('#school_row').hidden"));
    let rehearsal = browser.value(&tab, "!document.querySelector('#rehearsal').hidden");
    let key = text(browser, &tab, "#key").replace(' ', "");
    browser.click(&tab, "[data-language=en]");
    let english = text(browser, &tab, "#headline");
    paste(browser, &tab, &altered(&scanned), "altered");
    let hidden = is_said(browser, &tab);
    paste(browser, &tab, "dear organizer", "none");
    paste(browser, &tab, &format!(" {} ", scanned.replace('.', ".\\n")), "valid");

    assert_eq!((name.as_str(), &parsed), (NAME, &json!(0)));
    assert_eq!((day.as_str(), school, rehearsal), ("24 November 2026", json!(true), json!(true)));
    assert_eq!(key, keys.certificate_key_text());
    assert_eq!((english.as_str(), hidden), ("The certificate is valid", json!(false)));
}

#[test]
fn the_code_of_another_attempt_is_not_called_valid_nor_is_one_that_nobody_can_check_here() {
    let (mut hall, keys) = hall();
    let page = hall.page("/certificate");
    let foreign = signed(&Keys::generate().unwrap(), None);
    let browser = &mut hall.browser;

    let tab = browser.open(&page);
    wait_for(browser, &tab, "waiting");
    paste(browser, &tab, &foreign, "other");
    let other = is_said(browser, &tab);
    let old = "crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));";
    let old = browser.open_with(old, &page);
    paste(browser, &old, &signed(&keys, None), "unable");
    let unable = is_said(browser, &old);

    assert_eq!((other, unable), (json!(false), json!(false)));
}

#[test]
fn the_file_checks_codes_without_any_network_and_fits_a_narrow_telephone() {
    let (mut hall, keys) = hall();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("check.html");
    let page = check_page(&keys.certificate_key().verifying_key(), "Pelajaran \"besar\" <b>");
    fs::write(&file, page).unwrap();
    let browser = &mut hall.browser;

    let tab = browser.open("about:blank");
    let narrow = json!({"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true});
    browser.call(Some(&tab), "Emulation.setDeviceMetricsOverride", narrow);
    browser.go(&tab, &format!("file://{}", file.display()));
    paste(browser, &tab, &signed(&keys, None), "valid");
    let width = browser.value(&tab, "document.documentElement.scrollWidth");
    let title = text(browser, &tab, "#title");
    let loaded = browser.value(&tab, "performance.getEntriesByType('resource').length");
    paste(browser, &tab, &altered(&signed(&keys, None)), "altered");
    paste(browser, &tab, &signed(&Keys::generate().unwrap(), None), "other");

    assert_eq!((width, title.as_str(), loaded), (json!(360), "Pelajaran \"besar\" <b>", json!(0)));
}
