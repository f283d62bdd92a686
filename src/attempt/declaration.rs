//! `attempt.toml`: the declaration as people write it, read leniently in form and strictly in meaning.

mod values;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use self::values::{Count, PrimaryId, PublicUrl, Roles, Zone};
use super::settings::{self, Problem, Section};
use crate::{
    domain::{
        ids::Digest,
        rules::{
            CHECKPOINT_MS_MIN, Ceilings, Checkpoints, Claims, Contradiction, Declaration, Hall, Liveness, People,
            PresenceMode, PromptKind, PromptPlan, Retention, Rule, Signals, SpotCheck, Venue, Window, prompts_for,
        },
        time::Millis,
    },
    roster,
};

/// The largest declaration that is read: real ones have 3 KiB.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// What an interruption may last where the declaration does not say.
pub const GRACE_MS: Millis = Millis(75_000);
/// How often a page is challenged where the declaration does not say.
pub const CHALLENGE_MS: Millis = Millis(25_000);
/// The longest silence that is presence where the declaration does not say.
pub const PROOF_MAX_GAP_MS: Millis = Millis(60_000);
/// The shortest lesson that record bodies accept.
pub const LESSON_MS_MIN: Millis = Millis(30 * 60 * 1_000);
/// How far the start may lie from its plan where the declaration does not say.
pub const TOLERANCE_MS: Millis = Millis(60 * 60 * 1_000);

/// How long a check that is confirmed on the page takes answers where the declaration does not say.
const PRESS_MS: Millis = Millis(90_000);
/// The same for a word that is read elsewhere and typed here.
const WORD_MS: Millis = Millis(CHECKPOINT_MS_MIN);

/// A declaration as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclarationFile {
    /// What it declares.
    pub declaration: Declaration,
    /// SHA-256 of the file, as it is filed and logged.
    pub digest: Digest,
    /// The file's exact bytes, for the bundle.
    pub bytes: Vec<u8>,
}

/// Everything that is wrong in a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// Keys and values that cannot be read.
    pub problems: Vec<Problem>,
    /// Promises that contradict each other; found once everything can be read.
    pub contradictions: Vec<Contradiction>,
}

/// Why there is no declaration to work with.
#[derive(Debug, thiserror::Error)]
pub enum DeclarationError {
    /// The system refused: see its reason.
    #[error("{} cannot be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Correct the file: every mistake is listed.
    #[error("{} is not a valid declaration:{mistakes}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        mistakes: Mistakes,
    },
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        for contradiction in &self.contradictions {
            write!(f, "\n  {contradiction} ({})", remedy(contradiction))?;
        }
        Ok(())
    }
}

/// What resolves a contradiction.
fn remedy(contradiction: &Contradiction) -> &'static str {
    match contradiction {
        Contradiction::Empty(_) => "give it a value",
        Contradiction::EndBeforeStart { .. } => "put the planned end after the planned start",
        Contradiction::LongerThanLesson { .. } => "shorten it, or plan a longer lesson",
        Contradiction::ClauseMissing { .. } => "add the clause, or choose another kind of rule",
        Contradiction::OutOfRange { .. } => "use a value within the range",
        Contradiction::Together { .. } => "remove one of them",
        Contradiction::Unused { .. } => "remove the clause, or choose that kind of rule",
        Contradiction::TooLong(_) => "shorten names, or declare fewer venues: the log takes it as one entry",
        Contradiction::Name { .. } => "use small letters, digits and dashes, and each name once",
    }
}

impl DeclarationFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, or with every mistake in it.
    pub fn load(path: &Path) -> Result<Self, DeclarationError> {
        let io = |source| DeclarationError::Io { path: path.to_owned(), source };
        let bytes = fs::metadata(path).and_then(|metadata| {
            if metadata.len() > FILE_BYTES_MAX {
                return Err(io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes")));
            }
            fs::read(path)
        });
        Self::from_bytes(bytes.map_err(io)?)
            .map_err(|mistakes| DeclarationError::Invalid { path: path.to_owned(), mistakes })
    }

    /// Reads and checks a file's bytes.
    ///
    /// # Errors
    /// With every mistake in them.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Mistakes> {
        let declaration = match std::str::from_utf8(&bytes) {
            Ok(text) => parse(text)?,
            Err(error) => return Err(Mistakes { problems: vec![not_utf8(&bytes, error)], contradictions: Vec::new() }),
        };
        let digest = Digest(Sha256::digest(&bytes).into());
        Ok(Self { declaration, digest, bytes })
    }
}

fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Problem {
    let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count().saturating_add(1);
    Problem {
        line,
        key: String::new(),
        what: "the file is not UTF-8 text".to_owned(),
        remedy: "save it again as UTF-8".to_owned(),
    }
}

/// Reads a declaration's text.
///
/// # Errors
/// With every mistake in it.
pub fn parse(text: &str) -> Result<Declaration, Mistakes> {
    // Editors of one widespread system put a mark before the first letter; it says nothing.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Vec::new();
    let declaration = match settings::parse(text) {
        Ok(top) => read(top, &mut problems),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    problems.sort_by_key(|problem| problem.line);
    let contradictions = declaration.as_ref().map(Declaration::contradictions).unwrap_or_default();
    match declaration {
        Some(declaration) if problems.is_empty() && contradictions.is_empty() => Ok(declaration),
        _ => Err(Mistakes { problems, contradictions }),
    }
}

fn read(mut top: Section<'_>, problems: &mut Vec<Problem>) -> Option<Declaration> {
    let title = top.require("title", problems);
    let organizer = top.require("organizer", problems);
    let zone = top.require::<Zone>("zone", problems);
    let public_url = top.take::<PublicUrl>("public_url", problems);
    let rehearsal = top.take("rehearsal", problems).unwrap_or(false);
    let signals = top.take("signals", problems).unwrap_or(Signals::Countersigned);
    let window = read_window(top.section("window", problems), rehearsal, problems);
    let rule = read_rule(top.section("rule", problems), problems);
    let liveness = read_liveness(top.section("liveness", problems), problems);
    let people = read_people(top.section("people", problems), problems);
    let planned = window.as_ref().map(|window| window.planned_end.since(window.planned_start)).unwrap_or_default();
    let prompts = read_prompts(top.section("prompts", problems), planned, problems);
    let ceilings = read_ceilings(top.section("ceilings", problems), problems);
    let venues = top.sections("venue", problems).into_iter().filter_map(|one| read_venue(one, problems)).collect();
    let hall = read_hall(top.section("hall", problems), problems);
    let retention = read_retention(top.section("retention", problems), problems);
    let claims = read_claims(top.section("claims", problems), problems);
    let spot_check = read_spot_check(top.section("spot_check", problems), problems);
    top.finish(problems);
    Some(Declaration {
        title: title?,
        organizer: organizer?,
        zone: zone?.0,
        public_url: public_url.map(|url| url.0),
        rehearsal,
        window: window?,
        rule: rule?,
        liveness,
        people,
        signals,
        prompts,
        ceilings,
        venues,
        hall,
        retention,
        claims,
        spot_check,
    })
}

fn read_window(mut section: Section<'_>, rehearsal: bool, problems: &mut Vec<Problem>) -> Option<Window> {
    let shortest = if rehearsal { Millis(0) } else { LESSON_MS_MIN };
    let planned_start = section.require("planned_start", problems);
    let planned_end = section.require("planned_end", problems);
    let minimum_ms = section.take("minimum_ms", problems).unwrap_or(shortest);
    let tolerance_ms = section.take("tolerance_ms", problems).unwrap_or(TOLERANCE_MS);
    section.finish(problems);
    Some(Window { planned_start: planned_start?, planned_end: planned_end?, minimum_ms, tolerance_ms })
}

fn read_rule(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Option<Rule> {
    let kind = section.require("kind", problems);
    let late_ms = section.take("late_ms", problems).unwrap_or_default();
    let early_ms = section.take("early_ms", problems).unwrap_or_default();
    let grace_ms = section.take("grace_ms", problems).unwrap_or(GRACE_MS);
    let minimum_ms = section.take("minimum_ms", problems);
    let continuous = section.take("continuous", problems).unwrap_or(false);
    let share_bp = section.take("share_bp", problems);
    let presence = section.take("presence", problems).unwrap_or(PresenceMode::Continuous);
    let prompts_min = section.take("prompts_min", problems);
    let venue_min = section.take("venue_min", problems);
    let checkpoints = read_checkpoints(section.section("checkpoints", problems), problems);
    section.finish(problems);
    Some(Rule {
        kind: kind?,
        late_ms,
        early_ms,
        grace_ms,
        minimum_ms,
        continuous,
        share_bp,
        presence,
        checkpoints,
        prompts_min,
        venue_min,
    })
}

fn read_checkpoints(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Checkpoints {
    let usual = Checkpoints::default();
    let mut length = |key, usual| section.take(key, problems).unwrap_or(usual);
    let around = Checkpoints {
        before_start_ms: length("before_start_ms", usual.before_start_ms),
        after_start_ms: length("after_start_ms", usual.after_start_ms),
        before_end_ms: length("before_end_ms", usual.before_end_ms),
        after_end_ms: length("after_end_ms", usual.after_end_ms),
    };
    section.finish(problems);
    around
}

/// A plan is declared by its count: a section without one promises nothing.
fn read_prompts(mut section: Section<'_>, lesson: Millis, problems: &mut Vec<Problem>) -> Option<PromptPlan> {
    if section.is_empty() {
        return None;
    }
    let count = section.require::<Count>("count", problems);
    let kind = section.take("kind", problems).unwrap_or(PromptKind::Press);
    let usual = match kind {
        PromptKind::Press => PRESS_MS,
        PromptKind::Word => WORD_MS,
    };
    let answer_ms = section.take("answer_ms", problems).unwrap_or(usual);
    section.finish(problems);
    let count = match count? {
        Count::Auto => prompts_for(lesson),
        Count::Of(count) => count,
    };
    Some(PromptPlan { count, kind, answer_ms })
}

fn read_ceilings(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Ceilings {
    let inactive_bp = section.take("inactive_bp", problems);
    section.finish(problems);
    Ceilings { inactive_bp }
}

fn read_venue(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Option<Venue> {
    let id = section.require("id", problems);
    let name = section.require("name", problems);
    let doors = section.take("doors", problems).unwrap_or_else(|| vec!["main".to_owned()]);
    section.finish(problems);
    Some(Venue { id: id?, name: name?, doors })
}

fn read_hall(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Hall {
    let delay_ms = section.take("delay_ms", problems).unwrap_or(Hall::default().delay_ms);
    section.finish(problems);
    Hall { delay_ms }
}

fn read_retention(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Retention {
    let days = section.take("days", problems).unwrap_or(Retention::default().days);
    section.finish(problems);
    Retention { days }
}

fn read_claims(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Claims {
    let days = section.take("days", problems).unwrap_or(Claims::default().days);
    section.finish(problems);
    Claims { days }
}

/// A spot check is declared by how many persons it has to reach.
fn read_spot_check(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Option<SpotCheck> {
    if section.is_empty() {
        return None;
    }
    let persons = section.require("persons", problems);
    let denied_max = section.take("denied_max", problems).unwrap_or(0);
    section.finish(problems);
    Some(SpotCheck { persons: persons?, denied_max })
}

fn read_liveness(mut section: Section<'_>, problems: &mut Vec<Problem>) -> Liveness {
    let challenge_ms = section.take("challenge_ms", problems).unwrap_or(CHALLENGE_MS);
    let proof_max_gap_ms = section.take("proof_max_gap_ms", problems).unwrap_or(PROOF_MAX_GAP_MS);
    section.finish(problems);
    Liveness { challenge_ms, proof_max_gap_ms }
}

fn read_people(mut section: Section<'_>, problems: &mut Vec<Problem>) -> People {
    let primary_id = section.take::<PrimaryId>("primary_id", problems);
    let persons_per_device = section.take("persons_per_device", problems).unwrap_or(1);
    let hold_relays = section.take("hold_relays", problems).unwrap_or(false);
    let open_registration = section.take("open_registration", problems).unwrap_or(false);
    let open_registration_counts = section.take("open_registration_counts", problems).unwrap_or(false);
    let roles = section.take::<Roles>("roles", problems);
    section.finish(problems);
    People {
        primary_id: primary_id.map_or_else(|| "auto".to_owned(), |id| id.0),
        persons_per_device,
        hold_relays,
        open_registration,
        open_registration_counts,
        roles: roles.map_or_else(|| vec![roster::PARTICIPANT.to_owned()], |roles| roles.0),
    }
}

#[cfg(test)]
mod tests;
