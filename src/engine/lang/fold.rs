//! Folding: one pass from text to comparable words, with a map back to the original bytes.
//!
//! Folded are: case, compatibility forms, accents of Latin and Greek letters, Arabic vowel marks, tatweel, hamza seats and
//! alef forms, ى/ي, Persian ی and ک, Hebrew points, Turkish dotted and dotless i, ё/е, every decimal digit, soft hyphens and
//! bidi marks. Marks that make another letter (й, ї, が, Indic and Thai vowel signs) stay. Apostrophes, hyphens and every
//! other character that is no letter, mark or digit part words, but for the apostrophe inside a Cyrillic or Hebrew word
//! (перемир'я) and the quote inside a Hebrew abbreviation (צה"ל), which fold away. A zero-width non-joiner parts words and equals nothing
//! too: the parts are also given as one joined word. A character of a script that writes no blanks (Han, kana, Thai, Lao,
//! Khmer, Burmese) is a word of its own, so that a term of several is a phrase.

mod letter;

use crate::engine::letters::run;
use letter::{PLAIN, Role, ascii_digit, bridges, keeps_mark, plain, role, sheds_accents, stands_alone, stands_for_itself};
use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// One word of a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Where it starts in [`Folded::text`], in bytes.
    pub at: u32,
    /// Where it starts in the original, in bytes.
    pub start: u32,
    /// Where it ends in the original, in bytes.
    pub end: u32,
    /// Whether a sentence ends after it.
    pub stop: bool,
}

/// Words parted by zero-width non-joiners alone, read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// Where it starts in [`Folded::text`], in bytes: behind all words.
    pub at: u32,
    /// Index of its first word.
    pub first: u32,
    /// Index of its last word.
    pub last: u32,
}

/// A text made comparable: its words, each with a blank before and behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// A blank, then each folded word followed by a blank: the words in order, then the joined ones.
    pub text: String,
    /// The words in order.
    pub words: Vec<Word>,
    /// The joined words in order.
    pub joined: Vec<Joined>,
}

/// Multipliers that are shortened, folded: the full stop behind one ends no sentence (5 тыс. беженцев, 1,5 Mio. Flüchtlinge).
const SHORT: [&str; 9] = ["тыс", "тис", "млн", "млрд", "mio", "mrd", "tsd", "mln", "mlrd"];

/// Whether a folded word is a multiplier that is written with a full stop behind it.
pub fn is_short(word: &str) -> bool {
    SHORT.contains(&word)
}

/// Stands before, between and behind words.
pub const BLANK: char = ' ';

impl Folded {
    /// Folds `original`, at most 4 GiB of it.
    pub fn new(original: &str) -> Folded {
        let mut folder = Folder::with_capacity(original.len());
        let mut at = 0;
        while at < original.len() {
            let plain = if folder.bridge.is_none() { run(&original.as_bytes()[at..], &PLAIN) } else { 0 };
            if plain > 0 {
                at = folder.words(original, at, plain);
                // What mostly follows a word.
                if original.as_bytes().get(at) == Some(&b' ') {
                    folder.gap(BLANK);
                    at += 1;
                }
            } else if let Some(c) = original[at..].chars().next() {
                folder.take(c, at);
                at += c.len_utf8();
            }
        }
        folder.part();
        folder.join();
        folder.out
    }

    /// Folds a list of texts, one a line: a sentence ends with each line.
    pub fn of_lines(original: &str) -> Folded {
        let mut folded = Folded::new(original);
        for at in 1..folded.words.len() {
            let between = folded.words[at - 1].end as usize..folded.words[at].start as usize;
            folded.words[at - 1].stop |= original.get(between).is_some_and(|between| between.contains('\n'));
        }
        folded
    }

    /// Where the word of this index ends in [`Folded::text`]. Joined words are counted on behind the others.
    pub fn word_end(&self, index: usize) -> usize {
        self.at(index + 1).unwrap_or(self.text.len()).saturating_sub(1)
    }

    /// Where the word of this index starts in [`Folded::text`]. Joined words are counted on behind the others.
    pub fn at(&self, index: usize) -> Option<usize> {
        let at = match self.words.get(index) {
            Some(word) => word.at,
            None => self.joined.get(index - self.words.len())?.at,
        };
        Some(at as usize)
    }

    /// The folded word of this index.
    pub fn word(&self, index: usize) -> &str {
        self.at(index).and_then(|at| self.text.get(at..self.word_end(index))).unwrap_or("")
    }

    /// The last word; empty where there is none.
    fn last_word(&self) -> &str {
        self.words.len().checked_sub(1).map_or("", |last| self.word(last))
    }

    /// The first and last word of this index: the same, but for a joined one.
    pub fn span(&self, index: usize) -> (usize, usize) {
        match self.joined.get(index.wrapping_sub(self.words.len())) {
            Some(joined) if index >= self.words.len() => (joined.first as usize, joined.last as usize),
            _ => (index, index),
        }
    }

    /// The index of the joined word that begins with the word `first`.
    pub fn joined_from(&self, first: usize) -> Option<usize> {
        let at = self.joined.binary_search_by_key(&first, |joined| joined.first as usize).ok()?;
        Some(self.words.len() + at)
    }

    /// The index of the joined word that ends with the word `last`.
    pub fn joined_to(&self, last: usize) -> Option<usize> {
        let at = self.joined.binary_search_by_key(&last, |joined| joined.last as usize).ok()?;
        Some(self.words.len() + at)
    }

    /// Every folded word, the joined ones last.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.words.len() + self.joined.len()).map(|index| self.word(index))
    }
}

/// The state of the pass.
struct Folder {
    out: Folded,
    /// Whether a word is open.
    open: bool,
    /// Where the last character of the open word ends in the original.
    end: usize,
    /// The letter last written as it was before folding, for a combining mark that follows: marks may make another letter.
    last: Option<char>,
    /// Whether the open word is a character of a script without blanks.
    alone: bool,
    /// Whether a sentence mark was seen since the last letter: a blank behind it ends the sentence.
    stop: bool,
    /// Whether that mark is the full stop of an abbreviation ([`is_short`]), which a line's end or a Cyrillic capital makes a mark again.
    short: bool,
    /// Line ends since the last letter: an empty line ends the sentence.
    lines: u8,
    /// An apostrophe or quote after the open word, not yet decided on.
    bridge: Option<char>,
    /// Whether nothing but a zero-width non-joiner stands after the last word.
    joiner: bool,
    /// Words that a zero-width non-joiner alone parts from the one before, ascending.
    glued: Vec<u32>,
}

impl Folder {
    fn with_capacity(bytes: usize) -> Folder {
        let mut out = Folded { text: String::with_capacity(bytes + 8), words: Vec::with_capacity(bytes / 8), joined: Vec::new() };
        out.text.push(BLANK);
        let (bridge, glued) = (None, Vec::new());
        Folder { out, open: false, end: 0, last: None, alone: false, stop: false, short: false, lines: 0, bridge, joiner: false, glued }
    }

    fn take(&mut self, c: char, at: usize) {
        if let Some(bridge) = self.bridge.take()
            && !self.last.is_some_and(|last| bridges(last, bridge, c))
        {
            self.part();
        }
        if self.short && matches!(c, 'А'..='Я' | 'І' | 'Ї' | 'Є' | 'Ґ' | 'Ё') {
            self.close_sentence();
        }
        match role(c) {
            Role::Letter(letter) => {
                self.letter(letter, at, c.len_utf8());
                self.last = Some(c);
            }
            Role::Nothing => {
                // Marks inside a word belong to its span; before a word they belong to nothing.
                if self.open {
                    self.end = at + c.len_utf8();
                }
            }
            Role::Part => self.gap(c),
            Role::Bridge if self.open => self.bridge = Some(c),
            Role::Bridge => self.joiner = false,
            Role::Stop => {
                self.part();
                (self.stop, self.joiner) = (true, false);
                self.short = c == '.' && is_short(self.out.last_word());
                // Where no blanks are written none follows a mark.
                if matches!(c, '。' | '！' | '？') {
                    self.close_sentence();
                }
            }
            Role::Other => self.other(c, at),
        }
    }

    /// A blank, a line end or punctuation.
    fn gap(&mut self, c: char) {
        self.joiner = c == '\u{200c}' && (self.open || self.joiner);
        self.part();
        if c == '\n' {
            self.lines = self.lines.saturating_add(1);
        }
        let ends = if self.short { self.lines > 0 } else { self.stop || self.lines > 1 };
        if c.is_whitespace() && ends {
            self.close_sentence();
        }
    }

    fn other(&mut self, c: char, at: usize) {
        if is_combining_mark(c) {
            return self.mark(c, at);
        }
        if let Some(digit) = ascii_digit(c) {
            return self.letter(digit, at, c.len_utf8());
        }
        if !c.is_alphanumeric() {
            return self.gap(c);
        }
        self.spell(c, at);
        // A ligature is no letter that a mark could change: the last letter it spells is.
        let whole = c.to_lowercase().next().filter(|lower| sheds_accents(*lower) || stands_for_itself(*lower));
        self.last = whole.or_else(|| self.out.text.chars().next_back());
    }

    /// Writes a letter's folded spelling: lower case, decomposed, without what folds away.
    fn spell(&mut self, c: char, at: usize) {
        let width = c.len_utf8();
        for lower in c.to_lowercase() {
            if let Some(letters) = plain(lower) {
                letters.chars().for_each(|letter| self.letter(letter, at, width));
                continue;
            }
            if !sheds_accents(lower) && stands_for_itself(lower) {
                self.letter(lower, at, width);
                continue;
            }
            decompose_compatible(lower, |part| {
                if is_combining_mark(part) {
                    return;
                }
                match role(part) {
                    _ if plain(part).is_some() => {
                        plain(part).unwrap_or("").chars().for_each(|letter| self.letter(letter, at, width));
                    }
                    Role::Letter(letter) => self.letter(letter, at, width),
                    Role::Other if part.is_alphanumeric() => part.to_lowercase().for_each(|letter| self.letter(letter, at, width)),
                    _ => {}
                }
            });
        }
    }

    /// A combining mark: makes another letter of the one before it, or stays, or folds away.
    fn mark(&mut self, c: char, at: usize) {
        if !self.open {
            return;
        }
        let before = self.last;
        let end = at + c.len_utf8();
        self.end = end;
        let Some(base) = before else { return };
        if sheds_accents(base) {
            return;
        }
        let base = base.to_lowercase().next().unwrap_or(base);
        if let Some(whole) = compose(base, c) {
            self.out.text.pop();
            match role(whole) {
                Role::Letter(letter) => self.out.text.push(letter),
                _ => self.out.text.push(whole),
            }
            self.last = Some(whole);
        } else if keeps_mark(c) {
            self.out.text.push(c);
        }
    }

    /// Letters that fold to themselves, `first` bytes of them at `at`, with the words of such letters that follow, each behind one
    /// blank: all of this is its own folded form, and copied as a whole. Gives where it ends.
    fn words(&mut self, original: &str, at: usize, first: usize) -> usize {
        if std::mem::take(&mut self.alone) {
            self.part();
        }
        if !self.open {
            self.begin(at);
        }
        let (bytes, before) = (original.as_bytes(), self.out.text.len());
        let mut end = at + first;
        while bytes.get(end) == Some(&b' ') {
            let start = end + 1;
            let length = run(&bytes[start..], &PLAIN);
            if length == 0 {
                break;
            }
            if let Some(word) = self.out.words.last_mut() {
                word.end = end as u32;
            }
            self.out.words.push(Word { at: (before + start - at) as u32, start: start as u32, end: 0, stop: false });
            end = start + length;
        }
        self.out.text.push_str(&original[at..end]);
        self.end = end;
        self.last = original[..end].chars().next_back();
        end
    }

    fn letter(&mut self, letter: char, at: usize, width: usize) {
        let alone = stands_alone(letter);
        if alone || self.alone {
            self.part();
        }
        self.alone = alone;
        if !self.open {
            self.begin(at);
        }
        self.out.text.push(letter);
        self.end = at + width;
    }

    /// Opens a word.
    fn begin(&mut self, at: usize) {
        self.open = true;
        self.stop = false;
        self.short = false;
        self.lines = 0;
        // Offsets are 32 bits wide: fields are capped at far less where they are read.
        let word = Word { at: self.out.text.len() as u32, start: at as u32, end: 0, stop: false };
        if std::mem::take(&mut self.joiner) {
            self.glued.push(self.out.words.len() as u32);
        }
        self.out.words.push(word);
    }

    /// Ends the open word, if one is.
    fn part(&mut self) {
        self.last = None;
        if !std::mem::take(&mut self.open) {
            return;
        }
        self.out.text.push(BLANK);
        if let Some(word) = self.out.words.last_mut() {
            word.end = self.end as u32;
        }
    }

    /// Ends the sentence after the last word.
    fn close_sentence(&mut self) {
        if let Some(word) = self.out.words.last_mut() {
            word.stop = true;
        }
    }

    /// Adds the joined words behind the others.
    fn join(&mut self) {
        for run in std::mem::take(&mut self.glued).chunk_by(|a, b| a + 1 == *b) {
            let (first, last) = (run[0] - 1, run[run.len() - 1]);
            let at = self.out.text.len() as u32;
            let parts: String = (first..=last).map(|index| self.out.word(index as usize)).collect();
            self.out.joined.push(Joined { at, first, last });
            self.out.text.push_str(&parts);
            self.out.text.push(BLANK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        Folded::new(text).text.trim().to_owned()
    }

    #[test]
    fn spellings_of_one_word_fold_to_one_word() {
        for (forms, expected) in [
            (&["İdlib", "IDLIB", "idlib", "ıdlıb", "İDLİB", "I\u{307}dlib"][..], "idlib"),
            (&["إدلب", "ادلب", "إِدْلِب", "ادلـب", "أدلب", "\u{200f}إدلب\u{200f}", "ا\u{655}دلب"], "ادلب"),
            (&["ateşkes", "ATEŞKES", "Ateskes", "ates\u{327}kes"], "ateskes"),
            (&["ИДЛИБ", "Идли\u{301}б", "идлиб"], "идлиб"),
            (&["Ещё", "еще", "ЕЩЁ", "еще\u{308}"], "еще"),
            (&["١٢٣", "۱۲۳", "123", "１２３"], "123"),
            (&["naïve", "naive", "nai\u{308}ve"], "naive"),
            (&["Straße", "STRASSE"], "strasse"),
            (&["ﻻجئ", "لاجئ", "لاجي", "لاجی"], "لاجي"),
            (&["ﬁre", "fire", "fi\u{ad}re"], "fire"),
            (&["ﬀ\u{1920}", "ff\u{1920}"], "ff"),
            (&["Ǽ", "Æ\u{301}", "ae"], "ae"),
            (&["שָׁלוֹם", "שלום"], "שלום"),
        ] {
            for form in forms {
                assert_eq!(folded(form), expected, "{form}");
            }
        }
    }

    #[test]
    fn marks_that_make_another_letter_stay() {
        assert_eq!(folded("й"), "й");
        assert_eq!(folded("и\u{306}"), "й");
        assert_ne!(folded("й"), folded("и"));
        assert_eq!(folded("Ї"), "ї");
        assert_eq!(folded("і\u{308}"), "ї");
        assert_ne!(folded("が"), folded("か"));
        assert_eq!(folded("か\u{3099}"), folded("が"));
        assert_eq!(folded("हिन्दी"), "हिन्दी");
        assert_ne!(folded("ما"), folded("مأ") + "x");
    }

    #[test]
    fn words_part_at_apostrophes_hyphens_and_joiners() {
        assert_eq!(folded("İdlib'deki cease-fire"), "idlib deki cease fire");
        assert_eq!(folded("İdlib’de"), "idlib de");
        assert_eq!(folded("停火 now"), "停 火 now");
    }

    #[test]
    fn a_zero_width_non_joiner_parts_words_and_equals_nothing_too() {
        let text = "نقض آتش\u{200c}بس شد";
        let folded = Folded::new(text);
        assert_eq!(folded.iter().collect::<Vec<_>>(), ["نقض", "اتش", "بس", "شد", "اتشبس"]);
        assert_eq!(folded.span(4), (1, 2));
        assert_eq!(folded.span(2), (2, 2));
        assert_eq!(Folded::new("نمی\u{200c}خواهم\u{200c}ها").word(3), "نميخواهمها");
        assert!(Folded::new("آتش \u{200c} بس").joined.is_empty());
    }

    #[test]
    fn an_apostrophe_inside_a_cyrillic_word_and_a_quote_inside_a_hebrew_one_fold_away() {
        assert_eq!(folded("Перемир'я й перемир’я"), "перемиря й перемиря");
        assert_eq!(folded("צה\"ל אמר \"שלום\""), "צהל אמר שלום");
        assert_eq!(folded("'мир' и \"мир\""), "мир и мир");
    }

    #[test]
    fn sentences_end_at_a_mark_that_a_blank_follows() {
        let folded = Folded::new("One. Two 3.5 U.S. end!\nNew\n\nlast");
        let ends: Vec<&str> = (0..folded.words.len()).filter(|i| folded.words[*i].stop).map(|i| folded.word(i)).collect();
        assert_eq!(ends, ["one", "s", "end", "new"]);
    }

    #[test]
    fn the_full_stop_of_a_shortened_multiplier_ends_no_sentence() {
        for (text, stops) in [
            ("Более 5 тыс. беженцев покинули Идлиб.", 0),
            ("1,5 Mio. Flüchtlinge und 2 Tsd. Helfer", 0),
            ("5 тис. біженців", 0),
            ("Ущерб достиг 3 млн. Беженцы вернулись", 1),
            ("Schaden: 3 Mio.\nFlüchtlinge kehren zurück", 1),
            ("Только 3 млн? беженцы вернулись", 1),
            ("Город. беженцы", 1),
        ] {
            let folded = Folded::new(text);
            assert_eq!(folded.words.iter().filter(|word| word.stop).count(), stops, "{text}");
        }
    }

    #[test]
    fn spans_point_at_the_words_of_the_original() {
        let text = "في «إِدْلِب» و İdlib'de";
        let folded = Folded::new(text);
        let words: Vec<&str> = folded.words.iter().map(|w| &text[w.start as usize..w.end as usize]).collect();
        assert_eq!(words, ["في", "إِدْلِب", "و", "İdlib", "de"]);
        assert_eq!(folded.word(1), "ادلب");
        assert_eq!(folded.word(4), "de");
    }

    proptest::proptest! {
        #[test]
        fn spans_lie_on_character_boundaries_and_in_order(text in "\\PC{0,60}") {
            let folded = Folded::new(&text);
            let mut before = 0;
            for (i, w) in folded.words.iter().enumerate() {
                let (start, end) = (w.start as usize, w.end as usize);
                proptest::prop_assert!(before <= start && start < end);
                proptest::prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
                proptest::prop_assert!(!folded.word(i).is_empty() && !folded.word(i).contains(BLANK));
                before = start;
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = Folded::new(&text).text;
            let twice = Folded::new(&once).text;
            proptest::prop_assert_eq!(twice, once);
        }
    }
}
