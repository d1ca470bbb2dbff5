use super::*;

fn with<T>(text: &str, f: impl FnOnce(Result<Value<'_>, JsonError>) -> T) -> T {
    f(parse(text.as_bytes(), &mut [Node::default(); 64]))
}

fn flaw(text: &[u8]) -> Option<(Flaw, usize)> {
    parse(text, &mut [Node::default(); 64]).err().map(|error| (error.flaw, error.at))
}

#[test]
fn a_node_is_small() {
    assert!(size_of::<Node>() <= 16);
}

#[test]
fn values_are_found_by_key_and_order() {
    with(r#" {"a": [1, {"b": null}, []], "c": {}, "d": "x"} "#, |value| {
        let value = value.unwrap();
        assert_eq!(value.kind(), Kind::Object);
        let kinds: Vec<_> = value.get("a").unwrap().items().map(Value::kind).collect();
        assert_eq!(kinds, [Kind::Number, Kind::Object, Kind::Array]);
        let names: Vec<_> = value.entries().map(|(key, _)| key.to_string()).collect();
        assert_eq!(names, ["a", "c", "d"]);
        assert_eq!(value.get("a").unwrap().raw(), r#"[1, {"b": null}, []]"#);
        assert!(value.get("b").is_none());
        assert!(value.get("c").unwrap().entries().next().is_none());
        assert!(value.get("d").unwrap().items().next().is_none());
    });
}

#[test]
fn the_last_of_equal_keys_wins() {
    with(r#"{"a": 1, "b": 2, "\u0061": 3}"#, |value| {
        let value = value.unwrap();
        assert_eq!(value.get("a").unwrap().as_integer(), Some(3));
        let entries: Vec<_> = value.entries().map(|(key, value)| (key.to_string(), value.raw())).collect();
        assert_eq!(entries, [("b".to_string(), "2"), ("a".to_string(), "3")]);
        assert_eq!(value.entries().written().count(), 3);
    });
}

#[test]
fn strings_are_decoded_as_they_are_read() {
    let cases = [
        (r#""""#, ""),
        (r#""plain é 😀""#, "plain é 😀"),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u00e9\uD83D\uDE00x""#, "é😀x"),
        (r#""\uDBFF\uDFFF\u0000""#, "\u{10FFFF}\0"),
        (r#""a\\u0041""#, "a\\u0041"),
    ];
    for (text, wanted) in cases {
        with(text, |value| {
            let text = value.unwrap().as_str().unwrap();
            assert_eq!(text.to_string(), wanted);
            assert_eq!(text.chars().collect::<String>(), wanted);
            assert!(text == *wanted && text != "other");
            assert_eq!(text.as_plain().is_some(), !value.unwrap().raw().contains('\\'));
        });
    }
}

#[test]
fn what_xml_cannot_carry_is_found() {
    let cases = [
        (r#""a\t\r\n\ud83d\ude00\ufffd\u007f""#, None),
        (r#""a\u0000""#, Some('\0')),
        (r#""\u001f""#, Some('\u{1f}')),
        (r#""\uFFFE""#, Some('\u{FFFE}')),
        ("\"\u{FFFF}\"", Some('\u{FFFF}')),
    ];
    for (text, wanted) in cases {
        with(text, |value| {
            assert_eq!(value.unwrap().as_str().unwrap().forbidden_in_xml(), wanted, "{text}");
        });
    }
}

#[test]
fn a_number_is_an_integer_by_its_value() {
    use NotInteger::{Fraction, Range};
    let cases = [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("-0.000e99999999999999999999", Ok(0)),
        ("42", Ok(42)),
        ("-1.0", Ok(-1)),
        ("1e2", Ok(100)),
        ("1200e-2", Ok(12)),
        ("1.50E+1", Ok(15)),
        ("0.001e5", Ok(100)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("-9223372036854775808", Ok(i64::MIN)),
        ("9223372036854775808", Err(Range)),
        ("-9223372036854775809", Err(Range)),
        ("1e19", Err(Range)),
        ("1e99999999999999999999", Err(Range)),
        ("1.5", Err(Fraction)),
        ("1e-1", Err(Fraction)),
        ("1e-99999999999999999999", Err(Fraction)),
        ("12300.0e-3", Err(Fraction)),
    ];
    for (text, wanted) in cases {
        with(text, |value| {
            let number = value.unwrap().as_number().unwrap();
            assert_eq!((number.as_text(), number.integer()), (text, wanted));
        });
    }
}

#[test]
fn what_is_not_json_is_refused_where_it_shows() {
    let cases: &[(&[u8], Flaw, usize)] = &[
        (b"", Flaw::Unfinished, 0),
        (b" ", Flaw::Unfinished, 1),
        (b"\xEF\xBB\xBF{}", Flaw::Mark, 0),
        (b"[\"\xFF\"]", Flaw::Encoding, 2),
        (b"\"\xED\xA0\x80\"", Flaw::Encoding, 1),
        (b"NaN", Flaw::Value, 0),
        (b"nul", Flaw::Value, 0),
        (b"[1,]", Flaw::Value, 3),
        (b"[1 2]", Flaw::ArrayEnd, 3),
        (b"[1}", Flaw::ArrayEnd, 2),
        (b"{\"a\":1 \"b\":2}", Flaw::ObjectEnd, 7),
        (b"{\"a\":1,}", Flaw::Key, 7),
        (b"{a:1}", Flaw::Key, 1),
        (b"{\"a\" 1}", Flaw::Colon, 5),
        (b"[1", Flaw::Unfinished, 2),
        (b"\"a", Flaw::Unfinished, 2),
        (b"{} {}", Flaw::Trailing, 3),
        (b"{}//", Flaw::Trailing, 2),
        (b"/**/1", Flaw::Value, 0),
        (b"01", Flaw::Number, 0),
        (b"[-]", Flaw::Number, 2),
        (b"[1.]", Flaw::Number, 3),
        (b"[1e+]", Flaw::Number, 4),
        (b"\"a\nb\"", Flaw::Control, 2),
        (b"\"\x1F\"", Flaw::Control, 1),
        (b"\"\\x\"", Flaw::Escape, 1),
        (b"\"\\u00G0\"", Flaw::Escape, 1),
        (b"\"\\", Flaw::Unfinished, 2),
        (b"\"\\ud800\"", Flaw::Surrogate, 1),
        (b"\"\\ud800\\u0041\"", Flaw::Surrogate, 1),
        (b"\"\\udc00\"", Flaw::Surrogate, 1),
    ];
    for (text, wanted, at) in cases {
        assert_eq!(flaw(text), Some((*wanted, *at)), "{}", text.escape_ascii());
    }
}

#[test]
fn an_error_names_line_and_column() {
    let error = with("{\n \"é\": x}", |value| value.unwrap_err());
    assert_eq!((error.at, error.line, error.column), (9, 2, 7));
    assert_eq!(error.to_string(), "JSON, line 2, column 7: a value is expected here");
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(flaw(nested(DEPTH).as_bytes()), None);
    assert_eq!(flaw(nested(DEPTH + 1).as_bytes()), Some((Flaw::TooDeep, DEPTH)));
    assert_eq!(flaw("[".repeat(100_000).as_bytes()), Some((Flaw::TooDeep, DEPTH)));
    let wide = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    assert_eq!(flaw(wide(63).as_bytes()), None);
    assert_eq!(flaw(wide(64).as_bytes()).unwrap().0, Flaw::TooManyNodes);
    let object = |count: u16| format!("{{{}}}", vec!["\"k\":0"; count as usize].join(","));
    let mut nodes = vec![Node::default(); 4096];
    assert!(parse(object(MEMBERS).as_bytes(), &mut nodes).is_ok());
    let error = parse(object(MEMBERS + 1).as_bytes(), &mut nodes).unwrap_err();
    assert!(error.flaw == Flaw::TooManyMembers && error.flaw.is_limit());
}

#[test]
fn values_are_written_back() {
    with(r#"{"b": [1.50, -0, true ], "b": {"\u0041": null, "é": "\u00e9\"\u0001\ud83d\ude00"}}"#, |value| {
        let mut out = [0; 64];
        let n = write::to_slice(&value.unwrap(), &mut out).unwrap();
        assert_eq!(str::from_utf8(&out[..n]).unwrap(), "{\"b\":{\"A\":null,\"é\":\"é\\\"\\u0001😀\"}}");
        assert_eq!(write::to_slice(&value.unwrap(), &mut out[..n - 1]), Err(crate::buffer::Full));
    });
    let mut out = [0; 16];
    let n = write::to_slice(&write::Text(format_args!("{}\n{}", 1, '"')), &mut out).unwrap();
    assert_eq!(&out[..n], br#""1\n\"""#);
}

#[test]
fn escapes_are_those_of_the_serializer() {
    let every: String = (0..=0xff_u8).map(char::from).chain("\u{2028}\u{1f600}\"\\".chars()).collect();
    let (mut ours, mut theirs) = ([0; 1024], [0; 1024]);
    let n = write::escape(&every, &mut ours).unwrap();
    let m = write::to_slice(&write::Text(&every), &mut theirs).unwrap();
    assert_eq!(core::str::from_utf8(&ours[..n]).unwrap(), core::str::from_utf8(&theirs[1..m - 1]).unwrap());
    assert!((0..n).all(|len| write::escape(&every, &mut ours[..len]).is_err()));
}

#[test]
fn what_is_not_plain_in_a_string_is_found_wherever_it_is() {
    for byte in 0..=u8::MAX {
        for at in 0..20 {
            // Behind it what differs from it by a borrow.
            let mut bytes = [byte.wrapping_add(1); 20];
            bytes[..at].fill(b'#');
            bytes[at] = byte;
            let special = |b: &u8| matches!(b, ..0x20 | b'"' | b'\\');
            let wanted = bytes.iter().position(special).unwrap_or(bytes.len());
            // In all lengths, since the ends are looked at apart.
            for len in 0..=bytes.len() {
                let (bytes, wanted) = (&bytes[..len], wanted.min(len));
                assert_eq!(string::plain_len(bytes), wanted, "{bytes:?}");
                let mut copy = [0; 20];
                assert_eq!(string::copy_plain(bytes, &mut copy[..len]), wanted, "{bytes:?}");
                assert_eq!(copy[..wanted], bytes[..wanted]);
            }
        }
    }
}
