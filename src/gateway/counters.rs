//! What the gateway counts: stanzas, answers, calls, and every refusal by its reason.

use super::routes::{ROUTES, Route};
use crate::fault::{Reason, reason};

macro_rules! counters {
    ($($variant:ident $name:literal $about:literal;)*) => {
        /// Something that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Counter {
            $(#[doc = $about] $variant,)*
        }

        /// Name and meaning of each counter, in the order of [`Counter`].
        const TABLE: &[(&str, &str)] = &[$(($name, $about)),*];
    };
}

counters! {
    Connections "http_connections" "Connections of callers.";
    ConnectionsRefused "http_connections_refused" "Connections turned away because all places were taken.";
    CallersDisplaced "http_callers_displaced" "Callers that rested, or had not logged in, and gave way to the next one.";
    Waits "iq_waits" "Requests that waited for the answer to their iq.";
    LateAnswers "iq_answers_unmatched" "Results and errors that no request waited for (any more).";
    CallersGone "http_callers_gone" "Callers that went away before their answer.";
    CallersBroken "http_connections_broken" "Connections of callers that ended with an error, of TLS or of the system.";
    Lookups "introspections" "Questions about tokens.";
    LookupsFailed "introspection_failures" "Those of them that nothing came of.";
    LookupsSpared "introspections_spared" "Requests whose token was known already.";
    Calls "hook_calls" "Requests made to webhooks.";
    CallsAnswered "hook_answers" "Answers of webhooks.";
    Replies "hook_replies" "Reply stanzas made from the answers of webhooks.";
    Unwanted "stanzas_without_hook" "Stanzas that no webhook wants.";
    Unread "stanzas_unreadable" "Stanzas of the server that break a rule of XML or a limit.";
}

/// The counters of one gateway.
#[derive(Debug)]
pub struct Counters {
    events: [u64; TABLE.len()],
    faults: [u64; reason::ALL.len()],
    /// How often each status was answered; free places have status 0.
    answers: [(u16, u64); STATUSES],
    /// The answers at each route, those at none behind the last, by the class of their status.
    requests: [[u64; CLASSES.len()]; ROUTES.len() + 1],
    /// The most connections of callers that there were at the same time.
    connections: usize,
}

/// The classes of status (RFC 9110 section 15).
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// More than there are statuses that the gateway gives.
const STATUSES: usize = 48;

impl Default for Counters {
    fn default() -> Self {
        Self {
            events: [0; TABLE.len()],
            faults: [0; reason::ALL.len()],
            answers: [(0, 0); STATUSES],
            requests: [[0; CLASSES.len()]; ROUTES.len() + 1],
            connections: 0,
        }
    }
}

impl Counters {
    /// One more of it.
    pub(super) fn add(&mut self, counter: Counter) {
        self.events[counter as usize] += 1;
    }

    /// So many more of it.
    pub(super) fn add_some(&mut self, counter: Counter, more: u64) {
        self.events[counter as usize] += more;
    }

    /// One more refusal for that reason.
    pub(super) fn fault(&mut self, reason: &'static Reason) {
        if let Some(at) = reason::ALL.iter().position(|row| core::ptr::eq(*row, reason)) {
            self.faults[at] += 1;
        }
    }

    /// So many connections of callers there are now.
    pub(super) fn note_connections(&mut self, connections: usize) {
        self.connections = self.connections.max(connections);
    }

    /// The most connections of callers that there were at the same time.
    pub fn most_connections(&self) -> usize {
        self.connections
    }

    /// One more answer of that status to a caller, at the route of that row, or at none.
    pub(super) fn answered(&mut self, row: usize, status: u16) {
        let class = usize::from(status / 100).saturating_sub(2).min(CLASSES.len() - 1);
        self.requests[row.min(ROUTES.len())][class] += 1;
        if let Some(row) = self.answers.iter_mut().find(|row| row.0 == status || row.0 == 0) {
            *row = (status, row.1 + 1);
        }
    }

    /// How many answers of each status so far. A status keeps its place; free places have status 0.
    pub fn answers(&self) -> impl Iterator<Item = (u16, u64)> {
        self.answers.into_iter()
    }

    /// How many answers so far at each route, `None` for those at none, of each class of status.
    pub fn requests(&self) -> impl Iterator<Item = (Option<&'static Route>, &'static str, u64)> {
        self.requests.into_iter().enumerate().flat_map(|(row, counts)| {
            CLASSES.into_iter().zip(counts).map(move |(class, count)| (ROUTES.get(row), class, count))
        })
    }

    /// How many so far.
    pub fn get(&self, counter: Counter) -> u64 {
        self.events[counter as usize]
    }

    /// All counters but those of the refusals: name, meaning, how many so far.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        TABLE.iter().zip(self.events).map(|((name, about), count)| (*name, *about, count))
    }

    /// How many refusals for each reason so far.
    pub fn faults(&self) -> impl Iterator<Item = (&'static Reason, u64)> {
        reason::ALL.iter().copied().zip(self.faults)
    }
}
