//! The `rhythm` and `histogram` tables: what was learned of each feed from its good polls. Written in the same transaction as
//! what they brought.

use super::Result;
use crate::engine::schedule::{Habits, lateness::Lateness, quiet::Quiet, rhythm::Rhythm};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What is known of a feed; `None` before its first good poll, and where it makes no sense: one byte of it that changed on the disk
/// is nothing to stop for, since all of it is learned anew from the next document on.
///
/// # Errors
/// When the archive cannot be read; so for all in here.
pub fn load(connection: &Connection, feed: i64) -> Result<Option<Habits>> {
    let row = connection
        .prepare_cached(
            "SELECT since_ms, seen_ms, entries, news_ms, missed, longest_ms, hurry_ms, times, counted_ms, slots, lateness
             FROM rhythm JOIN histogram USING (feed) WHERE feed = ?1",
        )?
        .query_row([feed], from_row)
        .optional()?;
    Ok(row.flatten())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<Habits>> {
    let counted_ms = row.get(8)?;
    let rhythm = Rhythm::read(row.get(0)?, row.get(1)?, (counted_ms, row.get_ref(9)?.as_blob()?));
    let entries = row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs);
    let quiet = Quiet { asked_ms: row.get(1)?, news_ms: row.get(3)?, missed: row.get(4)?, longest_ms: row.get(5)?, times: row.get(7)? };
    let hurry_ms = row.get(6)?;
    Ok(rhythm.zip(Lateness::read(row.get_ref(10)?.as_blob()?)).map(|(rhythm, lateness)| Habits {
        rhythm,
        lateness,
        entries,
        quiet,
        hurry_ms,
    }))
}

/// Keeps what is known of a feed now. After a poll without a document, nothing was `counted`: then the histograms stay as they
/// are, and age when they are read.
///
/// # Errors
/// As [`load`].
pub fn put(connection: &Connection, feed: i64, habits: &Habits, counted: bool) -> Result<()> {
    let (rhythm, quiet) = (&habits.rhythm, &habits.quiet);
    let entries = habits.entries.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    connection
        .prepare_cached(
            "INSERT INTO rhythm (feed, since_ms, seen_ms, pull, entries, news_ms, missed, longest_ms, hurry_ms, times)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (feed) DO UPDATE SET since_ms = ?2, seen_ms = ?3, pull = ?4, entries = ?5, news_ms = ?6, missed = ?7,
               longest_ms = ?8, hurry_ms = ?9, times = ?10",
        )?
        .execute(params![
            feed,
            rhythm.since_ms,
            rhythm.seen_ms,
            rhythm.profile().pull(),
            entries,
            quiet.news_ms,
            quiet.missed,
            quiet.longest_ms,
            habits.hurry_ms,
            quiet.times
        ])?;
    if counted {
        connection
            .prepare_cached(
                "INSERT INTO histogram (feed, counted_ms, slots, lateness) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (feed) DO UPDATE SET counted_ms = ?2, slots = ?3, lateness = ?4",
            )?
            .execute(params![feed, rhythm.seen_ms, rhythm.bytes(), habits.lateness.bytes()])?;
    }
    Ok(())
}

/// What each feed of the config pulls, by id; `None` for one of which nothing is known that makes sense.
///
/// # Errors
/// As [`load`].
pub fn pulls(connection: &Connection) -> Result<Vec<(String, Option<f64>)>> {
    let mut query =
        connection.prepare_cached("SELECT f.id, r.pull FROM feed f LEFT JOIN rhythm r ON r.feed = f.n WHERE f.retired_ms IS NULL")?;
    let sensible = |pull: &f64| pull.is_finite() && *pull >= 0.0;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<f64>>(1)?.filter(sensible))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    #[test]
    fn what_makes_no_sense_is_learned_anew() {
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("a.db")).unwrap();
        archive.execute_batch("INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'a', 'https://a', 0)").unwrap();
        let habits = Habits::first(7, &[Some(3), Some(5)]);
        // A count that is none: minus infinity.
        let bad = f32::NEG_INFINITY.to_le_bytes();
        let (slots, lateness) = ([vec![0; 167 * 4], bad.to_vec()].concat(), [bad.to_vec(), vec![0; 19 * 4]].concat());
        for (column, value) in [("slots", slots), ("slots", vec![0]), ("lateness", lateness), ("lateness", vec![0; 79])] {
            put(&archive, 1, &habits, true).unwrap();
            assert_eq!(load(&archive, 1).unwrap().as_ref(), Some(&habits));
            archive.execute(&format!("UPDATE histogram SET {column} = ?1"), [value]).unwrap();
            assert_eq!(load(&archive, 1).unwrap(), None, "{column}");
        }
        assert_eq!(pulls(&archive).unwrap(), [("a".to_owned(), Some(habits.rhythm.profile().pull()))]);
        archive.execute_batch("UPDATE rhythm SET pull = -9e999").unwrap();
        assert_eq!(pulls(&archive).unwrap(), [("a".to_owned(), None)]);
    }
}
