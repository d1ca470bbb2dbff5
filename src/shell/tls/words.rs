//! What went wrong in a handshake, in words for the operator, with the cure where there is one.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::shell::log::{Utc, seconds};

/// Seconds from 1970 to the day of this version; a build says it more exactly. A clock before that is wrong.
const BUILT: u64 = match option_env!("SOURCE_DATE_EPOCH") {
    Some(text) => digits(text),
    None => 1_795_305_600,
};

const fn digits(text: &str) -> u64 {
    let (text, mut at, mut number) = (text.as_bytes(), 0, 0);
    while at < text.len() {
        number = number * 10 + (text[at] - b'0') as u64;
        at += 1;
    }
    number
}

/// The words for an error of a handshake.
pub(super) fn of(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(error) => of_tls(error, seconds()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "closed during the TLS handshake; does the other side speak TLS on this port?".to_owned()
        }
        None => error.to_string(),
    }
}

fn of_tls(error: &Error, now: u64) -> String {
    match error {
        Error::InvalidCertificate(why) => of_certificate(why, now),
        Error::InvalidMessage(_) => "the other side does not speak TLS on this port".to_owned(),
        Error::NoCertificatesPresented => {
            "the caller shows no certificate, and tls_client_ca asks for one".to_owned()
        }
        Error::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure) => {
            "the other side refuses the handshake; it may want a certificate: see tls_cert and tls_key"
                .to_owned()
        }
        Error::AlertReceived(alert) => format!("the other side refuses the handshake: {alert:?}"),
        Error::PeerIncompatible(what) => format!("no common version or cipher of TLS 1.2 or 1.3: {what:?}"),
        error => error.to_string(),
    }
}

fn of_certificate(why: &CertificateError, now: u64) -> String {
    use CertificateError as E;
    let dated =
        matches!(why, E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. });
    match why {
        _ if dated && now < BUILT => format!(
            "no certificate can be checked: the clock of this machine says {}, which is before restanza was built; set it, with NTP for example",
            Utc(now)
        ),
        E::ExpiredContext { not_after, .. } => {
            format!("the certificate has expired, on {}", Utc(not_after.as_secs()))
        }
        E::NotValidYetContext { not_before, .. } => format!(
            "the certificate is valid from {} on, and the clock of this machine says {}",
            Utc(not_before.as_secs()),
            Utc(now)
        ),
        E::NotValidForNameContext { presented, .. } => {
            format!("the certificate is for another name: {}", presented.join(", "))
        }
        // Our own words: see trust.
        E::Other(words) => words.to_string(),
        why => format!("the certificate is refused: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::UnixTime;
    use std::time::Duration;

    #[test]
    fn a_clock_before_the_build_explains_itself() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let early = CertificateError::NotValidYetContext { time: at(60), not_before: at(BUILT + 5) };
        assert!(
            of_tls(&Error::InvalidCertificate(early.clone()), 60)
                .contains("1970-01-01T00:01:00Z, which is before")
        );
        assert!(of_tls(&Error::InvalidCertificate(early), BUILT).contains("valid from"));
        let late = CertificateError::ExpiredContext { time: at(BUILT), not_after: at(0) };
        assert!(of_tls(&Error::InvalidCertificate(late), BUILT).contains("expired, on 1970-01-01T00:00:00Z"));
        assert_eq!(digits("1795305600"), 1_795_305_600);
    }
}
