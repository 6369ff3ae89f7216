//! What a form list adds to Arabic grammar, and what it denies.

use super::super::{Class, FormTable, TermWord};
use super::affixes::PRONOUNS;
use super::paradigms::{BEFORE_PRONOUN, FEMININE, PLURAL, SHORT_FEMININE, WITH_ARTICLE};

/// The letters that no plural pattern adds or drops.
fn skeleton(word: &str) -> impl Iterator<Item = char> + '_ {
    word.chars().filter(|c| !matches!(c, 'ا' | 'و' | 'ي' | 'ء' | 'ة'))
}

/// Whether a form of a list is another pattern over the letters of the noun, and neither an ending on it nor a verb.
fn is_inner_plural(list: &[String], noun: &str, form: &str) -> bool {
    let ends_bare = |ending: &str| form.strip_suffix(ending).is_none_or(|bare| !list.iter().any(|known| known == bare));
    skeleton(form).eq(skeleton(noun)) && is_plural_shape(noun, form) && ["ا", "ي", "و", "وا"].into_iter().all(ends_bare)
}

/// Whether a form can be a broken plural of a noun by their shapes. A first letter of the root that is weak is kept, and none
/// is put before it but the alef of أفعال.
fn is_plural_shape(noun: &str, form: &str) -> bool {
    let stem = noun.strip_suffix('ة').unwrap_or(noun);
    let (of_noun, of_form): (Vec<char>, Vec<char>) = (stem.chars().collect(), form.chars().collect());
    let starts = |c: char| noun.starts_with(c) == form.starts_with(c);
    let keeps_waw = starts('و') || noun.starts_with('و') && form.contains('و');
    if !keeps_waw || !starts('ي') && form.starts_with('ي') {
        return false;
    }
    if noun.starts_with('ا') && of_noun.len() > 3 && !form.starts_with('ا') {
        return false;
    }
    match (of_noun.as_slice(), of_form.as_slice()) {
        // دولة دول; كتاب كتب, سبيل سبل
        (_, [_, _, _]) if noun != stem => true,
        ([_, _, 'ا' | 'ي' | 'و', _], [_, _, _]) => true,
        (_, [] | [_] | [_, _] | [_, _, _]) => false,
        // Verbs and verbal nouns of the same root: واجه of وجه; شوهد and حملة beside شاهد and حامل.
        ([_, _, _], [_, 'ا', _, _]) if noun == stem => false,
        ([_, 'ا', _, _], [_, 'و', _, _] | [_, _, _, 'ة']) if noun == stem => false,
        _ => !form.contains(stem),
    }
}

/// The stems that a list adds to a word: the irregular forms that ship, and the broken plurals of a built list.
pub fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = Vec::new();
    let bare = word.folded.strip_prefix("ال").filter(|noun| noun.chars().count() >= 3);
    for (noun, with_article) in [(Some(word.folded), false), (bare, !word.in_phrase)] {
        let Some(noun) = noun else { continue };
        let (shipped, forms) = (list.shipped_forms(noun), list.forms(noun));
        let mut found = Vec::new();
        for form in forms.iter().filter(|form| *form != noun && (shipped.contains(form) || is_inner_plural(&forms, noun, form))) {
            add_form(&mut found, form);
        }
        let mark = if with_article { WITH_ARTICLE } else { 0 };
        stems.extend(found.into_iter().map(|(form, class)| (form, class | mark)));
    }
    stems
}

/// Adds the stems of an irregular form or a broken plural.
fn add_form(out: &mut Vec<(String, Class)>, form: &str) {
    if let Some(stem) = form.strip_suffix('ة') {
        out.push((stem.to_owned(), if stem.chars().count() < 3 { SHORT_FEMININE } else { FEMININE }));
        return;
    }
    if let Some(stem) = form.strip_suffix('ء') {
        out.push((format!("{stem}ي"), BEFORE_PRONOUN));
        out.push((format!("{stem}و"), BEFORE_PRONOUN));
    }
    out.push((form.to_owned(), PLURAL));
}

/// The particles that may be glued before a word, the shorter chains first: what is left then is the likelier reading.
const CHAINS: [&str; 24] = [
    "", "و", "ف", "ال", "ب", "ل", "ك", "وال", "فال", "لل", "بال", "كال", "وب", "ول", "وك", "فب", "فل", "فك", "ولل", "فلل", "وبال", "فبال",
    "وكال", "فكال",
];

/// The readings of a written word as a chain of particles, a core and a pronoun, those with the shortest chain first.
fn readings(found: &str) -> impl Iterator<Item = String> {
    CHAINS.iter().filter_map(move |chain| found.strip_prefix(chain)).flat_map(|rest| {
        let bound = PRONOUNS.iter().filter_map(move |pronoun| rest.strip_suffix(pronoun)).flat_map(|core| {
            let feminine = core.strip_suffix('ت').map(|stem| format!("{stem}ة"));
            feminine.into_iter().chain(std::iter::once(core.to_owned()))
        });
        let heh = rest.strip_suffix('ه').map(|stem| format!("{stem}ة"));
        std::iter::once(rest.to_owned()).chain(heh).chain(bound).filter(|core| core.chars().count() >= 2)
    })
}

/// The words that a core is when it has an ending of the accusative, the dual or a sound plural.
fn without_ending(core: &str) -> Vec<String> {
    let long = |stem: &&str| stem.chars().count() >= 3;
    let feminine = ["ات", "تان", "تين"].into_iter().filter_map(|ending| core.strip_suffix(ending)).filter(long);
    let masculine = ["ا", "ان", "ين", "ون", "ات"].into_iter().filter_map(|ending| core.strip_suffix(ending)).filter(long);
    feminine.map(|stem| format!("{stem}ة")).chain(masculine.map(str::to_owned)).collect()
}

/// Whether a list knows a written word only as another word than the term.
///
/// The list that ships is our own choice of common words that look like a particle and a word, or a word and an ending: its
/// likeliest reading decides. A built list knows many rare words, so there any reading as the term keeps the hit; and what
/// it does not know as a singular may be the term's plural.
pub fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    let noun = term.strip_prefix("ال").filter(|noun| noun.chars().count() >= 3).unwrap_or(term);
    let is_term = |word: &str| word == term || word == noun;
    for core in readings(found) {
        // The core as it stands goes before what it would be without an ending: روسيا is no روسي in the accusative.
        for words in [vec![core.clone()], without_ending(&core)] {
            if words.iter().any(|word| is_term(word)) {
                return false;
            }
            let mut lemmas = words.iter().flat_map(|word| list.shipped_lemmas(word)).peekable();
            if lemmas.peek().is_some() {
                return !lemmas.any(|lemma| is_term(lemma));
            }
        }
    }
    if !list.is_built() {
        return false;
    }
    let (mut of_term, mut other) = (list.lemmas(term), false);
    of_term.extend(list.lemmas(noun));
    for core in readings(found) {
        let lemmas = list.lemmas(&core);
        if is_term(&core) || lemmas.iter().any(|lemma| is_term(lemma) || of_term.contains(lemma)) {
            return false;
        }
        other |= lemmas.iter().any(|lemma| *lemma == core && is_singular(list, &core));
    }
    other
}

/// Whether a built list knows a word as a singular; in letters alone إفعال, a singular, is the plural أفعال.
fn is_singular(list: &FormTable, word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let forms = list.forms(word);
    !matches!(*letters.as_slice(), ['ا', _, _, 'ا', _]) && forms.iter().any(|form| form.strip_prefix(word) == Some("ان"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(folded: &str) -> TermWord<'_> {
        TermWord { folded, written: folded, in_phrase: false }
    }

    #[test]
    fn the_likeliest_reading_by_the_shipped_list_decides() {
        let list = FormTable::of_lines("وزير: وزراء\nكتاب:\nفي: فيه\nروسيا:\nقتيل: قتلى");
        for (term, found) in
            [("زير", "وزير"), ("زير", "وزيرهم"), ("تاب", "كتاب"), ("تاب", "كتابه"), ("فية", "فيه"), ("روسي", "وروسيا"), ("قتل", "القتلي")]
        {
            assert!(vetoes(&list, term, found), "{term} {found}");
        }
        for (term, found) in
            [("وزير", "وزير"), ("وزير", "والوزراء"), ("الوزير", "للوزير"), ("كتاب", "بكتابه"), ("روسي", "روسيين"), ("زير", "بزير")]
        {
            assert!(!vetoes(&list, term, found), "{term} {found}");
        }
    }

    #[test]
    fn irregular_plurals_take_particles_and_pronouns() {
        let list = FormTable::of_lines("قتيل: قتلى\nقائد: قادة\nصديق: أصدقاء\nعام: عامة");
        let stems = |term| listed(&list, word(term));
        assert_eq!(stems("قتيل"), [("قتلي".to_owned(), PLURAL)]);
        assert_eq!(stems("قايد"), [("قاد".to_owned(), FEMININE)]);
        assert_eq!(stems("عام"), [("عام".to_owned(), FEMININE)]);
        assert_eq!(stems("القتيل"), [("قتلي".to_owned(), PLURAL | WITH_ARTICLE)]);
        assert!(stems("صديق").contains(&("اصدقاي".to_owned(), BEFORE_PRONOUN)));
    }

    #[test]
    fn of_a_built_list_only_other_patterns_of_the_same_letters_are_plurals() {
        for (noun, form) in [("دولة", "دول"), ("كتاب", "كتب"), ("رجل", "رجال"), ("قضية", "قضايا"), ("يهودي", "يهود"), ("عامل", "عمال")]
        {
            assert!(is_plural_shape(noun, form), "{noun} {form}");
        }
        for (noun, form) in
            [("زار", "وزير"), ("وجه", "واجه"), ("شاهد", "شوهد"), ("حامل", "حملة"), ("حالي", "حال"), ("اسبوع", "سبعة"), ("رجل", "يرجل")]
        {
            assert!(!is_plural_shape(noun, form), "{noun} {form}");
        }
    }
}
