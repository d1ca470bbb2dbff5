//! When an endpoint wants to be asked again: `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).

use crate::http::{Date, Reply, number, read_date};
use crate::time::Duration;

/// How long the reply asks to wait; `None` when it does not say, or not so that one could tell. `wall` is the time in
/// seconds since 1970.
pub(super) fn retry_after(reply: Reply<'_>, wall: u64) -> Option<Duration> {
    wait(reply.fields().sole("retry-after").ok()??, wall)
}

fn wait(value: &[u8], wall: u64) -> Option<Duration> {
    let until_date = || {
        // By a clock that was never set, any date is decades away.
        Date::of_clock(wall)?;
        Some(read_date(value)?.saturating_sub(wall))
    };
    number(value).or_else(until_date).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let date = "Tue, 14 Nov 2023 22:13:30 GMT";
        for (value, wall, expected) in [
            ("120", 0, Some(120)),
            (date, 1_700_000_000, Some(10)),
            (date, 1_700_000_100, Some(0)),
            (date, 17, None),
            ("-1", 1_700_000_000, None),
            ("1.5", 1_700_000_000, None),
            ("", 1_700_000_000, None),
        ] {
            assert_eq!(wait(value.as_bytes(), wall).map(Duration::as_secs), expected, "{value} at {wall}");
        }
    }
}
