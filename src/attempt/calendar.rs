//! Days and times as a reader of each language writes them, in the attempt's zone.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

use crate::domain::time::UnixMillis;

/// The language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Indonesian.
    Id,
    /// English.
    En,
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
}

/// Tells times in one language and one zone.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    language: Language,
    zone: TimeZone,
}

impl Calendar {
    /// In a zone by its IANA name; in UTC where it is not to be had.
    pub(crate) fn new(language: Language, zone: &str) -> Self {
        Self { language, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// A day: `20 September 2025`.
    pub(crate) fn day(&self, at: UnixMillis) -> String {
        self.zoned(at).map_or_else(|| at.to_string(), |zoned| self.day_of(&zoned))
    }

    /// A moment to the second, with its zone: `20 September 2025 pukul 09.00.00 WIB`.
    pub(crate) fn moment(&self, at: UnixMillis) -> String {
        let Some(zoned) = self.zoned(at) else { return at.to_string() };
        let zone = zoned.strftime("%Z").to_string();
        let (day, time) = (self.day_of(&zoned), self.time_of(&zoned));
        match self.language {
            Language::Id => format!("{day} pukul {time} {zone}"),
            Language::En => format!("{day}, {time} {zone}"),
        }
    }

    /// A moment in the zone, and in UTC to the millisecond as the tables have it.
    pub(crate) fn both(&self, at: UnixMillis) -> String {
        format!("{} ({at})", self.moment(at))
    }

    /// The time of day to the second.
    pub(crate) fn time(&self, at: UnixMillis) -> String {
        self.zoned(at).map_or_else(|| at.to_string(), |zoned| self.time_of(&zoned))
    }

    /// The time of day to the minute.
    pub(crate) fn minute(&self, at: UnixMillis) -> String {
        let Some(zoned) = self.zoned(at) else { return at.to_string() };
        format!("{:02}{}{:02}", zoned.hour(), self.between(), zoned.minute())
    }

    /// What the zone is called at a moment.
    pub(crate) fn zone(&self, at: UnixMillis) -> String {
        self.zoned(at).map_or_else(|| "UTC".to_owned(), |zoned| zoned.strftime("%Z").to_string())
    }

    /// Year, and month, day, hour, minute and second.
    pub(crate) fn parts(&self, at: UnixMillis) -> (u16, [u8; 5]) {
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
    fn times_are_told_in_the_zone_of_the_attempt() {
        let at = UnixMillis(1_758_333_600_123);

        let told = [Language::Id, Language::En].map(|language| Calendar::new(language, "Asia/Jakarta").both(at));

        assert_eq!(told[0], "20 September 2025 pukul 09.00.00 WIB (2025-09-20T02:00:00.123Z)");
        assert_eq!(told[1], "20 September 2025, 09:00:00 WIB (2025-09-20T02:00:00.123Z)");
    }
}
