//! The link to the XMPP server: an external component's stream (XEP-0114) that is opened, kept alive, and opened
//! again for ever.
//!
//! ```text
//!            tick           connected       header        handshake
//!   Down ─────────▶ Connecting ────▶ Opening ────▶ Handshaking ────▶ Up
//!    ▲                  │               │               │             │ │ stop
//!    │ ended            ▼               ▼               ▼             ▼ ▼
//!    └───────────────  Broken: what is pending goes out, then it is closed   Leaving ─▶ Stopped
//! ```
//!
//! [`Link`] is told what happened to the connection and moves no byte itself; its owner reads into
//! [`Link::space`], writes [`Link::pending`], and takes [`Event`]s from [`Link::next`] after everything it tells.
//! Whole stanzas are handed out as they came; the link reads none but its own: the handshake, stream errors and
//! the answers to its pings.
//!
//! * `life`: how a link begins, is kept alive and ends.
//! * `backoff`: how long to wait between two attempts.
//! * `pulse`: whether the server is alive and reads, and which stanzas it has taken.
//! * `handshake` and `stream_error`: what servers say while the stream is opened and when they end it.

mod backoff;
mod handshake;
mod incoming;
mod life;
mod link;
mod outbox;
mod pulse;
mod stream_error;
mod words;

pub use link::{ByKind, Counters, Event, Link};
pub use outbox::{Outbox, Put};

#[cfg(test)]
mod tests;
