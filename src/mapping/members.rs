//! The members of a stanza's object, found by one pass over it.

use core::fmt;

use super::{index, keys};
use crate::json::{Str, Value};

/// The value of each key that the table has; of several members with a name the last.
pub(super) struct Members<'j> {
    pub object: Value<'j>,
    /// Which rows of the table have a value, by bits.
    given: u128,
    places: [u32; keys::COUNT],
    others: [u32; OTHERS.len()],
}

/// The keys of a stanza's object that are no rows.
const OTHERS: [&str; 5] = ["kind", "error", "error_code", "xml", "whole"];
const _: () = assert!(keys::COUNT <= u128::BITS as usize);

impl<'j> Members<'j> {
    pub(super) fn of(object: Value<'j>) -> Self {
        let mut members = Self { object, given: 0, places: [0; keys::COUNT], others: [0; OTHERS.len()] };
        for (name, value) in object.entries().written() {
            with_plain(name, |name| {
                for (row, _) in index::by_key(name) {
                    members.given |= 1 << row;
                    members.places[row] = value.place();
                }
                if let Some(at) = OTHERS.iter().position(|other| name == *other) {
                    members.others[at] = value.place();
                }
            });
        }
        members
    }

    /// The rows that have a value, in the order of the table.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + use<> {
        let mut rest = self.given;
        core::iter::from_fn(move || {
            let row = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (row < keys::COUNT).then_some(row)
        })
    }

    /// The value of a row that has one.
    pub(super) fn value(&self, row: usize) -> Value<'j> {
        self.object.at_place(self.places[row])
    }

    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<Value<'j>> {
        let place = match OTHERS.iter().position(|other| name == *other) {
            Some(at) => self.others[at],
            None => index::by_key(name).next().map_or(0, |(row, _)| self.places[row]),
        };
        (place != 0).then(|| self.object.at_place(place))
    }
}

/// Gives the key without escapes; none that is longer than all keys of the table.
pub(super) fn with_plain(name: Str<'_>, mut use_it: impl FnMut(&str)) {
    if let Some(plain) = name.as_plain() {
        use_it(plain);
    } else {
        let mut plain = heapless::String::<32>::new();
        if fmt::write(&mut plain, format_args!("{name}")).is_ok() {
            use_it(&plain);
        }
    }
}
