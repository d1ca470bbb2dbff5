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
