//! What the gateway itself answers, as the entity that its own domain names.
//!
//! Service discovery (XEP-0030), software version (XEP-0092), ping (XEP-0199) and last activity (XEP-0012), each as
//! iq of type get. They are answered here unless a webhook asks for them (`questions`): somebody who looks whether the
//! component is there and alive asks just these, and should not depend on a webhook. Everything else to the domain is
//! for the webhooks, also what is asked of a node: so a webhook lists its own commands (XEP-0050), and that there are
//! commands is said here when one gets them. The operating system is not told.

use crate::stanza;
use crate::time::Duration;
use crate::xml::{Element, Writer};

const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
const VERSION: &str = "jabber:iq:version";
const LAST: &str = "jabber:iq:last";
const PING: &str = "urn:xmpp:ping";
const COMMANDS: &str = "http://jabber.org/protocol/commands";

/// All that is answered, and so the features.
const QUESTIONS: [(&str, &str); 5] =
    [("query", DISCO_INFO), ("query", DISCO_ITEMS), ("query", LAST), ("query", VERSION), ("ping", PING)];

/// Writes the answer to an iq that was sent to the gateway's own domain, if it is one of those answered here.
///
/// `uptime` counts from the start of the process; `has_commands` says whether a webhook gets commands to the domain.
pub(super) fn answer(iq: Element<'_>, uptime: Duration, has_commands: bool, out: &mut Writer<'_>) -> bool {
    let mut children = iq.elements();
    let (Some(child), None) = (children.next(), children.next()) else { return false };
    let is_get = iq.attr("type").is_some_and(|type_| type_ == "get");
    let Some((name, ns)) = QUESTIONS.into_iter().find(|(name, ns)| is_get && child.is(name, ns)) else {
        return false;
    };
    // There are no nodes: asked for one, it is an ordinary unknown question.
    if matches!(ns, DISCO_INFO | DISCO_ITEMS) && child.attr("node").is_some_and(|node| !node.is_empty()) {
        return false;
    }
    stanza::start_answer(iq, "result", out);
    match ns {
        DISCO_INFO => {
            out.start(name, ns);
            let (category, type_) = ("component", "generic");
            out.start("identity", ns)
                .attr("category", category)
                .attr("type", type_)
                .attr("name", "restanza")
                .end();
            for feature in QUESTIONS.map(|row| row.1).into_iter().chain(has_commands.then_some(COMMANDS)) {
                out.start("feature", ns).attr("var", feature).end();
            }
            out.end();
        }
        VERSION => {
            out.start(name, ns).element("name", ns, "restanza");
            out.element("version", ns, env!("CARGO_PKG_VERSION")).end();
        }
        LAST => {
            out.start(name, ns).attr("seconds", uptime.as_secs()).end();
        }
        DISCO_ITEMS => {
            out.start(name, ns).end();
        }
        // A pong is empty.
        _ => {}
    }
    out.end();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Node, Source, parse};

    fn answer_to(iq: &str) -> Option<String> {
        answer_with(iq, false)
    }

    fn answer_with(iq: &str, has_commands: bool) -> Option<String> {
        let (mut nodes, mut memory) = ([Node::default(); 32], [0; 2048]);
        let document = parse(iq.as_bytes(), Source::Stanza, &mut nodes).unwrap();
        let mut out = Writer::new(&mut memory);
        let answered = answer(document.root(), Duration::from_millis(61_999), has_commands, &mut out);
        let n = out.finish().unwrap();
        assert_eq!(answered, n > 0);
        answered.then(|| String::from_utf8(memory[..n].to_vec()).unwrap())
    }

    #[test]
    fn the_questions_are_answered() {
        for (question, payload) in [
            ("<ping xmlns='urn:xmpp:ping'/>", ""),
            ("<query xmlns='jabber:iq:last'/>", "<query xmlns='jabber:iq:last' seconds='61'/>"),
            (
                "<query xmlns='jabber:iq:version'/>",
                concat!(
                    "<query xmlns='jabber:iq:version'><name>restanza</name><version>",
                    env!("CARGO_PKG_VERSION"),
                    "</version></query>"
                ),
            ),
            (
                "<query xmlns='http://jabber.org/protocol/disco#items'/>",
                "<query xmlns='http://jabber.org/protocol/disco#items'/>",
            ),
            (
                "<query xmlns='http://jabber.org/protocol/disco#info' node=''/>",
                "<query xmlns='http://jabber.org/protocol/disco#info'>\
                 <identity category='component' type='generic' name='restanza'/>\
                 <feature var='http://jabber.org/protocol/disco#info'/>\
                 <feature var='http://jabber.org/protocol/disco#items'/>\
                 <feature var='jabber:iq:last'/><feature var='jabber:iq:version'/>\
                 <feature var='urn:xmpp:ping'/></query>",
            ),
        ] {
            let start = "<iq type='result' id='1' from='rest.example.org' to='a@b/c'";
            let expected =
                if payload.is_empty() { format!("{start}/>") } else { format!("{start}>{payload}</iq>") };
            let iq = format!("<iq type='get' id='1' from='a@b/c' to='rest.example.org'>{question}</iq>");
            assert_eq!(answer_to(&iq), Some(expected));
        }
    }

    #[test]
    fn commands_are_named_if_somebody_gets_them() {
        let iq = "<iq type='get' id='1' from='a'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>";
        let feature = "<feature var='http://jabber.org/protocol/commands'/>";
        assert!(answer_with(iq, true).unwrap().contains(feature));
        assert!(!answer_with(iq, false).unwrap().contains(feature));
    }

    #[test]
    fn everything_else_is_not() {
        for iq in [
            "<iq type='set' id='1' from='a'><ping xmlns='urn:xmpp:ping'/></iq>",
            "<iq type='result' id='1' from='a'><ping xmlns='urn:xmpp:ping'/></iq>",
            "<iq type='result' id='1' from='a'/>",
            "<iq type='get' id='1' from='a'><query xmlns='urn:xmpp:ping'/></iq>",
            "<iq type='get' id='1' from='a'><time xmlns='urn:xmpp:time'/></iq>",
            "<iq type='get' id='1' from='a'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>",
            "<iq type='get' id='1' from='a'><query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>",
            "<iq type='get' id='1' from='a'><query xmlns='http://jabber.org/protocol/disco#items' \
             node='http://jabber.org/protocol/commands'/></iq>",
        ] {
            assert_eq!(answer_to(iq), None, "{iq}");
        }
    }
}
