//! Ukrainian: declensions and conjugations by the shape of the lemma (`ukrainian.txt`).
//!
//! A term's letters do not say what it is, so it is read as everything that its shape allows: the endings of one reading seldom
//! make a word of another. Reflexive verbs are conjugated without their particle, which then stands behind every form.

use super::{
    Class, FormTable, Grammar, TermWord, forms,
    slavic::{self, Paradigms},
};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "uk", glues_before: false, stems, allows, listed, vetoes, shipped: include_str!("shipped/uk.txt") };

/// The rules; a test keeps the table readable.
static PARADIGMS: LazyLock<Paradigms> = LazyLock::new(|| Paradigms::of_table(include_str!("ukrainian.txt")).unwrap_or_default());

/// What ships inside, alone.
static SHIPPED: FormTable = FormTable::of_lines(GRAMMAR.shipped);

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), slavic::ALONE)];
    match word.folded.strip_suffix("ся").or_else(|| word.folded.strip_suffix("сь")) {
        Some(verb) if verb.ends_with("ти") || verb.ends_with("ть") => {
            PARADIGMS.stems(verb, |name| name == "verb", true, &mut stems);
        }
        _ => PARADIGMS.stems(word.folded, |_| true, false, &mut stems),
    }
    stems
}

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    before.is_empty() && PARADIGMS.allows(class, after)
}

fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    PARADIGMS.listed(list, word, &stems(word))
}

/// Whether the list knows `found` under other lemmas only. What the shipped list says holds whatever else is known.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    forms::vetoes(&SHIPPED, term, found) || PARADIGMS.vetoes(list, term, found, stems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        assert_eq!(Paradigms::of_table(include_str!("ukrainian.txt")).err(), None);
    }

    fn hits(term: &str, word: &str) -> bool {
        let asked = TermWord { folded: term, written: term, in_phrase: false };
        let mut stems = stems(asked);
        stems.extend(listed(&SHIPPED, asked));
        PARADIGMS.has_form(&stems, word) && !(word != term && vetoes(&SHIPPED, term, word))
    }

    /// Every word behind a term is a form of it.
    fn takes(lines: &[&str]) {
        for line in lines {
            let (term, words) = line.split_once(':').unwrap();
            words.split_whitespace().for_each(|word| assert!(hits(term, word), "{term}: {word}"));
        }
    }

    /// No word behind a term is a form of it.
    fn refuses(lines: &[&str]) {
        for line in lines {
            let (term, words) = line.split_once(':').unwrap();
            words.split_whitespace().for_each(|word| assert!(!hits(term, word), "{term}: {word}"));
        }
    }

    #[test]
    fn a_noun_takes_the_endings_of_its_declension_only() {
        takes(&[
            "ідліб: ідліба ідлібу ідлібі ідлібом",
            "обстріл: обстрілу обстріли обстрілів",
            "ракета: ракети ракет ракетами",
            "біженець: біженці біженців біженцям",
            "україна: україни україні україною україно",
            "запоріжжя: запоріжжю запоріжжі",
            "припинення: припиненню припинень",
            "перемовини: перемовин перемовинах",
            "смерть: смерті смертю смерти",
            "люди: людей людьми людям",
        ]);
        refuses(&["мир: мирний", "бій: бойкот боєць", "вода: водій від", "область: облав", "діти: дим дія"]);
    }

    #[test]
    fn closed_syllables_change_their_vowel_and_velars_their_consonant() {
        takes(&[
            "київ: києва києві києвом",
            "львів: львова львовом",
            "загін: загону загони загонів",
            "бій: бою боєм боїв",
            "корінь: кореня корені",
            "осінь: осені",
            "політ: польоту польоти",
            "перемога: перемозі перемоги",
            "допомога: допомозі допомогу",
            "робота: робіт роботі",
            "річка: річці річок",
        ]);
        refuses(&["допомога: допоміг", "бій: бія"]);
    }

    #[test]
    fn a_verb_is_conjugated_with_its_alternations() {
        takes(&[
            "писати: пише пишуть писав писатиме",
            "знищити: знищено знищила знищать",
            "любити: люблю люблять",
            "атакувати: атакує атаковано атакували",
            "загинути: загинув загинули загине",
            "знайти: знайдено знайшли знайде",
            "боротися: бореться боролися боровся",
            "відкритися: відкриється відкрилася",
        ]);
        refuses(&["боротися: боре", "писати: писк"]);
    }

    #[test]
    fn a_noun_with_an_apostrophe_is_declined() {
        // As the fold leaves them, without it.
        takes(&[
            "сімя: сімї сімю сімєю сімей сімям сімями сімях",
            "імя: імені іменем імям імена імен іменам іменами іменах",
            "племя: племені племена племен",
            "здоровя: здоровю здоровям здоровї",
            "перемиря: перемирю перемирям перемирї",
            "подвіря: подвірї подвірїв подвірями",
            "даря: дарї дарєю дарю",
            "буря: бурі бурю бурею",
        ]);
        refuses(&["сімя: сім сімох сімейний", "імя: іменний іменник імла", "здоровя: здорові здорове здоров"]);
        takes(&["язок: язку язки язком", "ять: яті яттю", "єкт: єкти єктів"]);
    }

    #[test]
    fn a_feminine_with_a_doubled_consonant_is_declined() {
        takes(&[
            "стаття: статті статтю статтею статей статтям статтями статтях",
            "суддя: судді суддю суддею суддів суддям суддями",
            "ілля: іллі іллю іллею ілле",
            "рілля: ріллі ріллею",
            "життя: життю життям житті життів",
            "запоріжжя: запоріжжю запоріжжям",
            "зілля: зіллю зіллям",
            "знання: знань знаннями",
        ]);
        refuses(&["стаття: статки статут стати", "суддя: суд суди", "життя: житло жити", "знання: знаннею", "ванна: ваннею"]);
    }

    #[test]
    fn a_list_vetoes_by_words_of_their_own_only() {
        let list = FormTable::of_lines("водій: водія водію водієм водії водіїв\nкраде: крадеш");
        assert!(vetoes(&list, "вода", "водій"));
        assert!(!vetoes(&list, "красти", "крадеш"));
    }
}
