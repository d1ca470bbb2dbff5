//! What a request for a stanza means: its stanza, and whether it waits.
//!
//! A message or presence is written to the link and answered with 202 once it left; an iq gets an id of our own
//! and its caller waits.

use core::fmt;

use crate::arena::Arena;
use crate::buffer::Full;
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

use super::auth::Who;
use super::line::Cx;
use super::routes::{Does, Found, Parts};
use super::settings::Settings;
use super::{archive, options};

/// What a request may use.
pub(super) struct Desk<'g, 'b> {
    pub(super) link: &'g mut Link<'b>,
    pub(super) ids: &'g mut Ids,
    pub(super) may_wait: bool,
    /// How long the texts of a [`Question`] may be together.
    pub(super) room: usize,
}

/// A request was understood; what is left to do.
pub(super) enum Served<'s, 'n> {
    /// The stanza is on its way: 202 when the link has written up to that position.
    Sent { mark: u64 },
    /// The iq is on its way under an id of ours.
    Asked(Question<'s>),
    /// No stanza is meant.
    Told(Does),
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
    /// The id of a query to an archive, or nothing.
    pub(super) query: &'s str,
    pub(super) mark: u64,
    pub(super) patience: Duration,
}

/// Does what the request asks, up to its stanza being in the link's out-buffer.
pub(super) fn serve<'s, 'n: 's>(
    request: Request<'s>,
    found: Found<'_>,
    who: &Who<'_>,
    desk: &mut Desk<'_, '_>,
    scratch: Scratch<'s>,
    spare: &mut Arena<'n>,
    cx: Cx<'_>,
) -> Result<Served<'s, 'n>, Fault> {
    let stanza = read(request, found, cx.settings, scratch)?;
    let principal = spare.text(who.principal).ok().and_then(|text| Jid::new(text).ok());
    let principal = principal.ok_or_else(|| Fault::new(&reason::INTERNAL))?;
    let mut stanza =
        stanza::complete(stanza, principal, desk.ids, spare).map_err(|fault| explained(fault, request))?;
    who.rights.check(&stanza)?;
    if found.does == Does::Echo {
        let len = stanza::write(&stanza, spare.space());
        let len = len.map_err(|error| Fault::with(&reason::STANZA_TOO_LARGE, format_args!("{error}")))?;
        return Ok(Served::Made(spare.keep(len)));
    }
    let asks = stanza.kind == Kind::Iq;
    if asks && !desk.may_wait {
        return Err(Fault::new(&reason::TOO_MANY_WAITING));
    }
    if !asks {
        return Ok(Served::Sent { mark: send(desk.link, &stanza, cx)? });
    }
    let (own, to, id, mut query) =
        (stanza.id.unwrap_or_default(), stanza.to.unwrap_or_default(), desk.ids.id(), "");
    stanza.id = Some(spare.text(id).map_err(|Full| Fault::new(&reason::STANZA_TOO_LARGE))?);
    if let Some((payload, id)) = archive::query(stanza.payload, id, spare)? {
        (stanza.payload, query) = (payload, id);
    }
    if to.len() + own.len() + query.len() > desk.room {
        return Err(Fault::with(&reason::STANZA_TOO_LARGE, format_args!("The id is larger than an answer")));
    }
    let mark = send(desk.link, &stanza, cx)?;
    Ok(Served::Asked(Question { id, to, own, query, mark, patience: patience(request, cx.settings) }))
}

/// What curl and others say of a body when they are not told is the most common reason why an address is not found.
fn explained(fault: Fault, request: Request<'_>) -> Fault {
    let content_type = request.fields().sole("content-type").ok().flatten();
    let format = content_type.and_then(|content_type| media::format(content_type, request.body()));
    let looks = match request.body().trim_ascii_start().first() {
        Some(b'{') => "JSON",
        Some(b'<') => "XML",
        _ => return fault,
    };
    if fault.reason != &reason::NO_TO || format != Some(Format::Form) {
        return fault;
    }
    let detail =
        format_args!("'to' is missing: the body looks like {looks}, but Content-Type says that it is a form");
    Fault::with(&reason::NO_TO, detail)
}

/// Puts a stanza into the out-buffer of a link that is up and alive; gives the position behind it.
fn send(link: &mut Link<'_>, stanza: &Stanza<'_>, cx: Cx<'_>) -> Result<u64, Fault> {
    if link.is_suspect(cx.now) {
        return Err(Fault::with(
            &reason::NO_LINK,
            format_args!("The XMPP server does not answer at the moment"),
        ));
    }
    let mut outbox = link.outbox(cx.now).ok_or_else(|| Fault::new(&reason::NO_LINK))?;
    let put = outbox.put(|out| stanza::write(stanza, out));
    put.map(|put| put.mark).map_err(|error| match error {
        WriteError::Full => Fault::new(&reason::LINK_FULL),
        error => Fault::with(&reason::NOT_WELL_FORMED, format_args!("{error}")),
    })
}

fn read<'s>(
    request: Request<'s>,
    found: Found<'_>,
    settings: &dyn Settings,
    mut scratch: Scratch<'s>,
) -> Result<Stanza<'s>, Fault> {
    let content_type =
        request.fields().sole("content-type").map_err(|_| Fault::new(&reason::HEADER_REPEATED))?;
    if request.fields().all("content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        return Err(Fault::new(&reason::CONTENT_CODING));
    }
    let mut text = |piece: Option<&str>| piece.map(|piece| decoded(piece, &mut scratch.memory)).transpose();
    let options = options::asked(request.query(), settings.mapping())?;
    let Parts { kind, type_, to } = found.parts;
    let (kind, type_, to) = (text(kind)?, text(type_)?, text(to)?);
    // A stanza by its path alone needs no body.
    let is_bare = request.body().is_empty() && content_type.is_none();
    let is_post = request.method() == Method::Post;
    let known = || known(content_type, request.body());
    let format = || if is_bare { Ok(Format::Form) } else { known() };
    let (given, body, format) = match found.does {
        Does::SendTo => (Given { kind, type_, to }, request.body(), format()?),
        Does::Ask => {
            let args = options::arguments(request.query().unwrap_or_default(), &mut scratch.memory)?;
            if !args.is_empty() && !args.contains('=') {
                return Err(Fault::new(&reason::INVALID_QUERY));
            }
            (Given { kind: Some("iq"), type_, to }, args.as_bytes(), Format::Form)
        }
        Does::Put => match format()? {
            Format::Xml | Format::Text => return Err(Fault::new(&reason::MEDIA_TYPE)),
            format => (Given { kind: Some("iq"), type_, to }, request.body(), format),
        },
        // With XML, which says all itself, the path is not looked at, as with mod_rest.
        Does::Misfit if is_post && content_type.is_some() && known()? == Format::Xml => {
            (Given::default(), request.body(), Format::Xml)
        }
        Does::Misfit => return Err(Fault::new(&reason::INVALID_PATH)),
        _ => (Given::default(), request.body(), known()?),
    };
    mapping::read(format, body, &given, &options, scratch)
}

fn known(content_type: Option<&[u8]>, body: &[u8]) -> Result<Format, Fault> {
    let format = content_type.and_then(|content_type| media::format(content_type, body));
    format.ok_or_else(|| Fault::new(&reason::MEDIA_TYPE))
}

fn decoded<'s>(piece: &str, memory: &mut Arena<'s>) -> Result<&'s str, Fault> {
    Encoded::path(piece).check().map_err(|Malformed| Fault::new(&reason::INVALID_PATH))?;
    memory.text(Joined(piece)).map_err(|Full| Fault::new(&reason::STANZA_TOO_LARGE))
}

/// A piece of a path, decoded, with several slashes as one (as written: `%2F%2F` stays two).
struct Joined<'p>(&'p str);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut after_slash = false;
        for piece in self.0.split_inclusive('/').filter(|piece| {
            let is_again = after_slash && *piece == "/";
            after_slash = piece.ends_with('/');
            !is_again
        }) {
            fmt::Display::fmt(&Encoded::path(piece), f)?;
        }
        Ok(())
    }
}

/// How long the caller wants to wait: seconds in `Prosody-Rest-Timeout`, or in the preference `wait` of RFC 7240,
/// within what the settings allow.
fn patience(request: Request<'_>, settings: &dyn Settings) -> Duration {
    let asked = request.fields().sole("prosody-rest-timeout").ok().flatten().and_then(seconds);
    let asked = asked.or_else(|| preference(request, "wait").and_then(seconds));
    asked.unwrap_or(settings.iq_timeout()).min(settings.iq_timeout_max())
}

/// A decimal number of seconds, to the millisecond. Less than nothing is nothing.
fn seconds(text: &[u8]) -> Option<Duration> {
    let text = core::str::from_utf8(text).ok()?;
    let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let whole: u64 = whole.parse().ok()?;
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths =
        part.bytes().zip([100, 10, 1]).map(|(digit, worth)| u64::from(digit - b'0') * worth).sum();
    let ms = whole.saturating_mul(1000).saturating_add(thousandths);
    Some(if is_negative { Duration::ZERO } else { Duration::from_millis(ms) })
}

/// The value of a preference (RFC 7240 section 2); where it stands twice the first counts.
fn preference<'r>(request: Request<'r>, wanted: &str) -> Option<&'r [u8]> {
    let mut preferences = request.fields().all("prefer").flat_map(|value| value.split(|&byte| byte == b','));
    preferences.find_map(|preference| {
        let preference = preference.split(|&byte| byte == b';').next()?;
        let equals = preference.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (preference[..equals].trim_ascii(), preference[equals + 1..].trim_ascii());
        let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        name.eq_ignore_ascii_case(wanted.as_bytes()).then_some(value)
    })
}
