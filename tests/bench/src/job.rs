//! A program that measures on demand: a name comes in, one round of that job is done, its time goes out.
//!
//! Several such programs run beside each other and are asked in turns, so that what else happens on the machine
//! happens to all of them. What is measured is the processor time of the thread, not the time of the day.

use std::io::{self, BufRead, Write};

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::corpus::Corpus;

/// Something to be measured: a name, and one round over the corpus, which gives how many stanzas were done.
pub type Job<'c> = (&'static str, Box<dyn FnMut(&'c Corpus) -> usize + 'c>);

/// Does the jobs that are named on standard input, until it ends. The answer to each is a line with nanoseconds and
/// stanzas.
pub fn serve<'c>(corpus: &'c Corpus, mut jobs: Vec<Job<'c>>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let Some((_, job)) = jobs.iter_mut().find(|(name, _)| *name == line) else {
            return Err(io::Error::other(format!("no job is called {line}")));
        };
        let start = processor_time();
        let done = job(corpus);
        let spent = processor_time() - start;
        writeln!(out, "{spent} {done}")?;
        out.flush()?;
    }
    Ok(())
}

/// Nanoseconds that this thread has run.
fn processor_time() -> u64 {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
    tv_sec as u64 * 1_000_000_000 + tv_nsec as u64
}
