//! Two articles side by side: one text, one event, or neither. Never looks at time, feed or language; the caller does.

use super::{
    Relation,
    profile::{Profile, Term, shared},
    window::Window,
};

/// Word triples shared of all that either has (Jaccard), from which two texts are nearly the same.
const NEAR_JACCARD: f32 = 0.48;

/// The same of the triples of the shorter text: one is cut out of the other, or edited within.
const NEAR_CONTAINMENT: f32 = 0.7;

/// The same where both stand under one title.
const NEAR_CONTAINMENT_TITLED: f32 = 0.3;

/// Shared triples below which two texts are too short to be called one; under one title, fewer are enough.
const LEAST_TRIPLES: usize = 12;
const LEAST_TRIPLES_TITLED: usize = 5;

/// From this containment on, only another figure under another title makes a sibling of a near copy.
const EDITED: f32 = 0.8;

/// The share of a title's weight that the other article knows nothing of, from which the two titles speak of different things.
const TITLE_LOST: f32 = 0.15;

/// The same of a text of fewer than so many words: as much is what a publisher puts under each of its titles.
const STOCK_WORDS: usize = 40;
const TITLE_LOST_OF_STOCK: f32 = 0.5;

/// The share of the weight of all terms that the other lacks, from which a near copy speaks of different things.
const LOST: f32 = 0.25;

/// The same where less than [`HALF`] of all triples are shared.
const LOST_OF_LESS: f32 = 0.15;

/// Half of all triples.
const HALF: f32 = 0.5;

/// Of the words that both have once, the share that stand equally far from each other, from which one skeleton of words was filled
/// in twice.
const SKELETON: f32 = 0.7;

/// Words that both have once, below which there is no skeleton to see.
const LEAST_BONES: usize = 10;

/// Of those, the share that are followed by the same word, from which the skeleton is a passage that both quote.
const QUOTED: f32 = 0.8;

/// The share of a title's weight that the other article knows nothing of, from which a text of the same skeleton is filled in anew.
const TITLE_LOST_OF_STORY: f32 = 0.25;

/// Containment below which a text of the same skeleton is no edit of it.
const FILLED_IN: f32 = 0.3;

/// Likeness from which two texts are one event, as people judge it when half of the pairs they are shown are.
pub const ALIKE: f32 = 0.18;

/// Likeness from which an article joins a story. Of all pairs that a monitor sees, hardly one in a thousand is one event, and a
/// wrong join hides news, where a missed one tells it twice: so far more is asked than [`ALIKE`].
pub const JOINS: f32 = 0.4;

/// What two articles share.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// What they are to each other.
    pub relation: Relation,
    /// Distinct word triples of the texts: shared of all, 0 to 1.
    pub jaccard: f32,
    /// The same: shared of the shorter text's, 0 to 1.
    pub containment: f32,
    /// How alike their terms are, rare and early ones weighing more, 0 to 1.
    pub likeness: f32,
}

/// Compares two articles. `window` knows which terms are rare; `least` is the likeness from which they are one event.
///
/// Likeness is the cosine of weighted terms: 1 + ln(count) times ln(known / count in the window) (Salton and Buckley, Term-weighting
/// approaches in automatic text retrieval, 1988), where `known` is the window's count of the commonest term of either article: that
/// stands for how much the window holds of their language, which nobody has to name.
pub fn compare(a: &Profile, b: &Profile, window: &Window, least: f32) -> Comparison {
    let triples = shared(&a.sorted().shingles, &b.sorted().shingles);
    let (size_a, size_b) = (a.sorted().shingles.len(), b.sorted().shingles.len());
    let jaccard = share(triples, size_a + size_b - triples);
    let containment = share(triples, size_a.min(size_b));
    let [a, b] = Weighed::pair([a, b], window);
    let likeness = cosine(&a.terms, &b.terms);
    let titled = a.profile.headline.is_some() && a.profile.headline == b.profile.headline;
    let near = (jaccard >= NEAR_JACCARD || containment >= NEAR_CONTAINMENT) && triples >= LEAST_TRIPLES;
    let near = near || titled && containment >= NEAR_CONTAINMENT_TITLED && triples >= LEAST_TRIPLES_TITLED;
    let relation = if near {
        match other_thing(&a, &b, jaccard, containment) {
            true => Relation::Sibling,
            false if jaccard >= HALF => Relation::Copy,
            false => Relation::Excerpt,
        }
    } else if containment < FILLED_IN && is_filled_in(&a, &b) {
        Relation::Sibling
    } else if likeness >= least {
        let template = containment >= FILLED_IN && other_thing(&a, &b, jaccard, containment);
        if template { Relation::Sibling } else { Relation::Story }
    } else {
        Relation::Other
    };
    Comparison { relation, jaccard, containment, likeness }
}

fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

/// An article whose terms are weighed by how rare they are.
struct Weighed<'p> {
    profile: &'p Profile,
    terms: Vec<Term>,
}

impl<'p> Weighed<'p> {
    /// Both articles, each weighed beside the other.
    fn pair(profiles: [&'p Profile; 2], window: &Window) -> [Self; 2] {
        let counts = profiles.map(|profile| profile.sorted().terms.iter().map(|term| window.count(term.hash)).collect::<Vec<u32>>());
        let known = counts.iter().flatten().max().copied().unwrap_or(0) as f32;
        let rarity = |count: u32| ((2.0 + known) / (1.0 + count as f32)).ln();
        let mut counts = counts.into_iter().flatten();
        profiles.map(|profile| {
            let terms = profile.sorted().terms.iter().zip(&mut counts);
            Weighed { profile, terms: terms.map(|(term, count)| Term { hash: term.hash, weight: term.weight * rarity(count) }).collect() }
        })
    }

    fn weight(&self, hash: u32) -> Option<f32> {
        self.terms.binary_search_by_key(&hash, |term| term.hash).ok().map(|at| self.terms[at].weight)
    }

    /// The share of the title's weight that the other article has nowhere.
    fn title_lost(&self, other: &Weighed<'_>) -> f32 {
        let title = &self.profile.words[..self.profile.title];
        let sum = |words: &mut dyn Iterator<Item = &u32>| words.filter_map(|word| self.weight(*word)).sum::<f32>();
        let all = sum(&mut title.iter());
        if all > 0.0 { sum(&mut title.iter().filter(|word| other.weight(**word).is_none())) / all } else { 0.0 }
    }

    /// The share of all weight that the other article has nowhere.
    fn lost(&self, other: &Weighed<'_>) -> f32 {
        let all: f32 = self.terms.iter().map(|term| term.weight).sum();
        let lost: f32 = self.terms.iter().filter(|term| other.weight(term.hash).is_none()).map(|term| term.weight).sum();
        if all > 0.0 { lost / all } else { 0.0 }
    }
}

/// Whether two texts that are nearly the same speak of different things: each title names what the other article does not know,
/// and so do the texts, or each has figures of its own, or what they share is short and the titles share little.
fn other_thing(a: &Weighed<'_>, b: &Weighed<'_>, jaccard: f32, containment: f32) -> bool {
    let title_lost = a.title_lost(b).min(b.title_lost(a));
    if title_lost < TITLE_LOST {
        return false;
    }
    let words = [a, b].map(|article| article.profile.words.len() - article.profile.title);
    let titled = [a, b].iter().all(|article| article.profile.headline.is_some());
    if titled && words.into_iter().min() < Some(STOCK_WORDS) && title_lost >= TITLE_LOST_OF_STOCK {
        return true;
    }
    let most = if jaccard < HALF { LOST_OF_LESS } else { LOST };
    other_figures(a.profile, b.profile) || containment < EDITED && a.lost(b).min(b.lost(a)) >= most
}

/// Whether each has several numbers that the other lacks, more than they share. One alone may be a date, or a toll that rose.
fn other_figures(a: &Profile, b: &Profile) -> bool {
    let (a, b) = (&a.sorted().numbers, &b.sorted().numbers);
    let both = shared(a, b);
    let own = (a.len() - both).min(b.len() - both);
    own >= 2 && own > both
}

/// Whether one skeleton of words was filled in twice: most of the words that stand once in each text stand equally far from each
/// other in both, give or take two words, but seldom side by side, as they would in a passage that both quote; or the titles
/// speak of different things.
fn is_filled_in(a: &Weighed<'_>, b: &Weighed<'_>) -> bool {
    let (words_a, words_b) = (&a.profile.words[a.profile.title..], &b.profile.words[b.profile.title..]);
    let mut moved = Vec::new();
    let (once_a, once_b) = (once(words_a), once(words_b));
    let mut others = once_b.iter().peekable();
    for (word, at) in &once_a {
        while others.next_if(|(other, _)| other < word).is_some() {}
        if let Some((_, there)) = others.next_if(|(other, _)| other == word) {
            moved.push((i64::from(*there) - i64::from(*at), *at as usize, *there as usize));
        }
    }
    moved.sort_unstable();
    let alike = |at: usize| &moved[at..at + moved[at..].partition_point(|(by, ..)| *by <= moved[at].0 + 4)];
    let Some(bones) = (0..moved.len()).map(alike).max_by_key(|bones| bones.len()) else { return false };
    if moved.len() < LEAST_BONES || share(bones.len(), moved.len()) < SKELETON {
        return false;
    }
    let followed = bones.iter().filter(|(_, here, there)| words_a.get(here + 1) == words_b.get(there + 1)).count();
    share(followed, bones.len()) < QUOTED || a.title_lost(b).min(b.title_lost(a)) >= TITLE_LOST_OF_STORY
}

/// Words that occur once, by hash, with where they stand.
fn once(words: &[u32]) -> Vec<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = words.iter().copied().zip(0..).collect();
    all.sort_unstable();
    let mut kept = Vec::with_capacity(all.len());
    for run in all.chunk_by(|(a, _), (b, _)| a == b) {
        if let [single] = run {
            kept.push(*single);
        }
    }
    kept
}

fn cosine(a: &[Term], b: &[Term]) -> f32 {
    let square = |terms: &[Term]| terms.iter().map(|term| term.weight * term.weight).sum::<f32>();
    let (mut product, mut others) = (0.0, b.iter().peekable());
    for term in a {
        while others.next_if(|other| other.hash < term.hash).is_some() {}
        if let Some(other) = others.next_if(|other| other.hash == term.hash) {
            product += term.weight * other.weight;
        }
    }
    let length = (square(a) * square(b)).sqrt();
    if length > 0.0 { product / length } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{super::sketch::Sketch, *};

    const STRIKE: &str = "Artillery hit the residential quarters of Idlib in the north west of the country on Monday morning, killing 7 civilians \
        and wounding 12 others who were taken to the university hospital, local sources said. Rescue teams rushed to the place and worked \
        to free those who were trapped under the rubble, and families began to leave for the camps near the Turkish border.";

    /// The relation of two articles, in a window that knows the language from a hundred others.
    fn relation(a: (&str, &str), b: (&str, &str)) -> Relation {
        let mut window = Window::default();
        for n in 0..100 {
            let text = format!("the of and to in a is was on at who were from said others w{n} w{} w{}", n * 7, n * 31);
            window.add(n, &Sketch::new(&Profile::new("the report", &text)));
        }
        let (a, b) = (Profile::new(a.0, a.1), Profile::new(b.0, b.1));
        window.add(1000, &Sketch::new(&a));
        compare(&a, &b, &window, JOINS).relation
    }

    #[test]
    fn a_text_under_another_headline_edited_or_cut_short_is_a_copy() {
        let title = "Shelling of Idlib kills seven";
        assert_eq!(relation((title, STRIKE), ("Seven civilians die in the north west", STRIKE)), Relation::Copy);
        assert_eq!(relation((title, STRIKE), (title, &STRIKE.replace("rushed to the place", "hurried to the scene"))), Relation::Copy);
        assert_eq!(relation((title, STRIKE), ("In brief", &STRIKE[..200])), Relation::Copy);
        assert_eq!(relation((title, STRIKE), ("In brief", &STRIKE[..120])), Relation::Excerpt);
        assert_eq!(relation((title, STRIKE), (title, &STRIKE.replace("killing 7", "killing 9"))), Relation::Copy);
    }

    #[test]
    fn the_same_template_about_another_town_is_a_sibling() {
        let other = STRIKE.replace("Idlib", "Sarmin").replace("7 civ", "23 civ").replace("12 others", "40 others");
        assert_eq!(relation(("Shelling of Idlib kills seven", STRIKE), ("Shelling of Sarmin kills many", &other)), Relation::Sibling);
    }

    #[test]
    fn every_second_word_exchanged_is_a_sibling() {
        let words: Vec<String> = (0..80).map(|n| format!("word{}", n * 7919 % 1009)).collect();
        let filled: Vec<String> =
            words.iter().enumerate().map(|(n, word)| if n % 2 == 0 { word.clone() } else { format!("new{n}") }).collect();
        assert_eq!(relation(("One title of it", &words.join(" ")), ("One title of it", &filled.join(" "))), Relation::Sibling);
    }

    #[test]
    fn other_words_on_one_event_are_a_story() {
        let told = "Seven people were killed when shells fell on residential quarters of Idlib on Monday. Twelve wounded were brought to the \
            university hospital. Families fled to camps at the Turkish border while rescue teams searched the rubble.";
        assert_eq!(relation(("Shelling of Idlib kills seven", STRIKE), ("Idlib shelling: seven killed", told)), Relation::Story);
        let football = "The club from the north won the cup on Sunday after a late goal, and the fans went home in the rain.";
        assert_eq!(relation(("Shelling of Idlib kills seven", STRIKE), ("Cup final", football)), Relation::Other);
    }
}
