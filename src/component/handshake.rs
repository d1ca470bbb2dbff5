//! The opening of a component's stream (XEP-0114 section 3): the server's header, the digest; and what is to be said
//! when something answers that is no component port of an XMPP server.

use core::fmt;

use sha1_smol::Sha1;

use crate::xml::{COMPONENT, Element, STREAM, Text};

/// The digest over the stream's id and the secret, in lower-case hexadecimal.
pub(super) fn digest(id: Text<'_>, secret: &str) -> impl fmt::Display + use<> {
    let mut hash = Hash(Sha1::new());
    // Hash takes everything.
    let _ = fmt::write(&mut hash, format_args!("{id}{secret}"));
    Hex(hash.0.digest().bytes())
}

struct Hash(Sha1);

impl fmt::Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

struct Hex([u8; 20]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What kind of stream the server's header opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened<'x> {
    /// A component's. Without an id, an error follows.
    Component { id: Text<'x> },
    /// Another one, or none; the words are for the operator.
    Other(&'static str),
}

/// Reads the server's header; `bytes` is its text and `root` its element.
pub(super) fn opened<'x>(bytes: &[u8], root: Element<'x>) -> Opened<'x> {
    // The default namespace of the header is not part of what the checker keeps.
    let says = |ns: &str| bytes.windows(ns.len()).any(|part| part == ns.as_bytes());
    if !root.is("stream", STREAM) {
        Opened::Other("what answers there is no XMPP server")
    } else if says(COMPONENT) {
        Opened::Component { id: root.attr("id").unwrap_or(Text::EMPTY) }
    } else if says("jabber:server") {
        Opened::Other(
            "this port is for other servers; see component_ports (Prosody, 5347), or the listener with module: ejabberd_service",
        )
    } else {
        Opened::Other(
            "this port is for clients; see component_ports (Prosody, 5347), or the listener with module: ejabberd_service",
        )
    }
}

/// What answers in a way that is no XML, told by its first bytes.
const STRANGERS: [(&[u8], &str); 4] = [
    (
        b"HTTP/",
        "this port is for HTTP; see component_ports (Prosody, 5347), or the listener with module: ejabberd_service",
    ),
    (
        b"\x15\x03",
        "this port speaks TLS; XEP-0114 has none of its own: connect to the plain port on loopback, or through a tunnel",
    ),
    (b"SSH-", "this port is for SSH"),
    (b"220 ", "this port is for mail or FTP"),
];

/// Whether `bytes` are the beginning of what [`stranger`] would know.
pub(super) fn may_be_stranger(bytes: &[u8]) -> bool {
    STRANGERS.iter().any(|(start, _)| start.len() > bytes.len() && start.starts_with(bytes))
}

/// What to say of an answer that is no XML.
pub(super) fn stranger(bytes: &[u8]) -> &'static str {
    STRANGERS
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map_or("what answers there is no XMPP server", |row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Arena;
    use crate::xml::{Node, Source, parse};

    #[test]
    fn the_digest_is_over_the_id_unescaped() {
        // By another program: SHA-1 of "3BF96D32test", of "a&btest".
        for (header, digest) in [
            ("3BF96D32", "aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e"),
            ("a&amp;b", "42aadcd1ad4664955ff23936ea95a10f9d9189d6"),
        ] {
            let (mut text, mut nodes) = ([0; 200], [Node::default(); 8]);
            let header = Arena::new(&mut text).text(format_args!(
                "<stream:stream xmlns='{COMPONENT}' xmlns:stream='{STREAM}' id='{header}'>"
            ));
            let header = header.unwrap().as_bytes();
            let document = parse(header, Source::StreamOpen, &mut nodes).unwrap();
            let Opened::Component { id } = opened(header, document.root()) else { panic!("no component") };
            assert_eq!(super::digest(id, "test").to_string(), digest);
        }
    }
}
