//! The gateway as a program of its own: its configuration, its folder, its process.

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::process::Process;

/// What the component is called, and its secret.
pub(crate) const DOMAIN: &str = "rest.example.org";
pub(crate) const SECRET: &str = "benchsecret";

/// The program under test.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    folder: PathBuf,
}

impl Gateway {
    /// Starts it for the server at that address, with more lines in its configuration.
    pub(crate) fn start(program: &Path, server: SocketAddr, more: &str) -> Outcome<Self> {
        let address = free_address()?;
        let folder = folder()?;
        let file = folder.join("restanza.conf");
        fs::write(
            &file,
            format!(
                "[component]\nserver = {server}\ndomain = {DOMAIN}\nsecret = {SECRET}\n\
                 [http]\nlisten = {address}\n[log]\nlevel = error\n{more}"
            ),
        )?;
        // It holds a secret; the gateway would say so.
        fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        let process = Process::start(program, &["run", "--config", &file.to_string_lossy()])?;
        Ok(Self { process, address, folder })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new folder for temporary files.
pub(crate) fn folder() -> Outcome<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("restanza-bench-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Waits until it is so, ten seconds at most.
pub(crate) fn wait(what: &str, mut is_done: impl FnMut() -> bool) -> Outcome<()> {
    let start = Instant::now();
    while !is_done() {
        if start.elapsed() > Duration::from_secs(10) {
            return Err(format!("{what}: not there after 10 s").into());
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// An address of this machine that nobody uses.
pub(crate) fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
