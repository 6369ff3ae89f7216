//! Shingles with the articles that they stand in, four bytes each.

use super::slot::Slot;

/// Buckets; the lower half of a shingle chooses one. The upper half would not do: the shingles kept of a text are its smallest.
const BUCKETS: usize = 1 << 16;

/// Many shingles, each with an article. An entry is the upper half of the shingle and, below it, the slot of the article.
#[derive(Debug, Default)]
pub struct Shingles {
    /// Where each bucket of `made` begins and ends.
    places: Vec<(u32, u32)>,
    /// Those of the articles that it was made of, bucket by bucket; in each the newest articles come first. To fill it takes a fraction
    /// of what it takes to add them.
    made: Vec<u32>,
    /// Those that were added since: the newest articles come last. It grows bucket by bucket, so it is never held twice. None before the
    /// first.
    added: Vec<Vec<u32>>,
}

/// Shingles of articles that come newest first.
#[derive(Debug, Default)]
pub struct Making {
    /// Of one article after another.
    keys: Vec<u32>,
    /// The articles, each with the end of its part of `keys`.
    articles: Vec<(Slot, usize)>,
}

impl Making {
    /// Adds an article that is older than all before it.
    pub fn add(&mut self, slot: Slot, keys: &[u32]) {
        self.keys.extend_from_slice(keys);
        self.articles.push((slot, self.keys.len()));
    }

    /// All of them.
    pub fn done(self) -> Shingles {
        let mut places = vec![(0, 0); BUCKETS];
        self.keys.iter().for_each(|key| places[bucket(*key)].1 += 1);
        let mut from = 0;
        for place in &mut places {
            let len = place.1;
            *place = (from, from);
            from += len;
        }
        let (mut made, mut from) = (vec![0; self.keys.len()], 0);
        for (slot, to) in self.articles {
            for key in &self.keys[from..to] {
                let end = &mut places[bucket(*key)].1;
                made[*end as usize] = entry(*key, slot);
                *end += 1;
            }
            from = to;
        }
        Shingles { places, made, added: Vec::new() }
    }
}

fn bucket(key: u32) -> usize {
    key as usize % BUCKETS
}

fn entry(key: u32, slot: Slot) -> u32 {
    key & 0xffff_0000 | u32::from(slot.0)
}

fn slot(entry: u32) -> Slot {
    Slot(entry as u16)
}

impl Shingles {
    /// Adds an article, mostly the newest of all, whose slot is `newest`.
    pub fn add(&mut self, keys: &[u32], of: Slot, newest: Slot) {
        if self.added.is_empty() {
            self.added.resize(BUCKETS, Vec::new());
        }
        for key in keys {
            let bucket = &mut self.added[bucket(*key)];
            if bucket.len() == bucket.capacity() {
                // Twice as many, as a vector grows by itself, would leave a third of all unused.
                bucket.reserve_exact(4 + bucket.len() / 4);
            }
            let older = bucket.iter().rposition(|entry| slot(*entry).age(newest) >= of.age(newest));
            bucket.insert(older.map_or(0, |at| at + 1), entry(*key, of));
        }
    }

    /// The articles that a shingle stands in, the newest first; before those that it was made of, those that were added.
    pub fn of(&self, key: u32) -> impl Iterator<Item = Slot> {
        let (from, to) = self.places.get(bucket(key)).copied().unwrap_or_default();
        let added = self.added.get(bucket(key)).map_or(&[][..], Vec::as_slice);
        let all = added.iter().rev().chain(&self.made[from as usize..to as usize]);
        all.filter(move |entry| (**entry ^ key) >> 16 == 0).map(|entry| slot(*entry))
    }

    /// Takes an article out of the shingles that it was added to. The oldest is found at once.
    pub fn remove(&mut self, keys: &[u32], of: Slot) {
        for key in keys {
            if !self.remove_made(*key, of)
                && let Some(bucket) = self.added.get_mut(bucket(*key))
                && let Some(at) = bucket.iter().position(|held| *held == entry(*key, of))
            {
                bucket.remove(at);
            }
        }
    }

    /// The same of what it was made of; says whether it was there.
    fn remove_made(&mut self, key: u32, of: Slot) -> bool {
        let Some((from, to)) = self.places.get_mut(bucket(key)) else { return false };
        let entries = &mut self.made[*from as usize..*to as usize];
        let Some(at) = entries.iter().rposition(|held| *held == entry(key, of)) else { return false };
        entries[at..].rotate_left(1);
        *to -= 1;
        true
    }

    /// Whether nothing stands in it.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.places.iter().all(|(from, to)| from == to) && self.added.iter().all(Vec::is_empty)
    }
}
