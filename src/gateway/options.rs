//! What a request asks of the mapping: the parameters `unmapped` and `strict` of its query string.
//!
//! They replace what the settings say, for the body and for the answer, and are no arguments of a query. All other
//! parameters of a POST mean nothing, as in mod_rest.

use core::fmt;

use crate::arena::Arena;
use crate::fault::{Fault, reason};
use crate::mapping::Options;

/// How the body and the answer of a request with that query string are mapped; `preset` is what the settings say.
pub(super) fn asked(query: Option<&str>, preset: Options<'static>) -> Result<Options<'static>, Fault> {
    let mut options = preset;
    for (name, value) in query.unwrap_or_default().split('&').filter_map(own) {
        let place = match (name, value) {
            (UNMAPPED, "keep") => (&mut options.keep, true),
            (UNMAPPED, "drop") => (&mut options.keep, false),
            (STRICT, "" | "yes" | "true" | "1") => (&mut options.strict, true),
            (STRICT, "no" | "false" | "0") => (&mut options.strict, false),
            (UNMAPPED, _) => return Err(refusal("unmapped must be drop or keep")),
            _ => return Err(refusal("strict must be yes or no")),
        };
        *place.0 = place.1;
    }
    Ok(options)
}

/// The other parameters: the arguments of a query.
pub(super) fn arguments<'s>(query: &'s str, memory: &mut Arena<'s>) -> Result<&'s str, Fault> {
    if query.split('&').all(|parameter| own(parameter).is_none()) {
        return Ok(query);
    }
    memory.text(Arguments(query)).map_err(|_| Fault::new(&reason::STANZA_TOO_LARGE))
}

const UNMAPPED: &str = "unmapped";
const STRICT: &str = "strict";

/// Name and value of a parameter that is one of ours.
fn own(parameter: &str) -> Option<(&str, &str)> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    matches!(name, UNMAPPED | STRICT).then_some((name, value))
}

fn refusal(text: &str) -> Fault {
    Fault::with(&reason::INVALID_OPTION, format_args!("{text}"))
}

struct Arguments<'q>(&'q str);

impl fmt::Display for Arguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.0.split('&').filter(|parameter| own(parameter).is_none());
        others.enumerate().try_for_each(|(at, parameter)| {
            f.write_str(if at > 0 { "&" } else { "" })?;
            f.write_str(parameter)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_ours_are_read_and_taken_out() {
        let options = |keep, strict| Ok((keep, strict));
        let cases = [
            ("", options(false, false), ""),
            ("unmapped=keep", options(true, false), ""),
            ("unmapped=keep&unmapped=drop", options(false, false), ""),
            ("strict", options(false, true), ""),
            ("a=b&strict=yes&c=d", options(false, true), "a=b&c=d"),
            ("strict=1&strict=no&unmapped=keep&x", options(true, false), "x"),
            ("a=strict&unmappedx=keep", options(false, false), "a=strict&unmappedx=keep"),
            ("unmapped", Err("unmapped must be drop or keep"), ""),
            ("strict=perhaps", Err("strict must be yes or no"), ""),
        ];
        for (query, expected, others) in cases {
            let options = asked(Some(query), Options::default());
            let options = options.as_ref().map(|options| (options.keep, options.strict));
            assert_eq!(options.map_err(Fault::text), expected, "{query}");
            let mut memory = [0; 32];
            assert_eq!(arguments(query, &mut Arena::new(&mut memory)).unwrap(), others, "{query}");
        }
        let preset = Options { strict: true, keep: true, id: None };
        assert_eq!(asked(None, preset).unwrap(), preset);
        assert!(!asked(Some("strict=no"), preset).unwrap().strict);
    }
}
