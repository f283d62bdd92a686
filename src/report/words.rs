//! Numbers, shares, times and lengths as a reader of each language writes them.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

use crate::domain::{
    rules::Words,
    time::{Millis, UnixMillis},
};

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Indonesian.
    Id,
    /// English.
    En,
}

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

const MONTHS_ID: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Language {
    /// Both, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Id, Self::En];

    /// As IETF names it: `id` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

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

/// Tells times in one language and one zone.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    language: Language,
    zone: TimeZone,
}

impl Calendar {
    /// In a zone by its IANA name; in UTC where it is not to be had.
    pub(super) fn new(language: Language, zone: &str) -> Self {
        Self { language, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// A day: `20 September 2025`.
    pub(super) fn day(&self, at: UnixMillis) -> String {
        self.zoned(at).map_or_else(|| at.to_string(), |zoned| self.day_of(&zoned))
    }

    /// A moment to the second, with its zone: `20 September 2025 pukul 09.00.00 WIB`.
    pub(super) fn moment(&self, at: UnixMillis) -> String {
        let Some(zoned) = self.zoned(at) else { return at.to_string() };
        let zone = zoned.strftime("%Z").to_string();
        let (day, time) = (self.day_of(&zoned), self.time_of(&zoned));
        match self.language {
            Language::Id => format!("{day} pukul {time} {zone}"),
            Language::En => format!("{day}, {time} {zone}"),
        }
    }

    /// A moment in the zone, and in UTC to the millisecond as the tables have it.
    pub(super) fn both(&self, at: UnixMillis) -> String {
        format!("{} ({at})", self.moment(at))
    }

    /// The time of day to the second.
    pub(super) fn time(&self, at: UnixMillis) -> String {
        self.zoned(at).map_or_else(|| at.to_string(), |zoned| self.time_of(&zoned))
    }

    /// The time of day to the minute.
    pub(super) fn minute(&self, at: UnixMillis) -> String {
        let Some(zoned) = self.zoned(at) else { return at.to_string() };
        format!("{:02}{}{:02}", zoned.hour(), self.between(), zoned.minute())
    }

    /// What the zone is called at a moment.
    pub(super) fn zone(&self, at: UnixMillis) -> String {
        self.zoned(at).map_or_else(|| "UTC".to_owned(), |zoned| zoned.strftime("%Z").to_string())
    }

    /// Year, and month, day, hour, minute and second.
    pub(super) fn parts(&self, at: UnixMillis) -> (u16, [u8; 5]) {
        let Some(zoned) = self.zoned(at) else { return (1970, [1, 1, 0, 0, 0]) };
        let year = u16::try_from(zoned.year()).unwrap_or(1970);
        let parts = [zoned.month(), zoned.day(), zoned.hour(), zoned.minute(), zoned.second()];
        (year, parts.map(|part| u8::try_from(part).unwrap_or_default()))
    }

    fn zoned(&self, at: UnixMillis) -> Option<ZonedDateTime> {
        Timestamp::from_millisecond(at.0).ok().map(|instant| instant.to_zoned_datetime(self.zone.clone()))
    }

    fn day_of(&self, zoned: &ZonedDateTime) -> String {
        let months = match self.language {
            Language::Id => MONTHS_ID,
            Language::En => MONTHS_EN,
        };
        let month = usize::try_from(zoned.month().saturating_sub(1)).unwrap_or_default();
        format!("{} {} {}", zoned.day(), months.get(month).copied().unwrap_or_default(), zoned.year())
    }

    fn time_of(&self, zoned: &ZonedDateTime) -> String {
        let between = self.between();
        format!("{:02}{between}{:02}{between}{:02}", zoned.hour(), zoned.minute(), zoned.second())
    }

    fn between(&self) -> char {
        match self.language {
            Language::Id => '.',
            Language::En => ':',
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

    #[test]
    fn times_are_told_in_the_zone_of_the_attempt() {
        let at = UnixMillis(1_758_333_600_123);

        let told = [Language::Id, Language::En].map(|language| Calendar::new(language, "Asia/Jakarta").both(at));

        assert_eq!(told[0], "20 September 2025 pukul 09.00.00 WIB (2025-09-20T02:00:00.123Z)");
        assert_eq!(told[1], "20 September 2025, 09:00:00 WIB (2025-09-20T02:00:00.123Z)");
    }
}
