//! `restanza run`.

use std::path::PathBuf;

use super::cli::{self, Exit};
use super::config::Config;

pub(super) fn run(_config: Config, _file: PathBuf, _may_be_missing: bool) -> Exit {
    cli::tell("restanza: run is not built yet\n");
    Exit::Failed
}
