//! The configuration's reader: whatever the text is, what it finds wrong has words and a place in it, and a text without
//! errors is read the same again. Files that it names hold the text itself.
#![no_main]

use std::io;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use restanza::shell::config::{Files, SecretText, read};

struct Same<'t>(&'t str);

impl Files for Same<'_> {
    fn secret(&self, path: &Path) -> io::Result<SecretText> {
        match path.to_str() {
            Some("/none") => Err(io::ErrorKind::NotFound.into()),
            path => {
                Ok(SecretText { bytes: self.0.as_bytes().to_vec(), world_readable: path == Some("/open") })
            }
        }
    }
}

fuzz_target!(|text: &str| {
    let variables = [("RESTANZA_COMPONENT_SECRET".to_owned(), text.lines().next().map(str::to_owned))];
    for variables in [&[][..], &variables] {
        let reading = read(text, variables, &Same(text));
        let words: Vec<_> =
            reading.problems.iter().map(|problem| problem.in_log("file").to_string()).collect();
        assert!(words.iter().all(|words| words.len() > 10));
        let again = read(text, variables, &Same(text));
        assert!(
            words.iter().eq(again
                .problems
                .iter()
                .map(|problem| problem.in_log("file").to_string())
                .collect::<Vec<_>>()
                .iter())
        );
        assert_eq!(reading.config.changed_sections(&again.config).next(), None);
    }
});
