//! The gateway as a whole, in a world made of bytes and a clock that we turn: no socket, no waiting. This is
//! the world; the files beside it are what happens there.

mod crowd;
mod delivery;
mod doubt;
mod face;
mod figures;
mod held;
#[path = "../../tests/oracle/src/lent.rs"]
#[allow(unreachable_pub, reason = "other crates take it in as well")]
mod lent;
mod logins;
mod oauth;
mod rfc9112;
mod shown;
mod simulation;
mod tokens;
mod ways;

use std::boxed::Box;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::format;
use std::net::{IpAddr, Ipv4Addr};
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::Gateway;
use super::introspection::Introspection;
use super::line::{Action, Cx, End, Level, Line, Log, Want};
use super::rights::Rights;
use super::settings::{Access, Delivery, Hook, Kinds, Settings, Token};
use crate::limits::Limits;
use crate::mapping::{Format, Options};
use crate::time::{Duration, Instant};

pub(crate) const BASIC: &str = "Authorization: Basic Z3cuZXhhbXBsZTpzZWNyZXQ=\r\n"; // gw.example:secret

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Config {
    hooks: Vec<Hook<'static>>,
    tokens: Vec<Token<'static>>,
    users: Vec<Token<'static>>,
    introspection: Option<Introspection<'static>>,
    access: Access<'static>,
    mapping: Options<'static>,
}

impl Settings for Config {
    fn domain(&self) -> &'static str {
        "gw.example"
    }
    fn secret(&self) -> &'static str {
        "secret"
    }
    fn token(&self, at: usize) -> Option<Token<'_>> {
        let tokens = [
            Token { name: "bot", secret: "bot-token", jid: "bot@gw.example", rights: Rights::ALL },
            Token { name: "full", secret: "full-token", jid: "bot@gw.example/res", rights: Rights::ALL },
        ];
        tokens.iter().chain(&self.tokens).nth(at).copied()
    }
    fn user(&self, at: usize) -> Option<Token<'_>> {
        self.users.get(at).copied()
    }
    fn introspection(&self) -> Option<Introspection<'_>> {
        self.introspection
    }
    fn access(&self) -> Access<'_> {
        self.access
    }
    fn mapping(&self) -> Options<'static> {
        self.mapping
    }
    fn hook(&self, at: usize) -> Option<Hook<'_>> {
        self.hooks.get(at).copied()
    }
}

#[derive(Default)]
struct Lines(RefCell<Vec<String>>);

impl Log for Lines {
    fn log(&self, level: Level, line: fmt::Arguments<'_>) {
        self.0.borrow_mut().push(format!("{level:?}: {line}"));
    }
}

/// A gateway and all that is around it.
pub(crate) struct World {
    pub(crate) gateway: Gateway<'static>,
    config: Config,
    log: Lines,
    now: u64,
    /// What was asked for and not yet done.
    pub(crate) connects: VecDeque<Line>,
    /// Whether the server reads while time passes.
    reads: bool,
    /// What it read so, and nobody has looked at.
    wire: String,
}

fn hook(name: &'static str) -> Hook<'static> {
    Hook {
        name,
        authority: "hook.example:8000",
        target: "/in",
        format: Format::Xml,
        delivery: Delivery { attempts: 1, ..Delivery::DEFAULT },
        ..Hook::DEFAULT
    }
}

impl World {
    pub(crate) fn new(limits: Limits) -> Self {
        let memory = lent::lend(&limits, vec![0; lent::bytes(&limits)].leak(), Box::leak(Box::default()));
        Self {
            gateway: Gateway::new(&limits, memory, [7; 32]),
            config: Config {
                hooks: vec![hook("h")],
                tokens: Vec::new(),
                users: Vec::new(),
                introspection: None,
                access: Access::DEFAULT,
                mapping: Options::default(),
            },
            log: Lines::default(),
            now: 0,
            connects: VecDeque::new(),
            reads: true,
            wire: String::new(),
        }
    }

    /// A gateway whose link is up.
    pub(crate) fn up() -> Self {
        let mut world = Self::new(Limits::DEFAULT);
        world.link_up();
        world
    }

    pub(crate) fn link_up(&mut self) {
        self.wait(1);
        while self.connects.is_empty() {
            self.wait(100);
        }
        assert_eq!(self.connects.pop_front(), Some(Line::Link));
        self.event(|g, cx| g.connected(Line::Link, cx));
        self.take(Line::Link);
        self.server("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='gw.example'>");
        self.take(Line::Link);
        self.server("<handshake/>");
        assert!(self.gateway.is_ready(Instant::from_millis(self.now)));
        self.wire = self.take(Line::Link);
    }

    /// Tells the gateway something and takes its actions.
    pub(crate) fn event<T>(&mut self, event: impl FnOnce(&mut Gateway<'static>, Cx<'_>) -> T) -> T {
        let cx = Cx {
            now: Instant::from_millis(self.now),
            wall: 1_700_000_000,
            settings: &self.config,
            log: &self.log,
        };
        let result = event(&mut self.gateway, cx);
        while let Some(action) = self.gateway.action() {
            if let Action::Connect(line) = action {
                self.connects.push_back(line);
            }
        }
        result
    }

    /// Lets time pass, with all that is due on the way. The server shows that it is alive.
    pub(crate) fn wait(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some(due) = self.gateway.deadline().filter(|due| due.as_millis() <= until) {
            self.now = self.now.max(due.as_millis());
            self.event(Gateway::tick);
            if self.gateway.link.is_up() {
                self.server(" ");
                self.wire = if self.reads { self.take(Line::Link) } else { String::new() };
            }
        }
        self.now = until;
    }

    pub(crate) fn give(&mut self, line: Line, bytes: &[u8]) {
        let space = self.gateway.space(line);
        space[..bytes.len()].copy_from_slice(bytes);
        self.event(|g, cx| g.received(line, bytes.len(), cx));
    }

    /// Takes what is pending on a line, as if it was written.
    pub(crate) fn take(&mut self, line: Line) -> String {
        let read = if line == Line::Link { std::mem::take(&mut self.wire) } else { String::new() };
        let mut all = read.into_bytes();
        loop {
            let pending = self.gateway.pending(line).to_vec();
            if pending.is_empty() {
                return String::from_utf8(all).unwrap();
            }
            all.extend_from_slice(&pending);
            self.event(|g, cx| g.written(line, pending.len(), cx));
        }
    }

    pub(crate) fn server(&mut self, xml: &str) {
        self.give(Line::Link, xml.as_bytes());
    }

    fn caller(&mut self) -> Line {
        self.event(|g, cx| g.accept(Some(LOCAL), cx)).expect("a free place")
    }

    fn post(&mut self, line: Line, content_type: &str, body: &str) {
        let head = format!("POST /rest HTTP/1.1\r\nHost: gw\r\n{BASIC}Content-Type: {content_type}\r\n");
        self.give(line, format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Opens the call that was asked for, takes the request and gives the reply.
    fn webhook(&mut self, reply: &str) -> String {
        let line = self.connects.pop_front().expect("a call");
        assert!(matches!(line, Line::Call(_)));
        self.event(|g, cx| g.connected(line, cx));
        let request = self.take(line);
        self.give(line, reply.as_bytes());
        request
    }
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

const XML: &str = "application/xmpp+xml";
const PING: &str =
    "<iq type='get' id='mine' to='other.example' from='bot@gw.example'><ping xmlns='urn:xmpp:ping'/></iq>";

/// The id that a stanza has on the wire.
fn wire_id(stanza: &str) -> String {
    let id = stanza.split("id='").nth(1).and_then(|rest| rest.split('\'').next());
    id.unwrap_or_else(|| panic!("no id in {stanza}")).to_string()
}
