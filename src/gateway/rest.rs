//! What a request means: its route, its stanza, and whether it waits.
//!
//! | request | meaning |
//! |---|---|
//! | `POST /rest` | sends the stanza in the body |
//! | `POST /rest/{kind}/{type}/{to}` | the same, with three values from the path |
//! | `POST /rest/echo` | gives the stanza back, completed and in the wished format, and sends nothing |
//! | `GET /rest/{query}/{to}?key=value` | sends an iq with that payload |
//!
//! A message or presence is written to the link and answered with 202 once it left; an iq gets an id of our own
//! and its caller waits.

use crate::arena::Arena;
use crate::component::Link;
use crate::fault::{Fault, reason};
use crate::http::form::{Encoded, Malformed};
use crate::http::media;
use crate::http::{Method, Request};
use crate::ids::Ids;
use crate::jid::Jid;
use crate::mapping::{self, Format, Given, Scratch};
use crate::stanza::{self, Kind, Stanza};
use crate::time::Duration;
use crate::xml::WriteError;

use super::line::Cx;
use super::settings::Settings;

/// What a request of these may use.
pub(super) struct Desk<'g, 'b> {
    pub(super) link: &'g mut Link<'b>,
    pub(super) ids: &'g mut Ids,
    pub(super) may_wait: bool,
}

/// A request was understood; what is left to do.
pub(super) enum Served<'s, 'n> {
    /// The stanza is on its way: 202 when the link has written up to that position.
    Sent { mark: u64 },
    /// The iq is on its way under an id of ours.
    Asked(Question<'s>),
    /// Nothing was sent: the stanza, as XML, is the answer.
    Made(&'n [u8]),
}

/// An iq whose answer is waited for.
pub(super) struct Question<'s> {
    pub(super) id: crate::ids::Id,
    /// Whom it went to.
    pub(super) to: &'s str,
    /// The caller's id, if it gave one.
    pub(super) own: &'s str,
    pub(super) mark: u64,
    pub(super) patience: Duration,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route<'r> {
    Send,
    SendTo { kind: &'r str, type_: &'r str, to: &'r str },
    Echo,
    Ask { query: &'r str, to: &'r str },
}

/// Finds the route, before anything else is looked at.
pub(super) fn route(request: Request<'_>) -> Result<Route<'_>, Fault> {
    let rest = match request.path().strip_prefix("/rest") {
        Some("") => "",
        Some(rest) if rest.starts_with('/') => &rest[1..],
        _ => return Err(Fault::new(&reason::NO_SUCH_ROUTE)),
    };
    let root = request.path() == "/rest";
    match request.method() {
        Method::Post if root => Ok(Route::Send),
        Method::Post if rest == "echo" => Ok(Route::Echo),
        Method::Post => {
            let mut pieces = rest.splitn(3, '/');
            match (pieces.next(), pieces.next(), pieces.next()) {
                (Some(kind), Some(type_), Some(to)) if is_kind(kind) && is_word(type_) => {
                    Ok(Route::SendTo { kind, type_, to })
                }
                _ => Err(Fault::new(&reason::INVALID_PATH)),
            }
        }
        Method::Get | Method::Head if !root => match rest.split_once('/') {
            Some((query, to)) if is_word(query) => Ok(Route::Ask { query, to }),
            _ => Err(Fault::new(&reason::INVALID_PATH)),
        },
        _ => Err(Fault::new(&reason::METHOD)),
    }
}

/// As mod_rest has it: m, p or i, and further word characters; what it means is the mapping's to say.
fn is_kind(text: &str) -> bool {
    text.starts_with(['m', 'p', 'i']) && text.len() > 1 && is_word(text)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Does what the request asks, up to its stanza being in the link's out-buffer.
pub(super) fn serve<'s, 'n: 's>(
    request: Request<'s>,
    principal: &str,
    desk: &mut Desk<'_, '_>,
    scratch: Scratch<'s>,
    spare: &mut Arena<'n>,
    cx: Cx<'_>,
) -> Result<Served<'s, 'n>, Fault> {
    let route = route(request)?;
    let stanza = read(request, route, scratch)?;
    let principal = spare.text(principal).ok().and_then(|text| Jid::new(text).ok());
    let principal = principal.ok_or_else(|| Fault::new(&reason::INTERNAL))?;
    let mut stanza = stanza::complete(stanza, principal, desk.ids, spare)?;
    if let Route::Echo = route {
        let len = stanza::write(&stanza, spare.space());
        let len = len.map_err(|error| Fault::with(&reason::STANZA_TOO_LARGE, format_args!("{error}")))?;
        return Ok(Served::Made(spare.keep(len)));
    }
    let asks = stanza.kind == Kind::Iq;
    if asks && !desk.may_wait {
        return Err(Fault::new(&reason::TOO_MANY_WAITING));
    }
    let own = stanza.id.unwrap_or_default();
    let id = desk.ids.id();
    let wire = spare.text(id).map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))?;
    if asks {
        stanza.id = Some(wire);
    }
    let mark = send(desk.link, &stanza, cx)?;
    if !asks {
        return Ok(Served::Sent { mark });
    }
    let to = stanza.to.unwrap_or_default();
    Ok(Served::Asked(Question { id, to, own, mark, patience: patience(request, cx.settings) }))
}

/// Puts a stanza into the out-buffer of a link that is up and alive; gives the position behind it.
fn send(link: &mut Link<'_>, stanza: &Stanza<'_>, cx: Cx<'_>) -> Result<u64, Fault> {
    if link.is_suspect() {
        return Err(Fault::with(
            &reason::NO_LINK,
            format_args!("The XMPP server does not answer at the moment"),
        ));
    }
    let mut outbox = link.outbox(cx.now).ok_or_else(|| Fault::new(&reason::NO_LINK))?;
    outbox.put(|out| stanza::write(stanza, out)).map_err(|error| match error {
        WriteError::Full => Fault::new(&reason::LINK_FULL),
        error => Fault::with(&reason::NOT_WELL_FORMED, format_args!("{error}")),
    })
}

fn read<'s>(request: Request<'s>, route: Route<'_>, mut scratch: Scratch<'s>) -> Result<Stanza<'s>, Fault> {
    let content_type =
        request.fields().sole("content-type").map_err(|_| Fault::new(&reason::HEADER_REPEATED))?;
    let mut text = |piece: &str| decoded(Encoded::path(piece), &mut scratch.memory);
    let (given, body, format) = match route {
        Route::Send | Route::Echo => (Given::default(), request.body(), known(content_type)?),
        Route::SendTo { kind, type_, to } => {
            let given = Given { kind: Some(text(kind)?), type_: Some(text(type_)?), to: Some(text(to)?) };
            // A stanza by its path alone needs no body.
            let empty = request.body().is_empty() && content_type.is_none();
            (given, request.body(), if empty { Format::Form } else { known(content_type)? })
        }
        Route::Ask { query, to } => {
            let args = request.query().unwrap_or_default();
            if !args.is_empty() && !args.contains('=') {
                return Err(Fault::new(&reason::INVALID_QUERY));
            }
            let given = Given { kind: Some("iq"), type_: Some(text(query)?), to: Some(text(to)?) };
            (given, args.as_bytes(), Format::Form)
        }
    };
    mapping::read(format, body, &given, &mapping::Options::default(), scratch)
}

fn known(content_type: Option<&[u8]>) -> Result<Format, Fault> {
    content_type.and_then(media::format).ok_or_else(|| Fault::new(&reason::MEDIA_TYPE))
}

fn decoded<'s>(piece: Encoded<'_>, memory: &mut Arena<'s>) -> Result<&'s str, Fault> {
    piece.check().map_err(|Malformed| Fault::new(&reason::INVALID_PATH))?;
    memory.text(piece).map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))
}

/// How long the caller wants to wait: whole seconds in `Prosody-Rest-Timeout`, within what the settings allow.
fn patience(request: Request<'_>, settings: &dyn Settings) -> Duration {
    let wished = request.fields().sole("prosody-rest-timeout").ok().flatten();
    let seconds = wished.and_then(|text| core::str::from_utf8(text).ok()).and_then(|text| text.parse().ok());
    seconds.map_or(settings.iq_timeout(), Duration::from_secs).min(settings.iq_timeout_max())
}
