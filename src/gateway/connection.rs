//! A connection that we open to an HTTP server, and the exchange on it: what calls to webhooks (`calls`) and look-ups of
//! tokens (`lookups`) have in common.
//!
//! It is kept after an exchange that ended as it should. What an outcome means is for whoever asked.

use core::fmt;

use crate::http::{After, Client, Progress, Reply, Unreadable};
use crate::limits::Limits;
use crate::time::{Duration, Instant};

use super::Port;
use super::line::{End, Want};

/// The place of one connection.
#[derive(Debug)]
pub(super) struct Connection<'b> {
    pub(super) port: Port<'b>,
    /// There is one since the place was used first.
    client: Option<Client>,
    stage: Stage,
    /// The settings may lead elsewhere by now: it is not kept.
    stale: bool,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is none.
    None,
    /// The shell was asked to open it.
    Opening,
    /// It is open.
    Open,
    /// It is to be closed, and the shell has not said that it is.
    Closing,
}

/// What the end of a connection is to the exchange on it.
pub(super) enum Ended<'e> {
    /// It never was open; the words are the system's.
    Unreached(&'e dyn fmt::Display),
    /// The end of the reply, or of all hope for one.
    Exchange(Result<Progress, Unreadable>),
}

impl<'b> Connection<'b> {
    /// A free place over this memory.
    pub(super) fn new(port: Port<'b>) -> Self {
        Self { port, client: None, stage: Stage::None, stale: false }
    }

    /// What may be written now.
    pub(super) fn pending(&self) -> &[u8] {
        if self.is_open() { self.port.output.bytes() } else { &[] }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.client.as_ref()?.deadline()
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Whether there is none, not even one that is still to be closed.
    pub(super) fn is_closed(&self) -> bool {
        self.stage == Stage::None
    }

    /// The shell is being asked for it. The exchange begins, with the request in the out-buffer.
    pub(super) fn open(&mut self, limits: &Limits, now: Instant, time: Duration) {
        self.port.input.clear();
        self.port.want = Want::Open;
        (self.stage, self.stale) = (Stage::Opening, false);
        self.client.insert(Client::new(limits)).start_within(now, time);
    }

    /// The next exchange begins, on a connection that is open.
    pub(super) fn ask(&mut self, now: Instant, time: Duration) {
        if let Some(client) = &mut self.client {
            client.start_within(now, time);
        }
    }

    /// It is open; false when nobody wants it any more.
    pub(super) fn connected(&mut self) -> bool {
        let wanted = self.stage == Stage::Opening;
        if wanted {
            self.stage = Stage::Open;
        }
        wanted
    }

    /// Bytes came.
    pub(super) fn received(&mut self) -> Result<Progress, Unreadable> {
        self.client.as_mut().map_or(Ok(Progress::NeedMore), |client| client.advance(&mut self.port.input))
    }

    /// It ended, or the other side sends no more; then it is still to be closed. Says what that is to the exchange, if
    /// one is under way.
    pub(super) fn ended<'e>(&mut self, end: End<'e>, is_asked: bool) -> Option<Ended<'e>> {
        let opening = self.stage == Stage::Opening;
        if !matches!(end, End::Eof) {
            self.stage = Stage::None;
            self.port.want = Want::Close;
        }
        let client = self.client.as_mut().filter(|_| is_asked)?;
        Some(match end {
            End::Failed(words) if opening => Ended::Unreached(words),
            End::Failed(_) => Ended::Exchange(client.broken(&mut self.port.input)),
            End::Eof | End::Closed => Ended::Exchange(client.eof(&mut self.port.input)),
        })
    }

    /// Time has passed; see [`Client::tick`].
    pub(super) fn tick(&mut self, now: Instant) -> Result<After, Unreadable> {
        self.client.as_mut().map_or(Ok(After::Keep), |client| client.tick(now))
    }

    /// Whether a request that got no reply may be sent once more; see [`Client::may_retry`].
    pub(super) fn may_retry(&self) -> bool {
        self.client.as_ref().is_some_and(Client::may_retry)
    }

    /// The reply that is there.
    pub(super) fn reply(&self) -> Option<Reply<'_>> {
        self.client.as_ref().map(|client| client.reply(&self.port.input))
    }

    /// The exchange is over, one way or the other.
    pub(super) fn finish(&mut self, now: Instant) -> After {
        let sent = self.port.output.is_empty();
        let after = self.client.as_mut().map(|client| client.finish(now, &mut self.port.input, sent));
        after.filter(|_| !self.stale).unwrap_or(After::Close)
    }

    /// The settings have changed: what is under way is finished, and then it is closed.
    pub(super) fn expire(&mut self) {
        self.stale = true;
    }

    /// It is to be closed; the shell says when it is.
    pub(super) fn close(&mut self) {
        if matches!(self.stage, Stage::Opening | Stage::Open) {
            self.stage = Stage::Closing;
        }
        self.port.want = Want::Close;
    }
}
