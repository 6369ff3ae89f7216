//! The register: which article each key of a feed belongs to, and which story each fingerprint speaks for. Keys outlive pruned
//! articles.
//!
//! ```text
//!   put ──► pending ── flush, one row a batch ──► register (log) ── when it is full ──► register_part, a run of them
//!              └──────────── newest, in memory ◄──────┘                                register_run: its filter, in memory
//! ```
//!
//! Hashes fall anywhere. In one table with an index each would fall on a page of its own, and an article would cost more the more
//! are archived. So new ones are appended, and when there are many of them they are written down in the order of their hashes
//! and never touched again (O'Neil and others, The Log-Structured Merge-Tree, 1996). What is new, and most of what is asked for is,
//! the filters know without asking the archive; an old entry is one page. The archive grows by a run for some 450,000 entries.
//!
//! The tables are the truth: what is in memory is read from them before its first use, and again whenever the two differ, as they
//! do after a transaction that was taken back. A kill loses nothing.

mod filter;
mod pack;

pub use pack::Mark;

use self::filter::{Filter, Filters};
use super::Result;
use foldhash::fast::RandomState;
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;

/// Entries of the log that are written into a run. Kept in memory, at some 30 bytes each: with the last batch they fill a map of
/// 2¹⁷ places, and do not double it.
const FULL_LOG: usize = 112_640;

/// The last run is taken into the next one as long as both have no more entries than this. That is four logs and what the last batch
/// of each is too much.
const fn full_run(full_log: usize) -> usize {
    4 * full_log + full_log / 7
}

/// Bits of a hash that say in which part of its run it is. A part of a full run has some 750 bytes, five of them a page.
const PART_BITS: u32 = 13;

/// The row that stands for none.
const GONE: i64 = 0;

/// The register, as far as it is in memory.
#[derive(Debug)]
pub struct Register {
    /// What the log says; no row where it takes back what a run says.
    newest: HashMap<Mark, i64, RandomState>,
    /// How many entries the log has, those that it overtook itself among them.
    logged: usize,
    /// Oldest first.
    runs: Vec<Run>,
    /// Of each run.
    filters: Filters,
    /// Put and not yet in the log.
    pending: Vec<u8>,
    /// The newest run and the newest row of the log; none before they are read.
    stamp: Option<Stamp>,
    full_log: usize,
}

type Stamp = (Option<i64>, Option<i64>);

#[derive(Debug)]
struct Run {
    n: i64,
    entries: u32,
}

impl Default for Register {
    fn default() -> Register {
        Register::holding(FULL_LOG)
    }
}

impl Register {
    fn holding(full_log: usize) -> Register {
        Register {
            newest: HashMap::default(),
            logged: 0,
            runs: Vec::new(),
            filters: Filters::default(),
            pending: Vec::new(),
            stamp: None,
            full_log,
        }
    }

    /// Reads what is kept in memory, unless it agrees with the archive. Once a transaction, before anything else in here.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn refresh(&mut self, connection: &Connection) -> Result<()> {
        let sql = "SELECT (SELECT max(n) FROM register_run), (SELECT max(n) FROM register)";
        let stamp = connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // What is pending belongs to a transaction that was taken back.
        if self.stamp == Some(stamp) && self.pending.is_empty() {
            return Ok(());
        }
        *self = Register::holding(self.full_log);
        let mut query = connection.prepare_cached("SELECT n, entries, filter FROM register_run ORDER BY n")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            self.filters.push(Filter::from_bytes(blob(row, 2)?));
            self.runs.push(Run { n: row.get(0)?, entries: row.get(1)? });
        }
        let mut query = connection.prepare_cached("SELECT entries FROM register ORDER BY n")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            pack::read(blob(row, 0)?).for_each(|(mark, row)| self.note(mark, row));
        }
        self.stamp = Some(stamp);
        Ok(())
    }

    /// The row that a mark stands for.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn find(&self, connection: &Connection, mark: Mark) -> Result<Option<i64>> {
        let mut found = self.newest.get(&mark).copied();
        if found.is_none() {
            for run in self.filters.holding(mark.into()) {
                found = self.runs.get(run).map_or(Ok(None), |run| run.find(connection, mark))?;
                if found.is_some() {
                    break;
                }
            }
        }
        Ok(found.filter(|row| *row != GONE))
    }

    /// The row of each of several marks, as [`Register::find`] gives it.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn find_all(&self, connection: &Connection, marks: &[Mark]) -> Result<Vec<Option<i64>>> {
        self.filters.call_up(marks);
        marks.iter().map(|mark| self.find(connection, *mark)).collect()
    }

    /// Lets a mark stand for a row from now on. [`Register::flush`] must follow in the same transaction.
    pub fn put(&mut self, mark: Mark, row: i64) {
        pack::write(&mut self.pending, mark, row);
        self.note(mark, row);
    }

    /// Lets a mark stand for nothing any more; as [`Register::put`].
    pub fn forget(&mut self, mark: Mark) {
        self.put(mark, GONE);
    }

    /// Whether a run may say something of a mark.
    fn may_say(&self, mark: Mark) -> bool {
        self.filters.holding(mark.into()).next().is_some()
    }

    fn note(&mut self, mark: Mark, row: i64) {
        self.logged += 1;
        if row == GONE && !self.may_say(mark) {
            self.newest.remove(&mark);
        } else {
            self.newest.insert(mark, row);
        }
    }

    /// The marks of the log that stand for something.
    #[cfg(test)]
    pub fn newest(&self) -> impl Iterator<Item = Mark> {
        self.newest.iter().filter(|(_, row)| **row != GONE).map(|(mark, _)| *mark)
    }

    /// Writes what was put, at the end of a batch.
    ///
    /// # Errors
    /// When the archive refuses a statement.
    pub fn flush(&mut self, connection: &Connection) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        connection.prepare_cached("INSERT INTO register (entries) VALUES (?1)")?.execute([&self.pending])?;
        self.pending.clear();
        self.stamp = self.stamp.map(|(run, _)| (run, Some(connection.last_insert_rowid())));
        if self.logged >= self.full_log { self.seal(connection) } else { Ok(()) }
    }

    /// Makes a run of the log, and of the last run where that has room: part by part, so that no more than the log is in memory.
    fn seal(&mut self, connection: &Connection) -> Result<()> {
        let mut log: Vec<(&Mark, &i64)> = self.newest.iter().collect();
        // Within a part they are put in order where it is made.
        log.sort_by_cached_key(|(mark, _)| part_of(**mark) as u16);
        let n = self.runs.last().map_or(1, |last| last.n + 1);
        let full = full_run(self.full_log);
        let last = self.runs.pop_if(|last| last.entries as usize + log.len() <= full);
        let most = log.len() + last.as_ref().map_or(0, |last| last.entries as usize);
        if last.is_some() {
            self.filters.pop();
        }
        // One that the next log has no room in stays as it is, and its filter is as large as that of the others.
        let mut run = Making::of(n, if most + self.full_log > full { full.max(most) } else { most });
        let mut log = log.chunk_by(|(a, _), (b, _)| part_of(**a) == part_of(**b)).peekable();
        for part in 0..1 << PART_BITS {
            let news = log.next_if(|news| part_of(*news[0].0) == part).unwrap_or_default();
            let mut entries = last.as_ref().map_or(Ok(Vec::new()), |last| last.part(connection, part))?;
            // There are a dozen or two: to look through them is faster than to ask the map, a third of a million times.
            entries.retain(|(mark, _)| news.iter().all(|(newer, _)| *newer != mark));
            entries.extend(news.iter().map(|(mark, row)| (**mark, **row)));
            entries.retain(|(mark, row)| *row != GONE || self.may_say(*mark));
            entries.sort_unstable();
            run.put(connection, part, &entries)?;
        }
        if let Some(last) = last {
            last.remove(connection)?;
        }
        let (run, filter) = run.done(connection)?;
        self.runs.push(run);
        self.filters.push(filter);
        connection.execute("DELETE FROM register", [])?;
        self.newest.clear();
        self.logged = 0;
        self.stamp = Some((Some(n), None));
        Ok(())
    }
}

/// The bytes of a column, where they are.
fn blob<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<&'row [u8]> {
    Ok(row.get_ref(column)?.as_blob()?)
}

/// The first and the last place that a run may have.
fn places(n: i64) -> [i64; 2] {
    [n << PART_BITS, (n << PART_BITS) + (1 << PART_BITS) - 1]
}

fn part_of(mark: Mark) -> i64 {
    (mark.hash >> (u64::BITS - PART_BITS)).cast_signed()
}

/// A run in the making.
struct Making {
    run: Run,
    filter: Filter,
}

impl Making {
    /// Of no more than `most` entries.
    fn of(n: i64, most: usize) -> Making {
        Making { run: Run { n, entries: 0 }, filter: Filter::with_room(most) }
    }

    /// Writes a part; its entries are in order.
    fn put(&mut self, connection: &Connection, part: i64, entries: &[(Mark, i64)]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for (mark, row) in entries {
            pack::write(&mut bytes, *mark, *row);
            self.filter.add(*mark);
        }
        self.run.entries += entries.len() as u32;
        let sql = "INSERT INTO register_part (n, entries) VALUES (?1, ?2)";
        connection.prepare_cached(sql)?.execute(params![(self.run.n << PART_BITS) + part, bytes])?;
        Ok(())
    }

    /// Lets it count.
    fn done(self, connection: &Connection) -> Result<(Run, Filter)> {
        let Making { run, filter } = self;
        let sql = "INSERT INTO register_run (n, entries, filter) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(sql)?.execute(params![run.n, run.entries, filter.bytes()])?;
        Ok((run, filter))
    }
}

impl Run {
    fn find(&self, connection: &Connection, mark: Mark) -> Result<Option<i64>> {
        let mut query = connection.prepare_cached("SELECT entries FROM register_part WHERE n = ?1")?;
        let mut rows = query.query([(self.n << PART_BITS) + part_of(mark)])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let first = pack::read(blob(row, 0)?).find(|(found, _)| *found >= mark);
        Ok(first.filter(|(found, _)| *found == mark).map(|(_, row)| row))
    }

    /// The entries of a part.
    fn part(&self, connection: &Connection, part: i64) -> Result<Vec<(Mark, i64)>> {
        let mut query = connection.prepare_cached("SELECT entries FROM register_part WHERE n = ?1")?;
        let mut rows = query.query([(self.n << PART_BITS) + part])?;
        let Some(row) = rows.next()? else { return Ok(Vec::new()) };
        Ok(pack::read(blob(row, 0)?).collect())
    }

    fn remove(&self, connection: &Connection) -> Result<()> {
        connection.prepare_cached("DELETE FROM register_part WHERE n BETWEEN ?1 AND ?2")?.execute(places(self.n))?;
        connection.prepare_cached("DELETE FROM register_run WHERE n = ?1")?.execute([self.n])?;
        Ok(())
    }
}

/// How many keys [`take_over`] will move.
pub(super) fn to_take_over(connection: &Connection) -> Result<u64> {
    let sql = "SELECT (SELECT count(*) FROM fingerprint) + (SELECT count(*) FROM entry_key)";
    let keys: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(keys.cast_unsigned())
}

/// Moves what earlier versions kept in `entry_key` and `fingerprint` into the register, and drops the two: part of a migration. After
/// each run, `moved` hears how many are.
pub(super) fn take_over(connection: &Connection, mut moved: impl FnMut(u64)) -> Result<()> {
    let sql = "SELECT hash, 0, kind, story FROM fingerprint UNION ALL SELECT hash, feed, kind, article FROM entry_key";
    let mut query = connection.prepare(sql)?;
    let mut rows = query.query([])?;
    let (mut entries, mut all) = (Vec::new(), 0);
    for n in 1.. {
        entries.clear();
        while entries.len() < full_run(FULL_LOG)
            && let Some(row) = rows.next()?
        {
            entries.push((Mark::new(row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?, row.get(2)?), row.get(3)?));
        }
        if entries.is_empty() {
            break;
        }
        entries.sort_unstable();
        let mut run = Making::of(n, entries.len());
        for part in entries.chunk_by(|(a, _), (b, _)| part_of(*a) == part_of(*b)) {
            run.put(connection, part_of(part[0].0), part)?;
        }
        run.done(connection)?;
        all += entries.len() as u64;
        moved(all);
    }
    drop(rows);
    drop(query);
    Ok(connection.execute_batch("DROP TABLE fingerprint; DROP TABLE entry_key")?)
}

#[cfg(test)]
mod tests;
