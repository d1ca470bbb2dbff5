//! `restanza limits`: every limit, how much of it a running gateway uses now, and the memory that all of them together
//! can come to.
//!
//! The use is asked of the gateway itself, at the address of the configuration and with its secret. The sum is of what
//! is lent at the start ([`memory::parts`]); an end-to-end case fills every buffer at once and holds it against the
//! resident memory.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use async_io::Timer;
use base64ct::{Base64, Encoding as _};
use futures_lite::future;
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::config::{Config, Place};
use super::memory;
use super::socket::Socket;
use crate::gateway::settings::Settings as _;
use crate::limits::{FIXED, TABLE, Unit};

/// The limits whose use `/metrics` tells, and the names there.
const GAUGES: &[(&str, &str)] = &[
    ("outgoing", "outgoing_bytes"),
    ("connections", "http_connections_open"),
    ("waiting", "iq_waiting"),
    ("calls", "hook_calls_open"),
    ("login_addresses", "login_addresses"),
    ("queue", "queue_bytes"),
    ("queue_entries", "queue_stanzas"),
];

/// How long a gateway may take to tell its use.
const PATIENCE: Duration = Duration::from_secs(2);

/// All of it, as text.
pub(super) fn report(config: &Config) -> String {
    let metrics = metrics(config);
    let mut text = String::new();
    // Writing to a String does not fail.
    for row in TABLE {
        let value = config.limits.get(row.name).unwrap_or(row.default);
        let unit = match row.unit {
            Unit::Bytes => "bytes",
            Unit::Count => "",
            Unit::Millis => "ms",
        };
        let used = match row.name {
            "hooks" => Some(config.hooks.len().to_string()),
            "accounts" => Some((config.tokens.len() + config.users.len()).to_string()),
            name => metrics.as_deref().ok().and_then(|metrics| gauge(metrics, name)).map(str::to_owned),
        };
        let used = used.map_or(String::new(), |used| format!("{used} used now. "));
        let _ = writeln!(text, "{:<14} {value:>9} {unit:<5}  {used}{}", row.name, row.about);
    }
    for (name, value, about) in FIXED {
        let _ = writeln!(text, "{name:<14} {value:>9} fixed  {about}");
    }
    if let Err(why) = metrics {
        let _ = writeln!(text, "\nWhat is used now is not known: {why}.");
    }
    text.push_str("\nmemory at most, in bytes\n");
    let mut sum = 0;
    let mut line = |what: &str, count: usize, size: usize| {
        sum += count * size;
        let _ = writeln!(text, "{count:>6} x {size:>9} = {:>10}  {what}", count * size);
    };
    for part in memory::parts(config) {
        line(part.what, part.count, part.size);
    }
    line("the program, were all of it in memory", 1, program());
    let _ = writeln!(text, "{:>18} = {sum:>10}  in all", "");
    text
}

/// What the running gateway counts; or why nobody knows.
fn metrics(config: &Config) -> Result<String, String> {
    let own = config.metrics_listen.iter().map(|place| (place, config.metrics_tls));
    let all = own.chain(config.listen.iter().map(|place| (place, config.listen_tls.on)));
    let mut why = "it listens only by https or where systemd says; ask it for /metrics there".to_owned();
    for (place, tls) in all {
        if tls || matches!(place, Place::Systemd(_)) {
            continue;
        }
        let late = async {
            Timer::after(PATIENCE).await;
            Err("it took too long".to_owned())
        };
        match async_io::block_on(future::or(ask(place, config), late)) {
            Ok(text) => return Ok(text),
            Err(error) => why = format!("nobody tells it at {place}: {error}"),
        }
    }
    Err(why)
}

/// Asks the running gateway there with the component's secret.
async fn ask(place: &Place, config: &Config) -> Result<String, String> {
    let login = format!("{}:{}", config.domain, config.secret());
    let mut memory = vec![0; Base64::encoded_len(login.as_bytes())];
    // The memory has that length.
    let login = Base64::encode(login.as_bytes(), &mut memory).unwrap_or_default();
    let request = format!("GET /metrics HTTP/1.0\r\nAuthorization: Basic {login}\r\n\r\n");
    let text = exchange(place, &request).await.map_err(|error| error.to_string())?;
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.split(' ').nth(1) == Some("200") => Ok(body.to_owned()),
        _ => Err(format!("the answer is {:?}", text.lines().next().unwrap_or_default())),
    }
}

async fn exchange(place: &Place, request: &str) -> io::Result<String> {
    let mut socket = match place {
        Place::Tcp(address) => {
            let mut address = *address;
            if address.ip().is_unspecified() {
                address.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            Socket::connect(address).await?
        }
        Place::Unix(path) => Socket::connect_unix(path).await?,
        Place::Systemd(_) => return Err(io::ErrorKind::AddrNotAvailable.into()),
    };
    socket.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    socket.read_to_string(&mut text).await?;
    Ok(text)
}

/// The value of the gauge for a limit.
fn gauge<'m>(metrics: &'m str, limit: &str) -> Option<&'m str> {
    let (_, name) = GAUGES.iter().find(|(row, _)| *row == limit)?;
    metrics.lines().find_map(|line| line.strip_prefix("restanza_")?.strip_prefix(name)?.strip_prefix(' '))
}

/// The bytes of the program and its libraries, as they are mapped.
fn program() -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let size = |line: &str| {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        let at = |hex| usize::from_str_radix(hex, 16).ok();
        at(end)?.checked_sub(at(start)?).filter(|_| line.contains(" /"))
    };
    maps.lines().filter_map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_are_those_of_the_metrics() {
        let text = "# HELP restanza_queue_bytes x\nrestanza_queue_bytes 7\nrestanza_queue_bytes_limit 9\n";
        assert_eq!(
            (gauge(text, "queue"), gauge(text, "calls"), gauge(text, "head")),
            (Some("7"), None, None)
        );
        assert!(GAUGES.iter().all(|(limit, _)| TABLE.iter().any(|row| row.name == *limit)));
    }

    #[test]
    fn the_program_has_a_size() {
        assert!(program() > 100_000);
    }
}
