//! What the gateway has to know of the configuration, and asks for whenever it needs it.
//!
//! The shell keeps the configuration and may replace it between two events; the core keeps no copy.

use super::address::Network;
use super::introspection::Introspection;
use super::rights::Rights;
use crate::mapping::{Format, Options};
use crate::stanza::Kind;
use crate::time::Duration;

/// The configuration, as the core reads it. What has no value is not there, or is what the shell's has when it says
/// nothing.
pub trait Settings {
    /// The component's domain, prepared (XEP-0114: the stream's `to`).
    fn domain(&self) -> &str;
    /// The component's secret.
    fn secret(&self) -> &str;
    /// How long an iq waits when the caller does not say.
    fn iq_timeout(&self) -> Duration {
        Duration::from_secs(120)
    }
    /// The longest that a caller may ask for.
    fn iq_timeout_max(&self) -> Duration {
        Duration::from_secs(300)
    }
    /// The Bearer token at that place; `None` past the last.
    fn token(&self, _at: usize) -> Option<Token<'_>> {
        None
    }
    /// The user of HTTP Basic at that place, whose login is its name; `None` past the last.
    fn user(&self, _at: usize) -> Option<Token<'_>> {
        None
    }
    /// Who may come at all.
    fn access(&self) -> Access<'_> {
        Access::DEFAULT
    }
    /// How the JSON of requests and of their answers is mapped, if they do not say.
    fn mapping(&self) -> Options<'static> {
        Options::default()
    }
    /// The server that knows tokens which are not in the settings.
    fn introspection(&self) -> Option<Introspection<'_>> {
        None
    }
    /// The webhook at that place; `None` past the last.
    fn hook(&self, _at: usize) -> Option<Hook<'_>> {
        None
    }
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
    /// Who gets the figures at [`super::Door::Metrics`] without credentials.
    pub metrics_from: &'a [Network],
    /// Web sites whose pages may ask, as origins with commas between them; `*` for all.
    pub origins: &'a str,
}

impl Access<'_> {
    /// Everybody with credentials, nobody without, no other web site.
    pub const DEFAULT: Self = Self {
        allow: &[],
        proxies: &[],
        anonymous: None,
        anonymous_from: &Network::LOOPBACK,
        metrics_from: &Network::LOOPBACK,
        origins: "",
    };
}

/// Somebody who receives.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    /// The name of its section, for the log.
    pub name: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host, as it goes into the Host header, port included when it is not the default.
    pub authority: &'a str,
    /// Path and query: the request target, with variables ([`super::target`]).
    pub target: &'a str,
    /// How stanzas are written for it.
    pub format: Format,
    /// Whether it is asked by OPTIONS for a format that it likes better.
    pub probe: bool,
    /// How JSON is mapped, what it gets and what it answers.
    pub mapping: Options<'static>,
    /// What it gets.
    pub choice: Choice<'a>,
    /// How hard it is tried.
    pub delivery: Delivery<'a>,
    /// What goes into the head of each request.
    pub headers: Headers<'a>,
}

/// The stanzas that a hook gets: those for which all of this holds. An empty text is no condition.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The kinds it wants.
    pub kinds: Kinds,
    /// The addresses it wants.
    pub events: Events,
    /// Patterns of the address that the stanza is for.
    pub to: &'a str,
    /// Patterns of the address that it comes from.
    pub from: &'a str,
    /// Types, with commas between them.
    pub types: &'a str,
    /// Keys of the mapping, with commas between them, one of which it must have.
    pub keys: &'a str,
    /// Whether the hooks after it are asked as well; then it only gets a copy.
    pub goes_on: bool,
    /// Whether it also gets the questions to the domain itself that the gateway answers otherwise (`host`).
    pub questions: bool,
}

/// How a hook is tried.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// For one attempt, from the connect on.
    pub time: Duration,
    /// The most attempts for one stanza.
    pub attempts: u16,
    /// The wait before the second attempt; it doubles with every further one, and is drawn from its upper half.
    pub wait_least: Duration,
    /// The longest such wait.
    pub wait_most: Duration,
    /// How long a message or presence is kept, whatever happens.
    pub keep: Duration,
    /// The same for an iq: what its sender may be expected to wait.
    pub patience: Duration,
    /// The most calls at the same time.
    pub at_once: u16,
    /// The most stanzas that wait for it.
    pub entries: u32,
    /// Their most bytes.
    pub bytes: u32,
    /// Whether the oldest that waits makes room when they are too many; otherwise the newest is refused.
    pub drop_oldest: bool,
    /// So many failures in a row, and it is left alone for a while.
    pub breaker: u16,
    /// The first such while; it doubles up to ten times as long.
    pub pause: Duration,
    /// The statuses that are no answer but a failure, apart from those that say when to come back.
    pub retry: &'a [u16],
    /// How many redirects to the same origin are followed.
    pub redirects: u8,
}

/// What goes into the head of each request to a hook.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// Lines of the form `Name: value`.
    pub lines: &'a str,
    /// The value of Authorization; empty for none.
    pub authorization: &'a str,
    /// The keys that bodies are signed with, empty for none: the one in force, and one that is going or coming.
    pub keys: [&'a [u8]; 2],
}

impl Hook<'_> {
    /// What holds when nothing is said; it needs a name and an authority of its own.
    pub const DEFAULT: Self = Self {
        name: "",
        scheme: "http",
        authority: "",
        target: "/",
        format: Format::Json,
        probe: false,
        mapping: Options { strict: false, keep: false, id: None },
        choice: Choice::ALL,
        delivery: Delivery::DEFAULT,
        headers: Headers::NONE,
    };
}

impl Choice<'_> {
    /// Everything.
    pub const ALL: Self = Self {
        kinds: Kinds::ALL,
        events: Events::ALL,
        to: "",
        from: "",
        types: "",
        keys: "",
        goes_on: false,
        questions: false,
    };
}

impl Delivery<'_> {
    /// What holds when nothing is said.
    pub const DEFAULT: Self = Self {
        time: Duration::from_secs(30),
        attempts: 5,
        wait_least: Duration::from_secs(1),
        wait_most: Duration::from_secs(60),
        keep: Duration::from_secs(300),
        patience: Duration::from_secs(20),
        at_once: 2,
        entries: 100,
        bytes: 65_536,
        drop_oldest: false,
        breaker: 3,
        pause: Duration::from_secs(5),
        retry: &[],
        redirects: 0,
    };
}

impl Headers<'_> {
    /// None.
    pub const NONE: Self = Self { lines: "", authorization: "", keys: [&[], &[]] };
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
