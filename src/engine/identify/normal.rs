//! Text brought to the form in which two publishers' copies of it are equal. Never shown, only hashed.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Text in comparable form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Normal {
    /// Lower case, NFKC, letters and digits only, single blanks between the words.
    pub text: String,
    /// How many words it has; scripts without blanks count two letters for one.
    pub words: usize,
}

/// `text` in comparable form.
pub(super) fn normalise(text: &str) -> Normal {
    let mut writer = Writer { text: String::with_capacity(text.len()), ..Writer::default() };
    for word in text.split_ascii_whitespace() {
        writer.gap = true;
        let before = writer.mark();
        if !writer.push_all_inert(word) {
            writer.go_back(before);
            word.nfkc().for_each(|c| writer.push(c));
        }
    }
    let words = writer.words + writer.piece();
    Normal { text: writer.text, words }
}

/// Letters of scripts that put no blanks between words: Thai to Khmer, Han, Kana.
pub(super) fn is_dense(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..)
}

/// Characters that NFKC leaves alone among each other. A short list of what most text is made of: the full rule costs twenty
/// times as much for each letter.
fn is_inert(c: char) -> bool {
    matches!(c,
        '\0'..='\u{7F}'
        | '\u{AB}' | '\u{BB}' | '\u{C0}'..='\u{131}'
        | '\u{400}'..='\u{45F}'
        | '\u{5D0}'..='\u{5EA}'
        | '\u{60C}' | '\u{61B}' | '\u{61F}' | '\u{621}'..='\u{64A}' | '\u{660}'..='\u{669}' | '\u{67E}' | '\u{686}' | '\u{698}' | '\u{6A9}' | '\u{6AF}' | '\u{6CC}'
        | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}')
}

/// How many of the first bytes of `text` are letters that are written as they stand, of two bytes each.
fn plain_run(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += match text.get(at..) {
            // Arabic U+0621 to U+063A, U+0641 to U+064A; Cyrillic U+0430 to U+045F; Hebrew U+05D0 to U+05EA.
            Some([0xd8, 0xa1..=0xba, ..] | [0xd9, 0x81..=0x8a, ..]) => 2,
            Some([0xd0, 0xb0..=0xbf, ..] | [0xd1, 0x80..=0x9f, ..]) => 2,
            Some([0xd7, 0x90..=0xaa, ..]) => 2,
            _ => return at,
        }
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Whether something stood between the last letter and the next.
    gap: bool,
    /// Words of the pieces before the one in hand.
    words: usize,
    /// Letters of the piece in hand that stand for half a word each.
    dense: usize,
}

impl Writer {
    fn mark(&self) -> (usize, usize, usize) {
        (self.text.len(), self.words, self.dense)
    }

    /// Back to where a source word began: a blank stood there.
    fn go_back(&mut self, (length, words, dense): (usize, usize, usize)) {
        self.text.truncate(length);
        (self.gap, self.words, self.dense) = (true, words, dense);
    }

    /// How many words the piece in hand is.
    fn piece(&self) -> usize {
        if self.text.is_empty() { 0 } else { (self.dense / 2).max(1) }
    }

    /// Writes a word without a look into a table, run by run; `false` where it holds what NFKC changes.
    fn push_all_inert(&mut self, word: &str) -> bool {
        let mut at = 0;
        while let Some(byte) = word.as_bytes().get(at) {
            if byte.is_ascii() {
                self.push_ascii(*byte);
                at += 1;
                continue;
            }
            let run = plain_run(&word.as_bytes()[at..]);
            if run > 0 {
                self.part();
                self.text.push_str(&word[at..at + run]);
                at += run;
                continue;
            }
            let Some(c) = word[at..].chars().next().filter(|c| is_inert(*c)) else { return false };
            self.push(c);
            at += c.len_utf8();
        }
        true
    }

    fn push_ascii(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() {
            self.keep(char::from(byte.to_ascii_lowercase()));
        } else {
            self.gap = true;
        }
    }

    fn push(&mut self, c: char) {
        if c.is_ascii() {
            self.push_ascii(c as u8);
        } else if is_combining_mark(c) || is_invisible(c) {
            // Within a word, it parts nothing.
        } else if c.is_alphanumeric() {
            // The dot that a lower-cased İ leaves behind is a mark too.
            c.to_lowercase().filter(|c| !is_combining_mark(*c)).for_each(|c| self.keep(c));
        } else {
            self.gap = true;
        }
    }

    fn keep(&mut self, c: char) {
        self.part();
        self.dense += usize::from(is_dense(c));
        self.text.push(c);
    }

    /// Parts what comes from the piece before it, where something stood between them.
    fn part(&mut self) {
        if std::mem::take(&mut self.gap) && !self.text.is_empty() {
            self.words += self.piece();
            self.dense = 0;
            self.text.push(' ');
        }
    }
}

/// Soft hyphen, joiners, direction marks: publishers add and lose them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{640}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, words: usize) {
        assert_eq!(normalise(text), Normal { text: expected.to_owned(), words });
    }

    #[test]
    fn copies_of_a_text_are_equal() {
        check(" «Idlib»:\n the CEASE-fire… ", "idlib the cease fire", 4);
        check("İdlib'de ﬁre", "idlib de fire", 3);
        check("إدلب\u{200f} — الـهدنة", "إدلب الهدنة", 2);
        check("ٱلسَّلَام", "ٱلسلام", 1);
        check("Й", "й", 1);
        check("И\u{306}", "й", 1);
        check("停火协议", "停火协议", 2);
        check("!?…", "", 0);
    }

    #[test]
    fn the_short_way_and_the_long_way_agree() {
        let inert: String = ('\0'..='\u{2100}').filter(|c| is_inert(*c)).collect();
        let long: String = inert.nfkc().collect();
        assert_eq!(inert, long);
        let long_way = |text: &str| {
            let mut writer = Writer::default();
            text.chars().for_each(|c| writer.push(c));
            writer.text
        };
        let mut short_way = Writer::default();
        assert!(short_way.push_all_inert(&inert));
        assert_eq!(short_way.text, long_way(&inert));
        // Also where a word is given up in its middle.
        for text in ["ab\u{fb01} cd", "الـ\u{fb01}", "x \u{fb01}y z", "\u{fb01}", "停火-a 协议b c"] {
            assert_eq!(normalise(text).text, long_way(&text.nfkc().collect::<String>()), "{text}");
        }
        assert_eq!(normalise("停火-a 协议b c").words, 4);
    }
}
