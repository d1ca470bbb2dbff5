//! Scratch memory that hands out text: what is unescaped, prepared or made up for one stanza lives here.
//!
//! Nothing is freed one by one; the memory is lent for one stanza and taken back whole.

use core::fmt;

use crate::buffer::Full;

/// A bump allocator over a lent slice; what it gives lives as long as the slice.
#[derive(Debug)]
pub struct Arena<'s> {
    rest: &'s mut [u8],
}

impl<'s> Arena<'s> {
    /// All of `memory` is free.
    pub fn new(memory: &'s mut [u8]) -> Self {
        Self { rest: memory }
    }

    /// The free memory, to be written from its start; follow with [`Arena::keep`].
    pub fn space(&mut self) -> &mut [u8] {
        self.rest
    }

    /// Keeps the first `n` bytes of [`Arena::space`].
    pub fn keep(&mut self, n: usize) -> &'s [u8] {
        let rest = core::mem::take(&mut self.rest);
        let (kept, rest) = rest.split_at_mut(n);
        self.rest = rest;
        kept
    }

    /// The first `n` bytes of the free memory, or what there is of it, to be written at will.
    pub fn take(&mut self, n: usize) -> &'s mut [u8] {
        let rest = core::mem::take(&mut self.rest);
        let (taken, rest) = rest.split_at_mut(n.min(rest.len()));
        self.rest = rest;
        taken
    }

    /// All of the free memory.
    pub fn rest(self) -> &'s mut [u8] {
        self.rest
    }

    /// Keeps what `value` displays, or nothing.
    pub fn text(&mut self, value: impl fmt::Display) -> Result<&'s str, Full> {
        let mut out = Slice { memory: self.rest, len: 0 };
        fmt::write(&mut out, format_args!("{value}")).map_err(|_| Full)?;
        let len = out.len;
        // Slice takes whole strings only, so this is UTF-8; an empty text would be a bug, not a danger.
        Ok(core::str::from_utf8(self.keep(len)).unwrap_or_default())
    }
}

struct Slice<'a> {
    memory: &'a mut [u8],
    len: usize,
}

impl fmt::Write for Slice<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.memory.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_text_until_it_is_full() {
        let mut memory = [0; 8];
        let mut arena = Arena::new(&mut memory);
        let first = arena.text("abc").unwrap();
        assert_eq!(arena.text("defghi"), Err(Full));
        assert_eq!((first, arena.text("defgh")), ("abc", Ok("defgh")));
    }
}
