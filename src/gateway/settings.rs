//! What the gateway has to know of the configuration, and asks for whenever it needs it.
//!
//! The shell keeps the configuration and may replace it between two events; the core keeps no copy.

use super::address::Network;
use super::rights::Rights;
use crate::mapping::Format;
use crate::stanza::Kind;
use crate::time::Duration;

/// The configuration, as the core reads it.
pub trait Settings {
    /// The component's domain, prepared (XEP-0114: the stream's `to`).
    fn domain(&self) -> &str;
    /// The component's secret.
    fn secret(&self) -> &str;
    /// How long an iq waits when the caller does not say.
    fn iq_timeout(&self) -> Duration;
    /// The longest that a caller may ask for.
    fn iq_timeout_max(&self) -> Duration;
    /// The Bearer token at that place; `None` past the last.
    fn token(&self, at: usize) -> Option<Token<'_>>;
    /// The user of HTTP Basic at that place, whose login is its name; `None` past the last.
    fn user(&self, _at: usize) -> Option<Token<'_>> {
        None
    }
    /// Who may come at all.
    fn access(&self) -> Access<'_> {
        Access::DEFAULT
    }
    /// The webhook at that place; `None` past the last.
    fn hook(&self, at: usize) -> Option<Hook<'_>>;
}

/// Somebody who may send.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// The name of its section, for the log.
    pub name: &'a str,
    /// What the caller has to present, or its hash: [`super::auth::HASHED`].
    pub secret: &'a str,
    /// The address it sends as: domain, bare or full JID, prepared.
    pub jid: &'a str,
    /// What it may do with it.
    pub rights: Rights<'a>,
}

/// Who may come at all, and who without credentials.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The networks that requests may come from; none for all.
    pub allow: &'a [Network],
    /// The proxies whose `X-Forwarded-For` is believed.
    pub proxies: &'a [Network],
    /// The address that callers without credentials send as, if they may.
    pub anonymous: Option<&'a str>,
    /// Where those may come from.
    pub anonymous_from: &'a [Network],
    /// Web sites whose pages may ask, as origins with commas between them; `*` for all.
    pub origins: &'a str,
}

impl Access<'_> {
    /// Everybody with credentials, nobody without, no other web site.
    pub const DEFAULT: Self =
        Self { allow: &[], proxies: &[], anonymous: None, anonymous_from: &Network::LOOPBACK, origins: "" };
}

/// Somebody who receives.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    /// The name of its section, for the log.
    pub name: &'a str,
    /// The host, as it goes into the Host header, port included when it is not the default.
    pub authority: &'a str,
    /// Path and query: the request target.
    pub target: &'a str,
    /// How stanzas are written for it.
    pub format: Format,
    /// The kinds it wants.
    pub kinds: Kinds,
    /// The addresses it wants.
    pub events: Events,
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds {
    /// Messages.
    pub message: bool,
    /// Presence.
    pub presence: bool,
    /// Queries and commands.
    pub iq: bool,
}

impl Kinds {
    /// All of them.
    pub const ALL: Self = Self { message: true, presence: true, iq: true };

    /// Whether `kind` is in it.
    pub const fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Message => self.message,
            Kind::Presence => self.presence,
            Kind::Iq => self.iq,
        }
    }
}

/// A set of address forms that stanzas come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// To `user@domain`.
    pub bare: bool,
    /// To `user@domain/resource`.
    pub full: bool,
    /// To the domain itself.
    pub host: bool,
}

impl Events {
    /// All of them.
    pub const ALL: Self = Self { bare: true, full: true, host: true };
}
