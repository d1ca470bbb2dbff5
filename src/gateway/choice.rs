//! Which hook gets a stanza: the first whose conditions all hold, and before it those that only want a copy.
//!
//! A pattern is a text in which `*` stands for any characters and `?` for one. One that ends in `@` is for the part of
//! an address before it, one that begins with `/` for the resource, any other for the whole address. Several have
//! commas between them, and one of them must fit.

use crate::jid::{Form, Jid};
use crate::mapping;
use crate::stanza::Kind;
use crate::xml::Element;

use super::settings::{Choice, Settings};

/// What is asked of a stanza.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'s> {
    pub(super) element: Element<'s>,
    pub(super) kind: Kind,
    pub(super) to: &'s str,
    pub(super) from: &'s str,
}

/// The next hook, from that place in the settings on, that wants the stanza.
pub(super) fn next(settings: &dyn Settings, from: usize, subject: &Subject<'_>) -> Option<usize> {
    let to = Jid::new(subject.to).ok()?;
    (from..)
        .map_while(|at| settings.hook(at).map(|hook| (at, hook)))
        .find(|(_, hook)| wants(&hook.choice, to, subject))
        .map(|(at, _)| at)
}

/// Whether the hook that answers a question to the domain itself is one that wants them all.
pub(super) fn takes_questions(settings: &dyn Settings, subject: &Subject<'_>) -> bool {
    let mut at = 0;
    while let Some(hook) = next(settings, at, subject).and_then(|found| {
        at = found + 1;
        settings.hook(found)
    }) {
        if !hook.choice.goes_on {
            return hook.choice.questions;
        }
    }
    false
}

/// Whether a hook gets commands (XEP-0050) that are sent to the domain itself, from some people at least.
pub(super) fn takes_commands(settings: &dyn Settings) -> bool {
    let Ok(to) = Jid::new(settings.domain()) else { return false };
    (0..).map_while(|at| settings.hook(at)).any(|hook| {
        let choice = hook.choice;
        choice.kinds.iq
            && choice.events.host
            && !choice.goes_on
            && (choice.to.is_empty() || fits_any(choice.to, to))
            && (choice.types.is_empty() || parts(choice.types).any(|type_| type_ == "set"))
            && (choice.keys.is_empty() || parts(choice.keys).any(|key| key == "command"))
    })
}

fn wants(choice: &Choice<'_>, to: Jid<'_>, subject: &Subject<'_>) -> bool {
    let event = match to.form() {
        Form::Host => choice.events.host,
        Form::Bare => choice.events.bare,
        Form::Full => choice.events.full,
    };
    let Subject { element, kind, from, .. } = *subject;
    event
        && choice.kinds.has(kind)
        && (choice.to.is_empty() || fits_any(choice.to, to))
        && (choice.from.is_empty() || Jid::new(from).is_ok_and(|from| fits_any(choice.from, from)))
        && (choice.types.is_empty() || parts(choice.types).any(|type_| is_type(element, kind, type_)))
        && (choice.keys.is_empty() || parts(choice.keys).any(|key| mapping::has_key(element, kind, key)))
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

/// A type that is not there has a name all the same (RFC 6121 sections 5.2.2 and 4.7.1).
fn is_type(element: Element<'_>, kind: Kind, wanted: &str) -> bool {
    match element.attr("type") {
        Some(type_) => type_ == *wanted,
        None => matches!((kind, wanted), (Kind::Message, "normal") | (Kind::Presence, "available")),
    }
}

fn fits_any(patterns: &str, jid: Jid<'_>) -> bool {
    parts(patterns).any(|pattern| {
        if let Some(node) = pattern.strip_suffix('@') {
            jid.node().is_some_and(|own| fits(node, own))
        } else if let Some(resource) = pattern.strip_prefix('/') {
            jid.resource().is_some_and(|own| fits(resource, own))
        } else {
            fits(pattern, jid.as_str())
        }
    })
}

/// Whether the whole text fits the pattern; in time bounded by the product of their lengths.
fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Where to go on after the last `*`: behind it, and with one more character taken by it.
    let mut star: Option<(&str, &str)> = None;
    loop {
        let (wanted, behind) = first(pattern);
        let (found, rest) = first(text);
        match (wanted, found) {
            (Some('*'), _) => {
                star = Some((behind, text));
                pattern = behind;
            }
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                (pattern, text) = (behind, rest);
            }
            _ => {
                let Some((behind, taken)) = star else { return false };
                let (Some(_), rest) = first(taken) else { return false };
                star = Some((behind, rest));
                (pattern, text) = (behind, rest);
            }
        }
    }
}

fn first(text: &str) -> (Option<char>, &str) {
    let mut chars = text.chars();
    (chars.next(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "abc", true),
            ("a*", "bac", false),
            ("*c", "abcc", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("?", "ü", true),
            ("l?mp", "lamp", true),
            ("?", "", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        for (patterns, jid, expected) in [
            ("lamp-*@", "lamp-1@gw.example/x", true),
            ("lamp-*@", "lamp-1.example", false),
            ("/therm*", "any@gw.example/thermostat", true),
            ("/therm*", "therm@gw.example", false),
            ("gw.example", "gw.example", true),
            ("gw.example", "bot@gw.example", false),
            ("a@*, b@*", "b@gw.example/x", true),
        ] {
            assert_eq!(fits_any(patterns, Jid::new(jid).unwrap()), expected, "{patterns} {jid}");
        }
    }
}
