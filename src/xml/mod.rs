//! XML as XMPP uses it (RFC 6120 section 11): framed, checked whole, read in place, written escaped.
//!
//! ```text
//! stream bytes ─ frame ─▶ one stanza ─ check ─▶ Document (a flat tape of nodes) ─▶ readers
//!                                                                   Writer ◀─ mapping, stanza
//! ```
//!
//! * [`Framer`] cuts the component stream into stanzas and looks at each byte once.
//! * [`parse`] refuses everything that is not well-formed, is forbidden in XMPP or exceeds a limit, and gives a
//!   [`Document`] whose texts are slices of the input.
//! * [`Writer`] is the only thing that makes XML: what it wrote, wrapped in one element, parses again.
//!
//! **The stanza namespace.** A stanza has no namespace of its own in the gateway: no declaration,
//! `jabber:client` and, on the stream, `jabber:component:accept` all read as the empty name [`STANZA`].

mod check;
mod copy;
mod document;
mod error;
mod frame;
mod prolog;
mod text;
mod token;
mod write;

#[cfg(test)]
mod tests;

pub use check::{Source, parse};
pub use document::{Attr, Attrs, Child, Children, Document, Element, Elements, Node};
pub use error::{Why, WriteError, XmlError};
pub use frame::{Broken, Framer, Piece};
pub use text::{Chars, Content, Pieces, Text};
pub use write::Writer;

/// The most elements open at the same time in one document.
pub const DEPTH: usize = 32;
/// The most attributes of one element; namespace declarations are not counted.
pub const ATTRIBUTES: usize = 32;
/// The most prefixes bound at the same time, shadowed ones and the stream's own included.
pub const BINDINGS: usize = 16;

/// The namespace of stanzas, however it was declared.
pub const STANZA: &str = "";
/// What [`STANZA`] is called where it has to be declared inside another namespace.
pub const CLIENT: &str = "jabber:client";
/// What [`STANZA`] is called in the header of a component's stream (XEP-0114).
pub const COMPONENT: &str = "jabber:component:accept";
/// The namespace of the stream itself and of its errors.
pub const STREAM: &str = "http://etherx.jabber.org/streams";
/// The namespace of the prefix `xml`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of the prefix `xmlns`.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Whether `name` is a name without a colon (Namespaces in XML 1.0, NCName) that every server can read: ASCII.
fn is_ncname(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}
