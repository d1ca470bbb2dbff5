//! The system's random source.

use std::io;

use rustix::io::retry_on_intr;
use rustix::rand::{GetRandomFlags, getrandom};

/// `N` bytes that nobody can guess; waits for the system to have them, which it may not just after it booted.
pub(super) fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    // So few come at once, or none: random(7).
    const { assert!(N <= 256) };
    let mut bytes = [0; N];
    retry_on_intr(|| getrandom(&mut bytes, GetRandomFlags::empty()))?;
    Ok(bytes)
}
