//! The framer: the same pieces however the bytes arrive, and no other stanzas than rxml sees.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use restanza::xml::{Broken, Source};
use restanza_oracle::cases;
use restanza_oracle::frames::{Found, frames};
use restanza_oracle::xml::{read, read_rxml};

const PIECES: &[&str] = &[
    "<?xml version='1.0'?>",
    "<?xml version=\"1.0\" ?>\n",
    "<stream:stream xmlns='jabber:component:accept'",
    " xmlns:stream='http://etherx.jabber.org/streams'",
    " id='1'",
    ">",
    "/>",
    "<",
    "</",
    "</stream:stream>",
    " ",
    "\n",
    "\t",
    "<message>",
    "</message>",
    "<message to='a>b'>",
    "<iq id=\"'/>\"/>",
    "<a/>",
    "<a",
    "<a /",
    "</a>",
    "</a >",
    "text",
    "/",
    "'",
    "\"",
    "='",
    "=\"",
    "<![CDATA[",
    "]]>",
    "]",
    "]]",
    "<![CDATA[</a>]]>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<!",
    "<!DOCTYPE",
    "<![C",
    "&lt;",
    "é",
    "<b><c><d/></c>",
    "</b>",
];

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
    xmlns:stream='http://etherx.jabber.org/streams' id='1'>";

const STANZAS: &[&str] = &[
    "<message to='a>b'><body>it's &lt; \"1\"</body></message>",
    "<presence/>",
    "<iq id=\"'/>\"/>",
    " ",
    "\n",
    "<iq type='get'><query xmlns='u'><![CDATA[</query>]] ]]></query></iq>",
    "<a><a><a/></a ></a\n>",
    "<b x='/' />",
];

/// Mostly stanzas, then and now a piece that belongs elsewhere.
fn content() -> impl Strategy<Value = String> {
    let piece = prop_oneof![12 => select(STANZAS), 1 => select(PIECES)];
    prop_oneof![vec(piece, 0..12), vec(select(PIECES), 0..16)].prop_map(|pieces| pieces.concat())
}

/// A stream that begins well, most of the time.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    (prop::bool::weighted(0.9), content())
        .prop_map(|(opened, content)| format!("{}{content}", if opened { HEADER } else { "" }).into_bytes())
}

/// Cuts bytes at the given places.
fn cut<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut segments = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() || sizes.is_empty() {
            break;
        }
        let (segment, behind) = rest.split_at((*size).min(rest.len()));
        segments.push(segment);
        rest = behind;
    }
    segments.push(rest);
    segments
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(8000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn segments_make_no_difference(stream in stream(), sizes in vec(1..9usize, 0..6)) {
        let whole = frames(&[&stream], usize::MAX);
        prop_assert_eq!(frames(&cut(&stream, &sizes), usize::MAX), whole.clone(), "{:?}", String::from_utf8_lossy(&stream));
        prop_assert_eq!(frames(&cut(&stream, &[1]), usize::MAX), whole);
    }

    /// Whether a stanza comes whole or is skipped depends on its length alone, and nothing around it changes.
    #[test]
    fn skipping_loses_nothing_else(stream in content(), sizes in vec(1..9usize, 1..6), room in 12..40usize) {
        let mut segments = vec![HEADER.as_bytes()];
        segments.extend(cut(stream.as_bytes(), &sizes));
        let whole: Vec<_> = frames(&[HEADER.as_bytes(), stream.as_bytes()], usize::MAX);
        let bounded = frames(&segments, room);
        let shown = &stream;
        if !bounded.contains(&Found::Broken(Broken::TooLarge)) {
            prop_assert!(bounded.len() >= whole.len(), "{:?}: {:?}", shown, bounded);
        }
        for (whole, bounded) in whole.iter().zip(&bounded) {
            match bounded {
                Found::Skipped(n) => match whole {
                    Found::Stanza(stanza) => prop_assert!(stanza.len() == *n && *n > room, "{:?}", shown),
                    // The stanza is not complete, or breaks the stream somewhere behind what was skipped.
                    Found::Broken(_) => (),
                    other => prop_assert!(false, "{:?}: {:?}", shown, other),
                },
                // A closing tag that does not fit.
                Found::Broken(Broken::TooLarge) => (),
                _ => prop_assert_eq!(whole, bounded, "{:?}", shown),
            }
        }
    }

    /// What the framer cuts out is one element to rxml if it is one to our checker, and the pieces are the stream.
    #[test]
    fn stanzas_are_those_that_rxml_sees(stream in content()) {
        let mut rest = stream.as_bytes();
        for found in frames(&[HEADER.as_bytes(), rest], usize::MAX).iter().skip(1) {
            let bytes = match found {
                Found::Stanza(bytes) | Found::Space(bytes) | Found::Close(bytes) => bytes,
                _ => break,
            };
            prop_assert!(rest.starts_with(bytes));
            rest = &rest[bytes.len()..];
            if let Found::Stanza(bytes) = found {
                prop_assert_eq!(read(bytes, Source::Stanza).ok(), read_rxml(bytes, Source::Stanza).ok());
            }
        }
    }
}
