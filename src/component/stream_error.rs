//! Why a server ends a stream (RFC 6120 section 4.9), in words that help: one table from conditions, as Prosody
//! and ejabberd really use them, to what they mean for a component and which setting of the server cures it.

use core::fmt;

use super::words::Quoted;
use crate::gateway::line::Level;
use crate::xml::{Element, STREAM};

const CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// What a condition means and what cures it.
#[derive(Debug)]
pub(super) struct Row {
    condition: &'static str,
    /// Also needed in the server's text, when one condition has several causes.
    text: &'static str,
    /// [`Level::Error`] where waiting will not help.
    pub(super) level: Level,
    meaning: &'static str,
    /// Settings of the servers; DOMAIN stands for the component's.
    prosody: &'static str,
    ejabberd: &'static str,
}

macro_rules! rows {
    ($($condition:literal $text:literal $level:ident $meaning:literal $prosody:literal $ejabberd:literal;)*) => {
        const TABLE: &[Row] = &[$(Row {
            condition: $condition,
            text: $text,
            level: Level::$level,
            meaning: $meaning,
            prosody: $prosody,
            ejabberd: $ejabberd,
        }),*];
    };
}

// The first row that fits counts. What Prosody 0.12 and ejabberd 23.01
// were seen to say is in tests/cases/component; the other rows follow RFC 6120 section 4.9.3.
rows! {
    "host-unknown" "" Error
        "the server has no component of this domain"
        "add a section Component \"DOMAIN\" with component_secret, and restart"
        "list the domain under hosts of the listener with module: ejabberd_service";
    "host-gone" "" Error
        "the server has no component of this domain any more"
        "see the section Component \"DOMAIN\""
        "see hosts of the listener with module: ejabberd_service";
    "not-authorized" "" Error
        "the secret is not the server's"
        "component_secret in the section Component \"DOMAIN\" must be set and be the same"
        "password under hosts of the listener with module: ejabberd_service must be the same; it also says so when the domain is not listed there";
    "conflict" "existing local domain" Error
        "the domain is a host of the server itself; a component needs its own"
        "no VirtualHost of that name beside the Component"
        "take the domain out of the top-level hosts, or use another one, such as rest.DOMAIN";
    "conflict" "Replaced" Warn
        "another connection has taken this domain over; is a second gateway running with it?"
        "component_conflict_resolve = \"kick_new\" would keep the first one"
        "";
    "conflict" "" Warn
        "the server still holds an earlier connection of this domain, or a second gateway is running with it"
        "component_conflict_resolve = \"kick_old\" in the section Component \"DOMAIN\" lets the new connection in at once"
        "";
    "policy-violation" "" Warn
        "something we sent was larger or came faster than the server allows"
        "component_stanza_size_limit (global section)"
        "max_stanza_size and shaper of the listener with module: ejabberd_service";
    "not-well-formed" "" Error
        "the server could not read what we sent, or, with Prosody, it was larger than the server allows"
        "component_stanza_size_limit (global section)"
        "";
    "xml-not-well-formed" "" Error
        "the server could not read what we sent"
        "" "";
    "invalid-from" "" Error
        "a stanza had a sender that is not of this domain"
        "validate_from_addresses"
        "check_from of the listener with module: ejabberd_service";
    "improper-addressing" "" Error
        "something we sent had no address"
        "" "";
    "invalid-namespace" "" Error
        "this port of the server is not for components"
        "component_ports (5347)"
        "the port of the listener with module: ejabberd_service";
    "system-shutdown" "" Warn
        "the server is shutting down"
        "" "";
    "connection-timeout" "" Warn
        "the server heard nothing from us for too long"
        "network_settings = { read_timeout = SECONDS }"
        "negotiation_timeout, while the stream is being opened";
    "see-other-host" "" Error
        "the server wants us to connect to the host that it names; set it as [component] server"
        "" "";
    "resource-constraint" "" Warn
        "the server is short of something"
        "its log says of what"
        "its log says of what";
    "internal-server-error" "" Warn
        "the server made a mistake"
        "its log says which"
        "its log says which";
    "reset" "" Warn
        "the server wants a new stream"
        "" "";
    "" "" Warn
        "the server ended the stream"
        "" "";
}

/// A stream error that was received.
#[derive(Debug)]
pub(super) struct StreamError<'x> {
    element: Element<'x>,
    domain: &'x str,
    pub(super) row: &'static Row,
}

impl<'x> StreamError<'x> {
    /// Reads `<stream:error/>`; `None` if it is something else. The domain is our own, for the explanation.
    pub(super) fn read(element: Element<'x>, domain: &'x str) -> Option<Self> {
        if !element.is("error", STREAM) {
            return None;
        }
        let condition = Self::condition(element);
        let text =
            element.child("text", CONDITIONS).and_then(|text| text.text().as_plain()).unwrap_or_default();
        let row = TABLE
            .iter()
            .find(|row| (row.condition == condition || row.condition.is_empty()) && text.contains(row.text));
        // The last row fits everything.
        Some(Self { element, domain, row: row.unwrap_or(&TABLE[TABLE.len() - 1]) })
    }

    fn condition(element: Element<'x>) -> &'x str {
        let mut names = element.elements().filter(|child| child.ns() == CONDITIONS).map(Element::name);
        names.find(|name| *name != "text").unwrap_or("undefined-condition")
    }
}

/// One line for the operator.
impl fmt::Display for StreamError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let condition = Self::condition(self.element);
        write!(f, "{}: stream error {}", self.row.meaning, Quoted(condition))?;
        // The host of see-other-host, the server's own text, or what servers older than RFC 3920 say.
        let said = [
            self.element.child(condition, CONDITIONS).map(Element::text),
            self.element.child("text", CONDITIONS).map(Element::text),
            Some(self.element.text()),
        ];
        for said in said.into_iter().flatten().filter(|said| said.chars().any(|c| !c.is_whitespace())) {
            write!(f, " \"{}\"", Quoted(said))?;
        }
        for (server, cure) in [("Prosody", self.row.prosody), ("ejabberd", self.row.ejabberd)] {
            for (at, part) in cure.split("DOMAIN").enumerate().filter(|_| !cure.is_empty()) {
                match at {
                    0 => write!(f, "; {server}: {part}")?,
                    _ => write!(f, "{}{part}", self.domain)?,
                }
            }
        }
        Ok(())
    }
}
