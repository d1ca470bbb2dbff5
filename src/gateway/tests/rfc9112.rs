//! RFC 9112, and what of RFC 9110 concerns an origin server's machine: requirement by requirement.
//!
//! `tests/cases/http/rfc9112.jsonl` is the table, a requirement a line: section, level, rule, what we do, and how that
//! is shown. Most are shown by bytes that a caller sends and what comes back, and are played here against a whole
//! gateway, in one piece and byte by byte; some name a test elsewhere, which must exist; some do not apply, and say
//! why. `rfc9112.md` beside it is the same for readers; `RESTANZA_WRITE=1 cargo test rfc9112` writes it.

use std::fmt::Write as _;
use std::fs;

use super::*;
use crate::json::{self, Value};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/http/");
const NEXT: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
/// The world's clock, see [`World::event`].
const DATE: &str = "\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n";

/// A line of the table.
struct Row<'j>(Value<'j>);

impl Row<'_> {
    fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(Value::as_str).map(|text| text.to_string()).unwrap_or_default()
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let items = self.0.get(key).into_iter().flat_map(Value::items);
        items.map(|item| item.as_str().expect("a string").to_string()).collect()
    }

    fn is(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    fn gives(&self) -> Vec<String> {
        self.0
            .get("gives")
            .into_iter()
            .flat_map(Value::items)
            .map(|status| status.raw().to_string())
            .collect()
    }
}

fn each(mut look: impl FnMut(usize, Row<'_>)) -> usize {
    let table = fs::read_to_string(format!("{FOLDER}rfc9112.jsonl")).unwrap();
    for (at, line) in table.lines().enumerate() {
        let mut nodes = [json::Node::default(); 64];
        let value =
            json::parse(line.as_bytes(), &mut nodes).unwrap_or_else(|error| panic!("{at}: {error:?}"));
        look(at + 1, Row(value));
    }
    table.lines().count()
}

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
    if let Some(time) = row.0.get("wait").and_then(Value::as_integer) {
        world.wait(u64::try_from(time).unwrap());
        got.push_str(&world.take(line));
    }
    if row.is("eof") {
        world.event(|g, cx| g.ended(line, End::Eof, cx));
        got.push_str(&world.take(line));
    }
    let said = format!("line {at}, {} {}: {got}", row.text("section"), row.text("rule"));
    assert_eq!(statuses(&got), row.gives(), "{said}");
    for has in row.texts("has") {
        assert!(got.contains(&has), "{has:?} is not there: {said}");
    }
    for lacks in row.texts("lacks") {
        assert!(!got.contains(&lacks), "{lacks:?} is there: {said}");
    }
    if row.is("dates") {
        assert_eq!(got.matches(DATE).count(), row.gives().len(), "{said}");
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
    each(|at, row| {
        if row.0.get("send").is_some() {
            check(&row, usize::MAX, at);
            if !row.is("whole") && row.0.get("wait").is_none() {
                check(&row, 1, at);
            }
            played += 1;
        }
    });
    assert!(played > 90, "{played}");
}

#[test]
fn every_test_that_is_named_is_there() {
    let count = each(|at, row| {
        let ways = [row.0.get("send").is_some(), row.0.get("tests").is_some(), row.is("apart")];
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
    each(|at, row| {
        let [section, level, rule, we] = ["section", "level", "rule", "we"].map(|key| row.text(key));
        let how = if row.is("apart") {
            "does not apply".to_string()
        } else if row.0.get("tests").is_some() {
            let names = row.texts("tests");
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        } else {
            let gives = row.gives();
            let gives = if gives.is_empty() { "nothing yet".to_string() } else { gives.join(", ") };
            format!("line {at}: {gives}; {}", row.text("after"))
        };
        writeln!(page, "| {section} | {level} | {rule} | {we} | {how} |").unwrap();
    });
    let path = format!("{FOLDER}rfc9112.md");
    if std::env::var_os("RESTANZA_WRITE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap_or_default() == page, "write it with RESTANZA_WRITE=1");
}
