//! What an operator's tools ask: is it alive, is it of use, and what did it do (the text format of Prometheus, 0.0.4).

use core::fmt::{self, Write as _};

use crate::buffer::Full;
use crate::component::{self, ByKind};
use crate::time::Instant;

use super::counters::Counters;
use super::endpoints::{Endpoint, Endpoints, HookCounters, Times};
use super::queue::Queue;
use super::settings::Settings;

/// The media type of the text.
pub(super) const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The state of the gateway at one moment.
#[derive(Clone, Copy)]
pub(super) struct State<'g> {
    pub(super) counters: &'g Counters,
    pub(super) link: &'g component::Counters,
    pub(super) gauges: Gauges,
    pub(super) hooks: Hooks<'g>,
}

/// What is known of each hook.
#[derive(Clone, Copy)]
pub(super) struct Hooks<'g> {
    pub(super) settings: &'g dyn Settings,
    pub(super) endpoints: &'g Endpoints<'g>,
    pub(super) queue: &'g Queue<'g>,
}

/// What goes up and down: each with its bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauges {
    pub(super) ready: bool,
    pub(super) now: Instant,
    /// Places of callers taken, and all.
    pub(super) connections: (usize, u32),
    /// Requests that wait for the answer to their iq.
    pub(super) waiting: (usize, u32),
    /// Stanzas that wait for webhooks.
    pub(super) queue: (usize, u32),
    /// Their octets.
    pub(super) queue_bytes: (usize, u32),
    /// Requests to webhooks under way, the places for slow ones included.
    pub(super) calls: (usize, u32),
    /// Addresses whose failed logins are remembered.
    pub(super) login_addresses: (usize, u32),
    /// Octets that wait for the server.
    pub(super) outgoing: (usize, u32),
    /// Tokens of which is known what another server said.
    pub(super) grants: (usize, u32),
}

/// What of the text is still to be written. It goes out in windows, as the out-buffer of the caller has room: by rows,
/// for what is counted goes on between them. Each row has its number for good, so that none is there twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// The row that is next.
    row: usize,
    /// Whether each window is a chunk (RFC 9112 section 7.1); otherwise the connection ends behind the last one.
    chunked: bool,
    over: bool,
}

/// Before a chunk stands its size; the room for it, and for what stands behind the last one.
const SIZE: usize = "00000000\r\n".len();
const LINE_END: &[u8] = b"\r\n";
const LAST: &[u8] = b"0\r\n\r\n";

impl Rest {
    /// All of it, or nothing.
    pub(super) const fn new(chunked: bool, nothing: bool) -> Self {
        Self { row: 0, chunked, over: nothing }
    }

    /// Whether all of it was written.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Writes the next window; it is empty when there is no more. The error is that not even one row has room.
    pub(super) fn fill(&mut self, state: State<'_>, out: &mut [u8]) -> Result<usize, Full> {
        if self.over {
            return Ok(0);
        }
        let (before, after) = if self.chunked { (SIZE, LINE_END.len() + LAST.len()) } else { (0, 0) };
        let end = out.len().checked_sub(after).ok_or(Full)?;
        let room = out.get_mut(before..end).ok_or(Full)?;
        let mut text = Text { from: self.row, row: 0, out: room, len: 0 };
        self.over = put(state, &mut text).is_ok();
        let (row, len) = (text.row, text.len);
        if len == 0 && !self.over {
            return Err(Full);
        }
        self.row = row;
        let mut end = before + len;
        if self.chunked {
            write!(Text { from: 0, row: 0, out: &mut out[..SIZE], len: 0 }, "{len:08x}\r\n")
                .map_err(|_| Full)?;
            let mut add = |bytes: &[u8]| {
                out[end..end + bytes.len()].copy_from_slice(bytes);
                end += bytes.len();
            };
            add(LINE_END);
            if self.over {
                add(LAST);
            }
        }
        Ok(end)
    }
}

fn put(state: State<'_>, text: &mut Text<'_>) -> fmt::Result {
    let State { counters, link, gauges, hooks } = state;
    text.head("build_info", "gauge", "The version that runs.")?;
    text.sample("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1)?;
    text.one("uptime_seconds", "gauge", "Time since the start.", gauges.now.since(Instant::ZERO).as_secs())?;
    text.one(
        "up",
        "gauge",
        "Whether the XMPP server has accepted the component and answers.",
        u64::from(gauges.ready),
    )?;
    state.put_used(text)?;
    for (name, about, count) in counters.events() {
        text.one(format_args!("{name}_total"), "counter", about, count)?;
    }
    put_link(link, text)?;
    put_requests(counters, text)?;
    hooks.put(gauges.now, text)
}

impl State<'_> {
    /// What goes up and down, and how high it went.
    fn put_used(self, text: &mut Text<'_>) -> fmt::Result {
        let Self { counters, link, gauges, hooks } = self;
        let used = [
            ("http_connections_open", "Connections of callers.", gauges.connections),
            ("iq_waiting", "Requests that wait for the answer to their iq.", gauges.waiting),
            ("queue_stanzas", "Stanzas that wait for a webhook or for its answer.", gauges.queue),
            ("queue_bytes", "Octets of the stanzas that wait for a webhook.", gauges.queue_bytes),
            ("hook_calls_open", "Requests to webhooks under way.", gauges.calls),
            ("login_addresses", "Addresses whose failed logins are remembered.", gauges.login_addresses),
            ("introspection_tokens", "Tokens of which is known what another server said.", gauges.grants),
            ("outgoing_bytes", "Octets that wait to be written to the server.", gauges.outgoing),
        ];
        for (name, about, (value, bound)) in used {
            text.one(name, "gauge", about, value as u64)?;
            text.one(format_args!("{name}_limit"), "gauge", "The bound of the one before.", bound.into())?;
        }
        let most = hooks.queue.most();
        let peaks = [
            ("http_connections_open", "Connections of callers", counters.most_connections()),
            ("queue_stanzas", "Stanzas that waited for webhooks", most.0),
            ("queue_bytes", "Octets of the stanzas that waited for webhooks", most.1),
            ("outgoing_bytes", "Octets that waited to be written to the server", link.most_outgoing),
        ];
        for (name, about, most) in peaks {
            let about = format_args!("{about}, the most at the same time since the start.");
            text.one(format_args!("{name}_peak"), "gauge", about, most as u64)?;
        }
        Ok(())
    }
}

fn put_link(link: &component::Counters, text: &mut Text<'_>) -> fmt::Result {
    let links = [
        ("link_attempts", "Attempts to connect to the server.", link.attempts),
        ("link_ups", "Accepted handshakes.", link.ups),
        ("link_deaths", "Links given up because the server said nothing, or took nothing.", link.deaths),
        ("link_pings", "Pings sent to the server.", link.pings),
        (
            "stanzas_unconfirmed",
            "Stanzas given to the server that it had not taken for certain when a link broke.",
            link.unconfirmed,
        ),
        ("stanzas_too_large", "Stanzas of the server larger than the limit.", link.too_large),
        ("stanzas_unknown", "Elements of the server that are no stanzas.", link.unknown),
    ];
    for (name, about, count) in links {
        text.one(format_args!("{name}_total"), "counter", about, count)?;
    }
    text.head(
        "stanzas_total",
        "counter",
        "Stanzas that came from the server (in) and were given to it (out).",
    )?;
    for (direction, ByKind { message, presence, iq }) in [("in", link.received), ("out", link.sent)] {
        for (kind, count) in [("message", message), ("presence", presence), ("iq", iq)] {
            text.sample("stanzas_total", &[("kind", kind), ("direction", direction)], count)?;
        }
    }
    Ok(())
}

fn put_requests(counters: &Counters, text: &mut Text<'_>) -> fmt::Result {
    text.head("http_requests_total", "counter", "Requests of callers that were answered.")?;
    for (route, status, count) in counters.requests() {
        // Of what is no route nothing is told, for anybody can make such paths.
        let (method, pattern) =
            route.map_or(("other", "other"), |route| (route.method.name(), route.pattern));
        let labels = [("method", method), ("route", pattern), ("status", status)];
        text.sample("http_requests_total", &labels, count)?;
    }
    text.head("http_answers_total", "counter", "Answers to callers, by status.")?;
    for (status, count) in counters.answers() {
        text.row(|out| match status {
            0 => Ok(()),
            _ => writeln!(out, "restanza_http_answers_total{{status=\"{status}\"}} {count}"),
        })?;
    }
    text.head(
        "refusals_total",
        "counter",
        "Refusals and limits hit, by reason and the status that a caller got.",
    )?;
    for (row, count) in counters.faults() {
        let (name, status) = (row.name, row.status);
        text.row(|out| {
            writeln!(out, "restanza_refusals_total{{reason=\"{name}\",status=\"{status}\"}} {count}")
        })?;
    }
    Ok(())
}

/// Reads one of what goes up and down of a hook.
type Gauge = fn(Hooks<'_>, u16, &Endpoint, Instant) -> u64;

impl Hooks<'_> {
    fn put(self, now: Instant, text: &mut Text<'_>) -> fmt::Result {
        for (at, (name, about, _)) in HookCounters::default().iter().enumerate() {
            text.head(format_args!("hook_{name}_total"), "counter", about)?;
            self.each(text, |hook, _, endpoint, out| {
                let value = endpoint.counters().iter().nth(at).map_or(0, |row| row.2);
                writeln!(out, "restanza_hook_{name}_total{{hook=\"{hook}\"}} {value}")
            })?;
        }
        text.head("hook_seconds", "summary", "Time from a request with a stanza to the end of its answer.")?;
        self.each(text, |hook, _, endpoint, out| {
            let Times { answers, millis } = endpoint.times();
            let (seconds, millis) = (millis / 1_000, millis % 1_000);
            writeln!(out, "restanza_hook_seconds_sum{{hook=\"{hook}\"}} {seconds}.{millis:03}")?;
            writeln!(out, "restanza_hook_seconds_count{{hook=\"{hook}\"}} {answers}")
        })?;
        let gauges: [(&str, &str, Gauge); 3] = [
            ("queued", "Stanzas that wait for the hook or for its answer.", |hooks, slot, _, _| {
                hooks.queue.load(|other| other == slot).0 as u64
            }),
            ("failing", "Whether its last call failed.", |_, _, endpoint, _| endpoint.is_sick().into()),
            ("paused", "Whether it is left alone for a while.", |_, _, endpoint, now| {
                (endpoint.held() > now).into()
            }),
        ];
        for (name, about, gauge) in gauges {
            text.head(format_args!("hook_{name}"), "gauge", about)?;
            self.each(text, |hook, slot, endpoint, out| {
                let value = gauge(self, slot, endpoint, now);
                writeln!(out, "restanza_hook_{name}{{hook=\"{hook}\"}} {value}")
            })?;
        }
        Ok(())
    }

    /// A row for each place of a hook; it stays empty when nobody has the place.
    fn each(
        self,
        text: &mut Text<'_>,
        write: impl Fn(Label<'_>, u16, &Endpoint, &mut Text<'_>) -> fmt::Result,
    ) -> fmt::Result {
        self.endpoints.slots().try_for_each(|slot| {
            text.row(|out| match self.endpoints.settings(slot, self.settings) {
                Some((_, hook)) => write(Label(hook.name), slot, self.endpoints.get(slot), out),
                None => Ok(()),
            })
        })
    }
}

/// The value of a label.
struct Label<'a>(&'a str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            _ => f.write_char(c),
        })
    }
}

/// Takes rows from a given one on, until one has no room.
struct Text<'o> {
    from: usize,
    /// The next one's number.
    row: usize,
    out: &'o mut [u8],
    len: usize,
}

impl Text<'_> {
    /// A row, which is taken whole or not at all.
    fn row(&mut self, write: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        let before = self.len;
        if self.row >= self.from
            && let Err(full) = write(self)
        {
            self.len = before;
            return Err(full);
        }
        self.row += 1;
        Ok(())
    }

    /// What stands before the samples of a name.
    fn head(&mut self, name: impl fmt::Display, kind: &str, about: impl fmt::Display) -> fmt::Result {
        self.row(|out| writeln!(out, "# HELP restanza_{name} {about}\n# TYPE restanza_{name} {kind}"))
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) -> fmt::Result {
        self.row(|out| {
            write!(out, "restanza_{name}")?;
            for (at, (label, text)) in labels.iter().enumerate() {
                let before = if at == 0 { '{' } else { ',' };
                write!(out, "{before}{label}=\"{}\"", Label(text))?;
            }
            writeln!(out, "}} {value}")
        })
    }

    /// A name with a single sample.
    fn one(
        &mut self,
        name: impl fmt::Display,
        kind: &str,
        about: impl fmt::Display,
        value: u64,
    ) -> fmt::Result {
        self.head(&name, kind, about)?;
        self.row(|out| writeln!(out, "restanza_{name} {value}"))
    }
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.out.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
