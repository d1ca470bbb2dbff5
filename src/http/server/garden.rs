//! The anomalies that the HTTP Garden found in servers and proxies (its list TROPHIES.md, read in 2026): by class, in
//! payloads of our own. None may ever give a second request where one was meant, or any where none was.
//!
//! `smuggling` beside this tries whole families of framing fields; in `tests/cases/http/garden.jsonl` each class of the
//! list has its rows, by the number there (S: servers, P: proxies, B: its bonus lists), also those that only crash others
//! or fool their access rules. Each payload hides `GET /evil`, and says what is to come of it: the status with which it is
//! refused and nothing of it served; `one` request, with the evil one as its body or not at all; or `two`, since it is
//! well formed, for whoever reads it.

use std::collections::BTreeSet;

use super::tests::{Seen, feed};
use crate::cases;

const TABLE: &str = include_str!("../../../tests/cases/http/garden.jsonl");

const EVIL: &str = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

fn check(payload: &str, fate: &str) {
    assert_eq!(EVIL.len(), 31, "the lengths in the payloads are this one");
    let bytes = payload.replace("{get}", GET).replace("{chunked}", CHUNKED).replace("{evil}", EVIL);
    let bytes = bytes.as_bytes();
    let whole = feed(&[bytes]);
    let requests = whole.iter().filter(|seen| matches!(seen, Seen::Request(..))).count();
    let evil = |seen: &Seen| matches!(seen, Seen::Request(line, _) if line.contains("/evil"));
    let fits = match fate {
        "one" => requests == 1 && !whole.iter().any(evil),
        "two" => requests == 2,
        status => matches!(whole[..], [Seen::Refused(_, got)] if got.to_string() == status),
    };
    assert!(fits, "{payload:?} is to be {fate}, and gives {whole:?}");
    for cut in 1..bytes.len() {
        assert_eq!(feed(&[&bytes[..cut], &bytes[cut..]]), whole, "{payload:?} cut at {cut}");
    }
    assert_eq!(feed(&bytes.chunks(1).collect::<Vec<_>>()), whole, "{payload:?} byte by byte");
}

#[test]
fn no_payload_gives_a_second_request() {
    let count = cases::each(TABLE, |_, row| check(&row.text("send"), &row.text("fate")));
    assert!(count > 130, "{count}");
}

/// The list has 48 classes of servers, 24 of proxies (no 8) and those of its bonus lists that are about HTTP/1.1.
#[test]
fn every_class_of_the_list_has_its_row() {
    let mut there = BTreeSet::new();
    cases::each(TABLE, |_, row| there.extend(row.text("class").split(' ').map(String::from)));
    let servers = (1..=48).map(|class| format!("S{class}"));
    for class in servers.chain((1..=25).filter(|class| *class != 8).map(|class| format!("P{class}"))) {
        assert!(there.contains(&class), "{class}");
    }
}
