//! What went between restanza and Prosody's mod_http_oauth2, played again: the same question, and the same outcome of
//! the answer. `cross/check-oauth --record` writes `tests/cases/introspection/recorded.jsonl`.

use super::*;
use crate::gateway::introspection::EXAMPLE;
use crate::json::{self, Value};

const ROWS: &str = include_str!("../../../tests/cases/introspection/recorded.jsonl");

/// A question without what differs by place and version.
fn compared(question: &str) -> Vec<&str> {
    question
        .split("\r\n")
        .filter(|line| !line.starts_with("Host: ") && !line.starts_with("User-Agent: "))
        .collect()
}

#[test]
fn the_exchanges_with_mod_http_oauth2() {
    let mut seen = 0;
    for line in ROWS.lines() {
        let mut nodes = [json::Node::default(); 64];
        let row = json::parse(line.as_bytes(), &mut nodes).unwrap();
        let text = |key| row.get(key).and_then(Value::as_str).expect(key).to_string();
        let (case, request, response) = (text("case"), text("request"), text("response"));
        let shown = request.split("\r\n").find_map(|line| line.strip_prefix("Authorization: "));

        let mut world = World::new(Limits::DEFAULT);
        world.link_up();
        let authorization: &'static str = Box::leak(shown.expect("a login").to_owned().into_boxed_str());
        let server = Introspection { target: "/oauth2/introspect", authorization, domain: "", ..EXAMPLE };
        world.config.introspection = Some(Introspection { keep: Duration::from_secs(1), ..server });
        let caller = world.shows(&text("token"));
        let (lookup, question) = world.asked();
        assert_eq!(compared(&question), compared(&request), "{case}");
        world.give(lookup, response.as_bytes());
        let sent = world.take(Line::Link);
        let answer = world.take(caller);
        let status = row.get("status").expect("a status").raw().to_string();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{case}: {answer}");
        let error = text("error");
        assert!(error.is_empty() || answer.contains(&format!("error=\"{error}\"")), "{case}: {answer}");
        assert_eq!(sent.contains("from='juliet@gw.example'"), status == "202", "{case}: {sent}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}
