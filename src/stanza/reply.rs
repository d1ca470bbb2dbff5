//! Answers to a stanza that was received: results and errors (RFC 6120 sections 8.2.3 and 8.3).
//!
//! An answer goes back to where the stanza came from, from where it went to, with its id. An error names its
//! condition and says in words what happened; the stanza itself is not sent back with it (section 8.3.1 leaves that
//! open), so that an answer is never larger than the question.

use super::{Condition, ErrorType, Kind};
use crate::fault::{Fault, Reason};
use crate::xml::{Element, STANZA, WriteError, Writer};

/// The namespace of the conditions.
const CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// What went wrong, for the sender of a stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StanzaError<'a> {
    /// What the sender can do about it.
    pub error_type: ErrorType,
    /// What happened.
    pub condition: Condition,
    /// The same in words; may be empty.
    pub text: &'a str,
    /// The language of the words.
    pub lang: Option<&'a str>,
    /// Who found the error, if not the recipient.
    pub by: Option<&'a str>,
}

impl<'a> From<&'a Reason> for StanzaError<'a> {
    fn from(reason: &'a Reason) -> Self {
        let Reason { error_type, stanza: condition, text, .. } = *reason;
        Self { error_type, condition, text, lang: Some("en"), by: None }
    }
}

impl<'a> From<&'a Fault> for StanzaError<'a> {
    fn from(fault: &'a Fault) -> Self {
        Self { text: fault.text(), ..Self::from(fault.reason) }
    }
}

/// Whether an error may be sent for the stanza: never for an error or a result, and only to somebody.
pub fn may_fail(stanza: Element<'_>) -> bool {
    let type_ = stanza.attr("type");
    let is = |name: &str| type_.is_some_and(|type_| type_ == name);
    let answerable = match Kind::from_name(stanza.name()) {
        Some(Kind::Iq) => is("get") || is("set"),
        Some(Kind::Message | Kind::Presence) => !is("error"),
        None => false,
    };
    answerable && stanza.attr("from").is_some()
}

/// Opens the answer to `stanza` in `out`; the content and the end are the caller's.
pub fn start_answer(stanza: Element<'_>, type_: &str, out: &mut Writer<'_>) {
    out.start(stanza.name(), STANZA)
        .attr("type", type_)
        .attr_opt("id", stanza.attr("id"))
        .attr_opt("from", stanza.attr("to"))
        .attr_opt("to", stanza.attr("from"));
}

/// Writes the error that answers `stanza`; gives its length. See [`may_fail`].
pub fn write_error(
    stanza: Element<'_>,
    error: &StanzaError<'_>,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    let mut out = Writer::new(out);
    start_answer(stanza, "error", &mut out);
    out.start("error", STANZA).attr("type", error.error_type.name()).attr_opt("by", error.by);
    out.start(error.condition.name(), CONDITIONS).end();
    if !error.text.is_empty() {
        out.start("text", CONDITIONS).attr_opt("xml:lang", error.lang).text(error.text).end();
    }
    out.end().end();
    out.finish()
}

/// Writes the empty result that answers `iq`; gives its length.
pub fn write_result(iq: Element<'_>, out: &mut [u8]) -> Result<usize, WriteError> {
    let mut out = Writer::new(out);
    start_answer(iq, "result", &mut out);
    out.end();
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::reason;
    use crate::xml::{Node, Source, parse};

    fn with<T>(text: &str, use_it: impl FnOnce(Element<'_>) -> T) -> T {
        let mut nodes = [Node::default(); 16];
        use_it(parse(text.as_bytes(), Source::Stanza, &mut nodes).unwrap().root())
    }

    #[test]
    fn answers_go_back_with_the_id() {
        let iq =
            "<iq type='get' id='a&amp;b' to='x.example/&quot;' from='u@example/&apos;'><q xmlns='n'/></iq>";
        let mut out = [0; 512];
        let n = with(iq, |iq| write_result(iq, &mut out)).unwrap();
        let result = "<iq type='result' id='a&amp;b' from='x.example/\"' to='u@example/&apos;'/>";
        assert_eq!(core::str::from_utf8(&out[..n]).unwrap(), result);

        let error = StanzaError { by: Some("z.example"), ..(&reason::NO_LINK).into() };
        let n =
            with("<message from='a@b' to='c'/>", |message| write_error(message, &error, &mut out)).unwrap();
        let expected = "<message type='error' from='c' to='a@b'><error type='wait' by='z.example'>\
            <remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
            <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>\
            The gateway is not connected to its XMPP server</text></error></message>";
        assert_eq!(core::str::from_utf8(&out[..n]).unwrap(), expected);
    }

    #[test]
    fn errors_and_results_are_never_answered() {
        for (stanza, may) in [
            ("<iq type='get' from='a'/>", true),
            ("<iq type='set' from='a'/>", true),
            ("<iq type='result' from='a'/>", false),
            ("<iq type='error' from='a'/>", false),
            ("<iq from='a'/>", false),
            ("<iq type='get'/>", false),
            ("<message from='a'/>", true),
            ("<message type='chat' from='a'/>", true),
            ("<message type='error' from='a'/>", false),
            ("<presence from='a'/>", true),
            ("<presence type='error' from='a'/>", false),
            ("<other from='a'/>", false),
        ] {
            assert_eq!(with(stanza, may_fail), may, "{stanza}");
        }
    }
}
