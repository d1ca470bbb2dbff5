//! Media types: which format a body is in, and which one its answer gets (RFC 9110 sections 8.3 and 12.5.1).
//!
//! Names are compared without case. Nothing but UTF-8 is read here: a body that says it is something else is refused,
//! unless it is ASCII all the same, or JSON, which is in UTF-8 whatever is said (RFC 8259 sections 8.1 and 11).

use core::cmp::Reverse;

use super::body::is_token;
use crate::mapping::Format;

/// The media types of the formats, in the order of preference for answers.
const TYPES: &[(Format, &str)] = &[
    (Format::Xml, "application/xmpp+xml"),
    (Format::Json, "application/json"),
    (Format::Form, "application/x-www-form-urlencoded"),
    #[cfg(feature = "cbor")]
    (Format::Cbor, "application/cbor"),
    (Format::Text, "text/plain"),
];
/// How many of them an answer can be in: all but plain text.
const ANSWERS: usize = TYPES.len() - 1;

/// The media types of bodies that we read, for `Accept`, in the order of mod_rest.
pub const READ: &str = if cfg!(feature = "cbor") {
    "application/xmpp+xml, application/json, application/x-www-form-urlencoded, text/plain, application/cbor"
} else {
    "application/xmpp+xml, application/json, application/x-www-form-urlencoded, text/plain"
};

/// How an error is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFormat {
    /// A JSON object.
    Json,
    /// An XML element.
    Xml,
    /// A page for people.
    Html,
    /// A problem of RFC 9457.
    Problem,
}

impl ErrorFormat {
    /// Its media type, as it goes into `Content-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => name(Format::Json),
            Self::Xml => name(Format::Xml),
            Self::Html => "text/html; charset=utf-8",
            Self::Problem => "application/problem+json",
        }
    }
}

/// The media type of a format, as it goes into `Content-Type`.
pub fn name(format: Format) -> &'static str {
    match format {
        Format::Text => "text/plain; charset=utf-8",
        _ => TYPES.iter().find(|row| row.0 == format).map_or("", |row| row.1),
    }
}

/// The format that the `Content-Type` of a body names, if it is one of ours and in UTF-8.
pub fn format(content_type: &[u8], body: &[u8]) -> Option<Format> {
    let range = Range::read(content_type)?;
    let format = TYPES.iter().find(|row| range.matches(row.1) == Some(Match::Type))?.0;
    let is_utf8 = || range.parameter("charset").is_none_or(|charset| charset.eq_ignore_ascii_case(b"utf-8"));
    (format == Format::Json || body.is_ascii() || is_utf8()).then_some(format)
}

/// The format for an answer, by the values of `Accept` and the format of the request itself; `None` when nothing is
/// acceptable (406). Plain text is never an answer.
///
/// Where all is equal, the type that is named first wins; under a wildcard it is the request's own, then XML.
pub fn answer<'a>(accept: impl Iterator<Item = &'a [u8]> + Clone, own: Option<Format>) -> Option<Format> {
    let mut rows = [TYPES[0]; ANSWERS];
    rows.copy_from_slice(&TYPES[..ANSWERS]);
    prefer(&mut rows, own);
    choose(accept, &rows)
}

/// The format for an error: a page only for those who prefer it; otherwise the request's own, JSON when in doubt.
pub fn error<'a>(accept: impl Iterator<Item = &'a [u8]> + Clone, own: Option<Format>) -> ErrorFormat {
    let mut rows = [
        (ErrorFormat::Json, "application/json"),
        (ErrorFormat::Xml, "application/xmpp+xml"),
        (ErrorFormat::Html, "text/html"),
    ];
    prefer(&mut rows, (own == Some(Format::Xml)).then_some(ErrorFormat::Xml));
    choose(accept, &rows).unwrap_or(rows[0].0)
}

/// Moves the row of `own` to the front.
fn prefer<T: Copy + PartialEq>(rows: &mut [(T, &str)], own: Option<T>) {
    if let Some(at) = rows.iter().position(|row| Some(row.0) == own) {
        rows[..=at].rotate_right(1);
    }
}

/// The row with the highest quality; then the one named more exactly; then the one named first; then the first row.
fn choose<'a, T: Copy>(accept: impl Iterator<Item = &'a [u8]> + Clone, rows: &[(T, &str)]) -> Option<T> {
    let ranges = accept
        .flat_map(|value| split(value, b','))
        .filter_map(Range::read)
        .filter(|range| range.quality().is_some());
    if ranges.clone().next().is_none() {
        return rows.first().map(|row| row.0);
    }
    let weighed = rows.iter().enumerate().filter_map(|(rank, row)| {
        // The most exact range decides about a type, whatever the others say.
        let (exactness, Reverse(place), quality) = ranges
            .clone()
            .enumerate()
            .filter_map(|(place, range)| Some((range.matches(row.1)?, Reverse(place), range.quality()?)))
            .max()?;
        let place = if exactness == Match::Type { place } else { rank };
        (quality > 0).then_some(((quality, exactness, Reverse(place)), row.0))
    });
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, choice)| choice)
}

/// How exactly a range names a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Anything,
    Group,
    Type,
}

/// A media type or range with its parameters.
#[derive(Clone, Copy)]
struct Range<'a> {
    group: &'a [u8],
    subtype: &'a [u8],
    parameters: &'a [u8],
}

impl<'a> Range<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let end = text.iter().position(|&byte| byte == b';').unwrap_or(text.len());
        let name = text[..end].trim_ascii();
        let slash = name.iter().position(|&byte| byte == b'/')?;
        let parameters = text.get(end + 1..).unwrap_or_default();
        let (group, subtype) = (&name[..slash], &name[slash + 1..]);
        let token = |text: &[u8]| !text.is_empty() && text.iter().copied().all(is_token);
        let fits = token(group) && token(subtype) && (group != b"*" || subtype == b"*");
        fits.then_some(Self { group, subtype, parameters })
    }

    fn matches(self, name: &str) -> Option<Match> {
        let (group, subtype) = name.split_once('/')?;
        match (self.group, self.subtype) {
            (b"*", b"*") => Some(Match::Anything),
            (own, _) if !own.eq_ignore_ascii_case(group.as_bytes()) => None,
            (_, b"*") => Some(Match::Group),
            (_, own) => own.eq_ignore_ascii_case(subtype.as_bytes()).then_some(Match::Type),
        }
    }

    fn parameter(self, name: &str) -> Option<&'a [u8]> {
        split(self.parameters, b';').find_map(|parameter| {
            let equals = parameter.iter().position(|&byte| byte == b'=')?;
            let (own, value) = (parameter[..equals].trim_ascii(), parameter[equals + 1..].trim_ascii());
            let value =
                value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
            own.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
        })
    }

    /// The weight in thousandths; `None` when it is not one (RFC 9110 section 12.4.2).
    fn quality(self) -> Option<u16> {
        let Some(text) = self.parameter("q") else { return Some(1000) };
        let (whole, decimals) = match text {
            [whole] => (whole, &[][..]),
            [whole, b'.', decimals @ ..] if decimals.len() <= 3 => (whole, decimals),
            _ => return None,
        };
        let mut quality = (*whole as char).to_digit(10)? as u16 * 1000;
        for (digit, weight) in decimals.iter().zip([100, 10, 1]) {
            quality += (*digit as char).to_digit(10)? as u16 * weight;
        }
        (quality <= 1000).then_some(quality)
    }
}

/// Splits at a separator outside quotes.
fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> + Clone {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |&byte| {
        let literal = core::mem::take(&mut escaped);
        match byte {
            _ if literal => {}
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ => {}
        }
        byte == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_name_formats() {
        let cases: &[(&str, Option<Format>)] = &[
            ("application/json", Some(Format::Json)),
            ("Application/JSON ; Charset=\"UTF-8\"", Some(Format::Json)),
            ("application/xmpp+xml;charset=utf-8", Some(Format::Xml)),
            ("application/x-www-form-urlencoded", Some(Format::Form)),
            ("text/plain; format=flowed;", Some(Format::Text)),
            ("text/plain; x=\"a;charset=latin1\"", Some(Format::Text)),
            ("text/plain; charset=iso-8859-1", None),
            ("text/plain; charset=us-ascii", None),
            ("application/json; charset=iso-8859-1", Some(Format::Json)),
            ("text/plain; charset=", None),
            ("application/CBOR", CBOR),
            ("text/xml", None),
            ("application/xml", None),
            ("application/*", None),
            ("*/*", None),
            ("application/jsonx", None),
            ("application/json, text/plain", None),
            ("application", None),
            ("", None),
        ];
        for (value, format) in cases {
            assert_eq!(super::format(value.as_bytes(), "é".as_bytes()), *format, "{value:?}");
        }
        for (format, _) in TYPES {
            assert_eq!(super::format(name(*format).as_bytes(), "é".as_bytes()), Some(*format));
        }
        // Old clients and servers name a charset without meaning it.
        assert_eq!(format(b"text/plain;charset=ISO-8859-1", b"e"), Some(Format::Text));
        assert_eq!(format(b"application/xmpp+xml; charset=us-ascii", b""), Some(Format::Xml));
    }

    /// `Accept`, the request's own format, the answer's.
    const ANSWERS: &[(&str, Option<Format>, Option<Format>)] = &[
        // The original's simple cases.
        ("", None, Some(Format::Xml)),
        ("", Some(Format::Json), Some(Format::Json)),
        ("", Some(Format::Form), Some(Format::Form)),
        ("", Some(Format::Text), Some(Format::Xml)),
        ("*/*", Some(Format::Json), Some(Format::Json)),
        ("*/*", None, Some(Format::Xml)),
        ("application/*", Some(Format::Form), Some(Format::Form)),
        ("application/json", Some(Format::Xml), Some(Format::Json)),
        ("application/x-www-form-urlencoded", Some(Format::Json), Some(Format::Form)),
        ("application/json, application/xmpp+xml", Some(Format::Xml), Some(Format::Json)),
        ("application/xmpp+xml,application/json", Some(Format::Json), Some(Format::Xml)),
        // RFC 9110 section 12.5.1.
        ("application/json;q=0.1, application/xmpp+xml;q=0.9", Some(Format::Json), Some(Format::Xml)),
        ("APPLICATION/JSON;Q=1.000", Some(Format::Xml), Some(Format::Json)),
        ("application/json;q=0.5, */*", Some(Format::Json), Some(Format::Xml)),
        ("*/*, application/json;q=0", Some(Format::Json), Some(Format::Xml)),
        ("*/*;q=0.1, application/*;q=0.2, application/json;q=0.3", None, Some(Format::Json)),
        ("*/*, application/x-www-form-urlencoded", Some(Format::Json), Some(Format::Form)),
        ("application/json;x=\"a,b;q=0\";q=0.7, application/xmpp+xml;q=0.6", None, Some(Format::Json)),
        ("application/json;q=nonsense, application/xmpp+xml;q=0.1", Some(Format::Json), Some(Format::Xml)),
        ("application/json;q=1.0001, application/xmpp+xml;q=0.1", Some(Format::Json), Some(Format::Xml)),
        ("application/json;q=0.1234, application/xmpp+xml;q=0.1", Some(Format::Json), Some(Format::Xml)),
        ("application/json;q=.5, application/xmpp+xml;q=0.1", Some(Format::Json), Some(Format::Xml)),
        ("application/json ; q=0.5 , application/xmpp+xml ; q=0.6", Some(Format::Json), Some(Format::Xml)),
        ("application/json;q=0.000, application/xmpp+xml;q=0.001", Some(Format::Json), Some(Format::Xml)),
        ("application/json;q=1.000, application/xmpp+xml", Some(Format::Xml), Some(Format::Json)),
        (", ,application/json,, ", Some(Format::Xml), Some(Format::Json)),
        ("application/json;level=1;q=0.9, application/xmpp+xml;q=0.8", None, Some(Format::Json)),
        ("text/*, application/xmpp+xml;q=0.1", Some(Format::Json), Some(Format::Xml)),
        ("application/*;q=0.5, application/json;q=0.4", Some(Format::Json), Some(Format::Xml)),
        ("*/*;q=0.5, application/*;q=0", Some(Format::Json), None),
        ("application/json/x, */json, /json, json", Some(Format::Xml), Some(Format::Xml)),
        ("nonsense", Some(Format::Json), Some(Format::Json)),
        ("image/png", Some(Format::Json), None),
        ("text/plain", Some(Format::Xml), None),
        ("*/*;q=0", Some(Format::Json), None),
        ("application/json;q=0, application/*;q=0, text/*", Some(Format::Json), None),
        // CBOR only in a build that has it.
        ("application/cbor", Some(Format::Json), CBOR),
        (
            "application/cbor, application/json;q=0.9",
            None,
            if CBOR.is_some() { CBOR } else { Some(Format::Json) },
        ),
        ("application/cbor;q=0.8, application/json;q=0.9", CBOR, Some(Format::Json)),
        ("", CBOR, if CBOR.is_some() { CBOR } else { Some(Format::Xml) }),
    ];

    const CBOR: Option<Format> = {
        #[cfg(feature = "cbor")]
        let cbor = Some(Format::Cbor);
        #[cfg(not(feature = "cbor"))]
        let cbor = None;
        cbor
    };

    #[test]
    fn answers_are_negotiated() {
        for (accept, own, answer) in ANSWERS {
            let values = accept.as_bytes();
            assert_eq!(super::answer([values].into_iter(), *own), *answer, "{accept:?} {own:?}");
            let lines = accept.as_bytes().split(|&byte| byte == b',');
            if !accept.contains('"') {
                assert_eq!(super::answer(lines, *own), *answer, "{accept:?} in several fields");
            }
        }
    }

    #[test]
    fn errors_are_pages_only_for_those_who_prefer_pages() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let cases: &[(&str, Option<Format>, ErrorFormat)] = &[
            (browser, None, ErrorFormat::Html),
            ("text/*", None, ErrorFormat::Html),
            ("*/*", None, ErrorFormat::Json),
            ("*/*", Some(Format::Xml), ErrorFormat::Xml),
            ("", Some(Format::Xml), ErrorFormat::Xml),
            ("", Some(Format::Form), ErrorFormat::Json),
            ("application/json, text/html", Some(Format::Xml), ErrorFormat::Json),
            ("text/html;q=0.5, application/xmpp+xml", None, ErrorFormat::Xml),
            ("image/png", Some(Format::Xml), ErrorFormat::Xml),
        ];
        for (accept, own, format) in cases {
            assert_eq!(error([accept.as_bytes()].into_iter(), *own), *format, "{accept:?} {own:?}");
        }
    }
}
