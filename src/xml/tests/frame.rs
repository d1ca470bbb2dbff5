//! The framer gives the same pieces however the bytes arrive, refuses at once, and skips what is too large.

use super::super::{Broken, Framer, Piece};
use super::Dice;

/// What a reader of the stream saw; neighbouring white space and skipped parts are counted together.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Open(String),
    Stanza(String),
    Close(String),
    Space(usize),
    Skipped { start_tag: Option<String>, len: usize, whole: bool },
    Broken(Broken),
}

/// Reads a stream through a buffer of some size, in segments of the given lengths.
///
/// Bytes that were looked at before are spoilt before they are shown again.
fn pieces(stream: &[u8], capacity: usize, mut segment: impl FnMut() -> usize) -> Vec<Seen> {
    let (mut framer, mut buffer, mut rest, mut seen) = (Framer::new(), Vec::new(), stream, Vec::new());
    let mut looked_at = 0_usize;
    loop {
        let n = segment().min(rest.len()).min(capacity - buffer.len());
        buffer.extend_from_slice(&rest[..n]);
        rest = &rest[n..];
        loop {
            let mut shown = buffer.clone();
            // The last one may be the `/` of a `/>`.
            shown[..looked_at.saturating_sub(1)].fill(b'\xff');
            let piece = match framer.next(&shown) {
                Ok(piece) => piece,
                Err(broken) => {
                    seen.push(Seen::Broken(broken));
                    return seen;
                }
            };
            let text = |n: usize| String::from_utf8(buffer[..n].to_vec()).unwrap();
            let len = match piece {
                Piece::Incomplete => break,
                Piece::StreamOpen(n) => (seen.push(Seen::Open(text(n))), n).1,
                Piece::Stanza(n) => (seen.push(Seen::Stanza(text(n))), n).1,
                Piece::StreamClose(n) => (seen.push(Seen::Close(text(n))), n).1,
                Piece::Space(n) => match seen.last_mut() {
                    Some(Seen::Space(before)) => (*before += n, n).1,
                    _ => (seen.push(Seen::Space(n)), n).1,
                },
                Piece::Skipped(n) => match seen.last_mut() {
                    Some(Seen::Skipped { len, whole, .. }) => {
                        *len += n;
                        *whole = !framer.is_skipping();
                        n
                    }
                    _ => panic!("nothing was to be skipped"),
                },
            };
            buffer.drain(..len);
            looked_at = 0;
        }
        looked_at = buffer.len();
        if buffer.len() == capacity {
            let start_tag = framer.start_tag().map(|n| String::from_utf8(buffer[..n].to_vec()).unwrap());
            match framer.skip() {
                Ok(()) => seen.push(Seen::Skipped { start_tag, len: buffer.len(), whole: false }),
                Err(broken) => {
                    seen.push(Seen::Broken(broken));
                    return seen;
                }
            }
            buffer.clear();
            looked_at = 0;
        }
        if rest.is_empty() {
            return seen;
        }
    }
}

const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' id=\"a>b\">";

fn text(parts: &[&str]) -> String {
    parts.concat()
}

/// Streams and their pieces.
fn streams() -> Vec<(String, Vec<Seen>)> {
    let open = || Seen::Open(OPEN.into());
    let stanza = |text: &str| Seen::Stanza(text.into());
    let long = "<message to='a/>b' from=\"it's>\"><body>x > ]]> y</body><x><x/><x a='/'></x></x></message>";
    let section = "<m><![CDATA[</m><!--]] ><?>]>]]]]><![CDATA[]]>]]></m>";
    vec![
        (text(&[OPEN, "<handshake/>"]), vec![open(), stanza("<handshake/>")]),
        (
            text(&[" \n<s>", long, "\r\n ", "<a  />", section, "\n", "<a></a >", "</s >"]),
            vec![
                Seen::Open(" \n<s>".into()),
                stanza(long),
                Seen::Space(3),
                stanza("<a  />"),
                stanza(section),
                Seen::Space(1),
                stanza("<a></a >"),
                Seen::Close("</s >".into()),
            ],
        ),
        (text(&[OPEN, " <a>", "<b>".repeat(400).as_str(), "</b>".repeat(400).as_str(), "</a>"]), {
            let deep = text(&["<a>", &"<b>".repeat(400), &"</b>".repeat(400), "</a>"]);
            vec![open(), Seen::Space(1), stanza(&deep)]
        }),
        (text(&[OPEN, "</stream:stream>\n"]), {
            vec![open(), Seen::Close("</stream:stream>".into()), Seen::Broken(Broken::Ended)]
        }),
        (text(&["<s/>", "<a/>"]), vec![Seen::Open("<s/>".into()), Seen::Broken(Broken::Ended)]),
        (text(&[OPEN, "<a>ä€</a><b"]), vec![open(), stanza("<a>ä€</a>")]),
    ]
}

#[test]
fn every_segmentation_gives_the_same_pieces() {
    let mut dice = Dice(3);
    for (stream, expected) in streams() {
        let bytes = stream.as_bytes();
        assert_eq!(pieces(bytes, 10_000, || usize::MAX), expected, "{stream}");
        assert_eq!(pieces(bytes, 10_000, || 1), expected, "{stream}");
        for first in 1..bytes.len().min(400) {
            let mut cuts = [first, usize::MAX].into_iter();
            assert_eq!(
                pieces(bytes, 10_000, || cuts.next().unwrap_or(0)),
                expected,
                "cut at {first}: {stream}"
            );
        }
        for most in [2, 3, 7, 30] {
            for _ in 0..100 {
                assert_eq!(pieces(bytes, 10_000, || 1 + dice.below(most)), expected, "{stream}");
            }
        }
    }
}

#[test]
fn refuses_at_the_byte_that_decides() {
    let cases = [
        ("<!--", Broken::Comment),
        ("<!D", Broken::Doctype),
        ("<!x", Broken::Syntax),
        ("<?", Broken::Instruction),
        ("<![", Broken::Text),
        ("x", Broken::Text),
        ("\u{feff}", Broken::Text),
        ("<a><!-", Broken::Comment),
        ("<a><!D", Broken::Doctype),
        ("<a><!E", Broken::Syntax),
        ("<a><?", Broken::Instruction),
        ("<a><![CX", Broken::Syntax),
        ("<>", Broken::Syntax),
        ("<a><<", Broken::Syntax),
    ];
    for (bytes, broken) in cases {
        let stream = text(&[OPEN, bytes]);
        for segment in [1, usize::MAX] {
            assert_eq!(
                pieces(stream.as_bytes(), 1000, || segment).pop(),
                Some(Seen::Broken(broken)),
                "{bytes}"
            );
        }
    }
    for bytes in [
        "x<s>",
        "</s>",
        "<!DOCTYPE s><s>",
        "<!-- --><s>",
        " <?xml version='1.0'?><s>",
        "<?a?><?b?><s>",
        "<?xml><s>",
    ] {
        let seen = pieces(bytes.as_bytes(), 1000, || usize::MAX);
        assert!(matches!(seen[..], [Seen::Broken(_)]), "{bytes}: {seen:?}");
    }
}

#[test]
fn an_oversize_stanza_is_skipped_and_the_stream_goes_on() {
    let tag = "<iq type='get' id='1' from='a@b/c'>";
    let large =
        text(&[tag, "<q>", &"<x y='/>'/>".repeat(9), "<![CDATA[</iq>", &"]".repeat(99), "]]></q></iq>"]);
    let stream = text(&["<s><a>1</a>", &large, "\n<a>2</a>", "<b c='", &"d".repeat(500), "'/><a>3</a></s>"]);
    let skipped = |start_tag: Option<&str>, len| Seen::Skipped {
        start_tag: start_tag.map(Into::into),
        len,
        whole: true,
    };
    let expected = [
        Seen::Open("<s>".into()),
        Seen::Stanza("<a>1</a>".into()),
        skipped(Some(tag), large.len()),
        Seen::Space(1),
        Seen::Stanza("<a>2</a>".into()),
        skipped(None, "<b c=''/>".len() + 500),
        Seen::Stanza("<a>3</a>".into()),
        Seen::Close("</s>".into()),
    ];
    let mut dice = Dice(4);
    for capacity in [tag.len() + 1, 64, 100, 150, large.len() - 1] {
        assert_eq!(pieces(stream.as_bytes(), capacity, || usize::MAX), expected, "{capacity}");
        for most in [1, 2, 9] {
            for _ in 0..50 {
                assert_eq!(
                    pieces(stream.as_bytes(), capacity, || 1 + dice.below(most)),
                    expected,
                    "{capacity}"
                );
            }
        }
    }
    // One byte less than the start tag needs: it cannot be answered, but it is skipped all the same.
    let unanswered = pieces(stream.as_bytes(), tag.len() - 1, || usize::MAX);
    assert_eq!(unanswered[2], skipped(None, large.len()));
}

#[test]
fn the_frame_of_the_stream_cannot_be_skipped() {
    for stream in [OPEN, "<s></sssssssssss           >", "          <s>"] {
        assert_eq!(
            pieces(stream.as_bytes(), 10, || usize::MAX).pop(),
            Some(Seen::Broken(Broken::TooLarge)),
            "{stream}"
        );
    }
}
