//! `restanza hook test NAME`: sends a sample to a hook and shows what went, what came, and what it would mean.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use async_io::Timer;
use futures_lite::future;
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::config::{Config, HookSection};
use super::resolve::Names;
use super::tls::{Dialer, Tls};
use super::{dial, memory, random};
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
pub(super) fn test(config: &Config, tls: &Tls, name: &str) -> Result<Report, String> {
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
    let connect_time = Duration::from_millis(config.limits.connect_time.into());
    let late = async {
        Timer::after(Duration::from_millis(section.delivery.time.as_millis())).await;
        Err(Unreadable::Late.to_string())
    };
    let exchange = exchange(section, tls.hook(at), connect_time, &mut port, &mut client);
    let trouble = async_io::block_on(future::or(exchange, late)).err();
    let _ = match &trouble {
        Some(trouble) => writeln!(text, "no answer: {trouble}"),
        None => writeln!(text, "answer after {} ms:", start.elapsed().as_millis() as u64),
    };
    show(&mut text, "< ", port.input.bytes());
    if trouble.is_none() {
        meaning(&mut text, &stanza, &client, &port, &mut ids, (&hook, &mut memory.bench));
    }
    let good = trouble.is_none() && (200..300).contains(&client.reply(&port.input).status());
    Ok(Report { text, good })
}

/// Sends the request and reads the reply, as the gateway would.
async fn exchange(
    hook: &HookSection,
    tls: Option<Dialer>,
    connect_time: Duration,
    port: &mut Port<'_>,
    client: &mut Client,
) -> Result<(), String> {
    let mut stream = dial::reach(&hook.url.remote, tls.as_ref(), &Names::default(), connect_time).await?;
    stream.write_all(port.output.bytes()).await.map_err(|error| error.to_string())?;
    stream.flush().await.map_err(|error| error.to_string())?;
    loop {
        let progress = match stream.read(port.input.space()).await {
            Ok(0) => client.eof(&mut port.input),
            Ok(n) => {
                port.input.filled(n);
                client.advance(&mut port.input)
            }
            Err(error) => return Err(error.to_string()),
        };
        match progress {
            Ok(Progress::Reply) => return Ok(()),
            Ok(Progress::NeedMore) => {}
            Err(unreadable) => return Err(unreadable.to_string()),
        }
    }
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
