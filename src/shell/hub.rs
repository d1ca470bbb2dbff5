//! Where the tasks of the shell meet: the machine, the configuration, the log, the clock, who waits for what.
//!
//! All tasks run on one thread. A task borrows the machine only inside [`Hub::with`], never across an await.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use async_executor::{LocalExecutor, Task};
use async_io::Timer;

use super::config::Config;
use super::dial;
use super::ghost::Ghost;
use super::log::Stderr;
use super::machine::Machine;
use super::resolve::Names;
use super::tls::Tls;
use crate::gateway::line::{Action, Cx, Level, Line, Log as _, Want};
use crate::time::{Duration, Instant};

/// How much too early the alarm may ring: under load deadlines move with every stanza, and setting it costs more than
/// that.
const SLACK: Duration = Duration::from_secs(1);

/// What all tasks share, for the life of the process.
pub(super) struct Hub<M> {
    machine: RefCell<M>,
    /// The settings in force.
    pub(super) config: RefCell<Config>,
    /// The keys and certificates in force, in step with the settings.
    pub(super) tls: RefCell<Tls>,
    pub(super) log: Stderr,
    pub(super) names: Names,
    pub(super) ghost: Ghost,
    executor: LocalExecutor<'static>,
    start: std::time::Instant,
    /// The task of each open line, or of one being opened.
    lines: RefCell<Vec<Option<Waker>>>,
    /// The line whose task runs; it looks again anyway after every event of its own.
    running: Cell<Option<Line>>,
    /// How many lines have a task.
    open: Cell<usize>,
    timer: Alarm,
    idle: RefCell<Option<Waker>>,
}

/// When the timer task is going to look, and how to have it look at another time.
#[derive(Default)]
struct Alarm {
    at: Cell<Option<Instant>>,
    waker: RefCell<Option<Waker>>,
}

impl<M: Machine + 'static> Hub<M> {
    /// A hub that is never freed: tasks borrow it for as long as they like.
    pub(super) fn new(machine: M, config: Config, tls: Tls, log: Stderr) -> &'static Self {
        Box::leak(Box::new(Self {
            machine: RefCell::new(machine),
            log,
            config: RefCell::new(config),
            tls: RefCell::new(tls),
            names: Names::default(),
            ghost: Ghost::default(),
            executor: LocalExecutor::new(),
            start: std::time::Instant::now(),
            lines: RefCell::default(),
            running: Cell::new(None),
            open: Cell::new(0),
            timer: Alarm::default(),
            idle: RefCell::default(),
        }))
    }

    /// Runs all tasks until `main` is done.
    pub(super) fn block_on<T>(&'static self, main: impl Future<Output = T>) -> T {
        self.executor.spawn(self.keep_time()).detach();
        async_io::block_on(self.executor.run(main))
    }

    /// Starts a task; it ends when what is given back is dropped.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + 'static) -> Task<()> {
        self.executor.spawn(task)
    }

    /// Starts the task of a line; the line is open until it ends.
    pub(super) fn spawn_line(&'static self, task: impl Future<Output = ()> + 'static) {
        self.open.set(self.open.get() + 1);
        self.spawn(async {
            task.await;
            self.open.set(self.open.get() - 1);
            if let Some(waker) = self.idle.borrow_mut().take() {
                waker.wake();
            }
        })
        .detach();
    }

    /// An event for the machine, then everything that it asks for.
    pub(super) fn with<T>(&'static self, event: impl FnOnce(&mut M, Cx<'_>) -> T) -> T {
        let value = {
            let config = self.config.borrow();
            let cx = Cx { now: self.now(), wall: wall(), settings: &*config, log: &self.log };
            event(&mut self.machine.borrow_mut(), cx)
        };
        self.settle();
        value
    }

    /// A look at the machine, which changes nothing.
    pub(super) fn look<T>(&self, look: impl FnOnce(&M) -> T) -> T {
        look(&self.machine.borrow())
    }

    /// Milliseconds since the start.
    pub(super) fn now(&self) -> Instant {
        Instant::from_millis(self.start.elapsed().as_millis() as u64)
    }

    /// From now on the task in `context` is the one to wake for `line`.
    pub(super) fn attend(&self, line: Line, context: &Context<'_>) {
        let (mut lines, place) = (self.lines.borrow_mut(), place(line));
        if lines.len() <= place {
            lines.resize(place + 1, None);
        }
        match &mut lines[place] {
            Some(waker) => waker.clone_from(context.waker()),
            free => *free = Some(context.waker().clone()),
        }
    }

    /// The task of `line` runs from now on, or none does: what it does itself need not wake it.
    pub(super) fn set_running(&self, line: Option<Line>) {
        self.running.set(line);
    }

    /// Nobody is to be woken for `line`.
    pub(super) fn leave(&self, line: Line) {
        self.lines.borrow_mut()[place(line)] = None;
    }

    /// Waits until the machine gives `line` up, while there is no stream to serve.
    pub(super) async fn given_up(&self, line: Line) {
        poll_fn(|context| {
            self.attend(line, context);
            match self.look(|machine| machine.want(line)) {
                Want::Close | Want::Flush => Poll::Ready(()),
                Want::Open => Poll::Pending,
            }
        })
        .await;
    }

    /// How many lines are open, or being opened.
    pub(super) fn open(&self) -> usize {
        self.open.get()
    }

    /// Waits until no line is open.
    pub(super) async fn idle(&self) {
        poll_fn(|context| {
            if self.open.get() == 0 {
                return Poll::Ready(());
            }
            *self.idle.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Does what the machine asks for.
    fn settle(&'static self) {
        loop {
            // The borrow ends before anything is done.
            let action = self.machine.borrow_mut().action();
            match action {
                None => break,
                Some(Action::Connect(line)) => self.spawn_line(dial::open(self, line)),
                Some(Action::Wake(line)) if self.running.get() == Some(line) => {}
                // A line without a task has ended, or is about to look anyway.
                Some(Action::Wake(line)) => {
                    if let Some(Some(waker)) = self.lines.borrow().get(place(line)) {
                        waker.wake_by_ref();
                    }
                }
            }
        }
        let deadline = self.look(Machine::deadline);
        let is_wrong = |deadline| self.timer.at.get().is_none_or(|at| deadline < at || deadline > at + SLACK);
        if deadline.is_some_and(is_wrong) {
            self.timer.at.set(deadline);
            if let Some(waker) = self.timer.waker.borrow_mut().take() {
                waker.wake();
            }
        }
    }

    /// Calls [`Machine::tick`] whenever its deadline has come.
    async fn keep_time(&'static self) {
        let mut timer = Timer::never();
        let mut set = None;
        loop {
            poll_fn(|context| {
                let deadline = self.look(Machine::deadline);
                self.timer.at.set(deadline);
                *self.timer.waker.borrow_mut() = Some(context.waker().clone());
                match deadline {
                    None => return Poll::Pending,
                    Some(deadline) if deadline <= self.now() => return Poll::Ready(()),
                    Some(deadline) if set == Some(deadline) => {}
                    Some(deadline) => {
                        set = Some(deadline);
                        timer.set_at(self.start + std::time::Duration::from_millis(deadline.as_millis()));
                    }
                }
                Pin::new(&mut timer).poll(context).map(drop)
            })
            .await;
            self.with(Machine::tick);
        }
    }

    /// A line of the log.
    pub(super) fn tell(&self, level: Level, line: std::fmt::Arguments<'_>) {
        self.log.log(level, line);
    }
}

/// Seconds since 1970; zero for a clock that was never set.
fn wall() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}

/// The place of a line in a list of all: the link, then callers, calls and look-ups in turns.
const fn place(line: Line) -> usize {
    match line {
        Line::Link => 0,
        Line::Caller(at) => 1 + 3 * at as usize,
        Line::Call(at) => 2 + 3 * at as usize,
        Line::Lookup(at) => 3 + 3 * at as usize,
    }
}
