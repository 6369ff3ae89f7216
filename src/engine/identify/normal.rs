//! Text brought to the form in which two publishers' copies of it are equal. Never shown, only hashed.

use crate::engine::letters::{Letters, run};
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
    let bytes = text.as_bytes();
    // Where the source word in hand began, and what had been written by then.
    let (mut at, mut word, mut before) = (0, 0, writer.mark());
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_whitespace() {
            writer.gap = true;
            at += 1;
            (word, before) = (at, writer.mark());
        } else if let length @ 1.. = run(&bytes[at..], &PLAIN) {
            writer.part();
            writer.text.push_str(&text[at..at + length]);
            at += length;
        } else if byte.is_ascii() {
            writer.push_ascii(*byte);
            at += 1;
        } else if let Some(c) = text[at..].chars().next().filter(|c| is_inert(*c)) {
            writer.push(c);
            at += c.len_utf8();
        } else {
            // The word holds what NFKC changes: all of it takes the long way.
            at += bytes[at..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            writer.go_back(before);
            text[word..at].nfkc().for_each(|c| writer.push(c));
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
        | '\u{AB}' | '\u{BB}' | '\u{C0}'..='\u{131}' | '\u{134}'..='\u{13E}' | '\u{141}'..='\u{148}' | '\u{14A}'..='\u{17E}'
        | '\u{400}'..='\u{45F}'
        | '\u{5D0}'..='\u{5EA}'
        | '\u{60C}' | '\u{61B}' | '\u{61F}' | '\u{621}'..='\u{64A}' | '\u{660}'..='\u{669}' | '\u{67E}' | '\u{686}' | '\u{698}' | '\u{6A9}' | '\u{6AF}' | '\u{6CC}'
        | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}')
}

/// Letters and digits that are written as they stand.
const PLAIN: Letters = {
    let mut plain = [false; 0x800];
    let mut code = 0;
    while code < plain.len() {
        plain[code] = matches!(
            char::from_u32(code as u32),
            Some(
                'a'..='z'
                | '0'..='9'
                | 'ß'..='ö'
                | 'ø'..='ÿ'
                | 'ą'
                | 'ć'
                | 'č'
                | 'ď'
                | 'ę'
                | 'ě'
                | 'ğ'
                | 'ı'
                | 'ł'
                | 'ń'
                | 'ň'
                | 'ő'
                | 'ř'
                | 'ś'
                | 'ş'
                | 'š'
                | 'ť'
                | 'ů'
                | 'ű'
                | 'ź'
                | 'ż'
                | 'ž'
                | 'а'..='џ'
                | 'א'..='ת'
                | 'ء'..='غ'
                | 'ف'..='ي',
            )
        );
        code += 1;
    }
    plain
};

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
        assert_eq!(normalise(&inert).text, long_way(&inert));
        for c in (0..PLAIN.len()).filter(|code| PLAIN[*code]).filter_map(|code| char::from_u32(code as u32)) {
            assert_eq!(long_way(&c.to_string()), c.to_string());
            assert_eq!(run(format!("{c}{c}.").as_bytes(), &PLAIN), 2 * c.len_utf8());
        }
        // Also where a word is given up in its middle.
        for text in ["ab\u{fb01} cd", "الـ\u{fb01}", "x \u{fb01}y z", "\u{fb01}", "停火-a 协议b c"] {
            assert_eq!(normalise(text).text, long_way(&text.nfkc().collect::<String>()), "{text}");
        }
        assert_eq!(normalise("停火-a 协议b c").words, 4);
    }
}
