//! German: cases and plurals of nouns, endings and degrees of adjectives, forms of verbs.
//!
//! Umlauts fold away, so that Stände is regular: stande. A capital letter tells a noun; a word without one may be anything.
//! Compounds are words of their own. Strong verbs, plurals in -er and the prefixes of verbs are in a table beside.

use super::{Class, FormTable, Grammar, TermWord, fold::Folded};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "de", glues_before: false, stems, allows, listed, vetoes, shipped: include_str!("shipped/de.txt") };

// A class is the set of groups of endings that the stem takes.
const BARE: Class = 1;
const S: Class = 1 << 1;
const N: Class = 1 << 2;
const E: Class = 1 << 3;
const ES: Class = 1 << 4;
const EN: Class = 1 << 5;
/// Plurals: Kinder, Kindern.
const ER: Class = 1 << 6;
/// Plurals of women: Lehrerinnen.
const NEN: Class = 1 << 7;
/// Ergebnisse, Ergebnisses, Ergebnissen.
const SE: Class = 1 << 8;
/// Endings of adjectives behind a consonant, and behind the e of Verletzte.
const ADJECTIVE: Class = 1 << 9;
const NOMINAL: Class = 1 << 10;
/// Comparative and superlative with an ending.
const DEGREE: Class = 1 << 11;
/// Present, and the past of strong verbs.
const PERSON: Class = 1 << 12;
/// Past of weak verbs and their participle with endings.
const WEAK: Class = 1 << 13;
/// Present participle.
const DOING: Class = 1 << 14;

/// The groups that have this ending.
fn groups(ending: &str) -> Class {
    match ending {
        "" => BARE,
        "s" => S | NOMINAL,
        "n" => N | NOMINAL,
        "e" => E | ADJECTIVE | PERSON,
        "es" => ES | ADJECTIVE,
        "en" => EN | ADJECTIVE | PERSON,
        "er" => ER | ADJECTIVE,
        "em" => ADJECTIVE,
        "ern" => ER,
        "r" | "m" => NOMINAL,
        "nen" => NEN,
        "se" | "ses" | "sen" => SE,
        "st" | "est" => PERSON,
        "t" | "et" => PERSON | WEAK,
        "te" | "ten" | "tet" | "test" | "tem" | "ter" | "tes" => WEAK,
        "ete" | "eten" | "etet" | "etest" | "etem" | "eter" | "etes" => WEAK,
        "ere" | "eren" | "erem" | "erer" | "eres" => DEGREE,
        "ste" | "sten" | "stem" | "ster" | "stes" | "este" | "esten" | "estem" | "ester" | "estes" => DEGREE,
        "end" | "ende" | "enden" | "endem" | "ender" | "endes" | "nd" | "nde" | "nden" | "ndem" | "nder" | "ndes" => DOING,
        _ => 0,
    }
}

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    // Forms of the list come with class 0 and stand alone.
    before.is_empty() && (class & groups(after) != 0 || (class == 0 && after.is_empty()))
}

/// A strong verb.
struct Strong {
    /// Stem of the second and third person.
    present: Option<String>,
    past: String,
    participle: String,
}

/// The table beside, folded.
#[derive(Default)]
struct Tables {
    strong: HashMap<String, Strong>,
    er_plurals: Vec<String>,
    inseparable: Vec<String>,
    separable: Vec<String>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for line in include_str!("german.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<String> = line.split_whitespace().map(|word| Folded::new(word).word(0).to_owned()).collect();
        let Some((kind, rest)) = words.split_first() else { continue };
        match (kind.as_str(), rest) {
            ("verb", [infinitive, present, past, participle]) => {
                let present = Some(present.clone()).filter(|stem| !stem.is_empty());
                let strong = Strong { present, past: past.clone(), participle: participle.clone() };
                tables.strong.insert(infinitive.clone(), strong);
            }
            ("er", nouns) => tables.er_plurals.extend_from_slice(nouns),
            ("inseparable", prefixes) => tables.inseparable.extend_from_slice(prefixes),
            ("separable", prefixes) => tables.separable.extend_from_slice(prefixes),
            _ => {}
        }
    }
    tables
});

/// The stems of a folded German word, each with its endings.
fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let whole = word.folded;
    if whole.len() < 3 || !whole.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return vec![(whole.to_owned(), BARE)];
    }
    let mut stems = noun(whole);
    if !word.written.chars().next().is_some_and(char::is_uppercase) && !ends(whole, NOUN_ENDINGS) {
        stems.extend(adjective(whole));
        stems.extend(verb(whole));
    }
    stems.sort();
    stems.dedup();
    stems
}

/// What only nouns end in.
const NOUN_ENDINGS: &[&str] = &["ung", "heit", "keit", "schaft", "ion", "tat", "ment", "enz", "anz"];

fn ends(word: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| word.ends_with(ending))
}

/// Behind this many letters of the word's end, and with these instead.
fn stem(word: &str, cut: usize, put: &str, class: Class) -> (String, Class) {
    (format!("{}{put}", word.get(..word.len() - cut).unwrap_or(word)), class)
}

/// A noun, by its end.
fn noun(word: &str) -> Vec<(String, Class)> {
    let whole = |class: Class| vec![stem(word, 0, "", BARE | class)];
    let or = |class: Class, cut: usize, put: &str, other: Class| vec![stem(word, 0, "", BARE | class), stem(word, cut, put, other)];
    if ends(word, &["heit", "keit", "schaft", "tat", "ei", "enz", "anz"]) || (word.ends_with("ung") && !ends(word, &["sprung", "schwung"]))
    {
        // Feminine; but Ei and Rat are short, and of their own.
        let short = word.len() < 5;
        return whole(if short { S | E | ES | EN | er_plural(word) } else { EN });
    }
    if word.ends_with('e') {
        return whole(if is_nominal(word) { N | NOMINAL } else { N | S });
    }
    if ends(word, &["ier", "eer", "iel", "eel"]) {
        return whole(S | E | ES | EN | N);
    }
    if ends(word, &["er", "el"]) {
        return whole(S | N);
    }
    match word.as_bytes() {
        [.., b'e', b'n'] => whole(S),
        [.., b'n', b'i', b's'] => whole(SE),
        [.., before, b'u', b's'] if !matches!(before, b'a' | b'e') => or(E | ES | SE, 2, "en", BARE),
        [.., b'u', b'm'] => {
            vec![stem(word, 0, "", BARE | S | E | ES | EN | er_plural(word)), stem(word, 2, "en", BARE), stem(word, 2, "a", BARE)]
        }
        [.., b'a'] => or(S, 1, "en", BARE),
        [.., b'i', b'n'] => whole(S | E | ES | EN | NEN),
        [.., b'a' | b'e', b'u'] => whole(S | E | ES | EN),
        [.., b'o' | b'i' | b'u' | b'y'] => whole(S),
        [.., b's' | b'z' | b'x'] => whole(E | ES | EN | er_plural(word)),
        _ => whole(S | E | ES | EN | er_plural(word)),
    }
}

fn er_plural(word: &str) -> Class {
    if TABLES.er_plurals.iter().any(|noun| word.ends_with(noun.as_str())) { ER } else { 0 }
}

/// Whether a noun in -e is an adjective or a participle in truth: Verletzte, Angehörige, Reisende, Überlebende.
fn is_nominal(word: &str) -> bool {
    let participle =
        ["ge", "be", "ver", "er", "ent", "zer", "miss"].iter().any(|prefix| word.starts_with(prefix)) && ends(word, &["te", "ene"]);
    participle || ends(word, &["nde", "ierte", "ige", "geflohene", "gefangene"]) || word == "tote"
}

/// An adjective.
fn adjective(word: &str) -> Vec<(String, Class)> {
    let class = ADJECTIVE | DEGREE;
    match word.as_bytes() {
        // muede: muede, mueder; the e is that of the endings.
        [.., b'e'] => vec![stem(word, 1, "", class)],
        // dunkel: dunkle; teuer: teure.
        [.., b'e', last @ (b'l' | b'r')] => {
            vec![stem(word, 0, "", class), stem(word, 2, if *last == b'l' { "l" } else { "r" }, class)]
        }
        _ => vec![stem(word, 0, "", class)],
    }
}

/// A verb, from its infinitive.
fn verb(word: &str) -> Vec<(String, Class)> {
    let cut = if ends(word, &["eln", "ern"]) || word == "tun" { 1 } else { 2 };
    if cut == 2 && !word.ends_with("en") {
        return Vec::new();
    }
    let root = word.get(..word.len() - cut).unwrap_or(word);
    if root.len() < 2 {
        return Vec::new();
    }
    if let Some(strong) = strong("", word, true) {
        return strong;
    }
    let mut is_weak = true;
    let mut stems = vec![stem(root, 0, "", PERSON | WEAK | DOING)];
    let has_vowel = |rest: &str| rest.bytes().any(|letter| matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u'));
    for prefix in TABLES.separable.iter().filter(|prefix| root.strip_prefix(prefix.as_str()).is_some_and(has_vowel)) {
        let (rest, infinitive) = (root.get(prefix.len()..).unwrap_or(""), word.get(prefix.len()..).unwrap_or(""));
        if let Some(strong) = strong(prefix, infinitive, true) {
            is_weak = false;
            stems.extend(strong);
        } else {
            stems.push((format!("{prefix}ge{rest}"), WEAK));
        }
        stems.push((format!("{prefix}zu{infinitive}"), BARE));
    }
    let inseparable = TABLES.inseparable.iter().find(|prefix| root.strip_prefix(prefix.as_str()).is_some_and(has_vowel));
    match inseparable {
        Some(prefix) => {
            if let Some(strong) = strong(prefix, word.get(prefix.len()..).unwrap_or(""), false) {
                stems.extend(strong);
            }
        }
        None if is_weak && !word.ends_with("ieren") => stems.push((format!("ge{root}"), WEAK)),
        None => {}
    }
    stems
}

/// The stems of a strong verb behind a prefix.
fn strong(prefix: &str, infinitive: &str, keeps_ge: bool) -> Option<Vec<(String, Class)>> {
    let verb = TABLES.strong.get(infinitive)?;
    let root = infinitive.strip_suffix("en").or_else(|| infinitive.strip_suffix('n'))?;
    let participle = if keeps_ge { verb.participle.as_str() } else { verb.participle.strip_prefix("ge").unwrap_or(&verb.participle) };
    let mut stems = vec![
        (format!("{prefix}{root}"), PERSON | DOING),
        (format!("{prefix}{}", verb.past), BARE | PERSON),
        (format!("{prefix}{participle}"), BARE | ADJECTIVE),
    ];
    if let Some(present) = &verb.present {
        stems.push((format!("{prefix}{present}"), BARE | PERSON));
    }
    Some(stems)
}

/// What a list adds: irregular forms of the shipped one; of a dictionary those with a known ending, for it keeps derived words
/// (Lehrerin, machbar) under the word that they come from.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    let shipped = list.shipped_forms(word.folded);
    let bases = [Some(word.folded), word.folded.strip_suffix('e'), word.folded.strip_suffix("en"), word.folded.strip_suffix('n')];
    let inflects = |form: &str| bases.iter().flatten().any(|base| form.strip_prefix(base).is_some_and(|end| groups(end) != 0));
    let forms = list.forms(word.folded).into_iter();
    forms.filter(|form| form != word.folded && (shipped.contains(form) || inflects(form))).map(|form| (form, BARE)).collect()
}

/// Whether the list knows `found` as a form of other words than `term`. The shipped list has the last word. Dictionaries hold
/// participles and many other forms as entries of their own, which says nothing.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    let (shipped, of_term) = (list.shipped_lemmas(found), list.lemmas(term));
    if !shipped.is_empty() {
        return !shipped.iter().any(|lemma| lemma == term || of_term.contains(lemma));
    }
    let lemmas = list.lemmas(found);
    !lemmas.is_empty() && !lemmas.iter().any(|lemma| lemma == found || lemma == term || of_term.contains(lemma))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(term: &str, found: &str) -> bool {
        let (term_text, found_text) = (Folded::new(term), Folded::new(found));
        let (folded, found) = (term_text.word(0), found_text.word(0));
        let word = TermWord { folded, written: term, in_phrase: false };
        let list = FormTable::of_lines(GRAMMAR.shipped);
        let mut all = stems(word);
        all.extend(listed(&list, word));
        let mut parts = all.iter().filter_map(|(stem, class)| found.strip_prefix(stem.as_str()).map(|after| (class, stem, after)));
        parts.any(|(class, stem, after)| allows(*class, stem, "", after)) && (found == folded || !vetoes(&list, folded, found))
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
    fn nouns_take_cases_and_plurals_with_and_without_umlaut() {
        only(
            "Waffenstillstand",
            &["Waffenstillstands", "Waffenstillstandes", "Waffenstillstände", "Waffenstillständen"],
            &["Waffenstillstandsabkommen"],
        );
        only("Flüchtling", &["Flüchtlinge", "Flüchtlingen", "Flüchtlings"], &["Flüchtlingslager"]);
        only("Waffe", &["Waffen"], &["Waffel"]);
        only("Krise", &["Krisen"], &["Kris"]);
        only("Lager", &["Lagers", "Lagern"], &["Lagerung"]);
        only("Regierung", &["Regierungen"], &["Regierungs"]);
        only("Ministerin", &["Ministerinnen"], &["Minister"]);
        only("Ergebnis", &["Ergebnisse", "Ergebnissen", "Ergebnisses"], &[]);
        only("Virus", &["Viren"], &["Vire"]);
        only("Thema", &["Themen", "Themas"], &[]);
        only("Armee", &["Armeen"], &["Arm"]);
        only("Embargo", &["Embargos"], &[]);
        only("Idlib", &["Idlibs"], &["Idliber"]);
    }

    #[test]
    fn plurals_in_er_are_of_few_nouns_and_their_compounds() {
        only("Kind", &["Kinder", "Kindern", "Kindes"], &["Kindheit"]);
        only("Krankenhaus", &["Krankenhäuser", "Krankenhäusern"], &[]);
        only("Krieg", &["Kriege", "Krieges"], &["Krieger"]);
        only("Kampf", &["Kämpfe", "Kampfes"], &["Kämpfer"]);
    }

    #[test]
    fn participles_as_nouns_take_the_endings_of_adjectives() {
        only("Verletzte", &["Verletzten", "Verletzter"], &["verletzt"]);
        only("Vertriebene", &["Vertriebenen", "Vertriebener"], &[]);
        only("Überlebende", &["Überlebenden", "Überlebender"], &[]);
    }

    #[test]
    fn adjectives_take_endings_and_degrees() {
        only("stark", &["starke", "starkem", "stärker", "stärkste", "stärkeren"], &["Starkstrom"]);
        only("humanitär", &["humanitäre", "humanitären", "humanitärer"], &[]);
        only("dunkel", &["dunkle", "dunklen"], &[]);
        only("müde", &["müden", "müder"], &[]);
        only("hoch", &["hohe", "höher", "höchsten"], &[]);
    }

    #[test]
    fn verbs_take_persons_tenses_and_participles() {
        only("bombardieren", &["bombardiert", "bombardierte", "bombardierten", "bombardierend"], &["gebombardiert"]);
        only("töten", &["tötet", "tötete", "getötet", "getöteten", "tötend"], &["Töter Punkt"]);
        only("verletzen", &["verletzt", "verletzte", "verletzten"], &["geverletzt"]);
        only("feuern", &["feuert", "feuerte", "gefeuert"], &["Feuers"]);
        only("evakuieren", &["evakuiert", "evakuierte"], &["Evakuierung"]);
        only("abfeuern", &["abgefeuert", "abzufeuern", "abfeuert"], &[]);
    }

    #[test]
    fn strong_verbs_change_their_stem_behind_any_prefix() {
        only("greifen", &["greift", "griff", "griffen", "gegriffen"], &[]);
        only("angreifen", &["angreift", "angegriffen", "angegriffene", "anzugreifen", "angriff"], &["Angreifer"]);
        only("vertreiben", &["vertreibt", "vertrieb", "vertrieben", "vertriebene"], &["getrieben"]);
        only("sterben", &["stirbt", "starb", "starben", "gestorben"], &["stur"]);
        only("bringen", &["brachte", "gebracht"], &[]);
        only("beginnen", &["begann", "begonnen", "beginnt"], &[]);
    }

    proptest::proptest! {
        #[test]
        fn every_word_hits_itself_with_few_stems(word in "[A-Za-zäöüß]{1,14}") {
            proptest::prop_assert!(hits(&word, &word));
            let folded = Folded::new(&word);
            let term = TermWord { folded: folded.word(0), written: &word, in_phrase: false };
            proptest::prop_assert!(stems(term).len() <= 20);
        }
    }
}
