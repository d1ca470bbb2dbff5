//! The memory of the gateway: taken once at the start, sized by the limits, never grown.
//!
//! It comes zeroed from the system and untouched, so a page costs nothing before it is first used.

use crate::gateway::line::{Action, Line};
use crate::gateway::queue::{Entry, Queue};
use crate::gateway::{
    Bench, Call, Caller, Endpoint, Endpoints, Failures, Grant, Guard, Lookup, Lookups, Memory, Meter, Port,
};
use crate::http::{Client, Server};
use crate::limits::Limits;
use crate::{json, xml};

/// Beside a payload: three addresses, ids and tags of one stanza.
const ADDRESSES: usize = 16 * 1024;

/// All the memory that the limits ask for, for the life of the process.
pub(super) fn lend(limits: &Limits) -> Memory<'static> {
    let (stanza, outgoing, queue) = (limits.stanza as usize, limits.outgoing as usize, limits.queue as usize);
    let (caller_in, caller_out) = (Server::capacity(limits), limits.answer as usize);
    let (call_in, call_out) = (Client::capacity(limits), limits.call as usize);
    let text = text(limits);
    let spare = stanza + ADDRESSES;

    // Those who watch over us find a place when all others are taken.
    let callers = limits.connections as usize + 1;
    let calls = (limits.calls + limits.slow_calls) as usize;
    let lookups = limits.lookups as usize;
    let (lookup_in, lookup_out) = (Lookup::capacity(limits), limits.lookup as usize);
    let ports = callers * (caller_in + caller_out)
        + calls * (call_in + call_out)
        + lookups * (lookup_in + lookup_out);
    let mut block = Block(vec![0; stanza + outgoing + ports + queue + text + spare].leak());
    let callers: Vec<_> =
        (0..callers).map(|_| Caller::new(Port::new(block.cut(caller_in), block.cut(caller_out)))).collect();
    let calls: Vec<_> =
        (0..calls).map(|_| Call::new(Port::new(block.cut(call_in), block.cut(call_out)))).collect();
    let lookups: Vec<_> =
        (0..lookups).map(|_| Lookup::new(Port::new(block.cut(lookup_in), block.cut(lookup_out)))).collect();
    let lines = 1 + callers.len() + calls.len() + lookups.len();
    Memory {
        link_in: block.cut(stanza),
        link_out: block.cut(outgoing),
        callers: callers.leak(),
        calls: calls.leak(),
        queue: Queue::new(block.cut(queue), many(&Entry::default(), limits.queue_entries)),
        // Hooks that are gone keep their place until their last call has ended.
        endpoints: Endpoints::new(many(
            &Endpoint::default(),
            limits.hooks + limits.calls + limits.slow_calls,
        )),
        bench: Bench {
            stanza: many(&xml::Node::default(), limits.nodes),
            xml: many(&xml::Node::default(), limits.nodes),
            json: many(&json::Node::default(), limits.nodes),
            text: block.cut(text),
            spare: block.cut(spare),
        },
        guard: Guard::new(
            many(&Failures::default(), limits.login_addresses),
            many(&Meter::default(), limits.accounts),
            limits.login_failures,
        ),
        lookups: Lookups { places: lookups.leak(), grants: many(&Grant::default(), limits.grants) },
        actions: vec![Action::Wake(Line::Link); 2 * lines].leak(),
    }
}

/// What reading a body takes, a caller's or a webhook's: a form is decoded here, which makes each byte up to seven;
/// see [`crate::mapping::Scratch`].
pub(super) fn text(limits: &Limits) -> usize {
    limits.stanza as usize + 7 * limits.body.max(limits.reply) as usize + ADDRESSES
}

/// All bytes in one piece: one that size comes straight from the system, where small ones would be zeroed by hand.
struct Block(&'static mut [u8]);

impl Block {
    fn cut(&mut self, n: usize) -> &'static mut [u8] {
        let (piece, rest) = std::mem::take(&mut self.0).split_at_mut(n);
        self.0 = rest;
        piece
    }
}

fn many<T: Clone>(value: &T, n: u32) -> &'static mut [T] {
    vec![value.clone(); n as usize].leak()
}
