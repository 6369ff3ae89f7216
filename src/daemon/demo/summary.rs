//! What the demo showed, read back from its archive: nothing in here is known beforehand. Never writes.

use super::bundle::FEEDS;
use crate::store::{
    Result,
    listing::{self, AlertFilter, AlertLine, Article, ArticleFilter},
    open, overview,
};
use std::{collections::BTreeMap, path::Path};

/// The whole demo in a few values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Feeds.
    pub feeds: usize,
    /// Polls of them.
    pub polls: usize,
    /// Of these, answered with nothing new.
    pub unchanged: usize,
    /// Feeds that could not be read, with the reason.
    pub failed: Vec<(String, String)>,
    /// Articles archived.
    pub articles: usize,
    /// Of these, in stories that no rule held for.
    pub quiet: usize,
    /// Alerts raised, by rule.
    pub alerts: BTreeMap<String, usize>,
    /// Stories that more than one feed carried.
    pub shared: Vec<Shared>,
    /// Articles that were edited after they were first read.
    pub edits: Vec<Edit>,
    /// Feeds that had to be repaired.
    pub repairs: Vec<Repair>,
    /// Feeds that are not in UTF-8.
    pub legacy: Vec<Legacy>,
    /// What became of the toasts; `None` without a desktop.
    pub toasts: Option<Toasts>,
}

/// A story that more than one feed carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The title of its first article.
    pub title: String,
    /// The feeds, in the order in which they brought it.
    pub feeds: Vec<String>,
    /// The rule of each alert it raised.
    pub rules: Vec<String>,
}

/// An article that was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its feed.
    pub feed: String,
    /// Its title as it was alerted; `None` when no rule held for it.
    pub before: Option<String>,
    /// Its title now.
    pub after: String,
    /// Alerts that its story raised since.
    pub raised: usize,
}

/// A feed that had to be repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its name.
    pub feed: String,
    /// What was wrong, in short stable words such as `truncated`.
    pub defects: Vec<String>,
    /// Items that its document begins.
    pub begun: usize,
    /// Articles that came out of it.
    pub read: usize,
}

/// A feed in a charset of old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Legacy {
    /// Its name.
    pub feed: String,
    /// The charset.
    pub charset: &'static str,
    /// Articles that came out of it.
    pub read: usize,
    /// Alerts that it was the first to raise.
    pub raised: usize,
}

/// What became of the toasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toasts {
    /// Alerts shown.
    pub shown: usize,
    /// Alerts that are not.
    pub waiting: usize,
    /// Why, where it is known.
    pub reason: Option<String>,
}

impl Summary {
    /// Reads the archive of a demo that has ended; `polls` and `unchanged` stay 0.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn read(archive: &Path, desktop: bool) -> Result<Summary> {
        let connection = open::read_only(archive)?;
        let mut alerts = listing::alerts(&connection, &AlertFilter::default(), usize::MAX)?;
        let mut articles = listing::articles(&connection, &ArticleFilter::default(), usize::MAX)?;
        // Listings have the newest first.
        alerts.reverse();
        articles.reverse();
        let feeds = overview::feeds(&connection)?;
        let mut by_rule = BTreeMap::new();
        for line in &alerts {
            *by_rule.entry(line.alert.rule.clone()).or_default() += 1;
        }
        let told = |article: &&Article| alerts.iter().any(|line| line.alert.story == Some(article.story));
        Ok(Summary {
            feeds: feeds.len(),
            failed: feeds.iter().filter_map(|feed| Some((feed.id.clone(), feed.error.clone()?))).collect(),
            articles: articles.len(),
            quiet: articles.len() - articles.iter().filter(told).count(),
            alerts: by_rule,
            shared: shared(&articles, &alerts),
            edits: articles.iter().filter_map(|article| edit(article, &alerts)).collect(),
            repairs: feeds.iter().filter(|feed| !feed.defects.is_empty()).map(repair).collect(),
            legacy: legacy(&articles, &alerts),
            toasts: desktop.then(|| toasts(&alerts)),
            ..Summary::default()
        })
    }
}

fn shared(articles: &[Article], alerts: &[AlertLine]) -> Vec<Shared> {
    let mut stories: BTreeMap<i64, Vec<&Article>> = BTreeMap::new();
    for article in articles {
        stories.entry(article.story).or_default().push(article);
    }
    let rules = |story| alerts.iter().filter(|line| line.alert.story == Some(story)).map(|line| line.alert.rule.clone()).collect();
    let carried = stories.into_iter().filter(|(_, copies)| copies.len() > 1);
    carried
        .map(|(story, copies)| Shared {
            title: copies[0].title.clone(),
            feeds: copies.iter().map(|copy| copy.feed.clone()).collect(),
            rules: rules(story),
        })
        .collect()
}

fn edit(article: &Article, alerts: &[AlertLine]) -> Option<Edit> {
    let edited_ms = article.edited_ms?;
    let of_story = || alerts.iter().map(|line| &line.alert).filter(|alert| alert.story == Some(article.story));
    Some(Edit {
        feed: article.feed.clone(),
        before: of_story().find(|alert| alert.article == Some(article.id)).map(|alert| alert.title.clone()),
        after: article.title.clone(),
        raised: of_story().filter(|alert| alert.alerted_ms >= edited_ms).count(),
    })
}

fn repair(feed: &overview::FeedLine) -> Repair {
    Repair {
        feed: feed.id.clone(),
        defects: feed.defects.keys().cloned().collect(),
        begun: FEEDS.iter().find(|bundled| bundled.name == feed.id).map_or(0, super::bundle::Bundled::items_begun),
        read: usize::try_from(feed.articles).unwrap_or(0),
    }
}

fn legacy(articles: &[Article], alerts: &[AlertLine]) -> Vec<Legacy> {
    let of_old = FEEDS.iter().filter_map(|feed| Some((feed.name, feed.legacy?)));
    of_old
        .map(|(name, charset)| Legacy {
            feed: name.to_owned(),
            charset,
            read: articles.iter().filter(|article| article.feed == name).count(),
            raised: alerts.iter().filter(|line| line.alert.feed == name).count(),
        })
        .collect()
}

fn toasts(alerts: &[AlertLine]) -> Toasts {
    let shown = alerts.iter().filter(|line| line.state() == "sent").count();
    let reason = alerts.iter().flat_map(|line| &line.deliveries).find_map(|delivery| delivery.error.clone());
    Toasts { shown, waiting: alerts.len() - shown, reason }
}
