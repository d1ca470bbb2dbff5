//! Values of our reader as values of serde_json.

use proptest::collection::vec;
use proptest::prelude::*;
use restanza::json::{JsonError, Kind, Node, Value, parse};

/// Reads a text with our reader. The tape is large enough for any text that the tests make.
pub fn read(bytes: &[u8]) -> Result<serde_json::Value, JsonError> {
    parse(bytes, &mut vec![Node::default(); bytes.len() + 1]).map(owned)
}

/// Everything that the views show, copied.
pub fn owned(value: Value<'_>) -> serde_json::Value {
    match value.kind() {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool => value.as_bool().unwrap().into(),
        // By its text: serde_json's arbitrary precision keeps all of a number.
        Kind::Number => serde_json::from_str(value.raw()).expect("a number"),
        Kind::String => value.as_str().unwrap().to_string().into(),
        Kind::Array => value.items().map(owned).collect(),
        Kind::Object => value.entries().map(|(key, value)| (key.to_string(), owned(value))).collect(),
    }
}

/// Says how we and serde_json differ about a text, if it is not for our limits: serde_json nests to 127 and counts
/// nothing.
pub fn agree(text: &[u8]) -> Result<(), String> {
    match (read(text), serde_json::from_slice::<serde_json::Value>(text)) {
        (Ok(ours), Ok(theirs)) if ours == theirs => Ok(()),
        (Ok(ours), Ok(theirs)) => Err(format!("read as {ours}, not as {theirs}")),
        (Err(error), Ok(_)) if error.flaw.is_limit() => Ok(()),
        (Err(error), Ok(_)) => Err(format!("refused: {error}")),
        (Ok(ours), Err(error)) => Err(format!("accepted: {ours}: {error}")),
        (Err(ours), Err(_)) if ours.at <= text.len() && ours.line >= 1 && ours.column >= 1 => Ok(()),
        (Err(ours), Err(_)) => Err(format!("refused beyond the text, at {}", ours.at)),
    }
}

/// Any values, with texts and lists up to so long.
pub fn values(chars: usize, items: u32) -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        proptest::string::string_regex(&format!("[a-z\"\\\\\u{0}-\u{20}é😀\u{ffff}]{{0,{chars}}}"))
            .expect("a pattern")
            .prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, items, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..items as usize).prop_map(Into::into),
            vec(("[a-cé\"\n]{0,2}", inner), 0..8)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}
