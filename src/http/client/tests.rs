use super::*;

const T0: Instant = Instant::from_millis(1_000);
const EOF: &str = "<eof>";

fn limits() -> Limits {
    Limits { head: 1_024, reply: 1_100, ..Limits::DEFAULT }
}

/// Feeds the pieces, and the end of the connection where the last one says so; gives what came of it in words.
fn feed(pieces: &[&[u8]], eof: bool) -> String {
    let mut memory = vec![0; Client::capacity(&limits())];
    let mut buffer = Buffer::new(&mut memory);
    let mut client = Client::new(&limits());
    client.start(T0);
    let mut progress = Ok(Progress::NeedMore);
    for piece in pieces {
        let mut piece = *piece;
        while !piece.is_empty() && progress.is_ok() {
            let n = piece.len().min(buffer.free());
            assert!(n > 0, "stalled");
            buffer.push(&piece[..n]).unwrap();
            piece = &piece[n..];
            progress = client.advance(&mut buffer);
        }
    }
    if eof && progress == Ok(Progress::NeedMore) {
        progress = client.eof(&mut buffer);
    }
    match progress {
        Ok(Progress::NeedMore) => "more".into(),
        Ok(Progress::Reply) => {
            let reply = client.reply(&buffer);
            let (status, body) = (reply.status(), String::from_utf8_lossy(reply.body()).into_owned());
            let content_type = String::from_utf8_lossy(reply.content_type().unwrap_or(b"-")).into_owned();
            let after = client.finish(T0, &mut buffer, true);
            format!("{status} {content_type} [{body}] {after:?}")
        }
        Err(error) => format!("{error:?}"),
    }
}

/// A reply, with `<eof>` where the connection ends, and what we make of it.
const REPLIES: &[(&str, &str)] = &[
    // What the crates measured for this gateway were sent, and did badly.
    (
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nhi",
        "200 text/plain [hi] Close",
    ),
    ("HTTP/1.1 200 OK\r\n\r\nhi<eof>", "200 - [hi] Close"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\n\r\n", "200 - [hi] Keep"),
    (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        "200 - [hi] Keep",
    ),
    ("HTTP/1.1 299 Whatever\r\nContent-Length: 0\r\n\r\n", "299 - [] Keep"),
    ("HTTP/1.1 200 OK\r\nX: \u{FF}\u{FE}\r\nContent-Length: 2\r\n\r\nhi", "200 - [hi] Keep"),
    // Heads.
    ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 - [] Keep"),
    ("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 - [] Keep"),
    ("HTTP/1.0 200 OK\nContent-Length: 2\nContent-Type: a/b\n\nhi", "200 a/b [hi] Close"),
    ("HTTP/1.1 200 OK\r\nContent-Type: a/b;\r\n c=d\r\nContent-Length : 0\r\n\r\n", "200 a/b;   c=d [] Keep"),
    (
        "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
        "200 - [] Keep",
    ),
    ("HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", "999 - [] Keep"),
    ("HTTP/1.1 099 ?\r\n\r\n", "Head"),
    ("HTTP/1.1 20 OK\r\n\r\n", "Head"),
    ("HTTP/2.0 200 OK\r\n\r\n", "Head"),
    ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "Head"),
    ("\r\nHTTP/1.1 200 OK\r\n\r\n", "Head"),
    ("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", "Head"),
    ("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "Head"),
    ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "Head"),
    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "Upgrade"),
    // Bodies.
    ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 - [] Keep"),
    ("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304 - [] Keep"),
    ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "202 - [] Close"),
    ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nhi", "200 - [hi] Keep"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!", "200 - [hi] Close"),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "200 - [hi] Close",
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "more"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi<eof>", "Incomplete"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "Framing"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi", "Framing"),
    ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi", "Framing"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhi", "TooLarge"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi<eof>", "Framing"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "Framing"),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Framing",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "200 - [hi] Close",
    ),
    (
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "200 - [hi] Close",
    ),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n<eof>", "Incomplete"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n", "Framing"),
    // Ends.
    ("<eof>", "Nothing"),
    ("HTTP/1.1 200 OK\r\nContent-Len<eof>", "Incomplete"),
    ("HTTP/1.1 100 Continue\r\n\r\n<eof>", "Incomplete"),
];

#[test]
fn replies_are_the_same_however_they_are_cut() {
    for (reply, expected) in REPLIES {
        let (stream, eof) = reply.strip_suffix(EOF).map_or((*reply, false), |stream| (stream, true));
        let bytes = stream.as_bytes();
        assert_eq!(feed(&[bytes], eof), *expected, "{reply:?}");
        // What comes late can only be seen when it is there; the gateway closes then.
        if expected.ends_with("Close") && stream.contains("hi!") || stream.contains("hiHTTP") {
            continue;
        }
        for cut in 1..bytes.len() {
            assert_eq!(feed(&[&bytes[..cut], &bytes[cut..]], eof), *expected, "{reply:?} cut at {cut}");
        }
        assert_eq!(feed(&bytes.chunks(1).collect::<Vec<_>>(), eof), *expected, "{reply:?} byte by byte");
    }
}

#[test]
fn limits_are_exact() {
    let until_end = "HTTP/1.1 200 OK\r\n\r\n";
    let fill = 1_100 - until_end.len();
    let eof = |fill: usize| feed(&[until_end.as_bytes(), "x".repeat(fill).as_bytes()], true);
    assert!(eof(fill).starts_with("200 - [x"));
    assert_eq!(eof(fill + 1), "TooLarge");
    assert_eq!(feed(&[until_end.as_bytes(), "x".repeat(100_000).as_bytes()], false), "TooLarge");

    let head = |fill: usize| format!("HTTP/1.1 204 OK\r\nX: {}\r\n\r\n", "x".repeat(fill));
    let fits = 1_024 - head(0).len();
    assert_eq!(feed(&[head(fits).as_bytes()], false), "204 - [] Keep");
    assert_eq!(feed(&[head(fits + 1).as_bytes()], false), "HeadTooLarge");
    assert_eq!(feed(&["x".repeat(2_000).as_bytes()], false), "HeadTooLarge");
    let fields = format!("HTTP/1.1 204 OK\r\n{}\r\n", "X: y\r\n".repeat(33));
    assert_eq!(feed(&[fields.as_bytes()], false), "HeadTooLarge");

    let interim =
        |count: usize| format!("{}HTTP/1.1 204 OK\r\n\r\n", "HTTP/1.1 102 Wait\r\n\r\n".repeat(count));
    assert_eq!(feed(&[interim(8).as_bytes()], false), "204 - [] Keep");
    assert_eq!(feed(&[interim(9).as_bytes()], false), "Interim");
}

#[test]
fn only_a_call_on_a_kept_connection_without_a_byte_may_be_repeated() {
    let mut memory = vec![0; Client::capacity(&limits())];
    let mut buffer = Buffer::new(&mut memory);
    let mut client = Client::new(&limits());

    client.start(T0);
    assert_eq!(client.deadline(), Some(Instant::from_millis(31_000)));
    assert!(!client.may_retry());
    buffer.push(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    assert_eq!(client.advance(&mut buffer), Ok(Progress::Reply));
    assert_eq!(client.finish(T0, &mut buffer, true), After::Keep);
    assert_eq!(client.deadline(), Some(Instant::from_millis(31_000)));

    client.start(T0);
    assert_eq!(client.eof(&mut buffer), Err(Unreadable::Nothing));
    assert!(client.may_retry());
    assert_eq!(client.finish(T0, &mut buffer, true), After::Close);

    // Once: on the new connection it is no race any more.
    client.start(T0);
    assert_eq!(client.eof(&mut buffer), Err(Unreadable::Nothing));
    assert!(!client.may_retry());
    assert_eq!(client.finish(T0, &mut buffer, true), After::Close);

    for (reply, error) in [("HTTP/1.1 204 No Content\r\n\r\n", None), ("H", Some(Unreadable::Incomplete))] {
        client.start(T0);
        buffer.push(reply.as_bytes()).unwrap();
        assert_eq!(client.eof(&mut buffer).err(), error);
        assert!(!client.may_retry());
        assert_eq!(client.finish(T0, &mut buffer, true), After::Close);
    }
}

#[test]
fn a_kept_connection_is_silent() {
    let mut memory = vec![0; Client::capacity(&limits())];
    let mut buffer = Buffer::new(&mut memory);
    let mut client = Client::new(&limits());
    for (sent, after) in [(false, After::Close), (true, After::Keep)] {
        client.start(T0);
        buffer.push(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
        assert_eq!(client.advance(&mut buffer), Ok(Progress::Reply));
        assert_eq!(client.finish(T0, &mut buffer, sent), after);
    }
    assert_eq!(client.tick(Instant::from_millis(30_999)), Ok(After::Keep));
    buffer.push(b"HTTP/1.1 408 Request Timeout\r\n\r\n").unwrap();
    assert_eq!(client.advance(&mut buffer), Err(Unreadable::Unasked));
}

#[test]
fn a_reply_that_drips_has_the_time_of_the_call() {
    let mut memory = vec![0; Client::capacity(&limits())];
    let mut buffer = Buffer::new(&mut memory);
    let mut client = Client::new(&limits());
    client.start(T0);
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" {
        buffer.push(&[*byte]).unwrap();
        assert_eq!(client.advance(&mut buffer), Ok(Progress::NeedMore));
        assert_eq!(client.deadline(), Some(Instant::from_millis(31_000)));
    }
    assert_eq!(client.tick(Instant::from_millis(30_999)), Ok(After::Keep));
    assert_eq!(client.tick(Instant::from_millis(31_000)), Err(Unreadable::Late));
    assert_eq!(client.deadline(), None);
    assert_eq!(Unreadable::Late.fault().reason.status, 504);
}
