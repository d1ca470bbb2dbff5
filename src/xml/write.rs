//! The writer: the only place where XML is made.
//!
//! It writes into a lent slice and escapes everything; element names, attribute names and namespaces are checked as
//! well, for they may come from a caller's JSON. The first error sticks: later calls do nothing and
//! [`Writer::finish`] gives it, so that a mapping can write on without looking. What it wrote parses again: as a
//! document if it is one element, and what [`Writer::content`] wrote inside an element of the stanza namespace.

use core::fmt;

use super::text::{Form, Text};
use super::{ATTRIBUTES, CLIENT, COMPONENT, DEPTH, STANZA, STREAM, WriteError, XML, XMLNS, is_ncname};

/// Writes elements, attributes and text.
#[derive(Debug)]
pub struct Writer<'b> {
    out: &'b mut [u8],
    len: usize,
    open: [Open; DEPTH],
    depth: usize,
    /// How many may be open.
    deepest: usize,
    /// The last start tag still lacks its `>`.
    in_tag: bool,
    /// Where the names of its attributes stand in the output.
    attributes: [u32; ATTRIBUTES],
    /// How many it has.
    attributed: usize,
    error: Option<WriteError>,
}

/// An element without its closing tag.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    /// Where its name stands in the output.
    name: u32,
    /// Where the name of its namespace stands in the output; 0 is the stanza namespace.
    ns: u32,
}

impl<'b> Writer<'b> {
    /// For a document, or what is outside of any.
    pub fn new(out: &'b mut [u8]) -> Self {
        let open = [Open::default(); DEPTH];
        let attributes = [0; ATTRIBUTES];
        Self {
            out,
            len: 0,
            open,
            depth: 0,
            deepest: DEPTH,
            in_tag: false,
            attributes,
            attributed: 0,
            error: None,
        }
    }

    /// For what [`Writer::written`] will put into an element: it may be one less deep.
    pub fn content(out: &'b mut [u8]) -> Self {
        Self { deepest: DEPTH - 1, ..Self::new(out) }
    }

    /// Opens an element. Its namespace is declared if it is not the one around it.
    pub fn start(&mut self, name: &str, ns: &str) -> &mut Self {
        self.attempt(|w| if is_ncname(name) { w.open(name, Text::plain(ns)) } else { Err(WriteError::Name) })
    }

    /// An attribute of the element just opened: a name without prefix, or with the prefix `xml`.
    pub fn attr(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        self.attempt(|w| {
            w.note_attr(name)?;
            w.put_name("", name)?;
            w.put_display(value, Mode::Value)?;
            w.put(b"'")
        })
    }

    /// The same, of a text that is at hand.
    pub fn attr_plain(&mut self, name: &str, value: &str) -> &mut Self {
        self.attempt(|w| {
            w.note_attr(name)?;
            w.put_name("", name)?;
            w.put_escaped(value, Mode::Value)?;
            w.put(b"'")
        })
    }

    /// The attribute if there is a value.
    pub fn attr_opt(&mut self, name: &str, value: Option<impl fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Text. An empty one leaves no trace.
    pub fn text(&mut self, value: impl fmt::Display) -> &mut Self {
        self.attempt(|w| {
            let (len, in_tag) = (w.len, w.in_tag);
            w.close_tag()?;
            let start = w.len;
            w.put_display(value, Mode::Data)?;
            if w.len == start {
                (w.len, w.in_tag) = (len, in_tag);
            }
            Ok(())
        })
    }

    /// The same, of a text that is at hand.
    pub fn text_plain(&mut self, text: &str) -> &mut Self {
        self.attempt(|w| {
            if text.is_empty() {
                return Ok(());
            }
            w.close_tag()?;
            w.put_escaped(text, Mode::Data)
        })
    }

    /// Closes the element that was opened last and is still open.
    pub fn end(&mut self) -> &mut Self {
        self.attempt(Self::put_end)
    }

    /// An element with nothing in it but text.
    pub fn element(&mut self, name: &str, ns: &str, text: impl fmt::Display) -> &mut Self {
        self.start(name, ns).text(text).end()
    }

    /// What [`Writer::content`] made, as it is; only inside the stanza namespace, for which it was written.
    pub fn written(&mut self, content: &str) -> &mut Self {
        self.attempt(|w| {
            if w.ns_at() != 0 {
                return Err(WriteError::Namespace);
            }
            if content.is_empty() {
                return Ok(());
            }
            w.close_tag()?;
            w.put(content.as_bytes())
        })
    }

    /// The opening of a component's stream (XEP-0114 section 3); only as the first thing. It stays open.
    pub fn stream_open(&mut self, to: impl fmt::Display) -> &mut Self {
        self.attempt(|w| {
            if w.len > 0 {
                return Err(WriteError::Order);
            }
            w.put(b"<?xml version='1.0'?><stream:stream xmlns='")?;
            w.put(COMPONENT.as_bytes())?;
            w.put(b"' xmlns:stream='")?;
            w.put(STREAM.as_bytes())?;
            w.put(b"' to='")?;
            w.put_display(to, Mode::Value)?;
            w.put(b"'>")
        })
    }

    /// How many bytes were written, or the first error.
    pub fn finish(self) -> Result<usize, WriteError> {
        match (self.error, self.depth) {
            (Some(error), _) => Err(error),
            (None, 0) => Ok(self.len),
            (None, _) => Err(WriteError::Order),
        }
    }

    /// How many elements are open.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The first error so far.
    pub const fn error(&self) -> Option<WriteError> {
        self.error
    }

    pub(super) fn attempt(&mut self, write: impl FnOnce(&mut Self) -> Result<(), WriteError>) -> &mut Self {
        if self.error.is_none() {
            self.error = write(self).err();
        }
        self
    }

    pub(super) fn open(&mut self, name: &str, ns: Text<'_>) -> Result<(), WriteError> {
        if self.depth == self.deepest {
            return Err(WriteError::Depth);
        }
        self.close_tag()?;
        self.put(b"<")?;
        let mut open = Open { name: self.len as u32, ns: self.ns_at() };
        self.put(name.as_bytes())?;
        if !self.is_ns(open.ns, ns) {
            self.put(b" xmlns='")?;
            if is_stanza(ns) {
                open.ns = 0;
                self.put(CLIENT.as_bytes())?;
            } else if ns == XML || ns == XMLNS {
                return Err(WriteError::Namespace);
            } else {
                open.ns = self.len as u32;
                self.put_text(ns, Mode::Value)?;
            }
            self.put(b"'")?;
        }
        self.open[self.depth] = open;
        self.depth += 1;
        self.in_tag = true;
        self.attributed = 0;
        Ok(())
    }

    /// An attribute of a checked element.
    pub(super) fn put_attr(&mut self, prefix: &str, name: &str, value: Text<'_>) -> Result<(), WriteError> {
        self.put_name(prefix, name)?;
        self.put_text(value, Mode::Value)?;
        self.put(b"'")
    }

    /// Text of a checked element.
    pub(super) fn put_data(&mut self, text: Text<'_>) -> Result<(), WriteError> {
        self.close_tag()?;
        self.put_text(text, Mode::Data)
    }

    pub(super) fn put_end(&mut self) -> Result<(), WriteError> {
        self.depth = self.depth.checked_sub(1).ok_or(WriteError::Order)?;
        if self.in_tag {
            self.in_tag = false;
            return self.put(b"/>");
        }
        let start = self.open[self.depth].name as usize;
        let len = self.out[start..self.len].iter().position(|b| matches!(b, b' ' | b'>')).unwrap_or(0);
        self.put(b"</")?;
        if self.out.len() - self.len < len {
            return Err(WriteError::Full);
        }
        self.out.copy_within(start..start + len, self.len);
        self.len += len;
        self.put(b">")
    }

    /// Takes note of another attribute of the tag being written, which is about to be put.
    fn note_attr(&mut self, name: &str) -> Result<(), WriteError> {
        if name == "xmlns" || !is_ncname(name.strip_prefix("xml:").unwrap_or(name)) {
            return Err(WriteError::Name);
        }
        if !self.in_tag {
            return Err(WriteError::Order);
        }
        let is_same = |start: &u32| {
            let rest = self.out[*start as usize..self.len].strip_prefix(name.as_bytes());
            rest.is_some_and(|rest| rest.first() == Some(&b'='))
        };
        if self.attributes[..self.attributed].iter().any(is_same) {
            return Err(WriteError::Duplicate);
        }
        // Behind the space.
        *self.attributes.get_mut(self.attributed).ok_or(WriteError::Attributes)? = self.len as u32 + 1;
        self.attributed += 1;
        Ok(())
    }

    /// Where the namespace in force stands in the output; 0 is the stanza namespace.
    fn ns_at(&self) -> u32 {
        self.depth.checked_sub(1).map_or(0, |top| self.open[top].ns)
    }

    fn is_ns(&self, at: u32, ns: Text<'_>) -> bool {
        if at == 0 {
            return is_stanza(ns);
        }
        let written = &self.out[at as usize..self.len];
        if let Some(ns) = ns.as_plain().filter(|ns| ns.bytes().all(|b| !Mode::Value.is_special(b))) {
            return written.strip_prefix(ns.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'\''));
        }
        let value = written.split(|b| *b == b'\'').next().unwrap_or_default();
        core::str::from_utf8(value).is_ok_and(|value| ns == Text::new(value, Form::Value))
    }

    fn close_tag(&mut self) -> Result<(), WriteError> {
        if self.in_tag {
            self.in_tag = false;
            self.put(b">")?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end).ok_or(WriteError::Full)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// ` prefix:name='`, the prefix if there is one.
    fn put_name(&mut self, prefix: &str, name: &str) -> Result<(), WriteError> {
        self.put(b" ")?;
        if !prefix.is_empty() {
            self.put(prefix.as_bytes())?;
            self.put(b":")?;
        }
        self.put(name.as_bytes())?;
        self.put(b"='")
    }

    fn put_display(&mut self, value: impl fmt::Display, mode: Mode) -> Result<(), WriteError> {
        let mut escape = Escape { writer: self, mode, error: WriteError::Value };
        fmt::write(&mut escape, format_args!("{value}")).map_err(|_| escape.error)
    }

    fn put_text(&mut self, text: Text<'_>, mode: Mode) -> Result<(), WriteError> {
        match text.as_plain() {
            Some(text) => self.put_escaped(text, mode),
            None => self.put_display(text, mode),
        }
    }

    fn put_escaped(&mut self, text: &str, mode: Mode) -> Result<(), WriteError> {
        let bytes = text.as_bytes();
        let mut done = 0;
        while let Some(run) = bytes[done..].iter().position(|b| mode.is_special(*b)) {
            let at = done + run;
            self.put(&bytes[done..at])?;
            self.put(match &bytes[at..] {
                [b'&', ..] => b"&amp;",
                [b'<', ..] => b"&lt;",
                [b'>', ..] => b"&gt;",
                [b'\'', ..] => b"&apos;",
                [b'\t', ..] => b"&#9;",
                [b'\n', ..] => b"&#10;",
                [b'\r', ..] => b"&#13;",
                // Only U+FFFE and U+FFFF of those that begin so are forbidden.
                [0xef, 0xbf, 0xbe | 0xbf, ..] | [..0x20, ..] => {
                    return Err(WriteError::Forbidden(text[at..].chars().next().unwrap_or_default()));
                }
                other => &other[..1],
            })?;
            done = at + 1;
        }
        self.put(&bytes[done..])
    }
}

fn is_stanza(ns: Text<'_>) -> bool {
    ns == STANZA || ns == CLIENT
}

/// Where a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Between tags.
    Data = 1,
    /// In an attribute, where white space would be normalised.
    Value = 2,
}

impl Mode {
    /// Whether the byte is not always written as it is.
    const fn is_special(self, byte: u8) -> bool {
        SPECIAL[byte as usize] & self as u8 != 0
    }
}

/// For each byte the modes in which it is special, as bits.
static SPECIAL: [u8; 256] = {
    let mut special = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        special[byte] = match byte as u8 {
            b'\t' | b'\n' | b'\'' => Mode::Value as u8,
            ..0x20 | b'&' | b'<' | b'>' | 0xef => Mode::Data as u8 | Mode::Value as u8,
            _ => 0,
        };
        byte += 1;
    }
    special
};

/// Escapes what a value displays.
struct Escape<'w, 'b> {
    writer: &'w mut Writer<'b>,
    mode: Mode,
    error: WriteError,
}

impl fmt::Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.writer.put_escaped(text, self.mode).map_err(|error| {
            self.error = error;
            fmt::Error
        })
    }
}
