//! XML inside the JSON: markup, and elements that have no key. It is checked and written anew like all other input.

use core::fmt;

use super::path::Path;
use super::to_xml::ToXml;
use super::{Done, Refused};
use crate::fault::{Fault, reason};
use crate::json::{self, Str, Value};
use crate::xml::{self, Writer};

/// The key of elements that have no key.
pub(super) const XML: &str = "xml";

impl ToXml<'_> {
    /// Children that the table does not know, as XML.
    pub(super) fn unmapped(&mut self, list: Value<'_>, path: &Path<'_>) -> Done {
        if list.kind() != json::Kind::Array {
            return self.wants(path, &"a list");
        }
        for (at, item) in list.items().enumerate() {
            let count = self.xml(item, &path.item(at))?;
            if self.writer.depth() == 0 {
                self.children = self.children.saturating_add(count);
            }
        }
        Ok(())
    }

    /// XML in a string, or in several; gives the number of elements.
    pub(super) fn xml(&mut self, value: Value<'_>, path: &Path<'_>) -> Done<u16> {
        let Some(text) = value.as_str() else { return self.wants(path, &"a string of XML") };
        self.with_xml("<x>", text, "</x>", path, &mut |writer, root| {
            for element in root.elements() {
                writer.copy(element);
            }
            root.elements().count() as u16
        })
    }

    /// Parses XML of the caller between two tags and lets it be copied.
    pub(super) fn with_xml(
        &mut self,
        before: &str,
        text: Str<'_>,
        after: &str,
        path: &Path<'_>,
        copy: &mut dyn FnMut(&mut Writer<'_>, xml::Element<'_>) -> u16,
    ) -> Done<u16> {
        let mut out = Bytes { out: self.text, len: 0 };
        if fmt::write(&mut out, format_args!("{before}{text}{after}")).is_err() {
            return self.refuse(&reason::STANZA_TOO_LARGE, format_args!("{path} is too long"));
        }
        let len = out.len;
        let count = match xml::parse(&self.text[..len], xml::Source::Body, self.nodes) {
            Ok(document) => copy(&mut self.writer, document.root()),
            Err(mut error) => {
                error.at = error.at.saturating_sub(before.len());
                let reason = if error.why.is_limit() { &reason::TOO_COMPLEX } else { &reason::KEY_VALUE };
                self.fault =
                    Some(Fault::with(reason, format_args!("{path} must be well-formed XML: {error}")));
                return Err(Refused);
            }
        };
        self.check(path)?;
        Ok(count)
    }
}

/// Text into memory.
struct Bytes<'b> {
    out: &'b mut [u8],
    len: usize,
}

impl fmt::Write for Bytes<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.out.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
