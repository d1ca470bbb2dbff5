//! The link's states, and what its owner tells it; see [`Link`]. What comes on the stream is in `incoming`.

use super::backoff::Backoff;
use super::outbox::Outbox;
use super::pulse::{Due, Pulse, Target, Why};
use super::words::{Lost, Quoted, Time, say, say_strayed};
use crate::buffer::Buffer;
use crate::gateway::line::{Cx, End, Level, Want};
use crate::ids::Ids;
use crate::limits::Limits;
use crate::time::{Duration, Instant};
use crate::xml::{Framer, STANZA, Writer};

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
    backoff: Backoff,
    stopping: bool,
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
    pub received: u64,
    /// Stanzas put into the out buffer.
    pub sent: u64,
    /// Of those, how many the server had not taken for certain when a link broke.
    pub unconfirmed: u64,
    /// Stanzas larger than the limit.
    pub too_large: u64,
    /// Elements that are no stanzas and were left out.
    pub unknown: u64,
    /// Pings sent.
    pub pings: u64,
    /// Links given up because of silence.
    pub deaths: u64,
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

    /// Whether [`Link::stop`] was said and the stream has ended.
    pub fn is_stopped(&self) -> bool {
        self.state == State::Stopped
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

    /// The connection is open.
    pub fn connected(&mut self, cx: Cx<'_>) {
        if !matches!(self.state, State::Connecting { .. }) {
            return;
        }
        self.input.clear();
        self.output.clear();
        (self.frame, self.done) = (0, 0);
        self.framer = Framer::new();
        self.pulse = Pulse::new(cx.now);
        self.state = State::Opening { until: cx.now + span(self.limits.link_open_time) };
        self.write(|out| out.stream_open(cx.settings.domain()));
    }

    /// `n` bytes were read into [`Link::space`].
    pub fn received(&mut self, n: usize, cx: Cx<'_>) {
        self.input.filled(n);
        if self.pulse.heard(cx.now) && self.is_up() {
            say(cx, Level::Info, format_args!("the server is alive after all"));
        }
    }

    /// `n` bytes of [`Link::pending`] were written.
    pub fn written(&mut self, n: usize) {
        self.output.consume(n);
    }

    /// The connection ended, or could not be opened.
    pub fn ended(&mut self, end: End<'_>, cx: Cx<'_>, ids: &mut Ids) {
        let state = self.state;
        let lost = self.leave(cx.now);
        if matches!(state, State::Down { .. } | State::Stopped) {
            return;
        }
        if self.stopping {
            self.state = State::Stopped;
            return say(cx, Level::Info, format_args!("stopped{lost}"));
        }
        let wait = self.backoff.next(&self.limits, ids.random_u64());
        self.state = State::Down { until: cx.now + wait };
        let again = format_args!("{lost}; next attempt in {}", Time(wait));
        match (state, end) {
            // The reason was said when it happened.
            (State::Broken { .. }, _) => say(cx, Level::Info, format_args!("closed{again}")),
            (State::Connecting { .. }, End::Failed(words)) => {
                say(cx, Level::Warn, format_args!("the server cannot be reached: {}{again}", Quoted(words)));
            }
            (_, End::Failed(words)) => say(cx, Level::Warn, format_args!("broken: {}{again}", Quoted(words))),
            (_, End::Closed) => say(cx, Level::Warn, format_args!("closed from our side{again}")),
            (State::Opening { .. }, End::Eof) => say(
                cx,
                Level::Warn,
                format_args!(
                    "the server closed the connection without a word; is that its component port?{again}"
                ),
            ),
            (State::Handshaking { .. }, End::Eof) => {
                say(
                    cx,
                    Level::Warn,
                    format_args!("the server closed the connection during the handshake{again}"),
                );
            }
            (_, End::Eof) => {
                say(
                    cx,
                    Level::Warn,
                    format_args!("the server closed the connection; was it stopped?{again}"),
                );
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, cx: Cx<'_>, ids: &mut Ids) {
        if self.deadline().is_none_or(|deadline| cx.now < deadline) {
            return;
        }
        match self.state {
            State::Down { .. } => {
                self.counters.attempts += 1;
                self.connect = true;
                self.state = State::Connecting { until: cx.now + span(self.limits.link_connect_time) };
            }
            State::Connecting { .. } => {
                let time = Time(span(self.limits.link_connect_time));
                say(cx, Level::Warn, format_args!("the server was not reached within {time}"));
                self.state = State::Broken { until: None };
            }
            State::Opening { .. } => {
                let time = Time(span(self.limits.link_open_time));
                say(
                    cx,
                    Level::Warn,
                    format_args!(
                        "no answer with a stream id to the opening of the stream within {time}; is that the server's component port?"
                    ),
                );
                self.break_off("connection-timeout", cx);
            }
            State::Handshaking { .. } => {
                let time = Time(span(self.limits.link_open_time));
                say(cx, Level::Warn, format_args!("no answer to the handshake within {time}"));
                self.break_off("connection-timeout", cx);
            }
            State::Up { .. } => self.check_pulse(cx, ids),
            State::Broken { .. } => self.state = State::Broken { until: None },
            State::Leaving { .. } => {
                let time = Time(span(self.limits.link_close_time));
                let lost = self.leave(cx.now);
                say(cx, Level::Warn, format_args!("the server did not end the stream within {time}{lost}"));
                self.state = State::Broken { until: None };
            }
            State::Stopped => {}
        }
    }

    /// Ends the stream for good; [`Link::is_stopped`] tells when that is done.
    pub fn stop(&mut self, cx: Cx<'_>) {
        self.stopping = true;
        match self.state {
            State::Down { .. } | State::Connecting { .. } => self.state = State::Stopped,
            State::Opening { .. } | State::Handshaking { .. } | State::Up { .. } => {
                self.write_end("");
                self.state = State::Leaving { until: cx.now + span(self.limits.link_close_time) };
            }
            State::Broken { .. } | State::Leaving { .. } | State::Stopped => {}
        }
    }

    /// Ends a stream that failed, with a stream error of ours unless `condition` is empty.
    pub(crate) fn break_off(&mut self, condition: &str, cx: Cx<'_>) {
        let lost = self.leave(cx.now);
        if lost.0 > 0 {
            say(cx, Level::Warn, format_args!("broken off{lost}"));
        }
        self.write_end(condition);
        self.state = State::Broken { until: Some(cx.now + span(self.limits.link_close_time)) };
    }

    /// Accounts for a stream that ends now, if it was up.
    fn leave(&mut self, now: Instant) -> Lost {
        if let State::Up { since } = self.state
            && now.since(since) >= span(self.limits.link_stable_time)
        {
            self.backoff.reset();
        }
        match self.state {
            State::Up { .. } | State::Leaving { .. } => {
                self.counters.unconfirmed += self.pulse.unconfirmed();
                Lost(self.pulse.unconfirmed())
            }
            _ => Lost(0),
        }
    }

    fn check_pulse(&mut self, cx: Cx<'_>, ids: &mut Ids) {
        match self.pulse.due(cx.now, &self.limits) {
            Due::Nothing => {}
            Due::Space => {
                // Behind bytes that the network does not take, one more would not help.
                if self.output.is_empty() {
                    let _ = self.output.push(b" ");
                }
                self.pulse.spoke(cx.now);
            }
            Due::Ping { target, why } => {
                let time = Time(span(self.limits.link_ping_time));
                match why {
                    Why::Routine => {}
                    Why::Unheard => {
                        say(
                            cx,
                            Level::Warn,
                            format_args!(
                                "suspect: no sign of life within {time} after a ping; asking once more"
                            ),
                        );
                    }
                    Why::Strayed => say_strayed(cx),
                }
                let (id, domain) = (ids.id(), cx.settings.domain());
                let to = match target {
                    Target::Own => domain,
                    Target::Parent => parent(domain),
                };
                self.write(|out| {
                    out.start("iq", STANZA)
                        .attr("type", "get")
                        .attr("id", id)
                        .attr("from", domain)
                        .attr("to", to);
                    out.start("ping", "urn:xmpp:ping").end().end()
                });
                self.pulse.pinged(id, cx.now);
                self.counters.pings += 1;
            }
            Due::Death => {
                self.counters.deaths += 1;
                let silence = Time(self.pulse.silence(cx.now));
                let lost = self.leave(cx.now);
                say(cx, Level::Warn, format_args!("dead: not a byte from the server for {silence}{lost}"));
                self.state = State::Broken { until: None };
            }
        }
    }

    fn write_end(&mut self, condition: &str) {
        let parts: &[&str] = if condition.is_empty() {
            &["</stream:stream>"]
        } else {
            &[
                "<stream:error><",
                condition,
                " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
            ]
        };
        for part in parts {
            // The reserve has room for it.
            let _ = self.output.push(part.as_bytes());
        }
    }

    /// Writes something of the link's own; there is room by the reserve, or the buffer is empty.
    pub(super) fn write(&mut self, write: impl for<'w, 'o> FnOnce(&'w mut Writer<'o>) -> &'w mut Writer<'o>) {
        let mut out = Writer::new(self.output.space());
        write(&mut out);
        let n = out.finish().unwrap_or(0);
        self.output.filled(n);
    }
}

/// The domain above, where it can be asked without asking the whole world.
fn parent(domain: &str) -> &str {
    match domain.split_once('.') {
        Some((_, parent)) if parent.contains('.') || parent == "localhost" => parent,
        _ => domain,
    }
}

const fn span(millis: u32) -> Duration {
    Duration::from_millis(millis as u64)
}
