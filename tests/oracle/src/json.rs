//! Values of our reader as values of serde_json.

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
