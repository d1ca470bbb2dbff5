//! The life of a link: it is opened, its pulse is taken, and it ends, each time with a word for the log that says why
//! and what it may have cost. Every deadline of [`Link`] is acted on here.

use core::fmt;

use super::link::{Link, State};
use super::pulse::{Due, Pulse, Target, Why};
use super::words::{Lost, Quoted, say, say_strayed};
use crate::gateway::line::{Cx, End, Level};
use crate::ids::Ids;
use crate::time::{Duration, Instant};
use crate::xml::{Framer, STANZA};

impl Link<'_> {
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
        self.state = State::Opening { until: cx.now + Duration::of_limit(self.limits.link_open_time) };
        self.write(|out| out.stream_open(cx.settings.domain()));
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
        let again = format_args!("{lost}; next attempt in {wait}");
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
                self.state =
                    State::Connecting { until: cx.now + Duration::of_limit(self.limits.link_connect_time) };
            }
            State::Connecting { .. } => {
                let time = Duration::of_limit(self.limits.link_connect_time);
                say(cx, Level::Warn, format_args!("the server was not reached within {time}"));
                self.state = State::Broken { until: None };
            }
            State::Opening { .. } => {
                let time = Duration::of_limit(self.limits.link_open_time);
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
                let time = Duration::of_limit(self.limits.link_open_time);
                say(cx, Level::Warn, format_args!("no answer to the handshake within {time}"));
                self.break_off("connection-timeout", cx);
            }
            State::Up { .. } => self.check_pulse(cx, ids),
            State::Broken { .. } => self.state = State::Broken { until: None },
            State::Leaving { .. } => {
                let time = Duration::of_limit(self.limits.link_close_time);
                let lost = self.leave(cx.now);
                say(cx, Level::Warn, format_args!("the server did not end the stream within {time}{lost}"));
                self.state = State::Broken { until: None };
            }
            State::Stopped => {}
        }
    }

    /// Ends the stream for good: once the connection has ended, no other is asked for.
    pub fn stop(&mut self, cx: Cx<'_>) {
        self.stopping = true;
        match self.state {
            State::Down { .. } | State::Connecting { .. } => self.state = State::Stopped,
            State::Opening { .. } | State::Handshaking { .. } | State::Up { .. } => {
                self.write_end("");
                self.state =
                    State::Leaving { until: cx.now + Duration::of_limit(self.limits.link_close_time) };
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
        // Who waits for a stanza to be written hears that it was not, and may send it again: it must not go out now.
        if lost.0 > 0 && !self.output.is_empty() {
            self.state = State::Broken { until: None };
            return;
        }
        // Nothing follows the end of our stream (RFC 6120 section 4.4).
        if !matches!(self.state, State::Leaving { .. }) {
            self.write_end(condition);
        }
        self.state = State::Broken { until: Some(cx.now + Duration::of_limit(self.limits.link_close_time)) };
    }

    /// Accounts for a stream that ends now, if it was up.
    fn leave(&mut self, now: Instant) -> Lost {
        if let State::Up { since } = self.state
            && now.since(since) >= Duration::of_limit(self.limits.link_stable_time)
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
                let time = Duration::of_limit(self.limits.link_ping_time);
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
                self.pulse.pinged(id, self.output.mark(), cx.now);
                self.counters.pings += 1;
            }
            Due::Death => {
                let silence = self.pulse.silence(cx.now);
                self.give_up(format_args!("dead: not a byte from the server for {silence}"), cx);
            }
            Due::Jam => {
                let waits = Duration::of_limit(2 * self.limits.link_ping_time);
                let silence = self.pulse.silence(cx.now);
                self.give_up(
                    format_args!(
                        "jammed: the server does not read, what is sent waits for {waits}; its last byte came {silence} ago"
                    ),
                    cx,
                );
            }
        }
    }

    /// Closes at once. Nothing that waits goes out any more: whoever sent it hears that it did not.
    fn give_up(&mut self, why: fmt::Arguments<'_>, cx: Cx<'_>) {
        self.counters.deaths += 1;
        let lost = self.leave(cx.now);
        say(cx, Level::Warn, format_args!("{why}{lost}"));
        self.state = State::Broken { until: None };
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
}

/// The domain above, where it can be asked without asking the whole world.
fn parent(domain: &str) -> &str {
    match domain.split_once('.') {
        Some((_, parent)) if parent.contains('.') || parent == "localhost" => parent,
        _ => domain,
    }
}
