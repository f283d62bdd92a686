//! Reads TOML by hand, so that every mistake in a file is reported at once, with its key, its line and what to write instead.

use std::{collections::BTreeMap, fmt};

use toml::de::{DeTable, DeValue};

use crate::domain::{
    rules::{PresenceMode, PromptKind, RuleKind, Signals},
    time::{Millis, UnixMillis},
};

/// A mistyped key is taken for a known one if at most this many letters differ.
const TYPO_LETTERS_MAX: usize = 3;

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its line, from 1.
    pub line: usize,
    /// The key, with its section; empty where the file is not TOML at all.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write!(f, "`{}` ", self.key)?;
        }
        write!(f, "{} ({})", self.what, self.remedy)
    }
}

/// A section of a file, from which each key is taken once; what is left over is unknown.
#[derive(Debug)]
pub struct Section<'t> {
    text: &'t str,
    path: String,
    line: usize,
    entries: BTreeMap<String, Entry<'t>>,
    asked: Vec<&'static str>,
}

#[derive(Debug)]
struct Entry<'t> {
    line: usize,
    value: DeValue<'t>,
}

/// A type that one value of a file can have.
pub trait Setting: Sized {
    /// What a valid value looks like, for whoever has to correct one.
    const EXPECTED: &'static str;

    /// The value, or what is wrong with it.
    ///
    /// # Errors
    /// Says what is wrong, in words that follow the key.
    fn read(value: &DeValue<'_>) -> Result<Self, String>;
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// The top section of a TOML text.
///
/// # Errors
/// When the text is not TOML.
pub fn parse(text: &str) -> Result<Section<'_>, Problem> {
    let table = DeTable::parse(text).map_err(|error| Problem {
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        key: String::new(),
        what: format!("the file is not TOML: {}", error.message()),
        remedy: "correct this line; the files that `hadir init` writes show the form".to_owned(),
    })?;
    Ok(Section::new(text, String::new(), 1, table.into_inner()))
}

impl<'t> Section<'t> {
    fn new(text: &'t str, path: String, line: usize, table: DeTable<'t>) -> Self {
        let entries = table
            .into_iter()
            .map(|(key, value)| {
                let line = line_of(text, key.span().start);
                (key.into_inner().into_owned(), Entry { line, value: value.into_inner() })
            })
            .collect();
        Self { text, path, line, entries, asked: Vec::new() }
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn problem(&self, line: usize, key: &str, what: String, remedy: String) -> Problem {
        Problem { line, key: self.full(key), what, remedy }
    }

    /// The value of a key, if it is there; a wrong one becomes a problem.
    pub fn take<T: Setting>(&mut self, key: &'static str, problems: &mut Vec<Problem>) -> Option<T> {
        self.asked.push(key);
        let entry = self.entries.remove(key)?;
        T::read(&entry.value)
            .map_err(|what| problems.push(self.problem(entry.line, key, what, format!("write {}", T::EXPECTED))))
            .ok()
    }

    /// The value of a key that has to be there.
    pub fn require<T: Setting>(&mut self, key: &'static str, problems: &mut Vec<Problem>) -> Option<T> {
        if !self.entries.contains_key(key) {
            self.asked.push(key);
            let remedy = format!("add it: {}", T::EXPECTED);
            problems.push(self.problem(self.line, key, "is missing".to_owned(), remedy));
            return None;
        }
        self.take(key, problems)
    }

    /// A section below this one; an empty one where it is not written.
    pub fn section(&mut self, key: &'static str, problems: &mut Vec<Problem>) -> Section<'t> {
        self.asked.push(key);
        let path = self.full(key);
        match self.entries.remove(key) {
            None => Section::new(self.text, path, self.line, DeTable::new()),
            Some(Entry { line, value: DeValue::Table(table) }) => Section::new(self.text, path, line, table),
            Some(Entry { line, value }) => {
                let what = format!("is {}, not a section", value.type_str());
                problems.push(self.problem(line, key, what, format!("write [{path}] and its keys below it")));
                Section::new(self.text, path, line, DeTable::new())
            }
        }
    }

    /// The sections of a list such as `[[venue]]`; none where it is not written.
    pub fn sections(&mut self, key: &'static str, problems: &mut Vec<Problem>) -> Vec<Section<'t>> {
        self.asked.push(key);
        let path = self.full(key);
        let Some(Entry { line, value }) = self.entries.remove(key) else { return Vec::new() };
        let text = self.text;
        let mut wrong = |what: &str| {
            let remedy = format!("write [[{path}]] and its keys below it, once for each");
            problems.push(Problem {
                line,
                key: path.clone(),
                what: format!("is {what}, not a list of sections"),
                remedy,
            });
        };
        let DeValue::Array(items) = value else {
            wrong(value.type_str());
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            let line = line_of(text, item.span().start);
            match item.into_inner() {
                DeValue::Table(table) => sections.push(Section::new(text, path.clone(), line, table)),
                other @ (DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)) => wrong(other.type_str()),
            }
        }
        sections
    }

    /// Whether nothing is written in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self, problems: &mut Vec<Problem>) {
        for (key, entry) in &self.entries {
            let remedy = match nearest(key, &self.asked) {
                Some(known) => format!("did you mean `{}`?", self.full(known)),
                None => format!("remove it; known here: {}", self.asked.join(", ")),
            };
            problems.push(self.problem(entry.line, key, "is not a known key".to_owned(), remedy));
        }
    }
}

/// The known key that differs least, if it differs little.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .map(|candidate| (distance(key, candidate), *candidate))
        .filter(|(letters, candidate)| *letters <= TYPO_LETTERS_MAX && *letters < candidate.len().div_ceil(2))
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be added, removed or changed (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (number, letter) in left.chars().enumerate() {
        let mut diagonal = number;
        let mut before = number.saturating_add(1);
        let mut next = vec![before];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let change = diagonal.saturating_add(usize::from(letter != *other));
            before = change.min(before.saturating_add(1)).min(above.saturating_add(1));
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn wrong_type(value: &DeValue<'_>) -> String {
    format!("has the wrong type ({})", value.type_str())
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| wrong_type(value))
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text in quotes";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| wrong_type(value))
    }
}

impl Setting for Vec<String> {
    const EXPECTED: &'static str = "a list of texts, such as [\"participant\"]";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let list = value.as_array().ok_or_else(|| wrong_type(value))?;
        list.iter().map(|item| String::read(item.get_ref())).collect()
    }
}

/// A whole number in a range that the type sets.
pub(super) fn whole<T: TryFrom<u64>>(value: &DeValue<'_>) -> Result<T, String> {
    let number = value.as_integer().ok_or_else(|| wrong_type(value))?;
    let read = u64::from_str_radix(number.as_str(), number.radix());
    read.ok().and_then(|number| T::try_from(number).ok()).ok_or_else(|| format!("is {}, out of range", number.as_str()))
}

macro_rules! whole_setting {
    ($($type:ty: $expected:literal),+) => {$(
        impl Setting for $type {
            const EXPECTED: &'static str = $expected;

            fn read(value: &DeValue<'_>) -> Result<Self, String> {
                whole(value)
            }
        }
    )+};
}

whole_setting!(
    u16: "a whole number from 0 to 65535",
    u32: "a whole number from 0 to 4294967295",
    u64: "a whole number, 0 or more"
);

impl Setting for Millis {
    const EXPECTED: &'static str = "whole milliseconds, 0 or more (75 seconds are 75000)";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        whole(value).map(Millis)
    }
}

impl Setting for UnixMillis {
    const EXPECTED: &'static str = "date, time and offset from UTC, such as 2026-11-24T09:00:00+07:00";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let text = match value {
            DeValue::Datetime(time) => time.to_string(),
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => {
                return Err(wrong_type(value));
            }
        };
        // A time without an offset is another instant in each zone: guessing one would move the lesson by hours.
        let instant: jiff::Timestamp = text.parse().map_err(|_| format!("is \"{text}\", which is not one instant"))?;
        Ok(UnixMillis(instant.as_millisecond()))
    }
}

/// Reads a text that is one of a few.
fn one_of<T: Copy>(value: &DeValue<'_>, known: &[(&str, T)]) -> Result<T, String> {
    let text = value.as_str().ok_or_else(|| wrong_type(value))?;
    known
        .iter()
        .find_map(|(name, meaning)| (*name == text).then_some(*meaning))
        .ok_or_else(|| format!("is \"{text}\", which this version does not know"))
}

impl Setting for RuleKind {
    const EXPECTED: &'static str = "\"full_lesson\", \"minimum_time\", \"share\", \"peak\" or \"prompts\"";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let known = [
            ("full_lesson", Self::FullLesson),
            ("minimum_time", Self::MinimumTime),
            ("share", Self::Share),
            ("peak", Self::Peak),
            ("prompts", Self::Prompts),
        ];
        one_of(value, &known)
    }
}

impl Setting for PresenceMode {
    const EXPECTED: &'static str = "\"continuous\" or \"checkpoints\"";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        one_of(value, &[("continuous", Self::Continuous), ("checkpoints", Self::Checkpoints)])
    }
}

impl Setting for PromptKind {
    const EXPECTED: &'static str = "\"press\" or \"word\"";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        one_of(value, &[("press", Self::Press), ("word", Self::Word)])
    }
}

impl Setting for Signals {
    const EXPECTED: &'static str = "\"single\" or \"countersigned\"";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        one_of(value, &[("single", Self::Single), ("countersigned", Self::Countersigned)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_of_a_file_is_reported_with_key_and_line() {
        let text = "title = 3\n\n[rule]\nlate_ms = -1\ngrace_m = 4\n";
        let mut problems = Vec::new();
        let mut top = parse(text).unwrap();

        let title: Option<String> = top.take("title", &mut problems);
        let mut rule = top.section("rule", &mut problems);
        let late: Option<Millis> = rule.take("late_ms", &mut problems);
        let grace: Option<Millis> = rule.take("grace_ms", &mut problems);
        rule.finish(&mut problems);
        top.finish(&mut problems);

        let said: Vec<_> = problems.iter().map(|problem| (problem.line, problem.key.as_str())).collect();
        assert_eq!((title, late, grace), (None, None, None));
        assert_eq!(said, [(1, "title"), (4, "rule.late_ms"), (5, "rule.grace_m")]);
        assert_eq!(problems[2].remedy, "did you mean `rule.grace_ms`?");
    }

    #[test]
    fn a_time_is_read_as_toml_or_as_text_but_never_without_its_offset() {
        let text =
            "a = 2026-11-24T09:00:00+07:00\nb = \"2026-11-24T02:00:00Z\"\nc = 2026-11-24T09:00:00\nd = \"besok\"\n";
        let mut problems = Vec::new();
        let mut top = parse(text).unwrap();

        let read = ["a", "b", "c", "d"].map(|key| top.take::<UnixMillis>(key, &mut problems));

        let nine = UnixMillis(1_795_485_600_000);
        assert_eq!(read, [Some(nine), Some(nine), None, None]);
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn a_file_that_is_not_toml_is_reported_with_its_line() {
        let problem = parse("title = \"a\"\nrule = [\n").unwrap_err();

        assert!(problem.line >= 2, "{problem}");
    }

    #[test]
    fn a_distance_counts_letters() {
        for (left, right, letters) in [("", "abc", 3), ("grace", "grace", 0), ("grcae", "grace", 2), ("lat", "late", 1)]
        {
            assert_eq!(distance(left, right), letters, "{left} {right}");
        }
    }
}
