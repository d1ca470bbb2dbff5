//! A server that is measured: started, looked at through /proc, stopped.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Outcome;

/// A running program; it ends with this value.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program; what it says to its standard error is ours.
    pub(crate) fn start(program: &Path, args: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(Self(child))
    }

    /// Microseconds of processor time so far, in all threads, in the process and in the kernel for it.
    pub(crate) fn processor_time(&self) -> Outcome<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // Behind the name, which may hold anything: state is field 3, utime and stime are 14 and 15 (proc(5)).
        let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace()).ok_or("no stat")?;
        let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse().unwrap_or(0)).sum();
        Ok(ticks * 1_000_000 / rustix::param::clock_ticks_per_second())
    }

    /// Memory in kB that is resident now, and the most that ever was.
    pub(crate) fn resident(&self) -> Outcome<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
        };
        Ok((value("VmRSS:"), value("VmHWM:")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}
