//! Why the HTTP machine is our own: what was measured of other crates before it was written, run again beside it.
//!
//! Each row sends the same bytes to four servers, or the same reply to three clients. What ours does is what it must
//! do; what the others do is what was found with the versions of the lock file, so that the README's reasons against
//! them hold as long as this passes. The table is printed. How long each waits for a slow caller is no row here: ours
//! is tested with its own clock (`every_state_has_its_time`), async-h1 has one bound, for the head, of a minute.

#[path = "crates/clients.rs"]
mod clients;
#[path = "crates/servers.rs"]
mod servers;
#[path = "crates/wire.rs"]
mod wire;

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wire::{Piece, Wire};

/// Longer than any of them takes; who is not done then waits for ever.
const PATIENCE: Duration = Duration::from_secs(10);

const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\n";
const EVIL: &str = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
const MEGABYTE: usize = 1 << 20;
const FLOOD: usize = 256 * MEGABYTE;

type Row = (&'static str, Vec<Piece>, [&'static str; 4]);

fn sent(text: impl Into<String>) -> Vec<Piece> {
    vec![Piece::Bytes(text.into().into_bytes())]
}

fn then(text: impl Into<String>, piece: Piece) -> Vec<Piece> {
    let mut pieces = sent(text);
    pieces.push(piece);
    pieces
}

/// Ours, async-h1, edge-http, hyper.
fn server_rows() -> Vec<Row> {
    let get = |n: u8| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n");
    let many: String = (0..200).map(|n| format!("X{n}: y\r\n")).collect();
    vec![
        (
            "head without LF, 256 MB",
            then("GET /", Piece::Flood(FLOOD)),
            [
                "414; took less than 1 MB",
                "closed, no answer; took and **held all of it**",
                "closed, no answer; took less than 1 MB",
                "431; took less than 1 MB",
            ],
        ),
        (
            "3 pipelined requests in one segment",
            sent(get(1) + &get(2) + &get(3)),
            ["200, 200, 200", "200", "200, 200, 200", "200, 200, 200"],
        ),
        (
            "two Content-Length, 0 and 5",
            sent(format!("{POST}Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello")),
            ["400", "200 [hello]", "200 [hello]", "400"],
        ),
        (
            "Content-Length: +5",
            sent(format!("{POST}Content-Length: +5\r\n\r\nhello")),
            ["400", "200 [hello]", "200 [hello]", "400"],
        ),
        (
            "Content-Length: 5, 5",
            sent(format!("{POST}Content-Length: 5, 5\r\n\r\nhello")),
            ["400", "closed, no answer", "**panics**", "400"],
        ),
        (
            "Content-Length and Transfer-Encoding",
            sent(format!("{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
            ["400", "closed, no answer", "200", "200"],
        ),
        (
            "Transfer-Encoding: xchunked, a GET in the body",
            then(format!("{POST}Transfer-Encoding: xchunked\r\n\r\n"), Piece::Bytes(EVIL.into())),
            ["400", "200, 200", "200, 200", "400"],
        ),
        (
            "Transfer-Encoding: gzip, chunked",
            sent(format!("{POST}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")),
            ["501", "200", "200", "200 [hello]"],
        ),
        (
            "chunk extension",
            sent(format!("{POST}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n")),
            ["200 [hello]", "closed, no answer", "200 [hello]", "200 [hello]"],
        ),
        (
            "HTTP/1.0 request",
            sent("GET / HTTP/1.0\r\nHost: a\r\n\r\n"),
            ["200", "closed, no answer", "200", "200"],
        ),
        (
            "folded field",
            sent("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
            ["400", "closed, no answer", "closed, no answer", "400"],
        ),
        (
            "space before the colon",
            sent("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"),
            ["400", "closed, no answer", "closed, no answer", "400"],
        ),
        (
            "no request at all",
            sent("nonsense\r\n\r\n"),
            ["400", "closed, no answer", "closed, no answer", "400"],
        ),
        (
            "200 fields",
            sent(format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")),
            ["431", "closed, no answer", "closed, no answer", "431"],
        ),
        (
            "Expect: 100-continue",
            then(
                format!("{POST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
                Piece::AfterHead(b"hello".to_vec()),
            ),
            ["100, 200 [hello]", "100, 200 [hello]", "waits for ever", "100, 200 [hello]"],
        ),
    ]
}

/// A reply, and what ours, async-h1 and hyper make of it.
const CLIENT_ROWS: &[(&str, &[u8], [&str; 3])] = &[
    (
        "HTTP/1.0 with a length",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        ["200 [hello]", "error: Unsupported HTTP version", "200 [hello]"],
    ),
    (
        "a body that ends with the connection",
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        ["200 [hello]", "200 []", "200 [hello]"],
    ),
    (
        "chunk extension",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
        ["200 [hello]", "error: Unexpected byte 59; expected hex digit or CR", "200 [hello]"],
    ),
    (
        "103 before the 200",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        ["200 [hello]", "103 []", "200 [hello]"],
    ),
    (
        "status 299",
        b"HTTP/1.1 299 Odd\r\nContent-Length: 5\r\n\r\nhello",
        ["299 [hello]", "error: Invalid status code", "299 [hello]"],
    ),
    (
        "a byte in a field that is not UTF-8",
        b"HTTP/1.1 200 OK\r\nX: \xFC\r\nContent-Length: 5\r\n\r\nhello",
        ["200 [hello]", "error: invalid utf-8 sequence of 1 bytes from index 0", "200 [hello]"],
    ),
];

/// Runs on a thread of its own, which may panic or never end.
fn alone<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, &'static str> {
    let (tell, told) = mpsc::channel();
    let _ = thread::spawn(move || {
        let _ = tell.send(run());
    });
    told.recv_timeout(PATIENCE).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => "waits for ever",
        mpsc::RecvTimeoutError::Disconnected => "**panics**",
    })
}

/// The most memory that the process held since this was called last, in MB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux with /proc");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("VmHWM");
    let kb: usize = line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number");
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak is forgotten");
    kb / 1_024
}

/// What came of it: the answers and their bodies.
fn verdict(server: fn(Wire), pieces: &[Piece]) -> String {
    let wire = Wire::of(pieces);
    let own = wire.clone();
    peak();
    let before = peak();
    let failed = alone(move || server(own)).err();
    let held = peak().saturating_sub(before);
    let written = String::from_utf8_lossy(&wire.written()).into_owned();
    let answers: Vec<String> = written.split("HTTP/1.").skip(1).map(shown).collect();
    let words = match (failed, answers.is_empty()) {
        (Some(failed), _) => failed.to_owned(),
        (None, true) => "closed, no answer".to_owned(),
        (None, false) => answers.join(", "),
    };
    if !matches!(pieces.last(), Some(Piece::Flood(_))) {
        return words;
    }
    match (wire.read_bytes(), held) {
        (0..MEGABYTE, 0..8) => format!("{words}; took less than 1 MB"),
        (FLOOD.., 256..) => format!("{words}; took and **held all of it**"),
        (took, held) => format!("{words}; took {took} bytes, held {held} MB"),
    }
}

/// The status, and the body if there is one.
fn shown(answer: &str) -> String {
    let status = answer.get(2..5).unwrap_or(answer);
    match answer.split_once("\r\n\r\n") {
        Some((_, body)) if !body.is_empty() => format!("{status} [{}]", body.replace("\r\n", " ")),
        _ => status.to_owned(),
    }
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let mut differences = Vec::new();
    let mut note = |name: &str, got: &[String], wanted: &[&str]| {
        println!("| {name} | {} |", got.join(" | "));
        if got != wanted {
            differences.push(format!("{name}: wanted {wanted:?}"));
        }
    };
    println!("| sent to the server | ours | async-h1 | edge-http | hyper |\n|---|---|---|---|---|");
    for (name, sent, wanted) in server_rows() {
        let got = [servers::ours, servers::async_h1, servers::edge_http, servers::hyper];
        note(name, &got.map(|server| verdict(server, &sent)), &wanted);
    }
    println!("\n| reply to the client | ours | async-h1 | hyper |\n|---|---|---|---|");
    for (name, reply, wanted) in CLIENT_ROWS {
        let got = [clients::ours, clients::async_h1, clients::hyper].map(|client| {
            let wire = Wire::of(&[Piece::AfterHead(reply.to_vec())]);
            alone(move || client(wire)).unwrap_or_else(str::to_owned)
        });
        note(name, &got, wanted);
    }
    let rows = server_rows().len() + CLIENT_ROWS.len();
    for difference in &differences {
        println!("FAILED: {difference}");
    }
    println!("test result: crates. {} passed; {} failed;", rows - differences.len(), differences.len());
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
