//! English: -s, -ed and -ing with what they do to the end of a word.
//!
//! A possessive is parted at its apostrophe already. Any common word may be a noun and a verb, so that it takes all three
//! endings; a word with a capital letter is a name and takes the plural alone. Irregular forms, comparatives and words that
//! only look like a form of another are in the shipped list.

use super::{Class, FormTable, Grammar, TermWord};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "en", glues_before: false, stems, allows, listed, vetoes, shipped: include_str!("shipped/en.txt") };

// A class is the set of endings that the stem takes.
const BARE: Class = 1;
const S: Class = 2;
const ES: Class = 4;
const D: Class = 8;
const ED: Class = 16;
const ING: Class = 32;

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    let ending = match after {
        "" => BARE,
        "s" => S,
        "es" => ES,
        "d" => D,
        "ed" => ED,
        "ing" => ING,
        _ => return false,
    };
    // Forms of the list come with class 0 and stand alone.
    before.is_empty() && (class & ending != 0 || (class == 0 && ending == BARE))
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// What a word of a term seems to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No form by rule but its own: too short, or no word of letters.
    Fixed,
    /// A name or an abbreviation: a plural at most.
    Name,
    /// Noun, verb or adjective.
    Common,
}

fn kind(word: TermWord<'_>) -> Kind {
    let letters = word.folded.as_bytes();
    let capital = word.written.chars().next().is_some_and(char::is_uppercase);
    match letters {
        _ if !letters.iter().all(u8::is_ascii_lowercase) => Kind::Fixed,
        // MPs, PMs; but no plural of IT, US or HI.
        [first, last] if capital && !is_vowel(*first) && !is_vowel(*last) && *last != b's' => Kind::Name,
        [] | [_] | [_, _] => Kind::Fixed,
        _ if capital => Kind::Name,
        _ => Kind::Common,
    }
}

/// The stems of a folded English word, each with its endings.
fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let whole = word.folded;
    let kind = kind(word);
    let mut stems = match kind {
        Kind::Fixed => vec![(whole.to_owned(), BARE)],
        Kind::Name | Kind::Common => noun(whole),
    };
    if kind == Kind::Common {
        stems.extend(verb(whole));
    } else if kind == Kind::Name && whole.ends_with('y') {
        // Kennedys, Emmys.
        stems.push((whole.to_owned(), S));
    }
    // policemen, gunmen, women: nearly all nouns in -man; of names Frenchmen, but not Omen of Oman.
    let shortest = if kind == Kind::Common { 2 } else { 5 };
    if let Some(stem) = whole.strip_suffix("man").filter(|stem| stem.len() >= shortest) {
        stems.push((format!("{stem}men"), BARE));
    }
    stems
}

/// The word itself and its plural, which is the third person of a verb as well.
fn noun(word: &str) -> Vec<(String, Class)> {
    let [.., before, last] = *word.as_bytes() else { return vec![(word.to_owned(), BARE)] };
    let stem = |cut: usize, put: &str, class: Class| (format!("{}{put}", word.get(..word.len() - cut).unwrap_or(word)), class);
    match (before, last) {
        (_, b'y') if !is_vowel(before) => vec![stem(0, "", BARE), stem(1, "ies", BARE)],
        // crises, analyses, bases.
        (b'i', b's') => vec![stem(0, "", BARE), stem(2, "es", BARE)],
        // stomachs and monarchs, but churches: both.
        (b'c', b'h') | (_, b'o') => vec![stem(0, "", BARE | S | ES)],
        (_, b's' | b'x' | b'z') | (b's', b'h') => vec![stem(0, "", BARE | ES)],
        _ => vec![stem(0, "", BARE | S)],
    }
}

/// Past and present participle.
fn verb(word: &str) -> Vec<(String, Class)> {
    let [.., before, last] = *word.as_bytes() else { return Vec::new() };
    let stem = |cut: usize, put: &str, class: Class| (format!("{}{put}", word.get(..word.len() - cut).unwrap_or(word)), class);
    match (before, last) {
        (b'i', b'e') => vec![stem(0, "", D), stem(2, "ying", BARE)],
        // fleeing, shoeing, dyeing keep their e; ageing and queueing may.
        (b'e' | b'o' | b'y', b'e') => vec![stem(0, "", D | ING)],
        (b'g' | b'u', b'e') => vec![stem(0, "", D | ING), stem(1, "ing", BARE)],
        (_, b'e') => vec![stem(0, "", D), stem(1, "ing", BARE)],
        (_, b'y') if !is_vowel(before) => vec![stem(1, "ied", BARE), stem(0, "", ING)],
        (b'i', b's') => Vec::new(),
        (_, b'c') => vec![stem(0, "k", ED | ING)],
        _ => match doubling(word) {
            Doubling::Never => vec![stem(0, "", ED | ING)],
            Doubling::Perhaps => vec![stem(0, "", ED | ING), doubled(word, last)],
            Doubling::Always => vec![doubled(word, last)],
        },
    }
}

fn doubled(word: &str, last: u8) -> (String, Class) {
    (format!("{word}{}", char::from(last)), if last == b'z' || last == b's' { ES | ED | ING } else { ED | ING })
}

/// Whether the last consonant is written twice before an ending.
enum Doubling {
    Never,
    /// It depends on where the stress is: committed, but visited; and on the country: travelled, traveled.
    Perhaps,
    /// Words of one syllable with one short vowel: stopped. Without this `plan` would take `planed`, `car` `caring`.
    Always,
}

fn doubling(word: &str) -> Doubling {
    let [start @ .., vowel, last] = word.as_bytes() else { return Doubling::Never };
    if !is_vowel(*vowel) || is_vowel(*last) || matches!(last, b'w' | b'x' | b'y') {
        return Doubling::Never;
    }
    // The u of qu is no vowel: quit, equip.
    let after_qu = start.ends_with(b"qu");
    let start = if after_qu { start.strip_suffix(b"u").unwrap_or(start) } else { start };
    if start.last().is_some_and(|letter| is_vowel(*letter)) {
        return Doubling::Never;
    }
    if start.iter().any(|letter| is_vowel(*letter) || *letter == b'y') { Doubling::Perhaps } else { Doubling::Always }
}

/// What a list adds: irregular forms and comparatives. Dictionaries keep derived words (leader, movement, quickly) under the
/// word that they come from; these are no forms of it.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    if kind(word) == Kind::Name {
        return Vec::new();
    }
    let forms = list.forms(word.folded);
    let shipped = list.shipped_forms(word.folded);
    let is_form = |form: &str| shipped.iter().any(|known| known == form) || inflects(&forms, word.folded, form);
    forms.iter().filter(|form| *form != word.folded && is_form(form)).map(|form| (form.clone(), BARE)).collect()
}

/// Whether this form of a dictionary is one by inflection.
fn inflects(forms: &[String], word: &str, form: &str) -> bool {
    if let Some(stem) = form.strip_suffix("er") {
        // bigger is a form of big as biggest is; leader has no leadest.
        return forms.iter().any(|other| other.strip_suffix("est") == Some(stem));
    }
    form.ends_with("est") || form_by_rule(word, form)
}

/// Whether -s, -ed or -ing make this form of this word.
fn form_by_rule(word: &str, form: &str) -> bool {
    let fits = |(stem, class): (String, Class)| form.strip_prefix(stem.as_str()).is_some_and(|after| allows(class, &stem, "", after));
    stems(TermWord { folded: word, written: word, in_phrase: false }).into_iter().any(fits)
}

/// Whether the list knows `found` as a form of other words than `term`. The shipped list has the last word. Dictionaries hold
/// many a form as an entry of its own (months, taking), which says nothing, and link some by a wrong rule (hoping with hop).
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    let shipped = list.shipped_lemmas(found);
    if !shipped.is_empty() {
        let of_term = list.shipped_lemmas(term);
        return !shipped.iter().any(|lemma| lemma == term || of_term.contains(lemma));
    }
    let lemmas: Vec<String> = list.lemmas(found).into_iter().filter(|lemma| lemma == term || form_by_rule(lemma, found)).collect();
    let of_term = list.lemmas(term);
    let is_lemma_of_term = |lemma: &String| lemma == term || of_term.contains(lemma);
    lemmas.iter().any(|lemma| lemma != found) && !lemmas.iter().any(is_lemma_of_term)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(term: &str, found: &str) -> bool {
        let folded = term.to_lowercase();
        let word = TermWord { folded: &folded, written: term, in_phrase: false };
        let list = FormTable::of_lines(GRAMMAR.shipped);
        let mut all = stems(word);
        all.extend(listed(&list, word));
        let mut parts = all.iter().filter_map(|(stem, class)| found.strip_prefix(stem.as_str()).map(|after| (class, stem, after)));
        parts.any(|(class, stem, after)| allows(*class, stem, "", after)) && (found == folded || !vetoes(&list, &folded, found))
    }

    #[track_caller]
    fn only(term: &str, forms: &[&str], others: &[&str]) {
        for form in forms {
            assert!(hits(term, form), "{term} must hit {form}");
        }
        for other in others {
            assert!(!hits(term, other), "{term} must not hit {other}");
        }
    }

    #[test]
    fn a_noun_takes_its_plural() {
        only("refugee", &["refugee", "refugees"], &["refuge"]);
        only("city", &["city", "cities"], &["citys", "cite"]);
        only("church", &["churches"], &[]);
        only("stomach", &["stomachs"], &[]);
        only("hero", &["heroes"], &[]);
        only("crisis", &["crises"], &["crisises"]);
        only("virus", &["viruses"], &[]);
        only("policeman", &["policemen"], &["police"]);
    }

    #[test]
    fn a_verb_takes_its_participles_as_they_are_spelt() {
        only("displace", &["displaces", "displaced", "displacing"], &["displacement", "displaceing"]);
        only("flee", &["flees", "fleeing", "fled"], &["fleet"]);
        only("stop", &["stopped", "stopping"], &["stoped"]);
        only("commit", &["committed", "committing"], &["committee"]);
        only("travel", &["travelled", "traveled"], &[]);
        only("deny", &["denies", "denied", "denying"], &["denyed"]);
        only("panic", &["panicked", "panicking"], &[]);
        only("lie", &["lying", "lay"], &["lieing"]);
        only("evacuate", &["evacuating", "evacuated"], &["evacuation", "evacuee"]);
    }

    #[test]
    fn short_vowels_part_words_that_look_alike() {
        only("plan", &["planned", "plans"], &["planed", "plane", "planes"]);
        only("car", &["cars"], &["caring", "cared", "care"]);
        only("rat", &["rats"], &["rated", "rating"]);
        only("quit", &["quits", "quitting"], &["quited", "quite"]);
    }

    #[test]
    fn irregular_forms_are_known() {
        only("say", &["says", "said", "saying"], &["sad"]);
        only("take", &["took", "taken", "taking"], &[]);
        only("child", &["children"], &[]);
        only("man", &["men"], &["mend"]);
        only("go", &["goes", "went", "gone"], &["goed", "good"]);
        only("bad", &["worse", "worst"], &["bade"]);
        only("large", &["larger", "largest"], &[]);
    }

    #[test]
    fn a_form_that_the_user_wrote_hits_itself() {
        only("displaced", &["displaced"], &["displace", "displacing"]);
        only("said", &["said"], &["say"]);
        only("news", &["news"], &["new"]);
        only("arms", &["arms"], &["arm"]);
    }

    #[test]
    fn look_alikes_are_left_alone() {
        only("new", &["new", "newer"], &["news"]);
        only("arm", &["armed", "arming"], &["arms", "army"]);
        only("ship", &["ships", "shipped"], &["shipping"]);
        only("unite", &["unites", "uniting"], &["united"]);
        only("fee", &["fees"], &["feed"]);
        only("even", &["evens"], &["evening"]);
        only("cease", &["ceased"], &["ceasefire"]);
    }

    #[test]
    fn a_name_takes_a_plural_at_most() {
        only("Idlib", &["idlib", "idlibs"], &["idlibed"]);
        only("Kennedy", &["kennedy", "kennedys"], &[]);
        only("US", &["us"], &["uses", "used"]);
        only("IT", &["it"], &["its"]);
        only("NGO", &["ngos"], &[]);
        only("Oman", &["oman"], &["omen"]);
        only("Frenchman", &["frenchmen"], &[]);
        only("May", &["may"], &["maying"]);
    }

    proptest::proptest! {
        #[test]
        fn every_word_hits_itself_and_nothing_stands_before_it(word in "[a-z]{1,10}", before in "[a-z]{1,3}") {
            proptest::prop_assert!(hits(&word, &word));
            proptest::prop_assert!(!allows(BARE | S, &word, &before, ""));
        }
    }
}
