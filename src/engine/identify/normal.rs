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
    let mut writer = Writer { text: String::with_capacity(text.len()), gap: false };
    for word in text.split_ascii_whitespace() {
        writer.gap = true;
        if word.chars().all(is_inert) {
            word.chars().for_each(|c| writer.push_inert(c));
        } else {
            word.nfkc().for_each(|c| writer.push(c));
        }
    }
    let words = writer.text.split(' ').filter(|word| !word.is_empty()).map(count).sum();
    Normal { text: writer.text, words }
}

/// How many words a piece between two blanks is.
fn count(word: &str) -> usize {
    let dense = word.chars().filter(|c| is_dense(*c)).count();
    (dense / 2).max(1)
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

struct Writer {
    text: String,
    gap: bool,
}

impl Writer {
    /// As [`Self::push`], for the letters that most text is made of without a look into a table.
    fn push_inert(&mut self, c: char) {
        match c {
            'a'..='z' | '0'..='9' | '\u{430}'..='\u{45F}' | '\u{5D0}'..='\u{5EA}' | '\u{621}'..='\u{63A}' | '\u{641}'..='\u{64A}' => {
                self.keep(c)
            }
            'A'..='Z' => self.keep(c.to_ascii_lowercase()),
            '\0'..='\u{7F}' => self.gap = true,
            _ => self.push(c),
        }
    }

    fn push(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.keep(c.to_ascii_lowercase());
        } else if c.is_ascii() {
            self.gap = true;
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
        if std::mem::take(&mut self.gap) && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push(c);
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
        let write = |push: fn(&mut Writer, char)| {
            let mut writer = Writer { text: String::new(), gap: false };
            inert.chars().for_each(|c| push(&mut writer, c));
            writer.text
        };
        assert_eq!(write(Writer::push_inert), write(Writer::push));
    }
}
