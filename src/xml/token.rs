//! Cutting XML into tokens: xmlparser, and a short way through the tags that nearly all are.
//!
//! A *plain* tag has ASCII names, a space before each attribute and nothing around the `=`. It is cut here, in one
//! look at each byte. At the first thing that is not plain the tag goes to xmlparser, from its start, which is also
//! the judge of everything that is wrong. Both ways give the same tokens; a test holds them to it.

use core::ops::Range;

use xmlparser::{ElementEnd, Error, StrSpan, StreamError, Token, Tokenizer};

use super::text::{Form, reference};
use super::{Why, XmlError};
use crate::word::{Marks, Word};

/// A name as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Where it begins.
    pub(super) start: usize,
    /// Where the part behind the prefix begins: at the start if there is no prefix.
    pub(super) local: usize,
    /// Where it ends.
    pub(super) end: usize,
}

impl Name {
    pub(super) fn prefix(self, text: &str) -> &str {
        if self.local > self.start { &text[self.start..self.local - 1] } else { "" }
    }

    pub(super) fn local(self, text: &str) -> &str {
        &text[self.local..self.end]
    }
}

/// What comes after the name in a start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An attribute or a namespace declaration; the references in its value were checked.
    Attribute { name: Name, value: Range<usize>, form: Form },
    End {
        /// Whether it was `/>`.
        empty: bool,
        /// Where the tag ends.
        at: usize,
    },
}

/// A start tag that is being cut.
pub(super) struct StartTag<'x> {
    text: &'x str,
    start: usize,
    at: usize,
    /// How many tokens were given, so many has xmlparser to skip.
    given: usize,
    tokens: Option<Tokenizer<'x>>,
}

impl<'x> StartTag<'x> {
    /// The tag whose `<` is at `start`.
    pub(super) const fn new(text: &'x str, start: usize) -> Self {
        Self { text, start, at: start, given: 0, tokens: None }
    }

    /// The name; to be called first.
    pub(super) fn name(&mut self) -> Result<Name, XmlError> {
        if let Some(name) = plain_name(self.text.as_bytes(), self.start + 1) {
            self.given = 1;
            self.at = name.end;
            return Ok(name);
        }
        match self.token()? {
            Token::ElementStart { prefix, local, .. } => self.named(prefix, local, self.start + 1),
            _ => Err(fail(Why::Syntax, self.start)),
        }
    }

    /// The next part, until the end of the tag was given.
    pub(super) fn next(&mut self) -> Result<Part, XmlError> {
        if self.tokens.is_none()
            && let Some((part, at)) = plain_part(self.text.as_bytes(), self.at)
        {
            self.given += 1;
            self.at = at;
            return Ok(part);
        }
        match self.token()? {
            Token::Attribute { prefix, local, value, span } => {
                let name = self.named(prefix, local, span.start())?;
                let form = value_form(value)?;
                self.at = span.end();
                Ok(Part::Attribute { name, value: value.range(), form })
            }
            token => {
                let empty = matches!(token, Token::ElementEnd { end: ElementEnd::Empty, .. });
                Ok(Part::End { empty, at: token.span().end() })
            }
        }
    }

    fn token(&mut self) -> Result<Token<'x>, XmlError> {
        let tokens = self.tokens.get_or_insert_with(|| {
            let mut tokens = Tokenizer::from_fragment(self.text, self.start..self.text.len());
            (0..self.given).for_each(|_| _ = tokens.next());
            tokens
        });
        match tokens.next() {
            Some(Ok(token)) => Ok(token),
            Some(Err(error)) => Err(explain(&error, self.at)),
            None => Err(fail(Why::Unclosed, self.text.len())),
        }
    }

    fn named(&mut self, prefix: StrSpan<'_>, local: StrSpan<'_>, start: usize) -> Result<Name, XmlError> {
        // xmlparser takes `:name` for a name without a prefix.
        if prefix.is_empty() && local.start() != start {
            return Err(fail(Why::Name, start));
        }
        self.at = local.end();
        Ok(Name { start, local: local.start(), end: local.end() })
    }
}

/// Cuts an end tag whose `</` is at `start`: where its name and where it ends.
pub(super) fn end_tag(text: &str, start: usize) -> Result<(usize, usize), XmlError> {
    match Tokenizer::from_fragment(text, start..text.len()).next() {
        Some(Ok(Token::ElementEnd { end: ElementEnd::Close(_, local), span })) => {
            Ok((local.end(), span.end()))
        }
        Some(Err(error)) => Err(explain(&error, start)),
        _ => Err(fail(Why::Unclosed, start)),
    }
}

/// Cuts what begins with a `<!` at `start` and has to be a CDATA section: its text and where it ends.
pub(super) fn section(text: &str, start: usize) -> Result<(Range<usize>, usize), XmlError> {
    let why = match Tokenizer::from_fragment(text, start..text.len()).next() {
        Some(Ok(Token::Cdata { text, span })) => return Ok((text.range(), span.end())),
        _ if text[start..].starts_with("<!--") => Why::Comment,
        _ if text[start..].starts_with("<!D") => Why::Doctype,
        Some(Err(error)) => return Err(explain(&error, start)),
        _ => Why::Syntax,
    };
    Err(fail(why, start))
}

/// Cuts character data: where it ends, which is the next `<` or the end of the text, and how it is read.
pub(super) fn character_data(text: &str, start: usize) -> Result<(usize, Form), XmlError> {
    let bytes = text.as_bytes();
    let mut form = Form::Plain;
    let mut at = start;
    loop {
        at += plain_len(&bytes[at..], text_marks, IN_TEXT);
        match bytes.get(at) {
            None | Some(b'<') => return Ok((at, form)),
            Some(b'&') => {
                form = Form::Data;
                at += reference(&bytes[at..]).ok_or(fail(Why::Reference, at))?.1;
            }
            Some(b'\r') => {
                form = Form::Data;
                at += 1;
            }
            Some(b']') if bytes[at..].starts_with(b"]]>") => return Err(fail(Why::SectionEnd, at)),
            // U+FFFE and U+FFFF.
            Some(0xef) if matches!(bytes[at + 1..], [0xbf, 0xbe | 0xbf, ..]) => {
                return Err(fail(Why::Character, at));
            }
            Some(b']' | 0xef) => at += 1,
            Some(_) => return Err(fail(Why::Character, at)),
        }
    }
}

/// How many bytes come before the first one of that class. `marks` gives the first byte that may be one, in eight.
#[inline]
fn plain_len(bytes: &[u8], marks: impl Fn(Word) -> Marks, class: u8) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        match marks(Word::new(*word)).first() {
            None => at += word.len(),
            Some(n) => {
                at += n;
                break;
            }
        }
    }
    let rest = &bytes[at..];
    at + rest.iter().position(|b| CLASS[*b as usize] & class != 0).unwrap_or(rest.len())
}

/// What of character data may need a closer look: marks, control characters, and everything beyond ASCII.
#[inline]
fn text_marks(word: Word) -> Marks {
    word.below(0x20) | word.foreign() | word.equal(b'<') | word.equal(b'&') | word.equal(b']')
}

/// The same of an attribute value, where spaces and `!`, `#` to `%` are rare.
#[inline]
fn value_marks(word: Word) -> Marks {
    word.below(b'\'' + 1) | word.equal(b'<') | word.foreign()
}

/// The plain name at `at`.
#[inline]
fn plain_name(bytes: &[u8], at: usize) -> Option<Name> {
    let mut name = Name { start: at, local: at, end: at };
    loop {
        if CLASS[*bytes.get(name.end)? as usize] & NAME_START == 0 {
            return None;
        }
        let rest = &bytes[name.end..];
        name.end += rest.iter().position(|b| CLASS[*b as usize] & NO_NAME != 0)?;
        match bytes[name.end] {
            b':' if name.local == name.start => {
                name.end += 1;
                name.local = name.end;
            }
            b':' | 0x80.. => return None,
            _ => return Some(name),
        }
    }
}

/// The plain attribute or end of the tag at `at`, and where it ends.
fn plain_part(bytes: &[u8], at: usize) -> Option<(Part, usize)> {
    let spaces = bytes[at..].iter().position(|b| *b != b' ')?;
    let at = at + spaces;
    match bytes[at..] {
        [b'>', ..] => return Some((Part::End { empty: false, at: at + 1 }, at + 1)),
        [b'/', b'>', ..] => return Some((Part::End { empty: true, at: at + 2 }, at + 2)),
        _ if spaces == 0 => return None,
        _ => (),
    }
    let name = plain_name(bytes, at)?;
    let [b'=', quote @ (b'\'' | b'"'), ..] = bytes[name.end..] else {
        return None;
    };
    let start = name.end + 2;
    let mut form = Form::Plain;
    let mut at = start;
    loop {
        at += plain_len(&bytes[at..], value_marks, IN_VALUE);
        match *bytes.get(at)? {
            byte if byte == quote => return Some((Part::Attribute { name, value: start..at, form }, at + 1)),
            b'\'' | b'"' => at += 1,
            b'\t' | b'\n' | b'\r' => {
                form = Form::Value;
                at += 1;
            }
            b'&' => {
                form = Form::Value;
                at += reference(&bytes[at..])?.1;
            }
            _ => return None,
        }
    }
}

/// Checks the references of an attribute value and says how it is read.
fn value_form(value: StrSpan<'_>) -> Result<Form, XmlError> {
    let bytes = value.as_str().as_bytes();
    let mut form = Form::Plain;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'&' => {
                form = Form::Value;
                reference(&bytes[at..]).ok_or(fail(Why::Reference, value.start() + at))?;
            }
            b'\t' | b'\n' | b'\r' => form = Form::Value,
            _ => (),
        }
    }
    Ok(form)
}

/// What xmlparser stumbled over, in our words.
fn explain(error: &Error, at: usize) -> XmlError {
    let (Error::InvalidElement(cause, _) | Error::InvalidAttribute(cause, _) | Error::InvalidCdata(cause, _)) =
        error
    else {
        return fail(Why::Syntax, at);
    };
    let why = match cause {
        StreamError::NonXmlChar(..) => Why::Character,
        // The only text it looks for is the end of a CDATA section.
        StreamError::UnexpectedEndOfStream | StreamError::InvalidString(..) => Why::Unclosed,
        StreamError::InvalidName => Why::Name,
        _ => Why::Syntax,
    };
    fail(why, at)
}

pub(super) const fn fail(why: Why, at: usize) -> XmlError {
    XmlError { why, at }
}

/// What a byte can be, as bits.
static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => NAME_START,
            b'0'..=b'9' | b'-' | b'.' => 0,
            b'\t' | b'\n' | b'\'' | b'"' => NO_NAME | IN_VALUE,
            b']' => NO_NAME | IN_TEXT,
            0..0x20 | b'<' | b'&' | 0xef => NO_NAME | IN_TEXT | IN_VALUE,
            _ => NO_NAME,
        };
        byte += 1;
    }
    class
};
/// Begins a name, among ASCII.
const NAME_START: u8 = 1;
/// Does not go on with a name, or is not ASCII, or is the colon.
const NO_NAME: u8 = 2;
/// Needs a closer look in character data.
const IN_TEXT: u8 = 4;
/// Needs a closer look in an attribute value.
const IN_VALUE: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// All tokens of a tag, by the short way if it can be taken or by xmlparser alone.
    fn cut(text: &str, by_xmlparser: bool) -> Result<(Name, Vec<Part>), XmlError> {
        let mut tag = StartTag::new(text, 0);
        if by_xmlparser {
            tag.tokens = Some(Tokenizer::from_fragment(text, 0..text.len()));
        }
        let name = if by_xmlparser {
            match tag.token()? {
                Token::ElementStart { prefix, local, .. } => tag.named(prefix, local, 1)?,
                _ => return Err(fail(Why::Syntax, 0)),
            }
        } else {
            tag.name()?
        };
        let mut parts = Vec::new();
        loop {
            parts.push(tag.next()?);
            if matches!(parts.last(), Some(Part::End { .. })) {
                return Ok((name, parts));
            }
        }
    }

    /// Every tag of up to four pieces of a kind that could be mistaken.
    #[test]
    fn the_short_way_cuts_as_xmlparser_does() {
        const PIECES: [&str; 18] = [
            "a",
            ":",
            "ä",
            "1",
            " ",
            "\n",
            "=",
            "'",
            "\"",
            "b='c'",
            " d:e=\"'f&#9;\n\"",
            " g='&h;'",
            "<",
            "\u{ffff}",
            "/",
            ">",
            "/>",
            "\u{1}",
        ];
        let mut plain = 0;
        for mut n in 0..PIECES.len().pow(4) {
            let mut text = String::from("<a");
            while n > 0 {
                text += PIECES[n % PIECES.len()];
                n /= PIECES.len();
            }
            let short = cut(&text, false);
            assert_eq!(short, cut(&text, true), "{text}");
            plain += usize::from(short.is_ok());
        }
        assert!(plain > 1000, "{plain}");
    }
}
