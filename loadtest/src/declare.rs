//! The declaration of a scenario: what `hadir init` writes, with the scenario's own terms.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use hadir::domain::time::{Millis, UnixMillis};
use toml::{Table, Value};

use crate::{
    clock::wall_ms,
    plan::{BEYOND, Plan},
    scenario::{Checkpoints, Checks, Hall, Rule},
};

/// Writes the scenario's terms into the declaration at `path`.
pub(crate) fn declare(path: &Path, plan: &Plan) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut declaration: Table = text.parse().context("`hadir init` wrote a declaration that is not TOML")?;
    let scenario = &plan.scenario;
    declaration.insert("title".into(), format!("Load test: {}", scenario.title).into());
    declaration.insert("rehearsal".into(), true.into());
    declaration.insert("signals".into(), "single".into());
    let liveness =
        [("challenge_ms", scenario.liveness.challenge_ms), ("proof_max_gap_ms", scenario.liveness.proof_max_gap_ms)];
    let roles = scenario.roles.iter().map(|role| Value::from(role.as_str())).collect();
    let mut rule = rule(&scenario.rule);
    rule.extend(scenario.checks.as_ref().map(|checks| ("prompts_min".to_owned(), whole(checks.needed))));
    let sections =
        [("window", window(plan)?), ("rule", rule), ("liveness", numbers(liveness)), ("people", roles_of(roles))];
    for (section, values) in sections {
        let table = declaration.get_mut(section).and_then(Value::as_table_mut);
        table.with_context(|| format!("the declaration has no [{section}]"))?.extend(values);
    }
    if let Some(checks) = &scenario.checks {
        declaration.insert("prompts".to_owned(), Value::Table(prompts(checks)));
    }
    if let Some(hall) = &scenario.hall {
        declaration.insert("venue".to_owned(), Value::Array(vec![Value::Table(venue(hall))]));
        declaration.insert("hall".to_owned(), Value::Table(numbers([("delay_ms", hall.delay_ms)])));
    }
    fs::write(path, declaration.to_string()).with_context(|| format!("{} cannot be written", path.display()))
}

fn whole(number: u32) -> Value {
    Value::Integer(i64::from(number))
}

fn numbers<const N: usize>(values: [(&str, u32); N]) -> Table {
    values.into_iter().map(|(key, value)| (key.to_owned(), whole(value))).collect()
}

fn roles_of(roles: Vec<Value>) -> Table {
    [("roles".to_owned(), Value::Array(roles))].into_iter().collect()
}

fn window(plan: &Plan) -> Result<Table> {
    let start = UnixMillis(wall_ms().saturating_add(plan.lobby_ms()));
    let length = Millis(u64::from(plan.scenario.lesson.planned_s).saturating_mul(1_000));
    let instant = |at: UnixMillis| at.to_string().parse().map(Value::Datetime);
    let mut window = numbers([("minimum_ms", 0)]);
    window.insert("planned_start".to_owned(), instant(start)?);
    window.insert("planned_end".to_owned(), instant(start.plus(length))?);
    Ok(window)
}

fn rule(rule: &Rule) -> Table {
    let Rule { late_ms, early_ms, grace_ms, minimum_ms, checkpoints } = rule;
    let mut table = numbers([("late_ms", *late_ms), ("early_ms", *early_ms), ("grace_ms", *grace_ms)]);
    let kind = if minimum_ms.is_some() { "minimum_time" } else { "full_lesson" };
    table.insert("kind".to_owned(), kind.into());
    table.extend(minimum_ms.map(|minimum| ("minimum_ms".to_owned(), whole(minimum))));
    if let Some(Checkpoints { before_start_ms, after_start_ms, before_end_ms, after_end_ms }) = *checkpoints {
        let around = numbers([
            ("before_start_ms", before_start_ms),
            ("after_start_ms", after_start_ms),
            ("before_end_ms", before_end_ms),
            ("after_end_ms", after_end_ms),
        ]);
        table.insert("presence".to_owned(), "checkpoints".into());
        table.insert("checkpoints".to_owned(), Value::Table(around));
    }
    table
}

/// Where checks are opened at will, the planned one lies beyond the lesson's end.
fn prompts(checks: &Checks) -> Table {
    let planned = checks.planned.unwrap_or(BEYOND);
    let mut table = numbers([("count", planned.count), ("answer_ms", planned.answer_ms)]);
    table.insert("kind".to_owned(), checks.kind.name().into());
    table
}

fn venue(hall: &Hall) -> Table {
    let doors = hall.doors.iter().map(|door| Value::from(door.as_str())).collect();
    let mut table = Table::new();
    table.insert("id".to_owned(), hall.venue.as_str().into());
    table.insert("name".to_owned(), format!("Load test {}", hall.venue).into());
    table.insert("doors".to_owned(), Value::Array(doors));
    table
}
