//! Refusals as staff programs read them: RFC 9457 problem bodies that say what is wrong and what to do.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::handle::SubmitError;

/// A refusal.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "status_number")]
    status: StatusCode,
    title: &'static str,
    detail: String,
    remedy: String,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

fn status_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A refusal with its reason and remedy; `title` is the same for every occurrence.
    #[must_use]
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), remedy: remedy.into(), retry_after_s: None }
    }

    /// Says when to ask again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Says more precisely what to do.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// No token, or one that nobody was given.
    #[must_use]
    pub fn unauthorized() -> Self {
        let remedy = "send the token of links.json as `Authorization: Bearer TOKEN`";
        Self::new(StatusCode::UNAUTHORIZED, "unknown token", "the request carries no token of this attempt", remedy)
    }

    /// A token of a role that may not do this.
    #[must_use]
    pub fn forbidden(allowed: &str) -> Self {
        let detail = format!("this is for: {allowed}");
        Self::new(StatusCode::FORBIDDEN, "not for this role", detail, "use the link of one of these roles")
    }

    /// A page of another site.
    #[must_use]
    pub fn foreign_origin() -> Self {
        let remedy = "open the join link itself, or set `public_url` to the address that people open";
        Self::new(StatusCode::FORBIDDEN, "foreign origin", "this page does not belong to this hub", remedy)
    }

    /// A body or query that is not what the route takes.
    #[must_use]
    pub fn malformed(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed request", detail, remedy)
    }

    /// A contradiction with the state of the attempt.
    #[must_use]
    pub fn conflict(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "not allowed now", detail, remedy)
    }

    /// A thing that is not there.
    #[must_use]
    pub fn absent(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", detail, remedy)
    }

    /// A route that is asked with a method that it does not have.
    #[must_use]
    pub fn wrong_method() -> Self {
        let remedy = "use the method that the `Allow` header of this answer names";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong method", "this address has another method", remedy)
    }

    /// The hub does not record.
    #[must_use]
    pub fn not_recording(detail: impl Into<String>) -> Self {
        let remedy = "look at the server's log and start it again; what was acknowledged is safe";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not recording", detail, remedy)
    }

    /// A failure on our side.
    #[must_use]
    pub fn failed(detail: impl Into<String>) -> Self {
        let remedy = "look at the server's log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", detail, remedy)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Over => Self::conflict("the attempt is closed", "export the bundle; nothing more is recorded"),
            SubmitError::Refused(refused) => Self::conflict(refused.reason, refused.remedy),
            SubmitError::Fact(cause) => Self::malformed(cause.to_string(), "send less text"),
            SubmitError::Stopped => Self::not_recording("the hub does not record any more"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status, self.retry_after_s);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
