//! What the shell is still to be told: each line at most once for each sort of action, in order.

use super::line::{Action, Want};
use crate::buffer::Buffer;

/// The buffers of one line, and what the shell is to know of it.
#[derive(Debug)]
pub struct Port<'b> {
    /// What came in and is not consumed.
    pub input: Buffer<'b>,
    /// What is to go out.
    pub output: Buffer<'b>,
    /// What is wanted of the shell.
    pub want: Want,
    /// The shell is to be woken for it, and was not yet.
    pub(super) told: bool,
    /// The status of the answer that is going out.
    pub(super) status: u16,
}

impl<'b> Port<'b> {
    /// A port over two lent slices.
    pub fn new(input: &'b mut [u8], output: &'b mut [u8]) -> Self {
        Self {
            input: Buffer::new(input),
            output: Buffer::new(output),
            want: Want::Close,
            told: false,
            status: 0,
        }
    }

    /// Empties it for the next connection.
    pub(super) fn reset(&mut self, want: Want) {
        self.input.clear();
        self.output.clear();
        self.want = want;
    }
}

/// A ring of actions over lent memory; two places a line are enough.
#[derive(Debug)]
pub(super) struct Agenda<'b> {
    ring: &'b mut [Action],
    first: usize,
    held: usize,
}

impl<'b> Agenda<'b> {
    pub(super) fn new(ring: &'b mut [Action]) -> Self {
        Self { ring, first: 0, held: 0 }
    }

    /// The next action.
    pub(super) fn pop(&mut self) -> Option<Action> {
        if self.held == 0 {
            return None;
        }
        let action = self.ring[self.first];
        self.first = (self.first + 1) % self.ring.len();
        self.held -= 1;
        Some(action)
    }

    /// Another one, the last.
    pub(super) fn push(&mut self, action: Action) {
        debug_assert!(self.held < self.ring.len(), "two places a line are enough");
        let at = (self.first + self.held) % self.ring.len();
        self.ring[at] = action;
        self.held += 1;
    }
}
