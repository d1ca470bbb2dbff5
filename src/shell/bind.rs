//! Opens what is listened at: every place of the configuration, or none.
//!
//! The file of a Unix socket appears under its name only when it is ready, with its owner and mode; one that is left of
//! an earlier run is replaced at once, one that somebody listens at is not, and what is no socket is left alone.
//!
//! All of it is done by the only thread there is, before privileges are given up, which each thread has of its own.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::config::{Config, Place, SocketRights};
use super::passed::Passed;
use super::socket::Listener;
use super::users;
use crate::gateway::Door;

/// What the name of a socket that is not ready ends in.
pub(super) const UNREADY: &str = ".new";

/// A place that is listened at.
pub(super) struct Entrance<L> {
    pub(super) listener: L,
    /// What it is for.
    pub(super) door: Door,
    /// Whether callers are to speak TLS.
    pub(super) tls: bool,
    /// For the log.
    pub(super) shown: String,
}

/// It is listened at, but nobody is served yet.
pub(super) enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Entrance<Bound> {
    /// Makes ready to serve; from here on there are threads.
    pub(super) fn serve(self) -> Result<Entrance<Listener>, String> {
        let Self { listener, door, tls, shown } = self;
        let listener =
            Listener::new(listener).map_err(|error| format!("cannot listen on {shown}: {error}"))?;
        Ok(Entrance { listener, door, tls, shown })
    }
}

/// The file of a Unix socket that we made; it goes when this does, unless it is another's by then.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            // There is nobody left to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens all places; the error names the one that cannot be.
pub(super) fn open(config: &Config) -> Result<(Vec<Entrance<Bound>>, Vec<SocketFile>), String> {
    let mut passed = Passed::from_env();
    let (mut entrances, mut files) = (Vec::new(), Vec::new());
    let doors = [
        (Door::Main, "http", &config.listen, config.listen_tls.on),
        (Door::Metrics, "metrics", &config.metrics_listen, config.metrics_tls),
    ];
    // Those who ask by name come first.
    for by_name in [true, false] {
        for (door, section, places, tls) in doors {
            let wanted = |place: &&Place| matches!(place, Place::Systemd(None)) != by_name;
            for place in places.iter().filter(wanted) {
                let failed =
                    |words: String| format!("cannot listen on {place}: {words}: see [{section}] listen");
                let listeners = match place {
                    Place::Tcp(address) => {
                        let listener = TcpListener::bind(*address);
                        vec![Bound::Tcp(listener.map_err(|error| failed(with_cure(&error)))?)]
                    }
                    Place::Unix(path) => {
                        let (listener, file) = bind_unix(path, &config.socket_rights).map_err(failed)?;
                        files.push(file);
                        vec![Bound::Unix(listener)]
                    }
                    Place::Systemd(name) => passed.take(name.as_deref()).map_err(failed)?,
                };
                entrances.extend(listeners.into_iter().map(|listener| Entrance {
                    shown: shown(&listener, place),
                    // A Unix socket never leaves the machine.
                    tls: tls && matches!(listener, Bound::Tcp(_)),
                    listener,
                    door,
                }));
            }
        }
    }
    passed.check_empty()?;
    Ok((entrances, files))
}

/// What it is called, with the port that the system chose.
fn shown(listener: &Bound, place: &Place) -> String {
    match listener {
        Bound::Tcp(listener) => {
            listener.local_addr().map_or_else(|_| place.to_string(), |address| address.to_string())
        }
        Bound::Unix(_) => place.to_string(),
    }
}

fn with_cure(error: &io::Error) -> String {
    let cure = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; stop it, or choose another port",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
        _ => return error.to_string(),
    };
    format!("{error}: {cure}")
}

fn bind_unix(path: &Path, rights: &SocketRights) -> Result<(UnixListener, SocketFile), String> {
    make_way(path)?;
    let mut unready = path.as_os_str().to_owned();
    unready.push(UNREADY);
    let unready = Path::new(&unready);
    if fs::symlink_metadata(unready).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(unready).map_err(|error| error.to_string())?;
    }
    // Nobody else may connect before the mode is what it shall be. There is no other thread yet that makes files.
    let before = rustix::process::umask(Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(unready);
    rustix::process::umask(before);
    let listener = listener.map_err(|error| error.to_string())?;
    let finish = || {
        hand_over(unready, rights)?;
        let found = fs::symlink_metadata(unready).map_err(|error| error.to_string())?;
        fs::rename(unready, path).map_err(|error| error.to_string())?;
        let file = SocketFile { path: path.to_owned(), identity: identity(&found) };
        Ok((listener, file))
    };
    finish().inspect_err(|_| {
        // What went wrong is told already.
        let _ = fs::remove_file(unready);
    })
}

/// Makes sure that nothing is at the path but perhaps a socket at which nobody listens.
fn make_way(path: &Path) -> Result<(), String> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.to_string()),
        Ok(found) if !found.file_type().is_socket() => {
            return Err("there is a file that is no socket; remove it, or choose another path".to_owned());
        }
        Ok(_) => {}
    }
    let untold = |error| format!("it cannot be told whether another program listens there: {error}");
    // Without waiting: a program that is slow to take connections is still one.
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let probe = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(untold)?;
    match connect(&probe, &SocketAddrUnix::new(path).map_err(untold)?) {
        Err(Errno::CONNREFUSED) => Ok(()),
        Ok(()) | Err(Errno::AGAIN) => {
            Err("another program listens there; stop it, or choose another path".to_owned())
        }
        Err(error) => Err(untold(error)),
    }
}

/// Gives the file its owner and its mode.
fn hand_over(path: &Path, rights: &SocketRights) -> Result<(), String> {
    let missing = |name: &str| format!("this system knows no {name}");
    let number = |name: &Option<String>, find: fn(&str) -> Option<u32>| {
        name.as_deref().map(|name| find(name).ok_or_else(|| missing(name))).transpose()
    };
    let (user, group) = (number(&rights.user, users::user)?, number(&rights.group, users::group)?);
    if user.is_some() || group.is_some() {
        chown(path, user, group).map_err(|error| format!("cannot change its owner: {error}"))?;
    }
    let mode = fs::Permissions::from_mode(rights.mode);
    fs::set_permissions(path, mode).map_err(|error| format!("cannot change its mode: {error}"))
}

/// What tells a file from any other that has been at its path.
fn identity(found: &fs::Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("restanza-bind-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn rights(mode: u32) -> SocketRights {
        SocketRights { mode, ..SocketRights::default() }
    }

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
        let folder = scratch("stale");
        let path = folder.join("s");
        drop(UnixListener::bind(&path).unwrap());
        let (first, file) = bind_unix(&path, &rights(0o660)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
        assert!(bind_unix(&path, &rights(0o600)).unwrap_err().contains("another program listens"));
        UnixStream::connect(&path).unwrap();
        drop((first, file));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left");
        fs::remove_dir(folder).unwrap();
    }

    #[test]
    fn what_is_another_s_stays() {
        let folder = scratch("other");
        let path = folder.join("s");
        fs::write(&path, "precious").unwrap();
        assert!(bind_unix(&path, &rights(0o600)).unwrap_err().contains("no socket"));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        fs::remove_file(&path).unwrap();
        let (_listener, file) = bind_unix(&path, &rights(0o600)).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "new").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::remove_dir_all(folder).unwrap();
    }
}
