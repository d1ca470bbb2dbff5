//! Routes: what is at which path, and the manners of `/v1`.

use super::*;

impl World {
    /// Sends a request on a connection of its own.
    fn ask(&mut self, method: &str, path: &str, fields: &str, body: &str) -> Line {
        let line = self.caller();
        let length = format!("Content-Length: {}\r\n", body.len());
        let request = format!("{method} {path} HTTP/1.1\r\nHost: gw\r\n{fields}{length}\r\n{body}");
        self.give(line, request.as_bytes());
        line
    }

    /// The whole answer to a request that waits for nothing.
    pub(super) fn answer(&mut self, method: &str, path: &str, fields: &str, body: &str) -> String {
        let line = self.ask(method, path, fields, body);
        self.take(Line::Link);
        let answer = self.take(line);
        self.event(|g, cx| g.ended(line, End::Closed, cx));
        answer
    }

    /// Asks with the component's credentials, answers with that content of the iq, gives the answer to the caller.
    fn iq(
        &mut self,
        method: &str,
        path: &str,
        fields: &str,
        body: &str,
        type_: &str,
        content: &str,
    ) -> String {
        let line = self.ask(method, path, &format!("{BASIC}{fields}"), body);
        let sent = self.take(Line::Link);
        let id = wire_id(&sent);
        let head = format!("<iq type='{type_}' id='{id}' from='other.example' to='gw.example'>");
        self.server(&format!("{head}{content}</iq>"));
        let answer = self.take(line);
        self.event(|g, cx| g.ended(line, End::Closed, cx));
        answer
    }
}

fn error(type_: &str, condition: &str) -> String {
    let ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
    format!("<error type='{type_}'><{condition} {ns}/><text {ns}>Say &quot;why&quot;</text></error>")
}

#[test]
fn paths_and_methods_have_their_status() {
    let mut world = World::up();
    let json = "Content-Type: application/json\r\n";
    let message = r#"{"to":"a@b.example","body":"x"}"#;
    let cases = [
        ("POST", "/rest", BASIC, message, "202"),
        ("GET", "/rest", "", "", "301"),
        ("HEAD", "/rest", "", "", "301"),
        ("PUT", "/rest", BASIC, message, "405"),
        ("GET", "/rest/", BASIC, "", "400"),
        ("GET", "/rest/", "", "", "401"),
        ("POST", "/rest/foo/chat/a@b", BASIC, message, "400"),
        ("GET", "/rest/echo", BASIC, "", "405"),
        ("DELETE", "/v1/stanzas", BASIC, "", "405"),
        ("POST", "/v1/stanzas", BASIC, message, "202"),
        ("POST", "/v1/stanzas", "", message, "401"),
        ("GET", "/v1", BASIC, "", "404"),
        ("GET", "/else", "", "", "404"),
        ("OPTIONS", "/rest/message/chat/a@b", "", "", "200"),
        ("OPTIONS", "*", "", "", "200"),
        ("OPTIONS", "/else", "", "", "404"),
    ];
    for (method, path, login, body, expected) in cases {
        let answer = world.answer(method, path, &format!("{login}{json}"), body);
        assert_eq!(status(&answer), expected, "{method} {path}: {answer}");
        assert_eq!(answer.contains("\r\nWWW-Authenticate: "), expected == "401", "{answer}");
        assert_eq!(answer.contains("\r\nAllow: "), matches!(expected, "405" | "200"), "{answer}");
        assert_eq!(answer.contains("\r\nLocation: /rest/\r\n"), expected == "301", "{answer}");
    }
}

#[test]
fn refusals_of_the_versioned_routes_are_problems() {
    let mut world = World::up();
    let answer = world.answer("POST", "/v1/stanzas", "Content-Type: application/json\r\n", "{");
    assert!(answer.contains("\r\nContent-Type: application/problem+json\r\n"), "{answer}");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let expected = r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"No credentials provided","condition":"not-authorized","error_type":"auth","source":"gateway"}"#;
    assert_eq!(body, expected);
}

/// The sentence of mod_rest for its clients; what the trouble is for people, and for whoever came by `/v1`.
#[test]
fn refusals_say_what_mod_rest_says() {
    let mut world = World::up();
    let json = format!("{BASIC}Content-Type: application/json\r\n");
    let other = r#"{"to":"a@b.example","from":"bot@else.example","body":"x"}"#;
    let cases = [
        ("{", "Failed to parse payload", "JSON, line 1, column 2"),
        (r#"{"to":"@","body":"x"}"#, "Invalid destination JID", "The destination is no valid JID: "),
        (r#"{"to":"a@b","from":"@","body":"x"}"#, "Invalid source JID", "The source is no valid JID: "),
        (other, "Not authorized to send stanza with requested 'from'", "you may send as gw.example"),
        // It has no sentence for this: the connection breaks.
        (r#"{"to":"a@b","body":7}"#, "body must be a string", "body must be a string"),
    ];
    for (body, sentence, trouble) in cases {
        let answer = world.answer("POST", "/rest", &json, body);
        assert!(answer.contains(&format!(r#""text":"{sentence}"#)), "{answer}");
        let xml = world.answer("POST", "/rest", &format!("{json}Accept: application/xmpp+xml\r\n"), body);
        assert!(xml.contains(&format!(">{sentence}</text>")) || sentence == trouble, "{xml}");
        assert!(sentence == trouble || !(answer + &xml).contains(trouble));
        let page = world.answer("POST", "/rest", &format!("{json}Accept: text/html, */*;q=0.5\r\n"), body);
        assert!(page.contains(trouble), "{page}");
        let problem = world.answer("POST", "/v1/stanzas", &json, body);
        assert!(problem.contains(trouble), "{problem}");
    }
    let nowhere = world.answer("GET", "/else", "", "");
    assert!(nowhere.ends_with("\r\n\r\n{\"type\":\"error\",\"code\":404}"), "{nowhere}");
}

#[test]
fn the_error_of_an_iq_is_a_status() {
    let mut world = World::up();
    for (condition, expected) in [("item-not-found", "404"), ("forbidden", "403"), ("made-up", "502")] {
        let content = error("cancel", condition);
        let answer = world.iq("GET", "/v1/version/other.example", "", "", "error", &content);
        assert_eq!(status(&answer), expected, "{answer}");
        assert!(answer.contains("\r\nContent-Type: application/problem+json\r\n"), "{answer}");
        let condition = if condition == "made-up" { "undefined-condition" } else { condition };
        let members = format!(
            r#""detail":"Say \"why\"","condition":"{condition}","error_type":"cancel","source":"other.example""#
        );
        assert!(answer.contains(&members), "{answer}");
        // As mod_rest has it, it is an answer like any other.
        let answer = world.iq("GET", "/rest/version/other.example", "", "", "error", &content);
        assert_eq!(status(&answer), "200");
    }
    let content = error("auth", "forbidden");
    let xml = "Accept: application/xmpp+xml\r\n";
    let answer = world.iq("GET", "/v1/version/other.example", xml, "", "error", &content);
    assert!(status(&answer) == "403" && answer.contains("<iq type='error'"), "{answer}");
    let answer = world.iq("GET", "/v1/version/other.example", "", "", "result", "");
    assert_eq!(status(&answer), "200");
}

#[test]
fn a_payload_may_come_in_the_body() {
    let mut world = World::up();
    let json = "Content-Type: application/json\r\n";
    let line = world.ask("POST", "/v1/disco/other.example", &format!("{BASIC}{json}"), r#"{"node":"n"}"#);
    let sent = world.take(Line::Link);
    assert!(sent.contains("<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>"), "{sent}");
    assert_eq!(world.take(line), "");
    let text = format!("{BASIC}Content-Type: text/plain\r\n");
    assert_eq!(status(&world.answer("POST", "/v1/disco/other.example", &text, "n")), "415");
}

#[test]
fn a_caller_says_how_long_it_waits() {
    let cases = [
        ("", 120_000),
        ("Prefer: wait=7\r\n", 7_000),
        ("Prefer: respond-async, Wait = \"8\" ; x=y\r\nPrefer: wait=9\r\n", 8_000),
        ("Prosody-Rest-Timeout: 5\r\nPrefer: wait=7\r\n", 5_000),
        ("Prosody-Rest-Timeout: 1.2509\r\n", 1_250),
        ("Prosody-Rest-Timeout: 1.x\r\n", 120_000),
        ("Prosody-Rest-Timeout: 1.5x\r\n", 120_000),
        ("Prosody-Rest-Timeout: 1e9\r\n", 120_000),
        ("Prefer: wait=100000\r\n", 300_000),
        ("Prefer: wait=99999999999999999.9\r\n", 300_000),
        ("Prefer: wait=soon\r\n", 120_000),
    ];
    for (fields, ms) in cases {
        let mut world = World::up();
        let line = world.ask("GET", "/v1/ping/other.example", &format!("{BASIC}{fields}"), "");
        world.take(Line::Link);
        world.wait(ms - 1);
        assert_eq!(world.take(line), "", "{fields}");
        world.wait(2);
        assert_eq!(status(&world.take(line)), "504", "{fields}");
    }
}

#[test]
fn pages_of_other_sites_ask_only_when_they_may() {
    let mut world = World::up();
    let page = "Origin: https://app.example\r\n";
    let preflight = format!("{page}Access-Control-Request-Method: POST\r\n");
    let answer = world.answer("OPTIONS", "/rest", &preflight, "");
    assert!(status(&answer) == "200" && !answer.contains("Access-Control"), "{answer}");

    world.config.access.origins = "https://other.example, https://app.example";
    let answer = world.answer("OPTIONS", "/rest", &preflight, "");
    for field in [
        "Access-Control-Allow-Origin: https://app.example",
        "Access-Control-Allow-Methods: GET, HEAD, OPTIONS, POST",
        "Access-Control-Allow-Headers: Accept, Authorization, Content-Type, Prefer, Prosody-Rest-Timeout",
        "Vary: Origin",
    ] {
        assert!(answer.contains(&format!("\r\n{field}\r\n")), "{field}: {answer}");
    }
    let answer = world.answer("GET", "/rest/ping/", page, "");
    assert!(
        status(&answer) == "401" && answer.contains("Access-Control-Allow-Origin: https://app"),
        "{answer}"
    );
    let stranger = "Origin: https://evil.example\r\n";
    let answer = world.answer("OPTIONS", "/rest", stranger, "");
    assert!(!answer.contains("Access-Control") && answer.contains("Vary: Origin"), "{answer}");
}

#[test]
fn operators_ask() {
    let mut world = World::new(Limits::DEFAULT);
    assert_eq!(status(&world.answer("GET", "/healthz", "", "")), "200");
    let answer = world.answer("GET", "/readyz", "", "");
    assert!(status(&answer) == "503" && answer.contains("Retry-After"), "{answer}");
    world.link_up();
    assert_eq!(status(&world.answer("GET", "/readyz", "Accept: image/png\r\n", "")), "200");
    assert_eq!(status(&world.answer("POST", "/readyz", "", "")), "405");
    assert_eq!(status(&world.answer("GET", "/metrics", "", "")), "401");
    let answer = world.answer("GET", "/metrics", BASIC, "");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    for line in [
        "restanza_up 1",
        "restanza_link_ups_total 1",
        "restanza_refusals_total{reason=\"NO_CREDENTIALS\",status=\"401\"} 1",
        "restanza_refusals_total{reason=\"METHOD\",status=\"405\"} 1",
        "restanza_http_answers_total{status=\"401\"} 1",
        "restanza_http_answers_total{status=\"200\"} 2",
        "restanza_http_connections_open 1",
        "restanza_http_connections_open_limit 16",
        "# TYPE restanza_http_requests_total counter",
    ] {
        assert!(body.lines().any(|found| found == line), "{line}: {body}");
    }
}

#[test]
fn an_archive_answers_as_one() {
    let mut world = World::up();
    let message = |id: &str, from: &str, body: &str| {
        format!(
            "<message from='{from}' to='gw.example'><result xmlns='urn:xmpp:mam:2' queryid='{id}' id='a1'>\
             <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='x@y' to='z@y'><body>{body}</body>\
             </message></forwarded></result></message>"
        )
    };
    for (query, accept) in [("", "application/json"), ("queryid='own'", "application/xmpp+xml")] {
        let body = format!(
            "<iq type='set' id='mine' to='a@other.example'><query {query} xmlns='urn:xmpp:mam:2'/></iq>"
        );
        let fields = format!("{BASIC}Content-Type: {XML}\r\nAccept: {accept}\r\n");
        let line = world.ask("POST", "/rest", &fields, &body);
        let sent = world.take(Line::Link);
        let id = wire_id(&sent);
        let query =
            sent.split("queryid='").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_string();
        assert!(query == "own" || query == id, "{sent}");
        for (from, body) in [("a@other.example", "one"), ("evil.example", "evil"), ("a@other.example", "two")]
        {
            world.server(&message(&query, from, body));
        }
        assert_eq!(world.take(line), "");
        world.server(&format!(
            "<iq type='result' id='{id}' from='a@other.example' to='gw.example'><fin xmlns='urn:xmpp:mam:2'/></iq>"
        ));
        let answer = world.take(line);
        let begin = if accept == XML { "<xmpp><message" } else { "{\"xmpp\":[{\"kind\":\"message\"" };
        assert!(status(&answer) == "200" && answer.contains(begin), "{answer}");
        let places = ["one", "two", "mine"].map(|text| answer.find(text));
        assert!(places.is_sorted() && places.iter().all(Option::is_some), "{answer}");
        assert!(!answer.contains("evil"), "{answer}");
        assert!(!answer.contains(&id), "our ids are none of the caller's: {answer}");
        assert_eq!(answer.matches("queryid").count(), if query == "own" { 2 } else { 0 }, "{answer}");
    }
    // The bound: the caller is told.
    let body = "<iq type='set' to='a@other.example'><query queryid='q' xmlns='urn:xmpp:mam:2'/></iq>";
    let line = world.ask("POST", "/rest", &format!("{BASIC}Content-Type: {XML}\r\n"), body);
    world.take(Line::Link);
    for _ in 0..3 {
        world.server(&message("q", "a@other.example", &"x".repeat(30_000)));
    }
    assert_eq!(status(&world.take(line)), "507");
}

#[test]
fn unmapped_elements_are_kept_for_who_asks() {
    let json = "Content-Type: application/json\r\nAccept: application/json\r\n";
    let body = r#"{"to":"a@b.example","body":"x","xml":["<y xmlns='urn:y'/>"],"z":1}"#;
    let kept = r#""xml":["<y xmlns='urn:y'/>"]"#;
    // The setting, the query string, whether the element is there, and the status.
    let cases = [
        (false, "", false, "200"),
        (false, "?unmapped=keep", true, "200"),
        (true, "", true, "200"),
        (true, "?unmapped=drop", false, "200"),
        (false, "?unmapped=perhaps", false, "400"),
        (false, "?strict", false, "422"),
        (true, "?strict=yes", false, "422"),
        (false, "?strict=no&other=1", false, "200"),
    ];
    for (keep, query, is_kept, expected) in cases {
        let mut world = World::up();
        world.config.mapping.keep = keep;
        let answer = world.answer("POST", &format!("/rest/echo{query}"), &format!("{BASIC}{json}"), body);
        assert_eq!((status(&answer), answer.contains(kept)), (expected, is_kept), "{query}: {answer}");
        if expected == "422" {
            let named = if keep { "z is not a key of a message" } else { "xml is not a key of a message" };
            assert!(answer.contains(named), "{answer}");
        }
    }
}

#[test]
fn an_answer_keeps_what_its_request_asked_to_keep() {
    let content = "<query xmlns='jabber:iq:version'><name>n</name></query><y xmlns='urn:y'/>";
    for (query, kept) in [("", false), ("?unmapped=keep", true), ("?unmapped=keep&strict", true)] {
        for path in ["/rest/version/other.example", "/v1/version/other.example"] {
            let answer = world_answer(&format!("{path}{query}"), content);
            assert!(answer.contains(r#""version":{"name":"n"}"#), "{answer}");
            assert_eq!(answer.contains(r#""xml":["<y xmlns='urn:y'/>"]"#), kept, "{path}{query}: {answer}");
        }
    }
    // The others are arguments of the query still, and strict is about them.
    let mut world = World::up();
    let line = world.ask("GET", "/rest/disco/other.example?unmapped=keep&node=n&strict", BASIC, "");
    let sent = world.take(Line::Link);
    assert!(sent.contains("<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>"), "{sent}");
    assert_eq!(world.take(line), "");
    let answer = world.answer("GET", "/rest/version/other.example?x=1&strict", BASIC, "");
    assert!(status(&answer) == "422" && answer.contains("x is not a key"), "{answer}");
}

fn world_answer(path: &str, content: &str) -> String {
    World::up().iq("GET", path, "Accept: application/json\r\n", "", "result", content)
}

/// The id waits in the out-buffer, to be given back with the answer.
#[test]
fn an_iq_whose_id_finds_no_room_is_not_sent() {
    let mut world = World::new(Limits { answer: 4_096, ..Limits::DEFAULT });
    world.link_up();
    let caller = world.caller();
    world.post(caller, XML, &PING.replace("mine", &"x".repeat(5_000)));
    assert_eq!(world.take(Line::Link), "");
    assert_eq!(status(&world.take(caller)), "413");
}

#[test]
fn a_refusal_says_what_cures_it() {
    let mut world = World::up();
    let json = "Content-Type: application/json\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let message = r#"{"to":"a@b.example","body":"x"}"#;
    let zipped = format!("{json}Content-Encoding: gzip\r\n");
    let cases = [
        (form, message, "422", "Content-Type says that it is a form"),
        (form, "body=x", "422", "The stanza needs a destination"),
        (json, r#"{"body":"x"}"#, "422", "The stanza needs a destination"),
        (zipped.as_str(), message, "415", "A body with a Content-Encoding is not taken"),
        ("Content-Encoding: identity\r\nContent-Type: application/json\r\n", message, "202", ""),
    ];
    for (fields, body, expected, words) in cases {
        let answer = world.answer("POST", "/rest", &format!("{BASIC}{fields}"), body);
        assert_eq!(status(&answer), expected, "{answer}");
        assert!(answer.contains(words), "{answer}");
    }
    let answer =
        world.answer("POST", "/v1/stanzas", &format!("{BASIC}Content-Type: text/xml\r\n"), "<message/>");
    assert!(answer.contains("Content-Type must name a format"), "{answer}");
}

#[test]
fn every_request_has_a_line_for_who_looks_into_a_problem() {
    let mut world = World::up();
    let json = "Content-Type: application/json\r\n";
    world.answer("POST", "/rest", &format!("{BASIC}{json}"), r#"{"body":"words"}"#);
    world.answer("POST", "/rest", &format!("{BASIC}{json}"), r#"{"to":"a@b.example","body":"words"}"#);
    let lines = world.log.0.borrow().join("\n");
    for line in [
        "Debug: caller 127.0.0.1: 422 NO_TO: The stanza needs a destination: 'to' is missing",
        "Debug: caller 127.0.0.1: POST /rest: 422",
        "Debug: caller 127.0.0.1: POST /rest: 202",
    ] {
        assert!(lines.contains(line), "{lines}");
    }
    assert!(!lines.contains("words"), "{lines}");
}
