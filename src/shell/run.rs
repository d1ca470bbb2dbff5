//! `restanza run`: sets everything up, then obeys signals until the end.

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use async_signal::{Signal, Signals};
use smol::stream::StreamExt as _;
use smol::{Async, Timer, future};

use super::cli::{Exit, problem_lines};
use super::config::{self, Config, Reading};
use super::hub::Hub;
use super::log::Stderr;
use super::machine::Machine;
use super::{listen, memory, pump};
use crate::gateway::line::{Level, Log as _};
use crate::gateway::{BUSY, Gateway};

/// Where the configuration is.
pub(super) struct Source {
    pub(super) file: PathBuf,
    pub(super) may_be_missing: bool,
}

impl Source {
    /// Reads it, with the variables of the environment on top.
    pub(super) fn load(&self) -> Reading {
        config::load(&self.file, self.may_be_missing)
    }
}

/// Reads the configuration and is the gateway.
pub(super) fn run(source: &Source) -> Exit {
    let reading = source.load();
    let log = Stderr::new(reading.config.level);
    for (level, line) in problem_lines(&reading, &source.file.to_string_lossy()) {
        log.log(level, format_args!("{line}"));
    }
    if !reading.usable() {
        return Exit::Usage;
    }
    match start(reading.config, source) {
        Ok(exit) => exit,
        Err(what) => {
            log.log(Level::Error, format_args!("{what}"));
            Exit::Failed
        }
    }
}

/// Opens the door and serves; the error says in words what could not be done.
fn start(config: Config, source: &Source) -> Result<Exit, String> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| format!("the system has no random numbers: {error}"))?;
    let address = config.listen;
    let listener = listen::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let hub = Hub::new(Gateway::new(&config.limits, memory::lend(&config.limits), seed), config);
    hub.tell(Level::Info, format_args!("restanza {} listens on http://{address}", env!("CARGO_PKG_VERSION")));
    hub.block_on(serve(hub, listener, BUSY, source)).map_err(|error| format!("cannot take signals: {error}"))
}

/// Serves until a signal ends it: SIGTERM and SIGINT finish what is under way, a second one cuts it, SIGHUP reads
/// the configuration again.
pub(super) async fn serve<M: Machine + 'static>(
    hub: &'static Hub<M>,
    listener: Async<TcpListener>,
    busy: &'static [u8],
    source: &Source,
) -> io::Result<Exit> {
    let mut signals = Signals::new([Signal::Term, Signal::Int, Signal::Hup])?;
    let door = hub.spawn(listen::accept(hub, listener, busy));
    hub.with(Machine::tick);
    while signals.next().await.transpose()? == Some(Signal::Hup) {
        reload(hub, source.load(), &source.file.to_string_lossy());
    }

    hub.tell(Level::Info, format_args!("stopping; a second signal ends it at once"));
    drop(door);
    let second = async {
        while signals.next().await.transpose()? == Some(Signal::Hup) {}
        hub.tell(Level::Warn, format_args!("stopped at once"));
        Ok(Exit::Failed)
    };
    let orderly = async {
        stop(hub).await;
        hub.tell(Level::Info, format_args!("stopped"));
        Ok(Exit::Good)
    };
    future::or(second, orderly).await
}

/// Has the machine stop, and cut what takes too long.
pub(super) async fn stop<M: Machine + 'static>(hub: &'static Hub<M>) {
    // The machine finishes by itself within its limits; this is for what is stuck.
    let limits = hub.config.borrow().limits;
    let time =
        Duration::from_millis(u64::from(limits.stop_time) + u64::from(limits.link_close_time)) + pump::LINGER;
    for (time, what) in [(time, "were cut"), (pump::LINGER * 2, "did not even close")] {
        hub.with(Machine::stop);
        let in_time = future::or(async { hub.idle().await == () }, async {
            Timer::after(time).await;
            false
        });
        if in_time.await {
            return;
        }
        hub.tell(Level::Warn, format_args!("{} connections {what} after {time:?}", hub.open()));
    }
}

/// Takes over the tokens and hooks of `reading` when it is without error; says what else has changed.
pub(super) fn reload<M: Machine + 'static>(hub: &'static Hub<M>, reading: Reading, file: &str) {
    for (level, line) in problem_lines(&reading, file) {
        hub.tell(level, format_args!("{line}"));
    }
    if !reading.usable() {
        hub.tell(Level::Error, format_args!("{file} has errors; the settings stay as they were"));
        return;
    }
    let mut config = hub.config.borrow_mut();
    for section in config.changed_sections(&reading.config) {
        hub.tell(Level::Warn, format_args!("[{section}] has changed; that takes effect with a restart"));
    }
    let Config { tokens, hooks, .. } = &reading.config;
    hub.tell(Level::Info, format_args!("{file} read again: {} tokens, {} hooks", tokens.len(), hooks.len()));
    config.take_reloadable(reading.config);
    drop(config);
    hub.with(Machine::reloaded);
}
