//! XML→JSON: walks the children of a stanza once and looks each of them up in the table.

use core::fmt;

use super::embedded::XML;
use super::number::Digits;
use super::shape::{At, Field, Key, Rule, Scalar, Shape};
use super::sink::Sink;
use super::{Done, Refused, error, index, keys};
use crate::fault::{Fault, reason};
use crate::json;
use crate::stanza::Kind;
use crate::xml::{self, Content, Element, Elements, STANZA, Text};

/// Writes the key of that name and its value, or nothing.
pub(super) type ReadCode = fn(&mut ToJson<'_, '_>, &'static str, Element<'_>) -> Done;

/// The walker.
pub(super) struct ToJson<'o, 't> {
    pub sink: Sink<'o>,
    /// For JSON inside the XML.
    pub tape: &'t mut [json::Node],
    /// Whether unmapped children are kept.
    pub keep: bool,
    /// The id to show instead of the stanza's own.
    pub id: Option<&'t str>,
    /// Whether the stanza is read though JSON in it is none: an error, or a stanza inside another, from an archive say.
    pub tolerant: bool,
    /// Why it was refused, unless for lack of memory.
    pub fault: Option<Fault>,
}

/// A stanza whose children are looked up.
#[derive(Clone, Copy)]
pub(super) struct Stanza<'x> {
    pub element: Element<'x>,
    pub kind: Kind,
    /// Whether it is inside another stanza.
    pub is_nested: bool,
    pub is_error: bool,
}

impl Stanza<'_> {
    /// The rows about a child. A row for any name of the namespace counts only where none has the name.
    pub(super) fn rows(self, child: Element<'_>) -> impl Iterator<Item = (usize, &'static Key)> {
        let rows = |name| index::by_element(name, child.ns()).filter(move |(_, key)| self.has(key));
        let named = rows(child.name());
        let other = if named.clone().next().is_none() { Some(rows("")) } else { None };
        named.chain(other.into_iter().flatten())
    }

    /// Whether it can have the key.
    fn has(self, key: &Key) -> bool {
        key.kinds.has(self.kind) && !(key.outer && (self.is_nested || self.is_error))
    }

    /// Whether there is a key about the child.
    fn maps(self, child: Element<'_>) -> bool {
        (self.is_error && child.is("error", STANZA)) || self.rows(child).next().is_some()
    }
}

impl ToJson<'_, '_> {
    /// A stanza, or several in an element `xmpp`.
    pub(super) fn stanzas(&mut self, element: Element<'_>) -> Done {
        if element.name() != "xmpp" {
            return self.stanza(element, false);
        }
        self.sink.open(b'{')?;
        self.sink.key("xmpp")?;
        self.sink.open(b'[')?;
        for stanza in element.elements() {
            self.stanza(stanza, false)?;
        }
        self.sink.close(b']')?;
        self.sink.close(b'}')
    }

    fn stanza(&mut self, element: Element<'_>, nested: bool) -> Done {
        let kind = Kind::from_name(element.name()).filter(|_| element.ns() == *STANZA);
        let Some(kind) = kind else {
            return self.refuse(format_args!("<{}> is no stanza", element.name()));
        };
        self.sink.open(b'{')?;
        if !nested {
            self.sink.key("kind")?;
            self.sink.plain(kind.name())?;
        }
        let type_ = self.header(element, nested)?;
        let is_error = !nested && type_.is_some_and(|type_| type_ == "error");
        if kind == Kind::Presence && type_.is_none() && !nested {
            self.sink.key("type")?;
            self.sink.plain("available")?;
        }
        let outside = core::mem::replace(&mut self.tolerant, nested || is_error);
        let stanza = Stanza { element, kind, is_nested: nested, is_error };
        let mut seen = [false; keys::COUNT];
        let mut all_mapped = true;
        let mut children = element.elements();
        while let Some(child) = children.next() {
            let mut mapped = is_error && child.is("error", STANZA);
            // A row for any name of the namespace counts only where none has the name.
            for name in [child.name(), ""] {
                if mapped {
                    break;
                }
                for (row, key) in index::by_element(name, child.ns()).filter(|(_, key)| stanza.has(key)) {
                    mapped = true;
                    if !core::mem::replace(&mut seen[row], true) {
                        self.field(&key.field, element, child, &children)?;
                    }
                }
            }
            all_mapped &= mapped;
        }
        if is_error {
            error::read(self, element)?;
        }
        if self.keep && !all_mapped {
            self.unmapped(element, &|child| stanza.maps(child))?;
        }
        if self.keep && !nested {
            self.whole(stanza)?;
        }
        self.tolerant = outside;
        self.sink.close(b'}')
    }

    /// The attributes of a stanza; gives its type.
    fn header<'x>(&mut self, element: Element<'x>, nested: bool) -> Done<Option<Text<'x>>> {
        let id = self.id.filter(|_| !nested);
        if let Some(id) = id {
            self.sink.key("id")?;
            self.sink.plain(id)?;
        }
        let mut type_ = None;
        for attr in element.attrs() {
            let row = index::by_key(attr.name).next().filter(|(row, _)| *row < keys::HEADER);
            let Some((_, key)) = row.filter(|(_, key)| match key.field.shape {
                Shape::Lang => attr.ns == *xml::XML,
                _ => attr.ns.is_empty(),
            }) else {
                continue;
            };
            let name = key.field.name;
            if name == "type" {
                type_ = Some(attr.value);
            }
            if !(name == "id" && id.is_some()) {
                self.text(Some(name), Scalar::String, Some(attr.value))?;
            }
        }
        Ok(type_)
    }

    /// The members of an object that an element stands for, by these fields.
    pub(super) fn fields(&mut self, fields: &'static [Field], element: Element<'_>) -> Done {
        let mut told: u32 = 0;
        let is_told = |told: u32, at: usize| {
            matches!(fields[at].rule, Rule::Older)
                && (0..at).any(|other| told & 1 << other != 0 && fields[other].name == fields[at].name)
        };
        for (at, field) in fields.iter().enumerate() {
            if matches!(field.at, At::Here)
                && !is_told(told, at)
                && self.one(Some(field.name), &field.shape, element)?
            {
                told |= 1 << at;
            }
        }
        let mut seen: u32 = 0;
        let mut children = element.elements();
        while let Some(child) = children.next() {
            for (at, field) in fields.iter().enumerate() {
                if seen & 1 << at == 0 && matches(field, child, element) && !is_told(told, at) {
                    seen |= 1 << at;
                    if self.field(field, element, child, &children)? {
                        told |= 1 << at;
                    }
                }
            }
        }
        for (at, field) in fields.iter().enumerate() {
            if matches!((field.rule, field.at), (Rule::Always, At::Each(..))) && seen & 1 << at == 0 {
                self.sink.key(field.name)?;
                self.sink.open(b'[')?;
                self.sink.close(b']')?;
            }
        }
        Ok(())
    }

    /// The same, and with [`ToJson::keep`] the children that none of them describes.
    pub(super) fn members(&mut self, fields: &'static [Field], element: Element<'_>) -> Done {
        self.fields(fields, element)?;
        // An object may have a key of its own of that name.
        if !self.keep || fields.iter().any(|field| field.name == XML) {
            return Ok(());
        }
        // A program looks after the children that are of its own namespace.
        let has_code =
            fields.iter().any(|field| matches!((field.at, field.shape), (At::Here, Shape::Code(_))));
        let is_mapped = |child: Element<'_>| {
            (has_code && child.shares_ns(element))
                || fields.iter().any(|field| matches(field, child, element))
        };
        if element.elements().all(is_mapped) {
            return Ok(());
        }
        self.unmapped(element, &is_mapped)
    }

    /// What a field makes of the first element that it describes, and of those after it.
    fn field(
        &mut self,
        field: &'static Field,
        parent: Element<'_>,
        first: Element<'_>,
        rest: &Elements<'_>,
    ) -> Done<bool> {
        let same = || rest.clone().filter(|child| matches(field, *child, parent));
        let element = match field.rule {
            Rule::Last => same().last().unwrap_or(first),
            Rule::Fuller(more) if !more(parent, first) => return Ok(false),
            _ => first,
        };
        if !matches!(field.at, At::Each(..)) {
            return self.one(Some(field.name), &field.shape, element);
        }
        self.sink.key(field.name)?;
        self.sink.open(b'[')?;
        self.one(None, &field.shape, first)?;
        for element in same() {
            self.one(None, &field.shape, element)?;
        }
        self.sink.close(b']')?;
        Ok(true)
    }

    /// Writes the value with its key, if there is one; tells whether there was.
    fn one(&mut self, key: Option<&'static str>, shape: &'static Shape, element: Element<'_>) -> Done<bool> {
        match *shape {
            Shape::Attr(name, scalar) => self.text(key, scalar, element.attr(name)),
            Shape::Lang => self.text(key, Scalar::String, element.lang()),
            Shape::Text(scalar) => match element.only_text() {
                Some(text) => match text.as_plain() {
                    Some(plain) => self.plain(key, scalar, plain),
                    None => self.made(key, scalar, &text),
                },
                None => Ok(false),
            },
            Shape::Flag => {
                self.key(key)?;
                self.sink.boolean(true).map(|()| true)
            }
            Shape::Name(_) => {
                self.key(key)?;
                self.sink.plain(element.name()).map(|()| true)
            }
            Shape::Object(fields) => {
                self.key(key)?;
                self.sink.open(b'{')?;
                self.members(fields, element)?;
                self.sink.close(b'}').map(|()| true)
            }
            Shape::List(field) => {
                self.key(key)?;
                self.list(field, element).map(|()| true)
            }
            Shape::Json => self.json(key, element),
            Shape::Xml => {
                // An item without content has no key for it; a query that holds XML is there all the same.
                if key == Some(XML) && element.elements().next().is_none() {
                    return Ok(false);
                }
                self.key(key)?;
                self.inner_xml(element).map(|()| true)
            }
            Shape::Message => {
                self.key(key)?;
                self.stanza(element, true).map(|()| true)
            }
            Shape::Code(code) => (code.read)(self, key.unwrap_or_default(), element).map(|()| true),
        }
    }

    /// The children that a field describes.
    pub(super) fn list(&mut self, field: &'static Field, parent: Element<'_>) -> Done {
        self.list_where(field, parent, &|_| true)
    }

    /// The same, of those that are fit.
    pub(super) fn list_where(
        &mut self,
        field: &'static Field,
        parent: Element<'_>,
        is_fit: &dyn Fn(Element<'_>) -> bool,
    ) -> Done {
        self.sink.open(b'[')?;
        for child in parent.elements().filter(|child| matches(field, *child, parent) && is_fit(*child)) {
            self.one(None, &field.shape, child)?;
        }
        self.sink.close(b']')
    }

    fn text(&mut self, key: Option<&'static str>, scalar: Scalar, text: Option<Text<'_>>) -> Done<bool> {
        match text.map(|text| (text, text.as_plain())) {
            Some((_, Some(plain))) => self.plain(key, scalar, plain),
            Some((text, None)) => self.made(key, scalar, &text),
            None => Ok(false),
        }
    }

    /// A scalar whose text is at hand; tells whether it reads as one.
    fn plain(&mut self, key: Option<&'static str>, scalar: Scalar, text: &str) -> Done<bool> {
        if scalar != Scalar::String {
            return self.made(key, scalar, &text);
        }
        self.key(key)?;
        self.sink.plain(text).map(|()| true)
    }

    /// A scalar whose text has to be unescaped.
    fn made(&mut self, key: Option<&'static str>, scalar: Scalar, text: &dyn fmt::Display) -> Done<bool> {
        match scalar {
            Scalar::String => {
                self.key(key)?;
                self.sink.string(text)?;
            }
            Scalar::Integer(_) | Scalar::Number => {
                let Some(digits) = Digits::read(text) else { return Ok(false) };
                self.key(key)?;
                self.sink.number(digits.as_str())?;
            }
            Scalar::Boolean => {
                self.key(key)?;
                self.sink.boolean(boolean(text))?;
            }
        }
        Ok(true)
    }

    pub(super) fn key(&mut self, key: Option<&'static str>) -> Done {
        key.map_or(Ok(()), |key| self.sink.key(key))
    }

    /// Gives up: this stanza cannot be said in JSON.
    pub(super) fn refuse<T>(&mut self, detail: fmt::Arguments<'_>) -> Done<T> {
        self.fault = Some(Fault::with(&reason::PEER_STANZA, detail));
        Err(Refused)
    }
}

/// Whether a field describes this child.
pub(super) fn matches(field: &Field, child: Element<'_>, parent: Element<'_>) -> bool {
    let (At::Child(name, ns) | At::Each(name, ns)) = field.at else { return false };
    // Names are short and mostly decide.
    let is_named = match field.shape {
        Shape::Name(names) => names.contains(&child.name()),
        _ => name.is_empty() || child.is_named(name),
    };
    is_named
        && match ns {
            "" => child.shares_ns(parent),
            xml::CLIENT => child.ns() == *STANZA,
            _ => child.ns() == *ns,
        }
}

pub(super) fn put(out: &mut [u8], text: &Content<'_>) -> Done<usize> {
    let mut len = 0;
    let mut buffer = [0; 4];
    for c in text.chars() {
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        out.get_mut(len..len + bytes.len()).ok_or(Refused)?.copy_from_slice(bytes);
        len += bytes.len();
    }
    Ok(len)
}

/// What our own writer made.
pub(super) fn as_str(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// mod_rest's reading: of all words only two are false.
fn boolean(text: &dyn fmt::Display) -> bool {
    let mut word = heapless::String::<8>::new();
    let is_short = fmt::write(&mut word, format_args!("{text}")).is_ok();
    !(is_short && matches!(word.as_str(), "0" | "false"))
}
