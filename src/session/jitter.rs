//! Spreads moments: a sequence that depends on its seed alone, so that a test can play it again.

use crate::domain::time::Millis;

/// A small generator (`SplitMix64`, S. Vigna): not for secrets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A length from zero to `most`, both included.
    pub(super) fn up_to(&mut self, most: Millis) -> Millis {
        Millis(self.next().checked_rem(most.0.saturating_add(1)).unwrap_or(0))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
