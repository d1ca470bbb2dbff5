//! The time of day as HTTP writes it (RFC 9110 section 5.6.7).

use core::fmt;

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
        let (days, time) = (self.0 / 86_400, self.0 % 86_400);
        let name = DAYS[(days % 7) as usize];
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        let month = MONTHS[month as usize];
        write!(f, "{name}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

/// Year, month from 0 and day from 1 of a day since 1970.
///
/// The year begins in March, so that the odd day is its last; 719,468 days lie between year 0 and 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 2, 0) } else { (month - 10, 1) };
    (era * 400 + year + next, month, day)
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
            (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
            (1_709_208_000, "Thu, 29 Feb 2024 12:00:00 GMT"),
            (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(Date(seconds).to_string(), expected);
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
