//! The memory of the gateway: taken once at the start, sized by the limits, never grown.
//!
//! It comes zeroed from the system and untouched, so a page costs nothing before it is first used.

use crate::gateway::line::{Action, Line};
use crate::gateway::queue::{Entry, Queue};
use crate::gateway::{Bench, Call, Caller, Memory, Port};
use crate::http::{Client, Server};
use crate::limits::Limits;
use crate::{json, xml};

/// Beside a payload: three addresses, ids and tags of one stanza.
const ADDRESSES: usize = 16 * 1024;

/// All the memory that the limits ask for, for the life of the process.
pub(super) fn lend(limits: &Limits) -> Memory<'static> {
    let callers: Vec<_> = (0..limits.connections)
        .map(|_| Caller::new(Port::new(bytes(Server::capacity(limits)), bytes(limits.answer as usize))))
        .collect();
    let calls: Vec<_> = (0..limits.calls)
        .map(|_| Call::new(Port::new(bytes(Client::capacity(limits)), bytes(limits.call as usize))))
        .collect();
    let lines = 1 + callers.len() + calls.len();
    let stanza = limits.stanza as usize;
    Memory {
        link_in: bytes(stanza),
        link_out: bytes(limits.outgoing as usize),
        callers: callers.leak(),
        calls: calls.leak(),
        queue: Queue::new(bytes(limits.queue as usize), many(&Entry::default(), limits.queue_entries)),
        bench: Bench {
            stanza: many(&xml::Node::default(), limits.nodes),
            xml: many(&xml::Node::default(), limits.nodes),
            json: many(&json::Node::default(), limits.nodes),
            // A form is decoded here, which makes each byte up to seven; see `mapping::Scratch`.
            text: bytes(stanza + 7 * limits.body as usize + ADDRESSES),
            spare: bytes(stanza + ADDRESSES),
        },
        actions: vec![Action::Wake(Line::Link); 2 * lines].leak(),
    }
}

fn bytes(n: usize) -> &'static mut [u8] {
    vec![0; n].leak()
}

fn many<T: Clone>(value: &T, n: u32) -> &'static mut [T] {
    vec![value.clone(); n as usize].leak()
}
