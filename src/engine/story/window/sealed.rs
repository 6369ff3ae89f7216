//! Shingles with their articles, of many articles at once.

/// Entries of a bucket, on average.
const USUAL: usize = 8;

/// Many shingles, each with an article. To fill it takes a fraction of what a hash map takes; it never grows.
#[derive(Debug, Default)]
pub struct Sealed {
    /// Where each bucket begins and ends in `entries`.
    buckets: Vec<(u32, u32)>,
    /// Shingle and row by the lowest bits of the shingle; in a bucket the newest articles come first.
    entries: Vec<(u32, u32)>,
}

impl Sealed {
    /// Of shingles with the rows of their articles, the newest articles first. Up to 2³² of them.
    pub fn new(all: &[(u32, u32)]) -> Sealed {
        let count = (all.len() / USUAL).next_power_of_two();
        let of = |key: u32| key as usize & (count - 1);
        let mut buckets = vec![(0, 0); count];
        all.iter().for_each(|(key, _)| buckets[of(*key)].1 += 1);
        let mut from = 0;
        for bucket in &mut buckets {
            let len = bucket.1;
            *bucket = (from, from);
            from += len;
        }
        let mut entries = vec![(0, 0); all.len()];
        for entry in all {
            let end = &mut buckets[of(entry.0)].1;
            entries[*end as usize] = *entry;
            *end += 1;
        }
        Sealed { buckets, entries }
    }

    fn bucket(&self, key: u32) -> Option<usize> {
        (key as usize).checked_rem(self.buckets.len())
    }

    /// The articles that a shingle stands in, the newest first.
    pub fn of(&self, key: u32) -> impl Iterator<Item = u32> {
        let (from, to) = self.bucket(key).map_or((0, 0), |bucket| self.buckets[bucket]);
        self.entries[from as usize..to as usize].iter().filter(move |(other, _)| *other == key).map(|(_, row)| *row)
    }

    /// Takes an article out; says whether it was there.
    pub fn remove(&mut self, key: u32, row: u32) -> bool {
        let Some(bucket) = self.bucket(key) else { return false };
        let (from, to) = &mut self.buckets[bucket];
        let entries = &mut self.entries[*from as usize..*to as usize];
        // The oldest articles go first, and they are at the end.
        let Some(at) = entries.iter().rposition(|entry| *entry == (key, row)) else { return false };
        entries[at..].rotate_left(1);
        *to -= 1;
        true
    }
}
