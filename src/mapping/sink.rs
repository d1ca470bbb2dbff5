//! Where XML→JSON writes to: JSON text, or the pairs of a form.
//!
//! A form (`application/x-www-form-urlencoded`) has the strings, numbers and trues of the stanza's own object;
//! a true is the empty text. What is nested does not fit into a form and is left out, as mod_rest does.

use core::fmt;

use super::{Done, Refused};
use crate::json;

/// A writer over lent memory. An error means that the memory is full.
pub(super) struct Sink<'o> {
    out: &'o mut [u8],
    len: usize,
    form: bool,
    /// Objects and lists that are open.
    depth: u8,
    /// Whether the next key or item needs a comma before it.
    comma: bool,
    /// Where the pair of the form begins that may yet turn out to have no value.
    pair: usize,
}

/// What takes a piece of a string.
pub(super) type Put<'p> = dyn FnMut(&str) -> Done + 'p;

impl<'o> Sink<'o> {
    pub(super) fn new(out: &'o mut [u8], form: bool) -> Self {
        Self { out, len: 0, form, depth: 0, comma: false, pair: 0 }
    }

    /// The length of what was written.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn open(&mut self, bracket: u8) -> Done {
        self.before()?;
        self.depth += 1;
        self.comma = false;
        if self.form {
            self.drop_pair();
            return Ok(());
        }
        self.put(&[bracket])
    }

    pub(super) fn close(&mut self, bracket: u8) -> Done {
        self.depth -= 1;
        self.comma = true;
        if self.form { Ok(()) } else { self.put(&[bracket]) }
    }

    /// A key of the table for the next value.
    pub(super) fn key(&mut self, key: &'static str) -> Done {
        if self.form {
            return self.made_key(&key);
        }
        self.before()?;
        self.comma = false;
        // The names of the table need no escaping.
        let place = self.out.get_mut(self.len..self.len + key.len() + 3).ok_or(Refused)?;
        let (quote, rest) = place.split_at_mut(1);
        let (name, end) = rest.split_at_mut(key.len());
        quote[0] = b'"';
        name.copy_from_slice(key.as_bytes());
        end.copy_from_slice(b"\":");
        self.len += key.len() + 3;
        Ok(())
    }

    /// A key that a peer chose.
    pub(super) fn made_key(&mut self, key: &dyn fmt::Display) -> Done {
        if self.form {
            if self.depth != 1 {
                return Ok(());
            }
            self.pair = self.len;
            if self.len > 0 {
                self.put(b"&")?;
            }
            self.encoded(key)?;
            return self.put(b"=");
        }
        self.before()?;
        self.comma = false;
        self.shown(key)?;
        self.put(b":")
    }

    /// A string that is at hand.
    pub(super) fn plain(&mut self, text: &str) -> Done {
        if self.form {
            return self.string(&text);
        }
        self.before()?;
        self.put(b"\"")?;
        self.escaped(text)?;
        self.put(b"\"")
    }

    pub(super) fn string(&mut self, text: &dyn fmt::Display) -> Done {
        if self.form {
            return if self.depth == 1 { self.encoded(text) } else { Ok(()) };
        }
        self.before()?;
        self.shown(text)
    }

    /// A string in pieces, which `write` hands over.
    pub(super) fn pieces(&mut self, write: &mut dyn FnMut(&mut Put<'_>) -> Done) -> Done {
        if self.form {
            return if self.depth == 1 { write(&mut |piece| self.encoded(&piece)) } else { Ok(()) };
        }
        self.before()?;
        self.put(b"\"")?;
        write(&mut |piece| self.escaped(piece))?;
        self.put(b"\"")
    }

    /// A number, which the caller has seen to be one.
    pub(super) fn number(&mut self, digits: &str) -> Done {
        if self.form {
            return if self.depth == 1 { self.encoded(&digits) } else { Ok(()) };
        }
        self.before()?;
        self.put(digits.as_bytes())
    }

    pub(super) fn boolean(&mut self, value: bool) -> Done {
        if self.form {
            if !value {
                self.drop_pair();
            }
            return Ok(());
        }
        self.before()?;
        self.put(if value { b"true" } else { b"false" })
    }

    pub(super) fn null(&mut self) -> Done {
        if self.form {
            self.drop_pair();
            return Ok(());
        }
        self.before()?;
        self.put(b"null")
    }

    pub(super) fn value(&mut self, value: &json::Value<'_>) -> Done {
        if self.form {
            self.drop_pair();
            return Ok(());
        }
        self.before()?;
        self.len += json::write::to_slice(value, &mut self.out[self.len..]).map_err(|_| Refused)?;
        Ok(())
    }

    /// The memory that is still free, for text that has to be made before it can be written.
    pub(super) fn spare(&mut self) -> &mut [u8] {
        &mut self.out[self.len..]
    }

    /// Goes on with the first `n` bytes of [`Sink::spare`] in hand: they are moved to the end of the memory and
    /// stay there until `write` returns.
    pub(super) fn with_spare(
        &mut self,
        n: usize,
        write: &mut dyn FnMut(&mut Sink<'_>, &mut [u8]) -> Done,
    ) -> Done {
        let end = self.out.len() - n;
        self.out.copy_within(self.len..self.len + n, end);
        let (front, back) = self.out.split_at_mut(end);
        let Self { len, form, depth, comma, pair, .. } = *self;
        let mut sink = Sink { out: front, len, form, depth, comma, pair };
        let done = write(&mut sink, back);
        let Sink { len, depth, comma, pair, .. } = sink;
        (self.len, self.depth, self.comma, self.pair) = (len, depth, comma, pair);
        done
    }

    fn before(&mut self) -> Done {
        if self.comma && !self.form {
            self.put(b",")?;
        }
        self.comma = true;
        Ok(())
    }

    fn shown(&mut self, text: &dyn fmt::Display) -> Done {
        self.put(b"\"")?;
        fmt::write(&mut Escape(self), format_args!("{text}")).map_err(|_| Refused)?;
        self.put(b"\"")
    }

    fn escaped(&mut self, text: &str) -> Done {
        self.len += json::write::escape(text, &mut self.out[self.len..]).map_err(|_| Refused)?;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Done {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end).ok_or(Refused)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// A value that a form cannot have: its key goes as well.
    fn drop_pair(&mut self) {
        if self.depth <= 2 {
            self.len = self.pair;
        }
    }

    fn encoded(&mut self, text: &dyn fmt::Display) -> Done {
        fmt::write(&mut Encode(self), format_args!("{text}")).map_err(|_| Refused)
    }
}

struct Escape<'s, 'o>(&'s mut Sink<'o>);

impl fmt::Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.escaped(text).map_err(|_| fmt::Error)
    }
}

struct Encode<'s, 'o>(&'s mut Sink<'o>);

impl fmt::Write for Encode<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        text.bytes()
            .try_for_each(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'~' | b'_' | b'-' => self.0.put(&[byte]),
                b' ' => self.0.put(b"+"),
                _ => self.0.put(&[b'%', HEX[byte as usize >> 4], HEX[byte as usize & 15]]),
            })
            .map_err(|_| fmt::Error)
    }
}
