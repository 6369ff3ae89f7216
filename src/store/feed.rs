//! The `feed` table: which feeds there are, what is remembered of each, which are due.

use super::{Result, StoreError, gap, json, reading, rhythm};
use crate::engine::{
    feed::{Feed, FeedState, Reason, Validators},
    gap::{Gap, may_follow},
    identify::Trust,
    manners::agreement::Agreement,
    publisher::PublisherSchedule,
    schedule::Habits,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use std::collections::HashMap;

/// What a poll leaves behind in a feed's row.
#[derive(Debug, Clone, Default)]
pub struct Polled {
    /// The address of the config that was in force when it was asked.
    pub asked: String,
    /// When it was polled, Unix milliseconds.
    pub at_ms: i64,
    /// When to poll next, Unix milliseconds.
    pub next_poll_ms: i64,
    /// What went wrong; `None` for a poll that went well.
    pub error: Option<Reason>,
    /// New validators, body hash and the address they belong to; `None` leaves them alone.
    pub seen: Option<Seen>,
    /// What the document says of itself; `None` leaves it alone.
    pub document: Option<DocumentFacts>,
    /// What its server says of a move or of its end.
    pub said: Said,
    /// What is known of the feed's rhythm now; `None` leaves it alone.
    pub habits: Option<Habits>,
    /// When entries may have been missed.
    pub gap: Option<Gap>,
    /// What its entries showed of the feed; `None` leaves it alone.
    pub learned: Option<Learned>,
}

impl Polled {
    /// The beginning of what a poll at `at_ms` leaves, of a feed as the config in force has it.
    pub fn of(feed: &Feed, at_ms: i64) -> Polled {
        Polled { asked: feed.url.clone(), at_ms, ..Polled::default() }
    }
}

/// What a document's entries showed of the feed's identifiers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Learned {
    /// How far they can be believed from now on.
    pub trust: Trust,
    /// Whether they have all changed at once.
    pub identity_changed: bool,
    /// How many known entries came so.
    pub renewed: usize,
}

/// What a poll does to what a server says of a move or of its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Said {
    /// Nothing was said, for or against it.
    #[default]
    Nothing,
    /// This, and it is not enough yet, or the end.
    This(Agreement),
    /// The opposite of what was said before.
    Otherwise,
    /// It is believed: this address is polled from now on, in place of the configured one.
    Moved(String),
}

/// The cursor of a feed: what to send next time, so that only news comes back.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The address that gave it.
    pub url: String,
    /// Byte for byte.
    pub validators: Validators,
    /// Hash of the wire body; `None` keeps the old one.
    pub body_hash: Option<[u8; 16]>,
    /// Whether a whole body came, known or new.
    pub whole: bool,
}

/// What a document says of itself.
#[derive(Debug, Clone, Default)]
pub struct DocumentFacts {
    /// The feed's own title.
    pub title: Option<String>,
    /// `rss`, `rdf`, `atom` or `json`.
    pub format: String,
    /// JSON object of repaired defects and their counts.
    pub defects: String,
    /// Whether this is the first valid document.
    pub first: bool,
    /// Whether it brought anything new.
    pub news: bool,
    /// Since when its server says "unchanged" of what has changed, if it does.
    pub frozen_ms: Option<i64>,
    /// When to come again, by its word.
    pub publisher: PublisherSchedule,
    /// What its entries were read as, as [`reading::put`] takes it; `None` leaves that of an earlier one alone.
    pub readings: Option<Vec<u8>>,
}

/// Makes the table agree with the config: adds new feeds, due at once; revives and retires. One with another address is due at once
/// too, and the failures and moves of the old one count no more. One that has secrets since it moved goes back to their origin.
///
/// # Errors
/// When the archive refuses a statement, or contradicts itself.
pub fn sync(connection: &Connection, feeds: &[Feed], now_ms: i64) -> Result<()> {
    let mut known = connection.prepare_cached("SELECT id, url, url_override FROM feed WHERE retired_ms IS NULL")?;
    let known = known.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    let mut left: HashMap<String, (String, Option<String>)> = known.collect::<rusqlite::Result<_>>()?;
    // What the table says must be changed, and is looked for by the index.
    let changed = |rows: usize, id: &str| match rows {
        0 => Err(StoreError::Damaged(format!("of the feed {id} its index says something else than its table"))),
        _ => Ok(()),
    };
    let mut put = connection.prepare_cached(
        "INSERT INTO feed (id, url, next_poll_ms) VALUES (:id, :url, :now)
         ON CONFLICT (id) DO UPDATE SET retired_ms = NULL,
           next_poll_ms = iif(url <> excluded.url, :now, next_poll_ms), failures = iif(url <> excluded.url, 0, failures),
           url_override = iif(url <> excluded.url, NULL, url_override), moved_ms = iif(url <> excluded.url, NULL, moved_ms),
           said = iif(url <> excluded.url, NULL, said), frozen_ms = iif(url <> excluded.url, NULL, frozen_ms), stays_from = iif(url <> excluded.url, NULL, stays_from), url = excluded.url
         WHERE url <> excluded.url OR retired_ms IS NOT NULL",
    )?;
    let mut back =
        connection.prepare_cached("UPDATE feed SET url_override = NULL, moved_ms = NULL, said = NULL, next_poll_ms = ?2 WHERE id = ?1")?;
    for feed in feeds {
        match left.remove(&feed.id) {
            Some((url, moved_to)) if url == feed.url => {
                if moved_to.is_some_and(|to| feed.has_secrets() && !may_follow(&feed.url, &to)) {
                    changed(back.execute(params![feed.id, now_ms])?, &feed.id)?;
                }
            }
            _ => changed(put.execute(named_params! { ":id": feed.id, ":url": feed.url, ":now": now_ms })?, &feed.id)?,
        }
    }
    let mut retire = connection.prepare_cached("UPDATE feed SET retired_ms = ?2 WHERE id = ?1")?;
    for id in left.into_keys() {
        changed(retire.execute(params![id, now_ms])?, &id)?;
    }
    // One that is not in there would be asked by nobody.
    let sql = "SELECT count(*) FROM feed INDEXED BY feed_due WHERE retired_ms IS NULL";
    let led_to: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    if led_to != feeds.len() as i64 {
        return Err(StoreError::Damaged(format!("an index leads to {led_to} of {} feeds", feeds.len())));
    }
    Ok(())
}

const STATE: &str =
    "SELECT n, id, url_override, etag, last_modified, validators_url, body_hash, next_poll_ms, failures, imported_ms IS NOT NULL,
    ttl_s, update_every_s, skip_hours, skip_days, whole_ms, said, said_times, said_since_ms, stays_from, last_ok_ms, trust,
    frozen_ms FROM feed";

fn state(row: &Row<'_>) -> rusqlite::Result<(String, FeedState)> {
    let hash: Option<Vec<u8>> = row.get(6)?;
    let said: Option<String> = row.get(15)?;
    let state = FeedState {
        row: row.get(0)?,
        url_override: row.get(2)?,
        validators: Validators { etag: row.get(3)?, last_modified: row.get(4)? },
        validators_url: row.get(5)?,
        body_hash: hash.and_then(|bytes| bytes.try_into().ok()),
        next_poll_ms: row.get(7)?,
        failures: row.get(8)?,
        imported: row.get(9)?,
        publisher: PublisherSchedule {
            ttl_s: row.get::<_, Option<u32>>(10)?.map(u64::from),
            update_every_s: row.get::<_, Option<u32>>(11)?.map(u64::from),
            skip_hours: row.get(12)?,
            skip_days: row.get(13)?,
            // From a moment of its own choice each feed of a host would be due in the same second.
            update_base_ms: None,
        },
        whole_ms: row.get(14)?,
        frozen_ms: row.get(21)?,
        agreement: match said {
            Some(said) => Some(Agreement { said, times: row.get(16)?, since_ms: row.get(17)? }),
            None => None,
        },
        stays_from: row.get(18)?,
        habits: None,
        last_ok_ms: row.get(19)?,
        // What cannot be read is learned anew.
        trust: row.get::<_, Option<String>>(20)?.and_then(|text| json::read(&text)).unwrap_or_default(),
    };
    Ok((row.get(1)?, state))
}

/// Feeds that are due, the longest due first. A due time further off than `longest_ms` counts as due: the clock was set back.
///
/// # Errors
/// When the archive cannot be read.
pub fn due(connection: &Connection, now_ms: i64, longest_ms: i64, limit: usize) -> Result<Vec<(String, FeedState)>> {
    let sql = format!("{STATE} WHERE retired_ms IS NULL AND (next_poll_ms <= ?1 OR next_poll_ms > ?1 + ?2) ORDER BY next_poll_ms LIMIT ?3");
    let mut query = connection.prepare_cached(&sql)?;
    let mut due = query.query_map(params![now_ms, longest_ms, limit as i64], state)?.collect::<rusqlite::Result<Vec<_>>>()?;
    for (_, state) in &mut due {
        state.habits = rhythm::load(connection, state.row)?;
    }
    Ok(due)
}

/// When the next feed is due, Unix milliseconds.
///
/// # Errors
/// When the archive cannot be read.
pub fn next_due_ms(connection: &Connection) -> Result<Option<i64>> {
    Ok(connection.prepare_cached("SELECT min(next_poll_ms) FROM feed WHERE retired_ms IS NULL")?.query_row([], |row| row.get(0))?)
}

/// Makes every feed of the config due now.
///
/// # Errors
/// When the archive refuses the statement.
pub fn all_due(connection: &Connection, now_ms: i64) -> Result<()> {
    connection.execute("UPDATE feed SET next_poll_ms = ?1 WHERE retired_ms IS NULL", [now_ms])?;
    Ok(())
}

/// Makes the feed of this id due at `at_ms`.
///
/// # Errors
/// When the archive refuses the statement.
pub fn due_at(connection: &Connection, id: &str, at_ms: i64) -> Result<()> {
    connection.prepare_cached("UPDATE feed SET next_poll_ms = ?2 WHERE id = ?1")?.execute(params![id, at_ms])?;
    Ok(())
}

/// Puts a feed off until `at_ms`, for the sake of the host that it was to be asked at; not where it has another address by now.
///
/// # Errors
/// When the archive refuses the statement.
pub fn put_off(connection: &Connection, feed: &Feed, at_ms: i64) -> Result<()> {
    let sql = "UPDATE feed SET next_poll_ms = ?3 WHERE id = ?1 AND url = ?2";
    connection.prepare_cached(sql)?.execute(params![feed.id, feed.url, at_ms])?;
    Ok(())
}

/// Whether some feed has yet to be polled for the first time and is not failing: an import is still under way.
///
/// # Errors
/// When the archive cannot be read.
pub fn importing(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM feed WHERE retired_ms IS NULL AND last_poll_ms IS NULL)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Writes what a poll found out into the feed's row. Where a reload gave the feed another address meanwhile, that says nothing of the
/// new one, which stays due.
///
/// # Errors
/// When the archive refuses a statement, or the feed is not there.
pub fn polled(connection: &Connection, feed: i64, polled: &Polled) -> Result<()> {
    let ok = polled.error.is_none();
    let changed = connection
        .prepare_cached(
            "UPDATE feed SET last_poll_ms = ?2, next_poll_ms = ?3, last_error = ?4,
               failures = iif(?5, 0, failures + 1), last_ok_ms = iif(?5, ?2, last_ok_ms) WHERE n = ?1 AND url = ?6",
        )?
        .execute(params![feed, polled.at_ms, polled.next_poll_ms, polled.error.as_ref().map(Reason::as_str), ok, polled.asked])?;
    if changed == 0 {
        return match connection.prepare_cached("SELECT 1 FROM feed WHERE n = ?1")?.exists([feed])? {
            true => Ok(()),
            false => Err(StoreError::Corrupt(format!("no feed has the number {feed}"))),
        };
    }
    if let Some(seen) = &polled.seen {
        connection
            .prepare_cached(
                "UPDATE feed SET etag = ?2, last_modified = ?3, validators_url = ?4, body_hash = ifnull(?5, body_hash),
                   whole_ms = iif(?6, ?7, whole_ms) WHERE n = ?1",
            )?
            .execute(params![
                feed,
                seen.validators.etag,
                seen.validators.last_modified,
                seen.url,
                seen.body_hash.map(|hash| hash.to_vec()),
                seen.whole,
                polled.at_ms
            ])?;
    }
    if let Some(document) = &polled.document {
        connection
            .prepare_cached(
                "UPDATE feed SET title = ifnull(?2, title), format = ?3, defects = ?4,
                   imported_ms = iif(?5, ifnull(imported_ms, ?7), imported_ms), last_new_ms = iif(?6, ?7, last_new_ms),
                   frozen_ms = ?8 WHERE n = ?1",
            )?
            .execute(params![
                feed,
                document.title,
                document.format,
                document.defects,
                document.first,
                document.news,
                polled.at_ms,
                document.frozen_ms
            ])?;
        if let Some(readings) = &document.readings {
            reading::put(connection, feed, readings)?;
        }
        let said = &document.publisher;
        connection
            .prepare_cached("UPDATE feed SET ttl_s = ?2, update_every_s = ?3, skip_hours = ?4, skip_days = ?5 WHERE n = ?1")?
            .execute(params![feed, kept(said.ttl_s), kept(said.update_every_s), said.skip_hours, said.skip_days])?;
    }
    if let Some(learned) = &polled.learned {
        let renewed = learned.identity_changed.then_some(learned.renewed as i64);
        connection
            .prepare_cached(
                "UPDATE feed SET trust = ?2, renewed = ifnull(?3, renewed), renewed_ms = iif(?3 IS NULL, renewed_ms, ?4) WHERE n = ?1",
            )?
            .execute(params![feed, serde_json::to_string(&learned.trust).unwrap_or_default(), renewed, polled.at_ms])?;
    }
    if let Some(found) = &polled.gap {
        gap::add(connection, feed, found, polled.at_ms)?;
    }
    if let Some(habits) = &polled.habits {
        rhythm::put(connection, feed, habits, polled.document.is_some())?;
    }
    note_said(connection, feed, &polled.said, polled.at_ms)
}

/// A hundred years are as good as for ever.
fn kept(seconds: Option<u64>) -> Option<u32> {
    seconds.map(|s| u32::try_from(s).unwrap_or(u32::MAX))
}

fn note_said(connection: &Connection, feed: i64, said: &Said, at_ms: i64) -> Result<()> {
    const SAID: &str = "UPDATE feed SET said = ?2, said_times = ?3, said_since_ms = ?4 WHERE n = ?1";
    match said {
        Said::Nothing => return Ok(()),
        Said::This(agreement) => {
            connection.prepare_cached(SAID)?.execute(params![feed, agreement.said, agreement.times, agreement.since_ms])?
        }
        Said::Otherwise => connection.prepare_cached(SAID)?.execute(params![feed, None::<String>, None::<i64>, None::<i64>])?,
        Said::Moved(to) => connection
            .prepare_cached("UPDATE feed SET url_override = ?2, moved_ms = ?3, said = NULL WHERE n = ?1")?
            .execute(params![feed, to, at_ms])?,
    };
    Ok(())
}

/// Takes back the last counted failure of these feeds: it was the network's. They are due at `at_ms`.
///
/// # Errors
/// When the archive refuses a statement.
pub fn forgive(connection: &Connection, feeds: &[i64], at_ms: i64) -> Result<()> {
    let mut forgive = connection.prepare_cached(
        "UPDATE feed SET failures = max(failures - 1, 0), last_error = iif(failures > 1, last_error, NULL), next_poll_ms = ?2 WHERE n = ?1",
    )?;
    for feed in feeds {
        forgive.execute(params![feed, at_ms])?;
    }
    Ok(())
}

/// Sends a feed that moved back to its configured address, for good: the target is not adopted again. Says from where, or
/// `None` when it has not moved.
///
/// # Errors
/// When the archive refuses a statement.
pub fn stay(connection: &Connection, id: &str, now_ms: i64) -> Result<Option<String>> {
    let sql =
        "UPDATE feed SET stays_from = url_override, url_override = NULL, moved_ms = NULL, said = NULL, next_poll_ms = min(next_poll_ms, ?2)
               WHERE id = ?1 AND url_override IS NOT NULL RETURNING stays_from";
    Ok(connection.prepare_cached(sql)?.query_row(params![id, now_ms], |row| row.get(0)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    #[test]
    fn a_feed_that_has_secrets_since_it_moved_goes_back_to_their_origin() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("a.db"))?;
        let mut feed = Feed { id: "a".into(), url: "https://a.example/f".into(), ..Feed::default() };
        let moved = |feed: &Feed, to: &str| -> Result<Option<String>> {
            archive.execute("UPDATE feed SET url_override = ?1", [to])?;
            sync(&archive, std::slice::from_ref(feed), 0)?;
            Ok(archive.query_row("SELECT url_override FROM feed", [], |row| row.get(0))?)
        };
        sync(&archive, std::slice::from_ref(&feed), 0)?;
        assert!(moved(&feed, "https://b.example/f")?.is_some());
        feed.access.user = Some("me".into());
        assert_eq!(moved(&feed, "https://b.example/f")?, None);
        assert_eq!(moved(&feed, "https://a.example/g")?.as_deref(), Some("https://a.example/g"));
        Ok(())
    }
}
