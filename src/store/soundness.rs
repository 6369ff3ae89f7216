//! Whether the file of an archive is sound. Writes nothing: neither the file nor its log is changed.
//!
//! SQLite keeps no checksums. What can be found is damage to the structure (a page that is no page, an index that disagrees
//! with its table, a row that breaks a CHECK, a schema that is not ours); letters of a text that were exchanged cannot (see
//! [`super::json`]).

use super::{Result, StoreError, backups, open};
use rusqlite::{Connection, OpenFlags, config::DbConfig, ffi};
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Header, length and schema: milliseconds, whatever the size.
    Header,
    /// Every page, as long as that takes no longer than this; about a second for 400 MB that are in memory.
    Pages(Duration),
    /// The same, and that indexes and tables agree: several times as long, more where the disk has to be asked.
    All(Duration),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong with what was asked for.
    Sound,
    /// Nothing was wrong when the time was over.
    Unfinished,
    /// The file is damaged; what SQLite says of it.
    Damaged(String),
}

/// Looks at the archive at `path`, which must be there. To SQLite a page that the disk did not give is a damaged one, so damage
/// counts where the whole file can be read and a second look finds it too.
///
/// # Errors
/// What is no damage and keeps from looking: a lock, a failing disk, a mode, the file of another program, a later schema.
pub fn look(path: &Path, depth: Depth) -> Result<Verdict> {
    match once(path, depth)? {
        Verdict::Damaged(_) => {
            read_through(path).map_err(|source| StoreError::Place { path: path.display().to_string(), source })?;
            once(path, depth)
        }
        verdict => Ok(verdict),
    }
}

/// Reads a file to its end, by the call that SQLite reads with.
fn read_through(path: &Path) -> std::io::Result<()> {
    let (file, mut piece, mut at) = (std::fs::File::open(path)?, vec![0; 1 << 16], 0);
    loop {
        match file.read_at(&mut piece, at)? {
            0 => return Ok(()),
            read => at += read as u64,
        }
    }
}

fn once(path: &Path, depth: Depth) -> Result<Verdict> {
    match looked(path, depth) {
        Err(error) if error.is_damage() => Ok(Verdict::Damaged(error.said())),
        Err(StoreError::Sql(error)) => match code(&error) {
            Some(ffi::SQLITE_INTERRUPT) => Ok(Verdict::Unfinished),
            // No plain error comes of asking what is asked here, but by what the file holds: a format that was never one, a
            // virtual table that cannot be set up.
            Some(ffi::SQLITE_ERROR) => Ok(Verdict::Damaged(error.to_string())),
            _ => Err(StoreError::Sql(error)),
        },
        other => other,
    }
}

fn looked(path: &Path, depth: Depth) -> Result<Verdict> {
    // To one that may only read, SQLite does not tell of rows that break a CHECK or stand in an index against its condition.
    let may = if depth == Depth::Header { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let mut connection = open::connect(path, may | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true)?;
    // What the log holds stays there; one that holds nothing goes with the connection that made it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, backups::log_size(path) > 0)?;
    // The length against the header, the schema against its own grammar.
    let version = open::version(&connection, path);
    if let Err(StoreError::Sql(error)) = version {
        return Err(StoreError::Sql(error));
    }
    let (within, pragma) = match depth {
        Depth::Header => (Duration::MAX, None),
        Depth::Pages(within) => (within, Some(QUICK)),
        Depth::All(within) => (within, Some(WHOLE)),
    };
    let began = Instant::now();
    open::stoppable(&mut connection, move || began.elapsed() > within)?;
    if let Some(found) = pragma.map(|pragma| asked(&connection, pragma)).transpose()?.flatten() {
        return Ok(Verdict::Damaged(found));
    }
    let version = version?;
    if let Some(missing) = missing(&connection, version)? {
        return Ok(Verdict::Damaged(format!("{missing} is missing")));
    }
    // Nothing can be delivered without it. To an older archive the start gives one, with its schema.
    if open::is_current(version) && !connection.prepare("SELECT 1 FROM meta WHERE key = 'archive_id'")?.exists([])? {
        return Ok(Verdict::Damaged("the archive's id is missing".to_owned()));
    }
    Ok(Verdict::Sound)
}

/// What is wrong with the pages of an open archive, in SQLite's words; `None` for nothing.
///
/// # Errors
/// When it cannot be read, or was stopped.
pub(super) fn quick(connection: &Connection) -> Result<Option<String>> {
    asked(connection, QUICK)
}

/// The same, and what does not agree.
///
/// # Errors
/// As [`quick`].
pub(super) fn whole(connection: &Connection) -> Result<Option<String>> {
    asked(connection, WHOLE)
}

const QUICK: &str = "PRAGMA quick_check(1)";
const WHOLE: &str = "PRAGMA integrity_check(1)";

fn asked(connection: &Connection, pragma: &str) -> Result<Option<String>> {
    let found: String = connection.query_row(pragma, [], |row| row.get(0))?;
    Ok((found != "ok").then(|| found.lines().next().unwrap_or_default().to_owned()))
}

/// Whether an error may come of damage that SQLite does not call so: a row that breaks a constraint, a value of a type that its column
/// cannot have, a table that is not there.
pub(super) fn is_odd(error: &StoreError) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, InvalidColumnType};
    let StoreError::Sql(said) = error else { return false };
    let is_type = matches!(said, InvalidColumnType(..) | FromSqlConversionFailure(..));
    !error.is_damage() && (is_type || matches!(code(said), Some(ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT)))
}

/// An error that is odd, taken for damage where the archive bears that out: it may be a mistake of ours. The schema is asked, then
/// every page.
pub fn blame(connection: &Connection, error: StoreError) -> StoreError {
    if !is_odd(&error) {
        return error;
    }
    let damage = match is_altered(connection) {
        Ok(true) => Some(format!("its schema is not what marsad makes: {}", error.said())),
        _ => quick(connection).unwrap_or_default(),
    };
    damage.map_or(error, StoreError::Damaged)
}

/// SQLite's primary result code, where it was SQLite that failed.
fn code(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqliteFailure(error, _) | rusqlite::Error::SqlInputError { error, .. } => Some(error.extended_code & 0xff),
        _ => None,
    }
}

/// Whether a table or index of ours is not what the migrations make. What somebody added is no fault.
fn is_altered(connection: &Connection) -> Result<bool> {
    let made = |connection: &Connection| -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let sql = "SELECT CAST(name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
        Ok(connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
    };
    let here = made(connection)?;
    Ok(made(&open::model(usize::MAX)?)?.iter().any(|(name, sql)| here.get(name) != Some(sql)))
}

/// A column that an archive of this version has and this one has not: its schema was damaged into another one. What somebody
/// added is no fault.
fn missing(connection: &Connection, version: usize) -> Result<Option<String>> {
    // To the letter what the migrations make: the rule, and much cheaper to know than what it is made of.
    if open::is_current(version) && open::schema_mark(connection)? == open::SCHEMA_MARK {
        return Ok(None);
    }
    let columns = |connection: &Connection| -> Result<BTreeSet<String>> {
        let sql = "SELECT 'column ' || c.name || ' of ' || t.name FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'
                   UNION ALL SELECT 'index ' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
        Ok(connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    let here = columns(connection)?;
    Ok(columns(&open::model(version)?)?.into_iter().find(|column| !here.contains(column)))
}
