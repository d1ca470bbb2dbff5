//! What an archive answers (XEP-0313): messages of their own, each with the query's id, and at last the iq.
//!
//! As in mod_rest the caller gets all of them at once, in an element `xmpp` or a list of that name. They wait in its
//! out-buffer, so its size bounds them; a query without an id gets one of ours, which nobody can guess and the caller
//! does not see. Only the address asked may add to them.

use crate::arena::Arena;
use crate::fault::{Fault, reason};
use crate::ids::Id;
use crate::jid::{self, Jid};
use crate::json;
use crate::mapping::{self, Format, Options};
use crate::xml::{Element, WriteError, Writer};

use super::answer::Wish;
use super::callers::{Caller, State};

const MAM: &str = "urn:xmpp:mam:2";
/// How such a query begins, as our writer has it.
const OPENING: &str = "<query xmlns='urn:xmpp:mam:2'";

/// A payload that asks an archive, and the id of the query in it; `None` for any other payload.
pub(super) fn query<'s, 'n: 's>(
    payload: &'s str,
    id: Id,
    spare: &mut Arena<'n>,
) -> Result<Option<(&'s str, &'s str)>, Fault> {
    let Some(behind) = payload.strip_prefix(OPENING) else { return Ok(None) };
    let mut rest = behind;
    while let Some((name, value)) = rest.strip_prefix(' ').and_then(|rest| rest.split_once("='")) {
        let Some((value, after)) = value.split_once('\'') else { break };
        if name == "queryid" {
            return Ok(Some((payload, value)));
        }
        rest = after;
    }
    let full = |_| Fault::new(&reason::STANZA_TOO_LARGE);
    let payload = spare.text(format_args!("{OPENING} queryid='{id}'{behind}")).map_err(full)?;
    Ok(Some((payload, spare.text(id).map_err(full)?)))
}

/// Keeps a message for the caller whose query it answers; `None` when there is none. The error is that no more fits.
pub(super) fn collect(
    callers: &mut [Caller<'_>],
    message: Element<'_>,
    spare: &mut Arena<'_>,
) -> Option<(usize, Wish, Result<(), Fault>)> {
    let result = message.child("result", MAM)?;
    let id = result.attr("queryid")?;
    let from = spare.text(message.attr("from")?).ok()?;
    let from = jid::prepare(from, spare).ok()?;
    let (at, wish, is_ours) = callers.iter().enumerate().find_map(|(at, caller)| {
        let State::Waiting(waiter) = &caller.state else { return None };
        let (asked, _, query) = caller.asked(waiter);
        let fits = !query.is_empty() && id == *query && jid::may_answer(Jid::new(asked).ok()?, from);
        fits.then_some((at, waiter.wish, *query == *waiter.id.as_str()))
    })?;
    let output = &mut callers[at].port.output;
    let mut writer = Writer::new(output.space());
    if is_ours {
        writer.copy_without(message, result, "queryid");
    } else {
        writer.copy(message);
    }
    let kept = match writer.finish() {
        Ok(len) => {
            output.filled(len);
            Ok(())
        }
        Err(WriteError::Full) => Err(Fault::new(&reason::ANSWER_TOO_LARGE)),
        Err(error) => Err(Fault::with(&reason::PEER_STANZA, format_args!("{error}"))),
    };
    Some((at, wish, kept))
}

/// The collected messages and the iq, under the id of its caller, in one element, as text.
pub(super) fn join<'n>(
    collected: &[u8],
    iq: Element<'_>,
    id: Option<&str>,
    tape: &mut [json::Node],
    spare: &mut Arena<'n>,
) -> Result<&'n [u8], Fault> {
    const START: &[u8] = b"<xmpp>";
    const END: &[u8] = b"</xmpp>";
    let room = spare.space();
    let before = START.len() + collected.len();
    let full = || Fault::new(&reason::ANSWER_TOO_LARGE);
    let inner = room.len().checked_sub(END.len()).filter(|inner| *inner >= before).ok_or_else(full)?;
    room[..START.len()].copy_from_slice(START);
    room[START.len()..before].copy_from_slice(collected);
    let options = Options { id, ..Options::default() };
    let end = before + mapping::write(Format::Xml, iq, &options, tape, &mut room[before..inner])?;
    room[end..end + END.len()].copy_from_slice(END);
    Ok(spare.keep(end + END.len()))
}
