//! Articles by what stands in them: how many, and the newest of them.

use super::slot::Slot;
use crate::engine::prehashed::BuildPrehashed;
use std::collections::HashMap;

/// Tells a place from a slot.
const SHARED: u32 = 1 << 31;

/// Articles by what stands in them. What stands in one article alone takes no more than a place in the map.
#[derive(Debug)]
pub struct Postings {
    /// What stands in one article: its slot. In several: the place in `counts` and `newest`, with [`SHARED`] set.
    at: HashMap<u32, u32, BuildPrehashed>,
    /// In how many articles it stands; by itself, since of what is common nothing else is asked.
    counts: Vec<u32>,
    /// The newest of them, oldest first; up to a quarter more than are asked for, so that making room is rare. Where they are more
    /// than are counted, the first of them are no longer in the window.
    newest: Vec<Vec<Slot>>,
    /// Places that nothing needs any more.
    free: Vec<u32>,
    /// How many of the articles of one entry are kept.
    most: usize,
}

/// Postings in the making, of articles that come newest first. All is counted before anything is put in its place: then of what
/// stands in many articles only the newest are, and each goes there at once.
#[derive(Debug)]
pub struct Making {
    /// The place of each thing in `counts`.
    at: HashMap<u32, u32, BuildPrehashed>,
    counts: Vec<u32>,
    /// The places of what stands in the articles, one article after another; of one thing so many times as articles are kept.
    places: Vec<u32>,
    /// The articles, each with the end of its part of `places`.
    articles: Vec<(Slot, usize)>,
    /// How many of the articles of one entry are kept.
    most: usize,
}

impl Making {
    /// Of each entry so many articles are kept.
    pub fn keeping(most: usize) -> Making {
        Making { at: HashMap::default(), counts: Vec::new(), places: Vec::new(), articles: Vec::new(), most }
    }

    /// Adds an article that is older than all before it.
    pub fn add(&mut self, slot: Slot, things: &[u32]) {
        let mut end = self.places.len();
        self.places.resize(end + things.len(), 0);
        for of in things {
            let place = *self.at.entry(*of).or_insert_with(|| {
                self.counts.push(0);
                self.counts.len() as u32 - 1
            });
            let count = &mut self.counts[place as usize];
            // Written in any case and then passed or not: no processor foretells which words are rare.
            self.places[end] = place;
            end += usize::from((*count as usize) < self.most);
            *count += 1;
        }
        self.places.truncate(end);
        self.articles.push((slot, end));
    }

    /// The postings.
    pub fn done(self) -> Postings {
        let Making { mut at, counts: all, places, articles, most } = self;
        let (mut counts, mut newest) = (Vec::new(), Vec::new());
        // What goes into the map: of what stands in one article its slot, which is yet to be found.
        let mut of_places: Vec<u32> = Vec::with_capacity(all.len());
        for count in all {
            if count == 1 {
                of_places.push(0);
                continue;
            }
            of_places.push(SHARED | counts.len() as u32);
            counts.push(count);
            newest.push(vec![Slot(0); most.min(count as usize)]);
        }
        let mut left: Vec<usize> = newest.iter().map(Vec::len).collect();
        let mut from = 0;
        for (slot, to) in articles {
            for place in &places[from..to] {
                let at = &mut of_places[*place as usize];
                if *at & SHARED == 0 {
                    *at = slot.0.into();
                } else {
                    let place = (*at & !SHARED) as usize;
                    left[place] -= 1;
                    newest[place][left[place]] = slot;
                }
            }
            from = to;
        }
        at.values_mut().for_each(|at| *at = of_places[*at as usize]);
        Postings { at, counts, newest, free: Vec::new(), most }
    }
}

impl Postings {
    /// Of each entry so many articles are kept.
    pub fn keeping(most: usize) -> Postings {
        Postings { at: HashMap::default(), counts: Vec::new(), newest: Vec::new(), free: Vec::new(), most }
    }

    /// What is known of each: an article's slot, or a place.
    ///
    /// Most of it lies in main memory, where no cache holds it. So all are asked for before the first is waited for.
    pub fn find(&self, entries: &[u32]) -> Vec<Option<u32>> {
        entries.iter().map(|of| self.at.get(of).copied()).collect()
    }

    /// Adds an article to all its entries, mostly the newest of all, whose slot is `newest`.
    pub fn add(&mut self, entries: &[u32], slot: Slot, newest: Slot) {
        for (of, at) in entries.iter().zip(self.find(entries)) {
            // What is shared stays so for as long as nothing is taken out; of the others one may stand twice among the entries.
            let known = at.filter(|at| at & SHARED != 0).map(|at| (at & !SHARED) as usize);
            if let Some(place) = known.or_else(|| self.shared_with(*of, slot)) {
                self.counts[place] += 1;
                self.write(place, slot, newest);
            }
        }
    }

    /// Writes an article down that is counted already.
    fn write(&mut self, place: usize, slot: Slot, newest: Slot) {
        let held = &mut self.newest[place];
        if held.len() >= self.most + self.most.div_ceil(4) {
            held.drain(..held.len() - self.most);
        }
        if held.len() == held.capacity() {
            // Twice as many, as a vector grows by itself, would leave a third of all unused.
            held.reserve_exact(4 + held.len() / 4);
        }
        if held.last().is_none_or(|last| last.age(newest) > slot.age(newest)) {
            held.push(slot);
            return;
        }
        // An earlier one, in new words. Only here does it matter which of those that are written down are still in the window.
        let others = self.counts[place] as usize - 1;
        held.drain(..held.len().saturating_sub(others));
        let at = held.partition_point(|other| other.age(newest) > slot.age(newest));
        // Where there are more than are written down, one that is older than these may be older than those as well.
        if at > 0 || held.len() == others {
            held.insert(at, slot);
        }
    }

    /// The place at which one more article is to be counted and written, unless `of` stands in no other.
    fn shared_with(&mut self, of: u32, slot: Slot) -> Option<usize> {
        let Some(at) = self.at.get_mut(&of) else {
            self.at.insert(of, slot.0.into());
            return None;
        };
        if *at & SHARED == 0 {
            let mut newest = Vec::with_capacity(4);
            newest.push(Slot(*at as u16));
            let place = self.free.pop().unwrap_or(self.counts.len() as u32);
            if place as usize == self.counts.len() {
                self.counts.push(0);
                self.newest.push(Vec::new());
            }
            (self.counts[place as usize], self.newest[place as usize]) = (1, newest);
            *at = SHARED | place;
        }
        Some((*at & !SHARED) as usize)
    }

    /// Takes an article out of an entry that it was added to.
    pub fn remove(&mut self, of: u32, slot: Slot) {
        let Some(at) = self.at.get(&of).copied() else { return };
        if at & SHARED != 0 {
            self.newest[(at & !SHARED) as usize].retain(|held| *held != slot);
        }
        self.let_go(of, at, slot);
    }

    /// Takes the oldest article of all out of the entries that it was added to.
    ///
    /// What is written of it beside the count stays there: that it is no longer counted is enough.
    pub fn forget(&mut self, entries: &[u32], slot: Slot) {
        for (of, at) in entries.iter().zip(self.find(entries)) {
            if let Some(at) = at {
                self.let_go(*of, at, slot);
            }
        }
    }

    /// Counts one article less.
    fn let_go(&mut self, of: u32, at: u32, slot: Slot) {
        if at & SHARED == 0 {
            if at == u32::from(slot.0) {
                self.at.remove(&of);
            }
            return;
        }
        let place = (at & !SHARED) as usize;
        self.counts[place] = self.counts[place].saturating_sub(1);
        if self.counts[place] == 0 {
            self.newest[place] = Vec::new();
            self.free.push(at & !SHARED);
            self.at.remove(&of);
        }
    }

    /// In how many articles something stands of which this is known.
    pub fn count(&self, at: Option<u32>) -> u32 {
        match at {
            None => 0,
            Some(slot) if slot & SHARED == 0 => 1,
            Some(at) => self.counts[(at & !SHARED) as usize],
        }
    }

    /// In how many articles it stands.
    pub fn count_of(&self, of: u32) -> u32 {
        self.count(self.at.get(&of).copied())
    }

    /// The newest articles that something stands in of which this is known, oldest first.
    pub fn newest(&self, at: Option<u32>) -> impl Iterator<Item = Slot> {
        let (one, several): (_, &[Slot]) = match at {
            None => (None, &[]),
            Some(slot) if slot & SHARED == 0 => (Some(Slot(slot as u16)), &[]),
            Some(at) => {
                let place = (at & !SHARED) as usize;
                let newest = &self.newest[place];
                (None, &newest[newest.len().saturating_sub(self.most.min(self.counts[place] as usize))..])
            }
        };
        one.into_iter().chain(several.iter().copied())
    }

    /// Whether nothing stands in it, and all places are free.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty() && self.free.len() == self.counts.len()
    }
}
