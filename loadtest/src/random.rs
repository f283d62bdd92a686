//! A small reproducible random source: the same seed plays the same lesson.

/// SplitMix64 (Steele, Lea, Flood 2014): one word of state, good enough to spread arrivals.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A source for one use: equal seeds and streams give equal numbers.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        // The first numbers of neighbouring streams are alike until the state has been stirred once.
        random.next();
        random
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let stirred = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let stirred = (stirred ^ (stirred >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        stirred ^ (stirred >> 31)
    }

    /// Sixteen random bytes.
    pub(crate) fn sixteen(&mut self) -> [u8; 16] {
        let (head, tail) = (self.next(), self.next());
        (u128::from(head) << 64 | u128::from(tail)).to_be_bytes()
    }

    /// A number of the range; its start when the range is empty.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        let span = to.saturating_sub(from);
        from.saturating_add(self.next().checked_rem(span.saturating_add(1)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_stream_give_the_same_numbers_and_another_stream_does_not() {
        let draw = |seed, stream| {
            let mut random = Random::new(seed, stream);
            (0..8).map(|_| random.between(10, 20)).collect::<Vec<_>>()
        };

        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert!(draw(1, 2).iter().all(|number| (10..=20).contains(number)));
    }
}
