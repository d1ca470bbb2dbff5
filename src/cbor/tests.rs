//! The vectors of RFC 8949: appendix A both ways, appendix F.1; and what JSON cannot say.

use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::buffer::Full;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn json(cbor: &[u8]) -> Result<String, CborError> {
    let mut out = vec![0; 6 * cbor.len() + 64];
    let len = to_json(cbor, &mut out)?;
    Ok(String::from_utf8(out[..len].to_vec()).expect("JSON is UTF-8"))
}

fn cbor(json: &str, spare: usize) -> Result<Vec<u8>, Full> {
    let mut memory = json.as_bytes().to_vec();
    memory.resize(json.len() + spare, 0xAA);
    let len = from_json(&mut memory, json.len())?;
    Ok(memory[..len].to_vec())
}

/// Appendix A, table 6: what is refused has its flaw.
const EXAMPLES: &[(&str, Result<&str, Flaw>)] = &[
    ("00", Ok("0")),
    ("01", Ok("1")),
    ("0a", Ok("10")),
    ("17", Ok("23")),
    ("1818", Ok("24")),
    ("1819", Ok("25")),
    ("1864", Ok("100")),
    ("1903e8", Ok("1000")),
    ("1a000f4240", Ok("1000000")),
    ("1b000000e8d4a51000", Ok("1000000000000")),
    ("1bffffffffffffffff", Ok("18446744073709551615")),
    ("c249010000000000000000", Err(Flaw::Tag)),
    ("3bffffffffffffffff", Ok("-18446744073709551616")),
    ("c349010000000000000000", Err(Flaw::Tag)),
    ("20", Ok("-1")),
    ("29", Ok("-10")),
    ("3863", Ok("-100")),
    ("3903e7", Ok("-1000")),
    ("f90000", Ok("0")),
    ("f98000", Ok("-0")),
    ("f93c00", Ok("1")),
    ("fb3ff199999999999a", Ok("1.1")),
    ("f93e00", Ok("1.5")),
    ("f97bff", Ok("65504")),
    ("fa47c35000", Ok("100000")),
    ("fa7f7fffff", Ok("3.4028234663852886e38")),
    ("fb7e37e43c8800759c", Ok("1e300")),
    ("f90001", Ok("5.960464477539063e-8")),
    ("f90400", Ok("0.00006103515625")),
    ("f9c400", Ok("-4")),
    ("fbc010666666666666", Ok("-4.1")),
    ("f97c00", Err(Flaw::NotFinite)),
    ("f97e00", Err(Flaw::NotFinite)),
    ("f9fc00", Err(Flaw::NotFinite)),
    ("fa7f800000", Err(Flaw::NotFinite)),
    ("fa7fc00000", Err(Flaw::NotFinite)),
    ("faff800000", Err(Flaw::NotFinite)),
    ("fb7ff0000000000000", Err(Flaw::NotFinite)),
    ("fb7ff8000000000000", Err(Flaw::NotFinite)),
    ("fbfff0000000000000", Err(Flaw::NotFinite)),
    ("f4", Ok("false")),
    ("f5", Ok("true")),
    ("f6", Ok("null")),
    ("f7", Err(Flaw::Simple)),
    ("f0", Err(Flaw::Simple)),
    ("f8ff", Err(Flaw::Simple)),
    ("c074323031332d30332d32315432303a30343a30305a", Err(Flaw::Tag)),
    ("c11a514b67b0", Err(Flaw::Tag)),
    ("c1fb41d452d9ec200000", Err(Flaw::Tag)),
    ("d74401020304", Err(Flaw::Tag)),
    ("d818456449455446", Err(Flaw::Tag)),
    ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", Err(Flaw::Tag)),
    ("40", Err(Flaw::Bytes)),
    ("4401020304", Err(Flaw::Bytes)),
    ("60", Ok(r#""""#)),
    ("6161", Ok(r#""a""#)),
    ("6449455446", Ok(r#""IETF""#)),
    ("62225c", Ok(r#""\"\\""#)),
    ("62c3bc", Ok(r#""ü""#)),
    ("63e6b0b4", Ok(r#""水""#)),
    ("64f0908591", Ok("\"\u{10151}\"")),
    ("80", Ok("[]")),
    ("83010203", Ok("[1,2,3]")),
    ("8301820203820405", Ok("[1,[2,3],[4,5]]")),
    (
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        Ok("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"),
    ),
    ("a0", Ok("{}")),
    ("a201020304", Err(Flaw::Key)),
    ("a26161016162820203", Ok(r#"{"a":1,"b":[2,3]}"#)),
    ("826161a161626163", Ok(r#"["a",{"b":"c"}]"#)),
    ("a56161614161626142616361436164614461656145", Ok(r#"{"a":"A","b":"B","c":"C","d":"D","e":"E"}"#)),
    ("5f42010243030405ff", Err(Flaw::Bytes)),
    ("7f657374726561646d696e67ff", Ok(r#""streaming""#)),
    ("9fff", Ok("[]")),
    ("9f018202039f0405ffff", Ok("[1,[2,3],[4,5]]")),
    ("9f01820203820405ff", Ok("[1,[2,3],[4,5]]")),
    ("83018202039f0405ff", Ok("[1,[2,3],[4,5]]")),
    ("83019f0203ff820405", Ok("[1,[2,3],[4,5]]")),
    ("bf61610161629f0203ffff", Ok(r#"{"a":1,"b":[2,3]}"#)),
    ("826161bf61626163ff", Ok(r#"["a",{"b":"c"}]"#)),
    ("bf6346756ef563416d7421ff", Ok(r#"{"Fun":true,"Amt":-2}"#)),
];

/// Appendix F.1, row by row: none of these is well-formed.
const BROKEN: &[&str] = &[
    "18 | 19 | 1a | 1b | 1901 | 1a0102 | 1b01020304050607 | 38 | 58 | 78 | 98 | 9a01ff00 | b8 | d8 | f8 | f900 | fa0000 | fb000000",
    "41 | 61 | 5affffffff00 | 5bffffffffffffffff010203 | 7affffffff00 | 7b7fffffffffffffff010203",
    "81 | 818181818181818181 | 8200 | a1 | a20102 | a100 | a2000000",
    "c0",
    "5f4100 | 7f6100",
    "9f | 9f0102 | bf | bf01020102 | 819f | 9f8000 | 9f9f9f9f9fffffffff | 9f819f819f9fffffff",
    "1c | 1d | 1e | 3c | 3d | 3e | 5c | 5d | 5e | 7c | 7d | 7e | 9c | 9d | 9e | bc | bd | be | dc | dd | de | fc | fd | fe",
    "f800 | f801 | f818 | f81f",
    "5f00ff | 5f21ff | 5f6100ff | 5f80ff | 5fa0ff | 5fc000ff | 5fe0ff | 7f4100ff",
    "5f5f4100ffff | 7f7f6100ffff",
    "ff",
    "81ff | 8200ff | a1ff | a1ff00 | a100ff | a20000ff | 9f81ff | 9f829f819f9fffffffff",
    "bf00ff | bf000000ff",
    "1f | 3f | df",
];

#[test]
fn the_examples_of_the_standard() {
    for (hex, expected) in EXAMPLES {
        let read = json(&bytes(hex));
        assert_eq!(
            read.as_deref().map_err(|error| error.flaw),
            expected.as_ref().map(|json| *json).map_err(|flaw| *flaw),
            "{hex}"
        );
        // And back: another form, the same value.
        if let Ok(text) = expected {
            let again = cbor(text, 9).expect("room");
            assert_eq!(json(&again).as_deref(), Ok(if *text == "-0" { "0" } else { text }), "{hex}");
        }
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for hex in BROKEN.iter().flat_map(|row| row.split('|')) {
        let (cbor, inside) = (bytes(hex), [&[0x81], &bytes(hex)[..]].concat());
        assert!(json(&cbor).is_err() && json(&inside).is_err(), "{hex}");
        // As the value of a key, where bytes and tags are not what is wrong first.
        let as_text = [&[0xA1, 0x61, b'a'], &cbor[..]].concat();
        assert!(json(&as_text).is_err(), "{hex}");
    }
}

#[test]
fn flaws_have_a_place() {
    let cases = [
        ("", 0, Flaw::Unfinished),
        ("0000", 1, Flaw::Trailing),
        ("a16161ff", 3, Flaw::Malformed),
        ("bf6161ff", 3, Flaw::Malformed),
        ("a1616118", 3, Flaw::Unfinished),
        ("bf616100", 4, Flaw::Unfinished),
        ("62c328", 0, Flaw::Text),
        ("8261617f4161ff", 3, Flaw::Text),
        ("7f61c361bcff", 0, Flaw::Text),
        ("d9d9f7d9d9f700", 3, Flaw::Tag),
        ("d9d9f7a1616140", 6, Flaw::Bytes),
        ("a1f600", 1, Flaw::Key),
        ("f820", 0, Flaw::Simple),
        ("9bffffffffffffffff00", 10, Flaw::Unfinished),
        ("bbffffffffffffffff616100", 12, Flaw::Unfinished),
    ];
    for (hex, at, flaw) in cases {
        assert_eq!(json(&bytes(hex)), Err(CborError { flaw, at }), "{hex}");
    }
    assert_eq!(json(&bytes("d9d9f7a0")).as_deref(), Ok("{}"), "this is CBOR");
    let text = CborError { flaw: Flaw::Bytes, at: 6 }.to_string();
    assert_eq!(text, "CBOR, byte 6: a byte string has no meaning here; base64 in a text has");
}

#[test]
fn depth_and_memory_are_bounded() {
    for (open, close) in [("81", ""), ("9f", "ff")] {
        let nested = |depth| bytes(&format!("{}00{}", open.repeat(depth), close.repeat(depth)));
        assert_eq!(json(&nested(DEPTH)).map(|json| json.len()), Ok(2 * DEPTH + 1));
        assert_eq!(json(&nested(DEPTH + 1)), Err(CborError { flaw: Flaw::TooDeep, at: DEPTH }));
    }
    // A text of control characters grows most.
    let long = [&[0x78, 200][..], &[1; 200]].concat();
    let mut out = [0; 6 * 202];
    assert_eq!(to_json(&long, &mut out), Ok(6 * 200 + 2));
    assert_eq!(to_json(&long, &mut out[..=6 * 200]).map_err(|error| error.flaw), Err(Flaw::TooLarge));
}

#[test]
fn texts_come_back_whole() {
    let mut said = String::new();
    for c in (0..0x80).filter_map(char::from_u32).chain(['ü', '水', '\u{10151}', '\u{FFFD}']) {
        said.push(c);
    }
    for length in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
        let text = said.chars().cycle().take(length).collect::<String>();
        let mut quoted = vec![0; 6 * text.len() + 2];
        let len = crate::json::write::to_slice(&crate::json::write::Text(&text), &mut quoted).unwrap();
        let quoted = std::str::from_utf8(&quoted[..len]).unwrap();
        let cbor = cbor(quoted, 4).expect("room");
        assert_eq!(minicbor::Decoder::new(&cbor).str().unwrap(), text);
        assert_eq!(json(&cbor).as_deref(), Ok(quoted));
    }
}

#[test]
fn what_is_written_never_overtakes_what_is_read() {
    let texts = [
        r#"{"a":[0.1,0.2,0.3,1e300,-2.5],"b":{"c":true,"d":false,"e":null,"f":"x"}}"#.to_string(),
        format!("[{}0.1]", "0.1,".repeat(50)),
        format!("[\"{}\"]", "x".repeat(300)),
    ];
    for text in texts {
        let whole = cbor(&text, 1_000).expect("room");
        let mut full = 0;
        for spare in 0..600 {
            match cbor(&text, spare) {
                Ok(cbor) => assert_eq!(cbor, whole, "{spare}"),
                Err(Full) => full = spare + 1,
            }
        }
        assert!(cbor(&text, full).is_ok() && full <= 4 + 5 * 51, "{full} bytes to spare");
    }
}

#[test]
fn nothing_overruns_the_memory() {
    // No JSON of ours; whatever comes of it, it ends.
    for text in ["\"", "\"\\", "\"\\u00", "tru", "f", "-", "{\"a", "\"ü\\"] {
        for spare in 0..8 {
            let _ = cbor(text, spare);
        }
    }
}
