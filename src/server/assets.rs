//! The pages, embedded in the program: routes, content types, and headers that let them load nothing from elsewhere.

use std::{
    io::{self, Write},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST,
            IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// A file of `src/web`.
struct File {
    path: &'static str,
    media: &'static str,
    text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const DATA: &str = "application/json";

/// Names a file of `src/web` and embeds it.
macro_rules! file {
    ($path:literal, $media:expr, $name:literal) => {
        File { path: $path, media: $media, text: include_str!(concat!("../web/", $name)) }
    };
}

/// Every address that answers with a file.
const FILES: &[File] = &[
    file!("/", HTML, "join.html"),
    file!("/join", HTML, "join.html"),
    file!("/live", HTML, "live.html"),
    file!("/desk", HTML, "desk.html"),
    file!("/screen", HTML, "screen.html"),
    file!("/door", HTML, "door.html"),
    file!("/staff", HTML, "acts.html"),
    file!("/certificate", HTML, "certificate.html"),
    file!("/openapi.json", DATA, "openapi.json"),
    file!("/web/acts.js", SCRIPT, "acts.js"),
    file!("/web/acts.css", STYLE, "acts.css"),
    file!("/web/acts-cards.js", SCRIPT, "acts-cards.js"),
    file!("/web/acts-claims.js", SCRIPT, "acts-claims.js"),
    file!("/web/acts-declaration.js", SCRIPT, "acts-declaration.js"),
    file!("/web/acts-deeds.js", SCRIPT, "acts-deeds.js"),
    file!("/web/acts-list.js", SCRIPT, "acts-list.js"),
    file!("/web/acts-logbook.js", SCRIPT, "acts-logbook.js"),
    file!("/web/acts-outages.js", SCRIPT, "acts-outages.js"),
    file!("/web/acts-parts.js", SCRIPT, "acts-parts.js"),
    file!("/web/acts-persons.js", SCRIPT, "acts-persons.js"),
    file!("/web/acts-sample.js", SCRIPT, "acts-sample.js"),
    file!("/web/acts-send.js", SCRIPT, "acts-send.js"),
    file!("/web/acts-words.js", SCRIPT, "acts-words.js"),
    file!("/web/acts-words-cards.js", SCRIPT, "acts-words-cards.js"),
    file!("/web/adjudicator.js", SCRIPT, "adjudicator.js"),
    file!("/web/answers.js", SCRIPT, "answers.js"),
    file!("/web/certificate.css", STYLE, "certificate.css"),
    file!("/web/certificate.js", SCRIPT, "certificate.js"),
    file!("/web/certificate-words.js", SCRIPT, "certificate-words.js"),
    file!("/web/checks.js", SCRIPT, "checks.js"),
    file!("/web/claims.js", SCRIPT, "claims.js"),
    file!("/web/counts.js", SCRIPT, "counts.js"),
    file!("/web/desk.js", SCRIPT, "desk.js"),
    file!("/web/door-camera.js", SCRIPT, "door-camera.js"),
    file!("/web/door-clock.js", SCRIPT, "door-clock.js"),
    file!("/web/door-desk.js", SCRIPT, "door-desk.js"),
    file!("/web/door-hall.js", SCRIPT, "door-hall.js"),
    file!("/web/door-late.js", SCRIPT, "door-late.js"),
    file!("/web/door-link.js", SCRIPT, "door-link.js"),
    file!("/web/door-list.js", SCRIPT, "door-list.js"),
    file!("/web/door-place.js", SCRIPT, "door-place.js"),
    file!("/web/door-queue.js", SCRIPT, "door-queue.js"),
    file!("/web/door-results.js", SCRIPT, "door-results.js"),
    file!("/web/door-scanner.js", SCRIPT, "door-scanner.js"),
    file!("/web/door-send.js", SCRIPT, "door-send.js"),
    file!("/web/door-sound.js", SCRIPT, "door-sound.js"),
    file!("/web/door-words.js", SCRIPT, "door-words.js"),
    file!("/web/door.css", STYLE, "door.css"),
    file!("/web/door.js", SCRIPT, "door.js"),
    file!("/web/join.js", SCRIPT, "join.js"),
    file!("/web/join-words.js", SCRIPT, "join-words.js"),
    file!("/web/live.js", SCRIPT, "live.js"),
    file!("/web/notebook.js", SCRIPT, "notebook.js"),
    file!("/web/page.js", SCRIPT, "page.js"),
    file!("/web/presence.js", SCRIPT, "presence.js"),
    file!("/web/prompts.js", SCRIPT, "prompts.js"),
    file!("/web/screen.js", SCRIPT, "screen.js"),
    file!("/web/signals.js", SCRIPT, "signals.js"),
    file!("/web/staff-key.js", SCRIPT, "staff-key.js"),
    file!("/web/staff.js", SCRIPT, "staff.js"),
    file!("/web/staff-words.js", SCRIPT, "staff-words.js"),
    file!("/web/staff.css", STYLE, "staff.css"),
    file!("/web/style.css", STYLE, "style.css"),
    file!("/web/transport.js", SCRIPT, "transport.js"),
    file!("/web/icon.svg", "image/svg+xml", "icon.svg"),
];

/// The pages' routes: `/`, `/join`, the staff's pages, and their files under `/web/`.
pub fn router() -> Router {
    FILES.iter().fold(Router::new(), |router, file| {
        // A digest is always a header value: without an asset the page would be missing, which the tests would show.
        let Some(asset) = Asset::new(file).map(Arc::new) else { return router };
        let answer = move |headers: HeaderMap| {
            let asset = Arc::clone(&asset);
            async move { asset.answer(&headers) }
        };
        router.route(file.path, get(answer))
    })
}

/// A file ready to be sent, plain and compressed.
struct Asset {
    media: &'static str,
    plain: Form,
    zipped: Option<Form>,
}

/// One form of a file, and the tag that names exactly these bytes.
#[derive(Clone)]
struct Form {
    bytes: Bytes,
    tag: HeaderValue,
}

impl Form {
    fn new(bytes: Bytes) -> Option<Self> {
        let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
        let tag = HeaderValue::from_str(&format!("\"{digest}\"")).ok()?;
        Some(Self { bytes, tag })
    }
}

impl Asset {
    fn new(file: &File) -> Option<Self> {
        let plain = Form::new(Bytes::from_static(file.text.as_bytes()))?;
        let zipped = gzip(file.text.as_bytes()).ok().and_then(|bytes| Form::new(bytes.into()));
        Some(Self { media: file.media, plain, zipped })
    }

    /// The file, or only the word that the visitor has it already.
    fn answer(&self, request: &HeaderMap) -> Response {
        let zipped = self.zipped.as_ref().filter(|_| mentions(request, ACCEPT_ENCODING, "gzip"));
        let form = zipped.unwrap_or(&self.plain);
        let mut response = if mentions(request, IF_NONE_MATCH, form.tag.to_str().unwrap_or("*")) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(form.bytes.clone()).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media));
        headers.insert(ETAG, form.tag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        // Not `no-store`: that would keep the page out of the back/forward cache and cost a download at every reload.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CONTENT_SECURITY_POLICY, policy(request));
        if zipped.is_some() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn gzip(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text)?;
    encoder.finish()
}

/// Whether one of the comma-separated values of a header starts with `value`.
fn mentions(request: &HeaderMap, name: HeaderName, value: &str) -> bool {
    let mut texts = request.get_all(name).into_iter().filter_map(|text| text.to_str().ok());
    texts.any(|text| text.split(',').any(|part| part.trim().trim_start_matches("W/").starts_with(value)))
}

/// Only this server's own files and sockets; no inline script or style, no frame around a page with a secret in its address.
fn policy(request: &HeaderMap) -> HeaderValue {
    const OWN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                       form-action 'none'; frame-ancestors 'none'; connect-src 'self'";
    // Safari before 15.4 does not take `'self'` to include this host's WebSocket.
    let host = request.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
    let named = host.and_then(|host| HeaderValue::from_str(&format!("{OWN} ws://{host} wss://{host}")).ok());
    named.unwrap_or(HeaderValue::from_static(OWN))
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

#[cfg(test)]
mod tests;
