//! Room for the next caller: when the last place is taken, somebody who has no right to it gives way.
//!
//! Whoever opens connections and says nothing, or little, or does not read, would keep all places for the time that
//! each is given, and could do so again and again. So one place is kept for the next caller as long as there is
//! somebody to give way: first those who have not logged in on their connection, then those who have and rest, or only
//! drip. A request that is being served never gives way. Of several the oldest goes, of an address that holds more than
//! a quarter of the places without a login before others. It is told why, unless it had an answer before.

use core::cmp::Reverse;

use super::answer::Wish;
use super::callers::{BUSY, Caller, State};
use super::line::{Cx, Want};
use super::{Counter, Gateway};
use crate::fault::{Fault, reason};
use crate::time::{Duration, Instant};

/// How long somebody who has logged in may rest and yet keep a place that another needs.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many bytes within that time are no rest; the slowest modem has more.
const PACE: usize = 1_024;

impl Gateway<'_> {
    /// Somebody came to the place `newest`; if it was the last one, another gives way.
    pub(super) fn make_room(&mut self, newest: usize, cx: Cx<'_>) {
        // Those who watch have a place beyond these.
        let places = self.places();
        let mut all = self.callers[..places].iter();
        if all.any(|caller| caller.is_free() || caller.leaves || caller.port.want == Want::Close) {
            return;
        }
        let leaves = |at: &usize| *at != newest && self.callers[*at].gives_way(cx.now);
        let crowds = |at: usize| {
            let peer = self.callers[at].came.peer();
            let same = self.callers.iter().filter(|caller| caller.came.peer() == peer && !caller.known);
            same.count() > self.callers.len() / 4
        };
        let all = (0..places).filter(leaves);
        let Some(at) = all.max_by_key(|&at| {
            let caller = &self.callers[at];
            (!caller.known, crowds(at), Reverse(caller.moved))
        }) else {
            return;
        };
        self.counters.add(Counter::CallersDisplaced);
        let Caller { port, http: Some(http), state, known, leaves, .. } = &mut self.callers[at] else {
            return;
        };
        let open = port.want == Want::Open && matches!(state, State::Reading);
        let begun = match state {
            State::Checking { wish, .. } => Some(*wish),
            _ if open && !port.input.is_empty() => Some(Wish::default()),
            _ => None,
        };
        if let Some(wish) = begun {
            *leaves = true;
            http.end();
            self.refuse(at, &Fault::new(&reason::DISPLACED), wish, cx);
        } else if open && !*known && port.output.push(BUSY).is_ok() {
            // Its request may be on the way.
            (*leaves, port.want) = (true, Want::Flush);
            self.wake_caller(at);
        } else {
            self.close_caller(at);
        }
    }
}

impl Caller<'_> {
    /// Bytes came or went; a request that passes and an answer that is out count without this.
    pub(super) fn note_bytes(&mut self, n: usize, now: Instant) {
        self.since += n;
        if self.known && self.since >= PACE {
            (self.since, self.moved) = (0, now);
        }
    }

    /// Whether another may have its place.
    fn gives_way(&self, now: Instant) -> bool {
        let served = self.is_unanswered() && !matches!(self.state, State::Checking { .. });
        let patient = self.known && now < self.moved + PATIENCE;
        !self.leaves && self.port.want != Want::Close && !served && !patient
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::net::IpAddr;
    use std::vec::Vec;

    use super::*;
    use crate::gateway::Port;
    use crate::gateway::line::{End, Line};
    use crate::gateway::tests::{BASIC, World};
    use crate::limits::Limits;

    const LIMITS: Limits = Limits { connections: 4, ..Limits::DEFAULT };

    impl World {
        fn comes(&mut self, from: u8) -> Option<Line> {
            self.event(|g, cx| g.accept(Some(IpAddr::from([127, 0, 0, from])), cx))
        }

        /// The places that are to be closed; they are, so that they are free again.
        fn leaving(&mut self) -> Vec<Line> {
            let lines: Vec<_> = (0..4).map(Line::Caller).collect();
            for line in &lines {
                self.take(*line);
            }
            let gone: Vec<_> =
                lines.into_iter().filter(|line| self.gateway.want(*line) == Want::Close).collect();
            for line in &gone {
                self.event(|g, cx| g.ended(*line, End::Closed, cx));
            }
            gone
        }

        fn places(&mut self, from: [u8; 4]) -> [Line; 4] {
            from.map(|peer| {
                self.wait(1);
                self.comes(peer).expect("a place")
            })
        }
    }

    fn world() -> World {
        let mut world = World::new(LIMITS);
        world.link_up();
        world
    }

    /// A connection on which somebody logged in and got an answer.
    fn log_in(world: &mut World, line: Line) {
        world.give(line, format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{BASIC}\r\n").as_bytes());
        assert!(world.take(line).starts_with("HTTP/1.1 200 "));
    }

    #[test]
    fn who_moves_so_many_bytes_gets_on() {
        let mut caller = Caller::new(Port::new(&mut [], &mut []));
        caller.known = true;
        for (bytes, second, moved) in [(PACE - 1, 1, 0), (1, 2, 2), (PACE - 1, 3, 2), (1, 4, 4)] {
            caller.note_bytes(bytes, Instant::ZERO + Duration::from_secs(second));
            assert_eq!(caller.moved.as_millis(), 1_000 * moved, "{bytes} in second {second}");
        }
    }

    #[test]
    fn the_last_place_is_kept_for_the_next_caller() {
        let mut world = world();
        let [first, ..] = world.places([1, 1, 1, 1]);
        assert_eq!(world.leaving(), [first], "the oldest");
        let mut order = Vec::new();
        for _ in 0..100 {
            world.wait(1);
            assert!(world.comes(1).is_some(), "there is always a place");
            order.extend(world.leaving());
        }
        assert_eq!(order.len(), 100);
        assert_eq!(world.gateway.counters().get(Counter::CallersDisplaced), 101);
        assert_eq!(world.gateway.counters().get(Counter::ConnectionsRefused), 0);
    }

    #[test]
    fn who_crowds_gives_way_first() {
        let mut world = world();
        let [_, second, ..] = world.places([9, 1, 1, 2]);
        assert_eq!(world.leaving(), [second], "not the oldest, whose address has one place");
    }

    #[test]
    fn who_had_begun_is_told_why() {
        let mut world = world();
        let slow = world.comes(1).unwrap();
        world.give(slow, b"POST /rest HTTP/1.1\r\nHost: a\r\nX: ");
        for peer in [2, 3, 4] {
            world.wait(1);
            world.comes(peer).unwrap();
        }
        let answer = world.take(slow);
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
        assert_eq!(world.leaving(), [slow], "at once: nobody waits for it to close");
    }

    #[test]
    fn who_logged_in_keeps_the_place_unless_it_rests() {
        let mut world = world();
        let lines = [1, 1, 1].map(|peer| {
            let line = world.comes(peer).unwrap();
            log_in(&mut world, line);
            world.wait(1);
            line
        });
        let stranger = world.comes(2).unwrap();
        assert_eq!(world.leaving(), [], "all others have just logged in");
        assert_eq!(world.comes(3), None, "so there is no place");
        assert_eq!(world.comes(3), None, "nor at once");
        assert_eq!(world.gateway.counters().get(Counter::ConnectionsRefused), 2);
        assert_eq!(world.leaving(), [stranger], "but for the next one, for whom one is enough");
        world.wait(990);
        log_in(&mut world, lines[0]);
        world.wait(7);
        assert!(world.comes(3).is_some());
        assert_eq!(world.leaving(), [], "a second has not passed");
        world.wait(1);
        assert_eq!(world.comes(4), None);
        assert_eq!(world.leaving(), [stranger], "who has not logged in still goes first");
        assert!(world.comes(4).is_some());
        assert_eq!(world.leaving(), [lines[1]], "then who rested longest");
    }

    #[test]
    fn who_was_answered_and_is_read_on_for_a_while_gives_way() {
        let mut world = world();
        let broken = world.comes(1).unwrap();
        world.give(broken, b"nonsense\r\n\r\n");
        assert!(world.take(broken).starts_with("HTTP/1.1 400 "));
        assert_eq!(world.gateway.want(broken), Want::Flush);
        world.wait(1);
        for peer in [2, 3, 4] {
            world.comes(peer).unwrap();
        }
        assert_eq!(world.take(broken), "", "it has its answer");
        assert_eq!(world.leaving(), [broken]);
    }

    #[test]
    fn dripping_is_resting() {
        let mut world = world();
        let [slow, fast, third] = [1, 1, 1].map(|peer| {
            let line = world.comes(peer).unwrap();
            let head = "POST /rest/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n";
            world.give(line, format!("{head}{BASIC}\r\n").as_bytes());
            line
        });
        for _ in 0..10 {
            world.wait(150);
            world.give(slow, b"x");
            world.give(fast, &[b'x'; 1_100]);
            world.give(third, &[b'x'; 1_100]);
        }
        world.comes(2).unwrap();
        assert!(world.take(slow).starts_with("HTTP/1.1 503 "));
        assert_eq!(world.leaving(), [slow]);
    }

    #[test]
    fn a_request_that_is_served_never_gives_way() {
        let mut world = world();
        let asking = [1, 1, 1].map(|peer| {
            let line = world.comes(peer).unwrap();
            let head = format!("GET /rest/version/other.example HTTP/1.1\r\nHost: a\r\n{BASIC}\r\n");
            world.give(line, head.as_bytes());
            line
        });
        world.wait(5_000);
        world.comes(2).unwrap();
        assert_eq!(world.leaving(), []);
        assert_eq!(asking.map(|line| world.gateway.want(line)), [Want::Open; 3]);
    }
}
