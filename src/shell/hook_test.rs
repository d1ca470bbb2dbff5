//! `restanza hook test NAME`: sends a sample to a hook and shows what went, what came, and what it would mean.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::config::{Address, Config, HookSection, Remote};
use super::{memory, random};
use crate::gateway::settings::{Hook, Settings as _};
use crate::gateway::{Bench, Port, trial};
use crate::http::{Client, Progress, Unreadable};
use crate::ids::Ids;
use crate::time;

/// What came of it.
pub(super) struct Report {
    /// The lines to show.
    pub(super) text: String,
    /// Whether the hook took the sample: a 2xx that could be read.
    pub(super) good: bool,
}

/// Tries the hook of that name; the error says why there was not even a request.
pub(super) fn test(config: &Config, name: &str) -> Result<Report, String> {
    let at = config.hooks.iter().position(|hook| hook.name == name).ok_or_else(|| {
        let names: Vec<_> = config.hooks.iter().map(|hook| hook.name.as_str()).collect();
        format!("there is no hook {name:?}; there are: {}", names.join(", "))
    })?;
    let hook = config.hook(at).ok_or("the hook is gone")?;
    let seed = random::bytes().map_err(|error| format!("the system has no random numbers: {error}"))?;
    let (mut ids, mut memory) = (Ids::new(seed), memory::lend(&config.limits));
    let stanza = format!(
        "<message from='hook-test@{0}/restanza' to='sample@{0}' type='chat' id='hook-test' xml:lang='en'>\
         <body>A sample of restanza hook test</body></message>",
        config.domain
    );
    let mut buffers = (vec![0; Client::capacity(&config.limits)], vec![0; config.limits.call as usize]);
    let mut port = Port::new(&mut buffers.0, &mut buffers.1);
    let wall = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    trial::request(&hook, stanza.as_bytes(), &mut ids, wall, &mut memory.bench, &mut port)
        .map_err(|fault| fault.to_string())?;

    let section = &config.hooks[at];
    let mut text = format!("to {}:\n", section.url.remote);
    show(&mut text, "> ", port.output.bytes());
    let mut client = Client::new(&config.limits);
    client.start(time::Instant::ZERO);
    let start = Instant::now();
    let trouble = exchange(section, &mut port, &mut client).err();
    let _ = match &trouble {
        Some(trouble) => writeln!(text, "no answer: {trouble}"),
        None => writeln!(text, "answer after {} ms:", start.elapsed().as_millis()),
    };
    show(&mut text, "< ", port.input.bytes());
    if trouble.is_none() {
        meaning(&mut text, &stanza, &client, &port, &mut ids, (&hook, &mut memory.bench));
    }
    let good = trouble.is_none() && (200..300).contains(&client.reply(&port.input).status());
    Ok(Report { text, good })
}

/// Sends the request and reads the reply.
fn exchange(hook: &HookSection, port: &mut Port<'_>, client: &mut Client) -> Result<(), String> {
    let time = Duration::from_millis(hook.delivery.time.as_millis());
    let end = Instant::now() + time;
    let mut connection = connect(&hook.url.remote, time)?;
    connection.write_all(port.output.bytes()).map_err(|error| error.to_string())?;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unreadable::Late.to_string());
        }
        connection.give(left).map_err(|error| error.to_string())?;
        let read = connection.read(port.input.space());
        let progress = match read {
            Ok(0) => client.eof(&mut port.input),
            Ok(n) => {
                port.input.filled(n);
                client.advance(&mut port.input)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) => Err(Unreadable::Late),
            Err(error) => return Err(error.to_string()),
        };
        match progress {
            Ok(Progress::Reply) => return Ok(()),
            Ok(Progress::NeedMore) => {}
            Err(unreadable) => return Err(unreadable.to_string()),
        }
    }
}

/// A connection that does not wait for ever.
trait Patient: Read + Write {
    /// The next read is to take no longer.
    fn give(&self, time: Duration) -> io::Result<()>;
}

impl Patient for TcpStream {
    fn give(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))
    }
}

impl Patient for UnixStream {
    fn give(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))
    }
}

fn connect(remote: &Remote, time: Duration) -> Result<Box<dyn Patient>, String> {
    let Address { host, port } = match remote {
        Remote::Tcp(address) => address,
        Remote::Unix(path) => {
            let stream = UnixStream::connect(path).map_err(|error| format!("{remote}: {error}"))?;
            return Ok(Box::new(stream));
        }
    };
    let mut trouble = "the name has no address".to_owned();
    for address in (host.as_str(), *port).to_socket_addrs().map_err(|error| error.to_string())? {
        match TcpStream::connect_timeout(&address, time) {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => trouble = format!("{address}: {error}"),
        }
    }
    Err(trouble)
}

/// What the sender would get.
fn meaning(
    text: &mut String,
    stanza: &str,
    client: &Client,
    port: &Port<'_>,
    ids: &mut Ids,
    (hook, bench): (&Hook<'_>, &mut Bench<'_>),
) {
    let mut out = vec![0; 1 << 20];
    let reply = client.reply(&port.input);
    match trial::answer(hook, stanza.as_bytes(), reply, ids, bench, &mut out) {
        Err(fault) => {
            let _ = writeln!(text, "it means nothing: {fault}");
        }
        Ok((len, unread)) => {
            if let Some(fault) = unread {
                let _ = writeln!(text, "the body is not used: {fault}");
            }
            let said = if len == 0 { "the sender gets nothing" } else { "the sender gets:" };
            let _ = writeln!(text, "{said}");
            show(text, "= ", &out[..len]);
        }
    }
}

/// The lines of a message; credentials are left out.
fn show(text: &mut String, mark: &str, bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines() {
        let secret = line.get(..14).is_some_and(|name| name.eq_ignore_ascii_case("authorization:"));
        let line = if secret { "Authorization: (left out)" } else { line };
        // What an endpoint sends is not for the terminal to obey.
        let plain: String =
            line.chars().map(|c| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c }).collect();
        let _ = writeln!(text, "{mark}{plain}");
    }
}
