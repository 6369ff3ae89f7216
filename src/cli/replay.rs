//! A replay: rules over the articles of the archive, oldest first, by the engine of the daemon. Reads only, in short reads; holds
//! one chunk of articles at a time. What the answers mean is the caller's.

use super::{check::counted, error::Error, output::Progress, place::Place};
use crate::{
    engine::{
        feed::{self, Feed},
        rule::{Match, Occasion, Ruleset, WhyNot},
    },
    store::{listing::Article, walk::Walk},
};
use rusqlite::Connection;
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

/// What is said of a text that is no time.
const SINCE_HINT: &str = "write `30d`, `12h`, a date, an RFC 3339 time, or `all`";

/// How long a replay may take before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(300);

/// Rules, and the feeds that they know.
#[derive(Debug)]
pub struct Side<'a> {
    rules: &'a Ruleset,
    feeds: HashMap<&'a str, &'a Feed>,
}

impl<'a> Side<'a> {
    /// The rules with the feeds of their config.
    pub fn new(rules: &'a Ruleset, feeds: &'a [Feed]) -> Side<'a> {
        Side { rules, feeds: feed::by_id(feeds) }
    }

    /// Every rule that holds for an article. One that watches for edits alone looks at none that was never edited.
    pub fn matches(&self, article: &Article) -> Vec<Match> {
        let categories = article.categories.join("\n");
        let mut matches = self.rules.matches(&article.subject(&categories, self.tags_of(article)));
        matches.retain(|found| article.edited_ms.is_some() || self.rules.specs()[found.rule].on != [Occasion::Edit]);
        matches
    }

    /// Why the rule at this position does not hold for an article; `None` when it does.
    pub fn why_not(&self, position: usize, article: &Article) -> Option<WhyNot> {
        let categories = article.categories.join("\n");
        self.rules.why_not(position, &article.subject(&categories, self.tags_of(article)))
    }

    /// The tags of the article's feed; none for a feed that left the config.
    pub fn tags_of(&self, article: &Article) -> &'a [String] {
        self.feeds.get(article.feed.as_str()).map_or(&[], |feed| &feed.tags)
    }
}

/// What a replay went over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replayed {
    /// How many articles.
    pub articles: u64,
    /// Those of them whose text changed after they were first seen: the archive has the newest text only.
    pub edited: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Replayed {
    /// Articles in a second.
    pub fn rate(&self) -> f64 {
        self.articles as f64 / self.seconds.max(0.001)
    }

    /// Such as `1200 articles in 0.4 s, 3000 a second`.
    pub fn line(&self) -> String {
        let articles = counted(usize::try_from(self.articles).unwrap_or(usize::MAX), "article");
        format!("{articles} in {:.1} s, {:.0} a second", self.seconds, self.rate())
    }
}

/// Shows `look` each article first seen since, with the matches of each side. Progress goes to standard error.
///
/// # Errors
/// When the archive cannot be read, and what `look` says.
pub fn replay(
    place: &Place,
    connection: &Connection,
    sides: &[Side<'_>],
    since_ms: Option<i64>,
    mut look: impl FnMut(&Article, &[Vec<Match>]) -> Result<(), Error>,
) -> Result<Replayed, Error> {
    let (bar, started) = (Progress::stderr(), Instant::now());
    let mut replayed = Replayed::default();
    let mut walk = Walk::new(connection, since_ms)?;
    while let Some(chunk) = walk.next(connection)? {
        for (article, found) in chunk.iter().zip(judged(&chunk, sides)) {
            look(article, &found)?;
        }
        replayed.articles += chunk.len() as u64;
        replayed.edited += chunk.iter().filter(|article| article.edited_ms.is_some()).count() as u64;
        replayed.seconds = started.elapsed().as_secs_f64();
        if !place.quiet && started.elapsed() > PATIENCE {
            bar.show(&format!("{:.0} %: {}", walk.done() * 100.0, replayed.line()));
        }
    }
    if started.elapsed() > PATIENCE {
        bar.done();
    }
    Ok(replayed)
}

/// The matches of each side for each article, in order: the chunk is shared out among the processors, the matcher is one.
fn judged(chunk: &[Article], sides: &[Side<'_>]) -> Vec<Vec<Vec<Match>>> {
    let one = |article: &Article| sides.iter().map(|side| side.matches(article)).collect::<Vec<_>>();
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = chunk.len().div_ceil(workers).max(16);
    if chunk.len() <= share {
        return chunk.iter().map(one).collect();
    }
    thread::scope(|scope| {
        let running: Vec<_> = chunk.chunks(share).map(|part| scope.spawn(move || part.iter().map(one).collect::<Vec<_>>())).collect();
        let joined = running.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

/// The moment that `--since` means; `None` for `all`.
pub fn since_ms(text: &str, now_ms: i64) -> Result<Option<i64>, Error> {
    if text == "all" {
        return Ok(None);
    }
    super::since_ms(Some(text), now_ms).map_err(|error| error.hinted(SINCE_HINT))
}
