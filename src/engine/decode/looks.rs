//! Whether a text looks as if it were written in what it was decoded as. Knows how scripts behave, and no words.

use encoding_rs::Encoding;

/// The hanzi and kanji that make up a fifth of any Chinese text, in both writings.
const COMMON_HAN: &str = "的一是不了在人有我他这這中大来來上国國个個为為们們年和地出到以日本时時会會要也说說对對";

/// Below this many neighbours nothing is said of a text.
const FEW: usize = 24;

/// What neighbouring characters of a text tell.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// Neighbours of which one is not ASCII and both could belong to a word.
    pairs: usize,
    /// Those that hardly any orthography has: two scripts in one word, a sign within a word, accented Latin letters in a row.
    odd: usize,
    /// Those of a small letter before a capital.
    jumps: usize,
    /// Letters outside ASCII, capital and small.
    capital: usize,
    small: usize,
    han: usize,
    common_han: usize,
    /// Characters that could not be read.
    bad: usize,
    /// `ý þ ð`, which are `ı ş ğ` in windows-1254, and letters that go with them in Icelandic.
    turkish: usize,
    icelandic: usize,
}

impl Looks {
    /// Of `bytes` in `encoding`.
    pub fn of(bytes: &[u8], encoding: &'static Encoding) -> Self {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        let mut looks = Self::default();
        let mut before = ' ';
        for c in text.chars() {
            if !c.is_ascii() || !before.is_ascii() {
                looks.pair(before, c);
            }
            before = c;
        }
        looks
    }

    fn pair(&mut self, a: char, b: char) {
        if !b.is_ascii() {
            self.capital += usize::from(b.is_uppercase());
            self.small += usize::from(b.is_lowercase());
            self.bad += usize::from(b == '\u{FFFD}');
            self.turkish += usize::from(matches!(b, 'ý' | 'þ' | 'ð' | 'Ý' | 'Þ' | 'Ð'));
            self.icelandic += usize::from(matches!(b, 'á' | 'é' | 'í' | 'ó' | 'ú' | 'æ'));
            let han = ('\u{4E00}'..='\u{9FFF}').contains(&b);
            self.han += usize::from(han);
            self.common_han += usize::from(han && COMMON_HAN.contains(b));
        }
        let (Some(first), Some(second)) = (Script::of(a), Script::of(b)) else { return };
        self.pairs += 1;
        let accents = first == Script::Latin && second == Script::Latin && !a.is_ascii() && !b.is_ascii();
        self.odd += usize::from(first != second || first == Script::Sign || accents);
        self.jumps += usize::from(a.is_lowercase() && b.is_uppercase());
    }

    /// Whether it could be text. Little text always could. Turkish, with the most accents in a row, has 15 in 100 odd pairs.
    pub fn plausible(&self) -> bool {
        let broken = self.bad > 4 && self.bad * 20 > self.pairs;
        let odd = self.pairs >= FEW && (self.odd * 4 > self.pairs || self.jumps * 12 > self.pairs);
        let shouting = self.capital + self.small >= 2 * FEW && self.capital > 2 * self.small;
        let rare = self.han >= 2 * FEW && self.common_han * 50 < self.han;
        !(broken || odd || shouting || rare)
    }

    /// Whether nothing in it is odd.
    pub fn clear(&self) -> bool {
        let common = self.han < 2 * FEW || self.common_han * 20 >= self.han;
        self.bad <= 4 && self.odd * 10 <= self.pairs && self.jumps * 25 <= self.pairs && self.capital <= self.small.max(FEW) && common
    }

    /// Whether it is Turkish that was read as windows-1252, and not Icelandic, which has the same letters beside others.
    pub fn is_turkish_as_latin(&self) -> bool {
        self.turkish >= 4 && self.icelandic * 4 < self.turkish
    }
}

/// What a character belongs to, so far as words are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    EastAsian,
    /// A sign that stands in no word.
    Sign,
}

impl Script {
    /// None for what may stand beside any letter: blanks, quotes, dashes, joiners, ASCII signs and digits.
    fn of(c: char) -> Option<Self> {
        Some(match c {
            'a'..='z' | 'A'..='Z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24F}' => Self::Latin,
            '\u{370}'..='\u{3FF}' => Self::Greek,
            '\u{400}'..='\u{4FF}' => Self::Cyrillic,
            '\u{590}'..='\u{5FF}' => Self::Hebrew,
            '\u{600}'..='\u{6FF}' => Self::Arabic,
            '«' | '»' | '\u{A0}' | '·' | '°' | '€' => return None,
            '\u{80}'..='\u{BF}' | '×' | '÷' | '\u{2C6}'..='\u{2DD}' | '\u{2500}'..='\u{25FF}' | '\u{FF61}'..='\u{FF9F}' => Self::Sign,
            '†' | '‡' | '‰' | '№' | '\u{E000}'..='\u{F8FF}' => Self::Sign,
            '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => Self::EastAsian,
            _ => return None,
        })
    }
}
