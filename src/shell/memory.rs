//! The memory of the gateway: taken once at the start, sized by the limits, never grown.
//!
//! It comes zeroed from the system and untouched, so a page costs nothing before it is first used. [`parts`] says how
//! much it can come to; what is lent and what is said are made from the same sizes.

use super::config::{Account, Config, HookSection};
use super::listen::REFUSALS;
use super::resolve::{LOOKUPS, STACK};
use super::tls;
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

/// A line's task, its timers and its place in the reactor; an end-to-end case measures it.
const LINE: usize = 2 * 1024;

/// The texts of a section of the settings.
const TEXTS: usize = 1024;

/// The pages that the two stacks touch, and all else on the heap.
const RUNTIME: usize = 192 * 1024;

/// How large each piece is, in bytes, and how many there are of those that are several.
struct Sizes {
    link: [usize; 2],
    callers: usize,
    caller: [usize; 2],
    calls: usize,
    call: [usize; 2],
    lookups: usize,
    lookup: [usize; 2],
    queue: usize,
    endpoints: usize,
    text: usize,
    spare: usize,
    actions: usize,
}

impl Sizes {
    fn of(limits: &Limits) -> Self {
        let (stanza, slow) = (limits.stanza as usize, limits.slow_calls);
        // Those who watch over us find a place when all others are taken.
        let (callers, calls) = (limits.connections as usize + 1, (limits.calls + slow) as usize);
        Self {
            link: [stanza, limits.outgoing as usize],
            callers,
            caller: [Server::capacity(limits), limits.answer as usize],
            calls,
            call: [Client::capacity(limits), limits.call as usize],
            lookups: limits.lookups as usize,
            lookup: [Lookup::capacity(limits), limits.lookup as usize],
            queue: limits.queue as usize,
            // Hooks that are gone keep their place until their last call has ended.
            endpoints: limits.hooks as usize + calls,
            text: text(limits),
            spare: stanza + ADDRESSES,
            actions: 2 * (1 + callers + calls + limits.lookups as usize),
        }
    }

    /// All that holds bytes.
    fn bytes(&self) -> usize {
        let pair = |[one, other]: [usize; 2]| one + other;
        let ports = self.callers * pair(self.caller)
            + self.calls * pair(self.call)
            + self.lookups * pair(self.lookup);
        pair(self.link) + ports + self.queue + self.text + self.spare
    }
}

/// All the memory that the limits ask for, for the life of the process.
pub(super) fn lend(limits: &Limits) -> Memory<'static> {
    let sizes = Sizes::of(limits);
    let mut block = Block(vec![0; sizes.bytes()].leak());
    let mut port = |[input, output]: [usize; 2]| Port::new(block.cut(input), block.cut(output));
    let callers: Vec<_> = (0..sizes.callers).map(|_| Caller::new(port(sizes.caller))).collect();
    let calls: Vec<_> = (0..sizes.calls).map(|_| Call::new(port(sizes.call))).collect();
    let lookups: Vec<_> = (0..limits.lookups).map(|_| Lookup::new(port(sizes.lookup))).collect();
    let [link_in, link_out] = sizes.link;
    Memory {
        link_in: block.cut(link_in),
        link_out: block.cut(link_out),
        callers: callers.leak(),
        calls: calls.leak(),
        queue: Queue::new(block.cut(sizes.queue), many(&Entry::default(), limits.queue_entries as usize)),
        endpoints: Endpoints::new(many(&Endpoint::default(), sizes.endpoints)),
        bench: Bench {
            stanza: many(&xml::Node::default(), limits.nodes as usize),
            xml: many(&xml::Node::default(), limits.nodes as usize),
            json: many(&json::Node::default(), limits.nodes as usize),
            text: block.cut(sizes.text),
            spare: block.cut(sizes.spare),
        },
        guard: Guard::new(
            many(&Failures::default(), limits.login_addresses as usize),
            many(&Meter::default(), limits.accounts as usize),
            limits.login_failures,
        ),
        lookups: Lookups { places: lookups.leak(), grants: many(&Grant::default(), limits.grants as usize) },
        actions: many(&Action::Wake(Line::Link), sizes.actions),
    }
}

/// One line of the sum.
pub(super) struct Part {
    pub(super) what: &'static str,
    pub(super) count: usize,
    pub(super) size: usize,
}

/// What [`lend`] takes and what each line costs the shell: the most that the limits can make of it.
pub(super) fn parts(config: &Config) -> impl Iterator<Item = Part> {
    let limits = &config.limits;
    let sizes = Sizes::of(limits);
    let [caller, call, lookup, link] = [
        (size_of::<Caller<'_>>(), sizes.caller, config.listen_tls.on),
        (size_of::<Call<'_>>(), sizes.call, config.hooks.iter().any(|hook| hook.url.secure)),
        (
            size_of::<Lookup<'_>>(),
            sizes.lookup,
            config.introspection.url.as_ref().is_some_and(|url| url.secure),
        ),
        (0, sizes.link, config.link_tls.on),
    ]
    .map(|(own, [input, output], secure)| own + input + output + LINE + if secure { tls::MEMORY } else { 0 });
    let nodes = 2 * size_of::<xml::Node>() + size_of::<json::Node>();
    let settings = size_of::<HookSection>().max(size_of::<Account>());
    let sections = config.hooks.len() + config.tokens.len() + config.users.len();
    [
        ("connections: head, body, answer, task", sizes.callers, caller),
        ("calls: request, reply, task", sizes.calls, call),
        ("lookups: question, answer, task", sizes.lookups, lookup),
        ("grants", limits.grants as usize, size_of::<Grant>()),
        ("the link: stanza, outgoing, task", 1, link),
        ("queue", 1, sizes.queue),
        ("queue_entries", limits.queue_entries as usize, size_of::<Entry>()),
        ("hooks, and those that are gone", sizes.endpoints, size_of::<Endpoint>()),
        ("nodes: two of XML and one of JSON", limits.nodes as usize, nodes),
        ("the workbench: stanza, 7 x body or reply", 1, sizes.text + sizes.spare),
        ("login_addresses", limits.login_addresses as usize, size_of::<Failures>()),
        ("accounts", limits.accounts as usize, size_of::<Meter>()),
        ("actions", sizes.actions, size_of::<Action>()),
        ("sections of the settings, and of new ones", 2 * sections, settings + TEXTS),
        ("look-ups of names: a stack", LOOKUPS, STACK),
        (
            "callers beyond the room: task",
            REFUSALS,
            LINE + if config.listen_tls.on { tls::MEMORY } else { 0 },
        ),
        ("the runtime: two stacks, executor, reactor, heap", 1, RUNTIME),
    ]
    .into_iter()
    .map(|(what, count, size)| Part { what, count, size })
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

fn many<T: Clone>(value: &T, n: usize) -> &'static mut [T] {
    vec![value.clone(); n].leak()
}
