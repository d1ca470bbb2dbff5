//! The tables of `tests/cases`, a JSON object a line, as tests read them.

use std::string::{String, ToString as _};
use std::vec::Vec;

use crate::json::{self, Value};

/// A line of a table.
pub(crate) struct Row<'j>(Value<'j>);

impl Row<'_> {
    /// Whether there is such a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    /// Whether it is true.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A text; empty when there is none.
    pub(crate) fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(Value::as_str).map(|text| text.to_string()).unwrap_or_default()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        let items = self.0.get(key).into_iter().flat_map(Value::items);
        items.map(|item| item.as_str().expect("a string").to_string()).collect()
    }

    /// A number.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key).and_then(Value::as_integer).and_then(|number| u64::try_from(number).ok())
    }

    /// A list of numbers, as they are written.
    pub(crate) fn numbers(&self, key: &str) -> Vec<String> {
        let items = self.0.get(key).into_iter().flat_map(Value::items);
        items.map(|item| item.raw().to_string()).collect()
    }
}

/// Looks at each line of a table, which is numbered from 1; says how many there are.
pub(crate) fn each(table: &str, mut look: impl FnMut(usize, Row<'_>)) -> usize {
    for (at, line) in table.lines().enumerate() {
        let mut nodes = [json::Node::default(); 64];
        let row = json::parse(line.as_bytes(), &mut nodes);
        look(at + 1, Row(row.unwrap_or_else(|error| panic!("line {}: {error:?}", at + 1))));
    }
    table.lines().count()
}
