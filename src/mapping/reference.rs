//! The mapping told from its table to people, in Markdown.
//!
//! It is made from the rows that the walkers use, so it cannot say anything else than what is done.

use core::fmt::{self, Write};

use super::keys::KEYS;
use super::shape::{At, Bounds, Field, Key, Rule, Scalar, Shape, Takes};
use crate::stanza::Kind;

const INTRODUCTION: &str = "# The JSON mapping

A stanza is one JSON object: `kind` (`message`, `presence` or `iq`) and the keys below. Without `kind`, the type or the
first key that says so decides; otherwise it is a message. An iq without `type` is a `get`, or a `set` where that is
noted. Unknown keys are ignored, or refused with `strict`. A value of the wrong type or out of range is refused by the
path of its key. For an object or a list `true` makes the empty element.

`error` (`type`, `condition`, `text`, `lang`, `by`, `code`, `uri` of gone and redirect, `application` as XML) makes an
error stanza. `xml` is a list of child elements without a key, as strings of XML, with `unmapped = keep`. Several
stanzas are `{\"xmpp\": [...]}`.

Paths: `a.b` is a key inside an object, `a[].b` inside the objects of a list.
";

/// Writes the reference in Markdown: a table for each kind, and one for what they share.
pub fn markdown(out: &mut dyn Write) -> fmt::Result {
    out.write_str(INTRODUCTION)?;
    let groups: [(&str, &[Kind]); 5] = [
        ("All kinds", &[Kind::Message, Kind::Presence, Kind::Iq]),
        ("Message", &[Kind::Message]),
        ("Presence", &[Kind::Presence]),
        ("Message and presence", &[Kind::Message, Kind::Presence]),
        ("Iq", &[Kind::Iq]),
    ];
    for (title, kinds) in groups {
        write!(out, "\n## {title}\n\n| key | JSON | XML | document |\n|---|---|---|---|\n")?;
        for key in KEYS.iter().filter(|key| is_of(key, kinds)) {
            row(out, &Place { up: None, name: key.field.name }, &key.field, &Notes(key))?;
        }
    }
    Ok(())
}

/// Whether a key belongs to exactly these kinds.
fn is_of(key: &Key, kinds: &[Kind]) -> bool {
    [Kind::Message, Kind::Presence, Kind::Iq]
        .into_iter()
        .all(|kind| key.kinds.has(kind) == kinds.contains(&kind))
}

/// A key with those that hold it: `reactions.reactions[]`.
struct Place<'p> {
    up: Option<&'p Place<'p>>,
    name: &'p str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(up) = self.up {
            write!(f, "{up}")?;
            f.write_str(if self.name.is_empty() || self.name.starts_with('[') { "" } else { "." })?;
        }
        f.write_str(self.name)
    }
}

/// What stands behind a key of the stanza's own object.
struct Notes<'k>(&'k Key);

impl fmt::Display for Notes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.about)?;
        if let Some(kind) = self.0.implies {
            write!(f, "; implies {}", kind.name())?;
        }
        f.write_str(if self.0.sets { " of type set" } else { "" })
    }
}

fn row(out: &mut dyn Write, place: &Place<'_>, field: &Field, notes: &dyn fmt::Display) -> fmt::Result {
    if matches!(field.rule, Rule::Older) {
        return Ok(());
    }
    let is_list = matches!(field.at, At::Each(..));
    let of = if is_list { "list of " } else { "" };
    writeln!(out, "| `{place}` | {of}{} | {} | {notes} |", Json(&field.shape), Xml(field))?;
    let item = Place { up: Some(place), name: if is_list { "[]" } else { "" } };
    let (fields, inside) = match field.shape {
        Shape::List(inner) => {
            let list = Place { up: Some(place), name: "[]" };
            return match inner.shape {
                Shape::Object(fields) => fields
                    .iter()
                    .try_for_each(|inner| row(out, &Place { up: Some(&list), name: inner.name }, inner, &"")),
                _ => Ok(()),
            };
        }
        Shape::Object(fields) => (fields, &item),
        Shape::Code(code) => match code.takes.first() {
            Some(Takes::Object(lists)) => (lists[0], &item),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    // The parts of a form are told once, at `dataform`.
    if place.up.is_some() && matches!(field.shape, Shape::Code(_)) {
        return Ok(());
    }
    fields.iter().try_for_each(|field| row(out, &Place { up: Some(inside), name: field.name }, field, &""))
}

/// The JSON type in words.
struct Json<'s>(&'s Shape);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Shape::Attr(_, scalar) | Shape::Text(scalar) => match scalar {
                Scalar::String => "string",
                Scalar::Integer(bounds) => return write!(f, "integer{}", Range(*bounds)),
                Scalar::Number => "number",
                Scalar::Boolean => "boolean",
            },
            Shape::Lang => "string",
            Shape::Flag => "boolean",
            Shape::Name(names) => return write!(f, "string: {}", Alternatives(names)),
            Shape::Object(_) => "object",
            Shape::List(inner) => return write!(f, "list of {}", Json(&inner.shape)),
            Shape::Json => "any",
            Shape::Xml => "string of XML",
            Shape::Message => "object: a message",
            Shape::Code(code) => return takes(f, code.takes),
        })
    }
}

/// Any of several types, in words.
fn takes(f: &mut fmt::Formatter<'_>, takes: &[Takes]) -> fmt::Result {
    takes.iter().enumerate().try_for_each(|(at, one)| {
        f.write_str(if at == 0 { "" } else { " or " })?;
        f.write_str(match one {
            Takes::True => "true",
            Takes::Null => "null",
            Takes::Boolean => "boolean",
            Takes::Number => "number",
            Takes::String => "string",
            Takes::Object(_) | Takes::Map(_) => "object",
            Takes::List(_) => "list",
        })
    })
}

struct Alternatives<'w>(&'w [&'w str]);

impl fmt::Display for Alternatives<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .enumerate()
            .try_for_each(|(at, word)| write!(f, "{}{word}", if at == 0 { "" } else { ", " }))
    }
}

struct Range(Bounds);

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Bounds::Natural => "",
            Bounds::Digits => ", or a string of digits",
            Bounds::Priority => " from -128 to 127",
            Bounds::Port => " from 0 to 65535",
        })
    }
}

/// Where the value sits, in words.
struct Xml<'f>(&'f Field);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = match self.0.shape {
            Shape::Attr(name, _) => Some(("attribute ", name)),
            Shape::Lang => Some(("attribute ", "xml:lang")),
            Shape::Text(_) => Some(("text", "")),
            Shape::Name(_) => Some(("name", "")),
            Shape::Json => Some(("JSON text", "")),
            Shape::Xml => Some(("children", "")),
            _ => None,
        };
        if let Some((what, name)) = inner {
            f.write_str(what)?;
            if !name.is_empty() {
                write!(f, "`{name}`")?;
            }
        }
        let (At::Child(name, ns) | At::Each(name, ns)) = self.0.at else { return Ok(()) };
        f.write_str(if inner.is_some() { " of " } else { "" })?;
        let name = if name.is_empty() { "*" } else { name };
        if ns.is_empty() { write!(f, "`<{name}>`") } else { write!(f, "`<{name} xmlns='{ns}'>`") }
    }
}
