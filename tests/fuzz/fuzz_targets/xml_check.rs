//! The XML checker says what rxml says, and what it accepts is copied faithfully.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza::xml::Source;
use restanza_oracle::xml::agree;

fuzz_target!(|data: &[u8]| {
    for source in [Source::Body, Source::Stanza] {
        agree(data, source).unwrap();
    }
});
