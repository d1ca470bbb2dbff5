//! What may stand before the element: a byte order mark and an XML declaration, where the source allows them.
//!
//! A declaration that is not of XML 1.0, or not of UTF-8, is refused (RFC 6120 section 11.6).

use xmlparser::Stream;

use super::token::fail;
use super::{Source, Why, XmlError};

/// Where the element and the white space around it begin.
pub(super) fn prolog(text: &str, source: Source) -> Result<usize, XmlError> {
    let mut stream = Stream::from(text);
    if source == Source::Body && text.starts_with('\u{feff}') {
        stream.advance('\u{feff}'.len_utf8());
    }
    if matches!(source, Source::Body | Source::StreamOpen) && is_declaration(&text.as_bytes()[stream.pos()..])
    {
        declaration(&mut stream)?;
    }
    Ok(stream.pos())
}

/// Whether an XML declaration begins here, and not an instruction such as `<?xml-stylesheet?>`.
pub(super) fn is_declaration(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"<?xml").is_some_and(|rest| matches!(rest, [b' ' | b'\t' | b'\r' | b'\n' | b'?', ..]))
}

/// `<?xml version='1.0' encoding='utf-8' standalone='yes'?>`, of which the last two parts may be missing.
fn declaration(stream: &mut Stream<'_>) -> Result<(), XmlError> {
    let at = stream.pos();
    let malformed = fail(Why::Declaration, at);
    stream.advance("<?xml".len());
    let mut least = 0;
    loop {
        let spaced = stream.starts_with_space();
        stream.skip_spaces();
        if stream.starts_with(b"?>") {
            stream.advance(2);
            return if least > 0 { Ok(()) } else { Err(malformed) };
        }
        let name = stream.consume_bytes(|_, b| b.is_ascii_lowercase());
        stream.consume_eq().map_err(|_| malformed)?;
        let quote = stream.consume_quote().map_err(|_| malformed)?;
        let value = stream.consume_bytes(|_, b| b != quote);
        stream.consume_byte(quote).map_err(|_| malformed)?;
        // Each part once, in this order, the first always.
        least = match (name.as_str(), value.as_str()) {
            _ if !spaced => return Err(malformed),
            ("version", "1.0") if least == 0 => 1,
            ("encoding", name) if least == 1 && name.eq_ignore_ascii_case("utf-8") => 2,
            ("encoding", _) if least == 1 => return Err(fail(Why::Encoding, at)),
            ("standalone", "yes" | "no") if least == 1 || least == 2 => 3,
            _ => return Err(malformed),
        };
    }
}
