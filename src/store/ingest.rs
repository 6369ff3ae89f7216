//! The `ingest` transaction: what one fetch brought, archived with its stories, matches, alerts, deliveries and the feed's
//! cursor. All of it is kept, or nothing; what is longer than a transaction should be goes in parts, each whole in itself.

use super::{
    Result, article,
    feed::{self, Polled},
    gap, key,
    memory::Memory,
    raise::{self, Arrival},
    register::Register,
    revision,
    rule::RuleRow,
    story,
};
use crate::{
    abort,
    engine::{
        alert::policy::Policy,
        identify::{Follow, Identified, Verdict},
        rule::{Evidence, Severity},
        story::{profile::Profile, sketch::Sketch},
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
    /// Whether the feed has the tag `official`.
    pub official: bool,
    /// When the feed was last read and held nothing of what is new; `None` where that is not known.
    pub offered_after_ms: Option<i64>,
    /// Entries that are new, or known with other words or keys, oldest first.
    pub entries: Vec<Candidate>,
    /// What to write into the feed's row.
    pub polled: Polled,
}

/// An entry, what it is, and the rules that hold for it.
#[derive(Debug)]
pub struct Candidate {
    /// The entry with its keys and fingerprints.
    pub identified: Identified,
    /// What it is.
    pub verdict: Verdict,
    /// Its words, as stories are told apart by them; none where they are not new.
    pub profile: Profile,
    /// What is kept of them for a while.
    pub sketch: Sketch,
    /// Every rule that holds, where its words are new.
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
    /// When its alerts wait, and when they are told again.
    pub policy: Arc<Policy>,
    /// Whether the article may begin to match it now; one that matched before goes on.
    pub begins: bool,
    /// The mute that silences it.
    pub muted: Option<i64>,
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
    /// Articles that came with other keys and the same words.
    pub rekeyed: usize,
    /// Of the articles, those known by what they say alone, since all identifiers of the document are new.
    pub renewed: usize,
    /// Whether the feed's identifiers have all changed at once.
    pub identity_changed: bool,
    /// Rules that held for a new or edited article, for the first time.
    pub matched: usize,
    /// Alerts raised, by row.
    pub raised: Vec<i64>,
}

impl Candidate {
    /// An entry with the rules that hold for it, made ready to be compared with others where its words are new.
    pub fn new(identified: Identified, verdict: Verdict, found: Vec<Found>) -> Candidate {
        let entry = &identified.entry;
        let text = if identified.stock { "" } else { &entry.text };
        let profile = if verdict.is_news() { Profile::new(&entry.title, text) } else { Profile::default() };
        Candidate::with_profile(identified, verdict, profile, found)
    }

    /// The same, where its words were read.
    pub fn with_profile(identified: Identified, verdict: Verdict, profile: Profile, found: Vec<Found>) -> Candidate {
        Candidate { sketch: Sketch::new(&profile), profile, identified, verdict, found }
    }
}

/// The most entries that are archived in one transaction: some tens of milliseconds, in which no other feed's alert can go out.
const MOST_ENTRIES: usize = 50;

impl Batch {
    /// Its oldest entries as a batch for [`ingest_part`], where it has more than one transaction should hold. What is left goes on with
    /// the cursor: a kill in between leaves the feed due, and what it has archived known.
    pub fn take_part(&mut self) -> Option<Batch> {
        if self.entries.len() <= MOST_ENTRIES {
            return None;
        }
        let rest = self.entries.split_off(MOST_ENTRIES);
        Some(Batch {
            feed_id: self.feed_id.clone(),
            language: self.language.clone(),
            entries: std::mem::replace(&mut self.entries, rest),
            polled: Polled { at_ms: self.polled.at_ms, ..Polled::default() },
            ..*self
        })
    }
}

impl Report {
    /// With what a part of the same batch came to before.
    pub fn after(mut self, part: Report) -> Report {
        self.new += part.new;
        self.edited += part.edited;
        self.rekeyed += part.rekeyed;
        self.matched += part.matched;
        self.raised.splice(..0, part.raised);
        self
    }
}

/// Archives a batch; `memory` is what the archive is held against.
///
/// # Errors
/// When the archive refuses a statement; nothing of the batch is kept then.
pub fn ingest(connection: &Connection, memory: &mut Memory, batch: &Batch) -> Result<Report> {
    abort::point("ingest.begin");
    let mut report = all(connection, memory, batch)?;
    if let Some(learned) = &batch.polled.learned {
        (report.renewed, report.identity_changed) = (learned.renewed, learned.identity_changed);
    }
    feed::polled(connection, batch.feed, &batch.polled)?;
    abort::point("ingest.feed");
    Ok(report)
}

/// Archives a part of what a document or an older page of a feed brought, and notes the gap that it `filled`, by its beginning. Of
/// `polled` the time alone counts: the feed's row, its cursor and what is known of its rhythm stay as they are.
///
/// # Errors
/// As [`ingest`].
pub fn ingest_part(connection: &Connection, memory: &mut Memory, batch: &Batch, filled: Option<i64>) -> Result<Report> {
    let report = all(connection, memory, batch)?;
    filled.map_or(Ok(()), |from_ms| gap::filled(connection, batch.feed, from_ms, batch.polled.at_ms))?;
    Ok(report)
}

fn all(connection: &Connection, memory: &mut Memory, batch: &Batch) -> Result<Report> {
    let mut report = Report::default();
    if !batch.entries.is_empty() {
        memory.refresh(connection)?;
    }
    for candidate in &batch.entries {
        archive(connection, memory, batch, candidate, &mut report)?;
    }
    if report.new > 0 {
        memory.recent.forget_old(connection, batch.polled.at_ms)?;
    }
    memory.register.flush(connection)?;
    Ok(report)
}

fn archive(connection: &Connection, memory: &mut Memory, batch: &Batch, candidate: &Candidate, report: &mut Report) -> Result<()> {
    let (row, story, copy_of) = match &candidate.verdict {
        Verdict::New { .. } => add(connection, memory, batch, candidate, report)?,
        Verdict::Again(follow) => {
            rekey(connection, &mut memory.register, batch, candidate, follow)?;
            if !follow.change.is_edit() {
                report.rekeyed += 1;
                return Ok(());
            }
            report.edited += 1;
            (follow.article, edit(connection, &mut memory.register, batch, candidate, follow.article)?, None)
        }
        Verdict::Known => return Ok(()),
    };
    abort::point("ingest.keys");
    memory.recent.put(connection, row, &candidate.sketch, batch.polled.at_ms)?;
    connection.prepare_cached("INSERT OR IGNORE INTO unindexed (article) VALUES (?1)")?.execute([row])?;
    let arrival = Arrival { batch, candidate, article: row, story, copy_of };
    for found in &candidate.found {
        raise::settle(connection, &arrival, found, report)?;
    }
    Ok(())
}

/// Adds an article; gives its row and story, and the article whose text it has.
fn add(
    connection: &Connection,
    memory: &mut Memory,
    batch: &Batch,
    candidate: &Candidate,
    report: &mut Report,
) -> Result<(i64, i64, Option<i64>)> {
    let identified = &candidate.identified;
    let story::Place { story, copy_of } = story::find_or_add(connection, memory, candidate, batch.polled.at_ms)?;
    abort::point("ingest.story");
    let row = article::add(connection, batch, story, &identified.entry)?;
    abort::point("ingest.article");
    if let Some(original) = copy_of {
        story::mark_copy(connection, row, original)?;
    }
    key::remember(&mut memory.register, batch.feed, row, &identified.keys);
    report.new += 1;
    Ok((row, story, copy_of))
}

/// Notes what changed, and lets the newest keys stand for the article. An older text's keys go: one that changes at every poll
/// would fill the table.
fn rekey(connection: &Connection, register: &mut Register, batch: &Batch, candidate: &Candidate, follow: &Follow) -> Result<()> {
    let identified = &candidate.identified;
    if follow.change.is_any() {
        revision::add(connection, follow.article, &follow.change, batch.polled.at_ms)?;
    }
    key::forget(connection, register, batch.feed, follow.article, &follow.forget)?;
    key::remember_more(connection, register, batch.feed, follow.article, &identified.keys)?;
    if follow.renewed {
        article::renew(connection, follow.article, &identified.entry)?;
    }
    Ok(())
}

/// Puts the new words over the article's; gives its story.
fn edit(connection: &Connection, register: &mut Register, batch: &Batch, candidate: &Candidate, article: i64) -> Result<i64> {
    let (identified, now_ms) = (&candidate.identified, batch.polled.at_ms);
    article::edit(connection, article, &identified.entry, now_ms)?;
    let story = article::story_of(connection, article)?;
    story::speak_for(connection, register, story, &identified.fingerprints, now_ms)?;
    Ok(story)
}
