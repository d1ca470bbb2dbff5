//! What one value alone cannot tell: rules between keys.

use super::hook::signing_key;
use super::listen::collision;
use super::problem::{Weight, Wrong};
use super::{Account, Config, IntrospectionSection, TlsKeys};
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

    let doors = [
        ("http", &config.listen, config.listen_tls.on, "Set tls_cert and tls_key"),
        ("metrics", &config.metrics_listen, config.metrics_tls, "Set tls = yes"),
    ];
    for (section, places, tls, cure) in doors {
        if let Some(place) = places.iter().find(|place| place.is_public() && !tls) {
            found(
                Weight::Warning,
                section,
                0,
                "listen",
                format!(
                    "{place} can be reached from other machines, and there is no TLS: who is on the way reads the secrets"
                ),
                format!(
                    "{cure}, listen on 127.0.0.1 or [::1] behind a proxy that speaks https, or be sure of the network."
                ),
            );
        }
    }
    for place in &config.metrics_listen {
        if let Some(other) = collision(place, &config.listen) {
            let what = format!("{other} of [http] takes what {place} is for");
            found(Weight::Error, "metrics", 0, "listen", what, "Choose another port or name.".to_owned());
        }
    }
    if asked_in_vain(&config.introspection) {
        let what = "there is no url of a server to ask".to_owned();
        found(Weight::Error, "introspection", 0, "client", what, "Set url, or remove this key.".to_owned());
    }
    if config.introspection.client.is_empty() != config.introspection.secret.text().is_empty() {
        let what = "client and secret go together".to_owned();
        found(Weight::Error, "introspection", 0, "client", what, "Set both, or neither.".to_owned());
    }
    if let Some(url) = config.introspection.url.as_ref().filter(|url| !url.secure && !url.is_near()) {
        found(
            Weight::Warning,
            "introspection",
            0,
            "url",
            format!("tokens go to {} without TLS: who is on the way reads them", url.authority),
            "Use https://, or be sure of the network.".to_owned(),
        );
    }
    if config.metrics_tls && !config.listen_tls.on {
        let what = "there is no certificate to use".to_owned();
        found(Weight::Error, "metrics", 0, "tls", what, "Set tls_cert and tls_key of [http].".to_owned());
    }
    let posts = config.hooks.iter().enumerate().map(|(at, hook)| {
        (
            "hook",
            at,
            &hook.tls,
            hook.url.secure || hook.url.authority.is_empty(),
            "url has to start with https://",
        )
    });
    let asked = &config.introspection;
    let others = [
        (
            "introspection",
            0,
            &asked.tls,
            asked.url.as_ref().is_some_and(|url| url.secure),
            "url has to start with https://",
        ),
        ("component", 0, &config.link_tls, config.link_tls.on, "tls has to be yes"),
        ("http", 0, &config.listen_tls, config.listen_tls.on, "tls_cert is missing"),
    ];
    for (section, at, keys, on, needed) in posts.chain(others) {
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
    hooks(config, &mut found);
    for (section, accounts) in [("token", &config.tokens), ("user", &config.users)] {
        for (at, Account { secret, jid, .. }) in accounts.iter().enumerate() {
            if is_of_another(jid, config) {
                let (what, cure) = another(jid, config);
                found(Weight::Error, section, at, "jid", what, cure);
            }
            let fits = |c: char| c.is_ascii_alphanumeric() || "-._~+/:".contains(c);
            if section == "token" && !secret.text.trim_end_matches('=').chars().all(fits) {
                found(
                    Weight::Warning,
                    section,
                    at,
                    "secret",
                    "the secret has a character that a Bearer token cannot have, so nobody can present it"
                        .to_owned(),
                    "Use letters, digits and -._~+/: alone, with = at the end (RFC 6750 section 2.1)."
                        .to_owned(),
                );
            }
            let twin = accounts[..at].iter().find(|other| other.secret.text == secret.text);
            if let Some(twin) = twin.filter(|_| !secret.text.is_empty() && section == "token") {
                found(
                    Weight::Error,
                    section,
                    at,
                    "secret",
                    format!("the secret is that of [token {:?}], too", twin.name),
                    "Give each token its own: the secret tells who is calling.".to_owned(),
                );
            }
        }
    }
    let (accounts, most) = (config.tokens.len() + config.users.len(), config.limits.accounts as usize);
    if accounts > most {
        let what = format!("{accounts} tokens and users are more than accounts, {most}");
        found(Weight::Error, "limits", 0, "accounts", what, format!("Raise it to {accounts} at least."));
    }
    if let Some(jid) = config.access.anonymous.as_ref().filter(|jid| is_of_another(jid, config)) {
        let (what, cure) = another(jid, config);
        found(Weight::Error, "http", 0, "anonymous", what, cure);
    }
    findings
}

/// Whether somebody is named to a server that nobody names.
fn asked_in_vain(section: &IntrospectionSection) -> bool {
    section.url.is_none() && !section.client.is_empty()
}

/// Whether the address is not of the component. One that could not be read is a problem already.
fn is_of_another(jid: &str, config: &Config) -> bool {
    let domain = Jid::new(jid).map(Jid::domain);
    domain.is_ok_and(|domain| domain != config.domain && !config.domain.is_empty())
}

fn another(jid: &str, config: &Config) -> (String, String) {
    (
        format!("{jid:?} is not of the component's domain, so the server would refuse what it sends"),
        format!("Write an address of {}.", config.domain),
    )
}

/// The rules between the keys of hooks.
fn hooks(config: &Config, found: &mut dyn FnMut(Weight, &'static str, usize, &'static str, String, String)) {
    let most = config.limits.hooks as usize;
    if config.hooks.len() > most {
        let what = format!("there are {} hooks, and room for {most}", config.hooks.len());
        found(Weight::Error, "limits", 0, "hooks", what, "Raise it.".to_owned());
    }
    for (at, hook) in config.hooks.iter().enumerate() {
        if !hook.basic.text.is_empty() && !hook.bearer.text.is_empty() {
            let what = "basic and bearer are both given".to_owned();
            found(Weight::Error, "hook", at, "bearer", what, "Keep one of the two.".to_owned());
        }
        if !hook.basic.text.is_empty() && !hook.basic.text.contains(':') {
            let what = "there is no colon in it".to_owned();
            found(Weight::Error, "hook", at, "basic", what, "Write USER:PASSWORD.".to_owned());
        }
        for (key, secret) in ["sign", "sign_other"].into_iter().zip(&hook.sign) {
            if signing_key(&secret.text).is_none() {
                let what = "what stands behind whsec_ is not base64".to_owned();
                found(Weight::Error, "hook", at, key, what, "Copy the whole key.".to_owned());
            }
        }
        if hook.delivery.wait_least > hook.delivery.wait_most {
            let what = "wait is longer than wait_most".to_owned();
            found(Weight::Error, "hook", at, "wait", what, "Lower the one or raise the other.".to_owned());
        }
    }
}
