//! The doors: each takes connections and gives each a line, or says that there is no room.
#![cfg_attr(
    not(feature = "tls"),
    allow(clippy::useless_conversion, reason = "with TLS a stream is more than its socket")
)]

use std::cell::Cell;
use std::io;
use std::mem;
use std::time::Duration;

use async_io::Timer;
use futures_lite::future;
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::bind::Entrance;
use super::hub::Hub;
use super::machine::Machine;
use super::pump;
use super::socket::{Listener, Socket};
use super::tls::Stream;
use crate::gateway::Arrival;
use crate::gateway::line::{End, Level, Line};

/// How long we wait when the system has no socket left for us; the callers wait in its queue.
const BREATH: Duration = Duration::from_millis(500);

/// How long the system is given to say which callers have gone.
const GLANCE: Duration = Duration::from_millis(1);

/// How many callers are waited for at the same time until they have heard that there is no room.
pub(super) const REFUSALS: usize = 32;

/// How long one of them may take to hear it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes connections for ever; those beyond the machine's room get `busy`.
pub(super) async fn accept<M: Machine + 'static>(
    hub: &'static Hub<M>,
    entrance: Entrance<Listener>,
    busy: &'static [u8],
) {
    let Entrance { listener, door, tls, .. } = entrance;
    let refusals: &'static Cell<usize> = Box::leak(Box::new(Cell::new(0)));
    // Said once, however long it lasts.
    let mut fails = false;
    loop {
        let (stream, peer) = match Socket::accept(&listener).await {
            Ok(caller) => caller,
            // The caller went away before we came to it.
            Err(error) if is_of_the_caller(&error) => continue,
            Err(error) => {
                if !mem::replace(&mut fails, true) {
                    hub.tell(Level::Warn, format_args!("cannot take a connection: {error}"));
                }
                Timer::after(BREATH).await;
                continue;
            }
        };
        if mem::take(&mut fails) {
            hub.tell(Level::Info, format_args!("connections are taken again"));
        }
        // While there is always something to do, nobody looks who has gone, and their places seem taken.
        if !hub.look(M::has_room) {
            Timer::after(GLANCE).await;
        }
        match hub.with(|machine, cx| machine.accept(Arrival { door, peer, secured: tls }, cx)) {
            Some(line) => {
                hub.spawn_line(welcome(hub, line, stream, tls));
                // It has its turn, and who gives way to the next one is gone before that one comes.
                future::yield_now().await;
            }
            None if refusals.get() < REFUSALS => {
                refusals.set(refusals.get() + 1);
                hub.spawn(async move {
                    // It was refused either way.
                    let _ = future::or(refuse(hub, stream, tls, busy), async {
                        Timer::after(PATIENCE).await;
                        Ok(())
                    })
                    .await;
                    refusals.set(refusals.get() - 1);
                })
                .detach();
            }
            // What costs nothing; a handshake would.
            None if !tls => {
                let _ = future::poll_once(refuse(hub, stream, tls, busy)).await;
            }
            None => {}
        }
    }
}

/// Serves a caller, after the handshake where there has to be one.
async fn welcome<M: Machine + 'static>(hub: &'static Hub<M>, line: Line, socket: Socket, tls: bool) {
    let time = Duration::from_millis(hub.config.borrow().limits.head_time.into());
    let given_up = async {
        hub.given_up(line).await;
        Ok(None)
    };
    let too_long = async {
        Timer::after(time).await;
        Err("no end of the TLS handshake".to_owned())
    };
    let shaken = async { shake(hub, socket, tls).await.map(Some) };
    match future::or(given_up, future::or(shaken, too_long)).await {
        Ok(Some(stream)) => {
            pump::serve(hub, line, stream).await;
        }
        Ok(None) => {
            hub.leave(line);
            hub.with(|machine, cx| machine.ended(line, End::Closed, cx));
        }
        Err(words) => {
            hub.leave(line);
            hub.with(|machine, cx| machine.ended(line, End::Failed(&words), cx));
        }
    }
}

/// The handshake, when callers are to speak TLS.
async fn shake<M: Machine + 'static>(
    hub: &'static Hub<M>,
    socket: Socket,
    tls: bool,
) -> Result<Stream, String> {
    let acceptor = hub.tls.borrow().acceptor().filter(|_| tls);
    match acceptor {
        Some(acceptor) => acceptor.accept(socket).await,
        None => Ok(Stream::from(socket)),
    }
}

fn is_of_the_caller(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | NotConnected)
}

/// Says `busy` and reads on for a moment, so that the words are not lost with a reset.
async fn refuse<M: Machine + 'static>(
    hub: &'static Hub<M>,
    socket: Socket,
    tls: bool,
    busy: &[u8],
) -> io::Result<()> {
    let mut stream = shake(hub, socket, tls).await.map_err(io::Error::other)?;
    stream.write_all(busy).await?;
    stream.close().await?;
    let mut scrap = [0; 512];
    while stream.read(&mut scrap).await? > 0 {
        // It may send without end, and a read that has something does not wait.
        future::yield_now().await;
    }
    Ok(())
}
