//! Where stanzas for webhooks come in: what is taken, and what happens when it does not fit.

use crate::component::Outbox;
use crate::fault::{Reason, reason};
use crate::stanza::{self, Kind};
use crate::xml::{self, Element, WriteError};

use super::choice::{self, Subject};
use super::counters::{Counter, Counters};
use super::endpoints::{Endpoints, Repute};
use super::line::{Cx, Level};
use super::queue::{Entry, Full, Queue, key};
use super::settings::{Delivery, Hook, Settings};
use super::settle::error_of;

/// Where stanzas for hooks are put.
pub(super) struct Intake<'g, 'b> {
    pub(super) queue: &'g mut Queue<'b>,
    pub(super) endpoints: &'g mut Endpoints<'b>,
    /// For the oldest stanza, when it has to make room.
    pub(super) nodes: &'g mut [xml::Node],
}

impl Intake<'_, '_> {
    /// Takes a stanza for all hooks that want it. The error is that the one which is to answer gets nothing.
    pub(super) fn offer(
        &mut self,
        subject: &Subject<'_>,
        frame: &[u8],
        counters: &mut Counters,
        outbox: &mut Outbox<'_, '_>,
        cx: Cx<'_>,
    ) -> Result<(), &'static Reason> {
        let mut chosen = choice::next(cx.settings, 0, subject);
        counters.add_some(Counter::Unwanted, chosen.is_none().into());
        let mut answer = Err(&reason::NOT_SERVED);
        while let Some((at, hook)) = chosen.and_then(|at| Some((at, cx.settings.hook(at)?))) {
            chosen = if hook.choice.goes_on { choice::next(cx.settings, at + 1, subject) } else { None };
            // The last one answers, so that there is one answer; those before it only get a copy.
            answer = self.take(at, &hook, (subject.kind, subject.from, frame), chosen.is_none(), outbox, cx);
            if let Err(reason) = answer {
                counters.fault(reason);
            }
        }
        answer
    }

    /// Takes a stanza for the hook at that place in the settings. `answers` says whether the hook's answer is for the
    /// sender.
    fn take(
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
        let urgent = kind == Kind::Iq;
        let until = cx.now + if urgent { patience } else { keep };
        let entry =
            Entry { hook: slot, sender: key(from), answers, urgent, until, due: cx.now, ..Entry::default() };
        loop {
            let (held, used) = self.queue.load(|hook| hook == slot);
            let own = held < entries as usize && used + frame.len() <= bytes as usize;
            let fits = own && self.leaves_room(slot, frame.len(), cx.settings);
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

    /// Whether room is left for the endpoints that answer promptly: all others share half of the queue.
    fn leaves_room(&self, slot: u16, len: usize, settings: &dyn Settings) -> bool {
        let is_prompt = |slot| self.endpoints.get(slot).repute() == Repute::Prompt;
        let is_alone = settings.hook(1).is_none();
        let (entries, bytes) = self.queue.capacity();
        let (held, used) = self.queue.load(|slot| !is_prompt(slot));
        is_alone || is_prompt(slot) || held == 0 || (held < entries / 2 && used + len <= bytes / 2)
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
