//! The report: asks the programs that measure, in turns, and prints their figures side by side.
//!
//! `tests/bench/run` builds them and calls this with the folder of the builds and the gateway's program.

mod crowd;
mod endpoint;
mod gateway;
mod load;
mod parsing;
mod post;
mod process;
mod program;
mod prosody;
mod webhooks;
mod wire;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["parsing", builds] => parsing::report(Path::new(builds)).map(|()| true),
        ["gateway", builds, gateway] => gateway::report(Path::new(builds), Path::new(gateway)),
        ["crowd", gateway] => crowd::report(Path::new(gateway)),
        ["webhooks", gateway, modules] => webhooks::report(Path::new(gateway), Path::new(modules)),
        ["post", builds, gateway, modules] => {
            post::report(Path::new(builds), Path::new(gateway), Path::new(modules))
        }
        _ => Err("usage: report PART, as tests/bench/run does it".into()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("report: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What goes wrong in a measurement ends it.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The middle one.
fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    sorted[sorted.len() / 2]
}
