//! `GET /api/live`: the newest counts as server-sent events, at most four a second and at least one.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream;
use http::HeaderMap;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Desk,
    access::{self, STAFF},
    counts::fresh,
};
use crate::{
    domain::accounts::tally::Tally,
    server::{handle::Health, problem::Problem},
};

/// The shortest time between two events: the eye sees no more, and 20 pages cost nothing.
const EVENT_PERIOD_MIN: Duration = Duration::from_millis(250);
/// The longest time between two events: pages call the number stale soon after.
const EVENT_PERIOD_MAX: Duration = Duration::from_secs(1);

/// One page's stream: it owns its places in the watch channels, so a slow page misses events and holds nothing up.
struct Follower {
    desk: Arc<Desk>,
    tally: watch::Receiver<Arc<Tally>>,
    health: watch::Receiver<Health>,
    /// When the next event may be sent; none once the last one is out.
    next: Option<Instant>,
}

pub(super) async fn stream(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, STAFF)?;
    let mut follower = Follower {
        tally: desk.shared.sequencer.tally(),
        health: desk.shared.sequencer.health(),
        desk,
        next: Some(soon(Duration::ZERO)),
    };
    // The first event goes out at once.
    follower.tally.mark_changed();
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.event().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(fresh(Sse::new(events).keep_alive(KeepAlive::default()).into_response()))
}

/// The instant after this much time, by the runtime's own timer.
fn soon(length: Duration) -> Instant {
    sleep(length).deadline()
}

impl Follower {
    async fn event(&mut self) -> Option<Event> {
        sleep_until(self.next?).await;
        let last = tokio::select! {
            changed = self.tally.changed() => changed.is_err(),
            changed = self.health.changed() => changed.is_err() || self.has_failed(),
            () = self.desk.shared.cancel.cancelled() => true,
            () = sleep(EVENT_PERIOD_MAX) => false,
        };
        self.tally.mark_unchanged();
        self.next = (!last).then(|| soon(EVENT_PERIOD_MIN));
        // The counts are plain data: text can always be made of them.
        Event::default().event("tally").json_data(self.desk.view()).ok()
    }

    fn has_failed(&self) -> bool {
        matches!(*self.health.borrow(), Health::Failed(_))
    }
}
