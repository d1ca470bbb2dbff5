//! What was said of tokens that only another server knows, for a while and within bounds.
//!
//! A token is never kept: its place is found by an HMAC under a key of this run, compared without a stop at the first
//! difference. What is not good, or not decided, may fill half of the places, so that whoever makes up tokens cannot
//! drive out those that are.

use heapless::String;

use super::auth::equal;
use super::guard::Meter;
use crate::fault::Reason;
use crate::signature::hmac_sha256;
use crate::time::{Duration, Instant};

/// The longest address that a token may speak for, in bytes.
pub(super) const ADDRESS: usize = 256;

/// Stands for a token.
pub(super) type Key = [u8; 32];

/// What is known of one token.
#[derive(Clone, Debug)]
pub struct Grant {
    key: Key,
    pub(super) state: State,
    /// The address that it speaks for, when it is good.
    pub(super) jid: String<ADDRESS>,
    /// When it ends, in seconds since 1970; 0 for never.
    pub(super) expires: u64,
    /// How long this may be taken for true.
    until: Instant,
    pub(super) meter: Meter,
}

/// How far it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// There is no token.
    Free,
    /// Somebody has to ask.
    Wanted,
    /// It is being asked about.
    Asked,
    /// It is good.
    Good,
    /// It is not, for this reason.
    Refused(&'static Reason),
}

impl Default for Grant {
    fn default() -> Self {
        Self {
            key: [0; 32],
            state: State::Free,
            jid: String::new(),
            expires: 0,
            until: Instant::ZERO,
            meter: Meter::default(),
        }
    }
}

/// All of them, over lent memory.
#[derive(Debug)]
pub(super) struct Grants<'b> {
    list: &'b mut [Grant],
    secret: [u8; 32],
}

impl<'b> Grants<'b> {
    pub(super) fn new(list: &'b mut [Grant], secret: [u8; 32]) -> Self {
        Self { list, secret }
    }

    /// What stands for a token.
    pub(super) fn key(&self, token: &str) -> Key {
        hmac_sha256(&self.secret, &[token.as_bytes()])
    }

    pub(super) fn get(&self, slot: u16) -> Option<&Grant> {
        self.list.get(usize::from(slot))
    }

    pub(super) fn get_mut(&mut self, slot: u16) -> Option<&mut Grant> {
        self.list.get_mut(usize::from(slot))
    }

    /// The place of a token of which something is known, or being asked.
    pub(super) fn find(&self, key: &Key, now: Instant) -> Option<u16> {
        // All are looked at.
        let found = self.list.iter().enumerate().filter(|(_, grant)| {
            let same = equal(&grant.key, key);
            same && !grant.is_free(now)
        });
        found.fold(None, |_, (slot, _)| Some(slot as u16))
    }

    /// Makes a place for a token that is to be asked about; `None` when all are taken by those that may not go.
    pub(super) fn place(&mut self, key: Key, now: Instant, is_used: impl Fn(u16) -> bool) -> Option<u16> {
        let undecided = self.list.iter().filter(|grant| !grant.is_free(now) && !grant.is_good()).count();
        let crowded = undecided >= self.list.len().div_ceil(2);
        let may_go = |(slot, grant): &(usize, &Grant)| {
            let decided = !matches!(grant.state, State::Wanted | State::Asked);
            let fits = if crowded { !grant.is_free(now) && !grant.is_good() } else { true };
            decided && fits && !is_used(*slot as u16)
        };
        let all = self.list.iter().enumerate().filter(may_go);
        let (slot, _) = all.min_by_key(|(_, grant)| (!grant.is_free(now), grant.is_good(), grant.until))?;
        self.list[slot] = Grant { key, state: State::Wanted, ..Grant::default() };
        Some(slot as u16)
    }

    /// The next token that somebody has to ask about.
    pub(super) fn wanted(&self) -> Option<u16> {
        self.list.iter().position(|grant| matches!(grant.state, State::Wanted)).map(|slot| slot as u16)
    }

    /// It was decided, for so long.
    pub(super) fn settle(&mut self, slot: u16, state: State, expires: u64, keep: Duration, now: Instant) {
        if let Some(grant) = self.get_mut(slot) {
            (grant.state, grant.expires, grant.until) = (state, expires, now + keep);
        }
    }

    /// Nothing is known of it any more.
    pub(super) fn forget(&mut self, slot: u16) {
        if let Some(grant) = self.get_mut(slot) {
            grant.state = State::Free;
        }
    }

    /// What was said before holds for nobody who comes from now on.
    pub(super) fn expire_all(&mut self, now: Instant) {
        self.list.iter_mut().for_each(|grant| grant.until = now);
    }

    /// How many places are taken, and how many there are.
    pub(super) fn load(&self, now: Instant) -> (usize, u32) {
        (self.list.iter().filter(|grant| !grant.is_free(now)).count(), self.list.len() as u32)
    }
}

impl Grant {
    /// Whether nobody who comes now may rely on it.
    fn is_free(&self, now: Instant) -> bool {
        match self.state {
            State::Free => true,
            State::Wanted | State::Asked => false,
            State::Good | State::Refused(_) => self.until <= now,
        }
    }

    fn is_good(&self) -> bool {
        matches!(self.state, State::Good)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::reason;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1_000)
    }

    const MINUTE: Duration = Duration::from_secs(60);
    const BAD: State = State::Refused(&reason::TOKEN_INVALID);

    #[test]
    fn what_was_said_is_found_until_it_is_old() {
        let mut list = [const { None::<Grant> }; 4].map(|_| Grant::default());
        let mut grants = Grants::new(&mut list, [7; 32]);
        let key = grants.key("a");
        assert_ne!(key, grants.key("b"));
        assert_eq!(grants.find(&key, at(0)), None);
        let slot = grants.place(key, at(0), |_| false).unwrap();
        assert_eq!((grants.find(&key, at(0)), grants.wanted()), (Some(slot), Some(slot)));
        grants.settle(slot, State::Good, 0, MINUTE, at(0));
        assert_eq!((grants.find(&key, at(59)), grants.find(&key, at(60))), (Some(slot), None));
        grants.expire_all(at(30));
        assert_eq!(grants.find(&key, at(30)), None);
    }

    #[test]
    fn made_up_tokens_do_not_drive_out_good_ones() {
        let mut list = [const { None::<Grant> }; 4].map(|_| Grant::default());
        let mut grants = Grants::new(&mut list, [7; 32]);
        for name in ["a", "b"] {
            let slot = grants.place(grants.key(name), at(0), |_| false).unwrap();
            grants.settle(slot, State::Good, 0, MINUTE, at(0));
        }
        for n in 0..100_u64 {
            let key = grants.key(&std::format!("made up {n}"));
            let slot = grants.place(key, at(n / 10), |_| false).expect("an older one goes");
            grants.settle(slot, BAD, 0, MINUTE, at(n / 10));
        }
        assert!(["a", "b"].iter().all(|name| grants.find(&grants.key(name), at(10)).is_some()));
        assert_eq!(grants.load(at(10)), (4, 4));
        // Those that somebody relies on, or asks about, stay.
        assert_eq!(grants.place(grants.key("x"), at(10), |_| true), None);
        assert!(grants.place(grants.key("x"), at(10), |_| false).is_some());
        assert!(grants.place(grants.key("y"), at(10), |_| false).is_some());
        assert_eq!(grants.place(grants.key("z"), at(10), |_| false), None, "both are being asked about");
        // A good one makes room when the others are good, too: the one that ends first.
        for name in ["x", "y"] {
            let slot = grants.find(&grants.key(name), at(10)).unwrap();
            grants.settle(slot, State::Good, 0, MINUTE, at(10));
        }
        grants.place(grants.key("z"), at(10), |_| false).unwrap();
        let left = ["a", "b", "x", "y"].map(|name| grants.find(&grants.key(name), at(10)).is_some());
        assert_eq!(left.iter().filter(|there| **there).count(), 3);
        assert!(left[2] && left[3]);
    }
}
