//! restanza: one small binary between HTTP and XMPP.
#![cfg_attr(not(feature = "std"), no_std)]

pub mod arena;
pub mod buffer;
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
pub mod stanza;
pub mod time;
pub mod xml;
