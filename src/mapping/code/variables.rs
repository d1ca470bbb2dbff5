//! Forms without ceremony: a variable is a key, its value the value (`formdata`, `data`, `extensions`).

use crate::json::{Kind, Value};
use crate::mapping::Done;
use crate::mapping::ns::DATA;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Says, Takes};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::xml::Element;

use super::form::{Lines, SCALARS, is_of_type, list, one, values, write_any};
use super::ignore;

/// A form of a stanza. It is read only where mod_rest reads it: from elements that are no `<x>`.
pub(in crate::mapping) static FORM_DATA: Code = Code { takes: &[VARIABLES], says: Says::Part, read, write };
/// The form of a command, only for writing.
pub(in crate::mapping) static COMMAND_DATA: Code =
    Code { takes: &[VARIABLES], says: Says::Part, read: ignore, write: write_command };

/// Variables and their values.
pub(super) const VARIABLES: Takes =
    Takes::Map(&[Takes::String, Takes::Boolean, Takes::Number, Takes::Null, Takes::List(SCALARS)]);

/// The name of the field that says what a form is for (XEP-0068).
pub(super) const FORM_TYPE: &str = "FORM_TYPE";

fn read(json: &mut ToJson<'_, '_>, name: &'static str, form: Element<'_>) -> Done {
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    read_variables(json, form, &[])?;
    json.sink.close(b'}')
}

/// The fields as members; those without a name, and those named in `but`, are left out.
pub(super) fn read_variables(json: &mut ToJson<'_, '_>, form: Element<'_>, but: &[&str]) -> Done {
    for field in form.elements().filter(|child| child.is("field", DATA)) {
        let Some(var) = field.attr("var").filter(|var| !but.iter().any(|name| *var == **name)) else {
            continue;
        };
        let mut texts = values(field);
        let (first, has_more) = (texts.next(), texts.next().is_some());
        // Addresses are a list only when there are several: of one mod_rest makes a string.
        if (is_of_type(field, &["jid-multi"]) && has_more)
            || is_of_type(field, &["list-multi"])
            || field.attr("type").is_none()
            || is_of_type(field, &["list-single"])
        {
            list(json, &var, field)?;
            continue;
        }
        json.sink.made_key(&var)?;
        if is_of_type(field, &["text-multi"]) {
            json.sink.string(&Lines(field))?;
        } else if is_of_type(field, &["boolean"]) {
            json.sink.boolean(first.is_some_and(|value| value == "1" || value == "true"))?;
        } else {
            match first {
                Some(value) => json.sink.string(&value)?,
                None => json.sink.null()?,
            }
        }
    }
    Ok(())
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    write_form(xml, value, "submit", path)
}

/// Who executes a command submits the form, who answers gives a result.
fn write_command(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    let type_ = if xml.set { "submit" } else { "result" };
    write_form(xml, value, type_, path)
}

fn write_form(xml: &mut ToXml<'_>, value: Value<'_>, type_: &str, path: &Path<'_>) -> Done {
    if value.kind() != Kind::Object {
        return xml.wants(path, &"an object");
    }
    xml.start("x", DATA, path)?;
    xml.writer.attr("type", type_);
    if let Some(form_type) = value.get(FORM_TYPE) {
        write_form_type(xml, form_type, &path.key(FORM_TYPE))?;
    }
    write_variables(xml, value, path)?;
    xml.end(path)
}

/// The hidden field of the form's purpose.
pub(super) fn write_form_type(xml: &mut ToXml<'_>, value: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("field", DATA, path)?;
    xml.writer.attr("var", FORM_TYPE).attr("type", "hidden");
    write_any(xml, value, path)?;
    xml.end(path)
}

/// The same, of a name.
pub(super) fn write_form_type_named(
    xml: &mut ToXml<'_>,
    name: crate::json::Str<'_>,
    path: &Path<'_>,
) -> Done {
    xml.start("field", DATA, path)?;
    xml.writer.attr("var", FORM_TYPE).attr("type", "hidden");
    one(xml, &name, path)?;
    xml.end(path)
}

/// The members as fields, all but the purpose.
pub(super) fn write_variables(xml: &mut ToXml<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    for (var, value) in object.entries().filter(|(var, _)| *var != FORM_TYPE) {
        let path = path.member(var);
        xml.start("field", DATA, &path)?;
        xml.writer.attr("var", var);
        write_any(xml, value, &path)?;
        xml.end(&path)?;
    }
    Ok(())
}
