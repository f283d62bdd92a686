//! What goes to each school by itself: one file for each, under a name that every system accepts.

use std::collections::{BTreeMap, BTreeSet};

use super::details::key;

/// The longest file name of a school's file, without its ending.
const FILE_NAME_CHARS_MAX: usize = 60;

/// What belongs to one school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfSchool<T> {
    /// The school as its first item writes it; empty for those without one.
    pub school: String,
    /// What its files are called, without their ending.
    pub stem: String,
    /// What belongs to it, in the order in which it came.
    pub items: Vec<T>,
}

/// Divides items by their schools, in the order of the schools' names; those without a school come first, together.
pub fn by_school<T>(items: impl IntoIterator<Item = T>, school: impl Fn(&T) -> &str) -> Vec<OfSchool<T>> {
    let mut schools: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for item in items {
        schools.entry(key(school(&item))).or_default().push(item);
    }
    let mut taken = BTreeSet::new();
    let of_school = |items: Vec<T>| {
        let school = items.first().map(&school).unwrap_or_default().to_owned();
        OfSchool { stem: stem(&school, &mut taken), school, items }
    };
    schools.into_values().map(of_school).collect()
}

/// Small ASCII letters, digits and dashes, and a number where two schools would share a name.
fn stem(school: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { ' ' };
    let words: String = school.chars().map(plain).collect();
    let slug: String =
        words.split_whitespace().collect::<Vec<_>>().join("-").chars().take(FILE_NAME_CHARS_MAX).collect();
    let base = if slug.is_empty() { "no-school".to_owned() } else { slug };
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    let free = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(base);
    taken.insert(free.clone());
    free
}
