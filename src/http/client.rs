//! The client's side of one connection (RFC 9112): one reply out of a buffer, for one request that was written.
//!
//! Replies of small devices are taken as they come: HTTP/1.0, LF alone, any status, bodies that end with the
//! connection, interim replies. What cannot be taken for sure is an error that says what the endpoint did. A connection
//! is kept only after a reply that ended where it said, on a request that was written whole.

use core::fmt;

use super::After;
use super::body::{self, Body, Framing};
use super::head::{self, FIELDS, Fields, Places, Scan};
use super::server::number;
use crate::buffer::Buffer;
use crate::fault::{Fault, reason};
use crate::limits::Limits;
use crate::time::{Duration, Instant};

/// The most interim (1xx) replies before the reply.
const INTERIM: u8 = 8;

/// Room beyond the largest reply, so that the framing of a chunked body always has where to arrive.
const SLACK: usize = 256;

/// How far a reply came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More is to come.
    NeedMore,
    /// It is whole: see [`Client::reply`].
    Reply,
}

/// Why a reply cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The connection ended before any byte of a reply. On a kept connection that is a race which the endpoint may not
    /// even know of, and the request may be sent once more (RFC 9112 section 9.3.1).
    Nothing,
    /// The connection ended within the reply.
    Incomplete,
    /// It did not come whole within the time for a call.
    Late,
    /// It is no HTTP/1.x reply.
    Head,
    /// Its head is larger than the limit, or has too many fields.
    HeadTooLarge,
    /// It is larger than the limit.
    TooLarge,
    /// The end of its body cannot be found for sure: Content-Length, Transfer-Encoding or a chunk is wrong.
    Framing,
    /// Too many interim replies came before it.
    Interim,
    /// It switches to another protocol, which nobody asked for.
    Upgrade,
    /// Bytes came on a kept connection on which nothing was asked.
    Unasked,
}

impl Unreadable {
    /// Whether it may go better another time: nothing was said that is wrong.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::Nothing | Self::Incomplete | Self::Late)
    }

    /// The fault to tell the sender and the log.
    pub fn fault(self) -> Fault {
        let reason = match self {
            Self::Nothing | Self::Incomplete => &reason::HOOK_UNREACHABLE,
            Self::Late => &reason::HOOK_TIMEOUT,
            _ => &reason::HOOK_ANSWER,
        };
        Fault::with(reason, format_args!("{self}"))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "the connection ended without a reply",
            Self::Incomplete => "the connection ended within the reply",
            Self::Late => "the reply did not come in time",
            Self::Head => "the reply is not HTTP/1.1 or HTTP/1.0",
            Self::HeadTooLarge => "the head of the reply is larger than the limit",
            Self::TooLarge => "the reply is larger than the limit",
            Self::Framing => "the length of the reply's body is unclear",
            Self::Interim => "too many interim replies",
            Self::Upgrade => "the reply switches to another protocol",
            Self::Unasked => "bytes came that nobody asked for",
        })
    }
}

/// One connection to a webhook.
#[derive(Debug)]
pub struct Client {
    limit: usize,
    head_limit: usize,
    call_time: Duration,
    idle_time: Duration,
    state: State,
    scan: Scan,
    interim: u8,
    came: bool,
    calls: u32,
    head: Head,
    body: Body,
    end: usize,
    deadline: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Head,
    Body,
    Whole,
    Failed,
}

/// A head that was found fit.
#[derive(Debug, Default)]
struct Head {
    len: usize,
    status: u16,
    places: Places,
    closes: bool,
}

impl Client {
    /// The memory that the in-buffer of a call needs.
    pub const fn capacity(limits: &Limits) -> usize {
        limits.reply as usize + SLACK
    }

    /// A connection that is being opened, or is not yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.reply as usize,
            head_limit: limits.head.min(limits.reply) as usize,
            call_time: Duration::of_limit(limits.call_time),
            idle_time: Duration::of_limit(limits.idle_time),
            state: State::Idle,
            scan: Scan::new(false),
            interim: 0,
            came: false,
            calls: 0,
            head: Head::default(),
            body: Body::new(Framing::Length(0), 0),
            end: 0,
            deadline: None,
        }
    }

    /// A request goes out now, or as soon as the connection is open; the time for the call starts.
    pub fn start(&mut self, now: Instant) {
        self.start_within(now, self.call_time);
    }

    /// The same, with less time than the limit.
    pub fn start_within(&mut self, now: Instant, time: Duration) {
        debug_assert_eq!(self.state, State::Idle);
        self.state = State::Head;
        self.scan = Scan::new(false);
        self.interim = 0;
        self.came = false;
        self.calls += 1;
        self.deadline = Some(now + time.min(self.call_time));
    }

    /// Looks at what came in; to be called after every read.
    pub fn advance(&mut self, buffer: &mut Buffer<'_>) -> Result<Progress, Unreadable> {
        self.came |= !buffer.is_empty();
        if self.state == State::Idle && !buffer.is_empty() {
            return Err(self.fail(Unreadable::Unasked));
        }
        while self.state == State::Head {
            let bytes = buffer.bytes();
            let Some(len) =
                self.scan.advance(bytes, self.head_limit).map_err(|unfit| self.fail(head_error(unfit)))?
            else {
                return Ok(Progress::NeedMore);
            };
            let (head, framing) = Head::read(&bytes[..len]).map_err(|error| self.fail(error))?;
            match head.status {
                101 => return Err(self.fail(Unreadable::Upgrade)),
                ..200 if self.interim == INTERIM => return Err(self.fail(Unreadable::Interim)),
                ..200 => {
                    self.interim += 1;
                    self.scan = Scan::new(false);
                    buffer.consume(len);
                }
                _ => {
                    head.places.unfold(buffer.bytes_mut());
                    self.body = Body::new(framing, self.limit - len);
                    self.head = head;
                    self.state = State::Body;
                }
            }
        }
        if self.state == State::Body {
            let end =
                self.body.advance(buffer, self.head.len).map_err(|unfit| self.fail(body_error(unfit)))?;
            if let Some(end) = end {
                self.end = end;
                self.whole();
            }
        }
        Ok(if self.state == State::Whole { Progress::Reply } else { Progress::NeedMore })
    }

    /// The connection ended, by its end or by an error. It may be the end of the body.
    pub fn eof(&mut self, buffer: &mut Buffer<'_>) -> Result<Progress, Unreadable> {
        if self.advance(buffer)? == Progress::Reply {
            self.head.closes = true;
            return Ok(Progress::Reply);
        }
        match self.state {
            State::Body if self.body.ends_with_connection() => {
                self.end = buffer.len();
                self.whole();
                Ok(Progress::Reply)
            }
            State::Head | State::Body if self.came => Err(self.fail(Unreadable::Incomplete)),
            _ => Err(self.fail(Unreadable::Nothing)),
        }
    }

    /// The connection broke, other than by its end: that cannot be the end of a body.
    pub fn broken(&mut self, buffer: &mut Buffer<'_>) -> Result<Progress, Unreadable> {
        if self.advance(buffer)? == Progress::Reply {
            self.head.closes = true;
            return Ok(Progress::Reply);
        }
        let error = if self.came { Unreadable::Incomplete } else { Unreadable::Nothing };
        Err(self.fail(error))
    }

    /// The reply, after [`Progress::Reply`] until [`Client::finish`]; at other times an empty one.
    pub fn reply<'a>(&'a self, buffer: &'a Buffer<'_>) -> Reply<'a> {
        let start = self.head.len;
        let end = if self.state == State::Whole { start + self.body.len() } else { start };
        Reply {
            head: &self.head,
            whole: buffer.bytes(),
            body: buffer.bytes().get(start..end).unwrap_or_default(),
        }
    }

    /// The reply was used and leaves the buffer. `sent` says whether the request was written whole before it came.
    pub fn finish(&mut self, now: Instant, buffer: &mut Buffer<'_>, sent: bool) -> After {
        let keep = self.state == State::Whole && sent && !self.head.closes && buffer.len() == self.end;
        buffer.clear();
        self.head = Head::default();
        self.state = State::Idle;
        if keep {
            self.deadline = Some(now + self.idle_time);
            After::Keep
        } else {
            self.calls = 0;
            self.deadline = None;
            After::Close
        }
    }

    /// Whether a request that failed may be sent once more on a new connection: it went out on a kept one and no byte
    /// of a reply came.
    pub fn may_retry(&self) -> bool {
        self.calls > 1 && !self.came
    }

    /// When [`Client::tick`] has to be called: the end of the call's time, or of a kept connection's.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Says whether the deadline has passed: an error within a call, [`After::Close`] for a kept connection.
    pub fn tick(&mut self, now: Instant) -> Result<After, Unreadable> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Ok(After::Keep);
        }
        self.deadline = None;
        match self.state {
            State::Head | State::Body => Err(self.fail(Unreadable::Late)),
            State::Idle | State::Whole | State::Failed => Ok(After::Close),
        }
    }

    fn whole(&mut self) {
        self.state = State::Whole;
        self.deadline = None;
    }

    fn fail(&mut self, error: Unreadable) -> Unreadable {
        self.state = State::Failed;
        self.deadline = None;
        error
    }
}

impl Head {
    fn read(whole: &[u8]) -> Result<(Self, Framing), Unreadable> {
        let mut headers = [httparse::EMPTY_HEADER; FIELDS];
        let mut parsed = httparse::Response::new(&mut headers);
        let mut config = httparse::ParserConfig::default();
        config.allow_spaces_after_header_name_in_responses(true);
        config.allow_obsolete_multiline_headers_in_responses(true);
        let status = config.parse_response(&mut parsed, whole).map_err(|error| match error {
            httparse::Error::TooManyHeaders => Unreadable::HeadTooLarge,
            _ => Unreadable::Head,
        })?;
        let (httparse::Status::Complete(len), Some(status), Some(minor)) =
            (status, parsed.code, parsed.version)
        else {
            return Err(Unreadable::Head);
        };
        if status < 100 {
            return Err(Unreadable::Head);
        }
        let places = Places::of(parsed.headers, whole);
        let fields = places.fields(whole);
        let (framing, clear) = framing(status, fields)?;
        let keeps = if minor == 0 {
            fields.lists("connection", "keep-alive") && fields.all("transfer-encoding").next().is_none()
        } else {
            !fields.lists("connection", "close")
        };
        let closes = !(keeps && clear) || framing == Framing::UntilEnd;
        Ok((Self { len, status, places, closes }, framing))
    }
}

/// Where the body ends (RFC 9112 section 6.3), and whether nobody could see it otherwise.
fn framing(status: u16, fields: Fields<'_>) -> Result<(Framing, bool), Unreadable> {
    if matches!(status, ..200 | 204 | 304) {
        return Ok((Framing::Length(0), true));
    }
    let announced = fields.all("content-length").next().is_some();
    match (fields.sole("transfer-encoding"), fields.sole("content-length")) {
        (Ok(Some(coding)), _) if coding.eq_ignore_ascii_case(b"chunked") => {
            Ok((Framing::Chunked, !announced))
        }
        (Ok(None), Ok(Some(value))) => Ok((Framing::Length(number(value).ok_or(Unreadable::Framing)?), true)),
        (Ok(None), Ok(None)) => Ok((Framing::UntilEnd, true)),
        _ => Err(Unreadable::Framing),
    }
}

/// A reply, borrowed from the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    head: &'a Head,
    whole: &'a [u8],
    body: &'a [u8],
}

impl<'a> Reply<'a> {
    /// The status, 200 to 999.
    pub fn status(self) -> u16 {
        self.head.status
    }

    /// The header fields.
    pub fn fields(self) -> Fields<'a> {
        self.head.places.fields(self.whole)
    }

    /// The media type of the body, if it says one and only one.
    pub fn content_type(self) -> Option<&'a [u8]> {
        self.fields().sole("content-type").ok().flatten()
    }

    /// Whether the body is compressed or the like, which we never ask for and cannot read.
    pub fn is_encoded(self) -> bool {
        self.fields().all("content-encoding").any(|value| !value.eq_ignore_ascii_case(b"identity"))
    }

    /// The body, in one piece.
    pub fn body(self) -> &'a [u8] {
        self.body
    }
}

fn head_error(unfit: head::Unfit) -> Unreadable {
    match unfit {
        head::Unfit::LineEnd | head::Unfit::Control => Unreadable::Head,
        head::Unfit::FirstLineTooLong | head::Unfit::TooLong => Unreadable::HeadTooLarge,
    }
}

fn body_error(unfit: body::Unfit) -> Unreadable {
    match unfit {
        body::Unfit::TooLarge => Unreadable::TooLarge,
        body::Unfit::Chunk | body::Unfit::Extras => Unreadable::Framing,
    }
}

#[cfg(test)]
mod tests;
