//! `archive` of an iq: a question to an archive (XEP-0313 section 4), with mod_rest's short keys for the filter.

use crate::json::{Kind, Value};
use crate::mapping::Done;
use crate::mapping::ns::{DATA, MAM, RSM};
use crate::mapping::objects::{ARCHIVE, SHORT_PAGE};
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Scalar};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::xml::Element;

use super::form::{one, split};

pub(in crate::mapping) static ARCHIVE_QUERY: Code = Code { json: "object", fields: ARCHIVE, read, write };

/// The short keys that become fields of a form, each of them once one is given.
const FILTER: [&str; 6] = ["with", "start", "end", "before-id", "after-id", "ids"];
const SHORT: [&str; 9] = ["with", "start", "end", "before-id", "after-id", "ids", "max", "after", "before"];

fn read(json: &mut ToJson<'_, '_>, name: &'static str, query: Element<'_>) -> Done {
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    json.members(ARCHIVE, query)?;
    json.sink.close(b'}')
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("query", MAM, path)?;
    if value.kind() == Kind::Object {
        let is_short = xml.set && value.get("form").is_none();
        xml.members(ARCHIVE, &SHORT, value, MAM, path)?;
        if is_short && FILTER.iter().any(|key| value.get(key).is_some()) {
            filter(xml, value, path)?;
        }
        if is_short
            && value.get("page").is_none()
            && SHORT_PAGE.iter().any(|field| value.get(field.name).is_some())
        {
            xml.start("set", RSM, path)?;
            for field in SHORT_PAGE {
                if let Some(part) = value.get(field.name) {
                    xml.field(field, part, value, RSM, &path.key(field.name))?;
                }
            }
            xml.end(path)?;
        }
    } else if !xml.is_true(value) {
        return xml.wants(path, &"an object");
    }
    xml.end(path)
}

fn filter(xml: &mut ToXml<'_>, query: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("x", DATA, path)?;
    xml.writer.attr("type", "submit");
    xml.start("field", DATA, path)?;
    xml.writer.attr("var", "FORM_TYPE").element("value", DATA, MAM);
    xml.end(path)?;
    for key in FILTER {
        let path = path.key(key);
        xml.start("field", DATA, &path)?;
        xml.writer.attr("var", key);
        match query.get(key) {
            None => {}
            Some(ids) if key == "ids" => write_ids(xml, ids, &path)?,
            Some(value) => {
                let text = xml.scalar(Scalar::String, value, &path)?;
                one(xml, &text, &path)?;
            }
        }
        xml.end(&path)?;
    }
    xml.end(path)
}

/// A list, or a text with commas between.
fn write_ids(xml: &mut ToXml<'_>, ids: Value<'_>, path: &Path<'_>) -> Done {
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
