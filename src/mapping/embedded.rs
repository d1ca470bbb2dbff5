//! XML inside the JSON (markup, and elements that have no key) and JSON inside the XML. It is checked and written anew
//! like all other input.

use super::ns::JSON;
use super::path::Path;
use super::to_json::{ToJson, as_str, put};
use super::to_xml::ToXml;
use super::{Done, Refused};
use crate::arena::Arena;
use crate::fault::{Fault, reason};
use crate::json::{self, Str, Value};
use crate::xml::{self, Element, Writer};

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
        copy: &mut dyn FnMut(&mut Writer<'_>, Element<'_>) -> u16,
    ) -> Done<u16> {
        let Ok(text) = Arena::new(self.text).text(format_args!("{before}{text}{after}")) else {
            return self.refuse(&reason::STANZA_TOO_LARGE, format_args!("{path} is too long"));
        };
        let count = match xml::parse(text.as_bytes(), xml::Source::Body, self.nodes) {
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

impl ToJson<'_, '_> {
    /// The JSON that is the text of an element; tells whether there is a text.
    ///
    /// What is not JSON makes a stanza unreadable, as with mod_rest, where it is all that the stanza is about:
    /// [`ToJson::tolerant`] says where it is not. There it is given as the text that it is.
    pub(super) fn json(&mut self, key: Option<&'static str>, element: Element<'_>) -> Done<bool> {
        let tolerant = self.tolerant || element.ns() == JSON;
        let Some(text) = element.only_text() else {
            if tolerant {
                return Ok(false);
            }
            return self.refuse(format_args!("<{}> holds elements instead of JSON", element.name()));
        };
        self.key(key)?;
        let n = put(self.sink.spare(), &text)?;
        let Self { sink, tape, fault, .. } = self;
        sink.with_spare(n, &mut |sink, text| match json::parse(text, tape) {
            Ok(value) => sink.value(&value),
            Err(_) if tolerant => sink.string(&as_str(text)),
            Err(error) => {
                *fault = Some(Fault::with(
                    &reason::PEER_STANZA,
                    format_args!("<{}> does not hold JSON: {error}", element.name()),
                ));
                Err(Refused)
            }
        })?;
        Ok(true)
    }

    /// The children of an element as XML.
    pub(super) fn inner_xml(&mut self, element: Element<'_>) -> Done {
        self.xml_string(&mut |writer| {
            for child in element.elements() {
                writer.copy(child);
            }
        })
    }

    /// What the writer is given to write, as a string.
    pub(super) fn xml_string(&mut self, write: &mut dyn FnMut(&mut Writer<'_>)) -> Done {
        let mut writer = Writer::new(self.sink.spare());
        write(&mut writer);
        let n = writer.finish().map_err(|_| Refused)?;
        self.sink.with_spare(n, &mut |sink, text| sink.string(&as_str(text)))
    }

    /// The children that have no key.
    pub(super) fn unmapped(&mut self, parent: Element<'_>, is_mapped: &dyn Fn(Element<'_>) -> bool) -> Done {
        self.elements(XML, parent, &|child| !is_mapped(child))
    }

    /// A key for these children as they are.
    pub(super) fn elements(
        &mut self,
        key: &'static str,
        parent: Element<'_>,
        is_it: &dyn Fn(Element<'_>) -> bool,
    ) -> Done {
        self.sink.key(key)?;
        self.sink.open(b'[')?;
        for child in parent.elements().filter(|child| is_it(*child)) {
            self.xml_string(&mut |writer| {
                writer.copy(child);
            })?;
        }
        self.sink.close(b']')
    }
}
