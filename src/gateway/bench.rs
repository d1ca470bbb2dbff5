//! The workbench: scratch memory that one event at a time works on.

use crate::arena::Arena;
use crate::mapping::Scratch;
use crate::{json, xml};

/// Lent memory for the tapes and texts of the event at hand; nothing on it outlives the event.
#[derive(Debug)]
pub struct Bench<'b> {
    /// The tape of the stanza that came from the server, or of a queued one.
    pub stanza: &'b mut [xml::Node],
    /// The tape of an XML body.
    pub xml: &'b mut [xml::Node],
    /// The tape of a JSON body.
    pub json: &'b mut [json::Node],
    /// Texts of a body and the payload made of it.
    pub text: &'b mut [u8],
    /// What completes a stanza: prepared addresses, ids, and its copy for an echo.
    pub spare: &'b mut [u8],
}

/// The workbench, laid out for one event.
pub(super) struct Layout<'s> {
    /// For the stanza of the server.
    pub(super) stanza: &'s mut [xml::Node],
    /// For reading a body.
    pub(super) scratch: Scratch<'s>,
    /// For texts beside those of the body.
    pub(super) spare: Arena<'s>,
}

impl Bench<'_> {
    pub(super) fn lay_out(&mut self) -> Layout<'_> {
        Layout {
            stanza: self.stanza,
            scratch: Scratch { xml: self.xml, json: self.json, memory: Arena::new(self.text) },
            spare: Arena::new(self.spare),
        }
    }
}
