//! The shell around the core, with `std`: command line, configuration, log, sockets, clock, signals.
//!
//! It decides nothing about stanzas. It reads the configuration, lends the gateway its memory, moves bytes between
//! sockets and the gateway, and tells it the time.

mod bind;
mod budget;
pub mod cli;
pub mod config;
#[cfg(feature = "landlock")]
mod confine;
#[cfg(not(feature = "landlock"))]
#[path = "confine/without.rs"]
mod confine;
mod convert;
mod dial;
mod ghost;
mod hook_test;
mod hub;
mod listen;
pub mod log;
mod machine;
mod memory;
mod notify;
#[cfg(feature = "systemd")]
mod passed;
#[cfg(not(feature = "systemd"))]
#[path = "passed/without.rs"]
mod passed;
pub mod privileges;
mod pump;
mod random;
mod resolve;
mod run;
mod signals;
mod socket;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls/without.rs"]
mod tls;
mod token;
#[cfg(test)]
mod toy;
mod users;

use std::process::ExitCode;

/// The program: does what the command line asks for.
pub fn main() -> ExitCode {
    ExitCode::from(cli::main(std::env::args_os().skip(1)) as u8)
}
