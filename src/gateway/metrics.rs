//! What an operator's tools ask: is it alive, is it of use, and what did it do (the text format of Prometheus, 0.0.4).

use core::fmt::{self, Write as _};

use crate::buffer::Full;
use crate::component;
use crate::time::Instant;

use super::counters::Counters;
use super::endpoints::{Endpoint, Endpoints, HookCounters};
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

/// Writes all of it.
pub(super) fn write(state: State<'_>, out: &mut [u8]) -> Result<usize, Full> {
    let mut text = Text { out, len: 0 };
    put(state, &mut text).map(|()| text.len).map_err(|fmt::Error| Full)
}

fn put(State { counters, link, gauges, hooks }: State<'_>, text: &mut Text<'_>) -> fmt::Result {
    text.head("build_info", "gauge", "The version that runs.")?;
    writeln!(text, "restanza_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))?;
    text.one("uptime_seconds", "gauge", "Time since the start.", gauges.now.since(Instant::ZERO).as_secs())?;
    text.one(
        "up",
        "gauge",
        "Whether the XMPP server has accepted the component and answers.",
        u64::from(gauges.ready),
    )?;
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
        text.head(format_args!("{name}_limit"), "gauge", "The bound of the one before.")?;
        writeln!(text, "restanza_{name}_limit {bound}")?;
    }
    for (name, about, count) in counters.events() {
        text.one(format_args!("{name}_total"), "counter", about, count)?;
    }
    let links = [
        ("link_attempts", "Attempts to connect to the server.", link.attempts),
        ("link_ups", "Accepted handshakes.", link.ups),
        ("link_deaths", "Links given up because of silence.", link.deaths),
        ("link_pings", "Pings sent to the server.", link.pings),
        ("stanzas_received", "Stanzas that came from the server.", link.received),
        ("stanzas_sent", "Stanzas given to the server.", link.sent),
        (
            "stanzas_unconfirmed",
            "Of those, how many the server had not taken for certain when a link broke.",
            link.unconfirmed,
        ),
        ("stanzas_too_large", "Stanzas of the server larger than the limit.", link.too_large),
        ("stanzas_unknown", "Elements of the server that are no stanzas.", link.unknown),
    ];
    for (name, about, count) in links {
        text.one(format_args!("{name}_total"), "counter", about, count)?;
    }
    text.head("http_answers_total", "counter", "Answers to callers, by status.")?;
    for (status, count) in counters.answers() {
        writeln!(text, "restanza_http_answers_total{{status=\"{status}\"}} {count}")?;
    }
    text.head(
        "refusals_total",
        "counter",
        "Refusals and limits hit, by reason and the status that a caller got.",
    )?;
    for (row, count) in counters.faults() {
        let (name, status) = (row.name, row.status);
        writeln!(text, "restanza_refusals_total{{reason=\"{name}\",status=\"{status}\"}} {count}")?;
    }
    hooks.put(gauges.now, text)
}

/// Reads one of what goes up and down of a hook.
type Gauge = fn(Hooks<'_>, u16, &Endpoint, Instant) -> u64;

impl Hooks<'_> {
    fn put(self, now: Instant, text: &mut Text<'_>) -> fmt::Result {
        let all = || {
            let hooks = (0..).map_while(|at| self.settings.hook(at));
            hooks.filter_map(|hook| {
                let slot = self.endpoints.slot(hook.name)?;
                Some((hook.name, slot, self.endpoints.get(slot)))
            })
        };
        for (at, (name, about, _)) in HookCounters::default().iter().enumerate() {
            text.head(format_args!("hook_{name}_total"), "counter", about)?;
            for (hook, _, endpoint) in all() {
                let value = endpoint.counters().iter().nth(at).map_or(0, |row| row.2);
                writeln!(text, "restanza_hook_{name}_total{{hook=\"{}\"}} {value}", Label(hook))?;
            }
        }
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
            for (hook, slot, endpoint) in all() {
                let value = gauge(self, slot, endpoint, now);
                writeln!(text, "restanza_hook_{name}{{hook=\"{}\"}} {value}", Label(hook))?;
            }
        }
        Ok(())
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

struct Text<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl Text<'_> {
    fn head(&mut self, name: impl fmt::Display, kind: &str, about: &str) -> fmt::Result {
        writeln!(self, "# HELP restanza_{name} {about}\n# TYPE restanza_{name} {kind}")
    }

    fn one(&mut self, name: impl fmt::Display, kind: &str, about: &str, value: u64) -> fmt::Result {
        self.head(&name, kind, about)?;
        writeln!(self, "restanza_{name} {value}")
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
