//! The request target of a hook with its variables: `{kind} {type} {to} {from} {node} {resource} {id}`.
//!
//! Each value is percent-encoded whole, with lower-case digits as mod_rest writes them, so that it can neither end a
//! segment of the path nor begin a parameter; a value that is not there is empty. Variables stand in path and query
//! alone: where a request goes is said by the configuration and nobody else.

use core::fmt;

/// The names, in the order of `Values`.
pub const VARIABLES: [&str; 7] = ["kind", "type", "to", "from", "node", "resource", "id"];

/// The values of the variables.
pub(super) type Values<'a> = [&'a str; VARIABLES.len()];

/// A target with its values, to be displayed.
pub(super) struct Target<'a> {
    pub(super) template: &'a str,
    pub(super) values: Values<'a>,
}

/// The first thing in braces that is no variable, or a brace alone.
pub fn unknown_variable(template: &str) -> Option<&str> {
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let name = rest[at..].strip_prefix('{').and_then(|inner| inner.split_once('}'));
        match name {
            Some((name, after)) if VARIABLES.contains(&name) => rest = after,
            Some((name, _)) => return Some(name),
            None => return Some(&rest[at..=at]),
        }
    }
    None
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.template;
        while let Some((before, inner)) = rest.split_once('{') {
            f.write_str(before)?;
            let (name, after) = inner.split_once('}').unwrap_or((inner, ""));
            if let Some(at) = VARIABLES.iter().position(|known| *known == name) {
                encode(self.values[at], f)?;
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

/// Everything but the unreserved characters of RFC 3986 section 2.3 is encoded.
fn encode(value: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    value.bytes().try_for_each(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            fmt::Write::write_char(f, byte as char)
        }
        _ => write!(f, "%{byte:02x}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place() {
        let values = ["message", "", "bot@gw.example/a b", "../x?y=z&\r\n", "bot", "ü/%", "#1"];
        let shown = |template| Target { template, values }.to_string();
        assert_eq!(shown("/plain?x=y"), "/plain?x=y");
        assert_eq!(shown("/t/{kind}/{type}/{to}"), "/t/message//bot%40gw.example%2fa%20b");
        assert_eq!(
            shown("/{from}?n={node}&r={resource}&i={id}"),
            "/..%2fx%3fy%3dz%26%0d%0a?n=bot&r=%c3%bc%2f%25&i=%231"
        );
    }

    #[test]
    fn what_is_no_variable() {
        for (template, wrong) in [
            ("/{kind}/{id}", None),
            ("/{host}", Some("host")),
            ("/{}", Some("")),
            ("/{kind", Some("{")),
            ("/kind}", Some("}")),
            ("/{{kind}}", Some("{kind")),
        ] {
            assert_eq!(unknown_variable(template), wrong, "{template}");
        }
    }
}
