//! The description of the HTTP interface for programs (OpenAPI 3.1), told from the tables that decide: the routes, the
//! reasons, the conditions of XMPP and the keys of the mapping.
//!
//! A path of the description is a pattern of the routes; `{to}` is a whole address, percent-encoded. HEAD goes where
//! GET goes. What every path refuses alike is not told: any other path is 404 or 400, any other method 405 with
//! `Allow`. OPTIONS, which every path has, is told of paths without variables: what it may be at others hangs on their
//! values.

mod answers;

use core::fmt::{self, Write};

use super::document::Document;
use super::routes::{Does, Manners, ROUTES, Route};
use crate::http::Method;
use crate::mapping::schema;

/// Where the schemas stand in the description.
const SCHEMAS: &str = "#/components/schemas/";

/// Writes the description.
pub(super) fn write(out: &mut dyn Write) -> fmt::Result {
    let version = env!("CARGO_PKG_VERSION");
    write!(
        out,
        r#"{{"openapi":"3.1.0","info":{{"title":"restanza","version":"{version}","summary":"XMPP for programs that speak HTTP","license":{{"name":"MIT OR Apache-2.0","identifier":"MIT OR Apache-2.0"}}}},"servers":[{{"url":"/"}}],"security":[{{"basic":[]}},{{"bearer":[]}}],"paths":{{"#
    )?;
    let mut separator = "";
    for (at, route) in ROUTES.iter().enumerate() {
        let is_told = ROUTES[..at].iter().any(|before| before.pattern == route.pattern);
        if route.does == Does::Misfit || is_told {
            continue;
        }
        write!(out, r#"{separator}"{}":{{"#, route.pattern)?;
        let first = route.does;
        for route in ROUTES[at..].iter().filter(|other| other.pattern == route.pattern) {
            write!(out, "{}", if route.does == first { "" } else { "," })?;
            operation(out, route)?;
        }
        if !route.pattern.contains('{') {
            options(out, route)?;
        }
        out.write_str("}")?;
        separator = ",";
    }
    out.write_str(r#"},"components":{"securitySchemes":{"basic":{"type":"http","scheme":"basic","description":"The component's domain and secret, or a user."},"bearer":{"type":"http","scheme":"bearer","description":"A token."}},"parameters":{"#)?;
    parameters(out)?;
    out.write_str(r#"},"responses":{"#)?;
    answers::shared(out)?;
    out.write_str(r#"},"schemas":{"#)?;
    schema::definitions(out, SCHEMAS)?;
    write!(out, r#","Answer":{{"anyOf":[{{"$ref":"{SCHEMAS}Stanza"}},{{"$ref":"{SCHEMAS}Stanzas"}}]}},"#)?;
    answers::schemas(out)?;
    out.write_str("}}}")
}

/// The name of an operation, for programs that are made from the description.
fn name(does: Does) -> &'static str {
    match does {
        Does::Send => "send",
        Does::SendTo => "sendTo",
        Does::Echo => "echo",
        Does::Ask => "ask",
        Does::Put => "put",
        Does::Health => "health",
        Does::Ready => "ready",
        Does::Metrics => "metrics",
        Does::Show(Document::Interface) => "openapi",
        Does::Show(Document::Page) => "page",
        Does::Show(Document::Style) => "style",
        Does::Show(Document::Script) => "script",
        Does::Moved => "root",
        Does::Misfit => "misfit",
        Does::Options => "options",
    }
}

/// Where the answers of a route are kept, and what its tag is.
fn group(manners: Manners) -> &'static str {
    match manners {
        Manners::Rest => "rest",
        Manners::V1 => "v1",
    }
}

/// The parameters of an operation: the variables of its path, and what else it reads.
fn parameters_of(out: &mut dyn Write, route: &Route) -> fmt::Result {
    let others: &[&str] = match route.does {
        Does::Ask => &["args", "unmapped", "strict", "timeout", "prefer"],
        Does::Send | Does::SendTo | Does::Put => &["unmapped", "strict", "timeout", "prefer"],
        Does::Echo => &["unmapped", "strict"],
        _ => &[],
    };
    let variables = route.pattern.split('/').filter_map(|piece| piece.strip_prefix('{')?.strip_suffix('}'));
    let variables =
        variables.map(|name| if name == "query" && route.does == Does::Ask { "bare" } else { name });
    out.write_str(r#""parameters":["#)?;
    for (at, name) in variables.chain(others.iter().copied()).enumerate() {
        let separator = if at == 0 { "" } else { "," };
        write!(out, r##"{separator}{{"$ref":"#/components/parameters/{name}"}}"##)?;
    }
    out.write_str("],")
}

/// All parameters; those of the path by their names in the patterns.
fn parameters(out: &mut dyn Write) -> fmt::Result {
    out.write_str(concat!(
        r#""kind":{"name":"kind","in":"path","required":true,"schema":{"enum":["message","presence","iq"]}},"#,
        r#""type":{"name":"type","in":"path","required":true,"description":"The type of the stanza; for an iq also the key of its payload, whose value is the body.","schema":{"type":"string","pattern":"^[A-Za-z0-9_]+$"}},"#,
        r#""to":{"name":"to","in":"path","required":true,"description":"Whom it is for.","schema":{"type":"string","format":"jid"}},"#,
        r#""args":{"name":"args","in":"query","style":"form","explode":true,"description":"The members of the payload.","schema":{"type":"object","additionalProperties":{"type":"string"}}},"#,
        r#""unmapped":{"name":"unmapped","in":"query","description":"What becomes of elements that have no key: drop, or keep in the key xml.","schema":{"enum":["drop","keep"]}},"#,
        r#""strict":{"name":"strict","in":"query","description":"Whether unknown keys are refused.","schema":{"enum":["yes","no","true","false","1","0"]}},"#,
        r#""timeout":{"name":"Prosody-Rest-Timeout","in":"header","description":"How many seconds to wait for the answer to an iq.","schema":{"type":"string"}},"#,
        r#""prefer":{"name":"Prefer","in":"header","description":"The same as wait=N (RFC 7240).","schema":{"type":"string"}},"#,
        r#""query":{"name":"query","in":"path","required":true,"description":"The key of the payload.","schema":{"enum":["#,
    ))?;
    schema::queries(out, false)?;
    out.write_str(r#"]}},"bare":{"name":"query","in":"path","required":true,"description":"The key of the payload.","schema":{"enum":["#)?;
    schema::queries(out, true)?;
    out.write_str("]}}")
}

/// One operation.
fn operation(out: &mut dyn Write, route: &Route) -> fmt::Result {
    let manners = Manners::of(route.pattern);
    let method = if route.method == Method::Post { "post" } else { "get" };
    let (group, name) = (group(manners), name(route.does));
    let tag = if route.does.is_about_a_stanza() { group } else { "operations" };
    write!(
        out,
        r#""{method}":{{"operationId":"{group}-{name}","tags":["{tag}"],"summary":"{}","#,
        route.about
    )?;
    if !route.does.needs_login() {
        out.write_str(r#""security":[],"#)?;
    }
    parameters_of(out, route)?;
    body(out, route.does)?;
    answers::of(out, route)?;
    out.write_str("}")
}

/// What may be done at the path of a route (RFC 9110 section 9.3.7).
fn options(out: &mut dyn Write, route: &Route) -> fmt::Result {
    let (group, name) = (group(Manners::of(route.pattern)), name(route.does));
    write!(
        out,
        r#","options":{{"operationId":"{group}-{name}-options","tags":["operations"],"summary":"What may be done here.","security":[],"#
    )?;
    let route = Route { does: Does::Options, ..*route };
    parameters_of(out, &route)?;
    answers::of(out, &route)?;
    out.write_str("}")
}

/// The body of a request.
fn body(out: &mut dyn Write, does: Does) -> fmt::Result {
    let form = r#""application/x-www-form-urlencoded":{"schema":{"type":"object","additionalProperties":{"type":"string"}"#;
    let to = r#""required":["to"],"properties":{"to":{"type":"string","format":"jid"}}"#;
    let xml = r#""application/xmpp+xml":{"schema":{"type":"string","description":"One element: message, presence or iq."}}"#;
    // Without a path that says whom it is for, a plain text would be for nobody.
    let text = r#""text/plain":{"schema":{"type":"string","description":"The body of a message, or what a presence shows."}}"#;
    // The same values as in JSON.
    let cbor = if cfg!(feature = "cbor") { r#","application/cbor":{}"# } else { "" };
    let example =
        r#""example":{"kind":"message","type":"chat","to":"juliet@example.net","body":"The pump is on."}"#;
    match does {
        Does::Send | Does::Echo => write!(
            out,
            r#""requestBody":{{"required":true,"content":{{"application/json":{{"schema":{{"allOf":[{{"$ref":"{SCHEMAS}Stanza"}},{{{to}}}]}},{example}}},{form},{to}}}}},{xml}{cbor}}}}},"#
        ),
        Does::SendTo => write!(
            out,
            r#""requestBody":{{"content":{{"application/json":{{"schema":{{"$ref":"{SCHEMAS}Stanza"}}}},{form}}}}},{xml},{text}{cbor}}}}},"#
        ),
        Does::Put => write!(
            out,
            r#""requestBody":{{"content":{{"application/json":{{"schema":{{"description":"The value of the key."}}}},{form}}}}}{cbor}}}}},"#
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
