//! What is found, and that sound rules are left alone.

use super::{super::FeedScope, *};
use crate::engine::feed::Feed;

fn feed(id: &str, language: Option<&str>) -> Feed {
    Feed {
        id: id.into(),
        url: String::new(),
        tags: Vec::new(),
        language: language.map(str::to_owned),
        interval: None,
        allow_private: false,
        backlog: crate::engine::feed::Backlog::default(),
        access: crate::engine::feed::Access::default(),
    }
}

fn lexicon() -> Lexicon {
    let idlib = [("ar", "إدلب"), ("en", "Idlib"), ("ru", "Идлиб")];
    let concept = Concept { terms: idlib.iter().map(|(l, t)| ((*l).to_owned(), (*t).to_owned())).collect() };
    Lexicon { concepts: BTreeMap::from([("idlib".to_owned(), concept)]), ..Lexicon::default() }
}

fn said(spec: &RuleSpec, feeds: &[Feed]) -> Vec<String> {
    let found = rules(std::slice::from_ref(spec), &lexicon(), feeds);
    found
        .into_iter()
        .map(|finding| {
            let Site::Rule { place: Some((clause, index)), .. } = finding.site else { panic!("{finding:?}") };
            format!("{}[{index}] {}", clause.name(), finding.message)
        })
        .collect()
}

/// What is said of lists.
#[track_caller]
fn lists(all: &[&str], any: &[&str], none: &[&str], expected: &[&str]) {
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    assert_eq!(said(&RuleSpec { all: own(all), any: own(any), none: own(none), ..RuleSpec::default() }, &[]), expected);
}

/// What is said of an expression.
#[track_caller]
fn when(text: &str, expected: &[&str]) {
    let expected: Vec<String> = expected.iter().map(|message| format!("when[0] {message}")).collect();
    assert_eq!(said(&RuleSpec { when: Some(text.into()), ..RuleSpec::default() }, &[]), expected, "{text}");
}

#[test]
fn letters_of_another_script_are_named() {
    let end = ": this is not the word that it looks like";
    lists(&["Idlib | Cаiro"], &[], &[], &[&format!("all[0] the letter `а` (U+0430) in `Cаiro` is Cyrillic, the others are Latin{end}")]);
    lists(&["перeмирие"], &[], &[], &[&format!("all[0] the letter `e` (U+0065) in `перeмирие` is Latin, the others are Cyrillic{end}")]);
    lists(&["إدلaب"], &[], &[], &[&format!("all[0] the letter `a` (U+0061) in `إدلaب` is Latin, the others are Arabic{end}")]);
    lists(&["IT-компания | COVID-19 | F16 | İdlib'de | آتش\u{200c}بس | 停火 | naïve | إِدْلِب"], &[], &[], &[]);
}

#[test]
fn the_caret_stands_under_the_letter() {
    let spec = RuleSpec { all: vec!["Idlib | Cаiro".into()], ..RuleSpec::default() };
    let found = rules(&[spec], &lexicon(), &[]);
    assert_eq!((found[0].span.clone(), found[0].hint.as_deref()), (9..11, Some("write the Latin `a` (U+0061)")));
}

#[test]
fn short_words_and_lost_signs_are_told() {
    lists(&["UN"], &[], &[], &["all[0] `UN` is two letters: it is found in any case and in every form of its language"]);
    lists(&["=UN", "==\"US\"", "EU army", "停火", "16"], &[], &[], &[]);
    lists(&["al*"], &[], &[], &["all[0] `al*` finds every word that begins with these two letters"]);
    lists(&["#idlib"], &[], &[], &["all[0] `#idlib` is looked for as `idlib`: signs fold away"]);
    lists(&["==\"C++\""], &[], &[], &["all[0] `==\"C++\"` can never hit: a hit begins and ends with a letter or digit"]);
}

#[test]
fn alternatives_that_another_one_covers_are_told() {
    lists(&[], &["إدلب", "ادلب"], &[], &["any[1] `ادلب` folds to the same as `إدلب`"]);
    lists(&["truce | truce"], &[], &[], &["all[0] `truce` is there already"]);
    lists(&[], &["aid convoy", "aid"], &[], &["any[0] `\"aid convoy\"` is never needed: `aid` finds it already"]);
    lists(&["IDP* | IDPs"], &[], &[], &["all[0] `IDPs` is never needed: `IDP*` finds it already"]);
    lists(&["@idlib | Idlib"], &[], &[], &["all[0] `Idlib` is never needed: `@idlib` has it"]);
    lists(&[], &["title:aid", "text:aid convoy", "convoys | =convoy"], &[], &[]);
    when("\"aid convoy\" OR aid", &["`\"aid convoy\"` is never needed: `aid` finds it already"]);
    when("(aid AND Idlib) OR \"aid convoy\"", &[]);
}

#[test]
fn clauses_that_another_one_implies_are_told() {
    lists(&["@idlib", "@idlib | Aleppo"], &[], &[], &["all[1] `@idlib | Aleppo` says nothing more: wherever `@idlib` hits, it does"]);
    lists(&["Idlib province", "Idlib"], &[], &[], &["all[1] `Idlib` says nothing more: wherever `\"Idlib province\"` hits, it does"]);
    lists(&["aid"], &["convoy", "aid"], &[], &["any[0] `convoy | aid` says nothing more: wherever `aid` hits, it does"]);
    lists(&["title:aid", "aid"], &[], &[], &["all[1] `aid` says nothing more: wherever `aid` hits, it does"]);
    lists(&["aid", "title:aid", "truce"], &[], &[], &["all[0] `aid` says nothing more: wherever `aid` hits, it does"]);
    when("aid AND (truce OR aid)", &[]);
}

#[test]
fn parts_that_can_never_count_are_told() {
    lists(&[], &["football riot", "protest"], &["football"], &["any[0] `\"football riot\"` can never count: `none` excludes `football`"]);
    when("truce AND NOT Idlib AND (\"Idlib city\" OR Hama)", &["`\"Idlib city\"` can never count: a NOT beside it excludes `Idlib`"]);
    when("Hama OR (Idlib AND NOT @idlib)", &["`Idlib` can never count: a NOT beside it excludes `Idlib of @idlib`"]);
    when("aid AND NOT title:aid", &[]);
    lists(&["football"], &[], &["football club"], &[]);
}

#[test]
fn comparisons_are_held_against_each_other() {
    when("Idlib (age<2h age>1d OR Hama)", &["`age<2h` and `age>1d` can never both hold"]);
    // The whole rule is refused for it.
    when("Idlib age<2h age>1d", &[]);
    when("Idlib AND age<2h AND age<1d", &["`age<1d` says nothing more: `age<2h` stands beside it"]);
    when("count(dead)>=5 AND count(dead)<=9 AND count(hurt)>100 AND Idlib", &[]);
    when("Idlib published>=2026-05-01 published<=2026-05-01", &[]);
    when("Idlib (feed:a OR feed:b)", &[]);
}

#[test]
fn words_of_languages_that_no_feed_speaks_are_told() {
    let spec = RuleSpec { any: vec!["семья | family | UNHCR".into()], ..RuleSpec::default() };
    let feeds = [feed("a", Some("ar")), feed("b", Some("en-GB"))];
    let expected = ["any[0] `семья` reads as `ru` and `uk`, and the feeds of this rule are in `ar` and `en`"];
    assert_eq!(said(&spec, &feeds), expected);
    assert_eq!(said(&spec, &[feed("a", Some("en")), feed("b", None)]), [""; 0]);
    let only = RuleSpec { feeds: vec![FeedScope::Feed("c".into())], ..spec };
    assert_eq!(said(&only, &[feed("a", Some("ar")), feed("c", Some("ru"))]), [""; 0]);
}

#[test]
fn concepts_are_looked_at_language_by_language() {
    let terms = [("en", "Idlib"), ("tr", "İdlib"), ("en", "IDLIB"), ("en", "Idlib city | ==\"US\""), ("ckb", "ئیدلب")];
    let written = Concept { terms: terms.iter().map(|(l, t)| ((*l).to_owned(), (*t).to_owned())).collect() };
    let found = concept("idlib", &written, &[feed("a", Some("en")), feed("b", Some("ku"))]);
    let said: Vec<(usize, &str)> = found
        .iter()
        .map(|finding| match &finding.site {
            Site::Concept { word, .. } => (*word, finding.message.as_str()),
            Site::Rule { .. } => panic!("{finding:?}"),
        })
        .collect();
    let expected = [
        (1, "no feed is in `tr`: its words find what feeds in `en` and `ku` quote of it"),
        (2, "`IDLIB` folds to the same as `Idlib`"),
        (3, "`\"Idlib city\"` is never needed: `Idlib` finds it already"),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_census_tells_common_terms_busy_rules_and_languages_without_words() {
    use super::super::{Subject, compile};
    let spec = |id: &str, all: &str| RuleSpec { id: id.into(), all: vec![all.into()], ..RuleSpec::default() };
    let compiled = compile(&[spec("busy", "@idlib | city"), spec("calm", "truce | /cit./")], &lexicon()).unwrap();
    let mut census = census::Census::new(&compiled);
    for n in 0..40 {
        let text = if n < 30 { "the city" } else { "Idlib" };
        let language = if n % 4 == 0 { "tr-TR" } else { "en" };
        census.count(&Subject { text, language: Some(language), ..Subject::default() });
    }
    let messages: Vec<String> = census.findings(&lexicon(), 0.5).into_iter().map(|finding| finding.message).collect();
    let expected = [
        "`city` fires on 75 % of the newest 40 articles",
        "the rule `busy` holds for 100 % of the newest 40 articles",
        "`/cit./` fires on 75 % of the newest 40 articles",
        "the rule `calm` holds for 75 % of the newest 40 articles",
    ];
    assert_eq!(messages, expected);
    for _ in 0..30 {
        census.count(&Subject { language: Some("tr"), ..Subject::default() });
    }
    let messages: Vec<String> = census.findings(&lexicon(), 0.9).into_iter().map(|finding| finding.message).collect();
    assert_eq!(messages, ["the concept `idlib` has no word in `tr`, and 40 of the newest 70 articles are in it"]);
}

#[test]
fn a_regular_expression_that_takes_long_is_named() {
    for slow in ["/[a-m][a-z ]{900}[0-9]/", "/[ب-ك][ء-ي ]{700}[0-9]/", "/(?:[a-z ]{3,400}){2,8}[0-9]/"] {
        let said = said(&RuleSpec { when: Some(slow.into()), ..RuleSpec::default() }, &[]);
        assert!(said.len() == 1 && said[0].contains(slow) && said[0].contains("for nearly every letter"), "{slow}: {said:?}");
    }
    for quick in
        ["/cease-?fire|truce/i", "/\\b[A-Z]{2,5}-[0-9]{1,4}\\b/", "/قصف.{0,40}إدلب/", "/(?:вод|хлеб)[а-я]{0,3}/", "/[^.]{0,120}killed/"]
    {
        when(quick, &[]);
    }
}
