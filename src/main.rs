//! The command: see [`restanza::shell`].

use std::process::ExitCode;

fn main() -> ExitCode {
    restanza::shell::main()
}
