//! A set that may say yes of what it does not hold, and never no of what it does: a Bloom filter in blocks of a cache line's half
//! (Putze, Sanders and Singler, Cache-, Hash- and Space-Efficient Bloom Filters, 2007), laid out as in Apache Parquet.

use super::pack::Mark;

/// Bits for each entry: one question in some two hundred is answered with a wrong yes.
const BITS_AN_ENTRY: usize = 12;

/// Bits of a block.
const BLOCK: usize = 256;

/// One odd multiplier for each word of a block, as Parquet has them.
const SALT: [u32; 8] = [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// The set.
#[derive(Debug, Default)]
pub struct Filter {
    blocks: Vec<[u32; 8]>,
}

impl Filter {
    /// A filter of marks.
    pub fn new(marks: impl ExactSizeIterator<Item = Mark>) -> Filter {
        let mut filter = Filter { blocks: vec![[0; 8]; (marks.len() * BITS_AN_ENTRY).div_ceil(BLOCK)] };
        for mark in marks {
            let (at, bits) = filter.place(mark);
            if let Some(block) = filter.blocks.get_mut(at) {
                block.iter_mut().zip(bits).for_each(|(word, bit)| *word |= bit);
            }
        }
        filter
    }

    /// Whether it may hold a mark.
    pub fn may_hold(&self, mark: Mark) -> bool {
        let (at, bits) = self.place(mark);
        self.blocks.get(at).is_some_and(|block| block.iter().zip(bits).all(|(word, bit)| word & bit != 0))
    }

    fn place(&self, mark: Mark) -> (usize, [u32; 8]) {
        // The hash is even already; what else a mark has moves it.
        let of = (mark.feed.cast_unsigned() << 8 | u64::from(mark.kind)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = mark.hash.wrapping_add(of);
        let at = ((hash >> 32) * self.blocks.len() as u64) >> 32;
        (at as usize, SALT.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27)))
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
        let filter = Filter::new((0..20_000).map(|n| mark(n as u64)));
        let filter = Filter::from_bytes(&filter.bytes());
        assert!((0..20_000).all(|n| filter.may_hold(mark(n))));
        let wrong = (20_000..220_000).filter(|n| filter.may_hold(mark(*n))).count();
        assert!(wrong < 200_000 / 100, "{wrong}");
        assert!(!Filter::new([].into_iter()).may_hold(mark(1)));
    }
}
