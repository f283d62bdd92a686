//! The staff's side of a run: signals, tallies and open registration, by the hub's HTTP interface.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::{Agent, http::Response};

/// How long the hub may take for one request while a whole hall arrives.
const REQUEST_MAX: Duration = Duration::from_secs(60);

/// A member of staff, by token.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    agent: Agent,
    base: Arc<str>,
    token: Arc<str>,
    adjudicator: Arc<str>,
}

/// What `POST /api/register` answers.
#[derive(Debug, Deserialize)]
struct Registered {
    ticket: String,
}

impl Staff {
    /// Staff of the hub at `base` (no slash at its end).
    pub(crate) fn new(base: &str, token: &str, adjudicator: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(REQUEST_MAX)).http_status_as_error(false);
        Self {
            agent: config.build().into(),
            base: base.trim_end_matches('/').into(),
            token: token.into(),
            adjudicator: adjudicator.into(),
        }
    }

    /// Gives a signal: `start`, `end` or `close`.
    pub(crate) async fn signal(&self, signal: &'static str) -> Result<()> {
        let done = self.run(move |staff| staff.post("/api/signal", &json!({ "signal": signal }))).await;
        done.map(drop).with_context(|| format!("the signal `{signal}` was not accepted"))
    }

    /// Opens a participation check that is confirmed on the page.
    pub(crate) async fn check(&self) -> Result<()> {
        let open = |staff: &Self| {
            let request = staff.agent.post(format!("{}/api/prompt", staff.base));
            read(
                request
                    .header("Authorization", format!("Bearer {}", staff.adjudicator))
                    .send_json(json!({"kind": "press"}))?,
            )
        };
        self.run(open).await.map(drop).context("the participation check was not opened")
    }

    /// The newest tally.
    pub(crate) async fn tally(&self) -> Result<Value> {
        self.run(|staff| staff.get("/api/tally")).await.context("the tally cannot be read")
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
        let answer = self.post("/api/register", &body).with_context(|| format!("{name} was not registered"))?;
        let Registered { ticket } = serde_json::from_value(answer).context("the registration has no ticket")?;
        Ok(ticket.into())
    }

    /// Runs a blocking call where it blocks nobody.
    async fn run<T: Send + 'static>(&self, call: impl FnOnce(&Self) -> Result<T> + Send + 'static) -> Result<T> {
        let staff = self.clone();
        tokio::task::spawn_blocking(move || call(&staff)).await?
    }

    fn get(&self, path: &str) -> Result<Value> {
        let request = self.agent.get(format!("{}{path}", self.base));
        read(request.header("Authorization", format!("Bearer {}", self.token)).call()?)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base));
        read(request.header("Authorization", format!("Bearer {}", self.token)).send_json(body)?)
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
