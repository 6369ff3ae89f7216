//! The one thread that owns the write connection. Jobs that are ready together share one commit, each but the first in a savepoint
//! of its own, so that one that fails takes nothing of the others with it.

use super::{Result, StoreError, soundness};
use crate::abort;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, oneshot};

/// How long jobs are gathered into one transaction.
const GATHER: Duration = Duration::from_millis(50);

/// Jobs that may wait. Every caller awaits its own, so this is above what can ever be outstanding.
const QUEUE: usize = 16_384;

/// What a job leaves behind: told whether the commit went through, it answers its caller.
type Answer = Box<dyn FnOnce(std::result::Result<(), String>) + Send>;
/// Handed a connection, or the reason why there is no transaction to work in.
type Work = Box<dyn FnOnce(std::result::Result<&Connection, String>) -> (bool, Answer) + Send>;

/// What the writer is told to do.
enum Job {
    Work(Work),
    /// To close the archive, and to say when that is done.
    End(oneshot::Sender<Result<()>>),
}

/// A handle on the writer thread; it ends when the last handle is gone, or when it is told to.
#[derive(Clone, Debug)]
pub struct Db {
    jobs: SyncSender<Job>,
    damage: Arc<Damage>,
}

/// What SQLite said of the file when it found it damaged; it is not written to for long then.
#[derive(Debug, Default)]
struct Damage {
    said: OnceLock<String>,
    found: Notify,
    /// Whether an odd error had the whole archive looked at, which takes as long as it is large: once is enough.
    looked: AtomicBool,
}

impl Damage {
    fn blame(&self, connection: &Connection, error: StoreError) -> StoreError {
        let is_new = soundness::is_odd(&error) && !self.looked.swap(true, Relaxed);
        if is_new { soundness::blame(connection, error) } else { error }
    }

    fn note(&self, error: &StoreError) {
        if error.is_damage() && self.said.set(error.said()).is_ok() {
            self.found.notify_waiters();
        }
    }
}

impl Db {
    /// Starts the writer thread over a connection for writing.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(connection: Connection) -> std::io::Result<Db> {
        let (jobs, queue) = sync_channel(QUEUE);
        let damage: Arc<Damage> = Arc::default();
        let found = damage.clone();
        std::thread::Builder::new().name("archive".into()).spawn(move || serve(connection, &queue, &found))?;
        Ok(Db { jobs, damage })
    }

    /// What SQLite said of the file, once it found it damaged.
    pub fn damage(&self) -> Option<&str> {
        self.damage.said.get().map(String::as_str)
    }

    /// Notes what somebody else found who reads the file; nothing where it is no damage.
    pub fn note_damage(&self, error: &StoreError) {
        self.damage.note(error);
    }

    /// Ends when SQLite finds the file damaged, with what it said.
    pub async fn damaged(&self) -> String {
        loop {
            let found = self.damage.found.notified();
            tokio::pin!(found);
            found.as_mut().enable();
            if let Some(said) = self.damage() {
                return said.to_owned();
            }
            found.await;
        }
    }

    /// Hands a job to the writer and gives back where its answer will come: after the commit that made it durable.
    /// The job may read and write; it must be short (50 ms; a storm of alerts takes longer, see `hold`) and call nobody.
    pub fn call<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Reply<T> {
        let (sender, receiver) = oneshot::channel();
        let damage = self.damage.clone();
        let work: Work = Box::new(move |connection| {
            let work = |connection| work(connection).map_err(|error| damage.blame(connection, error));
            let result = connection.map_err(StoreError::Commit).and_then(work).inspect_err(|error| damage.note(error));
            let kept = result.is_ok();
            let answer: Answer = Box::new(move |commit| {
                let result = result.and_then(|value| commit.map(|()| value).map_err(StoreError::Commit));
                // A caller that has gone away no longer wants to know.
                let _ = sender.send(result);
            });
            (kept, answer)
        });
        // A closed queue drops the job and with it the sender: the reply says that the writer has stopped.
        let _ = self.jobs.send(Job::Work(work));
        Reply { receiver }
    }

    /// Closes the archive, with what stands in its log moved into it, so that the one file holds everything; all later jobs are
    /// told that the writer has stopped. A process that ended without it would leave the log half moved, and the next one would
    /// have to read all of it. What a reader at work for more than a second holds up is moved at the next start.
    ///
    /// # Errors
    /// When the log cannot be moved; it stays beside the archive then, and nothing is lost.
    pub fn end(&self) -> Reply<()> {
        let (sender, receiver) = oneshot::channel();
        let _ = self.jobs.send(Job::End(sender));
        Reply { receiver }
    }
}

/// The answer to a job: await it, or block on it outside a runtime.
#[derive(Debug)]
pub struct Reply<T> {
    receiver: oneshot::Receiver<Result<T>>,
}

impl<T> Reply<T> {
    /// Waits for the answer on a thread that may block.
    ///
    /// # Errors
    /// The job's, the commit's, or that the writer has stopped.
    pub fn wait(self) -> Result<T> {
        self.receiver.blocking_recv().unwrap_or(Err(StoreError::Stopped))
    }
}

impl<T> std::future::Future for Reply<T> {
    type Output = Result<T>;
    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.receiver).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Stopped)))
    }
}

/// Does what it is handed until it is told to end, or the last handle is gone.
fn serve(mut connection: Connection, queue: &Receiver<Job>, damage: &Damage) {
    let mut next = queue.recv();
    while let Ok(Job::Work(first)) = next {
        let mut answers = Vec::new();
        let mut end = None;
        let done = transaction(
            &mut connection,
            first,
            || match queue.try_recv() {
                Ok(Job::Work(work)) => Some(work),
                other => {
                    end = other.ok();
                    None
                }
            },
            &mut answers,
        );
        let outcome = done.map_err(StoreError::Sql).inspect_err(|error| damage.note(error)).map_err(|error| error.said());
        for answer in answers {
            answer(outcome.clone());
        }
        next = end.map_or_else(|| queue.recv(), Ok);
    }
    if let Ok(Job::End(ended)) = next {
        let emptied = empty_log(&connection);
        drop(connection);
        let _ = ended.send(emptied);
    }
}

fn empty_log(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(1))?;
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Runs a job and what else is ready in one transaction.
fn transaction(
    connection: &mut Connection,
    first: Work,
    mut more: impl FnMut() -> Option<Work>,
    answers: &mut Vec<Answer>,
) -> rusqlite::Result<()> {
    let began = Instant::now();
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            answers.push(first(Err(error.to_string())).1);
            return Err(error);
        }
    };
    // Before the first there is nothing to keep: it is taken back with the transaction. A savepoint would hold a copy of each page
    // that is written.
    let (kept, answer) = first(Ok(&transaction));
    answers.push(answer);
    if !kept {
        return Ok(());
    }
    while let Some(job) = (began.elapsed() < GATHER).then(&mut more).flatten() {
        in_savepoint(&transaction, job, answers)?;
    }
    abort::point("commit.before");
    transaction.commit()?;
    abort::point("commit.after");
    Ok(())
}

/// Whatever happens, the job has its answer: where SQLite takes the whole transaction back, as it does when the disk fails or is full,
/// there is no savepoint to go back to.
fn in_savepoint(transaction: &Transaction<'_>, job: Work, answers: &mut Vec<Answer>) -> rusqlite::Result<()> {
    let savepoint = |sql| transaction.prepare_cached(sql)?.execute([]).map(drop);
    if let Err(error) = savepoint("SAVEPOINT job") {
        answers.push(job(Err(error.to_string())).1);
        return Err(error);
    }
    let (kept, answer) = job(Ok(transaction));
    answers.push(answer);
    if !kept {
        savepoint("ROLLBACK TO job")?;
    }
    savepoint("RELEASE job")
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};
    use std::path::Path;

    fn start(archive: &Path) -> Db {
        Db::start(open::read_write(archive).unwrap()).unwrap()
    }

    fn add(db: &Db) -> Reply<usize> {
        db.call(|connection| Ok(connection.execute("INSERT INTO story (first_seen_ms) VALUES (7)", [])?))
    }

    fn stories(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM story", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_job_whose_transaction_was_taken_back_under_it_is_answered_and_the_next_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let db = start(&folder.path().join("a.db"));
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let first = db.call(move |_| {
            gone.recv().unwrap();
            Ok(())
        });
        let second: Reply<()> = db.call(|connection| {
            // What SQLite does by itself when a page cannot be written.
            connection.execute_batch("ROLLBACK")?;
            Err(StoreError::Commit("disk I/O error".into()))
        });
        go.send(()).unwrap();
        // On a slow machine they may be two transactions, and then the first is kept.
        for reply in [first.wait(), second.wait()] {
            assert!(!matches!(reply, Err(StoreError::Stopped)), "{reply:?}");
        }
        assert_eq!(add(&db).wait().unwrap(), 1);
    }

    #[test]
    fn an_archive_that_was_closed_is_one_file_and_takes_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.db");
        let db = start(&archive);
        add(&db).wait().unwrap();
        let (last, ended, late) = (add(&db), db.end(), add(&db));
        last.wait().unwrap();
        ended.wait().unwrap();
        assert!(matches!(late.wait(), Err(StoreError::Stopped)));
        assert!(matches!(db.end().wait(), Err(StoreError::Stopped)));
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["a.db"]);
        assert_eq!(stories(&open::read_only(&archive).unwrap()), 2);
    }

    #[test]
    fn a_job_that_fails_takes_nothing_of_the_others_with_it_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.db");
        let db = start(&archive);
        let fail = || {
            db.call(|connection| {
                connection.execute("INSERT INTO story (first_seen_ms) VALUES (7)", [])?;
                Err::<(), _>(StoreError::Corrupt("meant".into()))
            })
        };
        for round in 1..=3 {
            // Until then all others wait, so that they share what follows.
            let (go, gone) = std::sync::mpsc::channel::<()>();
            let first = db.call(move |_| {
                gone.recv().unwrap();
                Ok(())
            });
            let (one, bad, two, worse, three) = (add(&db), fail(), add(&db), fail(), add(&db));
            go.send(()).unwrap();
            first.wait().unwrap();
            assert!(bad.wait().is_err() && worse.wait().is_err());
            for kept in [one, two, three] {
                kept.wait().unwrap();
            }
            assert!(fail().wait().is_err(), "alone");
            let (bad, after) = (fail(), add(&db));
            assert!(bad.wait().is_err());
            after.wait().unwrap();
            assert_eq!(stories(&open::read_only(&archive).unwrap()), 4 * round);
        }
    }

    #[test]
    fn a_reader_at_work_keeps_its_log_and_nobody_from_ending() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.db");
        let db = start(&archive);
        let reader = open::read_only(&archive).unwrap();
        let reading = reader.unchecked_transaction().unwrap();
        assert_eq!(stories(&reading), 0);
        add(&db).wait().unwrap();
        db.end().wait().unwrap();
        assert!(folder.path().join("a.db-wal").metadata().unwrap().len() > 0);
        assert_eq!(stories(&reading), 0);
        drop(reading);
        assert_eq!(stories(&reader), 1);
    }
}
