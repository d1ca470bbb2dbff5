//! What a webhook's answer means to the sender of the stanza.
//!
//! The rules are mod_rest's: 202 and 204 take the stanza and say nothing; a body that reads as a stanza of the same
//! kind is the reply, sent from where the stanza went to where it came from; another 2xx is an empty reply; other
//! statuses are stanza errors. Of a status that is not 2xx only an error stanza counts as a body, so that no error
//! page is ever sent as a chat message.

use crate::arena::Arena;
use crate::buffer::Full;
use crate::fault::Fault;
use crate::http::{Reply, media};
use crate::ids::Ids;
use crate::jid::Jid;
use crate::mapping::{self, Format, Given, Scratch};
use crate::stanza::{Kind, Stanza, StanzaError};
use crate::xml::Element;

use super::status;

/// The header of the stanza that was posted, kept while its tape is used for the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'s> {
    pub(super) kind: Kind,
    pub(super) from: &'s str,
    pub(super) to: &'s str,
    pub(super) id: Option<&'s str>,
    pub(super) type_: Option<&'s str>,
}

/// What is to be sent back.
#[derive(Debug)]
pub(super) enum Answer<'s> {
    /// Nothing.
    Silence,
    /// A stanza.
    Stanza(Stanza<'s>),
    /// A stanza error.
    Error(StanzaError<'s>),
}

/// The most of a plain text body that becomes the text of an error.
const ERROR_TEXT: usize = 512;

impl<'s> Header<'s> {
    /// Copies what is needed; `None` for something that is no stanza.
    pub(super) fn of(element: Element<'_>, arena: &mut Arena<'s>) -> Result<Option<Self>, Full> {
        let Some(kind) = Kind::from_name(element.name()) else { return Ok(None) };
        let mut attr = |name| element.attr(name).map(|value| arena.text(value)).transpose();
        Ok(Some(Self {
            kind,
            from: attr("from")?.unwrap_or_default(),
            to: attr("to")?.unwrap_or_default(),
            id: attr("id")?,
            type_: attr("type")?,
        }))
    }

    /// Whether the sender may get a reply at all (RFC 6120 sections 8.2.3 and 8.3.1): never to a result or error.
    pub(super) fn is_answerable(&self) -> bool {
        !matches!(self.type_, Some("error" | "result"))
    }

    /// An empty stanza back to the sender.
    fn back(&self) -> Stanza<'s> {
        Stanza {
            kind: self.kind,
            to: Some(self.from),
            from: Some(self.to),
            id: self.id,
            type_: None,
            lang: None,
            payload: "",
            children: 0,
        }
    }
}

/// The answer to the sender, from the webhook's reply. The error is a reply that cannot be read; it is for the log,
/// and the second value then is what the sender gets.
pub(super) fn read<'s>(
    header: &Header<'s>,
    reply: Reply<'s>,
    ids: &mut Ids,
    scratch: Scratch<'s>,
    spare: &mut Arena<'s>,
) -> (Answer<'s>, Option<Fault>) {
    if !header.is_answerable() {
        return (Answer::Silence, None);
    }
    let success = (200..300).contains(&reply.status());
    if matches!(reply.status(), 202 | 204) {
        return (plain_success(header, ids, spare, true), None);
    }
    let format = reply.content_type().and_then(media::format);
    let mut unread = None;
    if let Some(format) = format.filter(|_| !reply.body().is_empty()) {
        match mapping::read(format, reply.body(), &Given::default(), &mapping::Options::default(), scratch) {
            Ok(stanza) if stanza.kind == header.kind && (success || stanza.type_ == Some("error")) => {
                return (addressed(header, stanza, ids, spare), None);
            }
            Ok(_) => {}
            Err(_) if !success && format == Format::Text => {}
            Err(fault) => unread = Some(fault),
        }
    }
    if success {
        return (plain_success(header, ids, spare, false), unread);
    }
    let (error_type, condition) = status::stanza_error(reply.status());
    let text = if format == Some(Format::Text) { start_of(reply.body(), spare) } else { "" };
    (Answer::Error(StanzaError { error_type, condition, text, lang: None, by: None }), unread)
}

/// Nothing to say, or an empty reply of the same kind.
fn plain_success<'s>(header: &Header<'s>, ids: &mut Ids, spare: &mut Arena<'s>, silent: bool) -> Answer<'s> {
    let back = header.back();
    match header.kind {
        Kind::Iq => Answer::Stanza(Stanza { type_: Some("result"), ..back }),
        _ if silent => Answer::Silence,
        Kind::Message => {
            let id = spare.text(ids.id()).ok();
            Answer::Stanza(Stanza { type_: header.type_, id, ..back })
        }
        Kind::Presence => Answer::Stanza(Stanza { type_: header.type_, ..back }),
    }
}

/// The reply with the addresses that it must have, whatever it says.
fn addressed<'s>(header: &Header<'s>, reply: Stanza<'s>, ids: &mut Ids, spare: &mut Arena<'s>) -> Answer<'s> {
    let is_error = reply.type_ == Some("error");
    let back = header.back();
    let type_ = match header.kind {
        Kind::Iq if !is_error => Some("result"),
        _ => reply.type_,
    };
    let id = match header.kind {
        Kind::Iq => header.id,
        _ if is_error => header.id,
        _ => reply.id.or_else(|| spare.text(ids.id()).ok()),
    };
    // What is said in a room goes to the room, not to the occupant (XEP-0045 section 7.4).
    let to = match Jid::new(header.from) {
        Ok(from) if type_ == Some("groupchat") && header.kind == Kind::Message => from.bare(),
        _ => header.from,
    };
    Answer::Stanza(Stanza {
        to: Some(to),
        type_,
        id,
        lang: reply.lang,
        payload: reply.payload,
        children: reply.children,
        ..back
    })
}

/// The first characters of a text, up to [`ERROR_TEXT`] bytes.
fn start_of<'s>(body: &[u8], arena: &mut Arena<'s>) -> &'s str {
    let Ok(text) = core::str::from_utf8(body) else { return "" };
    let end =
        text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= ERROR_TEXT).last();
    let start = text[..end.unwrap_or(0)].trim();
    // A character that XML does not allow would make the whole error impossible.
    if start.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        ""
    } else {
        arena.text(start).unwrap_or_default()
    }
}
