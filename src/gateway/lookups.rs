//! Looking tokens up: callers whose token only another server knows wait until it has said what it is good for.
//!
//! Each token is asked about once at a time, whoever waits for it; a few at the same time. While the server cannot be
//! reached, callers get a 503 and when to come back, never a 401: nothing was said about their token. After failures in
//! a row it is left alone for a while, so that nobody waits in vain.

use crate::fault::{Fault, reason};
use crate::http::{After, Client, Progress, Unreadable};
use crate::limits::Limits;
use crate::time::{Duration, Instant};

use super::answer::Wish;
use super::auth::{self, Refused};
use super::bench::Layout;
use super::callers::{Caller, State as Place};
use super::connection::{Connection, Ended};
use super::grants::{Grant, Grants, Key, State};
use super::introspection::{self, Introspection};
use super::line::{Action, Cx, End, Level, Line};
use super::{Counter, Gateway, Port};

/// So many failures in a row, and the server is left alone.
const PATIENCE: u32 = 3;
/// The first such pause; it doubles with each further failure, up to the longest.
const PAUSE: u64 = 1_000;
const LONGEST: u64 = 30_000;
/// When a caller may come back, unless a pause says otherwise.
pub(super) const SOON: Duration = Duration::from_secs(5);

/// The memory for it.
#[derive(Debug, Default)]
pub struct Lookups<'b> {
    /// A place for each look-up at the same time; [`Limits::lookups`].
    pub places: &'b mut [Lookup<'b>],
    /// What is known of tokens; [`Limits::grants`].
    pub grants: &'b mut [Grant],
}

/// The place of one look-up, and its connection.
#[derive(Debug)]
pub struct Lookup<'b> {
    pub(super) connection: Connection<'b>,
    /// The token that is being asked about, by the place of its grant.
    grant: Option<u16>,
}

/// All look-ups of a gateway.
#[derive(Debug)]
pub(super) struct Oracle<'b> {
    pub(super) places: &'b mut [Lookup<'b>],
    pub(super) grants: Grants<'b>,
    failures: u32,
    /// Left alone until then.
    held: Instant,
}

impl<'b> Oracle<'b> {
    pub(super) fn new(memory: Lookups<'b>, secret: [u8; 32]) -> Self {
        let Lookups { places, grants } = memory;
        Self { places, grants: Grants::new(grants, secret), failures: 0, held: Instant::ZERO }
    }
}

impl<'b> Lookup<'b> {
    /// A free place over this memory: [`Lookup::capacity`] to read into, [`Limits::lookup`] to write from.
    pub fn new(port: Port<'b>) -> Self {
        Self { connection: Connection::new(port), grant: None }
    }

    /// The memory that its in-buffer needs.
    pub const fn capacity(limits: &Limits) -> usize {
        Client::capacity(&bounds(limits))
    }
}

/// An answer about a token is small.
const fn bounds(limits: &Limits) -> Limits {
    Limits { reply: limits.lookup, ..*limits }
}

/// Whether a caller has to wait for what is said of its token.
pub(super) enum Need {
    /// No; what is known is at that place, if it is about such a token at all.
    None(Option<u16>),
    /// It waits for what is said at that place.
    Wait(u16),
}

impl Gateway<'_> {
    /// What is known of the token of a request that shows one which only the other server can know.
    pub(super) fn consult(&mut self, at: usize, cx: Cx<'_>) -> Result<Need, Refused> {
        let Caller { port, http: Some(http), came, .. } = &self.callers[at] else {
            return Ok(Need::None(None));
        };
        let request = http.request(&port.input);
        let key = auth::outside_token(request, came, &self.guard, cx, |token| self.oracle.grants.key(token));
        let Some(key) = key else { return Ok(Need::None(None)) };
        if let Some(slot) = self.oracle.grants.find(&key, cx.now) {
            let grant = self.oracle.grants.get(slot);
            let decided = grant.is_some_and(|grant| matches!(grant.state, State::Good | State::Refused(_)));
            self.counters.add_some(Counter::LookupsSpared, decided.into());
            return Ok(if decided { Need::None(Some(slot)) } else { Need::Wait(slot) });
        }
        self.seek(key, cx).map(Need::Wait)
    }

    fn seek(&mut self, key: Key, cx: Cx<'_>) -> Result<u16, Refused> {
        let unavailable = |wait| Refused { fault: Fault::new(&reason::TOKENS_UNKNOWN), wait: Some(wait) };
        if self.oracle.held > cx.now {
            return Err(unavailable(self.oracle.held.since(cx.now)));
        }
        let callers = &*self.callers;
        let is_used =
            |slot| callers.iter().any(|caller| caller.grant == Some(slot) || caller.is_checking(slot));
        self.oracle.grants.place(key, cx.now, is_used).ok_or_else(|| unavailable(SOON))
    }

    /// Gives tokens that have to be asked about to free places.
    pub(super) fn look_up(&mut self, cx: Cx<'_>) {
        while let Some(slot) = self.oracle.grants.wanted() {
            let Some(at) = self.callers.iter().position(|caller| caller.is_checking(slot)) else {
                // All who asked are gone.
                self.oracle.grants.forget(slot);
                continue;
            };
            let Some(server) = cx.settings.introspection().filter(|_| self.stopping.is_none()) else {
                self.answer_checking(slot, &Refused::from(Fault::new(&reason::CREDENTIALS_REFUSED)), cx);
                continue;
            };
            let rests = |place: &Lookup<'_>| {
                place.grant.is_none() && (place.connection.is_open() || place.connection.is_closed())
            };
            let resting = self.oracle.places.iter().enumerate().filter(|(_, place)| rests(place));
            let Some((place, _)) = resting.min_by_key(|(_, place)| place.connection.is_closed()) else {
                return;
            };
            let port = &mut self.oracle.places[place].connection.port;
            port.output.clear();
            let Caller { port: own, http: Some(http), .. } = &self.callers[at] else { return };
            let asked =
                auth::bearer(http.request(&own.input), |token| introspection::ask(port, &server, token));
            match asked {
                Some(Ok(())) => self.start_lookup(place, slot, &server, cx),
                Some(Err(fault)) => self.answer_checking(slot, &Refused::from(fault), cx),
                None => self.answer_checking(slot, &Refused::from(Fault::new(&reason::INTERNAL)), cx),
            }
        }
    }

    fn start_lookup(&mut self, at: usize, slot: u16, server: &Introspection<'_>, cx: Cx<'_>) {
        self.counters.add(Counter::Lookups);
        if let Some(grant) = self.oracle.grants.get_mut(slot) {
            grant.state = State::Asked;
        }
        let Lookup { connection, grant } = &mut self.oracle.places[at];
        *grant = Some(slot);
        if connection.is_open() {
            connection.ask(cx.now, server.time);
        } else {
            connection.open(&bounds(&self.limits), cx.now, server.time);
            self.agenda.push(Action::Connect(Line::Lookup(at as u16)));
        }
        self.wake_lookup(at);
    }

    /// The connection is open.
    pub(super) fn lookup_connected(&mut self, at: usize) {
        if self.oracle.places[at].connection.connected() {
            self.wake_lookup(at);
        }
    }

    /// Bytes of the answer came.
    pub(super) fn lookup_received(&mut self, at: usize, cx: Cx<'_>) {
        let progress = self.oracle.places[at].connection.received();
        self.lookup_progress(at, progress, cx);
        self.look_up(cx);
    }

    /// The connection ended.
    pub(super) fn lookup_ended(&mut self, at: usize, end: End<'_>, cx: Cx<'_>) {
        let Lookup { connection, grant } = &mut self.oracle.places[at];
        match connection.ended(end, grant.is_some()) {
            Some(Ended::Unreached(words)) => self.lookup_failed(at, true, words, cx),
            Some(Ended::Exchange(progress)) => self.lookup_progress(at, progress, cx),
            None => {}
        }
        if matches!(end, End::Eof) {
            self.close_lookup(at);
        }
        self.look_up(cx);
    }

    /// Time has passed.
    pub(super) fn tick_lookup(&mut self, at: usize, cx: Cx<'_>) {
        match self.oracle.places[at].connection.tick(cx.now) {
            Ok(After::Keep) => {}
            Ok(After::Close) => self.close_lookup(at),
            Err(late) => self.lookup_progress(at, Err(late), cx),
        }
    }

    fn lookup_progress(&mut self, at: usize, progress: Result<Progress, Unreadable>, cx: Cx<'_>) {
        let Lookup { connection, grant } = &self.oracle.places[at];
        let Some(slot) = *grant else {
            // Bytes, or the end, on a connection on which nothing was asked.
            return if progress.is_err() {
                self.close_lookup(at);
            };
        };
        match progress {
            Ok(Progress::NeedMore) => self.note_deadline(Line::Lookup(at as u16)),
            Ok(Progress::Reply) => self.lookup_answered(at, slot, cx),
            Err(Unreadable::Nothing) if connection.may_retry() => {
                // A kept connection that was closed meanwhile: once more, on another.
                if let Some(grant) = self.oracle.grants.get_mut(slot) {
                    grant.state = State::Wanted;
                }
                self.finish_lookup(at, cx);
            }
            Err(unreadable) => self.lookup_failed(at, unreadable.is_passing(), &unreadable, cx),
        }
    }

    /// The server has answered.
    fn lookup_answered(&mut self, at: usize, slot: u16, cx: Cx<'_>) {
        let Some(server) = cx.settings.introspection() else { return };
        let Layout { scratch, mut spare, .. } = self.bench.lay_out();
        let Some(reply) = self.oracle.places[at].connection.reply() else { return };
        match introspection::read(reply, &server, scratch.json, &mut spare, cx) {
            Err(words) => self.lookup_failed(at, false, &words, cx),
            Ok(verdict) => {
                self.oracle.failures = 0;
                self.finish_lookup(at, cx);
                let introspection::Verdict { state, jid, expires, keep } = verdict;
                if let Some(grant) = self.oracle.grants.get_mut(slot) {
                    grant.jid = jid;
                }
                self.oracle.grants.settle(slot, state, expires, keep, cx.now);
                for caller in 0..self.callers.len() {
                    if self.callers[caller].is_checking(slot) {
                        self.callers[caller].state = Place::Reading;
                        self.admit_with(caller, Some(slot), cx);
                        self.run_caller(caller, cx);
                    }
                }
            }
        }
    }

    /// Nothing was said of the token. `is_passing` says whether the server cannot be reached or takes too long.
    fn lookup_failed(&mut self, at: usize, is_passing: bool, words: &dyn core::fmt::Display, cx: Cx<'_>) {
        self.counters.add(Counter::LookupsFailed);
        cx.log.log(Level::Warn, format_args!("introspection: a token cannot be looked up: {words}"));
        let mut wait = SOON;
        if is_passing {
            self.oracle.failures = self.oracle.failures.saturating_add(1);
            if let Some(beyond) = self.oracle.failures.checked_sub(PATIENCE) {
                wait = Duration::from_millis((PAUSE << beyond.min(10)).min(LONGEST));
                self.oracle.held = cx.now + wait;
            }
        }
        let slot = self.oracle.places[at].grant;
        self.finish_lookup(at, cx);
        if let Some(slot) = slot {
            let refused = Refused { fault: Fault::new(&reason::TOKENS_UNKNOWN), wait: Some(wait) };
            self.answer_checking(slot, &refused, cx);
        }
    }

    /// Tells all who wait for a token that nothing is said of it.
    fn answer_checking(&mut self, slot: u16, refused: &Refused, cx: Cx<'_>) {
        self.oracle.grants.forget(slot);
        for at in 0..self.callers.len() {
            if self.callers[at].is_checking(slot) {
                self.refuse_checking(at, refused, cx);
            }
        }
    }

    /// Tells one who waits for a token that it waits no longer.
    pub(super) fn refuse_checking(&mut self, at: usize, refused: &Refused, cx: Cx<'_>) {
        let Place::Checking { wish, .. } = self.callers[at].state else { return };
        self.refuse(at, &refused.fault, Wish { wait: refused.wait, ..wish }, cx);
    }

    /// What was asked is finished, one way or the other; the place is free.
    fn finish_lookup(&mut self, at: usize, cx: Cx<'_>) {
        let Lookup { connection, grant } = &mut self.oracle.places[at];
        if grant.take().is_none() {
            return;
        }
        match connection.finish(cx.now) {
            After::Keep => self.note_deadline(Line::Lookup(at as u16)),
            After::Close => self.close_lookup(at),
        }
    }

    /// The settings changed: what was said holds no longer, and what is being asked is asked anew.
    pub(super) fn forget_tokens(&mut self, cx: Cx<'_>) {
        self.oracle.grants.expire_all(cx.now);
        (self.oracle.failures, self.oracle.held) = (0, Instant::ZERO);
        for at in 0..self.oracle.places.len() {
            if let Some(slot) = self.oracle.places[at].grant.take()
                && let Some(grant) = self.oracle.grants.get_mut(slot)
            {
                grant.state = State::Wanted;
            }
            self.close_lookup(at);
        }
        self.look_up(cx);
    }

    /// Closes all connections, and tells those who wait that we are going.
    pub(super) fn stop_lookups(&mut self, cx: Cx<'_>) {
        for at in 0..self.oracle.places.len() {
            self.oracle.places[at].grant = None;
            self.close_lookup(at);
        }
        for at in 0..self.callers.len() {
            self.refuse_checking(at, &Refused::from(Fault::new(&reason::STOPPING)), cx);
        }
    }

    fn close_lookup(&mut self, at: usize) {
        self.oracle.places[at].connection.close();
        self.wake_lookup(at);
    }

    fn wake_lookup(&mut self, at: usize) {
        self.wake(Line::Lookup(at as u16));
    }
}
