//! `archive` of an iq: a question to an archive (XEP-0313 section 4), with mod_rest's short keys for the filter.

use crate::json::{Kind, Value};
use crate::mapping::Done;
use crate::mapping::ns::{DATA, MAM, RSM};
use crate::mapping::objects::{ARCHIVE, SHORT_FILTER, SHORT_PAGE};
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Field, Says, Scalar, Shape, Takes};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::xml::Element;

use super::form::{one, split};
use super::ignore;

pub(in crate::mapping) static ARCHIVE_QUERY: Code = Code {
    takes: &[Takes::Object(&[ARCHIVE, &SHORT_FILTER, SHORT_PAGE])],
    says: Says::Fields(ARCHIVE),
    read,
    write,
};
/// Ids of messages, only for writing.
pub(in crate::mapping) static ARCHIVE_IDS: Code = Code {
    takes: &[Takes::List(&[Takes::String]), Takes::String],
    says: Says::Part,
    read: ignore,
    write: write_ids,
};

fn read(json: &mut ToJson<'_, '_>, name: &'static str, query: Element<'_>) -> Done {
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    json.members(ARCHIVE, query)?;
    json.sink.close(b'}')
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("query", MAM, path)?;
    if value.kind() == Kind::Object {
        let is_short = |fields: &[Field]| {
            xml.set
                && value.get("form").is_none()
                && fields.iter().any(|field| value.get(field.name).is_some())
        };
        let (has_filter, has_page) = (is_short(&SHORT_FILTER), is_short(SHORT_PAGE));
        let (attributes, children) = ARCHIVE.split_at(2);
        xml.fields(attributes, &[children, &SHORT_FILTER, SHORT_PAGE], value, MAM, path)?;
        if has_filter {
            filter(xml, value, path)?;
        }
        if has_page {
            xml.start("set", RSM, path)?;
            xml.fields(SHORT_PAGE, &[ARCHIVE, &SHORT_FILTER], value, RSM, path)?;
            xml.end(path)?;
        }
        // The short keys win over `page`, as with mod_rest.
        let (rest, page) = children.split_at(children.len() - usize::from(has_page));
        xml.members(rest, &[attributes, page, &SHORT_FILTER, SHORT_PAGE], value, MAM, path)?;
    } else if !xml.is_true(value) {
        return xml.wants(path, &"an object");
    }
    xml.end(path)
}

/// The form of a filter; all its fields are there once one is given.
fn filter(xml: &mut ToXml<'_>, query: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("x", DATA, path)?;
    xml.writer.attr("type", "submit");
    xml.start("field", DATA, path)?;
    xml.writer.attr("var", "FORM_TYPE").element("value", DATA, MAM);
    xml.end(path)?;
    for field in &SHORT_FILTER {
        let path = path.key(field.name);
        xml.start("field", DATA, &path)?;
        xml.writer.attr("var", field.name);
        match (query.get(field.name), &field.shape) {
            (None, _) => {}
            (Some(value), Shape::Code(code)) => (code.write)(xml, value, query, &path)?,
            (Some(value), _) => {
                let text = xml.scalar(Scalar::String, value, &path)?;
                one(xml, &text, &path)?;
            }
        }
        xml.end(&path)?;
    }
    xml.end(path)
}

/// A list, or a text with commas between.
fn write_ids(xml: &mut ToXml<'_>, ids: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    for (at, id) in ids.items().enumerate() {
        let path = path.item(at);
        let text = xml.scalar(Scalar::String, id, &path)?;
        one(xml, &text, &path)?;
    }
    if ids.kind() == Kind::Array {
        return Ok(());
    }
    let Some(text) = ids.as_str() else { return xml.wants(path, &"a list of strings") };
    split(xml, text, ',', path)
}
