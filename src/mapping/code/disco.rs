//! `disco`: what an entity is and can do (XEP-0030 section 3), with its extensions (XEP-0128).

use crate::json::{Kind, Value};
use crate::mapping::Done;
use crate::mapping::ns::{DATA, DISCO_INFO};
use crate::mapping::objects::{FEATURES, IDENTITIES};
use crate::mapping::path::Path;
use crate::mapping::shape::{At, Code, Field, Says, Scalar, Shape, Takes, attr, field};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::mapping::whole::{has_only, says};
use crate::xml::{Content, Element};

use super::form::values;
use super::variables::{FORM_TYPE, VARIABLES, read_variables, write_form_type_named, write_variables};

/// A question is `true` or the name of a node, an answer an object.
pub(in crate::mapping) static DISCO: Code = Code {
    takes: &[Takes::Object(&[FIELDS]), Takes::String, Takes::True],
    says: Says::Element(says_all),
    read,
    write,
};

static EXTENSIONS: Code = Code {
    takes: &[Takes::Map(&[VARIABLES])],
    says: Says::Part,
    read: read_extensions,
    write: write_extensions,
};

const FIELDS: &[Field] =
    &[attr("node"), *IDENTITIES, *FEATURES, field("extensions", At::Here, Shape::Code(&EXTENSIONS))];

fn read(json: &mut ToJson<'_, '_>, name: &'static str, query: Element<'_>) -> Done {
    json.sink.key(name)?;
    if query.elements().next().is_none() {
        return match query.attr("node") {
            Some(node) => json.sink.string(&node),
            None => json.sink.boolean(true),
        };
    }
    json.sink.open(b'{')?;
    if let Some(node) = query.attr("node") {
        json.sink.key("node")?;
        json.sink.string(&node)?;
    }
    json.sink.key("identities")?;
    json.list_where(IDENTITIES, query, &|identity| {
        identity.attr("category").is_some() && identity.attr("type").is_some()
    })?;
    json.sink.key("features")?;
    json.list(FEATURES, query)?;
    read_extensions(json, "extensions", query)?;
    json.sink.close(b'}')
}

fn says_all(query: Element<'_>) -> bool {
    let forms = || query.elements().filter_map(form_type);
    has_only(query, &["node"], false)
        && query.elements().all(|child| {
            if child.is("identity", DISCO_INFO) {
                child.attr("category").is_some() && child.attr("type").is_some() && says(IDENTITIES, child)
            } else if child.is("feature", DISCO_INFO) {
                child.attr("var").is_some() && says(FEATURES, child)
            } else {
                let is_it =
                    |name: &Content<'_>| form_type(child).is_some_and(|own| own.chars().eq(name.chars()));
                forms().take(MOST).filter(is_it).count() == 1 && says_form(child)
            }
        })
}

/// So many forms and variables are compared with each other; with more it is left open whether some are alike.
const MOST: usize = 32;

/// Of a form only the variables are said, not their types and labels.
fn says_form(form: Element<'_>) -> bool {
    let says_field = |field: Element<'_>| {
        let is_type = field.attr("var").is_some_and(|var| var == FORM_TYPE);
        let type_ = field.attr("type");
        let is_own = |other: &Element<'_>| other.attr("var") == field.attr("var");
        field.is("field", DATA)
            && field.attr("var").is_some()
            && has_only(field, &["var", "type"], false)
            && type_.map_or(!is_type, |type_| is_type && type_ == "hidden")
            && field.elements().all(|value| value.is("value", DATA) && has_only(value, &[], true))
            && field.elements().count() == values(field).count()
            && (!is_type || values(field).count() == 1)
            && form.elements().filter(is_own).count() == 1
    };
    has_only(form, &["type"], false)
        && form.attr("type").is_some_and(|type_| type_ == "result")
        && form.elements().nth(MOST).is_none()
        && form.elements().all(says_field)
}

/// The forms by what they are for; one that does not say so is to be ignored (XEP-0128 section 2).
fn read_extensions(json: &mut ToJson<'_, '_>, name: &'static str, query: Element<'_>) -> Done {
    let mut forms =
        query.elements().filter_map(|child| form_type(child).map(|name| (name, child))).peekable();
    if forms.peek().is_none() {
        return Ok(());
    }
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    for (form_type, form) in forms {
        json.sink.made_key(&form_type)?;
        json.sink.open(b'{')?;
        read_variables(json, form, &[FORM_TYPE])?;
        json.sink.close(b'}')?;
    }
    json.sink.close(b'}')
}

fn form_type(form: Element<'_>) -> Option<Content<'_>> {
    let is_type = |field: &Element<'_>| {
        field.is("field", DATA) && field.attr("var").is_some_and(|var| var == FORM_TYPE)
    };
    values(form.elements().filter(|_| form.is("x", DATA)).find(is_type)?).next()
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("query", DISCO_INFO, path)?;
    match value.kind() {
        Kind::Object => xml.members(FIELDS, &[], value, DISCO_INFO, path)?,
        _ if xml.is_true(value) => {}
        Kind::String => {
            let node = xml.scalar(Scalar::String, value, path)?;
            xml.writer.attr("node", node);
        }
        _ => return xml.wants(path, &"true, the name of a node or an object"),
    }
    xml.end(path)
}

fn write_extensions(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    if value.kind() != Kind::Object {
        return xml.wants(path, &"an object");
    }
    for (form_type, form) in value.entries() {
        let path = path.member(form_type);
        if form.kind() != Kind::Object {
            return xml.wants(&path, &"an object");
        }
        xml.start("x", DATA, &path)?;
        xml.writer.attr("type", "result");
        write_form_type_named(xml, form_type, &path)?;
        write_variables(xml, form, &path)?;
        xml.end(&path)?;
    }
    Ok(())
}
