//! Elements of which the keys say a part only: with [`Options::keep`](super::Options::keep) they stand as they are in
//! the key `whole`, beside the keys, and take their place on the way back. So nothing is lost, and no key ever vanishes.
//!
//! Whether keys say all is read from the table: every attribute, text and child must be what one of them says. When in
//! doubt it is not, which costs some bytes and loses nothing.

use super::Done;
use super::embedded::XML;
use super::error;
use super::keys::{HEADER, KEYS};
use super::ns::{JSON, JSON_MSG};
use super::number::Digits;
use super::path::Path;
use super::shape::{At, Field, Rule, Says, Scalar, Shape};
use super::to_json::{Stanza, ToJson, matches};
use super::to_xml::ToXml;
use crate::json::{self, Value};
use crate::stanza::Kind;
use crate::xml::{self, Attr, Element, STANZA};

/// The key of elements that the other keys do not say whole.
pub(super) const WHOLE: &str = "whole";
/// The bit of the key `error` among those of the rows.
pub(super) const ERROR: u128 = 1 << 127;
const _: () = assert!(KEYS.len() < 127);

impl ToJson<'_, '_> {
    /// The children of a stanza that are about keys of which one does not say all.
    pub(super) fn whole(&mut self, stanza: Stanza<'_>) -> Done {
        let (mut level, mut partial) = (Level::default(), 0);
        for child in stanza.element.elements() {
            let rows = bits(stanza, child);
            let says_all = if rows == ERROR {
                !level.is_again(127) && error::says_all(stanza.element, child)
            } else {
                let fields = stanza.rows(child).map(|(row, key)| (row, &key.field));
                says_all(&level.shapes(stanza.element, child, fields).1, child)
            };
            let is_spoilt = self.spoilt && holds_json(child);
            partial |= if says_all && !is_spoilt { 0 } else { rows };
        }
        self.spoilt = false;
        if partial == 0 {
            return Ok(());
        }
        self.elements(WHOLE, stanza.element, &|child| bits(stanza, child) & partial != 0)
    }
}

/// Whether JSON is somewhere in an element.
fn holds_json(element: Element<'_>) -> bool {
    element.ns() == JSON || element.ns() == JSON_MSG || element.elements().any(holds_json)
}

impl ToXml<'_> {
    /// Writes what the key holds; gives the rows whose place it takes.
    pub(super) fn whole(&mut self, list: Value<'_>, kind: Kind, is_error: bool) -> Done<u128> {
        let path = Path::new(WHOLE);
        if list.kind() != json::Kind::Array {
            return self.wants(&path, &"a list");
        }
        let mut taken = 0;
        for (at, item) in list.items().enumerate() {
            let path = path.item(at);
            let Some(text) = item.as_str() else { return self.wants(&path, &"a string of XML") };
            let count = self.with_xml("<x>", text, "</x>", &path, &mut |writer, root| {
                let stanza = Stanza { element: root, kind, is_nested: false, is_error };
                for child in root.elements() {
                    taken |= bits(stanza, child);
                    writer.copy(child);
                }
                root.elements().count() as u16
            })?;
            self.children = self.children.saturating_add(count);
        }
        Ok(taken)
    }
}

/// The rows that are about a child of a stanza.
fn bits(stanza: Stanza<'_>, child: Element<'_>) -> u128 {
    if stanza.is_error && child.is("error", STANZA) {
        return ERROR;
    }
    stanza.rows(child).fold(0, |bits, (row, _)| bits | 1 << row)
}

/// What several keys say of one element.
type Shapes = heapless::Vec<&'static Shape, 8>;

/// The children of one element, one after the other: the fields that have been there before.
#[derive(Default)]
struct Level {
    seen: u128,
    /// Fields that a lesser one makes needless.
    idle: u128,
}

impl Level {
    fn is_again(&mut self, at: usize) -> bool {
        let before = self.seen;
        self.seen |= 1 << at;
        self.seen == before
    }

    /// Whether any of these fields is about the next child, and what those say of it that really take it.
    fn shapes(
        &mut self,
        parent: Element<'_>,
        child: Element<'_>,
        fields: impl Iterator<Item = (usize, &'static Field)>,
    ) -> (bool, Shapes) {
        let (mut is_known, mut shapes) = (false, Shapes::new());
        for (at, field) in fields {
            is_known = true;
            let is_again = self.is_again(at);
            if let Rule::Fuller(more) = field.rule
                && !is_again
                && !more(parent, child)
            {
                self.idle |= 1 << at;
            }
            let is_taken = !is_again || matches!(field.at, At::Each(..));
            if is_taken && self.idle & 1 << at == 0 && !matches!(field.rule, Rule::Older) {
                // More than there is room for only makes it doubtful.
                _ = shapes.push(&field.shape);
            }
        }
        (is_known, shapes)
    }
}

/// Whether these shapes together say all of an element.
fn says_all(shapes: &[&'static Shape], element: Element<'_>) -> bool {
    let own = || shapes.iter().flat_map(|shape| here(shape));
    if shapes.iter().any(
        |shape| matches!(shape, Shape::Code(code) if matches!(code.says, Says::Element(is) if is(element))),
    ) {
        return true;
    }
    let has_text = element.text().chars().any(|c| !c.is_whitespace());
    let is_text = |shape: &Shape| match *shape {
        Shape::Text(scalar) => element.only_text().is_some_and(|text| is_exact(scalar, &text)),
        Shape::Json => element.only_text().is_some(),
        _ => false,
    };
    // White space between elements means nothing, but around a number, say, it goes.
    let is_text_said = if has_text {
        shapes.iter().copied().chain(own()).any(is_text)
    } else {
        shapes.iter().copied().chain(own()).all(|shape| !matches!(shape, Shape::Text(_)) || is_text(shape))
    };
    let is_there = |shape: &&Shape| match **shape {
        Shape::Attr(name, _) => element.attr(name).is_some(),
        Shape::Lang => element.lang().is_some(),
        Shape::Text(_) => is_text(shape),
        Shape::Code(code) => matches!(code.says, Says::Fields(_)),
        _ => true,
    };
    shapes.iter().copied().any(|shape| is_there(&shape))
        && is_text_said
        && element.attrs().all(|attr| shapes.iter().copied().chain(own()).any(|shape| says_attr(shape, attr)))
        && says_children(shapes, element)
}

/// What the members of an object say of the element itself.
fn here(shape: &'static Shape) -> impl Iterator<Item = &'static Shape> {
    let rows = if matches!(shape, Shape::Message) { &KEYS[..HEADER] } else { &[] };
    let fields = fields_of(shape).iter();
    let is_own = |field: &&Field| matches!(field.at, At::Here) && !matches!(field.rule, Rule::Older);
    fields.chain(rows.iter().map(|key| &key.field)).filter(is_own).map(|field| &field.shape)
}

/// The members of the object that a shape makes.
fn fields_of(shape: &'static Shape) -> &'static [Field] {
    match shape {
        Shape::Object(fields) => fields,
        Shape::Code(code) => match code.says {
            Says::Fields(fields) => fields,
            _ => &[],
        },
        _ => &[],
    }
}

fn says_attr(shape: &Shape, attr: Attr<'_>) -> bool {
    match *shape {
        Shape::Attr(name, scalar) => attr.ns.is_empty() && attr.name == name && is_exact(scalar, &attr.value),
        Shape::Lang => attr.ns == *xml::XML && attr.name == "lang",
        _ => false,
    }
}

fn says_children(shapes: &[&'static Shape], element: Element<'_>) -> bool {
    let mut level = Level::default();
    element.elements().all(|child| {
        shapes.iter().any(|shape| match **shape {
            Shape::Xml => true,
            Shape::List(item) => matches(item, child, element) && says_all(&[&item.shape], child),
            Shape::Message => {
                let stanza = Stanza { element, kind: Kind::Message, is_nested: true, is_error: false };
                let fields = stanza.rows(child).map(|(row, key)| (row, &key.field));
                let (is_known, shapes) = level.shapes(element, child, fields);
                // What is not known is in the key `xml` of the inner stanza.
                !is_known || says_all(&shapes, child)
            }
            ref shape => says_child(fields_of(shape), &mut level, element, child),
        })
    })
}

/// Whether the members of an object say all of a child of its element.
fn says_child(fields: &'static [Field], level: &mut Level, element: Element<'_>, child: Element<'_>) -> bool {
    let mut keeps = !fields.is_empty();
    for field in fields.iter().filter(|field| matches!(field.at, At::Here)) {
        match field.shape {
            Shape::Xml => return true,
            Shape::Code(code) => match code.says {
                Says::Child(says) if says(element, child) => return true,
                // A program looks after the children that are of its own namespace.
                _ => keeps &= !child.shares_ns(element),
            },
            _ => {}
        }
    }
    let about = fields.iter().enumerate().filter(|(_, field)| matches(field, child, element));
    match level.shapes(element, child, about) {
        (true, shapes) => says_all(&shapes, child),
        // What is not known is in the key `xml` of the object.
        (false, _) => keeps && fields.iter().all(|field| field.name != XML),
    }
}

/// Whether a text is written as it was read.
pub(super) fn is_exact(scalar: Scalar, text: &dyn core::fmt::Display) -> bool {
    let mut given = heapless::String::<64>::new();
    match scalar {
        Scalar::String => true,
        _ if core::fmt::write(&mut given, format_args!("{text}")).is_err() => false,
        // XML Schema has two words for each.
        Scalar::Boolean => matches!(given.as_str(), "0" | "1" | "false" | "true"),
        Scalar::Number => Digits::read(&given).is_some_and(|digits| digits.as_str() == given),
        Scalar::Integer(bounds) => given.parse().is_ok_and(|integer: i64| {
            let mut plain = heapless::String::<64>::new();
            bounds.range().contains(&integer)
                && core::fmt::write(&mut plain, format_args!("{integer}")).is_ok()
                && plain == given
        }),
    }
}

/// Whether an element has no more than these attributes, and text or children as `is_fit` says.
pub(super) fn has_only(element: Element<'_>, attrs: &[&str], has_text: bool) -> bool {
    element.attrs().all(|attr| attr.ns.is_empty() && attrs.contains(&attr.name))
        && (has_text || element.text().chars().all(char::is_whitespace))
}

/// Whether a field says all of an element.
pub(super) fn says(field: &'static Field, element: Element<'_>) -> bool {
    says_all(&[&field.shape], element)
}

/// Whether these fields say all of an element.
pub(super) fn fields_say(fields: &'static [Field], element: Element<'_>) -> bool {
    let mut level = Level::default();
    element.elements().all(|child| says_child(fields, &mut level, element, child))
        && element.attrs().all(|attr| {
            fields.iter().any(|field| matches!(field.at, At::Here) && says_attr(&field.shape, attr))
        })
}
