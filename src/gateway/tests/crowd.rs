//! A hundred hooks, ten of them dead: what the other ninety still get, on a simulated clock.
//!
//! As many messages are under way to the ninety as they take, and one in ten goes to the dead. Nothing is timed by the
//! machine's own clock, so the figures are the same everywhere: `cargo test --lib crowd -- --nocapture` prints them.

use std::boxed::Box;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::{World, hook};
use crate::gateway::line::{End, Line, Want};
use crate::gateway::settings::{Choice, Delivery, Hook};
use crate::limits::Limits;
use crate::time::Duration;

const HOOKS: usize = 100;
const DEAD: usize = 10;
/// How many messages to the ninety are under way at the same time.
const WINDOW: usize = 32;
/// How long the ninety take to answer, and to be connected to, in milliseconds.
const ANSWER: u64 = 100;
const CONNECT: u64 = 2;
/// How long each part of a run is.
const PART: u64 = 30_000;

/// What the ten do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// They answer like the others, and get nothing.
    None,
    /// Connections are refused.
    Refuses,
    /// They take connections and never answer.
    Silent,
    /// Connections are never completed.
    Blackhole,
    /// They answer after three seconds.
    Slow,
}

/// Something that happens later on a call; the number tells a connection from later ones on the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Later {
    Connected(u16, u64),
    Refused(u16, u64),
    Answered(u16, u64),
}

/// The other end of a place.
#[derive(Clone, Debug, Default)]
struct Far {
    /// Which connection of that place this is.
    number: u64,
    hook: usize,
    open: bool,
    opening: bool,
    request: String,
}

struct Crowd {
    world: World,
    death: Death,
    far: Vec<Far>,
    later: BinaryHeap<Reverse<(u64, Later)>>,
    sent: usize,
    answered: usize,
    /// Messages to the ninety that came back.
    lost: usize,
    connections: u64,
    /// Where the ten are dead from the start, or not yet.
    dead: bool,
}

/// The messages that the ninety got in each part of a run, and how many for them came back.
fn run(death: Death, dies: bool) -> ([usize; 3], usize) {
    let mut crowd = Crowd::new(death);
    crowd.dead = !dies;
    let answered = [0; 3].map(|_| {
        let before = crowd.answered;
        crowd.play(crowd.world.now + PART);
        crowd.dead = true;
        crowd.answered - before
    });
    (answered, crowd.lost)
}

impl Crowd {
    fn new(death: Death) -> Self {
        let mut world = World::new(Limits { hooks: HOOKS as u32, ..Limits::DEFAULT });
        let delivery = Delivery { time: Duration::from_secs(5), ..Delivery::DEFAULT };
        let name = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        world.config.hooks = (0..HOOKS)
            .map(|n| Hook {
                choice: Choice { to: name(format!("h{n}@*")), ..Choice::ALL },
                delivery,
                ..hook(name(format!("h{n}")))
            })
            .collect();
        world.link_up();
        let far = vec![Far::default(); world.gateway.calls.len()];
        let (later, dead) = (BinaryHeap::new(), true);
        Self { world, death, far, later, sent: 0, answered: 0, lost: 0, connections: 0, dead }
    }

    fn play(&mut self, until: u64) {
        while self.world.now < until {
            self.send();
            while self.settle() {}
            let next = self.later.peek().map_or(until, |Reverse((at, _))| (*at).min(until));
            let due = self.world.gateway.deadline().map_or(next, |due| due.as_millis().min(next));
            self.world.wait(due.saturating_sub(self.world.now));
            while let Some(&Reverse((at, event))) = self.later.peek()
                && at <= self.world.now
            {
                self.later.pop();
                self.happen(event);
            }
        }
    }

    /// Keeps as many under way as there may be.
    fn send(&mut self) {
        while self.sent - self.answered - self.lost < WINDOW {
            let n = DEAD + self.sent % (HOOKS - DEAD);
            if self.death != Death::None && self.sent.is_multiple_of(9) {
                self.message(self.sent / 9 % DEAD);
            }
            self.message(n);
            self.sent += 1;
        }
    }

    fn message(&mut self, hook: usize) {
        self.world.server(&format!(
            "<message from='a{}@b.example' to='h{hook}@gw.example' type='chat'><body>hi</body></message>",
            self.sent % 1_000
        ));
        self.hear();
    }

    /// Takes what the server is told; false when it is nothing.
    fn hear(&mut self) -> bool {
        let told = self.world.take(Line::Link);
        let hook = |from: &str| from.split('@').next()?.parse::<usize>().ok();
        self.lost += told.split("from='h").skip(1).filter_map(hook).filter(|hook| *hook >= DEAD).count();
        !told.is_empty()
    }

    /// Does what the shell does at once; false when nothing was to be done.
    fn settle(&mut self) -> bool {
        let mut moved = false;
        while let Some(line) = self.world.connects.pop_front() {
            let Line::Call(call) = line else { panic!("the link broke") };
            self.connections += 1;
            let config = &self.world.config;
            let hook = self.world.gateway.destination(call, config).expect("a hook");
            let number = self.connections;
            self.far[usize::from(call)] =
                Far { number, hook, open: false, opening: true, request: String::new() };
            let dead = self.dead && hook < DEAD;
            let after = match self.death {
                Death::Refuses if dead => Some((CONNECT, Later::Refused(call, number))),
                Death::Blackhole if dead => {
                    Some((u64::from(Limits::DEFAULT.connect_time), Later::Refused(call, number)))
                }
                _ => Some((CONNECT, Later::Connected(call, number))),
            };
            self.later.extend(after.map(|(ms, event)| Reverse((self.world.now + ms, event))));
            moved = true;
        }
        for call in 0..self.far.len() as u16 {
            let line = Line::Call(call);
            let far = &mut self.far[usize::from(call)];
            if !(far.open || far.opening) {
                continue;
            }
            if self.world.gateway.want(line) == Want::Close {
                *far = Far::default();
                self.world.event(|g, cx| g.ended(line, End::Closed, cx));
                moved = true;
            } else if far.open && !self.world.gateway.pending(line).is_empty() {
                let request = self.world.take(line);
                self.think(call, &request);
                moved = true;
            }
        }
        moved | self.hear()
    }

    fn think(&mut self, call: u16, request: &str) {
        let far = &mut self.far[usize::from(call)];
        far.request.push_str(request);
        if !far.request.ends_with("</message>") {
            return;
        }
        far.request.clear();
        let after = match self.death {
            _ if !self.dead || far.hook >= DEAD => ANSWER,
            Death::Slow => 3_000,
            _ => return,
        };
        self.later.push(Reverse((self.world.now + after, Later::Answered(call, far.number))));
    }

    fn happen(&mut self, event: Later) {
        let (Later::Connected(call, number) | Later::Refused(call, number) | Later::Answered(call, number)) =
            event;
        let (line, far) = (Line::Call(call), &mut self.far[usize::from(call)]);
        if far.number != number {
            return;
        }
        match event {
            Later::Connected(..) => {
                (far.open, far.opening) = (true, false);
                self.world.event(|g, cx| g.connected(line, cx));
            }
            Later::Refused(..) => {
                *far = Far::default();
                self.world.event(|g, cx| g.ended(line, End::Failed(&"refused"), cx));
            }
            Later::Answered(..) if self.world.gateway.want(line) == Want::Open => {
                self.answered += usize::from(far.hook >= DEAD);
                self.world.give(line, b"HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n");
            }
            Later::Answered(..) => {}
        }
    }
}

#[test]
fn ten_dead_hooks_hold_nobody() {
    let (alone, _) = run(Death::None, false);
    std::println!("90 hooks alone: {alone:?} messages in each {} s", PART / 1_000);
    let mut worst = 100;
    for death in [Death::Refuses, Death::Silent, Death::Blackhole, Death::Slow] {
        for dies in [false, true] {
            let (got, lost) = run(death, dies);
            let mut percent = [0, 1, 2].map(|part| got[part] * 100 / alone[part]);
            if dies {
                // While the ten answer, their share is theirs.
                percent[0] = percent[0] * 10 / 9;
            }
            let when = if dies { "that were well for the first part" } else { "dead from the start" };
            std::println!("with 10 that are {death:?}, {when}: {got:?}, {percent:?} %, {lost} returned");
            assert_eq!(lost, 0, "the dead fill the queue");
            worst = percent.into_iter().fold(worst, usize::min);
        }
    }
    assert!(worst >= 90, "the dead take more than a tenth: {worst} %");
}
