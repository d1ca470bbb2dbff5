//! Why a text is not JSON, and where.

use core::fmt;

/// What is wrong, in the order in which a reader meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The text is larger than positions can count (4 GiB).
    TooLong,
    /// The bytes are not UTF-8 (RFC 8259 section 8.1).
    Encoding,
    /// The text begins with a byte order mark (RFC 8259 section 8.1).
    Mark,
    /// No value where one must be.
    Value,
    /// No key in double quotes where one must be.
    Key,
    /// No colon after a key.
    Colon,
    /// Neither a comma nor the end of the array.
    ArrayEnd,
    /// Neither a comma nor the end of the object.
    ObjectEnd,
    /// The text ends within a value.
    Unfinished,
    /// Something follows the value.
    Trailing,
    /// A number that is not of RFC 8259's form.
    Number,
    /// A control character stands in a string as it is.
    Control,
    /// A backslash with something else than an escape.
    Escape,
    /// Half of a surrogate pair, which no text can hold.
    Surrogate,
    /// Nested deeper than [`DEPTH`](super::DEPTH).
    TooDeep,
    /// An object with more than [`MEMBERS`](super::MEMBERS) members.
    TooManyMembers,
    /// More values than the lent tape has nodes.
    TooManyNodes,
}

impl Flaw {
    /// Whether a limit was hit; otherwise the text is not JSON at all.
    pub const fn is_limit(self) -> bool {
        matches!(self, Self::TooLong | Self::TooDeep | Self::TooManyMembers | Self::TooManyNodes)
    }

    const fn text(self) -> &'static str {
        match self {
            Self::TooLong => "the text is too long",
            Self::Encoding => "the text is not UTF-8",
            Self::Mark => "the text must not begin with a byte order mark",
            Self::Value => "a value is expected here",
            Self::Key => "a key in double quotes is expected here",
            Self::Colon => "a colon is expected after the key",
            Self::ArrayEnd => "a comma or the end of the array is expected here",
            Self::ObjectEnd => "a comma or the end of the object is expected here",
            Self::Unfinished => "the text ends too early",
            Self::Trailing => "nothing may follow the value",
            Self::Number => "the number is malformed",
            Self::Control => "a control character in a string must be escaped",
            Self::Escape => "there is no such escape",
            Self::Surrogate => "an escaped surrogate lacks its other half",
            Self::TooDeep => "the values are nested too deep",
            Self::TooManyMembers => "an object has too many members",
            Self::TooManyNodes => "there are too many values",
        }
    }
}

/// A flaw and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub flaw: Flaw,
    /// The offset in bytes at which it shows, counted from 0.
    pub at: usize,
    /// The line of that place, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
}

impl JsonError {
    pub(super) fn new(flaw: Flaw, bytes: &[u8], at: usize) -> Self {
        let before = &bytes[..at.min(bytes.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        // Continuation bytes of UTF-8 are no characters of their own.
        let column = before[start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        Self { flaw, at, line, column }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JSON, line {}, column {}: {}", self.line, self.column, self.flaw.text())
    }
}

impl core::error::Error for JsonError {}
