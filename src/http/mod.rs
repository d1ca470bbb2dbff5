//! HTTP/1.1 (RFC 9110, RFC 9112), both sides, as machines that see bytes and never a socket.
//!
//! [`Server`] takes the requests of one caller from its in-buffer, [`Client`] the reply of one webhook; [`Draft`]
//! writes answers and calls with their body first, so that nothing is copied and every length is known. What is not
//! exactly as the standard says is refused with the row of [`crate::fault`] that says why, and the connection ends:
//! two readers of the same bytes must never see two different requests.

pub mod auth;
mod body;
mod client;
mod date;
mod draft;
pub mod form;
mod head;
pub mod media;
mod server;
mod status;

pub use client::{Client, Progress, Reply, Unreadable};
pub use date::Date;
pub(crate) use date::read_date;
pub use draft::{Draft, Field, Length, RESERVE, Unwritable};
pub use head::{FIELDS, Fields};
pub(crate) use server::number;
pub use server::{Event, Method, Request, Server, Version};
pub use status::reason_phrase;

/// What becomes of the connection after a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Another request may follow.
    Keep,
    /// It is closed.
    Close,
}
