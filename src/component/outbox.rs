//! The way of a stanza to the server.

use super::link::Counters;
use super::pulse::Pulse;
use crate::buffer::Buffer;
use crate::time::Instant;
use crate::xml::{Framer, Piece};

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

/// What was put into the out buffer at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// The value that [`super::Link::position`] will have reached when all of it is written.
    pub mark: u64,
    /// How many stanzas it is.
    pub stanzas: u64,
}

impl Outbox<'_, '_> {
    /// Sends one stanza, or several: `write` is given the free memory, writes at its start and says how many bytes;
    /// none is nothing sent.
    pub fn put<E>(&mut self, write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<Put, E> {
        let space = self.output.space();
        let room = space.len().saturating_sub(RESERVE);
        let n = write(&mut space[..room])?;
        Ok(self.filled(n))
    }

    /// Takes over so many bytes that were written; apart from [`Outbox::put`], which is compiled once for each writer.
    fn filled(&mut self, n: usize) -> Put {
        let (mut framer, mut rest, mut stanzas) = (Framer::opened(), &self.output.space()[..n], 0);
        while let Ok(Piece::Stanza(len)) = framer.next(rest) {
            let (stanza, behind) = rest.split_at(len);
            self.counters.sent.add(stanza);
            (rest, stanzas) = (behind, stanzas + 1);
        }
        self.output.filled(n);
        let mark = self.output.mark();
        self.pulse.sent(stanzas, mark, self.now);
        self.counters.most_outgoing = self.counters.most_outgoing.max(self.output.len());
        Put { mark, stanzas }
    }
}
