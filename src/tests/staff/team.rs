//! Three who act and one participant, over HTTP as their pages do it.

use std::path::PathBuf;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::{Signer, SigningKey};
use hadir::{
    attempt::{
        Attempt,
        staff::{self, Member},
    },
    domain::{event::StaffRole, reviews::deed::signed},
    evidence::verify::{Asked, Verdict, verify},
    roster::{IdKind, Identifier, ImportOptions, LinkOptions, NewStaff, OsEntropy},
    server::export,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::signals::planned_now;
use crate::support::{Answer, Api, Hub, attempt};

/// Somebody with a personal link and a key of their own.
pub(super) struct Person {
    pub(super) token: String,
    pub(super) name: String,
    pub(super) key: SigningKey,
    pub(super) origin: String,
}

pub(super) struct Team {
    _directory: TempDir,
    pub(super) path: PathBuf,
    pub(super) hub: Hub,
    pub(super) organizer: Person,
    pub(super) adjudicator: Person,
    pub(super) steward: Person,
    pub(super) participant: Value,
}

/// A real attempt whose planned start is now, with three who act, enrolled, and two participants, the first of whom takes part.
pub(super) fn team() -> Team {
    team_of(&planned_now("countersigned").replace("minimum_ms = 0", "minimum_ms = 1800000"))
}

/// The same under another declaration.
pub(super) fn team_of(declaration: &str) -> Team {
    let (directory, path) = attempt(declaration);
    let opened = Attempt::open(&path).unwrap();
    let mut store = opened.open_people().unwrap();
    store.import(b"name,id\nBudi,A-1\nBudhi,A-2\n", &ImportOptions::default(), &mut OsEntropy).unwrap();
    let roles = [StaffRole::Organizer, StaffRole::Adjudicator, StaffRole::Steward];
    for role in roles {
        let contact = Identifier::parse(IdKind::Email, &format!("{}@example.org", role.name())).unwrap();
        let new =
            NewStaff { name: "Siti", contact: &contact, profession: Some("guru"), role: role.name(), counting: &[] };
        let person = store.enrol(&new, &mut OsEntropy).unwrap();
        let reference = store.person(person).unwrap().reference.to_string();
        staff::add(&opened.layout.staff(), Member { reference, role, group: None }).unwrap();
    }
    let links = store.links(&LinkOptions { base_url: "http://h".into(), title: "t".into() }).unwrap();
    let tokens: Vec<String> = links.iter().map(|link| link.url.split('#').nth(1).unwrap().to_owned()).collect();
    drop(store);
    let hub = Hub::start(&path);
    let api = hub.api();
    let person = |place: usize| enrolled(&api, &tokens[place], place as u8);
    let (organizer, adjudicator, steward) = (person(2), person(3), person(4));
    let participant = json!({"reference": links[0].person_ref, "ticket": tokens[0]});
    Team { _directory: directory, path, hub, organizer, adjudicator, steward, participant }
}

fn enrolled(api: &Api, token: &str, seed: u8) -> Person {
    let me = api.get_with("/api/me", Some(token)).json();
    let key = SigningKey::from_bytes(&[seed; 32]);
    let public = HEXLOWER.encode(&key.verifying_key().to_bytes());
    let enrolled = api.post_with("/api/staff/key", Some(token), &json!({ "key": public }));
    assert_eq!(enrolled.status, 200, "{}", enrolled.text());
    let text = |field: &str| me[field].as_str().unwrap().to_owned();
    Person { token: token.to_owned(), name: text("person"), key, origin: text("origin") }
}

pub(super) fn text_of(person: &Person, deed: &Value) -> String {
    let mut random = [0; 16];
    hadir::roster::Entropy::fill(&mut OsEntropy, &mut random).unwrap();
    let digits = HEXLOWER.encode(&random);
    let uuid = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
    json!({"origin": person.origin, "by": person.name, "act": uuid, "at": "2026-11-24T02:05:06.123Z", "do": deed})
        .to_string()
}

pub(super) fn send(api: &Api, person: &Person, text: &str, key: &SigningKey) -> Answer {
    let sig = BASE64URL_NOPAD.encode(&key.sign(&signed(text)).to_bytes());
    api.post_with("/api/act", Some(&person.token), &json!({"text": text, "sig": sig}))
}

pub(super) fn act(api: &Api, person: &Person, deed: &Value) -> Answer {
    send(api, person, &text_of(person, deed), &person.key)
}

/// Proposes and confirms; answers with the confirmation.
pub(super) fn agree(api: &Api, team: &Team, deed: &Value) -> (u64, Answer) {
    let proposed = act(api, &team.organizer, deed);
    assert_eq!(proposed.status, 200, "{}", proposed.text());
    let of = proposed.json()["seq"].as_u64().unwrap();
    (of, act(api, &team.adjudicator, &json!({"confirm": {"of": of}})))
}

/// The bundle of a stopped attempt, which is sound.
pub(super) fn sound_bundle(path: &std::path::Path) -> PathBuf {
    let opened = Attempt::open(path).unwrap();
    let key = opened.signing_key().unwrap().verifier().clone();
    let out = path.with_file_name("bundle");
    export::export(&opened.layout, &key, None, None, &out).unwrap();
    let report = verify(&out, &Asked { key: Some(key), noted: None });
    assert_eq!((report.verdict, report.findings.first()), (Verdict::Sound, None));
    out
}
