//! Whether a stanza has what a key of the table says, without writing it.

use super::index;
use super::shape::{At, Shape};
use crate::stanza::Kind;
use crate::xml::{Element, STANZA};

/// Whether there is such a key.
pub fn is_key(name: &str) -> bool {
    index::by_key(name).next().is_some()
}

/// Whether the stanza has the element or attribute that the key is about.
pub fn has_key(stanza: Element<'_>, kind: Kind, key: &str) -> bool {
    index::by_key(key).any(|(_, row)| {
        let field = &row.field;
        row.kinds.has(kind)
            && match field.at {
                At::Here => match field.shape {
                    Shape::Attr(name, _) => stanza.attr(name).is_some(),
                    Shape::Lang => stanza.lang().is_some(),
                    _ => false,
                },
                At::Child(name, ns) | At::Each(name, ns) => stanza.elements().any(|child| {
                    let ns = if ns.is_empty() { STANZA } else { ns };
                    (name.is_empty() || child.name() == name)
                        && child.ns() == *ns
                        && match field.shape {
                            Shape::Name(names) => names.contains(&child.name()),
                            _ => true,
                        }
                }),
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Node, Source, parse};

    #[test]
    fn keys_are_found_by_what_they_are_about() {
        let command = "<iq type='set'><command xmlns='http://jabber.org/protocol/commands' node='x'/></iq>";
        let message =
            "<message id='1'><body>x</body><paused xmlns='http://jabber.org/protocol/chatstates'/></message>";
        for (stanza, kind, key, expected) in [
            (command, Kind::Iq, "command", true),
            (command, Kind::Iq, "ping", false),
            (command, Kind::Message, "ping", false),
            (message, Kind::Message, "body", true),
            (message, Kind::Message, "state", true),
            (message, Kind::Message, "subject", false),
            (message, Kind::Message, "id", true),
            (message, Kind::Message, "lang", false),
            (message, Kind::Message, "no-such-key", false),
        ] {
            let mut nodes = [Node::default(); 16];
            let document = parse(stanza.as_bytes(), Source::Stanza, &mut nodes).unwrap();
            assert_eq!(has_key(document.root(), kind, key), expected, "{stanza} {key}");
        }
        assert!(is_key("body") && !is_key("no-such-key"));
    }
}
