//! A person's details: what is encrypted in the store and committed to in the roster.

use std::{collections::BTreeMap, fmt};

use unicode_normalization::UnicodeNormalization;

use super::identifiers::{IdKind, Identifier, is_invisible};

/// The longest name of a person, school or region.
const NAME_CHARS_MAX: usize = 200;

/// What is known of a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Their name as the organizer wrote it.
    pub name: String,
    /// Their identifiers in normal form.
    pub identifiers: BTreeMap<IdKind, String>,
    /// Their school or unit.
    pub school: Option<String>,
    /// Their regency or region.
    pub region: Option<String>,
    /// The hall where they are expected.
    pub venue: Option<String>,
    /// The group of a steward to which they belong.
    pub steward: Option<String>,
    /// Their profession, of those who act.
    pub profession: Option<String>,
}

impl fmt::Debug for Details {
    /// Personal data stay out of every log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details(personal)")
    }
}

impl Details {
    /// The canonical JSON text (RFC 8785): an object of strings, its keys sorted, nothing absent.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut fields: BTreeMap<&str, &str> = BTreeMap::from([("name", self.name.as_str())]);
        fields.extend(self.identifiers.iter().map(|(kind, value)| (kind.name(), value.as_str())));
        fields.extend(self.school.as_deref().map(|school| ("school", school)));
        fields.extend(self.region.as_deref().map(|region| ("region", region)));
        fields.extend(self.venue.as_deref().map(|venue| ("venue", venue)));
        fields.extend(self.steward.as_deref().map(|steward| ("steward", steward)));
        fields.extend(self.profession.as_deref().map(|profession| ("profession", profession)));
        // A map of texts always has a JSON form.
        serde_json::to_string(&fields).unwrap_or_default()
    }

    /// Reads the canonical text back; none of any other.
    #[must_use]
    pub fn from_canonical(text: &[u8]) -> Option<Self> {
        let mut fields: BTreeMap<String, String> = serde_json::from_slice(text).ok()?;
        let mut details = Self { name: fields.remove("name")?, ..Self::default() };
        details.school = fields.remove("school");
        details.region = fields.remove("region");
        details.venue = fields.remove("venue");
        details.steward = fields.remove("steward");
        details.profession = fields.remove("profession");
        for (name, value) in fields {
            details.identifiers.insert(name.parse().ok()?, value);
        }
        Some(details)
    }

    /// An identifier of theirs, if it is known.
    #[must_use]
    pub fn identifier(&self, kind: IdKind) -> Option<&str> {
        self.identifiers.get(&kind).map(String::as_str)
    }

    /// Their group: the school, or the region where no school is known.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.school.as_deref().or(self.region.as_deref())
    }

    /// Their date of birth as YYMMDD, from the identifiers that carry one.
    #[must_use]
    pub fn birth(&self) -> Option<String> {
        [IdKind::Nip, IdKind::Nik]
            .into_iter()
            .find_map(|kind| Identifier::parse(kind, self.identifier(kind)?).ok()?.birth())
    }

    /// These details with everything that `newer` knows; what it leaves open stays.
    #[must_use]
    pub fn corrected_by(&self, newer: &Self) -> Self {
        let mut corrected = self.clone();
        corrected.name.clone_from(&newer.name);
        corrected.identifiers.extend(newer.identifiers.clone());
        corrected.school = newer.school.clone().or(corrected.school);
        corrected.profession = newer.profession.clone().or(corrected.profession);
        corrected.venue = newer.venue.clone().or(corrected.venue);
        corrected.steward = newer.steward.clone().or(corrected.steward);
        corrected.region = newer.region.clone().or(corrected.region);
        corrected
    }

    /// The first field in which both know something different.
    #[must_use]
    pub fn contradiction(&self, other: &Self) -> Option<&'static str> {
        if key(&self.name) != key(&other.name) {
            return Some("name");
        }
        let differ = |a: Option<&str>, b: Option<&str>| a.zip(b).is_some_and(|(a, b)| key(a) != key(b));
        let identifier = |kind: &IdKind| differ(self.identifier(*kind), other.identifier(*kind));
        if let Some(kind) = IdKind::ALL.iter().find(|kind| identifier(kind)) {
            return Some(kind.name());
        }
        if differ(self.school.as_deref(), other.school.as_deref()) {
            return Some("school");
        }
        if differ(self.region.as_deref(), other.region.as_deref()) {
            return Some("region");
        }
        if differ(self.venue.as_deref(), other.venue.as_deref()) {
            return Some("venue");
        }
        differ(self.steward.as_deref(), other.steward.as_deref()).then_some("steward")
    }
}

/// A text as it is compared: without case, doubled spaces and forms of writing that look the same.
#[must_use]
pub fn key(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name as it is kept: composed characters, no invisible ones, single spaces. None where it is none.
pub(super) fn clean_name(written: &str) -> Option<String> {
    let visible: String = written.chars().filter(|character| !is_invisible(*character)).nfc().collect();
    let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let sound = name.chars().any(char::is_alphabetic)
        && !name.chars().any(char::is_control)
        && name.chars().count() <= NAME_CHARS_MAX;
    sound.then_some(name)
}
