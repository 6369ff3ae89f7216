//! What French and Spanish share: both say by a word's end which stems it has and which endings each stem takes.
//!
//! A language's rules are a data file: classes of endings, and sections of rules from the end of a dictionary form to stems.
//! In each section the longest end that fits the word gives its stems; a word may be read by several sections, as a noun
//! and as a verb. The format is told at the head of the files.

use super::{Class, FormTable, TermWord, forms};
use std::collections::{BTreeMap, BTreeSet};

/// The class of a stem that stands alone; stems from a form list have it.
pub const ALONE: Class = 0;

/// The rules of one language, read from its data file.
#[derive(Debug, Default)]
pub struct Rules {
    /// The endings of each class, sorted.
    classes: Vec<Vec<String>>,
    /// By section, then by the end of a word.
    sections: BTreeMap<String, BTreeMap<String, Rule>>,
}

/// What a word of this end gives.
#[derive(Debug)]
struct Rule {
    /// How many letters must stand before the end at least.
    letters: usize,
    /// Whether the end must be the whole word.
    whole: bool,
    stems: Vec<StemRule>,
}

/// How one stem is made of what stands before the end.
#[derive(Debug)]
struct StemRule {
    /// The last vowel, and what it becomes; a root with another last vowel has no such stem.
    change: Option<(char, String)>,
    /// What is written after the root.
    append: String,
    class: Class,
}

impl Rules {
    /// Reads a data file. A line that cannot be read says nothing; a test of each language sees that there is none.
    pub fn of_lines(text: &str) -> Rules {
        Reader::default().read(text).0
    }

    /// The stems that a section gives of a folded word.
    pub fn stems(&self, section: &str, word: &str) -> Vec<(String, Class)> {
        let Some(rules) = self.sections.get(section) else { return Vec::new() };
        let starts = word.char_indices().map(|(at, _)| at).chain([word.len()]);
        for (letters, at) in starts.enumerate() {
            let (root, end) = word.split_at(at);
            let Some(rule) = rules.get(end) else { continue };
            if letters >= rule.letters && (!rule.whole || root.is_empty()) {
                return rule.stems.iter().filter_map(|stem| Some((stem.of_root(root)?, stem.class))).collect();
            }
        }
        Vec::new()
    }

    /// Whether `after` is an ending of the class.
    pub fn has_ending(&self, class: Class, after: &str) -> bool {
        if after.is_empty() && class == ALONE {
            return true;
        }
        self.classes.get(usize::from(class)).is_some_and(|endings| endings.binary_search_by(|ending| ending.as_str().cmp(after)).is_ok())
    }
}

/// The forms that a list has of a word. Those that are words of their own as well are left to the grammar, unless the short
/// list of the language has them: gobierno is seldom a form of gobernar.
pub fn listed(shipped: &FormTable, list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = forms::listed(list, word);
    let ours = shipped.forms(word.folded);
    stems.retain(|(form, _)| ours.contains(form) || !list.lemmas(form).contains(form));
    stems
}

/// What the short list of the language says of a found word goes before what a large one says.
pub fn vetoes(shipped: &FormTable, list: &FormTable, term: &str, found: &str) -> bool {
    let list = if shipped.lemmas(found).is_empty() { list } else { shipped };
    forms::vetoes(list, term, found)
}

impl StemRule {
    fn of_root(&self, root: &str) -> Option<String> {
        let stem = match &self.change {
            None => format!("{root}{}", self.append),
            Some((from, to)) => {
                let at = root.rfind(['a', 'e', 'i', 'o', 'u'])?;
                let rest = root[at..].strip_prefix(*from)?;
                // The u of qu and gu is no vowel, and the second half of a diphthong does not change.
                if root[..at].ends_with(['a', 'e', 'i', 'o']) {
                    return None;
                }
                format!("{}{to}{rest}{}", &root[..at], self.append)
            }
        };
        Some(stem).filter(|stem| !stem.is_empty())
    }
}

/// The state of reading a data file.
#[derive(Default)]
struct Reader {
    rules: Rules,
    names: BTreeMap<String, Class>,
    /// Words that may be written after an ending marked with `*`.
    clitics: Vec<String>,
    section: String,
    /// Lines that make no sense.
    bad: Vec<String>,
}

impl Reader {
    fn read(mut self, text: &str) -> (Rules, Vec<String>) {
        self.rules.classes.push(vec![String::new()]);
        self.names.insert("alone".to_owned(), ALONE);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if !line.is_empty() && self.line(line).is_none() {
                self.bad.push(line.to_owned());
            }
        }
        (self.rules, self.bad)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.section = section.to_owned();
            return Some(());
        }
        let (head, body) = line.split_once(':')?;
        if head == "clitics" {
            self.clitics = body.split_whitespace().map(str::to_owned).collect();
            Some(())
        } else if let Some(name) = head.strip_prefix("class ") {
            self.class(name, body)
        } else {
            self.rule(head, body)
        }
    }

    fn class(&mut self, name: &str, body: &str) -> Option<()> {
        let mut endings = BTreeSet::new();
        for item in body.split_whitespace() {
            if let Some((start, other)) = item.split_once('@') {
                let other = self.rules.classes.get(usize::from(*self.names.get(other)?))?;
                endings.extend(other.iter().map(|ending| format!("{start}{ending}")));
            } else if let Some(ending) = item.strip_suffix('*') {
                endings.insert(ending.to_owned());
                endings.extend(self.clitics.iter().map(|clitic| format!("{ending}{clitic}")));
            } else {
                endings.insert(item.trim_start_matches('-').to_owned());
            }
        }
        let number = Class::try_from(self.rules.classes.len()).ok()?;
        self.rules.classes.push(endings.into_iter().collect());
        self.names.insert(name.to_owned(), number).is_none().then_some(())
    }

    fn rule(&mut self, head: &str, body: &str) -> Option<()> {
        let stems: Vec<StemRule> = body.split_whitespace().map(|item| self.stem(item)).collect::<Option<_>>()?;
        let section = self.rules.sections.entry(self.section.clone()).or_default();
        for head in head.split(',') {
            let (whole, end) = head.trim().strip_prefix('=').map_or((false, head.trim()), |end| (true, end));
            let end = end.trim_start_matches('.');
            let letters = head.trim().len() - end.len() - usize::from(whole);
            let stems = stems.iter().map(|stem| stem.for_end(end)).collect();
            if section.insert(end.to_owned(), Rule { letters, whole, stems }).is_some() {
                return None;
            }
        }
        Some(())
    }

    /// `[vowel>vowels:]letters/class`.
    fn stem(&self, item: &str) -> Option<StemRule> {
        let (item, class) = item.split_once('/')?;
        let class = *self.names.get(class)?;
        let (change, append) = match item.split_once(':') {
            None => (None, item),
            Some((change, append)) => {
                let (from, to) = change.split_once('>')?;
                (Some((from.chars().next()?, to.to_owned())), append)
            }
        };
        Some(StemRule { change, append: append.to_owned(), class })
    }
}

impl StemRule {
    /// The same for one of the ends of a rule, which `&` stands for, and `%` for all of it but its last letter.
    fn for_end(&self, end: &str) -> StemRule {
        let most = end.char_indices().next_back().map_or("", |(at, _)| &end[..at]);
        StemRule { change: self.change.clone(), append: self.append.replace('&', end).replace('%', most), class: self.class }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The lines of a data file that cannot be read.
    pub fn unread(text: &str) -> Vec<String> {
        Reader::default().read(text).1
    }

    const TEXT: &str = "clitics: lo\nclass plural: - s\nclass verb: o ar* @plural\n[noun]\n: /plural\n..al: al/plural aux/alone\n=bal: &/plural\n[verb]\n.ar: /verb e>ie:/verb";

    #[test]
    fn the_longest_end_with_enough_letters_gives_the_stems() {
        assert!(unread(TEXT).is_empty());
        let rules = Rules::of_lines(TEXT);
        let stems = |section, word| rules.stems(section, word).into_iter().map(|(stem, _)| stem).collect::<Vec<_>>();
        assert_eq!(stems("noun", "canal"), ["canal", "canaux"]);
        assert_eq!(stems("noun", "mal"), ["mal"]);
        assert_eq!(stems("noun", "bal"), ["bal"]);
        assert_eq!(stems("verb", "pensar"), ["pens", "piens"]);
        assert_eq!(stems("verb", "causar"), ["caus"]);
        assert!(stems("verb", "ar").is_empty());
    }

    #[test]
    fn classes_take_in_other_classes_and_clitics() {
        let rules = Rules::of_lines(TEXT);
        for (ending, expected) in [("", true), ("s", true), ("o", true), ("ar", true), ("arlo", true), ("olo", false), ("arlos", false)] {
            assert_eq!(rules.has_ending(2, ending), expected, "{ending}");
        }
    }

    #[test]
    fn lines_without_sense_are_told() {
        assert_eq!(unread("[noun]\nx: y/none\nword").len(), 2);
    }
}
