//! `oob_url`: the URL of out-of-band data alone (XEP-0066 section 3), beside the object `oob` of messages.

use crate::json::Value;
use crate::mapping::Done;
use crate::mapping::ns::OOB_X;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Says, Scalar, Takes};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::mapping::whole::has_only;
use crate::xml::Element;

pub(in crate::mapping) static OOB_URL: Code =
    Code { takes: &[Takes::String], says: Says::Element(says_all), read, write };

fn read(json: &mut ToJson<'_, '_>, name: &'static str, element: Element<'_>) -> Done {
    match element.elements().find(|child| child.is("url", OOB_X)).and_then(Element::only_text) {
        Some(url) => {
            json.sink.key(name)?;
            json.sink.string(&url)
        }
        None => Ok(()),
    }
}

fn says_all(element: Element<'_>) -> bool {
    has_only(element, &[], false)
        && element.elements().count() == 1
        && element
            .child("url", OOB_X)
            .is_some_and(|url| has_only(url, &[], true) && url.only_text().is_some())
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    let url = xml.scalar(Scalar::String, value, path)?;
    // Reading gives both keys for one element; that must not become two.
    let in_object = object.get("oob").and_then(|oob| oob.get("url")).and_then(Value::as_str);
    if in_object.is_some() && in_object == value.as_str() {
        return Ok(());
    }
    xml.start("x", OOB_X, path)?;
    xml.writer.element("url", OOB_X, url);
    xml.end(path)
}
