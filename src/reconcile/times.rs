//! The times of a platform's files: local, without a zone, and in more than one order of day and month.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use unicode_normalization::UnicodeNormalization;

use crate::domain::time::{Millis, UnixMillis};

/// Times further than this from the lesson speak for another order of day and month.
const NEAR: Millis = Millis(36 * 3_600_000);

/// Which of two numbers is the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// 11/24/2026, as Zoom writes it.
    MonthFirst,
    /// 24/11/2026, as a spreadsheet may have rewritten it.
    DayFirst,
}

/// The date of a time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    /// It has one meaning.
    Certain { month: i8, day: i8 },
    /// Two numbers, of which either could be the month.
    TwoNumbers(i8, i8),
}

/// A time as it is written, without its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    year: i16,
    date: Date,
    hour: i8,
    minute: i8,
    second: i8,
}

/// The months by the first three letters of their English and Indonesian names.
const MONTHS: [&[&str]; 12] = [
    &["jan"],
    &["feb", "peb"],
    &["mar"],
    &["apr"],
    &["may", "mei"],
    &["jun"],
    &["jul"],
    &["aug", "agu", "agt", "ags"],
    &["sep"],
    &["oct", "okt"],
    &["nov", "nop"],
    &["dec", "des"],
];

impl Written {
    /// Reads `11/24/2026 09:00:05 AM`, `Nov 24, 2026 09:00:05`, `24/11/2026 09.00`, `2026-11-24 09:00:05` and their like.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain = text.nfkc().collect::<String>().to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
        // A number and a word may touch, as in `09:00AM` and `24T09`.
        let parts = split(&plain);
        let (words, numbers): (Vec<&str>, Vec<&str>) =
            parts.iter().map(String::as_str).partition(|part| part.starts_with(char::is_alphabetic));
        let (mut month, mut afternoon) = (None, None);
        for word in words {
            match word {
                "am" if afternoon.is_none() => afternoon = Some(false),
                "pm" if afternoon.is_none() => afternoon = Some(true),
                "t" => {}
                _ if month.is_none() => month = Some(month_named(word)?),
                _ => return None,
            }
        }
        let (year, date, clock) = date(&numbers, month)?;
        let (hour, minute, second) = match clock {
            [hour, minute] => (hour, minute, &"0"),
            [hour, minute, second] => (hour, minute, second),
            _ => return None,
        };
        let hour = hour_of_day(hour.parse().ok()?, afternoon)?;
        Some(Self { year, date, hour, minute: minute.parse().ok()?, second: second.parse().ok()? })
    }

    /// The instant at which clocks of this zone show it; none for a date that does not exist.
    pub(super) fn instant(&self, order: Order, zone: &TimeZone) -> Option<UnixMillis> {
        let (month, day) = match (self.date, order) {
            (Date::Certain { month, day }, _) => (month, day),
            (Date::TwoNumbers(month, day), Order::MonthFirst) | (Date::TwoNumbers(day, month), Order::DayFirst) => {
                (month, day)
            }
        };
        let civil = DateTime::new(self.year, month, day, self.hour, self.minute, self.second, 0).ok()?;
        let instant = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some(UnixMillis(instant.as_millisecond()))
    }
}

/// Runs of digits and runs of letters.
fn split(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in text.chars().filter(|character| !crate::roster::is_invisible(*character)) {
        if character.is_alphanumeric() {
            let goes_on = before.is_alphanumeric() && before.is_ascii_digit() == character.is_ascii_digit();
            match parts.last_mut().filter(|_| goes_on) {
                Some(part) => part.push(character),
                None => parts.push(character.to_string()),
            }
        }
        before = character;
    }
    parts
}

fn month_named(word: &str) -> Option<i8> {
    let place = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i8::try_from(place.saturating_add(1)).ok()
}

/// The date, and what is left of the numbers for the time of day.
fn date<'a, 'b>(numbers: &'a [&'b str], month: Option<i8>) -> Option<(i16, Date, &'a [&'b str])> {
    if let Some(month) = month {
        let [first, second, clock @ ..] = numbers else { return None };
        let (year, day) = if first.len() == 4 { (first, second) } else { (second, first) };
        return Some((year_of(year)?, Date::Certain { month, day: day.parse().ok()? }, clock));
    }
    let [first, second, third, clock @ ..] = numbers else { return None };
    if first.len() == 4 {
        return Some((year_of(first)?, Date::Certain { month: second.parse().ok()?, day: third.parse().ok()? }, clock));
    }
    Some((year_of(third)?, Date::TwoNumbers(first.parse().ok()?, second.parse().ok()?), clock))
}

fn year_of(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => Some(year.saturating_add(2_000)),
        _ => None,
    }
}

fn hour_of_day(hour: i8, afternoon: Option<bool>) -> Option<i8> {
    match afternoon {
        None => Some(hour),
        Some(_) if !(1..=12).contains(&hour) => None,
        Some(false) => Some(hour.rem_euclid(12)),
        Some(true) => Some(hour.rem_euclid(12).saturating_add(12)),
    }
}

/// Which number is the month in a file: a number above 12 tells it, else the time of the lesson, else Zoom's habit.
pub(super) fn order(times: &[Written], near: Option<UnixMillis>, zone: &TimeZone) -> Order {
    let (mut first_over, mut second_over) = (false, false);
    for time in times {
        if let Date::TwoNumbers(first, second) = time.date {
            first_over |= first > 12;
            second_over |= second > 12;
        }
    }
    if first_over != second_over {
        return if first_over { Order::DayFirst } else { Order::MonthFirst };
    }
    let Some(near) = near else { return Order::MonthFirst };
    let close =
        |order| times.iter().filter(|time| time.instant(order, zone).is_some_and(|at| is_near(at, near))).count();
    if close(Order::DayFirst) > close(Order::MonthFirst) { Order::DayFirst } else { Order::MonthFirst }
}

/// Whether two instants can belong to one lesson.
fn is_near(one: UnixMillis, other: UnixMillis) -> bool {
    one.since(other).max(other.since(one)) <= NEAR
}

/// An instant as clocks of this zone show it, with its offset.
pub(super) fn local(instant: UnixMillis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(instant.0)
        .map(|at| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .unwrap_or_else(|_| instant.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str, order: Order, zone: &str) -> Option<String> {
        let zone = TimeZone::get(zone).unwrap();
        Some(Written::parse(text)?.instant(order, &zone)?.to_string())
    }

    #[test]
    fn every_way_in_which_a_time_is_written_means_the_same_instant() {
        for text in [
            "11/24/2026 09:00:05 AM",
            "11/24/2026 09:00:05\u{202f}AM",
            "11/24/2026 9:00:05 a.m.",
            "11/24/26 09:00:05",
            "Nov 24, 2026 09:00:05",
            "Nov 24, 2026 09:00:05 AM",
            "24 November 2026 09.00.05",
            "24-Nop-2026 09:00:05",
            "2026-11-24 09:00:05",
            "2026-11-24T09:00:05",
            "2026/11/24 09:00:05",
        ] {
            let read = utc(text, Order::MonthFirst, "Asia/Jakarta");
            assert_eq!(read.as_deref(), Some("2026-11-24T02:00:05.000Z"), "{text}");
        }
        assert_eq!(utc("24/11/2026 09.00", Order::DayFirst, "Asia/Jakarta").unwrap(), "2026-11-24T02:00:00.000Z");
    }

    #[test]
    fn noon_and_midnight_are_not_confused() {
        assert_eq!(utc("11/24/2026 12:00:00 AM", Order::MonthFirst, "UTC").unwrap(), "2026-11-24T00:00:00.000Z");
        assert_eq!(utc("11/24/2026 12:00:00 PM", Order::MonthFirst, "UTC").unwrap(), "2026-11-24T12:00:00.000Z");
        assert_eq!(utc("11/24/2026 11:59:59 PM", Order::MonthFirst, "UTC").unwrap(), "2026-11-24T23:59:59.000Z");
    }

    #[test]
    fn what_is_no_time_is_not_read_as_one() {
        for text in [
            "",
            "--",
            "Siti",
            "62812345678",
            "13/13/2026 09:00",
            "02/30/2026 09:00",
            "11/24/2026",
            "11/24/2026 13:00 PM",
            "11/24/2026 25:00",
            "1 2 3 4 5 6 7",
        ] {
            assert_eq!(utc(text, Order::MonthFirst, "UTC"), None, "{text}");
        }
    }

    #[test]
    fn the_month_is_told_by_a_number_above_twelve_and_else_by_the_lesson() {
        let zone = TimeZone::UTC;
        let times = |texts: &[&str]| texts.iter().map(|text| Written::parse(text).unwrap()).collect::<Vec<_>>();
        let april: UnixMillis = "2026-04-03T10:00:00.000Z".parse().unwrap();

        assert_eq!(order(&times(&["03/04/2026 10:00", "24/04/2026 10:00"]), None, &zone), Order::DayFirst);
        assert_eq!(order(&times(&["03/04/2026 10:00", "04/24/2026 10:00"]), Some(april), &zone), Order::MonthFirst);
        assert_eq!(order(&times(&["03/04/2026 10:00"]), Some(april), &zone), Order::DayFirst);
        assert_eq!(order(&times(&["03/04/2026 10:00"]), None, &zone), Order::MonthFirst);
    }
}
