//! The key `error` (RFC 6120 section 8.3): what went wrong with a stanza.
//!
//! Beside mod_rest's keys it has those for what that one loses: the new address of `gone` and `redirect`, a
//! condition of the application, the language of the text, and the code of old servers.

use super::Done;
use super::ns::STANZAS;
use super::path::Path;
use super::shape::{At, Field, NATURAL, Scalar, Shape, attr, attr_as, field, text_in};
use super::to_json::ToJson;
use super::to_xml::ToXml;
use super::whole::{has_only, is_exact};
use crate::fault::reason;
use crate::json::{Kind, Value};
use crate::stanza::ErrorType;
use crate::xml::{self, Element, STANZA};

/// All keys; those for attributes of the element come first.
pub(super) const KEYS: &[Field] = &[
    attr("type"),
    attr("by"),
    attr_as("code", NATURAL),
    field("condition", At::Child("", STANZAS), Shape::Name(&[])),
    field("uri", At::Child("", STANZAS), Shape::Text(Scalar::String)),
    text_in("text", STANZAS),
    field("lang", At::Child("text", STANZAS), Shape::Lang),
    field("application", At::Here, Shape::Xml),
];
const ATTRIBUTES: &[Field] = KEYS.split_at(3).0;

/// Writes the key for a stanza of type `error`.
pub(super) fn read(json: &mut ToJson<'_, '_>, stanza: Element<'_>) -> Done {
    json.sink.key("error")?;
    json.sink.open(b'{')?;
    if let Some(error) = stanza.child("error", STANZA) {
        json.fields(ATTRIBUTES, error)?;
        let defined = |child: &Element<'_>| child.ns() == *STANZAS && child.name() != "text";
        let condition = error.elements().find(defined);
        json.sink.key("condition")?;
        json.sink.string(&condition.map_or("undefined-condition", Element::name))?;
        if let Some(uri) = condition.and_then(Element::only_text).filter(|uri| !uri.is_empty()) {
            json.sink.key("uri")?;
            json.sink.string(&uri)?;
        }
        if let Some(text) = error.child("text", STANZAS) {
            if let Some(words) = text.only_text() {
                json.sink.key("text")?;
                json.sink.string(&words)?;
            }
            if let Some(lang) = text.lang() {
                json.sink.key("lang")?;
                json.sink.string(&lang)?;
            }
        }
        let mut own = error.elements().filter(|child| child.ns() != *STANZAS).peekable();
        if own.peek().is_some() {
            json.sink.key("application")?;
            json.xml_string(&mut |writer| {
                for condition in own.clone() {
                    writer.copy(condition);
                }
            })?;
        }
    }
    json.sink.close(b'}')
}

/// Whether the key says all of the element.
pub(super) fn says_all(stanza: Element<'_>, error: Element<'_>) -> bool {
    let is_sender = |by| stanza.attr("from").is_some_and(|from| from == by);
    let named = |is_text: bool| {
        let is_it = move |child: &Element<'_>| child.ns() == *STANZAS && (child.name() == "text") == is_text;
        error.elements().filter(is_it)
    };
    let has_type =
        error.attr("type").is_some_and(|type_| ErrorType::ALL.iter().any(|known| type_ == known.name()));
    has_only(error, &["type", "by", "code"], false)
        && error.attr("code").is_none_or(|code| is_exact(NATURAL, &code))
        && error.attr("by").is_none_or(|by| !is_sender(by))
        && (has_type || error.attr("type").is_none())
        && named(false).count() == 1
        && named(false).all(|condition| has_only(condition, &[], true) && condition.only_text().is_some())
        && named(true).count() <= 1
        && named(true).all(|text| {
            text.only_text().is_some() && text.attrs().all(|attr| attr.ns == *xml::XML && attr.name == "lang")
        })
}

/// Writes the element for the key; `from` is the sender of the stanza.
pub(super) fn write(xml: &mut ToXml<'_>, error: Value<'_>, from: Option<&str>) -> Done {
    let path = Path::new("error");
    if error.kind() != Kind::Object {
        return xml.wants(&path, &"an object");
    }
    if xml.options.strict
        && let Some((key, _)) = error.entries().find(|(key, _)| !KEYS.iter().any(|known| *key == *known.name))
    {
        let path = path.member(key);
        return xml.refuse(&reason::UNKNOWN_KEY, format_args!("{path} is not a key of an error"));
    }
    xml.start("error", STANZA, &path)?;
    for field in ATTRIBUTES {
        let Some(value) = error.get(field.name) else { continue };
        let path = path.key(field.name);
        let text = value.as_str();
        // Who sends it needs not be named again.
        if field.name == "by" && from.is_some_and(|from| text.is_some_and(|text| text == from)) {
            continue;
        }
        if field.name == "type"
            && !ErrorType::ALL.iter().any(|type_| text.is_some_and(|text| text == type_.name()))
        {
            return xml.wants(&path, &"one of auth, cancel, continue, modify, wait");
        }
        xml.field(field, value, error, STANZA, &path)?;
    }
    condition(xml, error, &path)?;
    if let Some(text) = error.get("text") {
        let error_path = path;
        let path = error_path.key("text");
        let words = xml.scalar(Scalar::String, text, &path)?;
        xml.start("text", STANZAS, &path)?;
        if let Some(lang) = error.get("lang") {
            let lang = xml.scalar(Scalar::String, lang, &error_path.key("lang"))?;
            xml.writer.attr("xml:lang", lang);
        }
        xml.writer.text(words);
        xml.end(&path)?;
    }
    if let Some(application) = error.get("application") {
        xml.xml(application, &path.key("application"))?;
    }
    xml.end(&path)
}

fn condition(xml: &mut ToXml<'_>, error: Value<'_>, path: &Path<'_>) -> Done {
    let named = path.key("condition");
    let Some(condition) = error.get("condition").and_then(Value::as_str) else {
        return xml.wants(&named, &"the name of a condition");
    };
    let mut name = heapless::String::<64>::new();
    if core::fmt::write(&mut name, format_args!("{condition}")).is_err() {
        return xml.wants(&named, &"the name of a condition");
    }
    xml.start(&name, STANZAS, &named)?;
    if let Some(uri) = error.get("uri") {
        let path = path.key("uri");
        let uri = xml.scalar(Scalar::String, uri, &path)?;
        xml.writer.text(uri);
        xml.check(&path)?;
    }
    xml.end(&named)
}

/// The form of before RFC 3920: a code and the body as text, for a stanza of type `error` without the key.
pub(super) fn write_legacy(xml: &mut ToXml<'_>, object: Value<'_>) -> Done {
    let path = Path::new("error_code");
    xml.start("error", STANZA, &path)?;
    if let Some(code) = object.get("error_code") {
        match (code.as_number(), code.as_str()) {
            (Some(_), _) => match code.as_integer() {
                Some(code) => xml.writer.attr("code", code),
                None => return xml.wants(&path, &"an integer"),
            },
            (None, Some(code)) => xml.writer.attr("code", code),
            (None, None) => return xml.wants(&path, &"an integer"),
        };
        xml.check(&path)?;
    }
    if let Some(body) = object.get("body").and_then(Value::as_str) {
        xml.writer.text(body);
        xml.check(&Path::new("body"))?;
    }
    xml.end(&path)
}
