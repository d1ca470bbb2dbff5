//! The link's states, and what its owner sees and moves; see [`Link`]. How it begins, is kept alive and ends is in
//! `life`, what comes on the stream in `incoming`.

use super::backoff::Backoff;
use super::incoming;
use super::outbox::Outbox;
use super::pulse::Pulse;
use super::words::say;
use crate::buffer::Buffer;
use crate::gateway::line::{Cx, Level, Want};
use crate::limits::Limits;
use crate::time::Instant;
use crate::xml::{Framer, Writer};

/// The component's stream to its server.
///
/// Its owner calls [`Link::next`] until `None` after each of `received`, `connected`, `ended`, `tick` and `stop`,
/// and looks at [`Link::want`], [`Link::pending`] and [`Link::deadline`] then.
#[derive(Debug)]
pub struct Link<'b> {
    pub(super) limits: Limits,
    pub(super) input: Buffer<'b>,
    pub(super) output: Buffer<'b>,
    pub(super) framer: Framer,
    pub(super) state: State,
    pub(super) pulse: Pulse,
    /// The length of the frame that was handed out last; it lies at the start of the in buffer.
    pub(super) frame: usize,
    /// How many bytes of the in buffer go with it.
    pub(super) done: usize,
    /// The owner was told that the link is up.
    pub(super) told_up: bool,
    /// The owner is to connect and was not told.
    pub(super) connect: bool,
    pub(super) counters: Counters,
    pub(super) backoff: Backoff,
    pub(super) stopping: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No connection; the next attempt is at that time.
    Down { until: Instant },
    /// The owner is connecting.
    Connecting { until: Instant },
    /// Our header is sent.
    Opening { until: Instant },
    /// The digest is sent.
    Handshaking { until: Instant },
    /// Stanzas go both ways.
    Up { since: Instant },
    /// The stream failed. What is pending may go out until then; without `until` the connection is to be closed.
    Broken { until: Option<Instant> },
    /// We have ended the stream and wait for the server's end.
    Leaving { until: Instant },
    /// For good.
    Stopped,
}

/// What the owner has to know or do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Open the connection, then say [`Link::connected`] or [`Link::ended`].
    Connect,
    /// Stanzas can be sent.
    Up,
    /// No more stanzas can be sent, and there will be no answers to those that were.
    Down,
    /// A stanza came; [`Link::frame`] is its text until the next call of [`Link::next`].
    Stanza,
    /// A stanza that is larger than the in buffer came and is left out. [`Link::frame`] is its start tag until the
    /// next call of [`Link::next`], or empty when not even that fitted. Whoever sent a request is told by the link.
    TooLarge,
}

/// What happened since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Attempts to connect.
    pub attempts: u64,
    /// Accepted handshakes.
    pub ups: u64,
    /// Stanzas received whole.
    pub received: ByKind,
    /// Stanzas put into the out buffer.
    pub sent: ByKind,
    /// The most octets that waited in the out buffer, as of the last stanza put there.
    pub most_outgoing: usize,
    /// Of the stanzas sent, how many the server had not taken for certain when a link broke.
    pub unconfirmed: u64,
    /// Stanzas larger than the limit.
    pub too_large: u64,
    /// Elements that are no stanzas and were left out.
    pub unknown: u64,
    /// Pings sent.
    pub pings: u64,
    /// Links given up because the server said nothing, or took nothing.
    pub deaths: u64,
}

/// How many stanzas of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByKind {
    /// Messages.
    pub message: u64,
    /// Presences.
    pub presence: u64,
    /// Queries and their answers.
    pub iq: u64,
}

impl ByKind {
    /// One more, which is this.
    pub(super) fn add(&mut self, stanza: &[u8]) {
        match incoming::name(stanza) {
            b"message" => self.message += 1,
            b"presence" => self.presence += 1,
            _ => self.iq += 1,
        }
    }
}

impl<'b> Link<'b> {
    /// A link without a connection, ready for the first attempt. `input` bounds the stanzas that can be received
    /// ([`Limits::stanza`]), `output` those that wait to be written ([`Limits::outgoing`]).
    pub fn new(input: &'b mut [u8], output: &'b mut [u8], limits: Limits) -> Self {
        Self {
            limits,
            input: Buffer::new(input),
            output: Buffer::new(output),
            framer: Framer::new(),
            state: State::Down { until: Instant::ZERO },
            pulse: Pulse::new(Instant::ZERO),
            frame: 0,
            done: 0,
            told_up: false,
            connect: false,
            counters: Counters::default(),
            backoff: Backoff::default(),
            stopping: false,
        }
    }

    /// Whether stanzas can be sent.
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// Whether the server owes a sign of life: what is sent now may well be lost.
    pub fn is_suspect(&self, now: Instant) -> bool {
        self.is_up() && self.pulse.is_suspect(now, &self.limits)
    }

    /// Whether [`Link::stop`] was said.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many stanzas the server has not yet taken for certain.
    pub fn unconfirmed(&self) -> u64 {
        if self.is_up() { self.pulse.unconfirmed() } else { 0 }
    }

    /// Where the owner reads to; empty while a frame fills the buffer.
    pub fn space(&mut self) -> &mut [u8] {
        self.input.space()
    }

    /// What the owner has to write.
    pub fn pending(&self) -> &[u8] {
        self.output.bytes()
    }

    /// How many bytes of this connection were written, to be compared with what [`Outbox::put`] gives.
    pub fn position(&self) -> u64 {
        self.output.consumed()
    }

    /// What the owner is to do with the connection.
    pub fn want(&self) -> Want {
        match self.state {
            State::Down { .. } | State::Stopped | State::Broken { until: None } => Want::Close,
            State::Broken { .. } => Want::Flush,
            _ => Want::Open,
        }
    }

    /// When [`Link::tick`] has to be called at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Down { until }
            | State::Connecting { until }
            | State::Opening { until }
            | State::Handshaking { until }
            | State::Leaving { until } => Some(until),
            State::Broken { until } => until,
            State::Up { .. } => Some(self.pulse.deadline(&self.limits)),
            State::Stopped => None,
        }
    }

    /// The text of the stanza that [`Link::next`] announced last.
    pub fn frame(&self) -> &[u8] {
        &self.input.bytes()[..self.frame]
    }

    /// Where stanzas go, while the link is up.
    pub fn outbox(&mut self, now: Instant) -> Option<Outbox<'_, 'b>> {
        self.split(now).1
    }

    /// The announced stanza together with the place for its answer.
    pub fn split(&mut self, now: Instant) -> (&[u8], Option<Outbox<'_, 'b>>) {
        let up = self.is_up();
        let frame = &self.input.bytes()[..self.frame];
        let (output, pulse, counters) = (&mut self.output, &mut self.pulse, &mut self.counters);
        (frame, up.then_some(Outbox { output, pulse, counters, now }))
    }

    /// `n` bytes were read into [`Link::space`].
    pub fn received(&mut self, n: usize, cx: Cx<'_>) {
        self.input.filled(n);
        if self.pulse.heard(cx.now) && self.is_up() {
            say(cx, Level::Info, format_args!("the server is alive after all"));
        }
    }

    /// `n` bytes of [`Link::pending`] were written.
    pub fn written(&mut self, n: usize, now: Instant) {
        self.output.consume(n);
        self.pulse.wrote(self.output.consumed(), self.output.mark(), now);
    }

    /// Writes something of the link's own; there is room by the reserve, or the buffer is empty.
    pub(super) fn write(&mut self, write: impl for<'w, 'o> FnOnce(&'w mut Writer<'o>) -> &'w mut Writer<'o>) {
        let mut out = Writer::new(self.output.space());
        write(&mut out);
        let n = out.finish().unwrap_or(0);
        self.output.filled(n);
    }
}
