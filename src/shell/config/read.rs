//! From text, variables and files to a [`Config`] and everything that is wrong with them.

use super::hook;
use super::ini::{self, Bad, Item};
use super::keys::{self, Key, Preset, Section};
use super::problem::{Origin, Problem, Weight, Wrong};
use super::secrets::Files;
use super::{Config, check};

/// What came of reading: a configuration that is complete when no problem is an error.
#[derive(Debug)]
pub struct Reading {
    /// The configuration as far as it could be read.
    pub config: Config,
    /// All problems, in the order of the file.
    pub problems: Vec<Problem>,
    /// Whether a secret stands in the text itself.
    pub secret_in_file: bool,
}

impl Reading {
    /// Whether the gateway can run with it.
    pub fn usable(&self) -> bool {
        self.problems.iter().all(|problem| problem.weight == Weight::Warning)
    }
}

/// A section as it was found, or as it is there without being written.
pub(super) struct Found {
    pub(super) section: &'static Section,
    name: String,
    /// The line of the header.
    pub(super) line: Option<usize>,
    /// The place among the sections of its sort.
    pub(super) at: usize,
}

/// A value as it was given.
pub(super) struct Given {
    /// The place in the list of sections found.
    pub(super) found: usize,
    pub(super) key: &'static Key,
    pub(super) origin: Origin,
    pub(super) value: String,
    /// It follows from another key, and gives way to what is said.
    implied: bool,
}

/// The key that follows from the original's `rest_callback_url`.
const QUESTIONS: &str = "questions";

/// Reads `text`, with `variables` (name, and value unless that is not UTF-8) on top. Secrets come from `files`.
pub fn read(text: &str, variables: &[(String, Option<String>)], files: &dyn Files) -> Reading {
    let mut reader =
        Reader { config: Config::blank(), found: Vec::new(), given: Vec::new(), problems: Vec::new() };
    for section in keys::SECTIONS.iter().filter(|section| !section.named) {
        reader.found.push(Found { section, name: String::new(), line: None, at: 0 });
    }
    reader.take_text(text);
    for (name, value) in variables {
        reader.take_variable(name, value.as_deref());
    }
    reader.set_values();
    reader.take_secrets(files);
    reader.config.settle();
    reader.check();
    // Stable, so that problems of one line stay in the order in which they were found.
    reader.problems.sort_by(|a, b| a.origin.cmp(&b.origin));
    let in_file = |given: &Given| given.key.name == "secret" && matches!(given.origin, Origin::Line(_));
    let secret_in_file = reader.given.iter().any(in_file);
    Reading { config: reader.config, problems: reader.problems, secret_in_file }
}

pub(super) struct Reader {
    pub(super) config: Config,
    pub(super) found: Vec<Found>,
    pub(super) given: Vec<Given>,
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    fn take_text(&mut self, text: &str) {
        // The section that entries belong to; none after a header that is wrong, whose entries are passed over.
        let mut current = None;
        let mut seen_header = false;
        for (line, item) in ini::items(text) {
            match item {
                Err(Bad { wrong, header }) => {
                    if header {
                        (current, seen_header) = (None, true);
                    }
                    self.error(Origin::Line(line), String::new(), wrong);
                }
                Ok(Item::Section { kind, name }) => {
                    seen_header = true;
                    current = self.take_header(line, kind, name);
                }
                Ok(Item::Entry { key, value }) => match current {
                    Some(found) => self.take_entry(found, line, key, value),
                    None if seen_header => {}
                    None => self.error(
                        Origin::Line(line),
                        key.to_owned(),
                        Wrong::new(
                            "the key stands before any section",
                            "Put it below a header such as [component].",
                        ),
                    ),
                },
            }
        }
    }

    fn take_header(&mut self, line: usize, kind: &str, name: Option<&str>) -> Option<usize> {
        let refuse = |reader: &mut Self, what: String, cure: String| {
            reader.error(Origin::Line(line), String::new(), Wrong::new(what, cure));
            None
        };
        let Some(section) = keys::section(kind) else {
            let names: Vec<_> = keys::SECTIONS.iter().map(|section| section.name).collect();
            return refuse(
                self,
                format!("there is no section [{kind}]"),
                format!("There are: {}.", names.join(", ")),
            );
        };
        match (section.named, name) {
            (true, None) => {
                return refuse(self, format!("[{kind}] needs a name"), format!("Write [{kind} \"NAME\"]."));
            }
            (false, Some(_)) => {
                return refuse(self, format!("[{kind}] has no name"), format!("Write [{kind}] alone."));
            }
            _ => {}
        }
        let name = name.unwrap_or_default();
        if let Some(found) = self.find(section, name) {
            let Found { line: first, name: other, .. } = &self.found[found];
            match first {
                Some(first) if name == other => {
                    let what = format!("the section was opened before, in line {first}");
                    return refuse(self, what, "Put all its keys under one header.".to_owned());
                }
                Some(first) => {
                    let what = format!("the name is too much like that of line {first}: {other:?}");
                    let cure =
                        "Choose names that differ in more than case and - for _, as variables know no more.";
                    return refuse(self, what, cure.to_owned());
                }
                None => {
                    self.found[found].line = Some(line);
                    return Some(found);
                }
            }
        }
        Some(self.open(section, name, Some(line)))
    }

    fn take_entry(&mut self, found: usize, line: usize, name: &str, value: &str) {
        let section = self.found[found].section;
        let origin = Origin::Line(line);
        let translated = if section.name == "hook" { hook::original(name, value) } else { None };
        let is_original = name == "rest_callback_url" && translated.is_some();
        let (name, value) = translated.as_ref().map_or((name, value), |(name, value)| (name, value.as_str()));
        let Some(key) = keys::keys_of(section.name).find(|key| key.name == name) else {
            let names: Vec<_> = keys::keys_of(section.name).map(|key| key.name).collect();
            let shown = format!("{} {name}", self.header(found));
            let cure = format!("The section knows: {}.", names.join(", "));
            return self.error(origin, shown, Wrong::new("there is no such key", cure));
        };
        if let Some(first) =
            self.given.iter().position(|given| given.found == found && given.key.name == name)
        {
            if self.given[first].implied {
                self.given.remove(first);
                return self.take_entry(found, line, name, value);
            }
            let Origin::Line(first) = self.given[first].origin else { return };
            let wrong =
                Wrong::new(format!("the key was given before, in line {first}"), "Keep one of the two.");
            return self.error(origin, self.shown(found, key), wrong);
        }
        let (value, implied) = (value.to_owned(), false);
        self.given.push(Given { found, key, origin, value, implied });
        let is_free = |given: &Given| given.found != found || given.key.name != QUESTIONS;
        if is_original
            && self.given.iter().all(is_free)
            && let Some(key) = keys::keys_of(section.name).find(|key| key.name == QUESTIONS)
        {
            let (origin, value, implied) = (Origin::Line(line), "yes".to_owned(), true);
            self.given.push(Given { found, key, origin, value, implied });
        }
    }

    fn take_variable(&mut self, variable: &str, value: Option<&str>) {
        // Others begin with our name, too: container platforms make RESTANZA_PORT of a service so named.
        if !keys::is_of_a_section(variable) {
            return;
        }
        let origin = Origin::Variable(variable.to_owned());
        let Some((key, name)) = keys::find_variable(variable) else {
            let cure = "Unset it, or see restanza config --sample for the names.";
            return self.error(origin, String::new(), Wrong::new("no key has this variable", cure));
        };
        // The table has a section for every key.
        let Some(section) = keys::section(key.section) else { return };
        let found = self.find(section, &name).unwrap_or_else(|| self.open(section, &name, None));
        let Some(value) = value.filter(|value| !ini::has_control(value)) else {
            let wrong = Wrong::new("the value is not UTF-8, or has a control character", "Set a plain text.");
            return self.error(origin, self.shown(found, key), wrong);
        };
        // A secret or its file replaces both of them.
        let stem = key.name.trim_end_matches("_file");
        self.given.retain(|given| {
            given.found != found
                || given.key.name.trim_end_matches("_file") != stem
                || matches!(given.origin, Origin::Variable(_))
        });
        self.given.push(Given { found, key, origin, value: value.to_owned(), implied: false });
    }

    /// Sets what was given, then the presets of what was not.
    fn set_values(&mut self) {
        for given in &self.given {
            let at = self.found[given.found].at;
            if let Err(mut wrong) = (given.key.set)(given.key, &mut self.config, at, &given.value) {
                if given.value.is_empty() {
                    "the value is missing".clone_into(&mut wrong.what);
                }
                let key = shown(&self.found[given.found], given.key);
                self.problems.push(problem(Weight::Error, given.origin.clone(), key, wrong));
            }
        }
        for (index, found) in self.found.iter().enumerate() {
            for key in keys::keys_of(found.section.name) {
                if self.given.iter().any(|given| given.found == index && given.key.name == key.name) {
                    continue;
                }
                let set = match key.preset {
                    Preset::Nothing => continue,
                    Preset::Text(text) => (key.set)(key, &mut self.config, found.at, text),
                    Preset::Number(number) => (key.set)(key, &mut self.config, found.at, &number.to_string()),
                    Preset::Needed => Err(Wrong::new(
                        "the key is missing",
                        format!("Write it like {} = {}.", key.name, key.example),
                    )),
                };
                if let Err(wrong) = set {
                    let origin = found.line.map_or(Origin::File, Origin::Line);
                    self.problems.push(problem(Weight::Error, origin, shown(found, key), wrong));
                }
            }
        }
    }

    /// What one value alone cannot tell.
    fn check(&mut self) {
        for finding in check::findings(&self.config) {
            let Some(index) = self.found.iter().position(|found| {
                found.section.name == finding.section && (!found.section.named || found.at == finding.at)
            }) else {
                continue;
            };
            let given = self.given.iter().find(|g| g.found == index && g.key.name.starts_with(finding.key));
            let origin =
                given.map_or(self.found[index].line.map_or(Origin::File, Origin::Line), |g| g.origin.clone());
            // A value that could not be read is reported once.
            if self.problems.iter().any(|p| p.origin == origin && p.weight == Weight::Error) {
                continue;
            }
            let key = format!("{} {}", self.header(index), finding.key);
            self.problems.push(problem(finding.weight, origin, key, finding.wrong));
        }
    }

    fn find(&self, section: &Section, name: &str) -> Option<usize> {
        let plain = |name: &str| name.replace('-', "_").to_ascii_lowercase();
        self.found
            .iter()
            .position(|found| found.section.name == section.name && plain(&found.name) == plain(name))
    }

    fn open(&mut self, section: &'static Section, name: &str, line: Option<usize>) -> usize {
        let at = self.config.open(section.name, name);
        self.found.push(Found { section, name: name.to_owned(), line, at });
        self.found.len() - 1
    }

    fn header(&self, found: usize) -> String {
        header(&self.found[found])
    }

    fn shown(&self, found: usize, key: &Key) -> String {
        shown(&self.found[found], key)
    }

    fn error(&mut self, origin: Origin, key: String, wrong: Wrong) {
        self.problems.push(problem(Weight::Error, origin, key, wrong));
    }
}

pub(super) fn problem(weight: Weight, origin: Origin, key: String, wrong: Wrong) -> Problem {
    Problem { weight, origin, key, wrong }
}

pub(super) fn header(found: &Found) -> String {
    let Found { section, name, .. } = found;
    if section.named { format!("[{} {name:?}]", section.name) } else { format!("[{}]", section.name) }
}

fn shown(found: &Found, key: &Key) -> String {
    format!("{} {}", header(found), key.name)
}
