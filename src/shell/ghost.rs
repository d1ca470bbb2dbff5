//! The link that was given up, of which the server may not know.
//!
//! When a network was cut, what we closed never reached the server: to it the old connection is there until its system
//! gives up, up to a quarter of an hour, and as long it may refuse every new one as a conflict (Prosody does). So a
//! connection on which the server spoke is kept at its end, closed on our side, and reset as soon as the server speaks on
//! another one: then the network is back, and the server alive to see it go.

use std::cell::RefCell;
use std::net::TcpStream;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

/// The one connection that is remembered.
#[derive(Debug, Default)]
pub(super) struct Ghost(RefCell<Option<TcpStream>>);

impl Ghost {
    /// Remembers a connection that ended.
    pub(super) fn keep(&self, connection: Option<TcpStream>) {
        self.0.replace(connection);
    }

    /// Has the other side's system forget it, if it does not know yet.
    pub(super) fn lay(&self) {
        if let Some(connection) = self.0.take() {
            // Without it the connection just closes, as it did before.
            let _ = set_socket_linger(&connection, Some(Duration::ZERO));
        }
    }
}
