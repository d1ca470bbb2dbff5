//! The callers of the HTTP server: each request is read whole, served (`serve`), and answered once.
//!
//! A place belongs to one connection at a time. While a request is served it is in one of the states below; only in
//! `Reading` are further requests of the connection looked at, so they are answered in order. A 202 goes out when
//! the stanza was handed to the system's socket of a live link, not before.

use core::net::IpAddr;

use crate::fault::{Fault, reason};
use crate::http::{After, Event, Server};
use crate::time::Instant;

use super::address::LOCAL;
use super::answer::{self, Wish};
use super::auth::Refused;
use super::document::Rest;
use super::line::{Arrival, Cx, Door, End, Level, Line, Want};
use super::routes::{ROUTES, Route};
use super::waiting::Waiter;
use super::{Counter, Gateway, Port, lookups, metrics};

/// The place of one caller.
#[derive(Debug)]
pub struct Caller<'b> {
    pub(super) port: Port<'b>,
    pub(super) http: Option<Server>,
    pub(super) came: Arrival,
    pub(super) state: State,
    /// The row of the route that the request at hand is for; behind the last one when it is for none.
    pub(super) route: usize,
    /// What was said of the token of the request that is coming, by the place of the grant.
    pub(super) grant: Option<u16>,
    /// It has logged in on this connection.
    pub(super) known: bool,
    /// When it came; once it is known, when it last got on.
    pub(super) moved: Instant,
    /// The bytes that moved since.
    pub(super) since: usize,
    /// Another has its place as soon as it is told so.
    pub(super) leaves: bool,
}

/// Where the request of a caller is.
#[derive(Debug)]
pub(super) enum State {
    /// A request is coming, or none.
    Reading,
    /// Another server is asked about its token, by the place of the grant; then its head is looked at again.
    Checking { grant: u16, deadline: Instant, wish: Wish },
    /// Its stanza waits to be written to the server up to that position; then comes the 202.
    Sending { mark: u64, wish: Wish },
    /// Its iq was sent, or waits to be.
    Waiting(Waiter),
    /// Its answer is being written.
    Answering,
    /// The same, and this is still to follow.
    Showing(Rest),
    /// The same for what was counted.
    Counting(metrics::Rest),
}

/// The row of no route.
pub(super) const NOWHERE: usize = usize::MAX;

/// What a caller beyond the last place gets before its connection is closed.
pub const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Type: text/plain\r\n\
    Content-Length: 40\r\nConnection: close\r\n\r\nAll connections are taken; come back soon";

impl<'b> Caller<'b> {
    /// A free place over this memory.
    pub fn new(port: Port<'b>) -> Self {
        Self {
            port,
            http: None,
            came: Arrival::default(),
            state: State::Reading,
            route: NOWHERE,
            grant: None,
            known: false,
            moved: Instant::ZERO,
            since: 0,
            leaves: false,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.http.is_none()
    }

    /// What may be written to the caller now.
    pub(super) fn pending(&self) -> &[u8] {
        match self.state {
            State::Reading | State::Answering | State::Showing(_) | State::Counting(_) => {
                self.port.output.bytes()
            }
            State::Checking { .. } | State::Sending { .. } | State::Waiting(_) => &[],
        }
    }

    /// Connected, and with no request of which anything came.
    pub(super) fn is_idle(&self) -> bool {
        let open = self.http.is_some() && self.port.want == Want::Open;
        open && matches!(self.state, State::Reading) && self.port.input.is_empty()
    }

    /// Whether a request of it is served and its answer not yet decided.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self.state, State::Checking { .. } | State::Sending { .. } | State::Waiting(_))
    }

    /// Whether it waits for what is said at that place.
    pub(super) fn is_checking(&self, slot: u16) -> bool {
        matches!(self.state, State::Checking { grant, .. } if grant == slot)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting(waiter) => Some(waiter.deadline),
            State::Checking { deadline, .. } => Some(*deadline),
            _ => self.http.as_ref()?.deadline(),
        }
    }
}

impl Gateway<'_> {
    /// A caller connected from that address, by the only listener there is: see [`Gateway::accept_at`].
    pub fn accept(&mut self, peer: Option<IpAddr>, cx: Cx<'_>) -> Option<Line> {
        self.accept_at(Arrival { peer, ..Arrival::default() }, cx)
    }

    /// How many places there are but for that of those who watch.
    pub(super) fn places(&self) -> usize {
        self.callers.len().min(self.limits.connections as usize)
    }

    /// Whether there is a place for a caller.
    pub fn has_room(&self) -> bool {
        self.callers[..self.places()].iter().any(Caller::is_free)
    }

    /// A caller connected: its line, or `None` when all places are taken; then it is to get [`BUSY`]. Those who watch
    /// have a place that nobody else can take.
    pub fn accept_at(&mut self, came: Arrival, cx: Cx<'_>) -> Option<Line> {
        let free = match came.door {
            Door::Main => self.callers[..self.places()].iter().position(Caller::is_free),
            Door::Metrics => self.callers.iter().rposition(Caller::is_free),
        };
        let Some(at) = free.filter(|_| self.stopping.is_none()) else {
            self.counters.add(Counter::ConnectionsRefused);
            // The next one shall find a place, if anybody has rested long enough by now.
            self.make_room(usize::MAX, cx);
            return None;
        };
        self.counters.add(Counter::Connections);
        let caller = &mut self.callers[at];
        caller.port.reset(Want::Open);
        caller.http = Some(Server::new(cx.now, &self.limits));
        (caller.came, caller.state, caller.route) = (came, State::Reading, NOWHERE);
        (caller.known, caller.moved, caller.since, caller.leaves) = (false, cx.now, 0, false);
        self.counters.note_connections(self.connections());
        self.note_deadline(Line::Caller(at as u16));
        self.make_room(at, cx);
        Some(Line::Caller(at as u16))
    }

    /// Bytes of a caller came, or its answer left: goes on with its connection.
    pub(super) fn run_caller(&mut self, at: usize, cx: Cx<'_>) {
        loop {
            let caller = &mut self.callers[at];
            // An unwritten 100 holds the body back, so that the out-buffer is free when the request is served.
            if !matches!(caller.state, State::Reading)
                || !caller.port.output.is_empty()
                || caller.port.want != Want::Open
            {
                break;
            }
            let Some(http) = &mut caller.http else { break };
            match http.advance(cx.now, &mut caller.port.input) {
                Event::NeedMore => break,
                Event::Close => {
                    self.close_caller(at);
                    break;
                }
                Event::Refuse(reason) => self.refuse(at, &Fault::new(reason), Wish::default(), cx),
                Event::Head => self.admit(at, cx),
                Event::Request => self.serve(at, cx),
            }
        }
        self.note_deadline(Line::Caller(at as u16));
    }

    /// The link has written up to that position: the stanzas before it are handed over.
    pub(super) fn confirm_sent(&mut self, position: u64, cx: Cx<'_>) {
        for at in 0..self.callers.len() {
            let Caller { port, http: Some(http), state, .. } = &mut self.callers[at] else { continue };
            let State::Sending { mark, wish } = *state else { continue };
            if mark > position {
                continue;
            }
            *state = State::Answering;
            match answer::put(http, port, wish, cx, 202, &[], |_| Ok(0)) {
                Ok(()) => self.wake_caller(at),
                Err(fault) => self.refuse(at, &fault, wish, cx),
            }
        }
    }

    /// The link is down; it had written up to that position.
    pub(super) fn fail_sent(&mut self, position: u64, cx: Cx<'_>) {
        for at in 0..self.callers.len() {
            let (mark, wish) = match self.callers[at].state {
                State::Sending { mark, wish } | State::Waiting(Waiter { mark, wish, .. }) => (mark, wish),
                State::Reading
                | State::Checking { .. }
                | State::Answering
                | State::Showing(_)
                | State::Counting(_) => continue,
            };
            let reason = if mark > position { &reason::LINK_LOST } else { &reason::ANSWER_LOST };
            self.refuse(at, &Fault::new(reason), wish, cx);
        }
    }

    /// Bytes of the answer left.
    pub(super) fn caller_wrote(&mut self, at: usize, n: usize, cx: Cx<'_>) {
        self.callers[at].note_bytes(n, cx.now);
        let Caller { port, http: Some(http), came, state, route, known, moved, leaves, .. } =
            &mut self.callers[at]
        else {
            return;
        };
        port.output.consume(n);
        if !port.output.is_empty() {
            return;
        }
        if *leaves && matches!(state, State::Reading) {
            port.want = Want::Close;
            return self.wake_caller(at);
        }
        if let State::Showing(rest) = state
            && rest.write(&mut port.output)
        {
            return self.wake_caller(at);
        }
        if let State::Counting(rest) = state
            && !rest.is_over()
        {
            return self.go_on_with_figures(at, cx);
        }
        if let State::Answering | State::Showing(_) | State::Counting(_) = state {
            *state = State::Reading;
            let row = core::mem::replace(route, NOWHERE);
            self.counters.answered(row, port.status);
            if let Some(Route { method, pattern, .. }) = ROUTES.get(row) {
                let peer = came.peer.unwrap_or(LOCAL);
                let line = format_args!("caller {peer}: {} {pattern}: {}", method.name(), port.status);
                cx.log.log(Level::Debug, line);
            }
            *moved = if *known { cx.now } else { *moved };
            if http.finish(cx.now, &mut port.input) == After::Close {
                // Not at once: a caller that still sends would lose the answer.
                port.want = if *leaves { Want::Close } else { Want::Flush };
                return self.wake_caller(at);
            }
        }
        self.run_caller(at, cx);
    }

    /// The caller sends no more, or is gone.
    pub(super) fn caller_ended(&mut self, at: usize, end: End<'_>, cx: Cx<'_>) {
        let Caller { http: Some(http), state, .. } = &mut self.callers[at] else { return };
        let waits = matches!(state, State::Waiting(_) | State::Sending { .. });
        match end {
            // Its stanza may be on its way; there is just nobody to tell. An iq that nobody waits for frees its place.
            End::Eof if matches!(state, State::Waiting(_)) => {
                self.counters.add(Counter::CallersGone);
                self.close_caller(at);
            }
            End::Eof => {
                http.eof();
                self.run_caller(at, cx);
            }
            End::Closed | End::Failed(_) => {
                if waits {
                    self.counters.add(Counter::CallersGone);
                }
                let caller = &mut self.callers[at];
                if let End::Failed(words) = end {
                    self.counters.add(Counter::CallersBroken);
                    cx.log.log(
                        Level::Debug,
                        format_args!("caller {}: {words}", caller.came.peer.unwrap_or(LOCAL)),
                    );
                }
                (caller.http, caller.grant) = (None, None);
                caller.state = State::Reading;
                caller.port.reset(Want::Close);
            }
        }
    }

    /// Time has passed for a caller.
    pub(super) fn tick_caller(&mut self, at: usize, cx: Cx<'_>) {
        let Caller { http: Some(http), state, .. } = &mut self.callers[at] else { return };
        if let State::Waiting(waiter) = *state {
            if cx.now >= waiter.deadline {
                self.refuse(at, &Fault::new(&reason::IQ_TIMEOUT), waiter.wish, cx);
            }
            return;
        }
        if let State::Checking { deadline, .. } = *state {
            if cx.now >= deadline {
                let fault = Fault::new(&reason::TOKENS_UNKNOWN);
                self.refuse_checking(at, &Refused { fault, wait: Some(lookups::SOON) }, cx);
            }
            return;
        }
        match http.tick(cx.now) {
            Event::Refuse(reason) => self.refuse(at, &Fault::new(reason), Wish::default(), cx),
            Event::Close => self.close_caller(at),
            Event::NeedMore | Event::Head | Event::Request => {}
        }
    }

    /// Has the connection closed at once; what was still to be written is not.
    pub(super) fn close_caller(&mut self, at: usize) {
        let Caller { port, state, .. } = &mut self.callers[at];
        port.output.clear();
        port.want = Want::Close;
        *state = State::Reading;
        self.wake_caller(at);
    }

    pub(super) fn wake_caller(&mut self, at: usize) {
        self.wake(Line::Caller(at as u16));
    }
}
