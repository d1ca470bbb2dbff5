//! What the gateway and its shell say to each other about connections.
//!
//! The gateway knows three sorts of line: the link to the XMPP server, callers of its HTTP server, and its own
//! calls to webhooks. For each of them the shell only moves bytes: it reads into the space that the gateway gives,
//! writes what the gateway has pending, and opens and closes as told. So one pump serves all.

use core::fmt;
use core::net::IpAddr;

use super::settings::Settings;
use crate::time::Instant;

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// The component stream to the XMPP server.
    Link,
    /// A caller of the HTTP server, by its place.
    Caller(u16),
    /// A call to a webhook, by its place.
    Call(u16),
    /// A question about a token, by its place.
    Lookup(u16),
}

/// The listener that a caller came by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// The one for everything.
    #[default]
    Main,
    /// The one for those who watch over the gateway: health and figures alone.
    Metrics,
}

/// How a caller came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrival {
    /// The listener that it came by.
    pub door: Door,
    /// The address of the other end; a Unix socket has none, and counts as this machine.
    pub peer: Option<IpAddr>,
    /// Whether the connection is one of TLS, with our certificate.
    pub secured: bool,
}

/// What the shell is to do with a line once the pending bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Keep it open, read and write.
    Open,
    /// Write what is pending, then close.
    Flush,
    /// Close at once.
    Close,
}

/// How a line ended, as the shell saw it.
#[derive(Clone, Copy)]
pub enum End<'a> {
    /// The other side closed its sending side.
    Eof,
    /// We closed it because the gateway wanted so.
    Closed,
    /// It could not be opened, or broke; the words are the system's.
    Failed(&'a dyn fmt::Display),
}

/// What the shell is asked to do; taken with `Gateway::action` after every event, until there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open this line: the link to the server, a call to the address of the hook with that number, or a question to the
    /// server that knows tokens.
    Connect(Line),
    /// Look at this line again: its pending bytes, its space or what is wanted of it changed.
    Wake(Line),
}

/// What comes with every event: the moment, the settings in force, and where to say what happened.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The moment of the event.
    pub now: Instant,
    /// The time of day at the event, in seconds since 1970, for what others have to understand; nothing is timed by it.
    pub wall: u64,
    /// The settings in force.
    pub settings: &'a dyn Settings,
    /// Where events are told to the operator.
    pub log: &'a dyn Log,
}

/// How much an operator wants to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something does not work and needs a person.
    Error,
    /// Something went wrong and the gateway goes on.
    Warn,
    /// The state changed.
    Info,
    /// For looking into a problem: a line for each request.
    Debug,
}

/// The operator's log. One call is one line; no secrets, and nothing of what stanzas say.
pub trait Log {
    /// Takes a line.
    fn log(&self, level: Level, line: fmt::Arguments<'_>);
}
