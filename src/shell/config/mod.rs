//! The configuration: what the operator writes, and what the gateway asks of it.
//!
//! One table ([`keys`]) says which sections and keys there are; [`read`] turns a file, the environment and the
//! files of secrets into a [`Config`] and a list of all [`problem`]s. Nothing is taken that is not understood
//! whole: an unknown key, a second value, a number out of range are errors, each with its place and its cure.

mod account;
mod address;
mod check;
mod component_keys;
mod daemon_keys;
mod hook;
mod hook_keys;
mod http_keys;
mod ini;
mod introspection;
pub mod keys;
mod listen;
mod load;
mod mapping_keys;
mod moment;
pub mod problem;
mod read;
mod sample;
mod secrets;
#[cfg(test)]
mod tests;
mod tls_keys;
#[cfg(test)]
mod uci;
mod values;

use std::path::{Path, PathBuf};

use crate::gateway::address::Network;
use crate::gateway::introspection::Introspection;
use crate::gateway::line::Level;
use crate::gateway::settings::{self, Settings};
use crate::limits::Limits;
use crate::mapping::Options;
use crate::shell::confine;
use crate::shell::privileges::Identity;
use crate::time::Duration;
pub use account::Account;
pub use address::{Address, Remote, Url};
pub use hook::HookSection;
pub(crate) use ini::is_name;
pub use introspection::IntrospectionSection;
pub use listen::{Place, SocketRights};
pub use load::load;
use problem::Wrong;
pub use read::{Reading, read};
pub use sample::sample;
pub use secrets::{Files, SecretText};

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the XMPP server is.
    pub server: Address,
    /// How the link to it is encrypted.
    pub link_tls: TlsKeys,
    /// The component's domain, prepared.
    pub domain: String,
    /// The component's secret.
    pub secret: Secret,
    /// Where HTTP requests are taken.
    pub listen: Vec<Place>,
    /// Who may use the Unix sockets of both.
    pub socket_rights: SocketRights,
    /// Where those are served who watch over us.
    pub metrics_listen: Vec<Place>,
    /// Whether they are to speak TLS.
    pub metrics_tls: bool,
    /// How they are encrypted; `ca` is that of the callers' certificates.
    pub listen_tls: TlsKeys,
    /// How long an iq waits.
    pub iq_timeout: Duration,
    /// How long an iq may wait.
    pub iq_timeout_max: Duration,
    /// Who may come at all.
    pub access: Access,
    /// How stanzas and JSON become each other.
    pub mapping: Options<'static>,
    /// Who may send, by a token.
    pub tokens: Vec<Account>,
    /// Who may send, by name and password.
    pub users: Vec<Account>,
    /// Who knows of others that may send.
    pub introspection: IntrospectionSection,
    /// Who receives.
    pub hooks: Vec<HookSection>,
    /// The bounds.
    pub limits: Limits,
    /// How much is logged.
    pub level: Level,
    /// Whom to become when started as root.
    pub user: Option<Identity>,
    /// Whether to give up all of the file system that is not needed.
    pub confine: bool,
}

/// Whether and how connections of one sort are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsKeys {
    /// Whether they are. A hook's address says so itself.
    pub on: bool,
    /// The file with the authorities that may sign the other side's certificate.
    pub ca: Option<PathBuf>,
    /// The SHA-256 of the other side's public key.
    pub pin: Option<[u8; 32]>,
    /// The file with the certificates that we show.
    pub cert: Option<PathBuf>,
    /// The file with the private key of the first of them.
    pub key: Option<PathBuf>,
}

/// A secret, and the file it came from. Its text never shows in what is printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret {
    text: String,
    file: Option<PathBuf>,
}

/// The keys of `[http]` and `[metrics]` about who may come at all; see [`settings::Access`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    allow: Vec<Network>,
    proxies: Vec<Network>,
    anonymous: Option<String>,
    anonymous_from: Vec<Network>,
    metrics_from: Vec<Network>,
    origins: String,
}

/// What follows from the secrets of a hook; it never shows in what is printed.
#[derive(Clone, Default)]
pub struct Settled {
    /// The value of Authorization.
    authorization: String,
    /// The keys to sign with.
    keys: [Vec<u8>; 2],
}

impl std::fmt::Debug for Settled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Settled")
    }
}

impl Config {
    /// A configuration in which every key still has to be set.
    fn blank() -> Self {
        Self {
            server: Address { host: String::new(), port: 0 },
            link_tls: TlsKeys::default(),
            domain: String::new(),
            secret: Secret::default(),
            listen: Vec::new(),
            socket_rights: SocketRights::default(),
            metrics_listen: Vec::new(),
            metrics_tls: false,
            listen_tls: TlsKeys::default(),
            iq_timeout: Duration::ZERO,
            iq_timeout_max: Duration::ZERO,
            access: Access::default(),
            mapping: Options::default(),
            tokens: Vec::new(),
            users: Vec::new(),
            introspection: IntrospectionSection::default(),
            hooks: Vec::new(),
            limits: Limits::DEFAULT,
            level: Level::Info,
            user: None,
            confine: confine::CAN,
        }
    }

    /// Makes room for a section; gives its place among those of its sort.
    fn open(&mut self, section: &str, name: &str) -> usize {
        match section {
            "token" => {
                self.tokens.push(Account::blank(name));
                self.tokens.len() - 1
            }
            "user" => {
                self.users.push(Account::blank(name));
                self.users.len() - 1
            }
            "hook" => {
                self.hooks.push(HookSection::blank(name));
                self.hooks.len() - 1
            }
            _ => 0,
        }
    }

    /// The unnamed sections in which `other` differs in what takes effect with a restart only.
    pub fn changed_sections(&self, other: &Self) -> impl Iterator<Item = &'static str> {
        let component = (&self.server, &self.link_tls, &self.domain, &self.secret)
            != (&other.server, &other.link_tls, &other.domain, &other.secret);
        let http = (&self.listen, &self.socket_rights, &self.listen_tls)
            != (&other.listen, &other.socket_rights, &other.listen_tls);
        let metrics = (&self.metrics_listen, self.metrics_tls) != (&other.metrics_listen, other.metrics_tls);
        let limits = self.limits != other.limits;
        let daemon = (&self.user, self.confine) != (&other.user, other.confine);
        [
            ("component", component),
            ("http", http),
            ("metrics", metrics),
            ("limits", limits),
            ("daemon", daemon),
        ]
        .into_iter()
        .filter_map(|(name, changed)| changed.then_some(name))
    }

    /// Makes of the secrets what goes into requests.
    fn settle(&mut self) {
        self.introspection.settle();
        self.hooks.iter_mut().for_each(HookSection::settle);
    }

    /// Every file that a reload will read, but the configuration itself.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let own = [&self.link_tls, &self.listen_tls, &self.introspection.tls];
        let keys = own.into_iter().chain(self.hooks.iter().map(|hook| &hook.tls));
        let keys = keys.flat_map(|keys| [&keys.ca, &keys.cert, &keys.key]);
        let accounts = self.tokens.iter().chain(&self.users).map(|account| &account.secret);
        let hooks = self.hooks.iter().flat_map(|hook| hook.sign.iter().chain([&hook.basic, &hook.bearer]));
        let secrets = accounts
            .chain(hooks)
            .chain([&self.secret, &self.introspection.secret])
            .map(|secret| &secret.file);
        keys.chain(secrets).filter_map(Option::as_deref)
    }

    /// Takes over the mapping, tokens, users and hooks of `new`, who may come at all, how long an iq waits, and how much
    /// is told.
    pub fn take_reloadable(&mut self, new: Self) {
        self.level = new.level;
        self.access = new.access;
        (self.iq_timeout, self.iq_timeout_max) = (new.iq_timeout, new.iq_timeout_max);
        self.mapping = new.mapping;
        self.tokens = new.tokens;
        self.users = new.users;
        self.introspection = new.introspection;
        self.hooks = new.hooks;
    }
}

impl Secret {
    /// The secret itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn set(&mut self, text: &str) -> Result<(), Wrong> {
        if text.is_empty() {
            return Err(Wrong::new("the secret is empty", "Write a long random text, or use secret_file."));
        }
        account::check_hash(text)?;
        text.clone_into(&mut self.text);
        Ok(())
    }

    fn set_file(&mut self, text: &str) -> Result<(), Wrong> {
        if text.is_empty() {
            return Err(Wrong::new("the name of the file is empty", "Write its full path."));
        }
        self.file = Some(PathBuf::from(text));
        Ok(())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Settings for Config {
    fn domain(&self) -> &str {
        &self.domain
    }

    fn secret(&self) -> &str {
        &self.secret.text
    }

    fn iq_timeout(&self) -> Duration {
        self.iq_timeout
    }

    fn iq_timeout_max(&self) -> Duration {
        self.iq_timeout_max
    }

    fn token(&self, at: usize) -> Option<settings::Token<'_>> {
        self.tokens.get(at).map(Account::shown)
    }

    fn user(&self, at: usize) -> Option<settings::Token<'_>> {
        self.users.get(at).map(Account::shown)
    }

    fn introspection(&self) -> Option<Introspection<'_>> {
        self.introspection.settings()
    }

    fn access(&self) -> settings::Access<'_> {
        let Access { allow, proxies, anonymous, anonymous_from, metrics_from, origins } = &self.access;
        let anonymous = anonymous.as_deref();
        settings::Access { allow, proxies, anonymous, anonymous_from, metrics_from, origins }
    }

    fn mapping(&self) -> Options<'static> {
        self.mapping
    }

    fn hook(&self, at: usize) -> Option<settings::Hook<'_>> {
        self.hooks.get(at).map(|hook| hook.settings(self.mapping))
    }
}
