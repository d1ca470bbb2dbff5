//! The reader: one pass over the text, no recursion, one node of the tape for each value and key.
//!
//! Source: RFC 8259. Nothing of the text is used before all of it was found to be JSON.

use super::error::{Flaw, JsonError};
use super::string::plain_len;
use super::value::{Kind, Node, Value};

/// How deep arrays and objects may be nested.
pub const DEPTH: usize = 32;

/// How many members one object may have; it bounds the search for repeated keys.
pub const MEMBERS: u16 = 1024;

/// Checks that `bytes` are one JSON value and nothing else, and gives a view of it.
///
/// `nodes` takes a node for each value and each key.
pub fn parse<'j>(bytes: &'j [u8], nodes: &'j mut [Node]) -> Result<Value<'j>, JsonError> {
    let fail = |(flaw, at)| JsonError::new(flaw, bytes, at);
    if u32::try_from(bytes.len()).is_err() {
        return Err(fail((Flaw::TooLong, 0)));
    }
    let text = core::str::from_utf8(bytes).map_err(|error| fail((Flaw::Encoding, error.valid_up_to())))?;
    let mut reader = Reader { bytes, at: 0, nodes, used: 0, open: [Open::default(); DEPTH], depth: 0 };
    reader.document().map_err(fail)?;
    let Reader { nodes, used, .. } = reader;
    Ok(Value::root(text, &nodes[..used]))
}

/// A flaw and the offset at which it shows.
type Checked<T = ()> = Result<T, (Flaw, usize)>;

/// An array or object whose end was not yet reached.
#[derive(Clone, Copy, Default)]
struct Open {
    node: usize,
    members: u16,
}

struct Reader<'j> {
    bytes: &'j [u8],
    at: usize,
    nodes: &'j mut [Node],
    used: usize,
    open: [Open; DEPTH],
    depth: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Checked {
        if self.bytes.starts_with("\u{FEFF}".as_bytes()) {
            return Err((Flaw::Mark, 0));
        }
        loop {
            let complete = self.value()?;
            if complete && !self.another()? {
                break;
            }
        }
        if self.at < self.bytes.len() { Err((Flaw::Trailing, self.at)) } else { Ok(()) }
    }

    /// Reads a scalar, an empty array or object, or the opening of one that has content; false for the last.
    fn value(&mut self) -> Checked<bool> {
        self.space();
        match self.peek() {
            Some(b'{') => {
                self.push(Kind::Object)?;
                if self.closes(b'}') {
                    return Ok(true);
                }
                self.key().map(|()| false)
            }
            Some(b'[') => {
                self.push(Kind::Array)?;
                Ok(self.closes(b']'))
            }
            Some(b'"') => self.string().map(|()| true),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| true),
            Some(b't') => self.word("true", Kind::Bool).map(|()| true),
            Some(b'f') => self.word("false", Kind::Bool).map(|()| true),
            Some(b'n') => self.word("null", Kind::Null).map(|()| true),
            _ => Err(self.unexpected(Flaw::Value)),
        }
    }

    /// After a complete value: closes what ends here; true when a further value follows.
    fn another(&mut self) -> Checked<bool> {
        loop {
            self.space();
            let Some(top) = self.depth.checked_sub(1) else { return Ok(false) };
            let object = self.nodes[self.open[top].node].kind == Kind::Object;
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    if object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                Some(b'}') if object => self.pop(),
                Some(b']') if !object => self.pop(),
                _ => return Err(self.unexpected(if object { Flaw::ObjectEnd } else { Flaw::ArrayEnd })),
            }
        }
    }

    fn key(&mut self) -> Checked {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(Flaw::Key));
        }
        let open = &mut self.open[self.depth - 1];
        open.members += 1;
        if open.members > MEMBERS {
            return Err((Flaw::TooManyMembers, self.at));
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected(Flaw::Colon));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Checked {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0..0x20) => return Err((Flaw::Control, self.at)),
                Some(_) => self.at += plain_len(&self.bytes[self.at..]),
                None => return Err((Flaw::Unfinished, self.at)),
            }
        }
        self.node(Node { escaped, ..Node::new(Kind::String, start, self.at) })?;
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Checked {
        let start = self.at;
        match self.bytes.get(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.unit()? {
                0xD800..=0xDBFF => {
                    if !self.bytes[self.at..].starts_with(b"\\u") {
                        return Err((Flaw::Surrogate, start));
                    }
                    if !matches!(self.unit()?, 0xDC00..=0xDFFF) {
                        return Err((Flaw::Surrogate, start));
                    }
                }
                0xDC00..=0xDFFF => return Err((Flaw::Surrogate, start)),
                _ => {}
            },
            Some(_) => return Err((Flaw::Escape, start)),
            None => return Err((Flaw::Unfinished, start + 1)),
        }
        Ok(())
    }

    /// Reads `\u` and four hexadecimal digits.
    fn unit(&mut self) -> Checked<u32> {
        let digits = self.bytes.get(self.at + 2..self.at + 6).ok_or((Flaw::Unfinished, self.bytes.len()))?;
        let mut unit = 0;
        for &digit in digits {
            unit = unit << 4 | (digit as char).to_digit(16).ok_or((Flaw::Escape, self.at))?;
        }
        self.at += 6;
        Ok(unit)
    }

    fn number(&mut self) -> Checked {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if leading_zero && whole > 1 {
            return Err((Flaw::Number, start));
        }
        if whole == 0 {
            return Err(self.unexpected(Flaw::Number));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected(Flaw::Number));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(self.unexpected(Flaw::Number));
            }
        }
        self.node(Node::new(Kind::Number, start, self.at))
    }

    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn word(&mut self, word: &str, kind: Kind) -> Checked {
        let start = self.at;
        if !self.bytes[start..].starts_with(word.as_bytes()) {
            return Err((Flaw::Value, start));
        }
        self.at += word.len();
        self.node(Node::new(kind, start, self.at))
    }

    /// Opens an array or object.
    fn push(&mut self, kind: Kind) -> Checked {
        let open = self.open.get_mut(self.depth).ok_or((Flaw::TooDeep, self.at))?;
        *open = Open { node: self.used, members: 0 };
        self.depth += 1;
        self.node(Node::new(kind, self.at, self.at))?;
        self.at += 1;
        Ok(())
    }

    /// Closes the innermost array or object at its last character.
    fn pop(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let node = &mut self.nodes[self.open[self.depth].node];
        node.end = self.at as u32;
        node.next = self.used as u32;
    }

    /// Closes what was just opened if nothing is in it.
    fn closes(&mut self, end: u8) -> bool {
        self.space();
        let empty = self.peek() == Some(end);
        if empty {
            self.pop();
        }
        empty
    }

    fn node(&mut self, node: Node) -> Checked {
        let place = self.nodes.get_mut(self.used).ok_or((Flaw::TooManyNodes, node.start as usize))?;
        self.used += 1;
        *place = Node { next: self.used as u32, ..node };
        Ok(())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The flaw, or that the text ends where more is needed.
    fn unexpected(&self, flaw: Flaw) -> (Flaw, usize) {
        (if self.at < self.bytes.len() { flaw } else { Flaw::Unfinished }, self.at)
    }
}

impl Node {
    fn new(kind: Kind, start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32, next: 0, kind, escaped: false }
    }
}
