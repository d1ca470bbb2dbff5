//! A checked document: one element and all that is in it, as a flat tape of nodes over the received text.
//!
//! An element is followed by its namespace declarations and attributes, then by its children; it knows where the
//! next element or text after it begins. Reading is a walk over the tape: no allocation, no recursion, no copy.

use core::fmt;

use super::text::{Content, Form, Text};
use super::{STANZA, STREAM, XML};
use crate::word::same;

/// One element, attribute, namespace declaration or text; 16 bytes of memory lent to [`super::parse`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Node {
    /// Where the name begins, or the text.
    pub(super) start: u32,
    /// Element: the node after its last descendant. Attribute: where the value begins.
    pub(super) link: u32,
    /// The lower 24 bits: how many attribute nodes follow, or the length of the value or text. Above: a [`Kind`].
    tail: u32,
    /// The length of the name, without its prefix.
    pub(super) name_len: u16,
    /// The node that declares the namespace of the name, or one of the values below.
    pub(super) ns: u16,
}

const _: () = assert!(size_of::<Node>() == 16);

/// No namespace: the stanza namespace for elements.
pub(super) const NS_NONE: u16 = 0;
/// The namespace of the prefix `xml`.
pub(super) const NS_XML: u16 = u16::MAX;
/// The namespace of the prefix `stream` where the stream's header has bound it.
pub(super) const NS_STREAM: u16 = u16::MAX - 1;
/// More nodes than this cannot be numbered.
pub(super) const MOST_NODES: usize = (u16::MAX - 1) as usize;
/// Lengths and positions stay below this.
pub(super) const MOST_BYTES: usize = 1 << 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Element,
    /// An attribute or a declaration, and how its value is read.
    Attribute(Form),
    Declaration(Form),
    Text(Form),
}

const ELEMENT: u32 = 0;
const ATTRIBUTE: u32 = 1;
const DECLARATION: u32 = 2;
const TEXT: u32 = 3;

impl Node {
    pub(super) fn new(kind: Kind, start: usize, len: usize) -> Self {
        let (class, form) = match kind {
            Kind::Element => (ELEMENT, Form::Plain),
            Kind::Attribute(form) => (ATTRIBUTE, form),
            Kind::Declaration(form) => (DECLARATION, form),
            Kind::Text(form) => (TEXT, form),
        };
        let tail = (class << 2 | form as u32) << 24 | len as u32;
        Self { start: start as u32, link: 0, tail, name_len: 0, ns: NS_NONE }
    }

    pub(super) const fn len(self) -> usize {
        (self.tail & 0xff_ffff) as usize
    }

    pub(super) fn set_len(&mut self, len: usize) {
        self.tail = self.tail & !0xff_ffff | len as u32;
    }

    const fn class(self) -> u32 {
        self.tail >> 26
    }

    pub(super) const fn is_element(self) -> bool {
        self.class() == ELEMENT
    }

    pub(super) const fn is_attribute(self) -> bool {
        self.class() == ATTRIBUTE
    }

    const fn form(self) -> Form {
        match self.tail >> 24 & 3 {
            0 => Form::Plain,
            1 => Form::Data,
            2 => Form::Value,
            _ => Form::Section,
        }
    }

    #[inline]
    pub(super) fn name(self, text: &str) -> &str {
        &text[self.start as usize..][..self.name_len as usize]
    }

    /// Whether this is the name, without its prefix.
    #[inline]
    pub(super) fn is_named(self, text: &str, name: &str) -> bool {
        let start = self.start as usize;
        self.name_len as usize == name.len()
            && same(&text.as_bytes()[start..start + name.len()], name.as_bytes())
    }

    /// The value of an attribute or declaration.
    #[inline]
    pub(super) fn value(self, text: &str) -> Text<'_> {
        Text::new(&text[self.link as usize..][..self.len()], self.form())
    }

    #[inline]
    pub(super) fn text(self, text: &str) -> Text<'_> {
        Text::new(&text[self.start as usize..][..self.len()], self.form())
    }
}

/// A checked document. The tape holds at least the root element.
#[derive(Clone, Copy)]
pub struct Document<'x> {
    pub(super) text: &'x str,
    pub(super) nodes: &'x [Node],
}

impl<'x> Document<'x> {
    /// The one element that holds all others.
    pub const fn root(self) -> Element<'x> {
        Element { document: self, at: 0 }
    }

    fn element(self, at: usize) -> Element<'x> {
        Element { document: self, at }
    }

    #[inline]
    pub(super) fn ns(self, ns: u16) -> Text<'x> {
        match ns {
            NS_NONE => Text::plain(STANZA),
            NS_XML => Text::plain(XML),
            NS_STREAM => Text::plain(STREAM),
            _ => self.nodes[ns as usize].value(self.text),
        }
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} nodes)", self.nodes.len())
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'x> {
    pub(super) document: Document<'x>,
    pub(super) at: usize,
}

impl<'x> Element<'x> {
    fn node(self) -> Node {
        self.document.nodes[self.at]
    }

    /// The name without its prefix.
    #[inline]
    pub fn name(self) -> &'x str {
        self.node().name(self.document.text)
    }

    /// The namespace; [`STANZA`] for that of stanzas.
    #[inline]
    pub fn ns(self) -> Text<'x> {
        self.document.ns(self.node().ns)
    }

    /// Whether the element has this name, without its prefix.
    #[inline]
    pub fn is_named(self, name: &str) -> bool {
        self.node().is_named(self.document.text, name)
    }

    /// Whether the element has this name and namespace.
    #[inline]
    pub fn is(self, name: &str, ns: &str) -> bool {
        self.is_named(name) && self.ns() == *ns
    }

    /// Whether another element of the document has the same namespace.
    #[inline]
    pub fn shares_ns(self, other: Element<'_>) -> bool {
        self.node().ns == other.node().ns || self.ns() == other.ns()
    }

    /// The value of an attribute without a prefix.
    #[inline]
    pub fn attr(self, name: &str) -> Option<Text<'x>> {
        let text = self.document.text;
        self.attr_nodes()
            .find(|node| node.is_named(text, name) && node.ns == NS_NONE && node.is_attribute())
            .map(|node| node.value(text))
    }

    /// The language given on the element itself (`xml:lang`).
    pub fn lang(self) -> Option<Text<'x>> {
        let text = self.document.text;
        let mut attrs = self.attr_nodes();
        attrs.find(|node| node.ns == NS_XML && node.is_named(text, "lang")).map(|node| node.value(text))
    }

    /// The attributes in their order, without the namespace declarations.
    pub fn attrs(self) -> Attrs<'x> {
        Attrs {
            document: self.document,
            nodes: self.document.nodes[self.at + 1..][..self.node().len()].iter(),
        }
    }

    fn attr_nodes(self) -> impl Iterator<Item = Node> + 'x {
        self.document.nodes[self.at + 1..][..self.node().len()].iter().copied()
    }

    /// What is in the element, in order.
    #[inline]
    pub fn children(self) -> Children<'x> {
        let node = self.node();
        Children { document: self.document, at: self.at + 1 + node.len(), end: node.link as usize }
    }

    /// The child elements, in order.
    #[inline]
    pub fn elements(self) -> Elements<'x> {
        Elements(self.children())
    }

    /// The first child element of this name and namespace.
    pub fn child(self, name: &str, ns: &str) -> Option<Element<'x>> {
        self.elements().find(|child| child.is(name, ns))
    }

    /// The text directly inside, child elements left out.
    pub fn text(self) -> Content<'x> {
        Content(self.children())
    }

    /// The text inside; `None` when there are child elements.
    pub fn only_text(self) -> Option<Content<'x>> {
        if self.elements().next().is_some() { None } else { Some(self.text()) }
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} xmlns='{}'>", self.name(), self.ns())
    }
}

/// An attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr<'x> {
    /// The namespace as it was declared; empty without a prefix.
    pub ns: Text<'x>,
    /// The name without its prefix.
    pub name: &'x str,
    /// The value.
    pub value: Text<'x>,
}

/// The attributes of an element.
#[derive(Clone)]
pub struct Attrs<'x> {
    document: Document<'x>,
    nodes: core::slice::Iter<'x, Node>,
}

impl<'x> Iterator for Attrs<'x> {
    type Item = Attr<'x>;

    #[inline]
    fn next(&mut self) -> Option<Attr<'x>> {
        let text = self.document.text;
        self.nodes.find(|node| node.is_attribute()).map(|node| Attr {
            ns: self.document.ns(node.ns),
            name: node.name(text),
            value: node.value(text),
        })
    }
}

/// What an element holds.
#[derive(Clone, Copy, Debug)]
pub enum Child<'x> {
    /// An element.
    Element(Element<'x>),
    /// A piece of text, never empty; neighbours are possible where a CDATA section begins or ends.
    Text(Text<'x>),
}

/// The children of an element.
#[derive(Clone, Debug)]
pub struct Children<'x> {
    document: Document<'x>,
    at: usize,
    end: usize,
}

impl<'x> Iterator for Children<'x> {
    type Item = Child<'x>;

    #[inline]
    fn next(&mut self) -> Option<Child<'x>> {
        if self.at >= self.end {
            return None;
        }
        let (at, node) = (self.at, self.document.nodes[self.at]);
        if node.is_element() {
            self.at = node.link as usize;
            Some(Child::Element(self.document.element(at)))
        } else {
            self.at += 1;
            Some(Child::Text(node.text(self.document.text)))
        }
    }
}

/// The child elements of an element.
#[derive(Clone, Debug)]
pub struct Elements<'x>(Children<'x>);

impl<'x> Iterator for Elements<'x> {
    type Item = Element<'x>;

    #[inline]
    fn next(&mut self) -> Option<Element<'x>> {
        self.0.find_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }
}
