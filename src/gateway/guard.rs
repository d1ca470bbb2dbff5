//! Who tries too often: failed logins by address, and the requests of an account that has a rate.
//!
//! Both tables are bounded. An address has some failures free; each further one doubles how long it has to wait, up to
//! a minute, and every half minute one is forgiven. Of the addresses the one with the fewest failures makes room.

use core::net::IpAddr;

use crate::time::{Duration, Instant};

/// After so long one failure is forgiven.
const FORGIVEN: u64 = 30_000;
/// The longest wait.
const LONGEST: u64 = 60_000;

/// The failed logins of one address.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    address: Option<IpAddr>,
    count: u32,
    last: Instant,
}

/// What an account with a rate has left.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// In thousandths of a request.
    left: u64,
    last: Instant,
    /// The rate it was filled for; another one fills it anew.
    rate: u32,
}

impl Default for Failures {
    fn default() -> Self {
        Self { address: None, count: 0, last: Instant::ZERO }
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self { left: 0, last: Instant::ZERO, rate: 0 }
    }
}

/// The two tables.
#[derive(Debug)]
pub struct Guard<'b> {
    failures: &'b mut [Failures],
    meters: &'b mut [Meter],
    /// How many failures cost nothing.
    free: u32,
}

impl<'b> Guard<'b> {
    /// Over lent memory: as many addresses as are remembered, and a meter for every account.
    pub fn new(failures: &'b mut [Failures], meters: &'b mut [Meter], free: u32) -> Self {
        Self { failures, meters, free }
    }

    /// How long the address has to wait before it may try again.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let address = whole(address);
        let found = self.failures.iter().find(|failures| failures.address == Some(address))?;
        let beyond = found.standing(now).saturating_sub(self.free);
        if beyond == 0 {
            return None;
        }
        let wait = (1_000_u64 << beyond.min(10)).min(LONGEST);
        let passed = now.since(found.last).as_millis();
        (passed < wait).then(|| Duration::from_millis(wait - passed))
    }

    /// Of how many addresses failures are not forgiven.
    pub(super) fn addresses(&self, now: Instant) -> usize {
        self.failures.iter().filter(|failures| failures.standing(now) > 0).count()
    }

    /// A login from that address failed.
    pub(super) fn failed(&mut self, address: IpAddr, now: Instant) {
        let address = whole(address);
        let own = self.failures.iter().position(|failures| failures.address == Some(address));
        let least = || {
            (0..self.failures.len()).min_by_key(|&at| {
                let failures = &self.failures[at];
                (failures.address.is_some(), failures.standing(now), failures.last)
            })
        };
        let Some(at) = own.or_else(least) else { return };
        let count = if own.is_some() { self.failures[at].standing(now) } else { 0 };
        self.failures[at] = Failures { address: Some(address), count: count.saturating_add(1), last: now };
    }

    /// Takes one of the `rate` requests a minute of an account; the error is how long it has to wait for the next.
    pub(super) fn take(&mut self, account: usize, rate: u32, now: Instant) -> Result<(), Duration> {
        let Some(meter) = self.meters.get_mut(account).filter(|_| rate > 0) else { return Ok(()) };
        // A request is a thousand; a minute brings `rate` of them.
        let full = u64::from(rate) * 1_000;
        let gained = now.since(meter.last).as_millis().min(60_000) * full / 60_000;
        let left = if meter.rate == rate { (meter.left + gained).min(full) } else { full };
        if left < 1_000 {
            let wait = (1_000 - left) * 60_000 / full;
            return Err(Duration::from_millis(wait.max(1)));
        }
        *meter = Meter { left: left - 1_000, last: now, rate };
        Ok(())
    }
}

impl Failures {
    /// The failures not yet forgiven.
    fn standing(&self, now: Instant) -> u32 {
        let forgiven = now.since(self.last).as_millis() / FORGIVEN;
        self.count.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }
}

/// Whoever has an IPv6 address has the 64 bits behind it as well.
fn whole(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1_000)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn failures_cost_time_and_are_forgiven() {
        let (mut failures, mut meters) = ([Failures::default(); 2], []);
        let mut guard = Guard::new(&mut failures, &mut meters, 3);
        let mallory = ip("192.0.2.1");
        for _ in 0..3 {
            guard.failed(mallory, at(100));
        }
        assert_eq!(guard.wait(mallory, at(100)), None, "three are free");
        guard.failed(mallory, at(100));
        assert_eq!(guard.wait(mallory, at(100)), Some(Duration::from_secs(2)));
        assert_eq!(guard.wait(ip("192.0.2.2"), at(100)), None, "nobody else waits");
        assert_eq!(guard.wait(mallory, at(102)), None);
        for _ in 0..50 {
            guard.failed(mallory, at(102));
        }
        assert_eq!(guard.wait(mallory, at(102)), Some(Duration::from_secs(60)), "never longer");
        assert_eq!(guard.wait(mallory, at(102 + 54 * 30)), None);
        // The table is full: whoever failed least goes.
        guard.failed(ip("192.0.2.2"), at(102));
        guard.failed(ip("192.0.2.3"), at(103));
        assert!(guard.wait(mallory, at(103)).is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one() {
        let (mut failures, mut meters) = ([Failures::default(); 4], []);
        let mut guard = Guard::new(&mut failures, &mut meters, 0);
        guard.failed(ip("2001:db8::1"), at(1));
        assert!(guard.wait(ip("2001:db8::2:3"), at(1)).is_some());
        assert!(guard.wait(ip("2001:db8:0:1::1"), at(1)).is_none());
    }

    #[test]
    fn a_rate_is_kept() {
        let (mut failures, mut meters) = ([], [Meter::default()]);
        let mut guard = Guard::new(&mut failures, &mut meters, 0);
        for _ in 0..6 {
            assert_eq!(guard.take(0, 6, at(1)), Ok(()));
        }
        assert_eq!(guard.take(0, 6, at(1)), Err(Duration::from_secs(10)));
        assert_eq!(guard.take(0, 6, at(11)), Ok(()));
        assert_eq!(guard.take(0, 6, at(12)), Err(Duration::from_secs(9)));
        assert_eq!(guard.take(0, 0, at(12)), Ok(()), "without a rate");
        assert_eq!(guard.take(0, 600, at(12)), Ok(()), "another rate");
    }
}
