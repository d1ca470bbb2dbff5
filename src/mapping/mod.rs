//! Between stanzas and what a caller writes: XML, JSON, CBOR, forms, plain text.
//!
//! The JSON keys are mod_rest's and some more; what each of them means in XML stands in one table (`keys` with
//! its parts in `objects`), and two walkers read it: `to_json` and `to_xml`. What a table cannot say well has a
//! small file in `code`. Nothing here allocates; recursion is as deep as the readers admit nesting. The worst case is
//! [`STACK`] bytes of stack, and of lent memory what [`Scratch`] says.
//!
//! Values of the wrong type or out of range are refused by the path of their key; unknown keys are ignored, unless
//! [`Options::strict`]; elements without a key vanish, unless [`Options::keep`].

mod cards;
mod code;
mod compact;
mod embedded;
mod error;
mod form;
mod forms;
mod given;
mod has;
mod index;
mod keys;
mod members;
mod ns;
mod number;
mod objects;
mod path;
mod pubsub;
#[cfg(test)]
mod reference;
mod scalar;
pub mod schema;
mod several;
mod shape;
mod sink;
mod to_json;
mod to_xml;
mod whole;

use crate::arena::Arena;
#[cfg(feature = "cbor")]
use crate::cbor;
use crate::fault::{Fault, reason};
use crate::stanza::Stanza;
use crate::{json, xml};

pub use has::{has_key, is_key};
pub use several::several;

/// The stack that reading or writing one payload takes at most, in bytes, in a release build for 64 bits; less for 32.
///
/// The deepest is a stanza in a stanza as often as the readers admit, with XML or JSON in the innermost.
/// `tests/oracle/tests/stack.rs` measures it there.
pub const STACK: usize = 64 * 1024;

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A stanza as it is.
    Xml,
    /// The JSON mapping.
    Json,
    /// The same as CBOR.
    #[cfg(feature = "cbor")]
    Cbor,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// The body text alone.
    Text,
}

/// What the path of a URL says of the stanza; it overrides a JSON or form body and is ignored for XML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given<'g> {
    /// `message`, `presence` or `iq`; anything else is refused.
    pub kind: Option<&'g str>,
    /// The type. For an iq also the key of its payload (`version`, `disco`, …): then the whole body is the value of
    /// that key, or for [`Format::Form`] the arguments of the query string.
    pub type_: Option<&'g str>,
    /// The address.
    pub to: Option<&'g str>,
}

/// How JSON is mapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'o> {
    /// Unknown keys are refused instead of ignored.
    pub strict: bool,
    /// Elements that have no key are kept in the key `xml`, and accepted there; those of which the keys say a part
    /// are kept in the key `whole`, too, and accepted there instead of those keys.
    pub keep: bool,
    /// When a stanza is written: the id to show instead of its own (an iq goes out under an id of ours, and its
    /// caller gets the answer under its own).
    pub id: Option<&'o str>,
}

/// Memory lent for the reading of one stanza.
#[derive(Debug)]
pub struct Scratch<'s> {
    /// For the structure of XML.
    pub xml: &'s mut [xml::Node],
    /// For the structure of JSON.
    pub json: &'s mut [json::Node],
    /// For texts that had to be unescaped, and for the payload. What a body of n bytes needs at most is n for the
    /// texts and the limit of a stanza for the payload; for a form or CBOR 6 n more.
    pub memory: Arena<'s>,
}

/// Something was refused; why is kept by whoever walks.
#[derive(Clone, Copy, Debug)]
struct Refused;

type Done<T = ()> = Result<T, Refused>;

/// Makes a stanza of what a caller wrote. Addresses are taken as they are given.
pub fn read<'s>(
    format: Format,
    body: &'s [u8],
    given: &Given<'s>,
    options: &Options<'_>,
    scratch: Scratch<'s>,
) -> Result<Stanza<'s>, Fault> {
    match format {
        Format::Xml => given::xml(body, scratch),
        Format::Json => given::json(body, body.len(), false, given, options, scratch),
        #[cfg(feature = "cbor")]
        Format::Cbor => given::cbor(body, given, options, scratch),
        Format::Form => form::read(body, given, options, scratch),
        Format::Text => given::text(body, given, scratch),
    }
}

/// Writes a stanza, or several in an element `xmpp`, from the start of `out`; gives the length.
///
/// `tape` is for JSON that the stanza carries.
pub fn write(
    format: Format,
    stanza: xml::Element<'_>,
    options: &Options<'_>,
    tape: &mut [json::Node],
    out: &mut [u8],
) -> Result<usize, Fault> {
    match format {
        Format::Xml => {
            let mut writer = xml::Writer::new(out);
            match options.id {
                None => writer.copy(stanza),
                Some(id) => with_id(&mut writer, stanza, id),
            };
            writer.finish().map_err(|_| Fault::new(&reason::ANSWER_TOO_LARGE))
        }
        Format::Json | Format::Form => {
            let sink = sink::Sink::new(out, format == Format::Form);
            let mut walker = to_json::ToJson {
                sink,
                tape,
                keep: options.keep,
                id: options.id,
                tolerant: false,
                fault: None,
            };
            match walker.stanzas(stanza) {
                Ok(()) => Ok(walker.sink.len()),
                Err(Refused) => Err(walker.fault.unwrap_or(Fault::new(&reason::ANSWER_TOO_LARGE))),
            }
        }
        #[cfg(feature = "cbor")]
        Format::Cbor => {
            let len = write(Format::Json, stanza, options, tape, out)?;
            cbor::from_json(out, len).map_err(|_| Fault::new(&reason::ANSWER_TOO_LARGE))
        }
        Format::Text => plain(stanza, out),
    }
}

/// Copies a stanza under another id.
fn with_id<'w, 'o>(
    writer: &'w mut xml::Writer<'o>,
    stanza: xml::Element<'_>,
    id: &str,
) -> &'w mut xml::Writer<'o> {
    writer.start(stanza.name(), xml::STANZA);
    for attr in stanza.attrs().filter(|attr| attr.ns.is_empty()) {
        match attr.name {
            "id" => writer.attr("id", id),
            name => writer.attr(name, attr.value),
        };
    }
    writer.attr_opt("xml:lang", stanza.lang()).copy_content(stanza).end()
}

/// The body text alone.
fn plain(stanza: xml::Element<'_>, out: &mut [u8]) -> Result<usize, Fault> {
    let Some(text) = stanza.child("body", xml::STANZA).and_then(xml::Element::only_text) else {
        return Err(Fault::with(
            &reason::PEER_STANZA,
            format_args!("a stanza without body text cannot be plain text"),
        ));
    };
    to_json::put(out, &text).map_err(|Refused| Fault::new(&reason::ANSWER_TOO_LARGE))
}

#[cfg(test)]
mod tests;
