//! The rule engine held to what the page on rules says, on random rules and random articles: a naive oracle, and properties
//! that need none. `PROPTEST_CASES=200000` makes a long run of it.

mod random;
mod search;

use crate::{
    fuzzed::checks::matcher::{agree, evidence_is_true, holding, sound},
    support::oracle::words::{LEXICON, Piece},
};
use marsad::engine::rule::{Field, RuleSpec, Ruleset, compile};
use proptest::{collection::vec, prelude::*};
use random::{Kind, expression, piece, rule};

/// So many cases, or as many as the environment asks for.
fn cases(cases: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").and_then(|asked| asked.to_str()?.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn the_engine_and_the_oracle_agree_on_every_rule(rules in vec(rule(Kind::Any), 1..4), pieces in vec(piece(), 1..3)) {
        let compiled = compile(&sound(rules), &LEXICON).unwrap();
        pieces.iter().for_each(|piece| agree(&compiled, piece));
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn an_expression_means_to_the_engine_what_it_means_to_the_oracle(when in expression(Kind::Any), piece in piece()) {
        let rules = sound(vec![RuleSpec { id: "r".into(), when: Some(when), ..RuleSpec::default() }]);
        agree(&compile(&rules, &LEXICON).unwrap(), &piece);
    }

    #[test]
    fn a_rule_alone_finds_what_it_finds_among_others_and_finds_it_again(rules in vec(rule(Kind::Any), 2..5), piece in piece()) {
        let rules = sound(rules);
        let subject = piece.subject();
        let together = compile(&rules, &LEXICON).unwrap();
        let found = together.matches(&subject);
        prop_assert_eq!(&together.matches(&subject), &found);
        for (index, rule) in rules.iter().enumerate() {
            let alone = compile(std::slice::from_ref(rule), &LEXICON).unwrap();
            let among = found.iter().find(|found| found.rule == index).map(|found| found.evidence.clone());
            prop_assert_eq!(alone.matches(&subject).pop().map(|found| found.evidence), among, "{:?}", rule);
            prop_assert_eq!(alone.explain(0, &subject), together.explain(index, &subject));
        }
    }

    #[test]
    fn evidence_is_a_part_of_its_field(rules in vec(rule(Kind::Any), 1..4), piece in piece()) {
        evidence_is_true(&compile(&sound(rules), &LEXICON).unwrap(), &piece);
    }

    #[test]
    fn a_rule_without_not_no_longer_holds_when_its_evidence_is_gone(rules in vec(rule(Kind::Monotone), 1..4), piece in piece()) {
        let rules = sound(rules);
        let compiled = compile(&rules, &LEXICON).unwrap();
        for rule in holding(&compiled, &piece.subject()) {
            let blank = without_evidence(&compiled, rule, &piece);
            prop_assert!(!holding(&compiled, &blank.subject()).contains(&rule), "{:?} still holds for {:?}", rules[rule], blank);
        }
    }
}

/// A word that no term of the random rules matches, in any form.
const PLACEHOLDER: &str = "qzqzqz";

/// The article with every word that the explanation shows replaced by another, so that distances stay.
fn without_evidence(rules: &Ruleset, rule: usize, piece: &Piece) -> Piece {
    let explanation = rules.explain(rule, &piece.subject()).unwrap();
    let replace = |field: Field, text: &str| {
        let mut spans: Vec<_> =
            explanation.evidence().iter().filter(|piece| piece.field == field).map(|piece| piece.start..piece.end).collect();
        spans.sort_by_key(|span| (span.start, span.end));
        let mut merged: Vec<std::ops::Range<usize>> = Vec::new();
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        let mut out = text.to_owned();
        for span in merged.into_iter().rev() {
            let words = marsad::engine::lang::fold::Folded::new(&text[span.clone()]).words.len().max(1);
            out.replace_range(span, &format!(" {} ", [PLACEHOLDER].repeat(words).join(" ")));
        }
        out
    };
    Piece {
        title: replace(Field::Title, &piece.title),
        text: replace(Field::Text, &piece.text),
        author: replace(Field::Author, &piece.author),
        categories: replace(Field::Category, &piece.categories),
        ..piece.clone()
    }
}
