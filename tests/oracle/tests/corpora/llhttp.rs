//! llhttp's request cases: 134 strict ones and 3 about the end of the input, classified as llhttp does or stricter for a reason
//! that is written here; 29 lenient ones, which a strict server refuses.
//!
//! Most cases have no Host, which HTTP/1.1 needs: each is tried as it is, when it must be refused, and with one.

use std::collections::BTreeSet;
use std::path::Path;

use restanza_oracle::corpora::Report;
use restanza_oracle::http::{End, Taken, serve};

const METHOD: &str = "the method is not implemented: 501 (RFC 9110 section 9.1)";
const UPGRADE: &str =
    "no upgrade is offered; what follows is read as a request, and is none (RFC 9110 section 7.8)";
const PROTOCOL: &str = "the protocol is not HTTP/1.x";
const FRAGMENT: &str = "a target has no fragment (RFC 9112 section 3.2)";
const KEPT: &str = "the connection ends with the answer, what follows is not read (RFC 9112 section 9.6)";

/// Strict cases that we do not take as llhttp does: file, title, and why. All are refused, or taken in part.
const STRICTER: &[(&str, &str, &str)] = &[
    ("connection.md", "Multiple tokens with folding and LWS", UPGRADE),
    ("connection.md", "Emitting part of body and pausing", UPGRADE),
    ("connection.md", "Upgrade GET request", UPGRADE),
    ("connection.md", "Upgrade POST request", UPGRADE),
    (
        "content-length.md",
        "Content-Length reset when no body is received",
        "the case tells llhttp to expect no body where Content-Length announces one",
    ),
    ("method.md", "REPORT request", METHOD),
    ("method.md", "CONNECT request", METHOD),
    ("method.md", "CONNECT request with CAPS", METHOD),
    ("method.md", "CONNECT with body", METHOD),
    ("method.md", "M-SEARCH request", METHOD),
    ("method.md", "PURGE request", METHOD),
    ("method.md", "SEARCH request", METHOD),
    ("method.md", "LINK request", METHOD),
    ("method.md", "SOURCE request", METHOD),
    ("method.md", "PRI request HTTP2", METHOD),
    ("method.md", "QUERY request", METHOD),
    ("method.md", "SOURCE request with ICE", PROTOCOL),
    ("method.md", "OPTIONS request with RTSP", PROTOCOL),
    ("method.md", "ANNOUNCE request with RTSP", PROTOCOL),
    ("sample.md", "No HTTP version", "HTTP/0.9 is not spoken"),
    ("transfer-encoding.md", "POST with `chunked` as last transfer-encoding", FRAGMENT),
    ("transfer-encoding.md", "POST with `chunked` as last transfer-encoding (multiple headers)", FRAGMENT),
    ("uri.md", "Fragment in URI", FRAGMENT),
    ("uri.md", "Underscore in hostname", METHOD),
    ("uri.md", "`host:port` and basic auth", "a target has no user (RFC 9110 section 4.2.4)"),
];

/// Lenient cases of which we take what a strict reader may take: file, title, and why.
const HARMLESS: &[(&str, &str, &str)] = &[
    ("connection.md", "Resetting flags when keep-alive is off (1.0, lenient)", KEPT),
    ("connection.md", "CRLF between requests, explicit `close` (lenient)", KEPT),
];

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The bytes end between two messages, or the rest is not looked at.
    Fine,
    /// They end within a message.
    Within,
    Error,
}

struct Case {
    file: String,
    title: String,
    kind: String,
    input: Vec<u8>,
    taken: Vec<Taken>,
    verdict: Verdict,
}

pub fn run(folder: &Path) -> Report {
    let mut report = Report::default();
    let mut counts = [0; 7];
    let mut used = BTreeSet::new();
    for case in cases(folder) {
        let name = format!("{}: {}", case.file, case.title);
        let listed = |list: &[(&str, &str, &str)]| {
            list.iter().position(|row| (row.0, row.1) == (&case.file, &case.title))
        };
        let input = with_host(&case.input);
        let first = case.input.split(|&byte| byte == b'\n').find(|line| line.len() > 1).unwrap_or_default();
        if input != case.input && first.ends_with(b" HTTP/1.1\r") {
            let (taken, end) = serve(&case.input, usize::MAX);
            let refused = matches!(end, End::Refused(..) | End::Within);
            report.expect(taken.is_empty() && refused, || format!("{name}: without Host {taken:?} {end:?}"));
            counts[5] += 1;
        }
        let whole = serve(&input, usize::MAX);
        report.expect(serve(&input, 1) == whole, || format!("{name}: differs byte by byte"));
        let (taken, end) = whole;
        let same = taken == case.taken && agrees(&case.verdict, end);
        let said = || format!("{name}: llhttp {:?} {:?}, we {taken:?} {end:?}", case.taken, case.verdict);
        let strict = case.kind == "request" || case.kind == "request-finish";
        if strict {
            counts[if case.kind == "request" { 0 } else { 1 }] += 1;
            match listed(STRICTER) {
                None => {
                    counts[2] += usize::from(same);
                    report.expect(same, said);
                }
                Some(row) => {
                    used.insert(row);
                    counts[6] += 1;
                    let stricter = !same && case.taken.starts_with(&taken) && end != End::Between;
                    report.expect(stricter, || format!("{} is listed as stricter", said()));
                }
            }
        } else {
            counts[3] += 1;
            let part = case.taken.starts_with(&taken);
            if listed(HARMLESS).is_some() {
                report.expect(part && end == End::Closed, || format!("{} is listed as harmless", said()));
            } else {
                counts[4] += 1;
                report.expect(part && matches!(end, End::Refused(..) | End::Within), said);
            }
        }
    }
    report.expect(used.len() == STRICTER.len(), || "a row of the list is not used".into());
    let [strict, finish, same, lenient, refused, hostless, stricter] = counts;
    report.expect((strict, finish, lenient) == (134, 3, 29), || {
        format!("{strict} + {finish} + {lenient} cases")
    });
    report
        .figure(format!("{strict} strict and {finish} finish cases: {same} as llhttp, {stricter} stricter"));
    report.figure(format!("{lenient} lenient cases: {refused} refused, {} harmless", HARMLESS.len()));
    report.figure(format!("{hostless} cases without Host: all refused as they are"));
    for (file, title, why) in STRICTER.iter().chain(HARMLESS) {
        report.figure(format!("not as llhttp: {file}, {title}: {why}"));
    }
    report
}

/// A head that never ends is as good as refused: no request comes of it.
fn agrees(verdict: &Verdict, end: End) -> bool {
    match verdict {
        Verdict::Fine => matches!(end, End::Between | End::Closed),
        Verdict::Within => end == End::Within,
        Verdict::Error => matches!(end, End::Refused(..) | End::Within | End::Closed),
    }
}

/// Adds a Host behind each request line of HTTP/1.1 that is followed by fields without one.
fn with_host(input: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut rest = input;
    while let Some(end) = find(rest, b" HTTP/1.1\r\n") {
        let (line, tail) = rest.split_at(end + b" HTTP/1.1\r\n".len());
        output.extend_from_slice(line);
        let head = &tail[..find(tail, b"\r\n\r\n").map_or(tail.len(), |at| at + 2)];
        if !head.to_ascii_lowercase().windows(5).any(|window| window == b"host:") {
            output.extend_from_slice(b"Host: a\r\n");
        }
        rest = tail;
    }
    output.extend_from_slice(rest);
    output
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the cases").map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|path| file_cases(path)).collect()
}

/// A case is a heading, a comment with its kind, a block `http` and a block `log`.
fn file_cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).expect("a file of cases");
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    let (mut title, mut kind, mut input) = (String::new(), String::new(), String::new());
    let mut cases = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut block =
            || lines.by_ref().take_while(|line| !line.starts_with("```")).collect::<Vec<_>>().join("\n");
        if let Some(heading) = line.strip_prefix('#') {
            title = heading.trim_start_matches('#').trim().into();
        } else if let Some(meta) = line.strip_prefix("<!-- meta=") {
            let meta = meta.trim_end_matches("-->");
            kind = meta.split('"').nth(3).unwrap_or_default().into();
        } else if line == "```http" {
            input = block();
        } else if line == "```log" {
            let (taken, verdict) = read_log(&block());
            cases.push(Case {
                file: file.clone(),
                title: title.clone(),
                kind: kind.clone(),
                input: expand(&input),
                taken,
                verdict,
            });
        }
    }
    cases
}

/// The escapes of the cases: a backslash joins lines, lines end in CR LF, then come the characters.
fn expand(text: &str) -> Vec<u8> {
    let text = text.replace("\\\n", "").replace('\n', "\r\n");
    let text = text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\f", "\x0C");
    let mut pieces = text.split("\\x");
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).expect("two hex digits"));
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    bytes
}

fn read_log(log: &str) -> (Vec<Taken>, Verdict) {
    let mut taken = Vec::new();
    let mut verdict = Verdict::Fine;
    let mut message = Taken { method: String::new(), target: String::new(), body: Vec::new() };
    for line in log.lines() {
        let span = |name: &str| {
            let (_, text) = line.split_once(&format!("span[{name}]=\""))?;
            Some(expand(text.strip_suffix('"')?))
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        if line.ends_with(" message begin") {
            verdict = Verdict::Within;
            message = Taken { method: String::new(), target: String::new(), body: Vec::new() };
        } else if line.ends_with(" message complete") {
            verdict = Verdict::Fine;
            taken.push(message.clone());
        } else if let Some((_, code)) = line.split_once(" error code=") {
            // 22 and 23 hand the rest over to another protocol.
            let pause = code.starts_with("22 ") || code.starts_with("23 ");
            verdict = if pause { Verdict::Fine } else { Verdict::Error };
        } else if let Some(method) = span("method") {
            message.method.push_str(&text(method));
        } else if let Some(target) = span("url") {
            message.target.push_str(&text(target));
        } else if let Some(body) = span("body") {
            message.body.extend(body);
        }
    }
    (taken, verdict)
}
