//! The threads that read documents. Always the same few: what a thread once needed for a document, the allocator keeps for it, so
//! that more threads would hold more memory for no more work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
};
use tokio::sync::{Semaphore, oneshot};

/// Documents read at once; each may take its cap several times over in memory.
const READERS: usize = 4;

type Job = Box<dyn FnOnce() + Send>;

/// A handle on the threads; they end when it is gone.
#[derive(Debug)]
pub struct Readers {
    turns: Arc<Semaphore>,
    jobs: Sender<Job>,
}

impl Readers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system refuses them.
    pub fn start() -> std::io::Result<Readers> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..READERS {
            let queue = queue.clone();
            std::thread::Builder::new().name("reader".into()).spawn(move || serve(&queue))?;
        }
        Ok(Readers { turns: Arc::new(Semaphore::new(READERS)), jobs })
    }

    /// Does `read` when a thread is free; `None` where it panicked. The turn is given back by the thread, whoever has stopped waiting
    /// for it: whoever has all turns knows that nothing is being read.
    pub async fn read<T: Send + 'static>(&self, read: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        let (sender, answer) = oneshot::channel();
        let job = move || {
            let _turn = turn;
            // Whoever asked may have gone.
            let _ = sender.send(read());
        };
        self.jobs.send(Box::new(job)).ok()?;
        answer.await.ok()
    }

    /// Waits until nothing is being read.
    pub async fn idle(&self) {
        let _all = self.turns.acquire_many(READERS as u32).await;
    }
}

fn serve(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Its sender is dropped on the way, which tells whoever waits.
        let _ = catch_unwind(AssertUnwindSafe(job));
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
            assert_eq!(readers.read::<()>(|| panic!("meant")).await, None);
            assert_eq!(readers.read(move || n).await, Some(n));
        }
    }

    #[tokio::test]
    async fn documents_are_read_by_the_same_few_threads() {
        let readers = Readers::start().unwrap();
        let mut seen = HashSet::new();
        for _ in 0..100 {
            seen.extend(readers.read(|| thread::current().id()).await);
        }
        assert!(!seen.is_empty() && seen.len() <= READERS);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_read_before_the_end() {
        let readers = Arc::new(Readers::start().unwrap());
        let (go, gone) = channel::<()>();
        let (done, is_done) = channel();
        let reading = readers.clone();
        let task = tokio::spawn(async move {
            reading.read(move || (gone.recv(), done.send(()))).await;
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
