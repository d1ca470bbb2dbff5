//! JSON: a strict reader over borrowed text, and the few adapters that its writing needs.
//!
//! [`parse`] checks a whole text against RFC 8259 in one pass and leaves a tape of [`Node`]s in lent memory;
//! [`Value`] and [`Str`] are views of it. Strings stay escaped where they are and are decoded as they are read.
//! What is written goes through serde-json-core, with the adapters in [`mod@write`].
//!
//! Refused, though some readers take it: a byte order mark, comments, NaN, raw control characters in strings,
//! half a surrogate pair, anything after the value, nesting beyond [`DEPTH`].

mod error;
mod number;
mod read;
mod string;
mod value;
pub mod write;

pub use error::{Flaw, JsonError};
pub use number::{NotInteger, Number};
pub use read::{DEPTH, MEMBERS, parse};
pub use string::{Chars, Str};
pub use value::{Entries, Items, Kind, Node, Value};

#[cfg(test)]
mod tests;
