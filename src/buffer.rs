//! A bounded queue of bytes over memory that somebody else owns.
//!
//! Every stream of the gateway has two: what came in and is not yet consumed, what is to go out and is not yet
//! written. A buffer never grows and never truncates: what does not fit is refused, and the caller says so to
//! whoever is at fault. The bytes always lie in one piece, so that a whole stanza or request can be borrowed.

/// A first-in first-out buffer over a lent slice; its content is always contiguous.
#[derive(Debug)]
pub struct Buffer<'b> {
    memory: &'b mut [u8],
    start: usize,
    end: usize,
    taken: u64,
}

/// There is no room; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl<'b> Buffer<'b> {
    /// An empty buffer with the capacity of `memory`.
    pub fn new(memory: &'b mut [u8]) -> Self {
        Self { memory, start: 0, end: 0, taken: 0 }
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// The content, to be changed in place (a chunked body is joined this way).
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.end]
    }

    /// The number of bytes held.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The most it can hold.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// How many more bytes fit.
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// All the free memory in one piece, to read into; follow with [`Buffer::filled`].
    pub fn space(&mut self) -> &mut [u8] {
        self.compact();
        &mut self.memory[self.end..]
    }

    /// The first `n` bytes of [`Buffer::space`] were written and are content now.
    pub fn filled(&mut self, n: usize) {
        debug_assert!(self.end + n <= self.memory.len());
        self.end = (self.end + n).min(self.memory.len());
    }

    /// Drops the first `n` bytes.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.len());
        self.start += n;
        self.taken += n as u64;
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Forgets the last bytes so that `len` remain (a piece that was begun is taken back).
    pub fn shorten(&mut self, len: usize) {
        self.end = self.start + len.min(self.len());
    }

    /// Appends all of `bytes` or nothing.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if bytes.len() > self.free() {
            return Err(Full);
        }
        self.space()[..bytes.len()].copy_from_slice(bytes);
        self.filled(bytes.len());
        Ok(())
    }

    /// Forgets the content and the position.
    pub fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
        self.taken = 0;
    }

    /// How many bytes were consumed since the last [`Buffer::clear`].
    pub fn consumed(&self) -> u64 {
        self.taken
    }

    /// The position, counted like [`Buffer::consumed`], at which all of the present content will be consumed.
    pub fn mark(&self) -> u64 {
        self.taken + self.len() as u64
    }

    fn compact(&mut self) {
        if self.start > 0 {
            self.memory.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_order_and_refuses_overflow_whole() {
        let mut memory = [0; 8];
        let mut buffer = Buffer::new(&mut memory);
        buffer.push(b"abcdef").unwrap();
        assert_eq!(buffer.push(b"ghi"), Err(Full));
        assert_eq!(buffer.bytes(), b"abcdef");
        buffer.consume(4);
        buffer.push(b"ghijkl").unwrap();
        assert_eq!(buffer.bytes(), b"efghijkl");
        assert_eq!((buffer.consumed(), buffer.mark(), buffer.free()), (4, 12, 0));
        buffer.shorten(2);
        assert_eq!(buffer.bytes(), b"ef");
    }
}
