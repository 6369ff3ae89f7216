//! Persian: endings of number, owner, the indefinite and degree, and the two stems of a verb.
//!
//! Most endings may be written apart, behind a zero-width non-joiner, and are words of their own then; here are those that are
//! joined. A verb has a past stem, the infinitive without ن, and a present stem, which the verb table tells where no rule does.

use super::{Class, FormTable, Grammar, TermWord, forms};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "fa", glues_before: true, stems, allows, listed, vetoes: forms::vetoes, shipped: include_str!("shipped/fa.txt") };

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
/// The same without its ه, which the plurals گان and ات take away: آوار(ه), حمل(ه).
const WITHOUT_HEH: Class = 5;
/// The past stem of a verb: رفت.
const PAST: Class = 6;
/// The present stem of a verb: رو.
const PRESENT: Class = 7;
/// A present stem in ا or و, which a ی joins to the ending: گو.
const PRESENT_IN_VOWEL: Class = 8;

/// Past stems and their present stems.
static VERBS: FormTable = FormTable::of_lines(include_str!("persian.txt"));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let whole = word.folded;
    let mut stems = vec![(whole.to_owned(), WHOLE)];
    if whole.chars().count() >= 3 {
        nominal(whole, &mut stems);
        verb(whole, &mut stems);
    }
    stems
}

/// The stems of a noun or adjective, by its last letter.
fn nominal(whole: &str, stems: &mut Vec<(String, Class)>) {
    match whole.chars().next_back() {
        Some('ا' | 'و') => stems.push((whole.to_owned(), IN_VOWEL)),
        Some('ي') => stems.push((whole.to_owned(), IN_YEH)),
        // Behind ا and و the ه is a consonant: سپاه, گروه.
        Some('ه') if !whole.ends_with("اه") && !whole.ends_with("وه") => {
            stems.push((whole.to_owned(), IN_HEH));
            stems.extend(whole.strip_suffix('ه').map(|bare| (bare.to_owned(), WITHOUT_HEH)));
        }
        _ => stems.push((whole.to_owned(), NOUN)),
    }
}

/// The forms of the list, which take endings as any noun: اموالشان of مال.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = forms::listed(list, word);
    for form in list.forms(word.folded).iter().filter(|form| *form != word.folded) {
        nominal(form, &mut stems);
    }
    stems
}

/// The light verbs, which end every other sentence: an infinitive of theirs in a term is the noun only.
const LIGHT: [&str; 10] = ["كردن", "شدن", "بودن", "داشتن", "دادن", "گرفتن", "گشتن", "نمودن", "زدن", "خواستن"];

/// The stems of a word that is a past stem or an infinitive.
fn verb(whole: &str, stems: &mut Vec<(String, Class)>) {
    let infinitive = whole.strip_suffix('ن').filter(|past| !LIGHT.contains(&whole) && past.ends_with(['ت', 'د']));
    let mut presents = VERBS.forms(infinitive.unwrap_or(whole));
    if let (true, Some(past)) = (presents.is_empty(), infinitive) {
        // The rule: خندیدن, خند; چرخاندن, چرخان. A short word of this ending may be anything.
        let root = past.strip_suffix("يد").or(past.strip_suffix('د').filter(|root| root.ends_with("ان")));
        presents.extend(root.filter(|root| root.chars().count() > 1).map(str::to_owned));
    }
    if presents.is_empty() {
        return;
    }
    let past = infinitive.unwrap_or(whole);
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
        return class != WITHOUT_HEH;
    }
    if class == WITHOUT_HEH {
        return after == "ۀ" || after.strip_prefix("گان").or(after.strip_prefix("ات")).is_some_and(is_tail);
    }
    if is_plural_in_ha(after) || is_degree(after) {
        return true;
    }
    match class {
        NOUN => is_joined(stem, after) || is_of_long_word(stem, after),
        IN_VOWEL => {
            after.strip_prefix('ي').is_some_and(|rest| rest.is_empty() || is_owner(rest) || rest.strip_prefix("ان").is_some_and(is_tail))
        }
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

/// "They are" behind a word of four letters or more, and the Arabic plural of participles, which begin with م: مجروحین.
fn is_of_long_word(stem: &str, after: &str) -> bool {
    stem.len() >= 8 && (after == "ند" || (stem.starts_with('م') && after.strip_prefix("ين").is_some_and(is_tail)))
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

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::*;

    /// Whether a word of `text` is a form of `term`.
    fn hits(term: &str, text: &str) -> bool {
        let list = FormTable::of_lines(GRAMMAR.shipped);
        let (term, text) = (Folded::new(term), Folded::new(text));
        (0..text.words.len()).any(|index| is_form(&list, term.word(0), text.word(index)))
    }

    fn is_form(list: &FormTable, term: &str, found: &str) -> bool {
        let word = TermWord { folded: term, written: term, in_phrase: false };
        let mut stems = stems(word);
        stems.extend(listed(list, word));
        let is_form = stems.iter().any(|(stem, class)| {
            found.match_indices(stem.as_str()).any(|(at, _)| allows(*class, stem, &found[..at], &found[at + stem.len()..]))
        });
        is_form && (found == term || !forms::vetoes(list, term, found))
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
    fn a_noun_takes_plural_owner_and_degree() {
        assert_forms("کشور", "کشورها کشورهای کشورهایی کشورهایشان کشورم کشورشان", "کشوری کشورگشا");
        assert_forms("کودک", "کودکان کودکانش کودکانی کودکشان", "کودکستان");
        assert_forms("بزرگ", "بزرگتر بزرگترین بزرگتری بزرگترها", "بزرگراه");
        assert_forms("ادلب", "ادلب", "ادلبکوه");
    }

    #[test]
    fn a_yeh_joins_what_follows_a_vowel() {
        assert_forms("نیرو", "نیروی نیروها نیروهای نیرویشان", "نیروگاه");
        assert_forms("دانشجو", "دانشجویان دانشجوها", "دانش دانشجویی");
    }

    #[test]
    fn a_silent_heh_gives_way() {
        assert_forms("آواره", "آوارگان آوارگانی آوارۀ آواره‌ها", "آوارگی آوار");
        assert_forms("حمله", "حملات حمله‌های حمله‌ای", "حملان");
        assert_forms("گروه", "گروهها گروهان", "گروگان");
    }

    #[test]
    fn a_short_noun_takes_no_single_letter() {
        assert_forms("سال", "سالها سال‌ها سالشان", "سالم سالت");
        assert_forms("ایران", "ایران", "ایرانی");
        assert_forms("مرد", "مردان مردانی", "مردم");
    }

    #[test]
    fn a_verb_has_two_stems() {
        assert_forms("رفت", "رفتند رفته نرفت می‌رفت میرفت رفته‌اند میرود برود نمیروند روند", "رفتار روی روز");
        assert_forms("گفت", "گفتند گوید میگوید گفته بگوید میگویند", "گفتگو گفتمان");
        assert_forms("کشتن", "کشتند کشته میکشند کشتنشان", "کشتی");
        assert_forms("چرخیدن", "چرخید می‌چرخند میچرخد چرخیده‌اند", "چرخ");
        assert_forms("شدن", "شدن", "شد شده");
        assert_forms("کشت", "کشتند کشته میکشد بکشد", "کشتار کشتیران");
        assert_forms("آمد", "آید میاید نیامد بیاید", "آمار");
    }

    #[test]
    fn arabic_plurals_come_from_the_list_and_of_participles_by_rule() {
        assert_forms("وزیر", "وزرا وزرای وزیران", "زیر");
        assert_forms("مجروح", "مجروحین مجروحان", "مجرم");
    }

    #[test]
    fn every_line_of_the_verb_table_has_a_present_stem() {
        for line in include_str!("persian.txt").lines().filter(|line| !line.starts_with('#')) {
            let past = line.split(':').next().unwrap_or("");
            let folded = Folded::new(past);
            assert!(VERBS.forms(folded.word(0)).len() > 1, "{line}");
        }
    }
}
