//! Several stanzas in one body: an element `xmpp` around them, or an object with a list of that name (mod_rest).

use super::{Format, Given, Options, Scratch, given};
use crate::arena::Arena;
use crate::fault::Fault;
use crate::json;
use crate::stanza::Stanza;
use crate::xml::{self, STANZA};

/// The name of the element and of the key.
const NAME: &str = "xmpp";

/// Gives the stanzas of a body one after the other to `each`; false when the body is not of that form, which is then
/// one for [`super::read`]. The first stanza that cannot be read, or that `each` refuses, ends it with its fault.
pub fn several(
    format: Format,
    body: &[u8],
    options: &Options<'_>,
    scratch: Scratch<'_>,
    each: &mut dyn FnMut(&Stanza<'_>) -> Result<(), Fault>,
) -> Result<bool, Fault> {
    let Scratch { xml, json, memory } = scratch;
    let len = body.len();
    #[cfg(feature = "cbor")]
    let (format, body, memory) = {
        let mut memory = memory;
        match format {
            // What is wrong with it is said when it is read as one stanza.
            Format::Cbor => match given::json_of(body, &mut memory) {
                Ok(text) => (Format::Json, text, memory),
                Err(_) => return Ok(false),
            },
            other => (other, body, memory),
        }
    };
    let memory = memory.rest();
    match format {
        Format::Xml => {
            let Ok(document) = xml::parse(body, xml::Source::Body, xml) else { return Ok(false) };
            if !document.root().is(NAME, STANZA) {
                return Ok(false);
            }
            for element in document.root().elements() {
                each(&given::element(element, Arena::new(&mut *memory))?)?;
            }
        }
        Format::Json => {
            let Ok(value) = json::parse(body, json) else { return Ok(false) };
            let Some(list) = value.get(NAME).filter(|list| list.kind() == json::Kind::Array) else {
                return Ok(false);
            };
            for value in list.items() {
                let given = Given::default();
                let memory = Arena::new(&mut *memory);
                each(&given::from_value(value, len, false, &given, options, xml, memory)?)?;
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}
