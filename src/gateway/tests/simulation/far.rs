//! The far ends of a simulation's calls: what endpoints make of requests, what they say, whole or in part, and when
//! they break off.

use std::collections::VecDeque;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::Simulation;
use crate::gateway::line::{End, Line, Want};

/// The far end of a call.
#[derive(Default)]
pub(super) struct Far {
    open: bool,
    request: Vec<u8>,
    /// What is still to be said, and whether the connection ends then.
    reply: VecDeque<u8>,
    closes: bool,
    /// The stanza and the hook that the reply decides about once it is said.
    decides: Option<(usize, char)>,
}

impl Far {
    /// That of a connection that was just opened.
    pub(super) fn opened() -> Self {
        Self { open: true, ..Self::default() }
    }
}

impl Simulation {
    /// The calls that are open, in an order that the seed decides.
    pub(super) fn open(&self) -> Vec<u16> {
        let mut open: Vec<_> = self.far.iter().filter(|(_, far)| far.open).map(|(call, _)| *call).collect();
        open.sort_unstable();
        open
    }

    /// Requests leave, whole or in part; a whole one is thought about.
    pub(super) fn read_requests(&mut self) {
        for call in self.open() {
            let pending = self.world.gateway.pending(Line::Call(call)).to_vec();
            if pending.is_empty() || self.world.gateway.want(Line::Call(call)) != Want::Open {
                continue;
            }
            let n = if self.chance.one_in(4) {
                1 + self.chance.below(pending.len() as u64) as usize
            } else {
                pending.len()
            };
            self.world.event(|g, cx| g.written(Line::Call(call), n, cx));
            let far = self.far.get_mut(&call).unwrap();
            far.request.extend_from_slice(&pending[..n]);
            let text = String::from_utf8(far.request.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let len: usize =
                head.split("Content-Length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
            if body.len() == len {
                far.request.clear();
                self.think(call, head, body);
            }
        }
    }

    /// What the endpoint makes of a request.
    fn think(&mut self, call: u16, head: &str, body: &str) {
        let hook = head.split(' ').nth(1).unwrap().chars().nth(1).unwrap();
        if head.starts_with("OPTIONS") {
            let replies = [
                "HTTP/1.1 200 OK\r\nAccept: application/xmpp+xml\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.0 501 No\r\n\r\n",
            ];
            let reply = replies[self.chance.below(2) as usize];
            return self.will_say(call, reply, None);
        }
        let n: usize = body.split("id='s").nth(1).unwrap().split('\'').next().unwrap().parse().unwrap();
        let sent = &self.sent[n];
        self.posts += 1;
        let last = self.last.insert((sent.sender, hook), n);
        assert!(last.is_none_or(|last| last <= n), "to /{hook}: s{n} after s{}", last.unwrap_or_default());
        assert!(!self.decided.contains(&(n, hook)), "to /{hook}: s{n} again, though it was decided about");
        let kind = sent.kind;
        let xml = format!("<{kind} id='r{n}'/>");
        let with = |status: &str, more: &str, body: &str| {
            format!(
                "HTTP/1.1 {status}\r\n{more}Content-Type: application/xmpp+xml\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let (reply, decides) = match self.chance.below(if self.calm { 3 } else { 10 }) {
            0 | 3 => (with("202 Yes", "", ""), true),
            1 => (with("200 OK", "", &xml), true),
            2 => (with("404 No", "Connection: close\r\n", ""), true),
            4 => (format!("HTTP/1.0 200 OK\r\nContent-Type: application/xmpp+xml\r\n\r\n{xml}"), true),
            5 => (with("503 Busy", "Retry-After: 1\r\n", ""), false),
            6 => (with("502 Bad", "", ""), false),
            7 => ("garbage\r\n\r\n".into(), false),
            8 => (String::new(), false),
            _ => (with("200 OK", "", "<message><bo"), true),
        };
        self.note(format_args!("/{hook} on {call} got s{n}, replies {reply:?}"));
        self.will_say(call, &reply, decides.then_some((n, hook)));
    }

    fn will_say(&mut self, call: u16, reply: &str, decides: Option<(usize, char)>) {
        let cut = !self.calm && self.chance.one_in(6);
        let said = if cut { self.chance.below(reply.len() as u64 + 1) as usize } else { reply.len() };
        let far = self.far.get_mut(&call).unwrap();
        far.reply.extend(&reply.as_bytes()[..said]);
        far.closes = cut || reply.starts_with("HTTP/1.0") || reply.is_empty();
        // Without a length, what came before the end is all there is.
        let unseen = reply.starts_with("HTTP/1.0") && reply[..said].contains("\r\n\r\n");
        far.decides = decides.filter(|_| said == reply.len() || unseen);
    }

    /// Endpoints say a part of what they have to say, or all.
    pub(super) fn say_some(&mut self) {
        for call in self.open() {
            let line = Line::Call(call);
            if self.world.gateway.want(line) == Want::Close {
                continue;
            }
            let far = self.far.get_mut(&call).unwrap();
            if far.reply.is_empty() && !far.closes {
                continue;
            }
            let all = far.reply.len();
            let n = if self.chance.one_in(3) { self.chance.below(all as u64 + 1) as usize } else { all };
            let said: Vec<u8> = far.reply.drain(..n).collect();
            let (whole, closes) = (far.reply.is_empty(), far.closes);
            // An end may be what completes a reply.
            let decides = if whole { far.decides.take() } else { None };
            far.closes = closes && !whole;
            if let Some((n, hook)) = decides {
                self.decided.insert((n, hook));
                if hook != 'c' || !self.world.config.hooks.iter().any(|hook| hook.name != "copies") {
                    self.sent[n].decided = true;
                }
            }
            if !said.is_empty() {
                self.world.give(line, &said);
            }
            if whole && closes {
                self.world.event(|g, cx| g.ended(line, End::Eof, cx));
            }
        }
    }

    pub(super) fn end(&mut self, call: u16, end: End<'_>) {
        self.note(format_args!("call {call} ends"));
        self.far.insert(call, Far::default());
        self.world.event(|g, cx| g.ended(Line::Call(call), end, cx));
    }

    pub(super) fn break_call(&mut self) {
        let open = self.open();
        if !open.is_empty() {
            let call = open[self.chance.below(open.len() as u64) as usize];
            self.end(call, End::Failed(&"reset"));
        }
    }
}
