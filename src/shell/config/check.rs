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
    let mut findings = Findings(Vec::new());
    doors(config, &mut findings);
    introspection(&config.introspection, &mut findings);
    certificates(config, &mut findings);
    limits(config, &mut findings);
    hooks(config, &mut findings);
    accounts(config, &mut findings);
    findings.0
}

/// The rules that do not hold.
struct Findings(Vec<Finding>);

/// A section, by its name and its place among those of its sort.
type At = (&'static str, usize);

impl Findings {
    fn error(&mut self, at: At, key: &'static str, what: impl Into<String>, cure: impl Into<String>) {
        self.add(Weight::Error, at, key, Wrong::new(what, cure));
    }

    fn warning(&mut self, at: At, key: &'static str, what: impl Into<String>, cure: impl Into<String>) {
        self.add(Weight::Warning, at, key, Wrong::new(what, cure));
    }

    fn add(&mut self, weight: Weight, (section, at): At, key: &'static str, wrong: Wrong) {
        self.0.push(Finding { weight, section, at, key, wrong });
    }
}

fn doors(config: &Config, found: &mut Findings) {
    let doors = [
        ("http", &config.listen, config.listen_tls.on, "Set tls_cert and tls_key"),
        ("metrics", &config.metrics_listen, config.metrics_tls, "Set tls = yes"),
    ];
    for (section, places, tls, cure) in doors {
        if let Some(place) = places.iter().find(|place| place.is_public() && !tls) {
            let what = format!(
                "{place} can be reached from other machines, and there is no TLS: who is on the way reads the secrets"
            );
            let cure = format!(
                "{cure}, listen on 127.0.0.1 or [::1] behind a proxy that speaks https, or be sure of the network."
            );
            found.warning((section, 0), "listen", what, cure);
        }
    }
    for place in &config.metrics_listen {
        if let Some(other) = collision(place, &config.listen) {
            let what = format!("{other} of [http] takes what {place} is for");
            found.error(("metrics", 0), "listen", what, "Choose another port or name.");
        }
    }
    if config.metrics_tls && !config.listen_tls.on {
        let cure = "Set tls_cert and tls_key of [http].";
        found.error(("metrics", 0), "tls", "there is no certificate to use", cure);
    }
    if config.iq_timeout > config.iq_timeout_max {
        let (time, most) = (config.iq_timeout.as_secs(), config.iq_timeout_max.as_secs());
        let what = format!("{time} seconds is longer than iq_timeout_max, {most} seconds");
        found.error(("http", 0), "iq_timeout", what, "Lower the one or raise the other.");
    }
}

fn introspection(section: &IntrospectionSection, found: &mut Findings) {
    let at = ("introspection", 0);
    if section.url.is_none() && !section.client.is_empty() {
        found.error(at, "client", "there is no url of a server to ask", "Set url, or remove this key.");
    }
    if section.client.is_empty() != section.secret.text().is_empty() {
        found.error(at, "client", "client and secret go together", "Set both, or neither.");
    }
    if let Some(url) = section.url.as_ref().filter(|url| !url.secure && !url.is_near()) {
        let what = format!("tokens go to {} without TLS: who is on the way reads them", url.authority);
        found.warning(at, "url", what, "Use https://, or be sure of the network.");
    }
}

/// Keys about TLS are for connections that have it, and a certificate has its private key.
fn certificates(config: &Config, found: &mut Findings) {
    const HTTPS: &str = "url has to start with https://";
    let hooks = config.hooks.iter().enumerate().map(|(at, hook)| {
        // One that could not be read is a problem already.
        let on = hook.url.secure || hook.url.authority.is_empty();
        (("hook", at), &hook.tls, on, HTTPS)
    });
    let asked = &config.introspection;
    let others = [
        (("introspection", 0), &asked.tls, asked.url.as_ref().is_some_and(|url| url.secure), HTTPS),
        (("component", 0), &config.link_tls, config.link_tls.on, "tls has to be yes"),
        (("http", 0), &config.listen_tls, config.listen_tls.on, "tls_cert is missing"),
    ];
    for (at, TlsKeys { ca, pin, cert, key, .. }, on, needed) in hooks.chain(others) {
        let given = [
            (if at.0 == "http" { "tls_client_ca" } else { "tls_ca" }, ca.is_some()),
            ("tls_pin", pin.is_some()),
            ("tls_cert", cert.is_some()),
            ("tls_key", key.is_some()),
        ];
        let given = given.into_iter().find_map(|(name, given)| given.then_some(name));
        if let Some(name) = given.filter(|_| !on) {
            let what = format!("there is no TLS to use it for: {needed}");
            found.error(at, name, what, "Set that, or remove this key.");
        } else if cert.is_some() != key.is_some() {
            let (name, other) =
                if cert.is_some() { ("tls_cert", "tls_key") } else { ("tls_key", "tls_cert") };
            let what = format!("{other} is missing: a certificate and its private key go together");
            found.error(at, name, what, format!("Set {other}."));
        }
    }
}

fn limits(config: &Config, found: &mut Findings) {
    for (smaller, larger, why) in ROOM {
        let (least, most) = (config.limits.get(smaller), config.limits.get(larger));
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            let what = format!("{most} is less than {smaller}, {least}: {why}");
            found.error(("limits", 0), larger, what, format!("Raise it to {least} at least."));
        }
    }
    let (hooks, most) = (config.hooks.len(), config.limits.hooks as usize);
    if hooks > most {
        let what = format!("there are {hooks} hooks, and room for {most}");
        found.error(("limits", 0), "hooks", what, "Raise it.");
    }
    let (accounts, most) = (config.tokens.len() + config.users.len(), config.limits.accounts as usize);
    if accounts > most {
        let what = format!("{accounts} tokens and users are more than accounts, {most}");
        found.error(("limits", 0), "accounts", what, format!("Raise it to {accounts} at least."));
    }
}

fn hooks(config: &Config, found: &mut Findings) {
    for (at, hook) in config.hooks.iter().enumerate() {
        let at = ("hook", at);
        if !hook.basic.text.is_empty() && !hook.bearer.text.is_empty() {
            found.error(at, "bearer", "basic and bearer are both given", "Keep one of the two.");
        }
        if !hook.basic.text.is_empty() && !hook.basic.text.contains(':') {
            found.error(at, "basic", "there is no colon in it", "Write USER:PASSWORD.");
        }
        for (key, secret) in ["sign", "sign_other"].into_iter().zip(&hook.sign) {
            if signing_key(&secret.text).is_none() {
                found.error(at, key, "what stands behind whsec_ is not base64", "Copy the whole key.");
            }
        }
        if hook.delivery.wait_least > hook.delivery.wait_most {
            found.error(at, "wait", "wait is longer than wait_most", "Lower the one or raise the other.");
        }
    }
}

fn accounts(config: &Config, found: &mut Findings) {
    for (section, accounts) in [("token", &config.tokens), ("user", &config.users)] {
        for (at, account) in accounts.iter().enumerate() {
            of_the_domain((section, at), "jid", &account.jid, config, found);
        }
    }
    if let Some(jid) = &config.access.anonymous {
        of_the_domain(("http", 0), "anonymous", jid, config, found);
    }
    for (at, Account { secret, .. }) in config.tokens.iter().enumerate() {
        let at = ("token", at);
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._~+/:".contains(c);
        if !secret.text.trim_end_matches('=').chars().all(fits) {
            let what = "the secret has a character that a Bearer token cannot have, so nobody can present it";
            let cure = "Use letters, digits and -._~+/: alone, with = at the end (RFC 6750 section 2.1).";
            found.warning(at, "secret", what, cure);
        }
        let twin = config.tokens[..at.1].iter().find(|other| other.secret.text == secret.text);
        if let Some(twin) = twin.filter(|_| !secret.text.is_empty()) {
            let what = format!("the secret is that of [token {:?}], too", twin.name);
            found.error(at, "secret", what, "Give each token its own: the secret tells who is calling.");
        }
    }
}

/// An address that somebody sends as is of the component. One that could not be read is a problem already.
fn of_the_domain(at: At, key: &'static str, jid: &str, config: &Config, found: &mut Findings) {
    let domain = Jid::new(jid).map(Jid::domain);
    if domain.is_ok_and(|domain| domain != config.domain && !config.domain.is_empty()) {
        let what =
            format!("{jid:?} is not of the component's domain, so the server would refuse what it sends");
        found.error(at, key, what, format!("Write an address of {}.", config.domain));
    }
}
