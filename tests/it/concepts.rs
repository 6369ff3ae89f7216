//! The shipped concepts, measured: each must find what its sentences say and pass over the look-alikes, in twelve languages.
//! Every wrong sentence of every concept is told in one failure.

use marsad::{
    config::{self, Config, Source},
    engine::rule::{Match, Subject},
};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// The languages in which each concept must be tried.
const LANGUAGES: [&str; 12] = ["ar", "en", "tr", "ru", "fa", "uk", "he", "fr", "es", "de", "kmr", "ckb"];
/// The fewest sentences of a kind in each language.
const FEWEST: usize = 5;

/// The sentences of one language.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    #[serde(rename = "match")]
    matches: Vec<String>,
    reject: Vec<String>,
}

/// The names of the TOML files of a folder, without their ending.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".toml").map(str::to_owned)).collect();
    names.sort();
    names
}

fn fixture(concept: &str) -> BTreeMap<String, Sentences> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/concepts").join(format!("{concept}.toml"));
    toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn load(text: String) -> Config {
    match config::load(&[Source { name: "marsad.toml".into(), text }], &Default::default()) {
        Ok(loaded) => loaded.config,
        Err(report) => panic!("{report}"),
    }
}

/// One rule for each concept.
fn rules(concepts: &[String]) -> Config {
    load(concepts.iter().map(|name| format!("[[rule]]\nname = '{name}'\nany = ['@{name}']\n")).collect())
}

/// The match of the rule of this position in a sentence.
fn found(config: &Config, rule: usize, sentence: &str) -> Option<Match> {
    let subject = Subject { text: sentence, feed: "f", ..Subject::default() };
    config.rules.matches(&subject).into_iter().find(|found| found.rule == rule)
}

fn what_hit(found: &Match) -> String {
    found.evidence.iter().map(|piece| format!("{} hit “{}” ({})", piece.term, piece.text, piece.path)).collect::<Vec<_>>().join("; ")
}

#[test]
fn shipped_concepts_find_what_they_should_and_pass_over_look_alikes() {
    let concepts = names("tests/fixtures/concepts");
    let config = rules(&concepts);
    let mut wrong = String::new();
    for (rule, concept) in concepts.iter().enumerate() {
        for (language, sentences) in fixture(concept) {
            for sentence in &sentences.matches {
                if found(&config, rule, sentence).is_none() {
                    writeln!(wrong, "{concept} {language} missed: {sentence}").unwrap();
                }
            }
            for sentence in &sentences.reject {
                if let Some(found) = found(&config, rule, sentence) {
                    writeln!(wrong, "{concept} {language} false: {sentence}\n    {}", what_hit(&found)).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{wrong}", wrong.lines().filter(|line| !line.starts_with(' ')).count());
}

#[test]
fn every_fixture_tries_every_language_often_enough() {
    let mut short = String::new();
    for concept in names("tests/fixtures/concepts") {
        let sentences = fixture(&concept);
        for language in LANGUAGES {
            let (matches, rejects) = sentences.get(language).map_or((0, 0), |found| (found.matches.len(), found.reject.len()));
            if matches < FEWEST || rejects < FEWEST {
                writeln!(short, "{concept} {language}: {matches} to match, {rejects} to reject").unwrap();
            }
        }
        for unknown in sentences.keys().filter(|language| !LANGUAGES.contains(&language.as_str())) {
            writeln!(short, "{concept}: {unknown} is none of the twelve languages").unwrap();
        }
    }
    assert!(short.is_empty(), "\n{short}");
}

/// A fixture for each concept, and a concept for each fixture.
#[test]
fn every_shipped_concept_has_a_fixture() {
    assert_eq!(names("config/concepts"), names("tests/fixtures/concepts"));
}

/// Read as a user's own, as what is odd about shipped ones is never shown.
#[test]
fn nothing_is_odd_about_the_shipped_concepts() {
    let mut odd = String::new();
    for name in names("config/concepts") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/concepts").join(format!("{name}.toml"));
        let source = Source { name: format!("{name}.toml"), text: fs::read_to_string(path).unwrap() };
        let (outcome, _) = config::check(&[source], &Default::default());
        let problems = outcome.map_or_else(|report| report.problems, |loaded| loaded.warnings);
        for problem in problems.iter().filter(|problem| problem.line > 1) {
            write!(odd, "{problem}").unwrap();
        }
    }
    assert!(odd.is_empty(), "\n{odd}");
}

/// A config runs the tests of concepts that a user touches, so here each shipped one is touched.
#[test]
fn shipped_concepts_pass_the_tests_that_they_carry() {
    let mut text = String::from("[[rule]]\nname = 'r'\nany = ['word']\n");
    for name in names("config/concepts") {
        write!(text, "[concept.{name}]\nextend = true\nen = ['zzzz']\n").unwrap();
    }
    load(text);
}
