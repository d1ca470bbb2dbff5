//! Which answers a route can give: told from what the route does, the reasons for refusals, and what the error of an
//! iq is to a caller.

use core::fmt::{self, Write};
use core::ptr;

use crate::fault::{Party, Reason, reason};
use crate::gateway::document::Document;
use crate::gateway::http_status;
use crate::gateway::routes::{Does, Manners, ROUTES, Route};
use crate::http::reason_phrase;
use crate::stanza::{Condition, ErrorType};

/// Any request may be unfit, come too late or too soon.
const ANY: &[u16] = &[400, 408, 413, 414, 417, 421, 431, 501, 503, 505];
/// With a login.
const LOGIN: &[u16] = &[401, 403, 429];
/// About a stanza.
const STANZA: &[u16] = &[406, 422, 502, 504, 507];
/// About a stanza in the body.
const BODY: &[u16] = &[415];

/// Reasons that no caller hears: the other side does.
const NOT_FOR_CALLERS: &[&Reason] = &[&reason::NOT_SERVED, &reason::QUEUE_FULL];

/// The statuses of refusals and errors.
const ERRORS: core::ops::Range<u16> = 400..600;

/// The media types of refusals.
const REFUSALS: &str = r##""application/json":{"schema":{"$ref":"#/components/schemas/Refusal"}}"##;
const XML: &str = r#""application/xmpp+xml":{"schema":{"type":"string"}}"#;

/// Writes the answers of a route.
pub(super) fn of(out: &mut dyn Write, route: &Route) -> fmt::Result {
    out.write_str(r#""responses":{"#)?;
    successes(out, route.does)?;
    let manners = Manners::of(route.pattern);
    for status in ERRORS.filter(|&status| can_be(route, status)) {
        let group = super::group(manners);
        write!(out, r##","{status}":{{"$ref":"#/components/responses/{group}-{status}"}}"##)?;
    }
    out.write_str("}")
}

fn successes(out: &mut dyn Write, does: Does) -> fmt::Result {
    let cbor = if cfg!(feature = "cbor") { r#","application/cbor":{}"# } else { "" };
    let stanza = r##""200":{"description":"The stanza, or the answer to the iq.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Answer"}},"application/xmpp+xml":{"schema":{"type":"string"}},"application/x-www-form-urlencoded":{"schema":{"type":"string"}}"##;
    match does {
        Does::Send | Does::SendTo => write!(
            out,
            r#"{stanza}{cbor}}}}},"202":{{"description":"It was handed to the connection with the XMPP server."}}"#
        ),
        Does::Echo | Does::Ask | Does::Put | Does::Misfit => write!(out, "{stanza}{cbor}}}}}"),
        Does::Health | Does::Ready | Does::Metrics => out.write_str(
            r#""200":{"description":"Yes.","content":{"text/plain":{"schema":{"type":"string"}}}}"#,
        ),
        Does::Show(document) => {
            let media = document.media_type();
            let media = media.split_once(';').map_or(media, |(media, _)| media);
            let schema = if document == Document::Interface { "object" } else { "string" };
            write!(
                out,
                r#""200":{{"description":"It.","headers":{{"ETag":{{"schema":{{"type":"string"}}}}}},"content":{{"{media}":{{"schema":{{"type":"{schema}"}}}}}}}},"304":{{"description":"It is as the caller knows it, by If-None-Match."}}"#
            )
        }
        Does::Moved => out.write_str(
            r#""301":{"description":"It is at /rest/.","headers":{"Location":{"required":true,"schema":{"type":"string"}}}}"#,
        ),
        Does::Options => out.write_str(
            r#""200":{"description":"The methods.","headers":{"Allow":{"required":true,"schema":{"type":"string"}}}}"#,
        ),
    }
}

/// Whether a route can refuse or fail with that status.
fn can_be(route: &Route, status: u16) -> bool {
    let does = route.does;
    let is_about_a_stanza = does.is_about_a_stanza();
    let answered =
        is_about_a_stanza && Manners::of(route.pattern) == Manners::V1 && conditions(status).next().is_some();
    let has_body = matches!(does, Does::Send | Does::SendTo | Does::Echo | Does::Put);
    ANY.contains(&status)
        || does.needs_login() && LOGIN.contains(&status)
        || is_about_a_stanza && STANZA.contains(&status)
        || has_body && BODY.contains(&status)
        || answered
}

/// The conditions of an iq's error that are that status.
fn conditions(status: u16) -> impl Iterator<Item = Condition> {
    Condition::ALL.iter().copied().filter(move |&condition| http_status(condition) == status)
}

/// Writes the refusals and errors that several routes share: `rest-400`, `v1-400`, …
pub(super) fn shared(out: &mut dyn Write) -> fmt::Result {
    let mut separator = "";
    for manners in [Manners::Rest, Manners::V1] {
        let told = |route: &&Route| Manners::of(route.pattern) == manners && route.does != Does::Misfit;
        for status in ERRORS.filter(|&status| ROUTES.iter().filter(told).any(|route| can_be(route, status))) {
            write!(out, r#"{separator}"{}-{status}":"#, super::group(manners))?;
            response(out, manners, status)?;
            separator = ",";
        }
    }
    Ok(())
}

fn response(out: &mut dyn Write, manners: Manners, status: u16) -> fmt::Result {
    write!(out, r#"{{"description":"{}"#, reason_phrase(status))?;
    let rows = reason::ALL.iter().filter(|row| {
        let is_heard = !NOT_FOR_CALLERS.iter().any(|other| ptr::eq(*other, **row));
        row.status == status && is_heard && matches!(row.party, Party::Caller | Party::Us | Party::Peer)
    });
    for row in rows {
        write!(out, ". {}", row.text)?;
    }
    let mut conditions = conditions(status).filter(|_| manners == Manners::V1).peekable();
    if conditions.peek().is_some() {
        out.write_str(". Or the answer to the iq is an error:")?;
        conditions.try_for_each(|condition| write!(out, " {}", condition.name()))?;
    }
    out.write_str(r#"","headers":{"#)?;
    match status {
        401 => out.write_str(r#""WWW-Authenticate":{"required":true,"schema":{"type":"string"}}"#)?,
        429 => out.write_str(
            r#""Retry-After":{"required":true,"description":"Seconds.","schema":{"type":"integer"}}"#,
        )?,
        503 => out.write_str(r#""Retry-After":{"description":"Seconds.","schema":{"type":"integer"}}"#)?,
        _ => {}
    }
    out.write_str(r#"},"content":{"#)?;
    match manners {
        Manners::Rest => write!(out, r#"{REFUSALS},{XML},"text/html":{{"schema":{{"type":"string"}}}}"#)?,
        Manners::V1 => {
            out.write_str(
                r##""application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}"##,
            )?;
            // Who asked for XML gets the error of an iq as it came.
            if self::conditions(status).next().is_some() {
                write!(out, ",{XML}")?;
            }
            // A request that cannot be read has no path yet.
            if ANY.contains(&status) {
                write!(out, ",{REFUSALS}")?;
            }
        }
    }
    // All connections are taken: nothing was read.
    if status == reason::STOPPING.status {
        out.write_str(r#","text/plain":{"schema":{"type":"string"}}"#)?;
    }
    out.write_str("}}")
}

/// Writes the schemas of refusals and problems.
pub(super) fn schemas(out: &mut dyn Write) -> fmt::Result {
    out.write_str(
        r#""Refusal":{"type":"object","required":["type","code","error"],"properties":{"type":{"const":"error"},"code":{"type":"integer"},"error":{"type":"object","required":["type","condition","text","source"],"properties":{"type":"#,
    )?;
    names(out, ErrorType::ALL.iter().map(|one| one.name()))?;
    out.write_str(
        r#","condition":{"type":"string"},"text":{"type":"string"},"source":{"const":"mod_rest"}}}}},"Problem":{"type":"object","description":"RFC 9457, with the condition and the error type of XMPP, and who says so.","required":["type","title","status","condition"],"properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"condition":{"type":"string"},"error_type":{"type":"string"},"source":{"type":"string"}}}"#,
    )
}

fn names<'n>(out: &mut dyn Write, names: impl Iterator<Item = &'n str>) -> fmt::Result {
    out.write_str(r#"{"enum":["#)?;
    for (at, name) in names.enumerate() {
        write!(out, r#"{}"{name}""#, if at == 0 { "" } else { "," })?;
    }
    out.write_str("]}")
}
