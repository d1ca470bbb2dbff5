//! In a build without systemd's sockets none is taken, and to ask for one is a mistake.

use super::bind::Bound;

/// Nothing.
pub(super) struct Passed;

impl Passed {
    pub(super) fn from_env() -> Self {
        Self
    }

    /// Says that it cannot be.
    #[expect(clippy::unused_self, reason = "with systemd there is something in it")]
    pub(super) fn take(&mut self, _name: Option<&str>) -> Result<Vec<Bound>, String> {
        Err("this build takes no sockets of systemd; take one with the feature systemd".to_owned())
    }

    /// A socket that nobody serves would leave its callers waiting for ever.
    #[expect(clippy::unused_self, reason = "with systemd there is something in it")]
    pub(super) fn check_empty(&self) -> Result<(), String> {
        let is_ours = std::env::var("LISTEN_PID").is_ok_and(|pid| pid == std::process::id().to_string());
        if is_ours { Self.take(None).map(drop) } else { Ok(()) }
    }
}
