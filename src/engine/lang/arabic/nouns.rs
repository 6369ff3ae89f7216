//! Nouns, adjectives and names: which of them a word may be is guessed from its shape.

use super::super::Class;
use super::paradigms::{
    ADJECTIVE, BEFORE_PRONOUN, FEMININE, MAQSURA, MAQSURA_BOUND, NOUN, PLURAL_TERM, SHORT_FEMININE, SOUND_PLURAL, UNCHANGING,
};
use super::plurals::add_plurals;

/// Adds the stems of a folded noun without its article; `maqsura` when it was written with ى at its end.
pub fn add_noun(out: &mut Vec<(String, Class)>, letters: &[char], maqsura: bool) {
    let mut add = |parts: &[char], class| out.push((parts.iter().collect::<String>(), class));
    match *letters {
        [ref stem @ .., 'ة'] => {
            add(stem, if stem.len() < 3 { SHORT_FEMININE } else { FEMININE });
            // مباراة مباريات, قناة قنوات
            if let [root @ .., 'ا'] = stem
                && root.len() >= 2
            {
                add(&[root, &['ي', 'ا', 'ت']].concat(), UNCHANGING);
                add(&[root, &['و', 'ا', 'ت']].concat(), UNCHANGING);
            }
        }
        // The hamza's seat follows the case before a pronoun: بناءه, بنائه, بناؤه.
        [ref stem @ .., 'ا', 'ء'] => {
            add(letters, NOUN);
            add(&[stem, &['ا', 'ي']].concat(), BEFORE_PRONOUN);
            add(&[stem, &['ا', 'و']].concat(), BEFORE_PRONOUN);
        }
        // بريء بريئة: between vowels the hamza sits on ي.
        [ref stem @ .., 'ي', 'ء'] => {
            add(letters, NOUN);
            add(&[stem, &['ي', 'ي']].concat(), ADJECTIVE);
        }
        [.., 'ا'] => add(letters, UNCHANGING),
        [ref stem @ .., 'ي'] if maqsura => {
            add(letters, MAQSURA);
            add(stem, MAQSURA_BOUND);
        }
        [ref stem @ .., 'ي'] if letters.len() >= 3 => {
            add(letters, ADJECTIVE);
            // قاضي قاضون, محامي محامون
            if matches!(stem, ['م', _, _, _, ..] | [_, 'ا', _]) {
                add(stem, SOUND_PLURAL);
            }
        }
        // Participles (فاعل, مفعول, مستفعل) and فعيل.
        [_, 'ا', _, _] | [_, _, 'ي', _] | ['م', _, _, _, ..] => add(letters, ADJECTIVE),
        _ => add(letters, NOUN),
    }
    // النازحين, اللاجئون: the plural in its other case and in the construct state.
    if let [stem @ .., 'ي' | 'و', 'ن'] = letters
        && stem.len() >= 4
    {
        add(stem, PLURAL_TERM);
    }
    add_plurals(out, letters);
}
