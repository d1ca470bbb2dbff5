//! A moment, as people write it.

use super::problem::Wrong;
use super::values::digits;
use crate::calendar::Civil;

/// A day, or a second of it, in UTC: in seconds since 1970.
pub(super) fn moment(text: &str) -> Result<u64, Wrong> {
    read_moment(text).ok_or_else(|| {
        Wrong::new(
            format!("{text:?} is not a moment"),
            "Write a day of 1970 or later like 2031-12-31, or with a time in UTC like 2031-12-31T18:00:00Z.",
        )
    })
}

fn read_moment(text: &str) -> Option<u64> {
    let numbers = |text: &str, separator: char, widths: [usize; 3]| {
        let mut pieces = text.split(separator);
        let mut number = |width| pieces.next().filter(|piece| piece.len() == width).and_then(digits);
        let found = [number(widths[0])?, number(widths[1])?, number(widths[2])?];
        pieces.next().is_none().then_some(found)
    };
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let [hour, minute, second] = match time {
        None => [0, 0, 0],
        Some(time) => numbers(time.strip_suffix('Z')?, ':', [2, 2, 2])?,
    };
    Civil { year, month, day, hour, minute, second }.seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let cases = [
            ("1970-01-01", Some(0)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2026-11-22T14:18:16Z", Some(1_795_357_096)),
            ("2028-02-29", Some(1_835_395_200)),
            ("2027-02-29", None),
            ("2027-1-1", None),
            ("2027-01-01T24:00:00Z", None),
            ("2027-01-01T10:00:00", None),
            ("2027-01-01-01", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(moment(text).ok(), expected, "{text}");
        }
    }
}
