//! Secrets: each from one source, a key or the file that another key names.

use std::io;
use std::path::Path;

use super::ini;
use super::problem::{Origin, Weight, Wrong};
use super::read::{Found, Reader, header, problem};
use super::{Config, Secret};

/// The largest file with a secret, in bytes; a larger one is a mistake.
pub(super) const SECRET: usize = 4_096;

/// Where secrets are read from, so that reading can be tested without a disk.
pub trait Files {
    /// The content of a file with a secret.
    fn secret(&self, path: &Path) -> io::Result<SecretText>;
}

/// The content of a file with a secret.
#[derive(Clone, Debug)]
pub struct SecretText {
    /// At most the first 4,097 bytes.
    pub bytes: Vec<u8>,
    /// Whether everybody on the machine can read it.
    pub world_readable: bool,
}

/// A secret that stands in one key, or in a file that another key names.
struct SecretKeys {
    section: &'static str,
    key: &'static str,
    file: &'static str,
    needed: bool,
    of: fn(&mut Config, usize) -> &mut Secret,
}

const SECRETS: &[SecretKeys] = &[
    row("component", ["secret", "secret_file"], true, |config, _| &mut config.secret),
    row("token", ["secret", "secret_file"], true, |config, at| &mut config.tokens[at].secret),
    row("user", ["secret", "secret_file"], true, |config, at| &mut config.users[at].secret),
    row("introspection", ["secret", "secret_file"], false, |config, _| &mut config.introspection.secret),
    row("hook", ["basic", "basic_file"], false, |config, at| &mut config.hooks[at].basic),
    row("hook", ["bearer", "bearer_file"], false, |config, at| &mut config.hooks[at].bearer),
    row("hook", ["sign", "sign_file"], false, |config, at| &mut config.hooks[at].sign[0]),
    row("hook", ["sign_other", "sign_other_file"], false, |config, at| &mut config.hooks[at].sign[1]),
];

const fn row(
    section: &'static str,
    [key, file]: [&'static str; 2],
    needed: bool,
    of: fn(&mut Config, usize) -> &mut Secret,
) -> SecretKeys {
    SecretKeys { section, key, file, needed, of }
}

impl Reader {
    /// Secrets come from one source each; every component and token needs one.
    pub(super) fn take_secrets(&mut self, files: &dyn Files) {
        for index in 0..self.found.len() {
            let section = self.found[index].section.name;
            for row in SECRETS.iter().filter(|row| row.section == section) {
                let taken = self.take_secret(index, row, files);
                if let Err((weight, origin, name, wrong)) = taken {
                    let key = format!("{} {name}", header(&self.found[index]));
                    self.problems.push(problem(weight, origin, key, wrong));
                }
            }
        }
    }

    fn take_secret(
        &mut self,
        index: usize,
        row: &SecretKeys,
        files: &dyn Files,
    ) -> Result<(), (Weight, Origin, &'static str, Wrong)> {
        let Found { line, at, .. } = self.found[index];
        let of = |name: &str| self.given.iter().find(|given| given.found == index && given.key.name == name);
        let (key, file_key) = (row.key, row.file);
        match (of(key), of(file_key)) {
            (None, None) if row.needed => Err((
                Weight::Error,
                line.map_or(Origin::File, Origin::Line),
                key,
                Wrong::new("the key is missing", format!("Write {key} = TEXT, or {file_key} = FILE.")),
            )),
            (Some(text), Some(file)) => Err((
                Weight::Error,
                text.origin.clone().max(file.origin.clone()),
                key,
                Wrong::new(format!("{key} and {file_key} are both given"), "Keep one of the two."),
            )),
            (Some(text), None) if text.value == text.key.example => Err((
                Weight::Warning,
                text.origin.clone(),
                key,
                Wrong::new("the secret is that of the sample, which everybody knows", "Write your own."),
            )),
            (Some(_) | None, None) => Ok(()),
            (None, Some(given)) => {
                let secret = (row.of)(&mut self.config, at);
                let Some(path) = secret.file.clone() else { return Ok(()) };
                let origin = given.origin.clone();
                match secret_of(&path, files) {
                    Ok((text, world_readable)) => {
                        if let Err(wrong) = secret.set(&text) {
                            return Err((Weight::Error, origin, file_key, wrong));
                        }
                        if !world_readable {
                            return Ok(());
                        }
                        let wrong = Wrong::new(
                            format!("everybody on this machine can read {}", path.display()),
                            "Run chmod o-r on it.",
                        );
                        Err((Weight::Warning, origin, file_key, wrong))
                    }
                    Err(wrong) => Err((Weight::Error, origin, file_key, wrong)),
                }
            }
        }
    }
}

/// The secret in a file, and whether everybody can read it.
fn secret_of(path: &Path, files: &dyn Files) -> Result<(String, bool), Wrong> {
    let shown = path.display();
    let SecretText { bytes, world_readable } = files.secret(path).map_err(|error| {
        Wrong::new(
            format!("{shown} cannot be read: {error}"),
            "Check the path, and that the user restanza runs as may read it.",
        )
    })?;
    if bytes.len() > SECRET {
        return Err(Wrong::new(format!("{shown} is larger than {SECRET} bytes"), "Is it the right file?"));
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|_| "\0".to_owned());
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Wrong::new(format!("{shown} is empty"), "Write the secret into it."));
    }
    if ini::has_control(text) {
        return Err(Wrong::new(
            format!("{shown} holds more than one line, or no UTF-8 text"),
            "Write the secret alone into it, on one line.",
        ));
    }
    Ok((text.to_owned(), world_readable))
}
