//! Text as it was received, unescaped while it is read.
//!
//! A [`Text`] borrows the document; references are resolved and line ends and attribute values normalised
//! (XML 1.0 sections 2.11, 3.3.3 and 4.4) by whoever walks over it. The checker has seen it, so reading cannot fail.

use core::fmt;

use super::document::{Child, Children};

/// A text or an attribute value.
#[derive(Clone, Copy)]
pub struct Text<'x> {
    raw: &'x str,
    form: Form,
}

/// What has to be done to read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing.
    Plain,
    /// Character data: references and line ends.
    Data,
    /// An attribute value: references and white space.
    Value,
    /// A CDATA section: line ends.
    Section,
}

impl<'x> Text<'x> {
    /// The text of length 0.
    pub const EMPTY: Text<'static> = Text::plain("");

    /// A text that stands for itself.
    pub const fn plain(text: &'x str) -> Self {
        Self { raw: text, form: Form::Plain }
    }

    pub(super) const fn new(raw: &'x str, form: Form) -> Self {
        Self { raw, form }
    }

    /// The text as one slice, when nothing in it needs unescaping.
    pub const fn as_plain(self) -> Option<&'x str> {
        match self.form {
            Form::Plain => Some(self.raw),
            _ => None,
        }
    }

    /// Whether there is no character in it.
    pub const fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The characters, unescaped.
    pub fn chars(self) -> Chars<'x> {
        Chars { run: "".chars(), rest: Runs { rest: self.raw, form: self.form } }
    }

    fn runs(self) -> Runs<'x> {
        Runs { rest: self.raw, form: self.form }
    }
}

impl<'x> From<&'x str> for Text<'x> {
    fn from(text: &'x str) -> Self {
        Self::plain(text)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.runs().try_for_each(|run| match run {
            Run::Plain(text) => f.write_str(text),
            Run::Char(c) => f.write_char(c),
        })
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({self})")
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.form {
            Form::Plain => self.raw == other,
            _ => strip(self.runs(), other) == Some(""),
        }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.form, other.form) {
            (_, Form::Plain) => self == other.raw,
            (Form::Plain, _) => other == self.raw,
            _ => self.chars().eq(other.chars()),
        }
    }
}

impl Eq for Text<'_> {}

/// What is left of `text` after the runs, if it begins with them.
fn strip<'t>(mut runs: Runs<'_>, text: &'t str) -> Option<&'t str> {
    runs.try_fold(text, |text, run| match run {
        Run::Plain(run) => text.strip_prefix(run),
        Run::Char(c) => text.strip_prefix(c),
    })
}

/// The characters of a text, unescaped.
#[derive(Clone, Debug)]
pub struct Chars<'x> {
    run: core::str::Chars<'x>,
    rest: Runs<'x>,
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            if let Some(c) = self.run.next() {
                return Some(c);
            }
            match self.rest.next()? {
                Run::Plain(run) => self.run = run.chars(),
                Run::Char(c) => return Some(c),
            }
        }
    }
}

/// A text cut where something has to be unescaped.
#[derive(Clone, Debug)]
struct Runs<'x> {
    rest: &'x str,
    form: Form,
}

enum Run<'x> {
    Plain(&'x str),
    Char(char),
}

impl<'x> Iterator for Runs<'x> {
    type Item = Run<'x>;

    fn next(&mut self) -> Option<Run<'x>> {
        let bytes = self.rest.as_bytes();
        let len = match self.form {
            Form::Plain => bytes.len(),
            Form::Data => memchr::memchr2(b'&', b'\r', bytes).unwrap_or(bytes.len()),
            Form::Section => memchr::memchr(b'\r', bytes).unwrap_or(bytes.len()),
            Form::Value => {
                bytes.iter().position(|b| matches!(b, b'&' | b'\r' | b'\n' | b'\t')).unwrap_or(bytes.len())
            }
        };
        if len > 0 {
            let (run, rest) = self.rest.split_at(len);
            self.rest = rest;
            return Some(Run::Plain(run));
        }
        let (c, len) = match bytes.first()? {
            // The checker has let no other reference through.
            b'&' => reference(bytes).unwrap_or((char::REPLACEMENT_CHARACTER, 1)),
            b'\r' if bytes.get(1) == Some(&b'\n') => ('\n', 2),
            _ => ('\n', 1),
        };
        let c = if c == '\n' && self.form == Form::Value && bytes[0] != b'&' { ' ' } else { c };
        self.rest = &self.rest[len..];
        Some(Run::Char(c))
    }
}

/// Reads the reference at the start of `bytes`, an `&`: its character and its length.
///
/// Only the five predefined entities and references to characters that XML allows (XML 1.0 sections 2.2, 4.1, 4.6).
pub(super) fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    let body = &bytes[1..];
    let Some(digits) = body.strip_prefix(b"#") else {
        const ENTITIES: [(&[u8], char); 5] =
            [(b"amp;", '&'), (b"lt;", '<'), (b"gt;", '>'), (b"quot;", '"'), (b"apos;", '\'')];
        return ENTITIES
            .iter()
            .find(|(name, _)| body.starts_with(name))
            .map(|(name, c)| (*c, 1 + name.len()));
    };
    let (digits, radix, before) = match digits.strip_prefix(b"x") {
        Some(digits) => (digits, 16, 3),
        None => (digits, 10, 2),
    };
    let len = digits.iter().position(|b| !(*b as char).is_digit(radix)).filter(|len| *len > 0)?;
    if digits[len] != b';' {
        return None;
    }
    let code = digits[..len].iter().try_fold(0_u32, |code, b| {
        Some(code * radix + (*b as char).to_digit(radix)?).filter(|code| *code <= char::MAX as u32)
    })?;
    let c = char::from_u32(code).filter(|c| is_char(*c))?;
    Some((c, before + len + 1))
}

/// Whether XML 1.0 allows the character (section 2.2, Char).
pub(super) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// The text directly inside an element, in as many pieces as child elements and CDATA sections cut it.
#[derive(Clone)]
pub struct Content<'x>(pub(super) Children<'x>);

impl<'x> Content<'x> {
    /// The text as one slice, when it is in one piece and nothing in it needs unescaping.
    pub fn as_plain(&self) -> Option<&'x str> {
        let mut pieces = self.pieces();
        match (pieces.next(), pieces.next()) {
            (None, _) => Some(""),
            (Some(text), None) => text.as_plain(),
            _ => None,
        }
    }

    /// Whether there is no character in it.
    pub fn is_empty(&self) -> bool {
        self.pieces().next().is_none()
    }

    /// The pieces in their order; none is empty.
    pub fn pieces(&self) -> Pieces<'x> {
        Pieces(self.0.clone())
    }

    /// The characters, unescaped.
    pub fn chars(&self) -> impl Iterator<Item = char> + 'x {
        self.pieces().flat_map(Text::chars)
    }
}

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|text| fmt::Display::fmt(&text, f))
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({self})")
    }
}

impl PartialEq<str> for Content<'_> {
    fn eq(&self, other: &str) -> bool {
        self.pieces().try_fold(other, |text, piece| strip(piece.runs(), text)) == Some("")
    }
}

impl PartialEq<&str> for Content<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// The pieces of a content.
#[derive(Clone, Debug)]
pub struct Pieces<'x>(Children<'x>);

impl<'x> Iterator for Pieces<'x> {
    type Item = Text<'x>;

    fn next(&mut self) -> Option<Text<'x>> {
        self.0.find_map(|child| match child {
            Child::Text(text) => Some(text),
            Child::Element(_) => None,
        })
    }
}
