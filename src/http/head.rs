//! Heads: finding the end of one without looking at a byte twice, and the fields in it.
//!
//! A head is taken apart once, by httparse; what stays are the places of its pieces. Nobody else reads it again, so
//! there are no two opinions about it. Requests need CR LF at every line; replies may use LF alone (RFC 9112
//! section 2.2), since nobody but us reads them.

use heapless::Vec;

/// The most fields that a head may have.
pub const FIELDS: usize = 32;

/// Where a piece of a head lies, from the start of the buffer's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u16,
    len: u16,
}

impl Span {
    /// Where `piece`, which lies within `whole`, lies.
    pub(super) fn of(piece: &[u8], whole: &[u8]) -> Self {
        let start = (piece.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        debug_assert!(piece.is_empty() || start + piece.len() <= whole.len());
        Self { start: start as u16, len: piece.len() as u16 }
    }

    /// The bytes there.
    pub(super) fn bytes(self, whole: &[u8]) -> &[u8] {
        let start = self.start as usize;
        whole.get(start..start + self.len as usize).unwrap_or_default()
    }

    /// The text there; only for pieces that were checked to be ASCII.
    pub(super) fn text(self, whole: &[u8]) -> &str {
        core::str::from_utf8(self.bytes(whole)).unwrap_or_default()
    }
}

/// Why the end of a head cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// CR without LF, or LF without CR where that is needed.
    LineEnd,
    /// A control character other than tab.
    Control,
    /// The limit was reached within the first line.
    FirstLineTooLong,
    /// The limit was reached.
    TooLong,
}

/// How far the search for the end of a head came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Whether LF alone ends no line.
    strict: bool,
    at: usize,
    line: usize,
    cr: bool,
}

impl Scan {
    pub(super) fn new(strict: bool) -> Self {
        Self { strict, at: 0, line: 0, cr: false }
    }

    /// Looks at the bytes that came since; gives the length of the head once its empty line is there.
    pub(super) fn advance(&mut self, bytes: &[u8], limit: usize) -> Result<Option<usize>, Unfit> {
        let end = bytes.len().min(limit);
        while self.at < end {
            let byte = bytes[self.at];
            let cr = core::mem::replace(&mut self.cr, byte == b'\r');
            match byte {
                b'\n' if cr || !self.strict => {
                    let empty = self.at - usize::from(cr) == self.line;
                    self.at += 1;
                    self.line = self.at;
                    if empty {
                        return Ok(Some(self.at));
                    }
                    continue;
                }
                b'\n' => return Err(Unfit::LineEnd),
                _ if cr => return Err(Unfit::LineEnd),
                b'\r' | b'\t' => {}
                0..=0x1F | 0x7F => return Err(Unfit::Control),
                _ => {}
            }
            self.at += 1;
        }
        match () {
            () if bytes.len() < limit => Ok(None),
            () if self.line == 0 => Err(Unfit::FirstLineTooLong),
            () => Err(Unfit::TooLong),
        }
    }
}

/// The places of the fields of one head.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<(Span, Span), FIELDS>);

impl Places {
    pub(super) fn of(headers: &[httparse::Header<'_>], whole: &[u8]) -> Self {
        Self(
            headers
                .iter()
                .take(FIELDS)
                .map(|header| (Span::of(header.name.as_bytes(), whole), Span::of(header.value, whole)))
                .collect(),
        )
    }

    pub(super) fn fields<'a>(&'a self, whole: &'a [u8]) -> Fields<'a> {
        Fields { places: &self.0, whole }
    }

    /// A folded value becomes one line (RFC 9112 section 5.2).
    pub(super) fn unfold(&self, whole: &mut [u8]) {
        for (_, value) in &self.0 {
            let start = value.start as usize;
            for byte in whole.get_mut(start..start + value.len as usize).unwrap_or_default() {
                if matches!(byte, b'\r' | b'\n') {
                    *byte = b' ';
                }
            }
        }
    }
}

/// The header fields of a message, in order; names are compared without case.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    places: &'a [(Span, Span)],
    whole: &'a [u8],
}

/// A field that may stand once stands more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

impl<'a> Fields<'a> {
    /// Names and values; white space around a value is gone, and it may hold bytes that are not UTF-8.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.places.iter().map(move |(name, value)| (name.text(self.whole), value.bytes(self.whole)))
    }

    /// The values of all fields of that name; together they are one list (RFC 9110 section 5.3).
    pub fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.places
            .iter()
            .filter(move |(place, _)| place.bytes(self.whole).eq_ignore_ascii_case(name.as_bytes()))
            .map(move |(_, value)| value.bytes(self.whole))
    }

    /// The value of a field that is no list.
    pub fn sole(self, name: &str) -> Result<Option<&'a [u8]>, Repeated> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() { Err(Repeated) } else { Ok(first) }
    }

    /// Whether the list of that name has this member, compared without case.
    pub fn lists(self, name: &str, member: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|item| item.trim_ascii().eq_ignore_ascii_case(member.as_bytes()))
    }
}
