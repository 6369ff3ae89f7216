//! Opening the archive: folder, pragmas, migrations. The only place that opens a connection.

use super::{Result, StoreError, lock, register};
use crate::abort;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

/// `PRAGMA application_id` of an archive: "mrsd".
pub(super) const APPLICATION_ID: i64 = 0x6d72_7364;

/// Migrations in order; the schema's version is how many have run. Append only.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
    include_str!("migrations/0014.sql"),
    include_str!("migrations/0015.sql"),
    include_str!("migrations/0016.sql"),
];

/// The version from which on there is a register.
const REGISTER: usize = 13;

/// [`schema_mark`] of what all migrations make; a test holds it to them.
pub(super) const SCHEMA_MARK: &str = "a814751a35ed9768";

/// What the writer keeps of the archive in memory, in KiB.
const CACHE_KIB: i64 = 8_192;

/// How long a statement waits for another process's write lock before it fails.
const BUSY: Duration = Duration::from_secs(30);

/// What a migration is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrating {
    /// The archive's schema is to be another. All that follows is one transaction.
    Begins {
        /// The schema that it has.
        from: usize,
        /// The schema that it will have.
        to: usize,
        /// How many keys must be moved from one table to another; they are most of the work.
        keys: u64,
    },
    /// So many of the keys are moved: told after each half million or so, and after the last.
    Moved {
        /// How many.
        keys: u64,
    },
    /// It is made certain that every row points at one that is there; then it counts.
    Checks,
}

/// Opens the archive for writing; makes the folder (0700) and the file (0600), and migrates, where needed. What is there keeps its mode.
///
/// # Errors
/// When the folder or file cannot be made or opened, or the file is not an archive of this version or an earlier one.
pub fn read_write(path: &Path) -> Result<Connection> {
    read_write_telling(path, |_| ())
}

/// The same; `tell` hears what a migration is at.
///
/// # Errors
/// As [`read_write`].
pub fn read_write_telling(path: &Path, mut tell: impl FnMut(Migrating)) -> Result<Connection> {
    folder_of(path)?;
    make_private(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = connect(path, flags)?;
    // SQLite opens for reading alone what it may not write, and would say so at the first article only.
    if connection.is_readonly("main")? {
        return Err(StoreError::ReadOnly(path.display().to_string()));
    }
    // FULL: a power cut loses no commit; NORMAL could send every alert of the lost ones again.
    // The WAL is written back when it holds 16 MiB: a page that many commits touch is copied once for all of them.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
         PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4096;",
    )?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    migrate(&mut connection, path, &mut tell)?;
    // Only now: a table that others point at cannot be built anew under them.
    connection.execute_batch("PRAGMA foreign_keys = ON;")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens the archive for reading, beside a running daemon or without one. In a folder that may not be written it is read as a
/// file that nobody changes, where that is known.
///
/// # Errors
/// When there is no archive, or not one of this version, or a log would have to be made where none can be.
pub fn read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags)?;
    match current(&connection, path) {
        Err(StoreError::Sql(error)) if is_unwritable(&error) => {
            let still = immutable(path).ok_or_else(|| StoreError::NoLog(path.display().to_string()))?;
            let connection = connect(&still, flags | OpenFlags::SQLITE_OPEN_URI)?;
            current(&connection, path)?;
            Ok(connection)
        }
        read => read.map(|()| connection),
    }
}

/// Whether SQLite could not make a file, or not write it. It makes a log and its index beside an archive even to read.
fn is_unwritable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen))
}

/// The name by which SQLite reads the file as it stands, and asks for no log; `None` where that would be less than all, or
/// somebody may write meanwhile.
fn immutable(path: &Path) -> Option<PathBuf> {
    if fs::metadata(with(path, "-wal")).is_ok_and(|log| log.len() > 0) {
        return None;
    }
    let is_free = match fs::File::open(lock::path_of(path)) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(_) => lock::holder(path).is_none(),
    };
    let whole = path.canonicalize().ok().filter(|_| is_free)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    let letter = |byte: &u8| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    let name: String = whole.as_os_str().as_bytes().iter().map(letter).collect();
    Some(format!("file://{name}?immutable=1").into())
}

/// Refuses an archive of another version.
fn current(connection: &Connection, path: &Path) -> Result<()> {
    let version = version(connection, path)?;
    if version != MIGRATIONS.len() {
        let reason = match version {
            // Its first process is just making it, or was killed at that.
            0 => "nothing is in it yet; `marsad run` or `marsad once` begins it".to_owned(),
            _ => format!("its schema is {version}, this version reads {}; `marsad run` brings an older one up to date", MIGRATIONS.len()),
        };
        return Err(StoreError::Schema { path: path.display().to_string(), reason });
    }
    Ok(())
}

/// Opens an archive that is there for a short write beside whoever owns it. Neither makes nor migrates anything.
///
/// # Errors
/// When there is no archive, or not one of this version, or it may not be written.
pub fn beside(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let read_only = || StoreError::ReadOnly(path.display().to_string());
    if connection.is_readonly("main")? {
        return Err(read_only());
    }
    current(&connection, path).map_err(|error| match error {
        StoreError::Sql(error) if is_unwritable(&error) => read_only(),
        error => error,
    })?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
    Ok(connection)
}

/// A transaction that is going to write. It waits for its turn before it reads: one that has read already may not wait, for what it
/// read may be changed by then, and fails at once where somebody else writes.
///
/// # Errors
/// When another process writes for longer than anybody waits.
pub fn writing(connection: &Connection) -> Result<Transaction<'_>> {
    Ok(Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?)
}

/// Lets `read` go through much of the archive once, without keeping it in memory: to make the room would take longer than to read.
///
/// # Errors
/// Those of `read`.
pub(super) fn in_passing<T>(connection: &Connection, read: impl FnOnce() -> Result<T>) -> Result<T> {
    connection.pragma_update(None, "cache_size", -256)?;
    let done = read();
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    done
}

/// Makes the file, empty, for the owner alone whatever the umask: SQLite, which would let others read it, takes it as it is, and gives
/// the logs beside it the same mode. Where it cannot be made, SQLite meets the reason too, and tells it.
fn make_private(path: &Path) {
    let _ = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        // Without it a statement is planned anew whenever a bound value is another one, in case a partial index would suit that.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
        Ok(connection)
    };
    open().map_err(|source| StoreError::Open { path: path.display().to_string(), source })
}

/// The file beside one at `path` whose name has this end more.
pub fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The file that `path` means: where a link leads, else `path` itself. By its name go the lock, the logs and the backups, and a link
/// must not give one archive two of each; a link to its folder, or above, gives none a second name within that.
///
/// # Errors
/// When it is a link that leads nowhere, or round in a circle.
pub fn behind_links(path: &Path) -> Result<PathBuf> {
    if !path.is_symlink() {
        return Ok(path.to_owned());
    }
    path.canonicalize().map_err(|source| StoreError::Link { path: path.display().to_string(), source })
}

/// Makes the folder of the archive at `path` and its parents, for the owner alone. A folder that is there keeps its mode.
///
/// # Errors
/// When it cannot be made.
pub fn folder_of(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let make = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    make.map_err(|source| StoreError::Folder { path: folder.display().to_string(), source })
}

/// Lets `stop` end whatever this connection is at, at any moment: the statement fails as interrupted.
///
/// # Errors
/// When SQLite refuses.
pub(super) fn stoppable(connection: &mut Connection, stop: impl Fn() -> bool + Send + 'static) -> Result<()> {
    Ok(connection.progress_handler(10_000, Some(stop))?)
}

/// The schema's version; refuses a file of another program.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<usize> {
    let (version, application, objects): (u32, i64, i64) =
        connection.query_row("SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let version = version as usize;
    let refuse = |reason: String| Err(StoreError::Schema { path: path.display().to_string(), reason });
    if objects > 0 && application != APPLICATION_ID {
        return refuse("it belongs to another program".into());
    }
    if version > MIGRATIONS.len() {
        return refuse(format!("its schema is {version}, this version knows {}; it was written by a later marsad", MIGRATIONS.len()));
    }
    Ok(version)
}

/// Runs what is missing, all in one transaction: a kill half-way leaves the old schema.
fn migrate(connection: &mut Connection, path: &Path, tell: &mut dyn FnMut(Migrating)) -> Result<()> {
    let have = version(connection, path)?;
    if have == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // In a new file there is nothing that takes time.
    if have > 0 {
        let keys = if have < REGISTER { register::to_take_over(&transaction)? } else { 0 };
        tell(Migrating::Begins { from: have, to: MIGRATIONS.len(), keys });
    }
    for version in have + 1..=MIGRATIONS.len() {
        step(&transaction, version, tell)?;
        abort::point("migrate.step");
    }
    tell(Migrating::Checks);
    if transaction.prepare("PRAGMA foreign_key_check")?.exists([])? {
        let reason = "a row points at one that is missing, so it was not brought up to date".to_owned();
        return Err(StoreError::Schema { path: path.display().to_string(), reason });
    }
    // Random enough to tell archives apart; SQLite's own generator is seeded by the system.
    transaction.execute("INSERT OR IGNORE INTO meta VALUES ('archive_id', lower(hex(randomblob(8))))", [])?;
    transaction.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};", MIGRATIONS.len()))?;
    abort::point("migrate.commit");
    transaction.commit()?;
    abort::point("migrate.done");
    Ok(())
}

/// Makes an archive of the version before one of this.
pub(super) fn step(connection: &Connection, version: usize, tell: &mut dyn FnMut(Migrating)) -> Result<()> {
    connection.execute_batch(MIGRATIONS[version - 1])?;
    if version == REGISTER { register::take_over(connection, |keys| tell(Migrating::Moved { keys })) } else { Ok(()) }
}

/// Whether a schema of this version needs no migration.
pub(super) fn is_current(version: usize) -> bool {
    version == MIGRATIONS.len()
}

/// Names the schema by its very letters: the first 8 bytes of the SHA-256 of all its statements, in hexadecimal.
pub(super) fn schema_mark(connection: &Connection) -> Result<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let (mut query, mut hash) = (connection.prepare(sql)?, Sha256::new());
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        // What is no text is another schema too.
        hash.update(row.get_ref(0)?.as_bytes().unwrap_or_default());
        hash.update([0]);
    }
    Ok(hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An empty archive of an earlier version in memory, to hold another one to.
pub(super) fn model(version: usize) -> Result<Connection> {
    let model = Connection::open_in_memory()?;
    (1..=version.min(MIGRATIONS.len())).try_for_each(|version| step(&model, version, &mut |_| ()))?;
    Ok(model)
}

/// The archive's random id, part of every idempotency key.
///
/// # Errors
/// When the archive cannot be read.
pub fn archive_id(connection: &Connection) -> Result<String> {
    Ok(connection.query_row("SELECT value FROM meta WHERE key = 'archive_id'", [], |r| r.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::{super::rhythm, *};
    use crate::engine::schedule::quiet::Quiet;

    #[test]
    fn the_mark_of_the_schema_is_that_of_the_migrations_however_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let made = read_write(&folder.path().join("marsad.db")).unwrap();
        let marks = [&made, &model(MIGRATIONS.len()).unwrap()].map(|connection| schema_mark(connection).unwrap());
        assert_eq!(marks, [SCHEMA_MARK; 2], "after a new migration, write its mark into SCHEMA_MARK");
        made.execute_batch("ALTER TABLE feed DROP COLUMN title").unwrap();
        assert_ne!(schema_mark(&made).unwrap(), SCHEMA_MARK);
    }

    #[test]
    fn schema_14_keeps_what_was_learned_of_a_feed_and_says_whose_a_delivery_is() {
        let archive = model(13).unwrap();
        let (slots, lateness) = (8.0_f32.to_le_bytes().repeat(168), 1.0_f32.to_le_bytes().repeat(20));
        archive
            .execute_batch(
                "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (3, 'a', 'u', 0);
                 INSERT INTO rule VALUES (5, 'idlib', NULL); INSERT INTO rule_version VALUES (1, 5, 'aa', '{}', 0);
                 INSERT INTO alert (n, rule, group_key, version, kind, severity, feed, title, lines, first_seen_ms, alerted_ms, evidence)
                   VALUES (7, 5, 'story:1', 1, 'match', 'high', 'a', 't', '[]', 1, 2, '[]');
                 INSERT INTO delivery (n, alert, sink, occasion, state, due_ms, created_ms) VALUES (9, 7, 'hook', 'new', 'sent', 2, 2);",
            )
            .unwrap();
        let sql =
            "INSERT INTO rhythm (feed, since_ms, seen_ms, slots, pull, lateness, entries, news_ms, missed, longest_ms, hurry_ms, times)
                   VALUES (3, 10, 20, ?1, 0.5, ?2, 50, 15, 0.25, 6, 7, 8)";
        archive.execute(sql, (&slots, &lateness)).unwrap();
        step(&archive, 14, &mut |_| ()).unwrap();
        let habits = rhythm::load(&archive, 3).unwrap().unwrap();
        assert_eq!((habits.rhythm.since_ms, habits.rhythm.seen_ms, habits.rhythm.bytes()), (10, 20, slots));
        assert_eq!((habits.lateness.bytes(), habits.entries, habits.hurry_ms), (lateness, Some(50), Some(7)));
        assert_eq!(habits.quiet, Quiet { news_ms: Some(15), asked_ms: 20, missed: 0.25, longest_ms: 6, times: 8 });
        assert_eq!(rhythm::pulls(&archive).unwrap(), [("a".to_owned(), Some(0.5))]);
        assert_eq!(archive.query_row("SELECT rule FROM delivery WHERE n = 9", [], |row| row.get::<_, i64>(0)).unwrap(), 5);
    }

    #[test]
    fn an_archive_of_the_first_schema_keeps_its_alerts_and_every_match_says_where_it_went() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marsad.db");
        let old = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(
            "INSERT INTO rule VALUES (1, 'idlib', NULL); INSERT INTO rule_version VALUES (1, 1, 'aa', '{}', 0); INSERT INTO story VALUES (1, NULL, 0);
             INSERT INTO alert VALUES (7, 1, 'story:1', 1, 'match', 'high', 1, 3, 'a', 't', '[]', NULL, NULL, 1, 2, '[]');
             INSERT INTO match VALUES (3, 1, 1, 1, 7, 1, '[]'), (4, 1, 1, 1, 7, 1, '[]'), (5, 1, 1, 1, NULL, 1, '[]');
             INSERT INTO delivery (alert, sink, occasion, state, due_ms, created_ms) VALUES (7, 'hook', 'new', 'pending', 2, 2), (7, 'desktop', 'new', 'sent', 2, 2);
             INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'a', 'u', 0); INSERT INTO entry_key VALUES (1, 1, 5, 3), (1, 1, 6, 4);
             PRAGMA application_id = 0x6d727364; PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(old);
        let mut told = Vec::new();
        let new = read_write_telling(&path, |at| told.push(at)).unwrap();
        let begins = Migrating::Begins { from: 1, to: MIGRATIONS.len(), keys: 2 };
        assert_eq!(told, [begins, Migrating::Moved { keys: 2 }, Migrating::Checks]);
        drop(read_write_telling(&path, |at| panic!("{at:?} of an archive that is up to date")).unwrap());
        let text = |sql: &str| new.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        let deliveries =
            "SELECT group_concat(title || sink) FROM (SELECT a.title, d.sink FROM alert a JOIN delivery d ON d.alert = a.n ORDER BY d.n)";
        assert_eq!(text(deliveries), "thook,tdesktop");
        assert_eq!(
            text("SELECT group_concat(article || way || sink) FROM (SELECT * FROM fate ORDER BY article, sink)"),
            "3owndesktop,3ownhook,4groupeddesktop,4groupedhook"
        );
        assert_eq!(text("SELECT group_concat(article || ifnull(json_array_length(sinks), '-')) FROM match"), "32,42,5-");
        let twice = "INSERT INTO fate (article, rule, sink, way, delivery) VALUES (3, 1, 'hook', 'grouped', 1)";
        assert!(new.execute(twice, []).is_err(), "a match goes to a sink in one way");
        let orphan = "INSERT INTO delivery (alert, sink, occasion, state, due_ms, created_ms) VALUES (8, 'hook', 'new', 'pending', 2, 2)";
        assert!(new.execute(orphan, []).is_err(), "keys are enforced again");
        assert!(new.execute("UPDATE alert SET kind = 'health'", []).is_ok() && new.execute("UPDATE alert SET kind = 'other'", []).is_err());
    }
}
