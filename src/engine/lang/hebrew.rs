//! Hebrew: particles glued before a word, endings of number, construct and owner behind it, and the verb's seven patterns.
//!
//! Points are folded away, so all is told from consonants and from the vowel letters ו and י. A term is taken for a noun or an
//! adjective, and for a verb too when it has the shape of a past tense, the form that dictionaries list. The five letters
//! that have a form of their own at a word's end take the common one before an ending: מרצים of מרץ.

mod verbs;

use super::{Class, FormTable, Grammar, TermWord, forms};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "he", glues_before: true, stems, allows, listed: forms::listed, vetoes, shipped: include_str!("shipped/he.txt") };

/// The word as it is, behind particles.
const WHOLE: Class = 0;
/// A noun or adjective that ends in a consonant: חייל.
const NOUN: Class = 1;
/// One of three letters, behind which and before which more is chance.
const SHORT_NOUN: Class = 2;
/// A word in ה, without it: ממשל(ה).
const FEMININE: Class = 3;
/// One that may be masculine or have a masculine plural: שנ(ה), מבנ(ה).
const IN_HE: Class = 4;
/// One who does or is something, with a feminine in ית: עיתונא(י), סטודנט.
const AGENT: Class = 5;
/// A word in יה or ייה, of which one י is left: בעי(ה), אוכלוסי(יה).
const FEMININE_IN_YOD: Class = 6;
/// An adjective of belonging: סורי.
const BELONGING: Class = 7;
/// A word in ות, without it, abstract or plural: אפשר(ות).
const ABSTRACT: Class = 8;
/// A feminine in ת, without it: תוכני(ת), מסגר(ת).
const IN_TAV: Class = 9;
/// A plural in ים, without it: עקור(ים).
const PLURAL: Class = 10;
/// A word of two letters by itself, which with one letter before it is mostly another word: ית in בית. In a phrase it may be
/// the first half of an abbreviation (או"ם), and is [`WHOLE`].
const TINY: Class = 11;
/// The classes from here on are those of [`verbs`].
const VERBS: Class = 16;

/// The letter that stands inside a word for one that stands at its end.
fn opened(last: char) -> Option<char> {
    Some(match last {
        'ך' => 'כ',
        'ם' => 'מ',
        'ן' => 'נ',
        'ף' => 'פ',
        'ץ' => 'צ',
        _ => return None,
    })
}

/// Adds a stem; one that ends in a final letter also with the common letter, which stands before an ending.
fn push(stems: &mut Vec<(String, Class)>, stem: &str, class: Class) {
    stems.push((stem.to_owned(), class));
    let mut letters = stem.chars();
    if let Some(open) = letters.next_back().and_then(opened) {
        stems.push((format!("{}{open}", letters.as_str()), class));
    }
}

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = Vec::new();
    let whole = word.folded;
    let length = whole.chars().count();
    stems.push((whole.to_owned(), if length < 3 && !word.in_phrase { TINY } else { WHOLE }));
    if length < 3 || !whole.chars().all(|c| ('א'..='ת').contains(&c)) {
        return stems;
    }
    nominal(whole, length, &mut stems);
    verbs::stems(whole, &mut stems);
    stems
}

/// The stems of a noun or adjective, by its ending.
fn nominal(whole: &str, length: usize, stems: &mut Vec<(String, Class)>) {
    if let Some(rest) = whole.strip_suffix("ייה").filter(|_| length > 4) {
        push(stems, &format!("{rest}י"), FEMININE_IN_YOD);
    } else if let Some(rest) = whole.strip_suffix('ה') {
        let class = match rest {
            _ if rest.ends_with('י') => FEMININE_IN_YOD,
            _ if length == 3 || whole.starts_with('מ') || is_participle_in_he(rest) => IN_HE,
            _ => FEMININE,
        };
        push(stems, rest, class);
    } else if let Some(rest) = whole.strip_suffix("ות").filter(|_| length > 3) {
        push(stems, rest, ABSTRACT);
        if length == 4 {
            push(stems, whole, NOUN);
        }
    } else if let Some(rest) = whole.strip_suffix("ים").filter(|_| length > 4) {
        push(stems, rest, PLURAL);
    } else if whole.ends_with('י') {
        push(stems, whole, BELONGING);
    } else {
        push(stems, whole, if length > 3 { NOUN } else { SHORT_NOUN });
        if ["יסט", "לוג", "נט"].iter().any(|ending| whole.ends_with(ending)) {
            push(stems, whole, AGENT);
        }
        if let Some(rest) = whole.strip_suffix('ת').filter(|_| length > 3) {
            push(stems, rest, IN_TAV);
        }
    }
}

/// Whether a word in ה, given without it, has the shape of a participle: הור(ה), עול(ה).
fn is_participle_in_he(rest: &str) -> bool {
    let mut letters = rest.chars();
    letters.nth(1) == Some('ו') && letters.count() == 1
}

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    // The longest chain has six letters, the longest ending seven, each of two bytes.
    if before.len() > 14 || after.len() > 14 {
        return false;
    }
    if class >= VERBS {
        return verbs::allows(class - VERBS, stem, before, after);
    }
    is_nominal_ending(class, stem, after)
        && is_chain(before, stem)
        && !(before.ends_with('ה') && is_definite_by_itself(after))
        && (class != TINY || matches!(before, "" | "ה" | "וה" | "שה" | "מה"))
        && !(matches!(class, SHORT_NOUN | IN_HE) && is_chance(before, stem, after))
}

/// Whether `after` ends a noun or adjective of this class.
fn is_nominal_ending(class: Class, stem: &str, after: &str) -> bool {
    match class {
        WHOLE | TINY => after.is_empty(),
        // The dual is of parts of the body and of times, which are short words.
        NOUN | SHORT_NOUN => is_of_consonant(after) || (after == "יים" && stem.len() <= 8),
        AGENT => matches!(after, "ית" | "יות"),
        FEMININE => is_feminine(after),
        IN_HE => is_feminine(after) || matches!(after, "ים" | "תיים") || (stem.len() > 4 && is_owner_of_many(after)),
        FEMININE_IN_YOD => is_feminine(after) || after.strip_prefix('י').is_some_and(is_feminine),
        BELONGING => matches!(after, "" | "ים" | "ם") || is_feminine(after),
        ABSTRACT => {
            after.strip_prefix("ות").is_some_and(|rest| rest.is_empty() || rest == "ים" || is_owner(rest) || is_owner_of_many(rest))
                || after.strip_prefix("וי").is_some_and(is_feminine_plural)
        }
        IN_TAV => is_feminine_plural(after),
        PLURAL => after == "ים" || is_owner_of_many(after),
        _ => false,
    }
}

/// The endings of a noun or adjective that ends in a consonant.
fn is_of_consonant(after: &str) -> bool {
    matches!(after, "" | "ים" | "ת") || is_owner(after) || is_owner_of_many(after) || is_feminine_plural(after)
}

/// Whether an ending names an owner or waits for one, so that no article stands before.
fn is_definite_by_itself(after: &str) -> bool {
    !matches!(after, "" | "ה" | "ת" | "ים" | "ם" | "יים" | "ות" | "ית" | "יות" | "יה" | "ייה" | "יית" | "ויות" | "ותים")
}

/// Whether a short stem stands there by chance: מ is a letter of very many nouns (מספר of ספר, מדינה of דין, מערכת of ערך), and
/// two letters are found in every other word.
fn is_chance(before: &str, stem: &str, after: &str) -> bool {
    match stem.len() {
        ..=4 => before.contains('ש') || (!before.is_empty() && is_definite_by_itself(after)),
        5..=6 => before.ends_with('מ') && matches!(after, "ה" | "ת" | "ות"),
        _ => false,
    }
}

/// The owner of one thing: my, your, his …
fn is_owner(ending: &str) -> bool {
    matches!(ending, "י" | "ך" | "ו" | "ה" | "נו" | "כם" | "כן" | "ם" | "ן")
}

/// The owner of several things, behind the plural.
fn is_owner_of_many(ending: &str) -> bool {
    matches!(ending, "י" | "יי" | "יך" | "ייך" | "יו" | "יה" | "ינו" | "יכם" | "יכן" | "יהם" | "יהן")
}

/// ות, alone or before an owner.
fn is_feminine_plural(ending: &str) -> bool {
    ending.strip_prefix("ות").is_some_and(|owner| owner.is_empty() || matches!(owner, "ם" | "ן") || is_owner_of_many(owner))
}

/// What takes the place of the feminine ה, itself among them.
fn is_feminine(ending: &str) -> bool {
    ending == "ה" || is_feminine_plural(ending) || ending.strip_prefix('ת').is_some_and(|owner| owner.is_empty() || is_owner(owner))
}

/// Particles that join a clause, the longest first.
const JOINING: [&str; 5] = ["לכש", "כש", "מש", "ש", ""];

/// Prepositions and the article. The article's ה goes behind ב כ ל and stays behind מ.
fn is_preposition(chain: &str) -> bool {
    matches!(chain, "" | "ה" | "ב" | "כ" | "ל" | "מ" | "מה" | "בכ" | "לכ" | "כב" | "כה" | "של" | "מב" | "מל" | "כל")
}

/// Whether `before` is a chain of particles: ו, then what joins a clause, then a preposition, then the article.
/// A stem that begins with ו writes it twice inside a word: ועדה, בוועדה.
fn is_chain(before: &str, stem: &str) -> bool {
    if before.is_empty() {
        return true;
    }
    if stem.starts_with('ו') && before.strip_suffix('ו').is_some_and(|chain| !chain.is_empty() && is_plain_chain(chain)) {
        return true;
    }
    is_plain_chain(before)
}

fn is_plain_chain(before: &str) -> bool {
    let clause = before.strip_prefix('ו').unwrap_or(before);
    JOINING.iter().any(|joining| clause.strip_prefix(joining).is_some_and(is_preposition))
}

/// The list that ships inside.
static SHIPPED: FormTable = FormTable::of_lines(GRAMMAR.shipped);

/// Whether the list knows `found` only as something else than a form of `term`.
///
/// A built list of Hebrew has every inflected form as a lemma of its own, without particles. So it cannot tell whose form a
/// word is, only what is a word: it vetoes a hit whose rest behind the particles is none, where `found` has another reading
/// that is one, and a short noun behind מ or כ where `found` is a word with that letter.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    if !list.is_built() || !SHIPPED.lemmas(found).is_empty() {
        return forms::vetoes(&SHIPPED, term, found);
    }
    let known = |word: &str| !list.lemmas(word).is_empty();
    let is_whole = known(found);
    let (mut is_read, mut is_of_chance) = (false, is_whole);
    for (before, rest) in readings(list, term, found) {
        is_read |= known(rest) || rest.strip_prefix('ל').is_some_and(known);
        is_of_chance &= before.ends_with(['מ', 'כ']) && rest.chars().count() <= 4;
    }
    is_of_chance || (!is_read && known(term) && (is_whole || partings(found).any(|(_, rest)| known(rest))))
}

/// The ways to part `found` into particles and the rest.
fn partings(found: &str) -> impl Iterator<Item = (&str, &str)> {
    let parted = found.char_indices().map(|(cut, _)| found.split_at(cut));
    parted.filter(|(before, rest)| is_chain(before, rest))
}

/// Those of the partings whose rest is a form of `term`.
fn readings<'a>(list: &FormTable, term: &str, found: &'a str) -> Vec<(&'a str, &'a str)> {
    let word = TermWord { folded: term, written: term, in_phrase: false };
    let mut stems = stems(word);
    stems.extend(forms::listed(list, word));
    let is_form = |(_, rest): &(&str, &str)| {
        stems.iter().any(|(stem, class)| {
            let mut hits = rest.match_indices(stem.as_str()).map(|(at, _)| (&rest[..at], &rest[at + stem.len()..]));
            // A noun has nothing before it but the particles, which are parted already; a verb has the letters of its tense.
            hits.any(|(head, tail)| (head.is_empty() || *class >= VERBS) && allows(*class, stem, head, tail))
        })
    };
    partings(found).filter(is_form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(term: &str, found: &str) -> bool {
        let word = TermWord { folded: term, written: term, in_phrase: false };
        let mut stems = stems(word);
        stems.extend(forms::listed(&SHIPPED, word));
        let is_form = stems.iter().any(|(stem, class)| {
            found.match_indices(stem.as_str()).any(|(at, _)| allows(*class, stem, &found[..at], &found[at + stem.len()..]))
        });
        is_form && (found == term || !vetoes(&SHIPPED, term, found))
    }

    fn assert_forms(term: &str, forms: &str, others: &str) {
        for form in forms.split_whitespace() {
            assert!(hits(term, form), "{term} has the form {form}");
        }
        for other in others.split_whitespace() {
            assert!(!hits(term, other), "{term} has no form {other}");
        }
    }

    #[test]
    fn a_place_takes_particles_in_their_order() {
        assert_forms("אידליב", "אידליב באידליב לאידליב מאידליב ואידליב שבאידליב ושמאידליב כשבאידליב", "בואידליב צאידליב לבאידליב אידל");
        assert_forms("עזה", "בעזה מעזה ועזה שבעזה לעזה", "מועזה עזים");
    }

    #[test]
    fn a_noun_takes_article_number_construct_and_owner() {
        assert_forms("פליט", "הפליטים לפליטים פליטי מהפליטים שהפליטים פליטים פליטה פליטות פליטיה", "הפליטיהם פליטון פלט");
        assert_forms("הפסקה", "ההפסקה בהפסקה להפסקת שהפסקת ובהפסקות הפסקתה", "הפסק הפסקים");
        assert_forms("מתקפה", "המתקפה במתקפת מתקפות", "מתקף");
        assert_forms("הסכם", "ההסכם להסכמים הסכמי בהסכמיו", "הסכין");
        assert_forms("אוכלוסייה", "האוכלוסייה אוכלוסיית אוכלוסיות האוכלוסיה", "אוכל");
        assert_forms("התנגדות", "בהתנגדותו התנגדויות", "מתנגד");
        assert_forms("סורי", "סוריה הסורים סורית הסוריות סוריים", "סור");
        assert_forms("עקורים", "העקורים עקורי לעקוריהם", "עקורה");
    }

    #[test]
    fn an_article_bars_an_owner() {
        assert_forms("ראש", "הראש בראשו", "הראשו הראשך");
    }

    #[test]
    fn an_initial_vav_is_doubled_inside_a_word() {
        assert_forms("ועדה", "הוועדה בוועדת ועדות", "בוווועדה");
    }

    #[test]
    fn a_short_word_is_no_part_of_a_longer_one() {
        assert_forms("ית", "ית", "בית ביתים");
        assert_forms("ספר", "הספר ספרים בספרו", "מספר מספרה");
        assert_forms("דין", "הדין", "מדינה מדינות");
        assert_forms("גז", "הגז והגז", "ארגז מגז");
    }

    #[test]
    fn a_verb_is_told_by_its_pattern() {
        assert_forms("כתב", "כתבו כתבתי כותבת הכותבים לכתוב יכתוב שיכתבו תכתבי", "מכתבה הכתבנו");
        assert_forms("דיבר", "דיברה מדברים לדבר ידבר שמדברת תדברו", "התנדב");
        assert_forms("הפציץ", "הפציצו מפציצים להפציץ יפציצו והפציצה", "הפצה");
        assert_forms("התנגד", "מתנגדים להתנגד יתנגדו התנגדה", "נגד");
        assert_forms("נכנס", "נכנסו ייכנס להיכנס תיכנס ייכנסו", "כנס");
        assert_forms("ניסה", "ניסתה ניסו לנסות מנסים ינסה", "ניסים");
        assert_forms("העלה", "העלתה העלו להעלות מעלה יעלו", "עליה");
        assert_forms("גורש", "גורשו מגורשים יגורש", "גרש");
        assert_forms("נפל", "נפלו ייפול ליפול נופלת", "מפולת");
        assert_forms("ישב", "יושבים לשבת ישבה", "שב");
    }

    #[test]
    fn irregular_forms_come_from_the_list() {
        assert_forms("איש", "אנשים האנשים אנשי", "נשים");
        assert_forms("בית", "בתים הבתים לבתיהם", "בתולים");
    }

    proptest::proptest! {
        #[test]
        fn a_word_is_a_form_of_itself_behind_the_article(term in "[א-ת]{3,7}") {
            let word = TermWord { folded: &term, written: &term, in_phrase: false };
            proptest::prop_assert!(stems(word).iter().any(|(stem, class)| *stem == term && allows(*class, stem, "וה", "")));
            proptest::prop_assert!(stems(word).len() <= 16);
        }
    }
}
