//! Mutes: expressions whose matches are told to nobody until a moment. Says which mute silences a match; what is silenced is on
//! record all the same.

use crate::engine::{
    feed::Feed,
    rule::{FeedScope, Field, Lexicon, RuleError, RuleSpec, Ruleset, Subject, compile},
};

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
    /// The rule that finds what it silences. Of `feeds`, which are all of the config, those that it names give its words their
    /// languages, as they do for a rule: a word takes no form here that no rule would take.
    pub fn spec(&self, feeds: &[Feed]) -> RuleSpec {
        let scope = |text: &String| match text.strip_prefix("tag:") {
            Some(tag) => FeedScope::Tag(tag.to_owned()),
            None => FeedScope::Feed(text.clone()),
        };
        let scopes: Vec<FeedScope> = self.feeds.iter().map(scope).collect();
        RuleSpec {
            id: format!("mute {}", self.row),
            when: Some(self.expr.clone()),
            fields: vec![Field::Title, Field::Text],
            feed_langs: FeedScope::languages(&scopes, feeds),
            feeds: scopes,
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
    /// Compiles mutes with the words and the feeds of a config.
    pub fn new(given: Vec<Mute>, lexicon: &Lexicon, feeds: &[Feed]) -> Mutes {
        let mut broken = Vec::new();
        let (mut sound, mut specs) = (Vec::new(), Vec::new());
        for mute in &given {
            let spec = mute.spec(feeds);
            match compile(std::slice::from_ref(&spec), lexicon) {
                Ok(_) => {
                    sound.push(mute.clone());
                    specs.push(spec);
                }
                Err(errors) => broken.push((mute.row, errors.first().map_or_else(String::new, |e: &RuleError| e.message.clone()))),
            }
        }
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
        let mutes = Mutes::new(given, &Lexicon::default(), &[]);
        assert_eq!(mutes.broken.len(), 1);
        let tags = ["sport".to_owned()];
        let subject = Subject { title: "Idlib and the World Cup: football", feed: "a", ..Subject::default() };
        let holding = mutes.holding(&subject);
        assert_eq!(silencing(&holding, "idlib", 99), Some(2));
        assert_eq!((silencing(&holding, "truce", 99), silencing(&holding, "idlib", 100)), (None, None));
        assert_eq!(silencing(&mutes.holding(&Subject { tags: &tags, ..subject }), "truce", 0), Some(3));
        assert!(Mutes::new(Vec::new(), &Lexicon::default(), &[]).holding(&subject).is_empty());
    }

    #[test]
    fn the_words_of_a_mute_take_the_forms_of_the_languages_of_its_feeds() {
        let feed = |id: &str, tag: &str, language: &str| Feed {
            id: id.into(),
            tags: vec![tag.to_owned()],
            language: Some(language.to_owned()),
            ..Feed::default()
        };
        let feeds = [feed("a", "wire", "en"), feed("b", "presse", "de")];
        let silenced = |feeds: &[Feed], scope: &[&str], title: &str| {
            let mutes = Mutes::new(vec![mute(1, "bomb", &[], scope)], &Lexicon::default(), feeds);
            let holds =
                |feed: &&Feed| !mutes.holding(&Subject { title, feed: &feed.id, tags: &feed.tags, ..Subject::default() }).is_empty();
            feeds.iter().filter(holds).map(|feed| feed.id.clone()).collect::<Vec<String>>()
        };
        // -er is an ending of a German adjective; an English bomber is no form of a bomb.
        let title = "Suicide bomber kills 12";
        assert!(silenced(&feeds[..1], &[], title).is_empty(), "all feeds are English");
        assert!(silenced(&feeds, &["a"], title).is_empty(), "the one that it names is");
        assert!(silenced(&feeds, &["tag:wire"], title).is_empty());
        assert_eq!(silenced(&feeds, &[], title), ["a", "b"]);
        assert_eq!(silenced(&feeds, &["tag:presse"], title), ["b"]);
        assert_eq!(silenced(&feeds, &["a"], "Two bombs, and a bombing"), ["a"]);
    }
}
