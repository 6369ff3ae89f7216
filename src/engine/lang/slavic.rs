//! What Russian and Ukrainian share: declensions and conjugations read from a table of rules.
//!
//! A table is text. `C = бвг…` names a set of letters, `@name = ending ending …` a set of endings (`-` is no ending, another
//! `@name` all of that set, `вш*@name` that set with вш before each). `block name` begins a list of rules; of each block the
//! first rule whose shape fits a term is taken, so a block is one reading of a term: as a noun, as an adjective, as a verb.
//! A rule `shape|cut, shape|cut : new> endings ; new> endings` fits terms that end in `shape` and `cut` (named sets stand for any of
//! their letters, `[аи]` for those, `^` for the start of the word); it takes `cut` off and puts each `new` in its place,
//! which gives a stem and the endings that may follow it. A `_` in `new` is the letter that a set in `cut` stood for.
//! `#` begins a comment.

use super::{Class, FormTable, TermWord, forms};
use std::collections::{BTreeMap, HashMap};

/// The class of a stem that stands alone; form lists use it too.
pub const ALONE: Class = 0;
/// Added to a class: a reflexive particle stands behind the ending.
const REFLEXIVE: Class = 0x8000;
/// Stems shorter than this take the first letter of their endings with them: short stems are found everywhere.
const LONG_ENOUGH: usize = 3;
/// A lemma with no more forms than these may be a part of another word: the plural of a noun has five or six, a past four.
const FEW: usize = 5;

/// The declensions and conjugations of a language.
#[derive(Debug, Default)]
pub struct Paradigms {
    blocks: Vec<Block>,
    classes: Vec<Endings>,
}

/// A reading of a term.
#[derive(Debug)]
struct Block {
    name: String,
    rules: Vec<Rule>,
}

/// A shape of terms, and what becomes of them.
#[derive(Debug)]
struct Rule {
    shape: Vec<Item>,
    /// How many letters are cut off the end.
    cut: usize,
    /// Which of them, counted from the end, is written again where a stem has `_`.
    again: Option<usize>,
    stems: Vec<(String, Class)>,
}

/// One place of a shape.
#[derive(Debug)]
enum Item {
    Start,
    Letter(char),
    Any(String),
}

/// The endings of a class.
#[derive(Debug, Default)]
struct Endings {
    /// Sorted.
    all: Vec<String>,
    /// By their first letter: the class of what follows it. The bare ending is under `None`.
    split: Vec<(Option<char>, Class)>,
}

impl Paradigms {
    /// Reads a table; the error is the first line that is none of a table's.
    pub fn of_table(text: &str) -> Result<Paradigms, String> {
        let mut reader = Reader::default();
        reader.class(vec![String::new()]);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if !line.is_empty() {
                reader.line(line).ok_or_else(|| line.to_owned())?;
            }
        }
        reader.split_all();
        Ok(reader.out)
    }

    /// Adds the stems of `word` under the readings that `wanted` names; `reflexive` when a particle was taken off the term.
    pub fn stems(&self, word: &str, wanted: fn(&str) -> bool, reflexive: bool, into: &mut Vec<(String, Class)>) {
        for block in self.blocks.iter().filter(|block| wanted(&block.name)) {
            if let Some(rule) = block.rules.iter().find(|rule| rule.fits(word)) {
                for (new, class) in &rule.stems {
                    self.add(rule.stem(word, new), *class, reflexive, into);
                }
            }
        }
        into.sort();
        into.dedup();
    }

    fn add(&self, stem: String, class: Class, reflexive: bool, into: &mut Vec<(String, Class)>) {
        let mark = if reflexive { REFLEXIVE } else { 0 };
        let split = self.classes.get(usize::from(class)).map_or(&[][..], |endings| &endings.split);
        if stem.chars().count() >= LONG_ENOUGH || split.is_empty() {
            if !stem.is_empty() {
                into.push((stem, class | mark));
            }
            return;
        }
        for (first, rest) in split {
            let longer = first.map_or_else(|| stem.clone(), |first| format!("{stem}{first}"));
            if !longer.is_empty() {
                into.push((longer, *rest | mark));
            }
        }
    }

    /// Whether `after` is an ending of the class.
    pub fn allows(&self, class: Class, after: &str) -> bool {
        let Some(endings) = self.classes.get(usize::from(class & !REFLEXIVE)) else { return false };
        let after = match (class & REFLEXIVE != 0, particle(after)) {
            (false, _) => after,
            (true, Some(rest)) => rest,
            (true, None) => return false,
        };
        endings.all.binary_search_by(|ending| ending.as_str().cmp(after)).is_ok()
    }

    /// The forms that a list has and the rules do not give, without the adverbs that dictionaries have among the forms of
    /// adjectives.
    pub fn listed(&self, list: &FormTable, word: TermWord<'_>, stems: &[(String, Class)]) -> Vec<(String, Class)> {
        let adverb = |form: &str| form.ends_with('о') && ends_in(word.folded, &["ый", "ий", "ой"]);
        let mut listed = forms::listed(list, word);
        listed.retain(|(form, _)| !adverb(form) && !self.has_form(stems, form));
        listed
    }

    /// Whether a list has `found` only under other words than `term`, and not as a part of it. Dictionaries have apart,
    /// under lemmas that are none, what is irregular (each with the few forms that it makes) and the participles of verbs.
    pub fn vetoes(&self, list: &FormTable, term: &str, found: &str, stems: fn(TermWord<'_>) -> Vec<(String, Class)>) -> bool {
        let of_found = list.lemmas(found);
        if of_found.is_empty() || of_found.iter().any(|lemma| lemma == term) {
            return false;
        }
        // A term that is a form of another word (люди, главное) stands for that word too, unless it is one of its own (начало).
        let of_term = list.lemmas(term);
        if list.forms(term).len() <= FEW && of_found.iter().any(|lemma| of_term.contains(lemma)) {
            return false;
        }
        let verb = ends_in(term, &["ть", "ти", "чь", "ся"]);
        let is_part = |lemma: &str| (verb && ends_in(lemma, &["ый", "ий", "ийся"])) || list.forms(lemma).len() <= FEW;
        let stems = stems(TermWord { folded: term, written: term, in_phrase: false });
        !of_found.iter().any(|lemma| self.has_form(&stems, lemma) && is_part(lemma))
    }

    /// Whether `word` is one of the forms that these stems have.
    pub fn has_form(&self, stems: &[(String, Class)], word: &str) -> bool {
        stems.iter().any(|(stem, class)| word.strip_prefix(stem.as_str()).is_some_and(|after| self.allows(*class, after)))
    }
}

/// What stands before the reflexive particle, which is ся, or сь.
fn particle(after: &str) -> Option<&str> {
    after.strip_suffix("ся").or_else(|| after.strip_suffix("сь"))
}

fn ends_in(word: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| word.ends_with(end))
}

impl Rule {
    fn fits(&self, word: &str) -> bool {
        let mut letters = word.chars().rev();
        self.shape.iter().rev().all(|item| match item {
            Item::Start => letters.clone().next().is_none(),
            Item::Letter(letter) => letters.next() == Some(*letter),
            Item::Any(set) => letters.next().is_some_and(|letter| set.contains(letter)),
        })
    }

    fn stem(&self, word: &str, new: &str) -> String {
        let kept = word.char_indices().rev().take(self.cut).last().map_or(word.len(), |(at, _)| at);
        let mut stem = word[..kept].to_owned();
        match self.again.and_then(|at| word.chars().rev().nth(at)) {
            Some(letter) => stem.extend(new.chars().map(|c| if c == '_' { letter } else { c })),
            None => stem.push_str(new),
        }
        stem
    }
}

/// A table in the making.
#[derive(Default)]
struct Reader {
    out: Paradigms,
    letters: HashMap<char, String>,
    endings: HashMap<String, Vec<String>>,
    known: BTreeMap<Vec<String>, Class>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Option<()> {
        if let Some(name) = line.strip_prefix("block ") {
            self.out.blocks.push(Block { name: name.to_owned(), rules: Vec::new() });
        } else if let Some((shape, stems)) = line.split_once(" : ") {
            let stems = self.stems(stems)?;
            for shape in shape.split(',') {
                let rule = self.rule(shape, stems.clone())?;
                self.out.blocks.last_mut()?.rules.push(rule);
            }
        } else {
            let (name, values) = line.split_once(" = ")?;
            if let Some(name) = name.strip_prefix('@') {
                let endings = self.list(values)?;
                self.endings.insert(name.to_owned(), endings);
            } else {
                self.letters.insert(name.chars().next()?, values.to_owned());
            }
        }
        Some(())
    }

    fn rule(&self, shape: &str, stems: Vec<(String, Class)>) -> Option<Rule> {
        let (kept, cut) = shape.trim().split_once('|')?;
        let mut items = self.items(kept)?;
        let cut = self.items(cut)?;
        let (letters, again) = (cut.len(), cut.iter().rev().position(|item| matches!(item, Item::Any(_))));
        items.extend(cut);
        Some(Rule { shape: items, cut: letters, again, stems })
    }

    fn stems(&mut self, stems: &str) -> Option<Vec<(String, Class)>> {
        let mut taken = Vec::new();
        for stem in stems.split(';') {
            let (new, endings) = stem.split_once('>')?;
            let endings = self.list(endings)?;
            taken.push((new.trim().to_owned(), self.class(endings)));
        }
        Some(taken)
    }

    fn items(&self, shape: &str) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        let mut letters = shape.chars();
        while let Some(letter) = letters.next() {
            items.push(match letter {
                '^' => Item::Start,
                '[' => Item::Any(letters.by_ref().take_while(|c| *c != ']').collect()),
                'A'..='Z' => Item::Any(self.letters.get(&letter)?.clone()),
                _ => Item::Letter(letter),
            });
        }
        Some(items)
    }

    /// The endings that a list of them names.
    fn list(&self, values: &str) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for value in values.split_whitespace() {
            let (before, value) = value.split_once('*').unwrap_or(("", value));
            match value.strip_prefix('@') {
                Some(name) => all.extend(self.endings.get(name)?.iter().map(|ending| format!("{before}{ending}"))),
                None if value == "-" => all.push(before.to_owned()),
                None => all.push(format!("{before}{value}")),
            }
        }
        all.sort();
        all.dedup();
        Some(all)
    }

    /// The class of these endings, which are sorted.
    fn class(&mut self, endings: Vec<String>) -> Class {
        let next = self.out.classes.len() as Class;
        let class = *self.known.entry(endings.clone()).or_insert(next);
        if class == next {
            self.out.classes.push(Endings { all: endings, split: Vec::new() });
        }
        class
    }

    fn split_all(&mut self) {
        for class in 0..self.out.classes.len() {
            let mut by_first: BTreeMap<Option<char>, Vec<String>> = BTreeMap::new();
            for ending in &self.out.classes[class].all {
                let mut letters = ending.chars();
                by_first.entry(letters.next()).or_default().push(letters.as_str().to_owned());
            }
            self.out.classes[class].split = by_first.into_iter().map(|(first, rest)| (first, self.class(rest))).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(table: &Paradigms, word: &str) -> Vec<(String, Class)> {
        let mut stems = Vec::new();
        table.stems(word, |_| true, false, &mut stems);
        stems
    }

    #[test]
    fn the_first_rule_of_a_block_is_taken_and_blocks_add_up() {
        let text = "C = бвм\n@a = - а\nblock one\n|м : м> - ; мм> @a я*@a # never read\nC| : > ы\nblock two\n[аб]б| : > у";
        let table = Paradigms::of_table(text).unwrap();
        let has = |term: &str, word: &str| table.has_form(&forms(&table, term), word);
        for (term, word) in [("дом", "дом"), ("дом", "доммя"), ("дом", "доммяа"), ("раб", "рабы"), ("раб", "рабу")]
        {
            assert!(has(term, word), "{term} {word}");
        }
        for (term, word) in [("дом", "домы"), ("дом", "доммы"), ("роб", "робу"), ("раб", "раба")] {
            assert!(!has(term, word), "{term} {word}");
        }
    }

    #[test]
    fn a_stem_takes_a_letter_of_its_lemma_again() {
        let table = Paradigms::of_table("C = кг\nblock b\n|іC : о_> и ; е_> а").unwrap();
        let stems: Vec<String> = forms(&table, "порік").into_iter().map(|(stem, _)| stem).collect();
        assert_eq!(stems, ["порек", "порок"]);
    }

    #[test]
    fn short_stems_take_the_first_letter_of_their_endings_with_them() {
        let table = Paradigms::of_table("block b\n|й : > й ю ями я").unwrap();
        let stems: Vec<String> = forms(&table, "бой").into_iter().map(|(stem, _)| stem).collect();
        assert_eq!(stems, ["бой", "бою", "боя"]);
    }

    #[test]
    fn a_line_that_is_no_rule_is_named() {
        for line in ["nonsense", "|а : @a", "@a = @b", "|а : > -", "block b\nа : > -"] {
            let error = Paradigms::of_table(line).unwrap_err();
            assert_eq!(Some(error.as_str()), line.lines().last(), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_class_allows_its_endings_and_nothing_longer(endings in proptest::collection::vec("[а-в]{1,3}", 1..6), other in "[а-в]{0,4}") {
            let table = Paradigms::of_table(&format!("block b\n|о : > {}", endings.join(" "))).unwrap();
            for (stem, class) in forms(&table, "слово") {
                proptest::prop_assert_eq!(&stem, "слов");
                proptest::prop_assert_eq!(table.allows(class, &other), endings.contains(&other));
                proptest::prop_assert_eq!(table.allows(class | REFLEXIVE, &format!("{other}ся")), endings.contains(&other));
                proptest::prop_assert!(!table.allows(class | REFLEXIVE, &other));
            }
        }
    }
}
