//! Mutes: expressions whose matches are told to nobody until a moment. Says which mute silences a match; what is silenced is on
//! record all the same.

use crate::engine::rule::{FeedScope, Lexicon, RuleError, RuleSpec, Ruleset, Subject, compile};

/// One mute, as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Its row.
    pub row: i64,
    /// What it silences: an expression in the language of a rule's `when`.
    pub expr: String,
    /// Only matches of these rules; empty for all.
    pub rules: Vec<String>,
    /// Only articles of these feeds, by name or `tag:NAME`; empty for all.
    pub feeds: Vec<String>,
    /// Until when, Unix milliseconds.
    pub until_ms: i64,
}

impl Mute {
    /// The rule that finds what it silences.
    pub fn spec(&self) -> RuleSpec {
        let scope = |text: &String| match text.strip_prefix("tag:") {
            Some(tag) => FeedScope::Tag(tag.to_owned()),
            None => FeedScope::Feed(text.clone()),
        };
        RuleSpec {
            id: format!("mute {}", self.row),
            when: Some(self.expr.clone()),
            fields: vec![crate::engine::rule::Field::Title, crate::engine::rule::Field::Text],
            feeds: self.feeds.iter().map(scope).collect(),
            ..RuleSpec::default()
        }
    }
}

/// All mutes in force, compiled.
#[derive(Debug)]
pub struct Mutes {
    /// As given.
    pub given: Vec<Mute>,
    /// Those that can be compiled, in the order of the rules of `ruleset`.
    sound: Vec<Mute>,
    ruleset: Option<Ruleset>,
    /// Those that cannot, with the reason: words that the config no longer knows.
    pub broken: Vec<(i64, String)>,
}

impl Mutes {
    /// Compiles mutes with the words of a config.
    pub fn new(given: Vec<Mute>, lexicon: &Lexicon) -> Mutes {
        let mut broken = Vec::new();
        let mut sound = Vec::new();
        for mute in &given {
            match compile(&[mute.spec()], lexicon) {
                Ok(_) => sound.push(mute.clone()),
                Err(errors) => broken.push((mute.row, errors.first().map_or_else(String::new, |e: &RuleError| e.message.clone()))),
            }
        }
        let specs: Vec<RuleSpec> = sound.iter().map(Mute::spec).collect();
        let ruleset = if specs.is_empty() { None } else { compile(&specs, lexicon).ok() };
        Mutes { given, sound, ruleset, broken }
    }

    /// The mutes that hold for an article.
    pub fn holding(&self, subject: &Subject<'_>) -> Vec<&Mute> {
        let Some(ruleset) = &self.ruleset else { return Vec::new() };
        ruleset.matches(subject).into_iter().filter_map(|found| self.sound.get(found.rule)).collect()
    }
}

/// The row of the first of these mutes that silences `rule` at `now_ms`.
pub fn silencing(holding: &[&Mute], rule: &str, now_ms: i64) -> Option<i64> {
    let silences = |mute: &&&Mute| mute.until_ms > now_ms && (mute.rules.is_empty() || mute.rules.iter().any(|id| id == rule));
    holding.iter().find(silences).map(|mute| mute.row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mute(row: i64, expr: &str, rules: &[&str], feeds: &[&str]) -> Mute {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Mute { row, expr: expr.into(), rules: own(rules), feeds: own(feeds), until_ms: 100 }
    }

    #[test]
    fn a_mute_silences_what_it_says_where_it_says_and_as_long() {
        let given =
            vec![mute(1, "@nowhere", &[], &[]), mute(2, "idlib \"world cup\"", &["idlib"], &[]), mute(3, "football", &[], &["tag:sport"])];
        let mutes = Mutes::new(given, &Lexicon::default());
        assert_eq!(mutes.broken.len(), 1);
        let tags = ["sport".to_owned()];
        let subject = Subject { title: "Idlib and the World Cup: football", feed: "a", ..Subject::default() };
        let holding = mutes.holding(&subject);
        assert_eq!(silencing(&holding, "idlib", 99), Some(2));
        assert_eq!((silencing(&holding, "truce", 99), silencing(&holding, "idlib", 100)), (None, None));
        assert_eq!(silencing(&mutes.holding(&Subject { tags: &tags, ..subject }), "truce", 0), Some(3));
        assert!(Mutes::new(Vec::new(), &Lexicon::default()).holding(&subject).is_empty());
    }
}
