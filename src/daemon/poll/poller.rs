//! The feeds under way: which of those that are due are started, and what the end of each says of the archive.

use super::{Outcome, Poll, breaker::Breaker, notes, poll};
use crate::{
    abort,
    daemon::{Daemon, Result, chain, clock, full, pace},
    engine::manners::{LONGEST_MS, spread::Spread},
    store::feed,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::Instant,
};

/// The longest that the loop sleeps: a laptop may wake, a clock may be set.
const LONGEST_SLEEP_MS: i64 = 30_000;

/// How long a feed is left alone whose poll panicked, in milliseconds.
const AFTER_PANIC_MS: i64 = 3_600_000;

/// Feeds under way at once, waiting for their host included.
const UNDER_WAY: usize = 10_000;

/// Feeds under way.
#[derive(Debug)]
pub struct Poller {
    daemon: Arc<Daemon>,
    tasks: JoinSet<(i64, Poll)>,
    /// The rows of the feeds under way, each with its task and its id.
    under_way: HashMap<i64, (Id, String)>,
    /// Spreads what is due in one moment; without it all are started at once.
    spread: Option<Spread>,
    /// Whether feeds are due that were left for later.
    left: bool,
    breaker: Breaker,
    /// Feeds whose last answer the archive refused.
    refused: HashSet<String>,
}

impl Poller {
    /// Nothing under way, nothing refused.
    pub fn new(daemon: Arc<Daemon>) -> Poller {
        daemon.refusal.shut(false);
        let (tasks, breaker) = (JoinSet::new(), Breaker::Closed);
        Poller { daemon, tasks, under_way: HashMap::new(), spread: None, left: false, breaker, refused: HashSet::new() }
    }

    /// The same, which starts feeds that are due together one after another.
    pub fn spread(daemon: Arc<Daemon>) -> Poller {
        Poller { spread: Some(Spread::new(clock::now_ms())), ..Poller::new(daemon) }
    }

    /// Starts the feeds that are due, as many as may be started in one moment, and as the state of the network allows; gives how many
    /// those were.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub async fn start_due(&mut self) -> Result<usize> {
        abort::point("poll.due");
        if !self.is_archive_ready().await {
            self.left = false;
            return Ok(0);
        }
        pace::renew(&self.daemon).await?;
        let room = UNDER_WAY.saturating_sub(self.tasks.len());
        // Those under way are still due in the archive, so as many more are asked for.
        let limit = room + self.under_way.len();
        let due =
            self.daemon.db.call(move |connection| feed::due(connection, clock::now_ms(), LONGEST_MS + LONGEST_MS / 10, limit)).await?;
        let live = self.daemon.live();
        let mut waiting: Vec<_> = due
            .into_iter()
            .filter(|(_, state)| !self.under_way.contains_key(&state.row))
            .filter_map(|(id, state)| Some((live.feeds.get(&id)?.clone(), Box::new(state))))
            .take(room)
            .collect();
        // It may be one feed's answer alone that is refused, each time: others show first whether it is.
        waiting.sort_by_key(|(feed, _)| self.refused.contains(&feed.id));
        let allowed = self.allowed(waiting.len());
        self.left = allowed < waiting.len();
        for (feed, state) in waiting.into_iter().take(allowed) {
            let (row, id) = (state.row, feed.id.clone());
            let (daemon, live) = (self.daemon.clone(), live.clone());
            let task = self.tasks.spawn(async move { (row, poll(daemon, live, feed, state).await) });
            self.under_way.insert(row, (task.id(), id));
        }
        Ok(allowed)
    }

    /// Whether there is a use in asking feeds, by a try where the archive has refused and it is time for one.
    async fn is_archive_ready(&mut self) -> bool {
        match self.breaker.open_until() {
            None => true,
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                let taken = full::try_out(&self.daemon).await;
                self.breaker.tried(taken, Instant::now());
                self.daemon.refusal.shut(!taken);
                taken
            }
        }
    }

    /// Hears from the end of a poll whether the archive takes in; gives whether that changes what may be started.
    pub(super) fn hear(&mut self, poll: &Poll) -> bool {
        let before = self.breaker;
        match &poll.outcome {
            Outcome::Store(error) => {
                full::refused(&self.daemon, error);
                self.breaker.refused(Instant::now());
                self.daemon.refusal.shut(true);
                self.refused.insert(poll.feed.clone());
            }
            Outcome::Held(_) => {}
            Outcome::Unchanged | Outcome::Read(_) | Outcome::Failed(_) => {
                self.refused.remove(&poll.feed);
                if self.breaker.taken() {
                    full::taken(&self.daemon);
                }
            }
        }
        self.breaker != before
    }

    /// How many of `waiting` feeds may be started now.
    fn allowed(&mut self, waiting: usize) -> usize {
        let now_ms = clock::now_ms();
        let link = self.daemon.link();
        if !link.may_ask(self.tasks.len(), now_ms) {
            return 0;
        }
        let most = if link.is_down() { waiting.min(1) } else { waiting }.min(self.breaker.lets(self.tasks.len()));
        let wanted = self.daemon.live().pace.wanted();
        self.spread.as_mut().map_or(most, |spread| spread.take(most, wanted, now_ms))
    }

    /// How long there is nothing to start, as far as is known now.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(super) async fn until_next(&self) -> Result<Duration> {
        // With feeds under way, the next end wakes the loop anyway; they are due in the archive until then.
        if !self.under_way.is_empty() {
            return Ok(Duration::from_secs(1));
        }
        if let Some(until) = self.breaker.open_until() {
            return Ok(until.duration_since(Instant::now()));
        }
        if self.left {
            return Ok(Duration::from_millis(500));
        }
        let next = self.daemon.db.call(feed::next_due_ms).await?;
        let pause_ms = next.map_or(LONGEST_SLEEP_MS, |next| (next - clock::now_ms()).clamp(50, LONGEST_SLEEP_MS));
        Ok(Duration::from_millis(pause_ms.unsigned_abs()))
    }

    /// Drops every fetch in hand, and writes what the feeds answered before; then it waits for what is being read, which is archived.
    pub(super) async fn end(&mut self) {
        self.tasks.shutdown().await;
        notes::write(&self.daemon).await;
        self.daemon.readers.idle().await;
    }

    /// The next poll that ends; `None` when none is under way.
    pub async fn next(&mut self) -> Option<Poll> {
        loop {
            match self.tasks.join_next().await? {
                Ok((row, poll)) => {
                    self.under_way.remove(&row);
                    return Some(poll);
                }
                Err(error) => self.put_off(&error).await,
            }
        }
    }

    /// A feed whose poll panicked is left alone for a while: it may do so each time.
    async fn put_off(&mut self, error: &JoinError) {
        let Some((_, (_, feed))) = self.under_way.extract_if(|_, (task, _)| *task == error.id()).next() else { return };
        tracing::error!(feed, %error, "a poll ended by itself; its feed is asked again in an hour");
        let at_ms = clock::now_ms() + AFTER_PANIC_MS;
        if let Err(error) = self.daemon.db.call(move |connection| feed::due_at(connection, &feed, at_ms)).await {
            tracing::warn!(error = %chain(&error), "a feed was not put off");
        }
    }
}
