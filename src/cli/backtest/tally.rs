//! What a backtest counts. Holds the stories that matched and a few examples, never the articles.

use crate::{
    cli::output::time,
    engine::{
        lang::primary,
        rule::{Evidence, Match},
    },
    store::listing::Article,
};
use std::collections::{BTreeMap, HashSet, VecDeque};

/// The longest bar, in columns.
const BAR: u64 = 30;

/// What articles are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// Its feed
    Source,
    /// Its language
    Lang,
    /// The day on which it was first seen
    Day,
}

impl By {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            By::Source => "source",
            By::Lang => "lang",
            By::Day => "day",
        }
    }

    fn key(self, article: &Article) -> String {
        match self {
            By::Source => article.feed.clone(),
            By::Lang => article.language.as_deref().map(primary).filter(|code| !code.is_empty()).unwrap_or_else(|| "unknown".into()),
            By::Day => time::date(article.first_seen_ms),
        }
    }
}

/// The articles of one source, language or day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Group {
    /// All of them.
    pub articles: u64,
    /// Those that match.
    pub matched: u64,
    /// Those that are the first of their story to match.
    pub alerts: u64,
}

/// An article that matches.
#[derive(Debug, Clone)]
pub struct Example {
    pub id: i64,
    pub title: String,
    pub url: Option<String>,
    pub feed: String,
    pub story: i64,
    pub first_seen_ms: i64,
    pub evidence: Vec<Evidence>,
}

/// The counts so far.
#[derive(Debug)]
pub struct Tally {
    by: By,
    limit: usize,
    /// Articles that match.
    pub matched: u64,
    /// The last of them, oldest first.
    pub newest: VecDeque<Example>,
    stories: HashSet<i64>,
    groups: BTreeMap<String, Group>,
}

impl Tally {
    /// An empty one that keeps so many examples.
    pub fn new(by: By, limit: usize) -> Tally {
        Tally { by, limit, matched: 0, newest: VecDeque::new(), stories: HashSet::new(), groups: BTreeMap::new() }
    }

    /// Counts an article; they come oldest first.
    pub fn count(&mut self, article: &Article, found: Option<&Match>) {
        let group = self.groups.entry(self.by.key(article)).or_default();
        group.articles += 1;
        let Some(found) = found else { return };
        self.matched += 1;
        group.matched += 1;
        group.alerts += u64::from(self.stories.insert(article.story));
        self.newest.push_back(Example {
            id: article.id,
            title: article.title.clone(),
            url: article.url.clone(),
            feed: article.feed.clone(),
            story: article.story,
            first_seen_ms: article.first_seen_ms,
            evidence: found.evidence.clone(),
        });
        if self.newest.len() > self.limit {
            self.newest.pop_front();
        }
    }

    /// How many stories match: each alerts once.
    pub fn alerts(&self) -> usize {
        self.stories.len()
    }

    /// Every group, by its key.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &Group)> {
        self.groups.iter().map(|(key, group)| (key.as_str(), group))
    }

    /// The groups for people: days in order, with those on which nothing matched; of others those with a match, the most first.
    pub fn shown(&self) -> Vec<(&str, &Group)> {
        let mut rows: Vec<_> = self.groups().filter(|(_, group)| group.matched > 0 || self.by == By::Day).collect();
        if self.by != By::Day {
            rows.sort_by_key(|(key, group)| (std::cmp::Reverse((group.alerts, group.matched)), *key));
        }
        rows
    }
}

/// A bar for `count` where `most` is the longest; something for everything that is not nothing.
pub fn bar(count: u64, most: u64) -> String {
    let columns = (count * BAR).div_ceil(most.max(1));
    "█".repeat(usize::try_from(columns).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(id: i64, story: i64, language: &str) -> Article {
        Article {
            id,
            feed: "f".into(),
            story,
            guid: None,
            url: None,
            title: String::new(),
            text: String::new(),
            author: None,
            language: Some(language.into()).filter(|tag: &String| !tag.is_empty()),
            categories: Vec::new(),
            published_ms: None,
            updated_ms: None,
            first_seen_ms: 0,
            edited_ms: None,
        }
    }

    #[test]
    fn a_story_alerts_once_and_counts_for_its_first_match() {
        let found = Match { rule: 0, evidence: Vec::new() };
        let mut tally = Tally::new(By::Lang, 2);
        for (id, story, language, holds) in [(1, 1, "en", false), (2, 1, "ar-SY", true), (3, 1, "tr", true), (4, 2, "", true)] {
            tally.count(&article(id, story, language), holds.then_some(&found));
        }
        assert_eq!((tally.matched, tally.alerts()), (3, 2));
        let shown: Vec<_> = tally.shown().iter().map(|(key, group)| (*key, group.matched, group.alerts)).collect();
        assert_eq!(shown, [("ar", 1, 1), ("unknown", 1, 1), ("tr", 1, 0)]);
        assert_eq!(tally.groups().count(), 4);
        assert_eq!(tally.newest.iter().map(|example| example.id).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn a_bar_shows_everything_that_is_not_nothing() {
        assert_eq!([bar(0, 0), bar(0, 9), bar(1, 900), bar(9, 9)].map(|bar| bar.chars().count()), [0, 0, 1, 30]);
    }
}
