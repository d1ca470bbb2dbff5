//! What went wrong, and whose fault it is.
//!
//! Every refusal of the gateway is a [`Reason`] of one table: the party at fault, the HTTP status and condition
//! that a caller sees, and the stanza error that an XMPP peer sees, so that the same trouble reads the same on
//! both sides. A [`Fault`] is a reason with the detail of the case (a key path, a limit, a position).

use core::fmt;

use heapless::String;

use crate::stanza::{Condition, ErrorType};

/// Who has to change something so that it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The HTTP client that called us.
    Caller,
    /// An XMPP entity or server.
    Peer,
    /// The HTTP endpoint that we called.
    Hook,
    /// The gateway itself, by a limit or its present state.
    Us,
    /// Whoever wrote the configuration.
    Config,
}

/// A row of the table: one kind of refusal, the same wherever it happens.
#[derive(Debug, PartialEq, Eq)]
pub struct Reason {
    /// A short name for logs and counters.
    pub name: &'static str,
    /// Who is at fault.
    pub party: Party,
    /// The HTTP status that a caller gets.
    pub status: u16,
    /// The condition in the body of the HTTP answer. mod_rest uses names of stream errors here, too.
    pub condition: &'static str,
    /// The error type, on both sides (RFC 6120 section 8.3.2).
    pub error_type: ErrorType,
    /// The stanza error condition that an XMPP peer gets (RFC 6120 section 8.3.3).
    pub stanza: Condition,
    /// What happened, in a sentence for the party at fault.
    pub text: &'static str,
    /// What mod_rest says of this, always in the same words, which its clients may look for.
    pub classic: Option<&'static str>,
}

/// The longest detail kept; a longer one ends in an ellipsis (it explains, it carries no data).
pub const DETAIL: usize = 160;

/// A reason and the particulars of this case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row of the table.
    pub reason: &'static Reason,
    /// Empty, or what makes this case clear; then it replaces the reason's text.
    pub detail: String<DETAIL>,
}

impl Fault {
    /// The reason with its own text.
    pub const fn new(reason: &'static Reason) -> Self {
        Self { reason, detail: String::new() }
    }

    /// The reason with a text for this case: `Fault::with(&reason::KEY_TYPE, format_args!(…))`.
    pub fn with(reason: &'static Reason, detail: fmt::Arguments<'_>) -> Self {
        let mut text = Ellipsis(String::new());
        // Ellipsis never refuses; a Display that does leaves what it wrote.
        let _ = fmt::write(&mut text, detail);
        Self { reason, detail: text.0 }
    }

    /// The sentence to show.
    pub fn text(&self) -> &str {
        if self.detail.is_empty() { self.reason.text } else { &self.detail }
    }

    /// The sentence to show to a client of mod_rest.
    pub fn classic(&self) -> &str {
        self.reason.classic.unwrap_or_else(|| self.text())
    }
}

impl From<&'static Reason> for Fault {
    fn from(reason: &'static Reason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.name, self.text())
    }
}

/// Writes as much as fits, then an ellipsis.
struct Ellipsis(String<DETAIL>);

impl fmt::Write for Ellipsis {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.0.len() + c.len_utf8() > DETAIL - '…'.len_utf8() {
                if !self.0.ends_with('…') {
                    let _ = self.0.push('…');
                }
                return Ok(());
            }
            let _ = self.0.push(c);
        }
        Ok(())
    }
}

macro_rules! reasons {
    ($($name:ident = $party:ident $status:literal $condition:literal $kind:ident $stanza:ident $text:literal
        $(as $classic:literal)?;)*) => {
        /// The table of reasons.
        pub mod reason {
            use super::{Condition, ErrorType, Party, Reason};
            $(
                #[doc = $text]
                pub static $name: Reason = Reason {
                    name: stringify!($name),
                    party: Party::$party,
                    status: $status,
                    condition: $condition,
                    error_type: ErrorType::$kind,
                    stanza: Condition::$stanza,
                    text: $text,
                    classic: reasons!(@classic $($classic)?),
                };
            )*
            /// Every row, for counters and documentation.
            pub static ALL: &[&Reason] = &[$(&$name),*];
        }
    };
    (@classic) => { None };
    (@classic $classic:literal) => { Some($classic) };
}

reasons! {
    // The caller's HTTP request.
    NOT_WELL_FORMED = Caller 400 "not-well-formed" Modify BadRequest "The payload is not well-formed" as "Failed to parse payload";
    INVALID_PATH = Caller 400 "not-well-formed" Modify BadRequest "The path is not of the form /rest/{kind}/{type}/{to}" as "Failed to parse payload";
    INVALID_QUERY = Caller 400 "not-well-formed" Modify BadRequest "The query string is not of the form key=value" as "Failed to parse payload";
    INVALID_OPTION = Caller 400 "not-well-formed" Modify BadRequest "A parameter of the query string must not have this value";
    NO_CREDENTIALS = Caller 401 "not-authorized" Auth NotAuthorized "No credentials provided";
    CREDENTIALS_UNUSABLE = Caller 401 "not-authorized" Auth NotAuthorized "The authorization scheme is not offered here" as "No credentials provided";
    CREDENTIALS_MALFORMED = Caller 403 "not-authorized" Auth NotAuthorized "Credentials malformed";
    CREDENTIALS_REFUSED = Caller 403 "not-authorized" Auth NotAuthorized "Credentials not accepted";
    FROM_REFUSED = Caller 403 "not-authorized" Auth Forbidden "These credentials may not send as that 'from'" as "Not authorized to send stanza with requested 'from'";
    CREDENTIALS_EXPIRED = Caller 403 "not-authorized" Auth NotAuthorized "The credentials have expired";
    TOKEN_INVALID = Caller 401 "not-authorized" Auth NotAuthorized "The token is not, or no longer, valid";
    SCOPE = Caller 403 "not-authorized" Auth Forbidden "The token is not good for this: a scope is missing";
    ADDRESS_REFUSED = Caller 403 "not-authorized" Auth Forbidden "Requests from this address are not taken";
    ORIGIN_REFUSED = Caller 403 "not-authorized" Auth Forbidden "Requests that a page of another web site makes are not taken";
    NOT_YOURS = Caller 403 "not-authorized" Auth Forbidden "These credentials may not send this";
    LOGIN_RATE = Caller 429 "policy-violation" Wait PolicyViolation "Too many logins from this address have failed";
    RATE = Caller 429 "resource-constraint" Wait ResourceConstraint "These credentials have used up their requests for the moment";
    NO_SUCH_ROUTE = Caller 404 "item-not-found" Cancel ItemNotFound "There is nothing at this path";
    METHOD = Caller 405 "not-allowed" Cancel NotAllowed "The method is not allowed here; see the Allow header";
    NOT_ACCEPTABLE = Caller 406 "not-acceptable" Modify NotAcceptable "None of the accepted formats can be made";
    BODY_TOO_LARGE = Caller 413 "resource-constraint" Modify ResourceConstraint "The body is larger than the limit" as "Payload too large";
    MEDIA_TYPE = Caller 415 "bad-format" Cancel FeatureNotImplemented "Content-Type must name a format that is taken here, such as application/json, application/xmpp+xml or text/plain" as "Unsupported media type";
    CONTENT_CODING = Caller 415 "bad-format" Cancel FeatureNotImplemented "A body with a Content-Encoding is not taken";
    NAMESPACE = Caller 422 "invalid-namespace" Modify BadRequest "'xmlns' attribute must be empty";
    UNKNOWN_KIND = Caller 422 "unsupported-stanza-type" Modify BadRequest "The stanza must be a message, presence or iq" as "Invalid stanza, must be 'message', 'presence' or 'iq'.";
    BAD_TO = Caller 422 "improper-addressing" Modify JidMalformed "The destination is no valid JID" as "Invalid destination JID";
    NO_TO = Caller 422 "improper-addressing" Modify BadRequest "The stanza needs a destination: 'to' is missing";
    BAD_FROM = Caller 422 "invalid-from" Modify JidMalformed "The source is no valid JID" as "Invalid source JID";
    IQ_TYPE = Caller 422 "invalid-xml" Modify BadRequest "'iq' stanza must be of type 'get' or 'set'";
    IQ_CHILDREN = Caller 422 "bad-format" Modify BadRequest "'iq' stanza must have exactly one child tag";
    KEY_VALUE = Caller 422 "bad-format" Modify BadRequest "A key has a value of the wrong type or out of range";
    UNKNOWN_KEY = Caller 422 "bad-format" Modify BadRequest "A key is not known";
    TOO_COMPLEX = Caller 422 "resource-constraint" Modify ResourceConstraint "The payload has more parts or depth than the limit";
    // The caller's HTTP framing (RFC 9112); the connection is closed after each of them.
    LINE_END = Caller 400 "bad-format" Modify BadRequest "Lines of the head must end in CR LF, and neither may stand alone";
    HEAD_CONTROL = Caller 400 "bad-format" Modify BadRequest "The head contains a control character";
    REQUEST_LINE = Caller 400 "bad-format" Modify BadRequest "The request line is not of the form METHOD target HTTP/1.1";
    REQUEST_TARGET = Caller 400 "bad-format" Modify BadRequest "The request target must be an absolute path or an http URI, without fragment, user and unencoded characters";
    HEADER_FIELD = Caller 400 "bad-format" Modify BadRequest "A header field is not of the form Name: value";
    HEADER_REPEATED = Caller 400 "bad-format" Modify BadRequest "A header field that may stand once stands more than once";
    HOST = Caller 400 "bad-format" Modify BadRequest "The Host header must stand exactly once and name a host";
    CONTENT_LENGTH = Caller 400 "bad-format" Modify BadRequest "Content-Length must stand at most once and be a number";
    LENGTH_AND_CODING = Caller 400 "bad-format" Modify BadRequest "Content-Length and Transfer-Encoding exclude each other";
    TRANSFER_CODING = Caller 400 "bad-format" Modify BadRequest "The only transfer coding is chunked, once, in HTTP/1.1";
    CHUNK = Caller 400 "bad-format" Modify BadRequest "The chunked body is not well-formed";
    INCOMPLETE = Caller 400 "bad-format" Modify BadRequest "The connection ended within a request";
    HEAD_TIME = Caller 408 "connection-timeout" Wait RemoteServerTimeout "The head of the request did not arrive in time";
    BODY_TIME = Caller 408 "connection-timeout" Wait RemoteServerTimeout "The body of the request did not arrive in time";
    TARGET_TOO_LONG = Caller 414 "resource-constraint" Modify ResourceConstraint "The request line is longer than the limit for the head";
    MISDIRECTED = Caller 421 "bad-format" Modify BadRequest "This connection is not encrypted, and what is asked for by https is given over TLS only";
    EXPECTATION = Caller 417 "bad-format" Modify BadRequest "The only expectation met is 100-continue";
    HEAD_TOO_LARGE = Caller 431 "resource-constraint" Modify ResourceConstraint "The head of the request is larger than the limit";
    TOO_MANY_FIELDS = Caller 431 "resource-constraint" Modify ResourceConstraint "The request has more header fields than the limit";
    CHUNK_EXTRAS = Caller 431 "resource-constraint" Modify ResourceConstraint "Chunk extensions and trailer fields are larger than the limit";
    TRANSFER_UNKNOWN = Caller 501 "feature-not-implemented" Cancel FeatureNotImplemented "Only the transfer coding chunked is known here";
    METHOD_UNKNOWN = Caller 501 "feature-not-implemented" Cancel FeatureNotImplemented "The method is not implemented here";
    HTTP_VERSION = Caller 505 "unsupported-version" Cancel FeatureNotImplemented "Only HTTP/1.1 and HTTP/1.0 are spoken here";
    // Our own state and limits.
    NO_LINK = Us 503 "remote-server-timeout" Wait RemoteServerTimeout "The gateway is not connected to its XMPP server";
    LINK_FULL = Us 503 "resource-constraint" Wait ResourceConstraint "The XMPP server does not take stanzas fast enough";
    LINK_LOST = Us 503 "remote-server-timeout" Wait RemoteServerTimeout "The connection to the XMPP server was lost before the stanza was sent";
    ANSWER_LOST = Us 504 "remote-server-timeout" Wait RemoteServerTimeout "The connection to the XMPP server was lost while waiting for the answer";
    DISPLACED = Us 503 "resource-constraint" Wait ResourceConstraint "All connections are taken; this one made room for another";
    TOO_MANY_WAITING = Us 503 "resource-constraint" Wait ResourceConstraint "Too many requests are waiting for an answer";
    STANZA_TOO_LARGE = Us 413 "resource-constraint" Modify ResourceConstraint "The stanza is larger than the limit";
    ANSWER_TOO_LARGE = Us 507 "resource-constraint" Wait ResourceConstraint "The answer is larger than the limit";
    QUEUE_FULL = Us 503 "resource-constraint" Wait ResourceConstraint "The queue for the webhook is full";
    STOPPING = Us 503 "service-unavailable" Wait ServiceUnavailable "The gateway is shutting down";
    NOT_SERVED = Us 404 "service-unavailable" Cancel ServiceUnavailable "Nobody serves this address";
    INTERNAL = Us 500 "internal-server-error" Wait InternalServerError "The gateway made a mistake; its log says which";
    // The XMPP side.
    IQ_TIMEOUT = Peer 504 "remote-server-timeout" Wait RemoteServerTimeout "IQ stanza timed out";
    PEER_STANZA = Peer 502 "undefined-condition" Cancel FeatureNotImplemented "The stanza cannot be expressed in the wanted format";
    // The server that knows tokens.
    TOKENS_UNKNOWN = Hook 503 "remote-server-timeout" Wait RemoteServerTimeout "The server that knows this token cannot be asked at the moment";
    // The webhook.
    HOOK_UNREACHABLE = Hook 502 "recipient-unavailable" Wait RecipientUnavailable "The service behind this address cannot be reached";
    HOOK_TIMEOUT = Hook 504 "remote-server-timeout" Wait RemoteServerTimeout "The service behind this address did not answer in time";
    HOOK_ANSWER = Hook 502 "undefined-condition" Cancel UndefinedCondition "The service behind this address gave an answer that cannot be read";
}

#[cfg(test)]
mod reference;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_mod_rest_find_its_words() {
        let detail = format_args!("line 1");
        assert_eq!(Fault::with(&reason::NOT_WELL_FORMED, detail).classic(), "Failed to parse payload");
        assert_eq!(Fault::with(&reason::KEY_VALUE, detail).classic(), "line 1", "it has no words for this");
    }

    #[test]
    fn a_long_detail_ends_in_an_ellipsis() {
        let long = "x".repeat(400);
        let fault = Fault::with(&reason::KEY_VALUE, format_args!("{long}"));
        assert!(fault.text().len() <= DETAIL && fault.text().ends_with("x…"));
        assert_eq!(Fault::new(&reason::KEY_VALUE).text(), reason::KEY_VALUE.text);
    }
}
