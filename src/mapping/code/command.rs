//! `command`: ad-hoc commands (XEP-0050).

use crate::json::{Kind, Value};
use crate::mapping::Done;
use crate::mapping::ns::COMMANDS;
use crate::mapping::objects::COMMAND_FIELDS;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Says, Scalar, Takes};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::xml::Element;

/// An object, or the name of the node alone.
pub(in crate::mapping) static COMMAND: Code = Code {
    takes: &[Takes::Object(&[COMMAND_FIELDS]), Takes::String],
    says: Says::Fields(COMMAND_FIELDS),
    read,
    write,
};

fn read(json: &mut ToJson<'_, '_>, name: &'static str, command: Element<'_>) -> Done {
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    json.members(COMMAND_FIELDS, command)?;
    json.sink.close(b'}')
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("command", COMMANDS, path)?;
    match value.kind() {
        Kind::Object => xml.members(COMMAND_FIELDS, &[], value, COMMANDS, path)?,
        Kind::String => {
            let node = xml.scalar(Scalar::String, value, path)?;
            xml.writer.attr("node", node);
        }
        _ => return xml.wants(path, &"the name of a node or an object"),
    }
    xml.end(path)
}
