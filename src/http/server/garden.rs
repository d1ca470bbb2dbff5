//! The anomalies that the HTTP Garden found in servers and proxies (its list TROPHIES.md, read in 2026): by class, in
//! payloads of our own. None may ever give a second request where one was meant, or any where none was.
//!
//! `smuggling` beside this tries whole families of framing fields; here each class of the list has its row, by the
//! number there (S: servers, P: proxies, B: its bonus lists), also those that only crash others or fool their access
//! rules. Each payload hides `GET /evil`, and says what is to come of it.

use super::tests::{Seen, feed};

const EVIL: &str = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What is to come of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is refused with this status, and nothing of it served.
    Refused(u16),
    /// One request, with the evil one as its body or not at all.
    One,
    /// It is well formed: two requests, for whoever reads it.
    Two,
}
use Fate::{One, Refused, Two};

/// Classes of the list, and payloads: their head, to which `{get}` and `{chunked}` help, and `{evil}`.
const PAYLOADS: &[(&str, &[(&str, Fate)])] = &[
    (
        "S1 S22 S25 P2 P7 P19: chunk sizes with signs, prefixes, separators, or as their longest valid prefix",
        &[
            ("{chunked}0_2e\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0x1f\r\n\r\n{evil}", Refused(400)),
            ("{chunked}+0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}-0x0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}-1\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0 x\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0these-bytes\r\n\r\n{evil}", Refused(400)),
            ("{chunked}Z\r\nZZ\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0.0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}０\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S2 S13 S34 S35 S43 P10 P12 P20: CR, LF or NUL in values",
        &[
            ("{get}X: v\0alue\r\n\r\n{evil}", Refused(400)),
            ("{get}X: v\0\ralue\r\n\r\n{evil}", Refused(400)),
            ("{get}X: a\rY: b\r\n\r\n{evil}", Refused(400)),
            ("{get}X: va\rlue\r\n\r\n{evil}", Refused(400)),
            ("{get}X: a\nY: b\r\n\r\n{evil}", Refused(400)),
            ("{get}X: a\n\n{evil}\r\n", Refused(400)),
            ("{get}X: evil\0\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\r\nHost: a.example\0.b.example\r\n\r\n{evil}", Refused(400)),
            ("{get}a:b\r\nc\0\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 3\x005\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S3 S20 P6: white space, or what is taken for it, at the end of names",
        &[
            ("{get}Content-Length : 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length\t: 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length\u{85}: 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length\u{A0}: 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Transfer-Encoding\x0B: chunked\r\n\r\n0\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S4: white space in front of the first name",
        &[
            ("GET /one HTTP/1.1\r\n\tContent-Length: 31\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\r\n Host: a\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S5 S15 S24 S40: versions that are none",
        &[
            ("GET /one HTTP/1.32\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/\r\r1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/4294967295.255\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/257.257\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/....05.74.\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\0\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one ICY/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S6 S40: methods that are none",
        &[
            ("G=\":<>(e),[T];?\" /one HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("\0 /one HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET\u{FC} /one HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GETT /one HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(501)),
        ],
    ),
    (
        "S7: targets that are none",
        &[
            ("GET ! HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET one HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET http://a HTTP/1.1@b/ HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET http://u:p@a/one HTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET http://b/one HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n{evil}", One),
            ("GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S8 S14: names with bytes that stand in none",
        &[
            ("{get}\u{EF}foo: bar\r\n\r\n{evil}", Refused(400)),
            ("{get}a\"(),/;<=>?@[]{}: b\r\n\r\n{evil}", Refused(400)),
            ("{get}a\x01\x02\x1F: b\r\n\r\n{evil}", Refused(400)),
            ("{get}a\x7F: b\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S9 P16: LF as white space or as the end of a line",
        &[
            ("GET /one\nHTTP/1.1\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\nHost: a\n\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("{get}X: a\n\r\n{evil}", Refused(400)),
            ("GET /one\n{evil}", Refused(400)),
        ],
    ),
    (
        "S10 S16 S29 S32 S38 S42 P1 P5 P11: lengths with signs, prefixes, nothing, or octal to some",
        &[
            ("{get}Content-Length: +31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: -31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 3_1\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 0x1f\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 31Z\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: \r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: \r\nContent-Length: 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 031\r\n\r\n{evil}", One),
            ("{get}Content-Length: 00000000000000000000000031\r\n\r\n{evil}", One),
        ],
    ),
    (
        "S11 P25: chunked said twice",
        &[
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
        ],
    ),
    (
        "S12 S41 S46: bytes beyond ASCII taken for white space around values",
        &[
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{A0}chunked\u{A0}\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{85}chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{FF}chunked\u{FF}\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            ("{get}Content-Length: \u{A0}31\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\r\nHost: \u{FF}a\u{FF}\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S17 P17: empty chunk sizes, empty lines between chunks",
        &[
            ("{chunked}\r\n\r\n{evil}", Refused(400)),
            ("{chunked}1\r\nx\r\n\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}1f\r\n{evil}\r\n\r\n0\r\n\r\n", Refused(400)),
            ("{chunked};\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S18 S27 B2: names that are empty",
        &[
            ("GET /one HTTP/1.1\r\n: x\r\nHost: a\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\r\nHost: a\r\n:\r\nContent-Length: 31\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S19: line ends behind the colon",
        &[
            ("{get}X:\n\n{evil}", Refused(400)),
            ("{get}X:\r\n\r\n{evil}", Two),
            ("{get}X:\r\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length:\n 31\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S21 P9 P15 P18 P23: a coding with an empty member, or not known, beside a length or alone",
        &[
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: blegh\r\nContent-Length: 31\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 36\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
        ],
    ),
    (
        "S23 S33 P22: several lengths",
        &[
            ("{get}Content-Length: 31\r\nContent-Length: 0\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 0\r\nContent-Length: 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 31\r\nContent-Length: 31\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 31, 31\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S26: a negative length that keeps a server busy for ever",
        &[
            ("{get}Content-Length: -48\r\n\r\n{evil}", Refused(400)),
            ("{get}Content-Length: 18446744073709551585\r\n\r\n{evil}", Refused(413)),
        ],
    ),
    (
        "S28 S37 P14: fields without a colon, names over two lines",
        &[
            ("{get}Content-Length 31\r\n\r\n{evil}", Refused(400)),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-\r\nEncoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            ("{get}Te\nst: test\r\n\r\n{evil}", Refused(400)),
            ("{get}Test\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S30 S31 S36 P3: CR and another byte taken for a line end",
        &[
            ("{get}\rZ{evil}", Refused(400)),
            ("{chunked}5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}1;a=b\r\rX\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}2\r\r;a\r\n02\r\n2d\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}1;\r\rX\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}1 \rX\r\n0\r\n\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S39: the end of a chunked body taken for granted",
        &[
            ("{chunked}0\r\nX:{evil}", One),
            ("{chunked}0\r\nXX{evil}", Refused(400)),
            ("{chunked}0\r\n\rX{evil}", Refused(400)),
            ("{chunked}0\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "S44: codings that are not known taken for chunked, or for none",
        &[
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: blegh\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            ("POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: blegh\r\n\r\n{evil}", Refused(400)),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: blegh, chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(501),
            ),
        ],
    ),
    (
        "S45 S48: what is pipelined behind a request",
        &[
            ("{get}\r\nInvalid\r\n\r\n{evil}", One),
            ("{get}Connection: close\r\n\r\n{evil}", One),
            (
                "POST /one HTTP/1.1\r\nContent-Length: 0\r\nConnection:keep-alive\r\nHost: a\r\n\r\nPOST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n{evil}",
                Two,
            ),
            ("{chunked}0\r\n\r\n\0{evil}", One),
        ],
    ),
    (
        "S47 P4 P13 P24: chunks that are broken, and going on behind them",
        &[
            ("{chunked}INVALID!!!\r\n{evil}", Refused(400)),
            ("{chunked}1\r0\n{evil}", Refused(400)),
            ("{chunked}a\r\n0123456789\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}           0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0\n\r\n{evil}", Refused(400)),
            ("{chunked}5\r\nhello\r0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}100000000\r\n{evil}", Refused(400)),
            ("{chunked}fffffffffffffff0\r\n{evil}", Refused(400)),
        ],
    ),
    (
        "P21: a body of GET that is dropped, and its length kept",
        &[
            ("{get}Content-Length: 31\r\n\r\n{evil}", One),
            (
                "GET /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n{evil}\r\n0\r\n\r\n",
                One,
            ),
        ],
    ),
    (
        "its quirks: HTTP/0.9, HTTP/2, no Host, several Hosts, 1.0 with what only 1.1 has",
        &[
            ("GET /one\r\n\r\n{evil}", Refused(400)),
            ("GET /one\r\n{evil}", Refused(400)),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{evil}", Refused(505)),
            ("GET /one HTTP/1.1\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{evil}", Refused(400)),
            ("POST /one HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{evil}", Refused(400)),
            ("GET /one HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{evil}", One),
        ],
    ),
    (
        "not in its list: folding, extensions and trailers that end elsewhere, Expect, Upgrade, CONNECT",
        &[
            ("{get}X: y\r\n Content-Length: 31\r\n\r\n{evil}", Refused(400)),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{evil}",
                Refused(400),
            ),
            ("{chunked}1;a=\"\r\n\r\nx\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}1;a\nx\r\n0\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0\r\nX: y\n\r\n{evil}", Refused(400)),
            ("{chunked}0\r\n X: y\r\n\r\n{evil}", Refused(400)),
            ("{chunked}0\r\nContent-Length: 31\r\n\r\n{evil}", Two),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 31\r\n\r\n{evil}",
                One,
            ),
            (
                "POST /one HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\nContent-Length: 31\r\n\r\n{evil}",
                Refused(417),
            ),
            ("{get}Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 31\r\n\r\n{evil}", One),
            ("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n{evil}", Refused(501)),
        ],
    ),
];

fn check(payload: &str, fate: Fate) {
    assert_eq!(EVIL.len(), 31, "the lengths in the payloads are this one");
    let bytes = payload.replace("{get}", GET).replace("{chunked}", CHUNKED).replace("{evil}", EVIL);
    let bytes = bytes.as_bytes();
    let whole = feed(&[bytes]);
    let requests = whole.iter().filter(|seen| matches!(seen, Seen::Request(..))).count();
    let evil = |seen: &Seen| matches!(seen, Seen::Request(line, _) if line.contains("/evil"));
    let fits = match fate {
        Refused(status) => matches!(whole[..], [Seen::Refused(_, got)] if got == status),
        One => requests == 1 && !whole.iter().any(evil),
        Two => requests == 2,
    };
    assert!(fits, "{payload:?} is to be {fate:?}, and gives {whole:?}");
    for cut in 1..bytes.len() {
        assert_eq!(feed(&[&bytes[..cut], &bytes[cut..]]), whole, "{payload:?} cut at {cut}");
    }
    assert_eq!(feed(&bytes.chunks(1).collect::<Vec<_>>()), whole, "{payload:?} byte by byte");
}

#[test]
fn no_payload_gives_a_second_request() {
    for (_, payloads) in PAYLOADS {
        for (payload, fate) in *payloads {
            check(payload, *fate);
        }
    }
}

/// The list has 48 classes of servers, 24 of proxies (no 8) and those of its bonus lists that are about HTTP/1.1.
#[test]
fn every_class_of_the_list_has_its_row() {
    let named = |class: String| {
        PAYLOADS
            .iter()
            .any(|row| row.0.split(':').next().unwrap_or_default().split(' ').any(|word| word == class))
    };
    for class in 1..=48 {
        assert!(named(format!("S{class}")), "S{class}");
    }
    for class in (1..=25).filter(|class| *class != 8) {
        assert!(named(format!("P{class}")), "P{class}");
    }
}
