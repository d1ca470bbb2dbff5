//! Who gets in, and what it may do.

use super::*;
use crate::gateway::Arrival;
use crate::gateway::address::Network;

const JSON: &str = "Content-Type: application/json\r\n";
const MESSAGE: &str = r#"{"to":"juliet@example.com","body":"x"}"#;

fn account(name: &'static str, secret: &'static str) -> Token<'static> {
    Token { name, secret, jid: "x@gw.example", rights: Rights::ALL }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n{JSON}")
}

impl World {
    /// The status of a message sent with such header fields.
    fn sends(&mut self, fields: &str) -> String {
        status(&self.answer("POST", "/rest", fields, MESSAGE)).to_string()
    }
}

fn networks(texts: &[&str]) -> &'static [Network] {
    Box::leak(texts.iter().map(|text| Network::parse(text).unwrap()).collect::<Vec<_>>().into_boxed_slice())
}

#[test]
fn users_and_hashed_tokens() {
    let mut world = World::up();
    world.config.users = vec![account("juliet", "capulet")];
    world.config.tokens = vec![account("hashed", HASHED_TOKEN), account("nothing", "")];
    let cases = [
        ("Authorization: Basic anVsaWV0OmNhcHVsZXQ=\r\n", "202"), // juliet:capulet
        ("Authorization: Basic SnVsaWV0OmNhcHVsZXQ=\r\n", "403"), // Juliet:capulet
        ("Authorization: Basic anVsaWV0OnNlY3JldA==\r\n", "403"), // juliet:secret
        ("Authorization: Bearer capulet\r\n", "403"),
        ("Authorization: Bearer hashed-token\r\n", "202"),
        ("Authorization: Bearer hashed-tokem\r\n", "403"),
        ("Authorization: Basic Z3cuZXhhbXBsZTpzZWNyZXQ=\r\n", "202"), // gw.example:secret
    ];
    for (login, expected) in cases {
        assert_eq!(world.sends(&format!("{login}{JSON}")), expected, "{login}");
    }
}

/// Of "hashed-token", by another program.
const HASHED_TOKEN: &str = "sha256:550643f45e135491c47bea94823b37278d5dd91375b285d44001d005d1603a33";

#[test]
fn an_account_may_only_what_its_rights_say() {
    let mut world = World::up();
    let message = Kinds { message: true, presence: false, iq: false };
    let rights = |rights| Token { rights, ..account("t", "t") };
    let cases = [
        (Rights { to: "*@example.com", ..Rights::ALL }, "202"),
        (Rights { to: "romeo@example.com, juliet@example.com", ..Rights::ALL }, "202"),
        (Rights { to: "romeo@example.com", ..Rights::ALL }, "403"),
        (Rights { kinds: message, ..Rights::ALL }, "202"),
        (Rights { kinds: Kinds { message: false, ..Kinds::ALL }, ..Rights::ALL }, "403"),
        (Rights { from: networks(&["127.0.0.1"]), ..Rights::ALL }, "202"),
        (Rights { from: networks(&["10.0.0.0/8"]), ..Rights::ALL }, "403"),
        (Rights { expires: 1_700_000_001, ..Rights::ALL }, "202"),
        (Rights { expires: 1_700_000_000, ..Rights::ALL }, "403"),
    ];
    for (row, expected) in cases {
        world.config.tokens = vec![rights(row)];
        assert_eq!(world.sends(&bearer("t")), expected, "{row:?}");
    }
}

#[test]
fn a_rate_is_kept_and_told() {
    let mut world = World::up();
    world.config.tokens = vec![Token { rights: Rights { rate: 2, ..Rights::ALL }, ..account("t", "t") }];
    assert_eq!((world.sends(&bearer("t")), world.sends(&bearer("t"))), ("202".into(), "202".into()));
    let answer = world.answer("POST", "/rest", &bearer("t"), MESSAGE);
    assert!(status(&answer) == "429" && answer.contains("\r\nRetry-After: 30\r\n"), "{answer}");
    assert_eq!(world.sends(&bearer("bot-token")), "202", "nobody else waits");
    world.wait(30_000);
    assert_eq!(world.sends(&bearer("t")), "202");
}

#[test]
fn who_guesses_is_slowed() {
    let mut world = World::up();
    for _ in 0..=Limits::DEFAULT.login_failures {
        assert_eq!(world.sends(&bearer("guess")), "403");
    }
    let answer = world.answer("POST", "/rest", &bearer("bot-token"), MESSAGE);
    assert!(
        status(&answer) == "429" && answer.contains("\r\nRetry-After: 2\r\n"),
        "a good one waits, too: {answer}"
    );
    assert_eq!(world.sends(JSON), "401", "no guess at all");
    let line = world.event(|g, cx| g.accept(Some("192.0.2.1".parse().unwrap()), cx)).unwrap();
    world.post(line, "application/json", MESSAGE);
    world.take(Line::Link);
    assert_eq!(status(&world.take(line)), "202", "another address does not");
    world.wait(2_000);
    assert_eq!(world.sends(&bearer("bot-token")), "202");
    assert!(world.log.0.borrow().iter().any(|line| line.contains("a login from 127.0.0.1 failed")));
    assert!(!world.log.0.borrow().iter().any(|line| line.contains("guess")));
}

#[test]
fn only_networks_that_are_allowed() {
    let mut world = World::up();
    world.config.access.allow = networks(&["10.0.0.0/8"]);
    assert_eq!(world.sends(&bearer("bot-token")), "403");
    // Nobody told us to believe this.
    let relayed = |from: &str| format!("X-Forwarded-For: {from}\r\n{}", bearer("bot-token"));
    assert_eq!(world.sends(&relayed("10.1.1.1")), "403");
    world.config.access.proxies = networks(&["127.0.0.0/8"]);
    let cases = [
        ("10.1.1.1", "202"),
        ("8.8.8.8, 10.1.1.1", "202"),
        ("10.1.1.1, 8.8.8.8", "403"),
        ("10.1.1.1, 127.0.0.9", "202"),
        ("10.1.1.1\r\nX-Forwarded-For: 8.8.8.8", "403"),
        ("10.1.1.1:4711", "202"),
        ("nonsense", "403"),
    ];
    for (from, expected) in cases {
        assert_eq!(world.sends(&relayed(from)), expected, "{from}");
    }
}

#[test]
fn without_credentials_only_from_here() {
    let mut world = World::up();
    assert_eq!(world.sends(JSON), "401");
    world.config.access.anonymous = Some("anybody@gw.example");
    let named = |host: &str, fields: &str| format!("{fields}{JSON}X-Host: {host}\r\n");
    let mut ask = |host: &str, fields: &str, from: &str| {
        let line = world.event(|g, cx| g.accept(Some(from.parse().unwrap()), cx)).unwrap();
        let head = named(host, fields).replace("X-Host", "Host");
        let length = MESSAGE.len();
        world.give(
            line,
            format!("POST /rest HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n{MESSAGE}").as_bytes(),
        );
        let sent = world.take(Line::Link);
        let answer = world.take(line);
        world.event(|g, cx| g.ended(line, End::Closed, cx));
        assert_eq!(sent.contains("from='anybody@gw.example'"), status(&answer) == "202");
        status(&answer).to_string()
    };
    let cases = [
        ("localhost:8080", "", "127.0.0.1", "202"),
        ("[::1]:8080", "", "::1", "202"),
        ("localhost", "", "192.0.2.1", "401"),
        ("localhost", "Authorization: Bearer wrong\r\n", "127.0.0.1", "403"),
        ("localhost", "X-Forwarded-For: 127.0.0.1\r\n", "127.0.0.1", "401"),
        ("localhost", "Forwarded: for=127.0.0.1\r\n", "127.0.0.1", "401"),
        // A name that somebody made to point here, and pages of other sites.
        ("rebound.example", "", "127.0.0.1", "403"),
        ("localhost", "Origin: https://evil.example\r\n", "127.0.0.1", "403"),
        ("localhost", "Origin: null\r\n", "127.0.0.1", "403"),
        ("localhost", "Sec-Fetch-Site: cross-site\r\n", "127.0.0.1", "403"),
        ("localhost:8080", "Origin: http://localhost:8080\r\n", "127.0.0.1", "202"),
    ];
    for (host, fields, from, expected) in cases {
        assert_eq!(ask(host, fields, from), expected, "{host} {fields} {from}");
    }
}

#[test]
fn a_browser_lends_its_password_to_no_other_site() {
    let mut world = World::up();
    let evil = "Origin: https://evil.example\r\n";
    assert_eq!(world.sends(&format!("{BASIC}{evil}{JSON}")), "403");
    assert_eq!(world.sends(&format!("{BASIC}Origin: https://gw\r\n{JSON}")), "202");
    assert_eq!(
        world.sends(&format!("{evil}{}", bearer("bot-token"))),
        "202",
        "a token is put there on purpose"
    );
    world.config.access.origins = "https://evil.example";
    assert_eq!(world.sends(&format!("{BASIC}{evil}{JSON}")), "202");
}

/// RFC 9110 section 7.4.
#[test]
fn what_is_asked_for_by_https_needs_tls_or_a_trusted_proxy() {
    let proxies = networks(&["10.0.0.0/8"]);
    let cases = [
        ("https", "10.1.1.1", false, "200"),
        ("https", "192.0.2.1", false, "421"),
        ("https", "192.0.2.1", true, "200"),
        ("http", "192.0.2.1", false, "200"),
        ("http", "192.0.2.1", true, "200"),
    ];
    for (scheme, peer, secured, expected) in cases {
        let mut world = World::up();
        world.config.access.proxies = proxies;
        let came = Arrival { peer: peer.parse().ok(), secured, ..Arrival::default() };
        let line = world.event(|g, cx| g.accept_at(came, cx)).unwrap();
        world.give(line, format!("GET {scheme}://gw/healthz HTTP/1.1\r\nHost: gw\r\n\r\n").as_bytes());
        assert_eq!(status(&world.take(line)), expected, "{scheme} from {peer}, secured: {secured}");
    }
}
