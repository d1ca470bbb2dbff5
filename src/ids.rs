//! Ids that nobody can guess, and numbers for jitter, without a random source in the core.
//!
//! The shell seeds [`Ids`] once with 32 random bytes. Every draw is SHA-1 over the seed and a counter that never
//! repeats; whoever sees any number of ids learns nothing of the next, so an answer that carries one of our ids
//! was made by somebody who saw the question.

use core::fmt;

use sha1_smol::Sha1;

/// The characters of an id: base32 of RFC 4648, in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Draws ids and numbers from a seed.
pub struct Ids {
    seed: [u8; 32],
    drawn: u64,
}

/// An id for a stanza: 24 characters, 120 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id([u8; Id::LEN]);

impl Ids {
    /// Starts with a seed from the system's random source; the same seed gives the same ids.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// An id that was never given before.
    pub fn id(&mut self) -> Id {
        Id::from_digest(&self.draw())
    }

    /// An id that belongs to that number: the same whenever it is asked for, and none that was drawn.
    pub fn of(&self, number: u64) -> Id {
        // One byte longer than what is hashed for a draw.
        let mut hash = Sha1::new();
        hash.update(&self.seed);
        hash.update(&number.to_be_bytes());
        hash.update(&[1]);
        Id::from_digest(&hash.digest().bytes())
    }

    /// Any number, all equally likely.
    pub fn random_u64(&mut self) -> u64 {
        self.draw().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn draw(&mut self) -> [u8; 20] {
        let mut hash = Sha1::new();
        hash.update(&self.seed);
        hash.update(&self.drawn.to_be_bytes());
        self.drawn += 1;
        hash.digest().bytes()
    }
}

/// The seed is a secret: who has it knows every id to come.
impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").field("drawn", &self.drawn).finish_non_exhaustive()
    }
}

impl Id {
    /// The length of every id.
    pub const LEN: usize = 24;

    fn from_digest(digest: &[u8; 20]) -> Self {
        let mut id = [0; Self::LEN];
        // 5 bytes of the digest are 8 characters.
        for (bytes, chars) in digest.chunks_exact(5).zip(id.chunks_exact_mut(8)) {
            let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for (at, c) in chars.iter_mut().enumerate() {
                *c = ALPHABET[(bits >> (35 - 5 * at)) as usize & 31];
            }
        }
        Self(id)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        // All of them are of the alphabet.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_seed_gives_known_draws() {
        // Computed by another program: base32 of the first 15 bytes of SHA-1 over 40 zero bytes; then the first
        // 8 bytes of SHA-1 over 39 zero bytes and a one.
        let mut ids = Ids::new([0; 32]);
        assert_eq!(ids.id().as_str(), "xag6lujyowcudrpqkjs22fck");
        assert_eq!(ids.random_u64(), 2_179_706_484_425_016_985);
    }

    #[test]
    fn every_draw_is_another() {
        let mut ids = Ids::new([7; 32]);
        let mut seen = [Id([0; Id::LEN]); 500];
        for at in 0..seen.len() {
            seen[at] = ids.id();
            assert!(!seen[..at].contains(&seen[at]));
        }
        assert_ne!(ids.random_u64(), ids.random_u64());
        assert_ne!(Ids::new([8; 32]).id(), seen[0]);
        assert_eq!(Ids::new([7; 32]).id(), seen[0]);
    }
}
