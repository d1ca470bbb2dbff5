//! The checker: xmlparser cuts the text into tokens, this layer holds them to the rules that a tokeniser leaves
//! out, and lays the tape of a [`Document`] while it does.
//!
//! It refuses what is not well-formed (XML 1.0) or not namespace-well-formed (Namespaces in XML 1.0), what XMPP
//! forbids (RFC 6120 section 11.1) and what exceeds the limits of this module. One pass, no recursion, no allocation;
//! the only comparison of all with all, duplicate attributes, is bounded by [`ATTRIBUTES`].

use xmlparser::{ElementEnd, Error, StrSpan, Stream, StreamError, Token, Tokenizer};

use super::document::{Kind, MOST_BYTES, MOST_NODES, NS_NONE, NS_STREAM, NS_XML, Node};
use super::text::{Form, Text, reference};
use super::{
    ATTRIBUTES, BINDINGS, CLIENT, COMPONENT, DEPTH, Document, STANZA, STREAM, Why, XML, XMLNS, XmlError,
};

/// Where a document comes from, which decides what may stand around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The body of an HTTP message: a byte order mark, an XML declaration and white space around are accepted.
    Body,
    /// A stanza that [`super::Framer`] cut out of a component's stream: nothing but the element. The prefix
    /// `stream` is bound, and `jabber:component:accept` is the stanza namespace.
    Stanza,
    /// The start tag of such a stanza, whatever comes after it.
    StartTag,
    /// What the framer calls the opening of the stream: an XML declaration and the start tag of the stream.
    StreamOpen,
}

impl Source {
    const fn is_stream(self) -> bool {
        !matches!(self, Self::Body)
    }

    const fn is_tag(self) -> bool {
        matches!(self, Self::StartTag | Self::StreamOpen)
    }
}

/// Checks a document and lays out its tape in `nodes`.
pub fn parse<'x>(bytes: &'x [u8], source: Source, nodes: &'x mut [Node]) -> Result<Document<'x>, XmlError> {
    let text = core::str::from_utf8(bytes).map_err(|error| fail(Why::Utf8, error.valid_up_to()))?;
    if text.len() >= MOST_BYTES {
        return Err(fail(Why::TooLong, 0));
    }
    let start = prolog(text, source)?;
    let mut checker = Checker {
        text,
        source,
        nodes,
        len: 0,
        open: [Open::default(); DEPTH],
        depth: 0,
        bindings: [Binding::default(); BINDINGS],
        bound: 0,
    };
    if source.is_stream() {
        checker.bindings[0] = Binding { ns: NS_STREAM, element: NS_STREAM, ..Binding::default() };
        checker.bound = 1;
    }
    checker.run(start)?;
    let Checker { nodes, len, .. } = checker;
    Ok(Document { text, nodes: &nodes[..len] })
}

const fn fail(why: Why, at: usize) -> XmlError {
    XmlError { why, at }
}

/// Where the element and the white space around it begin.
fn prolog(text: &str, source: Source) -> Result<usize, XmlError> {
    let mut stream = Stream::from(text);
    if source == Source::Body && text.starts_with('\u{feff}') {
        stream.advance('\u{feff}'.len_utf8());
    }
    if matches!(source, Source::Body | Source::StreamOpen) && is_declaration(&text.as_bytes()[stream.pos()..])
    {
        declaration(&mut stream)?;
    }
    Ok(stream.pos())
}

/// Whether an XML declaration begins here, and not an instruction such as `<?xml-stylesheet?>`.
fn is_declaration(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"<?xml").is_some_and(|rest| matches!(rest, [b' ' | b'\t' | b'\r' | b'\n' | b'?', ..]))
}

/// `<?xml version='1.0' encoding='utf-8' standalone='yes'?>`, of which the last two parts may be missing.
fn declaration(stream: &mut Stream<'_>) -> Result<(), XmlError> {
    let at = stream.pos();
    let malformed = fail(Why::Declaration, at);
    stream.advance("<?xml".len());
    let mut least = 0;
    loop {
        let spaced = stream.starts_with_space();
        stream.skip_spaces();
        if stream.starts_with(b"?>") {
            stream.advance(2);
            return if least > 0 { Ok(()) } else { Err(malformed) };
        }
        let name = stream.consume_bytes(|_, b| b.is_ascii_lowercase());
        stream.consume_eq().map_err(|_| malformed)?;
        let quote = stream.consume_quote().map_err(|_| malformed)?;
        let value = stream.consume_bytes(|_, b| b != quote);
        stream.consume_byte(quote).map_err(|_| malformed)?;
        // Each part once, in this order, the first always.
        least = match (name.as_str(), value.as_str()) {
            _ if !spaced => return Err(malformed),
            ("version", "1.0") if least == 0 => 1,
            ("encoding", name) if least == 1 && name.eq_ignore_ascii_case("utf-8") => 2,
            ("encoding", _) if least == 1 => return Err(fail(Why::Encoding, at)),
            ("standalone", "yes" | "no") if least == 1 || least == 2 => 3,
            _ => return Err(malformed),
        };
    }
}

/// An element that is not yet closed.
#[derive(Clone, Copy, Default)]
struct Open {
    /// Where its name begins, with the prefix.
    name: u32,
    /// Its node.
    node: u16,
    /// The namespace of names without a prefix inside it.
    default: u16,
    /// How many bindings were in force before it.
    bound: u8,
}

/// A prefix and its namespace.
#[derive(Clone, Copy, Default)]
struct Binding {
    /// Where the prefix stands, unless it is the one that the stream's header has bound.
    name: u32,
    len: u16,
    /// The namespace for attributes: where it was declared.
    ns: u16,
    /// The namespace for elements: the same, or the stanza namespace.
    element: u16,
}

struct Checker<'x, 'n> {
    text: &'x str,
    source: Source,
    nodes: &'n mut [Node],
    len: usize,
    open: [Open; DEPTH],
    depth: usize,
    bindings: [Binding; BINDINGS],
    bound: usize,
}

impl<'x> Checker<'x, '_> {
    fn run(&mut self, start: usize) -> Result<(), XmlError> {
        let bytes = self.text.as_bytes();
        let end = bytes.len();
        let mut at = start;
        while at < end {
            at = match (bytes[at], bytes.get(at + 1)) {
                (b'<', Some(b'!')) => self.section(at, end)?,
                (b'<', Some(b'?')) if is_declaration(&bytes[at..]) => return Err(fail(Why::Declaration, at)),
                (b'<', Some(b'?')) => return Err(fail(Why::Instruction, at)),
                (b'<', Some(b'/')) => self.end_tag(at, end)?,
                (b'<', _) => self.start_tag(at, end)?,
                _ => self.character_data(at, end)?,
            };
            if self.source.is_tag() && self.len > 0 {
                return match self.source {
                    Source::StreamOpen if at < end => Err(fail(Why::Outside, at)),
                    _ => Ok(()),
                };
            }
        }
        match (self.len, self.depth) {
            (0, _) => Err(fail(Why::Empty, at)),
            (_, 0) => Ok(()),
            _ => Err(fail(Why::Unclosed, at)),
        }
    }

    /// From a `<` to behind the `>`: the element with its declarations and attributes.
    fn start_tag(&mut self, at: usize, end: usize) -> Result<usize, XmlError> {
        if self.depth == DEPTH {
            return Err(fail(Why::TooDeep, at));
        }
        if self.depth == 0 && self.len > 0 {
            return Err(fail(Why::SecondRoot, at));
        }
        let mut tokens = Tokenizer::from_fragment(self.text, at..end);
        let (prefix, local) = match tokens.next() {
            Some(Ok(Token::ElementStart { prefix, local, .. })) => (prefix, local),
            Some(Err(error)) => return Err(explain(&error, at)),
            _ => return Err(fail(Why::Unclosed, at)),
        };
        let node = self.push(Kind::Element, local, 0, at)?;
        let outer = if self.depth > 0 { self.open[self.depth - 1].default } else { NS_NONE };
        let mut open = Open { name: at as u32 + 1, node, default: outer, bound: self.bound as u8 };
        if prefix.is_empty() && local.start() != at + 1 {
            return Err(fail(Why::Name, at));
        }
        let mut attributes = 0;
        let mut prefixed = false;
        let mut at = local.end();
        let (empty, behind) = loop {
            match tokens.next() {
                Some(Ok(Token::Attribute { prefix, local, value, span })) => {
                    at = span.start();
                    if prefix.is_empty() && local.start() != at {
                        return Err(fail(Why::Name, at));
                    }
                    let form = value_form(value)?;
                    match (prefix.as_str(), local.as_str()) {
                        ("", "xmlns") => {
                            open.default = self.declare(Kind::Declaration(form), None, value, at)?.1;
                        }
                        ("xmlns", _) => self.bind(Kind::Declaration(form), local, value, at)?,
                        _ => {
                            attributes += 1;
                            if attributes > ATTRIBUTES {
                                return Err(fail(Why::TooManyAttributes, at));
                            }
                            let node = self.push(Kind::Attribute(form), local, value.as_str().len(), at)?;
                            let node = &mut self.nodes[node as usize];
                            node.link = value.start() as u32;
                            // Until the tag is read whole, the length of the prefix stands for its namespace.
                            node.ns = length(prefix, at)?;
                            prefixed |= !prefix.is_empty();
                        }
                    }
                    at = span.end();
                }
                Some(Ok(token)) => {
                    let is_empty = matches!(token, Token::ElementEnd { end: ElementEnd::Empty, .. });
                    break (is_empty, token.span().end());
                }
                Some(Err(error)) => return Err(explain(&error, at)),
                None => return Err(fail(Why::Unclosed, end)),
            }
        };
        self.resolve(&open, prefix, prefixed)?;
        if empty || self.source.is_tag() {
            self.nodes[node as usize].link = self.len as u32;
            self.bound = open.bound as usize;
        } else {
            self.open[self.depth] = open;
            self.depth += 1;
        }
        Ok(behind)
    }

    /// Gives names their namespaces once all declarations of the tag are known, and finds duplicate attributes.
    fn resolve(&mut self, open: &Open, prefix: StrSpan<'x>, prefixed: bool) -> Result<(), XmlError> {
        let element = open.node as usize;
        let ns = match prefix.as_str() {
            "" => open.default,
            _ => self.lookup(prefix.as_str(), prefix.start())?.element,
        };
        let first = element + 1;
        self.nodes[element].ns = ns;
        self.nodes[element].set_len(self.len - first);
        if prefixed {
            for at in first..self.len {
                let node = self.nodes[at];
                if node.is_attribute() && node.ns > 0 {
                    let end = node.start as usize - 1;
                    let prefix = &self.text[end - node.ns as usize..end];
                    self.nodes[at].ns = self.lookup(prefix, end)?.ns;
                }
            }
        }
        for at in first + 1..self.len {
            let node = self.nodes[at];
            if self.nodes[first..at].iter().any(|other| self.same_attribute(*other, node)) {
                return Err(fail(Why::DuplicateAttribute, node.start as usize));
            }
        }
        Ok(())
    }

    fn same_attribute(&self, a: Node, b: Node) -> bool {
        a.name_len == b.name_len
            && a.is_attribute() == b.is_attribute()
            && a.name(self.text) == b.name(self.text)
            && (a.ns == b.ns || (a.ns > 0 && b.ns > 0 && self.namespace(a.ns) == self.namespace(b.ns)))
    }

    fn namespace(&self, ns: u16) -> Text<'x> {
        match ns {
            NS_XML => Text::plain(XML),
            NS_STREAM => Text::plain(STREAM),
            _ => self.nodes[ns as usize].value(self.text),
        }
    }

    fn lookup(&self, prefix: &str, at: usize) -> Result<Binding, XmlError> {
        match prefix {
            "xml" => return Ok(Binding { ns: NS_XML, element: NS_XML, ..Binding::default() }),
            "xmlns" => return Err(fail(Why::Reserved, at)),
            _ => (),
        }
        let bound = self.bindings[..self.bound].iter().rev().find(|binding| match binding.ns {
            NS_STREAM => prefix == "stream",
            _ => &self.text[binding.name as usize..][..binding.len as usize] == prefix,
        });
        bound.copied().ok_or(fail(Why::UnboundPrefix, at))
    }

    /// `xmlns:local='value'`.
    fn bind(
        &mut self,
        kind: Kind,
        local: StrSpan<'x>,
        value: StrSpan<'x>,
        at: usize,
    ) -> Result<(), XmlError> {
        let (ns, element) = self.declare(kind, Some(local), value, at)?;
        if local.as_str() == "xml" {
            return Ok(());
        }
        let binding = Binding { name: local.start() as u32, len: length(local, at)?, ns, element };
        *self.bindings.get_mut(self.bound).ok_or(fail(Why::TooManyPrefixes, at))? = binding;
        self.bound += 1;
        Ok(())
    }

    /// A namespace declaration: the namespaces that it gives to attributes and to elements.
    fn declare(
        &mut self,
        kind: Kind,
        prefix: Option<StrSpan<'x>>,
        value: StrSpan<'x>,
        at: usize,
    ) -> Result<(u16, u16), XmlError> {
        let ns = self.push(kind, prefix.unwrap_or("".into()), value.as_str().len(), at)?;
        let node = &mut self.nodes[ns as usize];
        node.link = value.start() as u32;
        let value = node.value(self.text);
        match prefix.map(|prefix| prefix.as_str()) {
            Some("xml") if value == XML => (),
            Some("xml" | "xmlns") => return Err(fail(Why::Reserved, at)),
            _ if value == XML || value == XMLNS => return Err(fail(Why::Reserved, at)),
            Some(_) if value.is_empty() => return Err(fail(Why::EmptyPrefix, at)),
            _ => (),
        }
        let is_stanza = value == STANZA || value == CLIENT || (self.source.is_stream() && value == COMPONENT);
        Ok((ns, if is_stanza { NS_NONE } else { ns }))
    }

    /// From a `</` to behind the `>`.
    fn end_tag(&mut self, at: usize, end: usize) -> Result<usize, XmlError> {
        let Some(Open { name, node, bound, .. }) = self.depth.checked_sub(1).map(|top| self.open[top]) else {
            return Err(fail(Why::Mismatch, at));
        };
        let (local, behind) = match Tokenizer::from_fragment(self.text, at..end).next() {
            Some(Ok(Token::ElementEnd { end: ElementEnd::Close(_, local), span })) => (local, span.end()),
            Some(Err(error)) => return Err(explain(&error, at)),
            _ => return Err(fail(Why::Unclosed, at)),
        };
        let opened = self.nodes[node as usize];
        let opened = &self.text[name as usize..opened.start as usize + opened.name_len as usize];
        if self.text[at + 2..local.end()] != *opened {
            return Err(fail(Why::Mismatch, at));
        }
        self.nodes[node as usize].link = self.len as u32;
        self.bound = bound as usize;
        self.depth -= 1;
        Ok(behind)
    }

    /// From a `<!` to behind the CDATA section that it has to begin.
    fn section(&mut self, at: usize, end: usize) -> Result<usize, XmlError> {
        let (text, behind) = match Tokenizer::from_fragment(self.text, at..end).next() {
            Some(Ok(Token::Cdata { text, span })) => (text, span.end()),
            _ if self.text[at..].starts_with("<!--") => return Err(fail(Why::Comment, at)),
            _ if self.text[at..].starts_with("<!D") => return Err(fail(Why::Doctype, at)),
            Some(Err(error)) => return Err(explain(&error, at)),
            _ => return Err(fail(Why::Syntax, at)),
        };
        if self.depth == 0 {
            return Err(fail(Why::Outside, at));
        }
        if !text.is_empty() {
            let form = if text.contains('\r') { Form::Section } else { Form::Plain };
            self.push_node(Node::new(Kind::Text(form), text.start(), text.as_str().len()), at)?;
        }
        Ok(behind)
    }

    /// Text up to the next `<`.
    fn character_data(&mut self, start: usize, end: usize) -> Result<usize, XmlError> {
        if self.depth == 0 {
            let behind = end - self.text[start..end].trim_start_matches([' ', '\t', '\r', '\n']).len();
            return if behind > start { Ok(behind) } else { Err(fail(Why::Outside, start)) };
        }
        let bytes = &self.text.as_bytes()[..end];
        let mut form = Form::Plain;
        let mut at = start;
        while at < end {
            match CLASS[bytes[at] as usize] {
                Class::Less => break,
                Class::Ampersand => {
                    form = Form::Data;
                    at += reference(&bytes[at..]).ok_or(fail(Why::Reference, at))?.1;
                }
                Class::Return => {
                    form = Form::Data;
                    at += 1;
                }
                Class::Bracket if bytes[at..].starts_with(b"]]>") => return Err(fail(Why::SectionEnd, at)),
                // U+FFFE and U+FFFF.
                Class::Ef if matches!(bytes[at + 1..], [0xbf, 0xbe | 0xbf, ..]) => {
                    return Err(fail(Why::Character, at));
                }
                Class::Ordinary | Class::Bracket | Class::Ef => at += 1,
                Class::Control => return Err(fail(Why::Character, at)),
            }
        }
        self.push_node(Node::new(Kind::Text(form), start, at - start), start)?;
        Ok(at)
    }

    fn push(&mut self, kind: Kind, name: StrSpan<'x>, len: usize, at: usize) -> Result<u16, XmlError> {
        let mut node = Node::new(kind, name.start(), len);
        node.name_len = length(name, at)?;
        self.push_node(node, at)
    }

    fn push_node(&mut self, node: Node, at: usize) -> Result<u16, XmlError> {
        if self.len == MOST_NODES {
            return Err(fail(Why::TooManyNodes, at));
        }
        *self.nodes.get_mut(self.len).ok_or(fail(Why::TooManyNodes, at))? = node;
        self.len += 1;
        Ok(self.len as u16 - 1)
    }
}

fn length(name: StrSpan<'_>, at: usize) -> Result<u16, XmlError> {
    u16::try_from(name.as_str().len()).map_err(|_| fail(Why::TooLong, at))
}

/// Checks the references of an attribute value and says how to read it.
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

/// What the tokeniser stumbled over, in our words.
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

/// What a byte of character data asks for.
#[derive(Clone, Copy)]
enum Class {
    Ordinary,
    Less,
    Ampersand,
    Return,
    Bracket,
    Ef,
    Control,
}

static CLASS: [Class; 256] = {
    let mut class = [Class::Ordinary; 256];
    let mut byte = 0;
    while byte < 0x20 {
        class[byte] = Class::Control;
        byte += 1;
    }
    class[b'\t' as usize] = Class::Ordinary;
    class[b'\n' as usize] = Class::Ordinary;
    class[b'\r' as usize] = Class::Return;
    class[b'<' as usize] = Class::Less;
    class[b'&' as usize] = Class::Ampersand;
    class[b']' as usize] = Class::Bracket;
    class[0xef] = Class::Ef;
    class
};
