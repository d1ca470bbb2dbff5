use std::vec::Vec;

use super::*;
use crate::cases;

const T0: Instant = Instant::from_millis(1_000);

/// What came of a stream of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Request(String, String),
    Refused(&'static str, u16),
    Closed,
}

fn limits() -> Limits {
    Limits { head: 1_024, body: 1_024, ..Limits::DEFAULT }
}

/// Feeds the pieces to a server that answers every request at once.
pub(super) fn feed(pieces: &[&[u8]]) -> Vec<Seen> {
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
                return seen;
            }
            if piece.is_empty() {
                break;
            }
            assert!(buffer.free() > 0, "stalled");
        }
    }
    seen
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
                    format!("{} {}", request.method().name(), request.path()),
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

/// Asserts that every way to cut the stream in two, and one byte at a time, sees the same.
fn however_cut(bytes: &[u8], expected: &[&str]) {
    let whole = feed(&[bytes]);
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    assert_eq!(words(&whole), expected, "{shown:?}");
    for cut in 1..bytes.len() {
        assert_eq!(feed(&[&bytes[..cut], &bytes[cut..]]), whole, "{shown:?} cut at {cut}");
    }
    assert_eq!(feed(&bytes.chunks(1).collect::<Vec<_>>()), whole, "{shown:?} byte by byte");
}

#[test]
fn streams_give_the_same_however_they_are_cut() {
    let table = include_str!("../../../tests/cases/http/streams.jsonl");
    let count = cases::each(table, |_, row| {
        let (mut stream, mut gives) = (row.text("send"), row.texts("gives"));
        if row.has("chunks") {
            stream = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".into();
            stream += &row.text("chunks");
            gives
                .iter_mut()
                .filter(|word| word.starts_with('['))
                .for_each(|word| *word = format!("POST /c {word}"));
        }
        however_cut(stream.as_bytes(), &gives.iter().map(String::as_str).collect::<Vec<_>>());
    });
    assert!(count > 120, "{count}");
}

#[test]
fn limits_are_exact() {
    let head = |fill: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(fill));
    let fits = 1_024 - head(0).len();
    however_cut(head(fits).as_bytes(), &["GET / []"]);
    however_cut(head(fits + 1).as_bytes(), &["431 HEAD_TOO_LARGE"]);
    however_cut(format!("GET /{}", "x".repeat(1_019)).as_bytes(), &["414 TARGET_TOO_LONG"]);
    however_cut(format!("GET /{}", "x".repeat(1_018)).as_bytes(), &[]);

    let fields = |count: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(count - 1));
    however_cut(fields(32).as_bytes(), &["GET / []"]);
    however_cut(fields(33).as_bytes(), &["431 TOO_MANY_FIELDS"]);

    let body = "b".repeat(1_024);
    let whole = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\n{body}");
    assert_eq!(words(&feed(&[whole.as_bytes()])), [format!("POST / [{body}]")]);
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let ones = "1\r\nb\r\n".repeat(1_024);
    assert_eq!(words(&feed(&[format!("{chunked}{ones}0\r\n\r\n").as_bytes()])), [format!("POST / [{body}]")]);
    assert_eq!(words(&feed(&[format!("{chunked}{ones}1\r\n").as_bytes()])), ["413 BODY_TOO_LARGE"]);

    let extension = format!("1;{}\r\nx\r\n", "a".repeat(100));
    assert_eq!(
        words(&feed(&[format!("{chunked}{}", extension.repeat(50)).as_bytes()])),
        ["431 CHUNK_EXTRAS"]
    );
    let trailers = format!("0\r\n{}", "X: y\r\n".repeat(1_000));
    assert_eq!(words(&feed(&[format!("{chunked}{trailers}").as_bytes()])), ["431 CHUNK_EXTRAS"]);
}

/// A connection that a test drives step by step.
struct Line<'m> {
    server: Server,
    buffer: Buffer<'m>,
}

impl<'m> Line<'m> {
    fn new(memory: &'m mut Vec<u8>) -> Self {
        memory.resize(Server::capacity(&limits()), 0);
        Self { server: Server::new(T0, &limits()), buffer: Buffer::new(memory) }
    }

    fn take(&mut self, now: Instant, bytes: &str) -> Event {
        self.buffer.push(bytes.as_bytes()).unwrap();
        self.server.advance(now, &mut self.buffer)
    }

    fn answer(&mut self, now: Instant) -> (After, After) {
        let promised = self.server.answering(now, &mut self.buffer);
        assert_eq!(self.server.answering(now, &mut self.buffer), promised);
        (promised, self.server.finish(now, &mut self.buffer))
    }
}

const POST: &str = "POST /rest?x=%20 HTTP/1.1\r\nHost: a:1\r\nContent-Type: text/plain\r\nX: 1\r\nx: 2\r\n";

#[test]
fn a_request_shows_what_it_is() {
    let mut memory = Vec::new();
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(T0, &format!("{POST}Content-Length: 4\r\n\r\nbo")), Event::Head);
    let request = line.server.request(&line.buffer);
    assert_eq!(
        (request.method(), request.version(), request.declared()),
        (Method::Post, Version::Http11, Some(4))
    );
    assert_eq!((request.method().name(), request.target()), ("POST", "/rest?x=%20"));
    assert_eq!((request.path(), request.query(), request.authority()), ("/rest", Some("x=%20"), "a:1"));
    let fields = request.fields();
    assert_eq!(fields.sole("CONTENT-type"), Ok(Some(&b"text/plain"[..])));
    assert!(fields.sole("x").is_err() && fields.sole("y") == Ok(None));
    assert_eq!(fields.all("X").collect::<Vec<_>>(), [b"1", b"2"]);
    assert_eq!(fields.iter().count(), 5);
    assert_eq!(request.body(), b"");

    assert_eq!(line.server.go_on(T0, &line.buffer), Ok(None));
    assert_eq!(line.take(T0, "d"), Event::NeedMore);
    assert_eq!(line.take(T0, "yGET http://B/ HTTP/1.1\r\nHost: a\r\n\r\n"), Event::Request);
    assert_eq!(line.server.request(&line.buffer).body(), b"body");
    assert_eq!(line.take(T0, ""), Event::NeedMore);
    assert_eq!(line.answer(T0), (After::Keep, After::Keep));
    assert_eq!(line.server.request(&line.buffer).path(), "/");
    assert_eq!(line.take(T0, ""), Event::Head);
    let request = line.server.request(&line.buffer);
    assert_eq!((request.path(), request.query(), request.authority()), ("/", None, "B"));
}

#[test]
fn a_waiting_caller_gets_its_100_only_then() {
    let expecting = format!("{POST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    let mut memory = Vec::new();
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(T0, &expecting), Event::Head);
    assert_eq!(line.server.go_on(T0, &line.buffer), Ok(Some(&b"HTTP/1.1 100 Continue\r\n\r\n"[..])));
    assert_eq!(line.take(T0, "hi"), Event::Request);

    // It did not wait.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(T0, &format!("{expecting}h")), Event::Head);
    assert_eq!(line.server.go_on(T0, &line.buffer), Ok(None));

    // Nothing is to come, or it may not be used.
    for head in [
        "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
        "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    ] {
        let mut line = Line::new(&mut memory);
        assert_eq!(line.take(T0, head), Event::Head);
        assert_eq!(line.server.go_on(T0, &line.buffer), Ok(None));
    }

    // It is refused: what it sends or does not send next is not read.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(T0, &expecting), Event::Head);
    assert_eq!(line.answer(T0), (After::Close, After::Close));
    assert_eq!(line.take(T0, "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n"), Event::Close);

    // It announces too much.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(T0, &expecting.replace(": 2", ": 1025")), Event::Head);
    assert_eq!(line.server.go_on(T0, &line.buffer), Err(&reason::BODY_TOO_LARGE));
    assert_eq!(line.answer(T0), (After::Close, After::Close));
}

#[test]
fn an_answer_to_the_head_keeps_the_connection_if_the_body_is_there() {
    let mut memory = Vec::new();
    let chunked = format!("{POST}Transfer-Encoding: chunked\r\n\r\n");
    for (request, kept) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".into(), true),
        (format!("{POST}Content-Length: 2\r\n\r\nhi"), true),
        (format!("{POST}Content-Length: 2\r\n\r\nh"), false),
        (format!("{chunked}1\r\nx\r\n0\r\n\r\n"), true),
        (format!("{chunked}1\r\nx\r\n0\r\n"), false),
        (format!("{chunked}1\r\nxx"), false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".into(), false),
    ] {
        let mut line = Line::new(&mut memory);
        assert_eq!(line.take(T0, &request), Event::Head, "{request}");
        let after = if kept { After::Keep } else { After::Close };
        assert_eq!(line.answer(T0), (after, after), "{request}");
        let next = line.take(T0, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(next, if kept { Event::Head } else { Event::Close });
    }
}

#[test]
fn a_connection_that_is_to_end_says_so_in_its_answer() {
    let mut memory = Vec::new();
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(T0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Event::Head);
    line.server.end();
    assert_eq!(line.answer(T0), (After::Close, After::Close));
    // One without a request has nothing to say.
    let mut line = Line::new(&mut memory);
    line.server.end();
    assert_eq!(line.take(T0, ""), Event::Close);
}

#[test]
fn a_head_request_is_known_even_when_it_is_refused() {
    let mut memory = Vec::new();
    for (bytes, event, head_only) in [
        ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", Event::Head, true),
        ("HEAD / HTTP/1.1\r\n\r\n", Event::Refuse(&reason::HOST), true),
        ("GET / HTTP/1.1\r\n\r\n", Event::Refuse(&reason::HOST), false),
    ] {
        let mut line = Line::new(&mut memory);
        assert_eq!(line.take(T0, bytes), event);
        assert_eq!(line.server.head_only(), head_only);
    }
}

#[test]
fn every_state_has_its_time() {
    let at = |ms: u64| Instant::from_millis(1_000 + ms);
    let mut memory = Vec::new();

    // Nothing comes at all.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.server.deadline(), Some(at(10_000)));
    assert_eq!((line.server.tick(at(9_999)), line.server.tick(at(10_000))), (Event::NeedMore, Event::Close));

    // A head that drips.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(at(5_000), "GET"), Event::NeedMore);
    assert_eq!(line.take(at(14_000), " /"), Event::NeedMore);
    assert_eq!(line.server.deadline(), Some(at(15_000)));
    assert_eq!(line.server.tick(at(15_000)), Event::Refuse(&reason::HEAD_TIME));
    assert_eq!(line.answer(at(15_000)), (After::Close, After::Close));
    assert_eq!((line.server.deadline(), line.take(at(15_000), "")), (None, Event::Close));

    // A body that stops, and one that drips.
    for (step, end) in [(10_001, 10_000), (9_000, 60_000)] {
        let mut line = Line::new(&mut memory);
        assert_eq!(line.take(at(0), &format!("{POST}Content-Length: 100\r\n\r\n")), Event::Head);
        assert_eq!(line.server.deadline(), None);
        assert_eq!(line.server.go_on(at(0), &line.buffer), Ok(None));
        let mut now = step;
        while line.server.deadline() > Some(at(now)) {
            assert_eq!(line.take(at(now), "x"), Event::NeedMore);
            assert_eq!(line.take(at(now + 1), ""), Event::NeedMore, "no byte, no time");
            now += step;
        }
        assert_eq!(line.server.deadline(), Some(at(end)));
        assert_eq!(line.server.tick(at(end)), Event::Refuse(&reason::BODY_TIME));
    }

    // A chunked body whose framing alone drips is moving, too.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(at(0), &format!("{POST}Transfer-Encoding: chunked\r\n\r\n")), Event::Head);
    assert_eq!(line.server.go_on(at(0), &line.buffer), Ok(None));
    assert_eq!(line.take(at(9_000), "5"), Event::NeedMore);
    assert_eq!(line.server.deadline(), Some(at(19_000)));

    // The gateway may think as long as it likes; a caller that does not read has its time.
    let mut line = Line::new(&mut memory);
    assert_eq!(line.take(at(0), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Event::Head);
    assert_eq!(line.server.go_on(at(0), &line.buffer), Ok(None));
    assert_eq!((line.take(at(0), ""), line.server.deadline()), (Event::Request, None));
    assert_eq!(line.server.tick(at(1_000_000)), Event::NeedMore);
    assert_eq!(line.server.answering(at(100_000), &mut line.buffer), After::Keep);
    assert_eq!(line.server.deadline(), Some(at(110_000)));

    // A kept connection on which nothing but empty lines come.
    assert_eq!(line.server.finish(at(101_000), &mut line.buffer), After::Keep);
    assert_eq!(line.take(at(120_000), "\r\n\r"), Event::NeedMore);
    assert_eq!(line.server.deadline(), Some(at(131_000)));
    assert_eq!(line.server.tick(at(131_000)), Event::Close);
}

#[test]
fn the_end_of_a_caller_is_no_request() {
    let mut memory = Vec::new();
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (bytes, last) in [
        ("", Event::Close),
        ("\r\n\r", Event::Close),
        ("GET / HT", Event::Refuse(&reason::INCOMPLETE)),
        ("GET / HTTP/1.1\r\nHost: a\r\n", Event::Refuse(&reason::INCOMPLETE)),
        (get, Event::Close),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx", Event::Refuse(&reason::INCOMPLETE)),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            Event::Refuse(&reason::INCOMPLETE),
        ),
    ] {
        let mut line = Line::new(&mut memory);
        line.buffer.push(bytes.as_bytes()).unwrap();
        line.server.eof();
        let mut event = line.take(T0, "");
        if event == Event::Head {
            assert_eq!(line.server.go_on(T0, &line.buffer), Ok(None));
            event = line.take(T0, "");
        }
        if event == Event::Request {
            assert_eq!(line.answer(T0), (After::Keep, After::Keep));
            event = line.take(T0, "");
        }
        assert_eq!(event, last, "{bytes:?}");
    }
}
