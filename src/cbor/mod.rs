//! CBOR (RFC 8949) beside JSON: a body becomes JSON text before it is read, an answer becomes CBOR after it is written.
//!
//! So the mapping has one reader and one writer, with their checks and bounds, and CBOR is two short passes over
//! lent memory, without recursion. Items are taken apart and put together by minicbor, which brings no crate with it.
//!
//! Read is what JSON can say: maps whose keys are texts, arrays, texts, integers, finite numbers of all three widths,
//! true, false, null, each of known or unknown length. Refused by name are byte strings, bignums and other tags, which
//! mean something that JSON has no word for; undefined and other simple values; NaN and infinities; and, as in JSON,
//! nesting beyond [`DEPTH`]. The tag that says "this is CBOR" (section 3.4.6) may stand in front. Of a repeated key the
//! last counts.

mod error;
mod read;
mod write;

pub use crate::json::DEPTH;
pub use error::{CborError, Flaw};
pub use read::to_json;
pub use write::from_json;

#[cfg(test)]
mod tests;
