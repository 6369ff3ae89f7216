//! Sorani Kurdish in the Arabic script: endings of definiteness, number, owner and place, and the stems of a verb.
//!
//! An ending is a row of parts, each of which may be left out: degree, then number and definiteness, then ezafe or owner, then
//! "also", "in" or "is". What begins with a vowel loses it, or takes a ی, behind a word that ends in one. ە is a letter of its
//! own, and stays so through folding; ی and ک are folded to ي and ك.

use super::{Class, FormTable, Grammar, TermWord, forms};

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "ckb",
    glues_before: true,
    stems,
    allows,
    listed: forms::listed,
    vetoes: forms::vetoes,
    shipped: include_str!("shipped/ckb.txt"),
};

/// The word as it is.
const WHOLE: Class = 0;
/// A noun or adjective that ends in a consonant.
const NOUN: Class = 1;
/// One that ends in ا, ە, ۆ or ێ.
const IN_VOWEL: Class = 2;
/// One that ends in ی or و, which are consonants and vowels.
const IN_GLIDE: Class = 3;
/// One that ends in ە, without it: ئاوار(ە).
const WITHOUT_E: Class = 4;
/// The past stem of a verb.
const PAST: Class = 5;
/// The present stem of a verb.
const PRESENT: Class = 6;

/// Past stems and their present stems.
static VERBS: FormTable = FormTable::of_lines(include_str!("sorani.txt"));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let whole = word.folded;
    let mut stems = vec![(whole.to_owned(), WHOLE)];
    if whole.chars().count() < 3 {
        return stems;
    }
    let class = match whole.chars().next_back() {
        Some('ا' | 'ە' | 'ۆ' | 'ێ') => IN_VOWEL,
        Some('ي' | 'و') => IN_GLIDE,
        _ => NOUN,
    };
    stems.push((whole.to_owned(), class));
    let bare = whole.strip_suffix('ە').filter(|bare| bare.chars().count() > 3);
    stems.extend(bare.map(|bare| (bare.to_owned(), WITHOUT_E)));
    verb(whole, &mut stems);
    // Both letters are in use for one sound.
    let twins: Vec<_> = stems.iter().filter(|(stem, _)| stem.contains('ه')).map(|(stem, class)| (stem.replace('ه', "ھ"), *class)).collect();
    stems.extend(twins);
    stems
}

/// The stems of a word that is an infinitive: its past stem, which the ن leaves, and the present stem where the table has it.
fn verb(whole: &str, stems: &mut Vec<(String, Class)>) {
    let Some(past) = whole.strip_suffix('ن') else { return };
    let presents = VERBS.forms(past);
    if presents.is_empty() {
        return;
    }
    stems.push((past.to_owned(), PAST));
    stems.extend(presents.into_iter().filter(|stem| stem != past && stem.chars().count() > 1).map(|stem| (stem, PRESENT)));
}

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    if before.len() > 14 || after.len() > 24 {
        return false;
    }
    match class {
        WHOLE => before.is_empty() && after.is_empty(),
        PAST => is_past_prefix(before) && is_past_ending(after),
        PRESENT => (is_present_prefix(before) && is_present_ending(after)) || (is_past_prefix(before) && is_passive_past(after)),
        _ => before.is_empty() && is_nominal_ending(class, stem, after),
    }
}

/// Whether `after` ends a noun or adjective of this class.
fn is_nominal_ending(class: Class, stem: &str, after: &str) -> bool {
    match class {
        NOUN => {
            // One letter behind a short word is more often a letter of another word.
            let is_chance = stem.len() <= 6 && matches!(after, "م" | "ت" | "ن" | "ش");
            !is_chance && (is_behind_consonant(after) || is_degree(after))
        }
        IN_VOWEL => is_behind_vowel(after) || is_degree(after),
        IN_GLIDE => {
            is_behind_vowel(after)
                || is_behind_consonant(after)
                || after.strip_prefix('ي').is_some_and(is_behind_consonant)
                || is_degree(after)
        }
        WITHOUT_E => after.strip_prefix("ان").is_some_and(is_tail),
        _ => false,
    }
}

/// ەکە the, ەکان the (many), ێک a, ان many; or none of them.
fn is_behind_consonant(after: &str) -> bool {
    let number = ["ەكە", "ەكان", "ێك", "ان"].iter().find_map(|number| after.strip_prefix(number));
    is_tail(number.unwrap_or(after))
}

/// The same behind a vowel: کە, کان, یەک, یان.
fn is_behind_vowel(after: &str) -> bool {
    let number = ["كە", "كان", "يەك", "يان"].iter().find_map(|number| after.strip_prefix(number));
    is_tail(number.unwrap_or(after))
}

/// The comparative تر and the superlative ترین, which take every ending again.
fn is_degree(after: &str) -> bool {
    after.strip_prefix("تر").is_some_and(|rest| is_behind_consonant(rest.strip_prefix("ين").unwrap_or(rest)))
}

/// An owner or ezafe, then what ends a word.
fn is_tail(rest: &str) -> bool {
    is_end(rest) || ["مان", "تان", "يان", "ي", "م", "ت"].iter().any(|owner| rest.strip_prefix(owner).is_some_and(is_end))
}

/// "Also" (ش), "in" (دا), "from" (ەوە), "this" and "is" (ە), "are" (ن), or nothing.
fn is_end(rest: &str) -> bool {
    let also = rest.strip_prefix("يش").or(rest.strip_prefix('ش')).unwrap_or(rest);
    matches!(also, "" | "دا" | "را" | "ەوە" | "وە" | "ە" | "ن" | "ەدا" | "ەي" | "ەش" | "يە" | "ەيە")
}

/// A clitic of person, which stands behind the first part of a verb.
fn is_clitic(part: &str) -> bool {
    matches!(part, "" | "م" | "ت" | "ي" | "مان" | "تان" | "يان")
}

/// Nothing, or what marks aspect and negation in the past, with a clitic behind it.
fn is_past_prefix(before: &str) -> bool {
    before.is_empty() || ["نەدە", "نە", "دە", "ئە", "يە"].iter().any(|mark| before.strip_prefix(mark).is_some_and(is_clitic))
}

/// The endings of person, perfect and past perfect.
fn is_past_ending(after: &str) -> bool {
    matches!(
        after,
        "" | "م"
            | "ت"
            | "ي"
            | "ين"
            | "ن"
            | "مان"
            | "تان"
            | "يان"
            | "يت"
            | "ووە"
            | "وە"
            | "ووم"
            | "وون"
            | "بوو"
            | "بوون"
            | "ووي"
            | "وويەتي"
            | "وويانە"
    )
}

/// What marks the present, its negation and the subjunctive, with a clitic behind it.
fn is_present_prefix(before: &str) -> bool {
    ["دە", "نا", "ب", "نە", "يە", "ي"].iter().any(|mark| before.strip_prefix(mark).is_some_and(is_clitic))
}

/// The endings of person, and the passive رێ before them.
fn is_present_ending(after: &str) -> bool {
    matches!(after.strip_prefix("ر").unwrap_or(after), "م" | "يت" | "ێت" | "ێ" | "ات" | "ين" | "ن" | "ێن" | "ە")
}

/// The past of the passive: کوژرا, کوژراون.
fn is_passive_past(after: &str) -> bool {
    after.strip_prefix("را").is_some_and(|rest| matches!(rest, "" | "م" | "ين" | "ن" | "وە" | "ون" | "ونە" | "و" | "بوو" | "بوون"))
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::*;

    fn assert_forms(term: &str, forms: &str, others: &str) {
        let list = FormTable::of_lines(GRAMMAR.shipped);
        let term = Folded::new(term);
        let word = TermWord { folded: term.word(0), written: term.word(0), in_phrase: false };
        let is_form = |found: &str| {
            let found = Folded::new(found);
            let found = found.word(0);
            stems(word).iter().any(|(stem, class)| {
                found.match_indices(stem.as_str()).any(|(at, _)| allows(*class, stem, &found[..at], &found[at + stem.len()..]))
            }) && (found == word.folded || !forms::vetoes(&list, word.folded, found))
        };
        for form in forms.split_whitespace() {
            assert!(is_form(form), "{} has the form {form}", word.folded);
        }
        for other in others.split_whitespace() {
            assert!(!is_form(other), "{} has no form {other}", word.folded);
        }
    }

    #[test]
    fn a_place_takes_ezafe_and_postpositions() {
        assert_forms("ئیدلیب", "ئیدلیب ئیدلیبی ئیدلیبدا ئیدلیبەوە ئیدلیبیش ئیدلیبە", "ئیدلیبستان");
        assert_forms("سوریا", "سوریای سوریادا سوریاوە سوریاش سوریایە", "سور سوریاناسی");
    }

    #[test]
    fn a_noun_takes_definiteness_number_and_owner() {
        assert_forms("هێرش", "هێرشەکە هێرشەکان هێرشەکانی هێرشێک هێرشێکی هێرشی هێرشەکەی هێرشەکانیان هێرشانە ھێرشەکە", "هێرشبەر");
        assert_forms("پەنابەر", "پەنابەران پەنابەرانی پەنابەرەکان پەنابەرێکیش پەنابەرەکانیشدا", "پەناگە");
        assert_forms("شار", "شارەکە شارێک شاری شارەکانمان شارەدا", "شارەوانی شارەزا شارت شارستانی");
        assert_forms("گەورە", "گەورەتر گەورەترین گەورەکان گەورەترەکان", "گەور");
    }

    #[test]
    fn a_word_in_a_vowel_takes_the_shorter_endings() {
        assert_forms("ئاوارە", "ئاوارەکان ئاوارەکانی ئاوارەیەک ئاوارەی ئاواران ئاوارانی", "ئاوارەێک ئاوار");
        assert_forms("کوردی", "کوردییەکان کوردیەکە کوردییەک", "کوردستان");
        assert_forms("مانگرتوو", "مانگرتووان مانگرتووەکان مانگرتووەکە", "مانگ");
    }

    #[test]
    fn an_infinitive_has_the_forms_of_its_verb() {
        assert_forms("کوشتن", "کوشتنی کوشتنیان کوشتیان نەیانکوشت دەکوژێت بکوژن کوژرا کوژراون دەکوژرێن", "کوشتار");
        assert_forms("گرتن", "گرتنی گرتیان دەگرن", "گران");
    }

    #[test]
    fn every_line_of_the_verb_table_has_a_past_stem() {
        for line in include_str!("sorani.txt").lines().filter(|line| !line.starts_with('#')) {
            let past = Folded::new(line.split(':').next().unwrap_or(""));
            assert!(!VERBS.forms(past.word(0)).is_empty(), "{line}");
        }
    }
}
