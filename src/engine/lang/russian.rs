//! Russian: declensions and conjugations by the shape of the lemma (`russian.txt`).
//!
//! A term's letters do not say what it is, so it is read as everything that its shape allows: the endings of one reading seldom
//! make a word of another. Its capital letter says little, as phrases and headlines begin with one. Reflexive verbs are
//! conjugated without their particle, which then stands behind every form.

use super::{
    Class, FormTable, Grammar, TermWord, forms,
    slavic::{self, Paradigms},
};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "ru", glues_before: false, stems, allows, listed, vetoes, shipped: include_str!("shipped/ru.txt") };

/// The rules; a test keeps the table readable.
static PARADIGMS: LazyLock<Paradigms> = LazyLock::new(|| Paradigms::of_table(include_str!("russian.txt")).unwrap_or_default());

/// What ships inside, alone.
static SHIPPED: FormTable = FormTable::of_lines(GRAMMAR.shipped);

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), slavic::ALONE)];
    let verb = word.folded.strip_suffix("ся").or_else(|| word.folded.strip_suffix("сь"));
    match verb {
        Some(verb) if ["ть", "ти", "чь"].iter().any(|end| verb.ends_with(end)) => {
            PARADIGMS.stems(verb, |name| name == "verb", true, &mut stems)
        }
        Some(verb) if ["щий", "ший"].iter().any(|end| verb.ends_with(end)) => {
            PARADIGMS.stems(verb, |name| name == "adjective", true, &mut stems)
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
        assert_eq!(Paradigms::of_table(include_str!("russian.txt")).err(), None);
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
            "идлиб: идлибе идлибом идлиба идлибу",
            "обстрел: обстрела обстрелы обстрелов обстрелами",
            "перемирие: перемирия перемирию перемирий перемирием",
            "война: войны войну войн войной войнами",
            "казнь: казни казней казнью",
            "лагерь: лагеря лагерем лагерей лагерях",
            "время: времени времен временами",
            "сирия: сирии сирию сирией",
            "переговоры: переговоров переговорам",
            "войска: войск войсками",
            "люди: людей людьми",
            "путь: пути путем путей путям путями путях",
        ]);
        refuses(&[
            "путь: путью путин путевка",
            "идлиб: идиллия идлибской идлибчанин",
            "мир: мирный мирового",
            "бой: бойкот бойца",
            "война: войти войско военный",
            "обстрел: обстреливать",
            "ракета: ракетный",
            "область: облав",
        ]);
    }

    #[test]
    fn a_vowel_flees_from_a_stem() {
        takes(&[
            "беженец: беженцы беженцев беженцам",
            "боец: бойцы бойцов",
            "день: дня дней днем",
            "огонь: огня огнем",
            "любовь: любви любовью",
            "окно: окон окна",
            "тюрьма: тюрем",
            "деревня: деревень",
            "сестра: сестер",
        ]);
        refuses(&["день: деньги денег", "отец: отцветает"]);
    }

    #[test]
    fn an_adjective_and_a_surname_are_declined() {
        takes(&[
            "мирный: мирного мирных мирными мирен",
            "военный: военные военную",
            "яркий: ярче ярких",
            "третий: третьего третья",
            "путин: путина путиным путине",
            "лавров: лавровым лаврову",
            "зеленский: зеленского зеленским",
        ]);
        refuses(&["мирный: мир миру", "лавров: лавровый"]);
    }

    #[test]
    fn a_verb_is_conjugated_with_its_alternations() {
        takes(&[
            "писать: пишу пишет писал",
            "любить: люблю любит любили",
            "просить: прошу просят прошенный",
            "атаковать: атакую атакует атакованный атаковав",
            "погибнуть: погиб погибла погибших погибнет",
            "освободить: освобожу освобожден освобожденных освободили",
            "уйти: ушел ушла уйдет ушедших",
            "бороться: борется боролись борющихся",
            "помочь: помог помогла помогут поможет",
        ]);
        refuses(&["бороться: борет борь", "писать: писк"]);
    }

    #[test]
    fn pronouns_and_particles_are_forms_of_nothing_else() {
        refuses(&["мыть: мой мою", "тема: тем", "ним: ними", "пустить: пусть", "судно: суду"]);
        takes(&["суд: суда суду судах", "судно: суда судов"]);
    }

    #[test]
    fn a_list_vetoes_by_words_of_their_own_only() {
        let list = FormTable::of_lines("прошла: прошли прошло\nстрана: страны страну страной стране стран странам\nстранный: странного");
        assert!(!vetoes(&list, "пройти", "прошли"));
        assert!(vetoes(&list, "странить", "страну"));
        assert!(!vetoes(&list, "страна", "страну"));
        assert!(!vetoes(&list, "странить", "странит"));
    }
}
