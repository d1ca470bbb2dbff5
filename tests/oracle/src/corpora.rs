//! The external corpora: read from the folder that `RESTANZA_CORPORA` names, never part of this project.

use std::path::{Path, PathBuf};

/// The folder of the corpora, if one is given.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("RESTANZA_CORPORA").map(|folder| {
        let folder = PathBuf::from(folder);
        // Cargo runs a test in the folder of its package; a relative path means that of the project.
        if folder.is_absolute() {
            folder
        } else {
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(folder)
        }
    })
}

/// What a corpus showed.
#[derive(Default)]
pub struct Report {
    /// The figures, a line each.
    pub figures: Vec<String>,
    /// What was not as it must be.
    pub failures: Vec<String>,
}

impl Report {
    pub fn figure(&mut self, text: String) {
        self.figures.push(text);
    }

    /// Notes a failure unless `holds`.
    pub fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(what());
        }
    }
}
