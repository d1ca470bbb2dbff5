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
    /// Texts: addresses, ids, payloads.
    pub text: &'b mut [u8],
}

impl Bench<'_> {
    /// What reading a body takes, and the tape for a stanza of the server beside it.
    pub(super) fn split(&mut self) -> (&mut [xml::Node], Scratch<'_>) {
        (self.stanza, Scratch { xml: self.xml, json: self.json, memory: Arena::new(self.text) })
    }
}
