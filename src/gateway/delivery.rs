//! The way of a stanza through the queue: when it is tried, when again, and when its sender is told.
//!
//! An entry leaves the queue only when its sender was answered or needs no answer; while the link is down or full, the
//! outcome is held. One sender's stanzas to one hook go out one at a time, so their order holds through all retries.
//! An endpoint that answers has decided; it is asked again only when it says when, or when the settings name its
//! status. No answer at all is tried again, as often and as long as the settings say.

use core::fmt;

use crate::component::{Link, Outbox};
use crate::fault::{Fault, Reason, reason};
use crate::mapping::Options;
use crate::stanza::{self, Kind, StanzaError};
use crate::time::{Duration, Instant};
use crate::xml::{self, Element, WriteError};

use super::bench::Layout;
use super::calls::{Call, Outcome, Task, place};
use super::endpoints::{Endpoints, Probe};
use super::line::{Cx, Level};
use super::queue::{Entry, Full, Queue, key};
use super::reply::{self, Header};
use super::retry_after::retry_after;
use super::settings::{Delivery, Hook};
use super::{Counter, Gateway};

/// The statuses that are about the moment, so that with `Retry-After` they are an invitation.
const PASSING: &[u16] = &[408, 413, 423, 425, 429, 500, 502, 503, 504, 507];

impl Gateway<'_> {
    /// Gives stanzas that are due to free places, as many as there are, and sees to it that time comes back.
    pub(super) fn dispatch(&mut self, cx: Cx<'_>) {
        self.expire(cx);
        while let Some(slot) = self.endpoints.unasked()
            && let Some(at) = place(self.calls, slot, false)
        {
            if self.calls[at].leads_elsewhere(slot) {
                return self.close_call(at);
            }
            self.probe(at, slot, 0, cx);
        }
        loop {
            let unknown = |call: &&Call<'_>| !call.is_resting() && self.endpoints.get(call.hook).is_unknown();
            let crowded = self.calls.iter().filter(unknown).count() >= (self.calls.len() / 2).max(1);
            let place = |entry: &Entry| {
                let endpoint = self.endpoints.get(entry.hook);
                if crowded && endpoint.is_unknown() {
                    return None;
                }
                place(self.calls, entry.hook, endpoint.is_sick()).filter(|_| endpoint.may_be_called(cx.now))
            };
            let Some(entry) = self.queue.ready(cx.now, |entry| place(entry).is_some()) else { break };
            let Some(at) = place(&entry) else { break };
            if self.calls[at].leads_elsewhere(entry.hook) {
                // The place is taken again when the shell has closed it.
                self.close_call(at);
                break;
            }
            self.ask(at, entry.ticket, cx);
        }
        let due = self.queue.deadline(cx.now, |slot| self.endpoints.get(slot).held());
        self.soonest = self.soonest.into_iter().chain(due).min();
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

    /// The endpoint gave a reply to a stanza.
    pub(super) fn replied(&mut self, at: usize, ticket: u32, cx: Cx<'_>) {
        let Call { port, client: Some(client), hook: slot, .. } = &self.calls[at] else { return };
        let reply = client.reply(&port.input);
        let (status, wish) = (reply.status(), retry_after(reply, cx.wall));
        let (slot, wish) = (*slot, wish.filter(|_| PASSING.contains(&status)));
        let Some((_, hook)) = self.endpoints.settings(slot, cx.settings) else {
            return self.settle(at, ticket, Outcome::Reply, cx);
        };
        if matches!(status, 301 | 302 | 307 | 308) && self.follow(at, ticket, &hook, cx) {
            return cx.log.log(Level::Debug, format_args!("hook {}: status {status} followed", hook.name));
        }
        let attempt = self.queue.get(ticket).map_or(0, |entry| entry.attempts);
        let head = format_args!("hook {}: attempt {attempt}, status {status}", hook.name);
        if wish.is_some() || hook.delivery.retry.contains(&status) {
            let wait = wish.unwrap_or_else(|| self.backoff(&hook.delivery, attempt));
            if wish.is_some() {
                // It said for how long it wants nothing; that it said so is no failure.
                let endpoint = self.endpoints.get_mut(slot);
                endpoint.held = endpoint.held.max(cx.now + wait);
            } else {
                self.note_failure(slot, &hook, cx);
            }
            if self.try_again(at, ticket, &hook, wait, &head, cx) {
                return;
            }
        } else if self.endpoints.get_mut(slot).well() {
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

    /// Counts a failure; the endpoint may be left alone from now on.
    fn note_failure(&mut self, slot: u16, hook: &Hook<'_>, cx: Cx<'_>) {
        if let Some(pause) = self.endpoints.get_mut(slot).failed(&hook.delivery, cx.now) {
            cx.log.log(Level::Warn, format_args!("hook {}: left alone for {}", hook.name, Time(pause)));
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
        cx.log.log(Level::Warn, format_args!("{head}; next try in {}", Time(due.since(cx.now))));
        self.requeue(ticket, due);
        self.finish_call(at, cx);
        true
    }

    /// Answers the sender, or holds the outcome until the link takes the answer.
    pub(super) fn settle(&mut self, at: usize, ticket: u32, outcome: Outcome, cx: Cx<'_>) {
        if !self.answer_sender(at, ticket, &outcome, cx) {
            self.calls[at].task = Task::Hold(ticket, outcome);
            return;
        }
        if let (Outcome::Reply, Some(entry)) = (&outcome, self.queue.get(ticket)) {
            self.endpoints.get_mut(entry.hook).counters.answered += 1;
        }
        self.queue.remove(ticket);
        self.finish_call(at, cx);
        self.agenda.wake(crate::gateway::line::Line::Link, &mut self.link_told);
    }

    /// Tries again to hand over what the link did not take.
    pub(super) fn retry_held(&mut self, cx: Cx<'_>) {
        for at in 0..self.calls.len() {
            if let Task::Hold(ticket, _) = self.calls[at].task
                && let Task::Hold(_, outcome) = core::mem::replace(&mut self.calls[at].task, Task::Rest)
            {
                self.settle(at, ticket, outcome, cx);
            }
        }
        self.dispatch(cx);
    }

    /// Sends the answer that the outcome makes; false when the link does not take it now.
    fn answer_sender(&mut self, at: usize, ticket: u32, outcome: &Outcome, cx: Cx<'_>) -> bool {
        let (Some(client), Outcome::Reply) = (&self.calls[at].client, outcome) else {
            let Outcome::Failure(fault) = outcome else { return true };
            self.counters.fault(fault.reason);
            return self.tell_sender(ticket, fault.reason, cx);
        };
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let Call { port, hook, .. } = &self.calls[at];
        let hook = self.endpoints.settings(*hook, cx.settings).map(|(_, hook)| hook);
        let (name, options) =
            hook.map_or(("(removed)", Options::default()), |hook| (hook.name, hook.mapping));
        let stanza = self.queue.stanza(ticket).unwrap_or_default();
        // It was read before, when it came; otherwise there is nobody to answer.
        let Ok(document) = xml::parse(stanza, xml::Source::Stanza, nodes) else { return true };
        let element = document.root();
        let Ok(Some(header)) = Header::of(element, &mut spare) else { return true };
        let reply = client.reply(&port.input);
        let is_copy = self.queue.get(ticket).is_some_and(|entry| !entry.answers);
        // While the link is down, who has nothing to say need not wait for it.
        let silent = is_copy || header.is_silenced_by(reply.status());
        let (ids, mut unread) = (&mut self.ids, None);
        let sent = if silent {
            Ok(false)
        } else {
            put(&mut self.link, cx, |out| {
                let written = reply::write(element, &header, reply, &options, ids, scratch, out)?;
                unread = written.unread;
                Ok(written.len)
            })
        };
        match sent {
            Ok(replied) => self.counters.add_if(Counter::Replies, replied),
            Err(WriteError::Full) if !(self.link.is_up() && self.link.pending().is_empty()) => return false,
            Err(error) => {
                let too_large = error == WriteError::Full;
                let reason = if too_large { &reason::ANSWER_TOO_LARGE } else { &reason::HOOK_ANSWER };
                let fault = Fault::with(reason, format_args!("the reply cannot be sent: {error}"));
                cx.log.log(Level::Warn, format_args!("hook {name}: {fault}"));
                return self.answer_sender(at, ticket, &Outcome::Failure(fault), cx);
            }
        }
        self.counters.add(Counter::CallsAnswered);
        if let Some(fault) = unread {
            self.counters.fault(fault.reason);
            cx.log.log(Level::Warn, format_args!("hook {name}: {fault}"));
        }
        true
    }

    /// Tells the sender of an entry, if it may be told, why its stanza comes to nothing; false when the link does not
    /// take that now. What the system said of addresses and ports is for the log, not for strangers.
    pub(super) fn tell_sender(&mut self, ticket: u32, reason: &'static Reason, cx: Cx<'_>) -> bool {
        let nodes = self.bench.lay_out().stanza;
        let stanza = self.queue.stanza(ticket).unwrap_or_default();
        let is_copy = self.queue.get(ticket).is_none_or(|entry| !entry.answers);
        let Ok(document) = xml::parse(stanza, xml::Source::Stanza, nodes) else { return true };
        let element = document.root();
        if is_copy || !stanza::may_fail(element) {
            return true;
        }
        let sent = put(&mut self.link, cx, |out| stanza::write_error(element, &error_of(reason), out));
        // A sender whose address alone fills an empty buffer cannot be told.
        sent.is_ok() || self.link.is_up() && self.link.pending().is_empty()
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
            self.agenda.wake(crate::gateway::line::Line::Link, &mut self.link_told);
        }
    }
}

/// The error for a sender. Nobody serving an address is said as servers say it, by the condition alone.
pub(super) fn error_of(reason: &'static Reason) -> StanzaError<'static> {
    let error = StanzaError::from(reason);
    if reason == &reason::NOT_SERVED { StanzaError { text: "", ..error } } else { error }
}

/// Sends what `write` makes, if the link is up and has room, and says whether it made anything; [`WriteError::Full`]
/// otherwise.
fn put(
    link: &mut Link<'_>,
    cx: Cx<'_>,
    write: impl FnOnce(&mut [u8]) -> Result<usize, WriteError>,
) -> Result<bool, WriteError> {
    let Some(mut outbox) = link.outbox(cx.now) else {
        return Err(WriteError::Full);
    };
    let mut made = 0;
    outbox.put(|out| {
        made = write(out)?;
        Ok(made)
    })?;
    Ok(made > 0)
}

/// Where stanzas for hooks are put.
pub(super) struct Intake<'g, 'b> {
    pub(super) queue: &'g mut Queue<'b>,
    pub(super) endpoints: &'g mut Endpoints<'b>,
    /// For the oldest stanza, when it has to make room.
    pub(super) nodes: &'g mut [xml::Node],
}

impl Intake<'_, '_> {
    /// Takes a stanza for the hook at that place in the settings. `answers` says whether the hook's answer is for the
    /// sender.
    pub(super) fn take(
        &mut self,
        at: usize,
        hook: &Hook<'_>,
        (kind, from, frame): (Kind, &str, &[u8]),
        answers: bool,
        outbox: &mut Outbox<'_, '_>,
        cx: Cx<'_>,
    ) -> Result<(), &'static Reason> {
        let queue = &*self.queue;
        let is_used = |slot| queue.entries().iter().any(|entry| entry.hook == slot);
        let Some(slot) = self.endpoints.place(at, hook, is_used) else {
            return Err(&reason::QUEUE_FULL);
        };
        let endpoint = self.endpoints.get_mut(slot);
        // Who waits for an answer is not left waiting for an endpoint that is known to give none.
        if kind == Kind::Iq && endpoint.held() > cx.now {
            endpoint.counters.refused += 1;
            return Err(&reason::HOOK_UNREACHABLE);
        }
        let Delivery { patience, keep, entries, bytes, drop_oldest, .. } = hook.delivery;
        let until = cx.now + if kind == Kind::Iq { patience } else { keep };
        let entry = Entry { hook: slot, sender: key(from), answers, until, due: cx.now, ..Entry::default() };
        loop {
            let (held, used) = self.queue.load(slot);
            let fits = held < entries as usize && used + frame.len() <= bytes as usize;
            if fits && self.queue.push(entry, frame) == Ok(()) {
                self.endpoints.get_mut(slot).counters.accepted += 1;
                return Ok(());
            }
            if !drop_oldest || self.drop_oldest(slot, outbox) == Err(Full) {
                self.endpoints.get_mut(slot).counters.refused += 1;
                cx.log.log(Level::Warn, format_args!("hook {}: the queue is full", hook.name));
                return Err(&reason::QUEUE_FULL);
            }
            cx.log.log(
                Level::Warn,
                format_args!("hook {}: the queue is full; the oldest makes room", hook.name),
            );
        }
    }

    /// Returns the oldest stanza for a hook to its sender.
    fn drop_oldest(&mut self, slot: u16, outbox: &mut Outbox<'_, '_>) -> Result<(), Full> {
        let oldest = self.queue.oldest(slot).ok_or(Full)?;
        let stanza = self.queue.stanza(oldest.ticket).unwrap_or_default();
        if let Ok(document) = xml::parse(stanza, xml::Source::Stanza, self.nodes) {
            bounce(document.root(), &reason::QUEUE_FULL, oldest.answers, outbox).map_err(|_| Full)?;
        }
        self.queue.remove(oldest.ticket);
        self.endpoints.get_mut(slot).counters.dropped += 1;
        Ok(())
    }
}

/// Tells a sender, if it may be told, that its stanza was not taken.
pub(super) fn bounce(
    element: Element<'_>,
    reason: &'static Reason,
    answers: bool,
    outbox: &mut Outbox<'_, '_>,
) -> Result<(), WriteError> {
    if answers && stanza::may_fail(element) {
        outbox.put(|out| stanza::write_error(element, &error_of(reason), out))?;
    }
    Ok(())
}

/// A time in seconds.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} s", self.0.as_secs(), self.0.as_millis() % 1_000 / 10)
    }
}
