//! A number of a checked text: kept as it was written, read as an integer where it is one.

use core::fmt;

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'j> {
    text: &'j str,
}

/// Why a number cannot be read as an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotInteger {
    /// It has a fraction.
    Fraction,
    /// It is not within -2^63 to 2^63-1.
    Range,
}

impl<'j> Number<'j> {
    pub(super) fn new(text: &'j str) -> Self {
        Self { text }
    }

    /// The number as it was written.
    pub fn as_text(self) -> &'j str {
        self.text
    }

    /// The exact value, if it is whole and within the range of `i64`.
    ///
    /// JSON has one kind of number (RFC 8259 section 6), so it is the value that counts and not its form: `1.0`,
    /// `1e2` and `1200e-2` are integers, `-0` is 0. Nothing is rounded.
    pub fn integer(self) -> Result<i64, NotInteger> {
        let (negative, text) = match self.text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, self.text),
        };
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let significant = || whole.bytes().chain(fraction.bytes());
        if significant().all(|digit| digit == b'0') {
            return Ok(0);
        }
        // The value is that of the digits, `shift` places to the left.
        let shift = saturated(exponent).saturating_sub(i64::from(fraction.len() as u32));
        let kept = (whole.len() + fraction.len()).saturating_sub(shift.min(0).unsigned_abs() as usize);
        if significant().skip(kept).any(|digit| digit != b'0') {
            return Err(NotInteger::Fraction);
        }
        // Leading zeros of `0.001e5` are no part of the sum, and a value that is not 0 overflows within 20 steps.
        let zeros = core::iter::repeat_n(b'0', shift.max(0).unsigned_abs() as usize);
        let mut value: i64 = 0;
        for digit in significant().take(kept).chain(zeros) {
            let digit = i64::from(digit - b'0');
            let digit = if negative { -digit } else { digit };
            value =
                value.checked_mul(10).and_then(|tens| tens.checked_add(digit)).ok_or(NotInteger::Range)?;
        }
        Ok(value)
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// An exponent, as near as 32 bits come; far beyond any that matters.
fn saturated(exponent: &str) -> i64 {
    let limit = if exponent.starts_with('-') { i32::MIN } else { i32::MAX };
    i64::from(exponent.parse().unwrap_or(limit))
}
