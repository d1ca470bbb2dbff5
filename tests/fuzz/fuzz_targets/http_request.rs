//! The HTTP server takes the same requests however the bytes arrive, and none that hyper sees differently.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza_oracle::http::serve;
use restanza_oracle::hyper::{hyper_serves, shown};

fuzz_target!(|data: &[u8]| {
    let [size, stream @ ..] = data else { return };
    let whole = serve(stream, usize::MAX);
    assert_eq!(serve(stream, usize::from(*size % 16) + 1), whole);
    let ours: Vec<_> = whole.0.iter().map(shown).collect();
    // hyper takes these in a target that begins with a slash, but not in an absolute one.
    let is_odd = |target: &str| {
        !target.starts_with('/') && target.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    };
    if ours.iter().any(|taken| is_odd(&taken.target)) {
        return;
    }
    let (theirs, _) = hyper_serves(stream);
    assert!(theirs.starts_with(&ours), "we take {ours:?}, hyper {theirs:?}");
});
