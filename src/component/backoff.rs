//! How long to wait before the next attempt to connect: decorrelated jitter.
//!
//! Each wait is drawn between the shortest and three times the one before, at most the longest. The bound is put
//! on the range, not on the number drawn: gateways that have all failed for long still spread over the whole range.

use crate::limits::Limits;
use crate::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// The last wait in milliseconds; 0 after a success.
    last: u64,
}

impl Backoff {
    /// The next wait; `random` is any number.
    pub(super) fn next(&mut self, limits: &Limits, random: u64) -> Duration {
        let least = u64::from(limits.link_wait_least);
        let most = u64::from(limits.link_wait_most).clamp(least, least.max(self.last) * 3);
        let span = u128::from(most - least + 1);
        self.last = least + ((u128::from(random) * span) >> 64) as u64;
        Duration::from_millis(self.last)
    }

    /// The link worked: the next wait is a short one.
    pub(super) fn reset(&mut self) {
        self.last = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ids;

    #[test]
    fn waits_grow_to_the_longest_and_start_again() {
        let limits = Limits { link_wait_least: 1_000, link_wait_most: 60_000, ..Limits::DEFAULT };
        let mut backoff = Backoff::default();
        // (random, wait): the upper end triples until the bound, the lower end is always possible.
        for (random, wait) in [
            (u64::MAX, 3_000),
            (u64::MAX, 9_000),
            (u64::MAX, 27_000),
            (u64::MAX, 60_000),
            (u64::MAX, 60_000),
            (1 << 63, 30_500),
            (0, 1_000),
            (u64::MAX, 3_000),
        ] {
            assert_eq!(backoff.next(&limits, random).as_millis(), wait);
        }
        backoff.reset();
        assert_eq!(backoff.next(&limits, u64::MAX).as_millis(), 3_000);
    }

    #[test]
    fn any_draw_stays_in_the_range() {
        // The second row is a configuration that contradicts itself: the shortest wait wins.
        for (least, most) in [(1_000, 60_000), (5_000, 1_000), (10, 10)] {
            let limits = Limits { link_wait_least: least, link_wait_most: most, ..Limits::DEFAULT };
            let (mut backoff, mut ids) = (Backoff::default(), Ids::new([1; 32]));
            for _ in 0..300 {
                let wait = backoff.next(&limits, ids.random_u64()).as_millis();
                assert!((u64::from(least)..=u64::from(most.max(least))).contains(&wait), "{wait}");
            }
        }
    }
}
