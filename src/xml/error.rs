//! Why a document was refused, and where; why something could not be written.

use core::fmt;

use crate::fault::{Fault, reason};

use super::{ATTRIBUTES, DEPTH};

/// A refused document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// What is wrong.
    pub why: Why,
    /// Where, in bytes from the start; for a token that cannot be read, where it begins.
    pub at: usize,
}

macro_rules! whys {
    ($($name:ident $condition:literal $text:literal;)*) => {
        /// What is wrong with a document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Why {
            $(#[doc = $text] $name,)*
        }

        impl Why {
            /// The stream error condition (RFC 6120 section 4.9.3) for a peer that sent it.
            pub const fn condition(self) -> &'static str {
                match self { $(Self::$name => $condition,)* }
            }

            const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

whys! {
    Utf8 "unsupported-encoding" "not UTF-8";
    Encoding "unsupported-encoding" "the XML declaration names another encoding than UTF-8";
    Declaration "not-well-formed" "a malformed or misplaced XML declaration";
    Syntax "not-well-formed" "not XML";
    Empty "not-well-formed" "no element";
    Outside "not-well-formed" "text outside the root element";
    SecondRoot "not-well-formed" "a second root element";
    Unclosed "not-well-formed" "an element is not closed";
    Mismatch "not-well-formed" "a closing tag does not match the open element";
    Name "not-well-formed" "a name with characters that names cannot have";
    ForeignName "not-well-formed" "a name with characters beyond ASCII, which not every server can read";
    Character "not-well-formed" "a character that XML does not allow";
    SectionEnd "not-well-formed" "']]>' in text";
    Reference "not-well-formed" "an undefined entity, a malformed reference or a bare '&'";
    DuplicateAttribute "not-well-formed" "an attribute is given twice";
    UnboundPrefix "not-well-formed" "a prefix without a namespace";
    Reserved "not-well-formed" "'xml' or 'xmlns' or one of their namespaces is bound wrongly";
    EmptyPrefix "not-well-formed" "a prefix is bound to the empty namespace";
    Comment "restricted-xml" "a comment, which XMPP does not allow";
    Instruction "restricted-xml" "a processing instruction, which XMPP does not allow";
    Doctype "restricted-xml" "a document type declaration, which XMPP does not allow";
    TooDeep "policy-violation" "more than 32 elements inside each other";
    TooManyAttributes "policy-violation" "more than 32 attributes on one element";
    TooManyPrefixes "policy-violation" "more than 16 prefixes bound at the same time";
    TooManyNodes "policy-violation" "more elements, attributes and texts than the limit";
    TooLong "policy-violation" "16 MiB or more, or a name of 64 KiB or more";
}

impl Why {
    /// Whether the document may be right and only exceeds a limit: its stream can go on.
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::TooDeep
                | Self::TooManyAttributes
                | Self::TooManyPrefixes
                | Self::TooManyNodes
                | Self::TooLong
        )
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.why.text(), self.at)
    }
}

impl core::error::Error for XmlError {}

/// For a caller's document.
impl From<XmlError> for Fault {
    fn from(error: XmlError) -> Self {
        let reason = if error.why.is_limit() { &reason::TOO_COMPLEX } else { &reason::NOT_WELL_FORMED };
        Self::with(reason, format_args!("{error}"))
    }
}

/// Why something could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The output is longer than the memory lent for it.
    Full,
    /// A character that XML does not allow, not even escaped.
    Forbidden(char),
    /// Not a name.
    Name,
    /// A namespace that cannot be declared.
    Namespace,
    /// An attribute is given twice.
    Duplicate,
    /// More attributes on an element than [`ATTRIBUTES`].
    Attributes,
    /// More elements inside each other than [`DEPTH`].
    Depth,
    /// An attribute after content, an end too many or too few.
    Order,
    /// A value gave up displaying itself.
    Value,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("longer than the memory for it"),
            Self::Forbidden(c) => write!(f, "U+{:04X} is not allowed in XML", *c as u32),
            Self::Name => f.write_str("not a name"),
            Self::Namespace => f.write_str("a namespace that cannot be declared"),
            Self::Duplicate => f.write_str("an attribute is given twice"),
            Self::Attributes => write!(f, "more than {ATTRIBUTES} attributes on one element"),
            Self::Depth => write!(f, "more than {DEPTH} elements inside each other"),
            Self::Order => f.write_str("start, attribute and end in the wrong order"),
            Self::Value => f.write_str("a value that cannot be displayed"),
        }
    }
}

impl core::error::Error for WriteError {}

/// For a stanza that a caller wants sent.
impl From<WriteError> for Fault {
    fn from(error: WriteError) -> Self {
        let reason = match error {
            WriteError::Full => &reason::STANZA_TOO_LARGE,
            WriteError::Attributes | WriteError::Depth => &reason::TOO_COMPLEX,
            WriteError::Forbidden(_) | WriteError::Name | WriteError::Namespace => &reason::KEY_VALUE,
            WriteError::Duplicate | WriteError::Order | WriteError::Value => &reason::INTERNAL,
        };
        Self::with(reason, format_args!("{error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_document_is_malformed_or_too_complex() {
        let fault = Fault::from(XmlError { why: Why::Comment, at: 7 });
        assert_eq!(fault.reason.name, "NOT_WELL_FORMED");
        assert_eq!(fault.text(), "a comment, which XMPP does not allow (at byte 7)");
        assert_eq!(Fault::from(XmlError { why: Why::TooDeep, at: 0 }).reason.name, "TOO_COMPLEX");
    }
}
