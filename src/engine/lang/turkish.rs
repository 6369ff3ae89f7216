//! Turkish: chains of suffixes behind a stem, by vowel harmony; the stem's own last letters may change before them.
//!
//! A name takes the chains of nouns; any other word, whose kind its letters do not tell, those of nouns and of verbs; a word in
//! -mak or -mek is a verb. Words that are derived with a meaning of their own (Suriyeli, bombalı, göçmen, savaşçı) are words of
//! their own. Letters are folded, so the frontness of ı and i, o and ö, u and ü comes from the term as it was written.

mod chain;
mod longer;

use super::{Class, FormTable, Grammar, TermWord};
use chain::{Sound, Start, accepts, is_vowel};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "tr", glues_before: false, stems, allows, listed, vetoes: longer::vetoes, shipped: include_str!("shipped/tr.txt") };

/// Stands alone: what a form list adds.
const ALONE: Class = 0;
/// The kinds of stems: 1 more than the place in [`STARTS`].
const STARTS: [Start; 7] =
    [Start::Noun, Start::NounBeforeVowel, Start::Verb, Start::InfinitiveVerb, Start::VerbBeforeVowel, Start::Narrowed, Start::Compound];
const NOUN: Class = 1;
const NOUN_VOWEL: Class = 2;
const VERB: Class = 3;
const INFINITIVE_VERB: Class = 4;
const VERB_VOWEL: Class = 5;
const NARROWED: Class = 6;
const COMPOUND: Class = 7;
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

/// Whether a word is letters spelled out (ABD, AKP), and not one that is read as it stands (NATO, IŞİD).
fn is_spelled(word: TermWord<'_>) -> bool {
    let letters = word.folded.as_bytes();
    let clusters = |pair: &[u8]| pair.iter().all(|letter| !is_vowel(*letter));
    let unreadable =
        letters.first_chunk::<2>().is_some_and(|pair| clusters(pair)) || letters.last_chunk::<2>().is_some_and(|pair| clusters(pair));
    (3..=5).contains(&letters.len()) && unreadable && is_capital(word)
}

fn is_capital(word: TermWord<'_>) -> bool {
    word.written.chars().all(char::is_uppercase)
}

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let folded = word.folded;
    if !folded.is_ascii() || folded.len() < 2 || !folded.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return vec![(folded.to_owned(), NOUN)];
    }
    if folded.len() == 2 && is_capital(word) {
        // AB is not in abi or abla; its suffixes stand behind an apostrophe.
        return vec![(folded.to_owned(), ALONE)];
    }
    if is_spelled(word) {
        return vec![(folded.to_owned(), NOUN | SPELLED)];
    }
    let harmony = harmony(word);
    let mut stems = Vec::new();
    nouns(folded, harmony, &mut stems);
    if word.in_phrase {
        compounds(folded, harmony, &mut stems);
    }
    if is_infinitive(folded) {
        verbs(&folded[..folded.len() - 3], INFINITIVE_VERB | harmony, &mut stems);
    } else if !word.written.starts_with(char::is_uppercase) {
        verbs(folded, VERB | harmony, &mut stems);
    }
    stems
}

/// Whether a folded word ends as infinitives do: gitmek, saldırmak.
fn is_infinitive(folded: &str) -> bool {
    let verb = folded.strip_suffix("mak").or_else(|| folded.strip_suffix("mek"));
    verb.is_some_and(|verb| verb.bytes().any(is_vowel))
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
    if let Some((_, doubled)) = DOUBLING.iter().find(|(word, _)| *word == folded) {
        stems.push(((*doubled).to_owned(), NOUN_VOWEL | harmony));
    }
}

/// A word of a phrase that may be the head of a compound (savaş suçu, merkez bankası): without its owner's suffix.
fn compounds(folded: &str, harmony: Class, stems: &mut Vec<(String, Class)>) {
    let Some(head) = folded.strip_suffix(['i', 'u']).filter(|head| head.len() > 2) else { return };
    if let Some(open) = head.strip_suffix('s').filter(|open| open.len() > 2 && open.bytes().next_back().is_some_and(is_vowel)) {
        stems.push((open.to_owned(), COMPOUND | harmony));
    }
    stems.push((head.to_owned(), COMPOUND | harmony));
}

/// Words of Arabic that double their last consonant before a vowel.
const DOUBLING: [(&str, &str); 14] = [
    ("af", "aff"),
    ("fen", "fenn"),
    ("hac", "hacc"),
    ("had", "hadd"),
    ("hak", "hakk"),
    ("hat", "hatt"),
    ("his", "hiss"),
    ("ret", "redd"),
    ("ser", "serr"),
    ("sir", "sirr"),
    ("tip", "tibb"),
    ("zam", "zamm"),
    ("zan", "zann"),
    ("zit", "zidd"),
];

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
    // Behind the last but one consonant, -me would be a verbal noun (seçim, seçme).
    if *last == b'm' && !DROPPING_IN_M.contains(&folded) {
        return None;
    }
    Some(format!("{}{}", &folded[..folded.len() - 2], *last as char))
}

/// Words in -m that lose their last vowel; others are made of verbs (bilim, çözüm) and keep it.
const DROPPING_IN_M: [&str; 12] = ["azim", "cisim", "curum", "hacim", "hasim", "hukum", "ilim", "isim", "kisim", "resim", "zulum", "nazim"];

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
        stems.push((format!("{}iy", &folded[..1]), VERB_VOWEL | harmony));
    }
}

/// The forms that the list has of a word and that its letters do not begin; of those that they begin the suffix chains make all
/// but what the list that ships inside knows better (su, suyu). A large list has derived words among them.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    let stems = stems(word);
    let made = |form: &str| {
        stems.iter().any(|(stem, class)| form.strip_prefix(stem.as_str()).is_some_and(|after| allows(*class, stem, "", after)))
    };
    let shipped = list.shipped_forms(word.folded);
    let adds = |form: &String| !form.starts_with(word.folded) || shipped.contains(form) && !made(form);
    list.forms(word.folded).into_iter().filter(adds).map(|form| (form, ALONE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lang::{FormTable, fold::Folded};

    /// Whether a term hits a word, both as written, with the list that ships inside.
    fn hits(term: &str, word: &str) -> bool {
        let (folded_term, text) = (Folded::new(term), Folded::new(word));
        let (folded, word) = (folded_term.word(0), text.word(0));
        let list = FormTable::of_lines(GRAMMAR.shipped);
        let term = TermWord { folded, written: term, in_phrase: false };
        let mut all = stems(term);
        all.extend(listed(&list, term));
        let fits = |(stem, class): &(String, Class)| {
            word.match_indices(stem.as_str()).any(|(at, _)| allows(*class, stem, &word[..at], &word[at + stem.len()..]))
        };
        all.iter().any(fits) && (word == folded || !longer::vetoes(&list, folded, word))
    }

    fn all_hit(term: &str, words: &str) {
        words.split(' ').for_each(|word| assert!(hits(term, word), "{term} should hit {word}"));
    }

    fn none_hits(term: &str, words: &str) {
        words.split(' ').for_each(|word| assert!(!hits(term, word), "{term} should not hit {word}"));
    }

    #[test]
    fn a_turkish_place_takes_every_case() {
        all_hit(
            "İdlib",
            "İDLİB IDLIB idlib Idlibde İdlibe İdlibi İdlibin İdlibden İdlibte İdlible İdlibdeki İdlibdekiler İdlibtir İdlibdir",
        );
        all_hit("Suriye", "Suriyede Suriyeye Suriyeyi Suriyenin Suriyeden Suriyeyle SURİYEDEKİ Suriyedeydi");
        all_hit("Irak", "Irakta Iraka Irakın Iraktan Iraktaki");
        none_hits("İdlib", "İdlibli İdlibta İdliba");
        none_hits("Suriye", "Suriyeli Suriyelilerin Suriyei Suriyece");
        none_hits("Kilis", "Kilise kiliseler");
    }

    #[test]
    fn a_noun_takes_number_owner_and_case_in_this_order() {
        all_hit("ateşkes", "ATEŞKES Ateskes ateşkesin ateşkesi ateşkese ateşkesle ateşkesleri ateşkesten ateşkeslerinin ateşkesmiş");
        all_hit("mülteci", "MÜLTECİ mülteciler mültecilerle mültecinin mülteciyi mültecilerimizden mültecisi mültecilerdeki");
        all_hit("bomba", "bombalar bombaların bombayla bombasının bombalarınızı bombası");
        all_hit("sığınmacı", "sığınmacılar Sığınmacıların sığınmacıya");
        none_hits("ateşkes", "ateşkesdan ateşkesinler ateşkeslik");
        none_hits("mülteci", "mültecilik mültecideler mülteceler");
        none_hits("bomba", "bombalı bombalandı bombaladığı bombalayan bombardıman bombacı");
        none_hits("sığınmacı", "sığınmak sığınma sığınmaya sığınmacılık");
    }

    #[test]
    fn a_stem_changes_before_a_vowel_only() {
        all_hit("kitap", "kitabı kitaplar kitapta kitabın kitabımız");
        all_hit("ağız", "ağzı ağızlar ağzında");
        all_hit("oğul", "oğlu oğlunun oğullar");
        all_hit("şehir", "şehri şehre şehirde şehirler");
        all_hit("su", "suyu suyun suyunu suya suyunun suyumuz suyundan sular suda suyla");
        none_hits("su", "suyuk sulu susuz sura suç");
        all_hit("hak", "hakkı hakkında haklar");
        all_hit("renk", "rengi renkler");
        all_hit("kayıt", "kaydı kaydına kayıtlar");
        none_hits("kitap", "kitabda kitablar");
        none_hits("kat", "kadın kadının kadar");
        none_hits("seçim", "seçme seçmek");
    }

    #[test]
    fn suffixes_after_borrowed_words_may_be_front() {
        all_hit("saat", "saate saatler saati");
        all_hit("petrol", "petrole petrolü petroller");
        all_hit("Beyrut", "Beyruta Beyrutta Beyrutun");
    }

    #[test]
    fn letters_that_are_spelled_out_take_any_harmony() {
        all_hit("ABD", "ABDnin ABDye ABDde ABDden");
        all_hit("IŞİD", "IŞİDin IŞİDe IŞİDle");
        all_hit("NATO", "NATOnun NATOya NATOda");
        none_hits("ABD", "ABDli ABDulla");
        none_hits("AB", "abi abla aba");
        none_hits("KAN", "kanun kanuna");
    }

    #[test]
    fn an_infinitive_takes_tenses_participles_and_verbal_nouns() {
        all_hit(
            "saldırmak",
            "saldırdı saldırıyor saldıracak saldırmış saldırır saldırdılar saldıran saldırdığı saldırması saldırmaya saldırmadı",
        );
        all_hit("bombalamak", "bombaladı bombalıyor bombalandı bombalanan bombalıyorlar bombalayacak bombalayabilir bombalamayan");
        all_hit("gitmek", "gitti gidiyor gidecek giden gidince gitmiyor gidebilmesi gidenlerin gitmişlerdi");
        all_hit("demek", "dedi diyor diyen diyecek denildi demişti");
        none_hits("saldırmak", "saldırı saldırgan saldırıda");
        none_hits("bombalamak", "bomba bombaların bombalı");
        none_hits("demek", "de den deki");
    }

    #[test]
    fn a_longer_word_is_not_a_form_of_a_shorter_one() {
        none_hits("kan", "kanun kanunda kanal kanalı kanlı");
        none_hits("ada", "adam adamın adamlar");
        none_hits("at", "ata");
        none_hits("el", "elma elmalar");
        none_hits("göç", "göçmen göçmenler göçebe göçen göçük");
        none_hits("bar", "barış barışa");
        none_hits("kara", "karar kararın");
        all_hit("ada", "adası adalar adaya adanın");
        all_hit("kan", "kana kanı kanın kanla");
        all_hit("göç", "göçü göçün göçler göçten");
        all_hit("karar", "kararı kararlar");
    }

    #[test]
    fn the_head_of_a_compound_keeps_its_owner() {
        let takes = |term: &str, word: &str| {
            let (folded, text) = (Folded::new(term), Folded::new(word));
            let stems = stems(TermWord { folded: folded.word(0), written: term, in_phrase: true });
            stems.iter().any(|(stem, class)| text.word(0).strip_prefix(stem.as_str()).is_some_and(|after| allows(*class, stem, "", after)))
        };
        for (term, words) in [
            ("suçu", "suçu suçunu suçuna suçları suçlarından"),
            ("Konseyi", "Konseyine Konseyinin Konseyinde"),
            ("bankası", "bankasını bankasından bankaları"),
            ("hakları", "haklarının haklarına"),
        ] {
            words.split(' ').for_each(|word| assert!(takes(term, word), "{term} should take {word}"));
        }
        assert!(!takes("suçu", "suç") && !takes("suçu", "suçlu"));
    }

    proptest::proptest! {
        #[test]
        fn a_word_hits_itself_and_its_plural_in_the_harmony_of_its_last_vowel(stem in "[bdgklmnrstyz][aeöü][bdglmnrsyz]") {
            let front = !stem.contains('a');
            let (right, wrong) = if front { ("ler", "lar") } else { ("lar", "ler") };
            let (right, wrong) = (format!("{stem}{right}"), format!("{stem}{wrong}"));
            // Words in -l may take either.
            let either = stem.ends_with('l');
            proptest::prop_assert!(hits(&stem, &stem) && hits(&stem, &right));
            proptest::prop_assert!(either || !hits(&stem, &wrong));
        }
    }
}
