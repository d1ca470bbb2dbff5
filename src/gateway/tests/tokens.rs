//! Tokens that only another server knows: asked about once, kept within bounds, and never a 401 because of its faults.

use super::*;
use crate::gateway::Counter;
use crate::gateway::introspection::EXAMPLE;

const HEAD: &str = "Content-Type: application/json\r\n";
const BODY: &str = r#"{"to":"juliet@example.com","body":"x"}"#;
const GOOD: &str = r#"{"active":true,"username":"romeo","scope":"xmpp openid","token_type":"Bearer"}"#;

fn world(limits: Limits) -> World {
    let mut world = World::new(limits);
    world.link_up();
    world.config.introspection = Some(EXAMPLE);
    world
}

impl World {
    /// A message with that token; its caller waits.
    pub(super) fn shows(&mut self, token: &str) -> Line {
        let line = self.caller();
        let head = format!("POST /rest HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer {token}\r\n{HEAD}");
        self.give(line, format!("{head}Content-Length: {}\r\n\r\n{BODY}", BODY.len()).as_bytes());
        line
    }

    /// Opens the connection that was asked for; gives it and the question.
    pub(super) fn asked(&mut self) -> (Line, String) {
        let line = self.connects.pop_front().expect("a question");
        assert!(matches!(line, Line::Lookup(_)));
        self.event(|g, cx| g.connected(line, cx));
        let question = self.take(line);
        (line, question)
    }

    fn says(&mut self, line: Line, body: &str) {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        self.give(line, format!("{head}{body}").as_bytes());
    }

    /// The answer of a caller, its connection closed after it.
    fn answer_of(&mut self, line: Line) -> String {
        self.take(Line::Link);
        let answer = self.take(line);
        self.event(|g, cx| g.ended(line, End::Closed, cx));
        answer
    }

    /// What becomes of a token of which the server says that.
    fn judged(&mut self, token: &str, said: &str) -> String {
        let caller = self.shows(token);
        let line = if self.connects.is_empty() { Line::Lookup(0) } else { self.asked().0 };
        self.take(line);
        self.says(line, said);
        self.answer_of(caller)
    }
}

#[test]
fn a_token_is_asked_about_once_and_then_known() {
    let mut world = world(Limits::DEFAULT);
    let caller = world.shows("abc+/==");
    let (line, question) = world.asked();
    let lines = [
        "POST /introspect HTTP/1.1\r\n",
        "\r\nHost: auth.example\r\n",
        "\r\nAuthorization: Basic Z3c6c2VjcmV0\r\n",
        "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        "\r\n\r\ntoken=abc%2B%2F%3D%3D&token_type_hint=access_token",
    ];
    for part in lines {
        assert!(question.contains(part), "{part:?} is not in\n{question}");
    }
    // The same token from others meanwhile: they wait for the same answer.
    let others = [world.shows("abc+/=="), world.shows("abc+/==")];
    assert!(world.connects.is_empty());
    assert_eq!(world.take(caller), "");
    world.says(line, GOOD);
    let sent = world.take(Line::Link);
    assert_eq!(sent.matches("from='romeo@gw.example'").count(), 3, "{sent}");
    for line in [caller, others[0], others[1]] {
        assert_eq!(status(&world.answer_of(line)), "202");
    }
    let known = world.shows("abc+/==");
    assert_eq!(status(&world.answer_of(known)), "202");
    assert_eq!(world.gateway.counters().get(Counter::Lookups), 1);
    world.wait(60_000);
    let again = world.shows("abc+/==");
    assert_eq!(world.answer_of(again), "", "it is old: asked again");
    assert_eq!(world.gateway.counters().get(Counter::Lookups), 2);
}

#[test]
fn who_rests_keeps_no_place_of_a_token() {
    let mut world = world(Limits { grants: 4, ..Limits::DEFAULT });
    let tokens = ["a", "b", "c", "d", "e", "f"];
    for (at, token) in tokens.iter().enumerate() {
        let caller = world.shows(token);
        let line = if at == 0 { world.asked().0 } else { Line::Lookup(0) };
        world.take(line);
        world.says(line, GOOD);
        world.take(Line::Link);
        assert_eq!(
            status(&world.take(caller)),
            "202",
            "{token}: those before it are answered, and only rest"
        );
    }
}

#[test]
fn who_gives_way_while_its_token_is_asked_about_is_told() {
    let mut world = world(Limits { connections: 4, ..Limits::DEFAULT });
    let asking = world.shows("a");
    for _ in 0..3 {
        world.wait(1);
        world.caller();
    }
    let answer = world.take(asking);
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
    assert_eq!(world.gateway.want(asking), Want::Close);
}

#[test]
fn what_is_said_decides() {
    let over = 1_700_000_000;
    let cases = [
        (GOOD.to_owned(), "202", ""),
        (r#"{"active":true,"username":"romeo","scope":"xmpp"}"#.to_owned(), "202", ""),
        (format!(r#"{{"active":true,"username":"romeo","scope":"xmpp","exp":{}}}"#, over + 1), "202", ""),
        (
            format!(r#"{{"active":true,"username":"romeo","scope":"xmpp","exp":{over}}}"#),
            "401",
            "invalid_token",
        ),
        (
            format!(r#"{{"active":true,"username":"romeo","scope":"xmpp","nbf":{}}}"#, over + 1),
            "401",
            "invalid_token",
        ),
        (r#"{"active":false}"#.to_owned(), "401", "invalid_token"),
        (GOOD.replace("Bearer", "refresh_token"), "401", "invalid_token"),
        (GOOD.replace("xmpp openid", "openid xmppx"), "403", "insufficient_scope\", scope=\"xmpp\""),
        (r#"{"active":true,"username":"romeo"}"#.to_owned(), "403", "insufficient_scope"),
        (GOOD.replace("romeo", "romeo@evil.example"), "403", ""),
        (GOOD.replace("username", "user"), "403", ""),
        // The server is wrong, and nothing is said of the token.
        (GOOD.replace("true", "\"true\""), "503", ""),
        (r#"{"username":"romeo","scope":"xmpp"}"#.to_owned(), "503", ""),
        (GOOD.replace("\"Bearer\"", "\"Bearer\",\"exp\":\"soon\""), "503", ""),
        ("<html>".to_owned(), "503", ""),
        (String::new(), "503", ""),
        ("[true]".to_owned(), "503", ""),
    ];
    for (said, expected, challenge) in cases {
        let mut world = world(Limits::DEFAULT);
        let answer = world.judged("t", &said);
        assert_eq!(status(&answer), expected, "{said}");
        assert_eq!(
            answer.contains("\r\nWWW-Authenticate: Bearer "),
            !challenge.is_empty(),
            "{said}\n{answer}"
        );
        assert!(answer.contains(challenge), "{said}\n{answer}");
        assert_eq!(answer.contains("\r\nRetry-After: "), expected == "503", "{answer}");
    }
}

#[test]
fn what_is_refused_is_kept_shortly_and_faults_are_not() {
    let mut world = world(Limits::DEFAULT);
    assert_eq!(status(&world.judged("t", r#"{"active":false}"#)), "401");
    let known = world.shows("t");
    assert_eq!(status(&world.answer_of(known)), "401");
    assert_eq!(world.gateway.counters().get(Counter::Lookups), 1);
    world.wait(5_000);
    assert_eq!(status(&world.judged("t", GOOD)), "202");
    assert_eq!(status(&world.judged("u", "nonsense")), "503");
    assert_eq!(status(&world.judged("u", GOOD)), "202");
}

#[test]
fn tokens_of_the_settings_are_never_asked_about() {
    let mut world = world(Limits::DEFAULT);
    let own = world.shows("bot-token");
    assert_eq!(status(&world.answer_of(own)), "202");
    world.config.introspection = None;
    let other = world.shows("unknown");
    assert_eq!(status(&world.answer_of(other)), "403", "as ever");
    assert!(world.connects.is_empty());
}

#[test]
fn a_server_that_is_away_makes_a_503_and_is_left_alone_for_a_while() {
    let mut world = world(Limits::DEFAULT);
    for n in 0..3 {
        let caller = world.shows(&format!("t{n}"));
        let line = world.connects.pop_front().expect("a question");
        world.event(|g, cx| g.ended(line, End::Failed(&"refused"), cx));
        assert_eq!(status(&world.answer_of(caller)), "503");
    }
    let caller = world.shows("t");
    let answer = world.answer_of(caller);
    assert!(status(&answer) == "503" && answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
    assert!(world.connects.is_empty());
    world.wait(1_000);
    assert_eq!(status(&world.judged("t", GOOD)), "202");
}

#[test]
fn a_slow_server_and_a_caller_without_patience() {
    let mut world = world(Limits::DEFAULT);
    let caller = world.shows("t");
    let (line, _) = world.asked();
    world.give(line, b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{");
    world.wait(4_999);
    assert_eq!(world.take(caller), "");
    world.wait(1);
    assert_eq!(status(&world.answer_of(caller)), "503");
    assert_eq!(world.gateway.want(line), Want::Close);
}

#[test]
fn more_tokens_than_places_wait_their_turn() {
    let mut world = world(Limits { lookups: 1, grants: 16, ..Limits::DEFAULT });
    let callers = ["a", "b", "c"].map(|token| world.shows(token));
    let (line, question) = world.asked();
    assert!(question.contains("token=a&") && world.connects.is_empty());
    // The second has gone before its turn; nobody asks for it.
    world.event(|g, cx| g.ended(callers[1], End::Closed, cx));
    world.says(line, GOOD);
    assert!(world.take(line).contains("token=c&"), "on the kept connection");
    world.says(line, r#"{"active":false}"#);
    assert_eq!(
        [callers[0], callers[2]].map(|line| status(&world.answer_of(line)).to_owned()),
        ["202", "401"]
    );
    // The kept connection turns out to be closed: once more, on another.
    let caller = world.shows("d");
    world.take(line);
    world.event(|g, cx| g.ended(line, End::Eof, cx));
    world.event(|g, cx| g.ended(line, End::Closed, cx));
    let (line, question) = world.asked();
    assert!(question.contains("token=d&"));
    world.says(line, GOOD);
    assert_eq!(status(&world.answer_of(caller)), "202");
}

#[test]
fn an_answer_beyond_the_limit_and_a_token_beyond_it() {
    let mut world = world(Limits { lookup: 2_048, ..Limits::DEFAULT });
    let caller = world.shows("t");
    let (line, _) = world.asked();
    world.give(line, b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{");
    assert_eq!(status(&world.answer_of(caller)), "503");
    world.event(|g, cx| g.ended(line, End::Closed, cx));
    let caller = world.shows(&"x".repeat(3_000));
    assert_eq!(status(&world.answer_of(caller)), "403");
}

#[test]
fn a_reload_asks_anew_and_a_stop_tells_those_who_wait() {
    let mut world = world(Limits::DEFAULT);
    assert_eq!(status(&world.judged("t", GOOD)), "202");
    world.event(Gateway::reloaded);
    let line = Line::Lookup(0);
    assert_eq!(world.gateway.want(line), Want::Close);
    world.event(|g, cx| g.ended(line, End::Closed, cx));
    let caller = world.shows("t");
    let (line, _) = world.asked();
    world.event(Gateway::reloaded);
    world.event(|g, cx| g.ended(line, End::Closed, cx));
    let (line, question) = world.asked();
    assert!(question.contains("token=t&"));
    world.event(Gateway::stop);
    world.event(Gateway::stop);
    assert_eq!(status(&world.take(caller)), "503");
    assert_eq!(world.gateway.want(line), Want::Close);
}

#[test]
fn who_makes_up_tokens_is_slowed() {
    let mut world = world(Limits { login_failures: 3, ..Limits::DEFAULT });
    for n in 0..4 {
        assert_eq!(status(&world.judged(&format!("t{n}"), r#"{"active":false}"#)), "401");
    }
    let caller = world.shows("t9");
    assert_eq!(status(&world.answer_of(caller)), "429", "and nobody is asked");
    assert_eq!(world.gateway.counters().get(Counter::Lookups), 4);
}
