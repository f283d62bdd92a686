//! The staff API: counts, signals, people's links and evidence, each behind the token of its role.

mod access;
mod acts;
mod body;
mod checks;
mod claims;
mod counts;
mod evidence;
mod hall;
mod health;
mod live;
mod people;
mod reviews;
mod signals;
mod versions;

use std::{collections::BTreeMap, future::ready, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

pub use self::signals::Countersigning;
use super::{
    certify::Certifier,
    handle::{Shared, SubmitError},
    people::People,
    problem::Problem,
    telemetry::Metrics,
};
use crate::{
    attempt::{layout::Layout, links::Tokens},
    domain::{
        event::{Closed, Event, Revealed, StaffRole, Stamp},
        fold::prompts::Seed,
        ids::{Digest, Pseudonym},
        rules::Declaration,
    },
    evidence::checkpoint::VerifierKey,
};

/// The largest body that staff or a registration sends: the longest name and identifier have a tenth of it.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// How long a close waits until everybody's leave is durable: half of it for the last answers, then for 15,000 leaves.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);

/// How often a close looks whether everybody has left.
const CLOSE_LOOK: Duration = Duration::from_millis(50);

/// What the routes need: one `Arc` shared by all.
pub struct Desk {
    /// What the participants' tasks share.
    pub shared: Arc<Shared>,
    /// The reading side: receipts, tables, checkpoints.
    pub certifier: Certifier,
    /// Who can join.
    pub people: Arc<People>,
    /// Where links lead, without a slash at the end.
    pub base_url: String,
    /// The staff's shared tokens.
    pub tokens: Tokens,
    /// Who acts by a personal link, and as what.
    pub staff: BTreeMap<Pseudonym, Acting>,
    /// What was declared, as the log's first entry says.
    pub declaration: Declaration,
    /// SHA-256 of the declaration's file.
    pub digest: Digest,
    /// The attempt's directory.
    pub layout: Layout,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// The public half of the key that signs.
    pub verifier_key: VerifierKey,
    /// The public half of the key that signs certificates, in hexadecimal digits.
    pub certificate_key: String,
    /// The seed of the participation checks' times, where any are planned; revealed at the close.
    pub seed: Option<Seed>,
    /// The turn to write a bundle for download: one at a time.
    pub exporting: Semaphore,
    /// The signal that waits for its confirmation.
    pub countersigning: Countersigning,
}

/// Somebody who acts by a personal link.
#[derive(Clone)]
pub struct Acting {
    /// As what.
    pub role: StaffRole,
    /// Their name: told to those alone who may look people up.
    pub name: String,
}

/// The routes of staff, evidence and monitoring.
pub fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/api/about", get(counts::about))
        .route("/api/tally", get(counts::tally))
        .route("/api/timeline", get(counts::timeline))
        .route("/api/people", get(counts::people))
        .route("/api/live", get(live::stream))
        .route("/api/signal", post(signals::post))
        .route("/api/hall", get(hall::list))
        .route("/api/scans", post(hall::scans).layer(DefaultBodyLimit::max(hall::SCANS_BYTES_MAX)))
        .route("/api/headcount", post(hall::head_count))
        .route("/api/me", get(acts::me))
        .route("/api/staff/key", post(acts::enrol))
        .route("/api/act", post(acts::act))
        .route("/api/acts", get(acts::list))
        .route("/api/person", post(acts::person))
        .route("/api/standing", get(claims::standing))
        .route("/api/claim", post(claims::claim))
        .route("/api/claims", get(claims::list))
        .route("/api/declaration", post(versions::hand_in))
        .route("/api/declarations", get(versions::list))
        .route("/api/incidents", get(reviews::list))
        .route("/api/nonce", post(checks::nonce))
        .route("/api/prompt", post(checks::prompt))
        .route("/api/prompts", get(checks::prompts))
        .route("/api/register", post(people::register))
        .route("/api/link", post(people::link))
        .route("/api/receipt", get(evidence::receipt))
        .route("/api/bundle", get(evidence::bundle))
        .route("/checkpoint", get(evidence::checkpoint))
        .route("/tile/{*path}", get(evidence::tile))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(|| ready(Problem::wrong_method()))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(desk)
}

impl Desk {
    /// Ends the attempt: everybody's last answer is awaited, every leave is logged, then the close, then the last checkpoint.
    pub(super) async fn close(&self, by: String) -> Result<Stamp, SubmitError> {
        self.shared.sequencer.begin_close().await?;
        if timeout(CLOSE_WITHIN, self.until_everybody_left()).await.is_err() {
            tracing::warn!("connections are left that did not end in time; they end at their last beat");
        }
        if let Some(seed) = self.seed {
            self.shared.sequencer.record(Event::Revealed(Revealed { seed })).await?;
        }
        let stamp = self.shared.sequencer.record(Event::Closed(Closed { by })).await?;
        self.certifier.sign_now().await.map_err(|_| SubmitError::Stopped)?;
        Ok(stamp)
    }

    async fn until_everybody_left(&self) {
        while !self.shared.hub.is_empty() {
            sleep(CLOSE_LOOK).await;
        }
    }
}
