//! Between stanzas and what a caller writes: XML, JSON, forms, plain text.

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A stanza as it is.
    Xml,
    /// The JSON mapping.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// The body text alone.
    Text,
}
