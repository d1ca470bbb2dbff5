//! Section `[introspection]`: the server that knows tokens which are not in the configuration.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};

use super::address::{self, Url};
use super::keys::{Key, Preset};
use super::problem::Wrong;
use super::{Secret, TlsKeys, values};
use crate::gateway::introspection::Introspection;
use crate::gateway::rights::Rights;
use crate::gateway::settings::Kinds;
use crate::time::Duration;

/// Section `[introspection]`.
#[derive(Clone, Debug)]
pub struct IntrospectionSection {
    /// Where the server is asked; without it none is.
    pub url: Option<Url>,
    /// How the connection there is encrypted, when its address is one of https.
    pub tls: TlsKeys,
    /// Who we are to it.
    pub client: String,
    /// What shows that.
    pub secret: Secret,
    claim: String,
    domain: String,
    scope: String,
    time: Duration,
    keep: Duration,
    keep_refused: Duration,
    to: String,
    kinds: Kinds,
    rate: u32,
    /// What follows from the secret.
    settled: Settled,
}

/// The value of Authorization; it never shows in what is printed.
#[derive(Clone, Default)]
struct Settled(String);

impl std::fmt::Debug for Settled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Settled")
    }
}

impl Default for IntrospectionSection {
    fn default() -> Self {
        Self {
            url: None,
            tls: TlsKeys::default(),
            client: String::new(),
            secret: Secret::default(),
            claim: String::new(),
            domain: String::new(),
            scope: String::new(),
            time: Duration::ZERO,
            keep: Duration::ZERO,
            keep_refused: Duration::ZERO,
            to: String::new(),
            kinds: Kinds::ALL,
            rate: 0,
            settled: Settled::default(),
        }
    }
}

impl IntrospectionSection {
    /// Makes of client and secret what goes into requests (RFC 6749 section 2.3.1).
    pub(super) fn settle(&mut self) {
        if self.client.is_empty() {
            return;
        }
        let both = format!("{}:{}", form(&self.client), form(self.secret.text()));
        let mut memory = vec![0; Base64::encoded_len(both.as_bytes())];
        // The memory is as large as it has to be.
        let encoded = Base64::encode(both.as_bytes(), &mut memory).unwrap_or_default();
        self.settled = Settled(format!("Basic {encoded}"));
    }

    /// As the gateway wants to see it.
    pub(super) fn settings(&self) -> Option<Introspection<'_>> {
        let url = self.url.as_ref()?;
        Some(Introspection {
            authority: &url.authority,
            target: &url.target,
            authorization: &self.settled.0,
            claim: &self.claim,
            domain: &self.domain,
            scope: &self.scope,
            time: self.time,
            keep: self.keep,
            keep_refused: self.keep_refused,
            rights: Rights { to: &self.to, kinds: self.kinds, rate: self.rate, ..Rights::ALL },
        })
    }
}

/// As a value of a form.
fn form(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) => out.push(byte.into()),
            byte => {
                // A string never refuses.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Words of a scope (RFC 6749 section 3.3) with blanks between.
fn scope(text: &str) -> Result<String, Wrong> {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    if text.split(' ').any(|word| word.is_empty() || !word.chars().all(fits)) {
        return Err(Wrong::new(
            format!("{text:?} is not a scope"),
            "Write words with one blank between them, without quotes.",
        ));
    }
    Ok(text.to_owned())
}

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "introspection",
        name: "url",
        syntax: "http[s]://HOST[:PORT]/PATH",
        preset: Preset::Nothing,
        example: "https://xmpp.example.org:5281/oauth2/introspect",
        about: "Where a Bearer token is asked about that is none of the configuration (RFC 7662), such as the introspection of Prosody's mod_http_oauth2. Without this key, nowhere. Redirects are not followed. http+unix:// is a Unix socket, as for a hook.",
        set: |_, config, _, text| {
            let url = address::url(text)?;
            if url.target.contains(['{', '}']) {
                return Err(Wrong::new("there are no variables in this address", "Write the whole address."));
            }
            config.introspection.url = Some(url);
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "client",
        syntax: "TEXT",
        preset: Preset::Nothing,
        example: "restanza",
        about: "Who we are to that server: the id of the client, sent with the secret as HTTP Basic. Without this key, nobody. mod_http_oauth2 speaks only of tokens that it issued to this client.",
        set: |_, config, _, text| {
            text.clone_into(&mut config.introspection.client);
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "secret",
        syntax: "TEXT",
        preset: Preset::Nothing,
        example: "change-me",
        about: "The secret of the client. This or secret_file.",
        set: |_, config, _, text| config.introspection.secret.set(text),
    },
    Key {
        section: "introspection",
        name: "secret_file",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/oauth.secret",
        about: "A file that holds the secret alone; a line end after it is dropped.",
        set: |_, config, _, text| config.introspection.secret.set_file(text),
    },
    Key {
        section: "introspection",
        name: "claim",
        syntax: "NAME",
        preset: Preset::Text("username"),
        example: "sub",
        about: "The member of the answer that says whom a token speaks for. user, and user@domain or xmpp:user@domain of the component's domain or of the key domain, send as user at the component; others get 403.",
        set: |_, config, _, text| {
            text.clone_into(&mut config.introspection.claim);
            if text.is_empty() {
                Err(Wrong::new("the name is empty", "Write username or sub."))
            } else {
                Ok(())
            }
        },
    },
    Key {
        section: "introspection",
        name: "domain",
        syntax: "DOMAIN",
        preset: Preset::Nothing,
        example: "example.org",
        about: "The domain whose users the server names by their full address, if it is not the component's own.",
        set: |_, config, _, text| {
            config.introspection.domain = values::domain(text)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "scope",
        syntax: "WORD ...",
        preset: Preset::Nothing,
        example: "xmpp",
        about: "The scopes that a token must have, all of them; others get 403 and insufficient_scope.",
        set: |_, config, _, text| {
            config.introspection.scope = scope(text)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "time",
        syntax: "SECONDS",
        preset: Preset::Number(5),
        example: "2.5",
        about: "How long the server may take, and how long a caller waits for it; then it gets 503 and Retry-After.",
        set: |_, config, _, text| {
            config.introspection.time = values::seconds(text, 100, 60_000)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "keep",
        syntax: "SECONDS",
        preset: Preset::Number(60),
        example: "10",
        about: "How long a good token is taken for good without asking again, and so how long one that was revoked may still be used; never beyond its end. 0 asks for every request.",
        set: |_, config, _, text| {
            config.introspection.keep = values::seconds(text, 0, 3_600_000)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "keep_refused",
        syntax: "SECONDS",
        preset: Preset::Number(5),
        example: "1",
        about: "The same for one that is not good.",
        set: |_, config, _, text| {
            config.introspection.keep_refused = values::seconds(text, 0, 3_600_000)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "to",
        syntax: "JID, ...",
        preset: Preset::Nothing,
        example: "*@example.org, room@rooms.example.org",
        about: "The addresses that these callers may send to, as for a token; without this key, all.",
        set: |_, config, _, text| {
            config.introspection.to = values::patterns(text)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "kinds",
        syntax: "message|presence|iq, ...",
        preset: Preset::Text("message, presence, iq"),
        example: "message",
        about: "The kinds of stanza they may send.",
        set: |_, config, _, text| {
            config.introspection.kinds = values::kinds(text)?;
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "rate",
        syntax: "COUNT",
        preset: Preset::Number(0),
        example: "60",
        about: "The most requests a minute with one token; more get 429 and Retry-After. 0 is any number.",
        set: |_, config, _, text| {
            config.introspection.rate = values::number(text, 0, 1_000_000)?;
            Ok(())
        },
    },
];
