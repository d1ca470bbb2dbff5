//! The link that was given up, of which the server may not know.
//!
//! When a network was cut, the end of our connection never reached the server. To it the old connection is there until its
//! system gives up, up to a quarter of an hour, and as long it may refuse every new one as a conflict (Prosody does). So a
//! connection that ended without the server's end is kept, closed on our side. When the server speaks on another one, the
//! network is back: then the system has a while to deliver what was written before, and the end behind it; after that the
//! old connection is reset.

use std::cell::RefCell;
use std::net::TcpStream;
use std::time::Duration;

use async_executor::Task;
use async_io::Timer;
use rustix::net::sockopt::set_socket_linger;

use super::hub::Hub;
use super::machine::Machine;

/// How long the system may take. It doubles its waits: after a cut of this length it needs no more.
const PATIENCE: Duration = Duration::from_secs(60);

/// The one connection that is remembered, and the one that is about to be reset.
#[derive(Debug, Default)]
pub(super) struct Ghost {
    kept: RefCell<Option<TcpStream>>,
    laid: RefCell<Option<Task<()>>>,
}

impl Ghost {
    /// Remembers a connection.
    pub(super) fn keep(&self, connection: Option<TcpStream>) {
        self.kept.replace(connection);
    }

    /// The server speaks again: what becomes of the connection from before, if there is one.
    ///
    /// One that still waits for that just closes: since then the server has let us in.
    pub(super) fn lay<M: Machine + 'static>(&self, hub: &Hub<M>) {
        let Some(connection) = self.kept.take() else { return };
        let task = hub.spawn(async move {
            Timer::after(PATIENCE).await;
            // Without it the connection just closes, as it would have before. One that both have closed is gone.
            let _ = set_socket_linger(&connection, Some(Duration::ZERO));
        });
        self.laid.replace(Some(task));
    }
}
