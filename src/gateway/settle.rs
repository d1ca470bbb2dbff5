//! The end of a stanza for a webhook: its sender is answered, and only then it leaves the queue.
//!
//! While the link is down or full the outcome is held on its place and tried again.

use crate::component::Link;
use crate::fault::{Fault, Reason, reason};
use crate::mapping::Options;
use crate::stanza::{self, StanzaError};
use crate::xml::{self, WriteError};

use super::bench::Layout;
use super::calls::{Call, Outcome, Task};
use super::line::{Cx, Level, Line};
use super::reply::{self, Header};
use super::{Counter, Gateway};

impl Gateway<'_> {
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
        self.wake(Line::Link);
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
        if let Outcome::Failure(fault) = outcome {
            self.counters.fault(fault.reason);
            return self.tell_sender(ticket, fault.reason, cx);
        }
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let Call { connection, hook, .. } = &self.calls[at];
        let Some(reply) = connection.reply() else { return true };
        let hook = self.endpoints.settings(*hook, cx.settings).map(|(_, hook)| hook);
        let (name, options) =
            hook.map_or(("(removed)", Options::default()), |hook| (hook.name, hook.mapping));
        let stanza = self.queue.stanza(ticket).unwrap_or_default();
        // It was read before, when it came; otherwise there is nobody to answer.
        let Ok(document) = xml::parse(stanza, xml::Source::Stanza, nodes) else { return true };
        let element = document.root();
        let Ok(Some(header)) = Header::of(element, &mut spare) else { return true };
        let is_copy = self.queue.get(ticket).is_some_and(|entry| !entry.answers);
        // While the link is down, who has nothing to say need not wait for it.
        let silent = is_copy || header.is_silenced_by(reply.status());
        let (ids, mut unread) = (&mut self.ids, None);
        let sent = if silent {
            Ok(0)
        } else {
            put(&mut self.link, cx, |out| {
                let written = reply::write(element, &header, reply, &options, ids, scratch, out)?;
                unread = written.unread;
                Ok(written.len)
            })
        };
        match sent {
            Ok(replies) => self.counters.add_some(Counter::Replies, replies),
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
}

/// The error for a sender. Nobody serving an address is said as servers say it, by the condition alone.
pub(super) fn error_of(reason: &'static Reason) -> StanzaError<'static> {
    let error = StanzaError::from(reason);
    if reason == &reason::NOT_SERVED { StanzaError { text: "", ..error } } else { error }
}

/// Sends what `write` makes, if the link is up and has room, and says how many stanzas that is; [`WriteError::Full`]
/// otherwise.
fn put(
    link: &mut Link<'_>,
    cx: Cx<'_>,
    write: impl FnOnce(&mut [u8]) -> Result<usize, WriteError>,
) -> Result<u64, WriteError> {
    let mut outbox = link.outbox(cx.now).ok_or(WriteError::Full)?;
    outbox.put(write).map(|put| put.stanzas)
}
