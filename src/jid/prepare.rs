//! From a text that somebody wrote to the one spelling of the address.

use core::fmt::{self, Write as _};
use core::net::Ipv6Addr;

use super::{Jid, JidError, Part, Wrong, split};
use crate::arena::Arena;

/// Checks and prepares an address; the prepared text is kept in `arena`.
pub fn prepare<'s>(text: &str, arena: &mut Arena<'s>) -> Result<Jid<'s>, JidError> {
    let (node, domain, resource) = split(text);
    // A final dot only says that the domain is absolute (RFC 7622 section 3.2).
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    check(Part::Node, node.unwrap_or_default(), in_node)?;
    check_domain(domain)?;
    check(Part::Resource, resource.unwrap_or_default(), in_resource)?;
    let prepared = arena
        .text(Prepared { node, domain, resource })
        .map_err(|_| JidError { part: Part::Domain, wrong: Wrong::NoRoom })?;
    Jid::new(prepared)
}

fn check(part: Part, text: &str, allowed: fn(char) -> bool) -> Result<(), JidError> {
    match text.chars().find(|&c| !allowed(c)) {
        Some(c) => Err(JidError { part, wrong: Wrong::Character(c) }),
        None => Ok(()),
    }
}

fn check_domain(domain: &str) -> Result<(), JidError> {
    let wrong = |wrong| Err(JidError { part: Part::Domain, wrong });
    if let Some(literal) = domain.strip_prefix('[') {
        let address = literal.strip_suffix(']').and_then(|inner| match inner.split_once('%') {
            Some((address, zone)) => is_zone(zone).then_some(address),
            None => Some(inner),
        });
        return match address.map(str::parse::<Ipv6Addr>) {
            Some(Ok(_)) => Ok(()),
            _ => wrong(Wrong::Ipv6),
        };
    }
    check(Part::Domain, domain, in_domain)?;
    if !domain.is_empty() && !domain.split('.').all(is_label) {
        return wrong(Wrong::Label);
    }
    Ok(())
}

/// An NR-LDH label or an A-label (RFC 5890 section 2.3.1), or what may be a U-label.
fn is_label(label: &str) -> bool {
    let reserved = label.get(2..4) == Some("--") && !label[..2].eq_ignore_ascii_case("xn");
    !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && !reserved
}

/// RFC 6874: the unreserved characters of a URI.
fn is_zone(zone: &str) -> bool {
    !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// RFC 7622 section 3.3, RFC 8264 section 4.2: the IdentifierClass, less what section 3.3.1 excludes.
fn in_node(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_graphic() && !"\"&'/:<>@".contains(c) } else { is_word(c) }
}

/// Letters, digits and hyphens (RFC 7622 section 3.2), and the underscore, which hosts in private networks have.
fn in_domain(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || "-_.".contains(c) } else { is_word(c) }
}

/// RFC 7622 section 3.4, RFC 8264 section 4.3: the FreeformClass.
fn in_resource(c: char) -> bool {
    !c.is_control() && !is_invisible(c)
}

fn is_word(c: char) -> bool {
    !is_invisible(c) && !within(SYMBOLS, c)
}

fn is_invisible(c: char) -> bool {
    // The last two code points of each plane are no characters.
    within(INVISIBLE, c) || c as u32 & 0xFFFE == 0xFFFE
}

fn within(ranges: &[(u32, u32)], c: char) -> bool {
    ranges.iter().any(|range| (range.0..=range.1).contains(&(c as u32)))
}

/// What RFC 8264 allows in no class: controls, formats, ignorables (section 9.13), old Hangul (section 9.9),
/// private use, line and paragraph separators, noncharacters.
const INVISIBLE: &[(u32, u32)] = &[
    (0x80, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x1100, 0x11FF),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xA960, 0xA97C),
    (0xD7B0, 0xD7FB),
    (0xE000, 0xF8FF),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0x10_FFFF),
];

/// Blocks without a character of RFC 8264's IdentifierClass, but for a handful of rare letters: spaces,
/// punctuation, symbols, numerals that are no digits, compatibility forms.
const SYMBOLS: &[(u32, u32)] = &[
    (0xA0, 0xBF),
    (0xD7, 0xD7),
    (0xF7, 0xF7),
    (0x1680, 0x1680),
    (0x2000, 0x2BFF),
    (0x2E00, 0x3004),
    (0x3008, 0x3020),
    (0x3030, 0x3030),
    (0x3200, 0x33FF),
    (0x4DC0, 0x4DFF),
    (0xA490, 0xA4CF),
    (0xF900, 0xFA0D),
    (0xFB00, 0xFB1D),
    (0xFB1F, 0xFDFF),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE72),
    (0xFE74, 0xFFFF),
    (0x1D000, 0x1D9FF),
    (0x1EE00, 0x1FBFF),
    (0x2F800, 0x2FA1F),
];

/// Shows the prepared form of parts that were checked.
struct Prepared<'a> {
    node: Option<&'a str>,
    domain: &'a str,
    resource: Option<&'a str>,
}

impl fmt::Display for Prepared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(node) = self.node {
            for c in node.chars() {
                // Prosody and ejabberd follow RFC 6122, which folds the final sigma.
                write!(f, "{}", if c == 'ς' { 'σ' } else { c }.to_lowercase())?;
            }
            f.write_char('@')?;
        }
        // The zone of an IPv6 address is the name of an interface, whose case counts.
        let zone = self.domain.find('%').unwrap_or(self.domain.len());
        for c in self.domain[..zone].chars() {
            write!(f, "{}", c.to_lowercase())?;
        }
        f.write_str(&self.domain[zone..])?;
        if let Some(resource) = self.resource {
            f.write_char('/')?;
            for c in resource.chars() {
                f.write_char(if c.is_whitespace() { ' ' } else { c })?;
            }
        }
        Ok(())
    }
}
