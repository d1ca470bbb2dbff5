//! A cable that is cut: how long callers hear 202.

use super::*;

/// Lets time pass without a word from the server.
fn silence(world: &mut World, ms: u64) {
    let until = world.now + ms;
    while let Some(due) = world.gateway.deadline().filter(|due| due.as_millis() <= until) {
        world.now = world.now.max(due.as_millis());
        world.event(Gateway::tick);
        world.take(Line::Link);
    }
    world.now = until;
}

fn posted(world: &mut World, caller: Line) -> String {
    world.post(caller, XML, "<message to='a@b.example' type='chat'><body>x</body></message>");
    world.take(Line::Link);
    let answer = world.take(caller);
    status(&answer).to_string()
}

#[test]
fn callers_are_refused_soon_after_the_server_fell_silent() {
    let mut world = World::up();
    let caller = world.caller();
    assert_eq!(posted(&mut world, caller), "202");
    let limits = Limits::DEFAULT;
    let soon = u64::from(limits.link_confirm_time) + u64::from(limits.link_doubt_time);
    silence(&mut world, soon - 1);
    assert_eq!(posted(&mut world, caller), "202", "the ping may still be answered");
    silence(&mut world, 1);
    assert_eq!(posted(&mut world, caller), "503");
    world.server(" ");
    assert_eq!(posted(&mut world, caller), "202", "any byte is a sign of life");
}

#[test]
fn what_a_caller_is_told_is_lost_goes_out_no_more() {
    let mut world = World::up();
    let caller = world.caller();
    world.post(caller, XML, "<message to='a@b.example' type='chat'><body>x</body></message>");
    world.server("</stream:stream>");
    assert_eq!(status(&world.take(caller)), "503");
    assert_eq!(world.gateway.want(Line::Link), Want::Close);
}

/// A server whose system takes what fits into its buffers, and which never reads; `chatty` ones go on sending.
fn never_reads(chatty: bool) {
    let mut world = World::up();
    let caller = world.caller();
    world.post(caller, XML, "<message to='a@b.example' type='chat'><body>alarm</body></message>");
    let (posted, mut answer) = (world.now, String::new());
    let bound = 2 * u64::from(Limits::DEFAULT.link_ping_time) + u64::from(Limits::DEFAULT.link_confirm_time);
    while answer.is_empty() && world.now < 10 * bound {
        let due = world.gateway.deadline().map_or(u64::MAX, Instant::as_millis);
        world.now = due.min(world.now + 500);
        world.event(Gateway::tick);
        if chatty && world.gateway.want(Line::Link) == Want::Open {
            world.server(" ");
        }
        answer = world.take(caller);
    }
    assert_eq!(status(&answer), "503", "chatty: {chatty}");
    assert!(world.now - posted <= bound, "chatty: {chatty}, after {} ms", world.now - posted);
    assert_eq!(world.gateway.want(Line::Link), Want::Close, "it goes out no more");
    world.event(|g, cx| g.ended(Line::Link, End::Closed, cx));
    world.link_up();
    assert!(!world.take(Line::Link).contains("alarm"), "nor on the next link");
}

#[test]
fn a_caller_of_a_silent_server_that_never_reads_hears_so() {
    never_reads(false);
}

#[test]
fn a_caller_of_a_chatty_server_that_never_reads_hears_so() {
    never_reads(true);
}

#[test]
fn a_gateway_that_rests_is_woken_twice_a_minute() {
    let mut world = World::up();
    let (hour, mut ticks) = (world.now + 3_600_000, 0);
    while let Some(due) = world.gateway.deadline().filter(|due| due.as_millis() <= hour) {
        world.now = due.as_millis();
        world.event(Gateway::tick);
        ticks += 1;
        let said = world.take(Line::Link);
        if said.contains("<ping ") {
            world.server(&said);
        }
    }
    // A space after half a minute, and a ping after a whole one.
    assert_eq!(ticks, 2 * 60);
}
