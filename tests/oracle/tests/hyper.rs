//! Our server beside hyper's, on streams made of good and bad pieces, and on good ones with bytes changed.
//!
//! Whatever we take as a request, hyper takes as the same request, in the same place of the stream: so what hyper
//! refuses we refuse, and both see the same boundaries. The other way round we are stricter; how often is shown.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use restanza_oracle::http::{End, serve};
use restanza_oracle::hyper::{hyper_serves, shown};

/// What a run saw.
#[derive(Default)]
struct Tally {
    streams: Cell<u32>,
    requests: Cell<u32>,
    both_well: Cell<u32>,
    both_refuse: Cell<u32>,
    stricter: Cell<u32>,
}

fn bump(count: &Cell<u32>, n: usize) {
    count.set(count.get() + n as u32);
}

fn compare(stream: &[u8], tally: &Tally) -> Result<(), TestCaseError> {
    let (ours, end) = serve(stream, usize::MAX);
    prop_assert_eq!(&serve(stream, 1), &(ours.clone(), end), "byte by byte");
    let (theirs, well) = hyper_serves(stream);
    let ours: Vec<_> = ours.iter().map(shown).collect();
    prop_assert!(theirs.starts_with(&ours), "we take {:?} {:?}, hyper {:?} {}", ours, end, theirs, well);
    let refused = matches!(end, End::Refused(..) | End::Within);
    bump(&tally.streams, 1);
    bump(&tally.requests, ours.len());
    match (ours.len() == theirs.len(), refused, well) {
        (true, false, _) => bump(&tally.both_well, 1),
        (true, true, false) => bump(&tally.both_refuse, 1),
        _ => bump(&tally.stricter, 1),
    }
    Ok(())
}

const LINES: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "POST /a?b=%20c HTTP/1.1\r\n",
    "POST / HTTP/1.0\r\n",
    "HEAD /x HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "PUT http://b:80/x HTTP/1.1\r\n",
    "GET http://b?x HTTP/1.1\r\n",
    "DELETE / HTTP/1.2\r\n",
    "GET / HTTP/2.0\r\n",
    "GET  / HTTP/1.1\r\n",
    "GET /a b HTTP/1.1\r\n",
    "GET / HTTP/1.1\n",
    "FOO / HTTP/1.1\r\n",
    "\r\nGET / HTTP/1.1\r\n",
    "GET /|{}\"^ HTTP/1.1\r\n",
];

const FIELDS: &[&str] = &[
    "Host: a\r\n",
    "Host: a\r\n",
    "Host: a\r\n",
    "Host: b:1\r\n",
    "X: y\r\n",
    "X:\ty \r\n",
    "X: \u{FC}\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 05\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 31\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: Chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding:\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: x\r\n",
    " folded\r\n",
    "X : y\r\n",
    "X: y\n",
    "X: y\r",
    "X\r\n",
    ": y\r\n",
    "X: \0\r\n",
];

const BODIES: &[&str] = &[
    "",
    "",
    "hello",
    "5\r\nhello\r\n0\r\n\r\n",
    "2;a=b\r\nhe\r\n3 ;c\r\nllo\r\n0\r\nT: u\r\n\r\n",
    "5\r\nhello\r\n0\r\n",
    "5\nhello\n0\n\n",
    "5\r\nhelloX\r\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r",
    "000000005\r\nhello\r\n0\r\n\r\n",
    "5;a=\"\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "0\r\nbad trailer\r\n\r\n",
    "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
];

fn message() -> impl Strategy<Value = String> {
    let one_of = |pieces: &'static [&'static str]| proptest::sample::select(pieces);
    (one_of(LINES), proptest::collection::vec(one_of(FIELDS), 0..4), one_of(BODIES))
        .prop_map(|(line, fields, body)| format!("{line}{}\r\n{body}", fields.concat()))
}

fn good_message() -> impl Strategy<Value = String> {
    (0..8_usize, "[a-z]{0,12}", 0..3_usize).prop_map(|(target, body, framing)| {
        let head = format!("POST /{target} HTTP/1.1\r\nHost: a\r\nX-{body}: {body}\r\n");
        match framing {
            0 => format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()),
            1 if !body.is_empty() => {
                format!(
                    "{head}Transfer-Encoding: chunked\r\n\r\n{:x};e=f\r\n{body}\r\n0\r\nT: u\r\n\r\n",
                    body.len()
                )
            }
            _ => format!("GET /{target} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"),
        }
    })
}

/// Mostly the first, sometimes one of the others.
fn mostly(usual: &'static str, odd: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(odd).prop_map(String::from);
    prop_oneof![12 => Just(usual.to_string()), 1 => odd]
}

fn line_end() -> impl Strategy<Value = String> {
    mostly("\r\n", &["\n", "\r", "\r\r\n", "\n\r", " \r\n", "\r\n ", ""])
}

/// A length as somebody might write it.
fn length(n: usize) -> impl Strategy<Value = String> {
    let front = mostly("", &["+", "-", "0x", "0", "00", " ", "\t", "\x0B", "1, ", ",", "\""]);
    let back = mostly("", &[" ", "\t", ";", ",", ".0", "e0", "\0", "\"", "_0", " 0", "\r\n 0"]);
    (front, back).prop_map(move |(front, back)| format!("{front}{n}{back}"))
}

fn coding() -> impl Strategy<Value = String> {
    let name = mostly(
        "chunked",
        &[
            "Chunked",
            "CHUNKED",
            "gzip",
            "identity",
            "xchunked",
            "chunkedx",
            "chunked;q=1",
            "\"chunked\"",
            "",
            " ",
        ],
    );
    let parted = mostly(", ", &[",", " ", ";", ", ,", "\r\nTransfer-Encoding: ", "\x0B,"]);
    (proptest::collection::vec(name, 1..3), parted).prop_map(|(names, parted)| names.join(&parted))
}

/// The name of a field as somebody might write it.
fn named(name: &'static str) -> impl Strategy<Value = String> {
    let before = mostly("", &[" ", "\t", "\0", "X"]);
    let colon = mostly(": ", &[":", " : ", "\t:", ":\t", ": \r\n ", ":\n", "\x0B:"]);
    (before, any::<bool>(), colon).prop_map(move |(before, lower, colon)| {
        let name = if lower { name.to_ascii_lowercase() } else { name.to_string() };
        format!("{before}{name}{colon}")
    })
}

/// A size, an extension, data, and what is between them.
fn chunk() -> impl Strategy<Value = String> {
    let size = mostly("", &["0", "00000000", "+", "-", "0x", " ", "1"]);
    let extension = mostly("", &[";", ";a", ";a=b", " ;a", ";a=\"b\"", ";a=\"\r\n\"", ";a\n", " ", ";;"]);
    ("[a-z]{1,8}", size, any::<bool>(), extension, line_end(), line_end()).prop_map(
        |(data, size, upper, extension, end, after)| {
            let digits = if upper { format!("{:X}", data.len()) } else { format!("{:x}", data.len()) };
            format!("{size}{digits}{extension}{end}{data}{after}")
        },
    )
}

fn chunks() -> impl Strategy<Value = String> {
    let last = mostly("0", &["00", "000000000", "-0", "0x0", " 0", "0 ", "0;a", ""]);
    let trailers =
        mostly("", &["T: u\r\n", "T : u\r\n", " T: u\r\n", "T\r\n", "Content-Length: 3\r\n", ": u\r\n"]);
    (proptest::collection::vec(chunk(), 0..3), last, line_end(), trailers, line_end()).prop_map(
        |(chunks, last, end, trailers, close)| format!("{}{last}{end}{trailers}{close}", chunks.concat()),
    )
}

/// A message by the grammar, with one thing or another not as it should be; its framing mostly fits its body.
fn structured() -> impl Strategy<Value = String> {
    let line = (
        mostly("POST", &["GET", "PUT", "HEAD", "OPTIONS", "get", "DELETE", "FOO"]),
        mostly("/a", &["/", "*", "http://b/x", "http://b", "b:80", "/a?b#c", "/a b", "//"]),
        mostly("HTTP/1.1", &["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "HTTP/01.1", ""]),
        line_end(),
    )
        .prop_map(|(method, target, version, end)| format!("{method} {target} {version}{end}"));
    let other = mostly("", &["Connection: close\r\n", "Expect: 100-continue\r\n", "X: y\r\n", "Host: b\r\n"]);
    let by_length = "[a-z]{0,12}".prop_flat_map(|body| {
        (named("Content-Length"), length(body.len()), line_end())
            .prop_map(move |(name, n, end)| (format!("{name}{n}{end}"), body.clone()))
    });
    let by_chunks = (named("Transfer-Encoding"), coding(), line_end(), chunks())
        .prop_map(|(name, coding, end, body)| (format!("{name}{coding}{end}"), body));
    let by_both = (by_chunks_and_length(), any::<bool>()).prop_map(|((one, two, body), swapped)| {
        (if swapped { format!("{two}{one}") } else { format!("{one}{two}") }, body)
    });
    let framed =
        prop_oneof![4 => by_length, 6 => by_chunks, 1 => by_both, 2 => Just((String::new(), String::new()))];
    (line, mostly("Host: a\r\n", &["", "Host: a", "Host : a\r\n"]), other, framed, line_end()).prop_map(
        |(line, host, other, (framing, body), end)| format!("{line}{host}{other}{framing}{end}{body}"),
    )
}

fn by_chunks_and_length() -> impl Strategy<Value = (String, String, String)> {
    (coding(), chunks(), 0..40_usize).prop_flat_map(|(coding, body, n)| {
        let n = if n < 20 { n } else { body.len() };
        length(n).prop_map(move |length| {
            let coding = format!("Transfer-Encoding: {coding}\r\n");
            (coding, format!("Content-Length: {length}\r\n"), body.clone())
        })
    })
}

/// What a byte is changed to: whatever framing is made of, or anything.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![proptest::sample::select(&b"\r\n\t :;,=\"0519afxX\0\x0B\x7F\x80/?*"[..]), any::<u8>()]
}

#[derive(Clone, Debug)]
enum Change {
    Set(u8),
    Insert(u8),
    Remove,
}

fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let change =
        prop_oneof![byte().prop_map(Change::Set), byte().prop_map(Change::Insert), Just(Change::Remove)];
    proptest::collection::vec((any::<prop::sample::Index>().prop_map(|at| at.index(1_000)), change), 0..4)
}

fn changed(stream: String, changes: Vec<(usize, Change)>) -> Vec<u8> {
    let mut bytes = stream.into_bytes();
    for (at, change) in changes {
        let at = at % bytes.len();
        match change {
            Change::Set(byte) => bytes[at] = byte,
            Change::Insert(byte) => bytes.insert(at, byte),
            Change::Remove => drop(bytes.remove(at)),
        }
    }
    bytes
}

fn run(name: &str, streams: impl Strategy<Value = Vec<u8>>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(20_000);
    let tally = Tally::default();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&streams.prop_map(Shown), |stream| compare(&stream.0, &tally));
    println!(
        "{name}: {} streams, {} requests the same; {} go well with both, {} with neither, {} only with hyper",
        tally.streams.get(),
        tally.requests.get(),
        tally.both_well.get(),
        tally.both_refuse.get(),
        tally.stricter.get(),
    );
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Bytes that show as text.
struct Shown(Vec<u8>);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[test]
fn what_we_take_of_good_and_bad_pieces_hyper_takes_too() {
    let streams =
        proptest::collection::vec(message(), 1..4).prop_map(|messages| messages.concat().into_bytes());
    run("pieces", streams);
}

#[test]
fn what_we_take_of_changed_bytes_hyper_takes_too() {
    let streams = (proptest::collection::vec(good_message(), 1..4), changes())
        .prop_map(|(messages, changes)| changed(messages.concat(), changes));
    run("changed bytes", streams);
}

#[test]
fn what_we_take_of_the_grammar_bent_hyper_takes_too() {
    let streams = proptest::collection::vec(structured(), 1..4)
        .prop_map(|messages| (messages.concat() + "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes());
    run("bent grammar", streams);
}
