//! What polls without a document leave in the rows of their feeds. No alert waits for it: it is written a moment later, with that
//! of all other polls that ended meanwhile, in one job for the archive. To wake its thread for each of a thousand feeds that have
//! nothing new, and to be woken by it as often, would cost more than to write it.

use super::super::Daemon;
use crate::store::{
    StoreError,
    feed::{self, Polled},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// How long it waits for others.
const PATIENCE: Duration = Duration::from_millis(50);

/// What is still to be written.
#[derive(Debug, Default)]
pub struct Notes {
    notes: Mutex<Vec<Note>>,
}

#[derive(Debug)]
struct Note {
    row: i64,
    polled: Polled,
    written: oneshot::Sender<Result<(), StoreError>>,
}

impl Notes {
    fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is the first one.
    fn add(&self, note: Note) -> bool {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(note);
        notes.len() == 1
    }
}

/// Leaves this in the row of a feed; what it gives is done when that is durable.
///
/// # Errors
/// When the archive refuses.
pub fn put(daemon: &Arc<Daemon>, row: i64, polled: Polled) -> impl Future<Output = Result<(), StoreError>> + use<> {
    let (written, answer) = oneshot::channel();
    if daemon.notes.add(Note { row, polled, written }) {
        let daemon = daemon.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            write(&daemon).await;
        });
    }
    async { answer.await.unwrap_or(Err(StoreError::Stopped)) }
}

/// Writes what waits. Where the archive refuses it, each feed's is written by itself: one may be to blame, and the others are not.
pub async fn write(daemon: &Daemon) {
    let (polls, answers): (Vec<_>, Vec<_>) = daemon.notes.take().into_iter().map(|note| ((note.row, note.polled), note.written)).unzip();
    if polls.is_empty() {
        return;
    }
    let polls = Arc::new(polls);
    let together = polls.clone();
    let all = daemon.db.call(move |connection| together.iter().try_for_each(|(row, polled)| feed::polled(connection, *row, polled))).await;
    for (nth, written) in answers.into_iter().enumerate() {
        let polls = polls.clone();
        let one = match all {
            Ok(()) => Ok(()),
            Err(_) => daemon.db.call(move |connection| feed::polled(connection, polls[nth].0, &polls[nth].1)).await,
        };
        // Who waited for it may be gone.
        let _ = written.send(one);
    }
}
