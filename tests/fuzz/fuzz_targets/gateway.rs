//! The whole gateway, as its shell drives it: callers, the link, webhooks, the server that knows tokens, and time. The
//! input is a list of deeds, each a byte that says which, one for its length, and its bytes. Whatever they are, nothing
//! panics, no alarm is set for what is over, and all that goes out is of one piece: XML to the server, and to everybody
//! else heads whose lines are ours.
#![no_main]

use std::collections::HashMap;
use std::fmt;

use libfuzzer_sys::fuzz_target;
use restanza::gateway::Gateway;
use restanza::gateway::introspection::Introspection;
use restanza::gateway::line::{Action, Arrival, Cx, Door, End, Level, Line, Log, Want};
use restanza::gateway::rights::Rights;
use restanza::gateway::settings::{Choice, Delivery, Headers, Hook, Kinds, Settings, Token};
use restanza::limits::{Limits, TABLE, Unit};
use restanza::mapping::Format;
use restanza::time::{Duration, Instant};
use restanza_oracle::frames::{Found, frames};
use restanza_oracle::lent;

/// Messages go to a hook that signs and follows redirects, presence to one that is asked for its format, with the values
/// of the stanza in the target; iqs to the first. Tokens that are not known are asked about.
struct Config;

impl Settings for Config {
    fn domain(&self) -> &'static str {
        "gw.example"
    }

    fn secret(&self) -> &'static str {
        "secret"
    }

    fn iq_timeout(&self) -> Duration {
        Duration::from_secs(20)
    }

    fn iq_timeout_max(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn token(&self, at: usize) -> Option<Token<'_>> {
        let rights = Rights { to: "*@other.example, x.example", rate: 60, ..Rights::ALL };
        (at == 0).then_some(Token { name: "bot", secret: "t", jid: "bot@gw.example", rights })
    }

    fn introspection(&self) -> Option<Introspection<'_>> {
        Some(Introspection {
            authority: "auth.example",
            target: "/introspect",
            authorization: "Basic x",
            claim: "username",
            domain: "other.example",
            scope: "xmpp",
            time: Duration::from_secs(5),
            keep: Duration::from_secs(60),
            keep_refused: Duration::from_secs(5),
            rights: Rights::ALL,
        })
    }

    fn hook(&self, at: usize) -> Option<Hook<'_>> {
        let presence = Kinds { message: false, presence: true, iq: false };
        let first = Hook {
            name: "first",
            authority: "hook.example",
            target: "/in/{kind}/{type}?to={to}&from={from}&node={node}&resource={resource}&id={id}",
            choice: Choice { kinds: Kinds { presence: false, ..Kinds::ALL }, ..Choice::ALL },
            delivery: Delivery { attempts: 3, redirects: 2, retry: &[500], ..Delivery::DEFAULT },
            headers: Headers { keys: [b"key", b"another"], lines: "X-One: 1\r\n", authorization: "Bearer y" },
            ..Hook::DEFAULT
        };
        let second = Hook {
            name: "second",
            target: "/in",
            format: Format::Xml,
            probe: true,
            choice: Choice { kinds: presence, ..Choice::ALL },
            ..first
        };
        [first, second].get(at).copied()
    }
}

struct Nowhere;

impl Log for Nowhere {
    fn log(&self, _: Level, line: fmt::Arguments<'_>) {
        let _ = line.to_string();
    }
}

/// An open line: whether the other side has ended, and what went out.
#[derive(Default)]
struct Open {
    eof: bool,
    written: Vec<u8>,
}

struct World<'b> {
    gateway: Gateway<'b>,
    now: u64,
    /// The lines that were asked for, the oldest first.
    asked: Vec<Line>,
    open: HashMap<Line, Open>,
}

impl<'b> World<'b> {
    fn event<T>(&mut self, event: impl FnOnce(&mut Gateway<'b>, Cx<'_>) -> T) -> T {
        let now = Instant::from_millis(self.now);
        let cx = Cx { now, wall: 1_700_000_000, settings: &Config, log: &Nowhere };
        let result = event(&mut self.gateway, cx);
        while let Some(action) = self.gateway.action() {
            if let Action::Connect(line) = action {
                assert!(!self.asked.contains(&line) && !self.open.contains_key(&line), "{line:?} is open");
                self.asked.push(line);
            }
        }
        result
    }

    fn connect(&mut self, reached: bool) {
        if self.asked.is_empty() {
            return;
        }
        let line = self.asked.remove(0);
        if reached {
            self.open.insert(line, Open::default());
            self.event(|gateway, cx| gateway.connected(line, cx));
        } else {
            self.event(|gateway, cx| gateway.ended(line, End::Failed(&"refused"), cx));
        }
    }

    fn accept(&mut self, door: Door) {
        let came = Arrival { door, ..Arrival::default() };
        if let Some(line) = self.event(|gateway, cx| gateway.accept_at(came, cx)) {
            assert!(self.open.insert(line, Open::default()).is_none(), "{line:?} is open");
        }
    }

    /// Bytes come, as far as there is room for them.
    fn give(&mut self, line: Line, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.gateway.want(line) == Want::Open && !self.open[&line].eof {
            let space = self.gateway.space(line);
            let n = bytes.len().min(space.len());
            if n == 0 {
                return;
            }
            space[..n].copy_from_slice(&bytes[..n]);
            bytes = &bytes[n..];
            self.event(|gateway, cx| gateway.received(line, n, cx));
        }
    }

    /// So many bytes of what is pending leave.
    fn take(&mut self, line: Line, most: usize) {
        let pending = self.gateway.pending(line);
        let n = pending.len().min(most);
        if n > 0 {
            self.open.get_mut(&line).unwrap().written.extend_from_slice(&pending[..n]);
            self.event(|gateway, cx| gateway.written(line, n, cx));
        }
    }

    fn end(&mut self, line: Line, end: End<'_>) {
        let open = self.open.remove(&line).unwrap();
        check(line, &open.written);
        self.event(|gateway, cx| gateway.ended(line, end, cx));
    }

    /// Closes what is to be closed, and gives up what is.
    fn close(&mut self) {
        let over = |gateway: &Gateway<'_>, line| match gateway.want(line) {
            Want::Open => false,
            Want::Flush => gateway.pending(line).is_empty(),
            Want::Close => true,
        };
        let closed: Vec<_> = self.open.keys().copied().filter(|line| over(&self.gateway, *line)).collect();
        for line in closed {
            self.end(line, End::Closed);
        }
        while let Some(at) = self.asked.iter().position(|line| self.gateway.want(*line) != Want::Open) {
            let line = self.asked.remove(at);
            self.event(|gateway, cx| gateway.ended(line, End::Closed, cx));
        }
    }

    fn pass(&mut self, millis: u64) {
        let until = self.now + millis;
        for _ in 0..10_000 {
            let Some(due) = self.gateway.deadline().filter(|due| due.as_millis() <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(due.as_millis());
            self.event(Gateway::tick);
            self.close();
        }
        panic!("it is due again and again");
    }

    fn nth(&self, n: u8, sort: impl Fn(&Line) -> bool) -> Option<Line> {
        let mut lines: Vec<_> = self.open.keys().copied().filter(sort).collect();
        lines.sort_by_key(|line| format!("{line:?}"));
        (!lines.is_empty()).then(|| lines[usize::from(n) % lines.len()])
    }

    /// One deed.
    fn act(&mut self, deed: u8, bytes: &[u8]) {
        let which = deed >> 4;
        let caller = self.nth(which, |line| matches!(line, Line::Caller(_)));
        let asked = self.nth(which, |line| matches!(line, Line::Call(_) | Line::Lookup(_)));
        let any = self.nth(which, |_| true);
        match (deed & 15, caller, asked, any) {
            (0, ..) => self.accept(if which == 0 { Door::Metrics } else { Door::Main }),
            (1, Some(line), ..) => self.give(line, bytes),
            (2, Some(line), ..) => self.request(line, which, bytes),
            (3, ..) => self.server(bytes),
            (4, ..) => {
                let kind = ["message", "presence", "iq"][usize::from(which) % 3];
                let start = format!("<{kind} id='i' type='get' from='a@other.example/r' to='n@gw.example'>");
                self.server(&[start.as_bytes(), bytes, b"</", kind.as_bytes(), b">"].concat());
            }
            (5, ..) => self.connect(which != 0),
            (6, _, Some(line), _) => self.give(line, bytes),
            (7, _, Some(line), _) => {
                let types = ["application/json", "application/xmpp+xml", "text/plain", "application/cbor"];
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                    types[usize::from(which) % 4],
                    bytes.len()
                );
                self.give(line, &[head.as_bytes(), bytes].concat());
            }
            (8, ..) => self.pass(1 << which),
            (9, _, _, Some(line)) => {
                if !std::mem::replace(&mut self.open.get_mut(&line).unwrap().eof, true) {
                    self.event(|gateway, cx| gateway.ended(line, End::Eof, cx));
                }
            }
            (10, _, _, Some(line)) => self.end(line, End::Failed(&"reset")),
            (11, _, _, Some(line)) => self.take(line, 1 + bytes.len()),
            (12, ..) => {
                for line in self.open.keys().copied().collect::<Vec<_>>() {
                    self.take(line, usize::MAX);
                }
            }
            (13, ..) if which == 0 => self.event(Gateway::reloaded),
            (14, ..) if which == 0 => self.event(Gateway::stop),
            _ => {}
        }
        self.close();
    }

    /// A request that is let in, with a body in one of the formats.
    fn request(&mut self, line: Line, which: u8, body: &[u8]) {
        let types = [
            "application/json",
            "application/xmpp+xml",
            "application/cbor",
            "application/x-www-form-urlencoded",
        ];
        let logins = ["Basic Z3cuZXhhbXBsZTpzZWNyZXQ=", "Bearer t", "Bearer unknown", "Basic Zm9vOmJhcg=="];
        let (kind, login) = (types[usize::from(which) & 3], logins[usize::from(which >> 2) & 3]);
        let head = format!(
            "POST /rest HTTP/1.1\r\nHost: gw\r\nAuthorization: {login}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.give(line, &[head.as_bytes(), body].concat());
    }

    fn server(&mut self, bytes: &[u8]) {
        if self.open.contains_key(&Line::Link) {
            self.give(Line::Link, bytes);
        }
    }
}

/// What went out on a line, to its end or to where it broke.
fn check(line: Line, written: &[u8]) {
    match line {
        Line::Link => {
            let found = frames(&[written], usize::MAX);
            assert!(
                !found.iter().any(|found| matches!(found, Found::Broken(_))),
                "{}",
                written.escape_ascii()
            );
        }
        Line::Caller(_) => assert!(b"HTTP/1.1 ".starts_with(written) || written.starts_with(b"HTTP/1.1 ")),
        Line::Call(_) | Line::Lookup(_) => {
            let head = written.split(|byte| *byte == b'\n').take_while(|line| *line != b"\r");
            for (at, text) in head.enumerate().filter(|(_, text)| text.ends_with(b"\r")) {
                let text = std::str::from_utf8(text).expect("a head of ASCII");
                let good = match at {
                    0 => text.split(' ').count() == 3 && text.ends_with(" HTTP/1.1\r"),
                    _ => text.split_once(": ").is_some_and(|(name, value)| {
                        let visible = |c: char| c.is_ascii_graphic() || c == ' ';
                        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                            && value.strip_suffix('\r').is_some_and(|value| value.chars().all(visible))
                    }),
                };
                assert!(good, "{text:?}");
            }
        }
    }
}

/// The smallest that there may be.
fn limits() -> Limits {
    let mut limits = Limits::DEFAULT;
    for row in TABLE.iter().filter(|row| row.unit == Unit::Bytes) {
        limits.set(row.name, row.least).unwrap();
    }
    Limits {
        connections: 3,
        waiting: 2,
        calls: 1,
        slow_calls: 1,
        lookups: 1,
        hooks: 4,
        queue_entries: 16,
        nodes: 256,
        grants: 4,
        login_addresses: 4,
        accounts: 4,
        ..limits
    }
}

fuzz_target!(|data: &[u8]| {
    let limits = limits();
    let (mut bytes, mut tables) = (vec![0; lent::bytes(&limits)], lent::Tables::default());
    let gateway = Gateway::new(&limits, lent::lend(&limits, &mut bytes, &mut tables), [7; 32]);
    let mut world = World { gateway, now: 0, asked: Vec::new(), open: HashMap::new() };
    // The link comes up; what happens before is the business of the first deeds when the first byte says so.
    let [early, data @ ..] = data else { return };
    world.pass(1);
    if *early & 1 == 0 {
        world.connect(true);
        world.server(
            b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1' \
              from='gw.example'>",
        );
        world.take(Line::Link, usize::MAX);
        world.server(b"<handshake/>");
    }
    let mut rest = data;
    while let [deed, len, tail @ ..] = rest {
        let (bytes, tail) = tail.split_at(tail.len().min(usize::from(*len)));
        world.act(*deed, bytes);
        rest = tail;
    }
    for (line, open) in &world.open {
        check(*line, &open.written);
    }
});
