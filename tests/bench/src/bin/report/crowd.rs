//! A hundred hooks, ten of them dead, over sockets: what the other ninety get, beside what they get alone.
//!
//! Two gateways are measured in turns: one with ninety hooks, one with ten more of which three refuse connections,
//! three take them and never answer, two never complete them and two take seconds. One message in ten is for those.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::endpoint::{Blackhole, Endpoint, TAKEN};
use crate::program::{DOMAIN, Gateway, free_address, wait};
use crate::wire::Wire;
use crate::{Outcome, median};

const DEAD: usize = 10;
const HOOKS: usize = 100;
/// How many messages are under way.
const WINDOW: u64 = 48;
const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_secs(3);
/// Between the turns, so that each starts with a queue that holds only what the dead leave in it.
const PAUSE: Duration = Duration::from_millis(300);

struct Side {
    wire: Wire,
    /// It ends with this.
    _gateway: Gateway,
    endpoint: Endpoint,
    dead: usize,
    sent: u64,
}

/// Measures and prints; true if the ninety keep nine tenths.
pub(crate) fn report(program: &Path) -> Outcome<bool> {
    let silent = Endpoint::start(None, Duration::ZERO)?;
    let slow = Endpoint::start(Some(TAKEN), Duration::from_secs(3))?;
    let blackhole = Blackhole::open()?;
    println!(
        "90 hooks, alone and beside 10 dead ones (3 refuse, 3 silent, 2 unreachable, 2 slow), in turns of {} s:",
        TURN.as_secs()
    );
    println!(
        "\n  {:>12}  {:>9} {:>12} {:>14} {:>7}",
        "answer after", "alone /s", "beside /s", "of each turn %", "ratio"
    );
    let mut holds = true;
    for after in [Duration::ZERO, Duration::from_millis(5)] {
        let dead = |n: usize| -> Outcome<SocketAddr> {
            Ok(match n {
                0..3 => free_address()?,
                3..6 => silent.address,
                6..8 => blackhole.address,
                _ => slow.address,
            })
        };
        let addresses = (0..DEAD).map(dead).collect::<Outcome<Vec<_>>>()?;
        let (mut alone, mut beside) =
            (Side::start(program, after, &[])?, Side::start(program, after, &addresses)?);
        let (mut figures, mut ratios) = ((Vec::new(), Vec::new()), Vec::new());
        for _ in 0..ROUNDS {
            let (one, other) = (alone.turn()?, beside.turn()?);
            ratios.push(other / one);
            figures.0.push(one);
            figures.1.push(other);
        }
        let ratio = median(&figures.1) / median(&figures.0);
        let percent: Vec<_> = ratios.iter().map(|ratio| format!("{:.0}", ratio * 100.0)).collect();
        println!(
            "  {:>9} ms  {:9.0} {:12.0} {:>14} {ratio:7.2}",
            after.as_millis(),
            median(&figures.0),
            median(&figures.1),
            percent.join(" ")
        );
        holds &= ratio >= 0.9;
    }
    println!("\n  at least 0.90 is wanted: {}", if holds { "met" } else { "NOT met" });
    Ok(holds)
}

impl Side {
    fn start(program: &Path, after: Duration, dead: &[SocketAddr]) -> Outcome<Self> {
        let (wire, endpoint) = (Wire::server()?, Endpoint::start(Some(TAKEN), after)?);
        let mut hooks = String::new();
        for n in 0..HOOKS {
            let address = match n.checked_sub(DEAD) {
                None if dead.is_empty() => continue,
                None => dead[n],
                Some(_) => endpoint.address,
            };
            writeln!(
                hooks,
                "[hook \"h{n}\"]\nurl = http://{address}/h{n}\nto = h{n}@*\nformat = json\ntimeout = 5"
            )?;
        }
        let gateway = Gateway::start(program, wire.address, &hooks)?;
        wait("the link", || wire.is_open())?;
        Ok(Self { wire, _gateway: gateway, endpoint, dead: dead.len(), sent: 0 })
    }

    /// How many messages a second the ninety take.
    fn turn(&mut self) -> Outcome<f64> {
        let (start, before) = (Instant::now(), self.endpoint.answered());
        while start.elapsed() < TURN {
            if self.sent - self.endpoint.answered() >= WINDOW {
                sleep(Duration::from_micros(200));
                continue;
            }
            let mut batch = String::new();
            while self.sent - self.endpoint.answered() < WINDOW {
                self.message(DEAD + self.sent as usize % (HOOKS - DEAD), &mut batch)?;
                if self.dead > 0 && self.sent.is_multiple_of(9) {
                    self.message((self.sent / 9) as usize % self.dead, &mut batch)?;
                }
                self.sent += 1;
            }
            self.wire.say(&batch)?;
        }
        let done = (self.endpoint.answered() - before) as f64 / start.elapsed().as_secs_f64();
        wait("the last answers", || self.endpoint.answered() == self.sent)
            .map_err(|error| format!("{error}; {} of {} messages", self.endpoint.answered(), self.sent))?;
        sleep(PAUSE);
        Ok(done)
    }

    fn message(&self, hook: usize, out: &mut String) -> Outcome<()> {
        let from = self.sent % 500;
        Ok(write!(
            out,
            "<message from='u{from}@far.example/x' to='h{hook}@{DOMAIN}' type='chat'><body>Hello benchmark world</body></message>"
        )?)
    }
}
