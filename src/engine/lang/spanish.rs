//! Spanish: plurals, feminines, and verbs with their changing stems and the pronouns written after them.
//!
//! The rules are the data file beside. Accents are folded, so that decisión and decisiones share their letters, and the
//! future and the preterite differ from other forms by less than they do on paper.

use super::romance::{self, ALONE, Rules};
use super::{Class, FormTable, Grammar, TermWord};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar { tag: "es", glues_before: false, stems, allows, listed, vetoes, shipped: SHIPPED };

const SHIPPED: &str = include_str!("shipped/es.txt");
static SHORT_LIST: FormTable = FormTable::of_lines(SHIPPED);

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of_lines(include_str!("spanish.txt")));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), ALONE)];
    if word.folded.chars().count() < 3 {
        return stems;
    }
    stems.extend(RULES.stems("noun", word.folded));
    // Verbs have small letters: Gibraltar and Almodóvar take no endings of one.
    if !word.written.starts_with(char::is_uppercase) {
        stems.extend(RULES.stems("verb", word.folded));
    }
    stems
}

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    before.is_empty() && RULES.has_ending(class, after)
}

fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    romance::listed(&SHORT_LIST, list, word)
}

fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    if SHORT_LIST.lemmas(found).is_empty() && list.is_built() {
        if has_no_forms(list, found) || is_strong_participle(term, found) {
            return false;
        }
        if is_rather_a_noun(list, term, found) {
            return true;
        }
    }
    romance::vetoes(&SHORT_LIST, list, term, found)
}

/// The dictionaries have the forms of wholly irregular verbs (puede), and plurals whose accent moves (países), as words of
/// their own without forms: that tells nothing against what the grammar says of them.
fn has_no_forms(list: &FormTable, found: &str) -> bool {
    matches!(&list.forms(found)[..], [only] if only == found)
}

/// Whether it is a participle like puesto, visto, dicho, which dictionaries have as words of their own.
fn is_strong_participle(term: &str, found: &str) -> bool {
    (term.ends_with("er") || term.ends_with("ir")) && (found.ends_with("to") || found.ends_with("cho"))
}

/// Whether a form of the verb `term` that news seldom has is a form of a word in the list that is no verb: the second person
/// and the subjunctive of -ar (reformas, ataque), and the participle's feminine where it is a noun (herida).
fn is_rather_a_noun(list: &FormTable, term: &str, found: &str) -> bool {
    if !is_infinitive(term) || found == term {
        return false;
    }
    let participle = ["do", "da", "dos", "das"].iter().any(|end| found.ends_with(end));
    let of_found = || list.lemmas(found).into_iter().filter(|lemma| lemma != term && !is_infinitive(lemma));
    if participle {
        return found.ends_with("da") && of_found().any(|lemma| lemma == found);
    }
    let seldom = found.ends_with('s') || (found.ends_with('e') && term.ends_with("ar"));
    seldom && of_found().next().is_some()
}

fn is_infinitive(word: &str) -> bool {
    ["ar", "er", "ir"].iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::*;

    fn hits(term: &str, word: &str) -> bool {
        let folded = |text: &str| Folded::new(text).word(0).to_owned();
        let (term_folded, word) = (folded(term), folded(word));
        let stems = stems(TermWord { folded: &term_folded, written: term, in_phrase: false });
        let vetoed = word != term_folded && vetoes(&SHORT_LIST, &term_folded, &word);
        let of_list = listed(&SHORT_LIST, TermWord { folded: &term_folded, written: term, in_phrase: false });
        !vetoed
            && stems
                .iter()
                .chain(&of_list)
                .any(|(stem, class)| word.strip_prefix(stem.as_str()).is_some_and(|rest| allows(*class, stem, "", rest)))
    }

    fn check(term: &str, forms: &str, others: &str) {
        forms.split_whitespace().for_each(|word| assert!(hits(term, word), "{term} should hit {word}"));
        others.split_whitespace().for_each(|word| assert!(!hits(term, word), "{term} should not hit {word}"));
    }

    #[test]
    fn every_line_of_the_rules_is_read() {
        assert_eq!(romance::tests::unread(include_str!("spanish.txt")), Vec::<String>::new());
    }

    #[test]
    fn nouns_take_their_plurals() {
        check("tregua", "treguas", "treguar");
        check("misión", "misiones", "misionero");
        check("paz", "paces", "pazo pacer");
        check("país", "países", "paisaje");
        check("crisis", "crisis", "crisol");
        check("guerra", "guerras", "guerrero guerrilla guerrillero");
        check("ley", "leyes", "leyenda");
        check("caso", "casos", "casa casas");
    }

    #[test]
    fn adjectives_and_persons_take_their_feminines() {
        check("desplazado", "desplazada desplazados desplazadas", "desplazamiento");
        check("militar", "militares", "militancia");
        check("director", "directora directores directoras", "directo dirección");
        check("francés", "francesa franceses", "francisco");
        check("alemán", "alemana alemanes", "alemania");
        check("gravísimo", "gravísima gravísimos", "gravedad");
        check("primero", "primer primera primeros", "primo");
    }

    #[test]
    fn verbs_take_their_tenses_and_change_their_stems() {
        check("bombardear", "bombardean bombardeó bombardearon bombardeada bombardeando", "bombardero bomba");
        check("negociar", "negocian negoció negociará negociando", "negociación");
        check("atacar", "ataca atacó ataque ataquen atacaron atacado", "atracar");
        check("comenzar", "comienza comenzó comience comenzaron", "común");
        check("pedir", "pide pidió pidieron pidiendo pedido", "pie");
        check("morir", "muere murió murieron muerto muertos", "muro");
        check("conocer", "conozco conoce conozca conocido", "coz");
        check("construir", "construye construyó construido construyendo", "constructor");
        check("huir", "huye huyen huyeron huyendo huido", "hueso");
        check("tener", "tiene tuvo tendrá tengan tenía", "tema");
        check("decir", "dice dijo dirá dicho diciendo diga", "decimal");
        check("producir", "produjo produzca produce producido", "producto");
        check("ser", "es son fue será eran sido", "serie");
    }

    #[test]
    fn pronouns_are_written_after_infinitives_and_gerunds() {
        check("dar", "darle dármelo dándole dárselo", "dardo");
        check("entregar", "entregarlos entregándoselas entregarse", "entregarlox");
        check("hacer", "hacerlo haciéndolo", "hacerlosa");
    }

    #[test]
    fn names_take_no_endings_of_a_verb() {
        check("Gibraltar", "Gibraltar", "gibralta gibralto");
        check("Madrid", "Madrid", "madriguera");
    }

    #[test]
    fn small_words_are_no_forms_of_a_verb() {
        check("saber", "sabe supo sepa", "se");
        check("entrar", "entra entró", "entre");
        check("unir", "unió une", "una unos");
    }

    proptest::proptest! {
        #[test]
        fn every_word_is_a_form_of_itself_by_few_stems(word in "[a-z]{1,12}") {
            let stems = stems(TermWord { folded: &word, written: &word, in_phrase: false });
            proptest::prop_assert!(stems.len() <= 12 && stems.iter().all(|(stem, _)| !stem.is_empty()));
            proptest::prop_assert!(stems.iter().any(|(stem, class)| *stem == word && allows(*class, stem, "", "")));
            proptest::prop_assert!(!stems.iter().any(|(stem, class)| allows(*class, stem, "x", "")));
        }
    }
}
