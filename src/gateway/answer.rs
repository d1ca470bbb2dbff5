//! What a caller gets: the format it wishes, the answer around a body, and the body of a refusal.
//!
//! Refusals read as mod_rest's do: the condition and a sentence, as JSON, as an element like a stream error, or as a
//! small page for people. Where mod_rest has one sentence for all troubles of a sort, programs get that one; what the
//! trouble was in this case stands on the page, and in the problems of the versioned routes. The formats are negotiated
//! by RFC 9110 section 12.5.1.

use core::fmt::{self, Write as _};

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::arena::Arena;
use crate::buffer::Full;
use crate::fault::{Fault, Party, reason};
use crate::http::media::{self, ErrorFormat};
use crate::http::{Date, Draft, Field, Length, Request, Server, Unwritable};
use crate::json;
use crate::mapping::{self, Format, Options};
use crate::time::Duration;
use crate::xml::{Element, Writer};

use super::line::Cx;
use super::routes::{Allowed, Manners};
use super::settings::Settings;
use super::{Port, cors, options, problem};

/// The formats that a request wishes its answer in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// For a stanza; `None` when nothing that can be made is acceptable.
    pub(super) stanza: Option<Format>,
    /// For a refusal.
    pub(super) refusal: ErrorFormat,
    pub(super) manners: Manners,
    /// What may be done at the path.
    pub(super) allowed: Allowed,
    /// The place in the settings of the web site it is for.
    pub(super) origin: Option<usize>,
    /// How a stanza is mapped.
    pub(super) options: Options<'static>,
    /// With a refusal: when it is worth while to try again.
    pub(super) wait: Option<Duration>,
}

impl Wish {
    pub(super) fn of(request: Request<'_>, settings: &dyn Settings) -> Self {
        let fields = request.fields();
        let own = fields.sole("content-type").ok().flatten().and_then(|own| media::format(own, &[]));
        let accept = fields.all("accept");
        let manners = Manners::of(request.path());
        let refusal = match manners {
            Manners::Rest => media::error(accept.clone(), own),
            Manners::V1 => ErrorFormat::Problem,
        };
        let allowed = Allowed::at(request.path());
        let origin = cors::origin_of(request, settings);
        let own = own.or((manners == Manners::V1).then_some(Format::Json));
        // Whatever else stands there is refused when the stanza is read.
        let options = options::asked(request.query(), settings.mapping()).unwrap_or_default();
        Self { stanza: media::answer(accept, own), refusal, manners, allowed, origin, options, wait: None }
    }
}

/// Of a request that could not be read.
impl Default for Wish {
    fn default() -> Self {
        Self {
            stanza: Some(Format::Json),
            refusal: ErrorFormat::Json,
            manners: Manners::Rest,
            allowed: Allowed::default(),
            origin: None,
            options: Options::default(),
            wait: None,
        }
    }
}

/// The most fields of an answer.
const FIELDS: usize = 11;

/// Writes an answer into the out-buffer of a caller: `make` writes the body, if the answer has one. After an error
/// nothing is written and the request is still to be answered.
pub(super) fn put(
    http: &mut Server,
    port: &mut Port<'_>,
    wish: Wish,
    cx: Cx<'_>,
    status: u16,
    own: &[Field<'_>],
    make: impl FnOnce(&mut [u8]) -> Result<usize, Fault>,
) -> Result<(), Fault> {
    put_part(http, port, wish, cx, Head { status, own, length: None }, make)
}

/// What stands before a body.
pub(super) struct Head<'h> {
    pub(super) status: u16,
    pub(super) own: &'h [Field<'h>],
    /// How the end of the body is told, when only the beginning of it is made now.
    pub(super) length: Option<Length>,
}

/// The same for a body that may be longer than there is room now.
pub(super) fn put_part(
    http: &mut Server,
    port: &mut Port<'_>,
    wish: Wish,
    cx: Cx<'_>,
    Head { status, own, length }: Head<'_>,
    make: impl FnOnce(&mut [u8]) -> Result<usize, Fault>,
) -> Result<(), Fault> {
    let mut draft = Draft::begin(&mut port.output).map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))?;
    let len = make(draft.space())?;
    draft.filled(len);
    let site = wish.origin.and_then(|at| cors::origin_at(at, cx.settings));
    let date = Date::of_clock(cx.wall);
    let mut fields: heapless::Vec<Field<'_>, FIELDS> = heapless::Vec::new();
    if let Some(date) = &date {
        let _ = fields.push(("Date", date));
    }
    let _ = fields.extend_from_slice(own);
    if let Some(site) = &site {
        let _ = fields.push(("Access-Control-Allow-Origin", site));
        let _ = fields.push(("Access-Control-Expose-Headers", &cors::EXPOSED));
    }
    if !cx.settings.access().origins.is_empty() {
        let _ = fields.push(("Vary", &"Origin"));
    }
    let after = http.answering(cx.now, &mut port.input);
    port.status = status;
    let length = length.unwrap_or(Length::Known(len));
    draft.answer_part(status, &fields, after, http.head_only(), length).map_err(|error| {
        Fault::new(match error {
            Unwritable::Full => &reason::ANSWER_TOO_LARGE,
            Unwritable::Character => &reason::INTERNAL,
        })
    })
}

/// Writes a refusal, with the headers that belong to its status.
pub(super) fn refuse(
    http: &mut Server,
    port: &mut Port<'_>,
    cx: Cx<'_>,
    fault: &Fault,
    wish: Wish,
) -> Result<(), Fault> {
    let status = fault.reason.status;
    let content_type = wish.refusal.name();
    let realm = cx.settings.domain();
    let challenge = format_args!("basic realm=\"{realm}/rest\", bearer realm=\"{realm}/rest\"");
    // RFC 6750 section 3.1.
    let invalid = format_args!("Bearer realm=\"{realm}/rest\", error=\"invalid_token\"");
    let needed = cx.settings.introspection().map_or("", |server| server.scope);
    let scope =
        format_args!("Bearer realm=\"{realm}/rest\", error=\"insufficient_scope\", scope=\"{needed}\"");
    let seconds = wish.wait.map(|wait| wait.as_millis().div_ceil(1_000));
    let mut fields: heapless::Vec<Field<'_>, 4> = heapless::Vec::new();
    let _ = fields.push(("Content-Type", &content_type));
    match status {
        401 if fault.reason == &reason::TOKEN_INVALID => {
            let _ = fields.push(("WWW-Authenticate", &invalid));
        }
        401 => {
            let _ = fields.push(("WWW-Authenticate", &challenge));
        }
        403 if fault.reason == &reason::SCOPE => {
            let _ = fields.push(("WWW-Authenticate", &scope));
        }
        405 => {
            let _ = fields.push(("Allow", &wish.allowed));
        }
        // It is worth while to try again soon.
        503 if fault.reason.party == Party::Us => {
            let _ = fields.push(("Retry-After", &"5"));
        }
        _ => {}
    }
    if let Some(seconds) = &seconds {
        let _ = fields.push(("Retry-After", seconds));
    }
    put(http, port, wish, cx, status, &fields, |out| {
        let written = match wish.refusal {
            ErrorFormat::Problem => problem::refusal(fault, out),
            ErrorFormat::Json => json::write::to_slice(&Refusal(fault), out),
            ErrorFormat::Xml => element(fault, out),
            ErrorFormat::Html => page(fault, out),
        };
        written.map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))
    })
}

/// Gives a stanza to a caller as its answer; `id` is the one to show instead of its own.
pub(super) fn give(
    http: &mut Server,
    port: &mut Port<'_>,
    stanza: Element<'_>,
    wish: Wish,
    id: Option<&str>,
    tape: &mut [json::Node],
    cx: Cx<'_>,
) -> Result<(), Fault> {
    let Some(format) = wish.stanza else { return Err(Fault::new(&reason::NOT_ACCEPTABLE)) };
    let status = match wish.manners {
        Manners::Rest => None,
        Manners::V1 => problem::status_of(stanza),
    };
    // Who asked for XML gets the error as it came.
    if let (Some(status), true) = (status, format != Format::Xml) {
        let content_type: Field<'_> = ("Content-Type", &ErrorFormat::Problem.name());
        return put(http, port, wish, cx, status, &[content_type], |out| {
            problem::answered(stanza, out).map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))
        });
    }
    let content_type: Field<'_> = ("Content-Type", &media::name(format));
    put(http, port, wish, cx, status.unwrap_or(200), &[content_type], |out| {
        mapping::write(format, stanza, &Options { id, ..wish.options }, tape, out)
    })
}

/// Says a word to a program.
pub(super) fn tell(
    http: &mut Server,
    port: &mut Port<'_>,
    wish: Wish,
    cx: Cx<'_>,
    status: u16,
    text: &str,
) -> Result<(), Fault> {
    let fields: [Field<'_>; 2] =
        [("Content-Type", &media::name(Format::Text)), ("Cache-Control", &"no-store")];
    put(http, port, wish, cx, status, &fields, |out| {
        Arena::new(out).text(text).map(str::len).map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))
    })
}

/// Says where the thing is now (RFC 9110 section 15.4.2).
pub(super) fn moved(
    http: &mut Server,
    port: &mut Port<'_>,
    wish: Wish,
    cx: Cx<'_>,
    to: &str,
) -> Result<(), Fault> {
    put(http, port, wish, cx, 301, &[("Location", &to)], |_| Ok(0))
}

/// Says what may be done at a path (RFC 9110 section 9.3.7), and to a page of a web site in the settings what it may
/// do.
pub(super) fn options(http: &mut Server, port: &mut Port<'_>, wish: Wish, cx: Cx<'_>) -> Result<(), Fault> {
    let all: [Field<'_>; 4] = [
        ("Allow", &wish.allowed),
        ("Access-Control-Allow-Methods", &wish.allowed),
        ("Access-Control-Allow-Headers", &cors::HEADERS),
        ("Access-Control-Max-Age", &cors::MAX_AGE),
    ];
    let fields = if wish.origin.is_some() { &all[..] } else { &all[..1] };
    put(http, port, wish, cx, 200, fields, |_| Ok(0))
}

/// Whether the status says it all. So it is with mod_rest, which gets no word from the server about an unknown path.
fn is_bare(fault: &Fault) -> bool {
    *fault.reason == reason::NO_SUCH_ROUTE
}

struct Refusal<'a>(&'a Fault);

impl Serialize for Refusal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("type", "error")?;
        object.serialize_entry("code", &self.0.reason.status)?;
        if !is_bare(self.0) {
            object.serialize_entry("error", &Detail(self.0))?;
        }
        object.end()
    }
}

/// Who made the error, in the word that clients of mod_rest know.
const SOURCE: &str = "mod_rest";

struct Detail<'a>(&'a Fault);

impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reason = self.0.reason;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("type", reason.error_type.name())?;
        object.serialize_entry("condition", reason.condition)?;
        object.serialize_entry("text", self.0.classic())?;
        object.serialize_entry("source", SOURCE)?;
        object.end()
    }
}

fn element(fault: &Fault, out: &mut [u8]) -> Result<usize, Full> {
    const STREAM: &str = crate::xml::STREAM;
    const CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
    let mut writer = Writer::new(out);
    writer.start("error", STREAM);
    if !is_bare(fault) {
        writer.element(fault.reason.condition, CONDITIONS, "");
        writer.element("text", CONDITIONS, fault.classic());
    }
    writer.end();
    writer.finish().map_err(|_| Full)
}

fn page(fault: &Fault, out: &mut [u8]) -> Result<usize, Full> {
    let status = fault.reason.status;
    let phrase = crate::http::reason_phrase(status);
    let text = Escaped(fault.text());
    let page = format_args!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><title>{status} {phrase}</title><h1>{phrase}</h1><p>{text}</p>\n"
    );
    Arena::new(out).text(page).map(str::len)
}

/// Text inside an HTML element.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '&' => f.write_str("&amp;"),
            _ => f.write_char(c),
        })
    }
}
