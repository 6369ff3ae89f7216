//! In which articles of a window each term or shingle stands: how many, and the newest of them.

use crate::engine::prehashed::BuildPrehashed;
use std::collections::{HashMap, hash_map::Entry};

/// The articles that a term or a shingle stands in.
#[derive(Debug, Default)]
struct Posting {
    /// How many.
    count: u32,
    /// The newest of them by row, the newest last; up to twice as many as are asked for, so that making room is rare. Where they
    /// are more than `count`, the first of them are no longer in the window.
    newest: Vec<u32>,
}

/// Articles by what stands in them. Most shingles stand in one article alone, so these take no more than a place in the map.
#[derive(Debug)]
pub struct Postings {
    /// What stands in one article: its row. In several: the place in `shared`, with [`SHARED`] set.
    at: HashMap<u32, u32, BuildPrehashed>,
    shared: Vec<Posting>,
    /// Places in `shared` that nothing needs any more.
    free: Vec<u32>,
    /// How many of the articles of one entry are kept.
    most: usize,
}

/// Tells a place from a row.
const SHARED: u32 = 1 << 31;

/// A row as it is kept; none from 2³¹ on.
pub fn held(article: i64) -> Option<u32> {
    u32::try_from(article).ok().filter(|row| row & SHARED == 0)
}

impl Postings {
    /// Postings that tell of each entry the `most` newest articles.
    pub fn keeping(most: usize) -> Postings {
        Postings { at: HashMap::default(), shared: Vec::new(), free: Vec::new(), most }
    }

    /// Makes room for so many entries.
    pub fn reserve(&mut self, entries: usize) {
        self.at.reserve(entries);
    }

    /// Adds an article, mostly the newest of all.
    pub fn add(&mut self, of: u32, row: u32) {
        let most = self.most;
        if let Some(posting) = self.shared_with(of, row) {
            posting.add(row, most);
        }
    }

    /// Adds an article that is older than all before it. [`Postings::in_order`] must follow.
    pub fn add_older(&mut self, of: u32, row: u32) {
        let most = self.most;
        if let Some(posting) = self.shared_with(of, row).filter(|posting| posting.newest.len() < most) {
            posting.newest.push(row);
        }
    }

    /// After [`Postings::add_older`].
    pub fn in_order(&mut self) {
        self.shared.iter_mut().for_each(|posting| posting.newest.reverse());
    }

    /// Counts one more article: the posting that it is to be written into, unless `of` stands in no other.
    fn shared_with(&mut self, of: u32, row: u32) -> Option<&mut Posting> {
        let at = match self.at.entry(of) {
            Entry::Vacant(entry) => {
                entry.insert(row);
                return None;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        if *at & SHARED == 0 {
            let mut newest = Vec::with_capacity(4);
            newest.push(*at);
            let posting = Posting { count: 1, newest };
            *at = SHARED | place(&mut self.shared, &mut self.free, posting);
        }
        let posting = &mut self.shared[(*at & !SHARED) as usize];
        posting.count += 1;
        Some(posting)
    }

    /// Takes an article out of an entry that it was added to.
    pub fn remove(&mut self, of: u32, row: u32) {
        let Some(at) = self.at.get(&of).copied() else { return };
        if at & SHARED != 0 {
            self.shared[(at & !SHARED) as usize].newest.retain(|held| *held != row);
        }
        self.let_go(of, at, row);
    }

    /// Takes the oldest article of all out of the entries that it was added to.
    ///
    /// Most of them lie in main memory, where no cache holds them. So all are asked for before the first is waited for, and what is
    /// written of the article in a posting stays there: that it is no more than `count` says is enough.
    pub fn forget(&mut self, entries: &[u32], row: u32) {
        let found: Vec<Option<u32>> = entries.iter().map(|of| self.at.get(of).copied()).collect();
        for (of, at) in entries.iter().zip(found) {
            if let Some(at) = at {
                self.let_go(*of, at, row);
            }
        }
    }

    /// Counts one article less.
    fn let_go(&mut self, of: u32, at: u32, row: u32) {
        if at & SHARED == 0 {
            if at == row {
                self.at.remove(&of);
            }
            return;
        }
        let posting = &mut self.shared[(at & !SHARED) as usize];
        posting.count = posting.count.saturating_sub(1);
        if posting.count == 0 {
            posting.newest = Vec::new();
            self.free.push(at & !SHARED);
            self.at.remove(&of);
        }
    }

    /// In how many articles it stands, and the newest of them.
    pub fn get(&self, of: u32) -> (u32, &[u32]) {
        match self.at.get(&of) {
            None => (0, &[]),
            Some(row) if row & SHARED == 0 => (1, std::slice::from_ref(row)),
            Some(at) => {
                let Posting { count, newest } = &self.shared[(at & !SHARED) as usize];
                (*count, &newest[newest.len().saturating_sub(self.most.min(*count as usize))..])
            }
        }
    }

    /// Whether nothing is left of what was added.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty() && self.free.len() == self.shared.len()
    }
}

impl Posting {
    /// Writes down an article that is counted already.
    fn add(&mut self, row: u32, most: usize) {
        let newest = &mut self.newest;
        if newest.len() == 2 * most {
            newest.drain(..most);
        }
        if newest.last().is_none_or(|last| *last < row) {
            newest.push(row);
            return;
        }
        // An earlier one, in new words. Only here does it matter which of those that are written down are still in the window.
        let others = self.count as usize - 1;
        newest.drain(..newest.len().saturating_sub(others));
        let at = newest.partition_point(|held| *held < row);
        // Where there are more than are written down, one that is older than these may be older than those as well.
        if at > 0 || newest.len() == others {
            newest.insert(at, row);
        }
    }
}

/// Puts a posting into a place that is free; gives the place. There are fewer than rows, so it never looks like one of these.
fn place(shared: &mut Vec<Posting>, free: &mut Vec<u32>, posting: Posting) -> u32 {
    if let Some(at) = free.pop() {
        shared[at as usize] = posting;
        return at;
    }
    shared.push(posting);
    shared.len() as u32 - 1
}
