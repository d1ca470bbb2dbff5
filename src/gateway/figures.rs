//! What the gateway counts, told to a caller: gathered here, written by `metrics`.
//!
//! The text grows with the hooks and may be larger than the out-buffer of a caller. It goes out in windows, each with
//! the figures of its moment, when the one before is written; so its length is not known when the answer begins.

use crate::buffer::Full;
use crate::fault::{Fault, reason};
use crate::http::{Field, Length, Version};
use crate::time::Instant;

use super::Gateway;
use super::answer::{self, Head, Wish};
use super::callers::{Caller, State};
use super::line::Cx;
use super::metrics::{self, Gauges, Hooks, Rest};

impl<'b> Gateway<'b> {
    /// Begins the answer that tells them.
    pub(super) fn begin_figures(&mut self, at: usize, wish: Wish, cx: Cx<'_>) -> Result<(), Fault> {
        let (figures, caller) = self.figures(at, cx);
        let Caller { port, http: Some(http), state, .. } = caller else { return Ok(()) };
        // HTTP/1.0 knows no chunks; its connections are not kept.
        let chunked = http.request(&port.input).version() == Version::Http11;
        let mut rest = Rest::new(chunked, http.head_only());
        let length = Some(if chunked { Length::Chunked } else { Length::Close });
        let own: [Field<'_>; 2] = [("Content-Type", &metrics::TYPE), ("Cache-Control", &"no-store")];
        answer::put_part(http, port, wish, cx, Head { status: 200, own: &own, length }, |out| {
            rest.fill(figures, out).map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))
        })?;
        *state = State::Counting(rest);
        Ok(())
    }

    /// Goes on with it. What cannot be finished is broken off, so that nobody takes it for whole.
    pub(super) fn go_on_with_figures(&mut self, at: usize, cx: Cx<'_>) {
        let (figures, caller) = self.figures(at, cx);
        let Caller { port, state: State::Counting(rest), .. } = caller else { return };
        let Ok(n) = rest.fill(figures, port.output.space()) else {
            self.counters.fault(&reason::ANSWER_TOO_LARGE);
            return self.close_caller(at);
        };
        port.output.filled(n);
        self.wake_caller(at);
    }

    /// The state of the gateway, and the caller that it is told.
    fn figures<'g>(&'g mut self, at: usize, cx: Cx<'g>) -> (metrics::State<'g>, &'g mut Caller<'b>) {
        let gauges = self.gauges(cx.now);
        let hooks = Hooks { settings: cx.settings, endpoints: &self.endpoints, queue: &self.queue };
        let state = metrics::State { counters: &self.counters, link: self.link.counters(), gauges, hooks };
        (state, &mut self.callers[at])
    }

    /// How many callers there are.
    pub(super) fn connections(&self) -> usize {
        self.callers.iter().filter(|caller| !caller.is_free()).count()
    }

    /// How many callers wait for the answer to their iq.
    pub(super) fn waiting(&self) -> usize {
        self.callers.iter().filter(|caller| matches!(caller.state, State::Waiting(_))).count()
    }

    /// What goes up and down.
    fn gauges(&self, now: Instant) -> Gauges {
        Gauges {
            ready: self.is_ready(now),
            now,
            connections: (self.connections(), self.limits.connections),
            waiting: (self.waiting(), self.limits.waiting),
            queue: (self.queue.len(), self.limits.queue_entries),
            queue_bytes: (self.queue.bytes(), self.limits.queue),
            calls: (
                self.calls.iter().filter(|call| !call.is_resting()).count(),
                self.limits.calls + self.limits.slow_calls,
            ),
            login_addresses: (self.guard.addresses(now), self.limits.login_addresses),
            outgoing: (self.link.pending().len(), self.limits.outgoing),
            grants: self.oracle.grants.load(now),
        }
    }
}
