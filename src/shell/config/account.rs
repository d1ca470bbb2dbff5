//! Sections `[token "NAME"]` and `[user "NAME"]`: who may send, with what credentials, and what they allow.

use super::keys::{Key, Preset};
use super::problem::Wrong;
use super::{Config, Secret, moment, values};
use crate::gateway::address::Network;
use crate::gateway::rights::Rights;
use crate::gateway::settings::{self, Kinds};

/// Somebody who may send.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name of the section; for a user also its login.
    pub name: String,
    /// What it presents.
    pub secret: Secret,
    /// The address it sends as, prepared.
    pub jid: String,
    to: String,
    kinds: Kinds,
    rate: u32,
    from: Vec<Network>,
    expires: u64,
}

impl Account {
    /// An account in which every key still has to be set.
    pub(super) fn blank(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            secret: Secret::default(),
            jid: String::new(),
            to: String::new(),
            kinds: Kinds::ALL,
            rate: 0,
            from: Vec::new(),
            expires: 0,
        }
    }

    /// As the gateway wants to see it.
    pub(super) fn shown(&self) -> settings::Token<'_> {
        let Self { name, secret, jid, to, kinds, rate, from, expires } = self;
        let rights = Rights { to, kinds: *kinds, rate: *rate, from, expires: *expires };
        settings::Token { name, secret: secret.text(), jid, rights }
    }
}

fn account<'c>(key: &Key, config: &'c mut Config, at: usize) -> &'c mut Account {
    if key.section == "user" { &mut config.users[at] } else { &mut config.tokens[at] }
}

/// The keys of a token; those of a user are the same.
const TOKEN: [Key; 8] = [
    Key {
        section: "token",
        name: "secret",
        syntax: "TEXT|sha256:HEX",
        preset: Preset::Nothing,
        example: "change-me",
        about: "What the caller presents; or its SHA-256, but only of a secret made at random, as restanza token new does. This or secret_file.",
        set: |key, config, at, text| account(key, config, at).secret.set(text),
    },
    Key {
        section: "token",
        name: "secret_file",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/sensors.secret",
        about: "A file that holds the secret alone; a line end after it is dropped.",
        set: |key, config, at, text| account(key, config, at).secret.set_file(text),
    },
    Key {
        section: "token",
        name: "jid",
        syntax: "JID",
        preset: Preset::Needed,
        example: "sensors@rest.example.org",
        about: "The address that the caller sends as. user@domain may also send as any of its resources, the domain alone as every address of the domain, a full address only as itself.",
        set: |key, config, at, text| {
            account(key, config, at).jid = values::jid(text)?;
            Ok(())
        },
    },
    Key {
        section: "token",
        name: "to",
        syntax: "JID, ...",
        preset: Preset::Nothing,
        example: "*@example.org, room@rooms.example.org",
        about: "The addresses that it may send to; without this key, all. The part before @, the domain and the part behind / may be *, and the domain begin with *. for what is below it. Without a part behind / every resource is meant, without @ the domain alone.",
        set: |key, config, at, text| {
            account(key, config, at).to = values::patterns(text)?;
            Ok(())
        },
    },
    Key {
        section: "token",
        name: "kinds",
        syntax: "message|presence|iq, ...",
        preset: Preset::Text("message, presence, iq"),
        example: "message",
        about: "The kinds of stanza it may send.",
        set: |key, config, at, text| {
            account(key, config, at).kinds = values::kinds(text)?;
            Ok(())
        },
    },
    Key {
        section: "token",
        name: "rate",
        syntax: "COUNT",
        preset: Preset::Number(0),
        example: "60",
        about: "The most requests a minute; more get 429 and Retry-After. 0 is any number.",
        set: |key, config, at, text| {
            account(key, config, at).rate = values::number(text, 0, 1_000_000)?;
            Ok(())
        },
    },
    Key {
        section: "token",
        name: "from",
        syntax: "IP[/BITS], ...",
        preset: Preset::Nothing,
        example: "192.168.7.0/24, 2001:db8::/32",
        about: "The networks that the caller may come from; without this key, all.",
        set: |key, config, at, text| {
            account(key, config, at).from = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "token",
        name: "expires",
        syntax: "YYYY-MM-DD[THH:MM:SSZ]",
        preset: Preset::Nothing,
        example: "2031-12-31",
        about: "From this moment on, in UTC, the credentials are refused.",
        set: |key, config, at, text| {
            account(key, config, at).expires = moment::moment(text)?;
            Ok(())
        },
    },
];

/// The keys of both.
pub(super) const KEYS: &[Key] = &{
    let mut keys = [TOKEN[0]; 2 * TOKEN.len()];
    let mut at = 0;
    while at < keys.len() {
        keys[at] = TOKEN[at % TOKEN.len()];
        if at >= TOKEN.len() {
            keys[at].section = "user";
        }
        at += 1;
    }
    keys
};

/// A hashed secret has to be one; any other is taken as it is.
pub(super) fn check_hash(text: &str) -> Result<(), Wrong> {
    use crate::gateway::auth::HASHED;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    match text.strip_prefix(HASHED) {
        Some(hash) if hash.len() != 64 || !hash.bytes().all(is_digit) => Err(Wrong::new(
            format!("the secret begins with {HASHED} and is no hash"),
            "64 hexadecimal digits in lower case have to follow; restanza token new prints such a line.",
        )),
        _ => Ok(()),
    }
}
