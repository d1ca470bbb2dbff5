//! The mapping told to programs: a JSON Schema (2020-12) of the objects that it takes and makes.
//!
//! It is made from the rows that the walkers use, so it cannot say anything else than what is done. It describes
//! what is taken; what a peer sends is passed on even where a number is out of bounds. Unknown keys are no error.

use core::fmt::{self, Write};

use super::cards::VALUE;
use super::error;
use super::forms::{FORM_FIELD, FORM_FIELDS};
use super::index;
use super::keys::{HEADER, KEYS};
use super::objects::PAGE;
use super::shape::{At, Bounds, Field, Key, Rule, Scalar, Shape, Takes};
use crate::stanza::Kind;

/// Objects that stand in several places: told once.
const SHARED: [(&str, &[Field]); 5] = [
    ("Error", error::KEYS),
    ("Form", &FORM_FIELDS),
    ("FormField", &FORM_FIELD),
    ("Page", &PAGE),
    ("CardProperty", &VALUE),
];

/// Writes the schema of one stanza as a document of its own.
pub fn document(out: &mut dyn Write) -> fmt::Result {
    out.write_str("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$ref\":\"#/$defs/Stanza\",\"$defs\":{")?;
    definitions(out, "#/$defs/")?;
    out.write_str("}}")
}

/// Writes the definitions alone, as members of an object without its braces: `"Stanza":{…},"Stanzas":{…},…`.
///
/// `base` is how they refer to each other: `#/$defs/`, or `#/components/schemas/` in an `OpenAPI` document. The
/// text is the same each time, so that it can be written piece by piece. An error is one of `out`.
pub fn definitions(out: &mut dyn Write, base: &str) -> fmt::Result {
    let mut schema = Schema { out, base, about: None };
    schema.stanza()?;
    schema.text(
        ",\"Stanzas\":{\"type\":\"object\",\"description\":\"Several stanzas\",\"properties\":{\"xmpp\":",
    )?;
    schema.list(&mut |schema| schema.reference("Stanza"))?;
    schema.text("},\"required\":[\"xmpp\"]}")?;
    for (name, fields) in SHARED {
        write!(schema.out, ",\"{name}\":")?;
        schema.members(&[fields])?;
    }
    Ok(())
}

/// Writes the names, in quotes, of the keys that can be the payload of an iq; `bare` of those alone that need no value
/// or members of one.
pub fn queries(out: &mut dyn Write, bare: bool) -> fmt::Result {
    let keys = KEYS.iter().skip(HEADER).filter(|key| key.kinds.has(Kind::Iq));
    let keys = keys.filter(|key| !bare || is_element(&key.field));
    for (at, key) in keys.enumerate() {
        write!(out, "{}\"{}\"", if at == 0 { "" } else { "," }, key.field.name)?;
    }
    Ok(())
}

/// Whether an object, even an empty one, makes an element of the key.
fn is_element(field: &Field) -> bool {
    let takes_object = match field.shape {
        Shape::Flag | Shape::Object(_) | Shape::List(_) | Shape::Json => true,
        Shape::Code(code) => code.takes.iter().any(|takes| matches!(takes, Takes::Object(_) | Takes::Map(_))),
        _ => false,
    };
    takes_object && !matches!(field.at, At::Each(..))
}

/// The walker.
struct Schema<'w> {
    out: &'w mut dyn Write,
    base: &'w str,
    /// What the next schema is to say of itself.
    about: Option<&'static str>,
}

/// Writes a part.
type Part<'p, 'w> = &'p mut dyn FnMut(&mut Schema<'w>) -> fmt::Result;

impl<'w> Schema<'w> {
    fn text(&mut self, text: &str) -> fmt::Result {
        let Some(about) = self.about.take() else { return self.out.write_str(text) };
        let rest = text.strip_prefix('{').unwrap_or(text);
        self.out.write_str("{\"description\":\"")?;
        // The words of the table have quotes, but nothing else to escape.
        for (at, part) in about.split('"').enumerate() {
            self.out.write_str(if at == 0 { "" } else { "\\\"" })?;
            self.out.write_str(part)?;
        }
        self.out.write_str(if rest == "}" { "\"" } else { "\"," })?;
        self.out.write_str(rest)
    }

    /// The object of a stanza.
    fn stanza(&mut self) -> fmt::Result {
        self.text(
            "\"Stanza\":{\"type\":\"object\",\"description\":\"One stanza\",\"minProperties\":1,\"properties\":{\
             \"kind\":{\"enum\":[\"message\",\"presence\",\"iq\"]},\"error\":",
        )?;
        self.reference("Error")?;
        self.text(
            ",\"error_code\":{\"type\":[\"integer\",\"string\"],\"description\":\"Errors of before RFC 3920\"},\
             \"xml\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\
             \"description\":\"Child elements without a key, as XML, with unmapped = keep\"},\
             \"whole\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\
             \"description\":\"Child elements of which the keys say a part, as XML, with unmapped = keep; \
             sent, they take the place of those keys\"}",
        )?;
        for (row, key) in KEYS.iter().enumerate() {
            // A name may have another meaning in another kind: both are told at the first of them.
            let mut same = index::by_key(key.field.name).map(|(row, _)| row);
            if same.next() != Some(row) {
                continue;
            }
            write!(self.out, ",\"{}\":", key.field.name)?;
            match same.next() {
                None => self.key(key)?,
                Some(other) => {
                    self.text("{\"anyOf\":[")?;
                    self.several([key, &KEYS[other]], Self::key)?;
                    self.text("]}")?;
                }
            }
        }
        self.text("}}")
    }

    fn key(&mut self, key: &'static Key) -> fmt::Result {
        self.about = Some(key.about);
        self.field(&key.field)
    }

    fn reference(&mut self, name: &str) -> fmt::Result {
        self.text("{\"$ref\":\"")?;
        write!(self.out, "{}{name}\"}}", self.base)
    }

    fn list(&mut self, item: Part<'_, 'w>) -> fmt::Result {
        self.text("{\"type\":\"array\",\"items\":")?;
        item(self)?;
        self.text("}")
    }

    fn field(&mut self, field: &Field) -> fmt::Result {
        if matches!(field.at, At::Each(..)) {
            return self.list(&mut |schema| schema.shape(&field.shape));
        }
        self.shape(&field.shape)
    }

    fn shape(&mut self, shape: &Shape) -> fmt::Result {
        match shape {
            Shape::Attr(_, scalar) | Shape::Text(scalar) => self.text(match scalar {
                Scalar::String => "{\"type\":\"string\"}",
                Scalar::Integer(Bounds::Natural) => {
                    "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9223372036854775807}"
                }
                Scalar::Integer(Bounds::Digits) => {
                    "{\"type\":[\"integer\",\"string\"],\"minimum\":0,\"maximum\":9223372036854775807,\"pattern\":\"^[0-9]{1,18}$\"}"
                }
                Scalar::Integer(Bounds::Port) => "{\"type\":\"integer\",\"minimum\":0,\"maximum\":65535}",
                Scalar::Integer(Bounds::Priority) => {
                    "{\"type\":\"integer\",\"minimum\":-128,\"maximum\":127}"
                }
                Scalar::Number => "{\"type\":\"number\"}",
                Scalar::Boolean => "{\"type\":\"boolean\"}",
            }),
            // Any name of a namespace, or one of these.
            Shape::Lang | Shape::Xml | Shape::Name([]) => self.text("{\"type\":\"string\"}"),
            Shape::Flag => self.text("{\"type\":\"boolean\"}"),
            Shape::Name(names) => {
                self.text("{\"enum\":[")?;
                self.several(*names, |schema, name| write!(schema.out, "\"{name}\""))?;
                self.text("]}")
            }
            Shape::Object(fields) => self.or_true(&mut |schema| schema.object(&[fields])),
            Shape::List(item) => self.or_true(&mut |schema| schema.field(item)),
            Shape::Json => self.text("{}"),
            Shape::Message => self.reference("Stanza"),
            Shape::Code(code) => self.any(code.takes),
        }
    }

    /// `true` stands for the empty element.
    fn or_true(&mut self, other: Part<'_, 'w>) -> fmt::Result {
        self.text("{\"anyOf\":[")?;
        other(self)?;
        self.text(",{\"const\":true}]}")
    }

    fn any(&mut self, takes: &[Takes]) -> fmt::Result {
        if let [only] = takes {
            return self.takes(only);
        }
        self.text("{\"anyOf\":[")?;
        self.several(takes, Self::takes)?;
        self.text("]}")
    }

    fn takes(&mut self, takes: &Takes) -> fmt::Result {
        match takes {
            Takes::True => self.text("{\"const\":true}"),
            Takes::Null => self.text("{\"type\":\"null\"}"),
            Takes::Boolean => self.text("{\"type\":\"boolean\"}"),
            Takes::Number => self.text("{\"type\":\"number\"}"),
            Takes::String => self.text("{\"type\":\"string\"}"),
            Takes::Object(lists) => self.object(lists),
            Takes::Map(values) => {
                self.text("{\"type\":\"object\",\"additionalProperties\":")?;
                self.any(values)?;
                self.text("}")
            }
            Takes::List(items) => self.list(&mut |schema| schema.any(items)),
        }
    }

    fn object(&mut self, lists: &[&[Field]]) -> fmt::Result {
        let shared = SHARED.iter().find(|(_, fields)| lists.len() == 1 && core::ptr::eq(*fields, lists[0]));
        match shared {
            Some((name, _)) => self.reference(name),
            None => self.members(lists),
        }
    }

    fn members(&mut self, lists: &[&[Field]]) -> fmt::Result {
        self.text("{\"type\":\"object\",\"properties\":{")?;
        let fields = lists.iter().copied().flatten().filter(|field| !matches!(field.rule, Rule::Older));
        self.several(fields, |schema, field| {
            write!(schema.out, "\"{}\":", field.name)?;
            schema.field(field)
        })?;
        self.text("}}")
    }

    fn several<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T) -> fmt::Result,
    ) -> fmt::Result {
        for (at, item) in items.into_iter().enumerate() {
            self.text(if at == 0 { "" } else { "," })?;
            each(self, item)?;
        }
        Ok(())
    }
}
