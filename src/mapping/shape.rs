//! The words in which the mapping table is written: what a key is called, where its value sits, what it looks like.
//!
//! A [`Field`] says one key of a JSON object; a [`Key`] is a field of the stanza's own object with what only those
//! have: kinds, what it implies, its XEP. Everything is `const` data; the walkers `to_json` and `to_xml` read it.

use crate::stanza::Kind;
use crate::xml::Element;

use super::to_json::ReadCode;
use super::to_xml::WriteCode;

/// One key of a JSON object.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// The JSON key.
    pub name: &'static str,
    /// Which element it concerns.
    pub at: At,
    /// What of that element it says.
    pub shape: Shape,
    /// How it is to be treated beyond that.
    pub rule: Rule,
}

/// Which element a key concerns, as seen from the element that the JSON object stands for.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// That element itself.
    Here,
    /// Its first child of this name. No name: any of the namespace. No namespace: that of the parent.
    Child(&'static str, &'static str),
    /// All its children of this name, as a list.
    Each(&'static str, &'static str),
}

/// What the JSON value says of the element.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// An attribute.
    Attr(&'static str, Scalar),
    /// `xml:lang`.
    Lang,
    /// The text.
    Text(Scalar),
    /// That it is there.
    Flag,
    /// Its name, one of these.
    Name(&'static [&'static str]),
    /// Several things.
    Object(&'static [Field]),
    /// Its children that the one field describes, as a list.
    List(&'static Field),
    /// The JSON that is its text.
    Json,
    /// Its children as they are.
    Xml,
    /// A stanza inside a stanza.
    Message,
    /// What a table cannot say well.
    Code(&'static Code),
}

/// How a string of XML reads as a JSON value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    /// Within these bounds when it is written; what a peer sends is passed on.
    Integer(Bounds),
    Number,
    Boolean,
}

/// What an integer may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// 0 and above.
    Natural,
    /// The same, and a string of digits is as good (mod_rest takes it for the size of an upload).
    Digits,
    /// -128 to 127 (RFC 6121 section 4.7.2.3).
    Priority,
    /// 0 to 65535.
    Port,
}

/// Something with a program of its own.
pub(super) struct Code {
    /// The JSON that it takes and makes: any of these. For documentation.
    pub takes: &'static [Takes],
    /// How much of the XML that JSON says.
    pub says: Says,
    /// XML to JSON: writes key and value, or nothing.
    pub read: ReadCode,
    /// JSON to XML.
    pub write: WriteCode,
}

/// How much of the XML the JSON of a program says.
#[derive(Clone, Copy)]
pub(super) enum Says {
    /// Not all of it.
    Part,
    /// What the members of such an object do.
    Fields(&'static [Field]),
    /// All of these elements.
    Element(fn(Element<'_>) -> bool),
    /// All of these children; the first element is their parent.
    Child(fn(Element<'_>, Element<'_>) -> bool),
}

/// A JSON value that a program takes or makes.
pub(super) enum Takes {
    /// `true`, not `false`.
    True,
    Null,
    Boolean,
    Number,
    String,
    /// An object with the keys of all these lists.
    Object(&'static [&'static [Field]]),
    /// An object whose keys are the caller's; each value is any of these.
    Map(&'static [Takes]),
    /// A list of any of these.
    List(&'static [Takes]),
}

/// Exceptions.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// None.
    Plain,
    /// It is there even when there is nothing to say: a list is empty when read, JSON is `null` when written.
    Always,
    /// Of several elements the last counts.
    Last,
    /// An older spelling of the field before it, which has the same key: read, not written.
    Older,
    /// A lesser form of the named key: not written when that one is given, too.
    Unless(&'static str),
    /// What a lesser key cannot say: read only when the function, given the parent and the first such element,
    /// finds that there is more.
    Fuller(fn(Element<'_>, Element<'_>) -> bool),
}

/// A key of the stanza's own object.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub field: Field,
    /// The kinds of stanza that have it.
    pub kinds: Kinds,
    /// The kind of stanza that it makes when nothing else says one.
    pub implies: Option<Kind>,
    /// Whether an iq with it is a `set` when it does not say.
    pub sets: bool,
    /// Whether it is left out of error stanzas and of stanzas inside stanzas, as mod_rest does.
    pub outer: bool,
    /// The document behind it and its title.
    pub about: &'static str,
}

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const MESSAGE: Self = Self(1);
    pub(super) const PRESENCE: Self = Self(2);
    pub(super) const IQ: Self = Self(4);
    pub(super) const ALL: Self = Self(7);
    pub(super) const MESSAGE_PRESENCE: Self = Self(3);

    pub(super) const fn has(self, kind: Kind) -> bool {
        let bit = match kind {
            Kind::Message => 1,
            Kind::Presence => 2,
            Kind::Iq => 4,
        };
        self.0 & bit != 0
    }
}

pub(super) const NATURAL: Scalar = Scalar::Integer(Bounds::Natural);

/// A field, from its three parts.
pub(super) const fn field(name: &'static str, at: At, shape: Shape) -> Field {
    Field { name, at, shape, rule: Rule::Plain }
}

/// An attribute of the element itself, a string of the same name.
pub(super) const fn attr(name: &'static str) -> Field {
    attr_as(name, Scalar::String)
}

/// The same, of another type.
pub(super) const fn attr_as(name: &'static str, scalar: Scalar) -> Field {
    field(name, At::Here, Shape::Attr(name, scalar))
}

/// The text of the element itself.
pub(super) const fn content(name: &'static str) -> Field {
    field(name, At::Here, Shape::Text(Scalar::String))
}

/// The text of a child of the same name.
pub(super) const fn text(name: &'static str) -> Field {
    text_as(name, Scalar::String)
}

/// The same, of another type.
pub(super) const fn text_as(name: &'static str, scalar: Scalar) -> Field {
    field(name, At::Child(name, ""), Shape::Text(scalar))
}

/// The same, of another namespace than the parent's.
pub(super) const fn text_in(name: &'static str, ns: &'static str) -> Field {
    field(name, At::Child(name, ns), Shape::Text(Scalar::String))
}

/// That there is a child.
pub(super) const fn flag_in(name: &'static str, element: &'static str, ns: &'static str) -> Field {
    field(name, At::Child(element, ns), Shape::Flag)
}

/// That there is a child of the same name.
pub(super) const fn flag(name: &'static str) -> Field {
    field(name, At::Child(name, ""), Shape::Flag)
}

/// An attribute of a child.
pub(super) const fn child_attr(
    name: &'static str,
    element: &'static str,
    ns: &'static str,
    attr: &'static str,
) -> Field {
    field(name, At::Child(element, ns), Shape::Attr(attr, Scalar::String))
}

/// A child that becomes an object.
pub(super) const fn object(
    name: &'static str,
    element: &'static str,
    ns: &'static str,
    fields: &'static [Field],
) -> Field {
    field(name, At::Child(element, ns), Shape::Object(fields))
}

/// All children of a name, as objects.
pub(super) const fn objects(
    name: &'static str,
    element: &'static str,
    ns: &'static str,
    fields: &'static [Field],
) -> Field {
    field(name, At::Each(element, ns), Shape::Object(fields))
}

/// The texts of all children of a name.
pub(super) const fn texts(name: &'static str, element: &'static str, ns: &'static str) -> Field {
    field(name, At::Each(element, ns), Shape::Text(Scalar::String))
}

impl Field {
    /// With an exception.
    pub(super) const fn rule(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }

    /// As a key of all kinds of stanza.
    pub(super) const fn key(self, kinds: Kinds, about: &'static str) -> Key {
        Key { field: self, kinds, implies: None, sets: false, outer: false, about }
    }
}

impl Key {
    /// Which kind it makes.
    pub(super) const fn implies(self, kind: Kind) -> Self {
        Self { implies: Some(kind), ..self }
    }

    /// Makes an iq a `set`.
    pub(super) const fn sets(self) -> Self {
        Self { sets: true, ..self }
    }

    /// Not in errors and not in stanzas inside stanzas.
    pub(super) const fn outer(self) -> Self {
        Self { outer: true, ..self }
    }
}
