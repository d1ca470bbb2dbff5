//! Why CBOR cannot be taken, and where.

use core::fmt;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The bytes end within an item.
    Unfinished,
    /// Something follows the item.
    Trailing,
    /// A byte that begins nothing, or a break where none may be (RFC 8949 appendix F).
    Malformed,
    /// A text that is not UTF-8, or whose pieces are no texts.
    Text,
    /// A key that is no text.
    Key,
    /// A byte string.
    Bytes,
    /// A tag, such as that of a bignum or a date.
    Tag,
    /// Undefined, or a simple value without a meaning.
    Simple,
    /// NaN or an infinity.
    NotFinite,
    /// Nested deeper than [`DEPTH`](super::DEPTH).
    TooDeep,
    /// More than the lent memory holds as JSON.
    TooLarge,
}

impl Flaw {
    /// Whether the bytes are good CBOR of something that JSON cannot say.
    pub const fn is_about_a_value(self) -> bool {
        matches!(self, Self::Key | Self::Bytes | Self::Tag | Self::Simple | Self::NotFinite)
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Unfinished => "the bytes end too early",
            Self::Trailing => "nothing may follow the value",
            Self::Malformed => "this byte cannot stand here",
            Self::Text => "the text is not UTF-8, or not in pieces of text",
            Self::Key => "the key of a map must be a text",
            Self::Bytes => "a byte string has no meaning here; base64 in a text has",
            Self::Tag => "a tag has no meaning here",
            Self::Simple => "only true, false and null have a meaning here",
            Self::NotFinite => "a number must be finite",
            Self::TooDeep => "the values are nested too deep",
            Self::TooLarge => "there is too much",
        }
    }
}

/// A flaw and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CborError {
    /// What is wrong.
    pub flaw: Flaw,
    /// The offset in bytes of the item, counted from 0.
    pub at: usize,
}

impl fmt::Display for CborError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CBOR, byte {}: {}", self.at, self.flaw.text())
    }
}

impl core::error::Error for CborError {}
