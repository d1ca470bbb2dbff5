//! Addresses: `node@domain/resource`, split, prepared and compared.
//!
//! ASCII addresses are prepared exactly (RFC 7622, and RFC 6122 which servers still follow): the same person never
//! has two spellings, and what cannot be an address is refused. Beyond ASCII the full preparation needs tables
//! larger than the rest of the gateway (the `jid` crate adds 390 KB to a program, this module 23 KB, half of them the
//! lower-case letters of `core`), so here a small rule holds instead:
//!
//! - Refused are characters that no part may have: controls, invisible and private ones everywhere; symbols,
//!   punctuation, numerals that are no digits and compatibility forms in node and domain.
//! - Node and domain are lower-cased by character, ς becomes σ in a node; any other space becomes a plain space in
//!   a resource.
//! - Left to the server: composing (NFC, NFKC), ß against ss, the rule of writing direction (RFC 5893), contextual
//!   rules, A-labels against U-labels, code points that no standard has assigned yet.
//!
//! Two addresses are the same only if their prepared bytes are, and the prepared bytes are what goes on the wire.
//! So the second rule can only tell apart what a server would join: [`covers`] fails closed.

mod prepare;

use core::fmt;

pub use prepare::prepare;

/// The most bytes that each part may have (RFC 7622 section 3.1).
pub const PART: usize = 1023;

/// The most bytes of an address: three parts and two separators.
pub const LONGEST: usize = 3 * PART + 2;

/// An address in prepared form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Jid<'a> {
    text: &'a str,
    /// The length of the node; 0 without one.
    node: u16,
    /// The length without the resource.
    bare: u16,
}

/// Which addresses a stanza can come to, as mod_rest's callback events tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `domain` or `domain/resource`
    Host,
    /// `node@domain`
    Bare,
    /// `node@domain/resource`
    Full,
}

impl<'a> Jid<'a> {
    /// Splits a text that is prepared already: what [`prepare`] made, or what the server sent.
    pub fn new(text: &'a str) -> Result<Self, JidError> {
        let (node, domain, resource) = split(text);
        let bare = text.len() - resource.map_or(0, |resource| resource.len() + 1);
        for (part, value) in [(Part::Node, node), (Part::Domain, Some(domain)), (Part::Resource, resource)] {
            match value.map(str::len) {
                Some(0) => return Err(JidError { part, wrong: Wrong::Empty }),
                Some(len) if len > PART => return Err(JidError { part, wrong: Wrong::TooLong }),
                _ => {}
            }
        }
        Ok(Self { text, node: node.map_or(0, str::len) as u16, bare: bare as u16 })
    }

    /// The whole address.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// The part before the `@`.
    pub fn node(self) -> Option<&'a str> {
        (self.node > 0).then(|| &self.text[..self.node as usize])
    }

    /// The part that is always there.
    pub fn domain(self) -> &'a str {
        let start = if self.node > 0 { self.node as usize + 1 } else { 0 };
        &self.text[start..self.bare as usize]
    }

    /// The part behind the `/`.
    pub fn resource(self) -> Option<&'a str> {
        self.text.get(self.bare as usize + 1..)
    }

    /// The address without its resource.
    pub fn bare(self) -> &'a str {
        &self.text[..self.bare as usize]
    }

    /// Host, bare or full.
    pub fn form(self) -> Form {
        match (self.node(), self.resource()) {
            (None, _) => Form::Host,
            (Some(_), None) => Form::Bare,
            (Some(_), Some(_)) => Form::Full,
        }
    }
}

impl fmt::Display for Jid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Whether somebody known as `principal` may send as `jid`.
///
/// A full address may only be itself, a bare one itself and each of its resources, a domain every address of it.
pub fn covers(principal: Jid<'_>, jid: Jid<'_>) -> bool {
    if principal.resource().is_some() {
        principal == jid
    } else if principal.node().is_some() {
        principal.text == jid.bare()
    } else {
        principal.text == jid.domain()
    }
}

/// Whether an answer from `from` may be the one to a question that was sent to `asked`.
///
/// A server that prepares addresses fully may answer from another spelling of a part that is not ASCII, or of a
/// domain written in A-labels; such a part counts as equal. This is for answers that are known by an id that
/// nobody can guess, never for permission.
pub fn may_answer(asked: Jid<'_>, from: Jid<'_>) -> bool {
    let same = |asked: &str, from: &str| asked == from || !asked.is_ascii();
    let optional = |asked: Option<&str>, from: Option<&str>| match (asked, from) {
        (Some(asked), Some(from)) => same(asked, from),
        (None, None) => true,
        _ => false,
    };
    optional(asked.node(), from.node())
        && (same(asked.domain(), from.domain()) || asked.domain().contains("xn--"))
        && optional(asked.resource(), from.resource())
}

/// The three parts (RFC 7622 section 3.2: the resource is split off first).
fn split(text: &str) -> (Option<&str>, &str, Option<&str>) {
    let (bare, resource) = match text.split_once('/') {
        Some((bare, resource)) => (bare, Some(resource)),
        None => (text, None),
    };
    match bare.split_once('@') {
        Some((node, domain)) => (Some(node), domain, resource),
        None => (None, bare, resource),
    }
}

/// A part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before the `@`; RFC 7622 calls it localpart.
    Node,
    /// The domain.
    Domain,
    /// Behind the `/`.
    Resource,
}

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JidError {
    /// The part that is wrong.
    pub part: Part,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What can be wrong with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing in it.
    Empty,
    /// More than [`PART`] bytes.
    TooLong,
    /// A character that it must not have.
    Character(char),
    /// A label of the domain is empty or has hyphens where they must not be.
    Label,
    /// Brackets without an IPv6 address in them.
    Ipv6,
    /// The memory for prepared addresses is used up; no fault of the address.
    NoRoom,
}

impl fmt::Display for JidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Node => "the part before the @",
            Part::Domain => "the domain",
            Part::Resource => "the resource",
        };
        match self.wrong {
            Wrong::Empty => write!(f, "{part} is empty"),
            Wrong::TooLong => write!(f, "{part} is longer than {PART} bytes"),
            Wrong::Character(c) if c.is_ascii_graphic() => {
                write!(f, "{part} must not have the character {c}")
            }
            Wrong::Character(c) => write!(f, "{part} must not have the character U+{:04X}", c as u32),
            Wrong::Label => write!(f, "{part} has an empty label, or one with a misplaced hyphen"),
            Wrong::Ipv6 => write!(f, "{part} is not an IPv6 address"),
            Wrong::NoRoom => write!(f, "there is no memory left for {part}"),
        }
    }
}

impl core::error::Error for JidError {}

#[cfg(test)]
mod tests;
