//! The server's side of one connection (RFC 9112): requests out of a buffer, one at a time, in order.
//!
//! The buffer is the connection's own for its life; what follows a request stays in it until the answer is out, so
//! pipelining needs nothing else. The gateway sees the head first, decides whether the caller may and how much, and
//! lets the body come with [`Server::go_on`]; only then a waiting caller gets its 100. A message that could be read in
//! two ways is refused, and nothing behind it is read. The machine knows time only as deadlines: [`Server::deadline`].

mod request;

use core::cmp::min;

use super::After;
use super::body::{self, Body, Framing};
use super::head::{Scan, Unfit};
use crate::buffer::Buffer;
use crate::fault::{Reason, reason};
use crate::limits::Limits;
use crate::time::{Duration, Instant};
use request::Head;
pub(crate) use request::number;
pub use request::{Method, Request, Version};

/// The answer to `Expect: 100-continue` (RFC 9110 section 15.2.1).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Empty lines before a request that are passed over (RFC 9112 section 2.2).
const BLANK_LINES: u8 = 8;

/// Room beyond head and body, so that the framing of a chunked body always has where to arrive.
const SLACK: usize = 256;

/// What is to be done about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing, until more bytes come or time passes.
    NeedMore,
    /// A head is there: see [`Server::request`], then call [`Server::go_on`] or answer.
    Head,
    /// The request is there, with its body: answer it.
    Request,
    /// The request is unfit for this reason: answer so. Nothing more is read; the connection closes.
    Refuse(&'static Reason),
    /// The connection is to be closed without an answer.
    Close,
}

/// One connection to a caller.
#[derive(Debug)]
pub struct Server {
    bounds: Bounds,
    state: State,
    scan: Scan,
    blank: u8,
    head_only: bool,
    /// Meaningful from `Decide` on.
    head: Head,
    body: Body,
    /// Where the request ends, once it did.
    end: usize,
    after: After,
    /// The caller will send no more.
    eof: bool,
    /// We will take no more.
    ending: bool,
    began: Instant,
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Bounds {
    head: usize,
    body: usize,
    head_time: Duration,
    body_time: Duration,
    request_time: Duration,
    idle_time: Duration,
    write_time: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No byte of a request came.
    Idle,
    /// A head is coming.
    Head,
    /// The gateway was shown the head.
    Decide,
    /// The body is coming.
    Body,
    /// The gateway was shown the request.
    Whole,
    /// The gateway was told to refuse.
    Refused,
    /// The answer is being written.
    Answer,
    /// There is nothing more to do but close.
    Over,
}

impl Server {
    /// The memory that the in-buffer of a connection needs.
    pub const fn capacity(limits: &Limits) -> usize {
        limits.head as usize + limits.body as usize + SLACK
    }

    /// A connection that was just accepted.
    pub fn new(now: Instant, limits: &Limits) -> Self {
        let bounds = Bounds {
            head: limits.head as usize,
            body: limits.body as usize,
            head_time: Duration::of_limit(limits.head_time),
            body_time: Duration::of_limit(limits.body_time),
            request_time: Duration::of_limit(limits.request_time),
            idle_time: Duration::of_limit(limits.idle_time),
            write_time: Duration::of_limit(limits.write_time),
        };
        Self {
            deadline: Some(now + bounds.head_time),
            bounds,
            state: State::Idle,
            scan: Scan::new(true),
            blank: 0,
            head_only: false,
            head: Head::default(),
            body: Body::new(Framing::Length(0), 0),
            end: 0,
            after: After::Close,
            eof: false,
            ending: false,
            began: now,
        }
    }

    /// Looks at what came in. To be called after every read, and again after each event until there is nothing to do.
    pub fn advance(&mut self, now: Instant, buffer: &mut Buffer<'_>) -> Event {
        if self.state == State::Idle {
            self.skip_blank_lines(buffer);
            match buffer.bytes() {
                [] | b"\r" if self.eof || self.ending => self.state = State::Over,
                [] | b"\r" => {}
                _ => {
                    self.state = State::Head;
                    self.began = now;
                    self.deadline = Some(now + self.bounds.head_time);
                }
            }
        }
        match self.state {
            State::Head => self.take_head(now, buffer),
            State::Body => self.take_body(now, buffer),
            State::Over => Event::Close,
            State::Idle | State::Decide | State::Whole | State::Refused | State::Answer => Event::NeedMore,
        }
    }

    fn skip_blank_lines(&mut self, buffer: &mut Buffer<'_>) {
        while self.blank < BLANK_LINES && buffer.bytes().starts_with(b"\r\n") {
            buffer.consume(2);
            self.blank += 1;
        }
    }

    fn take_head(&mut self, now: Instant, buffer: &mut Buffer<'_>) -> Event {
        let len = match self.scan.advance(buffer.bytes(), self.bounds.head) {
            Ok(Some(len)) => len,
            Ok(None) if self.eof => return self.refuse(now, &reason::INCOMPLETE),
            Ok(None) => return Event::NeedMore,
            Err(unfit) => return self.refuse(now, head_reason(unfit)),
        };
        let whole = &buffer.bytes()[..len];
        self.head_only = whole.starts_with(b"HEAD ");
        match Head::read(whole) {
            Ok((head, framing)) => {
                self.head = head;
                self.body = Body::new(framing, self.bounds.body);
                self.state = State::Decide;
                self.deadline = None;
                Event::Head
            }
            Err(reason) => self.refuse(now, reason),
        }
    }

    fn take_body(&mut self, now: Instant, buffer: &mut Buffer<'_>) -> Event {
        let before = buffer.len();
        let read = self.body.len();
        match self.body.advance(buffer, self.head.len()) {
            Ok(Some(end)) => {
                self.end = end;
                self.state = State::Whole;
                self.deadline = None;
                Event::Request
            }
            Ok(None) if self.eof => self.refuse(now, &reason::INCOMPLETE),
            Ok(None) => {
                if self.body.len() > read || buffer.len() < before {
                    self.deadline = Some(self.body_deadline(now));
                }
                Event::NeedMore
            }
            Err(unfit) => self.refuse(now, body_reason(unfit)),
        }
    }

    fn body_deadline(&self, now: Instant) -> Instant {
        min(now + self.bounds.body_time, self.began + self.bounds.request_time)
    }

    /// The request, from [`Event::Head`] (then without its body) or [`Event::Request`] on until [`Server::finish`];
    /// at other times an empty one.
    pub fn request<'a>(&'a self, buffer: &'a Buffer<'_>) -> Request<'a> {
        Request::new(&self.head, buffer.bytes(), &self.body, self.state == State::Whole)
    }

    /// Whether the answer must end after its head, because the request is a HEAD (RFC 9110 section 9.3.2).
    pub fn head_only(&self) -> bool {
        self.head_only
    }

    /// After [`Event::Head`]: lets the body come. Gives what is to be written now, if anything: a 100 for a caller that
    /// waits for one. The error is a body that is announced larger than the limit; it is to be answered.
    pub fn go_on(
        &mut self,
        now: Instant,
        buffer: &Buffer<'_>,
    ) -> Result<Option<&'static [u8]>, &'static Reason> {
        debug_assert_eq!(self.state, State::Decide);
        if self.body.declared().is_some_and(|len| len > self.bounds.body as u64) {
            self.refuse(now, &reason::BODY_TOO_LARGE);
            return Err(&reason::BODY_TOO_LARGE);
        }
        self.state = State::Body;
        self.deadline = Some(self.body_deadline(now));
        let nothing_came = buffer.len() == self.head.len();
        let waits = self.head.expects() && self.body.declared() != Some(0) && nothing_came;
        Ok(waits.then_some(CONTINUE))
    }

    /// The answer is about to be written; says what its `Connection` header has to promise.
    ///
    /// Asked again before [`Server::finish`], it says the same. An answer right after [`Event::Head`] keeps the
    /// connection only when the whole body is there already: what is still to come would be taken for the next request.
    pub fn answering(&mut self, now: Instant, buffer: &mut Buffer<'_>) -> After {
        if self.state == State::Answer {
            return self.after;
        }
        if self.state == State::Decide
            && let Ok(Some(end)) = self.body.advance(buffer, self.head.len())
        {
            self.end = end;
            self.state = State::Whole;
        }
        let keep = self.state == State::Whole && !self.head.closes() && !self.ending;
        self.after = if keep { After::Keep } else { After::Close };
        self.state = State::Answer;
        self.deadline = Some(now + self.bounds.write_time);
        self.after
    }

    /// The answer is written: the request leaves the buffer. What follows it is seen by [`Server::advance`].
    pub fn finish(&mut self, now: Instant, buffer: &mut Buffer<'_>) -> After {
        debug_assert_eq!(self.state, State::Answer);
        self.head = Head::default();
        self.head_only = false;
        match self.after {
            After::Keep => {
                buffer.consume(self.end);
                self.state = State::Idle;
                self.scan = Scan::new(true);
                self.blank = 0;
                self.deadline = Some(now + self.bounds.idle_time);
            }
            After::Close => {
                self.state = State::Over;
                self.deadline = None;
            }
        }
        self.after
    }

    /// The caller will send no more. Requests that came whole are still served; call [`Server::advance`] to go on.
    pub fn eof(&mut self) {
        self.eof = true;
    }

    /// The gateway wants the connection to end: with the present request, or at once when there is none; call
    /// [`Server::advance`] to go on.
    pub fn end(&mut self) {
        self.ending = true;
    }

    /// When [`Server::tick`] has to be called, unless something happens before.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Says what is to be done when the deadline has passed.
    pub fn tick(&mut self, now: Instant) -> Event {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Event::NeedMore;
        }
        match self.state {
            State::Head => self.refuse(now, &reason::HEAD_TIME),
            State::Body => self.refuse(now, &reason::BODY_TIME),
            State::Decide | State::Whole => Event::NeedMore,
            State::Idle | State::Refused | State::Answer | State::Over => {
                self.state = State::Over;
                self.deadline = None;
                Event::Close
            }
        }
    }

    fn refuse(&mut self, now: Instant, reason: &'static Reason) -> Event {
        self.state = State::Refused;
        self.deadline = Some(now + self.bounds.write_time);
        Event::Refuse(reason)
    }
}

fn head_reason(unfit: Unfit) -> &'static Reason {
    match unfit {
        Unfit::LineEnd => &reason::LINE_END,
        Unfit::Control => &reason::HEAD_CONTROL,
        Unfit::FirstLineTooLong => &reason::TARGET_TOO_LONG,
        Unfit::TooLong => &reason::HEAD_TOO_LARGE,
    }
}

fn body_reason(unfit: body::Unfit) -> &'static Reason {
    match unfit {
        body::Unfit::TooLarge => &reason::BODY_TOO_LARGE,
        body::Unfit::Chunk => &reason::CHUNK,
        body::Unfit::Extras => &reason::CHUNK_EXTRAS,
    }
}

#[cfg(test)]
mod garden;
#[cfg(test)]
mod smuggling;
#[cfg(test)]
mod tests;
