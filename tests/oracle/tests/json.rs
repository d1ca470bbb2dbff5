//! The JSON reader and writer against serde_json.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use restanza::json::{self, Flaw, Node, NotInteger};
use restanza_oracle::cases;
use restanza_oracle::json::{agree, read, values};

fn same(text: &[u8]) -> Result<(), TestCaseError> {
    agree(text).map_err(TestCaseError::fail)
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "\"\":",
    "{\"k\":",
    "[[",
    "]]",
    " ",
    "\n",
    "\t",
    "\u{b}",
    "0",
    "-",
    "01",
    "1",
    "12",
    ".",
    "1.5",
    "e",
    "E+",
    "e-7",
    "null",
    "true",
    "false",
    "nul",
    "NaN",
    "Infinity",
    "\\",
    "\\\"",
    "\\u",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "\\uD83D\\uDE00",
    "\\n",
    "\\/",
    "\\x",
    "\u{0}",
    "\u{1f}",
    "\u{7f}",
    "é",
    "😀",
    "\u{feff}",
    "\u{ffff}",
    "//",
    "/*",
    "'",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    (values(8, 8), any::<bool>()).prop_map(|(value, pretty)| {
        if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap()
    })
}

/// A text with some bytes changed, inserted or taken out.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), 0..4, select(PIECES), any::<u8>());
    (text(), vec(change, 1..4)).prop_map(|(mut text, changes)| {
        for (index, way, piece, byte) in changes {
            let at = index.index(text.len().max(1)).min(text.len());
            match way {
                0 => text.truncate(at),
                1 => drop(text.splice(at..at, piece.bytes())),
                2 if at < text.len() => text[at] = byte,
                _ if at < text.len() => drop(text.remove(at)),
                _ => text.push(byte),
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(4000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_texts_read_the_same(text in text()) {
        prop_assert!(read(&text).is_ok());
        same(&text)?;
    }

    #[test]
    fn damaged_texts_read_the_same(text in damaged()) {
        same(&text)?;
    }

    #[test]
    fn soups_read_the_same(text in soup()) {
        same(&text)?;
    }

    #[test]
    fn any_bytes_read_the_same(text in vec(any::<u8>(), 0..16)) {
        same(&text)?;
    }

    #[test]
    fn repeated_keys_read_the_same(keys in vec(select(&["a", "b", "\\u0061", "c", "\\u0062"][..]), 0..9)) {
        let members: Vec<_> = keys.iter().enumerate().map(|(i, key)| format!("\"{key}\":{i}")).collect();
        let text = format!("{{{}}}", members.join(","));
        same(text.as_bytes())?;
        let mut nodes = [Node::default(); 32];
        let value = json::parse(text.as_bytes(), &mut nodes).unwrap();
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        for key in ["a", "b", "c", "d"] {
            prop_assert_eq!(value.get(key).and_then(json::Value::as_integer), theirs.get(key).and_then(|v| v.as_i64()));
        }
        // Each key once, at its last place.
        let entries: Vec<_> = value.entries().map(|(_, value)| value.as_integer().unwrap()).collect();
        prop_assert!(entries.is_sorted());
        prop_assert_eq!(entries.len(), theirs.as_object().unwrap().len());
    }

    #[test]
    fn what_is_written_reads_the_same(text in text()) {
        let mut nodes = vec![Node::default(); text.len() + 1];
        let value = json::parse(&text, &mut nodes).unwrap();
        let mut out = vec![0; text.len() * 2 + 16];
        let n = json::write::to_slice(&value, &mut out).unwrap();
        let theirs: serde_json::Value = serde_json::from_slice(&text).unwrap();
        prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&out[..n]).unwrap(), theirs);
    }

    #[test]
    fn strings_decode_the_same(plain in any::<String>()) {
        let text = serde_json::to_vec(&plain).unwrap();
        let mut nodes = [Node::default(); 1];
        let string = json::parse(&text, &mut nodes).unwrap().as_str().unwrap();
        prop_assert_eq!(string.to_string(), &*plain);
        prop_assert!(string == *plain && string.chars().eq(plain.chars()));
        prop_assert_eq!(string.is_empty(), plain.is_empty());
    }

    /// `coefficient` is written with a point somewhere and an exponent that makes up for it.
    #[test]
    fn integers_are_known_by_value(
        coefficient in prop_oneof![any::<i64>(), -1000..1000i64],
        zeros in 0..4u32,
        point in 0..24usize,
        more in -6..6i64,
    ) {
        let digits = format!("{:0>24}{}", coefficient.unsigned_abs(), "0".repeat(zeros as usize));
        let (whole, fraction) = digits.split_at(digits.len() - point);
        let whole = whole.trim_start_matches('0');
        let text = format!(
            "{}{}{}{fraction}e{}",
            if coefficient < 0 { "-" } else { "" },
            if whole.is_empty() { "0" } else { whole },
            if fraction.is_empty() { "" } else { "." },
            point as i64 - i64::from(zeros) + more,
        );
        let mut nodes = [Node::default(); 1];
        let found = json::parse(text.as_bytes(), &mut nodes).unwrap().as_number().unwrap().integer();
        let scale = 10i128.pow(more.unsigned_abs() as u32);
        let wanted = if more >= 0 {
            i64::try_from(i128::from(coefficient) * scale).map_err(|_| NotInteger::Range)
        } else if i128::from(coefficient) % scale == 0 {
            Ok((i128::from(coefficient) / scale) as i64)
        } else {
            Err(NotInteger::Fraction)
        };
        prop_assert_eq!(found, wanted, "{}", text);
    }
}

#[test]
fn a_short_tape_is_refused_at_every_length() {
    let text = br#"{"a":[1,{"b":null}],"c":"x"}"#;
    let whole = 9;
    for len in 0..whole + 2 {
        let mut nodes = vec![Node::default(); len];
        match json::parse(text, &mut nodes) {
            Ok(_) => assert!(len >= whole),
            Err(error) => assert!(len < whole && error.flaw == Flaw::TooManyNodes),
        }
    }
}
