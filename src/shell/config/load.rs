//! The configuration from the disk and the environment of the process.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::keys::PREFIX;
use super::problem::{Origin, Problem, Weight, Wrong};
use super::read::{Reading, read};
use super::secrets::{Files, SECRET, SecretText};

/// The largest file that is read, in bytes; a larger one is a mistake.
const FILE: usize = 262_144;

/// What to do when there is none.
const BEGIN: &str = "Name another with --config, or begin with what restanza config --sample prints.";

/// The files of the machine.
struct Disk;

impl Files for Disk {
    fn secret(&self, path: &Path) -> io::Result<SecretText> {
        read_file(path, SECRET)
    }
}

/// At most one byte more than `most`, so that too much can be told.
fn read_file(path: &Path, most: usize) -> io::Result<SecretText> {
    let file = File::open(path)?;
    let world_readable = file.metadata()?.mode() & 0o004 != 0;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(SecretText { bytes, world_readable })
}

/// Reads the file at `path`, with the variables of the environment on top. A file that is not there is empty
/// when it may be missing, so that a container can do with variables alone.
pub fn load(path: &Path, may_be_missing: bool) -> Reading {
    let variables: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.into_string().ok()))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    let (text, world_readable) = match text(path, may_be_missing) {
        Ok(text) => text,
        Err(problem) => {
            let config = read("", &variables, &Disk).config;
            return Reading { config, problems: vec![problem], secret_in_file: false };
        }
    };
    let mut reading = read(&text, &variables, &Disk);
    if world_readable && reading.secret_in_file {
        let wrong = Wrong::new(
            "the file holds a secret and everybody on this machine can read it",
            "Run chmod o-r on it, or move the secrets to files of their own with secret_file.",
        );
        reading.problems.insert(0, of_file(Weight::Warning, Origin::File, wrong));
    }
    if !reading.usable() && text.is_empty() && !path.exists() {
        // What is missing in a file that is not there is no help, unless variables were to do.
        if variables.is_empty() {
            reading.problems.clear();
        }
        reading
            .problems
            .insert(0, of_file(Weight::Error, Origin::File, Wrong::new("there is no such file", BEGIN)));
    }
    reading
}

/// The text of the file, and whether everybody can read it.
fn text(path: &Path, may_be_missing: bool) -> Result<(String, bool), Problem> {
    let failed = |origin, what: String, cure| of_file(Weight::Error, origin, Wrong::new(what, cure));
    let SecretText { bytes, world_readable } = match read_file(path, FILE) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && may_be_missing => {
            return Ok((String::new(), false));
        }
        Err(error) => {
            return Err(failed(Origin::File, format!("the file cannot be read: {error}"), BEGIN));
        }
    };
    if bytes.len() > FILE {
        return Err(failed(
            Origin::File,
            format!("the file is larger than {FILE} bytes"),
            "Is it the right one?",
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, world_readable)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|byte| *byte == b'\n').count();
            Err(failed(Origin::Line(line), "the line is not UTF-8".to_owned(), "Save the file as UTF-8."))
        }
    }
}

fn of_file(weight: Weight, origin: Origin, wrong: Wrong) -> Problem {
    Problem { weight, origin, key: String::new(), wrong }
}
