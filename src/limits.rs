//! Every bound of the gateway, in one table: name, default, unit, what it costs, why.
//!
//! The struct [`Limits`], its defaults, the `[limits]` section of the configuration, the README's table and the
//! worst-case memory are all made from it. A limit that is hit gives an error to whoever caused it and is counted.
//!
//! A board has its own defaults where the table's are not right for it: the build gives them in the variable
//! `RESTANZA_LIMITS`, `name=value` with blanks between them (the files of `boards/` have them). What is not in the
//! table, or out of range, does not compile.

mod board;

/// Bounds that no configuration changes: name, value, what it bounds.
pub const FIXED: &[(&str, usize, &str)] = &[
    (
        "xml depth",
        crate::xml::DEPTH,
        "Elements inside each other. More: 422, or resource-constraint to the peer.",
    ),
    ("attributes", crate::xml::ATTRIBUTES, "Attributes of one element. More: the same."),
    ("json depth", crate::json::DEPTH, "Arrays and objects inside each other, of JSON and CBOR. More: 422."),
    ("members", crate::json::MEMBERS as usize, "Members of one object. More: 422."),
    ("stack", crate::mapping::STACK, "Bytes of stack that the mapping of one payload takes at the most."),
];

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Octets.
    Bytes,
    /// Things.
    Count,
    /// Time.
    Millis,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The key in section `[limits]` of the configuration.
    pub name: &'static str,
    /// The value on the board that this was built for.
    pub default: u32,
    /// The smallest value that works.
    pub least: u32,
    /// The largest value taken.
    pub most: u32,
    /// What is counted.
    pub unit: Unit,
    /// What it bounds, what happens when it is hit, why the default.
    pub about: &'static str,
}

macro_rules! limits {
    ($($name:ident = $default:literal, $least:literal ..= $most:literal $unit:ident, $about:literal;)*) => {
        /// The bounds in force.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Limits {
            $(#[doc = $about] pub $name: u32,)*
        }

        impl Limits {
            /// The values of the board.
            pub const DEFAULT: Self = Self { $($name: board::value(BOARD, stringify!($name), $default),)* };

            /// Sets a limit by its name; gives the row back when the name is known and the value within its range.
            pub fn set(&mut self, name: &str, value: u32) -> Result<(), Option<&'static Row>> {
                match name {
                    $(stringify!($name) => {
                        let row = TABLE.iter().find(|row| row.name == stringify!($name));
                        if !($least..=$most).contains(&value) {
                            return Err(row);
                        }
                        self.$name = value;
                        Ok(())
                    })*
                    _ => Err(None),
                }
            }

            /// Reads a limit by its name.
            pub fn get(&self, name: &str) -> Option<u32> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }
        }

        /// The table.
        pub const TABLE: &[Row] = &[$(Row {
            name: stringify!($name),
            default: Limits::DEFAULT.$name,
            least: $least,
            most: $most,
            unit: Unit::$unit,
            about: $about,
        },)*];
    };
}

limits! {
    stanza = 65_536, 10_000..=1_048_576 Bytes,
        "The largest stanza taken from the server or a caller, as XML. Larger ones are skipped without closing the stream and answered with resource-constraint; a caller gets 413. RFC 6120 section 13.12 asks for at least 10,000.";
    outgoing = 131_072, 20_000..=4_194_304 Bytes,
        "Stanzas waiting to be written to the server. Full: callers get 503 with Retry-After.";
    link_wait_least = 1_000, 1..=600_000 Millis,
        "The shortest wait before connecting to the server again. Each wait is drawn between this and three times the one before (decorrelated jitter), so that a fleet does not come back all at once.";
    link_wait_most = 60_000, 1..=3_600_000 Millis,
        "The longest wait before connecting to the server again. Attempts never end.";
    link_stable_time = 60_000, 0..=3_600_000 Millis,
        "A link that was up so long starts again with the shortest wait when it breaks.";
    link_connect_time = 20_000, 100..=600_000 Millis,
        "For finding and reaching the server. Longer: given up, then the next attempt.";
    link_open_time = 20_000, 100..=600_000 Millis,
        "From the connection to the accepted handshake; a small board that just booted takes its time. Longer: closed, then the next attempt.";
    link_quiet_time = 30_000, 100..=3_600_000 Millis,
        "Without a byte in either direction; then a space is sent, which keeps routers from forgetting the connection.";
    link_silent_time = 60_000, 100..=3_600_000 Millis,
        "Without a byte from the server; then it is pinged.";
    link_confirm_time = 1_000, 100..=3_600_000 Millis,
        "From a stanza sent to the ping whose answer shows that the server took it; what is sent within this time and not confirmed is what a broken link may lose.";
    link_doubt_time = 2_000, 100..=600_000 Millis,
        "For any sign of life after a ping, before callers are told. Longer: they get 503 instead of a 202 that may not hold, until the server is heard again.";
    link_ping_time = 10_000, 100..=600_000 Millis,
        "For any sign of life after a ping. Longer: the link is suspect and pinged once more; twice as long: closed, then the next attempt. The same when what is sent waits twice as long because the server does not read.";
    link_close_time = 2_000, 100..=60_000 Millis,
        "For the end of a stream: the last bytes to go out, and the server's own close.";
    nodes = 2_048, 256..=65_535 Count,
        "Elements, attributes and texts of one stanza, or values of one JSON body. More: 422, or resource-constraint to the peer. 16 bytes each.";
    connections = 16, 1..=4_096 Count,
        "HTTP connections at the same time, each with a head, body and answer buffer; and one more that only callers of the metrics listener get. When the last is taken, one without a login, or that rests, makes room for the next. If there is none, one more gets 503 with Retry-After and is closed.";
    waiting = 16, 1..=4_096 Count,
        "Requests that wait for the answer to their iq; the rest of the connections stays free for others. One more: 503 with Retry-After.";
    head = 8_192, 1_024..=65_536 Bytes,
        "Request line and headers. Larger: 431 and the connection is closed.";
    body = 65_536, 1_024..=1_048_576 Bytes,
        "The body of a request. Larger: 413 and the connection is closed.";
    answer = 65_536, 4_096..=2_097_152 Bytes,
        "The answer to a request, head included. What does not fit is a 507 that says so.";
    head_time = 10_000, 100..=600_000 Millis,
        "For the whole head, from its first byte. Later: 408 and the connection is closed.";
    body_time = 10_000, 100..=600_000 Millis,
        "Between two pieces of a body. Longer: 408 and the connection is closed.";
    request_time = 60_000, 1_000..=3_600_000 Millis,
        "For a whole request, from its first byte to its last, so that a caller that drips its body holds a place for a bounded time. Later: 408 and the connection is closed.";
    idle_time = 30_000, 100..=3_600_000 Millis,
        "Between two requests on a kept connection. Longer: closed.";
    write_time = 10_000, 100..=600_000 Millis,
        "For a caller that does not read its answer. Longer: closed.";
    hooks = 128, 1..=4_096 Count,
        "Webhooks in the configuration. More: the configuration is refused.";
    calls = 4, 1..=256 Count,
        "Webhook requests at the same time to endpoints that answer promptly, each with a buffer for the request and the answer. More: they wait in the queue.";
    slow_calls = 12, 1..=256 Count,
        "The same for endpoints that failed last, never answered yet or take long, so that they take no place of the others. Those that failed last get one each and at most half of these.";
    slow_time = 250, 10..=60_000 Millis,
        "For a webhook's answer to be prompt.";
    call = 65_536, 4_096..=2_097_152 Bytes,
        "One webhook request, head included. A stanza that does not fit is answered with resource-constraint.";
    reply = 65_536, 1_024..=1_048_576 Bytes,
        "The answer of a webhook, head included. Larger: the sender gets an error, the log says which hook.";
    call_time = 30_000, 100..=600_000 Millis,
        "For a webhook's whole answer, from the connect on. Longer: the sender gets remote-server-timeout.";
    connect_time = 10_000, 100..=600_000 Millis,
        "For looking up a name, and again for connecting to one of its addresses. Longer: it counts as unreachable.";
    stop_time = 10_000, 100..=600_000 Millis,
        "For requests and webhook calls in flight when the gateway is told to stop. Longer: callers get 503, the senders of stanzas an error.";
    accounts = 64, 1..=4_096 Count,
        "Tokens and users in the configuration. More: the configuration is refused.";
    login_failures = 20, 1..=1_000 Count,
        "Failed logins that an address has free; one is forgiven every 30 s. After that it gets 429 and Retry-After for a time that doubles with each, up to a minute.";
    login_addresses = 64, 1..=4_096 Count,
        "Addresses whose failed logins are remembered. One more: the one with the fewest failures is forgotten.";
    lookups = 2, 1..=64 Count,
        "Questions to the introspection server at the same time, each with a buffer for the question and the answer. More tokens wait for their turn, as long as callers may wait.";
    lookup = 8_192, 2_048..=65_536 Bytes,
        "One such question, head and token included, and one answer. A longer token is refused; after a longer answer callers get 503.";
    grants = 64, 4..=65_535 Count,
        "Tokens of which is known what the introspection server said. Half of them at most are ones that it refused. One more: another is forgotten, or callers get 503 when all are in use.";
    queue = 131_072, 16_384..=16_777_216 Bytes,
        "Stanzas that wait for a webhook or for its answer. Full: the sender gets resource-constraint. If there are several hooks, those that do not answer promptly share half of it.";
    queue_entries = 256, 1..=65_535 Count,
        "The same, counted.";
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the board says, as the build gave it.
const BOARD: &str = match option_env!("RESTANZA_LIMITS") {
    Some(text) => text,
    None => "",
};

/// Every word of the board is a limit of the table, with a value in its range.
const _: () = {
    let mut known = 0;
    let mut row = 0;
    while row < TABLE.len() {
        let Row { name, default, least, most, .. } = TABLE[row];
        known += board::mentions(BOARD, name);
        assert!(least <= default && default <= most, "RESTANZA_LIMITS has a value out of range");
        row += 1;
    }
    assert!(
        known == board::mentions(BOARD, ""),
        "RESTANZA_LIMITS has a word that is not NAME=VALUE of the table, once"
    );
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;
    use std::format;
    use std::string::String;

    /// The README's table; `RESTANZA_WRITE_README=1 cargo test limits` writes it.
    #[test]
    fn the_readme_shows_the_table() {
        let mut table = String::from("| limit | default | what it bounds |\n|---|---|---|\n");
        for row in TABLE {
            let value = match row.unit {
                Unit::Bytes => format!("{} B", row.default),
                Unit::Count => format!("{}", row.default),
                Unit::Millis => format!("{} ms", row.default),
            };
            writeln!(table, "| `{}` | {value} | {} |", row.name, row.about).unwrap();
        }
        let (start, end) = ("<!-- limits -->\n", "<!-- /limits -->");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once(start).unwrap();
        let (old, after) = rest.split_once(end).unwrap();
        if std::env::var_os("RESTANZA_WRITE_README").is_some() {
            std::fs::write(path, format!("{before}{start}{table}{end}{after}")).unwrap();
        } else {
            assert!(old == table, "README.md does not show:\n{table}");
        }
    }

    #[test]
    fn defaults_are_within_their_ranges() {
        for row in TABLE {
            assert!((row.least..=row.most).contains(&row.default), "{}", row.name);
            assert_eq!(Limits::DEFAULT.get(row.name), Some(row.default));
        }
    }
}
