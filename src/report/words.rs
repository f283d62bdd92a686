//! Numbers, shares and lengths as a reader of each language writes them, and fixed texts in both.

pub(super) use crate::attempt::calendar::Calendar;
pub use crate::attempt::calendar::Language;
use crate::domain::{rules::Words, time::Millis};

/// A fixed text in both languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) id: &'static str,
    pub(super) en: &'static str,
}

/// A fixed text: Indonesian, then English.
pub(super) const fn said(id: &'static str, en: &'static str) -> Said {
    Said { id, en }
}

impl Language {
    /// Its own name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id => "Bahasa Indonesia",
            Self::En => "English",
        }
    }

    pub(super) fn of(self, said: Said) -> &'static str {
        match self {
            Self::Id => said.id,
            Self::En => said.en,
        }
    }

    pub(super) fn words(self, words: &Words) -> &str {
        match self {
            Self::Id => &words.id,
            Self::En => &words.en,
        }
    }

    /// A number with its thousands apart: `12.003` or `12,003`.
    pub(super) fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
                grouped.push(self.thousands());
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A part of a whole to a tenth of a percent, rounded down: nothing is said to be more than it is.
    pub(super) fn share(self, part: u64, whole: u64) -> String {
        let tenths = u128::from(part).saturating_mul(1_000).checked_div(u128::from(whole)).unwrap_or(0);
        let tenths = u64::try_from(tenths).unwrap_or(u64::MAX);
        let (percent, rest) = (tenths.div_euclid(10), tenths.rem_euclid(10));
        format!("{}{}{rest} %", self.number(percent), self.decimal())
    }

    /// Basis points as a percentage.
    pub(super) fn basis_points(self, share_bp: u16) -> String {
        let (whole, part) = (share_bp.div_euclid(100), share_bp.rem_euclid(100));
        if part == 0 { format!("{whole} %") } else { format!("{whole}{}{part:02} %", self.decimal()) }
    }

    /// A length in its two largest units, to the second: `1 jam 30 menit`, `2 min 5 s`.
    pub(super) fn length(self, length: Millis) -> String {
        let seconds = length.0.div_euclid(1_000);
        if seconds == 0 && length.0 > 0 {
            return format!("{} ms", length.0);
        }
        let parts = [
            (seconds.div_euclid(3_600), said("jam", "h")),
            (seconds.rem_euclid(3_600).div_euclid(60), said("menit", "min")),
            (seconds.rem_euclid(60), said("detik", "s")),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, unit)| format!("{} {}", self.number(count), self.of(unit)))
            .collect();
        if told.is_empty() { format!("0 {}", self.of(said("detik", "s"))) } else { told.join(" ") }
    }

    /// A difference in milliseconds, with its sign: `+0,120 detik`.
    pub(super) fn difference(self, millis: i64) -> String {
        let sign = if millis < 0 { '−' } else { '+' };
        let size = millis.unsigned_abs();
        let (whole, rest) = (size.div_euclid(1_000), size.rem_euclid(1_000));
        let unit = self.of(said("detik", "s"));
        format!("{sign}{}{}{rest:03} {unit}", self.number(whole), self.decimal())
    }

    fn thousands(self) -> char {
        match self {
            Self::Id => '.',
            Self::En => ',',
        }
    }

    fn decimal(self) -> char {
        match self {
            Self::Id => ',',
            Self::En => '.',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_shares_are_written_as_each_language_writes_them() {
        let told = |language: Language| {
            [
                language.number(1_234_567),
                language.number(12),
                language.share(12_003, 25_000),
                language.share(1, 0),
                language.basis_points(1_050),
                language.length(Millis(5_405_000)),
                language.difference(-1_120),
            ]
        };

        assert_eq!(
            told(Language::Id),
            ["1.234.567", "12", "48,0 %", "0,0 %", "10,50 %", "1 jam 30 menit 5 detik", "−1,120 detik"]
        );
        assert_eq!(told(Language::En), ["1,234,567", "12", "48.0 %", "0.0 %", "10.50 %", "1 h 30 min 5 s", "−1.120 s"]);
    }
}
