//! JSON→XML: gathers the members of an object by one pass, then writes them in the order of the table.

use core::fmt;

use super::compact::Compact;
use super::embedded::XML;
use super::members::{Members, with_plain};
use super::path::Path;
use super::scalar::{OneOf, Said};
use super::shape::{At, Field, Rule, Scalar, Shape};
use super::whole::WHOLE;
use super::{Done, Options, Refused, index, keys};
use crate::fault::{Fault, Reason, reason};
use crate::json::{self, Value};
use crate::stanza::Kind;
use crate::xml::{self, STANZA, WriteError, Writer};

/// Writes a value; the second one is the object that holds it.
pub(super) type WriteCode = fn(&mut ToXml<'_>, Value<'_>, Value<'_>, &Path<'_>) -> Done;

/// The most fields of one object.
pub(super) const FIELDS: usize = 32;

/// The walker.
pub(super) struct ToXml<'a> {
    pub writer: Writer<'a>,
    /// For XML inside the JSON.
    pub nodes: &'a mut [xml::Node],
    /// For the same, unescaped.
    pub text: &'a mut [u8],
    pub options: Options<'a>,
    /// Whether all scalars are strings, as in a form.
    pub strings: bool,
    /// Whether the stanza is an iq of type `set`.
    pub set: bool,
    /// How many children the stanza has.
    pub children: u16,
    /// Why it was refused.
    pub fault: Option<Fault>,
}

impl ToXml<'_> {
    /// The children of a stanza; `within` is the key that holds a stanza inside a stanza.
    pub(super) fn children(&mut self, kind: Kind, members: &Members<'_>, within: Option<&Path<'_>>) -> Done {
        self.children_but(0, kind, members, within)
    }

    /// The same, but for some rows.
    pub(super) fn children_but(
        &mut self,
        without: u128,
        kind: Kind,
        members: &Members<'_>,
        within: Option<&Path<'_>>,
    ) -> Done {
        if self.options.strict {
            self.check_known(kind, members, within)?;
        }
        for row in members.rows().filter(|row| *row >= keys::HEADER && without & 1 << row == 0) {
            let key = &keys::KEYS[row];
            if !key.kinds.has(kind)
                || (within.is_some() && key.outer)
                || is_lesser(key.field.rule, &|other| members.get(other).is_some())
            {
                continue;
            }
            let path = within.map_or(Path::new(key.field.name), |path| path.key(key.field.name));
            self.field(&key.field, members.value(row), members.object, STANZA, &path)?;
        }
        match members.get(XML) {
            Some(list) if self.options.keep => {
                self.unmapped(list, &within.map_or(Path::new(XML), |path| path.key(XML)))
            }
            _ => Ok(()),
        }
    }

    /// Refuses the first key that is not one of the kind.
    fn check_known(&mut self, kind: Kind, members: &Members<'_>, within: Option<&Path<'_>>) -> Done {
        match names(members).find(|name| !self.is_known(*name, kind, within)) {
            Some(name) => {
                let path = within.map_or(Path::given(name), |path| path.member(name));
                self.unknown(&path, format_args!("a {}", kind.name()))
            }
            None => Ok(()),
        }
    }

    /// Refuses an object of which no key at all is one of the kind.
    pub(super) fn check_any_known(&mut self, kind: Kind, members: &Members<'_>) -> Done {
        let Some(first) = names(members).next() else { return Ok(()) };
        if names(members).any(|name| self.is_known(name, kind, None)) {
            return Ok(());
        }
        let more = if self.strings {
            "; what is not a form is sent as text/plain or application/json"
        } else {
            ", nor is any other that is given"
        };
        let path = Path::given(first);
        self.refuse(&reason::UNKNOWN_KEY, format_args!("{path} is not a key of a {}{more}", kind.name()))
    }

    fn is_known(&self, name: json::Str<'_>, kind: Kind, within: Option<&Path<'_>>) -> bool {
        let mut is_known = false;
        with_plain(name, |name| {
            is_known = matches!(name, "kind" | "error" | "error_code")
                || (self.options.keep && (name == XML || (name == WHOLE && within.is_none())))
                || index::by_key(name)
                    .any(|(_, key)| key.kinds.has(kind) && !(within.is_some() && key.outer));
        });
        is_known
    }

    /// One key of a stanza's object, or of an object that has no fields written together.
    pub(super) fn field(
        &mut self,
        field: &'static Field,
        value: Value<'_>,
        object: Value<'_>,
        parent_ns: &str,
        path: &Path<'_>,
    ) -> Done {
        match field.at {
            At::Here => self.here(&field.shape, value, object, path),
            At::Child(name, ns) => self.element(name, or(ns, parent_ns), &field.shape, value, object, path),
            At::Each(name, ns) => self.each(name, or(ns, parent_ns), &field.shape, value, object, path),
        }
    }

    /// The members of an object into the element that is open; `others` are keys that the caller looks after. With
    /// [`Options::keep`] also what has no key.
    pub(super) fn members(
        &mut self,
        fields: &'static [Field],
        others: &[&[Field]],
        object: Value<'_>,
        ns: &str,
        path: &Path<'_>,
    ) -> Done {
        self.fields(fields, others, object, ns, path)?;
        match object.get(XML) {
            Some(list) if self.keeps(fields) => self.unmapped(list, &path.key(XML)),
            _ => Ok(()),
        }
    }

    /// Whether an object takes what has no key. It may have a key of its own of that name.
    fn keeps(&self, fields: &[Field]) -> bool {
        self.options.keep && fields.iter().all(|field| field.name != XML)
    }

    /// The members of an object that have fields.
    pub(super) fn fields(
        &mut self,
        fields: &'static [Field],
        others: &[&[Field]],
        object: Value<'_>,
        ns: &str,
        path: &Path<'_>,
    ) -> Done {
        let mut given = [0; FIELDS];
        for (name, value) in object.entries().written() {
            match fields.iter().position(|field| name == field.name) {
                Some(at) => given[at] = value.place(),
                None if self.options.strict
                    && !(name == XML && self.keeps(fields))
                    && !others.iter().copied().flatten().any(|other| name == other.name) =>
                {
                    return self.unknown(&path.member(name), format_args!("this object"));
                }
                None => {}
            }
        }
        let mut at = 0;
        while let Some(field) = fields.get(at) {
            let first = at;
            at += 1;
            // Attributes and text of the same child go into one element.
            while matches!(field.at, At::Child(..))
                && fields.get(at).is_some_and(|next| is_shared(field, next))
            {
                at += 1;
            }
            let group = first..at;
            if given[first] == 0 && matches!((field.rule, field.shape), (Rule::Always, Shape::Json)) {
                self.writer.text_plain("null");
            }
            if group.clone().all(|at| given[at] == 0)
                || is_lesser(field.rule, &|other| {
                    fields.iter().zip(&given).any(|(field, given)| *given != 0 && field.name == other)
                })
            {
                continue;
            }
            let At::Child(name, child_ns) = field.at else {
                let path = path.key(field.name);
                self.field(field, object.at_place(given[first]), object, ns, &path)?;
                continue;
            };
            if group.len() == 1 {
                let path = path.key(field.name);
                self.field(field, object.at_place(given[first]), object, ns, &path)?;
                continue;
            }
            self.start(name, or(child_ns, ns), path)?;
            for at in group.filter(|at| given[*at] != 0) {
                let path = path.key(fields[at].name);
                self.here(&fields[at].shape, object.at_place(given[at]), object, &path)?;
            }
            self.end(path)?;
        }
        Ok(())
    }

    pub(super) fn attr(&mut self, name: &str, said: &Said<'_>) {
        match said.as_plain() {
            Some(plain) => self.writer.attr_plain(name, plain),
            None => self.writer.attr(name, said as &dyn fmt::Display),
        };
    }

    /// An element that is there, whatever the value says.
    pub(super) fn flag(&mut self, field: &'static Field, path: &Path<'_>) -> Done {
        let At::Child(name, ns) = field.at else { return Ok(()) };
        self.start(name, ns, path)?;
        self.end(path)
    }

    /// What goes into the element that is open.
    fn here(&mut self, shape: &'static Shape, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
        match *shape {
            Shape::Attr(name, scalar) => {
                let said = self.scalar(scalar, value, path)?;
                self.attr(name, &said);
            }
            Shape::Lang => {
                let said = self.scalar(Scalar::String, value, path)?;
                self.attr("xml:lang", &said);
            }
            Shape::Text(scalar) => {
                let said = self.scalar(scalar, value, path)?;
                match said.as_plain() {
                    Some(plain) => self.writer.text_plain(plain),
                    None => self.writer.text(&said as &dyn fmt::Display),
                };
            }
            Shape::Json => {
                self.writer.text(&Compact(value) as &dyn fmt::Display);
            }
            Shape::Xml => return self.xml(value, path).map(|_| ()),
            Shape::Code(code) => return (code.write)(self, value, object, path),
            Shape::Flag | Shape::Name(_) | Shape::Object(_) | Shape::List(_) | Shape::Message => {}
        }
        self.check(path)
    }

    /// One item of a list.
    pub(super) fn element_of(
        &mut self,
        item: &'static Field,
        value: Value<'_>,
        ns: &str,
        path: &Path<'_>,
    ) -> Done {
        let (At::Child(name, own) | At::Each(name, own)) = item.at else { return Ok(()) };
        self.element(name, or(own, ns), &item.shape, value, value, path)
    }

    fn element(
        &mut self,
        name: &str,
        ns: &str,
        shape: &'static Shape,
        value: Value<'_>,
        object: Value<'_>,
        path: &Path<'_>,
    ) -> Done {
        match *shape {
            Shape::Flag => {
                if self.truth(value, path)? {
                    self.start(name, ns, path)?;
                    self.end(path)?;
                }
                Ok(())
            }
            Shape::Name(names) => {
                let Some(name) = value.as_str().and_then(|given| names.iter().find(|name| given == **name))
                else {
                    return self.wants(path, &OneOf(names));
                };
                self.start(name, ns, path)?;
                self.end(path)
            }
            Shape::Object(fields) => {
                self.start(name, ns, path)?;
                if value.kind() == json::Kind::Object {
                    self.members(fields, &[], value, ns, path)?;
                } else if !self.is_true(value) {
                    return self.wants(path, &"an object");
                }
                self.end(path)
            }
            Shape::List(item) => {
                self.start(name, ns, path)?;
                if !self.is_true(value) {
                    self.field(item, value, object, ns, path)?;
                }
                self.end(path)
            }
            Shape::Message => {
                self.start(name, ns, path)?;
                if value.kind() != json::Kind::Object {
                    return self.wants(path, &"an object");
                }
                let members = Members::of(value);
                for row in members.rows().take_while(|row| *row < keys::HEADER) {
                    let field = &keys::KEYS[row].field;
                    self.here(&field.shape, members.value(row), object, &path.key(field.name))?;
                }
                self.children(Kind::Message, &members, Some(path))?;
                self.end(path)
            }
            Shape::Code(code) => (code.write)(self, value, object, path),
            Shape::Attr(..) | Shape::Lang | Shape::Text(_) | Shape::Json | Shape::Xml => {
                self.start(name, ns, path)?;
                self.here(shape, value, object, path)?;
                self.end(path)
            }
        }
    }

    fn each(
        &mut self,
        name: &str,
        ns: &str,
        shape: &'static Shape,
        value: Value<'_>,
        object: Value<'_>,
        path: &Path<'_>,
    ) -> Done {
        // mod_rest prints an empty list as an empty object in some places.
        let is_empty = value.kind() == json::Kind::Object && value.entries().next().is_none();
        if value.kind() != json::Kind::Array && !is_empty {
            return self.wants(path, &"a list");
        }
        for (at, item) in value.items().enumerate() {
            self.element(name, ns, shape, item, object, &path.item(at))?;
        }
        Ok(())
    }

    pub(super) fn start(&mut self, name: &str, ns: &str, path: &Path<'_>) -> Done {
        self.writer.start(name, ns);
        self.check(path)
    }

    pub(super) fn end(&mut self, path: &Path<'_>) -> Done {
        self.writer.end();
        if self.writer.depth() == 0 {
            self.children = self.children.saturating_add(1);
        }
        self.check(path)
    }

    /// Whether all could be written so far; what could not is the fault of the value there.
    pub(super) fn check(&mut self, path: &Path<'_>) -> Done {
        match self.writer.error() {
            None => Ok(()),
            Some(WriteError::Full) => {
                self.fault = Some(Fault::new(&reason::STANZA_TOO_LARGE));
                Err(Refused)
            }
            Some(error @ (WriteError::Depth | WriteError::Attributes)) => {
                self.refuse(&reason::TOO_COMPLEX, format_args!("{path}: {error}"))
            }
            Some(WriteError::Forbidden(c)) => self.refuse(
                &reason::KEY_VALUE,
                format_args!("{path} must not contain the character U+{:04X}", c as u32),
            ),
            Some(error) => self.refuse(&reason::KEY_VALUE, format_args!("{path}: {error}")),
        }
    }

    /// The value there is not what it must be.
    pub(super) fn wants<T>(&mut self, path: &Path<'_>, wanted: &dyn fmt::Display) -> Done<T> {
        self.refuse(&reason::KEY_VALUE, format_args!("{path} must be {wanted}"))
    }

    fn unknown<T>(&mut self, path: &Path<'_>, holder: fmt::Arguments<'_>) -> Done<T> {
        self.refuse(&reason::UNKNOWN_KEY, format_args!("{path} is not a key of {holder}"))
    }

    pub(super) fn refuse<T>(&mut self, reason: &'static Reason, detail: fmt::Arguments<'_>) -> Done<T> {
        self.fault = Some(Fault::with(reason, detail));
        Err(Refused)
    }
}

/// The keys of an object.
fn names<'v>(members: &Members<'v>) -> impl Iterator<Item = json::Str<'v>> {
    members.object.entries().written().map(|(name, _)| name)
}

/// The namespace, which is the parent's when none is said.
const fn or<'n>(ns: &'n str, parent: &'n str) -> &'n str {
    if ns.is_empty() { parent } else { ns }
}

fn is_lesser(rule: Rule, is_given: &dyn Fn(&str) -> bool) -> bool {
    matches!(rule, Rule::Unless(other) if is_given(other))
}

/// Whether two fields are attribute and text of the same child.
fn is_shared(field: &Field, next: &Field) -> bool {
    let (At::Child(name, ns), At::Child(next_name, next_ns)) = (field.at, next.at) else { return false };
    let is_flat = |shape| matches!(shape, Shape::Attr(..) | Shape::Text(_));
    name == next_name && ns == next_ns && is_flat(field.shape) && is_flat(next.shape)
}
