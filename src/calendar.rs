//! The calendar of UTC (Gregorian), and seconds since 1970.

/// A second, as people and protocols take it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u64,
    /// From 1.
    pub(crate) month: u64,
    /// From 1.
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
}

const DAY: u64 = 86_400;

/// The days from the first of March of the year 0 to 1970. Years begin in March here, so that the odd day is their last.
const BEFORE: u64 = 719_468;

impl Civil {
    /// The second that is so many after the beginning of 1970.
    pub(crate) fn of(seconds: u64) -> Self {
        let (days, time) = (seconds / DAY + BEFORE, seconds % DAY);
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        Self { year: era * 400 + year + next, month, day, hour, minute, second }
    }

    /// How many seconds after the beginning of 1970 it is; `None` when it is before that, or there is no such second.
    pub(crate) fn seconds(self) -> Option<u64> {
        let Self { year, month, day, hour, minute, second } = self;
        let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
        let seconds = (days.checked_sub(BEFORE + 1)? * 24 + hour) * 3_600 + minute * 60 + second;
        // What is too large for its place comes out as something else.
        (Self::of(seconds) == self).then_some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_each_other() {
        for (seconds, [year, month, day, hour, minute, second]) in [
            (0, [1970, 1, 1, 0, 0, 0]),
            (68_169_599, [1972, 2, 28, 23, 59, 59]),
            (68_169_600, [1972, 2, 29, 0, 0, 0]),
            (784_111_777, [1994, 11, 6, 8, 49, 37]),
            (951_782_400, [2000, 2, 29, 0, 0, 0]),
            (951_868_800, [2000, 3, 1, 0, 0, 0]),
            (1_735_689_599, [2024, 12, 31, 23, 59, 59]),
            (1_795_354_234, [2026, 11, 22, 13, 30, 34]),
            (1_835_395_200, [2028, 2, 29, 0, 0, 0]),
            (4_107_542_399, [2100, 2, 28, 23, 59, 59]),
            (4_107_542_400, [2100, 3, 1, 0, 0, 0]),
        ] {
            let civil = Civil { year, month, day, hour, minute, second };
            assert_eq!((Civil::of(seconds), civil.seconds()), (civil, Some(seconds)));
        }
    }

    #[test]
    fn there_is_no_such_second() {
        for [year, month, day, hour, minute, second] in [
            [1969, 12, 31, 23, 59, 59],
            [0, 1, 1, 0, 0, 0],
            [2027, 2, 29, 0, 0, 0],
            [2100, 2, 29, 0, 0, 0],
            [2027, 4, 31, 0, 0, 0],
            [2027, 0, 1, 0, 0, 0],
            [2027, 13, 1, 0, 0, 0],
            [2027, 1, 0, 0, 0, 0],
            [2027, 1, 1, 24, 0, 0],
            [2027, 1, 1, 0, 60, 0],
            [2027, 1, 1, 0, 0, 60],
        ] {
            assert_eq!(Civil { year, month, day, hour, minute, second }.seconds(), None);
        }
    }
}
