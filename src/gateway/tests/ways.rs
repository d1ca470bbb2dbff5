//! The ways of a stanza: a caller's to the server, an answer's back, the server's to a webhook and the reply's; and
//! what becomes of each when a side is gone, full or too slow.

use super::*;
use crate::gateway::Counter;

#[test]
fn a_message_is_accepted_when_it_was_written() {
    let mut world = World::up();
    let caller = world.caller();
    world.post(
        caller,
        XML,
        "<message to='juliet@example.com' id='1' type='chat'><body>a &amp; b</body></message>",
    );
    assert_eq!(world.take(caller), "", "not before the link has it");
    let sent = world.take(Line::Link);
    assert_eq!(
        sent,
        "<message type='chat' id='1' from='gw.example' to='juliet@example.com'><body>a &amp; b</body></message>"
    );
    let answer = world.take(caller);
    assert_eq!(status(&answer), "202", "{answer}");
    // The connection is kept.
    world.post(caller, "application/json", r#"{"to":"a@b.example","body":"x"}"#);
    world.take(Line::Link);
    assert_eq!(status(&world.take(caller)), "202");
}

#[test]
fn without_a_link_there_is_no_202() {
    let mut world = World::new(Limits::DEFAULT);
    let caller = world.caller();
    world.post(caller, XML, "<message to='juliet@example.com'><body>x</body></message>");
    let answer = world.take(caller);
    assert_eq!(status(&answer), "503");
    assert!(answer.contains("Retry-After:"), "{answer}");

    world.link_up();
    world.post(caller, XML, "<message to='juliet@example.com'><body>x</body></message>");
    world.event(|g, cx| g.ended(Line::Link, End::Eof, cx));
    let answer = world.take(caller);
    assert_eq!(status(&answer), "503", "the link ended before it was written: {answer}");
}

#[test]
fn an_iq_waits_and_gets_its_own_id_back() {
    let mut world = World::up();
    let (one, two) = (world.caller(), world.caller());
    world.post(one, XML, PING);
    let first = wire_id(&world.take(Line::Link));
    world.post(two, XML, PING);
    let second = wire_id(&world.take(Line::Link));
    assert_ne!(first, second, "the same id of two callers is no conflict");
    assert_eq!(world.gateway.counters().get(Counter::Waits), 2);

    world.server(&format!("<iq type='result' id='{second}' from='evil.example' to='bot@gw.example'/>"));
    assert_eq!(world.take(two), "", "only the address asked may answer");
    world.server(&format!("<iq type='result' id='{second}' from='other.example' to='bot@gw.example'/>"));
    let answer = world.take(two);
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("id='mine'") && !answer.contains(&second), "{answer}");

    world.wait(121_000);
    let answer = world.take(one);
    assert_eq!(status(&answer), "504", "{answer}");
}

#[test]
fn an_answer_that_is_too_large_is_told() {
    let mut world = World::up();
    let caller = world.caller();
    world.post(caller, XML, PING);
    let id = wire_id(&world.take(Line::Link));
    world.server(&format!(
        "<iq type='result' id='{id}' from='other.example' to='bot@gw.example'><x xmlns='y'>"
    ));
    let mut left = Limits::DEFAULT.stanza;
    while left > 0 {
        let piece = left.min(50_000).min(world.gateway.space(Line::Link).len() as u32);
        world.server(&"x".repeat(piece as usize));
        left -= piece;
    }
    assert_eq!(status(&world.take(caller)), "507");
    world.server("</x></iq><message from='a@b.example' to='bot@gw.example'><body>next</body></message>");
    assert!(world.webhook("HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n").contains("next"));
}

#[test]
fn who_waits_learns_that_the_link_is_gone() {
    let mut world = World::up();
    let caller = world.caller();
    world.post(caller, XML, PING);
    world.take(Line::Link);
    world.event(|g, cx| g.ended(Line::Link, End::Eof, cx));
    assert_eq!(status(&world.take(caller)), "504");
}

#[test]
fn too_many_waiters_are_turned_away() {
    let mut world = World::new(Limits { waiting: 1, ..Limits::DEFAULT });
    world.link_up();
    let (one, two) = (world.caller(), world.caller());
    world.post(one, XML, PING);
    world.post(two, XML, PING);
    assert_eq!(status(&world.take(two)), "503");
    // Whoever goes away makes room.
    world.event(|g, cx| g.ended(one, End::Eof, cx));
    assert_eq!(world.gateway.want(one), Want::Close);
    world.event(|g, cx| g.ended(one, End::Closed, cx));
    world.post(two, XML, PING);
    assert_eq!(world.take(two), "");
}

#[test]
fn all_places_taken() {
    let mut world = World::new(Limits { connections: 2, ..Limits::DEFAULT });
    let one = world.caller();
    world.caller();
    assert_eq!(world.event(|g, cx| g.accept(Some(LOCAL), cx)), None);
    world.event(|g, cx| g.ended(one, End::Closed, cx));
    assert_eq!(world.caller(), one);
}

#[test]
fn credentials_and_from() {
    // (headers, from, status)
    let cases = [
        ("", "", "401"),
        ("Authorization: Digest x\r\n", "", "401"),
        ("Authorization: Basic Z3cuZXhhbXBsZTp3cm9uZw==\r\n", "", "403"),
        ("Authorization: Bearer wrong\r\n", "", "403"),
        ("Authorization: Bearer secret\r\n", "", "403"),
        (BASIC, "", "202"),
        (BASIC, "anyone@gw.example/x", "202"),
        (BASIC, "gw.example", "202"),
        (BASIC, "anyone@other.example", "403"),
        ("Authorization: bearer bot-token\r\n", "", "202"),
        ("Authorization: Bearer bot-token\r\n", "bot@gw.example/any", "202"),
        ("Authorization: Bearer bot-token\r\n", "BOT@gw.example", "202"),
        ("Authorization: Bearer bot-token\r\n", "gw.example", "403"),
        ("Authorization: Bearer bot-token\r\n", "other@gw.example", "403"),
        ("Authorization: Bearer full-token\r\n", "bot@gw.example/res", "202"),
        ("Authorization: Bearer full-token\r\n", "bot@gw.example", "403"),
        ("Authorization: Bearer full-token\r\n", "@", "422"),
    ];
    for (authorization, from, expected) in cases {
        let mut world = World::up();
        let caller = world.caller();
        let from = if from.is_empty() { String::new() } else { format!(" from='{from}'") };
        let body = format!("<message to='a@b.example'{from}><body>x</body></message>");
        let request = format!(
            "POST /rest HTTP/1.1\r\nHost: gw\r\n{authorization}Content-Type: {XML}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        world.give(caller, request.as_bytes());
        world.take(Line::Link);
        let answer = world.take(caller);
        assert_eq!(status(&answer), expected, "{authorization}{from}: {answer}");
        assert_eq!(expected == "401", answer.contains("WWW-Authenticate: "), "{answer}");
    }
}

#[test]
fn a_stanza_goes_to_the_webhook_and_the_answer_back() {
    // (what comes, what the webhook says, what goes back)
    let message = "<message from='juliet@example.com/b' to='bot@gw.example' id='m1' type='chat'><body>hi</body></message>";
    let iq = "<iq from='juliet@example.com/b' to='bot@gw.example' id='q1' type='get'><query xmlns='urn:example'/></iq>";
    let room = "<message from='room@muc.example/Nick' to='bot@gw.example' id='m2' type='groupchat'><body>hi</body></message>";
    let error = "<message from='juliet@example.com/b' to='bot@gw.example' id='m3' type='error'><body>hi</body></message>";
    let ok = |kind: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let empty = |status: u16| format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
    let back = "from='bot@gw.example' to='juliet@example.com/b'";
    let cases = [
        (message, empty(202), String::new()),
        (message, empty(204), String::new()),
        (
            message,
            ok(XML, "<message id='r' from='x@y.example' to='z@y.example' type='chat'><body>yo</body></message>"),
            format!("<message type='chat' id='r' {back}><body>yo</body></message>"),
        ),
        (
            room,
            ok(XML, "<message id='r' type='groupchat'><body>yo</body></message>"),
            "<message type='groupchat' id='r' from='bot@gw.example' to='room@muc.example'><body>yo</body></message>"
                .to_string(),
        ),
        (iq, empty(204), format!("<iq type='result' id='q1' {back}/>")),
        (
            iq,
            ok(XML, "<iq type='set' id='other'><query xmlns='urn:example'/></iq>"),
            format!("<iq type='result' id='q1' {back}><query xmlns='urn:example'/></iq>"),
        ),
        (iq, empty(404), format!("<iq type='error' id='q1' {back}><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>404 Not Found</text></error></iq>")),
        (
            message,
            "HTTP/1.1 503 No\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nclosed".to_string(),
            format!("<message type='error' id='m1' {back}><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>closed</text></error></message>"),
        ),
        (error, empty(404), String::new()),
        (error, ok("text/plain", "what?"), String::new()),
        (&iq.replace("'get'", "'result'"), ok("text/plain", "what?"), String::new()),
    ];
    for (stanza, reply, expected) in cases {
        let mut world = World::up();
        world.server(stanza);
        let request = world.webhook(&reply);
        assert!(request.starts_with("POST /in HTTP/1.1\r\nHost: hook.example:8000\r\n"), "{request}");
        assert!(request.ends_with(stanza), "{request}");
        assert_eq!(world.take(Line::Link), expected, "{stanza} {reply}");
        assert!(world.gateway.queue.is_empty());
    }
}

#[test]
fn a_dead_webhook_is_told_to_the_sender() {
    let mut world = World::up();
    world.server(
        "<message from='a@b.example' to='bot@gw.example' id='1' type='chat'><body>hi</body></message>",
    );
    let call = world.connects.pop_front().unwrap();
    world.event(|g, cx| g.ended(call, End::Failed(&"refused"), cx));
    let sent = world.take(Line::Link);
    assert!(sent.contains("<recipient-unavailable") && sent.contains("type='wait'"), "{sent}");

    world.server(
        "<message from='a@b.example' to='bot@gw.example' id='2' type='chat'><body>hi</body></message>",
    );
    let call = world.connects.pop_front().unwrap();
    world.event(|g, cx| g.connected(call, cx));
    world.take(call);
    world.wait(31_000);
    let sent = world.take(Line::Link);
    assert!(sent.contains("<remote-server-timeout"), "{sent}");
    assert_eq!(world.gateway.want(call), Want::Close);
}

#[test]
fn a_kept_connection_that_was_closed_is_no_failure() {
    let mut world = World::up();
    let message =
        "<message from='a@b.example' to='bot@gw.example' id='1' type='chat'><body>hi</body></message>";
    world.server(message);
    world.webhook("HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n");
    world.server(message);
    assert_eq!(world.connects.len(), 0, "the connection is used again");
    assert!(world.take(Line::Call(0)).ends_with(message));
    world.event(|g, cx| g.ended(Line::Call(0), End::Eof, cx));
    assert_eq!(world.gateway.want(Line::Call(0)), Want::Close);
    world.event(|g, cx| g.ended(Line::Call(0), End::Closed, cx));
    assert!(world.webhook("HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n").ends_with(message));
    assert_eq!(world.take(Line::Link), "");
    assert!(world.gateway.queue.is_empty());
}

#[test]
fn one_sender_is_served_in_order() {
    let mut world = World::up();
    world.server("<message from='a@b.example' to='bot@gw.example' id='0'><body>x</body></message>");
    world.server("<message from='c@d.example' to='bot@gw.example' id='0'><body>x</body></message>");
    assert_eq!(world.connects.len(), 1, "what never answered gets one call at a time");
    let yes = "HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n";
    world.webhook(yes);
    world.take(Line::Call(0));
    world.give(Line::Call(0), yes.as_bytes());
    for (from, id) in [("a@b.example", 1), ("a@b.example", 2), ("c@d.example", 3)] {
        world.server(&format!(
            "<message from='{from}' to='bot@gw.example' id='{id}'><body>x</body></message>"
        ));
    }
    assert_eq!(world.connects.len(), 1, "the second of the same sender waits");
    assert!(world.take(Line::Call(0)).contains("id='1'"));
    assert!(world.webhook(yes).contains("id='3'"));
    world.give(Line::Call(0), yes.as_bytes());
    let next = [Line::Call(0), Line::Call(1)].map(|line| world.take(line)).concat();
    assert!(next.contains("id='2'"));
}

#[test]
fn what_nobody_wants_is_returned() {
    let mut world = World::up();
    world.config.hooks.clear();
    world.server("<message from='a@b.example' to='bot@gw.example' id='1'><body>x</body></message>");
    assert!(world.take(Line::Link).contains("<service-unavailable"));
    world.server("<presence from='a@b.example' to='bot@gw.example'/>");
    assert!(world.take(Line::Link).starts_with("<presence type='error'"));
    world.server("<iq type='result' from='a@b.example' to='bot@gw.example' id='9'/>");
    world.server(
        "<message type='error' from='a@b.example' to='bot@gw.example' id='1'><body>x</body></message>",
    );
    assert_eq!(world.take(Line::Link), "");
}

#[test]
fn a_hook_with_keys_gets_what_has_one_of_them() {
    let mut world = World::up();
    world.config.hooks[0].choice.keys = "body, ping";
    let from = "from='a@b.example/c' to='bot@gw.example'";
    // (what comes, whether the hook gets it)
    let cases = [
        (format!("<message {from} id='1'><body>x</body></message>"), true),
        (format!("<message {from} id='2'><body/></message>"), true),
        (format!("<message {from} id='3'><subject>body</subject></message>"), false),
        (format!("<message {from} id='4'><body xmlns='urn:example'>x</body></message>"), false),
        (format!("<message {from} id='5'><x xmlns='urn:example'><body>x</body></x></message>"), false),
        (format!("<message {from} id='6'/>"), false),
        (format!("<iq {from} type='get' id='7'><ping xmlns='urn:xmpp:ping'/></iq>"), true),
        (format!("<iq {from} type='get' id='8'><query xmlns='jabber:iq:version'/></iq>"), false),
        (format!("<presence {from} id='9'/>"), false),
    ];
    for (stanza, expected) in cases {
        world.server(&stanza);
        let got = !world.connects.is_empty();
        assert_eq!(got, expected, "{stanza}");
        if got {
            assert!(
                world
                    .webhook("HTTP/1.1 204 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .ends_with(&stanza)
            );
        }
        // Nobody else wants the others.
        assert_eq!(world.take(Line::Link).contains("<service-unavailable"), !expected, "{stanza}");
    }
}

#[test]
fn its_own_domain_is_answered_here() {
    let mut world = World::up();
    world.server(
        "<iq type='get' from='a@b.example/c' to='gw.example' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
    );
    assert_eq!(world.take(Line::Link), "<iq type='result' id='1' from='gw.example' to='a@b.example/c'/>");
    assert!(world.connects.is_empty());
}

#[test]
fn a_hook_may_have_the_questions_to_the_domain() {
    let ping =
        "<iq type='get' from='a@b.example/c' to='gw.example' id='1'><ping xmlns='urn:xmpp:ping'/></iq>";
    let mut world = World::up();
    world.config.hooks[0].choice.questions = true;
    world.server(ping);
    assert_eq!(world.take(Line::Link), "");
    assert!(world.webhook("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n").contains("urn:xmpp:ping"));
    assert!(world.take(Line::Link).contains("<item-not-found"));
    // One that does not get queries at all changes nothing.
    world.config.hooks[0].choice.kinds.iq = false;
    world.server(ping);
    assert!(world.take(Line::Link).contains("type='result'"));
}

#[test]
fn an_answer_is_held_while_the_link_is_down() {
    let mut world = World::up();
    world.server(
        "<iq type='get' from='a@b.example' to='bot@gw.example' id='1'><query xmlns='urn:example'/></iq>",
    );
    world.event(|g, cx| g.ended(Line::Link, End::Eof, cx));
    world.webhook("HTTP/1.1 204 Yes\r\n\r\n");
    assert_eq!(world.gateway.queue.len(), 1);
    world.wait(4_000);
    world.connects.retain(|line| *line != Line::Link);
    world.connects.push_front(Line::Link);
    world.event(|g, cx| g.connected(Line::Link, cx));
    world.take(Line::Link);
    world.server("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='gw.example'>");
    world.take(Line::Link);
    world.server("<handshake/>");
    assert_eq!(world.take(Line::Link), "<iq type='result' id='1' from='bot@gw.example' to='a@b.example'/>");
    assert!(world.gateway.queue.is_empty());
}

#[test]
fn stopping_finishes_what_is_under_way() {
    let mut world = World::up();
    let (waits, idle) = (world.caller(), world.caller());
    world.post(waits, XML, PING);
    let id = wire_id(&world.take(Line::Link));
    world.event(Gateway::stop);
    assert_eq!(world.gateway.want(idle), Want::Close);
    assert_eq!(world.event(|g, cx| g.accept(Some(LOCAL), cx)), None);
    world.server(&format!("<iq type='result' id='{id}' from='other.example' to='bot@gw.example'/>"));
    assert_eq!(status(&world.take(waits)), "200");
    assert_eq!(world.take(Line::Link), "</stream:stream>");
}
