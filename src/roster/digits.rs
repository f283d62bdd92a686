//! Digits that a spreadsheet destroyed: it keeps 15 of them and writes zeros or powers of ten for the rest.

use super::identifiers::IdKind;

/// What to do about destroyed digits.
pub(super) const REMEDY: &str =
    "format the column as text in the spreadsheet, enter the numbers again from their source, and save again";

/// How many digits of a number a spreadsheet keeps.
pub(super) const DIGITS_KEPT: usize = 15;

/// Fewer suspicious values can be chance.
const DESTROYED_MIN: u64 = 4;

/// How far beyond chance the zeros must be, in standard deviations: a false alarm in a few million columns.
const DEVIATIONS: u64 = 5;

/// Whether this is a number in scientific notation (`1.67101E+15`, `1,67E15`), for columns that hold digits only.
pub(super) fn is_scientific(written: &str) -> bool {
    mantissa_and_exponent(written).is_some()
}

/// As [`is_scientific`], for columns in which `12E4` can be somebody's own id.
pub(super) fn is_certainly_scientific(written: &str) -> bool {
    mantissa_and_exponent(written)
        .is_some_and(|(mantissa, exponent)| mantissa.contains(['.', ',']) || exponent.starts_with('+'))
}

fn mantissa_and_exponent(written: &str) -> Option<(&str, &str)> {
    let (mantissa, exponent) = written.trim().split_once(['e', 'E'])?;
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = mantissa.split_once(['.', ',']).map_or_else(|| digits(mantissa), |(a, b)| digits(a) && digits(b));
    (whole && digits(power)).then_some((mantissa, exponent))
}

/// Counts one column's values that look cut after 15 digits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    /// Values long enough to be cut.
    long: u64,
    /// Those of them with nothing but zeros after the 15th digit.
    cut: u64,
    /// How often that happens by itself: one in so many.
    one_in: u64,
}

impl Column {
    /// Takes one more value of the column into account.
    pub(super) fn add(&mut self, kind: IdKind, value: &str) {
        let digits = value.trim_start_matches('+');
        let tail = digits.get(DIGITS_KEPT..).filter(|tail| !tail.is_empty());
        let Some(tail) = tail.filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit())) else { return };
        self.long = self.long.saturating_add(1);
        self.cut = self.cut.saturating_add(u64::from(tail.bytes().all(|byte| byte == b'0')));
        // A NIP loses three digits, the others one; a mixed column is judged by its shorter numbers.
        self.one_in = if kind == IdKind::Nip { 1_000 } else { 10 };
    }

    /// How many values are cut, if they are more than chance allows.
    pub(super) fn destroyed(self) -> Option<u64> {
        if self.cut < DESTROYED_MIN {
            return None;
        }
        // (cut - n/k)^2 > z^2 * n * (k-1)/k^2, multiplied by k^2.
        let excess = self.cut.saturating_mul(self.one_in).saturating_sub(self.long);
        let variance = self.long.saturating_mul(self.one_in.saturating_sub(1));
        let beyond = DEVIATIONS.saturating_mul(DEVIATIONS).saturating_mul(variance);
        (excess.saturating_mul(excess) > beyond).then_some(self.cut)
    }
}
