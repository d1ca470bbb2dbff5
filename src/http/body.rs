//! Bodies, whatever their framing (RFC 9112 sections 6 and 7), gathered in one piece behind the head.
//!
//! Chunks are joined in place: the framing between them is dropped as it is read, so a body that is not complete
//! leaves nothing unread in the buffer, and each byte is looked at once. The chunk grammar is taken to the letter;
//! extensions and trailers are checked, counted and dropped.

use crate::buffer::Buffer;

/// The most bytes of chunk extensions and trailers that one body may carry.
pub(super) const EXTRAS: u32 = 4_096;

/// The most digits of a chunk size.
const SIZE_DIGITS: u8 = 8;

/// How the end of a body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After the last chunk and the trailers.
    Chunked,
    /// Where the connection ends; replies only.
    UntilEnd,
}

/// Why a body cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Larger than the limit.
    TooLarge,
    /// Not the chunk grammar.
    Chunk,
    /// More extensions and trailers than [`EXTRAS`].
    Extras,
}

/// The body of one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    framing: Framing,
    limit: usize,
    len: usize,
    part: Part,
    size: u32,
    digits: u8,
    extras: u32,
}

/// What the next byte of a chunked body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Size,
    /// White space after a size or an extension; only another extension may follow.
    Gap,
    NameStart,
    Name,
    NameGap,
    ValueStart,
    Value,
    Quoted,
    Escaped,
    ValueEnd,
    SizeLf,
    Data(u32),
    DataCr,
    DataLf,
    LineStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    End,
}

impl Body {
    /// A body of which nothing was read, of at most `limit` bytes.
    pub(super) fn new(framing: Framing, limit: usize) -> Self {
        Self { framing, limit, len: 0, part: Part::Size, size: 0, digits: 0, extras: 0 }
    }

    /// The bytes of the body that were read, which follow the head.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The length that was announced, if one was.
    pub(super) fn declared(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(len) => Some(len),
            Framing::Chunked | Framing::UntilEnd => None,
        }
    }

    /// Whether the end of the connection is the end of the body.
    pub(super) fn ends_with_connection(&self) -> bool {
        self.framing == Framing::UntilEnd
    }

    /// Takes what came since. `start` is where the head ends; the result is where the message ends.
    pub(super) fn advance(&mut self, buffer: &mut Buffer<'_>, start: usize) -> Result<Option<usize>, Unfit> {
        let there = buffer.len() - start;
        match self.framing {
            Framing::Length(len) if len > self.limit as u64 => Err(Unfit::TooLarge),
            Framing::Length(len) => {
                let len = len as usize;
                self.len = there.min(len);
                Ok((there >= len).then_some(start + len))
            }
            Framing::UntilEnd if there > self.limit => Err(Unfit::TooLarge),
            Framing::UntilEnd => {
                self.len = there;
                Ok(None)
            }
            Framing::Chunked => {
                let used = self.join(&mut buffer.bytes_mut()[start..])?;
                if self.part == Part::End {
                    return Ok(Some(start + used));
                }
                buffer.shorten(start + self.len);
                Ok(None)
            }
        }
    }

    /// Reads chunks behind the joined bytes at the front of `bytes`; gives how many bytes were read, those included.
    fn join(&mut self, bytes: &mut [u8]) -> Result<usize, Unfit> {
        let mut at = self.len;
        while at < bytes.len() && self.part != Part::End {
            if let Part::Data(left) = self.part {
                let n = (bytes.len() - at).min(left as usize);
                bytes.copy_within(at..at + n, self.len);
                self.len += n;
                at += n;
                let left = left - n as u32;
                self.part = if left == 0 { Part::DataCr } else { Part::Data(left) };
            } else {
                self.part = self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<Part, Unfit> {
        if !matches!(self.part, Part::Size | Part::SizeLf | Part::DataCr | Part::DataLf | Part::EndLf) {
            self.extras += 1;
            if self.extras > EXTRAS {
                return Err(Unfit::Extras);
            }
        }
        Ok(match (self.part, byte) {
            (Part::Size, digit) if digit.is_ascii_hexdigit() => self.digit(digit)?,
            (Part::Size, _) if self.digits == 0 => return Err(Unfit::Chunk),

            (Part::Size | Part::Name | Part::Value | Part::ValueEnd, b'\r') => Part::SizeLf,
            (Part::Size | Part::Value | Part::ValueEnd | Part::Gap, b' ' | b'\t') => Part::Gap,
            (Part::Size | Part::Name | Part::Value | Part::ValueEnd | Part::Gap | Part::NameGap, b';') => {
                Part::NameStart
            }

            (Part::NameStart, b' ' | b'\t') => Part::NameStart,
            (Part::NameStart | Part::Name, byte) if is_token(byte) => Part::Name,
            (Part::Name | Part::NameGap, b' ' | b'\t') => Part::NameGap,

            (Part::Name | Part::NameGap, b'=') | (Part::ValueStart, b' ' | b'\t') => Part::ValueStart,
            (Part::ValueStart | Part::Value, byte) if is_token(byte) => Part::Value,
            (Part::ValueStart, b'"') => Part::Quoted,
            (Part::Quoted, b'"') => Part::ValueEnd,
            (Part::Quoted, b'\\') => Part::Escaped,
            (Part::Quoted | Part::Escaped, byte) if is_text(byte) => Part::Quoted,

            (Part::SizeLf, b'\n') => self.chunk()?,
            (Part::DataCr, b'\r') => Part::DataLf,
            (Part::DataLf, b'\n') => Part::Size,

            (Part::LineStart, b'\r') => Part::EndLf,
            (Part::LineStart | Part::TrailerName, byte) if is_token(byte) => Part::TrailerName,
            (Part::TrailerName, b':') => Part::TrailerValue,
            (Part::TrailerValue, b'\r') => Part::TrailerLf,
            (Part::TrailerValue, byte) if is_text(byte) => Part::TrailerValue,
            (Part::TrailerLf, b'\n') => Part::LineStart,
            (Part::EndLf, b'\n') => Part::End,
            _ => return Err(Unfit::Chunk),
        })
    }

    fn digit(&mut self, digit: u8) -> Result<Part, Unfit> {
        self.digits += 1;
        if self.digits > SIZE_DIGITS {
            return Err(Unfit::Chunk);
        }
        let value = (digit as char).to_digit(16).ok_or(Unfit::Chunk)?;
        self.size = self.size << 4 | value;
        Ok(Part::Size)
    }

    /// A size line ended.
    fn chunk(&mut self) -> Result<Part, Unfit> {
        let size = self.size;
        self.size = 0;
        self.digits = 0;
        if size == 0 {
            return Ok(Part::LineStart);
        }
        if size as usize > self.limit - self.len {
            return Err(Unfit::TooLarge);
        }
        Ok(Part::Data(size))
    }
}

/// A character of a token (RFC 9110 section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A character of a field value or within quotes (RFC 9110 section 5.5): text, space and tab, no other control.
pub(super) fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7F)
}
