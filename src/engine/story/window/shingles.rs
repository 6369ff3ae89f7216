//! Shingles with the articles that they stand in, four bytes each.

use super::slot::Slot;

/// Buckets; the lower half of a shingle chooses one. The upper half would not do: the shingles kept of a text are its smallest.
const BUCKETS: usize = 1 << 16;

/// Many shingles, each with an article. It grows bucket by bucket, so it is never held twice.
#[derive(Debug, Default)]
pub struct Shingles {
    /// The upper half of each shingle and, below it, the slot of its article; the newest articles come last. None before the first.
    buckets: Vec<Vec<u32>>,
}

fn entry(key: u32, slot: Slot) -> u32 {
    key & 0xffff_0000 | u32::from(slot.0)
}

fn slot(entry: u32) -> Slot {
    Slot(entry as u16)
}

impl Shingles {
    /// The bucket of a shingle, with room for one more.
    fn bucket(&mut self, key: u32) -> &mut Vec<u32> {
        if self.buckets.is_empty() {
            self.buckets.resize(BUCKETS, Vec::new());
        }
        let bucket = &mut self.buckets[key as u16 as usize];
        if bucket.len() == bucket.capacity() {
            // Twice as many, as a vector grows by itself, would leave a third of all unused.
            bucket.reserve_exact(4 + bucket.len() / 4);
        }
        bucket
    }

    /// Adds an article, mostly the newest of all, whose slot is `newest`.
    pub fn add(&mut self, keys: &[u32], of: Slot, newest: Slot) {
        for key in keys {
            let bucket = self.bucket(*key);
            let older = bucket.iter().rposition(|entry| slot(*entry).age(newest) >= of.age(newest));
            bucket.insert(older.map_or(0, |at| at + 1), entry(*key, of));
        }
    }

    /// Adds an article that is older than all before it; [`Self::turn`] when all are there.
    pub fn add_older(&mut self, keys: &[u32], of: Slot) {
        keys.iter().for_each(|key| self.bucket(*key).push(entry(*key, of)));
    }

    /// Puts the newest last, where they came first.
    pub fn turn(&mut self) {
        self.buckets.iter_mut().for_each(|bucket| bucket.reverse());
    }

    /// The articles that a shingle stands in, the newest first.
    pub fn of(&self, key: u32) -> impl Iterator<Item = Slot> {
        let bucket = self.buckets.get(key as u16 as usize).map_or(&[][..], Vec::as_slice);
        bucket.iter().rev().filter(move |entry| (**entry ^ key) >> 16 == 0).map(|entry| slot(*entry))
    }

    /// Takes an article out of the shingles that it was added to. The oldest is found at once.
    pub fn remove(&mut self, keys: &[u32], of: Slot) {
        for key in keys {
            let Some(bucket) = self.buckets.get_mut(*key as u16 as usize) else { return };
            if let Some(at) = bucket.iter().position(|held| *held == entry(*key, of)) {
                bucket.remove(at);
            }
        }
    }

    /// Whether nothing stands in it.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.buckets.iter().all(Vec::is_empty)
    }
}
