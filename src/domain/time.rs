//! Instants as whole numbers: the log writes microseconds, all counting is in milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Microseconds since 1970-01-01T00:00:00Z: the resolution of the log's `t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMicros(pub i64);

/// Milliseconds since 1970-01-01T00:00:00Z: the resolution of every count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

/// Microseconds since the node's machine booted; suspend counts, steps of the wall clock do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootMicros(pub u64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

/// A text that is not an instant of the one form that this log writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an instant of the form 2026-11-24T02:12:10.123Z (UTC, 3 or 6 fraction digits)")]
pub struct NotAnInstant;

impl UnixMicros {
    /// The instant's millisecond: instants are floored when they enter a count.
    #[must_use]
    pub fn floor_millis(self) -> UnixMillis {
        UnixMillis(self.0.div_euclid(1_000))
    }
}

impl UnixMillis {
    /// The first microsecond of this millisecond.
    #[must_use]
    pub fn to_micros(self) -> UnixMicros {
        UnixMicros(self.0.saturating_mul(1_000))
    }

    /// The instant this much later.
    #[must_use]
    pub fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add_unsigned(length.0))
    }

    /// The instant this much earlier.
    #[must_use]
    pub fn minus(self, length: Millis) -> Self {
        Self(self.0.saturating_sub_unsigned(length.0))
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

impl Millis {
    /// The sum of two lengths.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of this length without `other`; zero when nothing is.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A civil date and time of day in UTC, the form between a number and its text.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second_of_day: i64,
}

/// Days since the epoch of a civil date (proleptic Gregorian; H. Hinnant, "chrono-compatible low-level date algorithms").
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year.saturating_sub(1) } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = month.saturating_add(9).rem_euclid(12);
    let day_of_year =
        153_i64.saturating_mul(month_from_march).saturating_add(2).div_euclid(5).saturating_add(day).saturating_sub(1);
    let day_of_era = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era.div_euclid(4))
        .saturating_sub(year_of_era.div_euclid(100))
        .saturating_add(day_of_year);
    era.saturating_mul(146_097).saturating_add(day_of_era).saturating_sub(719_468)
}

/// The civil date of a number of seconds since the epoch.
fn civil_from_seconds(seconds: i64) -> Civil {
    let shifted = seconds.div_euclid(86_400).saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = day_of_era
        .saturating_sub(day_of_era.div_euclid(1_460))
        .saturating_add(day_of_era.div_euclid(36_524))
        .saturating_sub(day_of_era.div_euclid(146_096))
        .div_euclid(365);
    let day_of_year = day_of_era.saturating_sub(
        year_of_era
            .saturating_mul(365)
            .saturating_add(year_of_era.div_euclid(4))
            .saturating_sub(year_of_era.div_euclid(100)),
    );
    let month_from_march = day_of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = day_of_year
        .saturating_sub(month_from_march.saturating_mul(153).saturating_add(2).div_euclid(5))
        .saturating_add(1);
    let month =
        if month_from_march < 10 { month_from_march.saturating_add(3) } else { month_from_march.saturating_sub(9) };
    let year = year_of_era.saturating_add(era.saturating_mul(400)).saturating_add(i64::from(month <= 2));
    Civil { year, month, day, second_of_day: seconds.rem_euclid(86_400) }
}

/// The value of a run of ASCII digits; none of anything else.
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0_i64, |value, byte| {
        byte.is_ascii_digit().then(|| value.saturating_mul(10).saturating_add(i64::from(byte.saturating_sub(b'0'))))
    })
}

/// Splits `YYYY-MM-DDTHH:MM:SS.fff[fff]Z` into seconds since the epoch and the fraction's digits.
fn split_instant(text: &str) -> Option<(i64, &[u8])> {
    let bytes = text.as_bytes();
    let (head, tail) = bytes.split_at_checked(20)?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2, b'.'] = head else {
        return None;
    };
    let year = digits(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (digits(&[*mo1, *mo2])?, digits(&[*d1, *d2])?);
    let (hour, minute, second) = (digits(&[*h1, *h2])?, digits(&[*mi1, *mi2])?, digits(&[*s1, *s2])?);
    let fraction = tail.strip_suffix(b"Z")?;
    let days = days_from_civil(year, month, day);
    let seconds_of_day = hour.saturating_mul(3_600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
    let seconds = days.saturating_mul(86_400).saturating_add(seconds_of_day);
    let valid = hour < 24 && minute < 60 && second < 60 && (1..=days_in_month(year, month)).contains(&day);
    valid.then_some((seconds, fraction))
}

/// How many days a month has; none where there is no such month.
const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

fn write_civil(f: &mut fmt::Formatter<'_>, seconds: i64) -> fmt::Result {
    let Civil { year, month, day, second_of_day } = civil_from_seconds(seconds);
    let (hour, rest) = (second_of_day.div_euclid(3_600), second_of_day.rem_euclid(3_600));
    let (minute, second) = (rest.div_euclid(60), rest.rem_euclid(60));
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

impl fmt::Display for UnixMicros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_civil(f, self.0.div_euclid(1_000_000))?;
        write!(f, ".{:06}Z", self.0.rem_euclid(1_000_000))
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_civil(f, self.0.div_euclid(1_000))?;
        write!(f, ".{:03}Z", self.0.rem_euclid(1_000))
    }
}

impl std::str::FromStr for UnixMicros {
    type Err = NotAnInstant;

    /// Reads exactly six fraction digits.
    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        let (seconds, fraction) = split_instant(text).ok_or(NotAnInstant)?;
        let micros = (fraction.len() == 6).then(|| digits(fraction)).flatten().ok_or(NotAnInstant)?;
        Ok(Self(seconds.saturating_mul(1_000_000).saturating_add(micros)))
    }
}

impl std::str::FromStr for UnixMillis {
    type Err = NotAnInstant;

    /// Reads exactly three fraction digits.
    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        let (seconds, fraction) = split_instant(text).ok_or(NotAnInstant)?;
        let millis = (fraction.len() == 3).then(|| digits(fraction)).flatten().ok_or(NotAnInstant)?;
        Ok(Self(seconds.saturating_mul(1_000).saturating_add(millis)))
    }
}

/// Gives a type serde's text form through `Display` and `FromStr`, without allocating on the way in.
macro_rules! text_form {
    ($($type:ty: $what:literal),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )+};
}
pub(crate) use text_form;

text_form!(UnixMicros: "an instant with microseconds", UnixMillis: "an instant with milliseconds");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_back_from_its_text() {
        for micros in [0, 1, -1, 1_795_486_330_123_456, 951_827_696_000_000, -62_135_596_800_000_000] {
            assert_eq!(UnixMicros(micros).to_string().parse(), Ok(UnixMicros(micros)));
        }
        assert_eq!(UnixMillis(1_795_486_330_123).to_string(), "2026-11-24T02:12:10.123Z");
    }

    #[test]
    fn a_date_that_does_not_exist_is_refused() {
        for text in [
            "2026-02-29T00:00:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-01-01T24:00:00.000Z",
            "2026-01-01T00:00:60.000Z",
            "2026-01-01T00:00:00.000+07:00",
            "2026-01-01 00:00:00.000Z",
            "2026-01-01T00:00:00Z",
            "",
        ] {
            assert_eq!(text.parse::<UnixMillis>(), Err(NotAnInstant), "{text}");
        }
        assert!("2024-02-29T23:59:59.999Z".parse::<UnixMillis>().is_ok());
    }

    #[test]
    fn flooring_goes_down_before_the_epoch_too() {
        assert_eq!(UnixMicros(-1).floor_millis(), UnixMillis(-1));
        assert_eq!(UnixMicros(1_999).floor_millis(), UnixMillis(1));
    }
}
