//! JSON as the text of an element: compact, and without characters that XML cannot carry.

use core::fmt::{self, Write as _};

use crate::json::{self, Str, Value};

/// A value as compact JSON text.
pub(super) struct Compact<'j>(pub Value<'j>);

impl fmt::Display for Compact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As deep as the JSON is: the reader bounds that.
        match self.0.kind() {
            json::Kind::String => self.0.as_str().map_or(Ok(()), |text| quoted(f, text)),
            json::Kind::Array => {
                f.write_str("[")?;
                for (at, item) in self.0.items().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    Compact(item).fmt(f)?;
                }
                f.write_str("]")
            }
            json::Kind::Object => {
                f.write_str("{")?;
                for (at, (key, item)) in self.0.entries().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    quoted(f, key)?;
                    f.write_str(":")?;
                    Compact(item).fmt(f)?;
                }
                f.write_str("}")
            }
            _ => f.write_str(self.0.raw()),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: Str<'_>) -> fmt::Result {
    f.write_str("\"")?;
    text.chars().try_for_each(|c| match c {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        // Not allowed in JSON as they are, or not in XML.
        '\0'..=' ' | '\u{FFFE}' | '\u{FFFF}' if c != ' ' => write!(f, "\\u{:04x}", c as u32),
        _ => f.write_char(c),
    })?;
    f.write_str("\"")
}
