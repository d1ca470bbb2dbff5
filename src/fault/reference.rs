//! Writes `errors.md`: what each refusal means and what cures it, from the table of reasons.
//!
//! The cures stand here, where no binary carries them.

use std::fmt::Write as _;
use std::format;
use std::path::Path;
use std::string::String;

use super::{Party, Reason, reason};

const INTRODUCTION: &str = "# Errors and their cures

`/rest` answers a refusal as mod_rest does, `/v1` with `application/problem+json`, whose `detail` says what it was in
this case. Where mod_rest has one sentence for many troubles, that stands in the second column. The name of the reason
is in the log (`[log] level = debug` has a line for each refused request, `kill -HUP` takes it over) and counts in
`restanza_refusals_total{reason=\"…\"}` of `/metrics`.

What an XMPP user gets for the same trouble is in italics: the condition of a stanza error.
";

/// A chapter: its title, a sentence, and which reasons stand in it.
type Chapter = (&'static str, &'static str, fn(&Reason) -> bool);

/// The chapters: who is at fault.
const CHAPTERS: &[Chapter] = &[
    ("What you send", "The request has to change.", |row| row.party == Party::Caller && !is_framing(row)),
    (
        "HTTP itself",
        "The program or proxy that calls breaks the rules of HTTP/1.1, or is too slow. The connection is closed after each of these.",
        |row| row.party == Party::Caller && is_framing(row),
    ),
    ("The gateway", "Its present state, or one of its limits.", |row| row.party == Party::Us),
    ("The other side", "Who was asked by XMPP, the webhook, or the server that knows tokens.", |row| {
        matches!(row.party, Party::Peer | Party::Hook | Party::Config)
    }),
];

/// What to do, by the name of the reason; those about framing speak for themselves.
const CURES: &[(&str, &str)] = &[
    (
        "NOT_WELL_FORMED",
        "Ask `/v1/stanzas` with the same body: it says line and column. A form needs `key=value`; a text needs `Content-Type: text/plain`.",
    ),
    (
        "INVALID_PATH",
        "Such as `/rest/message/chat/juliet@example.net`: kind, type, address, each percent-encoded where need be.",
    ),
    ("INVALID_QUERY", "Behind `?` stand pairs `key=value`, percent-encoded."),
    ("INVALID_OPTION", "`unmapped` is `keep` or `drop`, `strict` is `yes` or `no`."),
    (
        "NO_CREDENTIALS",
        "`Authorization: Bearer TOKEN`, or HTTP Basic with the component's domain and secret or a `[user]`.",
    ),
    ("CREDENTIALS_UNUSABLE", "Only Basic and Bearer are known."),
    ("CREDENTIALS_MALFORMED", "Basic is base64 of `NAME:SECRET`, in one line."),
    (
        "CREDENTIALS_REFUSED",
        "The name is the component's domain, not a user of the XMPP server. `restanza token new` makes a token; SIGHUP or a restart takes it over.",
    ),
    (
        "FROM_REFUSED",
        "Leave `from` out, or give the token a `jid` that covers it: `jid = rest.example.net` is every address of the domain.",
    ),
    ("CREDENTIALS_EXPIRED", "Set another `expires`, and look at the clock: it is UTC."),
    ("TOKEN_INVALID", "Get a new token where it came from."),
    ("SCOPE", "Ask for a token with the scope that `WWW-Authenticate` names."),
    (
        "ADDRESS_REFUSED",
        "`[http] allow` or `from` of the token has to name the caller's network. Behind a proxy `[http] proxies` has to name the proxy.",
    ),
    ("ORIGIN_REFUSED", "`[http] origins` has to name the web site."),
    ("NOT_YOURS", "The `to` or `kinds` of the token or user does not have it."),
    (
        "LOGIN_RATE",
        "Wait for `Retry-After`, and put the credentials right. Behind a proxy that `[http] proxies` does not name, all callers are one.",
    ),
    ("RATE", "Wait for `Retry-After`, or raise the `rate` of the token."),
    ("NO_SUCH_ROUTE", "The paths are in `/openapi.json`."),
    ("METHOD", "Stanzas are sent with POST, questions asked with GET."),
    ("NOT_ACCEPTABLE", "`Accept: application/json`, or none."),
    (
        "BODY_TOO_LARGE",
        "Send less, or raise `body` and `stanza` in `[limits]`, and what the XMPP server takes from a component.",
    ),
    (
        "MEDIA_TYPE",
        "`Content-Type` is `application/json`, `application/xmpp+xml` for XML, `application/x-www-form-urlencoded` or `text/plain`.",
    ),
    ("CONTENT_CODING", "Send it uncompressed."),
    (
        "NAMESPACE",
        "The element is `<message>`, `<presence>` or `<iq>` without `xmlns`, or with `jabber:client`.",
    ),
    ("UNKNOWN_KIND", "The root element is `<message>`, `<presence>` or `<iq>`."),
    ("BAD_TO", "`to` is `user@domain`, `user@domain/resource` or `domain`."),
    (
        "NO_TO",
        "Set `to`. curl's `-d` alone sends a form: `-H 'Content-Type: application/json'` makes it JSON.",
    ),
    ("BAD_FROM", "`from` is an address of the component's domain."),
    ("IQ_TYPE", "A `result` or `error` is the answer of a webhook; requests are `get` or `set`."),
    ("IQ_CHILDREN", "An iq has one payload: one of the keys for an iq, such as `ping` or `disco`."),
    ("KEY_VALUE", "The sentence names the key; [`keys.md`](mapping/keys.md) has its type."),
    (
        "UNKNOWN_KEY",
        "The key is not one of [`keys.md`](mapping/keys.md): with `strict`, or when none of all that are given is known. A program with a format of its own needs a few lines in between, see the README.",
    ),
    ("TOO_COMPLEX", "Send less at a time, or raise `nodes` in `[limits]`."),
    ("NO_LINK", "Try again after `Retry-After`. The log says what keeps the gateway from the XMPP server."),
    ("LINK_FULL", "Try again after `Retry-After`; slower, if it comes often."),
    ("LINK_LOST", "Send it again: it was not sent."),
    ("ANSWER_LOST", "It was sent; whether it was done is not known."),
    (
        "DISPLACED",
        "Try again after `Retry-After`. More places: `connections` in `[limits]`; fewer are needed by who keeps a connection.",
    ),
    (
        "TOO_MANY_WAITING",
        "Try again after `Retry-After`, wait for less (`Prosody-Rest-Timeout`), or raise `waiting` in `[limits]`.",
    ),
    ("STANZA_TOO_LARGE", "Send less, or raise `stanza` in `[limits]`."),
    ("ANSWER_TOO_LARGE", "Raise `answer` in `[limits]`."),
    (
        "QUEUE_FULL",
        "The webhook is too slow or away. `queue` of the hook, `queue` and `queue_entries` in `[limits]`.",
    ),
    ("STOPPING", "Try again when it is back."),
    ("NOT_SERVED", "No `[hook]` wants such a stanza."),
    ("INTERNAL", "That is a bug. The log says more."),
    (
        "IQ_TIMEOUT",
        "Nobody answered. Longer: `Prosody-Rest-Timeout: SECONDS`, up to `[http] iq_timeout_max`; a proxy in front has to wait as long.",
    ),
    ("PEER_STANZA", "Ask for it as JSON or XML."),
    (
        "TOKENS_UNKNOWN",
        "Try again after `Retry-After`. The log says why the server of `[introspection]` does not answer.",
    ),
    (
        "HOOK_UNREACHABLE",
        "Is the webhook up? `restanza hook test NAME` shows what happens; the log says why.",
    ),
    ("HOOK_TIMEOUT", "Answer 202 at once and send the reply later by POST, or raise `timeout` of the hook."),
    ("HOOK_ANSWER", "`restanza hook test NAME` shows the answer and what is wrong with it."),
];

/// Whether it is about how HTTP is spoken, not about what is asked.
fn is_framing(row: &Reason) -> bool {
    !CURES.iter().any(|(name, _)| *name == row.name)
}

fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    for (title, about, fits) in CHAPTERS {
        let _ = write!(page, "\n## {title}\n\n{about}\n\n");
        let cured = !title.starts_with("HTTP");
        page.push_str(if cured {
            "| status | what it says | cure | reason |\n|---|---|---|---|\n"
        } else {
            "| status | what it says | reason |\n|---|---|---|\n"
        });
        for row in reason::ALL.iter().filter(|row| fits(row)) {
            let text = match row.classic {
                Some(classic) => format!("{}<br>`/rest`: {classic}", row.text),
                None => row.text.into(),
            };
            let cure = CURES.iter().find(|(name, _)| *name == row.name).map(|(_, cure)| *cure);
            let _ = match (cure, row.party) {
                (None, _) => writeln!(page, "| {} | {text} | `{}` |", row.status, row.name),
                (Some(cure), Party::Caller) => {
                    writeln!(page, "| {} | {text} | {cure} | `{}` |", row.status, row.name)
                }
                (Some(cure), _) => {
                    let stanza = row.stanza.name();
                    writeln!(page, "| {} | {text} | {cure} | `{}`; *{stanza}* |", row.status, row.name)
                }
            };
        }
    }
    page
}

#[test]
fn errors_md_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/errors.md");
    let page = page();
    if std::env::var_os("RESTANZA_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "src/errors.md is out of date: RESTANZA_WRITE=1 cargo test errors_md");
}

#[test]
fn every_cure_is_for_a_reason() {
    for (name, _) in CURES {
        assert!(reason::ALL.iter().any(|row| row.name == *name), "{name}");
    }
    for row in reason::ALL.iter().filter(|row| row.party != Party::Caller) {
        assert!(!is_framing(row), "{} has no cure", row.name);
    }
}
