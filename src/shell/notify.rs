//! Tells systemd how we are: sd_notify(3), without its library. Says nothing when nobody asked.

use std::env;
use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use async_io::Timer;

/// The way to the service manager, if there is one.
#[derive(Debug)]
pub(super) struct Notify(Option<(UnixDatagram, SocketAddr)>);

impl Notify {
    /// The one that started us.
    pub(super) fn from_env() -> Self {
        Self(env::var_os("NOTIFY_SOCKET").and_then(|name| Self::open(&name)))
    }

    fn open(name: &OsStr) -> Option<(UnixDatagram, SocketAddr)> {
        let address = match name.as_bytes() {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest),
            _ => SocketAddr::from_pathname(name),
        };
        let socket = UnixDatagram::unbound().ok()?;
        // A manager that does not listen shall not hold us up.
        socket.set_nonblocking(true).ok()?;
        Some((socket, address.ok()?))
    }

    /// Says something like `READY=1`. Nobody is told of a failure: there is nothing that we could do better.
    pub(super) fn say(&self, what: &str) {
        if let Some((socket, address)) = &self.0 {
            let _ = socket.send_to_addr(what.as_bytes(), address);
        }
    }

    /// Shows signs of life for ever, twice as often as the manager wants them.
    pub(super) async fn watchdog(&self) {
        let wanted =
            env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok()).filter(|wanted| *wanted > 0);
        let Some(wanted) = wanted else { return };
        loop {
            self.say("WATCHDOG=1");
            Timer::after(Duration::from_micros(wanted) / 2).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_hears_what_is_said() {
        let name = format!("restanza-notify-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let path = env::temp_dir().join(&name);
        let beside = UnixDatagram::bind(&path).unwrap();
        for (name, socket) in [(format!("@{name}").as_ref(), manager), (path.as_os_str(), beside)] {
            Notify(Notify::open(name)).say("READY=1");
            let mut heard = [0; 16];
            let n = socket.recv(&mut heard).unwrap();
            assert_eq!(&heard[..n], b"READY=1");
        }
        std::fs::remove_file(path).unwrap();
        Notify(Notify::open("/nowhere/at/all".as_ref())).say("READY=1");
    }
}
