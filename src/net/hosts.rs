//! The gate of each host: one request in flight at a time, a pause between two, and the global count of requests.
//!
//! The gate of the host comes before the global slot ([`super::places`]), so a queue before one slow host never keeps slots from
//! others.
//! It never sees a request, and remembers a host no longer than its pause lasts. Hosts that asked for a longer pause, or are
//! out of reach, are remembered beside the gates; the archive keeps those, and the daemon puts them in here.

use super::{
    client::LONG_PAUSE,
    places::{Place, Places},
};
use crate::{
    config::Poll,
    engine::manners::{
        DAY_MS,
        host::{Strain, name_of},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as Gate, OwnedMutexGuard},
    time::{Instant, sleep_until},
};

/// What two readings of the clock may differ by, in milliseconds, before a pause of a day looks longer than that.
const SLACK_MS: i64 = 1_000;

/// Hosts kept before the first sweep; afterwards the table may double between two sweeps.
const SWEEP_FROM: usize = 64;

/// All gates. Cheap to clone; clones share the gates.
#[derive(Debug, Clone)]
pub struct Hosts {
    gap: Duration,
    places: Places,
    table: Arc<Mutex<Table>>,
    strains: Arc<Mutex<HashMap<String, Strain>>>,
}

#[derive(Debug)]
struct Table {
    /// When each host may be asked again; the lock of the gate is held while a request is in flight.
    gates: HashMap<String, Arc<Gate<Instant>>>,
    sweep_at: usize,
}

/// The right to ask one host now. Dropping it starts the host's pause and frees the slot.
#[derive(Debug)]
pub struct HostPermit {
    free_at: OwnedMutexGuard<Instant>,
    gap: Duration,
    place: Place,
}

impl HostPermit {
    /// Whether another feed waits for this host: besides the table and this permit only those who wait hold its gate.
    fn is_waited_for(&self) -> bool {
        Arc::strong_count(OwnedMutexGuard::mutex(&self.free_at)) > 2
    }
}

impl Drop for HostPermit {
    fn drop(&mut self) {
        *self.free_at = Instant::now() + self.gap;
    }
}

impl Hosts {
    /// Gates with the pause `host_gap` and `concurrency` slots.
    #[must_use]
    pub fn new(poll: &Poll) -> Self {
        Self {
            gap: poll.host_gap,
            places: Places::new(poll.concurrency, poll.max_bytes),
            table: Arc::new(Mutex::new(Table { gates: HashMap::new(), sweep_at: SWEEP_FROM })),
            strains: Arc::default(),
        }
    }

    /// The same gates under changed settings, with the same hosts that want to be left alone: who waits at one still waits there.
    #[must_use]
    pub fn renewed(&self, poll: &Poll) -> Self {
        Self { table: self.table.clone(), strains: self.strains.clone(), ..Self::new(poll) }
    }

    /// What is remembered of the host of this name.
    #[must_use]
    pub fn strain(&self, name: &str) -> Option<Strain> {
        self.strains.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// Remembers the host of this name, or forgets it.
    pub fn put_strain(&self, name: &str, strain: Option<Strain>) {
        let mut strains = self.strains.lock().unwrap_or_else(PoisonError::into_inner);
        match strain {
            Some(strain) => strains.insert(name.to_owned(), strain),
            None => strains.remove(name),
        };
    }

    /// Forgets the hosts that are not to be left alone at their own wish but were out of reach; gives their names.
    pub fn forget_unreached(&self) -> Vec<String> {
        let mut strains = self.strains.lock().unwrap_or_else(PoisonError::into_inner);
        strains.extract_if(|_, strain| !strain.asked).map(|(name, _)| name).collect()
    }

    /// Until when the host of this name wants to be left alone, Unix milliseconds, if that is after `now_ms`. A pause of more
    /// than a day was set by a clock that was wrong.
    #[must_use]
    pub fn paused_until_ms(&self, name: &str, now_ms: i64) -> Option<i64> {
        let until_ms = self.strain(name)?.until_ms;
        (now_ms < until_ms && until_ms - now_ms <= DAY_MS + SLACK_MS).then_some(until_ms)
    }

    /// Waits until the host is free, its pause is over, and a slot is free. Those who wait for one host go in turn.
    pub async fn enter(&self, host: &str) -> HostPermit {
        let free_at = self.gate(host).lock_owned().await;
        // A timer never fires in the millisecond that it is set in, which would slow every first request.
        if *free_at > Instant::now() {
            sleep_until(*free_at).await;
        }
        HostPermit { free_at, gap: self.gap, place: self.places.enter().await }
    }

    /// How many hosts are remembered at the moment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).gates.len()
    }

    /// Whether no host is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn gate(&self, host: &str) -> Arc<Gate<Instant>> {
        let now = Instant::now();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.gates.len() >= table.sweep_at {
            // Strangers can hold a gate only by a clone of the `Arc`, and clones are made under this lock.
            table.gates.retain(|_, gate| Arc::strong_count(gate) > 1 || gate.try_lock().is_ok_and(|at| *at > now));
            table.sweep_at = (table.gates.len() * 2).max(SWEEP_FROM);
        }
        Arc::clone(table.gates.entry(name_of(host)).or_insert_with(|| Arc::new(Gate::new(now))))
    }
}

/// A poll's turn along its redirects: at one host at a time, each within its own gate. Without gates it waits for nobody.
#[derive(Debug, Default)]
pub struct Turn {
    hosts: Option<Hosts>,
    held: Option<(String, HostPermit)>,
}

impl Turn {
    /// Nobody's turn yet.
    #[must_use]
    pub fn new(hosts: &Hosts) -> Self {
        Self { hosts: Some(hosts.clone()), held: None }
    }

    /// Waits for the turn at `host`, after giving back the one at another host: two feeds that redirect to each other's host
    /// never wait for each other. A redirect within a host is part of the same turn.
    ///
    /// # Errors
    /// Until when the host wants to be left alone, Unix milliseconds; it is not waited for.
    pub async fn at(&mut self, host: &str, now_ms: i64) -> Result<(), i64> {
        let Some(hosts) = &self.hosts else { return Ok(()) };
        let name = name_of(host);
        if self.held.as_ref().is_some_and(|(held, _)| *held == name) {
            return Ok(());
        }
        self.held = None;
        if let Some(until_ms) = hosts.paused_until_ms(&name, now_ms) {
            return Err(until_ms);
        }
        let asked = Instant::now();
        let permit = hosts.enter(&name).await;
        // Another feed may have been told so while this one waited: for a day from then, not from when this one came.
        let now_ms = now_ms + i64::try_from(asked.elapsed().as_millis()).unwrap_or(0);
        if let Some(until_ms) = hosts.paused_until_ms(&name, now_ms) {
            return Err(until_ms);
        }
        self.held = Some((name, permit));
        Ok(())
    }

    /// The name of the host that it is at.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.held.as_ref().map(|(name, _)| name.as_str())
    }

    /// Whether it is at a host that nobody else waits for, or that is left alone for long after it.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.held.as_ref().is_some_and(|(_, permit)| permit.gap > LONG_PAUSE || !permit.is_waited_for())
    }

    /// Its place among the requests in flight.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.held.as_ref().map(|(_, permit)| &permit.place)
    }
}

/// The host of an address as [`Hosts::enter`] takes it, lower case and without a port; `None` where it has none.
#[must_use]
pub fn host_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(concurrency: usize, host_gap: Duration) -> Poll {
        Poll { concurrency, host_gap, ..Poll::default() }
    }

    #[test]
    fn host_of_an_address_is_its_name_alone() {
        assert_eq!(host_of("https://u:p@News.Example:8443/feed?x=1").as_deref(), Some("news.example"));
        assert_eq!(host_of("http://0x7f.1/").as_deref(), Some("127.0.0.1"));
        assert_eq!(host_of("mailto:a@b"), None);
    }

    #[tokio::test]
    async fn one_host_is_never_asked_twice_at_once_and_rests_between() {
        let hosts = Hosts::new(&poll(16, Duration::from_millis(40)));
        let start = Instant::now();
        for turn in 0..4 {
            let permit = hosts.enter("a.example").await;
            assert!(start.elapsed() >= Duration::from_millis(60) * turn);
            let second = tokio::time::timeout(Duration::from_millis(20), hosts.enter("A.example")).await;
            assert!(second.is_err());
            drop(permit);
        }
    }

    #[tokio::test]
    async fn queue_before_one_host_leaves_the_slots_to_others() {
        let hosts = Hosts::new(&poll(2, Duration::from_secs(600)));
        let busy = hosts.enter("slow.example").await;
        let waiting: Vec<_> = (0..10)
            .map(|_| {
                let hosts = hosts.clone();
                tokio::spawn(async move { drop(hosts.enter("slow.example").await) })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(10)).await;
        drop(hosts.enter("quick.example").await);
        drop(busy);
        // All ten wait or rest now; both slots are free for others.
        let _a = hosts.enter("a.example").await;
        let _b = hosts.enter("b.example").await;
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn slots_bound_the_requests_over_all_hosts() {
        let hosts = Hosts::new(&poll(3, Duration::ZERO));
        let held = [hosts.enter("a").await, hosts.enter("b").await, hosts.enter("c").await];
        let fourth = tokio::time::timeout(Duration::from_millis(20), hosts.enter("d")).await;
        assert!(fourth.is_err());
        drop(held);
        drop(hosts.enter("d").await);
    }

    #[tokio::test]
    async fn the_last_at_a_host_is_the_one_whom_nobody_waits_for() {
        let hosts = Hosts::new(&poll(2, Duration::ZERO));
        let mut turn = Turn::new(&hosts);
        assert!(!turn.is_last(), "it is nowhere yet");
        turn.at("a.example", 0).await.unwrap();
        let elsewhere = hosts.enter("b.example").await;
        assert!(turn.is_last());
        drop(elsewhere);
        let mut next = Turn::new(&hosts);
        let waiting = tokio::spawn(async move { next.at("a.example", 0).await.map(|()| next.is_last()) });
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(!turn.is_last());
        drop(turn);
        assert_eq!(waiting.await.unwrap(), Ok(true));
    }

    #[tokio::test]
    async fn two_feeds_that_redirect_to_each_others_host_never_wait_for_each_other() {
        let hosts = Hosts::new(&poll(16, Duration::ZERO));
        let way = |from: &'static str, to: &'static str| {
            let hosts = hosts.clone();
            async move {
                let mut turn = Turn::new(&hosts);
                turn.at(from, 0).await.unwrap();
                tokio::task::yield_now().await;
                turn.at(to, 0).await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(way("a", "b"), way("b", "a")) }).await.unwrap();
    }

    #[tokio::test]
    async fn a_host_that_wants_to_be_left_alone_is_not_waited_for() {
        let hosts = Hosts::new(&poll(16, Duration::ZERO));
        hosts.put_strain("a.example", Some(Strain { times: 1, until_ms: 5_000, asked: true }));
        assert_eq!(Turn::new(&hosts).at("www.a.example", 4_999).await, Err(5_000));
        assert_eq!(Turn::new(&hosts).at("a.example", 5_000).await, Ok(()));
        assert_eq!(Turn::new(&hosts).at("a.example", -2 * DAY_MS).await, Ok(()), "the clock was set back by days");
        assert_eq!(Turn::new(&hosts.renewed(&poll(1, Duration::ZERO))).at("a.example", 0).await, Err(5_000), "a reload forgets nothing");
    }

    #[tokio::test]
    async fn a_pause_of_a_day_holds_for_those_who_wait_already() {
        let hosts = Hosts::new(&poll(16, Duration::ZERO));
        let mut first = Turn::new(&hosts);
        first.at("a.example", 0).await.unwrap();
        let mut second = Turn::new(&hosts);
        let waiting = tokio::spawn(async move { second.at("a.example", 0).await });
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let strain = Strain::limited(None, Some(86_400), 2_400);
        hosts.put_strain("a.example", Some(strain));
        drop(first);
        assert_eq!(waiting.await.unwrap(), Err(strain.until_ms));
    }

    #[tokio::test]
    async fn a_reload_opens_no_second_gate() {
        let hosts = Hosts::new(&poll(16, Duration::ZERO));
        let busy = hosts.enter("a.example").await;
        let renewed = hosts.renewed(&poll(4, Duration::from_secs(1)));
        assert!(tokio::time::timeout(Duration::from_millis(20), renewed.enter("a.example")).await.is_err());
        drop(busy);
        drop(renewed.enter("a.example").await);
    }

    #[tokio::test]
    async fn idle_hosts_are_forgotten() {
        let hosts = Hosts::new(&poll(4, Duration::ZERO));
        for i in 0..10_000 {
            drop(hosts.enter(&format!("h{i}.example")).await);
        }
        assert!(hosts.len() <= 2 * SWEEP_FROM, "{}", hosts.len());
    }
}
