//! What the HTTP status of a webhook means to the sender of a stanza.
//!
//! The table of mod_rest (its callback's statuses as stanza errors); all others are undefined-condition.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_stands_once() {
        let mut all: Vec<u16> = TABLE.iter().flat_map(|row| row.0).copied().collect();
        let rows = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), rows);
        assert_eq!(stanza_error(404), (ErrorType::Cancel, Condition::ItemNotFound));
        assert_eq!(stanza_error(302), (ErrorType::Cancel, Condition::UndefinedCondition));
    }
}
