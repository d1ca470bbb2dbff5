//! Conversations with servers, played on a simulated clock. `tests/cases/component/README.md` has the format.

use std::cell::RefCell;
use std::fmt;
use std::fmt::Write as _;

use super::{Event, Link};
use crate::buffer::Full;
use crate::gateway::line::{Cx, End, Level, Log, Want};
use crate::gateway::settings::Settings;
use crate::ids::Ids;
use crate::limits::Limits;
use crate::time::{Duration, Instant};

/// The times that the scripts were written for.
const LIMITS: Limits = Limits { link_confirm_time: 5_000, ..Limits::DEFAULT };

/// The gateway's configuration in all conversations.
struct Config;

impl Settings for Config {
    fn domain(&self) -> &'static str {
        "ext.localhost"
    }
    fn secret(&self) -> &'static str {
        "extsecret"
    }
}

#[derive(Default)]
struct Lines(RefCell<String>);

impl Lines {
    fn line(&self, line: fmt::Arguments<'_>) {
        writeln!(self.0.borrow_mut(), "  {line}").unwrap();
    }
}

impl Log for Lines {
    fn log(&self, level: Level, line: fmt::Arguments<'_>) {
        self.line(format_args!("log {level:?} {line}"));
    }
}

/// The owner of a link: does what a line of a conversation says, and writes down what comes of it.
struct Owner<'b> {
    link: Link<'b>,
    ids: Ids,
    now: Instant,
    want: Want,
    last_id: String,
    blocked: bool,
    lines: Lines,
}

/// Plays the steps of a conversation; what the server says comes in pieces of `piece` bytes.
fn play(script: &str, piece: usize) -> String {
    let (mut input, mut output) = ([0; 1_000], [0; 5_000]);
    let mut owner = Owner {
        link: Link::new(&mut input, &mut output, LIMITS),
        ids: Ids::new([0; 32]),
        now: Instant::from_millis(0),
        want: Want::Close,
        last_id: String::new(),
        blocked: false,
        lines: Lines::default(),
    };
    for line in script.lines() {
        if line.starts_with("  ") {
            continue;
        }
        writeln!(owner.lines.0.borrow_mut(), "{line}").unwrap();
        if !line.is_empty() && !line.starts_with('#') {
            owner.step(line, piece);
        }
    }
    owner.lines.0.into_inner()
}

impl Owner<'_> {
    fn step(&mut self, line: &str, piece: usize) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "after" => self.pass(rest.parse().unwrap()),
            "next" => {
                let next = self.link.deadline().unwrap();
                self.pass(next.since(self.now).as_millis());
            }
            "connected" => self.tell(|link, _, cx| link.connected(cx)),
            "eof" => self.tell(|link, ids, cx| link.ended(End::Eof, cx, ids)),
            "failed" => self.tell(|link, ids, cx| link.ended(End::Failed(&rest), cx, ids)),
            "closed" => self.tell(|link, ids, cx| link.ended(End::Closed, cx, ids)),
            "stop" => self.tell(|link, _, cx| link.stop(cx)),
            "server" => {
                let said = unescape(&rest.replace("{id}", &self.last_id));
                for bytes in said.chunks(piece) {
                    let mut rest = bytes;
                    while !rest.is_empty() && self.link.want() == Want::Open {
                        let space = self.link.space();
                        let n = rest.len().min(space.len());
                        assert!(n > 0, "no space for {:?}", String::from_utf8_lossy(rest));
                        space[..n].copy_from_slice(&rest[..n]);
                        rest = &rest[n..];
                        let cx = Cx { now: self.now, wall: 0, settings: &Config, log: &self.lines };
                        self.link.received(n, cx);
                        self.take_events();
                    }
                }
                self.look();
            }
            "send" => {
                let stanza = unescape(rest);
                let put = self.link.outbox(self.now).map(|mut outbox| {
                    outbox.put(|out| {
                        out.get_mut(..stanza.len()).ok_or(Full)?.copy_from_slice(&stanza);
                        Ok(stanza.len())
                    })
                });
                match put {
                    None => self.lines.line(format_args!("refused")),
                    Some(Err(Full)) => self.lines.line(format_args!("full")),
                    Some(Ok(put)) => {
                        assert_eq!(put.mark, self.link.position() + self.link.pending().len() as u64);
                    }
                }
                self.look();
            }
            "blocked" => self.blocked = true,
            "flows" => {
                self.blocked = false;
                self.look();
            }
            "counters" => self.lines.line(format_args!("{:?}", self.link.counters())),
            _ => panic!("what is {line:?}?"),
        }
    }

    fn tell(&mut self, event: impl FnOnce(&mut Link<'_>, &mut Ids, Cx<'_>)) {
        let cx = Cx { now: self.now, wall: 0, settings: &Config, log: &self.lines };
        event(&mut self.link, &mut self.ids, cx);
        self.look();
    }

    /// Lets time pass, with a tick at each deadline and no other.
    fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(deadline) = self.link.deadline().filter(|deadline| *deadline <= end) {
            let before = self.lines.0.borrow().len();
            self.now = self.now.max(deadline);
            let at = format!("  at {}\n", self.now.as_millis());
            self.tell(|link, ids, cx| link.tick(cx, ids));
            assert!(
                self.link.deadline().is_none_or(|next| next > self.now),
                "the deadline stays at {deadline:?}"
            );
            if self.lines.0.borrow().len() > before {
                self.lines.0.borrow_mut().insert_str(before, &at);
            }
        }
        self.now = end;
    }

    fn take_events(&mut self) {
        let cx = Cx { now: self.now, wall: 0, settings: &Config, log: &self.lines };
        while let Some(event) = self.link.next(cx) {
            match event {
                Event::Stanza | Event::TooLarge => {
                    let frame = String::from_utf8_lossy(self.link.frame());
                    self.lines.line(format_args!("{event:?} {frame}"));
                }
                _ => self.lines.line(format_args!("{event:?}")),
            }
        }
    }

    /// Writes down all that the link has for its owner; what it sends comes last, however the step was cut.
    fn look(&mut self) {
        self.take_events();
        if !self.blocked && !self.link.pending().is_empty() {
            let sent = String::from_utf8_lossy(self.link.pending()).into_owned();
            self.link.written(sent.len(), self.now);
            if let Some((id, _)) = sent.rsplit_once(" id='").and_then(|(_, id)| id.split_once('\'')) {
                self.last_id = id.to_owned();
            }
            self.lines.line(format_args!("sends {sent}"));
        }
        if self.want != self.link.want() {
            self.want = self.link.want();
            self.lines.line(format_args!("wants {:?}", self.want));
        }
    }
}

/// `\xHH` is a byte, and `\*N TEXT\.` is N times that text.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(hex) = after.strip_prefix('x') {
            bytes.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else {
            let (count, repeated) = after[1..].split_once(' ').unwrap();
            let (repeated, after) = repeated.split_once("\\.").unwrap();
            bytes.extend_from_slice(repeated.repeat(count.parse().unwrap()).as_bytes());
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

macro_rules! conversations {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let script = include_str!(concat!("../../tests/cases/component/", stringify!($name), ".txt"));
                if std::env::var_os("RESTANZA_WRITE_COMPONENT").is_some() {
                    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/component/", stringify!($name), ".txt");
                    std::fs::write(path, play(script, usize::MAX)).unwrap();
                    return;
                }
                for piece in [usize::MAX, 1, 7] {
                    let played = play(script, piece);
                    if played != script {
                        let at = played.lines().zip(script.lines()).take_while(|(a, b)| a == b).count();
                        panic!("in pieces of {piece}: differs from line {} on:\n{played}", at + 1);
                    }
                }
            }
        )*

        #[test]
        fn all_conversations_are_played() {
            let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/component")).unwrap();
            let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            names.retain(|name| name != "README.md");
            names.sort();
            assert_eq!(names, [$(concat!(stringify!($name), ".txt")),*]);
        }
    };
}

conversations! {
    backoff ejabberd prosody several silence stop_broken stop_broken_xml stop_connecting stop_early stop_ended stop_opening stop_up
    too_large trouble wrong_port
}
