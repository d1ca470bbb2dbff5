//! What the gateway knows of each hook beyond its settings: whether it answers, how busy it is, what was counted.
//!
//! An endpoint that failed some times in a row is left alone for a while, longer each time; then one call tries it.
//! What failed last is sick and gets one call at a time, as does what never answered yet: neither those nor the slow
//! can take the places of the others (`dispatch`). The knowledge goes by the name of the hook and so survives a reload.

use super::queue::key;
use super::settings::{Delivery, Hook, Settings};
use crate::limits::Limits;
use crate::mapping::Format;
use crate::time::{Duration, Instant};

macro_rules! counters {
    ($($name:ident $about:literal;)*) => {
        /// What was counted of one hook.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct HookCounters {
            $(#[doc = $about] pub $name: u64,)*
        }

        impl HookCounters {
            /// Name, meaning and value of each.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
                [$((stringify!($name), $about, self.$name)),*].into_iter()
            }
        }
    };
}

counters! {
    accepted "Stanzas taken for the hook.";
    refused "Stanzas that found no room, or the endpoint known as dead.";
    dropped "Stanzas that made room for newer ones.";
    attempts "Requests made.";
    answered "Answers that decided about a stanza.";
    failed "Attempts without such an answer.";
    given_up "Stanzas returned after the last attempt, or kept too long.";
    pauses "Times the endpoint was left alone after failures.";
}

/// What is known of one hook.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// [`key`] of the hook's name.
    key: u64,
    /// The place of the hook in the settings, as of the last look; [`GONE`] when it has none.
    place: usize,
    /// How many calls it may get at the same time.
    at_once: u16,
    /// The format that it asked for.
    pub(super) format: Option<Format>,
    pub(super) probe: Probe,
    /// How many calls there are.
    pub(super) calls: u16,
    /// Whether it ever answered, since the settings were last read.
    proven: bool,
    /// Whether its last answer took long, or the one that is awaited does.
    pub(super) slow: bool,
    /// How many failures in a row.
    failures: u16,
    /// How many pauses in a row.
    pauses: u8,
    /// Left alone until then.
    pub(super) held: Instant,
    pub(super) counters: HookCounters,
    pub(super) times: Times,
}

/// How long answers took, from the request to the end of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How many answers.
    pub answers: u64,
    /// All their times together, in milliseconds.
    pub millis: u64,
}

impl Times {
    /// One more answer, which took so long.
    pub(super) fn add(&mut self, time: Duration) {
        self.answers += 1;
        self.millis += time.as_millis();
    }
}

/// What is known of an endpoint that matters to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repute {
    /// It answered promptly.
    Prompt,
    /// It takes long.
    Slow,
    /// It never was asked, or has not answered yet.
    Unknown,
    /// It failed last.
    Sick,
}

/// Where the question for a format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Probe {
    /// There is nothing to ask, or it was answered.
    #[default]
    Done,
    /// To be asked at once.
    Now,
    /// To be asked before the next stanza.
    Next,
    /// Being asked.
    Asking,
}

/// All of them, over lent memory.
#[derive(Debug)]
pub struct Endpoints<'b> {
    list: &'b mut [Endpoint],
}

impl<'b> Endpoints<'b> {
    /// Room for so many hooks.
    pub fn new(list: &'b mut [Endpoint]) -> Self {
        for endpoint in list.iter_mut() {
            endpoint.place = GONE;
        }
        Self { list }
    }

    /// The place of a hook, which it gets if it has none; `None` when there is no room.
    pub(super) fn place(&mut self, at: usize, hook: &Hook<'_>, is_used: impl Fn(u16) -> bool) -> Option<u16> {
        let key = key(hook.name);
        let free = |(slot, endpoint): (usize, &Endpoint)| {
            endpoint.place == GONE && endpoint.calls == 0 && !is_used(slot as u16)
        };
        let known = self.list.iter().position(|endpoint| endpoint.key == key);
        let slot = known.or_else(|| self.list.iter().enumerate().position(free))?;
        let endpoint = &mut self.list[slot];
        if known.is_none() {
            let probe = if hook.probe { Probe::Now } else { Probe::Done };
            *endpoint = Endpoint { key, probe, ..Endpoint::default() };
        }
        (endpoint.place, endpoint.at_once) = (at, hook.delivery.at_once);
        Some(slot as u16)
    }

    /// The settings have changed, or are seen for the first time.
    pub(super) fn refresh(&mut self, settings: &dyn Settings, is_used: impl Fn(u16) -> bool) {
        for endpoint in self.list.iter_mut() {
            // What waits for a hook that is gone is to be returned at once.
            (endpoint.place, endpoint.held) = (GONE, Instant::ZERO);
        }
        for (at, hook) in (0..).map_while(|at| settings.hook(at).map(|hook| (at, hook))) {
            let Some(slot) = self.place(at, &hook, &is_used) else { continue };
            let endpoint = &mut self.list[usize::from(slot)];
            // The URL may be another one now.
            (endpoint.failures, endpoint.pauses, endpoint.held) = (0, 0, Instant::ZERO);
            endpoint.proven = false;
            if endpoint.probe != Probe::Asking {
                endpoint.probe = if hook.probe { Probe::Now } else { Probe::Done };
            }
            if !hook.probe {
                endpoint.format = None;
            }
        }
    }

    /// The settings of the hook at a place, and where they stand; `None` when they are gone.
    pub(super) fn settings<'s>(&self, slot: u16, settings: &'s dyn Settings) -> Option<(usize, Hook<'s>)> {
        let endpoint = self.list.get(usize::from(slot))?;
        let hook = settings.hook(endpoint.place).filter(|hook| key(hook.name) == endpoint.key)?;
        Some((endpoint.place, hook))
    }

    /// The hook at a place. There is one behind every place that was given out.
    pub(super) fn get(&self, slot: u16) -> &Endpoint {
        &self.list[usize::from(slot)]
    }

    pub(super) fn get_mut(&mut self, slot: u16) -> &mut Endpoint {
        &mut self.list[usize::from(slot)]
    }

    /// The first endpoint that is to be asked for its format at once.
    pub(super) fn unasked(&self) -> Option<u16> {
        self.list.iter().position(|endpoint| endpoint.probe == Probe::Now).map(|slot| slot as u16)
    }

    /// All places, those that nobody has included.
    pub(super) fn slots(&self) -> impl Iterator<Item = u16> + use<> {
        0..self.list.len() as u16
    }

    /// What is known of a hook by its name.
    pub fn named(&self, name: &str) -> Option<&Endpoint> {
        let key = key(name);
        self.list.iter().find(|endpoint| endpoint.key == key)
    }
}

/// The place in the settings of a hook that is no longer there.
const GONE: usize = usize::MAX;

impl Endpoint {
    /// What was counted.
    pub fn counters(&self) -> &HookCounters {
        &self.counters
    }

    /// How long its answers to stanzas took.
    pub fn times(&self) -> Times {
        self.times
    }

    /// Whether its last call failed.
    pub fn is_sick(&self) -> bool {
        self.failures > 0
    }

    /// What matters to others.
    pub(super) fn repute(&self) -> Repute {
        match (self.is_sick(), self.proven, self.slow) {
            (true, ..) => Repute::Sick,
            (_, false, _) => Repute::Unknown,
            (.., true) => Repute::Slow,
            _ => Repute::Prompt,
        }
    }

    /// Until when it is left alone; a moment in the past when it is not.
    pub fn held(&self) -> Instant {
        self.held
    }

    /// Whether it may get one more call now.
    pub(super) fn may_be_called(&self, now: Instant, limits: &Limits) -> bool {
        let most = match self.repute() {
            Repute::Prompt => self.at_once.into(),
            Repute::Slow => u32::from(self.at_once).min(limits.slow_calls / 2),
            Repute::Unknown | Repute::Sick => 1,
        };
        u32::from(self.calls) < most.max(1) && self.held <= now && self.probe != Probe::Asking
    }

    /// It gave an answer, which may have taken long; true if it had been left alone.
    pub(super) fn well(&mut self, is_slow: bool) -> bool {
        let paused = self.pauses > 0;
        (self.failures, self.pauses, self.held) = (0, 0, Instant::ZERO);
        (self.proven, self.slow) = (true, is_slow);
        paused
    }

    /// It gave none; the pause that begins now, if one does.
    pub(super) fn failed(&mut self, delivery: &Delivery<'_>, now: Instant) -> Option<Duration> {
        self.counters.failed += 1;
        self.failures = self.failures.saturating_add(1);
        if delivery.breaker == 0 || self.failures < delivery.breaker {
            return None;
        }
        let most = delivery.pause.as_millis().saturating_mul(10);
        let pause = delivery.pause.as_millis().saturating_mul(1 << self.pauses.min(4)).min(most);
        let pause = Duration::from_millis(pause);
        self.pauses = self.pauses.saturating_add(1);
        self.counters.pauses += 1;
        self.held = self.held.max(now + pause);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let delivery = Delivery { breaker: 2, pause: Duration::from_secs(1), ..Delivery::DEFAULT };
        let (mut endpoint, now) = (Endpoint { at_once: 2, ..Endpoint::default() }, Instant::ZERO);
        assert!(endpoint.may_be_called(now, &Limits::DEFAULT));
        assert_eq!(endpoint.failed(&delivery, now), None);
        let pauses: Vec<_> = (0..6).filter_map(|_| endpoint.failed(&delivery, now)).collect();
        assert_eq!(pauses.iter().map(|pause| pause.as_secs()).collect::<Vec<_>>(), [1, 2, 4, 8, 10, 10]);
        assert!(
            !endpoint.may_be_called(now, &Limits::DEFAULT)
                && endpoint.may_be_called(now + pauses[5], &Limits::DEFAULT)
        );
        endpoint.calls = 1;
        assert!(!endpoint.may_be_called(now + pauses[5], &Limits::DEFAULT), "one call tries it");
        assert!(endpoint.well(false) && !endpoint.well(false));
        assert!(endpoint.may_be_called(now, &Limits::DEFAULT));
        endpoint.calls = 2;
        assert!(!endpoint.may_be_called(now, &Limits::DEFAULT));
    }
}
