//! Finding the rows of the table by JSON key or by element name, without looking at all of them.
//!
//! Two hash tables made by the compiler; a name has as many candidates as the table has rows of that name.

use super::keys::{COUNT, KEYS};
use super::shape::{At, Key};

const SLOTS: usize = 512;
const FREE: u8 = u8::MAX;
const _: () = assert!(COUNT < FREE as usize && COUNT * 2 < SLOTS);

static BY_KEY: [u8; SLOTS] = build(false);
static BY_ELEMENT: [u8; SLOTS] = build(true);

/// The places of the rows with this JSON key, in the order of the table.
pub(super) fn by_key(name: &str) -> impl Iterator<Item = (usize, &'static Key)> {
    candidates(&BY_KEY, name).filter(move |(_, key)| key.field.name == name)
}

/// The places of the rows for elements of this name; the empty name gives those for any name.
pub(super) fn by_element(name: &str) -> impl Iterator<Item = (usize, &'static Key)> {
    candidates(&BY_ELEMENT, name).filter(move |(_, key)| element(key) == Some(name))
}

fn candidates(table: &'static [u8; SLOTS], name: &str) -> impl Iterator<Item = (usize, &'static Key)> {
    let start = hash(name.as_bytes());
    (0..SLOTS)
        .map(move |step| table[(start + step) % SLOTS])
        .take_while(|row| *row != FREE)
        .map(|row| (row as usize, &KEYS[row as usize]))
}

const fn element(key: &Key) -> Option<&'static str> {
    match key.field.at {
        At::Here => None,
        At::Child(name, _) | At::Each(name, _) => Some(name),
    }
}

const fn build(by_element: bool) -> [u8; SLOTS] {
    let mut table = [FREE; SLOTS];
    let mut row = 0;
    while row < COUNT {
        let name = if by_element { element(&KEYS[row]) } else { Some(KEYS[row].field.name) };
        if let Some(name) = name {
            let mut slot = hash(name.as_bytes());
            while table[slot] != FREE {
                slot = (slot + 1) % SLOTS;
            }
            table[slot] = row as u8;
        }
        row += 1;
    }
    table
}

/// FNV-1a.
const fn hash(name: &[u8]) -> usize {
    let mut hash: u32 = 0x811C_9DC5;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash ^ hash >> 16) as usize % SLOTS
}
