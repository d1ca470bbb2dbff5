//! What came of an attempt: whether the stanza is tried again and when, or its sender is told.
//!
//! An entry leaves the queue only when its sender was answered or needs no answer; while the link is down or full, the
//! outcome is held. One sender's stanzas to one hook go out one at a time, so their order holds through all retries.
//! An endpoint that answers has decided; it is asked again only when it says when, or when the settings name its
//! status. No answer at all is tried again, as often and as long as the settings say.

use core::fmt;

use crate::fault::Fault;
use crate::time::Duration;

use super::Gateway;
use super::calls::{Call, Outcome, Task};
use super::endpoints::Probe;
use super::line::{Cx, Level};
use super::retry_after::retry_after;
use super::settings::{Delivery, Hook};

/// The statuses that are about the moment, so that with `Retry-After` they are an invitation.
const PASSING: &[u16] = &[408, 413, 423, 425, 429, 500, 502, 503, 504, 507];

/// The longest that an endpoint is left alone because it says so: who means another year is not lost until then.
const LONGEST: Duration = Duration::from_secs(3_600);

impl Gateway<'_> {
    /// The endpoint gave a reply to a stanza.
    pub(super) fn replied(&mut self, at: usize, ticket: u32, cx: Cx<'_>) {
        let Call { connection, hook: slot, .. } = &self.calls[at];
        let Some(reply) = connection.reply() else { return };
        let (status, wish) = (reply.status(), retry_after(reply, cx.wall));
        let (slot, wish) = (*slot, wish.filter(|_| PASSING.contains(&status)));
        let Some((_, hook)) = self.endpoints.settings(slot, cx.settings) else {
            return self.settle(at, ticket, Outcome::Reply, cx);
        };
        if matches!(status, 301 | 302 | 307 | 308) && self.follow(at, ticket, &hook, cx) {
            return cx.log.log(Level::Debug, format_args!("hook {}: status {status} followed", hook.name));
        }
        let is_slow = self.took_long(at, cx.now);
        let time = self.took(at, cx.now);
        self.endpoints.get_mut(slot).times.add(time);
        let attempt = self.queue.get(ticket).map_or(0, |entry| entry.attempts);
        let head = format_args!("hook {}: attempt {attempt}, status {status}", hook.name);
        if wish.is_some() || hook.delivery.retry.contains(&status) {
            let wait = wish.unwrap_or_else(|| self.backoff(&hook.delivery, attempt));
            if wish.is_some() {
                // It said for how long it wants nothing; that it said so is no failure.
                let endpoint = self.endpoints.get_mut(slot);
                endpoint.held = endpoint.held.max(cx.now + wait.min(LONGEST));
            } else {
                self.note_failure(slot, &hook, cx);
            }
            if self.try_again(at, ticket, &hook, wait, &head, cx) {
                return;
            }
        } else if self.endpoints.get_mut(slot).well(is_slow) {
            cx.log.log(Level::Info, format_args!("hook {}: answers again", hook.name));
        }
        cx.log.log(Level::Debug, head);
        self.settle(at, ticket, Outcome::Reply, cx);
    }

    /// The endpoint gave nothing that could be read. `is_passing` says whether another attempt makes sense.
    pub(super) fn fail(&mut self, at: usize, fault: Fault, is_passing: bool, cx: Cx<'_>) {
        let Call { hook: slot, task, .. } = &self.calls[at];
        let (slot, probes) = (*slot, matches!(task, Task::Probe(_)));
        let (Task::Ask(ticket) | Task::Probe(ticket)) = *task else { return };
        let hook = self.endpoints.settings(slot, cx.settings).map(|(_, hook)| hook);
        if probes {
            // What does not understand the question may understand a stanza; what is away is asked when it is back.
            let probe = if is_passing { Probe::Next } else { Probe::Done };
            self.endpoints.get_mut(slot).probe = probe;
        }
        let Some(hook) = hook else {
            return self.settle(at, ticket, Outcome::Failure(fault), cx);
        };
        if is_passing {
            self.note_failure(slot, &hook, cx);
            let endpoint = self.endpoints.get_mut(slot);
            if hook.probe && endpoint.probe == Probe::Done {
                endpoint.probe = Probe::Next;
            }
        }
        if probes {
            cx.log.log(Level::Warn, format_args!("hook {}: OPTIONS failed: {fault}", hook.name));
            match self.queue.get_mut(ticket) {
                Some(entry) if is_passing => entry.attempts = entry.attempts.saturating_add(1),
                _ => {
                    self.requeue(ticket, cx.now);
                    return self.finish_call(at, cx);
                }
            }
        }
        let attempt = self.queue.get(ticket).map_or(0, |entry| entry.attempts);
        let wait = self.backoff(&hook.delivery, attempt);
        let head =
            format_args!("hook {}: attempt {attempt} of {}: {fault}", hook.name, hook.delivery.attempts);
        if !(is_passing && self.try_again(at, ticket, &hook, wait, &head, cx)) {
            cx.log.log(Level::Warn, format_args!("{head}; given up"));
            self.endpoints.get_mut(slot).counters.given_up += 1;
            self.settle(at, ticket, Outcome::Failure(fault), cx);
        }
    }

    /// Counts a failure; the endpoint may be left alone from now on, and then who waits for it is told.
    fn note_failure(&mut self, slot: u16, hook: &Hook<'_>, cx: Cx<'_>) {
        if let Some(pause) = self.endpoints.get_mut(slot).failed(&hook.delivery, cx.now) {
            cx.log.log(Level::Warn, format_args!("hook {}: left alone for {}", hook.name, pause));
            self.queue.hasten(slot, cx.now);
        }
    }

    /// How long to wait before the attempt after that one: longer each time, and never quite the same.
    fn backoff(&mut self, delivery: &Delivery<'_>, attempt: u16) -> Duration {
        let doubled =
            delivery.wait_least.as_millis().saturating_mul(1 << attempt.clamp(1, 20).saturating_sub(1));
        let whole = doubled.min(delivery.wait_most.as_millis()).max(1);
        Duration::from_millis(whole - self.ids.random_u64() % whole.div_ceil(2))
    }

    /// Puts the stanza back to be tried again after a while; false when that would be too often or too late.
    fn try_again(
        &mut self,
        at: usize,
        ticket: u32,
        hook: &Hook<'_>,
        wait: Duration,
        head: &dyn fmt::Display,
        cx: Cx<'_>,
    ) -> bool {
        let Some(entry) = self.queue.get(ticket) else { return false };
        let due = (cx.now + wait).max(self.endpoints.get(entry.hook).held());
        if entry.attempts >= hook.delivery.attempts || due >= entry.until || self.stopping.is_some() {
            return false;
        }
        cx.log.log(Level::Warn, format_args!("{head}; next try in {}", due.since(cx.now)));
        self.requeue(ticket, due);
        self.finish_call(at, cx);
        true
    }
}
