//! Verbs: a term that is a verb is its perfect, third person masculine singular (قصف, استهدف).
//!
//! The letters tell the derived form, and so what happens in the imperfect (an alef before the stem drops) and where a weak
//! letter drops or changes.

use super::super::Class;
use super::paradigms::{
    CUT_IMPERFECT, DEFECTIVE_PERFECT, IMPERFECT_STEM, OPEN_IMPERFECT, PERFECT, SHORT_PERFECT, WHOLE_CUT_IMPERFECT, WHOLE_IMPERFECT,
    WHOLE_PERFECT,
};

/// Whether a word can be a verb at all. A verb begins with no إ and, where long, with no م; it ends in no ة or ء, and where
/// long in no ي; nor has it the long vowel of an adjective or a noun before its last letter.
pub fn may_be_verb(letters: &[char], written: &str) -> bool {
    if written.starts_with('إ') || matches!(letters.last(), Some('ة' | 'ء')) {
        return false;
    }
    match *letters {
        [_, _] | [_, _, _] => true,
        // مارس, against participles and nouns of place.
        ['م', 'ا', _, _] => true,
        ['م', ..] => false,
        ['ا', ..] | [_, _, _, _, _, ..] => !written.ends_with('ي'),
        [_, _, 'ا' | 'و' | 'ي', _] => false,
        _ => !written.ends_with('ي'),
    }
}

/// Adds the stems of a folded word as a verb; `open` when it was written with ى or ا at its end.
pub fn add_verb(out: &mut Vec<(String, Class)>, letters: &[char], open: bool) {
    let mut add = |parts: &[char], class| out.push((parts.iter().collect::<String>(), class));
    match *letters {
        // شن يشن شنت
        [a, b] => {
            add(&[a, b, 'ت'], WHOLE_PERFECT);
            add(&['ي', a, b], WHOLE_IMPERFECT);
            add(&['ت', a, b], WHOLE_IMPERFECT);
        }
        [a, b, 'ا'] if open => add_defective(&mut add, [a, b], 'و'),
        [a, b, 'ي'] if open => add_defective(&mut add, [a, b], 'ي'),
        // قال يقول قلت, باع يبيع
        [a, 'ا', c] => {
            add(letters, PERFECT);
            add(&[a, 'و', c], IMPERFECT_STEM);
            add(&[a, 'ي', c], IMPERFECT_STEM);
            add(letters, IMPERFECT_STEM);
            add(&[a, c, 'ت'], WHOLE_PERFECT);
            add(&[a, c, 'ن', 'ا'], WHOLE_PERFECT);
        }
        [a, b, c] => {
            add(letters, PERFECT);
            add(letters, IMPERFECT_STEM);
            match a {
                // وصل يصل
                'و' => {
                    add(&['ي', b, c], WHOLE_IMPERFECT);
                    add(&['ت', b, c], WHOLE_IMPERFECT);
                }
                // أكد يؤكد
                'ا' => add(&['و', b, c], IMPERFECT_STEM),
                _ => {}
            }
        }
        [_, _, _, _, ..] if open => add_long_defective(&mut add, letters),
        [_, _, _, _, ..] => add_derived(&mut add, letters),
        _ => {}
    }
}

type Add<'a> = dyn FnMut(&[char], Class) + 'a;

/// A verb of three letters that ends in a vowel: بنى يبني, دعا يدعو.
fn add_defective(add: &mut Add<'_>, [a, b]: [char; 2], vowel: char) {
    add(&[a, b, vowel], OPEN_IMPERFECT);
    add(&[a, b, 'ي'], OPEN_IMPERFECT);
    add(&[a, b, vowel], SHORT_PERFECT);
    add(&[a, b, 'ت'], WHOLE_PERFECT);
    add(&[a, b, 'و', 'ا'], WHOLE_PERFECT);
    add(&[a, b, 'ا'], PERFECT);
    add(&['ي', a, b], WHOLE_CUT_IMPERFECT);
    if a == 'ا' {
        // أدى يؤدي
        add(&['و', b, 'ي'], OPEN_IMPERFECT);
    }
}

/// The stem that stands behind the imperfect's prefix: an alef at its beginning drops.
fn behind_prefix(letters: &[char]) -> &[char] {
    letters.strip_prefix(&['ا']).unwrap_or(letters)
}

/// A longer verb that ends in a vowel: أعطى يعطي أعطت.
fn add_long_defective(add: &mut Add<'_>, letters: &[char]) {
    let (cut, imperfect) = (&letters[..letters.len() - 1], behind_prefix(letters));
    add(cut, DEFECTIVE_PERFECT);
    add(letters, PERFECT);
    let imperfect_cut = &imperfect[..imperfect.len() - 1];
    add(&[imperfect_cut, &['ي']].concat(), OPEN_IMPERFECT);
    if imperfect_cut.len() >= 3 {
        add(imperfect_cut, CUT_IMPERFECT);
    } else {
        add(&[&['ي'], imperfect_cut].concat(), WHOLE_CUT_IMPERFECT);
    }
}

/// A longer verb that ends in a consonant.
fn add_derived(add: &mut Add<'_>, letters: &[char]) {
    add(letters, PERFECT);
    let imperfect = behind_prefix(letters);
    match *letters {
        // أقام يقيم أقمت, أصاب أصيب
        ['ا', b, 'ا', d] => {
            add(&['ا', b, 'ي', d], PERFECT);
            add(&[b, 'ي', d], IMPERFECT_STEM);
            add(&['ا', b, d], SHORT_PERFECT);
        }
        // اختار يختار اخترت; انهار ينهار
        ['ا', b, c, 'ا', e] if matches!(c, 'ت' | 'د' | 'ط') || b == 'ن' => {
            add(imperfect, IMPERFECT_STEM);
            add(&['ا', b, c, e], SHORT_PERFECT);
        }
        // استطاع يستطيع استطعت
        ['ا', 'س', 'ت', d, 'ا', f] => {
            add(&['س', 'ت', d, 'ي', f], IMPERFECT_STEM);
            add(&['ا', 'س', 'ت', d, f], SHORT_PERFECT);
        }
        _ => add(imperfect, IMPERFECT_STEM),
    }
}
