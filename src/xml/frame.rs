//! The framer: cuts the bytes of a component's stream into the stream's opening, stanzas, white space and its end.
//!
//! It looks at each byte once, however the bytes arrive, and keeps a few words of state. It refuses what XMPP forbids
//! anywhere (comment, processing instruction, document type) at the third byte; whether a stanza is well-formed is the
//! checker's question. A stanza that outgrows its buffer can be skipped: its start tag is there to be answered, the
//! rest is counted away, the stream goes on. Source: RFC 6120 sections 4.2, 4.6.1, 11.1; XEP-0114.

use core::fmt;

use memchr::{memchr, memchr3};

use crate::word::{Marks, Word};

/// What the bytes begin with. The lengths count from the start of the bytes, which are to be consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Nothing whole; call again with the same bytes and more behind them.
    Incomplete,
    /// The XML declaration, if there is one, and the start tag of the stream.
    StreamOpen(usize),
    /// One stanza, or another element directly in the stream, from `<` to `>`.
    Stanza(usize),
    /// The closing tag of the stream.
    StreamClose(usize),
    /// White space between stanzas: a sign of life.
    Space(usize),
    /// Part of a stanza that is being skipped; [`Framer::is_skipping`] tells whether more of it is to come.
    Skipped(usize),
}

macro_rules! broken {
    ($($name:ident $condition:literal $text:literal;)*) => {
        /// Why a stream cannot be read any further.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Broken {
            $(#[doc = $text] $name,)*
        }

        impl Broken {
            /// The stream error condition (RFC 6120 section 4.9.3) for the peer.
            pub const fn condition(self) -> &'static str {
                match self { $(Self::$name => $condition,)* }
            }
        }

        impl fmt::Display for Broken {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }
    };
}

broken! {
    Comment "restricted-xml" "a comment in the stream";
    Instruction "restricted-xml" "a processing instruction in the stream";
    Doctype "restricted-xml" "a document type declaration in the stream";
    Text "bad-format" "text between stanzas";
    Syntax "not-well-formed" "not XML";
    Ended "bad-format" "something after the end of the stream";
    TooDeep "policy-violation" "more elements inside each other than can be counted";
    TooLarge "policy-violation" "the opening or the end of the stream is larger than the buffer";
}

impl core::error::Error for Broken {}

/// Cuts one stream; a new stream needs a new framer.
#[derive(Clone, Debug)]
pub struct Framer {
    state: State,
    /// Elements open inside the stream. Only counted: how deep a stanza may be is the checker's to say, without
    /// ending the stream.
    depth: u32,
    /// Bytes of the present piece that were looked at.
    seen: usize,
    /// The length of the start tag of the present stanza once it is whole.
    start_tag: usize,
    /// Whether the stream is open.
    opened: bool,
    skipping: bool,
    /// The last byte looked at by an earlier call, for a `/>` that was cut.
    last: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between tags.
    Text,
    /// Behind a `<`.
    Less,
    /// Behind `<!`.
    Bang,
    /// Behind `<![` and so many further bytes of `CDATA[`.
    SectionStart(u8),
    /// In a CDATA section, behind so many `]`.
    Section(u8),
    /// In the XML declaration.
    Declaration,
    StartTag,
    /// In an attribute value with these quotes.
    Quoted(u8),
    EndTag,
    /// Behind the end of the stream.
    Ended,
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl Framer {
    /// Nothing received yet.
    pub const fn new() -> Self {
        Self { state: State::Text, depth: 0, seen: 0, start_tag: 0, opened: false, skipping: false, last: 0 }
    }

    /// For what follows on the opening of a stream that somebody else has read, or that is our own.
    pub const fn opened() -> Self {
        Self { opened: true, ..Self::new() }
    }

    /// What `bytes` begins with.
    ///
    /// `bytes` starts where the last piece ended, so after [`Piece::Incomplete`] at the same byte as before.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Piece, Broken> {
        let mut at = self.seen;
        while at < bytes.len() {
            let rest = &bytes[at..];
            match self.state {
                State::Text if self.depth > 0 => match find([b'<'], rest) {
                    Some(n) => {
                        self.state = State::Less;
                        at += n + 1;
                    }
                    None => at = bytes.len(),
                },
                State::Text => {
                    let space = rest.iter().position(|b| !is_space(*b)).unwrap_or(rest.len());
                    if space > 0 && self.opened {
                        return Ok(Piece::Space(space));
                    }
                    at += space;
                    match bytes.get(at) {
                        Some(b'<') => {
                            self.state = State::Less;
                            at += 1;
                        }
                        Some(_) => return Err(Broken::Text),
                        None => (),
                    }
                }
                State::Less => {
                    self.state = match rest[0] {
                        b'/' => State::EndTag,
                        b'!' => State::Bang,
                        // The declaration is the first thing in a stream or not there.
                        b'?' if !self.opened && at == 1 => State::Declaration,
                        b'?' => return Err(Broken::Instruction),
                        b'>' | b'<' => return Err(Broken::Syntax),
                        _ => State::StartTag,
                    };
                    at += 1;
                    if self.state == State::StartTag
                        && let Some(n) = plain_tag(&bytes[at..])
                    {
                        at += n;
                        self.state = State::Text;
                        let empty = self.before(bytes, at) == b'/';
                        if let Some(piece) = self.tag_ended(at, empty)? {
                            return Ok(piece);
                        }
                    }
                }
                State::Bang => {
                    self.state = match rest[0] {
                        b'[' if self.depth > 0 => State::SectionStart(0),
                        b'[' => return Err(Broken::Text),
                        b'-' => return Err(Broken::Comment),
                        b'D' => return Err(Broken::Doctype),
                        _ => return Err(Broken::Syntax),
                    };
                    at += 1;
                }
                State::SectionStart(n) => {
                    const START: &[u8] = b"CDATA[";
                    if rest[0] != START[n as usize] {
                        return Err(Broken::Syntax);
                    }
                    self.state = if n as usize + 1 == START.len() {
                        State::Section(0)
                    } else {
                        State::SectionStart(n + 1)
                    };
                    at += 1;
                }
                State::Section(0) => match memchr(b']', rest) {
                    Some(n) => {
                        self.state = State::Section(1);
                        at += n + 1;
                    }
                    None => at = bytes.len(),
                },
                State::Section(n) => {
                    self.state = match rest[0] {
                        b']' => State::Section(2),
                        b'>' if n == 2 => State::Text,
                        _ => State::Section(0),
                    };
                    at += 1;
                }
                State::Declaration => match memchr(b'>', rest) {
                    Some(n) => {
                        at += n + 1;
                        if self.before(bytes, at) != b'?' {
                            return Err(Broken::Syntax);
                        }
                        self.state = State::Text;
                    }
                    None => at = bytes.len(),
                },
                State::StartTag => match find([b'>', b'"', b'\''], rest) {
                    Some(n) => {
                        at += n + 1;
                        match bytes[at - 1] {
                            b'>' => {
                                self.state = State::Text;
                                let empty = self.before(bytes, at) == b'/';
                                if let Some(piece) = self.tag_ended(at, empty)? {
                                    return Ok(piece);
                                }
                            }
                            quote => self.state = State::Quoted(quote),
                        }
                    }
                    None => at = bytes.len(),
                },
                State::Quoted(quote) => match find([quote], rest) {
                    Some(n) => {
                        self.state = State::StartTag;
                        at += n + 1;
                    }
                    None => at = bytes.len(),
                },
                State::EndTag => match find([b'>'], rest) {
                    Some(n) => {
                        at += n + 1;
                        self.state = State::Text;
                        if self.depth == 0 {
                            if !self.opened {
                                return Err(Broken::Syntax);
                            }
                            self.state = State::Ended;
                            self.seen = 0;
                            return Ok(Piece::StreamClose(at));
                        }
                        self.depth -= 1;
                        if self.depth == 0 {
                            return Ok(self.whole(at));
                        }
                    }
                    None => at = bytes.len(),
                },
                State::Ended => return Err(Broken::Ended),
            }
        }
        self.last = bytes.last().copied().unwrap_or(self.last);
        if self.skipping {
            self.seen = 0;
            return Ok(if bytes.is_empty() { Piece::Incomplete } else { Piece::Skipped(bytes.len()) });
        }
        self.seen = bytes.len();
        Ok(Piece::Incomplete)
    }

    /// The length of the start tag of the stanza that is not yet complete, once the tag is.
    pub const fn start_tag(&self) -> Option<usize> {
        if self.start_tag > 0 && !self.skipping { Some(self.start_tag) } else { None }
    }

    /// Gives up keeping the stanza that [`Framer::next`] just called incomplete. All bytes given to it are to be
    /// consumed now; from here on the stanza comes as [`Piece::Skipped`].
    ///
    /// Refused where the stream would be lost with the bytes: in its opening and in its closing tag.
    pub fn skip(&mut self) -> Result<(), Broken> {
        let in_stanza = self.depth > 0 || matches!(self.state, State::StartTag | State::Quoted(_));
        if !self.opened || !in_stanza {
            return Err(Broken::TooLarge);
        }
        self.skipping = true;
        self.seen = 0;
        Ok(())
    }

    /// Whether a stanza is being skipped whose end has not come.
    pub const fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// The byte before the last one of `bytes[..at]`.
    fn before(&self, bytes: &[u8], at: usize) -> u8 {
        if at > 1 { bytes[at - 2] } else { self.last }
    }

    fn tag_ended(&mut self, at: usize, empty: bool) -> Result<Option<Piece>, Broken> {
        if !self.opened {
            self.opened = true;
            self.seen = 0;
            if empty {
                self.state = State::Ended;
            }
            return Ok(Some(Piece::StreamOpen(at)));
        }
        if self.depth == 0 {
            if empty {
                return Ok(Some(self.whole(at)));
            }
            self.start_tag = at;
        }
        if !empty {
            self.depth = self.depth.checked_add(1).ok_or(Broken::TooDeep)?;
        }
        Ok(None)
    }

    fn whole(&mut self, n: usize) -> Piece {
        self.seen = 0;
        self.start_tag = 0;
        if core::mem::take(&mut self.skipping) { Piece::Skipped(n) } else { Piece::Stanza(n) }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The length up to the `>` of a start tag, if that is there and all quotes before it are single: as many open as close.
fn plain_tag(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut quotes) = (0, Marks::NONE);
    while let Some(word) = bytes[at..].first_chunk() {
        let word = Word::new(*word);
        let (end, single, double) = (word.equal(b'>'), word.every(b'\''), word.equal(b'"'));
        if let Some(n) = end.first() {
            let is_plain = (quotes ^ single.before(end)).are_even() && double.before(end).are_none();
            return is_plain.then_some(at + n + 1);
        }
        if !double.are_none() {
            return None;
        }
        quotes = quotes ^ single;
        at += 8;
    }
    None
}

/// The first of these bytes. Tags are short, so the next few bytes are looked at here, eight at a time, and only what is
/// farther is left to `memchr`, whose call costs more than that.
#[inline]
fn find<const N: usize>(marks: [u8; N], bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < 24
        && let Some(bytes) = bytes[at..].first_chunk()
    {
        let word = Word::new(*bytes);
        if let Some(n) = marks.iter().fold(Marks::NONE, |found, mark| found | word.equal(*mark)).first() {
            return Some(at + n);
        }
        at += 8;
    }
    let far = &bytes[at..];
    let found = match marks[..] {
        [one] => memchr(one, far),
        [one, two, three] => memchr3(one, two, three, far),
        _ => far.iter().position(|b| marks.contains(b)),
    };
    found.map(|n| at + n)
}
