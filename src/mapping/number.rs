//! Numbers as peers write them, made into numbers of JSON.
//!
//! mod_rest reads them with Lua's rules: white space around, a sign, hexadecimal, a point at either end, an
//! exponent. The digits are kept as they are, so nothing is rounded.

use core::fmt::{self, Write as _};

/// The longest number that is read; a longer one counts as unreadable.
const LONGEST: usize = 64;

/// A number of JSON.
pub(super) struct Digits {
    text: heapless::String<LONGEST>,
}

impl Digits {
    /// Reads what `text` displays; `None` if it is no number.
    pub(super) fn read(text: &dyn fmt::Display) -> Option<Self> {
        let mut given = heapless::String::<LONGEST>::new();
        write!(given, "{text}").ok()?;
        let trimmed = given.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{B}');
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let mut text = heapless::String::new();
        if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            hexadecimal(&mut text, negative, hex)?;
        } else {
            decimal(&mut text, negative, digits)?;
        }
        Some(Self { text })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

fn decimal(out: &mut heapless::String<LONGEST>, negative: bool, text: &str) -> Option<()> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let is_zero = whole.is_empty() && fraction.is_empty();
    out.push_str(if negative && !is_zero { "-" } else { "" }).ok()?;
    out.push_str(if whole.is_empty() { "0" } else { whole }).ok()?;
    if !fraction.is_empty() {
        write!(out, ".{fraction}").ok()?;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !is_digits(digits) {
            return None;
        }
        write!(out, "e{exponent}").ok()?;
    }
    Some(())
}

/// With a point or an exponent of two the number is written in full, as far as it fits.
fn binary(out: &mut heapless::String<LONGEST>, negative: bool, text: &str) -> Option<()> {
    let (mantissa, exponent) = text.split_once(['p', 'P']).map_or((text, "0"), |(m, e)| (m, e));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || whole.len() + fraction.len() > 15 {
        return None;
    }
    let digits = whole.chars().chain(fraction.chars());
    let value = digits
        .into_iter()
        .try_fold(0_u128, |value, digit| Some(value << 4 | u128::from(digit.to_digit(16)?)))?;
    let point = exponent.parse::<i32>().ok()?.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    if !(-60..=60).contains(&point) {
        return None;
    }
    // The places behind the point, in binary.
    let places = (-point).max(0);
    let value = value << point.max(0);
    write!(out, "{}{}", if negative { "-" } else { "" }, value >> places).ok()?;
    let mask = (1_u128 << places) - 1;
    let mut rest = value & mask;
    if rest > 0 {
        out.push('.').ok()?;
    }
    while rest > 0 {
        rest *= 10;
        write!(out, "{}", rest >> places).ok()?;
        rest &= mask;
    }
    Some(())
}

fn hexadecimal(out: &mut heapless::String<LONGEST>, negative: bool, digits: &str) -> Option<()> {
    if digits.is_empty() {
        return None;
    }
    if digits.contains(['.', 'p', 'P']) {
        return binary(out, negative, digits);
    }
    // Lua wraps around at 64 bits.
    let value = digits
        .chars()
        .try_fold(0_u64, |value, digit| Some(value << 4 | digit.to_digit(16)? as u64))?
        .cast_signed();
    let value = if negative { value.wrapping_neg() } else { value };
    write!(out, "{value}").ok()
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn reads_as_lua_does() {
        let cases = [
            (" 7 ", Some("7")),
            ("+5", Some("5")),
            ("-0042", Some("-42")),
            ("-0", Some("0")),
            ("0x1F", Some("31")),
            ("-0x10", Some("-16")),
            ("0x1p4", Some("16")),
            ("0X.8", Some("0.5")),
            ("-0x1.8P-1", Some("-0.75")),
            ("0xAp", None),
            ("0x.", None),
            ("0x1p999", None),
            ("1e2", Some("1e2")),
            ("1.5", Some("1.5")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("1E+3", Some("1e+3")),
            ("", None),
            (".", None),
            ("0x", None),
            ("1e", None),
            ("1 2", None),
            ("inf", None),
            ("١", None),
        ];
        for (given, wanted) in cases {
            assert_eq!(Digits::read(&given).as_ref().map(Digits::as_str), wanted, "{given:?}");
        }
    }
}
