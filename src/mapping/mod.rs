//! Between stanzas and what a caller writes: XML, JSON, forms, plain text.
//!
//! Provisional: the interface stands, the table is on its way.

use crate::arena::Arena;
use crate::fault::{Fault, reason};
use crate::stanza::{Kind, Stanza};
use crate::xml::{STANZA, Writer};
use crate::{json, xml};

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A stanza as it is.
    Xml,
    /// The JSON mapping.
    Json,
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
    /// Elements that have no key are kept in the key `xml`, and accepted there.
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
    /// For texts that had to be unescaped, and for the payload.
    pub memory: Arena<'s>,
}

/// Makes a stanza of what a caller wrote. Addresses are taken as they are given; all of it lies in the scratch memory.
pub fn read<'s>(
    format: Format,
    body: &[u8],
    given: &Given<'_>,
    _options: &Options<'_>,
    scratch: &mut Scratch<'s>,
) -> Result<Stanza<'s>, Fault> {
    let full = |_| Fault::new(&reason::STANZA_TOO_LARGE);
    let unread = || Fault::new(&reason::NOT_WELL_FORMED);
    let memory = &mut scratch.memory;
    let mut stanza = Stanza {
        kind: Kind::Message,
        to: None,
        from: None,
        id: None,
        type_: None,
        lang: None,
        payload: "",
        children: 0,
    };
    match format {
        Format::Xml => {
            let document = xml::parse(body, xml::Source::Body, scratch.xml)
                .map_err(|error| Fault::with(&reason::NOT_WELL_FORMED, format_args!("{error}")))?;
            let root = document.root();
            if root.ns() != *STANZA {
                return Err(Fault::new(&reason::NAMESPACE));
            }
            stanza.kind = Kind::from_name(root.name()).ok_or(&reason::UNKNOWN_KIND)?;
            let mut attr = |name| root.attr(name).map(|value| memory.text(value)).transpose();
            stanza.to = attr("to").map_err(full)?;
            stanza.from = attr("from").map_err(full)?;
            stanza.id = attr("id").map_err(full)?;
            stanza.type_ = attr("type").map_err(full)?;
            stanza.lang = root.lang().map(|lang| memory.text(lang)).transpose().map_err(full)?;
            let mut writer = Writer::new(memory.space());
            writer.copy_content(root);
            let len = writer.finish().map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))?;
            stanza.payload = core::str::from_utf8(memory.keep(len)).unwrap_or_default();
            stanza.children = root.elements().count() as u16;
        }
        Format::Json => {
            let value = json::parse(body, scratch.json)
                .map_err(|error| Fault::with(&reason::NOT_WELL_FORMED, format_args!("{error}")))?;
            let text = |key| value.get(key).and_then(|value| value.as_str());
            let mut attr = |key, given: Option<&str>| match given {
                Some(given) => Some(memory.text(given)).transpose(),
                None => text(key).map(|value| memory.text(value)).transpose(),
            };
            stanza.to = attr("to", given.to).map_err(full)?;
            stanza.from = attr("from", None).map_err(full)?;
            stanza.id = attr("id", None).map_err(full)?;
            stanza.type_ = attr("type", given.type_).map_err(full)?;
            stanza.lang = attr("lang", None).map_err(full)?;
            let kind = attr("kind", given.kind).map_err(full)?;
            let ping = value.get("ping").is_some();
            stanza.kind = match kind {
                Some(kind) => Kind::from_name(kind).ok_or_else(unread)?,
                None if ping => Kind::Iq,
                None => Kind::Message,
            };
            if stanza.kind == Kind::Iq && stanza.type_.is_none() {
                stanza.type_ = Some("get");
            }
            let mut writer = Writer::new(memory.space());
            for key in ["body", "subject", "show", "status"] {
                if let Some(text) = text(key) {
                    writer.element(key, STANZA, text);
                    stanza.children += 1;
                }
            }
            if ping {
                writer.element("ping", "urn:xmpp:ping", "");
                stanza.children += 1;
            }
            let len = writer.finish().map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))?;
            stanza.payload = core::str::from_utf8(memory.keep(len)).unwrap_or_default();
        }
        Format::Form | Format::Text => {
            let text = core::str::from_utf8(body).map_err(|_| unread())?;
            let mut writer = Writer::new(memory.space());
            writer.element("body", STANZA, text);
            let len = writer.finish().map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))?;
            stanza.payload = core::str::from_utf8(memory.keep(len)).unwrap_or_default();
            stanza.children = 1;
            stanza.type_ = Some("chat");
            stanza.to = given.to.map(|to| memory.text(to)).transpose().map_err(full)?;
        }
    }
    Ok(stanza)
}

/// Writes a stanza, or several in an element `xmpp`, from the start of `out`; gives the length.
///
/// `tape` is for JSON that the stanza carries.
pub fn write(
    format: Format,
    stanza: xml::Element<'_>,
    options: &Options<'_>,
    _tape: &mut [json::Node],
    out: &mut [u8],
) -> Result<usize, Fault> {
    let too_large = |_| Fault::new(&reason::ANSWER_TOO_LARGE);
    if format == Format::Json {
        struct Keys<'x>(xml::Element<'x>, Option<&'x str>);
        impl serde::Serialize for Keys<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("kind", self.0.name())?;
                for key in ["to", "from", "type"] {
                    if let Some(value) = self.0.attr(key) {
                        map.serialize_entry(key, &json::write::Text(value))?;
                    }
                }
                match self.1 {
                    Some(id) => map.serialize_entry("id", id)?,
                    None => {
                        if let Some(id) = self.0.attr("id") {
                            map.serialize_entry("id", &json::write::Text(id))?;
                        }
                    }
                }
                if let Some(body) = self.0.child("body", STANZA) {
                    map.serialize_entry("body", &json::write::Text(body.text()))?;
                }
                map.end()
            }
        }
        return json::write::to_slice(&Keys(stanza, options.id), out).map_err(too_large);
    }
    if format == Format::Text {
        let body = stanza.child("body", STANZA).ok_or(&reason::PEER_STANZA)?;
        return Arena::new(out).text(body.text()).map(str::len).map_err(too_large);
    }
    let mut writer = Writer::new(out);
    match options.id {
        None => writer.copy(stanza),
        Some(id) => {
            writer.start(stanza.name(), STANZA);
            for attr in stanza.attrs().filter(|attr| attr.ns.is_empty()) {
                match attr.name {
                    "id" => writer.attr("id", id),
                    name => writer.attr(name, attr.value),
                };
            }
            writer.attr_opt("xml:lang", stanza.lang()).copy_content(stanza).end()
        }
    };
    writer.finish().map_err(|_| Fault::new(&reason::ANSWER_TOO_LARGE))
}
