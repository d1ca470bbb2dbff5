//! The operator's log: one event, one line on standard error.
//!
//! What comes from outside cannot make lines, colours or gaps: control characters and characters that change the
//! direction of text are written as escapes. Under systemd's journal the level goes in front as the journal wants
//! it, `<4>`, and there is no time, which the journal has itself; elsewhere each line starts with the time in UTC.
//!
//! A reader that stops, or a full disc, holds nothing up: lines are lost then, and the next one that gets through says how
//! many.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::SystemTime;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::calendar::Civil;
use crate::gateway::line::{Level, Log};

/// A line longer than this is cut, with an ellipsis: what it is about stands at its start. So each fits into the 4,096
/// bytes that a pipe with room takes at once (POSIX, `PIPE_BUF`).
const LINE: usize = 4_000;
/// How long a reader may take to make room.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// How long one that did not.
const NONE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Writes to standard error.
#[derive(Debug)]
pub struct Stderr {
    level: Cell<Level>,
    journal: bool,
    line: RefCell<String>,
    /// How many lines nobody took since the last one that went out.
    lost: Cell<u64>,
    /// Whether the last one went out in part, as on a disc that became full.
    torn: Cell<bool>,
}

impl Stderr {
    /// Tells what is at `level` and above.
    pub fn new(level: Level) -> Self {
        Self {
            level: Cell::new(level),
            journal: is_journal(),
            line: RefCell::new(String::with_capacity(256)),
            lost: Cell::new(0),
            torn: Cell::new(false),
        }
    }

    /// From now on tells what is at `level` and above.
    pub(super) fn set_level(&self, level: Level) {
        self.level.set(level);
    }
}

impl Log for Stderr {
    fn log(&self, level: Level, line: fmt::Arguments<'_>) {
        if level > self.level.get() {
            return;
        }
        // A Display that logs while it is shown would be a bug; its line is lost rather than the process.
        let Ok(mut text) = self.line.try_borrow_mut() else { return };
        let lost = self.lost.get();
        if lost > 0 {
            let words = format_args!("{lost} lines are missing here: the log could not be written");
            if !self.write(&mut text, Level::Warn, words) {
                return self.lost.set(lost + 1);
            }
            self.lost.set(0);
        }
        if !self.write(&mut text, level, line) {
            self.lost.set(self.lost.get() + 1);
        }
    }
}

impl Stderr {
    /// Writes a line; whether it was taken.
    fn write(&self, text: &mut String, level: Level, line: fmt::Arguments<'_>) -> bool {
        text.clear();
        if self.torn.get() {
            text.push('\n');
        }
        let prefixed = if self.journal {
            write!(text, "<{}>", priority(level))
        } else {
            write!(text, "{} {} ", Utc(seconds()), word(level))
        };
        let written = prefixed.and_then(|()| fmt::write(&mut Escaped(text), line));
        if written.is_err() {
            text.push('…');
        }
        text.push('\n');
        let mut stderr = io::stderr();
        let patience = if self.lost.get() == 0 { &PATIENCE } else { &NONE };
        let room = poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], Some(patience));
        room.is_ok_and(|ready| ready > 0) && put(&mut stderr, text.as_bytes(), &self.torn)
    }
}

/// Writes it in one call if that is possible, so that lines of other processes do not come between; whether all was
/// taken.
fn put(out: &mut impl io::Write, mut text: &[u8], torn: &Cell<bool>) -> bool {
    while !text.is_empty() {
        match out.write(text) {
            Ok(0) => return false,
            Ok(n) => text = &text[n..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return false,
        }
        torn.set(!text.is_empty());
    }
    true
}

/// Whether standard error goes to the journal: systemd.exec(5), `JOURNAL_STREAM`.
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let stderr = io::stderr().as_fd().try_clone_to_owned().map(std::fs::File::from);
    stderr
        .and_then(|file| file.metadata())
        .is_ok_and(|data| stream == format!("{}:{}", data.dev(), data.ino()))
}

/// The level in the words of syslog (RFC 5424 section 6.2.1).
const fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug => 7,
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
    }
}

/// Passes text on with escapes for what could be mistaken for something else, up to [`LINE`] bytes.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.0.len() >= LINE {
                return Err(fmt::Error);
            }
            if disguises(c) { write!(self.0, "{}", c.escape_unicode())? } else { self.0.push(c) }
        }
        Ok(())
    }
}

/// Control characters, line and paragraph separators, and the controls of the bidirectional algorithm.
const fn disguises(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Seconds since 1970.
pub(super) fn seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Seconds since 1970, shown as in RFC 3339.
pub(super) struct Utc(pub(super) u64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = Civil::of(self.0);
        write!(f, "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_in_utc() {
        assert_eq!(Utc(1_795_354_234).to_string(), "2026-11-22T13:30:34Z");
    }

    #[test]
    fn a_line_of_which_a_part_went_out_is_remembered() {
        let torn = Cell::new(false);
        let mut disc = [0; 5];
        assert!(!put(&mut disc.as_mut_slice(), b"a line\n", &torn) && torn.get());
        assert!(!put(&mut [].as_mut_slice(), b"\nnext\n", &torn) && torn.get(), "nothing more went out");
        assert!(put(&mut Vec::new(), b"\nnext\n", &torn) && !torn.get());
        assert!(!put(&mut [].as_mut_slice(), b"next\n", &torn) && !torn.get(), "nor of this one");
    }

    #[test]
    fn nothing_from_outside_makes_a_line_or_a_colour() {
        let mut text = String::new();
        write!(Escaped(&mut text), "a\nb\r\x1b[31mc\u{85}\u{2028}\u{202e}ü😀\t").unwrap();
        assert_eq!(text, "a\\u{a}b\\u{d}\\u{1b}[31mc\\u{85}\\u{2028}\\u{202e}ü😀\\u{9}");
        assert!(write!(Escaped(&mut text), "{}", "x".repeat(LINE)).is_err());
        assert!(text.len() <= LINE + 10);
    }
}
