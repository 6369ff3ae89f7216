//! Rules: from what the user wrote to a compiled set, and from an article to matches with evidence.
//!
//! Source ([`RuleSpec`], [`Lexicon`]) → [`syntax`] → [`expr`] → [`compile`] → [`Ruleset`] → [`Ruleset::matches`] → [`Match`].
//! All terms of all rules go through one automaton in one pass over an article's folded text (`scan`); only rules whose terms
//! were seen, and those that may hold without a term, are judged (`judge`).

mod compile;
mod explain;
pub mod expr;
mod impossible;
mod judge;
pub mod lint;
mod near;
mod number;
mod occasion;
mod part;
mod pattern;
mod plan;
mod quiet;
mod scan;
mod show;
pub mod syntax;
mod term;
mod typo;
mod vocabulary;
mod why_not;

pub use compile::compile;
pub use explain::{Explanation, Reading};
pub use occasion::Occasion;
pub use scan::Ruleset;
pub use show::{Part, Shown, ShownConcept, ShownTerm, show};
pub use vocabulary::{Lookup, Query};
pub use why_not::{Lack, WhyNot};

use super::{
    feed::Feed,
    figure::Figure,
    lang::{fold::Folded, forms::Forms},
};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// How urgent a rule's alerts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Shown quietly.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Shown longer.
    High,
    /// Stays until it is dismissed.
    Critical,
}

/// A field of an article that terms are looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The title.
    Title,
    /// The visible text.
    Text,
    /// The address.
    Url,
    /// The authors.
    Author,
    /// The categories.
    Category,
}

impl Field {
    /// All of them, in the order of evidence.
    pub const ALL: [Field; 5] = [Field::Title, Field::Text, Field::Url, Field::Author, Field::Category];

    /// Its name in the rule language.
    pub fn name(self) -> &'static str {
        expr::Place::Field(self).name()
    }
}

/// Which feeds a rule watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedScope {
    /// The feed of this id.
    Feed(String),
    /// Every feed with this tag.
    Tag(String),
}

impl FeedScope {
    /// Whether a rule with these scopes watches the feed `id` with `tags`; one without any watches all.
    pub fn hold(scopes: &[FeedScope], id: &str, tags: &[String]) -> bool {
        let one = |scope: &FeedScope| match scope {
            FeedScope::Feed(feed) => feed == id,
            FeedScope::Tag(tag) => tags.contains(tag),
        };
        scopes.is_empty() || scopes.iter().any(one)
    }

    /// The languages of those of `feeds` that `scopes` watch, each once: what [`RuleSpec::feed_langs`] is to be. A feed that names
    /// none adds none.
    pub fn languages(scopes: &[FeedScope], feeds: &[Feed]) -> Vec<String> {
        let watched = feeds.iter().filter(|feed| FeedScope::hold(scopes, &feed.id, &feed.tags));
        let mut langs: Vec<String> = watched.filter_map(|feed| feed.language.clone()).collect();
        langs.sort_unstable();
        langs.dedup();
        langs
    }
}

/// Which part of a rule something stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clause {
    /// Every group must hit.
    All,
    /// One group must hit.
    Any,
    /// Any hit cancels.
    None,
    /// The groups of `all` must stand together.
    Near,
    /// The keys that hit must add up to the threshold.
    Score,
    /// An expression that must hold.
    When,
}

impl Clause {
    /// Its key in the config.
    pub fn name(self) -> &'static str {
        match self {
            Clause::All => "all",
            Clause::Any => "any",
            Clause::None => "none",
            Clause::Near => "near",
            Clause::Score => "score",
            Clause::When => "when",
        }
    }
}

/// How far apart the groups of `all` may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// At most so many words from the first to the last, in one field.
    Words(u32),
    /// In one sentence.
    Sentence,
}

/// One rule as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleSpec {
    /// Its identity in the archive: `id`, else `name`.
    pub id: String,
    /// Groups that must all hit. A group is `term | term | @concept`; several words are a phrase.
    pub all: Vec<String>,
    /// Groups of which one must hit.
    pub any: Vec<String>,
    /// Groups of which none may hit.
    pub none: Vec<String>,
    /// How far apart the groups of `all` may stand.
    pub near: Option<Near>,
    /// Groups with what a hit of each is worth.
    pub score: Vec<(String, f64)>,
    /// What the score must reach.
    pub threshold: f64,
    /// What a key's worth is multiplied by when it hits in the title.
    pub title_factor: f64,
    /// An expression that must hold.
    pub when: Option<String>,
    /// Where to look; title and text by default.
    pub fields: Vec<Field>,
    /// Which feeds it watches; empty for all.
    pub feeds: Vec<FeedScope>,
    /// Which languages of articles it watches, as tags; empty for all.
    pub langs: Vec<String>,
    /// The languages of the feeds that it watches, as tags: what a word takes its forms from when its letters leave it open.
    pub feed_langs: Vec<String>,
    /// On which occasions an article may begin to match; empty for all.
    pub on: Vec<Occasion>,
    /// How urgent its alerts are.
    pub severity: Severity,
    /// Names of the sinks its alerts go to.
    pub sinks: Vec<String>,
}

/// A lexicon: the words of one idea in each language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concept {
    /// Language tag and term, in the order written.
    pub terms: Vec<(String, String)>,
}

/// What rules are compiled with: concepts by name, and the form lists.
#[derive(Clone, Default)]
pub struct Lexicon {
    /// Concepts by name.
    pub concepts: BTreeMap<String, Concept>,
    /// What grammar cannot know.
    pub forms: Arc<Forms>,
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexicon").field("concepts", &self.concepts.keys()).finish_non_exhaustive()
    }
}

/// What is wrong with a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Position of the rule in the slice given to [`compile`].
    pub rule: usize,
    /// The part and the position in its list, or `None` for the rule as a whole.
    pub place: Option<(Clause, usize)>,
    /// The bytes of that string that are meant; all of it where empty.
    pub span: Range<usize>,
    /// Lower-case fragment: what is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Where a rule hit: byte offsets in the field as archived.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// The clause as written, such as `all[0]: @idlib`.
    pub clause: String,
    /// The term that hit, as written in the rule or lexicon.
    pub term: String,
    /// The field it hit in.
    pub field: Field,
    /// First byte of the hit.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The form that was hit: `field[start..end]`.
    pub text: String,
    /// How the term came to hit it: `exact`, `و+ادلب`, `form list`, `one typo`, `pattern`. Empty in what older versions recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// How many people, families, killed, injured, displaced its sentence speaks of; each figure stands with the first piece
    /// of evidence of its sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
}

/// A rule that holds for an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Position of the rule in the slice that was compiled.
    pub rule: usize,
    /// At least one piece for each clause that held, in order of clause, field and position.
    pub evidence: Vec<Evidence>,
}

/// An article as rules see it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The title.
    pub title: &'a str,
    /// The visible text.
    pub text: &'a str,
    /// The address, empty where there is none.
    pub url: &'a str,
    /// The authors, empty where there are none.
    pub author: &'a str,
    /// The categories, one a line.
    pub categories: &'a str,
    /// Id of its feed.
    pub feed: &'a str,
    /// Tags of its feed.
    pub tags: &'a [String],
    /// Its language, as a BCP 47 tag.
    pub language: Option<&'a str>,
    /// The publisher's date, Unix milliseconds.
    pub published_ms: Option<i64>,
    /// When it was first seen, Unix milliseconds.
    pub seen_ms: i64,
    /// Title and text folded, where somebody has them so; else they are folded when they are read.
    pub folded: Option<[&'a Folded; 2]>,
}

impl<'a> Subject<'a> {
    /// The text of a field.
    pub fn field(&self, field: Field) -> &'a str {
        match field {
            Field::Title => self.title,
            Field::Text => self.text,
            Field::Url => self.url,
            Field::Author => self.author,
            Field::Category => self.categories,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn spec(all: &[&str], any: &[&str], none: &[&str]) -> RuleSpec {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        RuleSpec { id: "r".into(), all: own(all), any: own(any), none: own(none), ..RuleSpec::default() }
    }

    fn ruleset(rules: &[RuleSpec]) -> Ruleset {
        let idlib = [("ar", "إدلب"), ("en", "Idlib"), ("tr", "İdlib"), ("ru", "Идлиб")];
        let concept = Concept { terms: idlib.iter().map(|(l, t)| ((*l).to_owned(), (*t).to_owned())).collect() };
        let lexicon = Lexicon { concepts: BTreeMap::from([("idlib".to_owned(), concept)]), ..Lexicon::default() };
        compile(rules, &lexicon).unwrap()
    }

    fn subject<'a>(title: &'a str, text: &'a str) -> Subject<'a> {
        Subject { title, text, feed: "f", ..Subject::default() }
    }

    fn holds(rule: &RuleSpec, text: &str) -> bool {
        !ruleset(std::slice::from_ref(rule)).matches(&subject("", text)).is_empty()
    }

    #[test]
    fn a_term_hits_every_spelling_and_glued_form_of_its_word() {
        let rule = spec(&["@idlib"], &[], &[]);
        for text in ["İdlib'de", "IDLIB", "idlib", "ИДЛИБ", "بإدلب", "ادلب", "إِدْلِب", "وإدلب", "ادلـب", "في لإدلب.", "Idlib's"]
        {
            assert!(holds(&rule, text), "{text}");
        }
        for text in ["идиллия", "Idlibistan", "هايدلبرج", "الدلبحي"] {
            assert!(!holds(&rule, text), "{text}");
        }
    }

    #[test]
    fn what_a_word_was_in_one_article_hides_nothing_in_the_next() {
        let rules = ruleset(&[spec(&["Idlib"], &[], &[]), spec(&["وقف إطلاق النار"], &[], &[])]);
        let found = |text: &str| rules.matches(&subject("", text)).iter().map(|found| found.rule).collect::<Vec<_>>();
        for _ in 0..2 {
            // A stem in a word that is no form of it; words of a phrase that is not there.
            assert!(found("xidlibx وقف النار إطلاق").is_empty());
            assert_eq!(found("xidlibx, Idlib"), [0]);
            assert_eq!(found("وقف إطلاق النار"), [1]);
        }
    }

    #[test]
    fn a_phrase_crosses_blanks_and_commas_but_no_sentence() {
        let rule = spec(&["وقف إطلاق النار"], &[], &[]);
        for text in ["وقف إطلاق النار", "لوقف اطلاق\nالنار", "ووقف إطلاق نار شامل", "وَقف، إِطلاق النار"]
        {
            assert!(holds(&rule, text), "{text}");
        }
        for text in ["وقف. إطلاق النار", "وقف النار إطلاق", "إطلاق النار"] {
            assert!(!holds(&rule, text), "{text}");
        }
    }

    #[test]
    fn all_any_and_none_must_all_be_content() {
        let rule = spec(&["@idlib", "a | b"], &["x", "y"], &["football"]);
        assert!(holds(&rule, "Idlib b y"));
        for text in ["Idlib b", "Idlib x", "b x", "Idlib a x Football"] {
            assert!(!holds(&rule, text), "{text}");
        }
    }

    #[test]
    fn tighter_and_looser_forms() {
        assert!(holds(&spec(&["==\"US\""], &[], &[]), "the US said"));
        assert!(!holds(&spec(&["==\"US\""], &[], &[]), "told us"));
        assert!(holds(&spec(&["==\"U.S.\""], &[], &[]), "the U.S. said"));
        assert!(!holds(&spec(&["==\"C++\""], &[], &[]), "vitamin C"));
        assert!(!holds(&spec(&["=إدلب"], &[], &[]), "بإدلب"));
        assert!(holds(&spec(&["IDP*"], &[], &[]), "idps"));
        assert!(holds(&spec(&["*abad"], &[], &[]), "Islamabad"));
        assert!(holds(&spec(&["al-Qa*"], &[], &[]), "al Qaida"));
        assert!(holds(&spec(&["cease-fir*"], &[], &[]), "a cease-firing"));
        assert!(!holds(&spec(&["cease-fir*"], &[], &[]), "cease and fires"));
        assert!(holds(&spec(&["צה\"ל"], &[], &[]), "כוחות צה״ל פשטו"));
        assert!(!holds(&spec(&["3月*"], &[], &[]), "35月"));
        assert!(holds(&spec(&["آتش\u{200c}بس"], &[], &[]), "آتشبس"));
        assert!(holds(&spec(&["آتش\u{200c}بس"], &[], &[]), "آتش بس"));
        assert!(holds(&spec(&["=آتش\u{200c}بس"], &[], &[]), "آتشبس"));
        assert!(holds(&spec(&["نقض آتشبس شد"], &[], &[]), "نقض آتش\u{200c}بس شد"));
        assert!(holds(&spec(&["停火"], &[], &[]), "双方停火了"));
    }

    #[test]
    fn evidence_points_at_the_words_in_the_original() {
        let rules = ruleset(&[spec(&["@idlib"], &[], &[])]);
        let text = "قصف «بإدلب» اليوم";
        let found = rules.matches(&subject("Nothing", text));
        let piece = &found[0].evidence[0];
        assert_eq!((&text[piece.start..piece.end], piece.text.as_str()), ("بإدلب", "بإدلب"));
        assert_eq!((piece.clause.as_str(), piece.term.as_str(), piece.field), ("all[0]: @idlib", "إدلب", Field::Text));
    }

    #[test]
    fn evidence_is_the_first_of_many_hits_whichever_term_they_are_of() {
        let rules = ruleset(&[spec(&["Idlib | Idlib city | Hama"], &[], &[])]);
        let text = "Hama, Idlib city, ".repeat(500);
        let found = rules.matches(&subject("", &text));
        let pieces: Vec<_> = found[0].evidence.iter().map(|piece| (piece.start, piece.text.as_str())).collect();
        let expected = (0..).step_by(18).flat_map(|at| [(at, "Hama"), (at + 6, "Idlib city"), (at + 6, "Idlib")]).take(8);
        assert_eq!(pieces, expected.collect::<Vec<_>>());
    }

    #[test]
    fn of_terms_that_hit_the_same_words_the_one_written_first_is_shown_whatever_other_rules_say() {
        for many in ["", " | w1 | w2 | w3 | w4 | w5 | /x+/"] {
            let rules = ruleset(&[spec(&["=Idlib"], &[], &[]), spec(&[&format!("Idlib | =Idlib{many}")], &[], &[])]);
            let found = rules.matches(&subject("", "Idlib"));
            let terms = |found: &Match| found.evidence.iter().map(|piece| piece.term.clone()).collect::<Vec<_>>();
            let shown: Vec<_> = found.iter().map(terms).collect();
            assert_eq!(shown, [["=\"Idlib\""], ["Idlib"]], "{many}");
        }
    }

    #[test]
    fn fields_and_feeds_limit_a_rule() {
        let rule = RuleSpec { fields: vec![Field::Title], feeds: vec![FeedScope::Tag("syria".into())], ..spec(&["Idlib"], &[], &[]) };
        let rules = ruleset(&[rule]);
        let tags = ["syria".to_owned()];
        assert_eq!(rules.matches(&Subject { title: "Idlib", feed: "f", tags: &tags, ..Subject::default() }).len(), 1);
        assert!(rules.matches(&Subject { text: "Idlib", feed: "f", tags: &tags, ..Subject::default() }).is_empty());
        assert!(rules.matches(&subject("Idlib", "")).is_empty());
    }

    #[test]
    fn a_phrase_stays_within_one_category() {
        let rule = RuleSpec { fields: vec![Field::Category], ..spec(&["East Africa"], &[], &[]) };
        let hits =
            |categories| !ruleset(std::slice::from_ref(&rule)).matches(&Subject { categories, feed: "f", ..Subject::default() }).is_empty();
        assert!(hits("Middle East\nEast Africa") && hits("East, Africa"));
        assert!(!hits("Middle East\nAfrica"));
    }

    #[test]
    fn a_withdrawn_code_of_a_language_is_the_one_that_stands_for_it() {
        let text = "נעקרו מבתיהם";
        for code in ["he", "iw"] {
            let named = RuleSpec { langs: vec![code.into()], ..spec(&["נעקרו"], &[], &[]) };
            let asked = RuleSpec { when: Some(format!("lang:{code} AND נעקרו")), ..RuleSpec::default() };
            let rules = ruleset(&[RuleSpec { id: "a".into(), ..named }, RuleSpec { id: "b".into(), ..asked }]);
            for language in ["he", "iw", "IW-IL", "he-IL"] {
                assert_eq!(rules.matches(&Subject { text, language: Some(language), ..Subject::default() }).len(), 2, "{code} {language}");
            }
            assert!(rules.matches(&Subject { text, language: Some("ar"), ..Subject::default() }).is_empty());
        }
    }

    #[test]
    fn every_problem_comes_in_one_run() {
        let rules = [spec(&["@nowhere", "~typo"], &[], &["…"]), spec(&[], &[], &["x"])];
        let errors = compile(&rules, &Lexicon::default()).unwrap_err();
        let places: Vec<_> = errors.iter().map(|e| (e.rule, e.place)).collect();
        assert_eq!(places, [(0, Some((Clause::All, 0))), (0, Some((Clause::All, 1))), (0, Some((Clause::None, 0))), (1, None)]);
    }

    #[test]
    fn the_index_query_holds_the_forms_of_the_vocabulary() {
        let rules = ruleset(&[spec(&["@idlib", "وقف إطلاق النار"], &[], &[])]);
        let mut lookup = Lookup::new(&rules);
        lookup.look_up("ادلب\nبادلب\nidlib\nidlibistan\nوقف\nاطلاق\nالنار\n");
        let Query::Words(query) = lookup.query(0) else { panic!("{lookup:?}") };
        for word in ["\"ادلب\"", "\"بادلب\"", "\"idlib\"", "\"النار\""] {
            assert!(query.contains(word), "{query}");
        }
        assert!(!query.contains("idlibistan"));
    }
}
