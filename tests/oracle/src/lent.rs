//! The memory that a gateway works in, sized by its limits as the shell sizes it: for the gateway's own tests, which
//! take in this file, for the tests here and for the fuzz target.

use restanza::gateway::line::{Action, Line};
use restanza::gateway::queue::{Entry, Queue};
use restanza::gateway::{
    Bench, Call, Caller, Endpoint, Endpoints, Failures, Grant, Guard, Lookup, Lookups, Memory, Meter, Port,
};
use restanza::http::{Client, Server};
use restanza::limits::Limits;
use restanza::{json, xml};

/// Beside a payload: three addresses, ids and tags of one stanza.
const ADDRESSES: usize = 16 * 1024;

/// All of it that is no bytes.
#[derive(Default)]
pub struct Tables<'b> {
    callers: Vec<Caller<'b>>,
    calls: Vec<Call<'b>>,
    lookups: Vec<Lookup<'b>>,
    grants: Vec<Grant>,
    entries: Vec<Entry>,
    endpoints: Vec<Endpoint>,
    failures: Vec<Failures>,
    meters: Vec<Meter>,
    stanza: Vec<xml::Node>,
    xml: Vec<xml::Node>,
    json: Vec<json::Node>,
    actions: Vec<Action>,
}

/// What [`lend`] takes of its bytes, in the order in which it does: how many pieces of each size.
fn pieces(limits: &Limits) -> [(usize, usize); 11] {
    let (stanza, body) = (limits.stanza as usize, limits.body.max(limits.reply) as usize);
    // Those who watch have a place of their own.
    let callers = limits.connections as usize + 1;
    let (calls, lookups) = ((limits.calls + limits.slow_calls) as usize, limits.lookups as usize);
    [
        (callers, Server::capacity(limits)),
        (callers, limits.answer as usize),
        (calls, Client::capacity(limits)),
        (calls, limits.call as usize),
        (lookups, Lookup::capacity(limits)),
        (lookups, limits.lookup as usize),
        (1, stanza),
        (1, limits.outgoing as usize),
        (1, limits.queue as usize),
        // A form is decoded there, which makes each byte up to seven.
        (1, stanza + 7 * body + ADDRESSES),
        (1, stanza + ADDRESSES),
    ]
}

/// How many bytes there have to be.
pub fn bytes(limits: &Limits) -> usize {
    pieces(limits).iter().map(|(count, size)| count * size).sum()
}

/// All the memory of one gateway; the tables are filled.
pub fn lend<'b>(limits: &Limits, mut bytes: &'b mut [u8], tables: &'b mut Tables<'b>) -> Memory<'b> {
    let mut lent = pieces(limits).map(|(count, size)| {
        let (these, rest) = std::mem::take(&mut bytes).split_at_mut(count * size);
        bytes = rest;
        these.chunks_mut(size)
    });
    let [callers, answers, calls, requests, lookups, questions, rest @ ..] = &mut lent;
    tables.callers =
        callers.zip(answers).map(|(input, output)| Caller::new(Port::new(input, output))).collect();
    tables.calls = calls.zip(requests).map(|(input, output)| Call::new(Port::new(input, output))).collect();
    tables.lookups =
        lookups.zip(questions).map(|(input, output)| Lookup::new(Port::new(input, output))).collect();
    tables.grants.resize_with(limits.grants as usize, Grant::default);
    tables.entries.resize(limits.queue_entries as usize, Entry::default());
    // Hooks that are gone keep their place until their last call has ended.
    tables.endpoints.resize_with(limits.hooks as usize + tables.calls.len(), Endpoint::default);
    tables.failures.resize_with(limits.login_addresses as usize, Failures::default);
    tables.meters.resize_with(limits.accounts as usize, Meter::default);
    tables.stanza.resize(limits.nodes as usize, xml::Node::default());
    tables.xml.resize(limits.nodes as usize, xml::Node::default());
    tables.json.resize(limits.nodes as usize, json::Node::default());
    let lines = 1 + tables.callers.len() + tables.calls.len() + tables.lookups.len();
    tables.actions.resize(2 * lines, Action::Wake(Line::Link));
    let [link_in, link_out, queue, text, spare] =
        rest.each_mut().map(|piece| piece.next().expect("one piece of each"));
    Memory {
        link_in,
        link_out,
        callers: &mut tables.callers,
        calls: &mut tables.calls,
        queue: Queue::new(queue, &mut tables.entries),
        endpoints: Endpoints::new(&mut tables.endpoints),
        bench: Bench {
            stanza: &mut tables.stanza,
            xml: &mut tables.xml,
            json: &mut tables.json,
            text,
            spare,
        },
        guard: Guard::new(&mut tables.failures, &mut tables.meters, limits.login_failures),
        lookups: Lookups { places: &mut tables.lookups, grants: &mut tables.grants },
        actions: &mut tables.actions,
    }
}
