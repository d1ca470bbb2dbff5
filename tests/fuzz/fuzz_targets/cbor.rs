//! The CBOR reader says what ciborium says, and its JSON written as CBOR says the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza_oracle::cbor::{agree, read, same, write};

fuzz_target!(|data: &[u8]| {
    agree(data).unwrap();
    let Ok(json) = read(data) else { return };
    let again: ciborium::Value = ciborium::from_reader(&write(&json.to_string())[..]).expect("CBOR");
    assert!(same(&json, &again), "{json}\n{again:?}");
});
