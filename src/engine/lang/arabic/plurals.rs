//! Broken plurals: the plural of most Arabic nouns is another vowel pattern over the same consonants.
//!
//! Given are only the patterns that the letters of the singular foretell well enough; where one shape of singular has many
//! plurals, and a plural looks like another common word of the same root (a verbal noun, most of all), grammar alone cannot
//! tell, and a form list must.

use super::super::Class;
use super::paradigms::{BEFORE_PRONOUN, DIPTOTE, FEMININE, PLURAL, PLURAL_WITH_ARTICLE};

/// Adds the broken plurals that the shape of a folded noun foretells.
pub fn add_plurals(out: &mut Vec<(String, Class)>, noun: &[char]) {
    match noun {
        [stem @ .., 'ة'] => feminine(&mut |letters, class| out.push((letters.iter().collect(), class)), stem),
        [a, b, c] => of_three(&mut |letters, class| out.push((letters.iter().collect(), class)), [*a, *b, *c]),
        _ => masculine(&mut |letters, class| out.push((letters.iter().collect(), class)), noun),
    }
}

fn is_weak(c: char) -> bool {
    matches!(c, 'ا' | 'و' | 'ي' | 'ء')
}

type Add<'a> = dyn FnMut(&[char], Class) + 'a;

/// The plurals of a noun of three letters.
fn of_three(add: &mut Add<'_>, noun: [char; 3]) {
    match noun {
        // باب أبواب, حال أحوال, نار نيران
        [a, 'ا', c] => {
            add(&['ا', a, 'و', 'ا', c], PLURAL);
            add(&[a, 'ي', 'ر', 'ا', 'ن'], PLURAL);
        }
        [a, b, c] => {
            // عمل أعمال
            add(&['ا', a, b, 'ا', c], PLURAL);
            // حرب حروب; behind و, and of a doubled root, this is a verbal noun (وصول) or the plural of another (حدود).
            if a != 'و' && b != c && !is_weak(c) {
                add(&[a, b, 'و', c], PLURAL);
            }
        }
    }
}

/// The plurals of a feminine noun, given without its ة.
fn feminine(add: &mut Add<'_>, stem: &[char]) {
    match *stem {
        // دولة الدول
        [a, b, c] if !is_weak(c) => add(&[a, b, c], PLURAL_WITH_ARTICLE),
        // عاصمة عواصم
        [a, 'ا', c, d] => add(&[a, 'و', 'ا', c, d], DIPTOTE),
        // جزيرة جزائر, رسالة رسائل
        [a, b, 'ي' | 'ا' | 'و', d] if !is_weak(d) => add(&[a, b, 'ا', 'ي', d], DIPTOTE),
        // محكمة محاكم, تجربة تجارب
        [a, b, c, d] if !is_weak(c) && !is_weak(d) => add(&[a, b, 'ا', c, d], DIPTOTE),
        _ => {}
    }
}

/// The plurals of a noun of four letters or more that has no ة.
fn masculine(add: &mut Add<'_>, noun: &[char]) {
    match *noun {
        // جانب جوانب; شاعر شعراء
        [a, 'ا', c, d] if d != 'ي' => {
            add(&[a, 'و', 'ا', c, d], DIPTOTE);
            in_alef_hamza(add, &[a, c, d]);
        }
        // وزير وزراء, كبير كبار, صديق أصدقاء, رغيف أرغفة
        [a, b, 'ي', d] if !is_weak(d) => {
            in_alef_hamza(add, &[a, b, d]);
            in_alef_hamza(add, &['ا', a, b, d]);
            add(&[a, b, 'ا', d], PLURAL);
            add(&['ا', a, b, d], FEMININE);
        }
        // سلاح أسلحة, عمود أعمدة
        [a, b, 'ا' | 'و', d] if a != 'ا' => add(&['ا', a, b, d], FEMININE),
        // مركز مراكز, محور محاور, مبنى مباني; عنصر عناصر. Behind ت it would be another verb: توصل تواصل.
        ['م', b, c, d] if c == 'و' || !is_weak(c) => add(&['م', b, 'ا', c, d], DIPTOTE),
        [a, b, c, d] if !matches!(a, 'ا' | 'ت') && !is_weak(b) && !is_weak(c) && !is_weak(d) => add(&[a, b, 'ا', c, d], DIPTOTE),
        // قانون قوانين
        [a, 'ا', c, 'ا' | 'و' | 'ي', e] => add(&[a, 'و', 'ا', c, 'ي', e], DIPTOTE),
        // مشروع مشاريع, تقرير تقارير
        [a, b, c, 'ا' | 'و' | 'ي', e] => add(&[a, b, 'ا', c, 'ي', e], DIPTOTE),
        _ => {}
    }
}

/// A plural in اء, whose hamza has a seat of its own before a pronoun: وزراء وزرائه.
fn in_alef_hamza(add: &mut Add<'_>, root: &[char]) {
    add(&[root, &['ا', 'ء']].concat(), DIPTOTE);
    add(&[root, &['ا', 'ي']].concat(), BEFORE_PRONOUN);
    add(&[root, &['ا', 'و']].concat(), BEFORE_PRONOUN);
}
