//! A request of a caller, from its head to the answer that is decided: who asks, may it, what does it want.
//!
//! The head decides whether the body is taken at all. A request about a stanza leaves its caller waiting, for the link to
//! take the stanza or for the answer to its iq; all others are answered at once.

use crate::fault::{Fault, reason};
use crate::mapping::Scratch;
use crate::time::Duration;
use crate::xml;

use super::address::LOCAL;
use super::answer::{self, Wish};
use super::auth::{self, Refused};
use super::bench::Layout;
use super::callers::{Caller, NOWHERE, State};
use super::line::{Cx, Level, Line};
use super::lookups::Need;
use super::rest::{self, Desk, Served};
use super::routes::{self, Does};
use super::waiting::Waiter;
use super::{Counter, Gateway};

impl Gateway<'_> {
    /// The head is there: who is it, is there such a thing, is the body not too large?
    pub(super) fn admit(&mut self, at: usize, cx: Cx<'_>) {
        let Caller { port, http: Some(http), came, route, .. } = &mut self.callers[at] else { return };
        let request = http.request(&port.input);
        let found = routes::find(request, came, cx);
        *route = found.as_ref().map_or(NOWHERE, |found| found.row);
        let asks = found.is_ok_and(|found| auth::needs_login(found.does, request, came, cx));
        let wish = Wish::of(request, cx.settings);
        let need = if asks { self.consult(at, cx) } else { Ok(Need::None(None)) };
        match need {
            Ok(Need::None(grant)) => self.admit_with(at, grant, cx),
            Ok(Need::Wait(grant)) => {
                let time = cx.settings.introspection().map_or(Duration::ZERO, |server| server.time);
                self.callers[at].state = State::Checking { grant, deadline: cx.now + time, wish };
                self.look_up(cx);
            }
            Err(Refused { fault, wait }) => self.refuse(at, &fault, Wish { wait, ..wish }, cx),
        }
    }

    /// The same, once it is known what is said of its token, if anything has to be.
    pub(super) fn admit_with(&mut self, at: usize, said: Option<u16>, cx: Cx<'_>) {
        let Caller { port, http: Some(http), came, known, moved, grant, .. } = &mut self.callers[at] else {
            return;
        };
        let row = said.and_then(|slot| self.oracle.grants.get_mut(slot));
        let request = http.request(&port.input);
        let wish = Wish::of(request, cx.settings);
        let admitted = routes::find(request, came, cx)
            .map_err(Refused::from)
            .and_then(|found| {
                if auth::needs_login(found.does, request, came, cx) {
                    auth::admit(request, came, &mut self.guard, row, cx)?;
                    *grant = said;
                    (*known, *moved) = (true, cx.now);
                }
                Ok(())
            })
            .and_then(|()| http.go_on(cx.now, &port.input).map_err(|reason| Fault::new(reason).into()));
        match admitted {
            Ok(None) => {}
            Ok(Some(interim)) => {
                // The out-buffer is empty, and larger than this.
                let _ = port.output.push(interim);
                self.wake_caller(at);
            }
            Err(Refused { fault, wait }) => self.refuse(at, &fault, Wish { wait, ..wish }, cx),
        }
    }

    /// The request is there: does what it asks.
    pub(super) fn serve(&mut self, at: usize, cx: Cx<'_>) {
        let may_wait = self.waiting() < self.limits.waiting as usize;
        let Caller { port, http: Some(http), came, state, grant, .. } = &mut self.callers[at] else { return };
        // From here on it keeps no place there.
        let said = grant.take().and_then(|slot| self.oracle.grants.get(slot));
        let request = http.request(&port.input);
        let wish = Wish::of(request, cx.settings);
        let Layout { stanza: nodes, scratch: Scratch { xml, json, memory }, mut spare } =
            self.bench.lay_out();
        let scratch = Scratch { xml, json: &mut *json, memory };
        let mut desk = Desk { link: &mut self.link, ids: &mut self.ids, may_wait, room: port.output.free() };
        let served = match (routes::find(request, came, cx), wish.stanza) {
            (Err(fault), _) => Err(fault),
            // As long as it stops it is alive.
            (Ok(found), _) if self.stopping.is_some() && found.does != Does::Health => {
                Err(Fault::new(&reason::STOPPING))
            }
            (Ok(found), _) if !found.does.is_about_a_stanza() => {
                let needs_login = auth::needs_login(found.does, request, came, cx);
                let who = if needs_login { auth::who(request, came, said, cx).map(drop) } else { Ok(()) };
                who.map(|()| Served::Told(found.does))
            }
            (_, None) => Err(Fault::new(&reason::NOT_ACCEPTABLE)),
            (Ok(found), Some(_)) => auth::who(request, came, said, cx)
                .and_then(|who| rest::serve(request, found, &who, &mut desk, scratch, &mut spare, cx)),
        };
        let done = match served {
            Ok(Served::Sent { mark }) => {
                *state = State::Sending { mark, wish };
                Ok(())
            }
            Ok(Served::Asked(question)) => {
                self.counters.add(Counter::Waits);
                Waiter::new(&question, wish, &mut port.output, cx.now)
                    .map(|waiter| *state = State::Waiting(waiter))
            }
            Ok(Served::Told(does)) => self.tell(at, does, wish, cx),
            Ok(Served::Made(stanza)) => xml::parse(stanza, xml::Source::Body, nodes)
                .map_err(|_| Fault::new(&reason::INTERNAL))
                .and_then(|document| answer::give(http, port, document.root(), wish, None, json, cx))
                .map(|()| *state = State::Answering),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = done {
            return self.refuse(at, &fault, wish, cx);
        }
        self.wake(Line::Link);
        self.wake_caller(at);
    }

    /// Tells what is asked of the gateway itself.
    fn tell(&mut self, at: usize, does: Does, wish: Wish, cx: Cx<'_>) -> Result<(), Fault> {
        let is_ready = self.is_ready(cx.now);
        let Caller { port, http: Some(http), state, .. } = &mut self.callers[at] else { return Ok(()) };
        *state = State::Answering;
        match does {
            Does::Health => answer::tell(http, port, wish, cx, 200, "alive\n"),
            Does::Ready if is_ready => answer::tell(http, port, wish, cx, 200, "ready\n"),
            Does::Ready => Err(Fault::new(&reason::NO_LINK)),
            Does::Metrics => self.begin_figures(at, wish, cx),
            Does::Show(document) => {
                let known = document.is_known(http.request(&port.input));
                document.show(http, port, wish, cx, known).map(|rest| *state = State::Showing(rest))
            }
            Does::Moved => answer::moved(http, port, wish, cx, "/rest/"),
            _ => answer::options(http, port, wish, cx),
        }
    }

    /// Answers a request with a refusal.
    pub(super) fn refuse(&mut self, at: usize, fault: &Fault, wish: Wish, cx: Cx<'_>) {
        self.counters.fault(fault.reason);
        let Caller { port, http: Some(http), state, came, .. } = &mut self.callers[at] else { return };
        let peer = came.peer.unwrap_or(LOCAL);
        cx.log.log(Level::Debug, format_args!("caller {peer}: {} {fault}", fault.reason.status));
        if let State::Waiting(_) = state {
            port.output.clear();
        }
        let written = answer::refuse(http, port, cx, fault, wish);
        *state = State::Answering;
        if written.is_err() {
            self.close_caller(at);
        }
        self.wake_caller(at);
    }
}
