//! The framer gives the same pieces however the bytes arrive; skipping changes nothing else. The first two bytes choose
//! the size of the segments and of the buffer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza_oracle::frames::{Found, frames};

fuzz_target!(|data: &[u8]| {
    let [size, room, stream @ ..] = data else { return };
    let whole = frames(&[stream], usize::MAX);
    let segments: Vec<_> = stream.chunks(usize::from(*size % 16) + 1).collect();
    assert_eq!(frames(&segments, usize::MAX), whole);
    let bounded = frames(&segments, usize::from(*room) + 64);
    for (whole, bounded) in whole.iter().zip(&bounded) {
        match (whole, bounded) {
            (Found::Stanza(stanza), Found::Skipped(n)) => assert_eq!(stanza.len(), *n),
            (_, Found::Skipped(_) | Found::Broken(_)) => break,
            _ => assert_eq!(whole, bounded),
        }
    }
});
