//! What a webhook's answer means to the sender of the stanza.
//!
//! The rules are mod_rest's: 202 and 204 take the stanza and say nothing; a body that reads as a stanza of the same
//! kind is the reply, sent from where the stanza went to where it came from; another 2xx is an empty reply; other
//! statuses are stanza errors. Of a status that is not 2xx only an error stanza counts as a body, so that no error
//! page is ever sent as a chat message. Who asked for a receipt (XEP-0184) gets one with the reply, or alone.

use crate::arena::Arena;
use crate::buffer::Full;
use crate::fault::{Fault, reason};
use crate::http::{Reply, media};
use crate::ids::Ids;
use crate::jid::Jid;
use crate::mapping::{self, Format, Given, Options, Scratch};
use crate::stanza::{self, Kind, Stanza, StanzaError};
use crate::xml::{self, Element, STANZA, WriteError, Writer};

use super::status::{self, Phrase};

/// XEP-0184.
const RECEIPTS: &str = "urn:xmpp:receipts";

/// The most characters of a plain text body that become the text of an error.
const ERROR_TEXT: usize = 512;

/// The header of the stanza that was posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'s> {
    pub(super) kind: Kind,
    pub(super) from: &'s str,
    pub(super) to: &'s str,
    pub(super) id: Option<&'s str>,
    pub(super) type_: Option<&'s str>,
    /// The id to acknowledge, if that is asked for.
    receipt: Option<&'s str>,
}

/// What was written for the sender.
pub(super) struct Written {
    /// How many bytes; none when there is nothing to say.
    pub(super) len: usize,
    /// Why the body was not used, for the log.
    pub(super) unread: Option<Fault>,
}

impl<'s> Header<'s> {
    /// Copies what is needed; `None` for something that is no stanza.
    pub(super) fn of(element: Element<'_>, arena: &mut Arena<'s>) -> Result<Option<Self>, Full> {
        let Some(kind) = Kind::from_name(element.name()) else { return Ok(None) };
        let mut attr = |name| element.attr(name).map(|value| arena.text(value)).transpose();
        let (id, type_) = (attr("id")?, attr("type")?);
        let asks = kind == Kind::Message
            && !matches!(type_, Some("groupchat" | "error"))
            && element.child("request", RECEIPTS).is_some();
        Ok(Some(Self {
            kind,
            from: attr("from")?.unwrap_or_default(),
            to: attr("to")?.unwrap_or_default(),
            id,
            type_,
            receipt: id.filter(|_| asks),
        }))
    }

    /// Whether the sender may get a reply at all (RFC 6120 sections 8.2.3 and 8.3.1): never to a result or error.
    fn is_answerable(&self) -> bool {
        !matches!(self.type_, Some("error" | "result"))
    }

    /// Whether there is nothing to say to a webhook's reply with that status.
    pub(super) fn is_silenced_by(&self, status: u16) -> bool {
        let taken = matches!(status, 202 | 204) && self.kind != Kind::Iq && self.receipt.is_none();
        taken || !self.is_answerable()
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

/// Writes what the webhook's reply means to the sender of `question` at the start of `out`.
pub(super) fn write(
    question: Element<'_>,
    header: &Header<'_>,
    reply: Reply<'_>,
    options: &Options<'_>,
    ids: &mut Ids,
    scratch: Scratch<'_>,
    out: &mut [u8],
) -> Result<Written, WriteError> {
    let status = reply.status();
    if !header.is_answerable() {
        return Ok(Written { len: 0, unread: None });
    }
    if matches!(status, 202 | 204) {
        return Ok(Written { len: plain_success(header, true, ids, out)?, unread: None });
    }
    let success = is_success(status);
    let format = reply.content_type().and_then(|content_type| media::format(content_type, reply.body()));
    let mut unread = None;
    if reply.is_encoded() {
        unread = Some(Fault::with(&reason::HOOK_ANSWER, format_args!("the body is compressed, unasked")));
    } else if let Some(format) = format {
        match from_body(format, header, reply, options, ids, scratch, out) {
            Ok(Some(len)) => return Ok(Written { len, unread: None }),
            Ok(None) => {}
            Err(Trouble::Body(fault)) => unread = Some(fault),
            Err(Trouble::Writing(error)) => return Err(error),
        }
    } else if success && !reply.body().is_empty() {
        unread =
            Some(Fault::with(&reason::HOOK_ANSWER, format_args!("the body is of a type that is not read")));
    }
    let len = if success {
        plain_success(header, false, ids, out)?
    } else {
        refusal(question, reply, format, out)?
    };
    Ok(Written { len, unread })
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Why a body makes no reply.
enum Trouble {
    /// It cannot be used.
    Body(Fault),
    /// What it says cannot be written.
    Writing(WriteError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Body(fault)
    }
}

impl From<WriteError> for Trouble {
    fn from(error: WriteError) -> Self {
        Self::Writing(error)
    }
}

/// The reply that the body says; nothing when it says none.
fn from_body(
    format: Format,
    header: &Header<'_>,
    reply: Reply<'_>,
    options: &Options<'_>,
    ids: &mut Ids,
    scratch: Scratch<'_>,
    out: &mut [u8],
) -> Result<Option<usize>, Trouble> {
    let body = reply.body();
    let success = is_success(reply.status());
    // An empty plain text is an empty text; of the others, empty is nothing.
    if body.is_empty() && format != Format::Text {
        return Ok(None);
    }
    let Scratch { xml, json, memory } = scratch;
    let text = memory.rest();
    if success {
        let scratch = Scratch { xml: &mut *xml, json: &mut *json, memory: Arena::new(&mut *text) };
        if let Some(len) = several(format, header, body, options, ids, scratch, out)? {
            return Ok(Some(len));
        }
    }
    let is_error = format == Format::Xml
        && header.type_.is_none()
        && xml::parse(body, xml::Source::Body, &mut *xml)
            .is_ok_and(|document| document.root().child("error", STANZA).is_some());
    let scratch = Scratch { xml, json, memory: Arena::new(text) };
    match mapping::read(format, body, &Given::default(), options, scratch) {
        Ok(mut stanza) if stanza.kind == header.kind => {
            if is_error && stanza.type_.is_none() {
                stanza.type_ = Some("error");
            }
            if success || stanza.type_ == Some("error") {
                return Ok(Some(put(header, &addressed(header, &stanza), header.receipt, ids, out)?));
            }
            Ok(None)
        }
        Ok(stanza) if success => {
            let (got, wanted) = (stanza.kind.name(), header.kind.name());
            Err(Fault::with(&reason::HOOK_ANSWER, format_args!("a {got} is no reply to a {wanted}")).into())
        }
        Ok(_) => Ok(None),
        Err(_) if !success && format == Format::Text => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// Several stanzas in one body: all of them, in order. To an iq exactly one iq is the answer, an empty result if there
/// is none; messages and presence go with it (such as the results of a query to an archive, XEP-0313).
fn several(
    format: Format,
    header: &Header<'_>,
    body: &[u8],
    options: &Options<'_>,
    ids: &mut Ids,
    scratch: Scratch<'_>,
    out: &mut [u8],
) -> Result<Option<usize>, Trouble> {
    let (mut len, mut trouble) = (0, None);
    let (mut answered, mut receipt) = (false, header.receipt);
    let read = mapping::several(format, body, options, scratch, &mut |stanza| {
        let is_answer = stanza.kind == Kind::Iq;
        if is_answer && (header.kind != Kind::Iq || answered) {
            return Err(Fault::with(&reason::HOOK_ANSWER, format_args!("an iq that nobody asked for")));
        }
        answered |= is_answer;
        let receipt = if stanza.kind == Kind::Message { receipt.take() } else { None };
        match put(header, &addressed(header, stanza), receipt, ids, &mut out[len..]) {
            Ok(n) => len += n,
            Err(error) => trouble = Some(error),
        }
        if trouble.is_some() { Err(Fault::new(&reason::ANSWER_TOO_LARGE)) } else { Ok(()) }
    });
    if let Some(error) = trouble {
        return Err(Trouble::Writing(error));
    }
    if !read? {
        return Ok(None);
    }
    if header.kind == Kind::Iq && !answered {
        len += plain_success(header, true, ids, &mut out[len..])?;
    }
    Ok(Some(len))
}

/// Nothing to say, or an empty reply of the same kind; for an iq an empty result.
fn plain_success(
    header: &Header<'_>,
    silent: bool,
    ids: &mut Ids,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    let back = Stanza { type_: header.type_, id: None, ..header.back() };
    match header.kind {
        Kind::Iq => stanza::write(&Stanza { type_: Some("result"), id: header.id, ..back }, out),
        _ if silent && header.receipt.is_none() => Ok(0),
        _ => put(header, &back, header.receipt, ids, out),
    }
}

/// The reply with the addresses that it must have, whatever it says; without an id if it is to get a fresh one.
fn addressed<'s>(header: &Header<'s>, reply: &Stanza<'s>) -> Stanza<'s> {
    let is_error = reply.type_ == Some("error");
    let is_answer = reply.kind == Kind::Iq;
    // What is said in a room goes to the room, not to the occupant (XEP-0045 section 7.4).
    let to = match Jid::new(header.from) {
        Ok(from) if reply.type_ == Some("groupchat") && reply.kind == Kind::Message => from.bare(),
        _ => header.from,
    };
    Stanza {
        to: Some(to),
        from: Some(header.to),
        type_: if is_answer && !is_error { Some("result") } else { reply.type_ },
        id: if is_answer || is_error { header.id } else { reply.id },
        ..*reply
    }
}

/// Writes a stanza of the reply, with a fresh id if it has none, and with a receipt.
fn put(
    header: &Header<'_>,
    stanza: &Stanza<'_>,
    receipt: Option<&str>,
    ids: &mut Ids,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    let fresh = ids.id();
    let mut out = Writer::new(out);
    let error = stanza.type_ == Some("error");
    let id = if error || stanza.kind == Kind::Iq { header.id } else { stanza.id.or(Some(fresh.as_str())) };
    stanza::start(&Stanza { id, ..*stanza }, &mut out);
    if let Some(receipt) = receipt.filter(|_| !error && stanza.type_ != Some("groupchat")) {
        out.start("received", RECEIPTS).attr("id", receipt).end();
    }
    out.end();
    out.finish()
}

/// The stanza error for a status that is not 2xx. What it says is the plain text of the body, or else the status.
fn refusal(
    question: Element<'_>,
    reply: Reply<'_>,
    format: Option<Format>,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    let (error_type, condition) = status::stanza_error(reply.status());
    let mut phrase = heapless::String::<64>::new();
    // The longest name is much shorter.
    let _ = core::fmt::write(&mut phrase, format_args!("{}", Phrase(reply.status())));
    let text = match format {
        Some(Format::Text) if !reply.is_encoded() => start_of(reply.body()),
        _ => None,
    };
    let error = StanzaError { error_type, condition, text: text.unwrap_or(&phrase), lang: None, by: None };
    stanza::write_error(question, &error, out)
}

/// The first characters of a text, [`ERROR_TEXT`] at most; nothing when it is none that XML can carry.
fn start_of(body: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(body).ok()?;
    let end = text.char_indices().nth(ERROR_TEXT).map_or(text.len(), |(at, _)| at);
    let start = text[..end].trim();
    let unfit = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    (!start.is_empty() && !start.contains(unfit)).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_of_a_text_is_told() {
        let long = "é".repeat(ERROR_TEXT + 1);
        for (body, told) in [
            ("no such lamp\n", Some("no such lamp")),
            (" two\nlines\t", Some("two\nlines")),
            (&*long, Some(&long[..2 * 512])),
            (" \r\n", None),
            ("a bell \u{7}", None),
            ("\u{FFFE}", None),
            ("", None),
        ] {
            assert_eq!(start_of(body.as_bytes()), told, "{body:?}");
        }
        assert_eq!(start_of(b"\xFF"), None);
    }
}
