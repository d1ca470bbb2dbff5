//! What an account may do beside sending as its address: to whom, what kinds, how often, from where, how long.

use super::address::Network;
use super::settings::Kinds;
use crate::fault::{Fault, reason};
use crate::jid::Jid;
use crate::stanza::Stanza;

/// The bounds of an account.
#[derive(Clone, Copy, Debug)]
pub struct Rights<'a> {
    /// Addresses with commas between them, as [`is_pattern`] has them; empty for all.
    pub to: &'a str,
    /// The kinds it may send.
    pub kinds: Kinds,
    /// Requests a minute; 0 for any number.
    pub rate: u32,
    /// Where it may come from; empty for everywhere.
    pub from: &'a [Network],
    /// Until when it may, in seconds since 1970; 0 for ever.
    pub expires: u64,
}

impl Rights<'_> {
    /// Everything.
    pub const ALL: Self = Self { to: "", kinds: Kinds::ALL, rate: 0, from: &[], expires: 0 };

    /// Whether a complete stanza may be sent.
    pub(super) fn check(&self, stanza: &Stanza<'_>) -> Result<(), Fault> {
        if !self.kinds.has(stanza.kind) {
            let kind = stanza.kind.name();
            return Err(Fault::with(
                &reason::NOT_YOURS,
                format_args!("These credentials may not send {kind}"),
            ));
        }
        let to = stanza.to.and_then(|to| Jid::new(to).ok());
        if self.to.is_empty() || to.is_some_and(|to| patterns(self.to).any(|pattern| fits(pattern, to))) {
            return Ok(());
        }
        Err(Fault::with(&reason::NOT_YOURS, format_args!("These credentials may not send to this address")))
    }
}

/// The patterns of a list.
pub fn patterns(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|pattern| !pattern.is_empty())
}

/// Whether the text is a pattern of addresses.
///
/// It is an address in which the part before `@`, the one behind `/`, or the whole domain may be `*`, or the domain
/// begin with `*.`. Without `/` it is for all resources; without `@` for the domain alone.
pub fn is_pattern(text: &str) -> bool {
    let (node, domain, resource) = split(text);
    let domain = if domain == "*" { "x" } else { domain.strip_prefix("*.").unwrap_or(domain) };
    let plain = |part: &str| part == "*" || !part.contains('*');
    node.is_none_or(|node| !node.is_empty() && plain(node))
        && resource.is_none_or(|resource| !resource.is_empty() && plain(resource))
        && !domain.is_empty()
        && !domain.contains(['*', '@', '/'])
        && !domain.contains(char::is_uppercase)
}

fn split(pattern: &str) -> (Option<&str>, &str, Option<&str>) {
    let (bare, resource) = pattern.split_once('/').map_or((pattern, None), |(bare, rest)| (bare, Some(rest)));
    let (node, domain) = bare.split_once('@').map_or((None, bare), |(node, domain)| (Some(node), domain));
    (node, domain, resource)
}

fn fits(pattern: &str, jid: Jid<'_>) -> bool {
    let (node, domain, resource) = split(pattern);
    let one = |pattern: &str, part: Option<&str>| part.is_some_and(|part| pattern == "*" || pattern == part);
    let domain_fits = domain == "*"
        || domain == jid.domain()
        || domain.strip_prefix('*').is_some_and(|end| end.len() > 1 && jid.domain().ends_with(end));
    domain_fits
        && node.map_or(jid.node().is_none(), |node| one(node, jid.node()))
        && resource.is_none_or(|resource| one(resource, jid.resource()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_addresses() {
        let cases = [
            ("juliet@example.com", "juliet@example.com", true),
            ("juliet@example.com", "juliet@example.com/balcony", true),
            ("juliet@example.com/balcony", "juliet@example.com/street", false),
            ("juliet@example.com/*", "juliet@example.com/street", true),
            ("juliet@example.com/*", "juliet@example.com", false),
            ("juliet@example.com", "romeo@example.com", false),
            ("*@example.com", "romeo@example.com/x@evil.example", true),
            ("*@example.com", "mallory@evil.example/@example.com", false),
            ("*@example.com", "example.com", false),
            ("*@example.com", "a@sub.example.com", false),
            ("example.com", "example.com", true),
            ("example.com", "a@example.com", false),
            ("*@*.example.com", "a@sub.example.com", true),
            ("*@*.example.com", "a@example.com", false),
            ("*@*.example.com", "a@xexample.com", false),
            ("*@*", "a@b.example", true),
            ("*", "b.example", true),
        ];
        for (pattern, jid, expected) in cases {
            assert!(is_pattern(pattern), "{pattern}");
            assert_eq!(fits(pattern, Jid::new(jid).unwrap()), expected, "{jid} by {pattern}");
        }
        for text in ["", "@a", "a@", "a*@b", "a@b*", "a@*b", "a@b/", "a@b/c*", "a@*.", "a@b@c", "a@B"] {
            assert!(!is_pattern(text), "{text}");
        }
    }
}
