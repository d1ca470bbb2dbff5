//! Our CBOR beside ciborium's.

use ciborium::Value;
use restanza::cbor::{CborError, Flaw, from_json, to_json};
use serde_json::Value as Json;

/// Reads CBOR with our reader, and its JSON with serde_json, which must find nothing wrong with it.
pub fn read(cbor: &[u8]) -> Result<Json, CborError> {
    let mut out = vec![0; 30 * cbor.len() + 30];
    let len = to_json(cbor, &mut out)?;
    Ok(serde_json::from_slice(&out[..len]).expect("what we make of CBOR is JSON"))
}

/// Writes JSON text, as our writer makes it, as CBOR.
pub fn write(json: &str) -> Vec<u8> {
    let mut memory = json.as_bytes().to_vec();
    memory.resize(7 * json.len() + 16, 0);
    let len = from_json(&mut memory, json.len()).expect("there is room");
    memory.truncate(len);
    memory
}

/// Says how we and ciborium differ about bytes, if it is not that JSON has no word for what they say.
pub fn agree(cbor: &[u8]) -> Result<(), String> {
    let mut rest = cbor;
    let theirs = ciborium::from_reader::<Value, _>(&mut rest);
    match (read(cbor), theirs) {
        (Ok(_), Ok(_)) if !rest.is_empty() => Err("accepted with a rest".to_owned()),
        (Ok(ours), Ok(theirs)) if same(&ours, inner(&theirs)) => Ok(()),
        (Ok(ours), Ok(theirs)) => Err(format!("read as {ours}, not as {theirs:?}")),
        (Ok(ours), Err(error)) => Err(format!("accepted: {ours}: {error}")),
        (Err(error), _) if error.at > cbor.len() => Err(format!("refused beyond the bytes, at {}", error.at)),
        (Err(error), Ok(theirs)) if is_ours_to_refuse(error.flaw, &theirs, rest) => Ok(()),
        (Err(error), Ok(_)) if is_long_simple(&cbor[error.at..]) => Ok(()),
        (Err(CborError { flaw: Flaw::Text, at }), Ok(_)) if is_nested_text(&cbor[at..]) => Ok(()),
        (Err(error), Ok(theirs)) => Err(format!("refused: {error}: {theirs:?}")),
        (Err(_), Err(_)) => Ok(()),
    }
}

/// Whether ciborium takes what we refuse for a reason that we have.
fn is_ours_to_refuse(flaw: Flaw, theirs: &Value, rest: &[u8]) -> bool {
    match flaw {
        Flaw::Trailing => !rest.is_empty(),
        Flaw::TooDeep => true,
        // The first thing wrong is named, and there may be more than one.
        flaw if flaw.is_about_a_value() => !is_sayable(theirs),
        _ => false,
    }
}

/// Whether a simple value below 32 is written in two bytes, which RFC 8949, section 3.3, calls not well-formed, and
/// ciborium takes.
fn is_long_simple(cbor: &[u8]) -> bool {
    matches!(cbor, [0xF8, ..0x20, ..])
}

/// Whether a text in pieces has one that is in pieces itself, which RFC 8949, section 3.2.3, calls not well-formed, and
/// ciborium takes.
fn is_nested_text(cbor: &[u8]) -> bool {
    let [0x7F, pieces @ ..] = cbor else { return false };
    let mut rest = pieces;
    loop {
        let (bytes, tail) = match rest {
            [0x7F, ..] => return true,
            [head @ 0x60..0x78, tail @ ..] => (usize::from(head - 0x60), tail),
            [0x78, len, tail @ ..] => (usize::from(*len), tail),
            [0x79, high, low, tail @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), tail),
            _ => return false,
        };
        let Some(after) = tail.get(bytes..) else { return false };
        rest = after;
    }
}

/// Whether JSON has a word for it. ciborium shows undefined as null, and bignums as integers.
fn is_sayable(value: &Value) -> bool {
    match value {
        Value::Integer(_) | Value::Null => false,
        Value::Float(number) => number.is_finite(),
        Value::Text(_) | Value::Bool(_) => true,
        Value::Array(items) => items.iter().all(is_sayable),
        Value::Map(members) => members.iter().all(|(key, value)| key.is_text() && is_sayable(value)),
        _ => false,
    }
}

/// Without the tag that says "this is CBOR".
fn inner(value: &Value) -> &Value {
    match value {
        Value::Tag(55_799, inner) => inner,
        other => other,
    }
}

/// Whether both say the same; of repeated keys the last counts.
pub fn same(json: &Json, cbor: &Value) -> bool {
    match (json, cbor) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Number(ours), Value::Integer(theirs)) => {
            let (ours, theirs) = (ours.to_string(), i128::from(*theirs));
            ours == theirs.to_string() || (ours == "-0" && theirs == 0)
        }
        (Json::Number(ours), Value::Float(theirs)) => {
            ours.to_string().parse::<f64>().is_ok_and(|ours| ours == *theirs)
        }
        (Json::String(ours), Value::Text(theirs)) => ours == theirs,
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Value::Map(theirs)) => {
            let last = |name: &str| theirs.iter().rfind(|(key, _)| key.as_text() == Some(name));
            theirs.iter().all(|(key, _)| key.as_text().is_some_and(|key| ours.contains_key(key)))
                && ours.iter().all(|(key, value)| last(key).is_some_and(|(_, theirs)| same(value, theirs)))
        }
        _ => false,
    }
}
