//! Why a document was refused, and where.

use core::fmt;

use crate::fault::{Fault, reason};

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
