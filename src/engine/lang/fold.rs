//! Folding: one pass from text to comparable words, with a map back to the original bytes.
//!
//! Folded are: case, compatibility forms, accents of Latin and Greek letters, Arabic vowel marks, tatweel, hamza seats and
//! alef forms, ى/ي, Persian ی and ک, Hebrew points, Turkish dotted and dotless i, ё/е, every decimal digit, soft hyphens and
//! bidi marks. Marks that make another letter (й, ї, が, Indic and Thai vowel signs) stay. Apostrophes, hyphens and every
//! other character that is no letter, mark or digit part words; so does a zero-width non-joiner. A character of a script
//! that writes no blanks (Han, kana, Thai, Lao, Khmer, Burmese) is a word of its own, so that a term of several is a phrase.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical, decompose_compatible, is_combining_mark};

/// One word of a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Where it starts in [`Folded::text`], in bytes.
    pub at: u32,
    /// Where it starts in the original, in bytes.
    pub start: u32,
    /// Where it ends in the original, in bytes.
    pub end: u32,
}

/// A text made comparable: its words, each followed by one separator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// Folded words, each followed by [`BLANK`], or by [`STOP`] where a sentence ends.
    pub text: String,
    /// The words in order.
    pub words: Vec<Word>,
}

/// Stands between two words of one sentence.
pub const BLANK: char = ' ';
/// Stands after the last word of a sentence.
pub const STOP: char = '\n';

impl Folded {
    /// Folds `original`, at most 4 GiB of it.
    pub fn new(original: &str) -> Folded {
        let mut folder = Folder::with_capacity(original.len());
        for (at, c) in original.char_indices() {
            folder.take(c, at);
        }
        folder.part();
        folder.out
    }

    /// Where the word of this index ends in [`Folded::text`], its separator left out.
    pub fn word_end(&self, index: usize) -> usize {
        self.words.get(index + 1).map_or(self.text.len(), |next| next.at as usize).saturating_sub(1)
    }

    /// The folded word of this index.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).and_then(|word| self.text.get(word.at as usize..self.word_end(index))).unwrap_or("")
    }

    /// Whether a sentence ends after the word of this index.
    pub fn stops_after(&self, index: usize) -> bool {
        self.text.as_bytes().get(self.word_end(index)) == Some(&b'\n')
    }
}

/// What a character does to the word in hand.
enum Role {
    /// Adds this letter.
    Letter(char),
    /// Adds nothing and parts nothing.
    Nothing,
    /// Ends the word.
    Part,
    /// Ends the word, and the sentence when a blank or the end follows.
    Stop,
    /// Anything that takes a longer look.
    Other,
}

/// The role of the characters that nearly all text is made of.
fn role(c: char) -> Role {
    match c {
        'a'..='z' | '0'..='9' => Role::Letter(c),
        'A'..='Z' => Role::Letter(c.to_ascii_lowercase()),
        '.' | '!' | '?' | '…' | '؟' | '۔' | '。' | '！' | '？' => Role::Stop,
        '\0'..='\u{7f}' => Role::Part,
        // Arabic: hamza seats and alef forms first, then the plain letters.
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' => Role::Letter('ا'),
        'ؤ' => Role::Letter('و'),
        'ئ' | 'ى' | 'ی' => Role::Letter('ي'),
        'ک' => Role::Letter('ك'),
        'ہ' | 'ۂ' => Role::Letter('ه'),
        'ـ'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e8}'
        | '\u{6ea}'..='\u{6ed}' => Role::Nothing,
        'ء'..='غ' | 'ف'..='ي' | 'پ' | 'چ' | 'ژ' | 'گ' => Role::Letter(c),
        // Cyrillic.
        'ё' | 'Ё' => Role::Letter('е'),
        'а'..='я' => Role::Letter(c),
        'А'..='Я' => Role::Letter(char::from_u32(c as u32 + 32).unwrap_or(c)),
        // Turkish: all four are one letter; guessing the language is not needed.
        'ı' | 'İ' => Role::Letter('i'),
        '\u{ad}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{61c}' => Role::Nothing,
        '\u{2000}'..='\u{206f}' => Role::Part,
        _ => Role::Other,
    }
}

/// Latin letters that no decomposition reaches, and the Greek final sigma.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'þ' => "th",
        'ŋ' => "n",
        'ς' => "σ",
        _ => return None,
    })
}

/// Code points of the digit zero in scripts that news is written in; nine more digits follow each.
const ZEROS: [u32; 20] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810,
    0xff10,
];

fn ascii_digit(c: char) -> Option<char> {
    let code = c as u32;
    ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code)).and_then(|zero| char::from_digit(code - zero, 10))
}

/// Scripts written without blanks between words.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether accents of this letter fold away: Latin and Greek.
fn sheds_accents(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}')
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
    /// A sentence mark was seen and waits for what follows; 1 after one line end, 2 after two.
    stop: bool,
    lines: u8,
}

impl Folder {
    fn with_capacity(bytes: usize) -> Folder {
        let out = Folded { text: String::with_capacity(bytes + 8), words: Vec::with_capacity(bytes / 8) };
        Folder { out, open: false, end: 0, last: None, alone: false, stop: false, lines: 0 }
    }

    fn take(&mut self, c: char, at: usize) {
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
            Role::Stop => {
                self.part();
                self.stop = true;
            }
            Role::Other => self.other(c, at),
        }
    }

    /// A blank, a line end or punctuation.
    fn gap(&mut self, c: char) {
        self.part();
        if c == '\n' {
            self.lines = self.lines.saturating_add(1);
        }
        if c.is_whitespace() && (self.stop || self.lines > 1) {
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

    fn letter(&mut self, letter: char, at: usize, width: usize) {
        let alone = stands_alone(letter);
        if alone || self.alone {
            self.part();
        }
        self.alone = alone;
        if !self.open {
            self.open = true;
            self.stop = false;
            self.lines = 0;
            // Offsets are 32 bits wide: fields are capped at far less where they are read.
            self.out.words.push(Word { at: self.out.text.len() as u32, start: at as u32, end: 0 });
        }
        self.out.text.push(letter);
        self.end = at + width;
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

    /// Turns the separator after the last word into a sentence's end.
    fn close_sentence(&mut self) {
        if self.out.text.ends_with(BLANK) {
            self.out.text.pop();
            self.out.text.push(STOP);
        }
    }
}

/// Whether this letter is no mere other way to write letters (a ligature, a wide or a presentation form), so that it is kept
/// whole and its marks make another letter (й, ї, が).
fn stands_for_itself(c: char) -> bool {
    let (mut canonical, mut compatible) = (0, 0);
    decompose_canonical(c, |_| canonical += 1);
    decompose_compatible(c, |_| compatible += 1);
    canonical == compatible && !matches!(c, '\u{fb00}'..='\u{feff}')
}

/// Vowel signs and viramas of Indic, Thai and like scripts have class 0, 9 or above 100 there and are letters in all but name;
/// accents on Cyrillic, Hebrew points and Arabic marks are not.
fn keeps_mark(c: char) -> bool {
    match c {
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5c7}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{8d3}'..='\u{8ff}' => false,
        _ => canonical_combining_class(c) != 230 || ('\u{900}'..='\u{1cff}').contains(&c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        Folded::new(text).text.trim_end().to_owned()
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
        assert_eq!(folded("آتش\u{200c}بس"), "اتش بس");
        assert_eq!(folded("停火 now"), "停 火 now");
    }

    #[test]
    fn sentences_end_at_a_mark_that_a_blank_follows() {
        assert_eq!(folded("One. Two 3.5 U.S. end!\nNew\n\nlast"), "one\ntwo 3 5 u s\nend\nnew\nlast");
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
                proptest::prop_assert!(!folded.word(i).is_empty() && !folded.word(i).contains([BLANK, STOP]));
                before = start;
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = Folded::new(&text).text.replace(STOP, " ");
            let twice = Folded::new(&once).text.replace(STOP, " ");
            proptest::prop_assert_eq!(twice, once);
        }
    }
}
