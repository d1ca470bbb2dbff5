//! Schedules by chance: stanzas, replies, failures, drips, broken links, reloads in any order, on a simulated clock.
//!
//! Whatever happens: the stanzas of one sender go to a hook one after the other and in order, a stanza that was decided
//! about is not posted again, nobody is answered twice, nobody who is owed an answer stays without one, and in the end
//! the queue is empty. `RESTANZA_SCHEDULES=100000` says how many; a failure prints the seed, and `RESTANZA_SEED=...`
//! plays that one alone.

mod far;

use std::collections::{HashMap, HashSet};
use std::format;
use std::string::String;
use std::vec::Vec;

use super::{World, hook};
use crate::gateway::line::{End, Line, Want};
use crate::gateway::settings::{Choice, Delivery, Hook};
use crate::limits::Limits;
use crate::time::{Duration, Instant};
use far::Far;

/// How many schedules one world plays, one after the other.
const IN_ONE_WORLD: u64 = 1_000;

/// A small generator of numbers (xorshift64*), so that a seed is a schedule.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What a stanza is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owed {
    /// Exactly one answer.
    Answer,
    /// An answer, unless a hook took it in silence.
    Account,
    /// Never an answer.
    Silence,
}

struct Sent {
    kind: &'static str,
    sender: u64,
    owed: Owed,
    answers: u32,
    /// A hook whose word counts has decided.
    decided: bool,
}

struct Simulation {
    world: World,
    chance: Chance,
    /// No more mischief: what is left is to come to an end.
    calm: bool,
    connecting: Vec<Line>,
    far: HashMap<u16, Far>,
    sent: Vec<Sent>,
    /// What went to the server and was not looked at.
    wire: String,
    /// The last stanza posted for a sender to a hook.
    last: HashMap<(u64, char), usize>,
    decided: HashSet<(usize, char)>,
    posts: u64,
    answers: u64,
}

fn hooks(variant: u64) -> Vec<Hook<'static>> {
    let delivery = Delivery {
        time: Duration::from_secs(3),
        attempts: 3,
        wait_least: Duration::from_millis(100),
        wait_most: Duration::from_secs(1),
        keep: Duration::from_secs(8),
        patience: Duration::from_secs(4),
        at_once: 2,
        entries: 6,
        bytes: 4_000,
        breaker: 3,
        pause: Duration::from_millis(500),
        retry: &[502],
        ..Delivery::DEFAULT
    };
    let make = |name, target, to, delivery: Delivery<'static>| Hook {
        target,
        delivery,
        choice: Choice { to, ..Choice::ALL },
        ..hook(name)
    };
    let mut all = Vec::from([
        make("copies", "/c", "a@*, b@*", Delivery { attempts: 2, ..delivery }),
        make("first", "/a", "a@*", delivery),
        make("second", "/b", "*", Delivery { drop_oldest: true, at_once: 1, breaker: 2, ..delivery }),
    ]);
    all[0].choice.goes_on = true;
    all[1].probe = true;
    match variant {
        // All of them, or without the one or the other.
        1 => drop(all.remove(1)),
        2 => drop(all.remove(0)),
        _ => {}
    }
    all
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let limits = Limits {
            stanza: 10_000,
            outgoing: 20_000,
            connections: 1,
            waiting: 1,
            calls: 2,
            slow_calls: 2,
            call: 4_096,
            reply: 1_024,
            queue: 16_384,
            queue_entries: 14,
            hooks: 8,
            nodes: 256,
            link_wait_least: 10,
            link_wait_most: 100,
            ..Limits::DEFAULT
        };
        let mut world = World::new(limits);
        world.config.hooks = hooks(0);
        // When it does is a matter of chance, too.
        world.reads = false;
        Self {
            world,
            chance: Chance(seed | 1),
            calm: false,
            connecting: Vec::new(),
            far: HashMap::new(),
            sent: Vec::new(),
            wire: String::new(),
            last: HashMap::new(),
            decided: HashSet::new(),
            posts: 0,
            answers: 0,
        }
    }

    /// One schedule: some steps of mischief, then peace until nothing is left to do.
    fn play(&mut self) {
        self.world.log.0.borrow_mut().clear();
        self.sent.clear();
        self.last.clear();
        self.decided.clear();
        self.calm = false;
        for _ in 0..8 + self.chance.below(40) {
            self.step();
        }
        self.calm = true;
        let patience = self.world.now + 120_000;
        while !self.is_done() {
            self.step();
            assert!(
                self.world.now < patience,
                "it does not come to an end: {:?}",
                self.world.gateway.queue.entries()
            );
        }
        self.look_at_wire();
        for (n, sent) in self.sent.iter().enumerate() {
            let (decided, answers) = (sent.decided, sent.answers);
            let fits = match sent.owed {
                Owed::Answer => answers == 1,
                Owed::Account => answers == 1 || (answers == 0 && decided),
                Owed::Silence => answers == 0,
            };
            assert!(fits, "{} s{n} to {:?}: {answers} answers, decided {decided}", sent.kind, sent.owed);
        }
    }

    fn is_done(&self) -> bool {
        self.world.gateway.queue.is_empty()
            && self.world.gateway.is_ready(Instant::from_millis(self.world.now))
            && self.world.gateway.link.pending().is_empty()
            && self.world.gateway.calls.iter().all(super::super::Call::is_resting)
    }

    /// Something happens.
    fn step(&mut self) {
        self.connecting.extend(self.world.connects.drain(..));
        match self.chance.below(if self.calm { 8 } else { 16 }) {
            0 => self.connect(),
            1 | 2 => self.read_requests(),
            3 | 4 => self.say_some(),
            5 => self.close_unwanted(),
            6 => self.write_link(),
            7 => {
                let most = if self.calm || self.chance.one_in(4) { 1_500 } else { 60 };
                let ms = self.chance.below(most);
                self.world.wait(ms);
            }
            8 => self.break_call(),
            9 if self.chance.one_in(4) => self.break_link(),
            10 if self.chance.one_in(4) => self.reload(),
            _ => self.send(),
        }
        assert!(self.world.log.0.borrow().iter().all(|line| !line.starts_with("Error")));
    }

    fn send(&mut self) {
        if !self.world.gateway.is_ready(Instant::from_millis(self.world.now)) {
            return;
        }
        let (n, sender) = (self.sent.len(), self.chance.below(3));
        let to = ["a@gw.example", "b@gw.example", "c@gw.example/r"][self.chance.below(3) as usize];
        let (kind, type_, owed) = [
            ("message", "chat", Owed::Account),
            ("message", "chat", Owed::Account),
            ("message", "error", Owed::Silence),
            ("presence", "subscribe", Owed::Account),
            ("iq", "get", Owed::Answer),
            ("iq", "set", Owed::Answer),
            ("iq", "result", Owed::Silence),
        ][self.chance.below(7) as usize];
        let pad = "x".repeat(self.chance.below(200) as usize);
        let stanza = format!(
            "<{kind} from='u{sender}@far.example' to='{to}' type='{type_}' id='s{n}'><body>{pad}</body></{kind}>"
        );
        if self.world.gateway.space(Line::Link).len() < stanza.len() {
            return;
        }
        self.note(format_args!("the server: {stanza}"));
        self.sent.push(Sent { kind, sender, owed, answers: 0, decided: false });
        self.world.server(&stanza);
    }

    fn connect(&mut self) {
        if self.connecting.is_empty() {
            return;
        }
        let at = self.chance.below(self.connecting.len() as u64) as usize;
        let line = self.connecting.swap_remove(at);
        if self.world.gateway.want(line) == Want::Close {
            return self.world.event(|g, cx| g.ended(line, End::Closed, cx));
        }
        if !self.calm && self.chance.one_in(3) {
            return self.world.event(|g, cx| g.ended(line, End::Failed(&"refused"), cx));
        }
        self.world.event(|g, cx| g.connected(line, cx));
        if let Line::Call(call) = line {
            self.far.insert(call, Far::opened());
        } else {
            self.world.take(Line::Link);
            self.world.server("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='gw.example'>");
            self.world.take(Line::Link);
            self.world.server("<handshake/>");
        }
    }

    /// A line among those of the gateway's log, to understand a failure by.
    fn note(&self, line: std::fmt::Arguments<'_>) {
        self.world.log.0.borrow_mut().push(format!("{} {line}", self.world.now));
    }

    /// The shell closes what is to be closed.
    fn close_unwanted(&mut self) {
        for call in self.open() {
            if self.world.gateway.want(Line::Call(call)) == Want::Close {
                self.end(call, End::Closed);
            }
        }
        let (given_up, others): (Vec<_>, _) =
            self.connecting.drain(..).partition(|line| self.world.gateway.want(*line) == Want::Close);
        self.connecting = others;
        for line in given_up {
            self.world.event(|g, cx| g.ended(line, End::Closed, cx));
        }
    }

    /// The server takes some of what is said to it, or all.
    fn write_link(&mut self) {
        let pending = self.world.gateway.pending(Line::Link).len();
        if pending == 0 || !self.world.gateway.link.is_up() {
            return;
        }
        let n = if self.chance.one_in(3) { 1 + self.chance.below(pending as u64) as usize } else { pending };
        let said = String::from_utf8(self.world.gateway.pending(Line::Link)[..n].to_vec()).unwrap();
        self.note(format_args!("to the server: {said}"));
        self.wire.push_str(&said);
        self.world.event(|g, cx| g.written(Line::Link, n, cx));
    }

    /// What was not written is lost, and was an answer all the same.
    fn break_link(&mut self) {
        if self.world.gateway.link.is_up() {
            self.wire.push_str(core::str::from_utf8(self.world.gateway.pending(Line::Link)).unwrap());
            self.look_at_wire();
            self.note(format_args!("the link breaks"));
            self.world.event(|g, cx| g.ended(Line::Link, End::Failed(&"cut"), cx));
        }
    }

    fn reload(&mut self) {
        self.world.config.hooks = hooks(self.chance.below(4));
        self.note(format_args!("reloaded: {}", self.world.config.hooks.len()));
        self.world.event(super::super::Gateway::reloaded);
    }

    /// Counts the answers by the ids that they carry.
    fn look_at_wire(&mut self) {
        for id in self.wire.split("id='").skip(1) {
            let id = id.split('\'').next().unwrap_or_default();
            let Some(Ok(n)) = id.strip_prefix(['s', 'r']).map(str::parse::<usize>) else { continue };
            self.sent[n].answers += 1;
            self.answers += 1;
        }
        self.wire.clear();
    }
}

#[test]
fn whatever_happens() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (schedules, only) = (number("RESTANZA_SCHEDULES").unwrap_or(3_000), number("RESTANZA_SEED"));
    let worlds = if only.is_some() { 1 } else { schedules.div_ceil(IN_ONE_WORLD) };
    let (mut played, mut posts, mut answers) = (0, 0, 0);
    for world in 0..worlds {
        let seed = only.unwrap_or(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(world + 1));
        let mut simulation = Simulation::new(seed);
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..IN_ONE_WORLD {
                simulation.play();
                played += 1;
            }
        }));
        if let Err(panic) = done {
            std::eprintln!("RESTANZA_SEED={seed}, schedule {} of its world", played % IN_ONE_WORLD);
            std::eprintln!("{}", simulation.world.log.0.borrow().join("\n"));
            std::panic::resume_unwind(panic);
        }
        posts += simulation.posts;
        answers += simulation.answers;
    }
    std::println!("{played} schedules: {posts} requests, {answers} answers");
    assert!(posts > played && answers > played, "something is to happen");
}
