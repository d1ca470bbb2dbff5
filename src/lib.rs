//! restanza carries stanzas between programs that speak HTTP and an XMPP server.
//!
//! It is an external component (XEP-0114) on one side and an HTTP/1.1 server and webhook client on the other. This
//! page is the map: read it top to bottom and you have followed a stanza both ways.
//!
//! # The path of a stanza
//!
//! ```text
//!                 HTTP callers                             webhooks
//!                      │ ▲                                   ▲ │
//!                bytes ▼ │ bytes                       bytes │ ▼ bytes
//!   ┌─ http::server ───┴─┴───┐                 ┌─ http::client ┴─┴───┐
//!   │ head, body, keep-alive │                 │ request, one answer │
//!   └──────────┬─▲───────────┘                 └──────────▲─┬────────┘
//!      Request │ │ answer                         payload │ │ Reply
//!   ┌──────────▼─┴─── gateway ────────────────────────────┴─▼────────┐
//!   │ routes, auth, rest: what it is   choice, queue, delivery: when │
//!   │ waiting: iq and its answer       reply: answer → stanza        │
//!   │                 host: our own disco, ping, version             │
//!   └──────────┬─▲────────────────────────────────────────▲─┬────────┘
//!       Stanza │ │ Element                        Element │ │ Stanza
//!   ┌──────────▼─┴──────── mapping ───────────────────────┴─▼────────┐
//!   │ one table, two walkers: XML ⇄ JSON, form, text                 │
//!   │ (json: strict reader, serde-json-core writes)                  │
//!   └──────────┬─▲───────────────────────────────────────────────────┘
//!   canonical  │ │ checked: one tape of nodes
//!   ┌─ xml::write, check ─┐
//!   └──────────┬─▲────────┘
//!       stanza ▼ │ frame: one whole stanza
//!   ┌─ component ─────────┐
//!   │ stream, handshake,  │  bytes ⇄ XMPP server
//!   │ keep-alive, backoff │
//!   └─────────────────────┘
//! ```
//!
//! Down the left: a caller's request becomes a [`stanza::Stanza`], is written to the link, and an iq waits for
//! its answer. Up the right: a stanza of the server is queued, POSTed to a webhook, and the answer becomes the
//! reply. What an iq asked comes back up the left.
//!
//! To use the core without the shell, go on with [how to drive the gateway](gateway#how-to-drive-it), which has an example
//! that runs; [`shell`] is one way to do that. Smaller parts stand alone: [`http::Server`] and [`http::Client`] are
//! machines for HTTP/1.1, [`component::Link`] one for XEP-0114, [`xml::parse`] and [`json::parse`] strict readers over
//! lent memory.
//!
//! # The rules of the house
//!
//! * Everything here but `shell` is the core: `no_std`, no allocator, no `unsafe`. It takes bytes, events and
//!   the moment they happened ([`time`]), and gives back actions ([`gateway::line`]). It never touches a socket,
//!   a file, a clock or a random source, so a test can play any history.
//! * All memory is lent at the start ([`buffer`], [`arena`]) and sized by one table ([`limits`]). A limit that
//!   is hit is an error to whoever caused it, and counted; nothing is truncated, nothing dropped in silence.
//! * Every refusal is a row of one table ([`fault`]) that names the party at fault, and the HTTP status and the
//!   stanza error for the same trouble.
//! * Input never travels as bytes. It is checked whole and written anew by [`xml::Writer`], so that no caller can
//!   make the server close the stream for all.
#![cfg_attr(not(feature = "std"), no_std)]

// By its own name, for a file of tests that other crates take in as well.
#[cfg(test)]
extern crate self as restanza;

pub mod arena;
pub mod buffer;
mod calendar;
#[cfg(test)]
mod cases;
#[cfg(feature = "cbor")]
pub mod cbor;
pub mod component;
pub mod fault;
pub mod gateway;
pub mod http;
pub mod ids;
pub mod jid;
pub mod json;
pub mod limits;
pub mod mapping;
#[cfg(feature = "std")]
pub mod shell;
pub mod signature;
pub mod stanza;
#[cfg(feature = "embedded-svc")]
pub mod svc;
pub mod time;
mod word;
pub mod xml;
