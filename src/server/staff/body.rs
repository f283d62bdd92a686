//! What a request brings: JSON, whatever its sender calls it.

use axum::{body::Bytes, extract::rejection::BytesRejection};
use http::StatusCode;
use serde::de::DeserializeOwned;

use super::BODY_BYTES_MAX;
use crate::server::problem::Problem;

/// Reads a body. Its media type is not asked for: `curl -d` names another one, and no route takes anything but JSON.
pub(super) fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>, remedy: &str) -> Result<T, Problem> {
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("a request has at most {BODY_BYTES_MAX} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail, remedy)
        }
        _ => Problem::malformed(error.body_text(), remedy),
    })?;
    serde_json::from_slice(&body)
        .map_err(|error| Problem::malformed(format!("the body is not what this route takes: {error}"), remedy))
}
