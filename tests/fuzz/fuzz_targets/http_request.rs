//! The HTTP server takes the same requests however the bytes arrive, and where hyper takes one, too, it is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza_oracle::http::serve;
use restanza_oracle::hyper::{hyper_serves, shown};

fuzz_target!(|data: &[u8]| {
    let [size, stream @ ..] = data else { return };
    let whole = serve(stream, usize::MAX);
    assert_eq!(serve(stream, usize::from(*size % 16) + 1), whole);
    let ours: Vec<_> = whole.0.iter().map(shown).collect();
    let (theirs, _) = hyper_serves(stream);
    // Each is stricter somewhere (hyper with quotes in a query and with many trailers), and stops there.
    let same = theirs.starts_with(&ours) || ours.starts_with(&theirs);
    assert!(same, "we take {ours:?}, hyper {theirs:?}");
});
