//! A set that may say yes of what it does not hold, and never no of what it does: a Bloom filter in blocks of a cache line's half
//! (Putze, Sanders and Singler, Cache-, Hash- and Space-Efficient Bloom Filters, 2007), laid out as in Apache Parquet.

use super::pack::Mark;

/// Bits for each entry: one question in some seven hundred is answered with a wrong yes.
const BITS_AN_ENTRY: usize = 16;

/// Bits of a block.
const BLOCK: usize = 256;

/// One odd multiplier for each word of a block, as Parquet has them.
const SALT: [u32; 8] = [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// The set.
#[derive(Debug, Default)]
pub struct Filter {
    blocks: Vec<[u32; 8]>,
}

/// A mark, ready to be asked for in many filters.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// What chooses the block.
    high: u64,
    bits: [u32; 8],
}

impl From<Mark> for Probe {
    fn from(mark: Mark) -> Probe {
        // The hash is even already; what else a mark has moves it.
        let of = (mark.feed.cast_unsigned() << 8 | u64::from(mark.kind)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = mark.hash.wrapping_add(of);
        Probe { high: hash >> 32, bits: SALT.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27)) }
    }
}

impl Filter {
    /// A filter that no more than `most` marks are added to.
    pub fn with_room(most: usize) -> Filter {
        Filter { blocks: vec![[0; 8]; (most * BITS_AN_ENTRY).div_ceil(BLOCK)] }
    }

    /// Adds a mark.
    pub fn add(&mut self, mark: Mark) {
        let probe = Probe::from(mark);
        let at = self.block(&probe);
        if let Some(block) = self.blocks.get_mut(at) {
            block.iter_mut().zip(probe.bits).for_each(|(word, bit)| *word |= bit);
        }
    }

    /// Whether it may hold a mark. Without a branch for each word: the next filter is asked before this one's memory has come.
    pub fn may_hold(&self, probe: &Probe) -> bool {
        let Some(block) = self.blocks.get(self.block(probe)) else { return false };
        block.iter().zip(probe.bits).fold(0, |missing, (word, bit)| missing | (bit & !word)) == 0
    }

    fn block(&self, probe: &Probe) -> usize {
        ((probe.high * self.blocks.len() as u64) >> 32) as usize
    }

    /// As it is stored: each word little end first.
    pub fn bytes(&self) -> Vec<u8> {
        self.blocks.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// From [`Self::bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Filter {
        let words = |block: &[u8; 32]| {
            let mut words = [0; 8];
            words.iter_mut().zip(block.as_chunks::<4>().0).for_each(|(word, four)| *word = u32::from_le_bytes(*four));
            words
        };
        Filter { blocks: bytes.as_chunks::<32>().0.iter().map(words).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_yes_of_all_that_it_holds_and_no_of_nearly_all_else() {
        let mark = |n: u64| Mark { hash: n.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(31), feed: n as i64 % 5, kind: n as u8 % 7 };
        let mut filter = Filter::with_room(20_000);
        (0..20_000).for_each(|n| filter.add(mark(n)));
        let filter = Filter::from_bytes(&filter.bytes());
        assert!((0..20_000).all(|n| filter.may_hold(&mark(n).into())));
        let wrong = (20_000..220_000).filter(|n| filter.may_hold(&mark(*n).into())).count();
        assert!(wrong < 200_000 / 400, "{wrong}");
        assert!(!Filter::with_room(0).may_hold(&mark(1).into()));
    }
}
