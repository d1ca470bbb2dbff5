//! Opening a line: name, addresses, connection.
#![cfg_attr(
    not(feature = "tls"),
    allow(clippy::useless_conversion, reason = "with TLS a stream is more than its socket")
)]

use std::future::poll_fn;
use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use async_io::Timer;
use futures_lite::future;

use super::config::{Address, Remote};
use super::hub::Hub;
use super::machine::Machine;
use super::pump;
use super::resolve::Names;
use super::socket::Socket;
use super::tls::{Dialer, Stream};
use crate::gateway::line::{End, Line};

/// How long an address is tried alone before the next one is tried beside it (RFC 8305 section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Opens `line`, tells the machine how it went, and serves it.
pub(super) async fn open<M: Machine + 'static>(hub: &'static Hub<M>, line: Line) {
    let target = target(hub, line);
    let connect = async {
        let Some((remote, tls)) = &target else {
            return Err("it is no longer in the configuration".to_owned());
        };
        let time = Duration::from_millis(hub.config.borrow().limits.connect_time.into());
        reach(remote, tls.as_ref(), &hub.names, time).await
    };
    let given_up = async {
        hub.given_up(line).await;
        Ok(None)
    };
    match future::or(given_up, async { connect.await.map(Some) }).await {
        Ok(Some(stream)) => {
            let trace = if line == Line::Link { stream.trace() } else { None };
            hub.with(|machine, cx| machine.connected(line, cx));
            if pump::serve(hub, line, stream).await && line == Line::Link {
                hub.ghost.keep(trace);
            }
        }
        Ok(None) => {
            hub.leave(line);
            hub.with(|machine, cx| machine.ended(line, End::Closed, cx));
        }
        Err(error) => {
            hub.leave(line);
            hub.with(|machine, cx| machine.ended(line, End::Failed(&error), cx));
        }
    }
}

/// Where a line goes to, and how it is encrypted, if at all.
fn target<M: Machine + 'static>(hub: &Hub<M>, line: Line) -> Option<(Remote, Option<Dialer>)> {
    let (config, tls) = (hub.config.borrow(), hub.tls.borrow());
    match line {
        Line::Link => Some((Remote::Tcp(config.server.clone()), tls.link())),
        Line::Call(call) => {
            let hook = hub.look(|machine| machine.destination(call, &*config))?;
            Some((config.hooks.get(hook)?.url.remote.clone(), tls.hook(hook)))
        }
        Line::Lookup(_) => Some((config.introspection.url.as_ref()?.remote.clone(), tls.introspection())),
        // Callers come to us.
        Line::Caller(_) => None,
    }
}

/// Finds, reaches and, where it is so wanted, encrypts; each of the three may take `time`.
pub(super) async fn reach(
    remote: &Remote,
    tls: Option<&Dialer>,
    names: &Names,
    time: Duration,
) -> Result<Stream, String> {
    let Address { host, port } = match remote {
        Remote::Tcp(address) => address,
        Remote::Unix(path) => {
            let socket = Socket::connect_unix(path).await;
            return socket.map(Stream::from).map_err(|error| format!("{remote}: {error}"));
        }
    };
    let addresses = names.addresses(host, time).await;
    let addresses = addresses.map_err(|error| format!("{host} cannot be looked up: {error}"))?;
    let connected = future::or(connect(&addresses, *port), async {
        Timer::after(time).await;
        Err(io::ErrorKind::TimedOut.into())
    });
    let socket = connected.await.map_err(|error| format!("{host} port {port}: {error}"))?;
    let Some(tls) = tls else { return Ok(Stream::from(socket)) };
    let encrypted = future::or(tls.connect(host, socket), async {
        Timer::after(time).await;
        Err("no answer to the TLS handshake".to_owned())
    });
    encrypted.await.map_err(|words| format!("{host} port {port}: {words}"))
}

/// Connects to the first address that answers. Each has a head start on the next one, as long as it does not fail;
/// the families take turns, so that one without a route delays the other little. Gives the last error.
async fn connect(addresses: &[IpAddr], port: u16) -> io::Result<Socket> {
    let mut next = in_turns(addresses).into_iter().peekable();
    let mut attempts = Vec::new();
    let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut stagger = Timer::after(Duration::ZERO);
    poll_fn(|context| {
        let mut due = false;
        loop {
            while next.peek().is_some() && (due || Pin::new(&mut stagger).poll(context).is_ready()) {
                let address = next.next().map(|address| SocketAddr::new(address, port));
                attempts.extend(address.map(|address| Box::pin(Socket::connect(address))));
                stagger.set_after(STAGGER);
                due = false;
            }
            if attempts.is_empty() {
                return Poll::Ready(Err(mem::replace(&mut error, io::ErrorKind::Other.into())));
            }
            let mut connected = None;
            attempts.retain_mut(|attempt| {
                let Poll::Ready(result) = attempt.as_mut().poll(context) else { return true };
                match result {
                    Ok(stream) => connected = Some(stream),
                    Err(failed) => (error, due) = (failed, true),
                }
                false
            });
            if let Some(stream) = connected {
                return Poll::Ready(Ok(stream));
            }
            if !due {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// The addresses with IPv6 and IPv4 in turns, the family of the first one first.
fn in_turns(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (mut ones, mut others): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv4() == first.is_ipv4());
    ones.reverse();
    others.reverse();
    let mut ordered = Vec::new();
    while ones.len() + others.len() > 0 {
        ordered.extend(ones.pop());
        ordered.extend(others.pop());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let cases = [
            ("", ""),
            ("1.1.1.1", "1.1.1.1"),
            ("::1 ::2 1.1.1.1 2.2.2.2 3.3.3.3", "::1 1.1.1.1 ::2 2.2.2.2 3.3.3.3"),
            ("1.1.1.1 ::1 ::2", "1.1.1.1 ::1 ::2"),
        ];
        for (given, expected) in cases {
            let given: Vec<IpAddr> = given.split_whitespace().map(|text| text.parse().unwrap()).collect();
            let ordered: Vec<_> = in_turns(&given).iter().map(IpAddr::to_string).collect();
            assert_eq!(ordered.join(" "), expected);
        }
    }

    #[test]
    fn the_next_address_is_tried_when_one_fails() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let addresses = ["127.0.0.2", "127.0.0.3", "127.0.0.1"].map(|text| text.parse().unwrap());
        async_io::block_on(async {
            assert!(connect(&addresses[..2], port).await.is_err());
            let stream = connect(&addresses, port).await.unwrap();
            assert_eq!(stream.get_ref().peer_addr().unwrap().ip(), addresses[2]);
            assert!(stream.get_ref().nodelay().unwrap());
            assert!(connect(&[], port).await.is_err());
        });
    }
}
