//! The gateway: one value that owns every connection's state, takes events and gives back actions.
//!
//! The shell tells it what happened to a [`Line`] (opened, bytes came, bytes went, ended, time passed) and then asks
//! for [`Gateway::action`] until there is none. Everything between is here and below:
//!
//! * `callers`, `serve`: a request of a caller, from its first byte to the end of its answer; `routes` says what it is
//!   for, `rest` what it means, `auth` who asks, `answer`, `problem` and `metrics` write what comes back.
//! * `figures`: what was counted is told, in pieces.
//! * `room`: who gives way when the last place is taken.
//! * `document`: what the gateway shows of itself: a page, and the description of the interface that `openapi` makes.
//! * `introspection`, `grants`, `lookups`: what another server says of tokens, asked for and kept for a while.
//! * `waiting`: who waits for the answer to an iq.
//! * `archive`: what an archive answers is given to its caller as one.
//! * `inbound`: a stanza of the server: the answer to a waiting iq, a question to ourselves (`host`), or one for
//!   a webhook.
//! * `choice`, `intake`, `queue`, `dispatch`: the stanza waits its turn for the webhook that wants it; `endpoints`
//!   remembers who answers. `calls`, `connection`, `request`, `probe`, `redirect`: it is posted. `delivery`: it is tried
//!   until there is an answer or no hope. `reply`, `settle`: the answer becomes the reply.
//!
//! It promises that every request gets exactly one answer and every stanza that asks for one gets one, whatever
//! breaks in between; and that no line can disturb another.
//!
#![doc = include_str!("example.md")]

pub mod address;
mod agenda;
mod answer;
mod archive;
pub mod auth;
mod bench;
mod callers;
mod calls;
mod choice;
mod connection;
mod cors;
mod counters;
mod delivery;
mod dispatch;
mod document;
mod endpoints;
mod figures;
mod grants;
mod guard;
mod host;
mod inbound;
mod intake;
pub mod introspection;
pub mod line;
mod lookups;
mod metrics;
mod openapi;
mod options;
mod probe;
mod problem;
pub mod queue;
mod redirect;
mod reply;
pub(crate) mod request;
mod rest;
mod retry_after;
pub mod rights;
mod room;
mod routes;
mod serve;
pub mod settings;
mod settle;
mod status;
mod stop;
pub mod target;
pub mod trial;
mod waiting;

#[cfg(test)]
pub(crate) mod tests;

pub use agenda::Port;
pub use bench::Bench;
pub use callers::{BUSY, Caller};
pub use calls::Call;
pub use counters::{Counter, Counters};
pub use endpoints::{Endpoint, Endpoints, HookCounters, Times};
pub use grants::Grant;
pub use guard::{Failures, Guard, Meter};
pub use lookups::{Lookup, Lookups};
pub use status::{http_status, stanza_error};

use crate::component::{Event, Link};
use crate::ids::Ids;
use crate::limits::Limits;
use crate::time::Instant;
use agenda::Agenda;
use line::{Action, Cx, End, Line, Want};
pub use line::{Arrival, Door};
use lookups::Oracle;
use queue::Queue;

/// The gateway. All its memory is lent.
#[derive(Debug)]
pub struct Gateway<'b> {
    limits: Limits,
    link: Link<'b>,
    link_told: bool,
    /// The first tick has come.
    begun: bool,
    callers: &'b mut [Caller<'b>],
    calls: &'b mut [Call<'b>],
    queue: Queue<'b>,
    endpoints: Endpoints<'b>,
    bench: Bench<'b>,
    agenda: Agenda<'b>,
    counters: Counters,
    ids: Ids,
    guard: Guard<'b>,
    oracle: Oracle<'b>,
    /// Nothing but the link has a deadline before this moment; it may be that nothing has one so soon any more.
    soonest: Option<Instant>,
    /// Since [`Gateway::stop`]: how long requests and calls in flight may still take.
    stopping: Option<Instant>,
}

/// The memory that a gateway works in, sized by the limits.
#[derive(Debug)]
pub struct Memory<'b> {
    /// What comes from the server; [`Limits::stanza`].
    pub link_in: &'b mut [u8],
    /// What goes to the server; [`Limits::outgoing`].
    pub link_out: &'b mut [u8],
    /// A place for each caller; [`Limits::connections`].
    pub callers: &'b mut [Caller<'b>],
    /// A place for each call, [`Limits::calls`] and [`Limits::slow_calls`] together.
    pub calls: &'b mut [Call<'b>],
    /// The stanzas that wait for webhooks.
    pub queue: Queue<'b>,
    /// What is known of the webhooks; [`Limits::hooks`].
    pub endpoints: Endpoints<'b>,
    /// The workbench.
    pub bench: Bench<'b>,
    /// Who tries too often.
    pub guard: Guard<'b>,
    /// For looking tokens up; without places, none are.
    pub lookups: Lookups<'b>,
    /// Two places for each line.
    pub actions: &'b mut [Action],
}

impl<'b> Gateway<'b> {
    /// A gateway that has not begun: its first deadline is now.
    ///
    /// `seed` is the only randomness it ever sees: 32 bytes of the system's source.
    pub fn new(limits: &Limits, memory: Memory<'b>, seed: [u8; 32]) -> Self {
        Self {
            limits: *limits,
            link: Link::new(memory.link_in, memory.link_out, *limits),
            link_told: false,
            begun: false,
            callers: memory.callers,
            calls: memory.calls,
            queue: memory.queue,
            endpoints: memory.endpoints,
            bench: memory.bench,
            agenda: Agenda::new(memory.actions),
            counters: Counters::default(),
            ids: Ids::new(seed),
            guard: memory.guard,
            oracle: Oracle::new(memory.lookups, seed),
            soonest: Some(Instant::ZERO),
            stopping: None,
        }
    }

    /// Where the shell reads to; empty when nothing more is taken for now.
    pub fn space(&mut self, line: Line) -> &mut [u8] {
        match line {
            Line::Link => self.link.space(),
            Line::Caller(at) => self.callers[usize::from(at)].port.input.space(),
            Line::Call(at) => self.calls[usize::from(at)].connection.port.input.space(),
            Line::Lookup(at) => self.oracle.places[usize::from(at)].connection.port.input.space(),
        }
    }

    /// `n` bytes were read to [`Gateway::space`].
    pub fn received(&mut self, line: Line, n: usize, cx: Cx<'_>) {
        match line {
            Line::Link => {
                self.link.received(n, cx);
                self.run_link(cx);
            }
            Line::Caller(at) => {
                let caller = &mut self.callers[usize::from(at)];
                caller.port.input.filled(n);
                caller.note_bytes(n, cx.now);
                self.run_caller(usize::from(at), cx);
            }
            Line::Call(at) => {
                self.calls[usize::from(at)].connection.port.input.filled(n);
                self.call_received(usize::from(at), cx);
            }
            Line::Lookup(at) => {
                self.oracle.places[usize::from(at)].connection.port.input.filled(n);
                self.lookup_received(usize::from(at), cx);
            }
        }
    }

    /// What the shell is to write.
    pub fn pending(&self, line: Line) -> &[u8] {
        match line {
            Line::Link => self.link.pending(),
            Line::Caller(at) => self.callers[usize::from(at)].pending(),
            Line::Call(at) => self.calls[usize::from(at)].connection.pending(),
            Line::Lookup(at) => self.oracle.places[usize::from(at)].connection.pending(),
        }
    }

    /// The first `n` bytes of [`Gateway::pending`] were written.
    pub fn written(&mut self, line: Line, n: usize, cx: Cx<'_>) {
        match line {
            Line::Link => {
                self.link.written(n, cx.now);
                self.confirm_sent(self.link.position(), cx);
                self.retry_held(cx);
            }
            Line::Caller(at) => self.caller_wrote(usize::from(at), n, cx),
            Line::Call(at) => self.calls[usize::from(at)].connection.port.output.consume(n),
            Line::Lookup(at) => self.oracle.places[usize::from(at)].connection.port.output.consume(n),
        }
    }

    /// The line that was asked for with [`Action::Connect`] is open.
    pub fn connected(&mut self, line: Line, cx: Cx<'_>) {
        match line {
            Line::Link => {
                self.link.connected(cx);
                self.run_link(cx);
            }
            Line::Caller(_) => {}
            Line::Call(at) => self.call_connected(usize::from(at)),
            Line::Lookup(at) => self.lookup_connected(usize::from(at)),
        }
    }

    /// The line ended. After [`End::Eof`] it can still be written to, until it is closed as [`Gateway::want`] says;
    /// every line ends with one of the others.
    pub fn ended(&mut self, line: Line, end: End<'_>, cx: Cx<'_>) {
        match line {
            Line::Link => {
                self.link.ended(end, cx, &mut self.ids);
                self.run_link(cx);
            }
            Line::Caller(at) => self.caller_ended(usize::from(at), end, cx),
            Line::Call(at) => self.call_ended(usize::from(at), end, cx),
            Line::Lookup(at) => self.lookup_ended(usize::from(at), end, cx),
        }
    }

    /// What the shell is to do with the line.
    pub fn want(&self, line: Line) -> Want {
        match line {
            Line::Link => self.link.want(),
            Line::Caller(at) => self.callers[usize::from(at)].port.want,
            Line::Call(at) => self.calls[usize::from(at)].connection.port.want,
            Line::Lookup(at) => self.oracle.places[usize::from(at)].connection.port.want,
        }
    }

    /// What the shell is to do next; to be asked after every event, until there is nothing.
    pub fn action(&mut self) -> Option<Action> {
        let action = self.agenda.pop()?;
        if let Action::Wake(line) = action {
            *self.told(line) = false;
        }
        Some(action)
    }

    /// When [`Gateway::tick`] is due; it may turn out that nothing is. While nobody calls, it is the link's and exact: a
    /// gateway that rests is not woken for a ping that was answered.
    pub fn deadline(&self) -> Option<Instant> {
        self.link.deadline().into_iter().chain(self.soonest).min()
    }

    /// Time has passed.
    pub fn tick(&mut self, cx: Cx<'_>) {
        if self.deadline().is_none_or(|deadline| cx.now < deadline) {
            return;
        }
        self.soonest = None;
        if !core::mem::replace(&mut self.begun, true) {
            self.refresh(cx);
        }
        self.link.tick(cx, &mut self.ids);
        self.run_link(cx);
        for at in 0..self.callers.len() {
            self.tick_caller(at, cx);
            self.note_deadline(Line::Caller(at as u16));
        }
        for at in 0..self.calls.len() {
            self.tick_call(at, cx);
            self.note_deadline(Line::Call(at as u16));
        }
        for at in 0..self.oracle.places.len() {
            self.tick_lookup(at, cx);
            self.note_deadline(Line::Lookup(at as u16));
        }
        self.look_up(cx);
        self.dispatch(cx);
        self.tick_stop(cx);
    }

    /// What is known of the hook of that name, once it was seen.
    pub fn endpoint(&self, hook: &str) -> Option<&Endpoint> {
        self.endpoints.named(hook)
    }

    /// Whether the XMPP server has accepted us and answers.
    pub fn is_ready(&self, now: Instant) -> bool {
        self.link.is_up() && !self.link.is_suspect(now)
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Takes what the link has to tell.
    fn run_link(&mut self, cx: Cx<'_>) {
        while let Some(event) = self.link.next(cx) {
            match event {
                Event::Connect => self.agenda.push(Action::Connect(Line::Link)),
                Event::Up => self.retry_held(cx),
                Event::Down => self.fail_sent(self.link.position(), cx),
                Event::Stanza => self.inbound(cx),
                Event::TooLarge => self.too_large(cx),
            }
        }
        self.wake(Line::Link);
        self.tick_stop(cx);
    }

    /// Has the shell look at a line again, whose state has changed.
    fn wake(&mut self, line: Line) {
        if !core::mem::replace(self.told(line), true) {
            self.agenda.push(Action::Wake(line));
        }
        self.note_deadline(line);
    }

    /// The mark of a line that the shell is to be woken for it already.
    fn told(&mut self, line: Line) -> &mut bool {
        match line {
            Line::Link => &mut self.link_told,
            Line::Caller(at) => &mut self.callers[usize::from(at)].port.told,
            Line::Call(at) => &mut self.calls[usize::from(at)].connection.port.told,
            Line::Lookup(at) => &mut self.oracle.places[usize::from(at)].connection.port.told,
        }
    }

    /// Sees to it that a tick comes by the deadline of the line.
    fn note_deadline(&mut self, line: Line) {
        let deadline = match line {
            // It is always looked at.
            Line::Link => None,
            Line::Caller(at) => self.callers[usize::from(at)].deadline(),
            Line::Call(at) => self.calls[usize::from(at)].connection.deadline(),
            Line::Lookup(at) => self.oracle.places[usize::from(at)].connection.deadline(),
        };
        self.soonest = self.soonest.into_iter().chain(deadline).min();
    }
}
