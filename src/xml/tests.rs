//! Tests of the parts together: tables of documents, every split of a stream, generated round trips.

#![allow(clippy::format_push_string, clippy::format_collect, reason = "a test may allocate to read well")]

mod check;
mod frame;
mod write;

use super::{Child, Document, Element, Node, Source, XmlError, parse};

/// Checks a document and hands it on.
fn read<T>(text: &str, source: Source, look: impl FnOnce(Document<'_>) -> T) -> Result<T, XmlError> {
    let mut nodes = vec![Node::default(); 4096];
    parse(text.as_bytes(), source, &mut nodes).map(look)
}

/// What the document says, prefixes and escapes gone: the form in which two documents are compared.
fn meaning(element: Element<'_>) -> String {
    let attrs: String = element
        .attrs()
        .map(|attr| format!("{{{}}}{}={:?} ", attr.ns, attr.name, attr.value.to_string()))
        .collect();
    let mut out = format!("{{{}}}{}[{attrs}](", element.ns(), element.name());
    let mut text = String::new();
    for child in element.children() {
        match child {
            Child::Text(piece) => text.extend(piece.chars()),
            Child::Element(child) => {
                out += &format!("{text:?}");
                out += &meaning(child);
                text.clear();
            }
        }
    }
    out + &format!("{text:?})")
}

/// A small generator of pseudo-random numbers (xorshift), so that every run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}
