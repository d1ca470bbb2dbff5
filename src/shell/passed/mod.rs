//! Sockets that systemd has opened for us: `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`, as in
//! sd_listen_fds_with_names(3).

use std::env;

use listenfd::ListenFd;

use super::bind::Bound;

/// Those that nobody took yet.
pub(super) struct Passed {
    sockets: ListenFd,
    /// The name of each; none when it was taken.
    names: Vec<Option<String>>,
}

impl Passed {
    /// All of them, when they are meant for us: nobody else shall take over what was opened for a parent.
    pub(super) fn from_env() -> Self {
        let is_ours = env::var("LISTEN_PID").is_ok_and(|pid| pid == std::process::id().to_string());
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let sockets = if is_ours { ListenFd::from_env() } else { ListenFd::empty() };
        let given = names.split(':').filter(|name| !name.is_empty()).chain(std::iter::repeat("unknown"));
        let names = given.take(sockets.len()).map(|name| Some(name.to_owned())).collect();
        Self { sockets, names }
    }

    /// Those of that name, or all that are left; at least one.
    pub(super) fn take(&mut self, name: Option<&str>) -> Result<Vec<Bound>, String> {
        let mut taken = Vec::new();
        for at in 0..self.names.len() {
            let Some(own) = &self.names[at] else { continue };
            if name.is_some_and(|name| name != own) {
                continue;
            }
            let tcp = self.sockets.take_tcp_listener(at).ok().flatten();
            taken.push(match tcp {
                Some(listener) => Bound::Tcp(listener),
                None => match self.sockets.take_unix_listener(at) {
                    Ok(Some(listener)) => Bound::Unix(listener),
                    _ => return Err(format!("its socket {own} is no stream socket of TCP or Unix")),
                },
            });
            self.names[at] = None;
        }
        if taken.is_empty() {
            let names: Vec<_> = self.names.iter().flatten().map(String::as_str).collect();
            let found = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!(
                "systemd passed no such socket, only these: {found}; is the .socket unit started?"
            ));
        }
        Ok(taken)
    }

    /// A socket that nobody serves would leave its callers waiting for ever.
    pub(super) fn check_empty(&self) -> Result<(), String> {
        let names: Vec<_> = self.names.iter().flatten().map(String::as_str).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(format!(
            "systemd passed sockets that nobody takes: {}; add systemd to [http] listen, or disable the .socket unit",
            names.join(", ")
        ))
    }
}
