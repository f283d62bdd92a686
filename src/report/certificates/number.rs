//! The number of a certificate: from a key of its own, so that nobody can tell by it which row of the log it is.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{attempt::keys::Secret, domain::ids::PersonId, roster::spelled};

/// What every number begins with.
const BEGINS: &str = "HDR";

/// How many characters stand together.
const GROUP: usize = 4;

/// How many groups a number has: a million million numbers. Those who would share one get more.
const GROUPS: usize = 2;

/// How many groups the keyed hash has characters for.
const GROUPS_MAX: usize = 8;

/// Everybody's number, such as `HDR-7K2M-9QXP-4`; its last character tells a mistyped one. The same persons get the
/// same numbers whenever this is asked.
pub(super) fn numbers(persons: impl IntoIterator<Item = PersonId>, key: &Secret) -> BTreeMap<PersonId, String> {
    numbers_of(persons.into_iter().map(|person| (person, hash(person, key))))
}

fn hash(person: PersonId, key: &Secret) -> [u8; 32] {
    let mut block = [0; 64];
    // HMAC pads a short key with zeros; doing it here leaves no length that could be wrong.
    block.iter_mut().zip(key.bytes()).for_each(|(byte, secret)| *byte = *secret);
    let mut hash = Hmac::<Sha256>::new(&block.into());
    hash.update(&person.0);
    hash.finalize().into_bytes().into()
}

fn numbers_of(hashes: impl Iterator<Item = (PersonId, [u8; 32])>) -> BTreeMap<PersonId, String> {
    let mut waiting: Vec<(PersonId, [u8; 32])> = hashes.collect();
    let mut numbers = BTreeMap::new();
    for groups in GROUPS..=GROUPS_MAX {
        let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for (_, hash) in &waiting {
            let number = number(hash, groups);
            if !seen.insert(number.clone()) {
                shared.insert(number);
            }
        }
        waiting.retain(|(person, hash)| {
            let number = number(hash, groups);
            let is_shared = shared.contains(&number) && groups < GROUPS_MAX;
            if !is_shared {
                numbers.insert(*person, number);
            }
            is_shared
        });
    }
    numbers
}

fn number(hash: &[u8; 32], groups: usize) -> String {
    let length = groups.saturating_mul(GROUP);
    let values: Vec<u8> = hash.iter().take(length).map(|byte| byte.rem_euclid(32)).collect();
    let (text, check) = spelled(&values);
    let characters: Vec<char> = text.chars().collect();
    let grouped: Vec<String> = characters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    format!("{BEGINS}-{}-{check}", grouped.join("-"))
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;
    use sha2::Digest as _;

    use super::*;
    use crate::{attempt::keys::Keys, roster::Pseudonyms};

    fn person(number: u16) -> PersonId {
        let mut id = [7; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        PersonId(id)
    }

    #[test]
    fn everybody_has_a_number_of_their_own_that_stays_theirs_beside_others() {
        let key = Keys::generate().unwrap().certificate_numbers();

        let all = numbers((0..10_000).map(person), &key);
        let alone = numbers([person(41)], &key);

        assert_eq!(all.values().collect::<BTreeSet<_>>().len(), 10_000);
        assert_eq!(all[&person(41)], alone[&person(41)]);
        let number = &all[&person(41)];
        assert_eq!((number.len(), number.split('-').count()), (15, 4), "{number}");
    }

    #[test]
    fn those_who_would_share_a_number_get_longer_ones() {
        let hash = |last: u8| std::array::from_fn(|place| if place == 9 { last } else { 3 });
        let other = [5; 32];

        let numbers = numbers_of([(person(1), hash(1)), (person(2), hash(2)), (person(3), other)].into_iter());

        assert_eq!(numbers[&person(1)], "HDR-3333-3333-3133-A");
        assert_ne!(numbers[&person(1)], numbers[&person(2)]);
        assert_eq!(numbers[&person(3)].len(), 15);
    }

    #[test]
    fn a_pseudonym_and_what_anybody_can_compute_from_it_give_no_number() {
        let keys = Keys::generate().unwrap();
        let name = Pseudonyms::new(&crate::roster::Secret(*keys.attempt.bytes())).person(person(1));
        let number = numbers([person(1)], &keys.certificate_numbers())[&person(1)].replace('-', "");
        let spelled_out = |bytes: &[u8]| {
            let values: Vec<u8> = bytes.iter().map(|byte| byte.rem_euclid(32)).collect();
            [spelled(&values).0, BASE32_NOPAD.encode(bytes)]
        };
        let text = name.to_string();

        let guesses = [name.0.to_vec(), text.as_bytes().to_vec(), person(1).0.to_vec()];
        let hashed = guesses.iter().map(|guess| Sha256::digest(guess).to_vec());
        let keyed = guesses.iter().map(|guess| {
            let mut hash = Hmac::<Sha256>::new(&[0; 64].into());
            hash.update(guess);
            hash.finalize().into_bytes().to_vec()
        });

        for bytes in guesses.iter().cloned().chain(hashed).chain(keyed) {
            assert!(spelled_out(&bytes).iter().all(|guess| !guess.contains(&number[3..11])));
        }
    }
}
