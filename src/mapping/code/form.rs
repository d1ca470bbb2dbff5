//! Data forms (XEP-0004): the values of fields, which depend on the type of the field, and tables of results.

use core::fmt::{self, Write as _};

use crate::json::{Chars, Kind, Str, Value};
use crate::mapping::Done;
use crate::mapping::forms::{FORM_FIELD, FORM_FIELDS, OPTION};
use crate::mapping::ns::DATA;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Field, Says, Takes, objects};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::mapping::whole::{has_only, says};
use crate::xml::{Content, Element};

/// A whole form.
pub(in crate::mapping) static FORM: Code = Code {
    takes: &[Takes::Object(&[&FORM_FIELDS])],
    says: Says::Fields(&FORM_FIELDS),
    read: read_form,
    write: write_form,
};
/// The value of a field: a string, or for fields of several values a list.
pub(in crate::mapping) static FIELD_VALUE: Code = Code {
    takes: &[Takes::String, Takes::Boolean, Takes::Number, Takes::Null, Takes::List(SCALARS)],
    says: Says::Child(says_value),
    read: read_value,
    write: write_value,
};
/// All values of a field that has several though its type does not say so.
pub(in crate::mapping) static FIELD_VALUES: Code =
    Code { takes: &[Takes::List(SCALARS)], says: Says::Part, read: read_values, write: write_values };
/// What there is to choose from.
pub(in crate::mapping) static FIELD_OPTIONS: Code = Code {
    takes: &[Takes::List(&[Takes::Object(&[OPTION])])],
    says: Says::Child(says_option),
    read: read_options,
    write: write_options,
};
/// The rows of a table of results, each a list of fields.
pub(in crate::mapping) static REPORTED_ITEMS: Code = Code {
    takes: &[Takes::List(&[Takes::List(&[Takes::Object(&[&FORM_FIELD])])])],
    says: Says::Child(says_item),
    read: read_items,
    write: write_items,
};

/// What a value is in JSON; of `null` none is made.
pub(super) const SCALARS: &[Takes] = &[Takes::String, Takes::Boolean, Takes::Number, Takes::Null];

const FIELD: &Field = &objects("", "field", "", &FORM_FIELD);
const CHOICE: &Field = &objects("", "option", "", OPTION);

fn read_form(json: &mut ToJson<'_, '_>, name: &'static str, form: Element<'_>) -> Done {
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    json.members(&FORM_FIELDS, form)?;
    json.sink.close(b'}')
}

fn write_form(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    if value.kind() != Kind::Object {
        return xml.wants(path, &"an object");
    }
    xml.start("x", DATA, path)?;
    xml.members(&FORM_FIELDS, &[], value, DATA, path)?;
    xml.end(path)
}

/// The texts of the values of a field.
pub(super) fn values(field: Element<'_>) -> impl Iterator<Item = Content<'_>> + Clone {
    field.elements().filter(|child| child.is("value", DATA)).filter_map(Element::only_text)
}

/// Whether the type of a field admits several values, so that they are always a list.
fn is_list(field: Element<'_>) -> bool {
    is_of_type(field, &["jid-multi", "list-multi"])
}

pub(super) fn is_of_type(field: Element<'_>, types: &[&str]) -> bool {
    field.attr("type").is_some_and(|type_| types.iter().any(|name| type_ == **name))
}

/// Several values as the lines of one text.
pub(super) struct Lines<'x>(pub Element<'x>);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        values(self.0).enumerate().try_for_each(|(at, value)| {
            f.write_str(if at == 0 { "" } else { "\n" })?;
            value.fmt(f)
        })
    }
}

fn read_value(json: &mut ToJson<'_, '_>, name: &'static str, field: Element<'_>) -> Done {
    if is_list(field) {
        return list(json, &name, field);
    }
    if is_of_type(field, &["text-multi"]) {
        json.sink.key(name)?;
        return json.sink.string(&Lines(field));
    }
    let Some(first) = values(field).next() else { return Ok(()) };
    json.sink.key(name)?;
    json.sink.string(&first)
}

fn read_values(json: &mut ToJson<'_, '_>, name: &'static str, field: Element<'_>) -> Done {
    if values(field).nth(1).is_none() || is_list(field) || is_of_type(field, &["text-multi"]) {
        return Ok(());
    }
    list(json, &name, field)
}

pub(super) fn list(json: &mut ToJson<'_, '_>, name: &dyn fmt::Display, field: Element<'_>) -> Done {
    json.sink.made_key(name)?;
    json.sink.open(b'[')?;
    for value in values(field) {
        json.sink.string(&value)?;
    }
    json.sink.close(b']')
}

fn says_value(field: Element<'_>, child: Element<'_>) -> bool {
    // Lines of one text: a value of several lines becomes several, an only empty one none.
    let is_line = |text: Content<'_>| {
        !is_of_type(field, &["text-multi"])
            || (text.chars().all(|c| c != '\n') && (!text.is_empty() || values(field).nth(1).is_some()))
    };
    child.is("value", DATA) && has_only(child, &[], true) && child.only_text().is_some_and(is_line)
}

fn write_value(xml: &mut ToXml<'_>, value: Value<'_>, field: Value<'_>, path: &Path<'_>) -> Done {
    let Some(text) = value.as_str() else { return write_any(xml, value, path) };
    if field.get("type").and_then(Value::as_str).is_none_or(|type_| type_ != "text-multi") {
        return one(xml, &text, path);
    }
    // Each line of the text is a value; the empty text says that there is none.
    if text.is_empty() {
        return Ok(());
    }
    split(xml, text, '\n', path)
}

/// Writes the parts of a text as values; empty ones only between lines.
pub(super) fn split(xml: &mut ToXml<'_>, text: Str<'_>, separator: char, path: &Path<'_>) -> Done {
    let mut chars = text.chars();
    loop {
        let part = Until(chars.clone(), separator);
        let is_last = !chars.any(|c| c == separator);
        if separator == '\n' || !part.is_empty() {
            one(xml, &part, path)?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// The characters up to a separator.
struct Until<'j>(Chars<'j>, char);

impl Until<'_> {
    fn is_empty(&self) -> bool {
        self.0.clone().next().is_none_or(|c| c == self.1)
    }
}

impl fmt::Display for Until<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().take_while(|c| *c != self.1).try_for_each(|c| f.write_char(c))
    }
}

/// Writes the values of a field: of a scalar one, of a list any number, of `null` none.
pub(super) fn write_any(xml: &mut ToXml<'_>, value: Value<'_>, path: &Path<'_>) -> Done {
    if value.kind() != Kind::Array {
        return scalar(xml, value, path);
    }
    for (at, value) in value.items().enumerate() {
        scalar(xml, value, &path.item(at))?;
    }
    Ok(())
}

fn scalar(xml: &mut ToXml<'_>, value: Value<'_>, path: &Path<'_>) -> Done {
    match value.kind() {
        Kind::String => value.as_str().map_or(Ok(()), |text| one(xml, &text, path)),
        Kind::Bool => one(xml, &if value.as_bool() == Some(true) { "1" } else { "0" }, path),
        Kind::Number => one(xml, &value.raw(), path),
        Kind::Null => Ok(()),
        Kind::Array | Kind::Object => xml.wants(path, &"a string, boolean or number, or a list of them"),
    }
}

pub(super) fn one(xml: &mut ToXml<'_>, text: &dyn fmt::Display, path: &Path<'_>) -> Done {
    xml.start("value", DATA, path)?;
    xml.writer.text(text);
    xml.end(path)
}

fn write_values(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    if value.kind() != Kind::Array {
        return xml.wants(path, &"a list");
    }
    write_any(xml, value, path)
}

fn read_options(json: &mut ToJson<'_, '_>, name: &'static str, field: Element<'_>) -> Done {
    let has_options = field.elements().any(|child| child.is("option", DATA));
    if !has_options && !is_of_type(field, &["list-single", "list-multi"]) {
        return Ok(());
    }
    json.sink.key(name)?;
    json.list(CHOICE, field)
}

fn says_option(_: Element<'_>, child: Element<'_>) -> bool {
    child.is("option", DATA) && says(CHOICE, child)
}

fn write_options(xml: &mut ToXml<'_>, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    xml.field(CHOICE, value, object, DATA, path)
}

fn read_items(json: &mut ToJson<'_, '_>, name: &'static str, form: Element<'_>) -> Done {
    let mut items = form.elements().filter(|child| child.is("item", DATA)).peekable();
    if items.peek().is_none() {
        return Ok(());
    }
    json.sink.key(name)?;
    json.sink.open(b'[')?;
    for item in items {
        json.list(FIELD, item)?;
    }
    json.sink.close(b']')
}

fn says_item(_: Element<'_>, child: Element<'_>) -> bool {
    child.is("item", DATA)
        && has_only(child, &[], false)
        && child.elements().all(|field| field.is("field", DATA) && says(FIELD, field))
}

fn write_items(xml: &mut ToXml<'_>, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    if value.kind() != Kind::Array {
        return xml.wants(path, &"a list");
    }
    for (at, item) in value.items().enumerate() {
        let path = path.item(at);
        xml.start("item", DATA, &path)?;
        xml.field(FIELD, item, object, DATA, &path)?;
        xml.end(&path)?;
    }
    Ok(())
}
