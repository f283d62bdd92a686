//! Who asks: the bearer token of a request and the roles that may do a thing.

use http::{HeaderMap, header};

use super::Desk;
use crate::{
    attempt::links::Role,
    domain::{event::StaffRole, ids::Pseudonym},
    server::problem::Problem,
};

/// Everybody on the staff: what they see names persons by pseudonyms at most.
pub(super) const STAFF: &[Role] = &[Role::Adjudicator, Role::Organizer, Role::Steward, Role::Screen, Role::Auditor];
/// Who may see entries and rows about single persons.
pub(super) const ENTRIES: &[Role] = &[Role::Organizer, Role::Auditor];
/// Who may signal.
pub(super) const SIGNALS: &[Role] = &[Role::Organizer, Role::Adjudicator];
/// Who gives the nonce of the participation checks and opens one at will.
pub(super) const CHECKS: &[Role] = &[Role::Adjudicator];
/// Who may scan at a door, count heads, and hold the hall's list.
pub(super) const HALL: &[Role] = &[Role::Steward, Role::Organizer];
/// Who may look a person up by name.
pub(super) const PEOPLE: &[Role] = &[Role::Organizer, Role::Adjudicator];
/// Who may change people's links.
pub(super) const LINKS: &[Role] = &[Role::Organizer];

/// The token of `Authorization: Bearer TOKEN`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Actor {
    /// What they may see and do by their link.
    pub(super) role: Role,
    /// Who they are, if the link is a personal one; a shared link names nobody.
    pub(super) person: Option<(Pseudonym, StaffRole)>,
}

impl Actor {
    /// How the log names who did something: the person, or the side of a shared link.
    pub(super) fn name(&self) -> String {
        self.person.map_or_else(|| self.role.name().to_owned(), |(person, _)| person.to_string())
    }
}

/// What a personal link lets somebody see. What they may decide, their signature says.
fn role_of(role: StaffRole) -> Role {
    match role {
        StaffRole::Organizer => Role::Organizer,
        StaffRole::Adjudicator => Role::Adjudicator,
        StaffRole::Steward => Role::Steward,
        StaffRole::Witness | StaffRole::Timekeeper => Role::Screen,
    }
}

impl Desk {
    fn actor(&self, token: &str) -> Option<Actor> {
        if let Some(role) = self.tokens.role_of(token) {
            return Some(Actor { role, person: None });
        }
        let holder = self.shared.admission.admit(token, self.shared.clock.now_millis()).ok()?;
        let role = self.staff.get(&holder.pseudonym)?.role;
        Some(Actor { role: role_of(role), person: Some((holder.pseudonym, role)) })
    }

    /// Who asks, if they may see what was done about single persons, and why: everybody on the staff but the big
    /// screen, whose link is no person's.
    pub(super) fn require_reader_of_acts(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        let actor = self.require_actor(headers, STAFF)?;
        if actor.role != Role::Screen || actor.person.is_some() {
            return Ok(actor);
        }
        Err(Problem::forbidden("adjudicator, organizer, steward, auditor, or a personal link"))
    }

    /// Who asks, if their role is one of these.
    pub(super) fn require_actor(&self, headers: &HeaderMap, allowed: &[Role]) -> Result<Actor, Problem> {
        let actor = bearer(headers).and_then(|token| self.actor(token)).ok_or_else(Problem::unauthorized)?;
        if allowed.contains(&actor.role) {
            return Ok(actor);
        }
        let names: Vec<_> = allowed.iter().map(|role| role.name()).collect();
        Err(Problem::forbidden(&names.join(", ")))
    }
}

/// The role of the one who asks, if it is one of these.
pub(super) fn require(desk: &Desk, headers: &HeaderMap, allowed: &[Role]) -> Result<Role, Problem> {
    desk.require_actor(headers, allowed).map(|actor| actor.role)
}
