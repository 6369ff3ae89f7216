//! Kurmanji in Latin letters: cases, ezafe and number of nouns behind the stem; of verbs the prefixes di-, bi-, na- and ne-, the
//! persons, and the present stem, which is another than the infinitive's.
//!
//! Letters are folded (ê is e, î is i, û is u), so that one ending stands for several: -e is -ê of the oblique and of the ezafe.

use super::fold::Folded;
use super::{Class, FormTable, Grammar, TermWord, forms};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "kmr", glues_before: true, stems, allows, listed: forms::listed, vetoes, shipped: include_str!("shipped/kmr.txt") };

/// Stands alone: what a form list adds.
const ALONE: Class = 0;
/// Takes the endings of nouns and adjectives, and nothing before it.
const NOUN: Class = 1;
/// The past stem of a verb.
const PAST: Class = 2;
/// The present stem of a verb: a prefix must stand before it.
const PRESENT: Class = 3;
/// A present stem with its prefix, where the stem alone is too short to be looked for, or another part stands before the prefix.
const PREFIXED_PRESENT: Class = 4;
/// A past stem with a prefix that another part stands before.
const PREFIXED_PAST: Class = 5;

/// Endings of nouns, behind a vowel with y before them: ezafe and oblique, indefinite, plural, vocative, comparative.
const NOUN_ENDINGS: [&str; 18] =
    ["a", "an", "e", "ek", "eke", "eki", "en", "i", "in", "inan", "ine", "no", "o", "tir", "tirin", "ino", "tiri", "tirina"];

/// Endings of a present stem: persons.
const PRESENT_ENDINGS: [&str; 10] = ["", "e", "i", "im", "in", "m", "n", "yi", "t", "it"];

/// Endings of a past stem behind its linking vowel: persons, perfect, pluperfect, conditional.
const PAST_ENDINGS: [&str; 29] = [
    "", "a", "ama", "ana", "ayi", "ba", "bam", "bama", "ban", "bana", "bayi", "bu", "bum", "buma", "bun", "buna", "buya", "buye", "buyi",
    "m", "ma", "me", "n", "na", "ne", "ya", "yayi", "ye", "yi",
];

/// Prefixes of a past stem.
const PAST_PREFIXES: [&str; 5] = ["", "bi", "di", "ne", "nedi"];

/// Prefixes of a present stem.
const PRESENT_PREFIXES: [&str; 4] = ["bi", "di", "na", "ne"];

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    if before.len() > 4 || after.len() > 6 {
        return false;
    }
    if class == PAST && stem.len() <= 2 && before.is_empty() && after.is_empty() {
        // `da` is far more often a postposition than "gave".
        return false;
    }
    let ends_in_vowel = stem.bytes().next_back().is_some_and(is_vowel);
    match class {
        ALONE => before.is_empty() && after.is_empty(),
        NOUN => before.is_empty() && is_noun_ending(ends_in_vowel, after),
        PAST => PAST_PREFIXES.contains(&before) && is_past_ending(ends_in_vowel, after),
        PRESENT => PRESENT_PREFIXES.contains(&before) && PRESENT_ENDINGS.contains(&after),
        PREFIXED_PRESENT => before.is_empty() && PRESENT_ENDINGS.contains(&after),
        PREFIXED_PAST => before.is_empty() && is_past_ending(ends_in_vowel, after),
        _ => false,
    }
}

fn is_noun_ending(ends_in_vowel: bool, after: &str) -> bool {
    // Careless spelling leaves the y out.
    let ending = if ends_in_vowel { after.strip_prefix('y').unwrap_or(after) } else { after };
    after.is_empty() || NOUN_ENDINGS.contains(&ending)
}

fn is_past_ending(ends_in_vowel: bool, after: &str) -> bool {
    let linked = if ends_in_vowel { None } else { after.strip_prefix('i') };
    PAST_ENDINGS.contains(&after) || linked.is_some_and(|ending| PAST_ENDINGS.contains(&ending))
}

/// The stems of a word: as a noun, and where it ends as infinitives do, as a verb.
fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), NOUN)];
    let is_name = word.written.starts_with(char::is_uppercase);
    if let Some(past) = past_stem(word).filter(|_| !is_name && word.folded.is_ascii()) {
        let presents = present_stems(word.folded, &past);
        for (preverb, rest) in split_preverb(&past) {
            stems.extend(["di", "ne", "nedi"].map(|prefix| (format!("{preverb}{prefix}{rest}"), PREFIXED_PAST)));
        }
        stems.push((past, PAST));
        presents.iter().for_each(|present| add_present(present, &mut stems));
    }
    stems
}

/// What the list knows only under other words is no form of a noun; present stems of verbs stand in lists as words of their own.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    let may_be_verb = ["in", "an", "un"].iter().any(|end| term.ends_with(end));
    !may_be_verb && forms::vetoes(list, term, found)
}

/// kirin → kir, axîn → axi, man → ma, çûn → cu. A word of one syllable is a verb only if the table has it: jin is none.
fn past_stem(word: TermWord<'_>) -> Option<String> {
    let stem = word.folded.strip_suffix('n').filter(|stem| stem.len() > 1)?;
    let syllables = stem.bytes().filter(|letter| is_vowel(*letter)).count();
    if syllables < 2 && !PRESENTS.iter().any(|(verb, _)| verb == word.folded) {
        return None;
    }
    let long = word.written.to_lowercase().ends_with("în");
    let past = match stem.as_bytes().last()? {
        b'i' if long => stem,
        b'i' => stem.strip_suffix('i')?,
        b'a' | b'u' => stem,
        _ => return None,
    };
    Some(past.to_owned())
}

/// Parts that stand before the prefix of a verb: derdikeve, venake, hilneda.
const PREVERBS: [&str; 13] = ["ce", "da", "der", "hil", "je", "le", "pe", "ra", "ru", "te", "ve", "we", "wer"];

fn split_preverb(stem: &str) -> impl Iterator<Item = (&'static str, &str)> {
    PREVERBS
        .into_iter()
        .filter_map(move |preverb| stem.strip_prefix(preverb).map(|rest| (preverb, rest)))
        .filter(|(_, rest)| !rest.is_empty())
}

fn add_present(present: &str, stems: &mut Vec<(String, Class)>) {
    for (preverb, rest) in split_preverb(present) {
        stems.extend(["di", "na", "ne"].map(|prefix| (format!("{preverb}{prefix}{rest}"), PREFIXED_PRESENT)));
    }
    if present.len() > 2 {
        stems.push((present.to_owned(), PRESENT));
    } else {
        stems.extend(PRESENT_PREFIXES.map(|prefix| (format!("{prefix}{present}"), PREFIXED_PRESENT)));
    }
}

/// The present stems of a folded infinitive: from the table, by its longest entry, else by rule.
fn present_stems(infinitive: &str, past: &str) -> Vec<String> {
    let known = PRESENTS.iter().filter_map(|(verb, present)| Some((infinitive.strip_suffix(verb.as_str())?, present)));
    if let Some((first, present)) = known.min_by_key(|(first, _)| first.len()).filter(|(first, _)| first.is_empty() || first.len() > 1) {
        return vec![format!("{first}{present}")];
    }
    let rules = [("andin", "in"), ("iyan", "i"), ("iyan", ""), ("astin", "ez"), ("artin", "er"), ("otin", "os"), ("aftin", "ev")];
    let mut stems: Vec<String> =
        rules.iter().filter_map(|(end, present)| infinitive.strip_suffix(end).map(|rest| format!("{rest}{present}"))).collect();
    if stems.is_empty() {
        stems.push(past.trim_end_matches(['i', 'a', 't', 'd']).to_owned());
    }
    stems.retain(|stem| stem.len() > 1);
    stems
}

/// Infinitives and present stems, both folded.
static PRESENTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let lines = include_str!("kurmanji.txt").lines().filter(|line| !line.starts_with('#'));
    let fold = |word: &str| Folded::new(word).word(0).to_owned();
    lines.filter_map(|line| line.split_once(':')).map(|(verb, present)| (fold(verb), fold(present))).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(term: &str, word: &str) -> bool {
        let (folded, text) = (Folded::new(term), Folded::new(word));
        let word = text.word(0);
        let list = FormTable::of_lines(GRAMMAR.shipped);
        let term = TermWord { folded: folded.word(0), written: term, in_phrase: false };
        let mut all = stems(term);
        all.extend(forms::listed(&list, term));
        all.iter().any(|(stem, class)| {
            word.match_indices(stem.as_str()).any(|(at, _)| allows(*class, stem, &word[..at], &word[at + stem.len()..]))
        })
    }

    fn all_hit(term: &str, words: &str) {
        words.split(' ').for_each(|word| assert!(hits(term, word), "{term} should hit {word}"));
    }

    fn none_hits(term: &str, words: &str) {
        words.split(' ').for_each(|word| assert!(!hits(term, word), "{term} should not hit {word}"));
    }

    #[test]
    fn a_noun_takes_ezafe_oblique_number_and_indefinite() {
        all_hit("Idlib", "Idlibê Idliba IDLIB Idlibî");
        all_hit("şer", "şerê şerî şeran şerên şerek şerekî");
        all_hit("agirbest", "agirbesta agirbestê agirbestan agirbesteke agirbestekê");
        all_hit("penaber", "penaberan penaberên penaberekî penaberno");
        all_hit("bombe", "bombeya bombeyê bombeyan bombeyên bombeyek");
        all_hit("hevî", "hevî heviya heviyê heviyan");
        none_hits("şer", "şermezar şeref neşer dişer");
        none_hits("kur", "kurd kurdan kursî");
        none_hits("av", "avahî avêtin dav");
    }

    #[test]
    fn a_verb_takes_prefixes_persons_and_its_present_stem() {
        all_hit("kirin", "kir kirin kirine kiriye kirinê dikir nekir nedikir dikim dike dikin nake nakin bike bikin neke kiribû kiribûn");
        all_hit("kuştin", "kuşt kuştin kuştiye kuştine dikuje dikujin nakuje bikuje kuştibûn");
        all_hit("girtin", "girt girtin digire digirin nagirin bigire girtiye");
        all_hit("gotin", "got gotin dibêje dibêjin nabêje gotiye");
        all_hit("revîn", "revî revîn direve narevin revîne revîbûn");
        all_hit("teqandin", "teqand diteqîne teqandin biteqînin teqandiye");
        all_hit("derketin", "derket derdikeve dernakeve derneket derdiket derketin");
        all_hit("vegeriyan", "vegeriya vegeriyan vedigere venagerin vegeriyane");
        none_hits("kirin", "kirasê kirde bikar");
        none_hits("gotin", "gotar gotarên");
    }

    #[test]
    fn a_short_noun_in_n_is_no_verb() {
        none_hits("jin", "ji dij j");
        none_hits("nan", "na dina");
        none_hits("dan", "da");
        all_hit("jin", "jina jinê jinan jinên jinek");
    }

    #[test]
    fn every_present_stem_of_the_table_is_one_word() {
        assert!(PRESENTS.len() > 30);
        assert!(PRESENTS.iter().all(|(verb, present)| verb.ends_with('n') && !present.is_empty()));
    }
}
