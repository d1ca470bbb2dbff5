//! Stopping: what is in flight is finished, within bounds, then the stream is closed.
//!
//! New connections and requests are refused at once. Callers that wait, and stanzas at webhooks, have `stop_time`; then
//! callers get a 503, and the senders of queued stanzas an error, so that everybody knows. The gateway has stopped when
//! all its lines are closed.

use crate::fault::{Fault, reason};
use crate::time::Duration;

use super::Gateway;
use super::callers::{Caller, State};
use super::line::{Cx, Level};

impl Gateway<'_> {
    /// Begins to stop. Said a second time: what is in flight has no more time.
    pub fn stop(&mut self, cx: Cx<'_>) {
        let until = match self.stopping {
            None => cx.now + Duration::of_limit(self.limits.stop_time),
            Some(_) => cx.now,
        };
        self.stopping = Some(until);
        self.tick_stop(cx);
    }

    /// Goes on with stopping when nothing is in flight any more, or time is up.
    pub(super) fn tick_stop(&mut self, cx: Cx<'_>) {
        let Some(until) = self.stopping else { return };
        for at in 0..self.callers.len() {
            if self.callers[at].is_idle() {
                self.close_caller(at);
            }
        }
        if self.link.is_stopping() {
            return;
        }
        let busy = self.callers.iter().any(Caller::is_unanswered) || !self.queue.is_empty();
        if busy && cx.now < until {
            self.soonest = self.soonest.into_iter().chain([until]).min();
            return;
        }
        for at in 0..self.callers.len() {
            if let State::Waiting(waiter) = &self.callers[at].state {
                let wish = waiter.wish;
                self.refuse(at, &Fault::new(&reason::STOPPING), wish, cx);
            }
        }
        self.stop_lookups(cx);
        self.return_queue(cx);
        self.close_calls();
        self.link.stop(cx);
        self.run_link(cx);
    }

    /// Tells the senders of stanzas that no webhook took that they were not delivered.
    fn return_queue(&mut self, cx: Cx<'_>) {
        while let Some(entry) = self.queue.entries().first().copied() {
            if !self.tell_sender(entry.ticket, &reason::STOPPING, cx) {
                cx.log.log(Level::Warn, format_args!("a stanza for a webhook is lost: no room to return it"));
            }
            self.queue.remove(entry.ticket);
        }
    }
}
