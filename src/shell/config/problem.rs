//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;

/// Whether the gateway can run with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It cannot.
    Error,
    /// It can, and the operator should know.
    Warning,
}

/// Where the value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The file as a whole: something is missing in it.
    File,
    /// A line of the file, counted from 1.
    Line(usize),
    /// An environment variable.
    Variable(String),
}

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Error or warning.
    pub weight: Weight,
    /// Where.
    pub origin: Origin,
    /// Section and key as they stand in a file, `[hook "door"] url`; empty when it is not about a key.
    pub key: String,
    /// What is wrong, and with it.
    pub wrong: Wrong,
}

/// What is wrong with a value, and the cure. A secret is never repeated in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong: a clause without a full stop.
    pub what: String,
    /// What to do: a sentence.
    pub cure: String,
}

impl Wrong {
    /// `what`, a clause, and `cure`, a sentence.
    pub fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into() }
    }
}

impl Problem {
    /// The line for people and editors: `FILE:LINE: error: [section] key: what. Cure.`
    pub fn in_file<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        Shown { problem: self, file, weight: true }
    }

    /// The same for the log, which has a level of its own: `FILE:LINE: [section] key: what. Cure.`
    pub fn in_log<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        Shown { problem: self, file, weight: false }
    }
}

struct Shown<'a> {
    problem: &'a Problem,
    file: &'a str,
    weight: bool,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { weight, origin, key, wrong } = self.problem;
        match origin {
            Origin::File => f.write_str(self.file)?,
            Origin::Line(line) => write!(f, "{}:{line}", self.file)?,
            Origin::Variable(name) => write!(f, "environment variable {name}")?,
        }
        f.write_str(match (self.weight, weight) {
            (false, _) => ": ",
            (true, Weight::Error) => ": error: ",
            (true, Weight::Warning) => ": warning: ",
        })?;
        if !key.is_empty() {
            write!(f, "{key}: ")?;
        }
        write!(f, "{}. {}", wrong.what, wrong.cure)
    }
}
