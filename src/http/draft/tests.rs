use super::*;

const TYPE: Field<'_> = ("Content-Type", &"text/plain");

fn answer(
    before: &str,
    body: &str,
    status: u16,
    fields: &[Field<'_>],
    after: After,
    head_only: bool,
) -> Result<String, Unwritable> {
    let mut memory = vec![0; RESERVE + 100];
    let mut out = Buffer::new(&mut memory);
    out.push(before.as_bytes())?;
    let mut draft = Draft::begin(&mut out)?;
    draft.push(body.as_bytes())?;
    let result = draft.answer(status, fields, after, head_only);
    if result.is_err() {
        assert_eq!(out.bytes(), before.as_bytes(), "an unfinished answer leaves nothing");
    }
    result.map(|()| String::from_utf8(out.bytes().to_vec()).unwrap())
}

#[test]
fn answers_are_one_piece_behind_what_waits() {
    let cases = [
        (
            "",
            "hello",
            200,
            After::Keep,
            false,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
        ),
        (
            "",
            "hello",
            200,
            After::Keep,
            true,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n",
        ),
        (
            "",
            "",
            202,
            After::Close,
            false,
            "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        ),
        ("", "", 204, After::Keep, false, "HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n"),
        (
            "HTTP/1.1 100 Continue\r\n\r\n",
            "hi",
            299,
            After::Keep,
            false,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 \r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
        ),
    ];
    for (before, body, status, after, head_only, expected) in cases {
        assert_eq!(answer(before, body, status, &[TYPE], after, head_only).as_deref(), Ok(expected));
    }
}

#[test]
fn nothing_can_end_a_line() {
    for bad in ["a\r\nX: y", "a\n", "\r", "a\0", "\x7F", "\x1B[0m"] {
        assert_eq!(
            answer("", "", 200, &[("X", &bad)], After::Keep, false),
            Err(Unwritable::Character),
            "{bad:?}"
        );
        assert_eq!(
            answer("", "", 200, &[(bad, &"x")], After::Keep, false),
            Err(Unwritable::Character),
            "{bad:?}"
        );
    }
    for bad in ["", "a b", "a:", " a", "ü"] {
        assert_eq!(
            answer("", "", 200, &[(bad, &"x")], After::Keep, false),
            Err(Unwritable::Character),
            "{bad:?}"
        );
    }
    let realm = "Basic realm=\"müller.example/rest\"";
    assert!(
        answer("", "", 401, &[("WWW-Authenticate", &realm)], After::Keep, false).unwrap().contains(realm)
    );
    let long = "x".repeat(RESERVE);
    assert_eq!(answer("", "", 200, &[("X", &long)], After::Keep, false), Err(Unwritable::Full));
    assert_eq!(answer("", &long, 200, &[], After::Keep, false), Err(Unwritable::Full));

    let mut memory = vec![0; RESERVE];
    let mut out = Buffer::new(&mut memory);
    for (method, target, host) in [
        ("PO ST", "/", "a"),
        ("", "/", "a"),
        ("POST", "/ x", "a"),
        ("POST", "", "a"),
        ("POST", "/", "a\r\nX: y"),
        ("POST", "/\u{85}", "a"),
    ] {
        let draft = Draft::begin(&mut out).unwrap();
        assert_eq!(
            draft.request(method, target, host, &[]),
            Err(Unwritable::Character),
            "{method} {target} {host}"
        );
    }
}

#[test]
fn a_call_is_one_piece() {
    let mut memory = vec![0; RESERVE + 100];
    let mut out = Buffer::new(&mut memory);
    let mut draft = Draft::begin(&mut out).unwrap();
    draft.push(b"wrong").unwrap();
    draft.clear();
    let space = draft.space();
    space[..2].copy_from_slice(b"hi");
    draft.filled(2);
    assert_eq!(draft.body(), b"hi");
    draft.request("POST", "/hook?a=b", "[::1]:8080", &[TYPE, ("X", &42)]).unwrap();
    let expected: &[u8] =
        b"POST /hook?a=b HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Type: text/plain\r\nX: 42\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(out.bytes(), expected);
}
