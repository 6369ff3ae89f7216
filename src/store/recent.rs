//! The `sketch` table, and the window over it that is kept in memory: which of the newest articles may be the same as a new one.
//!
//! The table is the truth: the window is read from it before its first use, and again whenever the two differ, as they do after
//! a transaction that was taken back. A kill loses nothing.

use super::{Result, open};
use crate::engine::story::{
    sketch::Sketch,
    window::{MOST_ROWS, Making, WINDOW_MS, Window},
};
use rusqlite::{Connection, params};

/// The most sketches that one batch lets go.
const MOST_GONE: usize = 512;

/// The newest articles by their sketches.
#[derive(Debug, Default)]
pub struct Recent {
    window: Window,
    /// The newest article of the window; none before it is read.
    newest: Option<i64>,
}

impl Recent {
    /// Reads the window from its table, unless the two agree. Once a transaction, before anything else in here.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn refresh(&mut self, connection: &Connection) -> Result<()> {
        let newest: Option<i64> = connection.prepare_cached("SELECT max(article) FROM sketch")?.query_row([], |row| row.get(0))?;
        if newest != self.newest {
            *self = Recent { window: open::in_passing(connection, || read(connection))?, newest };
        }
        Ok(())
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Adds an article, or puts its newest words in the place of what was kept of it; not one that the window has no place for.
    ///
    /// # Errors
    /// When the archive refuses the statement.
    pub fn put(&mut self, connection: &Connection, article: i64, sketch: &Sketch, now_ms: i64) -> Result<()> {
        let mut delete = connection.prepare_cached("DELETE FROM sketch WHERE article = ?1 RETURNING terms, keys")?;
        // A new article is newer than all: there is nothing to look for.
        if self.newest >= Some(article)
            && let Some(old) = delete.query_map([article], |row| sketch_of(row, 0))?.next().transpose()?
        {
            self.window.remove(article, &old);
        }
        if self.is_far(article) {
            return Ok(());
        }
        connection.prepare_cached("INSERT INTO sketch (article, seen_ms, terms, keys) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            article,
            now_ms,
            Sketch::bytes(&sketch.terms),
            Sketch::bytes(&sketch.keys)
        ])?;
        self.window.add(article, sketch);
        self.newest = self.newest.max(Some(article));
        Ok(())
    }

    /// Whether so many articles are newer that the window has no place for this one.
    fn is_far(&self, article: i64) -> bool {
        self.newest.is_some_and(|newest| newest - article >= MOST_ROWS)
    }

    /// Lets go what is too old or too much, oldest first.
    ///
    /// # Errors
    /// When the archive refuses a statement.
    pub fn forget_old(&mut self, connection: &Connection, now_ms: i64) -> Result<()> {
        let mut last = None;
        {
            let mut query = connection.prepare_cached("SELECT terms, keys, article, seen_ms FROM sketch ORDER BY article")?;
            let mut rows = query.query([])?;
            for _ in 0..MOST_GONE {
                let Some(row) = rows.next()? else { break };
                let article = row.get(2)?;
                if !self.is_far(article) && row.get::<_, i64>(3)? >= now_ms - WINDOW_MS {
                    break;
                }
                self.window.forget(article, &sketch_of(row, 0)?);
                last = Some(article);
            }
        }
        if let Some(last) = last {
            connection.prepare_cached("DELETE FROM sketch WHERE article <= ?1")?.execute([last])?;
            self.newest = self.newest.filter(|newest| *newest > last);
        }
        Ok(())
    }
}

fn read(connection: &Connection) -> Result<Window> {
    let mut window = Making::default();
    let mut query = connection.prepare_cached("SELECT terms, keys, article FROM sketch ORDER BY article DESC")?;
    let mut rows = query.query([])?;
    let mut sketch = Sketch::default();
    while let Some(row) = rows.next()? {
        let blob = |column| row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from);
        Sketch::read(blob(0)?, &mut sketch.terms);
        Sketch::read(blob(1)?, &mut sketch.keys);
        window.add(row.get(2)?, &sketch);
    }
    Ok(window.done())
}

/// A sketch from two columns, `terms` first.
fn sketch_of(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<Sketch> {
    let list = |column| -> rusqlite::Result<Vec<u32>> { Ok(Sketch::list(row.get_ref(column)?.as_blob()?)) };
    Ok(Sketch { terms: list(from)?, keys: list(from + 1)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_leaves_when_its_time_is_over_or_so_many_are_newer() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("a.db"))?;
        let mut recent = Recent::default();
        let kept = || -> Result<Vec<i64>> {
            Ok(archive
                .prepare("SELECT article FROM sketch ORDER BY article")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?)
        };
        let of = |n: u32| Sketch { terms: vec![n, 7], keys: vec![n] };
        for (row, at_ms) in [(1, 0), (2, 1_000), (3, 1_000)] {
            recent.put(&archive, row, &of(row as u32), at_ms)?;
        }
        recent.forget_old(&archive, WINDOW_MS)?;
        assert_eq!((kept()?, recent.window.count(7)), (vec![1, 2, 3], 3));
        recent.forget_old(&archive, WINDOW_MS + 1)?;
        assert_eq!((kept()?, recent.window.count(7)), (vec![2, 3], 2));

        let far = 2 + MOST_ROWS;
        recent.put(&archive, far, &of(4), 1_000)?;
        recent.forget_old(&archive, 1_000)?;
        assert_eq!((kept()?, recent.window.count(7)), (vec![3, far], 2));
        // One that was edited long after it came: known as it was before, and in the way of none that is newer.
        recent.put(&archive, 2, &of(5), 1_000)?;
        recent.put(&archive, 3, &of(6), 1_000)?;
        assert_eq!((kept()?, recent.window.count(7), recent.window.count(6)), (vec![3, far], 2, 1));
        recent.refresh(&archive)?;
        assert_eq!((recent.window.len(), recent.newest), (2, Some(far)));
        Ok(())
    }
}
