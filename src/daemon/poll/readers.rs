//! The threads that read documents; they also fold what is to be indexed, when they have rest. Always the same few: what a thread
//! once needed for a document, the allocator keeps for it, so that more threads would hold more memory for no more work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};
use tokio::sync::{Notify, Semaphore, oneshot};

/// Documents read at once; each may take its cap several times over in memory.
const READERS: usize = 4;

/// A document of more bytes on the wire is long: all threads but one read such, so that a short one with news does not wait behind
/// the first reads of a few long feeds.
const LONG_BYTES: usize = 64 * 1024;

type Job = Box<dyn FnOnce() + Send>;

/// A handle on the threads; they end when it is gone.
#[derive(Debug)]
pub struct Readers {
    turns: Arc<Semaphore>,
    /// How many of the turns long documents may have.
    long: Arc<Semaphore>,
    jobs: Sender<Job>,
    /// Told when the last of what was being read is done.
    done: Arc<Notify>,
}

impl Readers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system refuses them.
    pub fn start() -> std::io::Result<Readers> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let readers =
            Readers { turns: Arc::new(Semaphore::new(READERS)), long: Arc::new(Semaphore::new(READERS - 1)), jobs, done: Arc::default() };
        for _ in 0..READERS {
            let (queue, turns, done) = (queue.clone(), readers.turns.clone(), readers.done.clone());
            let rested = move || {
                if turns.available_permits() == READERS {
                    done.notify_waiters();
                }
            };
            std::thread::Builder::new().name("reader".into()).spawn(move || serve(&queue, &rested))?;
        }
        Ok(readers)
    }

    /// Does `read`, of a document of so many bytes on the wire, when a thread is free for it; `None` where it panicked. The turn is
    /// given back by the thread, whoever has stopped waiting for it: whoever has all turns knows that nothing is being read.
    pub async fn read<T: Send + 'static>(&self, bytes: usize, read: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let long = if bytes > LONG_BYTES { Some(self.long.clone().acquire_owned().await.ok()?) } else { None };
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        let (sender, answer) = oneshot::channel();
        let job = move || {
            let _turn = (turn, long);
            // Whoever asked may have gone.
            let _ = sender.send(read());
        };
        self.jobs.send(Box::new(job)).ok()?;
        answer.await.ok()
    }

    /// Waits for a moment in which nothing is being read, but no longer than `patience`.
    pub async fn quiet(&self, patience: Duration) {
        let done = self.done.notified();
        if self.turns.available_permits() < READERS {
            let _ = tokio::time::timeout(patience, done).await;
        }
    }

    /// Waits until nothing is being read, and lets nothing more be read before that.
    pub async fn idle(&self) {
        let _all = self.turns.acquire_many(READERS as u32).await;
    }
}

fn serve(queue: &Mutex<Receiver<Job>>, rested: impl Fn()) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Its sender is dropped on the way, which tells whoever waits.
        let _ = catch_unwind(AssertUnwindSafe(job));
        rested();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::HashSet, thread};

    #[tokio::test]
    async fn what_panics_costs_no_other_its_turn() {
        let readers = Readers::start().unwrap();
        for n in 0..3 * READERS {
            assert_eq!(readers.read::<()>(0, || panic!("meant")).await, None);
            assert_eq!(readers.read(0, move || n).await, Some(n));
        }
    }

    #[tokio::test]
    async fn a_short_document_waits_for_no_long_ones() {
        let readers = Arc::new(Readers::start().unwrap());
        let (go, gone) = channel::<()>();
        let gone = Arc::new(Mutex::new(gone));
        let long = |readers: Arc<Readers>, gone: Arc<Mutex<Receiver<()>>>| async move {
            readers.read(LONG_BYTES + 1, move || gone.lock().unwrap().recv().is_err()).await
        };
        let reading: Vec<_> = (0..2 * READERS).map(|_| tokio::spawn(long(readers.clone(), gone.clone()))).collect();
        while readers.long.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(readers.read(LONG_BYTES, || 1).await, Some(1));
        drop(go);
        for read in reading {
            assert_eq!(read.await.unwrap(), Some(true));
        }
    }

    #[tokio::test]
    async fn documents_are_read_by_the_same_few_threads() {
        let readers = Readers::start().unwrap();
        let mut seen = HashSet::new();
        for _ in 0..100 {
            seen.extend(readers.read(0, || thread::current().id()).await);
        }
        assert!(!seen.is_empty() && seen.len() <= READERS);
    }

    #[tokio::test]
    async fn a_quiet_moment_is_waited_for_and_not_for_ever() {
        let readers = Arc::new(Readers::start().unwrap());
        readers.quiet(Duration::MAX).await;
        for ends in [false, true] {
            let (go, gone) = channel::<()>();
            let reading = readers.clone();
            let task = tokio::spawn(async move { reading.read(0, move || gone.recv()).await });
            while readers.turns.available_permits() == READERS {
                tokio::task::yield_now().await;
            }
            if ends {
                let waiting = readers.quiet(Duration::MAX);
                tokio::join!(waiting, async { go.send(()).unwrap() });
            } else {
                readers.quiet(Duration::from_millis(20)).await;
                go.send(()).unwrap();
            }
            task.await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_read_before_the_end() {
        let readers = Arc::new(Readers::start().unwrap());
        let (go, gone) = channel::<()>();
        let (done, is_done) = channel();
        let reading = readers.clone();
        let task = tokio::spawn(async move {
            reading.read(0, move || (gone.recv(), done.send(()))).await;
        });
        while readers.turns.available_permits() == READERS {
            tokio::task::yield_now().await;
        }
        task.abort();
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), readers.idle()).await.is_err());
        go.send(()).unwrap();
        readers.idle().await;
        assert!(is_done.try_recv().is_ok());
    }
}
