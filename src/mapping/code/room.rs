//! `join`: mod_rest's older word for entering a room (XEP-0045 section 7.2).

use super::ignore;
use crate::json::Value;
use crate::mapping::Done;
use crate::mapping::ns::MUC;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Says, Takes};
use crate::mapping::to_xml::ToXml;

/// `true` is the same as `"muc": {}`; only for writing.
pub(in crate::mapping) static JOIN: Code =
    Code { takes: &[Takes::Boolean], says: Says::Part, read: ignore, write };

fn write(xml: &mut ToXml<'_>, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    if xml.truth(value, path)? && object.get("muc").is_none() {
        xml.start("x", MUC, path)?;
        xml.end(path)?;
    }
    Ok(())
}
