//! What a stanza is: its kind, addresses, type, id and language, and its payload in canonical form.
//!
//! A [`Stanza`] exists only after everything in it was checked; its payload is text that our own writer made.
//! Source: RFC 6120 section 8.

mod complete;
mod error;
mod reply;
mod write;

pub use complete::{address, complete};
pub use error::{Condition, ErrorType};
pub use reply::{StanzaError, may_fail, start_answer, write_error, write_result};
pub(crate) use write::start;
pub use write::write;

/// The three kinds of stanza (RFC 6120 section 8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Pushed, not answered.
    Message,
    /// Broadcast state.
    Presence,
    /// A question that has exactly one answer.
    Iq,
}

impl Kind {
    /// The kind of that element name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "message" => Some(Self::Message),
            "presence" => Some(Self::Presence),
            "iq" => Some(Self::Iq),
            _ => None,
        }
    }

    /// The element name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Presence => "presence",
            Self::Iq => "iq",
        }
    }
}

/// A stanza on its way out: header fields as text, payload in canonical form.
///
/// The readers (XML, JSON, form, text) make one with the addresses as they were given; completing it checks and
/// prepares them. The payload is made by our writer alone: well-formed, namespaces declared where they change,
/// the stanza's own namespace undeclared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stanza<'s> {
    /// Message, presence or iq.
    pub kind: Kind,
    /// Whom it is for.
    pub to: Option<&'s str>,
    /// Who sends it.
    pub from: Option<&'s str>,
    /// Its id.
    pub id: Option<&'s str>,
    /// Its type.
    pub type_: Option<&'s str>,
    /// The language of its texts.
    pub lang: Option<&'s str>,
    /// The children, serialised.
    pub payload: &'s str,
    /// How many child elements the payload has.
    pub children: u16,
}
