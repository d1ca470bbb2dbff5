//! From a body to a stanza: header fields by hand, the payload by the table.

use core::fmt;

use super::members::Members;
use super::path::Path;
use super::shape::{Key, Shape};
use super::to_xml::ToXml;
use super::whole::{ERROR, WHOLE};
use super::{Done, Given, Options, Refused, Scratch, error, index, keys};
use crate::arena::Arena;
use crate::fault::{Fault, Reason, reason};
use crate::json::{self, Value};
use crate::stanza::{Kind, Stanza};
use crate::xml::{self, Element, STANZA, Writer};

/// An XML body: one element.
pub(super) fn xml<'s>(body: &'s [u8], scratch: Scratch<'s>) -> Result<Stanza<'s>, Fault> {
    let Scratch { xml: nodes, memory, .. } = scratch;
    element(xml::parse(body, xml::Source::Body, nodes)?.root(), memory)
}

/// The stanza that an element is.
pub(super) fn element<'s>(root: Element<'s>, mut memory: Arena<'s>) -> Result<Stanza<'s>, Fault> {
    if root.ns() != *STANZA {
        return Err(Fault::new(&reason::NAMESPACE));
    }
    let kind = Kind::from_name(root.name()).ok_or(Fault::new(&reason::UNKNOWN_KIND))?;
    let mut text = |value: Option<xml::Text<'s>>| match value {
        None => Ok(None),
        Some(value) => plain_or_kept(value.as_plain(), &value, &mut memory).map(Some),
    };
    let (to, from, id) = (text(root.attr("to"))?, text(root.attr("from"))?, text(root.attr("id"))?);
    let (type_, lang) = (text(root.attr("type"))?, text(root.lang())?);
    let payload = write(memory, &mut |writer| {
        writer.copy_content(root);
    })?;
    let children = u16::try_from(root.elements().count()).unwrap_or(u16::MAX);
    Ok(Stanza { kind, to, from, id, type_, lang, payload, children })
}

/// A plain text: the body of a message, or what a presence shows.
pub(super) fn text<'s>(body: &'s [u8], given: &Given<'s>, scratch: Scratch<'s>) -> Result<Stanza<'s>, Fault> {
    let kind = given.kind.map_or(Ok(Kind::Message), kind_named)?;
    let name = match kind {
        Kind::Message => "body",
        Kind::Presence => "show",
        Kind::Iq => {
            return Err(Fault::with(&reason::NOT_WELL_FORMED, format_args!("a plain text cannot be an iq")));
        }
    };
    let text = core::str::from_utf8(body)
        .map_err(|_| Fault::with(&reason::NOT_WELL_FORMED, format_args!("the text is not UTF-8")))?;
    let type_ = given.type_.or(given.kind.is_none().then_some("chat"));
    let type_ = type_.filter(|type_| !(kind == Kind::Presence && *type_ == "available"));
    // An empty text is a body, but nothing that a presence could show.
    let is_empty = text.is_empty() && kind == Kind::Presence;
    let mut forbidden = None;
    let payload = write(scratch.memory, &mut |writer| {
        if !is_empty {
            writer.element(name, STANZA, text);
        }
        if let Some(xml::WriteError::Forbidden(c)) = writer.error() {
            forbidden = Some(c);
        }
    });
    if let Some(c) = forbidden {
        let detail = format_args!("{name} must not contain the character U+{:04X}", c as u32);
        return Err(Fault::with(&reason::KEY_VALUE, detail));
    }
    let children = u16::from(!is_empty);
    Ok(Stanza { kind, to: given.to, from: None, id: None, type_, lang: None, payload: payload?, children })
}

/// A JSON body: an object with the keys of the table. It was made of `len` bytes; `strings` for a form.
pub(super) fn json<'s>(
    text: &'s [u8],
    len: usize,
    strings: bool,
    given: &Given<'s>,
    options: &Options<'_>,
    scratch: Scratch<'s>,
) -> Result<Stanza<'s>, Fault> {
    let Scratch { xml, json: tape, memory } = scratch;
    let is_bare = text.is_empty() && given.kind.is_some();
    let value = json::parse(if is_bare { b"{}" } else { text }, tape).map_err(|error| {
        let reason = if error.flaw.is_limit() { &reason::TOO_COMPLEX } else { &reason::NOT_WELL_FORMED };
        Fault::with(reason, format_args!("{error}"))
    })?;
    from_value(value, len, strings, given, options, xml, memory)
}

/// A CBOR body: the same.
#[cfg(feature = "cbor")]
pub(super) fn cbor<'s>(
    body: &'s [u8],
    given: &Given<'s>,
    options: &Options<'_>,
    mut scratch: Scratch<'s>,
) -> Result<Stanza<'s>, Fault> {
    let text = if body.is_empty() { body } else { json_of(body, &mut scratch.memory)? };
    json(text, body.len(), false, given, options, scratch)
}

/// The JSON text that says what the CBOR does.
#[cfg(feature = "cbor")]
pub(super) fn json_of<'s>(body: &[u8], memory: &mut Arena<'s>) -> Result<&'s [u8], Fault> {
    use crate::cbor::{Flaw, to_json};
    let len = to_json(body, memory.space()).map_err(|error| {
        let reason = match error.flaw {
            Flaw::TooDeep => &reason::TOO_COMPLEX,
            Flaw::TooLarge => &reason::STANZA_TOO_LARGE,
            flaw if flaw.is_about_a_value() => &reason::KEY_VALUE,
            _ => &reason::NOT_WELL_FORMED,
        };
        Fault::with(reason, format_args!("{error}"))
    })?;
    Ok(memory.keep(len))
}

/// The stanza that a JSON value says; its texts have `len` bytes at most. `strings` for the values of a form.
pub(super) fn from_value<'s>(
    value: Value<'s>,
    len: usize,
    strings: bool,
    given: &Given<'s>,
    options: &Options<'_>,
    xml: &'s mut [xml::Node],
    mut memory: Arena<'s>,
) -> Result<Stanza<'s>, Fault> {
    let members = Members::of(value);
    let mut stanza = Header { members: &members, given, memory: &mut memory }.read()?;
    // Texts of XML inside the JSON, one at a time, with an element around them.
    let half = memory.space().len() / 2;
    let embedded = memory.take((len + EMBEDDING).min(half));
    let out = memory.rest();
    let mut walker = ToXml {
        writer: Writer::new(out),
        nodes: xml,
        text: embedded,
        options: *options,
        strings,
        set: stanza.type_ == Some("set"),
        children: 0,
        fault: None,
    };
    let done = payload(&mut walker, &members, given, &stanza);
    let ToXml { writer, children, fault, .. } = walker;
    if let Err(Refused) = done {
        return Err(fault.unwrap_or(Fault::new(&reason::INTERNAL)));
    }
    let n = writer.finish().map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))?;
    stanza.payload = core::str::from_utf8(&out[..n]).unwrap_or_default();
    stanza.children = children;
    Ok(stanza)
}

/// What the elements around embedded XML take.
const EMBEDDING: usize = 128;

fn payload(walker: &mut ToXml<'_>, members: &Members<'_>, given: &Given<'_>, stanza: &Stanza<'_>) -> Done {
    let Some(name) = payload_key(given) else {
        let is_error = stanza.type_ == Some("error");
        // An alert of a program that knows nothing of us would arrive as a message without a word.
        if given.kind.is_some() && stanza.kind == Kind::Message {
            walker.check_any_known(stanza.kind, members)?;
        }
        let without = match members.get(WHOLE).filter(|_| walker.options.keep) {
            Some(list) => walker.whole(list, stanza.kind, is_error)?,
            None => 0,
        };
        walker.children_but(without, stanza.kind, members, None)?;
        return match members.get("error").filter(|error| !error.is_null()) {
            _ if without & ERROR != 0 => Ok(()),
            Some(error) => error::write(walker, error, stanza.from),
            None if is_error => error::write_legacy(walker, members.object),
            None => Ok(()),
        };
    };
    let Some(key) = iq_key(name) else { return Ok(()) };
    let path = Path::new(name);
    match key.field.shape {
        Shape::Flag => walker.flag(&key.field, &path),
        // What a query says beside it has no place in a list, and is ignored as keys are that are not known.
        Shape::List(_) if walker.strings => walker.flag(&key.field, &path),
        _ => walker.field(&key.field, members.object, members.object, STANZA, &path),
    }
}

/// The payload key that a path names: for an iq all but `get` and `set`.
fn payload_key<'g>(given: &Given<'g>) -> Option<&'g str> {
    given.type_.filter(|type_| given.kind == Some(Kind::Iq.name()) && !matches!(*type_, "get" | "set"))
}

fn iq_key(name: &str) -> Option<&'static Key> {
    index::by_key(name).find(|(row, key)| *row >= keys::HEADER && key.kinds.has(Kind::Iq)).map(|(_, key)| key)
}

/// Reads what is not payload.
struct Header<'s, 'm> {
    members: &'m Members<'s>,
    given: &'m Given<'s>,
    memory: &'m mut Arena<'s>,
}

impl<'s> Header<'s, '_> {
    fn read(mut self) -> Result<Stanza<'s>, Fault> {
        let given = *self.given;
        let mut stanza = Stanza {
            kind: Kind::Iq,
            to: given.to,
            from: None,
            id: None,
            type_: None,
            lang: None,
            payload: "",
            children: 0,
        };
        if let Some(name) = payload_key(&given) {
            let sets = iq_key(name).is_some_and(|key| key.sets);
            stanza.type_ = Some(if sets { "set" } else { "get" });
            return Ok(stanza);
        }
        if self.members.object.kind() != json::Kind::Object {
            return Err(Fault::with(
                &reason::NOT_WELL_FORMED,
                format_args!("the body must be an object, not {}", self.members.object.kind().name()),
            ));
        }
        if self.members.object.entries().written().next().is_none() && given.kind.is_none() {
            return Err(Fault::with(&reason::NOT_WELL_FORMED, format_args!("the object is empty")));
        }
        stanza.type_ = match given.type_ {
            Some(type_) => Some(type_),
            None => self.string("type")?,
        };
        let named = match given.kind {
            Some(kind) => Some(kind),
            None => self.string("kind")?,
        };
        stanza.kind = match (named, stanza.type_.and_then(kind_of_type)) {
            (Some(name), _) => kind_named(name)?,
            (None, Some(kind)) => kind,
            (None, None) => self.implied_kind(stanza.type_.is_some()),
        };
        if given.to.is_none() {
            stanza.to = self.string("to")?;
        }
        (stanza.from, stanza.id, stanza.lang) =
            (self.string("from")?, self.string("id")?, self.string("lang")?);
        if self.members.get("error").is_some_and(|error| !error.is_null()) {
            stanza.type_ = Some("error");
        } else if stanza.kind == Kind::Iq && stanza.type_.is_none() {
            stanza.type_ = Some(if self.sets() { "set" } else { "get" });
        } else if stanza.kind == Kind::Presence && stanza.type_ == Some("available") {
            stanza.type_ = None;
        }
        Ok(stanza)
    }

    /// A header field; `null` is as good as none.
    fn string(&mut self, key: &'static str) -> Result<Option<&'s str>, Fault> {
        let Some(value) = self.members.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
        let Some(text) = value.as_str() else {
            return Err(Fault::with(&reason::KEY_VALUE, format_args!("{key} must be a string")));
        };
        if let Some(c) = text.forbidden_in_xml() {
            let detail = format_args!("{key} must not contain the character U+{:04X}", c as u32);
            return Err(Fault::with(&reason::KEY_VALUE, detail));
        }
        plain_or_kept(text.as_plain(), &text, self.memory).map(Some)
    }

    /// The kind implied by a key that makes an iq a `set` where no type is given, else by the first row of the table
    /// whose key is given; `false` implies nothing. All as with mod_rest.
    fn implied_kind(&self, is_typed: bool) -> Kind {
        if !is_typed && self.sets() {
            return Kind::Iq;
        }
        self.said().find_map(|key| key.implies).unwrap_or(Kind::Message)
    }

    /// Whether a key is given that makes an iq a `set`.
    fn sets(&self) -> bool {
        self.said().any(|key| key.sets)
    }

    /// The rows that are given and not `false`.
    fn said(&self) -> impl Iterator<Item = &'static Key> {
        self.members
            .rows()
            .filter(|row| self.members.value(*row).as_bool() != Some(false))
            .map(|row| &keys::KEYS[row])
    }
}

fn kind_named(name: &str) -> Result<Kind, Fault> {
    Kind::from_name(name).ok_or_else(|| {
        Fault::with(&reason::NOT_WELL_FORMED, format_args!("kind must be one of message, presence, iq"))
    })
}

fn kind_of_type(type_: &str) -> Option<Kind> {
    Some(match type_ {
        "get" | "set" | "result" => Kind::Iq,
        "normal" | "chat" | "headline" | "groupchat" => Kind::Message,
        "available" | "unavailable" | "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed" => {
            Kind::Presence
        }
        _ => return None,
    })
}

/// The text where it is, or unescaped in the arena.
fn plain_or_kept<'s>(
    plain: Option<&'s str>,
    text: &dyn fmt::Display,
    memory: &mut Arena<'s>,
) -> Result<&'s str, Fault> {
    match plain {
        Some(plain) => Ok(plain),
        None => memory.text(text).map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE)),
    }
}

/// A payload, from what the writer is given to write.
fn write<'s>(memory: Arena<'s>, fill: &mut dyn FnMut(&mut Writer<'_>)) -> Result<&'s str, Fault> {
    let out = memory.rest();
    let mut writer = Writer::new(out);
    fill(&mut writer);
    let n = writer.finish().map_err(|error| {
        let reason: &'static Reason = match error {
            xml::WriteError::Full => &reason::STANZA_TOO_LARGE,
            _ => &reason::TOO_COMPLEX,
        };
        Fault::new(reason)
    })?;
    Ok(core::str::from_utf8(&out[..n]).unwrap_or_default())
}
