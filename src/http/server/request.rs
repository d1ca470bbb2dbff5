//! The head of a request: what it asks for, and where its body ends.
//!
//! Every rule that could let two readers disagree is decided here, once: target form (RFC 9112 section 3.2), Host,
//! Content-Length and Transfer-Encoding (section 6), Connection (section 9.6), Expect (RFC 9110 section 10.1.1).

use crate::fault::{Reason, reason};
use crate::http::body::{Body, Framing};
use crate::http::head::{FIELDS, Fields, Places, Span};

/// What a request wants done (RFC 9110 section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    #[default]
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// `PATCH`
    Patch,
    /// `TRACE`
    Trace,
}

/// The methods that are known; any other is not implemented here (RFC 9110 section 9.1).
const METHODS: [(&str, Method); 8] = [
    ("GET", Method::Get),
    ("HEAD", Method::Head),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("DELETE", Method::Delete),
    ("OPTIONS", Method::Options),
    ("PATCH", Method::Patch),
    ("TRACE", Method::Trace),
];

impl Method {
    /// As it stands in a request.
    pub fn name(self) -> &'static str {
        METHODS.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

/// The version of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    #[default]
    Http11,
}

/// A head that was found fit.
#[derive(Debug, Default)]
pub(super) struct Head {
    len: usize,
    method: Method,
    version: Version,
    target: Span,
    authority: Span,
    path: Span,
    query: Option<Span>,
    places: Places,
    expects: bool,
    closes: bool,
    https: bool,
}

impl Head {
    /// Reads a whole head, empty line included.
    pub(super) fn read(whole: &[u8]) -> Result<(Self, Framing), &'static Reason> {
        let mut headers = [httparse::EMPTY_HEADER; FIELDS];
        let mut parsed = httparse::Request::new(&mut headers);
        let status = parsed.parse(whole).map_err(|error| parse_reason(error, whole))?;
        let (httparse::Status::Complete(len), Some(name), Some(target), Some(minor)) =
            (status, parsed.method, parsed.path, parsed.version)
        else {
            return Err(&reason::REQUEST_LINE);
        };
        debug_assert_eq!(len, whole.len());

        let places = Places::of(parsed.headers, whole);
        let fields = places.fields(whole);
        let method = METHODS.iter().find(|row| row.0 == name).ok_or(&reason::METHOD_UNKNOWN)?.1;
        let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
        let parts = Target::read(target, method).ok_or(&reason::REQUEST_TARGET)?;
        let host = check_host(fields, version)?;
        let framing = framing(fields, version)?;
        let expects = expectation(fields, version)?;
        let head = Self {
            len,
            method,
            version,
            target: Span::of(target.as_bytes(), whole),
            authority: Span::of(parts.authority.map_or(host, str::as_bytes), whole),
            path: Span::of(parts.path.as_bytes(), whole),
            query: parts.query.map(|query| Span::of(query.as_bytes(), whole)),
            https: parts.https,
            expects,
            closes: version == Version::Http10 || fields.lists("connection", "close"),
            places,
        };
        Ok((head, framing))
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether the caller waits for a 100 before it sends the body.
    pub(super) fn expects(&self) -> bool {
        self.expects
    }

    /// Whether the caller wants, or needs, the connection to end with the answer.
    pub(super) fn closes(&self) -> bool {
        self.closes
    }
}

/// A request, borrowed from the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    head: &'a Head,
    whole: &'a [u8],
    declared: Option<u64>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    pub(super) fn new(head: &'a Head, whole: &'a [u8], body: &Body, complete: bool) -> Self {
        let end = if complete { head.len + body.len() } else { head.len };
        Self { head, whole, declared: body.declared(), body: whole.get(head.len..end).unwrap_or_default() }
    }

    /// The method.
    pub fn method(self) -> Method {
        self.head.method
    }

    /// The version.
    pub fn version(self) -> Version {
        self.head.version
    }

    /// The request target as it was written.
    pub fn target(self) -> &'a str {
        self.head.target.text(self.whole)
    }

    /// The path, still percent-encoded. It starts with a slash, or is `*` for OPTIONS of the server itself.
    pub fn path(self) -> &'a str {
        match self.head.path.text(self.whole) {
            "" => "/",
            path => path,
        }
    }

    /// What follows the question mark, still percent-encoded; `None` when there is none.
    pub fn query(self) -> Option<&'a str> {
        self.head.query.map(|query| query.text(self.whole))
    }

    /// The host that is meant, with port if given: from the target, or else the Host header; may be empty.
    pub fn authority(self) -> &'a str {
        self.head.authority.text(self.whole)
    }

    /// Whether the target is one of https; only the absolute form says so (RFC 9112 section 3.2.2).
    pub fn wants_https(self) -> bool {
        self.head.https
    }

    /// The header fields.
    pub fn fields(self) -> Fields<'a> {
        self.head.places.fields(self.whole)
    }

    /// The length that was announced for the body: 0 when there is none, `None` when it is chunked.
    pub fn declared(self) -> Option<u64> {
        self.declared
    }

    /// The body, in one piece; empty until [`super::Event::Request`].
    pub fn body(self) -> &'a [u8] {
        self.body
    }
}

/// The parts of a request target.
struct Target<'a> {
    https: bool,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Takes origin-form, absolute-form, and asterisk-form for OPTIONS.
    fn read(target: &'a str, method: Method) -> Option<Self> {
        // Characters that stand in no URI; others of those, which callers do send, harm nobody.
        if !target.is_ascii() || target.contains(['#', '<', '>', '`']) {
            return None;
        }
        if target == "*" {
            let asterisk = Self { https: false, authority: None, path: target, query: None };
            return (method == Method::Options).then_some(asterisk);
        }
        let (https, authority, rest) = if target.starts_with('/') {
            (false, None, target)
        } else {
            let (scheme, rest) = target.split_once("://")?;
            let https = scheme.eq_ignore_ascii_case("https");
            if !https && !scheme.eq_ignore_ascii_case("http") {
                return None;
            }
            let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            if authority.is_empty() || !is_host(authority.as_bytes()) {
                return None;
            }
            (https, Some(authority), rest)
        };
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        Some(Self { https, authority, path, query })
    }
}

/// Host stands exactly once in HTTP/1.1, at most once in HTTP/1.0 (RFC 9112 section 3.2).
fn check_host(fields: Fields<'_>, version: Version) -> Result<&[u8], &'static Reason> {
    match fields.sole("host") {
        Ok(Some(host)) if is_host(host) => Ok(host),
        Ok(None) if version == Version::Http10 => Ok(&[]),
        _ => Err(&reason::HOST),
    }
}

/// `uri-host [ ":" port ]` (RFC 3986 section 3.2), without user information; the empty host is one.
fn is_host(host: &[u8]) -> bool {
    let (name, port) = match host.iter().rposition(|&byte| byte == b':') {
        Some(colon) if !host[colon..].contains(&b']') => (&host[..colon], &host[colon + 1..]),
        _ => (host, &[][..]),
    };
    let name_fits = match name {
        [b'[', address @ .., b']'] => {
            !address.is_empty()
                && address.iter().all(|&byte| byte.is_ascii_alphanumeric() || b":.".contains(&byte))
        }
        name => name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)),
    };
    name_fits && port.len() <= 5 && port.iter().all(u8::is_ascii_digit)
}

/// Where the body ends (RFC 9112 section 6.3); anything that two readers could take differently is an error.
fn framing(fields: Fields<'_>, version: Version) -> Result<Framing, &'static Reason> {
    let codings = || fields.all("transfer-encoding");
    let Some(last) = codings().last() else {
        return length(fields);
    };
    if fields.all("content-length").next().is_some() {
        return Err(&reason::LENGTH_AND_CODING);
    }
    if version == Version::Http10 {
        return Err(&reason::TRANSFER_CODING);
    }
    if codings().count() == 1 && last.eq_ignore_ascii_case(b"chunked") {
        return Ok(Framing::Chunked);
    }
    // Another coding below a final chunked is merely unknown; all else leaves the end of the body unclear.
    let mut names = codings().flat_map(|value| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii);
    let chunked = |name: &[u8]| name.eq_ignore_ascii_case(b"chunked");
    let ends_chunked =
        last.split(|&byte| byte == b',').next_back().is_some_and(|name| chunked(name.trim_ascii()));
    if ends_chunked
        && names.clone().filter(|name| chunked(name)).count() == 1
        && names.all(|name| !name.is_empty())
    {
        return Err(&reason::TRANSFER_UNKNOWN);
    }
    Err(&reason::TRANSFER_CODING)
}

fn length(fields: Fields<'_>) -> Result<Framing, &'static Reason> {
    match fields.sole("content-length") {
        Ok(None) => Ok(Framing::Length(0)),
        Ok(Some(value)) => number(value).map(Framing::Length).ok_or(&reason::CONTENT_LENGTH),
        Err(_) => Err(&reason::CONTENT_LENGTH),
    }
}

/// `1*DIGIT`; what is too large to count is the largest number, which every limit refuses.
pub(crate) fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, &byte| {
        byte.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add((byte - b'0') as u64))
    })
}

fn expectation(fields: Fields<'_>, version: Version) -> Result<bool, &'static Reason> {
    if version == Version::Http10 {
        return Ok(false);
    }
    let mut expects = false;
    for value in fields.all("expect") {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(&reason::EXPECTATION);
        }
        expects = true;
    }
    Ok(expects)
}

fn parse_reason(error: httparse::Error, whole: &[u8]) -> &'static Reason {
    match error {
        httparse::Error::HeaderName | httparse::Error::HeaderValue => &reason::HEADER_FIELD,
        httparse::Error::TooManyHeaders => &reason::TOO_MANY_FIELDS,
        httparse::Error::Version if names_a_version(whole) => &reason::HTTP_VERSION,
        _ => &reason::REQUEST_LINE,
    }
}

/// Whether the third of three words of the request line is `HTTP/` digit `.` digit.
fn names_a_version(whole: &[u8]) -> bool {
    let line = whole.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|&byte| byte == b' ').skip(2);
    let version = words.next().unwrap_or_default();
    words.next().is_none()
        && matches!(version, [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'])
}
