//! Who asks: where a request comes from, the credentials it shows, and what they allow.
//!
//! As with mod_rest on a component, Basic takes the domain and the component's secret and gives the whole domain; it
//! also takes the users of the settings. A Bearer token gives the address that its section names. What is compared of
//! secrets are their SHA-256 sums, and all of a sort are looked at, so that the time tells neither how much was right
//! nor whose it was. A secret may be kept as its sum, which is enough where it was made at random.
//!
//! A browser shows credentials that it remembers, and no credentials at all, on behalf of any web page. So Basic and
//! anonymous requests that another site has made are refused; a token has to be put there on purpose.

use core::net::IpAddr;

use hmac_sha256::Hash;

use crate::fault::{Fault, Reason, reason};
use crate::http::Request;
use crate::http::auth::{Credentials, DECODED, credentials};
use crate::time::Duration;

use super::address::{LOCAL, Network, is_in, is_relayed, origin};
use super::cors;
use super::grants::{Grant, State};
use super::guard::Guard;
use super::introspection::Introspection;
use super::line::{Arrival, Cx, Door, Level};
use super::rights::Rights;
use super::routes::Does;
use super::settings::{Settings, Token};

/// What a secret begins with that is kept as its SHA-256; 64 hexadecimal digits follow.
pub const HASHED: &str = "sha256:";

/// Somebody whose credentials are good.
pub(super) struct Who<'s> {
    /// The address that the caller may send as: everything it covers ([`crate::jid::covers`]).
    pub(super) principal: &'s str,
    pub(super) rights: Rights<'s>,
    /// Its place among all tokens and users.
    account: Option<usize>,
}

/// Why somebody is not let in, and when it is worth while to try again.
pub(super) struct Refused {
    pub(super) fault: Fault,
    pub(super) wait: Option<Duration>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, wait: None }
    }
}

/// Lets a request in, or not; counts what fails and what an account with a rate uses.
pub(super) fn admit(
    request: Request<'_>,
    came: &Arrival,
    guard: &mut Guard<'_>,
    mut grant: Option<&mut Grant>,
    cx: Cx<'_>,
) -> Result<(), Refused> {
    let from = origin(came.peer(), request, cx.settings.access().proxies);
    let shows_some = request.fields().all("authorization").next().is_some();
    let wait = from.filter(|_| shows_some).and_then(|from| guard.wait(from, cx.now));
    if wait.is_some() {
        return Err(Refused { fault: Fault::new(&reason::LOGIN_RATE), wait });
    }
    let found = who(request, came, grant.as_deref(), cx);
    match found.map(|Who { account, rights, .. }| (account, rights.rate)) {
        Ok((account, rate)) => {
            let taken = match (account, &mut grant) {
                (Some(account), _) => guard.take(account, rate, cx.now),
                (None, Some(grant)) => grant.meter.take(rate, cx.now),
                (None, None) => Ok(()),
            };
            taken.map_err(|wait| Refused { fault: Fault::new(&reason::RATE), wait: Some(wait) })
        }
        Err(fault) => {
            if let Some(from) = from.filter(|_| is_guess(fault.reason)) {
                guard.failed(from, cx.now);
                cx.log.log(Level::Warn, format_args!("http: a login from {from} failed: {}", fault.text()));
            }
            Err(fault.into())
        }
    }
}

/// Whether it may have been an attempt to find out a secret.
fn is_guess(found: &Reason) -> bool {
    [&reason::CREDENTIALS_REFUSED, &reason::CREDENTIALS_MALFORMED, &reason::TOKEN_INVALID].contains(&found)
}

/// Who makes the request.
///
/// `grant` is what another server said of its token, if it has to be asked for that ([`outside_token`]).
pub(super) fn who<'s>(
    request: Request<'_>,
    came: &Arrival,
    grant: Option<&'s Grant>,
    cx: Cx<'s>,
) -> Result<Who<'s>, Fault> {
    let access = cx.settings.access();
    let from = origin(came.peer(), request, access.proxies);
    check_origin(access.allow, from)?;
    let mut memory = [0; DECODED];
    let who = match credentials(request.fields(), &mut memory) {
        Ok(Credentials::Basic { user, password }) => {
            check_site(request, cx.settings)?;
            basic(user, password, cx.settings)
        }
        Ok(Credentials::Bearer(given)) => {
            match (own_token(given, cx.settings), grant.zip(cx.settings.introspection())) {
                (None, Some((grant, server))) => Some(granted_by(grant, server)?),
                (own, _) => own,
            }
        }
        Err(reason) => {
            let Some(principal) = access.anonymous.filter(|_| *reason == reason::NO_CREDENTIALS) else {
                return Err(Fault::new(reason));
            };
            check_anonymous(request, came, from, cx.settings)?;
            return Ok(Who { principal, rights: Rights::ALL, account: None });
        }
    };
    let who = who.ok_or_else(|| Fault::new(&reason::CREDENTIALS_REFUSED))?;
    if who.rights.expires != 0 && cx.wall >= who.rights.expires {
        return Err(Fault::new(&reason::CREDENTIALS_EXPIRED));
    }
    check_origin(who.rights.from, from)?;
    Ok(who)
}

/// The token of the settings that this is.
fn own_token<'s>(given: &str, settings: &'s dyn Settings) -> Option<Who<'s>> {
    let tokens = (0..).map_while(|at| settings.token(at));
    let given = Hash::hash(given.as_bytes());
    pick(tokens.enumerate(), |token| same(&given, token.secret))
}

/// Somebody of whom another server has spoken.
fn granted_by<'s>(grant: &'s Grant, server: Introspection<'s>) -> Result<Who<'s>, &'static Reason> {
    let rights = Rights { expires: grant.expires, ..server.rights };
    match grant.state {
        State::Good => Ok(Who { principal: &grant.jid, rights, account: None }),
        State::Refused(reason) => Err(reason),
        State::Free | State::Wanted | State::Asked => Err(&reason::TOKENS_UNKNOWN),
    }
}

/// Takes the Bearer token of a request.
pub(super) fn bearer<T>(request: Request<'_>, then: impl FnOnce(&str) -> T) -> Option<T> {
    let mut memory = [0; DECODED];
    match credentials(request.fields(), &mut memory) {
        Ok(Credentials::Bearer(token)) => Some(then(token)),
        _ => None,
    }
}

/// Takes the Bearer token of a request if another server has to be asked about it: there is one, the token is none of
/// the settings, and the request would not be refused anyway.
pub(super) fn outside_token<T>(
    request: Request<'_>,
    came: &Arrival,
    guard: &Guard<'_>,
    cx: Cx<'_>,
    then: impl FnOnce(&str) -> T,
) -> Option<T> {
    cx.settings.introspection()?;
    let access = cx.settings.access();
    let from = origin(came.peer(), request, access.proxies);
    let waits = from.is_some_and(|from| guard.wait(from, cx.now).is_some());
    if waits || check_origin(access.allow, from).is_err() {
        return None;
    }
    bearer(request, |token| own_token(token, cx.settings).is_none().then(|| then(token)))?
}

/// The component itself, or a user.
fn basic<'s>(user: &str, password: &str, settings: &'s dyn Settings) -> Option<Who<'s>> {
    let tokens = (0..).map_while(|at| settings.token(at)).fold(0, |count, _| count + 1);
    let users = (0..).map_while(|at| settings.user(at)).enumerate().map(|(at, user)| (tokens + at, user));
    let password = Hash::hash(password.as_bytes());
    let found = pick(users, |row| {
        let good = same(&password, row.secret);
        good && row.name == user
    });
    let is_component = same(&password, settings.secret()) && user.eq_ignore_ascii_case(settings.domain());
    let component = Who { principal: settings.domain(), rights: Rights::ALL, account: None };
    if is_component { Some(component) } else { found }
}

/// The one that fits; all are looked at.
fn pick<'s>(
    rows: impl Iterator<Item = (usize, Token<'s>)>,
    mut fits: impl FnMut(&Token<'s>) -> bool,
) -> Option<Who<'s>> {
    rows.fold(None, |found, (at, row)| {
        let who = Who { principal: row.jid, rights: row.rights, account: Some(at) };
        if fits(&row) { Some(who) } else { found }
    })
}

/// Whether what was given, of which this is the sum, is the secret. An empty secret is nobody's.
fn same(given: &[u8; 32], secret: &str) -> bool {
    let is_equal = match secret.strip_prefix(HASHED) {
        None => equal(given, &Hash::hash(secret.as_bytes())),
        Some(hash) => equal(&hex(*given), hash.as_bytes()),
    };
    is_equal && !secret.is_empty()
}

/// Whether two sums are the same. Should the compiler stop at the first difference, the time would tell how the sum of
/// what was given begins, and nothing of how the secret does.
pub(super) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |found, (a, b)| found | (a ^ b)) == 0
}

/// In hexadecimal digits, lower case.
pub fn hex(hash: [u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
        let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    digits
}

/// A list that is not empty has to hold the address.
fn check_origin(allowed: &[Network], from: Option<IpAddr>) -> Result<(), Fault> {
    if allowed.is_empty() || from.is_some_and(|from| is_in(allowed, from)) {
        return Ok(());
    }
    Err(Fault::new(&reason::ADDRESS_REFUSED))
}

/// No web page of another site may borrow what the browser knows.
fn check_site(request: Request<'_>, settings: &dyn Settings) -> Result<(), Fault> {
    if cors::is_foreign(request, settings) { Err(Fault::new(&reason::ORIGIN_REFUSED)) } else { Ok(()) }
}

/// Without credentials only as near as the settings say, and not through somebody else.
fn check_anonymous(
    request: Request<'_>,
    came: &Arrival,
    from: Option<IpAddr>,
    settings: &dyn Settings,
) -> Result<(), Fault> {
    let access = settings.access();
    if !is_near(request, came, from, access.anonymous_from, access.proxies) {
        return Err(Fault::new(&reason::NO_CREDENTIALS));
    }
    // A page whose name was made to point here is of the same site to a browser; but it names itself.
    if !cors::names_this_machine(request.authority()) && is_in(&Network::LOOPBACK, from.unwrap_or(LOCAL)) {
        return Err(Fault::new(&reason::ORIGIN_REFUSED));
    }
    check_site(request, settings)
}

/// Whether a request comes from one of the networks itself, not through somebody whom nobody told us to trust.
fn is_near(
    request: Request<'_>,
    came: &Arrival,
    from: Option<IpAddr>,
    networks: &[Network],
    proxies: &[Network],
) -> bool {
    let relayed = is_relayed(request) && !is_in(proxies, came.peer());
    !relayed && from.is_some_and(|from| is_in(networks, from))
}

/// Whether the caller has to say who it is. The figures at their own door are free for the networks that the settings
/// name, though not for web pages.
pub(super) fn needs_login(does: Does, request: Request<'_>, came: &Arrival, cx: Cx<'_>) -> bool {
    let access = cx.settings.access();
    let watches = || {
        let from = origin(came.peer(), request, access.proxies);
        is_near(request, came, from, access.metrics_from, access.proxies)
            && (cors::names_this_machine(request.authority())
                || !is_in(&Network::LOOPBACK, from.unwrap_or(LOCAL)))
            && check_site(request, cx.settings).is_ok()
    };
    does.needs_login() && !(came.door == Door::Metrics && does == Does::Metrics && watches())
}
