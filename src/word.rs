//! Eight bytes looked at together, for scans whose ends are mostly near: `memchr` is for the far ones.

use core::ops::{BitOr, BitXor};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Eight bytes.
#[derive(Clone, Copy)]
pub(crate) struct Word(u64);

/// Some of the eight, of which only the first is sure.
#[derive(Clone, Copy)]
pub(crate) struct Marks(u64);

impl Word {
    #[inline]
    pub(crate) const fn new(bytes: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(bytes))
    }

    /// Those below `n`, which is at most 128.
    #[inline]
    pub(crate) const fn below(self, n: u8) -> Marks {
        // The lowest byte that is below n has its high bit set, and none under it has.
        Marks(self.0.wrapping_sub(ONES * n as u64) & !self.0 & HIGH)
    }

    /// Those below a space, and double quotes: with this bit turned round a quote is a space, and nothing else comes
    /// to stand below it.
    #[inline]
    pub(crate) const fn below_or_quote(self) -> Marks {
        Self(self.0 ^ (ONES * 0x02)).below(b' ' + 1)
    }

    /// Those that are this one.
    #[inline]
    pub(crate) const fn equal(self, byte: u8) -> Marks {
        Self(self.0 ^ (ONES * byte as u64)).below(1)
    }

    /// Those that are this one, all of them sure.
    #[inline]
    pub(crate) const fn every(self, byte: u8) -> Marks {
        let other = self.0 ^ (ONES * byte as u64);
        Marks(!(((other & !HIGH) + !HIGH) | other) & HIGH)
    }

    /// Those that are not ASCII.
    #[inline]
    pub(crate) const fn foreign(self) -> Marks {
        Marks(self.0 & HIGH)
    }
}

impl Marks {
    pub(crate) const NONE: Self = Self(0);

    /// Those before the first of the others.
    #[inline]
    pub(crate) const fn before(self, others: Self) -> Self {
        Self(self.0 & others.0.wrapping_sub(1) & !others.0)
    }

    /// Whether there are none.
    #[inline]
    pub(crate) const fn are_none(self) -> bool {
        self.0 == 0
    }

    /// Whether they are an even number.
    #[inline]
    pub(crate) const fn are_even(self) -> bool {
        self.0.count_ones() & 1 == 0
    }

    /// The place of the first.
    #[inline]
    pub(crate) const fn first(self) -> Option<usize> {
        if self.0 == 0 { None } else { Some(self.0.trailing_zeros() as usize / 8) }
    }
}

impl BitOr for Marks {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Whether two texts are the same; for short ones, where a call of `memcmp` costs more than the comparison.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    fn by<const N: usize>(a: &[u8], b: &[u8]) -> Option<bool> {
        // Two pieces that may overlap.
        let (starts, ends) =
            ((a.first_chunk::<N>()?, b.first_chunk()?), (a.last_chunk::<N>()?, b.last_chunk()?));
        Some(starts.0 == starts.1 && ends.0 == ends.1)
    }
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0 => true,
        1 => a[0] == b[0],
        2..4 => by::<2>(a, b) == Some(true),
        4..8 => by::<4>(a, b) == Some(true),
        8..=16 => by::<8>(a, b) == Some(true),
        _ => a == b,
    }
}

/// Those of one that are not of the other: the number of both is even if that of these is.
impl BitXor for Marks {
    type Output = Self;

    #[inline]
    fn bitxor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_found() {
        // Every byte in every place, before, between and behind others that could mislead.
        for around in [0, 1, 0x1f, 0x20, b'<', 0x7f, 0x80, 0xff] {
            for (at, byte) in (0..8).flat_map(|at| (0..=255).map(move |byte| (at, byte))) {
                let mut bytes = [around; 8];
                bytes[at] = byte;
                let word = Word::new(bytes);
                let first = |is: &dyn Fn(u8) -> bool| bytes.iter().position(|b| is(*b));
                assert_eq!(word.below(0x20).first(), first(&|b| b < 0x20), "{bytes:?}");
                assert_eq!(word.equal(b'<').first(), first(&|b| b == b'<'), "{bytes:?}");
                assert_eq!(word.below_or_quote().first(), first(&|b| b < 0x20 || b == b'"'), "{bytes:?}");
                let quotes = word.every(b'<').before(word.below(0x20));
                let wanted = bytes.iter().take_while(|b| **b >= 0x20).filter(|b| **b == b'<').count();
                assert_eq!(
                    (quotes.are_none(), quotes.are_even()),
                    (wanted == 0, wanted % 2 == 0),
                    "{bytes:?}"
                );
                assert_eq!(word.foreign().first(), first(&|b| b >= 0x80), "{bytes:?}");
                let either = word.equal(b'<') | word.below(0x20);
                assert_eq!(either.first(), first(&|b| b == b'<' || b < 0x20), "{bytes:?}");
            }
        }
    }
}
