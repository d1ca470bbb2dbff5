//! The gateway's memory: allocated once, from the limits, for the life of the process.
//!
//! The system gives pages as they are first written, so what is never used costs address space alone.

use crate::gateway::line::{Action, Line};
use crate::gateway::queue::{Entry, Queue};
use crate::gateway::{Bench, Call, Caller, Memory, Port};
use crate::http::{Client, Server};
use crate::limits::Limits;
use crate::{json, xml};

/// All that [`crate::gateway::Gateway`] works in.
pub(super) fn allocate(limits: &Limits) -> Memory<'static> {
    let port = |input: usize, output: u32| Port::new(bytes(input), bytes(output as usize));
    let caller = |_| Caller::new(port(Server::capacity(limits), limits.answer));
    let call = |_| Call::new(port(Client::capacity(limits), limits.call));
    let nodes = limits.nodes as usize;
    let (body, stanza) = (limits.body.max(limits.reply) as usize, limits.stanza as usize);
    let lines = 1 + limits.connections as usize + limits.calls as usize;
    Memory {
        link_in: bytes(stanza),
        link_out: bytes(limits.outgoing as usize),
        callers: (0..limits.connections).map(caller).collect::<Vec<_>>().leak(),
        calls: (0..limits.calls).map(call).collect::<Vec<_>>().leak(),
        queue: Queue::new(
            bytes(limits.queue as usize),
            many(Entry::default(), limits.queue_entries as usize),
        ),
        bench: Bench {
            stanza: many(xml::Node::default(), nodes),
            xml: many(xml::Node::default(), nodes),
            json: many(json::Node::default(), nodes),
            text: bytes(text(body, stanza)),
            spare: bytes(2 * stanza),
        },
        actions: many(Action::Wake(Line::Link), 2 * lines),
    }
}

/// What reading a body of that size takes, and its payload, by the word of [`crate::mapping::Scratch`].
pub(super) const fn text(body: usize, stanza: usize) -> usize {
    7 * body + stanza
}

fn bytes(n: usize) -> &'static mut [u8] {
    vec![0; n].leak()
}

fn many<T: Clone>(value: T, n: usize) -> &'static mut [T] {
    vec![value; n].leak()
}
