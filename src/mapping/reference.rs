//! The mapping told from its table to people: `keys.md`, with an example for every key.
//!
//! It is made from the rows that the walkers use, so it cannot say anything else than what is done; the examples are
//! test cases (`tests/cases/mapping/examples.jsonl`). None of this is in the product.

use core::fmt::{self, Write};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::forms::FORM_FIELDS;
use super::keys::KEYS;
use super::objects::SHORT_FILTER;
use super::shape::{At, Bounds, Field, Key, Rule, Scalar, Shape, Takes};
use crate::json::{self, Value};
use crate::stanza::Kind;

const EXAMPLES: &str = include_str!("../../tests/cases/mapping/examples.jsonl");

const INTRODUCTION: &str = "# The JSON mapping

A stanza is one JSON object. `kind` is `message`, `presence` or `iq`; without it the type decides, or the first of the
keys below that implies a kind; otherwise it is a message. An iq without `type` is a `get`, or a `set` where that is
noted. Several stanzas are `{\"xmpp\": [...]}`.

* Unknown keys are ignored beside known ones, or refused by name with `strict`.
* A value of the wrong type or out of range is refused by the path of its key: `dataform.fields[2].value must be …`.
* For an object or a list `true` stands for the empty element: `{\"kind\": \"iq\", \"version\": true}`.
* What a stanza has and no key says is left out, or kept in the keys `xml` and `whole` with `unmapped = keep`.
* The same in JSON Schema is part of `/openapi.json`.

In the tables `a.b` is a key inside an object and `a[].b` one inside the objects of a list. The examples leave out
`to`, which every message and iq needs. Each of them is a test: the JSON becomes that XML, and that XML becomes the
JSON again, where nothing else is said.
";

/// The groups of keys, by the first of each in the table.
const GROUPS: [(&str, &str); 7] = [
    ("to", "The stanza itself"),
    ("body", "Messages"),
    ("muc", "Presence"),
    ("muc_user", "Messages and presence"),
    ("ping", "Queries and their answers"),
    ("nick", "In any stanza"),
    ("html", "Markup, discovery, commands, forms"),
];

const ERRORS: &str = "
## Errors and the rest

### `error`

object; all kinds; RFC 6120, 8.3. Makes the stanza one of type `error`.

| key | JSON | |
|---|---|---|
| `type` | string: auth, cancel, continue, modify, wait | what to do about it |
| `condition` | string | a defined condition (RFC 6120, 8.3.3) |
| `text` | string | for people |
| `lang` | string | the language of `text` |
| `by` | string | who found it, if not the sender |
| `uri` | string | the new address, of `gone` and `redirect` |
| `application` | string of XML | conditions of the application |
| `code` | integer | of before RFC 3920 |
";

const UNMAPPED: &str = "
### `xml`

list of strings of XML; all kinds; with `unmapped = keep` only. Child elements that have no key, each as it is. Objects
below have it as well, for what they hold beyond their keys, unless they say another meaning for it.
";

const WHOLE: &str = "
### `whole`

list of strings of XML; all kinds; with `unmapped = keep` only. Child elements of which the keys say a part, each as it
is: one with an attribute that has no key, a second one where the key takes one, the form of a disco answer with the
types of its fields. The keys are there as always; sent back, the element here is written instead of them. Who changes
such a key drops `whole`, or the change is not seen. Not kept are only attributes of the stanza itself beyond those of
RFC 6120, and whether a boolean was `true` or `1`.
";

/// Writes the reference in Markdown.
pub(super) fn markdown(out: &mut String) -> fmt::Result {
    let examples: Vec<&str> = EXAMPLES.lines().collect();
    out.write_str(INTRODUCTION)?;
    out.write_str("\n## At a glance\n\n| key | kinds | JSON | document |\n|---|---|---|---|\n")?;
    for key in KEYS {
        let name = key.field.name;
        writeln!(out, "| [`{name}`](#{name}) | {} | {} | {} |", Kinds(key), Type(&key.field), key.about)?;
    }
    for (row, key) in KEYS.iter().enumerate() {
        let name = key.field.name;
        let is_new = KEYS[..row].iter().all(|other| other.field.name != name);
        if let Some((_, title)) = GROUPS.iter().find(|(first, _)| *first == name).filter(|_| is_new) {
            write!(out, "\n## {title}\n")?;
        }
        write!(out, "\n### `{name}`{}\n\n", if is_new { "" } else { " of an iq" })?;
        write!(out, "{}; {}; {}.", Type(&key.field), Kinds(key), key.about)?;
        if let Some(kind) = key.implies {
            write!(out, " Implies {}{}.", kind.name(), if key.sets { " of type set" } else { "" })?;
        }
        let xml = Xml(&key.field).to_string();
        if !xml.is_empty() {
            write!(out, " In XML: {xml}.")?;
        }
        out.push('\n');
        let mut rows = Rows::default();
        rows.inner(&Place { up: None, name: "" }, &key.field, true)?;
        if !rows.out.is_empty() {
            write!(out, "\n| key | JSON | XML |\n|---|---|---|\n{}", rows.out)?;
        }
        let is_of = |kind: &str| Kind::from_name(kind).is_some_and(|kind| key.kinds.has(kind));
        example(out, &examples, name, &is_of)?;
    }
    out.write_str(ERRORS)?;
    example(out, &examples, "error", &|_| true)?;
    out.write_str(UNMAPPED)?;
    example(out, &examples, "xml", &|_| true)?;
    out.write_str(WHOLE)?;
    example(out, &examples, "whole", &|_| true)
}

/// The example of a key, of a kind that is fit.
fn example(out: &mut String, examples: &[&str], key: &str, is_fit: &dyn Fn(&str) -> bool) -> fmt::Result {
    let mut tape = [json::Node::default(); 512];
    for line in examples {
        let example = json::parse(line.as_bytes(), &mut tape).expect("an example is JSON");
        let text = |value: Value<'_>| value.as_str().map(|text| text.to_string()).unwrap_or_default();
        let json = example.get("json").expect("an example has JSON");
        if text(example.get("key").unwrap()) != key
            || !json.get("kind").is_some_and(|kind| is_fit(&text(kind)))
        {
            continue;
        }
        let xml = text(example.get("xml").expect("an example has XML"));
        write!(out, "\n```json\n{}\n```\n```xml\n{}\n```\n", pretty(json, 0), laid_out(&xml))?;
        if let Some(back) = example.get("back") {
            write!(out, "\nRead again:\n\n```json\n{}\n```\n", pretty(back, 0))?;
        }
        return Ok(());
    }
    panic!("no example of the key {key}");
}

/// JSON for the eye.
fn pretty(value: Value<'_>, depth: usize) -> String {
    let short = super::compact::Compact(value).to_string();
    let parts: Vec<String> = match value.kind() {
        json::Kind::Object => {
            value.entries().map(|(key, value)| format!("\"{key}\": {}", pretty(value, depth + 1))).collect()
        }
        json::Kind::Array => value.items().map(|item| pretty(item, depth + 1)).collect(),
        _ => return short,
    };
    let (open, close) = short.split_at(1);
    let close = &close[close.len() - 1..];
    let line = parts.join(", ");
    if depth > 0 && line.len() + 2 * depth < 90 && !line.contains('\n') {
        return format!("{open}{line}{close}");
    }
    let indent = "  ".repeat(depth + 1);
    format!("{open}\n{indent}{}\n{}{close}", parts.join(&format!(",\n{indent}")), "  ".repeat(depth))
}

/// XML for the eye: elements that hold elements on lines of their own.
fn laid_out(xml: &str) -> String {
    let (mut out, mut depth, mut rest) = (String::new(), 0_usize, xml);
    let indent = |out: &mut String, depth: usize| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(end) = rest.find('>') {
        let (tag, after) = rest.split_at(end + 1);
        if let Some(name) = tag.strip_prefix("</") {
            depth -= 1;
            indent(&mut out, depth);
            out.push_str("</");
            out.push_str(name);
            rest = after;
            continue;
        }
        indent(&mut out, depth);
        let name = tag[1..].split([' ', '>', '/']).next().unwrap();
        let close = format!("</{name}>");
        let inner = after.find(&close).map_or("", |at| &after[..at]);
        // An element with text, or with text beside elements, is one line.
        let is_line =
            !tag.ends_with("/>") && (!inner.contains('<') || !inner.starts_with('<') || name == "p");
        let whole = if is_line { inner.len() + close.len() } else { 0 };
        out.push_str(tag);
        out.push_str(&after[..whole]);
        depth += usize::from(!is_line && !tag.ends_with("/>"));
        rest = &after[whole..];
    }
    out
}

/// The kinds of a key.
struct Kinds<'k>(&'k Key);

impl fmt::Display for Kinds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [Kind::Message, Kind::Presence, Kind::Iq];
        if all.iter().all(|kind| self.0.kinds.has(*kind)) {
            return f.write_str("all kinds");
        }
        let names: Vec<&str> =
            all.into_iter().filter(|kind| self.0.kinds.has(*kind)).map(Kind::name).collect();
        f.write_str(&names.join(", "))
    }
}

/// The JSON type of a field in words.
struct Type<'f>(&'f Field);

impl fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self.0.at, At::Each(..)) { "list of " } else { "" })?;
        Json(&self.0.shape).fmt(f)
    }
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
            let is_first = up.up.is_none() && up.name.is_empty();
            let is_plain = is_first || self.name.is_empty() || self.name.starts_with('[');
            f.write_str(if is_plain { "" } else { "." })?;
        }
        f.write_str(self.name)
    }
}

/// The table of what a key holds.
#[derive(Default)]
struct Rows {
    out: String,
    /// What stands in several places is told once: the fields and where they are told.
    told: Vec<(&'static [Field], String)>,
}

impl Rows {
    /// What a field holds; `is_top` for a key of the stanza's own object.
    fn inner(&mut self, place: &Place<'_>, field: &Field, is_top: bool) -> fmt::Result {
        let list = Place { up: Some(place), name: "[]" };
        let place = if matches!(field.at, At::Each(..)) { &list } else { place };
        match field.shape {
            Shape::List(item) => self.inner(place, item, is_top),
            Shape::Object(fields) => self.fields(place, fields),
            Shape::Code(code) => code.takes.iter().try_for_each(|takes| match takes {
                Takes::Object([fields]) if !is_top && core::ptr::eq(*fields, &FORM_FIELDS) => {
                    writeln!(self.out, "| `{place}` … | as [`dataform`](#dataform) | |")
                }
                Takes::Object(lists) if is_top => {
                    lists.iter().try_for_each(|fields| self.fields(place, fields))
                }
                Takes::List([Takes::Object(lists), ..]) => {
                    let items = Place { up: Some(place), name: "[]" };
                    lists.iter().try_for_each(|fields| self.fields(&items, fields))
                }
                _ => Ok(()),
            }),
            _ => Ok(()),
        }
    }

    fn fields(&mut self, place: &Place<'_>, fields: &'static [Field]) -> fmt::Result {
        if let Some((_, other)) =
            self.told.iter().find(|(told, _)| fields.len() > 2 && core::ptr::eq(*told, fields))
        {
            return writeln!(self.out, "| `{place}` … | as `{other}` | |");
        }
        self.told.push((fields, place.to_string()));
        for field in fields.iter().filter(|field| !matches!(field.rule, Rule::Older)) {
            let place = Place { up: Some(place), name: field.name };
            if core::ptr::eq(fields, &SHORT_FILTER) {
                writeln!(self.out, "| `{place}` | {} | variable `{place}` of the form |", Type(field))?;
                continue;
            }
            writeln!(self.out, "| `{place}` | {} | {} |", Type(field), Xml(field))?;
            self.inner(&place, field, false)?;
        }
        Ok(())
    }
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
fn takes(f: &mut fmt::Formatter<'_>, any: &[Takes]) -> fmt::Result {
    any.iter().enumerate().try_for_each(|(at, one)| {
        f.write_str(match at {
            0 => "",
            _ if at + 1 == any.len() => " or ",
            _ => ", ",
        })?;
        f.write_str(match one {
            Takes::True => "true",
            Takes::Null => "null",
            Takes::Boolean => "boolean",
            Takes::Number => "number",
            Takes::String => "string",
            Takes::Object(_) => "object",
            Takes::Map(_) => "object of the caller's keys",
            Takes::List(items) => {
                f.write_str("list of ")?;
                return if at > 0 && items.len() > 1 { f.write_str("them") } else { takes(f, items) };
            }
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
        // Programs that look at several children.
        if let (At::Here, Shape::Code(_)) = (self.0.at, self.0.shape) {
            return f.write_str(match self.0.name {
                "value" | "values" => "`<value>`",
                "options" => "`<option>`",
                "items" => "`<item>`, each a row of fields",
                "extensions" | "data" => "`<x xmlns='jabber:x:data'>`",
                _ => "",
            });
        }
        let (At::Child(name, ns) | At::Each(name, ns)) = self.0.at else { return Ok(()) };
        f.write_str(if inner.is_some() { " of " } else { "" })?;
        let name = if name.is_empty() { "*" } else { name };
        if ns.is_empty() { write!(f, "`<{name}>`") } else { write!(f, "`<{name} xmlns='{ns}'>`") }
    }
}
