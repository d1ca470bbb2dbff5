//! Once it runs, the core never asks for memory: 10,000 stanzas each way through framer, checker, mapping, HTTP server
//! and client, and the gateway that ties them, with an allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use restanza::gateway::Gateway;
use restanza::gateway::line::{Action, Cx, Level, Line, Log};
use restanza::gateway::rights::Rights;
use restanza::gateway::settings::{Choice, Headers, Hook, Kinds, Settings, Token};
use restanza::limits::Limits;
use restanza::mapping::Format;
use restanza::time::Instant;
use restanza_oracle::lent;

const ROUNDS: usize = 10_000;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A domain and two webhooks: messages go out as JSON, presence as XML.
struct Config;

impl Settings for Config {
    fn domain(&self) -> &'static str {
        "gw.example"
    }

    fn secret(&self) -> &'static str {
        "secret"
    }

    fn token(&self, at: usize) -> Option<Token<'_>> {
        (at == 0).then_some(Token {
            name: "bot",
            secret: "bot-token",
            jid: "bot@gw.example",
            rights: Rights::ALL,
        })
    }

    fn hook(&self, at: usize) -> Option<Hook<'_>> {
        let none = Kinds { message: false, presence: false, iq: false };
        let json = Hook {
            name: "json",
            authority: "hook.example",
            target: "/json/{kind}/{to}",
            format: Format::Json,
            choice: Choice { kinds: Kinds { message: true, ..none }, ..Choice::ALL },
            headers: Headers { keys: [b"a key to sign with", b""], ..Headers::NONE },
            ..Hook::DEFAULT
        };
        let xml = Hook {
            name: "xml",
            target: "/xml",
            format: Format::Xml,
            choice: Choice { kinds: Kinds { presence: true, ..none }, ..Choice::ALL },
            ..json
        };
        [json, xml].get(at).copied()
    }
}

/// A log that writes every line, to nowhere.
#[derive(Default)]
struct Nowhere(Cell<usize>);

impl Log for Nowhere {
    fn log(&self, _: Level, line: fmt::Arguments<'_>) {
        let mut text = Text::new();
        let _ = text.write_fmt(line);
        self.0.set(self.0.get() + 1);
    }
}

/// Text in an array.
struct Text {
    bytes: [u8; 40_000],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 40_000], len: 0 }
    }

    fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self::new();
        text.write_fmt(arguments).expect("a text that fits");
        text
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("text")
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.len + text.len() > self.bytes.len() {
            return Err(fmt::Error);
        }
        self.push(text.as_bytes());
        Ok(())
    }
}

/// A gateway, and what the shell is to do for it.
struct World {
    gateway: Gateway<'static>,
    log: Nowhere,
    now: u64,
    /// The line that was asked for.
    connect: Option<Line>,
}

impl World {
    fn new() -> Self {
        let limits = Limits::DEFAULT;
        let memory = lent::lend(&limits, vec![0; lent::bytes(&limits)].leak(), Box::leak(Box::default()));
        let gateway = Gateway::new(&limits, memory, [7; 32]);
        Self { gateway, log: Nowhere::default(), now: 0, connect: None }
    }

    fn link_up(&mut self) {
        self.now = 1;
        self.event(Gateway::tick);
        assert_eq!(self.connect.take(), Some(Line::Link));
        self.event(|gateway, cx| gateway.connected(Line::Link, cx));
        self.take(Line::Link);
        self.give(
            Line::Link,
            b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' id='1' \
              xmlns:stream='http://etherx.jabber.org/streams' from='gw.example'>",
        );
        self.take(Line::Link);
        self.give(Line::Link, b"<handshake/>");
        assert!(self.gateway.is_ready(Instant::from_millis(self.now)));
        self.take(Line::Link);
    }

    fn event<T>(&mut self, event: impl FnOnce(&mut Gateway<'static>, Cx<'_>) -> T) -> T {
        let cx = Cx {
            now: Instant::from_millis(self.now),
            wall: 1_700_000_000,
            settings: &Config,
            log: &self.log,
        };
        let result = event(&mut self.gateway, cx);
        while let Some(action) = self.gateway.action() {
            if let Action::Connect(line) = action {
                assert_eq!(self.connect.replace(line), None);
            }
        }
        result
    }

    /// A millisecond passes, and what is due happens. A ping goes to our own domain, so the server gives it back.
    fn pass(&mut self) {
        self.now += 1;
        if self.gateway.deadline().is_some_and(|due| due.as_millis() <= self.now) {
            self.event(Gateway::tick);
            let ping = self.take(Line::Link);
            self.give(Line::Link, ping.as_bytes());
            self.take(Line::Link);
        }
    }

    /// Bytes come in on a line, in segments of an Ethernet's size.
    fn give(&mut self, line: Line, bytes: &[u8]) {
        for segment in bytes.chunks(1460) {
            let space = self.gateway.space(line);
            space[..segment.len()].copy_from_slice(segment);
            self.event(|gateway, cx| gateway.received(line, segment.len(), cx));
        }
    }

    /// Takes what is pending on a line, as if it was written.
    fn take(&mut self, line: Line) -> Text {
        let mut all = Text::new();
        while !self.gateway.pending(line).is_empty() {
            let pending = self.gateway.pending(line);
            let n = pending.len();
            all.push(pending);
            self.event(|gateway, cx| gateway.written(line, n, cx));
        }
        all
    }

    /// A caller sends a stanza in one of the formats, and what the server has to answer comes.
    fn send(&mut self, caller: Line, round: usize) {
        let (content_type, body) = match round % 5 {
            0 => (
                "application/xmpp+xml",
                Text::of(format_args!(
                    "<message to='a@other.example' type='chat' xml:lang='en'><body>{round} &lt; \u{1f600}</body>\
                     <active xmlns='http://jabber.org/protocol/chatstates'/></message>"
                )),
            ),
            1 => (
                "application/json",
                Text::of(format_args!(
                    "{{\"body\":\"{round} \\u00e9 \\ud83d\\ude00 \\\"<&>\\\"\",\"to\":\"a@other.example\",\
                     \"subject\":\"s\",\"lang\":\"de\",\"state\":\"active\"}}"
                )),
            ),
            2 => ("text/plain", Text::of(format_args!("{round} <plain> & simple"))),
            3 => (
                "application/x-www-form-urlencoded",
                Text::of(format_args!("to=a%40other.example&body={round}+%26+more")),
            ),
            _ => (
                "application/json",
                Text::of(format_args!(
                    "{{\"kind\":\"iq\",\"type\":\"get\",\"to\":\"other.example\",\"id\":\"mine\",\"disco\":true}}"
                )),
            ),
        };
        let path = if content_type == "text/plain" { "/rest/message/chat/a@other.example" } else { "/rest" };
        let head = Text::of(format_args!(
            "POST {path} HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer bot-token\r\n\
             Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len
        ));
        self.give(caller, head.as_bytes());
        self.give(caller, body.as_bytes());
        let stanza = self.take(Line::Link);
        if round % 5 == 4 {
            assert!(stanza.as_str().starts_with("<iq "), "{}", stanza.as_str());
            let id =
                stanza.as_str().split("id='").nth(1).and_then(|rest| rest.split('\'').next()).expect("an id");
            let answer = Text::of(format_args!(
                "<iq type='result' id='{id}' from='other.example' to='bot@gw.example'>\
                 <query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' \
                 name='a &amp; b'/><feature var='urn:xmpp:ping'/></query></iq>"
            ));
            self.give(Line::Link, answer.as_bytes());
            let answer = self.take(caller);
            let answer = answer.as_str();
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"mine\""), "{answer}");
            assert!(answer.contains("a & b"), "{answer}");
        } else {
            assert!(stanza.as_str().starts_with("<message "), "{}", stanza.as_str());
            let answer = self.take(caller);
            assert!(answer.as_str().starts_with("HTTP/1.1 202 "), "{}", answer.as_str());
        }
    }

    /// The server sends a stanza, a webhook gets it, and its answer goes back.
    fn receive(&mut self, round: usize) {
        let stanza = match round % 3 {
            0 => Text::of(format_args!(
                "<message from='a@other.example/r' to='bot@gw.example' type='chat' id='{round}'>\
                 <body>caf\u{e9} &amp; \"{round}\"</body><thread>t</thread>\
                 <delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/></message>"
            )),
            1 => Text::of(format_args!(
                "<presence from='a@other.example/r' to='bot@gw.example/x' id='{round}'><show>away</show>\
                 <c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>"
            )),
            _ => Text::of(format_args!(
                "<message from='a@other.example/r' to='gw.example' id='{round}'><body>{:x>20000}</body></message>",
                'y'
            )),
        };
        self.give(Line::Link, stanza.as_bytes());
        let call = match self.connect.take() {
            Some(line) => {
                self.event(|gateway, cx| gateway.connected(line, cx));
                line
            }
            None => {
                let busy = (0..4).map(Line::Call).find(|line| !self.gateway.pending(*line).is_empty());
                busy.expect("a call that has something to write")
            }
        };
        let request = self.take(call);
        let request = request.as_str();
        if round % 3 == 1 {
            assert!(request.starts_with("POST /xml ") && request.contains("<show>away</show>"), "{request}");
            self.give(call, b"HTTP/1.1 204 No Content\r\n\r\n");
            assert_eq!(self.take(Line::Link).len, 0);
        } else {
            assert!(request.starts_with("POST /json/") && request.contains("\"body\":\""), "{request}");
            let chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
                           8\r\n{\"body\":\r\n6\r\n\"pong\"\r\n1\r\n}\r\n0\r\n\r\n";
            self.give(call, chunked.as_bytes());
            let reply = self.take(Line::Link);
            assert!(reply.as_str().contains("<body>pong</body>"), "{}", reply.as_str());
        }
        self.pass();
    }
}

fn main() -> ExitCode {
    let mut world = World::new();
    world.link_up();
    let caller = world.event(|gateway, cx| gateway.accept(None, cx)).expect("a place for a caller");
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    assert!(before > 0, "the allocator counts");
    for round in 0..ROUNDS {
        world.send(caller, round);
        world.receive(round);
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    println!(
        "{ROUNDS} stanzas out and {ROUNDS} in, {} lines logged: {allocations} allocations",
        world.log.0.get()
    );
    let failed = usize::from(allocations > 0);
    println!("test result: alloc. {} passed; {failed} failed;", 1 - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
