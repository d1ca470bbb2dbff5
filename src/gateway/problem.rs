//! What went wrong, as `application/problem+json` (RFC 9457), for the versioned routes.
//!
//! Beside the members of the standard there are `condition` and `error_type`, which are those of XMPP (RFC 6120
//! section 8.3), and `source`: who says so, the gateway or the address that answered the iq.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::buffer::Full;
use crate::fault::Fault;
use crate::http::reason_phrase;
use crate::json::write::{Text, to_slice};
use crate::stanza::Condition;
use crate::xml::{Element, STANZA};

use super::status::http_status;

/// The namespace of conditions and texts (RFC 6120 section 8.3.3).
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Writes a refusal of the gateway.
pub(super) fn refusal(fault: &Fault, out: &mut [u8]) -> Result<usize, Full> {
    let reason = fault.reason;
    to_slice(
        &Problem {
            status: reason.status,
            detail: Some(fault.text()),
            condition: reason.condition,
            error_type: Some(reason.error_type.name()),
            source: Some("gateway"),
        },
        out,
    )
}

/// Whether it is an error; then the status that says so.
pub(super) fn status_of(iq: Element<'_>) -> Option<u16> {
    let is_error = iq.attr("type").is_some_and(|type_| type_ == *"error");
    is_error.then(|| http_status(defined(iq)))
}

/// Writes the error that somebody answered.
pub(super) fn answered(iq: Element<'_>, out: &mut [u8]) -> Result<usize, Full> {
    let error = iq.child("error", STANZA);
    let condition = defined(iq);
    let attribute = |name| error.and_then(|error| error.attr(name));
    to_slice(
        &Problem {
            status: http_status(condition),
            detail: error
                .and_then(|error| error.child("text", STANZAS))
                .and_then(Element::only_text)
                .map(Text),
            condition: condition.name(),
            error_type: attribute("type").map(Text),
            source: attribute("by").or_else(|| iq.attr("from")).map(Text),
        },
        out,
    )
}

/// The defined condition of an error stanza.
fn defined(stanza: Element<'_>) -> Condition {
    let error = stanza.child("error", STANZA);
    error
        .and_then(|error| error.elements().filter(|child| child.ns() == *STANZAS).find_map(named))
        .unwrap_or(Condition::UndefinedCondition)
}

fn named(child: Element<'_>) -> Option<Condition> {
    Condition::from_name(child.name())
}

struct Problem<D, T, S> {
    status: u16,
    detail: Option<D>,
    condition: &'static str,
    error_type: Option<T>,
    source: Option<S>,
}

impl<D: Serialize, T: Serialize, S: Serialize> Serialize for Problem<D, T, S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("type", "about:blank")?;
        object.serialize_entry("title", reason_phrase(self.status))?;
        object.serialize_entry("status", &self.status)?;
        if let Some(detail) = &self.detail {
            object.serialize_entry("detail", detail)?;
        }
        object.serialize_entry("condition", self.condition)?;
        if let Some(error_type) = &self.error_type {
            object.serialize_entry("error_type", error_type)?;
        }
        if let Some(source) = &self.source {
            object.serialize_entry("source", source)?;
        }
        object.end()
    }
}
