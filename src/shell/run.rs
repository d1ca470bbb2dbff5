//! `restanza run`: sets everything up, then obeys signals until the end.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_io::Timer;
use futures_lite::future;
use nix::sys::signal::Signal;

use super::bind::{self, Entrance, SocketFile};
use super::cli::Exit;
use super::config::problem::Weight;
use super::config::{self, Config, Reading};
use super::hub::Hub;
use super::log::Stderr;
use super::machine::Machine;
use super::notify::Notify;
use super::signals::Signals;
use super::tls::Tls;
use super::{listen, memory, pump, random};
use crate::gateway::line::{Level, Log as _};
use crate::gateway::{BUSY, Door, Gateway};

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
    tell_problems(&reading, source, &log);
    if !reading.usable() {
        return Exit::Usage;
    }
    let config = reading.config;
    let tls = match Tls::prepare(&config) {
        Ok(tls) => tls,
        Err(problem) => {
            log.log(Level::Error, format_args!("{}", problem.in_log(&source.file.to_string_lossy())));
            return Exit::Usage;
        }
    };
    match begin(&config, &log) {
        Ok(Start { gateway, entrances, files, signals }) => {
            let hub = Hub::new(gateway, config, tls, log);
            let exit = hub.block_on(serve(hub, entrances, signals, source)).unwrap_or_else(|error| {
                hub.tell(Level::Error, format_args!("cannot take signals: {error}"));
                Exit::Failed
            });
            drop(files);
            exit
        }
        Err(words) => {
            log.log(Level::Error, format_args!("{words}"));
            Exit::Failed
        }
    }
}

/// What the gateway needs of the system.
struct Start {
    gateway: Gateway<'static>,
    entrances: Vec<Entrance>,
    /// The files of Unix sockets, which go with this.
    files: Vec<SocketFile>,
    signals: Signals,
}

/// Gets it.
fn begin(config: &Config, log: &Stderr) -> Result<Start, String> {
    // Before anything is told, for who reads that may send one.
    let signals = Signals::take(&[Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP])
        .map_err(|error| format!("cannot take signals: {error}"))?;
    let seed = random::bytes().map_err(|error| format!("the system gives no random numbers: {error}"))?;
    let (entrances, files) = bind::open(config)?;
    let shown: Vec<_> = entrances.iter().map(shown).collect();
    log.log(
        Level::Info,
        format_args!(
            "restanza {} listens on {} for {}; {} tokens, {} hooks",
            env!("CARGO_PKG_VERSION"),
            shown.join(", "),
            config.domain,
            config.tokens.len(),
            config.hooks.len()
        ),
    );
    let gateway = Gateway::new(&config.limits, memory::lend(&config.limits), seed);
    Ok(Start { gateway, entrances, files, signals })
}

/// A place that is listened at, for the log.
fn shown(entrance: &Entrance) -> String {
    let Entrance { shown, tls, door, .. } = entrance;
    let scheme = match (shown.starts_with('/') || shown.contains("unix:"), tls) {
        (true, _) => "",
        (false, true) => "https://",
        (false, false) => "http://",
    };
    let purpose = if *door == Door::Metrics { " (metrics)" } else { "" };
    format!("{scheme}{shown}{purpose}")
}

/// Serves until a signal ends it: SIGTERM and SIGINT finish what is under way, a second one ends it at once, SIGHUP
/// reads the configuration again.
async fn serve<M: Machine + 'static>(
    hub: &'static Hub<M>,
    entrances: Vec<Entrance>,
    signals: Signals,
    source: &Source,
) -> io::Result<Exit> {
    let doors: Vec<_> =
        entrances.into_iter().map(|entrance| hub.spawn(listen::accept(hub, entrance, BUSY))).collect();
    let notify: &'static Notify = Box::leak(Box::new(Notify::from_env()));
    notify.say("READY=1");
    hub.spawn(notify.watchdog()).detach();
    while signals.next().await? == Signal::SIGHUP {
        reload(hub, source.load(), source);
    }

    notify.say("STOPPING=1");
    hub.tell(Level::Info, format_args!("stopping; a second signal ends it at once"));
    drop(doors);
    let second = async {
        while signals.next().await? == Signal::SIGHUP {}
        hub.tell(Level::Warn, format_args!("stopped at once"));
        Ok(Exit::Failed)
    };
    let orderly = async {
        let limits = hub.config.borrow().limits;
        let close = pump::LINGER + Duration::from_millis(limits.link_close_time.into());
        stop(hub, [Duration::from_millis(limits.stop_time.into()) + close, close]).await;
        hub.tell(Level::Info, format_args!("stopped"));
        Ok(Exit::Good)
    };
    future::or(second, orderly).await
}

/// Has the machine stop within the first time, then says it again, then leaves behind what does not close.
pub(super) async fn stop<M: Machine + 'static>(hub: &'static Hub<M>, times: [Duration; 2]) {
    for time in times {
        hub.with(Machine::stop);
        let idle = async {
            hub.idle().await;
            true
        };
        let late = async {
            Timer::after(time).await;
            false
        };
        if future::or(idle, late).await {
            return;
        }
    }
    hub.tell(Level::Warn, format_args!("{} connections did not close", hub.open()));
}

/// Takes over the tokens, hooks and rules of access of `reading` when it is without error, and reads certificates and keys again;
/// says what else has changed.
pub(super) fn reload<M: Machine + 'static>(hub: &'static Hub<M>, reading: Reading, source: &Source) {
    tell_problems(&reading, source, &hub.log);
    let file = source.file.display();
    if !reading.usable() {
        hub.tell(Level::Error, format_args!("{file} has errors; the settings stay as they were"));
        return;
    }
    let mut config = hub.config.borrow().clone();
    for section in config.changed_sections(&reading.config) {
        hub.tell(Level::Warn, format_args!("[{section}] has changed; that takes effect with a restart"));
    }
    let Config { tokens, hooks, .. } = &reading.config;
    let words = format!("{file} reloaded: {} tokens, {} hooks", tokens.len(), hooks.len());
    config.take_reloadable(reading.config);
    match Tls::prepare(&config) {
        Ok(tls) => *hub.tls.borrow_mut() = tls,
        Err(problem) => {
            let problem = problem.in_log(&source.file.to_string_lossy()).to_string();
            hub.tell(Level::Error, format_args!("{problem} The settings stay as they were."));
            return;
        }
    }
    hub.tell(Level::Info, format_args!("{words}"));
    hub.config.replace(config);
    hub.with(Machine::reloaded);
}

fn tell_problems(reading: &Reading, source: &Source, log: &Stderr) {
    for problem in &reading.problems {
        let level = match problem.weight {
            Weight::Error => Level::Error,
            Weight::Warning => Level::Warn,
        };
        log.log(level, format_args!("{}", problem.in_log(&source.file.to_string_lossy())));
    }
}
