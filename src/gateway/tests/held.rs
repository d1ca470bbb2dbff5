//! What a webhook has answered and the link does not take at once.

use super::*;

const MESSAGE: &str =
    "<message from='a@b.example' to='bot@gw.example' id='1' type='chat'><body>hi</body></message>";

fn says(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

/// A gateway whose out buffer to the server is the smallest, with a message at its webhook.
fn world() -> World {
    let mut world = World::new(Limits { outgoing: 20_000, ..Limits::DEFAULT });
    world.link_up();
    world.server(MESSAGE);
    world
}

impl World {
    fn is_settled(&self) -> bool {
        self.gateway.queue.is_empty()
    }

    fn breaks(&mut self) {
        self.event(|g, cx| g.ended(Line::Link, End::Failed(&"cut"), cx));
    }
}

#[test]
fn who_has_nothing_to_say_waits_for_no_link() {
    let mut world = world();
    world.breaks();
    world.webhook("HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n");
    assert!(world.is_settled());
}

#[test]
fn a_reply_waits_for_the_next_link() {
    let mut world = world();
    world.breaks();
    world.webhook(&says("well"));
    assert!(!world.is_settled());
    world.event(|g, cx| g.ended(Line::Call(0), End::Failed(&"reset"), cx));
    world.link_up();
    assert_eq!(world.take(Line::Link).matches("<body>well</body>").count(), 1);
    assert!(world.is_settled());
}

#[test]
fn a_reply_waits_for_room() {
    let mut world = world();
    let caller = world.caller();
    let before = format!("<message to='a@b.example' type='chat'><body>{:.>12000}</body></message>", "");
    world.post(caller, XML, &before);
    world.webhook(&says(&"y".repeat(6_000)));
    assert!(!world.is_settled() && world.gateway.pending(Line::Link).len() < 13_000);
    let sent = world.take(Line::Link);
    assert!(sent.ends_with("yyy</body></message>") && sent.matches("<message").count() == 2, "{sent}");
    assert!(world.is_settled());
}

#[test]
fn a_reply_for_which_there_is_never_room_is_an_error() {
    let mut world = world();
    world.webhook(&says(&"y".repeat(17_000)));
    let sent = world.take(Line::Link);
    assert!(sent.contains("type='error'") && sent.contains("<resource-constraint"), "{sent}");
    assert!(world.is_settled() && !sent.contains("yyy"));
}
