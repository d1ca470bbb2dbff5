//! What one value alone cannot tell: rules between keys.

use super::problem::{Weight, Wrong};
use super::{Config, TlsKeys, TokenSection};
use crate::jid::Jid;

/// A rule that does not hold, and the key to blame.
pub(super) struct Finding {
    pub(super) weight: Weight,
    pub(super) section: &'static str,
    /// The place of the section among those of its sort.
    pub(super) at: usize,
    pub(super) key: &'static str,
    pub(super) wrong: Wrong,
}

/// Bounds that must leave room for others: the smaller, the larger, why.
const ROOM: &[(&str, &str, &str)] = &[
    ("stanza", "outgoing", "the largest stanza could never be sent"),
    ("stanza", "queue", "the largest stanza could never wait for a webhook"),
    ("head", "call", "the head of a request may not fit into the request"),
];

/// All rules that `config` breaks.
pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |weight, section, at, key, what: String, cure: String| {
        findings.push(Finding { weight, section, at, key, wrong: Wrong { what, cure } });
    };

    if !config.listen.ip().is_loopback() && !config.listen_tls.on {
        found(
            Weight::Warning,
            "http",
            0,
            "listen",
            format!(
                "{} can be reached from other machines, and there is no TLS: who is on the way reads the secrets",
                config.listen
            ),
            "Set tls_cert and tls_key, listen on 127.0.0.1 or [::1] behind a proxy that speaks https, or be sure of the network."
                .to_owned(),
        );
    }
    let hooks = config.hooks.iter().enumerate().map(|(at, hook)| {
        (
            "hook",
            at,
            &hook.tls,
            hook.url.secure || hook.url.authority.is_empty(),
            "url has to start with https://",
        )
    });
    let others = [
        ("component", 0, &config.link_tls, config.link_tls.on, "tls has to be yes"),
        ("http", 0, &config.listen_tls, config.listen_tls.on, "tls_cert is missing"),
    ];
    for (section, at, keys, on, needed) in hooks.chain(others) {
        let TlsKeys { ca, pin, cert, key, .. } = keys;
        let ca_key = if section == "http" { "tls_client_ca" } else { "tls_ca" };
        let given = [
            (ca_key, ca.is_some()),
            ("tls_pin", pin.is_some()),
            ("tls_cert", cert.is_some()),
            ("tls_key", key.is_some()),
        ];
        let given = given.into_iter().find_map(|(name, given)| given.then_some(name));
        if let Some(name) = given.filter(|_| !on) {
            let what = format!("there is no TLS to use it for: {needed}");
            found(Weight::Error, section, at, name, what, "Set that, or remove this key.".to_owned());
        } else if cert.is_some() != key.is_some() {
            let (name, other) =
                if cert.is_some() { ("tls_cert", "tls_key") } else { ("tls_key", "tls_cert") };
            let what = format!("{other} is missing: a certificate and its private key go together");
            found(Weight::Error, section, at, name, what, format!("Set {other}."));
        }
    }
    if config.iq_timeout > config.iq_timeout_max {
        found(
            Weight::Error,
            "http",
            0,
            "iq_timeout",
            format!(
                "{} seconds is longer than iq_timeout_max, {} seconds",
                config.iq_timeout.as_secs(),
                config.iq_timeout_max.as_secs()
            ),
            "Lower the one or raise the other.".to_owned(),
        );
    }
    for (smaller, larger, why) in ROOM {
        let (least, most) = (config.limits.get(smaller), config.limits.get(larger));
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            let what = format!("{most} is less than {smaller}, {least}: {why}");
            found(Weight::Error, "limits", 0, larger, what, format!("Raise it to {least} at least."));
        }
    }
    for (at, TokenSection { secret, jid, .. }) in config.tokens.iter().enumerate() {
        // An address or a domain that could not be read is a problem already.
        let domain = Jid::new(jid).map(Jid::domain);
        if domain.is_ok_and(|domain| domain != config.domain && !config.domain.is_empty()) {
            found(
                Weight::Error,
                "token",
                at,
                "jid",
                format!("{jid:?} is not of the component's domain, so the server would refuse what it sends"),
                format!("Write an address of {}.", config.domain),
            );
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
        if !secret.text.trim_end_matches('=').chars().all(fits) {
            found(
                Weight::Warning,
                "token",
                at,
                "secret",
                "the secret has a character that a Bearer token cannot have, so nobody can present it"
                    .to_owned(),
                "Use letters, digits and -._~+/ alone, with = at the end (RFC 6750 section 2.1).".to_owned(),
            );
        }
        let twin = config.tokens[..at].iter().find(|other| other.secret.text == secret.text);
        if let Some(twin) = twin.filter(|_| !secret.text.is_empty()) {
            found(
                Weight::Error,
                "token",
                at,
                "secret",
                format!("the secret is that of [token {:?}], too", twin.name),
                "Give each token its own: the secret tells who is calling.".to_owned(),
            );
        }
    }
    findings
}
