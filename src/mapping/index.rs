//! Finding the rows of the table by JSON key or by element, without looking at all of them.
//!
//! Two hash tables made by the compiler, in which no two names share a slot: one look, one comparison. Rows of the same
//! name follow each other by a list.

use super::keys::{COUNT, KEYS};
use super::shape::{At, Key, Shape};
use crate::xml::Text;

const SLOTS: usize = 1024;
const NONE: u8 = u8::MAX;
/// Where the search for a factor begins, and how it goes on.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const _: () = assert!(COUNT < NONE as usize);

static BY_KEY: Index = Index::build(false);
static BY_ELEMENT: Index = Index::build(true);

/// The places of the rows with this JSON key, in the order of the table.
#[inline]
pub(super) fn by_key(name: &str) -> Rows {
    BY_KEY.rows(name, 0, |key| key.field.name == name)
}

/// The places of the rows for such children of a stanza; the empty name gives those for any name.
#[inline]
pub(super) fn by_element(name: &str, ns: Text<'_>) -> Rows {
    let end = match ns.as_plain() {
        Some(ns) => end(ns),
        None => ns.chars().fold(0, |end, c| end >> 8 | (c as u64) << 56),
    };
    BY_ELEMENT.rows(name, end, |key| match key.field.at {
        At::Here => false,
        At::Child(own, own_ns) | At::Each(own, own_ns) => {
            let is_named = match key.field.shape {
                Shape::Name(names) => names.contains(&name),
                _ => own == name,
            };
            is_named && ns == *own_ns
        }
    })
}

/// Rows of the table that are found by the same name.
#[derive(Clone)]
pub(super) struct Rows {
    row: u8,
    next: &'static [u8; COUNT],
}

impl Iterator for Rows {
    type Item = (usize, &'static Key);

    #[inline]
    fn next(&mut self) -> Option<(usize, &'static Key)> {
        let row = self.row as usize;
        let key = KEYS.get(row)?;
        self.row = self.next[row];
        Some((row, key))
    }
}

struct Index {
    /// What makes the slots differ.
    factor: u64,
    /// The first row of a name.
    first: [u8; SLOTS],
    /// The row of the same name after a row.
    next: [u8; COUNT],
}

impl Index {
    fn rows(&'static self, name: &str, end: u64, is_it: impl Fn(&Key) -> bool) -> Rows {
        let row = self.first[slot(self.factor, name, end)];
        let is_it = KEYS.get(row as usize).is_some_and(is_it);
        Rows { row: if is_it { row } else { NONE }, next: &self.next }
    }

    const fn build(by_element: bool) -> Self {
        let mut factor = FACTOR;
        loop {
            if let Some(index) = Self::with(factor, by_element) {
                return index;
            }
            factor = factor.wrapping_mul(FACTOR);
        }
    }

    /// The index with this factor, unless two names fall into one slot.
    const fn with(factor: u64, by_element: bool) -> Option<Self> {
        let mut index = Self { factor, first: [NONE; SLOTS], next: [NONE; COUNT] };
        let mut row = 0;
        while row < COUNT {
            let field = &KEYS[row].field;
            let (names, ns): (&[&str], _) = match (by_element, field.at, field.shape) {
                (false, ..) => (&[field.name], ""),
                (true, At::Here, _) => (&[], ""),
                (true, At::Child(_, ns) | At::Each(_, ns), Shape::Name(names)) => (names, ns),
                (true, At::Child(name, ns) | At::Each(name, ns), _) => (&[name], ns),
            };
            let mut at = 0;
            while at < names.len() {
                let first = &mut index.first[slot(factor, names[at], end(ns))];
                if *first == NONE {
                    *first = row as u8;
                } else if !is_same(&KEYS[*first as usize], &KEYS[row], by_element) {
                    return None;
                } else {
                    let mut last = *first as usize;
                    while index.next[last] != NONE {
                        last = index.next[last] as usize;
                    }
                    index.next[last] = row as u8;
                }
                at += 1;
            }
            row += 1;
        }
        Some(index)
    }
}

/// Whether two rows are found by the same name.
const fn is_same(a: &Key, b: &Key, by_element: bool) -> bool {
    if !by_element {
        return equal(a.field.name, b.field.name);
    }
    match (a.field.at, b.field.at) {
        (At::Child(a, a_ns) | At::Each(a, a_ns), At::Child(b, b_ns) | At::Each(b, b_ns)) => {
            // Names of a list stand in no other row.
            !a.is_empty() && equal(a, b) && equal(a_ns, b_ns)
        }
        _ => false,
    }
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// By a few bytes of the name and by the end of the namespace: there they differ.
#[inline]
const fn slot(factor: u64, name: &str, end: u64) -> usize {
    let name = match name.as_bytes() {
        [] => 0,
        bytes @ [first, .., last] => {
            u32::from_le_bytes([*first, bytes[bytes.len() / 2], *last, bytes.len() as u8])
        }
        [one] => *one as u32,
    };
    ((name as u64 ^ end.rotate_left(24)).wrapping_mul(factor) >> 54) as usize % SLOTS
}

/// The last bytes of a namespace. None is shorter, but that of stanzas.
#[inline]
const fn end(ns: &str) -> u64 {
    match ns.as_bytes().last_chunk() {
        Some(end) => u64::from_le_bytes(*end),
        None => 0,
    }
}
