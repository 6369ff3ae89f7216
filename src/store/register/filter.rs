//! A set that may say yes of what it does not hold, and never no of what it does: a Bloom filter in blocks of a cache line's half
//! (Putze, Sanders and Singler, Cache-, Hash- and Space-Efficient Bloom Filters, 2007), laid out as in Apache Parquet.

use super::pack::Mark;

/// Bits for each entry: one question in some seven hundred is answered with a wrong yes.
const BITS_AN_ENTRY: usize = 16;

type Block = [u8; 32];

/// The filters of so many full runs are woven into one.
const WOVEN: usize = 8;

/// One odd multiplier for each word of a block, as Parquet has them.
const SALT: [u32; 8] = [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// The set.
#[derive(Debug, Default)]
pub struct Filter {
    /// Each of eight words, little end first.
    blocks: Vec<Block>,
}

/// The filters of all runs, the oldest first. Each question to one is a place in main memory that no cache and no page table in one
/// holds: of full runs, which are filters of one size, blocks that the same mark asks for lie side by side.
#[derive(Debug, Default)]
pub struct Filters {
    woven: Vec<Vec<[Block; WOVEN]>>,
    loose: Vec<Filter>,
}

/// A mark, ready to be asked for in many filters.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// What chooses the block.
    high: u64,
    bits: Block,
}

impl From<Mark> for Probe {
    fn from(mark: Mark) -> Probe {
        // The hash is even already; what else a mark has moves it.
        let hash = mark.hash.wrapping_add(mark.of.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut bits = [0; 32];
        for (word, salt) in bits.as_chunks_mut::<4>().0.iter_mut().zip(SALT) {
            *word = (1_u32 << ((hash as u32).wrapping_mul(salt) >> 27)).to_le_bytes();
        }
        Probe { high: hash >> 32, bits }
    }
}

impl Filter {
    /// A filter that no more than `most` marks are added to.
    pub fn with_room(most: usize) -> Filter {
        Filter { blocks: vec![[0; 32]; (most * BITS_AN_ENTRY).div_ceil(8 * size_of::<Block>())] }
    }

    /// Adds a mark.
    pub fn add(&mut self, mark: Mark) {
        let probe = Probe::from(mark);
        let at = probe.place(self.blocks.len());
        if let Some(block) = self.blocks.get_mut(at) {
            block.iter_mut().zip(probe.bits).for_each(|(byte, bits)| *byte |= bits);
        }
    }

    /// Whether it may hold a mark.
    fn may_hold(&self, probe: &Probe) -> bool {
        self.blocks.get(probe.place(self.blocks.len())).is_some_and(|block| probe.is_in(block))
    }

    /// As it is stored.
    pub fn bytes(&self) -> &[u8] {
        self.blocks.as_flattened()
    }

    /// From [`Self::bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Filter {
        Filter { blocks: bytes.as_chunks().0.to_vec() }
    }
}

impl Probe {
    /// Which of so many blocks is asked.
    fn place(&self, blocks: usize) -> usize {
        ((self.high * blocks as u64) >> 32) as usize
    }

    /// Without a branch for each word: the next block is asked for before this one has come.
    fn is_in(&self, block: &Block) -> bool {
        block.iter().zip(self.bits).fold(0, |missing, (byte, bits)| missing | (bits & !byte)) == 0
    }
}

impl Filters {
    /// Adds that of a run that is newer than all.
    pub fn push(&mut self, filter: Filter) {
        self.loose.push(filter);
        // The newest run may still be taken into the next one.
        if let [full @ .., _] = &self.loose[..]
            && full.len() == WOVEN
            && full.iter().all(|filter| filter.blocks.len() == full[0].blocks.len())
        {
            let blocks = (0..full[0].blocks.len()).map(|at| std::array::from_fn(|n| full[n].blocks[at]));
            self.woven.push(blocks.collect());
            self.loose.drain(..WOVEN);
        }
    }

    /// Takes out that of the newest run, after which another must be pushed.
    pub fn pop(&mut self) {
        self.loose.pop();
    }

    /// Has the memory send what several marks will be asked for. It sends a dozen places in the time of one, but only to whom does not
    /// wait for the first before asking for the next.
    pub fn call_up(&self, marks: &[Mark]) {
        let mut sum = 0;
        for mark in marks {
            let probe = Probe::from(*mark);
            for woven in &self.woven {
                // Two blocks of 32 bytes come in one line of a cache.
                let blocks = woven.get(probe.place(woven.len()));
                sum ^= blocks.map_or(0, |blocks| blocks.iter().step_by(2).fold(0, |sum, block| sum ^ block[0]));
            }
            for filter in &self.loose {
                sum ^= filter.blocks.get(probe.place(filter.blocks.len())).map_or(0, |block| block[0]);
            }
        }
        std::hint::black_box(sum);
    }

    /// Which runs may hold a mark, the newest first; counted from 0, the oldest.
    pub fn holding(&self, probe: Probe) -> impl Iterator<Item = usize> {
        let before = self.woven.len() * WOVEN;
        let loose = self.loose.iter().enumerate().rev().filter(move |(_, filter)| filter.may_hold(&probe)).map(move |(n, _)| before + n);
        let woven = self.woven.iter().enumerate().rev().flat_map(move |(group, woven)| {
            let blocks = woven.get(probe.place(woven.len()));
            let holding = blocks.map(|blocks| blocks.each_ref().map(|block| probe.is_in(block))).unwrap_or_default();
            (0..WOVEN).rev().filter(move |n| holding[*n]).map(move |n| group * WOVEN + n)
        });
        loose.chain(woven)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(n: u64) -> Mark {
        Mark::new(n.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(31), n as i64 % 5, n as u8 % 7)
    }

    #[test]
    fn it_says_yes_of_all_that_it_holds_and_no_of_nearly_all_else() {
        let mut filter = Filter::with_room(20_000);
        (0..20_000).for_each(|n| filter.add(mark(n)));
        let filter = Filter::from_bytes(filter.bytes());
        assert!((0..20_000).all(|n| filter.may_hold(&mark(n).into())));
        let wrong = (20_000..220_000).filter(|n| filter.may_hold(&mark(*n).into())).count();
        assert!(wrong < 200_000 / 400, "{wrong}");
        assert!(!Filter::with_room(0).may_hold(&mark(1).into()));
    }

    #[test]
    fn of_many_each_says_what_it_says_alone() {
        let (mut all, mut alone) = (Filters::default(), Vec::new());
        for n in 0..21 {
            // Two are of another size, and one of them is made anew.
            let mut filter = Filter::with_room(if n == 17 || n == 20 { 40 } else { 100 });
            (0..100).for_each(|held| filter.add(mark(n * 90 + held)));
            if n == 20 {
                all.push(Filter::with_room(7));
                all.pop();
            }
            all.push(Filter::from_bytes(filter.bytes()));
            alone.push(filter);
        }
        assert_eq!((all.woven.len(), all.loose.len()), (2, 5));
        for n in 0..4000 {
            let probe = Probe::from(mark(n));
            let holding: Vec<usize> = (0..alone.len()).rev().filter(|run| alone[*run].may_hold(&probe)).collect();
            assert_eq!(all.holding(probe).collect::<Vec<_>>(), holding, "{n}");
        }
    }
}
