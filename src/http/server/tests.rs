use std::vec::Vec;

use super::*;

const T0: Instant = Instant::from_millis(1_000);

/// What came of a stream of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Request(String, String),
    Refused(&'static str, u16),
    Closed,
}

fn limits() -> Limits {
    Limits { head: 1_024, body: 1_024, ..Limits::DEFAULT }
}

/// Feeds the pieces to a server that answers every request at once; an empty rest of the input is the end of it.
fn feed(pieces: &[&[u8]]) -> (Vec<Seen>, usize) {
    let limits = limits();
    let mut memory = vec![0; Server::capacity(&limits)];
    let mut buffer = Buffer::new(&mut memory);
    let mut server = Server::new(T0, &limits);
    let mut seen = Vec::new();
    for piece in pieces {
        let mut piece = *piece;
        loop {
            let n = piece.len().min(buffer.free());
            buffer.push(&piece[..n]).unwrap();
            piece = &piece[n..];
            if !drain(&mut server, &mut buffer, &mut seen) {
                return (seen, buffer.len());
            }
            if piece.is_empty() {
                break;
            }
            assert!(buffer.free() > 0, "stalled");
        }
    }
    (seen, buffer.len())
}

fn drain(server: &mut Server, buffer: &mut Buffer<'_>, seen: &mut Vec<Seen>) -> bool {
    loop {
        match server.advance(T0, buffer) {
            Event::NeedMore => return true,
            Event::Head => match server.go_on(T0, buffer) {
                Ok(_) => {}
                Err(reason) => {
                    seen.push(Seen::Refused(reason.name, reason.status));
                    return false;
                }
            },
            Event::Request => {
                let request = server.request(buffer);
                seen.push(Seen::Request(
                    format!("{} {}", request.method_name(), request.path()),
                    String::from_utf8_lossy(request.body()).into_owned(),
                ));
                server.answering(T0, buffer);
                if server.finish(T0, buffer) == After::Close {
                    seen.push(Seen::Closed);
                    return false;
                }
            }
            Event::Refuse(reason) => {
                seen.push(Seen::Refused(reason.name, reason.status));
                return false;
            }
            Event::Close => {
                seen.push(Seen::Closed);
                return false;
            }
        }
    }
}

fn words(seen: &[Seen]) -> Vec<String> {
    seen.iter()
        .map(|seen| match seen {
            Seen::Request(line, body) => format!("{line} [{body}]"),
            Seen::Refused(name, status) => format!("{status} {name}"),
            Seen::Closed => "closed".into(),
        })
        .collect()
}

/// Bytes, and what a server that answers everything makes of them.
const STREAMS: &[(&str, &[&str])] = &[
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &["GET / []"]),
    (
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        &["POST /x [hello]", "GET /2 []"],
    ),
    (
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=\"b\"\r\nlo\r\n0\r\nX: y\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        &["POST /x [hello]", "GET /2 []"],
    ),
];

#[test]
fn streams_give_the_same_however_they_are_cut() {
    for (stream, expected) in STREAMS {
        let bytes = stream.as_bytes();
        let whole = feed(&[bytes]);
        assert_eq!(words(&whole.0), *expected, "{stream:?}");
        for cut in 1..bytes.len() {
            assert_eq!(feed(&[&bytes[..cut], &bytes[cut..]]), whole, "{stream:?} cut at {cut}");
        }
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(feed(&bytewise), whole, "{stream:?} byte by byte");
    }
}
