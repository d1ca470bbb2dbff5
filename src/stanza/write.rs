//! A stanza on its way to the server, as XML.

use super::Stanza;
use crate::xml::{STANZA, WriteError, Writer};

/// Writes a completed stanza at the start of `out`; gives its length.
///
/// The attributes are escaped here; the payload was made by [`Writer`] and is copied.
pub fn write(stanza: &Stanza<'_>, out: &mut [u8]) -> Result<usize, WriteError> {
    let mut out = Writer::new(out);
    start(stanza, &mut out).end();
    out.finish()
}

/// The same without its end, for what is to follow on the payload.
pub(crate) fn start<'w, 'b>(stanza: &Stanza<'_>, out: &'w mut Writer<'b>) -> &'w mut Writer<'b> {
    out.start(stanza.kind.name(), STANZA)
        .attr_opt("type", stanza.type_)
        .attr_opt("id", stanza.id)
        .attr_opt("from", stanza.from)
        .attr_opt("to", stanza.to)
        .attr_opt("xml:lang", stanza.lang)
        .written(stanza.payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stanza::Kind;

    #[test]
    fn fields_are_escaped_and_the_payload_is_not() {
        let stanza = Stanza {
            kind: Kind::Message,
            to: Some("o'neil@example.org"),
            from: Some("bot@rest.example.org/<>"),
            id: Some("\"\n&"),
            type_: None,
            lang: Some("de"),
            payload: "<body>&amp;</body>",
            children: 1,
        };
        let mut out = [0; 256];
        let n = write(&stanza, &mut out).unwrap();
        let xml = "<message id='\"&#10;&amp;' from='bot@rest.example.org/&lt;&gt;' to='o&apos;neil@example.org' \
            xml:lang='de'><body>&amp;</body></message>";
        assert_eq!(core::str::from_utf8(&out[..n]).unwrap(), xml);
        assert_eq!(write(&stanza, &mut [0; 20]), Err(WriteError::Full));
        let n = write(&Stanza { payload: "", lang: None, id: None, ..stanza }, &mut out).unwrap();
        assert!(out[..n].ends_with(b"'/>"));
    }
}
