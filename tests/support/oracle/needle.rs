//! One term, word by word: which written words are forms of its words, and where they stand one after the other.

use super::{Owner, Page, Spot};
use marsad::engine::{
    lang::{Language, TermWord, fold::Folded, forms::Forms, guess},
    rule::expr::{Flags, Form, Term},
};

/// A term as it is looked for.
pub struct Needle<'a> {
    form: Form,
    text: String,
    folded: Folded,
    owner: Owner<'a>,
    forms: &'a Forms,
}

pub fn regex(pattern: &str, flags: Flags) -> regex::Regex {
    regex::RegexBuilder::new(pattern).case_insensitive(flags.i).dot_matches_new_line(flags.s).multi_line(flags.m).build().unwrap()
}

impl<'a> Needle<'a> {
    /// A term; one with zero-width non-joiners is also the one without them.
    pub fn all(term: &Term, owner: Owner<'a>, forms: &'a Forms) -> Vec<Needle<'a>> {
        let new = |text: String| Needle { form: term.form, folded: Folded::new(&text), text, owner, forms };
        let mut needles = vec![new(term.text.clone())];
        if matches!(term.form, Form::Bare | Form::Exact) && term.text.contains('\u{200c}') {
            needles.push(new(term.text.replace('\u{200c}', "")));
        }
        needles
    }

    /// Where it stands in a field.
    pub fn spots(&self, page: &Page<'_>) -> Vec<Spot> {
        if let Form::Regex(flags) = self.form {
            let regex = regex(&self.text, flags);
            let found = regex.find_iter(page.original).filter(|found| !found.is_empty());
            return found.map(|found| touched(page, found.start(), found.end())).collect();
        }
        let mut spots = Vec::new();
        for first in 0..page.folded.words.len() {
            self.read_on(page, first, first, 0, &mut spots);
        }
        spots
    }

    /// Reads the term's word `part` at the text's word `at`, then the rest of the term behind it.
    fn read_on(&self, page: &Page<'_>, first: usize, at: usize, part: usize, spots: &mut Vec<Spot>) {
        let folded = &page.folded;
        // One word, or the words that nothing but a zero-width non-joiner parts.
        let joined = folded.joined.iter().enumerate().filter(|(_, joined)| joined.first as usize == at);
        let one = (at < folded.words.len()).then_some((at, at));
        for (index, last) in one.into_iter().chain(joined.map(|(n, joined)| (folded.words.len() + n, joined.last as usize))) {
            if !self.fits(part, folded.word(index)) {
                continue;
            }
            if part + 1 < self.folded.words.len() {
                // A mark that ends a sentence may stand where the term itself has one.
                if !folded.words[last].stop || self.folded.words[part].stop {
                    self.read_on(page, first, last + 1, part + 1, spots);
                }
            } else if self.is_literal(page, first, last) {
                spots.push(Spot { first, last });
            }
        }
    }

    /// For `=="…"`: whether the original has these very letters and signs there.
    fn is_literal(&self, page: &Page<'_>, first: usize, last: usize) -> bool {
        let words = &page.folded.words;
        let before = self.folded.words[0].start as usize;
        let behind = self.text.len() - self.folded.words.last().unwrap().end as usize;
        let from = (words[first].start as usize).checked_sub(before);
        let there = from.and_then(|from| page.original.get(from..words[last].end as usize + behind));
        self.form != Form::Literal || there == Some(self.text.as_str())
    }

    /// Whether a written word is a form of the term's word `part`.
    fn fits(&self, part: usize, found: &str) -> bool {
        let (word, count) = (self.folded.word(part), self.folded.words.len());
        match self.form {
            Form::OpenEnd if part + 1 == count => found.starts_with(word),
            Form::OpenStart if part == 0 => found.ends_with(word),
            Form::Typo => typos(word, found) <= 1,
            Form::Bare => found == word || self.languages(part).into_iter().any(|language| self.inflects(language, part, found)),
            _ => found == word,
        }
    }

    fn written(&self, part: usize) -> &str {
        &self.text[self.folded.words[part].start as usize..self.folded.words[part].end as usize]
    }

    /// The lexicon's key; else what the rule says, what its feeds say, what the letters say.
    fn languages(&self, part: usize) -> Vec<Language> {
        let written = self.written(part);
        let rule = match self.owner {
            Owner::Lexicon(tag) => return Language::of_tag(tag, written).into_iter().collect(),
            Owner::Rule(rule) => rule,
        };
        let able = guess::languages(written);
        for tags in [&rule.langs, &rule.feed_langs] {
            let named: Vec<Language> = tags.iter().filter_map(|tag| Language::of_tag(tag, written)).collect();
            if named.iter().any(|language| able.contains(language)) {
                return named.into_iter().filter(|language| able.contains(language)).collect();
            }
        }
        if able.contains(&Language::Arabic) { vec![Language::Arabic] } else { able }
    }

    /// Whether the language's grammar makes `found` of the term's word.
    fn inflects(&self, language: Language, part: usize, found: &str) -> bool {
        let (grammar, list) = (language.grammar(), self.forms.table(language));
        let word = TermWord { folded: self.folded.word(part), written: self.written(part), in_phrase: self.folded.words.len() > 1 };
        if list.is_some_and(|list| (grammar.vetoes)(list, word.folded, found)) {
            return false;
        }
        let mut stems = (grammar.stems)(word);
        stems.extend(list.map(|list| (grammar.listed)(list, word)).unwrap_or_default());
        stems.iter().any(|(stem, class)| {
            let ends = |start: usize| (start, start + stem.len());
            let mut splits =
                found.char_indices().map(|(start, _)| ends(start)).filter(|(start, end)| found.get(*start..*end) == Some(stem));
            !stem.is_empty()
                && splits.any(|(start, end)| {
                    (start == 0 || grammar.glues_before) && (grammar.allows)(*class, stem, &found[..start], &found[end..])
                })
        })
    }
}

/// The words that a part of the original touches; between two words it stands at the next one, behind all at the last.
fn touched(page: &Page<'_>, start: usize, end: usize) -> Spot {
    let words = &page.folded.words;
    let touches = |index: &usize| (words[*index].start as usize) < end && words[*index].end as usize > start;
    let within: Vec<usize> = (0..words.len()).filter(touches).collect();
    let next = || (0..words.len()).find(|index| words[*index].start as usize >= end).unwrap_or(words.len().saturating_sub(1));
    let first = within.first().copied().unwrap_or_else(next);
    Spot { first, last: within.last().copied().unwrap_or(first) }
}

/// How many letters must be put in, taken out, replaced, or swapped with their neighbour, by the whole table.
fn typos(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let same = usize::from(a[i - 1] != b[j - 1]);
                    let mut least = (table[i - 1][j] + 1).min(table[i][j - 1] + 1).min(table[i - 1][j - 1] + same);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    table[a.len()][b.len()]
}
