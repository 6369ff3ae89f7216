//! The `ingest` transaction: what one fetch brought, archived with its stories, matches, alerts, deliveries and the feed's
//! cursor. All of it is kept, or nothing.

use super::{
    Result, article,
    article::Standing,
    feed::{self, Polled},
    raise::{self, Arrival},
    rule::RuleRow,
    story,
};
use crate::{
    abort,
    engine::{
        entry::KeyKind,
        identify::Identified,
        rule::{Evidence, Severity},
    },
};
use rusqlite::Connection;
use std::sync::Arc;

/// What one fetch brought, ready to be archived.
#[derive(Debug)]
pub struct Batch {
    /// Row of the feed.
    pub feed: i64,
    /// Id of the feed, as alerts name it.
    pub feed_id: String,
    /// Language of the feed, for entries that state none.
    pub language: Option<String>,
    /// Whether matches wait for a summary instead of raising alerts.
    pub import: bool,
    /// New and edited entries, oldest first.
    pub entries: Vec<Candidate>,
    /// What to write into the feed's row.
    pub polled: Polled,
}

/// An entry that may be new, and the rules that hold for it.
#[derive(Debug)]
pub struct Candidate {
    /// The entry with its keys and fingerprints.
    pub identified: Identified,
    /// Every rule that holds.
    pub found: Vec<Found>,
}

/// A rule that holds for a candidate.
#[derive(Debug, Clone)]
pub struct Found {
    /// Rule and version.
    pub row: RuleRow,
    /// Severity of its alerts.
    pub severity: Severity,
    /// Where its alerts go.
    pub sinks: Arc<[String]>,
    /// Why it holds.
    pub evidence: Vec<Evidence>,
}

/// What an ingest did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Articles added.
    pub new: usize,
    /// Articles whose title or text changed.
    pub edited: usize,
    /// Entries that were known after all.
    pub known: usize,
    /// Rules that held for a new or edited article, for the first time.
    pub matched: usize,
    /// Alerts raised, by row.
    pub raised: Vec<i64>,
}

/// Archives a batch.
///
/// # Errors
/// When the archive refuses a statement; nothing of the batch is kept then.
pub fn ingest(connection: &Connection, batch: &Batch) -> Result<Report> {
    abort::point("ingest.begin");
    let mut report = Report::default();
    for candidate in &batch.entries {
        archive(connection, batch, candidate, &mut report)?;
    }
    feed::polled(connection, batch.feed, &batch.polled)?;
    abort::point("ingest.feed");
    Ok(report)
}

fn archive(connection: &Connection, batch: &Batch, candidate: &Candidate, report: &mut Report) -> Result<()> {
    let (identified, now_ms) = (&candidate.identified, batch.polled.at_ms);
    // Asked again inside the transaction: another entry of this batch may have brought it.
    let (row, story) = match article::standing(connection, batch.feed, identified)? {
        Standing::New => {
            let story = story::find_or_add(connection, &identified.fingerprints, now_ms)?;
            abort::point("ingest.story");
            let row = article::add(connection, batch, story, &identified.entry)?;
            abort::point("ingest.article");
            article::remember(connection, batch.feed, row, &identified.keys)?;
            report.new += 1;
            (row, story)
        }
        Standing::Edited(row) => {
            article::edit(connection, row, &identified.entry, now_ms)?;
            // Not the content key: a text that changes at every poll would fill the table.
            let lasting: Vec<_> = identified.keys.iter().filter(|key| key.kind != KeyKind::Content).copied().collect();
            article::remember(connection, batch.feed, row, &lasting)?;
            let story = article::story_of(connection, row)?;
            story::speak_for(connection, story, &identified.fingerprints, now_ms)?;
            report.edited += 1;
            (row, story)
        }
        Standing::Unchanged(_) | Standing::Pruned => {
            report.known += 1;
            return Ok(());
        }
    };
    abort::point("ingest.keys");
    connection.prepare_cached("INSERT OR IGNORE INTO unindexed (article) VALUES (?1)")?.execute([row])?;
    let arrival = Arrival { batch, candidate, article: row, story };
    for found in &candidate.found {
        raise::settle(connection, &arrival, found, report)?;
    }
    Ok(())
}
