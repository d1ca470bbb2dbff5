//! Where in the JSON a value stands: `form.fields[2].value`.

use core::fmt;

use crate::json::Str;

/// A chain from a value up to the stanza's object.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    up: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Member(Str<'p>),
    Item(usize),
}

impl<'p> Path<'p> {
    /// A key of the stanza's object.
    pub(super) const fn new(key: &'p str) -> Self {
        Self { up: None, step: Step::Key(key) }
    }

    /// A key of the stanza's object as the caller wrote it.
    pub(super) const fn given(key: Str<'p>) -> Self {
        Self { up: None, step: Step::Member(key) }
    }

    /// A key of the object here.
    pub(super) const fn key(&'p self, key: &'p str) -> Self {
        Self { up: Some(self), step: Step::Key(key) }
    }

    /// A key of the object here as the caller wrote it.
    pub(super) const fn member(&'p self, key: Str<'p>) -> Self {
        Self { up: Some(self), step: Step::Member(key) }
    }

    /// An item of the list here.
    pub(super) const fn item(&'p self, at: usize) -> Self {
        Self { up: Some(self), step: Step::Item(at) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As deep as the JSON is: the reader bounds that.
        if let Some(up) = self.up {
            write!(f, "{up}")?;
            if !matches!(self.step, Step::Item(_)) {
                f.write_str(".")?;
            }
        }
        match self.step {
            Step::Key(key) => f.write_str(key),
            Step::Member(key) => write!(f, "{key}"),
            Step::Item(at) => write!(f, "[{at}]"),
        }
    }
}
