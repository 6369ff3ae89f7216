//! What the Arabic dictionary says without words: which plural is of which noun, and which suffixes make another word.
//!
//! Its nouns stand by roots, a singular before its broken plurals (وزير, then وزراء). Classes of suffixes have names of two
//! letters: the first tells the kind.

use super::hunspell::{Entry, Flag};

/// The first letter of a class's name.
fn kind(flag: Flag) -> char {
    char::from_u32((flag >> 32) as u32).unwrap_or(' ')
}

/// Classes of the dual: only a countable singular takes one.
fn is_dual(flag: Flag) -> bool {
    matches!(kind(flag), 'C'..='G')
}

/// Classes of the sound plurals.
fn is_sound_plural(flag: Flag) -> bool {
    matches!(kind(flag), 'H' | 'I')
}

/// Classes of the adjective in ي (سوري of سوريا), with its feminine, dual and plurals.
fn is_relation(flag: Flag) -> bool {
    matches!(kind(flag), 'L'..='N')
}

/// The lemma of a form in a class of adjectives in ي, where `append` was put at the word's end: all up to that letter.
pub(super) fn relation(flag: Flag, append: &str, form: &str) -> Option<String> {
    if !is_relation(flag) {
        return None;
    }
    let kept = append.find('ي')? + 'ي'.len_utf8();
    form.get(..form.len().checked_sub(append.len() - kept)?).map(str::to_owned)
}

/// The letters of a noun that its plurals keep in their order: none that comes and goes with the pattern.
fn skeleton(word: &str) -> impl Iterator<Item = char> + '_ {
    word.chars().filter(|c| !matches!(c, 'ا' | 'أ' | 'إ' | 'آ' | 'و' | 'ي' | 'ى' | 'ئ' | 'ؤ' | 'ء' | 'ة' | '\u{64b}'..='\u{652}'))
}

/// Walks the entries in their order and links broken plurals with the noun before them.
#[derive(Default)]
pub(super) struct Plurals {
    singular: Option<Singular>,
}

struct Singular {
    word: String,
    has_sound_plural: bool,
}

impl Plurals {
    /// The singular of this entry, if it seems to be a broken plural.
    pub fn singular_of(&mut self, entry: &Entry) -> Option<String> {
        let is_noun = entry.flags.iter().any(|flag| kind(*flag) == 'A');
        if entry.stem.is_some() || entry.flags.iter().any(|flag| is_dual(*flag)) {
            let has_sound_plural = entry.flags.iter().any(|flag| is_sound_plural(*flag));
            self.singular = entry.stem.is_none().then(|| Singular { word: entry.word.clone(), has_sound_plural });
            return None;
        }
        let singular = self.singular.as_ref()?;
        let alike = is_noun && skeleton(&singular.word).eq(skeleton(&entry.word)) && skeleton(&entry.word).next().is_some();
        if entry.flags.iter().any(|flag| is_sound_plural(*flag)) || !alike {
            return None;
        }
        // What makes adjectives may be a verbal noun, unless the noun before lacks a plural.
        let makes_adjectives = entry.flags.iter().any(|flag| is_relation(*flag));
        (!makes_adjectives || !singular.has_sound_plural).then(|| singular.word.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lang::forms::hunspell::Affixes;

    #[test]
    fn a_broken_plural_stands_behind_its_singular() {
        let affixes = Affixes::read("FLAG long\n");
        let mut plurals = Plurals::default();
        let mut singular = |line: &str| plurals.singular_of(&affixes.entry(line).unwrap());
        assert_eq!(singular("وزير/AACALA"), None);
        assert_eq!(singular("وزراء/AA").as_deref(), Some("وزير"));
        assert_eq!(singular("مدينة/AACA"), None);
        assert_eq!(singular("مدن/AALA").as_deref(), Some("مدينة"));
        assert_eq!(singular("وسع/AA"), None);
        assert_eq!(singular("كبرة/AACAHA"), None);
        assert_eq!(singular("كبر/AALA"), None);
    }

    #[test]
    fn an_adjective_of_relation_is_a_word_of_its_own() {
        let flag = |name: &str| Affixes::read("FLAG long\n").entry(&format!("x/{name}")).unwrap().flags[0];
        assert_eq!(relation(flag("LA"), "يات", "وزيريات").as_deref(), Some("وزيري"));
        assert_eq!(relation(flag("MA"), "وية", "قروية").as_deref(), Some("قروي"));
        assert_eq!(relation(flag("HA"), "ات", "مخيمات"), None);
    }
}
