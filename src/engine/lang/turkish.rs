//! Turkish: chains of suffixes behind a stem, by vowel harmony; the stem's own last letters may change before them.
//!
//! A name takes the chains of nouns; any other word, whose kind its letters do not tell, those of nouns and of verbs; a word in
//! -mak or -mek is a verb. Words that are derived with a meaning of their own (Suriyeli, bombalı, göçmen, savaşçı) are words of
//! their own. Letters are folded, so the frontness of ı and i, o and ö, u and ü comes from the term as it was written.

mod chain;

use super::fold::Folded;
use super::{Class, FormTable, Grammar, TermWord};
use chain::{Sound, Start, accepts, is_vowel};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "tr",
    glues_before: false,
    stems,
    allows,
    listed,
    vetoes,
    shipped: include_str!("shipped/tr.txt"),
};

/// Stands alone: what a form list adds.
const ALONE: Class = 0;
/// The kinds of stems: 1 more than the place in [`STARTS`].
const STARTS: [Start; 6] = [Start::Noun, Start::NounBeforeVowel, Start::Verb, Start::InfinitiveVerb, Start::VerbBeforeVowel, Start::Narrowed];
const NOUN: Class = 1;
const NOUN_VOWEL: Class = 2;
const VERB: Class = 3;
const INFINITIVE_VERB: Class = 4;
const VERB_VOWEL: Class = 5;
const NARROWED: Class = 6;
const KINDS: Class = 7;
/// Suffixes have e.
const FRONT: Class = 8;
/// Suffixes have a. Neither bit: either.
const BACK: Class = 16;
/// Letters spelled out, as in ABD: how the last one sounds is not known.
const SPELLED: Class = 32;

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    if !before.is_empty() {
        return false;
    }
    let kind = class & KINDS;
    if after.is_empty() {
        // A verb's bare stem of two letters (de, ye, al) is nearly always another word, or a suffix behind an apostrophe.
        return matches!(kind, ALONE | NOUN | VERB) || (kind == INFINITIVE_VERB && stem.len() > 2);
    }
    let Some(start) = kind.checked_sub(1).and_then(|at| STARTS.get(at as usize)) else { return false };
    accepts(*start, sound(class, stem), after)
}

/// How `stem` sounds to the suffix behind it.
fn sound(class: Class, stem: &str) -> Sound {
    if class & SPELLED != 0 {
        return Sound { front: None, round: None, last: None };
    }
    let front = match class & (FRONT | BACK) {
        FRONT => Some(true),
        BACK => Some(false),
        _ => None,
    };
    let round = stem.bytes().rev().find(|letter| is_vowel(*letter)).map(|vowel| matches!(vowel, b'o' | b'u'));
    Sound { front, round, last: stem.bytes().next_back() }
}

/// The frontness of suffixes, as a class's bits: by the last vowel as written.
fn harmony(word: TermWord<'_>) -> Class {
    let vowels: Vec<char> = word.written.chars().filter(|c| "aeıioöuüâîûAEIİOÖUÜÂÎÛ".contains(*c)).collect();
    let Some((last, earlier)) = vowels.split_last() else { return 0 };
    let clear_front = |c: char| "eöüEÖÜ".contains(c);
    let before = earlier.last().copied();
    let front = match last {
        'e' | 'E' | 'ö' | 'Ö' | 'ü' | 'Ü' | 'İ' => Some(true),
        'ı' => Some(false),
        // Arabic and French words in -al, -ol, -at, -harf take front suffixes.
        'a' | 'A' | 'â' | 'Â' if softens(word.folded, vowels.len()) => None,
        'a' | 'A' => Some(false),
        // Typed without dots, perhaps: only where no letter before it says otherwise.
        'i' => before.is_none_or(|c| "eiöüEİÖÜ".contains(c)).then_some(true),
        'I' => before.and_then(|c| "aouıAOU".contains(c).then_some(false)),
        'o' | 'O' | 'u' | 'U' if softens(word.folded, vowels.len()) || before.is_some_and(clear_front) => None,
        'o' | 'O' | 'u' | 'U' => Some(false),
        _ => None,
    };
    match front {
        Some(true) => FRONT,
        Some(false) => BACK,
        None => 0,
    }
}

/// Whether a word with a back vowel may take front suffixes all the same, as saat, hal, gol, harf do.
fn softens(folded: &str, vowels: usize) -> bool {
    folded.ends_with('l') || (vowels > 1 && folded.ends_with("at")) || ["rf", "rp", "lp", "rb"].iter().any(|end| folded.ends_with(end))
}

/// Whether a word is letters spelled out (ABD, AKP).
fn is_spelled(word: TermWord<'_>) -> bool {
    let letters = word.written.chars().count();
    letters <= 5 && letters > 1 && word.written.chars().all(|c| c.is_uppercase())
}

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let folded = word.folded;
    if !folded.is_ascii() || folded.len() < 2 || !folded.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return vec![(folded.to_owned(), NOUN)];
    }
    if is_spelled(word) {
        return vec![(folded.to_owned(), NOUN | SPELLED)];
    }
    let harmony = harmony(word);
    let mut stems = Vec::new();
    nouns(folded, harmony, &mut stems);
    if let Some(verb) = folded.strip_suffix("mak").or_else(|| folded.strip_suffix("mek")).filter(|verb| verb.bytes().any(is_vowel)) {
        verbs(verb, INFINITIVE_VERB | harmony, &mut stems);
    } else if !word.written.starts_with(char::is_uppercase) {
        verbs(folded, VERB | harmony, &mut stems);
    }
    stems
}

/// Nominal stems: the word; with a soft last consonant, a doubled one or without its last vowel, before a suffix's vowel.
fn nouns(folded: &str, harmony: Class, stems: &mut Vec<(String, Class)>) {
    stems.push((folded.to_owned(), NOUN | harmony));
    let syllables = folded.bytes().filter(|letter| is_vowel(*letter)).count();
    if let Some(soft) = softened(folded).filter(|_| syllables > 1 || SOFTENING.contains(&folded)) {
        stems.push((soft, NOUN_VOWEL | harmony));
    }
    if let Some(dropped) = without_last_vowel(folded) {
        if let Some(soft) = softened(&dropped) {
            stems.push((soft, NOUN_VOWEL | harmony));
        }
        stems.push((dropped, NOUN_VOWEL | harmony));
    }
    if DOUBLING.contains(&folded) {
        let last = softened(folded).unwrap_or_else(|| folded.to_owned()).pop().unwrap_or('k');
        let last = if last == 'g' { 'k' } else { last };
        let doubled = format!("{}{last}{last}", &folded[..folded.len() - 1]);
        stems.push((doubled, NOUN_VOWEL | harmony));
    }
}

/// Words of Arabic that double their last consonant before a vowel.
const DOUBLING: [&str; 14] = ["hak", "his", "af", "hat", "ret", "zit", "sir", "tip", "had", "hac", "zam", "fen", "zan", "muhik"];

/// Words of one syllable that voice their last consonant; of longer words most do.
const SOFTENING: [&str; 16] =
    ["art", "cep", "cilt", "denk", "dip", "dort", "gok", "cok", "harp", "kalp", "kap", "kulp", "kurt", "renk", "tat", "yurt"];

/// With t, p, k voiced: kitab, kanad, ayag. Folded, ç and c, ğ and g are one already.
fn softened(folded: &str) -> Option<String> {
    let (rest, soft) = match folded.as_bytes().last()? {
        b'p' => (&folded[..folded.len() - 1], 'b'),
        b't' => (&folded[..folded.len() - 1], 'd'),
        b'k' => (&folded[..folded.len() - 1], 'g'),
        _ => return None,
    };
    Some(format!("{rest}{soft}"))
}

/// agiz → agz, ogul → ogl: a high vowel between the last two consonants of two syllables.
fn without_last_vowel(folded: &str) -> Option<String> {
    let [rest @ .., open, first, b'i' | b'u', last] = folded.as_bytes() else { return None };
    if !is_vowel(*open) || is_vowel(*first) || is_vowel(*last) || rest.iter().any(|letter| is_vowel(*letter)) {
        return None;
    }
    Some(format!("{}{}", &folded[..folded.len() - 2], *last as char))
}

/// Verb stems: the word; with d for t before a vowel; without its last vowel before -yor.
fn verbs(folded: &str, class: Class, stems: &mut Vec<(String, Class)>) {
    stems.push((folded.to_owned(), class));
    let harmony = class & !KINDS;
    if let Some(rest) = folded.strip_suffix('t').filter(|rest| rest.ends_with('e') || matches!(*rest, "gi" | "gu" | "ta")) {
        stems.push((format!("{rest}d"), VERB_VOWEL | harmony));
    }
    if let Some(narrow) = folded.strip_suffix(['a', 'e']).filter(|narrow| narrow.bytes().any(is_vowel)) {
        stems.push((narrow.to_owned(), NARROWED | harmony));
    }
    if matches!(folded, "de" | "ye") {
        stems.push((format!("{}i", &folded[..1]), VERB_VOWEL | harmony));
    }
}

/// The forms that the list has of a word and that its letters do not begin; all others are the suffix chains' work.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    list.forms(word.folded).into_iter().filter(|form| !form.starts_with(word.folded)).map(|form| (form, ALONE)).collect()
}

/// Whether a longer word that the list knows makes `found` more likely than `term` does: adam is not ada with -m.
///
/// The longer word must be one that looks like a form of the term, and a word of its own: participles and verbal nouns of the
/// term are in large lists too. A form that the term has as a verb is left alone, unless it is the longer word itself.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    if PARTICLES.contains(found) {
        return term != found;
    }
    let stems = stems(TermWord { folded: term, written: term, in_phrase: false });
    let reach = readings(&stems, found).map(|(stem, _)| stem.len()).max().unwrap_or(0);
    let as_verb = readings(&stems, found).any(|(_, kind)| kind > NOUN_VOWEL);
    let cuts = (reach + 1..=found.len()).filter_map(|end| found.split_at_checked(end));
    cuts.filter(|(_, suffixes)| suffixes.is_empty() || !as_verb).any(|(stem, suffixes)| {
        let changed = hardened(stem).filter(|_| !suffixes.is_empty()).map(|word| (word, NOUN_VOWEL));
        std::iter::once((stem.to_owned(), NOUN)).chain(changed).any(|(word, class)| {
            word != term && allows(class, stem, "", suffixes) && looks_derived(&stems, &word) && is_own_word(list, &stems, &word)
        })
    })
}

/// The stems that make `word`, each with its kind.
fn readings<'a>(stems: &'a [(String, Class)], word: &'a str) -> impl Iterator<Item = (&'a str, Class)> {
    let fits = |(stem, class): &&(String, Class)| word.strip_prefix(stem.as_str()).is_some_and(|after| allows(*class, stem, "", after));
    stems.iter().filter(fits).map(|(stem, class)| (stem.as_str(), class & KINDS))
}

/// Whether `word` looks like a nominal form of these stems, or like one of those forms of a verb that are often nouns.
fn looks_derived(stems: &[(String, Class)], word: &str) -> bool {
    let by_chance = |(stem, class): &(String, Class)| {
        class & KINDS > NOUN_VOWEL
            && word.strip_prefix(stem.as_str()).is_some_and(|after| accepts(Start::Chance, sound(*class, stem), after))
    };
    let mut kinds = readings(stems, word).map(|(_, kind)| kind).peekable();
    stems.iter().any(by_chance) || (kinds.peek().is_some() && kinds.all(|kind| kind <= NOUN_VOWEL))
}

/// Whether `word` is no mere form: the list that ships inside has it, or a large one with many forms of its own.
fn is_own_word(list: &FormTable, stems: &[(String, Class)], word: &str) -> bool {
    if !SHIPPED.lemmas(word).is_empty() {
        return true;
    }
    if !list.is_built() || !list.lemmas(word).iter().any(|lemma| lemma == word) {
        return false;
    }
    let after = readings(stems, word).map(|(stem, _)| word.get(stem.len()..).unwrap_or("")).max_by_key(|after| after.len()).unwrap_or("");
    let needed = if matches!(after, "i" | "u") || after.ends_with('r') { MANY_FORMS_OF_A_HOMOGRAPH } else { MANY_FORMS };
    list.forms(word).len() >= needed
}

/// A word of which a large list has so many forms is in common use as a word of its own.
const MANY_FORMS: usize = 80;
/// The same where the shorter word's form is itself of the commonest: with the accusative or the aorist.
const MANY_FORMS_OF_A_HOMOGRAPH: usize = 110;

/// The list that ships inside.
static SHIPPED: LazyLock<FormTable> = LazyLock::new(|| FormTable::of_lines(GRAMMAR.shipped));

/// Words without forms that look like a form of another.
static PARTICLES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let lines = include_str!("turkish_particles.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|word| Folded::new(word).word(0).to_owned()).collect()
});

/// With b, d, g at the end unvoiced: what a stem before a vowel may come from.
fn hardened(stem: &str) -> Option<String> {
    let (rest, hard) = match stem.as_bytes().last()? {
        b'b' => (&stem[..stem.len() - 1], 'p'),
        b'd' => (&stem[..stem.len() - 1], 't'),
        b'g' => (&stem[..stem.len() - 1], 'k'),
        _ => return None,
    };
    Some(format!("{rest}{hard}"))
}
