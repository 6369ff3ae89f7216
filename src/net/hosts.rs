//! The gate of each host: one request in flight at a time, a pause between two, and the global count of requests.
//!
//! The gate of the host comes before the global slot, so a queue before one slow host never keeps slots from others.
//! It never sees a request, and remembers a host no longer than its pause lasts.

use crate::config::Poll;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as Gate, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

/// Hosts kept before the first sweep; afterwards the table may double between two sweeps.
const SWEEP_FROM: usize = 64;

/// All gates. Cheap to clone; clones share the gates.
#[derive(Debug, Clone)]
pub struct Hosts {
    gap: Duration,
    slots: Arc<Semaphore>,
    table: Arc<Mutex<Table>>,
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
    _slot: Option<OwnedSemaphorePermit>,
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
            slots: Arc::new(Semaphore::new(poll.concurrency.max(1))),
            table: Arc::new(Mutex::new(Table { gates: HashMap::new(), sweep_at: SWEEP_FROM })),
        }
    }

    /// Waits until the host is free, its pause is over, and a slot is free. Those who wait for one host go in turn.
    pub async fn enter(&self, host: &str) -> HostPermit {
        let free_at = self.gate(host).lock_owned().await;
        // A timer never fires in the millisecond that it is set in, which would slow every first request.
        if *free_at > Instant::now() {
            sleep_until(*free_at).await;
        }
        // The semaphore is never closed, so there always is a permit in here.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        HostPermit { free_at, gap: self.gap, _slot: slot }
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
        Arc::clone(table.gates.entry(host.to_ascii_lowercase()).or_insert_with(|| Arc::new(Gate::new(now))))
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
    async fn idle_hosts_are_forgotten() {
        let hosts = Hosts::new(&poll(4, Duration::ZERO));
        for i in 0..10_000 {
            drop(hosts.enter(&format!("h{i}.example")).await);
        }
        assert!(hosts.len() <= 2 * SWEEP_FROM, "{}", hosts.len());
    }
}
