//! Which stanza goes out next, and on which place.
//!
//! Places are lent by what is known of an endpoint, so that those that answer promptly always find one: at most
//! `calls` of them serve such, and at most `slow_calls` all others together, which are those that failed last, never
//! answered yet, or take long. Of the latter, those that failed get no more than half, so that what is new can show
//! what it is. Whoever has the fewest calls under way comes first, and then whoever waits longest: a long queue for one
//! endpoint is no disadvantage for the others.

use crate::fault::reason;
use crate::limits::Limits;
use crate::time::{Duration, Instant};

use super::Gateway;
use super::calls::Call;
use super::endpoints::{Endpoints, Repute};
use super::line::{Cx, Level, Line};

/// How many calls may still begin.
struct Room {
    places: usize,
    prompt: usize,
    others: usize,
    sick: usize,
}

impl Room {
    fn of(calls: &[Call<'_>], endpoints: &Endpoints<'_>, limits: &Limits) -> Self {
        let (prompt, others) = (limits.calls as usize, limits.slow_calls as usize);
        let mut room = Self { places: calls.len(), prompt, others, sick: others.div_ceil(2) };
        for call in calls.iter().filter(|call| !call.is_resting()) {
            let repute = endpoints.get(call.hook).repute();
            let less = |room: &mut usize| *room = room.saturating_sub(1);
            less(&mut room.places);
            less(if repute == Repute::Prompt { &mut room.prompt } else { &mut room.others });
            if repute == Repute::Sick {
                less(&mut room.sick);
            }
        }
        room
    }

    fn has_for(&self, repute: Repute) -> bool {
        let own = match repute {
            Repute::Prompt => self.prompt,
            Repute::Sick => self.others.min(self.sick),
            Repute::Slow | Repute::Unknown => self.others,
        };
        own.min(self.places) > 0
    }
}

/// The best place for a call to that endpoint: one whose connection leads there, one without a connection, the one
/// whose connection was not used for the longest time.
fn place(calls: &[Call<'_>], hook: u16) -> Option<usize> {
    let resting = || calls.iter().enumerate().filter(|(_, call)| call.is_resting());
    resting()
        .find(|(_, call)| call.leads_to(hook))
        .or_else(|| resting().find(|(_, call)| call.connection.is_closed()))
        .or_else(|| resting().min_by_key(|(_, call)| call.connection.deadline()))
        .map(|(at, _)| at)
}

impl Gateway<'_> {
    /// Gives stanzas that are due to free places, as many as there are, and sees to it that time comes back.
    pub(super) fn dispatch(&mut self, cx: Cx<'_>) {
        self.expire(cx);
        self.notice_slow(cx.now);
        while let Some(slot) = self.endpoints.unasked()
            && self.room().has_for(self.endpoints.get(slot).repute())
            && let Some(at) = place(self.calls, slot)
        {
            self.probe(at, slot, 0, cx);
        }
        loop {
            let room = self.room();
            let next = self.queue.next(cx.now, |entry| {
                let endpoint = self.endpoints.get(entry.hook);
                let may = endpoint.may_be_called(cx.now, &self.limits) && room.has_for(endpoint.repute());
                may.then_some(endpoint.calls)
            });
            let Some(entry) = next else { break };
            let Some(at) = place(self.calls, entry.hook) else { break };
            self.ask(at, entry.ticket, cx);
        }
        let due = self.queue.deadline(cx.now, |slot| self.endpoints.get(slot).held());
        // Somebody may be waiting for the place of a call that turns out to take long.
        let slow = if self.queue.is_waiting(cx.now) { self.next_slow() } else { None };
        self.soonest = self.soonest.into_iter().chain(due).chain(slow).min();
    }

    fn room(&self) -> Room {
        Room::of(self.calls, &self.endpoints, &self.limits)
    }

    /// An endpoint that keeps us waiting is slow before it has answered.
    fn notice_slow(&mut self, now: Instant) {
        let slow = Duration::of_limit(self.limits.slow_time);
        for call in self.calls.iter() {
            if call.since().is_some_and(|since| since + slow <= now) {
                self.endpoints.get_mut(call.hook).slow = true;
            }
        }
    }

    /// When the next endpoint turns out to be slow, if it does not answer before.
    fn next_slow(&self) -> Option<Instant> {
        let slow = Duration::of_limit(self.limits.slow_time);
        let prompt = |call: &&Call<'_>| self.endpoints.get(call.hook).repute() == Repute::Prompt;
        self.calls.iter().filter(prompt).filter_map(Call::since).map(|since| since + slow).min()
    }

    /// Has an entry tried again, from that moment on.
    pub(super) fn requeue(&mut self, ticket: u32, due: Instant) {
        if let Some(entry) = self.queue.get_mut(ticket) {
            entry.taken = false;
            entry.due = due;
        }
    }

    /// Looks at all hooks anew; what waits is tried at once.
    pub(super) fn refresh(&mut self, cx: Cx<'_>) {
        let queue = &self.queue;
        self.endpoints.refresh(cx.settings, |slot| queue.entries().iter().any(|entry| entry.hook == slot));
        self.queue.hurry(cx.now);
    }

    /// The settings changed: a connection may lead to an address that is no longer the hook's, and is not kept.
    pub fn reloaded(&mut self, cx: Cx<'_>) {
        for at in 0..self.calls.len() {
            self.calls[at].connection.expire();
            if self.calls[at].is_resting() {
                self.close_call(at);
            }
        }
        self.refresh(cx);
        self.dispatch(cx);
        self.forget_tokens(cx);
    }

    /// Returns the stanzas that were kept long enough.
    fn expire(&mut self, cx: Cx<'_>) {
        while let Some(entry) = self.queue.expired(cx.now) {
            if !self.tell_sender(entry.ticket, &reason::HOOK_UNREACHABLE, cx) {
                return;
            }
            self.counters.fault(&reason::HOOK_UNREACHABLE);
            self.endpoints.get_mut(entry.hook).counters.given_up += 1;
            let name =
                self.endpoints.settings(entry.hook, cx.settings).map_or("(removed)", |(_, hook)| hook.name);
            cx.log.log(
                Level::Warn,
                format_args!(
                    "hook {name}: a stanza was kept long enough; given up after {} attempts",
                    entry.attempts
                ),
            );
            self.queue.remove(entry.ticket);
            self.wake(Line::Link);
        }
    }
}
