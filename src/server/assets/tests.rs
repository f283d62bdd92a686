//! Every page has its files and its words, and the participant's is light.

use super::*;

fn request(pairs: &[(HeaderName, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
}

fn asset(path: &str) -> Asset {
    Asset::new(FILES.iter().find(|file| file.path == path).unwrap()).unwrap()
}

/// The texts between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

#[test]
fn every_file_that_a_page_names_is_served() {
    let served = |path: &str| FILES.iter().any(|file| file.path == path);
    for file in FILES {
        let named = between(file.text, "\"/web/", "\"");
        assert!(named.iter().all(|name| served(&format!("/web/{name}"))), "{}: {named:?}", file.path);
        assert!(!file.text.contains("://") || file.media != HTML, "{} names another host", file.path);
    }
}

#[test]
fn no_page_needs_inline_script_or_style() {
    for file in FILES.iter().filter(|file| file.media == HTML) {
        assert!(!file.text.contains("<style") && !file.text.contains(" style="), "{}", file.path);
        assert!(!file.text.contains(" onclick=") && !file.text.contains("<script>"), "{}", file.path);
    }
}

const CATALOGUES: [&str; 6] = [
    include_str!("../../web/join-words.js"),
    include_str!("../../web/staff-words.js"),
    include_str!("../../web/door-words.js"),
    include_str!("../../web/acts-words.js"),
    include_str!("../../web/acts-words-cards.js"),
    include_str!("../../web/certificate-words.js"),
];

/// The catalogues that a page and its modules speak from.
fn catalogues(path: &str) -> Vec<&'static str> {
    let [join, staff, door, acts, cards, certificate] = CATALOGUES;
    let participant = ["/", "/join", "/web/join.js", "/web/prompts.js", "/web/claims.js"];
    if participant.contains(&path) {
        vec![join]
    } else if path.starts_with("/door") || path.starts_with("/web/door") {
        vec![door]
    } else if path.starts_with("/certificate") || path.starts_with("/web/certificate") {
        vec![certificate]
    } else if path == "/staff" || path == "/web/staff-key.js" || path.starts_with("/web/acts") {
        vec![acts, cards]
    } else {
        vec![staff]
    }
}

/// The keys of a catalogue, in the order in which they stand.
fn keys(words: &'static str) -> Vec<&'static str> {
    words.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(": \"")).map(|(key, _)| key).collect()
}

#[test]
fn both_languages_say_the_same_things_in_the_same_order() {
    for words in CATALOGUES {
        let keys = keys(words);
        let (indonesian, english) = keys.split_at(keys.len() / 2);

        assert_eq!(indonesian, english);
    }
}

#[test]
fn every_text_that_a_page_names_has_words() {
    for file in FILES {
        let known: Vec<_> = catalogues(file.path).into_iter().flat_map(keys).collect();
        for key in between(file.text, "data-t=\"", "\"").into_iter().chain(between(file.text, "word(\"", "\"")) {
            assert!(known.contains(&key), "{}: {key}", file.path);
        }
    }
}

#[test]
fn the_participants_page_weighs_less_than_30_kb() {
    let scripts = ["claims.js", "join.js", "join-words.js", "page.js", "presence.js", "prompts.js", "transport.js"];
    let names = scripts.into_iter().chain(["style.css", "icon.svg"]);
    let paths = names.map(|name| format!("/web/{name}")).chain(["/join".to_owned()]);

    let total: usize = paths.map(|path| asset(&path).zipped.unwrap().bytes.len()).sum();

    assert!(total < 30_000, "{total} bytes");
}

#[test]
fn a_visitor_who_has_the_file_gets_no_second_copy() {
    let asset = asset("/join");
    let first = asset.answer(&request(&[(ACCEPT_ENCODING, "gzip, deflate, br")]));
    let tag = first.headers()[ETAG].to_str().unwrap().to_owned();

    let again = asset.answer(&request(&[(ACCEPT_ENCODING, "gzip"), (IF_NONE_MATCH, &tag)]));
    let plain = asset.answer(&request(&[(IF_NONE_MATCH, &tag)]));

    assert_eq!(first.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(plain.status(), StatusCode::OK, "the plain form has other bytes and another tag");
}

#[test]
fn a_host_that_is_none_stays_out_of_the_policy() {
    let strange = policy(&request(&[(HOST, "a; script-src *")]));
    let own = policy(&request(&[(HOST, "hadir.example:8443")]));

    assert!(!strange.to_str().unwrap().contains('*'));
    assert!(own.to_str().unwrap().ends_with("connect-src 'self' ws://hadir.example:8443 wss://hadir.example:8443"));
}
