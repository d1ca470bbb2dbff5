//! RFC 9112, and what of RFC 9110 concerns an origin server's machine: requirement by requirement.
//!
//! `tests/cases/http/rfc9112.jsonl` is the table, a requirement a line: section, level, rule, what we do, and how that
//! is shown. Most are shown by bytes that a caller sends and what comes back, and are played here against a whole
//! gateway, in one piece and byte by byte; some name a test elsewhere, which must exist; some do not apply, and say
//! why. `rfc9112.md` beside it is the same for readers; `RESTANZA_WRITE=1 cargo test rfc9112` writes it.

use std::fmt::Write as _;
use std::fs;

use super::*;
use crate::cases::{self, Row};

const TABLE: &str = include_str!("../../../tests/cases/http/rfc9112.jsonl");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/http/rfc9112.md");
const NEXT: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
/// The world's clock, see [`World::event`].
const DATE: &str = "\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n";

/// What a caller gets that sends these bytes in such pieces, and the line it has.
fn play(world: &mut World, bytes: &[u8], piece: usize) -> (Line, String) {
    let line = world.caller();
    let mut got = String::new();
    for piece in bytes.chunks(piece) {
        if world.gateway.want(line) != Want::Open {
            break;
        }
        world.give(line, piece);
        got.push_str(&world.take(line));
    }
    (line, got)
}

fn statuses(answers: &str) -> Vec<String> {
    let heads = answers.split("HTTP/1.1 ").skip(1);
    let words = heads.map(|head| head.split(' ').next().unwrap_or_default());
    words.filter(|word| word.len() == 3 && word.parse::<u16>().is_ok()).map(String::from).collect()
}

fn check(row: &Row<'_>, piece: usize, at: usize) {
    let mut world = World::up();
    let (line, mut got) = play(&mut world, row.text("send").replace("{auth}", BASIC).as_bytes(), piece);
    if let Some(time) = row.number("wait") {
        world.wait(time);
        got.push_str(&world.take(line));
    }
    if row.is("eof") {
        world.event(|g, cx| g.ended(line, End::Eof, cx));
        got.push_str(&world.take(line));
    }
    let said = format!("line {at}, {} {}: {got}", row.text("section"), row.text("rule"));
    assert_eq!(statuses(&got), row.numbers("gives"), "{said}");
    for has in row.texts("has") {
        assert!(got.contains(&has), "{has:?} is not there: {said}");
    }
    for lacks in row.texts("lacks") {
        assert!(!got.contains(&lacks), "{lacks:?} is there: {said}");
    }
    if row.is("dates") {
        assert_eq!(got.matches(DATE).count(), row.numbers("gives").len(), "{said}");
    }
    let open = world.gateway.want(line) == Want::Open;
    match row.text("after").as_str() {
        "closed" => assert!(!open, "still open: {said}"),
        "waiting" => assert!(open, "closed: {said}"),
        "kept" => {
            assert!(open, "closed: {said}");
            world.give(line, NEXT);
            assert_eq!(statuses(&world.take(line)), ["200"], "the next request is not served: {said}");
        }
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn every_requirement_is_kept() {
    let mut played = 0;
    cases::each(TABLE, |at, row| {
        if row.has("send") {
            check(&row, usize::MAX, at);
            if !row.is("whole") && !row.has("wait") {
                check(&row, 1, at);
            }
            played += 1;
        }
    });
    assert!(played > 90, "{played}");
}

#[test]
fn every_test_that_is_named_is_there() {
    let count = cases::each(TABLE, |at, row| {
        let ways = [row.has("send"), row.has("tests"), row.is("apart")];
        assert_eq!(ways.into_iter().filter(|way| *way).count(), 1, "line {at}: one way to show it");
        for key in ["section", "level", "rule", "we"] {
            assert_ne!(row.text(key), "", "line {at}: {key}");
        }
        for test in row.texts("tests") {
            let (file, name) = test.split_once(' ').unwrap();
            let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("line {at}: {path}: {error}"));
            let word = if file.starts_with("tests/e2e/") { "def" } else { "fn" };
            assert!(text.contains(&format!("{word} {name}(")), "line {at}: no {name} in {file}");
        }
    });
    assert!(count > 110, "{count}");
}

#[test]
fn the_page_shows_the_table() {
    let mut page = String::from(
        "Each requirement of RFC 9112 on a server, and those of RFC 9110 that concern the machine of an origin server.\n\
         Written from `rfc9112.jsonl`, whose line is named where bytes show it: they are played against a whole\n\
         gateway, in one piece and byte by byte, by `src/gateway/tests/rfc9112.rs`. \"Stricter\" marks where the standard\n\
         leaves a choice, or we do not follow a SHOULD.\n\n\
         | section | level | requirement | here | shown by |\n|---|---|---|---|---|\n",
    );
    cases::each(TABLE, |at, row| {
        let [section, level, rule, we] = ["section", "level", "rule", "we"].map(|key| row.text(key));
        let how = if row.is("apart") {
            "does not apply".to_string()
        } else if row.has("tests") {
            let names = row.texts("tests");
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        } else {
            let gives = row.numbers("gives");
            let gives = if gives.is_empty() { "nothing yet".to_string() } else { gives.join(", ") };
            format!("line {at}: {gives}; {}", row.text("after"))
        };
        writeln!(page, "| {section} | {level} | {rule} | {we} | {how} |").unwrap();
    });
    if std::env::var_os("RESTANZA_WRITE").is_some() {
        fs::write(PAGE, &page).unwrap();
    }
    assert!(fs::read_to_string(PAGE).unwrap_or_default() == page, "write it with RESTANZA_WRITE=1");
}
