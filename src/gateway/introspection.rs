//! Asking another server what a token is good for (OAuth 2.0 Token Introspection, RFC 7662): the question, and what the
//! answer means.
//!
//! Only an answer that is whole decides anything: a status other than 200, a body that is no JSON object with a boolean
//! `active`, or times that are no numbers are a fault of the server asked, and say nothing of the token.

use core::fmt;

use super::Port;
use super::grants::{ADDRESS, State};
use super::line::{Cx, Level};
use super::rights::Rights;
use crate::arena::Arena;
use crate::buffer::Full;
use crate::fault::{Fault, reason};
use crate::http::{Draft, Field, Reply, Unwritable};
use crate::jid::{self, Jid};
use crate::json;
use crate::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";
const AGENT: &str = concat!("restanza/", env!("CARGO_PKG_VERSION"));

/// The server that knows tokens, and what they are good for here.
#[derive(Clone, Copy, Debug)]
pub struct Introspection<'a> {
    /// The host, as it goes into the Host header.
    pub authority: &'a str,
    /// Path and query: the request target.
    pub target: &'a str,
    /// The value of Authorization that shows who we are; empty for none.
    pub authorization: &'a str,
    /// The member of the answer that says whom a token speaks for.
    pub claim: &'a str,
    /// Whose users may be named by their full address; empty for the component's own domain alone.
    pub domain: &'a str,
    /// What a token must be good for, with blanks between; empty for nothing in particular.
    pub scope: &'a str,
    /// How long the server may take, and how long a caller waits for it.
    pub time: Duration,
    /// The longest that a good token is taken for good without asking again.
    pub keep: Duration,
    /// The same for one that is not.
    pub keep_refused: Duration,
    /// What such tokens may do.
    pub rights: Rights<'a>,
}

/// What an answer says of a token.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) jid: heapless::String<ADDRESS>,
    /// In seconds since 1970; 0 for never.
    pub(super) expires: u64,
    pub(super) keep: Duration,
}

/// Writes the question into an out-buffer (RFC 7662 section 2.1).
pub(super) fn ask(port: &mut Port<'_>, server: &Introspection<'_>, token: &str) -> Result<(), Fault> {
    let too_large = || Fault::new(&reason::CREDENTIALS_MALFORMED);
    let mut draft = Draft::begin(&mut port.output).map_err(|Full| too_large())?;
    let body = format_args!("token={}&token_type_hint=access_token", Encoded(token));
    let len = Arena::new(draft.space()).text(body).map_err(|Full| too_large())?.len();
    draft.filled(len);
    let mut fields: heapless::Vec<Field<'_>, 4> = heapless::Vec::new();
    // There is room for all of them.
    let _ = fields.push(("Content-Type", &FORM));
    let _ = fields.push(("Accept", &"application/json"));
    let _ = fields.push(("User-Agent", &AGENT));
    if !server.authorization.is_empty() {
        let _ = fields.push(("Authorization", &server.authorization));
    }
    draft.request("POST", server.target, server.authority, &fields).map_err(|error| match error {
        Unwritable::Full => too_large(),
        Unwritable::Character => Fault::new(&reason::INTERNAL),
    })
}

/// Reads the answer (RFC 7662 section 2.2); the error is in words for the log.
pub(super) fn read(
    reply: Reply<'_>,
    server: &Introspection<'_>,
    nodes: &mut [json::Node],
    spare: &mut Arena<'_>,
    cx: Cx<'_>,
) -> Result<Verdict, &'static str> {
    let refused = |reason| Verdict {
        state: State::Refused(reason),
        jid: heapless::String::new(),
        expires: 0,
        keep: server.keep_refused,
    };
    match reply.status() {
        200 => {}
        401 => return Err("it does not take our client and secret"),
        // So says mod_http_oauth2 of a token that was issued to another client; RFC 7662 section 2.2 would have it say
        // that it is not active. It says nothing against the server, or anybody with such a token could stop the others.
        403 => {
            cx.log.log(
                Level::Warn,
                format_args!(
                    "introspection: we may not know of this token (403); was it issued to another client?"
                ),
            );
            return Ok(refused(&reason::TOKEN_INVALID));
        }
        300..=399 => return Err("it wants us elsewhere, and redirects are not followed"),
        _ => return Err("its status is not 200"),
    }
    if reply.is_encoded() {
        return Err("its answer is compressed, which nobody asked for");
    }
    let answer = json::parse(reply.body(), nodes).map_err(|_| "its answer is not JSON")?;
    let active = answer.get("active").and_then(json::Value::as_bool);
    let number = |key| match answer.get(key).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => value.as_integer().map(Some).ok_or("a time in its answer is not a number of seconds"),
    };
    let (expires, starts) = (number("exp")?, number("nbf")?);
    if !active.ok_or("its answer does not say whether the token is active")? {
        return Ok(refused(&reason::TOKEN_INVALID));
    }
    let wall = i64::try_from(cx.wall).unwrap_or(i64::MAX);
    // Of RFC 6749 section 5.1, or the sort of token, as in the hint of the question; not one for refreshing.
    let kind = answer.get("token_type").and_then(json::Value::as_str);
    let is_other = kind.is_some_and(|kind| !TYPES.iter().any(|known| is_same(kind.chars(), known)));
    if is_other || expires.is_some_and(|end| end <= wall) || starts.is_some_and(|start| start > wall) {
        return Ok(refused(&reason::TOKEN_INVALID));
    }
    let scope = answer.get("scope").and_then(json::Value::as_str);
    let scope = scope.map_or(Ok(""), |scope| spare.text(scope)).map_err(|Full| "its answer is too large")?;
    if !server.scope.split_ascii_whitespace().all(|needed| scope.split(' ').any(|given| given == needed)) {
        return Ok(refused(&reason::SCOPE));
    }
    let claim = answer.get(server.claim).and_then(json::Value::as_str);
    let claim = claim.map_or(Ok(""), |claim| spare.text(claim)).map_err(|Full| "its answer is too large")?;
    let Some(jid) = address(claim, server, cx.settings.domain(), spare) else {
        cx.log.log(
            Level::Warn,
            format_args!("introspection: {:?} of a token names nobody who may send here", server.claim),
        );
        return Ok(refused(&reason::CREDENTIALS_REFUSED));
    };
    let expires = expires.and_then(|end| u64::try_from(end).ok()).unwrap_or(0);
    let left = if expires == 0 { server.keep } else { Duration::from_secs(expires.saturating_sub(cx.wall)) };
    Ok(Verdict { state: State::Good, jid, expires, keep: server.keep.min(left) })
}

/// What a good token may be called.
const TYPES: &[&str] = &["bearer", "access_token"];

/// Whether that is the word, in upper or lower case.
fn is_same(given: impl Iterator<Item = char>, word: &str) -> bool {
    given.map(|c| c.to_ascii_lowercase()).eq(word.chars())
}

/// The address that a claim stands for: `user`, or `user@domain` of a domain that counts as ours, perhaps as a URI
/// `xmpp:user@domain` (RFC 5122), becomes `user` at the component. Never is it the whole domain.
fn address(
    claim: &str,
    server: &Introspection<'_>,
    own: &str,
    spare: &mut Arena<'_>,
) -> Option<heapless::String<ADDRESS>> {
    let claim = claim.strip_prefix("xmpp:").unwrap_or(claim);
    let given = if claim.contains('@') {
        let jid = jid::prepare(claim, spare).ok()?;
        if jid.domain() != own && (server.domain.is_empty() || jid.domain() != server.domain) {
            return None;
        }
        spare.text(format_args!("{}@{own}", jid.node()?)).ok()?
    } else {
        if claim.is_empty() || claim.contains('/') {
            return None;
        }
        spare.text(format_args!("{claim}@{own}")).ok()?
    };
    let jid = jid::prepare(given, spare).ok()?;
    let fits = |jid: Jid<'_>| jid.node().is_some() && jid.domain() == own && jid.resource().is_none();
    if fits(jid) { heapless::String::try_from(jid.as_str()).ok() } else { None }
}

/// As the value of a form.
struct Encoded<'a>(&'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                write!(f, "{}", char::from(byte))
            } else {
                write!(f, "%{byte:02X}")
            }
        })
    }
}

#[cfg(test)]
pub(super) const EXAMPLE: Introspection<'_> = Introspection {
    authority: "auth.example",
    target: "/introspect",
    authorization: "Basic Z3c6c2VjcmV0",
    claim: "username",
    domain: "users.example",
    scope: "xmpp",
    time: Duration::from_secs(5),
    keep: Duration::from_secs(60),
    keep_refused: Duration::from_secs(5),
    rights: Rights::ALL,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_users_of_the_component() {
        let cases = [
            ("juliet", Some("juliet@gw.example")),
            ("Juliet", Some("juliet@gw.example")),
            ("juliet@gw.example", Some("juliet@gw.example")),
            ("juliet@users.example", Some("juliet@gw.example")),
            ("xmpp:juliet@users.example/balcony", Some("juliet@gw.example")),
            ("juliet@evil.example", None),
            ("juliet@users.example.evil.example", None),
            ("gw.example", Some("gw.example@gw.example")),
            ("@gw.example", None),
            ("", None),
            ("xmpp:", None),
            ("a/b", None),
            ("a b", None),
            ("a@b@gw.example", None),
        ];
        for (claim, expected) in cases {
            let mut memory = [0; 8_192];
            let found = address(claim, &EXAMPLE, "gw.example", &mut Arena::new(&mut memory));
            assert_eq!(found.as_deref(), expected, "{claim}");
        }
        let alone = Introspection { domain: "", ..EXAMPLE };
        let mut memory = [0; 8_192];
        assert_eq!(address("a@users.example", &alone, "gw.example", &mut Arena::new(&mut memory)), None);
        let long = "x".repeat(300);
        assert_eq!(address(&long, &alone, "gw.example", &mut Arena::new(&mut memory)), None);
    }

    #[test]
    fn tokens_are_encoded() {
        assert_eq!(std::format!("{}", Encoded("aZ9-._~+/=")), "aZ9-._~%2B%2F%3D");
    }
}
