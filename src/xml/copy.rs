//! Copying a checked element into a writer, in canonical form.
//!
//! Elements lose their prefixes and declare their namespace where it changes; attributes keep their order and,
//! where they have one, their prefix, which is declared on the outermost element of the copy that uses it. Text
//! and values are unescaped and escaped anew, neighbouring pieces of text join.

use super::document::{Document, Element, NS_NONE, NS_STREAM, NS_XML, Node};
use super::{BINDINGS, DEPTH, WriteError, Writer};

impl Writer<'_> {
    /// Writes an element and all that is in it.
    pub fn copy(&mut self, element: Element<'_>) -> &mut Self {
        let end = element.document.nodes[element.at].link as usize;
        self.attempt(|w| Copy::new(element.document).run(w, element.at, end))
    }

    /// The same, but for the attribute of that name of an element that is in it.
    pub fn copy_without<'x>(&mut self, element: Element<'x>, inner: Element<'x>, attr: &'x str) -> &mut Self {
        let end = element.document.nodes[element.at].link as usize;
        let without = Some((inner.at, attr));
        self.attempt(|w| Copy { without, ..Copy::new(element.document) }.run(w, element.at, end))
    }

    /// Writes all that is in an element, without the element.
    pub fn copy_content(&mut self, element: Element<'_>) -> &mut Self {
        let node = element.document.nodes[element.at];
        self.attempt(|w| Copy::new(element.document).run(w, element.at + 1 + node.len(), node.link as usize))
    }
}

struct Copy<'x> {
    document: Document<'x>,
    /// The nodes behind the elements that are open in the copy.
    ends: [u16; DEPTH],
    depth: usize,
    /// The prefixes that the copy has declared: by which declaration of the original, at which depth.
    declared: [(u16, u8); BINDINGS],
    bound: usize,
    /// An attribute that is left out: the node of its element, and its name.
    without: Option<(usize, &'x str)>,
}

impl<'x> Copy<'x> {
    const fn new(document: Document<'x>) -> Self {
        Self { document, ends: [0; DEPTH], depth: 0, declared: [(0, 0); BINDINGS], bound: 0, without: None }
    }

    fn run(&mut self, writer: &mut Writer<'_>, start: usize, end: usize) -> Result<(), WriteError> {
        let mut at = start;
        while at < end {
            let node = self.document.nodes[at];
            if node.is_element() {
                self.element(writer, at, node)?;
                at += node.len();
            } else {
                writer.put_data(node.text(self.document.text))?;
            }
            at += 1;
            self.close(writer, at)?;
        }
        Ok(())
    }

    /// Ends the elements that end before node `at`.
    fn close(&mut self, writer: &mut Writer<'_>, at: usize) -> Result<(), WriteError> {
        while self.depth > 0 && self.ends[self.depth - 1] as usize == at {
            writer.put_end()?;
            self.depth -= 1;
            while self.bound > 0 && self.declared[self.bound - 1].1 as usize > self.depth {
                self.bound -= 1;
            }
        }
        Ok(())
    }

    fn element(&mut self, writer: &mut Writer<'_>, at: usize, node: Node) -> Result<(), WriteError> {
        let text = self.document.text;
        writer.open(node.name(text), self.document.ns(node.ns))?;
        *self.ends.get_mut(self.depth).ok_or(WriteError::Depth)? = node.link as u16;
        self.depth += 1;
        for attr in self.document.nodes[at + 1..][..node.len()].iter().filter(|node| node.is_attribute()) {
            let prefix = self.prefix(attr.ns);
            if prefix.is_empty() && self.without == Some((at, attr.name(text))) {
                continue;
            }
            if self.is_new(attr.ns, prefix)? {
                writer.put_attr("xmlns", prefix, self.document.ns(attr.ns))?;
            }
            writer.put_attr(prefix, attr.name(text), attr.value(text))?;
        }
        Ok(())
    }

    fn prefix(&self, ns: u16) -> &'x str {
        match ns {
            NS_NONE => "",
            NS_XML => "xml",
            NS_STREAM => "stream",
            _ => self.document.nodes[ns as usize].name(self.document.text),
        }
    }

    /// Whether the prefix has to be declared for this attribute; then it is from now on.
    fn is_new(&mut self, ns: u16, prefix: &str) -> Result<bool, WriteError> {
        if matches!(ns, NS_NONE | NS_XML) {
            return Ok(false);
        }
        let current = self.declared[..self.bound].iter().rev().find(|(ns, _)| self.prefix(*ns) == prefix);
        if current.is_some_and(|(current, _)| *current == ns) {
            return Ok(false);
        }
        *self.declared.get_mut(self.bound).ok_or(WriteError::Attributes)? = (ns, self.depth as u8);
        self.bound += 1;
        Ok(true)
    }
}
