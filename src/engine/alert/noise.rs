//! What verdicts on alerts say of their rule: how often each of its clauses and terms was right, and which words stand in what was
//! noise and not in what was useful. Proposes words; whoever asks lets the rule be judged with them.

use crate::engine::{lang::fold::Folded, rule::Evidence};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Verdicts below which nothing is said.
pub const LEAST_VERDICTS: usize = 5;

/// Noise alerts that a word must stand in to be proposed.
const LEAST_NOISE: usize = 2;

/// Letters of the shortest word that is proposed.
const LEAST_LETTERS: usize = 3;

/// Other articles from which the common words of the archive are known.
const LEAST_OTHERS: usize = 50;

/// The share of the other articles from which a word is common, in percent: it tells nothing about the noise.
const COMMON_PERCENT: usize = 10;

/// How many noise alerts one useful alert is worth.
const USEFUL_WORTH: usize = 2;

/// How a clause or a term of a rule was judged: in alerts in which it gave evidence.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Precision {
    /// The clause as written, such as `all[0]: @idlib`.
    pub clause: String,
    /// The term; `None` for the clause as a whole.
    pub term: Option<String>,
    /// Alerts marked as noise.
    pub noise: usize,
    /// Alerts marked as useful.
    pub useful: usize,
}

impl Precision {
    /// Useful of all, 0 to 1.
    pub fn share(&self) -> f64 {
        self.useful as f64 / (self.useful + self.noise).max(1) as f64
    }
}

/// The precision of each clause, followed by those of its terms. Each alert counts once for a clause and once for a term.
pub fn precision<'a>(alerts: impl Iterator<Item = (bool, &'a [Evidence])>) -> Vec<Precision> {
    let mut counts: BTreeMap<(&str, Option<&str>), (usize, usize)> = BTreeMap::new();
    for (noise, evidence) in alerts {
        let keys = evidence.iter().flat_map(|piece| [(piece.clause.as_str(), None), (piece.clause.as_str(), Some(piece.term.as_str()))]);
        for key in keys.collect::<BTreeSet<_>>() {
            let count = counts.entry(key).or_default();
            if noise { count.0 += 1 } else { count.1 += 1 }
        }
    }
    let one = |((clause, term), (noise, useful)): ((&str, Option<&str>), _)| Precision {
        clause: clause.to_owned(),
        term: term.map(str::to_owned),
        noise,
        useful,
    };
    counts.into_iter().map(one).collect()
}

/// An article whose alert was judged, or one of the others.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its visible text.
    pub text: &'a str,
}

/// In how many articles of each kind a word stands.
#[derive(Debug, Default)]
struct Count<'a> {
    noise: usize,
    useful: usize,
    others: usize,
    /// As it is written where it was first met.
    written: &'a str,
}

/// Words that stand in the noise rather than in what was useful, as they are written there: those first that take the most noise
/// away and the least that was useful; among equals the rarest in `others`, then the longest. At most `most`.
pub fn suspects<'a>(noise: &[Text<'a>], useful: &[Text<'a>], others: &[Text<'a>], most: usize) -> Vec<String> {
    let mut counts: HashMap<String, Count<'a>> = HashMap::new();
    for article in noise {
        for (word, written) in words(article) {
            let count = counts.entry(word).or_insert_with(|| Count { written, ..Count::default() });
            count.noise += 1;
        }
    }
    counts.retain(|_, count| count.noise >= LEAST_NOISE.min(noise.len()));
    for (articles, is_useful) in [(useful, true), (others, false)] {
        for (word, _) in articles.iter().flat_map(words) {
            if let Some(count) = counts.get_mut(&word) {
                if is_useful { count.useful += 1 } else { count.others += 1 }
            }
        }
    }
    let common = |count: &Count<'_>| others.len() >= LEAST_OTHERS && count.others * 100 > others.len() * COMMON_PERCENT;
    let mut ranked: Vec<_> = counts.into_iter().filter(|(_, count)| !common(count) && count.noise > count.useful * USEFUL_WORTH).collect();
    ranked.sort_by(|(a_word, a), (b_word, b)| {
        let gain = |count: &Count<'_>| count.noise - count.useful * USEFUL_WORTH;
        let letters = |word: &str| word.chars().count();
        gain(b).cmp(&gain(a)).then(a.others.cmp(&b.others)).then(letters(b_word).cmp(&letters(a_word))).then(a_word.cmp(b_word))
    });
    ranked.into_iter().take(most).map(|(_, count)| count.written.to_owned()).collect()
}

/// What an exclusion is worth: the noise that it takes away less what it costs; `None` where it costs as much as it brings.
pub fn worth(gone: usize, lost: usize) -> Option<usize> {
    gone.checked_sub(lost * USEFUL_WORTH).filter(|worth| *worth > 0)
}

/// The words of an article, folded and each once, with how it is written. A word of an expression is letters only, so others are none.
fn words<'a>(article: &Text<'a>) -> BTreeMap<String, &'a str> {
    let mut words = BTreeMap::new();
    for field in [article.title, article.text] {
        let folded = Folded::new(field);
        for (at, word) in folded.words.iter().enumerate() {
            let Some(written) = field.get(word.start as usize..word.end as usize) else { continue };
            if written.chars().all(char::is_alphabetic) && written.chars().count() >= LEAST_LETTERS {
                words.entry(folded.word(at).to_owned()).or_insert(written);
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rule::Field;

    fn piece(clause: &str, term: &str) -> Evidence {
        let [clause, term, text] = [clause, term, "x"].map(str::to_owned);
        Evidence { clause, term, field: Field::Title, start: 0, end: 1, text, path: String::new(), figures: Vec::new() }
    }

    #[test]
    fn an_alert_counts_once_for_each_clause_and_term_that_spoke_in_it() {
        let (a, b) = (piece("all[0]: a | b", "a"), piece("all[0]: a | b", "b"));
        let alerts = [(true, vec![a.clone(), a.clone(), b.clone()]), (false, vec![b.clone()]), (false, vec![b])];
        let found = precision(alerts.iter().map(|(noise, evidence)| (*noise, evidence.as_slice())));
        let found: Vec<_> = found.iter().map(|one| (one.term.as_deref(), one.noise, one.useful)).collect();
        assert_eq!(found, [(None, 1, 2), (Some("a"), 1, 0), (Some("b"), 1, 2)]);
        let share = |noise, useful| Precision { clause: String::new(), term: None, noise, useful }.share();
        assert_eq!((share(1, 3), share(2, 0)), (0.75, 0.0));
    }

    #[test]
    fn words_of_the_noise_that_nothing_useful_has_come_first() {
        let text = |title| Text { title, text: "" };
        let noise = ["Idlib Football cup", "football in Idlib", "Idlib: a goal"].map(text);
        let useful = ["Shelling of Idlib", "Cup of tea in Idlib"].map(text);
        assert_eq!(suspects(&noise, &useful, &[], 5), ["Football"]);
        assert_eq!(suspects(&noise, &[], &[], 5), ["Idlib", "Football"]);
        let others: Vec<Text<'_>> = (0..60).map(|n| text(if n < 7 { "football" } else { "rain" })).collect();
        assert_eq!(suspects(&noise, &useful, &others, 5), Vec::<String>::new(), "a common word tells nothing");
        assert_eq!((worth(5, 1), worth(2, 1), worth(0, 0)), (Some(3), None, None));
    }
}
