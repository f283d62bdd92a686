//! One router out of the hub's parts, and what holds for every answer.

use std::{future::ready, net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use http::{HeaderName, HeaderValue, StatusCode, Uri, header};

pub use super::origin::Peer;
use super::{
    descriptors::Descriptors,
    handle::Shared,
    origin,
    poll::{self, Pollers},
    problem::Problem,
    upgrade,
};

/// Where the routes for programs begin.
const API: &str = "/api/";

/// The largest body that a route takes, unless it says otherwise: a signed signal has a few hundred bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What pages may load and do: their own files and sockets, and nothing inline.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What the participants' routes need.
#[derive(Debug)]
pub struct Web {
    pub(super) shared: Arc<Shared>,
    pub(super) descriptors: Descriptors,
    pub(super) public_origin: Option<String>,
    pub(super) pollers: Pollers,
    proxies: Vec<IpAddr>,
}

impl Web {
    /// `public_url` is the declared address; `proxies` are those whose forwarding headers are believed.
    #[must_use]
    pub fn new(shared: Arc<Shared>, descriptors: Descriptors, public_url: Option<&str>, proxies: Vec<IpAddr>) -> Self {
        let public_origin = public_url.and_then(origin::of_url);
        Self { shared, descriptors, public_origin, pollers: Pollers::default(), proxies }
    }

    /// Who is at the other end of a request.
    pub(super) fn peer(&self, request: &Request) -> Result<Peer, Problem> {
        let peer = request.extensions().get::<Peer>().copied();
        let peer = peer.ok_or_else(|| Problem::failed("the listener did not say who asks: this is a defect"))?;
        Ok(peer.behind(&self.proxies, request.headers()))
    }
}

/// The participants' routes and `others`: pages, the staff's API, evidence files.
pub fn router(web: Web, others: Router) -> Router {
    let web = Arc::new(web);
    let polled = Arc::clone(&web);
    let socket = move |request: Request| ready(upgrade::ws(&web, request).unwrap_or_else(IntoResponse::into_response));
    let polls = move |request: Request| poll::poll(Arc::clone(&polled), request);
    let own = Router::new()
        .route("/ws", any(socket))
        .route("/api/poll", post(polls))
        .method_not_allowed_fallback(|| ready(Problem::wrong_method()));
    others.merge(own).fallback(unknown).layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// There is no such address: programs are told so in their own language, and people in theirs.
async fn unknown(uri: Uri) -> Response {
    if uri.path().starts_with(API) {
        let detail = format!("there is no route {}", uri.path());
        return Problem::absent(detail, "look the route up in /openapi.json").into_response();
    }
    StatusCode::NOT_FOUND.into_response()
}

/// Adds what every answer says, where its route has not said otherwise.
pub(super) fn harden(path: &str, response: &mut Response) {
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    say(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    say(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    say(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    if path.starts_with(API) {
        say(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
