//! How many requests are in flight at once: slots for those that are quick, and a wider place aside for those that last.
//!
//! A slot stands for a connection, for a body in memory and for what it unpacks to. A request that has lasted longer than a
//! moment gives its slot back and goes on aside, so that servers which answer late, or a byte at a time, keep slots from nobody.
//! There it counts by what it has read. What is read to the end takes a slot again.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

/// A request that lasts longer gives its slot back.
const PATIENCE: Duration = Duration::from_secs(1);
/// Requests aside, for each slot.
const ASIDE: usize = 16;
/// What all requests aside may hold of their bodies, in kilobytes.
const ASIDE_KB: usize = 64 << 10;

/// All places. Cheap to clone; clones share them.
#[derive(Debug, Clone)]
pub struct Places {
    slots: Arc<Semaphore>,
    aside: Arc<Semaphore>,
    aside_kb: Arc<Semaphore>,
}

/// The place of one request. Dropping it frees it.
#[derive(Debug)]
pub struct Place {
    places: Places,
    at: Mutex<At>,
}

/// Semaphores are never closed in here, so each permit is there.
type Permit = Option<OwnedSemaphorePermit>;

#[derive(Debug)]
enum At {
    /// In a slot; so many kilobytes of a body are read.
    Slot { slot: Permit, kb: u32 },
    /// Aside; so many kilobytes of a body may be read.
    Aside { _place: Permit, leave: Permit },
    /// In a slot, with a body that is read to its end.
    Read { _slot: Permit },
}

impl Places {
    /// `slots` slots, at least one, and sixteen times as many places aside.
    #[must_use]
    pub fn new(slots: usize) -> Places {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Places { slots: semaphore(slots.max(1)), aside: semaphore(slots.max(1) * ASIDE), aside_kb: semaphore(ASIDE_KB) }
    }

    /// Waits for a slot.
    pub async fn enter(&self) -> Place {
        let slot = take(&self.slots, 1).await;
        Place { places: self.clone(), at: Mutex::new(At::Slot { slot, kb: 0 }) }
    }
}

impl Place {
    /// Does `work`, aside when it lasts.
    pub async fn lasting<T>(&self, work: impl Future<Output = T>) -> T {
        let leaving = async {
            sleep(PATIENCE).await;
            self.step_aside().await;
            pending().await
        };
        tokio::select! {
            biased;
            done = work => done,
            never = leaving => never,
        }
    }

    /// Gives the slot back when there is a place aside, and room for what is read so far.
    async fn step_aside(&self) {
        let (place, mut leave) = (take(&self.places.aside, 1).await, None);
        loop {
            // It goes on reading meanwhile.
            let more = match &mut *self.at() {
                At::Slot { kb, .. } => kb.saturating_sub(kilobytes(&leave)),
                At::Aside { .. } | At::Read { .. } => return,
            };
            if more == 0 {
                break;
            }
            leave = merged(leave, take(&self.places.aside_kb, more).await);
        }
        *self.at() = At::Aside { _place: place, leave };
    }

    /// Waits, aside, until so many bytes of a body may be held.
    pub async fn hold(&self, bytes: usize) {
        let wanted = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let more = match &mut *self.at() {
            At::Slot { kb, .. } => {
                *kb = wanted;
                0
            }
            At::Aside { leave, .. } => wanted.saturating_sub(kilobytes(leave)),
            At::Read { .. } => 0,
        };
        if more > 0 {
            let got = take(&self.places.aside_kb, more).await;
            if let At::Aside { leave, .. } = &mut *self.at() {
                *leave = merged(leave.take(), got);
            }
        }
    }

    /// Takes a slot again, until the end: the body is read.
    pub async fn come_back(&self) {
        let slot = match &mut *self.at() {
            At::Slot { slot, .. } => slot.take(),
            At::Aside { .. } => None,
            At::Read { .. } => return,
        };
        let slot = if slot.is_none() { take(&self.places.slots, 1).await } else { slot };
        *self.at() = At::Read { _slot: slot };
    }

    fn at(&self) -> MutexGuard<'_, At> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(semaphore: &Arc<Semaphore>, permits: u32) -> Permit {
    Arc::clone(semaphore).acquire_many_owned(permits).await.ok()
}

fn kilobytes(leave: &Permit) -> u32 {
    leave.as_ref().map_or(0, |leave| u32::try_from(leave.num_permits()).unwrap_or(u32::MAX))
}

fn merged(one: Permit, other: Permit) -> Permit {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.merge(other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const MOMENT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_millis(1_500);

    #[tokio::test]
    async fn a_request_that_lasts_gives_its_slot_back_and_takes_one_again_for_its_body() {
        let places = Places::new(1);
        let slow = places.enter().await;
        assert!(timeout(MOMENT, slow.lasting(places.enter())).await.is_err(), "not at once");
        let quick = slow.lasting(places.enter()).await;
        assert!(timeout(MOMENT, slow.come_back()).await.is_err(), "the slot is another's");
        drop(quick);
        slow.come_back().await;
        assert!(timeout(LONG, slow.lasting(places.enter())).await.is_err(), "with a body in memory it stays");
        drop(slow);
        places.enter().await;
    }

    #[tokio::test]
    async fn a_request_that_finds_no_place_aside_keeps_its_slot() {
        let places = Places { aside: Arc::new(Semaphore::new(1)), ..Places::new(1) };
        let aside = places.enter().await;
        let slow = aside.lasting(places.enter()).await;
        assert!(timeout(LONG, slow.lasting(places.enter())).await.is_err());
        drop(aside);
        slow.lasting(places.enter()).await;
    }

    #[tokio::test]
    async fn what_is_read_aside_is_bounded_over_all() {
        let places = Places::new(2);
        let (large, small) = (places.enter().await, places.enter().await);
        large.hold((ASIDE_KB - 1) << 10).await;
        let third = large.lasting(places.enter()).await;
        let late = small.lasting(places.enter()).await;
        small.hold(1 << 10).await;
        assert!(timeout(MOMENT, small.hold(2 << 10)).await.is_err(), "no room");
        late.hold(2 << 10).await;
        assert!(timeout(LONG, late.lasting(places.enter())).await.is_err(), "there is no room aside for what it has read");
        drop(third);
        large.come_back().await;
        small.hold(2 << 10).await;
        late.lasting(places.enter()).await;
    }
}
