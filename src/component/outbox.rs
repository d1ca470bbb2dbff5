//! The way of a stanza to the server.

use super::link::Counters;
use super::pulse::Pulse;
use crate::buffer::Buffer;
use crate::time::Instant;

/// Kept free in the out buffer for a ping and the end of the stream.
const RESERVE: usize = 4_096;

/// Where stanzas for the server go.
#[derive(Debug)]
pub struct Outbox<'l, 'b> {
    pub(super) output: &'l mut Buffer<'b>,
    pub(super) pulse: &'l mut Pulse,
    pub(super) counters: &'l mut Counters,
    pub(super) now: Instant,
}

impl Outbox<'_, '_> {
    /// Sends one stanza, or several: `write` is given the free memory, writes at its start and says how many bytes;
    /// none is nothing sent.
    ///
    /// Gives the value that [`super::Link::position`] will have reached when all of it is written.
    pub fn put<E>(&mut self, write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<u64, E> {
        let space = self.output.space();
        let room = space.len().saturating_sub(RESERVE);
        let n = write(&mut space[..room])?;
        if n > 0 {
            self.counters.sent.add(&space[..n]);
            self.output.filled(n);
            self.pulse.sent(self.now);
            self.counters.most_outgoing = self.counters.most_outgoing.max(self.output.len());
        }
        Ok(self.output.mark())
    }
}
