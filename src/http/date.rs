//! The time of day as HTTP writes it (RFC 9110 section 5.6.7).

use core::fmt;

use super::server::number;
use crate::calendar::Civil;

/// When this was written, in seconds since 1970. A clock that says less was never set.
const WRITTEN: u64 = 1_700_000_000;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment in seconds since 1970, shown as an IMF-fixdate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(u64);

impl Date {
    /// That moment; `None` from a clock that was not set, for which no `Date` may be made (RFC 9110 section 6.6.1).
    pub fn of_clock(wall: u64) -> Option<Self> {
        (WRITTEN..253_402_300_800).contains(&wall).then_some(Self(wall))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DAYS[(self.0 / 86_400 % 7) as usize];
        let Civil { year, month, day, hour, minute, second } = Civil::of(self.0);
        let month = MONTHS[month as usize - 1];
        write!(f, "{name}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

/// Reads an IMF-fixdate, in seconds since 1970; the two older forms are not read.
pub(crate) fn read_date(text: &[u8]) -> Option<u64> {
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', time @ ..] = text else {
        return None;
    };
    let [h1, h2, b':', n1, n2, b':', s1, s2, b' ', b'G', b'M', b'T'] = time else { return None };
    let month = MONTHS.iter().position(|month| month.as_bytes() == [*m1, *m2, *m3])? as u64 + 1;
    let (year, day) = (number(&[*y1, *y2, *y3, *y4])?, number(&[*d1, *d2])?);
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    Civil { year, month, day, hour, minute, second }.seconds()
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn dates_are_as_the_standard_writes_them() {
        for (seconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (1_709_208_000, "Thu, 29 Feb 2024 12:00:00 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(Date(seconds).to_string(), expected);
            assert_eq!(read_date(expected.as_bytes()), Some(seconds));
        }
        for text in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Xyz 1994 08:49:37 GMT",
            "Thu, 30 Feb 2024 12:00:00 GMT",
            "",
        ] {
            assert_eq!(read_date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_clock_that_was_never_set_has_no_date() {
        assert_eq!(Date::of_clock(0), None);
        assert_eq!(Date::of_clock(WRITTEN - 1), None);
        assert_eq!(Date::of_clock(WRITTEN), Some(Date(WRITTEN)));
        assert_eq!(Date::of_clock(u64::MAX), None);
    }
}
