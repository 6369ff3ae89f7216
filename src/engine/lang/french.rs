//! French: plurals, feminines and verbs, known by the end of the dictionary form.
//!
//! The rules are the data file beside. Accents are folded, so the changes of é and è in a verb's stem are none here; but a
//! term written with its é may be a participle or an adjective like one, which takes -ée, -és, -ées.

use super::romance::{self, ALONE, Rules};
use super::{Class, FormTable, Grammar, TermWord};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar { tag: "fr", glues_before: false, stems, allows, listed, vetoes, shipped: SHIPPED };

const SHIPPED: &str = include_str!("shipped/fr.txt");
static SHORT_LIST: FormTable = FormTable::of_lines(SHIPPED);

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of_lines(include_str!("french.txt")));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), ALONE)];
    if word.folded.chars().count() < 3 {
        return stems;
    }
    stems.extend(RULES.stems("noun", word.folded));
    if word.written.ends_with(['é', 'É']) {
        stems.extend(RULES.stems("accented", word.folded));
    }
    // Verbs have small letters: Alger, Roger and Oradour take no endings of one.
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
    romance::vetoes(&SHORT_LIST, list, term, found)
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
        assert_eq!(romance::tests::unread(include_str!("french.txt")), Vec::<String>::new());
    }

    #[test]
    fn nouns_take_their_plurals() {
        check("trêve", "trêve trêves Trêves", "trévise trêver");
        check("journal", "journal journaux", "journaliste journalier");
        check("travail", "travaux travails", "travaille travailleur");
        check("bateau", "bateaux", "bateleur");
        check("voix", "voix", "voie");
        check("port", "ports", "porte portes porter portail");
        check("mer", "mers", "mère merci");
        check("mai", "mai", "mais maire");
    }

    #[test]
    fn adjectives_and_persons_take_their_feminines() {
        check("palestinien", "palestiniens palestinienne palestiniennes", "palestine");
        check("national", "nationale nationaux nationales", "nationaliste nation");
        check("directeur", "directrice directrices directeurs", "direction directive");
        check("dangereux", "dangereuse dangereuses", "danger");
        check("nucléaire", "nucléaires", "nucléon");
        check("premier", "première premiers premières", "prime");
        check("militaire", "militaires", "milite militait");
        check("blanc", "blanche blanches blancs", "blanchir");
        check("offensif", "offensive offensives", "offense");
        check("blessé", "blessée blessés blessées", "blessure");
        check("étranger", "étrangère étrangers", "étrange");
    }

    #[test]
    fn verbs_take_their_tenses() {
        check("bombarder", "bombarde bombardé bombardées bombardait bombardant bombarderont bombardèrent", "bombardement bombe bombardier");
        check("assiéger", "assiège assiégée assiégeant assiégeait", "siège");
        check("appeler", "appelle appelé appellera appelons", "appel");
        check("envoyer", "envoie envoyé enverra envoyaient", "envoi");
        check("détruire", "détruit détruite détruisent détruisait détruira détruisirent", "destruction");
        check("tenir", "tient tiennent tenu tiendra tint tenait", "tente ténor");
        check("mourir", "meurt meurent mort morte mourra mourut", "mou moura");
        check("prendre", "prend prennent prenait pris prise prirent prendra", "prénom");
        check("être", "est sont était furent sera", "sert");
        check("aller", "va vont allait ira allées", "allemand");
        check("partir", "part partent partiront partait", "parti partie parties");
    }

    #[test]
    fn names_take_no_endings_of_a_verb() {
        check("Alger", "Alger", "algérien alge");
        check("Idlib", "Idlib", "idlibien");
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
