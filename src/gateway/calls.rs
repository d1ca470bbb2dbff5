//! Calls to webhooks: the connection of each place, what was asked on it, and what came of it.
//!
//! A place keeps its connection after a call and prefers stanzas for the same hook. A kept connection that turns out
//! to be closed is no failure: the stanza is posted once more on a new one. What an outcome means for the stanza is
//! decided in `delivery`.

use crate::fault::{Fault, reason};
use crate::http::{After, Progress, Unreadable};
use crate::time::{Duration, Instant};
use crate::xml;

use super::bench::Layout;
use super::connection::{Connection, Ended};
use super::endpoints::Probe;
use super::line::{Action, Cx, End, Line};
use super::request::Manner;
use super::settings::Settings;
use super::{Counter, Gateway, Port, request};

/// The place of one call.
#[derive(Debug)]
pub struct Call<'b> {
    pub(super) connection: Connection<'b>,
    /// The endpoint that the connection leads to, by its place.
    pub(super) hook: u16,
    pub(super) task: Task,
    /// Whether something was asked that is not finished.
    asked: bool,
    /// When that was.
    since: Instant,
    /// Until when the answer is awaited.
    pub(super) until: Instant,
    /// How many redirects were followed for it.
    pub(super) hops: u8,
    /// The request in the out-buffer waits for another connection.
    pub(super) reopens: bool,
}

/// What a place is doing.
#[derive(Debug)]
pub(super) enum Task {
    /// Nothing.
    Rest,
    /// It asks the endpoint for its format; the entry, unless it is 0, is next.
    Probe(u32),
    /// It asks the hook about that entry.
    Ask(u32),
    /// It has the outcome and the link did not take the answer yet.
    Hold(u32, Outcome),
}

/// What came of a stanza.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The reply is in the in-buffer.
    Reply,
    /// There was none.
    Failure(Fault),
}

impl<'b> Call<'b> {
    /// A free place over this memory.
    pub fn new(port: Port<'b>) -> Self {
        Self {
            connection: Connection::new(port),
            hook: 0,
            task: Task::Rest,
            asked: false,
            since: Instant::ZERO,
            until: Instant::ZERO,
            hops: 0,
            reopens: false,
        }
    }

    pub(super) fn is_resting(&self) -> bool {
        matches!(self.task, Task::Rest)
    }

    /// Whether it has a connection to that endpoint.
    pub(super) fn leads_to(&self, hook: u16) -> bool {
        self.connection.is_open() && self.hook == hook
    }

    /// Whether an outcome is awaited.
    fn is_asking(&self) -> bool {
        matches!(self.task, Task::Ask(_) | Task::Probe(_))
    }

    /// Since when an answer is awaited, if one is.
    pub(super) fn since(&self) -> Option<Instant> {
        self.is_asking().then_some(self.since)
    }
}

impl Gateway<'_> {
    /// The place in the settings of the hook that a call is for; `None` when it is no longer there.
    pub fn destination(&self, call: u16, settings: &dyn Settings) -> Option<usize> {
        let hook = self.calls.get(usize::from(call))?.hook;
        self.endpoints.settings(hook, settings).map(|(at, _)| at)
    }

    /// Posts the stanza of an entry, or asks for the format first.
    pub(super) fn ask(&mut self, at: usize, ticket: u32, cx: Cx<'_>) {
        let Some(entry) = self.queue.get_mut(ticket) else { return };
        entry.taken = true;
        let (slot, until) = (entry.hook, entry.until);
        if self.endpoints.get(slot).probe == Probe::Next {
            return self.probe(at, slot, ticket, cx);
        }
        entry.attempts = entry.attempts.saturating_add(1);
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let Call { connection: Connection { port, .. }, task, .. } = &mut self.calls[at];
        *task = Task::Ask(ticket);
        port.output.clear();
        let hook = self.endpoints.settings(slot, cx.settings).map(|(_, hook)| hook);
        let written = hook.ok_or_else(|| Fault::new(&reason::NOT_SERVED)).and_then(|hook| {
            let stanza = self.queue.stanza(ticket).unwrap_or_default();
            let document = xml::parse(stanza, xml::Source::Stanza, nodes);
            let document = document.map_err(|_| Fault::new(&reason::INTERNAL))?;
            let format = self.endpoints.get(slot).format.unwrap_or(hook.format);
            let manner = Manner { format, id: self.ids.of(ticket.into()), wall: cx.wall };
            request::post(port, &hook, document.root(), manner, scratch.json, &mut spare)?;
            Ok(hook.delivery.time)
        });
        match written {
            // A sender that waits is not kept longer than it may be expected to wait.
            Ok(time) => self.start_call(at, slot, time.min(until.since(cx.now)), cx),
            Err(fault) => self.settle(at, ticket, Outcome::Failure(fault), cx),
        }
    }

    /// The request is in the out-buffer: sends it as soon as there is a connection.
    pub(super) fn start_call(&mut self, at: usize, slot: u16, time: Duration, cx: Cx<'_>) {
        self.counters.add(Counter::Calls);
        let endpoint = self.endpoints.get_mut(slot);
        endpoint.calls += 1;
        endpoint.counters.attempts += 1;
        let call = &mut self.calls[at];
        (call.asked, call.hops) = (true, 0);
        (call.since, call.until) = (cx.now, cx.now + time);
        let leads_there = call.leads_to(slot);
        call.hook = slot;
        if leads_there {
            call.connection.ask(cx.now, time);
            self.wake_call(at);
        } else if call.connection.is_closed() {
            self.open_call(at, cx);
        } else {
            // What its connection leads to is another endpoint.
            call.reopens = true;
            self.close_call(at);
        }
    }

    /// Asks for a connection; the request goes out as soon as it is there.
    fn open_call(&mut self, at: usize, cx: Cx<'_>) {
        let call = &mut self.calls[at];
        call.reopens = false;
        call.connection.open(&self.limits, cx.now, call.until.since(cx.now));
        self.agenda.push(Action::Connect(Line::Call(at as u16)));
        self.wake_call(at);
    }

    /// Whether the answer that is there took long.
    pub(super) fn took_long(&self, at: usize, now: Instant) -> bool {
        self.took(at, now) >= Duration::of_limit(self.limits.slow_time)
    }

    /// How long the answer that is there took.
    pub(super) fn took(&self, at: usize, now: Instant) -> Duration {
        now.since(self.calls[at].since)
    }

    /// What was asked is finished, one way or the other; the place is free.
    pub(super) fn finish_call(&mut self, at: usize, cx: Cx<'_>) {
        let call = &mut self.calls[at];
        call.task = Task::Rest;
        if !core::mem::replace(&mut call.asked, false) {
            return;
        }
        let endpoint = self.endpoints.get_mut(call.hook);
        endpoint.calls = endpoint.calls.saturating_sub(1);
        match call.connection.finish(cx.now) {
            After::Keep => self.note_deadline(Line::Call(at as u16)),
            After::Close => self.close_call(at),
        }
    }

    /// The connection of a call is open.
    pub(super) fn call_connected(&mut self, at: usize) {
        if self.calls[at].connection.connected() {
            self.wake_call(at);
        }
    }

    /// Bytes of a webhook came.
    pub(super) fn call_received(&mut self, at: usize, cx: Cx<'_>) {
        let Call { connection, reopens: false, .. } = &mut self.calls[at] else { return };
        let progress = connection.received();
        self.progress(at, progress, cx);
        self.dispatch(cx);
    }

    /// The connection of a call ended.
    pub(super) fn call_ended(&mut self, at: usize, end: End<'_>, cx: Cx<'_>) {
        let over = !matches!(end, End::Eof);
        let call = &mut self.calls[at];
        if call.reopens {
            return if over {
                self.open_call(at, cx);
            };
        }
        // A reply that is still held stays in the in-buffer.
        let is_asking = call.is_asking();
        match call.connection.ended(end, is_asking) {
            Some(Ended::Unreached(words)) => {
                let fault = Fault::with(&reason::HOOK_UNREACHABLE, format_args!("{words}"));
                self.fail(at, fault, true, cx);
            }
            Some(Ended::Exchange(progress)) => self.progress(at, progress, cx),
            None => {}
        }
        if !over {
            self.close_call(at);
        }
        self.dispatch(cx);
    }

    /// Time has passed for a call.
    pub(super) fn tick_call(&mut self, at: usize, cx: Cx<'_>) {
        match self.calls[at].connection.tick(cx.now) {
            Ok(After::Keep) => {}
            Ok(After::Close) => self.close_call(at),
            Err(late) => self.progress(at, Err(late), cx),
        }
    }

    fn progress(&mut self, at: usize, progress: Result<Progress, Unreadable>, cx: Cx<'_>) {
        let Call { connection, task, .. } = &self.calls[at];
        let (Task::Ask(ticket) | Task::Probe(ticket)) = *task else {
            // Bytes on a connection on which nothing was asked.
            return if progress.is_err() {
                self.close_call(at);
            };
        };
        let probes = matches!(task, Task::Probe(_));
        match progress {
            Ok(Progress::NeedMore) => self.note_deadline(Line::Call(at as u16)),
            Ok(Progress::Reply) if probes => self.probed(at, ticket, cx),
            Ok(Progress::Reply) => self.replied(at, ticket, cx),
            Err(Unreadable::Nothing) if connection.may_retry() => {
                if probes {
                    self.endpoints.get_mut(self.calls[at].hook).probe = Probe::Next;
                } else if let Some(entry) = self.queue.get_mut(ticket) {
                    entry.attempts = entry.attempts.saturating_sub(1);
                }
                self.requeue(ticket, cx.now);
                self.finish_call(at, cx);
            }
            Err(unreadable) => self.fail(at, unreadable.fault(), unreadable.is_passing(), cx),
        }
    }

    /// Closes all connections to webhooks; what they were asked is forgotten.
    pub(super) fn close_calls(&mut self) {
        for at in 0..self.calls.len() {
            self.calls[at].task = Task::Rest;
            self.calls[at].reopens = false;
            self.close_call(at);
        }
    }

    pub(super) fn close_call(&mut self, at: usize) {
        self.calls[at].connection.close();
        self.wake_call(at);
    }

    fn wake_call(&mut self, at: usize) {
        self.wake(Line::Call(at as u16));
    }
}
