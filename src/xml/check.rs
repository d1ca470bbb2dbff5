//! The checker: holds the tokens to the rules that a tokeniser leaves out, and lays the tape of a [`Document`]
//! while it does.
//!
//! It refuses what is not well-formed (XML 1.0) or not namespace-well-formed (Namespaces in XML 1.0), what XMPP
//! forbids (RFC 6120 section 11.1) and what exceeds the limits of this module. One pass, no recursion, no allocation;
//! the only comparison of all with all, duplicate attributes, is bounded by [`ATTRIBUTES`].

use core::ops::Range;

use super::document::{Kind, MOST_BYTES, MOST_NODES, NS_NONE, NS_STREAM, NS_XML, Node};
use super::prolog::{is_declaration, prolog};
use super::text::{Form, Text};
use super::token::{self, Name, Part, StartTag, fail};
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
        let mut at = start;
        while at < bytes.len() {
            at = match bytes[at..] {
                [b'<', b'/', ..] => self.end_tag(at)?,
                [b'<', b'!', ..] => self.section(at)?,
                [b'<', b'?', ..] if is_declaration(&bytes[at..]) => return Err(fail(Why::Declaration, at)),
                [b'<', b'?', ..] => return Err(fail(Why::Instruction, at)),
                [b'<', ..] => {
                    let behind = self.start_tag(at)?;
                    match self.source {
                        Source::Body | Source::Stanza => behind,
                        Source::StreamOpen if behind < bytes.len() => return Err(fail(Why::Outside, behind)),
                        Source::StreamOpen | Source::StartTag => return Ok(()),
                    }
                }
                _ => self.character_data(at)?,
            };
        }
        match (self.len, self.depth) {
            (0, _) => Err(fail(Why::Empty, at)),
            (_, 0) => Ok(()),
            _ => Err(fail(Why::Unclosed, at)),
        }
    }

    /// From a `<` to behind the `>`: the element with its declarations and attributes.
    fn start_tag(&mut self, at: usize) -> Result<usize, XmlError> {
        if self.depth == DEPTH {
            return Err(fail(Why::TooDeep, at));
        }
        if self.depth == 0 && self.len > 0 {
            return Err(fail(Why::SecondRoot, at));
        }
        let mut tag = StartTag::new(self.text, at);
        let name = tag.name()?;
        self.check_name(name)?;
        let node = self.push(Kind::Element, name, 0..0)?;
        let outer = if self.depth > 0 { self.open[self.depth - 1].default } else { NS_NONE };
        let mut open = Open { name: name.start as u32, node, default: outer, bound: self.bound as u8 };
        let mut attributes = 0;
        let mut prefixed = false;
        let (empty, behind) = loop {
            let (name, value, form) = match tag.next()? {
                Part::Attribute { name, value, form } => (name, value, form),
                Part::End { empty, at } => break (empty, at),
            };
            self.check_name(name)?;
            let prefix = name.prefix(self.text);
            if prefix.is_empty() && self.text.as_bytes()[name.start..name.end] == *b"xmlns" {
                open.default = self.declare(name, value, form)?.element;
            } else if prefix == "xmlns" {
                self.bind(name, value, form)?;
            } else {
                attributes += 1;
                if attributes > ATTRIBUTES {
                    return Err(fail(Why::TooManyAttributes, name.start));
                }
                let node = self.push(Kind::Attribute(form), name, value)?;
                // Until the tag is read whole, the length of the prefix stands for its namespace.
                self.nodes[node as usize].ns = length(prefix.len(), name.start)?;
                prefixed |= !prefix.is_empty();
            }
        };
        self.resolve(&open, name, prefixed)?;
        if empty || self.source.is_tag() {
            self.nodes[node as usize].link = self.len as u32;
            self.bound = open.bound as usize;
        } else {
            self.open[self.depth] = open;
            self.depth += 1;
        }
        Ok(behind)
    }

    /// A caller's names are ASCII. Prosody and ejabberd read with expat, which knows the names of XML 1.0's fourth
    /// edition only; another name would end the stream for everybody.
    #[inline]
    fn check_name(&self, name: Name) -> Result<(), XmlError> {
        if self.source == Source::Body && !self.text[name.start..name.end].is_ascii() {
            return Err(fail(Why::ForeignName, name.start));
        }
        Ok(())
    }

    /// Gives names their namespaces once all declarations of the tag are known, and finds duplicate attributes.
    fn resolve(&mut self, open: &Open, name: Name, prefixed: bool) -> Result<(), XmlError> {
        let element = open.node as usize;
        let ns = match name.prefix(self.text) {
            "" => open.default,
            prefix => self.lookup(prefix, name.start)?.element,
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
        if self.may_repeat(first) {
            for at in first + 1..self.len {
                let node = self.nodes[at];
                if self.nodes[first..at].iter().any(|other| self.same_attribute(*other, node)) {
                    return Err(fail(Why::DuplicateAttribute, node.start as usize));
                }
            }
        }
        Ok(())
    }

    /// Whether two of the last attributes and declarations may have the same name: they begin alike and are as long.
    fn may_repeat(&self, first: usize) -> bool {
        let mut seen: u64 = 0;
        for node in &self.nodes[first..self.len] {
            let start = self.text.as_bytes()[node.start as usize] as u16;
            let mark = 1 << ((start ^ node.name_len << 4) & 63);
            if seen & mark != 0 {
                return true;
            }
            seen |= mark;
        }
        false
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
    fn bind(&mut self, name: Name, value: Range<usize>, form: Form) -> Result<(), XmlError> {
        let binding = self.declare(name, value, form)?;
        if name.local(self.text) == "xml" {
            return Ok(());
        }
        *self.bindings.get_mut(self.bound).ok_or(fail(Why::TooManyPrefixes, name.start))? = binding;
        self.bound += 1;
        Ok(())
    }

    /// A namespace declaration, of a prefix or of the default.
    fn declare(&mut self, mut name: Name, value: Range<usize>, form: Form) -> Result<Binding, XmlError> {
        let at = name.start;
        if name.local == name.start {
            name.local = name.end;
        }
        let prefix = name.local(self.text);
        let ns = self.push(Kind::Declaration(form), name, value)?;
        let value = self.nodes[ns as usize].value(self.text);
        match prefix {
            "xml" if value == XML => (),
            "xml" | "xmlns" => return Err(fail(Why::Reserved, at)),
            _ if value == XML || value == XMLNS => return Err(fail(Why::Reserved, at)),
            _ if value.is_empty() && !prefix.is_empty() => return Err(fail(Why::EmptyPrefix, at)),
            _ => (),
        }
        let is_stanza = value == STANZA || value == CLIENT || (self.source.is_stream() && value == COMPONENT);
        let element = if is_stanza { NS_NONE } else { ns };
        Ok(Binding { name: name.local as u32, len: length(prefix.len(), at)?, ns, element })
    }

    /// From a `</` to behind the `>`.
    fn end_tag(&mut self, at: usize) -> Result<usize, XmlError> {
        let Some(open) = self.depth.checked_sub(1).map(|top| self.open[top]) else {
            return Err(fail(Why::Mismatch, at));
        };
        let node = &mut self.nodes[open.node as usize];
        let name = &self.text[open.name as usize..node.start as usize + node.name_len as usize];
        let rest = &self.text.as_bytes()[at + 2..];
        let behind = if let Some([b'>', ..]) = rest.strip_prefix(name.as_bytes()) {
            at + 2 + name.len() + 1
        } else {
            let (end, behind) = token::end_tag(self.text, at)?;
            if self.text[at + 2..end] != *name {
                return Err(fail(Why::Mismatch, at));
            }
            behind
        };
        node.link = self.len as u32;
        self.bound = open.bound as usize;
        self.depth -= 1;
        Ok(behind)
    }

    /// From a `<!` to behind the CDATA section that it has to begin.
    fn section(&mut self, at: usize) -> Result<usize, XmlError> {
        let (text, behind) = token::section(self.text, at)?;
        if self.depth == 0 {
            return Err(fail(Why::Outside, at));
        }
        if !text.is_empty() {
            let form = if self.text[text.clone()].contains('\r') { Form::Section } else { Form::Plain };
            self.push_node(Node::new(Kind::Text(form), text.start, text.len()), at)?;
        }
        Ok(behind)
    }

    /// Text up to the next `<`; around the root element, white space.
    fn character_data(&mut self, start: usize) -> Result<usize, XmlError> {
        if self.depth == 0 {
            let rest = self.text[start..].trim_start_matches([' ', '\t', '\r', '\n']);
            let behind = self.text.len() - rest.len();
            return if behind > start { Ok(behind) } else { Err(fail(Why::Outside, start)) };
        }
        let (end, form) = token::character_data(self.text, start)?;
        self.push_node(Node::new(Kind::Text(form), start, end - start), start)?;
        Ok(end)
    }

    fn push(&mut self, kind: Kind, name: Name, value: Range<usize>) -> Result<u16, XmlError> {
        let mut node = Node::new(kind, name.local, value.len());
        node.name_len = length(name.end - name.local, name.start)?;
        node.link = value.start as u32;
        self.push_node(node, name.start)
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

fn length(len: usize, at: usize) -> Result<u16, XmlError> {
    u16::try_from(len).map_err(|_| fail(Why::TooLong, at))
}
