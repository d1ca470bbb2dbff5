//! A stanza of the server: who is it for?
//!
//! In this order: a caller that waits for it, the gateway itself (`host`), the first webhook that wants such
//! stanzas. What nobody wants is answered with service-unavailable, if it may be answered at all; what does not
//! fit, with resource-constraint.

use crate::component::Outbox;
use crate::fault::{Fault, reason};
use crate::jid::{Form, Jid};
use crate::stanza::{self, Kind, StanzaError};
use crate::time::Instant;
use crate::xml::{self, Element, WriteError, Writer};

use super::bench::Layout;
use super::callers::{answer_waiter, waiter_for};
use super::line::{Cx, Level};
use super::queue::key;
use super::settings::{Hook, Settings};
use super::{Counter, Gateway, host};

impl Gateway<'_> {
    /// Takes the stanza that the link has announced.
    pub(super) fn inbound(&mut self, cx: Cx<'_>) {
        let (frame, outbox) = self.link.split(cx.now);
        let Some(mut outbox) = outbox else { return };
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let document = match xml::parse(frame, xml::Source::Stanza, nodes) {
            Ok(document) => document,
            Err(error) => {
                self.counters.add(Counter::Unread);
                cx.log.log(Level::Warn, format_args!("a stanza from the server was left out: {error}"));
                return;
            }
        };
        let element = document.root();
        let Some(kind) = Kind::from_name(element.name()) else { return };
        let type_ = element.attr("type");
        let is_answer = type_.is_some_and(|type_| type_ == *"result" || type_ == *"error");

        if kind == Kind::Iq && is_answer {
            if let Some((at, wish, given)) =
                answer_waiter(self.callers, element, &mut spare, scratch.json, cx.now)
            {
                if let Err(fault) = given {
                    self.refuse(at, &fault, wish, cx);
                }
                return self.wake_caller(at);
            }
            self.counters.add(Counter::LateAnswers);
        }
        let to = element.attr("to").and_then(|to| spare.text(to).ok()).unwrap_or_default();
        let from = element.attr("from").and_then(|from| spare.text(from).ok()).unwrap_or_default();
        if kind == Kind::Iq && to == cx.settings.domain() && self_answer(element, &mut outbox, cx) {
            return;
        }
        let refused = match wanted(cx.settings, kind, to) {
            None => {
                self.counters.add(Counter::Unwanted);
                Fault::new(&reason::NOT_SERVED)
            }
            Some(hook) => {
                if self.queue.push(key(hook.name), key(from), frame).is_ok() {
                    return self.dispatch(cx);
                }
                cx.log.log(Level::Warn, format_args!("hook {}: the queue is full", hook.name));
                Fault::new(&reason::QUEUE_FULL)
            }
        };
        self.counters.fault(refused.reason);
        if stanza::may_fail(element) && kind != Kind::Presence {
            bounce(element, &refused, &mut outbox, cx);
        }
    }

    /// Takes the start tag of a stanza that was too large. Its sender was told by the link; who waits for it is here.
    pub(super) fn too_large(&mut self, cx: Cx<'_>) {
        self.counters.fault(&reason::STANZA_TOO_LARGE);
        let nodes = self.bench.lay_out().stanza;
        let Ok(tag) = xml::parse(self.link.frame(), xml::Source::StartTag, nodes) else { return };
        if let Some((at, waiter)) = waiter_for(self.callers, tag.root()) {
            let detail = format_args!("The answer is larger than the limit of {} bytes", self.limits.stanza);
            self.refuse(at, &Fault::with(&reason::ANSWER_TOO_LARGE, detail), waiter.wish, cx);
        }
    }
}

/// The first hook that wants such stanzas.
fn wanted<'s>(settings: &'s dyn Settings, kind: Kind, to: &str) -> Option<Hook<'s>> {
    let form = Jid::new(to).ok()?.form();
    let mut at = 0;
    while let Some(hook) = settings.hook(at) {
        let event = match form {
            Form::Host => hook.events.host,
            Form::Bare => hook.events.bare,
            Form::Full => hook.events.full,
        };
        if event && hook.kinds.has(kind) {
            return Some(hook);
        }
        at += 1;
    }
    None
}

/// Answers a question to the gateway itself; false when it is none.
fn self_answer(iq: Element<'_>, outbox: &mut Outbox<'_, '_>, cx: Cx<'_>) -> bool {
    let uptime = cx.now.since(Instant::ZERO);
    let mut asked = false;
    let put = outbox.put(|out| {
        let mut writer = Writer::new(out);
        asked = host::answer(iq, uptime, &mut writer);
        if asked { writer.finish() } else { Err(WriteError::Order) }
    });
    if asked && put.is_err() {
        cx.log.log(Level::Warn, format_args!("no room to answer a question to the gateway itself"));
    }
    asked
}

/// Tells the sender that its stanza was not taken.
fn bounce(element: Element<'_>, fault: &Fault, outbox: &mut Outbox<'_, '_>, cx: Cx<'_>) {
    if outbox.put(|out| stanza::write_error(element, &StanzaError::from(fault), out)).is_err() {
        cx.log.log(Level::Warn, format_args!("no room to answer a stanza with {fault}"));
    }
}
