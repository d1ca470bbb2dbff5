//! The table of all sections and keys: the parser, the sample, the names of the environment variables and the
//! documentation are made from it.
//!
//! A variable is named `RESTANZA_SECTION_KEY`, and for a section with a name `RESTANZA_SECTION_NAME_KEY`, all in
//! upper case with `-` written as `_`: `RESTANZA_COMPONENT_SECRET`, `RESTANZA_HOOK_DOOR_URL`. It replaces what the
//! file says, and makes the section when the file has none of that name. A variable that has a section in its name
//! and no key is a mistake; others that begin with `RESTANZA_` are not for us.

use super::problem::Wrong;
use super::{
    Config, account, component_keys, daemon_keys, hook_keys, http_keys, introspection, mapping_keys,
    tls_keys, values,
};
use crate::limits;

/// A sort of section.
#[derive(Debug)]
pub struct Section {
    /// What stands in the header.
    pub name: &'static str,
    /// Whether a name in quotes follows, and there may be several.
    pub named: bool,
    /// Whether a change takes effect on SIGHUP.
    pub reloads: bool,
    /// What it is for.
    pub about: &'static str,
}

/// The sections, in the order of the sample.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "component",
        named: false,
        reloads: false,
        about: "The connection to the XMPP server, as an external component (XEP-0114).",
    },
    Section {
        name: "http",
        named: false,
        reloads: false,
        about: "The HTTP server that takes requests. Who may come, and how long an iq waits, changes with SIGHUP; the rest with a restart.",
    },
    Section {
        name: "metrics",
        named: false,
        reloads: false,
        about: "A listener of its own for those who watch over the gateway.",
    },
    Section {
        name: "mapping",
        named: false,
        reloads: true,
        about: "How stanzas and JSON become each other. A hook and a request may say otherwise.",
    },
    Section {
        name: "token",
        named: true,
        reloads: true,
        about: "Somebody who may send, by 'Authorization: Bearer SECRET'. Any number of them, each with its own name.",
    },
    Section {
        name: "user",
        named: true,
        reloads: true,
        about: "Somebody who may send, by 'Authorization: Basic', with the name of the section and the secret. Any number of them.",
    },
    Section {
        name: "introspection",
        named: false,
        reloads: true,
        about: "A server that knows tokens which are not here, asked by OAuth 2.0 Token Introspection (RFC 7662). What it says is kept for a while, within bounds; while it cannot be asked, callers get 503.",
    },
    Section {
        name: "hook",
        named: true,
        reloads: true,
        about: "A webhook that gets stanzas for the component. Any number of them, each with its own name; the first that wants a stanza gets it.",
    },
    Section {
        name: "limits",
        named: false,
        reloads: false,
        about: "The bounds; all memory is allocated at the start.",
    },
    Section { name: "log", named: false, reloads: true, about: "What is told on standard error." },
    Section {
        name: "daemon",
        named: false,
        reloads: false,
        about: "What the process gives up once it has begun.",
    },
];

/// What holds when a key is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// The section cannot do without it.
    Needed,
    /// It stays empty.
    Nothing,
    /// This text, as if it stood in the file.
    Text(&'static str),
    /// This number, likewise.
    Number(u32),
}

/// Takes a value into the section at that place among those of its sort.
type Set = fn(&Key, &mut Config, usize, &str) -> Result<(), Wrong>;

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The section it belongs to.
    pub section: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The form of the value; alternatives between bars are literal.
    pub syntax: &'static str,
    /// What holds without it.
    pub preset: Preset,
    /// A value for the sample.
    pub example: &'static str,
    /// What it does, in full sentences.
    pub about: &'static str,
    pub(super) set: Set,
}

/// The rows of [`limits::TABLE`] as keys of section `[limits]`.
const LIMITS: &[Key] = &{
    const EMPTY: Key = Key {
        section: "limits",
        name: "",
        syntax: "",
        preset: Preset::Nothing,
        example: "",
        about: "",
        set: |key, config, _, text| {
            let row = limits::TABLE.iter().find(|row| row.name == key.name);
            let (least, most) = row.map_or((0, 0), |row| (row.least, row.most));
            // The number is in range now, so the limit takes it.
            let _ = config.limits.set(key.name, values::number(text, least, most)?);
            Ok(())
        },
    };
    let mut keys = [EMPTY; limits::TABLE.len()];
    let mut at = 0;
    while at < keys.len() {
        let row = &limits::TABLE[at];
        keys[at].name = row.name;
        keys[at].syntax = match row.unit {
            limits::Unit::Bytes => "BYTES",
            limits::Unit::Count => "COUNT",
            limits::Unit::Millis => "MILLISECONDS",
        };
        keys[at].preset = Preset::Number(row.default);
        keys[at].about = row.about;
        at += 1;
    }
    keys
};

/// Every key there is.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    let own = [
        component_keys::KEYS,
        http_keys::KEYS,
        introspection::KEYS,
        mapping_keys::KEYS,
        account::KEYS,
        hook_keys::KEYS,
        tls_keys::KEYS,
        daemon_keys::KEYS,
        LIMITS,
    ];
    own.into_iter().flatten()
}

/// The keys of a section.
pub fn keys_of(section: &str) -> impl Iterator<Item = &'static Key> {
    keys().filter(move |key| key.section == section)
}

/// The sort of section with that name.
pub fn section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.name == name)
}

/// What our variables begin with.
pub(super) const PREFIX: &str = "RESTANZA_";

/// The name of the variable that replaces a key; `name` is that of the section, when it has one.
pub fn variable(key: &Key, name: &str) -> String {
    let infix = if name.is_empty() { String::new() } else { format!("{name}_") };
    format!("{PREFIX}{}_{infix}{}", key.section, key.name).replace('-', "_").to_ascii_uppercase()
}

/// Whether a variable has the name of a section in it, and so must be one of a key.
pub(super) fn is_of_a_section(variable: &str) -> bool {
    let rest = variable.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
    SECTIONS.iter().any(|section| rest.strip_prefix(section.name).is_some_and(|rest| rest.starts_with('_')))
}

/// The key that a variable replaces, and the name of its section in lower case.
pub(super) fn find_variable(variable: &str) -> Option<(&'static Key, String)> {
    let rest = variable.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let parts = |key: &'static Key| {
        let inner = rest.strip_prefix(key.section)?.strip_prefix('_')?.strip_suffix(key.name)?;
        match (section(key.section)?.named, inner) {
            (false, "") => Some((key, String::new())),
            (true, _) => {
                inner.strip_suffix('_').filter(|name| super::ini::is_name(name)).map(|n| (key, n.to_owned()))
            }
            _ => None,
        }
    };
    keys().filter_map(parts).max_by_key(|(key, _)| key.name.len())
}
