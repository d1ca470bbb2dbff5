//! `restanza run`: sets everything up, then obeys signals until the end.

use std::fs::File;
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
use super::privileges::Now;
use super::signals::Signals;
use super::socket::Listener;
use super::tls::Tls;
use super::{confine, listen, memory, privileges, pump, random, signals};
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
    match begin(&config, source, &log) {
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
    entrances: Vec<Entrance<Listener>>,
    /// The files of Unix sockets, which go with this.
    files: Vec<SocketFile>,
    signals: Signals,
}

/// Gets it, and gives up the right to get more.
fn begin(config: &Config, source: &Source, log: &Stderr) -> Result<Start, String> {
    // Before anything is told, for who reads that may send one.
    let taken = signals::block(&[Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP])
        .map_err(|error| format!("cannot take signals: {error}"))?;
    let seed = random::bytes().map_err(|error| format!("the system gives no random numbers: {error}"))?;
    let (entrances, files) = bind::open(config)?;
    give_up(config, source, &files, log)?;
    // From here on there are threads.
    let entrances = entrances.into_iter().map(Entrance::serve).collect::<Result<Vec<_>, _>>()?;
    let signals = Signals::take(&taken).map_err(|error| format!("cannot take signals: {error}"))?;
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
fn shown(entrance: &Entrance<Listener>) -> String {
    let Entrance { shown, tls, door, .. } = entrance;
    let scheme = match (shown.starts_with('/') || shown.contains("unix:"), tls) {
        (true, _) => "",
        (false, true) => "https://",
        (false, false) => "http://",
    };
    let purpose = if *door == Door::Metrics { " (metrics)" } else { "" };
    format!("{scheme}{shown}{purpose}")
}

/// Gives up the privileges that are no longer needed, and tells what cannot be read any more.
fn give_up(config: &Config, source: &Source, sockets: &[SocketFile], log: &Stderr) -> Result<(), String> {
    let now = privileges::drop(config.user.as_ref())
        .map_err(|error| format!("cannot become the user of [daemon] user: {error}"))?;
    let user = config.user.as_ref().map_or("", |user| &user.text);
    match now {
        Now::Unchanged => {}
        Now::Dropped => log.log(Level::Info, format_args!("runs as {user}")),
        Now::Root => log.log(Level::Info, format_args!("runs as root, which it need not; see [daemon] user")),
        Now::Another(uid) => log.log(
            Level::Warn,
            format_args!(
                "cannot become {user}: it was not started as root but as user number {uid}, and stays that"
            ),
        ),
    }
    let files = || std::iter::once(source.file.as_path()).chain(config.files());
    if config.confine {
        match confine::confine(files(), sockets.iter().map(SocketFile::path)) {
            Ok(words) => log.log(Level::Info, format_args!("{words}")),
            Err(words) => log.log(Level::Warn, format_args!("not confined: {words}")),
        }
    }
    for file in files() {
        if let Err(error) = File::open(file)
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            let file = file.display();
            log.log(
                Level::Warn,
                format_args!("{file} can no longer be read, so SIGHUP will be of no use: {error}"),
            );
        }
    }
    Ok(())
}

/// Serves until a signal ends it: SIGTERM and SIGINT finish what is under way, a second one ends it at once, SIGHUP
/// reads the configuration again.
async fn serve<M: Machine + 'static>(
    hub: &'static Hub<M>,
    entrances: Vec<Entrance<Listener>>,
    signals: Signals,
    source: &Source,
) -> io::Result<Exit> {
    let doors: Vec<_> =
        entrances.into_iter().map(|entrance| hub.spawn(listen::accept(hub, entrance, BUSY))).collect();
    let notify: &'static Notify = Box::leak(Box::new(Notify::from_env()));
    notify.say("READY=1");
    hub.spawn(notify.watchdog()).detach();
    while signals.next().await? == Signal::SIGHUP {
        let words = reload(hub, source.load(), source);
        notify.say(&format!("STATUS={words}"));
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

/// Takes over the tokens, hooks and rules of access of `reading` when it is without error, and reads certificates and
/// keys again; says what else has changed. Gives back what came of it.
pub(super) fn reload<M: Machine + 'static>(
    hub: &'static Hub<M>,
    reading: Reading,
    source: &Source,
) -> String {
    tell_problems(&reading, source, &hub.log);
    let file = source.file.display();
    let errors = format!("{file} has errors; the settings stay as they were");
    if !reading.usable() {
        hub.tell(Level::Error, format_args!("{errors}"));
        return errors;
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
            return errors;
        }
    }
    hub.tell(Level::Info, format_args!("{words}"));
    hub.log.set_level(config.level);
    hub.config.replace(config);
    hub.with(Machine::reloaded);
    words
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
