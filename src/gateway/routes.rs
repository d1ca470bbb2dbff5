//! The routes: one table of methods, paths, what is done, and what it is for.
//!
//! The server, the `Allow` header and the description of the interface read the same rows. A path whose pattern has
//! no variable belongs to its rows alone; otherwise the first row that fits path and method is meant.

use core::fmt;

use super::document::Document;
use crate::fault::{Fault, reason};
use crate::http::Method::{Get, Post};
use crate::http::{Method, Request};

use super::address::is_in;
use super::line::{Arrival, Cx, Door};

/// One row: a method at a path.
#[derive(Debug)]
pub struct Route {
    /// The method; a GET stands for HEAD as well. OPTIONS is there for every path.
    pub method: Method,
    /// Segments. `{kind}` begins with m, p or i; it, `{type}` and `{query}` are one word; `{to}` is all the rest.
    pub pattern: &'static str,
    /// What is done.
    pub does: Does,
    /// What it is for, a sentence.
    pub about: &'static str,
}

/// What is done at a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Sends the stanza in the body.
    Send,
    /// The same, with three values from the path.
    SendTo,
    /// Gives the stanza back, completed.
    Echo,
    /// Sends an iq whose payload the query string says.
    Ask,
    /// Sends an iq whose payload the body says.
    Put,
    /// Says that the process is alive.
    Health,
    /// Says whether stanzas can be sent.
    Ready,
    /// Says what was counted.
    Metrics,
    /// Shows a document of the gateway's own.
    Show(Document),
    /// Says where the root is.
    Moved,
    /// Says that the path has not the right form.
    Misfit,
    /// Says what may be done at the path.
    Options,
}

impl Does {
    /// Whether the caller has to say who it is.
    pub const fn needs_login(self) -> bool {
        !matches!(self, Self::Moved | Self::Options | Self::Health | Self::Ready | Self::Show(_))
    }

    /// Whether it is there at that door.
    const fn is_at(self, door: Door) -> bool {
        match door {
            Door::Main => true,
            Door::Metrics => matches!(self, Self::Health | Self::Ready | Self::Metrics),
        }
    }

    /// Whether it is about a stanza.
    pub(super) const fn is_about_a_stanza(self) -> bool {
        matches!(self, Self::Send | Self::SendTo | Self::Echo | Self::Ask | Self::Put | Self::Misfit)
    }
}

/// All routes.
pub(super) const ROUTES: &[Route] = &[
    row(Post, "/rest", Does::Send, "Send the stanza in the body; an iq waits for its answer."),
    row(Get, "/rest", Does::Moved, "Leads to /rest/, as in mod_rest."),
    row(
        Post,
        "/rest/echo",
        Does::Echo,
        "Check and complete the stanza in the body and give it back; nothing is sent.",
    ),
    row(
        Post,
        "/rest/{kind}/{type}/{to}",
        Does::SendTo,
        "Send a stanza of that kind and type to that address; the body says the rest.",
    ),
    row(
        Get,
        "/rest/{query}/{to}",
        Does::Ask,
        "Send an iq with that payload to that address and wait for the answer.",
    ),
    row(
        Post,
        "/rest/{to}",
        Does::Misfit,
        "Any other path is refused, unless the body is XML, which says all itself.",
    ),
    row(Get, "/rest/{to}", Does::Misfit, "Any other path is refused."),
    row(
        Post,
        "/v1/stanzas",
        Does::Send,
        "Send the stanza in the body. An iq waits for its answer, whose error is an HTTP status.",
    ),
    row(
        Get,
        "/v1/{query}/{to}",
        Does::Ask,
        "Send an iq with that payload, its values from the query string, and wait for the answer.",
    ),
    row(
        Post,
        "/v1/{query}/{to}",
        Does::Put,
        "Send an iq with that payload, its value from the body, and wait for the answer.",
    ),
    row(Get, "/healthz", Does::Health, "200 as long as the process is alive; needs no login."),
    row(
        Get,
        "/readyz",
        Does::Ready,
        "200 when the XMPP server has accepted the component and answers, otherwise 503; needs no login.",
    ),
    row(Get, "/metrics", Does::Metrics, "All counters, as text for Prometheus."),
    row(Get, "/openapi.json", Does::Show(Document::Interface), "This description; needs no login."),
    row(
        Get,
        "/",
        Does::Show(Document::Page),
        "A page for people: version and state; with a login the counters, and a form to try a request.",
    ),
    row(Get, "/page.css", Does::Show(Document::Style), "How the page looks."),
    row(Get, "/page.js", Does::Show(Document::Script), "What the page does."),
];

const fn row(method: Method, pattern: &'static str, does: Does, about: &'static str) -> Route {
    Route { method, pattern, does, about }
}

/// Which manners a path has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Manners {
    /// Those of mod_rest: the error of an iq is an answer like any other.
    #[default]
    Rest,
    /// Those of HTTP: the error of an iq is a status, refusals are problems of RFC 9457.
    V1,
}

impl Manners {
    /// Those of that path.
    pub(super) fn of(path: &str) -> Self {
        if path.trim_start_matches('/').starts_with("v1/") { Self::V1 } else { Self::Rest }
    }
}

/// What the variables of a pattern stand for, still percent-encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'r> {
    /// `{kind}`
    pub kind: Option<&'r str>,
    /// `{type}` or `{query}`
    pub type_: Option<&'r str>,
    /// `{to}`; may be empty.
    pub to: Option<&'r str>,
}

/// The route that a request is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'r> {
    /// Its row in [`ROUTES`]; behind the last one for OPTIONS.
    pub row: usize,
    /// What is done.
    pub does: Does,
    /// What the path says.
    pub parts: Parts<'r>,
}

/// Finds the route, before anything else is looked at.
///
/// What is asked for by https is served only over TLS, or to a proxy that is trusted to have ended it (RFC 9110
/// section 7.4).
pub(super) fn find<'r>(request: Request<'r>, came: &Arrival, cx: Cx<'_>) -> Result<Found<'r>, Fault> {
    if request.wants_https() && !came.secured && !is_in(cx.settings.access().proxies, came.peer()) {
        return Err(Fault::new(&reason::MISDIRECTED));
    }
    let (path, method) = (request.path(), request.method());
    let rows = |path| rows(path).filter(|(_, route, _)| route.does.is_at(came.door));
    if method == Method::Options && (path == "*" || rows(path).next().is_some()) {
        return Ok(Found { row: ROUTES.len(), does: Does::Options, parts: Parts::default() });
    }
    let method = if method == Method::Head { Get } else { method };
    let mut rows = rows(path).peekable();
    if rows.peek().is_none() {
        return Err(Fault::new(&reason::NO_SUCH_ROUTE));
    }
    rows.find(|(_, route, _)| route.method == method)
        .map(|(row, route, parts)| Found { row, does: route.does, parts })
        .ok_or_else(|| Fault::new(&reason::METHOD))
}

/// The rows that fit a path, and where they stand.
fn rows(path: &str) -> impl Iterator<Item = (usize, &'static Route, Parts<'_>)> {
    let fixed = ROUTES.iter().any(|route| route.pattern == path);
    ROUTES.iter().enumerate().filter_map(move |(row, route)| {
        let parts = take(route.pattern, path)?;
        (route.pattern == path || !fixed).then_some((row, route, parts))
    })
}

/// What the variables of `pattern` stand for in `path`; `None` when it does not fit.
fn take<'r>(pattern: &str, path: &'r str) -> Option<Parts<'r>> {
    let mut parts = Parts::default();
    let mut left = Some(path.strip_prefix('/')?);
    for piece in pattern.strip_prefix('/')?.split('/') {
        // Several slashes are as one, as with mod_rest: a base that ends in one is joined with a path all the time.
        let rest = left?.trim_start_matches('/');
        if piece == "{to}" {
            parts.to = Some(rest);
            return Some(parts);
        }
        let (segment, after) = rest.split_once('/').map_or((rest, None), |(one, rest)| (one, Some(rest)));
        match piece {
            "{kind}" if segment.starts_with(['m', 'p', 'i']) && segment.len() > 1 && is_word(segment) => {
                parts.kind = Some(segment);
            }
            "{type}" | "{query}" if is_word(segment) => parts.type_ = Some(segment),
            literal if literal == segment => {}
            _ => return None,
        }
        left = after;
    }
    left.is_none().then_some(parts)
}

/// As mod_rest has it; what it means is the mapping's to say.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The methods that a path has, as they stand in the `Allow` header (RFC 9110 section 10.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    get: bool,
    post: bool,
}

impl Allowed {
    /// Those of that path.
    pub(super) fn at(path: &str) -> Self {
        let has = |method| path == "*" || rows(path).any(|(_, route, _)| route.method == method);
        Self { get: has(Get), post: has(Post) }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.get {
            f.write_str("GET, HEAD, ")?;
        }
        f.write_str("OPTIONS")?;
        if self.post { f.write_str(", POST") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row's pattern that a path and method lead to, and what the variables are.
    fn found(method: Method, path: &str) -> String {
        let row = rows(path).find(|(_, route, _)| route.method == method);
        row.map_or_else(String::new, |(_, route, Parts { kind, type_, to })| {
            let parts: Vec<_> = [kind, type_, to].into_iter().flatten().collect();
            format!("{:?} {}", route.does, parts.join(" "))
        })
    }

    #[test]
    fn paths_lead_to_routes() {
        use Method::Put;
        let cases = [
            (Post, "/rest", "Send "),
            (Get, "/rest", "Moved "),
            (Put, "/rest", ""),
            (Post, "/rest/echo", "Echo "),
            (Get, "/rest/echo", ""),
            (Post, "/rest/", "Misfit "),
            (Get, "/rest/", "Misfit "),
            (Post, "/rest/message/chat/a@b", "SendTo message chat a@b"),
            (Post, "/rest/message/chat/a@b/c/d", "SendTo message chat a@b/c/d"),
            (Post, "/rest/presence/available/", "SendTo presence available "),
            (Post, "/rest/mfoo/x_1/", "SendTo mfoo x_1 "),
            (Post, "/rest/message/chat", "Misfit message/chat"),
            (Post, "/rest/foo/chat/a@b", "Misfit foo/chat/a@b"),
            (Post, "/rest/m/chat/a@b", "Misfit m/chat/a@b"),
            (Post, "/rest/message/a-b/c", "Misfit message/a-b/c"),
            (Post, "/rest/echo/message/chat/a@b", "Misfit echo/message/chat/a@b"),
            (Get, "/rest/upload_request/a.b", "Ask upload_request a.b"),
            (Get, "/rest/iq/get/a.b", "Ask iq get/a.b"),
            (Get, "/rest/disco/", "Ask disco "),
            (Get, "/rest/disco", "Misfit disco"),
            (Get, "/rest//a.b", "Misfit a.b"),
            (Get, "//rest///ping//a.b//c", "Ask ping a.b//c"),
            (Post, "//rest", "Send "),
            (Post, "/rest//echo", "Echo "),
            (Post, "/rest/message/chat//", "SendTo message chat "),
            (Post, "/v1/stanzas", "Send "),
            (Get, "/v1/stanzas", ""),
            (Get, "/v1/version/a.b", "Ask version a.b"),
            (Post, "/v1/command/a@b/c", "Put command a@b/c"),
            (Get, "/v1/version", ""),
            (Get, "/v1", ""),
            (Post, "/restful", ""),
            (Post, "/", ""),
            (Post, "", ""),
        ];
        for (method, path, expected) in cases {
            assert_eq!(found(method, path), expected, "{method:?} {path}");
        }
    }

    #[test]
    fn what_is_allowed() {
        let cases = [
            ("/rest", "GET, HEAD, OPTIONS, POST"),
            ("/rest/echo", "OPTIONS, POST"),
            ("/rest/version/a.b", "GET, HEAD, OPTIONS, POST"),
            ("/v1/stanzas", "OPTIONS, POST"),
        ];
        for (path, expected) in cases {
            assert_eq!(Allowed::at(path).to_string(), expected, "{path}");
        }
    }
}
