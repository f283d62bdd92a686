//! The conditions under which a hub counts: those of the scenario, or those that a hub declares which serves already.

use crate::{
    plan::Plan,
    scenario::{Liveness, Rule},
};

/// The conditions under which the hub counts.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// How presence is proved.
    pub(crate) liveness: Liveness,
    /// What counts.
    pub(crate) rule: Rule,
    /// The roles that count; nothing: everybody does.
    pub(crate) roles: Option<Vec<String>>,
    /// The lesson's length.
    pub(crate) length_ms: i64,
    /// How many participation checks a person must answer.
    pub(crate) checks_needed: u32,
    /// How late a scan may arrive.
    pub(crate) scans_delay_ms: u32,
}

impl Terms {
    /// The terms that a plan's own scenario declares.
    pub(crate) fn of(plan: &Plan) -> Self {
        let scenario = &plan.scenario;
        Self {
            liveness: scenario.liveness,
            rule: scenario.rule,
            roles: Some(scenario.roles.clone()),
            length_ms: plan.length_ms(),
            checks_needed: scenario.checks.as_ref().map_or(0, |checks| checks.needed),
            scans_delay_ms: scenario.hall.as_ref().map_or(0, |hall| hall.delay_ms),
        }
    }

    /// Whether a role counts.
    pub(crate) fn counts(&self, role: &str) -> bool {
        self.roles.as_ref().is_none_or(|roles| roles.iter().any(|one| one == role))
    }
}
