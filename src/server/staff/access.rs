//! Who asks: the bearer token of a request and the roles that may do a thing.

use http::{HeaderMap, header};

use crate::{
    attempt::links::{Role, Tokens},
    server::problem::Problem,
};

/// Everybody on the staff: aggregates hide all persons.
pub(super) const STAFF: &[Role] = &[Role::Adjudicator, Role::Organizer, Role::Steward, Role::Screen, Role::Auditor];
/// Who may see entries and rows about single persons.
pub(super) const ENTRIES: &[Role] = &[Role::Organizer, Role::Auditor];
/// Who may signal.
pub(super) const SIGNALS: &[Role] = &[Role::Organizer, Role::Adjudicator];
/// Who gives the nonce of the participation checks and opens one at will.
pub(super) const CHECKS: &[Role] = &[Role::Adjudicator];
/// Who may scan at a door, count heads, and hold the hall's list.
pub(super) const HALL: &[Role] = &[Role::Steward, Role::Organizer];
/// Who may change people's links.
pub(super) const LINKS: &[Role] = &[Role::Organizer];

/// The token of `Authorization: Bearer TOKEN`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The role of the one who asks, if it is one of these.
pub(super) fn require(tokens: &Tokens, headers: &HeaderMap, allowed: &[Role]) -> Result<Role, Problem> {
    let role = bearer(headers).and_then(|token| tokens.role_of(token)).ok_or_else(Problem::unauthorized)?;
    if allowed.contains(&role) {
        return Ok(role);
    }
    let names: Vec<_> = allowed.iter().map(|role| role.name()).collect();
    Err(Problem::forbidden(&names.join(", ")))
}
