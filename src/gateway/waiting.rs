//! Those who wait for the answer to their iq, and how each gets its own.

use crate::arena::Arena;
use crate::buffer::{Buffer, Full};
use crate::fault::{Fault, reason};
use crate::ids::Id;
use crate::jid::{self, Jid};
use crate::json;
use crate::time::Instant;
use crate::xml::{self, Element};

use super::answer::{self, Wish};
use super::archive;
use super::callers::{Caller, State};
use super::line::Cx;
use super::rest::Question;

/// Somebody who waits for the answer to an iq. The address asked and the caller's own id stand in the out-buffer,
/// which is not needed before the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    /// The id on the wire.
    pub(super) id: Id,
    /// How long the address asked is, the caller's id behind it, and the id of a query to an archive behind that. What
    /// the archive answered follows.
    pub(super) kept: [usize; 3],
    /// Whether the iq was written to the server: up to that position of the link.
    pub(super) mark: u64,
    pub(super) deadline: Instant,
    pub(super) wish: Wish,
}

impl Caller<'_> {
    /// The address that a waiting caller asked, the id it gave, and the id of its query to an archive.
    pub(super) fn asked(&self, waiter: &Waiter) -> (&str, &str, &str) {
        let [asked, own, query] = waiter.kept;
        let piece = |from: usize, len: usize| {
            let bytes = self.port.output.bytes().get(from..from + len);
            bytes.and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
        };
        (piece(0, asked), piece(asked, own), piece(asked + own, query))
    }

    /// What an archive answered so far.
    fn collected(&self, waiter: &Waiter) -> &[u8] {
        self.port.output.bytes().get(waiter.kept.iter().sum()..).unwrap_or_default()
    }
}

impl Waiter {
    /// Keeps address and id in the out-buffer.
    pub(super) fn new(
        question: &Question<'_>,
        wish: Wish,
        output: &mut Buffer<'_>,
        now: Instant,
    ) -> Result<Self, Fault> {
        let texts = [question.to, question.own, question.query];
        let kept = texts.iter().try_for_each(|text| output.push(text.as_bytes()));
        kept.map_err(|Full| Fault::new(&reason::INTERNAL))?;
        Ok(Self {
            id: question.id,
            kept: texts.map(str::len),
            mark: question.mark,
            deadline: now + question.patience,
            wish,
        })
    }
}

/// The caller whose iq has the id of this one; whether it may be its answer is another question.
pub(super) fn waiter_for(callers: &[Caller<'_>], iq: Element<'_>) -> Option<(usize, Waiter)> {
    let id = iq.attr("id")?;
    callers.iter().enumerate().find_map(|(at, caller)| match caller.state {
        State::Waiting(waiter) if id == *waiter.id.as_str() => Some((at, waiter)),
        _ => None,
    })
}

/// Finds the caller that waits for this result or error and gives it the answer, with the id that the caller gave.
///
/// The id is ours and cannot be guessed; the answer must come from the address asked all the same (RFC 6120
/// section 8.1.2.1). The error is an answer that the caller cannot be given.
pub(super) fn answer_waiter(
    callers: &mut [Caller<'_>],
    element: Element<'_>,
    spare: &mut Arena<'_>,
    tape: &mut [json::Node],
    nodes: &mut [xml::Node],
    cx: Cx<'_>,
) -> Option<(usize, Wish, Result<(), Fault>)> {
    let (at, waiter) = waiter_for(callers, element)?;
    let from = spare.text(element.attr("from")?).ok()?;
    let from = jid::prepare(from, spare).ok()?;
    let (asked, own, _) = callers[at].asked(&waiter);
    if !jid::may_answer(Jid::new(asked).ok()?, from) {
        return None;
    }
    let own = Some(spare.text(own).ok()?);
    let collected = callers[at].collected(&waiter);
    let is_result = element.attr("type").is_some_and(|type_| type_ == *"result");
    let joined = (is_result && !collected.is_empty())
        .then(|| archive::join(collected, element, own, tape, spare))
        .transpose();
    let Caller { port, http: Some(http), state, .. } = &mut callers[at] else { return None };
    port.output.clear();
    *state = State::Answering;
    let given = joined.and_then(|joined| match joined {
        None => answer::give(http, port, element, waiter.wish, own, tape, cx),
        Some(text) => {
            let document = xml::parse(text, xml::Source::Body, nodes);
            let document = document.map_err(|_| Fault::new(&reason::ANSWER_TOO_LARGE))?;
            answer::give(http, port, document.root(), waiter.wish, None, tape, cx)
        }
    });
    Some((at, waiter.wish, given))
}
