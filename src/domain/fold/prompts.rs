//! When participation checks are due: drawn from a seed that is committed before the start and a nonce that is given
//! after the commitment, so that nobody knows the times before and everybody can recompute them after.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::{
    fold::intervals::Interval,
    ids::Digest,
    rules::{PromptKind, PromptPlan},
    time::{Millis, UnixMillis},
};

/// The shortest nonce: a few letters could be tried out by whoever knows the seed.
pub const NONCE_BYTES_MIN: usize = 8;
/// The longest nonce: what can be read aloud and typed.
pub const NONCE_BYTES_MAX: usize = 64;

/// The longest word that is shown and typed.
pub const WORD_BYTES_MAX: usize = 16;

/// No check comes right after the start or right before the end, when everybody is there anyway.
const EDGE_MS: u64 = 60_000;

/// A lesson is longer than this many edges, or its edges are shorter.
const EDGES_PER_LESSON: u64 = 20;

/// Letters and digits that nobody mistakes for one another: 32 of them, five bits each.
const WORD_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// How many characters a word has: one in 33 million is guessed.
const WORD_LENGTH: usize = 5;

/// The secret from which the times are drawn, 64 hexadecimal digits in the log once it is revealed.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub Digest);

impl std::fmt::Debug for Seed {
    /// Until it is revealed the seed stays out of every message.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(secret)")
    }
}

/// A check of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its place in the plan, from 1.
    pub place: u32,
    /// When it is to be opened.
    pub due: UnixMillis,
    /// The word that it asks for, if it asks for one.
    pub word: Option<String>,
}

impl Seed {
    /// What is logged before the start: SHA-256 of `hadir prompt seed` and the seed's digits, with line ends.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        Digest(Sha256::digest(format!("hadir prompt seed\n{}\n", self.0)).into())
    }

    /// SHA-256 of `hadir prompt`, the seed's digits, the nonce, which start signal of the log the lesson has (from 1)
    /// and the place in the plan, each with its line end. The moment of the start is no part of it: whoever gives that
    /// signal and knows the seed could wait for a millisecond that suits them.
    fn draw(&self, nonce: &str, start: u32, place: u32) -> [u8; 32] {
        Sha256::digest(format!("hadir prompt\n{}\n{nonce}\n{start}\n{place}\n", self.0)).into()
    }

    /// The same of `hadir prompt word` and the lesson's start in milliseconds since 1970 instead of its number: a word
    /// that nobody can know before the lesson starts.
    fn draw_word(&self, nonce: &str, start: UnixMillis, place: u32) -> [u8; 32] {
        Sha256::digest(format!("hadir prompt word\n{}\n{nonce}\n{}\n{place}\n", self.0, start.0)).into()
    }
}

/// The checks of a lesson that starts at `lesson.start`, with the log's start signal number `start`, and is planned
/// until `lesson.end`. The time between its edges is cut into equal parts, one for each check, which is due where its draw
/// says, so that its answers are over before the next part.
#[must_use]
pub fn schedule(plan: &PromptPlan, seed: &Seed, nonce: &str, start: u32, lesson: Interval) -> Vec<Planned> {
    let length = lesson.length().0;
    let edge = EDGE_MS.min(length.div_euclid(EDGES_PER_LESSON));
    let inner = length.saturating_sub(edge.saturating_mul(2));
    let part = inner.div_euclid(u64::from(plan.count.max(1)));
    let free = part.saturating_sub(plan.answer_ms.0);
    let planned = |place: u32| {
        let draw = seed.draw(nonce, start, place);
        let offset = scaled(&draw, free);
        let begins = edge.saturating_add(part.saturating_mul(u64::from(place.saturating_sub(1))));
        let word = (plan.kind == PromptKind::Word).then(|| word(&seed.draw_word(nonce, lesson.start, place)));
        Planned { place, due: lesson.start.plus(Millis(begins.saturating_add(offset))), word }
    };
    (1..=plan.count).map(planned).collect()
}

/// Where a draw lies between 0 and `most`: its first eight bytes as a fraction of all that they can be. A fraction and
/// no remainder, so that a start one millisecond later moves a check by no more: there is nothing to be gained by waiting.
fn scaled(draw: &[u8; 32], most: u64) -> u64 {
    let number = draw.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let product = u128::from(number).saturating_mul(u128::from(most).saturating_add(1));
    u64::try_from(product >> u64::BITS).unwrap_or(most)
}

/// The word of a draw: its last five bytes from the end, each modulo 32.
fn word(draw: &[u8; 32]) -> String {
    let letter = |byte: &u8| WORD_ALPHABET.get(usize::from(byte.rem_euclid(32))).copied().unwrap_or(b'A');
    draw.iter().rev().take(WORD_LENGTH).map(letter).map(char::from).collect()
}

/// A word as answers are compared with it: capitals and digits alone. What looks alike is the same.
#[must_use]
pub fn normal_word(text: &str) -> String {
    let alike = |letter: char| match letter.to_ascii_uppercase() {
        '0' => 'O',
        '1' => 'I',
        other => other,
    };
    text.chars().filter(char::is_ascii_alphanumeric).take(WORD_BYTES_MAX).map(alike).collect()
}

/// Whether a text can be a word to show: short enough to type, and nothing is lost when it is compared.
#[must_use]
pub fn is_word(text: &str) -> bool {
    (1..=WORD_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text can be a nonce: printable, long enough to be no guess.
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    (NONCE_BYTES_MIN..=NONCE_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(count: u32, kind: PromptKind, answer_ms: u64) -> PromptPlan {
        PromptPlan { count, kind, answer_ms: Millis(answer_ms) }
    }

    fn lesson(length: i64) -> Interval {
        Interval { start: UnixMillis(1_795_489_200_000), end: UnixMillis(1_795_489_200_000 + length) }
    }

    #[test]
    fn an_auditor_recomputes_the_same_times_from_the_published_rule() {
        let seed = Seed(Digest([7; 32]));

        let planned = schedule(&plan(2, PromptKind::Word, 180_000), &seed, "spoken on camera", 1, lesson(1_800_000));

        // python3: sha256(b"hadir prompt\n" + b"07"*32 + b"\nspoken on camera\n1\n1\n"), and of the words
        // sha256(b"hadir prompt word\n" + b"07"*32 + b"\nspoken on camera\n1795489200000\n1\n")
        let seen: Vec<_> = planned.iter().map(|one| (one.place, one.due.0, one.word.clone().unwrap())).collect();
        assert_eq!(seen, [(1, 1_795_489_475_917, "ZPW9P".to_owned()), (2, 1_795_490_648_374, "AV6ZW".to_owned())]);
        let commitment = "61f9667aa897a46c8815cc4e54f87d074599189e77221142f6f7255a37a02d6b";
        assert_eq!(seed.commitment().to_string(), commitment);
    }

    proptest! {
        #[test]
        fn each_check_is_answered_before_the_next_and_before_the_end(
            count in 1_u32..12, seed in any::<[u8; 32]>(), nonce in "[a-z]{8}", answer in 1_u64..60_000
        ) {
            let lesson = lesson(1_800_000);
            let planned = schedule(&plan(count, PromptKind::Press, answer), &Seed(Digest(seed)), &nonce, 1, lesson);

            let mut free_from = lesson.start;
            for one in planned {
                prop_assert!(one.due > free_from);
                free_from = one.due.plus(Millis(answer));
                prop_assert!(free_from < lesson.end);
            }
        }
    }

    #[test]
    fn a_later_start_moves_a_check_by_no_more_than_itself_and_what_is_rounded() {
        let (plan, seed) = (plan(6, PromptKind::Press, 90_000), Seed(Digest([7; 32])));
        let end = lesson(5_400_000).end;
        let due = |later: i64| {
            let start = UnixMillis(lesson(0).start.0 + later);
            schedule(&plan, &seed, "spoken on camera", 1, Interval { start, end })
        };

        for later in [1, 2, 1_000, 10_000] {
            let moved = due(0).into_iter().zip(due(later)).map(|(on_time, late)| late.due.0 - on_time.due.0);
            assert!(moved.into_iter().all(|ms| (-6..=later + 6).contains(&ms)), "a start {later} ms later");
        }
    }

    #[test]
    fn another_nonce_or_another_start_signal_moves_the_times() {
        let (plan, seed) = (plan(3, PromptKind::Press, 1_000), Seed(Digest([1; 32])));
        let times = |nonce, start| schedule(&plan, &seed, nonce, start, lesson(600_000));

        assert_ne!(times("nonce one", 1), times("nonce two", 1));
        assert_ne!(times("nonce one", 1), times("nonce one", 2));
    }

    #[test]
    fn a_word_is_taken_however_it_is_typed_and_no_other() {
        assert_eq!(normal_word(" k7-qf2 "), "K7QF2");
        assert_eq!(normal_word("o0il1"), "OOILI");
        assert_ne!(normal_word("K7QF3"), normal_word("K7QF2"));
        assert!(is_word("K7QF2") && !is_word("") && !is_word("Siti Aminah") && !is_word(&"A".repeat(17)));
    }
}
