//! The staff's side of a run: signals, checks, scans, tallies and acts, by the hub's HTTP interface.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use hadir::domain::ids::Pseudonym;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::{Agent, http::Response};

use crate::{hub::Links, scenario::CheckKind};

/// How long the hub may take for one request while a whole hall arrives.
const REQUEST_MAX: Duration = Duration::from_secs(60);

/// The word of a check that the adjudicator opens at will.
const WORD: &str = "HADIR";

/// The staff, by their shared tokens.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    agent: Agent,
    base: Arc<str>,
    links: Links,
}

/// What `POST /api/register` answers.
#[derive(Debug, Deserialize)]
struct Registered {
    ticket: String,
}

/// What `POST /api/person` answers.
#[derive(Debug, Deserialize)]
struct Found {
    person: Pseudonym,
}

impl Staff {
    /// Staff of the hub at `base`.
    pub(crate) fn new(base: &str, links: Links) -> Self {
        let config = Agent::config_builder().timeout_global(Some(REQUEST_MAX)).http_status_as_error(false);
        Self { agent: config.build().into(), base: base.trim_end_matches('/').into(), links }
    }

    /// Gives a signal: `start`, `end` or `close`.
    pub(crate) async fn signal(&self, signal: &'static str) -> Result<()> {
        let give =
            move |staff: &Self| staff.post(staff.links.organizer()?, "/api/signal", &json!({ "signal": signal }));
        self.run(give).await.map(drop).with_context(|| format!("the signal `{signal}` was not accepted"))
    }

    /// Gives the nonce from which, with the organizer's seed, the checks' times follow.
    pub(crate) async fn nonce(&self, nonce: String) -> Result<()> {
        let give = move |staff: &Self| staff.post(staff.links.adjudicator()?, "/api/nonce", &json!({ "nonce": nonce }));
        self.run(give).await.map(drop).context("the nonce was not taken")
    }

    /// Opens a participation check at will.
    pub(crate) async fn check(&self, kind: CheckKind) -> Result<()> {
        let body = match kind {
            CheckKind::Press => json!({ "kind": kind.name() }),
            CheckKind::Word => json!({ "kind": kind.name(), "word": WORD }),
        };
        let open = move |staff: &Self| staff.post(staff.links.adjudicator()?, "/api/prompt", &body);
        self.run(open).await.map(drop).context("the participation check was not opened")
    }

    /// Delivers what a door has queued; answers with one result for each scan.
    pub(crate) async fn scans(&self, delivery: Value) -> Result<Value> {
        let deliver = move |staff: &Self| staff.post(staff.links.steward()?, "/api/scans", &delivery);
        self.run(deliver).await.context("the scans were not taken")
    }

    /// The name in the log of the person with this reference.
    pub(crate) async fn find(&self, reference: Arc<str>) -> Result<Pseudonym> {
        let find = move |staff: &Self| {
            let body = json!({ "find": reference.as_ref() });
            staff.post(staff.links.organizer()?, "/api/person", &body)
        };
        let found = self.run(find).await.context("a person is not found")?;
        let Found { person } = serde_json::from_value(found).context("a person is found without a name")?;
        Ok(person)
    }

    /// The newest tally.
    pub(crate) async fn tally(&self) -> Result<Value> {
        let ask = |staff: &Self| staff.get(staff.links.organizer()?, "/api/tally");
        self.run(ask).await.context("the tally cannot be read")
    }

    /// What the hub measures of itself, as text.
    pub(crate) async fn metrics(&self) -> Result<String> {
        let read = |staff: &Self| {
            Ok(staff.agent.get(format!("{}/metrics", staff.base)).call()?.body_mut().read_to_string()?)
        };
        self.run(read).await.context("the metrics cannot be read")
    }

    /// Registers a person openly and returns their ticket.
    pub(crate) fn register(&self, name: &str, id: &str) -> Result<Arc<str>> {
        let body = json!({ "name": name, "id": { "type": "id", "value": id } });
        let answer = self.post(self.links.organizer()?, "/api/register", &body);
        let answer = answer.with_context(|| format!("{name} was not registered"))?;
        let Registered { ticket } = serde_json::from_value(answer).context("the registration has no ticket")?;
        Ok(ticket.into())
    }

    /// Runs a blocking call where it blocks nobody.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let staff = self.clone();
        tokio::task::spawn_blocking(move || call(&staff)).await?
    }

    /// Asks with somebody's token.
    pub(crate) fn get(&self, token: &str, path: &str) -> Result<Value> {
        let request = self.agent.get(format!("{}{path}", self.base));
        read(request.header("Authorization", format!("Bearer {token}")).call()?)
    }

    /// Sends with somebody's token.
    pub(crate) fn post(&self, token: &str, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base));
        read(request.header("Authorization", format!("Bearer {token}")).send_json(body)?)
    }
}

fn read(mut answer: Response<ureq::Body>) -> Result<Value> {
    let text = answer.body_mut().read_to_string()?;
    if !answer.status().is_success() {
        bail!("the hub answered {}: {text}", answer.status());
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).with_context(|| format!("the hub answered something else than JSON: {text}"))
}
