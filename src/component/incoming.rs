//! What comes on the stream: the server's header, its answer to the handshake, stanzas, stream errors, the end.

use super::handshake::{self, Opened};
use super::link::{Event, Link, State};
use super::stream_error::StreamError;
use super::words::{Quoted, say, say_strayed};
use crate::fault::reason;
use crate::gateway::line::{Cx, Level};
use crate::ids::Id;
use crate::stanza::{self, StanzaError};
use crate::xml::{self, Broken, Node, Piece, STANZA, Source};

/// Enough nodes for the stream's header, a handshake, a stream error or a start tag.
const NODES: usize = 2 + xml::ATTRIBUTES + xml::BINDINGS;

impl Link<'_> {
    /// The next event, until there is none.
    pub fn next(&mut self, cx: Cx<'_>) -> Option<Event> {
        self.consume();
        if core::mem::take(&mut self.connect) {
            return Some(Event::Connect);
        }
        loop {
            if self.told_up != self.is_up() {
                self.told_up = self.is_up();
                return Some(if self.told_up { Event::Up } else { Event::Down });
            }
            if !self.is_reading() {
                return None;
            }
            match self.framer.next(self.input.bytes()) {
                Ok(Piece::Incomplete) if self.input.free() > 0 => return None,
                Ok(Piece::Incomplete) => {
                    let start_tag = self.framer.start_tag();
                    match self.framer.skip() {
                        Ok(()) => {
                            self.done = self.input.len();
                            self.frame = start_tag.unwrap_or(0);
                            self.too_large(cx);
                            return Some(Event::TooLarge);
                        }
                        Err(broken) => self.broken(broken, cx),
                    }
                }
                Ok(Piece::Space(n) | Piece::Skipped(n)) => self.input.consume(n),
                Ok(Piece::StreamOpen(n)) => {
                    self.done = n;
                    self.header(cx);
                    self.consume();
                }
                Ok(Piece::Stanza(n)) => {
                    self.done = n;
                    match self.sort() {
                        Frame::Stanza => {
                            self.frame = n;
                            self.counters.received.add(&self.input.bytes()[..n]);
                            return Some(Event::Stanza);
                        }
                        Frame::Pong => {
                            if self.pulse.answered() {
                                say_strayed(cx);
                            }
                        }
                        Frame::Other => self.other(cx),
                    }
                    self.consume();
                }
                Ok(Piece::StreamClose(_)) => self.end(cx),
                Err(_) if self.may_be_stranger() => return None,
                Err(broken) => self.broken(broken, cx),
            }
        }
    }

    /// Whether what answers is no XML, and the next bytes may show what it is.
    fn may_be_stranger(&self) -> bool {
        matches!(self.state, State::Opening { .. }) && handshake::may_be_stranger(self.input.bytes())
    }

    fn is_reading(&self) -> bool {
        matches!(
            self.state,
            State::Opening { .. } | State::Handshaking { .. } | State::Up { .. } | State::Leaving { .. }
        )
    }

    fn consume(&mut self) {
        self.frame = 0;
        self.input.consume(core::mem::take(&mut self.done));
    }

    /// The server's header.
    fn header(&mut self, cx: Cx<'_>) {
        let State::Opening { until } = self.state else { return };
        let mut nodes = [Node::default(); NODES];
        let header = &self.input.bytes()[..self.done];
        match xml::parse(header, Source::StreamOpen, &mut nodes) {
            Ok(document) => match handshake::opened(header, document.root()) {
                // Prosody's way to begin a stream that it ends with an error at once.
                Opened::Component { id } if id.is_empty() => {}
                Opened::Component { id } => {
                    let handshake = handshake::digest(id, cx.settings.secret());
                    self.write(|out| out.element("handshake", STANZA, handshake));
                    self.state = State::Handshaking { until };
                }
                Opened::Other(why) => {
                    say(cx, Level::Error, format_args!("{why}"));
                    self.break_off("invalid-namespace", cx);
                }
            },
            Err(error) => {
                say(
                    cx,
                    Level::Warn,
                    format_args!("the server opened its stream with what cannot be read: {error}"),
                );
                self.break_off(error.why.condition(), cx);
            }
        }
    }

    /// Whose the frame is.
    fn sort(&self) -> Frame {
        let frame = &self.input.bytes()[..self.done];
        let name = name(frame);
        let is_open = matches!(self.state, State::Up { .. } | State::Leaving { .. });
        if !is_open || !matches!(name, b"iq" | b"message" | b"presence") {
            return Frame::Other;
        }
        // Nobody can guess the id: an iq that has it is the answer to our ping, or the ping itself sent back.
        let awaited = self.pulse.awaited().filter(|_| name == b"iq");
        let has = |id: &Id| frame.windows(Id::LEN).any(|part| part == id.as_str().as_bytes());
        if awaited.is_some_and(has) { Frame::Pong } else { Frame::Stanza }
    }

    /// An element that is no stanza, or comes too early.
    fn other(&mut self, cx: Cx<'_>) {
        let mut nodes = [Node::default(); NODES];
        let frame = &self.input.bytes()[..self.done];
        let root = match xml::parse(frame, Source::Stanza, &mut nodes) {
            Ok(document) => document.root(),
            Err(error) => {
                self.counters.unknown += 1;
                say(
                    cx,
                    Level::Warn,
                    format_args!("the server sent an element that cannot be read: {error}; left out"),
                );
                return;
            }
        };
        if let Some(error) = StreamError::read(root, cx.settings.domain()) {
            say(cx, error.row.level, format_args!("{error}"));
            self.break_off("", cx);
        } else if root.is("handshake", STANZA) && matches!(self.state, State::Handshaking { .. }) {
            self.state = State::Up { since: cx.now };
            self.counters.ups += 1;
            say(cx, Level::Info, format_args!("up"));
        } else {
            self.counters.unknown += 1;
            say(
                cx,
                Level::Warn,
                format_args!("the server sent <{}>, which is not expected; left out", Quoted(root.name())),
            );
        }
    }

    /// The server's end of the stream.
    fn end(&mut self, cx: Cx<'_>) {
        if matches!(self.state, State::Leaving { .. }) {
            // It ended after ours, and so took all that we sent before.
            self.state = State::Broken { until: None };
        } else {
            say(cx, Level::Warn, format_args!("the server ended the stream"));
            self.break_off("", cx);
        }
    }

    fn broken(&mut self, broken: Broken, cx: Cx<'_>) {
        if matches!(self.state, State::Opening { .. }) {
            let who = handshake::stranger(self.input.bytes());
            say(cx, Level::Error, format_args!("{who} ({broken})"));
        } else {
            say(cx, Level::Warn, format_args!("the server sent {broken}"));
        }
        self.break_off(broken.condition(), cx);
    }

    /// A stanza that the in buffer cannot hold: tells its sender, when there is one that expects an answer.
    fn too_large(&mut self, cx: Cx<'_>) {
        self.counters.too_large += 1;
        let limit = self.input.capacity();
        let mut nodes = [Node::default(); NODES];
        let (tag, outbox) = self.split(cx.now);
        let Ok(document) = xml::parse(tag, Source::StartTag, &mut nodes) else {
            return say(
                cx,
                Level::Warn,
                format_args!("left out a stanza of more than {limit} bytes that cannot be read"),
            );
        };
        let root = document.root();
        let (kind, from) = (root.name(), root.attr("from").unwrap_or(xml::Text::EMPTY));
        say(
            cx,
            Level::Warn,
            format_args!("left out <{kind}> of more than {limit} bytes from {}", Quoted(from)),
        );
        if let Some(mut outbox) = outbox.filter(|_| root.name() != "presence" && stanza::may_fail(root)) {
            let error = StanzaError::from(&reason::STANZA_TOO_LARGE);
            if outbox.put(|out| stanza::write_error(root, &error, out)).is_err() {
                say(cx, Level::Warn, format_args!("no room to tell its sender"));
            }
        }
    }
}

/// Whose a frame is.
enum Frame {
    /// The owner's.
    Stanza,
    /// The answer to our ping.
    Pong,
    /// The link's own, or nobody's.
    Other,
}

/// The name of the element that a frame begins with, without its prefix.
pub(super) fn name(frame: &[u8]) -> &[u8] {
    let name = frame.get(1..).unwrap_or_default();
    let end = name.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'));
    let name = &name[..end.unwrap_or(name.len())];
    &name[name.iter().position(|b| *b == b':').map_or(0, |colon| colon + 1)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_frame() {
        for (frame, wanted) in [
            ("<message to='a'/>", "message"),
            ("<c:message xmlns:c='a:b'/>", "message"),
            ("<iq/>", "iq"),
            ("<presence>", "presence"),
            ("<presence\r\n to='a'", "presence"),
            ("<iq\tto='a:b'>", "iq"),
            ("<a", "a"),
            ("", ""),
        ] {
            assert_eq!(name(frame.as_bytes()), wanted.as_bytes(), "{frame:?}");
        }
    }
}
