//! Writing messages: the body first, then the head in front of it, all in one piece.
//!
//! A draft keeps room for a head at the end of the out-buffer; the body is made behind it, in place, by whoever knows
//! how; at the end the head, which then knows the length, is set right before the body. Nothing of a draft that was
//! not finished stays in the buffer. Names and values that could end a line are refused (response splitting).

use core::fmt;

use super::body::{is_text, is_token};
use super::{After, reason_phrase};
use crate::buffer::{Buffer, Full};

/// The room kept for a head.
pub const RESERVE: usize = 1_024;

/// A header field: its name and what its value displays.
pub type Field<'a> = (&'a str, &'a dyn fmt::Display);

/// Why a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// The buffer has no room, or the head is larger than [`RESERVE`].
    Full,
    /// A value has a control character, or a name, method or target one that must not stand in it.
    Character,
}

/// How the end of a body is told (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// By its length in octets.
    Known(usize),
    /// By the last chunk; what follows is framed by whoever makes it.
    Chunked,
    /// By the end of the connection.
    Close,
}

impl From<Full> for Unwritable {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

/// A message whose body is being made.
#[derive(Debug)]
pub struct Draft<'o, 'b> {
    out: &'o mut Buffer<'b>,
    start: usize,
    finished: bool,
}

impl<'o, 'b> Draft<'o, 'b> {
    /// Starts a message behind what `out` holds.
    pub fn begin(out: &'o mut Buffer<'b>) -> Result<Self, Full> {
        let start = out.len();
        out.push(&[0; RESERVE])?;
        Ok(Self { out, start, finished: false })
    }

    /// All the room for the body, or for more of it; follow with [`Draft::filled`].
    pub fn space(&mut self) -> &mut [u8] {
        self.out.space()
    }

    /// The first `n` bytes of [`Draft::space`] are body now.
    pub fn filled(&mut self, n: usize) {
        self.out.filled(n);
    }

    /// Appends to the body.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.out.push(bytes)
    }

    /// The body so far.
    pub fn body(&self) -> &[u8] {
        &self.out.bytes()[self.start + RESERVE..]
    }

    /// Takes the body back, to make another.
    pub fn clear(&mut self) {
        self.out.shorten(self.start + RESERVE);
    }

    /// Makes it an answer. `head_only` leaves the body out and keeps its length (RFC 9110 section 9.3.2).
    pub fn answer(
        self,
        status: u16,
        fields: &[Field<'_>],
        after: After,
        head_only: bool,
    ) -> Result<(), Unwritable> {
        let len = self.body().len();
        self.answer_part(status, fields, after, head_only, Length::Known(len))
    }

    /// The same for a body of which the draft holds the first bytes; the others are to follow the answer.
    pub fn answer_part(
        self,
        status: u16,
        fields: &[Field<'_>],
        after: After,
        head_only: bool,
        length: Length,
    ) -> Result<(), Unwritable> {
        // RFC 9110 section 8.6: no length where there can be no body.
        let bodiless = status < 200 || status == 204;
        let length = if bodiless { Length::Close } else { length };
        self.finish(head_only || bodiless || status == 304, |head| {
            write!(head, "HTTP/1.1 {status} {}\r\n", reason_phrase(status))?;
            head.fields(fields)?;
            if after == After::Close {
                head.field("Connection", &"close")?;
            }
            head.length(length)
        })
    }

    /// Makes it a request with a body.
    pub fn request(
        self,
        method: &str,
        target: &str,
        authority: &str,
        fields: &[Field<'_>],
    ) -> Result<(), Unwritable> {
        let len = self.body().len();
        self.finish(false, |head| {
            head.checked(method, is_token)?;
            write!(head, " ")?;
            head.checked(target, |byte| byte.is_ascii_graphic())?;
            write!(head, " HTTP/1.1\r\n")?;
            head.field("Host", &authority)?;
            head.fields(fields)?;
            head.length(Length::Known(len))
        })
    }

    fn finish(
        mut self,
        head_only: bool,
        write: impl FnOnce(&mut Head<'_>) -> fmt::Result,
    ) -> Result<(), Unwritable> {
        if head_only {
            self.clear();
        }
        let start = self.start;
        let bytes = self.out.bytes_mut();
        let mut head = Head { room: &mut bytes[start..start + RESERVE], len: 0, unfit: false };
        if write(&mut head).is_err() {
            return Err(if head.unfit { Unwritable::Character } else { Unwritable::Full });
        }
        let len = head.len;
        let gap = RESERVE - len;
        bytes.copy_within(start..start + len, start + gap);
        bytes.copy_within(..start, gap);
        self.out.consume(gap);
        self.finished = true;
        Ok(())
    }
}

impl Drop for Draft<'_, '_> {
    fn drop(&mut self) {
        if !self.finished {
            self.out.shorten(self.start);
        }
    }
}

/// The head while it is written; the error is either that it is full or that it was given something unfit.
struct Head<'a> {
    room: &'a mut [u8],
    len: usize,
    unfit: bool,
}

impl Head<'_> {
    fn fields(&mut self, fields: &[Field<'_>]) -> fmt::Result {
        fields.iter().try_for_each(|(name, value)| self.field(name, *value))
    }

    fn field(&mut self, name: &str, value: &dyn fmt::Display) -> fmt::Result {
        self.checked(name, is_token)?;
        self.push(b": ")?;
        let start = self.len;
        write!(self, "{value}")?;
        self.check(start, is_text)?;
        self.push(b"\r\n")
    }

    /// What says how long the body is, if anything, and the end.
    fn length(&mut self, length: Length) -> fmt::Result {
        match length {
            Length::Known(len) => write!(self, "Content-Length: {len}\r\n\r\n"),
            Length::Chunked => self.push(b"Transfer-Encoding: chunked\r\n\r\n"),
            Length::Close => self.push(b"\r\n"),
        }
    }

    /// Writes text that must not be empty and has to consist of such bytes.
    fn checked(&mut self, text: &str, fits: impl Fn(u8) -> bool) -> fmt::Result {
        self.unfit |= text.is_empty();
        let start = self.len;
        self.push(text.as_bytes())?;
        self.check(start, fits)
    }

    fn check(&mut self, start: usize, fits: impl Fn(u8) -> bool) -> fmt::Result {
        self.unfit |= !self.room[start..self.len].iter().all(|&byte| fits(byte));
        if self.unfit { Err(fmt::Error) } else { Ok(()) }
    }

    fn push(&mut self, bytes: &[u8]) -> fmt::Result {
        let end = self.len + bytes.len();
        self.room.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(self, text)
    }
}

impl fmt::Write for Head<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes())
    }
}

#[cfg(test)]
mod tests;
