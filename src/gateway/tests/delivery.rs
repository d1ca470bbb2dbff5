//! What is tried again, how often, and what the sender gets in the end.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{World, hook};
use crate::gateway::Counter;
use crate::gateway::line::{End, Line, Want};
use crate::gateway::settings::{Choice, Delivery, Headers, Hook};
use crate::mapping::{Format, Options};
use crate::time::Duration;

const MESSAGE: &str =
    "<message from='a@b.example' to='bot@gw.example' id='1' type='chat'><body>hi</body></message>";
const IQ: &str =
    "<iq from='a@b.example' to='bot@gw.example' id='q' type='get'><query xmlns='urn:example'/></iq>";
const YES: &str = "HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n";

const RULES: Delivery<'static> = Delivery {
    attempts: 3,
    wait_least: Duration::from_millis(100),
    keep: Duration::from_secs(10),
    patience: Duration::from_secs(2),
    breaker: 0,
    ..Delivery::DEFAULT
};

fn world(hooks: &[Hook<'static>]) -> World {
    let mut world = World::up();
    world.config.hooks = hooks.to_vec();
    world.event(super::super::Gateway::reloaded);
    world
}

fn with(delivery: Delivery<'static>) -> Hook<'static> {
    Hook { delivery, ..hook("h") }
}

impl World {
    /// The call that was asked for cannot be opened.
    fn refuse(&mut self) {
        let line = self.connects.pop_front().expect("a call");
        self.event(|g, cx| g.ended(line, End::Failed(&"refused by 10.0.0.7"), cx));
    }

    fn logged(&self) -> String {
        self.log.0.borrow().join("\n")
    }

    /// Opens the call, gives the reply, and closes when that is wanted.
    fn exchange(&mut self, reply: &str) -> String {
        let line = *self.connects.front().expect("a call");
        let request = self.webhook(reply);
        if self.gateway.want(line) == Want::Close {
            self.event(|g, cx| g.ended(line, End::Closed, cx));
        }
        request
    }
}

#[test]
fn no_answer_is_tried_again_and_the_last_failure_is_told() {
    let mut world = world(&[with(RULES)]);
    world.server(MESSAGE);
    for wait in [100, 200] {
        world.refuse();
        assert_eq!((world.connects.len(), world.take(Line::Link)), (0, String::new()));
        world.wait(wait);
    }
    world.refuse();
    let sent = world.take(Line::Link);
    assert!(sent.contains("type='wait'><recipient-unavailable") && sent.contains("<text"), "{sent}");
    assert!(!sent.contains("10.0.0.7"), "where it is, is not for strangers: {sent}");
    assert!(
        world
            .logged()
            .contains("hook h: attempt 1 of 3: HOOK_UNREACHABLE: refused by 10.0.0.7; next try in 0.")
    );
    assert!(world.logged().contains("attempt 3 of 3") && world.gateway.queue.is_empty());
    let counters = *world.gateway.endpoint("h").unwrap().counters();
    assert_eq!((counters.attempts, counters.failed, counters.given_up), (3, 3, 1));
}

#[test]
fn what_comes_back_is_delivered_in_order_with_the_same_id() {
    let signed = Hook { headers: Headers { keys: [b"key", b"old"], ..Headers::NONE }, ..with(RULES) };
    let mut world = world(&[signed]);
    world.server(MESSAGE);
    world.server(&MESSAGE.replace("id='1'", "id='2'"));
    let id =
        |request: &str| request.split("webhook-id: ").nth(1).unwrap().split('\r').next().unwrap().to_string();
    let line = world.connects.pop_front().unwrap();
    world.event(|g, cx| g.connected(line, cx));
    let first = world.take(line);
    world.event(|g, cx| g.ended(line, End::Failed(&"reset"), cx));
    world.wait(100);
    let second = world.exchange(YES);
    assert_eq!(id(&first), id(&second));
    assert!(second.contains("id='1'") && second.contains("webhook-timestamp: 1700000000\r\n"), "{second}");
    let signatures = second.split("webhook-signature: ").nth(1).unwrap().split('\r').next().unwrap();
    assert_eq!(signatures.split(' ').filter(|part| part.starts_with("v1,") && part.len() == 47).count(), 2);
    let third = world.take(line);
    assert!(third.contains("id='2'") && id(&third) != id(&second));
    world.give(line, YES.as_bytes());
    assert_eq!(world.take(Line::Link), "");
}

#[test]
fn an_iq_is_refused_within_the_patience_of_its_sender() {
    let mut world =
        world(&[with(Delivery { attempts: 100, wait_most: Duration::from_millis(100), ..RULES })]);
    world.server(IQ);
    let start = world.now;
    while world.take(Line::Link).is_empty() {
        if world.connects.is_empty() { world.wait(50) } else { world.refuse() }
    }
    assert!((1_500..=2_100).contains(&(world.now - start)), "{}", world.now - start);
    assert!(world.gateway.queue.is_empty());
}

#[test]
fn an_endpoint_may_say_when_to_come_back() {
    let mut world = world(&[with(RULES)]);
    world.server(MESSAGE);
    world.exchange("HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
    world.wait(2_900);
    assert_eq!(world.gateway.pending(Line::Call(0)), b"");
    world.wait(200);
    assert!(world.take(Line::Call(0)).ends_with(MESSAGE));
    world.give(Line::Call(0), YES.as_bytes());
    assert_eq!(world.take(Line::Link), "");
    // Without the header, or for longer than it is kept, it is an answer.
    for head in ["503 Busy\r\n", "503 Busy\r\nRetry-After: 3600\r\n", "404 No\r\nRetry-After: 1\r\n"] {
        world.server(MESSAGE);
        world.take(Line::Call(0));
        world.give(Line::Call(0), format!("HTTP/1.1 {head}Content-Length: 0\r\n\r\n").as_bytes());
        assert!(world.take(Line::Link).contains("type='error'"), "{head}");
        world.event(super::super::Gateway::reloaded);
        world.event(|g, cx| g.ended(Line::Call(0), End::Closed, cx));
        world.server(MESSAGE);
        world.exchange(YES);
    }
}

#[test]
fn what_leads_to_the_old_address_is_not_used_again() {
    let mut world = world(&[with(RULES)]);
    world.server(MESSAGE);
    let line = world.connects.pop_front().unwrap();
    world.event(|g, cx| g.connected(line, cx));
    world.take(line);
    world.config.hooks[0].authority = "other.example";
    world.event(super::super::Gateway::reloaded);
    assert_eq!(world.gateway.want(line), Want::Open, "it may still answer");
    world.give(line, YES.as_bytes());
    assert_eq!(world.gateway.want(line), Want::Close);
    world.event(|g, cx| g.ended(line, End::Closed, cx));
    world.server(MESSAGE);
    assert!(world.exchange(YES).contains("\r\nHost: other.example\r\n"));
}

/// RFC 9110 section 10.2.3 lets any answer say when to come back; only of these it is an invitation.
#[test]
fn which_statuses_are_tried_again_when_they_say_so() {
    let mut world = world(&[with(RULES)]);
    let mut again = Vec::new();
    for status in (200..=599).filter(|status| !matches!(status, 300..=399)) {
        world.log.0.borrow_mut().clear();
        world.server(MESSAGE);
        let line = world.connects.pop_front();
        if let Some(line) = line {
            world.event(|g, cx| g.connected(line, cx));
        }
        let line = Line::Call(0);
        assert!(world.take(line).starts_with("POST /in "), "{status}");
        world.give(
            line,
            format!("HTTP/1.1 {status} X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n").as_bytes(),
        );
        if world.logged().contains("next try in 1.0 s") {
            again.push(status);
            world.wait(1_000);
            world.take(line);
            world.give(line, YES.as_bytes());
        }
        assert!(world.gateway.queue.is_empty(), "{status}");
        world.take(Line::Link);
    }
    assert_eq!(again, [408, 413, 423, 425, 429, 500, 502, 503, 504, 507]);
}

#[test]
fn no_endpoint_is_left_alone_for_years() {
    for long in ["999999999", "Fri, 31 Dec 2100 00:00:00 GMT"] {
        let mut world = world(&[with(RULES)]);
        world.server(MESSAGE);
        world.exchange(&format!("HTTP/1.1 503 Busy\r\nRetry-After: {long}\r\nContent-Length: 0\r\n\r\n"));
        assert!(world.take(Line::Link).contains("type='error'"));
        world.event(|g, cx| g.ended(Line::Call(0), End::Closed, cx));
        world.wait(3_600_000);
        world.server(MESSAGE);
        world.exchange(YES);
    }
}

#[test]
fn a_dead_endpoint_is_left_alone_and_takes_no_place_of_others() {
    let dead = Hook { choice: Choice { to: "dead@*", ..Choice::ALL }, ..hook("dead") };
    let dead = Hook {
        delivery: Delivery { breaker: 1, pause: Duration::from_secs(5), attempts: 2, ..RULES },
        ..dead
    };
    let mut world = world(&[dead, with(RULES)]);
    world.server(&MESSAGE.replace("to='bot", "to='dead"));
    world.refuse();
    world.server(&IQ.replace("to='bot", "to='dead"));
    assert!(world.take(Line::Link).contains("<recipient-unavailable"), "an iq is not kept waiting");
    world.server(MESSAGE);
    world.exchange(YES);
    world.wait(5_100);
    assert_eq!(world.connects.pop_front(), Some(Line::Call(1)), "one call tries it");
    assert!(world.logged().contains("hook dead: left alone for 5.0 s"), "{}", world.logged());
    world.event(|g, cx| g.connected(Line::Call(1), cx));
    world.give(Line::Call(1), YES.as_bytes());
    assert!(world.logged().contains("hook dead: answers again"));
}

#[test]
fn who_waits_is_told_when_an_endpoint_is_left_alone() {
    let mut world = world(&[with(Delivery { breaker: 1, pause: Duration::from_secs(5), ..RULES })]);
    world.server(&IQ.replace("id='q'", "id='first'"));
    world.server(&IQ.replace("id='q'", "id='second'"));
    world.server(MESSAGE);
    world.refuse();
    let sent = world.take(Line::Link);
    assert_eq!(sent.matches("<recipient-unavailable").count(), 2, "{sent}");
    assert!(sent.contains("id='first'") && sent.contains("id='second'"), "{sent}");
    assert_eq!(world.gateway.queue.len(), 1, "the message is kept");
    world.wait(5_100);
    world.exchange(YES);
    assert!(world.gateway.queue.is_empty());
}

#[test]
fn a_full_queue() {
    for drop_oldest in [false, true] {
        let mut world = world(&[with(Delivery { entries: 2, drop_oldest, ..RULES })]);
        for id in 1..=3 {
            world.server(&MESSAGE.replace("id='1'", &format!("id='{id}'")));
        }
        let sent = world.take(Line::Link);
        let returned = if drop_oldest { "id='2'" } else { "id='3'" };
        assert!(sent.contains(returned) && sent.contains("<resource-constraint"), "{sent}");
        assert!(world.exchange(YES).contains("id='1'"), "what a call carries is not dropped");
    }
}

#[test]
fn the_first_that_wants_it_answers_and_others_get_copies() {
    let log = Hook { choice: Choice { goes_on: true, ..Choice::ALL }, ..hook("log") };
    let commands =
        Hook { choice: Choice { keys: "command", ..Choice::ALL }, target: "/c?{node}", ..hook("commands") };
    let mut world = world(&[log, commands, hook("rest")]);
    let command = "<iq from='a@b.example' to='lamp@gw.example' id='q' type='set'><command xmlns='http://jabber.org/protocol/commands' node='on'/></iq>";
    let reply = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
    for (stanza, target) in [(command, "/c?lamp"), (MESSAGE, "/in")] {
        world.server(stanza);
        world.exchange(reply);
        assert_eq!(world.take(Line::Link), "", "what a copy is answered does not count");
        assert!(world.exchange(reply).starts_with(&format!("POST {target} ")));
        assert!(world.take(Line::Link).contains("<item-not-found"));
        world.event(super::super::Gateway::reloaded);
        for at in 0..2 {
            world.event(|g, cx| g.ended(Line::Call(at), End::Closed, cx));
        }
    }
}

#[test]
fn several_stanzas_in_one_answer() {
    let messages =
        "<message type='chat' id='x'><body>1</body></message><message id='y'><body>2</body></message>";
    let xml = |body: &str| {
        let body = format!("<xmpp>{body}</xmpp>");
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/xmpp+xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let back = "from='bot@gw.example' to='a@b.example'";
    let both = format!(
        "<message type='chat' id='x' {back}><body>1</body></message><message id='y' {back}><body>2</body></message>"
    );
    let json = r#"{"xmpp":[{"kind":"message","id":"x","type":"chat","body":"1"},{"kind":"message","id":"y","body":"2"}]}"#;
    let json = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
        json.len()
    );
    for (stanza, reply, expected) in [
        (MESSAGE, xml(messages), both.clone()),
        (MESSAGE, json, both.clone()),
        (
            IQ,
            xml(&format!("{messages}<iq><a xmlns='b'/></iq>")),
            format!("{both}<iq type='result' id='q' {back}><a xmlns='b'/></iq>"),
        ),
        (IQ, xml(messages), format!("{both}<iq type='result' id='q' {back}/>")),
    ] {
        let mut world = world(&[with(RULES)]);
        world.server(stanza);
        world.exchange(&reply);
        assert_eq!(world.take(Line::Link), expected, "{stanza} {reply}");
        let each = expected.matches(back).count() as u64;
        assert_eq!(world.gateway.counters().get(Counter::Replies), each, "{stanza} {reply}");
    }
    // Two answers to one iq are none.
    let mut world = world(&[with(RULES)]);
    world.server(IQ);
    world.exchange(&xml("<iq/><iq/>"));
    assert_eq!(world.take(Line::Link), format!("<iq type='result' id='q' {back}/>"));
}

#[test]
fn redirects_within_the_origin() {
    let moved = |to: &str| format!("HTTP/1.1 307 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let follows = with(Delivery { redirects: 2, ..RULES });
    for (hook, location, follow) in [
        (follows, "/new?x", true),
        (follows, "http://HOOK.example:8000/new?x", true),
        (follows, "https://hook.example:8000/new", false),
        (follows, "http://hook.example/new", false),
        (follows, "//evil.example/new", false),
        (follows, "new", false),
        (follows, "/{to}", false),
        (with(RULES), "/new?x", false),
    ] {
        let mut world = world(&[hook]);
        world.server(MESSAGE);
        world.exchange(&moved(location));
        let again = if world.connects.is_empty() { String::new() } else { world.exchange(YES) };
        assert_eq!(
            again.starts_with("POST /new?x HTTP/1.1\r\n") && again.ends_with(MESSAGE),
            follow,
            "{location}"
        );
        assert_eq!(world.take(Line::Link).contains("307 Temporary Redirect"), !follow, "{location}");
    }
    // A loop ends; a connection that closes is opened again.
    let mut world = world(&[follows]);
    world.server(MESSAGE);
    let closes = moved("/new").replace("Moved\r\n", "Moved\r\nConnection: close\r\n");
    for _ in 0..3 {
        world.exchange(&closes);
    }
    assert!(world.connects.is_empty() && world.take(Line::Link).contains("<undefined-condition"));
    assert!(world.gateway.queue.is_empty());
}

#[test]
fn the_endpoint_is_asked_for_its_format_and_again_when_it_was_away() {
    let mut world = world(&[Hook { probe: true, target: "/{kind}/{type}/{to}", ..with(RULES) }]);
    let wants =
        |format: &str| format!("HTTP/1.1 200 OK\r\nAccept: text/html, {format}\r\nContent-Length: 0\r\n\r\n");
    let asked = world.exchange(&wants("application/json"));
    assert!(asked.starts_with("OPTIONS /meta/info/gw.example HTTP/1.1\r\n"), "{asked}");
    world.server(MESSAGE);
    assert!(world.take(Line::Call(0)).contains("Content-Type: application/json\r\n"));
    world.event(|g, cx| g.ended(Line::Call(0), End::Failed(&"reset"), cx));
    world.refuse();
    world.wait(100);
    let asked = world.exchange(&wants("application/xmpp+xml"));
    assert!(asked.starts_with("OPTIONS"), "{asked}");
    let post = world.take(Line::Call(0));
    assert!(post.contains("Content-Type: application/xmpp+xml\r\n") && post.ends_with(MESSAGE), "{post}");
}

#[test]
fn a_receipt_goes_with_the_reply_or_alone() {
    let asks = MESSAGE.replace("<body>", "<request xmlns='urn:xmpp:receipts'/><body>");
    for reply in [
        YES,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nyo",
        "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    ] {
        let mut world = world(&[Hook { format: Format::Json, ..with(RULES) }]);
        world.server(&asks);
        world.exchange(reply);
        let sent = world.take(Line::Link);
        assert_eq!(
            sent.contains("<received xmlns='urn:xmpp:receipts' id='1'/>"),
            !reply.contains("404"),
            "{sent}"
        );
        assert_eq!(sent.matches("<message").count(), 1);
    }
}

#[test]
fn a_hook_says_what_becomes_of_the_unmapped_and_the_unknown() {
    let stanza = MESSAGE.replace("<body>", "<y xmlns='urn:y'/><body>");
    let body = r#"{"body":"yo","xml":["<z xmlns='urn:z'/>"]}"#;
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for (keep, strict) in [(false, false), (true, false), (true, true), (false, true)] {
        let mapping = Options { keep, strict, id: None };
        let mut world = world(&[Hook { format: Format::Json, mapping, ..with(RULES) }]);
        world.server(&stanza);
        let request = world.exchange(&reply);
        assert_eq!(request.contains(r#""xml":["<y xmlns='urn:y'/>"]"#), keep, "{request}");
        let sent = world.take(Line::Link);
        assert_eq!(sent.contains("<body>yo</body>"), keep || !strict, "{sent}");
        assert_eq!(sent.contains("<z xmlns='urn:z'/>"), keep, "{sent}");
        let refusal = "hook h: UNKNOWN_KEY: xml is not a key of a message";
        assert_eq!(world.logged().contains(refusal), strict && !keep, "{}", world.logged());
    }
}
