//! Persons whose name is like an attendee's: offered for somebody to decide, never taken for a match.

use std::collections::BTreeMap;

use super::known::Known;
use crate::roster::name_key;

/// More persons than this of one likeness suggest nobody.
const SUGGESTED_MAX: usize = 3;

/// Longer names are not searched word by word: a name on a screen has no more.
const WORDS_MAX: usize = 16;

/// Of so many persons with the same first or last word, names that are nearly alike say nothing any more.
const BLOCK_PERSONS_MAX: usize = 2_000;

/// How many names are compared letter by letter in one run: beyond it, only whole words suggest somebody.
const COMPARED_MAX: u64 = 20_000_000;

/// Shorter names are different names when they differ.
const ALIKE_LETTERS_MIN: usize = 8;

/// One slip is allowed for so many letters.
const LETTERS_PER_SLIP: usize = 8;

/// Titles and degrees that Indonesian teachers write with their names, without their dots.
const TITLES: [&str; 61] = [
    "ama", "amapd", "amd", "apt", "cpd", "dr", "dra", "drg", "drs", "gr", "h", "hj", "ir", "kh", "lc", "ma", "mag",
    "mb", "meng", "mh", "mhum", "mkes", "mkom", "mm", "mmpd", "mpd", "mpdi", "mpsi", "msc", "msi", "msn", "mt", "ners",
    "ns", "phd", "prof", "sag", "sds", "se", "sh", "shum", "sip", "skep", "skm", "skom", "sp", "spd", "spdaud", "spdi",
    "spdsd", "spsi", "ssi", "ssn", "ssos", "ssy", "st", "sth", "stp", "str", "strkeb", "ust",
];

/// What is alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The name stands in the attendee's, beside a school, a title or a number.
    Within,
    /// The names differ in a letter or two.
    Alike,
}

impl Likeness {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Alike => "alike",
        }
    }
}

/// Somebody who may be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Who, as a place in the list of the known.
    pub person: usize,
    /// Why.
    pub likeness: Likeness,
}

/// The names of the known by their words, without titles.
pub(super) struct Suggestions {
    whole: BTreeMap<String, Vec<usize>>,
    first: BTreeMap<String, Vec<Compared>>,
    last: BTreeMap<String, Vec<Compared>>,
    compared: u64,
    /// Whether somebody may be missing, because there was too much to compare.
    pub(super) is_cut: bool,
}

/// A name that is compared letter by letter.
#[derive(Clone)]
struct Compared {
    person: usize,
    name: String,
    letters: usize,
}

/// A name's words as they are compared, without titles.
fn words(name: &str) -> Vec<String> {
    let is_border =
        |character: char| character.is_whitespace() || "()[]{}<>,;:/\\|_-+=#*\"\u{2013}\u{2014}".contains(character);
    let key = name_key(name);
    let parts = key.split(is_border).map(|part| part.trim_matches(|one: char| !one.is_alphanumeric()));
    parts.filter(|part| !part.is_empty() && !is_title(part)).take(WORDS_MAX).map(str::to_owned).collect()
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word.replace('.', "").as_str())
}

impl Suggestions {
    pub(super) fn new(known: &[Known]) -> Self {
        let mut found =
            Self { whole: BTreeMap::new(), first: BTreeMap::new(), last: BTreeMap::new(), compared: 0, is_cut: false };
        for (person, name) in
            known.iter().enumerate().flat_map(|(person, known)| known.names.iter().map(move |name| (person, name)))
        {
            let words = words(name);
            let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
            let whole = words.join(" ");
            let compared = Compared { person, name: whole.clone(), letters: whole.chars().count() };
            found.first.entry(first.clone()).or_default().push(compared.clone());
            found.last.entry(last.clone()).or_default().push(compared);
            found.whole.entry(whole).or_default().push(person);
        }
        found
    }

    /// Who may be meant by this name, the longest likeness first.
    pub(super) fn find(&mut self, name: &str) -> Vec<Suggestion> {
        let words = words(name);
        let within = self.within(&words);
        let (persons, likeness) =
            if within.is_empty() { (self.alike(&words), Likeness::Alike) } else { (within, Likeness::Within) };
        if persons.len() > SUGGESTED_MAX {
            return Vec::new();
        }
        persons.into_iter().map(|person| Suggestion { person, likeness }).collect()
    }

    /// The persons whose whole name is the longest run of these words that is anybody's.
    fn within(&self, words: &[String]) -> Vec<usize> {
        // One word of several is a first name that many have.
        let shortest = words.len().min(2);
        for length in (shortest.max(1)..=words.len()).rev() {
            let runs = words.windows(length).filter_map(|run| self.whole.get(&run.join(" ")));
            let persons = sorted(runs.flatten().copied());
            if !persons.is_empty() {
                return persons;
            }
        }
        Vec::new()
    }

    /// The persons with the same first or last word whose name differs in a letter or two.
    fn alike(&mut self, words: &[String]) -> Vec<usize> {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Vec::new() };
        let whole = words.join(" ");
        let letters = whole.chars().count();
        let mut persons = Vec::new();
        for block in [self.first.get(first), self.last.get(last)].into_iter().flatten() {
            if block.len() > BLOCK_PERSONS_MAX || self.compared > COMPARED_MAX {
                self.is_cut = true;
                continue;
            }
            for other in block {
                let slips = slips(letters, other.letters);
                if slips == 0 || letters.abs_diff(other.letters) > slips {
                    continue;
                }
                self.compared = self.compared.saturating_add(1);
                if strsim::damerau_levenshtein(&whole, &other.name) <= slips {
                    persons.push(other.person);
                }
            }
        }
        sorted(persons.into_iter())
    }
}

fn sorted(persons: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut persons: Vec<usize> = persons.collect();
    persons.sort_unstable();
    persons.dedup();
    persons
}

/// In how many letters two names of these lengths may differ and still be alike.
fn slips(one: usize, other: usize) -> usize {
    let short = one.min(other);
    if short < ALIKE_LETTERS_MIN { 0 } else { short.div_euclid(LETTERS_PER_SLIP) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_marks_are_no_words_of_a_name() {
        assert_eq!(words("Hj. Siti Aminah, S.Pd., M.Pd."), ["siti", "aminah"]);
        assert_eq!(words("SMAN 1 PALEMBANG_SITI AMINAH"), ["sman", "1", "palembang", "siti", "aminah"]);
        assert_eq!(words("Dr. Ir. (S.T.)"), Vec::<String>::new());
    }

    #[test]
    fn a_short_name_is_another_name_when_it_differs() {
        assert_eq!((slips(11, 12), slips(7, 8), slips(24, 30)), (1, 0, 3));
    }
}
