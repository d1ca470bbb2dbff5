//! Payloads that some pairs of servers take differently. Each hides a request for `/evil` where one reader sees a body
//! and the other the next request; we must never see it, whole or byte by byte.

use super::tests::{Seen, feed};

const EVIL: &str = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";

/// Ways to say, or nearly say, that a body is chunked; they stand where a field stands.
const CODINGS: &[&str] = &[
    "Transfer-Encoding: chunked",
    "transfer-encoding:chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding\r\n : chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding:\n chunked",
    "Transfer-Encoding: \x0Bchunked",
    "Transfer-Encoding: \x0Cchunked",
    "Transfer-Encoding: chunked\x0B",
    "Transfer-Encoding: chunked\0",
    "Transfer-Encoding: \0chunked",
    "Transfer-Encoding\0: chunked",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: 'chunked'",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunkedx",
    "Transfer-Encoding: chunk",
    "Transfer-Encoding: c\u{210}hunked",
    "Transfer-Encoding: chun\u{212A}ed",
    "Transfer-Encoding: chunked;q=0",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: gzip chunked",
    "Transfer-Encoding:",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding:\r\nTransfer-Encoding: chunked",
    " Transfer-Encoding: chunked",
    "\tTransfer-Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\rTransfer-Encoding: chunked",
    "X: y\r\r\nTransfer-Encoding: chunked",
    "X:\rTransfer-Encoding: chunked\r\nY: z",
    "X\r\nTransfer-Encoding: chunked",
    "X: y\r\n\tTransfer-Encoding: chunked",
    "\u{FEFF}Transfer-Encoding: chunked",
];

/// Ways to announce, or nearly announce, a length; `{n}` is the length of the hidden request.
const LENGTHS: &[&str] = &[
    "Content-Length: 0\r\nContent-Length: {n}",
    "Content-Length: {n}\r\nContent-Length: 0",
    "Content-Length: {n}, 0",
    "Content-Length: 0, {n}",
    "Content-Length: {n},",
    "Content-Length: {n};",
    "Content-Length: +{n}",
    "Content-Length: -{n}",
    "Content-Length: {n}.0",
    "Content-Length: {n}e0",
    "Content-Length: 0x{n}",
    "Content-Length: {n} 0",
    "Content-Length: \"{n}\"",
    "Content-Length: \x0B{n}",
    "Content-Length: {n}\x0C",
    "Content-Length: {n}\0",
    "Content-Length:",
    "Content-Length: _{n}",
    "Content-Length: {n}_0",
    "Content-Length: \u{661}\u{662}",
    "Content-Length : {n}",
    "Content-Length\t: {n}",
    "Content-Length\r\n : {n}",
    "Content-Length:\r\n {n}",
    "Content-Length\0: {n}",
    " Content-Length: {n}",
    "X: y\nContent-Length: {n}",
    "X: y\rContent-Length: {n}",
    "X: y\r\n Content-Length: {n}",
    "X\r\nContent-Length: {n}",
    "Content-Length: 18446744073709551616",
    "Content-Length: 18446744073709551647",
    "Content-Length: 4294967327",
];

/// Chunked bodies whose end two readers see in different places.
const CHUNKS: &[&str] = &[
    "1\nx\r\n0\r\n\r\n",
    "1\rx\r\n0\r\n\r\n",
    "1;\nx\r\n0\r\n\r\n",
    "1;a\nxx\r\n0\r\n\r\n",
    "1;a=\"\nx\r\n0\r\n\r\n\"\r\n0\r\n\r\n",
    "1;a\rx\r\n0\r\n\r\n",
    "1\r\r\nx\r\n0\r\n\r\n",
    "1\r\nxx0\r\n\r\n",
    "1\r\nx\n0\r\n\r\n",
    "1\r\nx\r0\r\n\r\n",
    "1\r\nx\r\r0\r\n\r\n",
    "1\r\nx;;0\r\n\r\n",
    "100000001\r\nx\r\n0\r\n\r\n",
    "10000000000000000\r\n0\r\n\r\n",
    "0x0\r\n\r\n",
    "0_1\r\n\r\n",
    "-0\r\n\r\n",
    "+0\r\n\r\n",
    " 0\r\n\r\n",
    "0 \r\n\r\n",
    "0\t\r\n\r\n",
    "0\n\r\n",
    "0\r\n\n",
    "0\n\n",
    "0\r\rX",
    "0\0\r\n\r\n",
    "0\r\nX\r\n\r\n",
    "0\r\nX: y\n\r\n",
    "0\r\nX: y\r\r\n",
    "0\r\n X: y\r\n\r\n",
    "0\r\nX : y\r\n\r\n",
    "0\r\n: y\r\n\r\n",
    "\r\n0\r\n\r\n",
    "x\r\n\r\n",
    "",
];

fn never_seen(stream: &str) {
    for seen in [feed(&[stream.as_bytes()]), feed(&stream.as_bytes().chunks(1).collect::<Vec<_>>())] {
        let evil = seen.iter().any(|seen| matches!(seen, Seen::Request(line, _) if line.contains("/evil")));
        assert!(!evil, "{stream:?} gives {seen:?}");
    }
}

#[test]
fn a_length_and_a_coding_never_give_two_requests() {
    for coding in CODINGS {
        let body = format!("0\r\n\r\n{EVIL}");
        for (first, second) in [(*coding, "Content-Length"), ("Content-Length", *coding)] {
            let line = |field: &str| {
                if field == "Content-Length" {
                    format!("Content-Length: {}", body.len())
                } else {
                    field.into()
                }
            };
            never_seen(&format!(
                "POST / HTTP/1.1\r\nHost: a\r\n{}\r\n{}\r\n\r\n{body}",
                line(first),
                line(second)
            ));
        }
        let size = format!("{:x}\r\n", EVIL.len());
        never_seen(&format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{coding}\r\n\r\n{size}{EVIL}\r\n0\r\n\r\n",
            size.len()
        ));
        // Without a length, whatever is not plainly chunked must not be taken for no body.
        never_seen(&format!("POST / HTTP/1.1\r\nHost: a\r\n{coding}\r\n\r\n{size}{EVIL}\r\n0\r\n\r\n"));
        never_seen(&format!("POST / HTTP/1.1\r\nHost: a\r\n{coding}\r\n\r\n{EVIL}"));
        never_seen(&format!("POST / HTTP/1.0\r\n{coding}\r\n\r\n{EVIL}"));
    }
}

#[test]
fn an_unclear_length_never_gives_two_requests() {
    for length in LENGTHS {
        let length = length.replace("{n}", &EVIL.len().to_string());
        never_seen(&format!("POST / HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n{EVIL}"));
        never_seen(&format!("GET / HTTP/1.1\r\n{length}\r\nHost: a\r\n\r\n{EVIL}"));
    }
}

#[test]
fn an_unclear_chunk_never_gives_two_requests() {
    for chunks in CHUNKS {
        never_seen(&format!(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{EVIL}"
        ));
    }
}

#[test]
fn a_head_never_hides_a_request() {
    for stream in [
        format!("GET / HTTP/1.1\r\nHost: a\n\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\r{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n\r{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n\rX{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n \r\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n:\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a b\r\n\r\n{EVIL}"),
        format!("GET /\r\n\r\n{EVIL}"),
        format!("GET / HTTP/0.9\r\nHost: a\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1 \r\nHost: a\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1\u{B}\r\nHost: a\r\n\r\n{EVIL}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\nContent-Length: 5\r\n\r\n{EVIL}"),
        format!("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n{EVIL}"),
        format!("HTTP/1.1 200 OK\r\n\r\n{EVIL}"),
        format!("\0{EVIL}"),
        format!("\n{EVIL}"),
        format!(" {EVIL}"),
        format!("\u{FEFF}{EVIL}"),
    ] {
        never_seen(&stream);
    }
}
