//! HTTP statuses and the conditions of stanza errors, one as the other.
//!
//! What the status of a webhook means to the sender of a stanza is the table of mod_rest; all others are
//! undefined-condition. What the error of an iq means to a caller is a table of our own, after the codes of XEP-0086
//! where those still say what they said: 401, 405 and 407 need headers that nobody could fill, and what fails at
//! somebody else is a 5xx that says so.

use core::fmt;

use crate::http::reason_phrase;
use crate::stanza::{Condition, ErrorType};

/// The stanza error for a status that is not 2xx.
pub fn stanza_error(status: u16) -> (ErrorType, Condition) {
    TABLE
        .iter()
        .find(|(statuses, ..)| statuses.contains(&status))
        .map_or((ErrorType::Cancel, Condition::UndefinedCondition), |(_, kind, condition)| {
            (*kind, *condition)
        })
}

const TABLE: &[(&[u16], ErrorType, Condition)] = &[
    (&[400, 411, 416, 422], ErrorType::Modify, Condition::BadRequest),
    (&[401, 511], ErrorType::Auth, Condition::NotAuthorized),
    (&[402], ErrorType::Auth, Condition::PaymentRequired),
    (&[403, 451], ErrorType::Auth, Condition::Forbidden),
    (&[404], ErrorType::Cancel, Condition::ItemNotFound),
    (&[405], ErrorType::Cancel, Condition::NotAllowed),
    (&[406], ErrorType::Modify, Condition::NotAcceptable),
    (&[407], ErrorType::Auth, Condition::RegistrationRequired),
    (&[408, 502, 504], ErrorType::Wait, Condition::RemoteServerTimeout),
    (&[409, 412], ErrorType::Cancel, Condition::Conflict),
    (&[410], ErrorType::Cancel, Condition::Gone),
    (&[413, 414, 431], ErrorType::Modify, Condition::ResourceConstraint),
    (&[415, 501], ErrorType::Cancel, Condition::FeatureNotImplemented),
    (&[423, 429, 507], ErrorType::Wait, Condition::ResourceConstraint),
    (&[500], ErrorType::Wait, Condition::InternalServerError),
    (&[503], ErrorType::Cancel, Condition::ServiceUnavailable),
];

/// A status in words, as the text of an error: `404 Not Found`.
///
/// Two names are those that the registry of IANA had when mod_rest's library took them (RFC 7231, RFC 4918), so that
/// senders read what they read before; what the endpoint itself writes in its status line is not shown to strangers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase(pub(super) u16);

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            413 => "Payload Too Large",
            422 => "Unprocessable Entity",
            status => reason_phrase(status),
        };
        write!(f, "{} {}", self.0, if name.is_empty() { "Unassigned" } else { name })
    }
}

/// The HTTP status for the error of an iq that somebody answered.
pub fn http_status(condition: Condition) -> u16 {
    match condition {
        Condition::BadRequest => 400,
        Condition::PaymentRequired => 402,
        Condition::Forbidden
        | Condition::NotAllowed
        | Condition::NotAuthorized
        | Condition::PolicyViolation
        | Condition::RegistrationRequired
        | Condition::SubscriptionRequired => 403,
        Condition::ItemNotFound | Condition::RecipientUnavailable => 404,
        Condition::NotAcceptable => 406,
        Condition::Conflict | Condition::UnexpectedRequest => 409,
        Condition::Gone | Condition::Redirect => 410,
        Condition::JidMalformed => 422,
        Condition::FeatureNotImplemented => 501,
        Condition::InternalServerError | Condition::RemoteServerNotFound | Condition::UndefinedCondition => {
            502
        }
        Condition::ResourceConstraint | Condition::ServiceUnavailable => 503,
        Condition::RemoteServerTimeout => 504,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_condition_is_a_success() {
        for &condition in Condition::ALL {
            let status = http_status(condition);
            // Those three need a header that we could not fill.
            assert!((400..600).contains(&status) && ![401, 405, 407].contains(&status), "{condition:?}");
        }
        assert_eq!((http_status(Condition::ItemNotFound), http_status(Condition::Forbidden)), (404, 403));
    }

    #[test]
    fn each_status_stands_once() {
        let mut all: Vec<u16> = TABLE.iter().flat_map(|row| row.0).copied().collect();
        let rows = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), rows);
        assert_eq!(stanza_error(404), (ErrorType::Cancel, Condition::ItemNotFound));
        assert_eq!(stanza_error(302), (ErrorType::Cancel, Condition::UndefinedCondition));
        let words = [Phrase(599), Phrase(422), Phrase(404)].map(|phrase| phrase.to_string());
        assert_eq!(words, ["599 Unassigned", "422 Unprocessable Entity", "404 Not Found"]);
    }
}
