//! The JSON reader says what serde_json says.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| restanza_oracle::json::agree(data).unwrap());
