//! When an endpoint wants to be asked again: `Retry-After`, in seconds or as a date (RFC 9110 sections 10.2.3, 5.6.7).

use crate::http::Reply;
use crate::time::Duration;

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// How long the reply asks to wait; `None` when it does not say, or not so that one could tell. `wall` is the time in
/// seconds since 1970.
pub(super) fn retry_after(reply: Reply<'_>, wall: u64) -> Option<Duration> {
    let value = reply.fields().sole("retry-after").ok()??;
    seconds(value).or_else(|| Some(date(value)?.saturating_sub(wall))).map(Duration::from_secs)
}

fn seconds(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 9 && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`; the two older forms are not read.
fn date(text: &[u8]) -> Option<u64> {
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', time @ ..] = text else {
        return None;
    };
    let [h1, h2, b':', n1, n2, b':', s1, s2, b' ', b'G', b'M', b'T'] = time else { return None };
    let month = MONTHS.iter().position(|month| *month == [*m1, *m2, *m3])? as u64 + 1;
    let (year, day) = (seconds(&[*y1, *y2, *y3, *y4])?, seconds(&[*d1, *d2])?);
    let (hour, minute, second) = (seconds(&[*h1, *h2])?, seconds(&[*n1, *n2])?, seconds(&[*s1, *s2])?);
    if year < 1970 || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that the odd day is its last; 719,468 days lie between year 0 and 1970.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 12:00:00 GMT", Some(1_709_208_000)),
            ("Fri, 01 Mar 2024 00:00:00 GMT", Some(1_709_251_200)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Xyz 1994 08:49:37 GMT", None),
            ("", None),
        ] {
            assert_eq!(date(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(seconds(b"120"), Some(120));
        assert_eq!([seconds(b""), seconds(b"-1"), seconds(b"1.5"), seconds(b"9999999999")], [None; 4]);
    }
}
