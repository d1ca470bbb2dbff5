//! A string of a checked text, decoded while it is read.

use core::fmt::{self, Write as _};
use core::str;

use crate::word::Word;

/// A string, still escaped; shows, compares and iterates as what it means.
#[derive(Clone, Copy)]
pub struct Str<'j> {
    raw: &'j str,
    escaped: bool,
}

impl<'j> Str<'j> {
    pub(super) fn new(raw: &'j str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// The text itself when it was written without escapes.
    pub fn as_plain(self) -> Option<&'j str> {
        (!self.escaped).then_some(self.raw)
    }

    /// The decoded characters.
    pub fn chars(self) -> Chars<'j> {
        Chars { rest: self.raw.chars() }
    }

    /// Whether it has no character.
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The first character that XML cannot carry (XML 1.0 section 2.2), not even as a reference.
    pub fn forbidden_in_xml(self) -> Option<char> {
        // Only these begin one, or the escape of one.
        if !self.raw.bytes().any(|b| matches!(b, ..0x20 | b'\\' | 0xEF)) {
            return None;
        }
        self.chars().find(|c| {
            !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
        })
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.escaped {
            return f.write_str(self.raw);
        }
        let mut rest = self.raw;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            f.write_str(&rest[..at])?;
            let mut chars = Chars { rest: rest[at..].chars() };
            if let Some(c) = chars.next() {
                f.write_char(c)?;
            }
            rest = chars.rest.as_str();
        }
        f.write_str(rest)
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.raw)
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.escaped || other.escaped { self.chars().eq(other.chars()) } else { self.raw == other.raw }
    }
}

impl Eq for Str<'_> {}

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.escaped { self.chars().eq(other.chars()) } else { self.raw == other }
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// How many bytes come before the first one that is not itself inside a string: a quote, a backslash, a control
/// character. Eight at a time.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        match special(*word) {
            None => at += word.len(),
            Some(n) => return at + n,
        }
    }
    if at == bytes.len() {
        return at;
    }
    // The rest, with plain bytes before it if there are any.
    match bytes.last_chunk() {
        Some(word) => bytes.len() - special(*word).map_or(0, |n| word.len() - n),
        None => bytes.iter().position(|b| matches!(b, ..0x20 | b'"' | b'\\')).unwrap_or(bytes.len()),
    }
}

/// Copies bytes as long as they are themselves inside a string, in one pass; gives how many. `out` is at least as long.
pub(super) fn copy_plain(bytes: &[u8], out: &mut [u8]) -> usize {
    let mut at = 0;
    while let (Some(word), Some(place)) = (bytes[at..].first_chunk::<8>(), out[at..].first_chunk_mut::<8>()) {
        *place = *word;
        match special(*word) {
            None => at += word.len(),
            Some(n) => return at + n,
        }
    }
    // The rest, with plain bytes before it if there are any.
    if let (Some(word), Some(place)) = (bytes.last_chunk(), out[..bytes.len()].last_chunk_mut()) {
        *place = *word;
        return bytes.len() - special(*word).map_or(0, |n| word.len() - n);
    }
    let n = plain_len(bytes);
    out[..n].copy_from_slice(&bytes[..n]);
    n
}

/// The first of eight bytes that is not itself inside a string.
fn special(bytes: [u8; 8]) -> Option<usize> {
    let word = Word::new(bytes);
    (word.below_or_quote() | word.equal(b'\\')).first()
}

/// The characters of a [`Str`].
#[derive(Clone, Debug)]
pub struct Chars<'j> {
    rest: str::Chars<'j>,
}

impl Chars<'_> {
    /// Four hexadecimal digits. The reader made sure that they are there.
    fn unit(&mut self) -> u32 {
        (&mut self.rest).take(4).fold(0, |unit, digit| unit << 4 | digit.to_digit(16).unwrap_or(0))
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.rest.next()? {
            '\\' => Some(match self.rest.next()? {
                'b' => '\u{8}',
                'f' => '\u{C}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let mut code = self.unit();
                    if let 0xD800..=0xDBFF = code {
                        // Behind a high surrogate stands `\u` and the low one.
                        self.rest.nth(1);
                        code = 0x10000 + ((code - 0xD800) << 10) + (self.unit() & 0x3FF);
                    }
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                other => other,
            }),
            plain => Some(plain),
        }
    }
}
