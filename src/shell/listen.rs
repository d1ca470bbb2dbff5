//! The door: takes connections and gives each a line, or says that there is no room.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use async_io::{Async, Timer};
use futures_lite::future;
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::hub::Hub;
use super::machine::Machine;
use super::pump;
use super::socket::Socket;
use crate::gateway::line::Level;

/// How long we wait when the system has no socket left for us; the callers wait in its queue.
const BREATH: Duration = Duration::from_millis(500);

/// How many callers are told at the same time that there is no room; more are just closed.
const REFUSALS: usize = 8;

/// How long one of them may take to hear it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens the door.
pub(super) fn bind(address: SocketAddr) -> io::Result<Async<TcpListener>> {
    Async::<TcpListener>::bind(address)
}

/// Takes connections for ever; those beyond the machine's room get `busy`.
pub(super) async fn accept<M: Machine + 'static>(
    hub: &'static Hub<M>,
    listener: Async<TcpListener>,
    busy: &'static [u8],
) {
    let refusals: &'static Cell<usize> = Box::leak(Box::new(Cell::new(0)));
    loop {
        match listener.accept().await.and_then(|(stream, _)| Socket::new(stream)) {
            Ok(stream) => match hub.with(Machine::accept) {
                Some(line) => hub.spawn_line(pump::serve(hub, line, stream)),
                None if refusals.get() < REFUSALS => {
                    refusals.set(refusals.get() + 1);
                    hub.spawn(async move {
                        refuse(stream, busy).await;
                        refusals.set(refusals.get() - 1);
                    })
                    .detach();
                }
                None => {}
            },
            // The caller went away before we came to it.
            Err(error) if is_of_the_caller(&error) => {}
            Err(error) => {
                hub.tell(Level::Warn, format_args!("cannot take a connection: {error}"));
                Timer::after(BREATH).await;
            }
        }
    }
}

fn is_of_the_caller(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, InvalidInput, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | InvalidInput | NotConnected)
}

/// Says `busy` and reads on for a moment, so that the words are not lost with a reset.
async fn refuse(mut stream: Socket, busy: &[u8]) {
    let say = async {
        stream.write_all(busy).await?;
        stream.close().await?;
        let mut scrap = [0; 512];
        while stream.read(&mut scrap).await? > 0 {}
        Ok(())
    };
    let give_up = async {
        Timer::after(PATIENCE).await;
        Ok::<(), io::Error>(())
    };
    // It was refused either way.
    let _ = future::or(say, give_up).await;
}
