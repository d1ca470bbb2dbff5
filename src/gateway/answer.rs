//! What a caller gets: the format it wishes, the answer around a body, and the body of a refusal.
//!
//! Refusals read as mod_rest's do: the condition and a sentence, as JSON, as an element like a stream error, or as a
//! small page for people. The formats are negotiated by RFC 9110 section 12.5.1.

use core::fmt::{self, Write as _};

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::arena::Arena;
use crate::buffer::Full;
use crate::fault::{Fault, Party, reason};
use crate::http::media::{self, ErrorFormat};
use crate::http::{Draft, Field, Request, Server, Unwritable};
use crate::json;
use crate::mapping::Format;
use crate::time::Instant;
use crate::xml::Writer;

use super::Port;
use super::line::Cx;

/// The formats that a request wishes its answer in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// For a stanza; `None` when nothing that can be made is acceptable.
    pub(super) stanza: Option<Format>,
    /// For a refusal.
    pub(super) refusal: ErrorFormat,
}

impl Wish {
    pub(super) fn of(request: Request<'_>) -> Self {
        let fields = request.fields();
        let own = fields.sole("content-type").ok().flatten().and_then(media::format);
        let accept = fields.all("accept");
        Self { stanza: media::answer(accept.clone(), own), refusal: media::error(accept, own) }
    }
}

/// Of a request that could not be read.
impl Default for Wish {
    fn default() -> Self {
        Self { stanza: Some(Format::Json), refusal: ErrorFormat::Json }
    }
}

/// Writes an answer into the out-buffer of a caller: `make` writes the body, if the answer has one. After an error
/// nothing is written and the request is still to be answered.
pub(super) fn put(
    http: &mut Server,
    port: &mut Port<'_>,
    now: Instant,
    status: u16,
    fields: &[Field<'_>],
    make: impl FnOnce(&mut [u8]) -> Result<usize, Fault>,
) -> Result<(), Fault> {
    let mut draft = Draft::begin(&mut port.output).map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))?;
    let len = make(draft.space())?;
    draft.filled(len);
    let after = http.answering(now, &mut port.input);
    draft.answer(status, fields, after, http.head_only()).map_err(|error| {
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
    format: ErrorFormat,
) -> Result<(), Fault> {
    let status = fault.reason.status;
    let content_type: &str = match format {
        ErrorFormat::Json => media::name(Format::Json),
        ErrorFormat::Xml => media::name(Format::Xml),
        ErrorFormat::Html => "text/html; charset=utf-8",
    };
    let realm = cx.settings.domain();
    let (basic, bearer) =
        (format_args!("Basic realm=\"{realm}/rest\""), format_args!("Bearer realm=\"{realm}/rest\""));
    let mut fields: heapless::Vec<Field<'_>, 4> = heapless::Vec::new();
    let _ = fields.push(("Content-Type", &content_type));
    match status {
        401 => {
            let _ = fields.push(("WWW-Authenticate", &basic));
            let _ = fields.push(("WWW-Authenticate", &bearer));
        }
        405 => {
            let _ = fields.push(("Allow", &"GET, HEAD, OPTIONS, POST"));
        }
        // It is worth while to try again soon.
        503 if fault.reason.party == Party::Us => {
            let _ = fields.push(("Retry-After", &"5"));
        }
        _ => {}
    }
    put(http, port, cx.now, status, &fields, |out| {
        let written = match format {
            ErrorFormat::Json => json::write::to_slice(&Refusal(fault), out),
            ErrorFormat::Xml => element(fault, out),
            ErrorFormat::Html => page(fault, out),
        };
        written.map_err(|Full| Fault::new(&reason::ANSWER_TOO_LARGE))
    })
}

struct Refusal<'a>(&'a Fault);

impl Serialize for Refusal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("type", "error")?;
        object.serialize_entry("code", &self.0.reason.status)?;
        object.serialize_entry("error", &Detail(self.0))?;
        object.end()
    }
}

struct Detail<'a>(&'a Fault);

impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reason = self.0.reason;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("type", reason.error_type.name())?;
        object.serialize_entry("condition", reason.condition)?;
        object.serialize_entry("text", self.0.text())?;
        object.serialize_entry("source", "restanza")?;
        object.end()
    }
}

fn element(fault: &Fault, out: &mut [u8]) -> Result<usize, Full> {
    const STREAM: &str = crate::xml::STREAM;
    const CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
    let mut writer = Writer::new(out);
    writer.start("error", STREAM);
    writer.element(fault.reason.condition, CONDITIONS, "");
    writer.element("text", CONDITIONS, fault.text());
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
