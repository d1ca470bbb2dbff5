//! The table of all sections and keys: the parser, the sample, the names of the environment variables and the
//! documentation are made from it.
//!
//! A variable is named `RESTANZA_SECTION_KEY`, and for a section with a name `RESTANZA_SECTION_NAME_KEY`, all in
//! upper case with `-` written as `_`: `RESTANZA_COMPONENT_SECRET`, `RESTANZA_HOOK_DOOR_URL`. It replaces what the
//! file says, and makes the section when the file has none of that name. A variable that has a section in its name
//! and no key is a mistake; others that begin with `RESTANZA_` are not for us.

use super::{Config, account, hook_keys, problem::Wrong, values};
use crate::gateway::line::Level;
use crate::limits;
use crate::shell::confine;
use crate::shell::privileges::Identity;
use crate::time::Duration;

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
    Section { name: "http", named: false, reloads: false, about: "The HTTP server that takes requests." },
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
    Section { name: "log", named: false, reloads: false, about: "What is told on standard error." },
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

const LEVELS: &[(&str, Level)] =
    &[("error", Level::Error), ("warn", Level::Warn), ("info", Level::Info), ("debug", Level::Debug)];

/// The port of Prosody's and ejabberd's component listener.
const COMPONENT_PORT: u16 = 5347;

const KEYS: &[Key] = &[
    Key {
        section: "component",
        name: "server",
        syntax: "HOST[:PORT]",
        preset: Preset::Text("127.0.0.1:5347"),
        example: "xmpp.example.org:5347",
        about: "Where the XMPP server takes components. Without tls the stream is not encrypted: stay on this machine, in a private network or in a tunnel.",
        set: |_, config, _, text| {
            config.server = values::address(text, COMPONENT_PORT)?;
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "domain",
        syntax: "DOMAIN",
        preset: Preset::Needed,
        example: "rest.example.org",
        about: "The component's domain, as the XMPP server has it.",
        set: |_, config, _, text| {
            config.domain = values::domain(text)?;
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "secret",
        syntax: "TEXT",
        preset: Preset::Nothing,
        example: "change-me",
        about: "The secret shared with the XMPP server. It is also the password of the domain for HTTP Basic authentication. This or secret_file.",
        set: |_, config, _, text| config.secret.set(text),
    },
    Key {
        section: "component",
        name: "secret_file",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/component.secret",
        about: "A file that holds the secret alone; a line end after it is dropped.",
        set: |_, config, _, text| config.secret.set_file(text),
    },
    Key {
        section: "component",
        name: "tls",
        syntax: "yes|no",
        preset: Preset::Text("no"),
        example: "yes",
        about: "Whether the connection is encrypted from its first byte on, as a TLS listener of the server or stunnel in front of its component port takes it.",
        set: |_, config, _, text| {
            config.link_tls.on = values::yes_or_no(text)?;
            if config.link_tls.on {
                values::with_tls(())?;
            }
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/ca.pem",
        about: "The authorities that may have signed the server's certificate, in PEM; without it those of the system.",
        set: |_, config, _, text| {
            config.link_tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_pin",
        syntax: "sha256//BASE64",
        preset: Preset::Nothing,
        example: "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        about: "The public key that the server must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
        set: |_, config, _, text| {
            config.link_tls.pin = Some(values::pin(text)?);
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.pem",
        about: "A certificate that we show to the server when it asks for one, in PEM, followed by those that lead to its authority.",
        set: |_, config, _, text| {
            config.link_tls.cert = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, _, text| {
            config.link_tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "listen",
        syntax: "IP:PORT|PORT",
        preset: Preset::Text("127.0.0.1:8080"),
        example: "0.0.0.0:8080",
        about: "Where requests are taken. A port alone is on loopback; port 0 is any free one, the log says which.",
        set: |_, config, _, text| {
            config.listen = values::listen(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "iq_timeout",
        syntax: "SECONDS",
        preset: Preset::Number(120),
        example: "30",
        about: "How long a request waits for the answer to its iq when it does not say so itself in the header Prosody-Rest-Timeout.",
        set: |_, config, _, text| {
            config.iq_timeout = Duration::from_secs(values::number(text, 1, 3600)?.into());
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "iq_timeout_max",
        syntax: "SECONDS",
        preset: Preset::Number(300),
        example: "600",
        about: "The longest wait that a request may ask for; a longer one is cut to it.",
        set: |_, config, _, text| {
            config.iq_timeout_max = Duration::from_secs(values::number(text, 1, 3600)?.into());
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/server.pem",
        about: "The certificate of this server, in PEM, followed by those that lead to its authority. With it the server speaks https. SIGHUP reads the file again.",
        set: |_, config, _, text| {
            config.listen_tls.cert = Some(values::tls_file(text)?);
            config.listen_tls.on = true;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/server.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, _, text| {
            config.listen_tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "tls_client_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/callers.pem",
        about: "Callers have to show a certificate signed by one of these authorities, and their credentials as well.",
        set: |_, config, _, text| {
            config.listen_tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "allow",
        syntax: "IP[/BITS], ...",
        preset: Preset::Nothing,
        example: "127.0.0.0/8, 192.168.7.0/24",
        about: "The networks that requests may come from; without this key, all.",
        set: |_, config, _, text| {
            config.access.allow = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "proxies",
        syntax: "IP[/BITS], ...",
        preset: Preset::Nothing,
        example: "127.0.0.1",
        about: "Reverse proxies that are trusted to say in X-Forwarded-For where a request came from. Without it every request that a proxy passes on comes from the proxy.",
        set: |_, config, _, text| {
            config.access.proxies = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "anonymous",
        syntax: "JID",
        preset: Preset::Nothing,
        example: "anybody@rest.example.org",
        about: "The address that callers without credentials send as. Without this key they get 401.",
        set: |_, config, _, text| {
            config.access.anonymous = Some(values::jid(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "anonymous_from",
        syntax: "IP[/BITS], ...",
        preset: Preset::Text("127.0.0.0/8, ::1"),
        example: "192.168.7.0/24",
        about: "Where callers without credentials may come from.",
        set: |_, config, _, text| {
            config.access.anonymous_from = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "origins",
        syntax: "ORIGIN, ...|*",
        preset: Preset::Nothing,
        example: "https://app.example.org",
        about: "The web sites whose pages may send requests and read the answers (CORS). Without this key, none but the gateway's own.",
        set: |_, config, _, text| {
            config.access.origins = values::origins(text)?;
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/ca.pem",
        about: "The authorities that may have signed the certificate of an https webhook, in PEM; without it those of the system.",
        set: |_, config, at, text| {
            config.hooks[at].tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_pin",
        syntax: "sha256//BASE64",
        preset: Preset::Nothing,
        example: "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        about: "The public key that the webhook must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
        set: |_, config, at, text| {
            config.hooks[at].tls.pin = Some(values::pin(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.pem",
        about: "A certificate that we show to the webhook when it asks for one, in PEM, followed by those that lead to its authority.",
        set: |_, config, at, text| {
            config.hooks[at].tls.cert = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, at, text| {
            config.hooks[at].tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "log",
        name: "level",
        syntax: "error|warn|info|debug",
        preset: Preset::Text("info"),
        example: "debug",
        about: "How much is told. Only debug shows the bodies of stanzas; nothing shows a secret.",
        set: |_, config, _, text| {
            config.level = values::choice(text, LEVELS)?;
            Ok(())
        },
    },
    Key {
        section: "daemon",
        name: "user",
        syntax: "USER[:GROUP]",
        preset: Preset::Nothing,
        example: "nobody",
        about: "Whom to become when started as root, after the port is open and all files are read. SIGHUP reads them as this user.",
        set: |_, config, _, text| {
            config.user = Some(Identity::find(text)?);
            Ok(())
        },
    },
    Key {
        section: "daemon",
        name: "confine",
        syntax: "yes|no",
        preset: Preset::Nothing,
        example: "no",
        about: "Whether to have the kernel take away (by Landlock) the writing of all files, and the reading of all but those below /etc, /run, the system's libraries and the folders of the files that the configuration names; another folder needs a restart. Without this key, yes if this build can.",
        set: |_, config, _, text| {
            config.confine = values::yes_or_no(text)?;
            if config.confine && !confine::CAN {
                return Err(Wrong::new(
                    "the key needs Landlock, which this build does not have",
                    "Take a build with Landlock, or remove the key.",
                ));
            }
            Ok(())
        },
    },
];

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
    KEYS.iter().chain(account::KEYS).chain(hook_keys::KEYS).chain(LIMITS)
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
