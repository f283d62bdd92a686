//! The two who act by name: each enrols a key of their own before the lesson, and signs what they do after it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use anyhow::{Context, Result, bail};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::{Signer, SigningKey};
use hadir::domain::{
    ids::{EntryIndex, Pseudonym, ScanId},
    reviews::deed::{Deed, Statement, signed},
    time::UnixMillis,
};
use serde::Deserialize;
use serde_json::json;

use crate::{clock::wall_ms, random::Random, staff::Staff};

/// One who acts.
#[derive(Debug)]
pub(crate) struct Actor {
    staff: Staff,
    token: Arc<str>,
    /// Their name in the log.
    name: Pseudonym,
    origin: String,
    key: SigningKey,
    /// Each act has a random name of its own.
    stream: u64,
    acts: AtomicU64,
}

/// Both who act.
#[derive(Debug)]
pub(crate) struct Team {
    /// Of the organizer's side.
    pub(crate) organizer: Actor,
    /// Independent of it.
    pub(crate) witness: Actor,
}

/// What is needed of `GET /api/me`.
#[derive(Debug, Deserialize)]
struct Me {
    person: Option<Pseudonym>,
    origin: String,
}

/// What is needed of the answer to an act.
#[derive(Debug, Deserialize)]
struct Recorded {
    seq: EntryIndex,
}

impl Team {
    /// Lets both use their links for the first time; nobody where the scenario needs nobody who acts.
    pub(crate) async fn enrol(staff: &Staff, tokens: &[Arc<str>], seed: u64) -> Result<Option<Self>> {
        let [organizer, witness] = tokens else { return Ok(None) };
        let organizer = Actor::enrol(staff, organizer, seed, 0).await.context("the organizer cannot enrol")?;
        let witness = Actor::enrol(staff, witness, seed, 1).await.context("the witness cannot enrol")?;
        Ok(Some(Self { organizer, witness }))
    }

    /// The organizer proposes something; answers with the proposal.
    pub(crate) async fn propose(&self, deed: Deed) -> Result<EntryIndex> {
        self.organizer.act(deed).await
    }

    /// The organizer proposes something, and the independent side confirms it.
    pub(crate) async fn agree(&self, deed: Deed) -> Result<EntryIndex> {
        let of = self.propose(deed).await?;
        self.witness.act(Deed::Confirm { of }).await?;
        Ok(of)
    }

    /// How many acts were signed.
    pub(crate) fn acts(&self) -> u64 {
        self.organizer.acts.load(Relaxed).saturating_add(self.witness.acts.load(Relaxed))
    }
}

impl Actor {
    async fn enrol(staff: &Staff, token: &Arc<str>, seed: u64, nth: u64) -> Result<Self> {
        let key = SigningKey::from_bytes(&secret(seed, nth));
        let public = HEXLOWER.encode(&key.verifying_key().to_bytes());
        let own = Arc::clone(token);
        let me = staff.run(move |staff| {
            staff.post(&own, "/api/staff/key", &json!({ "key": public }))?;
            staff.get(&own, "/api/me")
        });
        let Me { person, origin } = serde_json::from_value(me.await?).context("somebody who acts is nobody")?;
        let Some(name) = person else { bail!("a personal link names nobody") };
        let (staff, token) = (staff.clone(), Arc::clone(token));
        Ok(Self { staff, token, name, origin, key, stream: seed ^ nth, acts: AtomicU64::new(0) })
    }

    /// Signs an act and hands it in; answers with its entry.
    pub(crate) async fn act(&self, deed: Deed) -> Result<EntryIndex> {
        let what = deed.name();
        let nth = self.acts.fetch_add(1, Relaxed);
        let act = ScanId(Random::new(self.stream, nth ^ (1 << 62)).sixteen());
        let statement = Statement { origin: self.origin.clone(), by: self.name, act, at: UnixMillis(wall_ms()), deed };
        let text = serde_json::to_string(&statement)?;
        let sig = BASE64URL_NOPAD.encode(&self.key.sign(&signed(&text)).to_bytes());
        let token = Arc::clone(&self.token);
        let send = move |staff: &Staff| staff.post(&token, "/api/act", &json!({ "text": text, "sig": sig }));
        let answer = self.staff.run(send).await.with_context(|| format!("the act `{what}` was refused"))?;
        let Recorded { seq } = serde_json::from_value(answer).context("an act without an entry")?;
        Ok(seq)
    }

    /// Reads something as this person.
    pub(crate) async fn get(&self, path: &'static str) -> Result<serde_json::Value> {
        let token = Arc::clone(&self.token);
        self.staff.run(move |staff| staff.get(&token, path)).await
    }
}

/// A key for one run: nobody else needs to guess it, and the same scenario signs the same way.
fn secret(seed: u64, nth: u64) -> [u8; 32] {
    let mut random = Random::new(seed, nth ^ (1 << 63));
    let mut secret = [0; 32];
    let (head, tail) = secret.split_at_mut(16);
    head.copy_from_slice(&random.sixteen());
    tail.copy_from_slice(&random.sixteen());
    secret
}
