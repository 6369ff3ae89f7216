//! Persian: endings of number, owner, the indefinite and degree, and the two stems of a verb.
//!
//! Most endings may be written apart, behind a zero-width non-joiner, and are words of their own then; here are those that are
//! joined. A verb has a past stem, the infinitive without ن, and a present stem, which the verb table tells where no rule does.

use super::{Class, FormTable, Grammar, TermWord, forms};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "fa",
    glues_before: true,
    stems,
    allows,
    listed: forms::listed,
    vetoes: forms::vetoes,
    shipped: include_str!("shipped/fa.txt"),
};

/// The word as it is.
const WHOLE: Class = 0;
/// A noun or adjective that ends in a consonant.
const NOUN: Class = 1;
/// One that ends in ا or و, which a ی joins to what follows.
const IN_VOWEL: Class = 2;
/// One that ends in ی.
const IN_YEH: Class = 3;
/// One that ends in ه.
const IN_HEH: Class = 4;
/// The same without its ه, which the plural گان takes away: آوار(ه).
const BEFORE_GAF: Class = 5;
/// The past stem of a verb: رفت.
const PAST: Class = 6;
/// The present stem of a verb: رو.
const PRESENT: Class = 7;
/// A present stem in ا or و, which a ی joins to the ending: گو.
const PRESENT_IN_VOWEL: Class = 8;

/// Past stems and their present stems.
static VERBS: LazyLock<FormTable> = LazyLock::new(|| FormTable::of_lines(include_str!("persian.txt")));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let whole = word.folded;
    let mut stems = vec![(whole.to_owned(), WHOLE)];
    if whole.chars().count() < 3 {
        return stems;
    }
    match whole.chars().next_back() {
        Some('ا' | 'و') => stems.push((whole.to_owned(), IN_VOWEL)),
        Some('ي') => stems.push((whole.to_owned(), IN_YEH)),
        Some('ه') => {
            stems.push((whole.to_owned(), IN_HEH));
            let bare = whole.trim_end_matches('ه');
            stems.push((bare.to_owned(), BEFORE_GAF));
        }
        _ => stems.push((whole.to_owned(), NOUN)),
    }
    verb(whole, &mut stems);
    stems
}

/// The stems of a word that is a past stem. An infinitive is a noun, and stands for no form of person.
fn verb(past: &str, stems: &mut Vec<(String, Class)>) {
    let presents = VERBS.forms(past);
    if presents.is_empty() {
        return;
    }
    stems.push((past.to_owned(), PAST));
    for present in presents.into_iter().filter(|stem| stem != past) {
        let class = if present.ends_with(['ا', 'و']) && present != "رو" && present != "شو" { PRESENT_IN_VOWEL } else { PRESENT };
        stems.push((present, class));
    }
}

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    if before.len() > 8 || after.len() > 16 {
        return false;
    }
    match class {
        WHOLE => before.is_empty() && after.is_empty(),
        PAST => is_past_prefix(before) && is_past_ending(after),
        PRESENT => is_present(stem, before, after),
        PRESENT_IN_VOWEL => is_present_in_vowel(before, after),
        _ => before.is_empty() && is_nominal_ending(class, stem, after),
    }
}

/// Whether `after` ends a noun or adjective of this class.
fn is_nominal_ending(class: Class, stem: &str, after: &str) -> bool {
    if after.is_empty() {
        return class != BEFORE_GAF;
    }
    if class == BEFORE_GAF {
        return after == "ۀ" || after.strip_prefix("گان").is_some_and(is_tail);
    }
    if is_plural_in_ha(after) || is_degree(after) {
        return true;
    }
    match class {
        NOUN => is_joined(stem, after) || (after == "ند" && stem.len() >= 8),
        IN_VOWEL => after.strip_prefix('ي').is_some_and(|rest| is_tail(rest) || rest.strip_prefix("ان").is_some_and(is_tail)),
        IN_YEH => after == "ي" || after == "اي" || is_owner(after) || after.strip_prefix("ان").is_some_and(is_tail),
        _ => false,
    }
}

/// What is joined to a consonant: an owner, and the plurals ان and ات with what follows them. Not the indefinite ی, which is
/// the ی that makes another word of most nouns (ایران, ایرانی); nor one letter behind a short word (سال, سالم).
fn is_joined(stem: &str, after: &str) -> bool {
    let is_long = after.len() > 2 || stem.len() > 6;
    (is_long && is_owner(after)) || after.strip_prefix("ان").or(after.strip_prefix("ات")).is_some_and(is_tail)
}

/// Nothing, the indefinite or joining ی, or an owner.
fn is_tail(after: &str) -> bool {
    matches!(after, "" | "ي") || is_owner(after)
}

fn is_owner(after: &str) -> bool {
    matches!(after, "م" | "ت" | "ش" | "مان" | "تان" | "شان")
}

/// The plural ها, alone, joined by ی to the next word, indefinite, or with an owner.
fn is_plural_in_ha(after: &str) -> bool {
    after.strip_prefix("ها").is_some_and(|rest| rest.is_empty() || rest.strip_prefix('ي').is_some_and(is_tail))
}

/// The comparative تر and the superlative ترین.
fn is_degree(after: &str) -> bool {
    let rest = after.strip_prefix("تر").map(|rest| rest.strip_prefix("ين").unwrap_or(rest));
    rest.is_some_and(|rest| matches!(rest, "" | "ي" | "ان") || is_plural_in_ha(rest))
}

fn is_past_prefix(before: &str) -> bool {
    matches!(before, "" | "ن" | "مي" | "نمي" | "ب" | "ني" | "بي")
}

/// The endings of person in the past; ه of the participle with what may follow it.
fn is_past_ending(after: &str) -> bool {
    matches!(after, "" | "م" | "ي" | "يم" | "يد" | "ند" | "گان" | "گاني")
        || after.strip_prefix('ه').is_some_and(|rest| matches!(rest, "" | "ام" | "اي" | "ايم" | "ايد" | "اند" | "است"))
}

/// A present stem stands behind می or ب or ن, or before an ending of person that no noun has.
fn is_present(stem: &str, before: &str, after: &str) -> bool {
    let is_marked = matches!(before, "مي" | "نمي") || (matches!(before, "ب" | "ن" | "بي" | "ني") && stem.chars().count() > 1);
    match after {
        "" => before == "ب" && stem.chars().count() > 1,
        "د" | "ند" => is_marked || before.is_empty(),
        "يم" | "يد" | "م" | "ي" => is_marked || (before.is_empty() && after != "ي" && stem.chars().count() > 2),
        _ => false,
    }
}

fn is_present_in_vowel(before: &str, after: &str) -> bool {
    matches!(before, "" | "مي" | "نمي" | "ب" | "ن" | "بي" | "ني") && matches!(after, "يم" | "يي" | "يد" | "ييم" | "ييد" | "يند")
}
