//! Reading hunspell dictionaries: the affix rules of an `.aff` file and the entries of a `.dic` file.
//!
//! Both are bytes in the charset that the `.aff` file names. What is read is what makes forms: classes of suffixes and
//! prefixes with their conditions and continuations, aliases of flag sets and of morphological fields, and the flags that
//! hide a word. Spelling suggestions and compounds are not. A line that makes no sense is skipped: dictionaries have them.

use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;
use std::collections::HashMap;

/// A flag of an entry or of an affix: one or two characters, or a number.
pub(super) type Flag = u64;

/// How flags are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum FlagStyle {
    #[default]
    Char,
    Long,
    Number,
}

impl FlagStyle {
    fn of(name: &str) -> FlagStyle {
        match name {
            "long" => FlagStyle::Long,
            "num" => FlagStyle::Number,
            _ => FlagStyle::Char,
        }
    }

    fn read(self, text: &str) -> Vec<Flag> {
        match self {
            FlagStyle::Char => text.chars().map(Flag::from).collect(),
            FlagStyle::Long => {
                let letters: Vec<char> = text.chars().collect();
                letters
                    .chunks_exact(2)
                    .filter_map(|two| two.first().zip(two.last()))
                    .map(|(a, b)| u64::from(*a) << 32 | u64::from(*b))
                    .collect()
            }
            FlagStyle::Number => text.split(',').filter_map(|number| number.trim().parse().ok()).collect(),
        }
    }
}

/// One letter of a condition: any of these, or none of these.
#[derive(Debug, Clone)]
struct Letter {
    negated: bool,
    letters: String,
}

impl Letter {
    fn takes(&self, letter: char) -> bool {
        self.letters.contains(letter) != self.negated
    }
}

/// What a word must begin or end with.
fn condition(text: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        letters.push(match c {
            '[' => {
                let class: String = rest.by_ref().take_while(|c| *c != ']').collect();
                match class.strip_prefix('^') {
                    Some(others) => Letter { negated: true, letters: others.to_owned() },
                    None => Letter { negated: false, letters: class },
                }
            }
            '.' => Letter { negated: true, letters: String::new() },
            c => Letter { negated: false, letters: c.to_string() },
        });
    }
    // A lone dot asks for nothing, not even for a letter.
    if text == "." { Vec::new() } else { letters }
}

/// One rule of a class: what goes, what comes, where it applies.
#[derive(Debug)]
pub(super) struct Rule {
    strip: String,
    /// What comes.
    pub append: String,
    condition: Vec<Letter>,
    /// The flags of the word that it makes.
    pub flags: Vec<Flag>,
}

impl Rule {
    /// The word with this suffix, if it takes it.
    pub fn suffixed(&self, word: &str) -> Option<String> {
        let stem = word.strip_suffix(self.strip.as_str())?;
        let mut letters = word.chars().rev();
        if !self.condition.iter().rev().all(|wanted| letters.next().is_some_and(|letter| wanted.takes(letter))) {
            return None;
        }
        Some(format!("{stem}{}", self.append))
    }

    /// The word with this prefix, if it takes it.
    pub fn prefixed(&self, word: &str) -> Option<String> {
        let stem = word.strip_prefix(self.strip.as_str())?;
        let mut letters = word.chars();
        if !self.condition.iter().all(|wanted| letters.next().is_some_and(|letter| wanted.takes(letter))) {
            return None;
        }
        Some(format!("{}{stem}", self.append))
    }
}

/// A class of suffixes or of prefixes.
#[derive(Debug, Default)]
pub(super) struct Affix {
    /// Whether prefixes and suffixes may stand on one word.
    pub crosses: bool,
    pub rules: Vec<Rule>,
}

/// What an `.aff` file says.
#[derive(Debug, Default)]
pub(super) struct Affixes {
    style: FlagStyle,
    flag_sets: Vec<Vec<Flag>>,
    fields: Vec<String>,
    pub suffixes: HashMap<Flag, Affix>,
    pub prefixes: HashMap<Flag, Affix>,
    needs_affix: Option<Flag>,
    forbidden: Option<Flag>,
    only_in_compound: Option<Flag>,
    circumfix: Option<Flag>,
}

/// An entry of a `.dic` file.
#[derive(Debug)]
pub(super) struct Entry {
    /// As written.
    pub word: String,
    pub flags: Vec<Flag>,
    /// The word that its morphological fields call its stem.
    pub stem: Option<String>,
}

/// The text of both files: the charset stands in the first.
pub(super) fn decode<'a>(aff: &'a [u8], dic: &'a [u8]) -> (Cow<'a, str>, Cow<'a, str>) {
    let charset = charset(aff);
    (charset.decode(aff).0, charset.decode(dic).0)
}

fn charset(aff: &[u8]) -> &'static Encoding {
    let named = aff.split(|byte| matches!(byte, b'\n' | b'\r')).find_map(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        line.strip_prefix(b"SET").filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
    });
    let label = named.map(|name| name.trim_ascii().to_ascii_lowercase()).unwrap_or_default();
    let label = label.strip_prefix(b"microsoft-").unwrap_or(&label);
    Encoding::for_label(label).unwrap_or(UTF_8)
}

impl Affixes {
    /// Reads the text of an `.aff` file.
    pub fn read(text: &str) -> Affixes {
        let mut affixes = Affixes::default();
        // Flags of every line are read in the style that one line names, wherever it stands.
        let style = text.lines().find_map(|line| line.strip_prefix("FLAG")).map(str::trim);
        affixes.style = style.map(FlagStyle::of).unwrap_or_default();
        for line in text.lines() {
            affixes.line(line);
        }
        affixes
    }

    fn line(&mut self, line: &str) {
        let mut cells = line.split_whitespace();
        let Some(keyword) = cells.next() else { return };
        let flag = |text: Option<&str>, style: FlagStyle| style.read(text.unwrap_or("")).first().copied();
        match keyword {
            "SFX" | "PFX" => {
                let cells: Vec<&str> = cells.collect();
                self.affix(keyword == "SFX", &cells);
            }
            "AF" => self.flag_sets.push(self.style.read(cells.next().unwrap_or(""))),
            "AM" => self.fields.push(line.get(2..).unwrap_or("").trim().to_owned()),
            "NEEDAFFIX" | "PSEUDOROOT" => self.needs_affix = flag(cells.next(), self.style),
            "FORBIDDENWORD" => self.forbidden = flag(cells.next(), self.style),
            "ONLYINCOMPOUND" => self.only_in_compound = flag(cells.next(), self.style),
            "CIRCUMFIX" => self.circumfix = flag(cells.next(), self.style),
            _ => {}
        }
    }

    /// A line of a class: its head (`flag Y count`) or a rule (`flag strip append/flags condition`).
    fn affix(&mut self, suffix: bool, cells: &[&str]) {
        let Some((&flag, rest)) = cells.split_first() else { return };
        let Some(&flag) = self.style.read(flag).first() else { return };
        let known = if suffix { &self.suffixes } else { &self.prefixes }.contains_key(&flag);
        let rule = match *rest {
            [crosses @ ("Y" | "N"), count, ..] if !known && count.parse::<usize>().is_ok() => {
                let class = Affix { crosses: crosses == "Y", rules: Vec::new() };
                if suffix { &mut self.suffixes } else { &mut self.prefixes }.insert(flag, class);
                return;
            }
            [strip, append] => self.rule(strip, append, "."),
            [strip, append, condition, ..] => self.rule(strip, append, condition),
            _ => return,
        };
        if let Some(class) = if suffix { &mut self.suffixes } else { &mut self.prefixes }.get_mut(&flag) {
            class.rules.push(rule);
        }
    }

    fn rule(&self, strip: &str, append: &str, wanted: &str) -> Rule {
        let (append, flags) = append.split_once('/').unwrap_or((append, ""));
        let nothing = |text: &str| if text == "0" { String::new() } else { text.to_owned() };
        Rule { strip: nothing(strip), append: nothing(append), condition: condition(wanted), flags: self.flags(flags) }
    }

    /// The flags of an entry or a rule: written out, or the number of a set.
    fn flags(&self, text: &str) -> Vec<Flag> {
        if self.flag_sets.is_empty() || text.is_empty() {
            return self.style.read(text);
        }
        // The first line tells only how many follow, so that number 1 stands in place 1.
        text.parse::<usize>().ok().and_then(|number| self.flag_sets.get(number)).cloned().unwrap_or_default()
    }

    /// The entries of the text of a `.dic` file.
    pub fn entries<'a>(&'a self, dic: &'a str) -> impl Iterator<Item = Entry> + 'a {
        // The first line is a count.
        dic.lines().skip(1).filter_map(|line| self.entry(line))
    }

    /// One line of it.
    pub fn entry(&self, line: &str) -> Option<Entry> {
        let (word, fields) = part_fields(line.trim_end());
        let slash =
            word.char_indices().skip(1).find(|(at, c)| *c == '/' && !word.get(..*at).is_some_and(|s| s.ends_with('\\'))).map(|(at, _)| at);
        let (word, flags) = slash.and_then(|at| word.split_at_checked(at)).unwrap_or((word, ""));
        let word = word.trim();
        if word.is_empty() || word.starts_with('#') {
            return None;
        }
        let fields = match fields.trim() {
            number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                number.parse::<usize>().ok().and_then(|number| self.fields.get(number)).map_or("", String::as_str)
            }
            written => written,
        };
        let stem = fields.split_whitespace().find_map(|field| field.strip_prefix("st:")).map(str::to_owned);
        Some(Entry { word: word.to_owned(), flags: self.flags(flags.trim_start_matches('/')), stem })
    }

    /// Whether words of these flags are none by themselves, whatever affix they take.
    pub fn hides_all(&self, flags: &[Flag]) -> bool {
        has(flags, self.forbidden) || has(flags, self.only_in_compound)
    }

    /// Whether a word of these flags is none without a further affix.
    pub fn hides_bare(&self, flags: &[Flag]) -> bool {
        has(flags, self.needs_affix) || has(flags, self.only_in_compound) || has(flags, self.circumfix)
    }

    /// Whether these flags are of one half of a circumfix.
    pub fn is_circumfix(&self, flags: &[Flag]) -> bool {
        has(flags, self.circumfix)
    }
}

fn has(flags: &[Flag], flag: Option<Flag>) -> bool {
    flag.is_some_and(|flag| flags.contains(&flag))
}

/// Parts the morphological fields from the word: behind a tab, or behind a blank that `xx:` follows.
fn part_fields(line: &str) -> (&str, &str) {
    if let Some(parts) = line.split_once('\t') {
        return parts;
    }
    let field = line.match_indices(' ').find(|(at, _)| line.as_bytes().get(at + 3) == Some(&b':'));
    field.and_then(|(at, _)| line.split_at_checked(at)).unwrap_or((line, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_from_the_right_end() {
        let affixes = Affixes::read("SFX S Y 3\nSFX S y ies [^aeiou]y\nSFX S 0 s [aeiou]y\nSFX S 0 s [^y]\n");
        let class = affixes.suffixes.get(&Flag::from('S')).unwrap();
        let forms = |word: &str| class.rules.iter().filter_map(|rule| rule.suffixed(word)).collect::<Vec<_>>();
        assert_eq!(forms("city"), ["cities"]);
        assert_eq!(forms("day"), ["days"]);
        assert_eq!(forms("war"), ["wars"]);
        assert_eq!(forms("y"), Vec::<String>::new());
    }

    #[test]
    fn every_style_of_flags_and_aliases_is_read() {
        let entry = |aff: &str, line: &str| Affixes::read(aff).entry(line).unwrap();
        assert_eq!(entry("FLAG num\n", "ada/27,1012").flags, [27, 1012]);
        assert_eq!(entry("FLAG UTF-8\n", "ver/Àa").flags, [u64::from('À'), u64::from('a')]);
        assert_eq!(entry("FLAG long\nAF 1\nAF TaTb # 1\n", "كتب/1").flags.len(), 2);
        let verb = entry("AM 1\nAM st:محا is:prst\n", "يمح/271\t1");
        assert_eq!((verb.word.as_str(), verb.stem.as_deref()), ("يمح", Some("محا")));
        assert_eq!(entry("", "tubule/S.() po:nom st:x").stem.as_deref(), Some("x"));
        assert_eq!(entry("", "km\\/h/S").word, "km\\/h");
    }

    #[test]
    fn the_charset_of_the_first_file_is_that_of_both() {
        let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode("мир/A");
        assert_eq!(decode(b"# x\r\nSET microsoft-cp1251\r\n", &cyrillic).1, "мир/A");
        assert_eq!(decode(b"SET ISO8859-1\n", b"\xe9t\xe9").1, "été");
        assert_eq!(decode(b"\xef\xbb\xbfSET UTF-8\n", "été".as_bytes()).1, "été");
    }
}
