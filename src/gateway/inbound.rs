//! A stanza of the server: who is it for?
//!
//! In this order: a caller that waits for it, the gateway itself (`host`), the first webhook that wants such a stanza
//! (`choice`). What nobody wants is answered with service-unavailable, if it may be answered at all; what does not fit,
//! with resource-constraint.

use crate::component::Outbox;
use crate::fault::{Fault, reason};
use crate::stanza::Kind;
use crate::time::Instant;
use crate::xml::{self, Element, WriteError, Writer, XmlError};

use super::archive;
use super::bench::Layout;
use super::choice::{self, Subject};
use super::intake::{Intake, bounce};
use super::line::{Cx, Level};
use super::waiting::{answer_waiter, waiter_for};
use super::{Counter, Gateway, host};

impl Gateway<'_> {
    /// Takes the stanza that the link has announced.
    pub(super) fn inbound(&mut self, cx: Cx<'_>) {
        let (frame, outbox) = self.link.split(cx.now);
        let Some(mut outbox) = outbox else { return };
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let document = match xml::parse(frame, xml::Source::Stanza, nodes) {
            Ok(document) => document,
            Err(error) => return self.unreadable(error, cx),
        };
        let element = document.root();
        let Some(kind) = Kind::from_name(element.name()) else { return };
        let type_ = element.attr("type");
        let is_answer = type_.is_some_and(|type_| type_ == *"result" || type_ == *"error");

        if kind == Kind::Iq && is_answer {
            if let Some((at, wish, given)) =
                answer_waiter(self.callers, element, &mut spare, scratch.json, scratch.xml, cx)
            {
                if let Err(fault) = given {
                    self.refuse(at, &fault, wish, cx);
                }
                return self.wake_caller(at);
            }
            self.counters.add(Counter::LateAnswers);
        }
        if kind == Kind::Message
            && let Some((at, wish, kept)) = archive::collect(self.callers, element, &mut spare)
        {
            if let Err(fault) = kept {
                self.refuse(at, &fault, wish, cx);
            }
            return;
        }
        let to = element.attr("to").and_then(|to| spare.text(to).ok()).unwrap_or_default();
        let from = element.attr("from").and_then(|from| spare.text(from).ok()).unwrap_or_default();
        let subject = Subject { element, kind, to, from };
        let is_ours = kind == Kind::Iq && to == cx.settings.domain();
        if is_ours && !choice::takes_questions(cx.settings, &subject) && self_answer(element, &mut outbox, cx)
        {
            return;
        }
        let mut intake =
            Intake { queue: &mut self.queue, endpoints: &mut self.endpoints, nodes: scratch.xml };
        if let Err(reason) = intake.offer(&subject, frame, &mut self.counters, &mut outbox, cx)
            && bounce(element, reason, true, &mut outbox).is_err()
        {
            cx.log.log(Level::Warn, format_args!("no room to answer a stanza with {}", reason.name));
        }
        self.dispatch(cx);
    }

    /// A stanza that has more parts or depth than the limits is returned; one that is no XML ends the stream, for what
    /// comes after it cannot be trusted either (RFC 6120 section 4.9.3.13).
    fn unreadable(&mut self, error: XmlError, cx: Cx<'_>) {
        self.counters.add(Counter::Unread);
        cx.log.log(Level::Warn, format_args!("a stanza from the server cannot be read: {error}"));
        if !error.why.is_limit() {
            return self.link.break_off(error.why.condition(), cx);
        }
        self.counters.fault(&reason::TOO_COMPLEX);
        let (frame, outbox) = self.link.split(cx.now);
        let nodes = self.bench.lay_out().stanza;
        let (Ok(tag), Some(mut outbox)) = (xml::parse(frame, xml::Source::StartTag, nodes), outbox) else {
            return;
        };
        if let Some((at, waiter)) = waiter_for(self.callers, tag.root()) {
            let fault =
                Fault::with(&reason::ANSWER_TOO_LARGE, format_args!("The answer cannot be read: {error}"));
            return self.refuse(at, &fault, waiter.wish, cx);
        }
        if bounce(tag.root(), &reason::TOO_COMPLEX, true, &mut outbox).is_err() {
            cx.log.log(Level::Warn, format_args!("no room to answer it"));
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

/// Answers a question to the gateway itself; false when it is none.
fn self_answer(iq: Element<'_>, outbox: &mut Outbox<'_, '_>, cx: Cx<'_>) -> bool {
    let uptime = cx.now.since(Instant::ZERO);
    let has_commands = choice::takes_commands(cx.settings);
    let mut asked = false;
    let put = outbox.put(|out| {
        let mut writer = Writer::new(out);
        asked = host::answer(iq, uptime, has_commands, &mut writer);
        if asked { writer.finish() } else { Err(WriteError::Order) }
    });
    if asked && put.is_err() {
        cx.log.log(Level::Warn, format_args!("no room to answer a question to the gateway itself"));
    }
    asked
}
