//! Rules: from what the user wrote to a compiled set, and from an article to matches with evidence.
//!
//! Source ([`RuleSpec`], [`Concept`]) → [`compile`] → [`Ruleset`] → [`Ruleset::matches`] → [`Match`]. All terms of all
//! rules go through one automaton in one pass over an article's folded text.

use std::collections::BTreeMap;

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
}

/// Which feeds a rule watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedScope {
    /// The feed of this id.
    Feed(String),
    /// Every feed with this tag.
    Tag(String),
}

/// Which list of a rule a term stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clause {
    /// Every group must hit.
    All,
    /// One group must hit.
    Any,
    /// Any hit cancels.
    None,
}

/// One rule as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSpec {
    /// Its identity in the archive: `id`, else `name`.
    pub id: String,
    /// Groups that must all hit. A group is `term | term | @concept`; several words are a phrase.
    pub all: Vec<String>,
    /// Groups of which one must hit.
    pub any: Vec<String>,
    /// Groups of which none may hit.
    pub none: Vec<String>,
    /// Where to look; title and text by default.
    pub fields: Vec<Field>,
    /// Which feeds it watches; empty for all.
    pub feeds: Vec<FeedScope>,
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

/// What is wrong with a rule, and where: `index` counts in the clause's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Position of the rule in the slice given to [`compile`].
    pub rule: usize,
    /// The list, or `None` for the rule as a whole.
    pub place: Option<(Clause, usize)>,
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
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The title.
    pub title: &'a str,
    /// The visible text.
    pub text: &'a str,
    /// Id of its feed.
    pub feed: &'a str,
    /// Tags of its feed.
    pub tags: &'a [String],
}

/// All rules of a config, compiled.
#[derive(Debug)]
pub struct Ruleset {
    specs: Vec<RuleSpec>,
}

/// Compiles rules over the concepts they name.
///
/// # Errors
/// Every problem of every rule, in one go.
pub fn compile(rules: &[RuleSpec], concepts: &BTreeMap<String, Concept>) -> Result<Ruleset, Vec<RuleError>> {
    let _ = concepts;
    Ok(Ruleset { specs: rules.to_vec() })
}

impl Ruleset {
    /// The rules, in the order they were given.
    pub fn specs(&self) -> &[RuleSpec] {
        &self.specs
    }

    /// Every rule that holds for `subject`, in the order of the rules.
    pub fn matches(&self, subject: &Subject<'_>) -> Vec<Match> {
        let _ = subject;
        Vec::new()
    }
}
