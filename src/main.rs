//! The command: see [`restanza::shell`].

fn main() {}
