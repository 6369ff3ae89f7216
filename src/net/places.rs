//! How many requests are in flight at once: slots for those that are quick, and a wider place aside for those that last.
//!
//! A slot stands for a connection and for a body in memory, as it came over the wire. A request that has lasted longer than a
//! moment gives its slot back and goes on aside, so that servers which answer late, or a byte at a time, keep slots from nobody.
//! There it has a share of its own for what it reads, which nobody can take from it; what is read beyond that, all those aside share.
//! What is read to the end takes a slot again.
//!
//! So much memory all bodies on the wire may take: `max_bytes` for each slot, and aside 64 MiB, or `max_bytes` where that is more, and
//! 256 KiB for each place. With the 16 slots and 10 MiB of the default that is 160 MiB + 128 MiB. What they unpack to is in memory for those alone
//! that are being read.

use std::{
    future::pending,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex as Turns, MutexGuard as TurnGuard, OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

/// A request that lasts longer gives its slot back: 16 slots are enough for 60 new requests a second that all last.
const PATIENCE: Duration = Duration::from_millis(250);
/// Requests aside, for each slot.
const ASIDE: usize = 16;
/// What each request aside may hold of its body whatever the others do, in KiB: most feeds are smaller, packed or not.
const OWN_KIB: u32 = 256;
/// What all requests aside may hold of their bodies beyond that, in KiB; more where one body alone may have more.
const ASIDE_KIB: usize = 64 << 10;
/// A body beyond its own share that gains less than [`LEAST_KIB`] in this time while others wait for room is in their way.
const GRACE: Duration = Duration::from_secs(3);
/// See [`GRACE`].
const LEAST_KIB: u32 = 64;
/// From one that gives up its room to the next: whoever waited has it by then.
const BREATH: Duration = Duration::from_millis(20);

/// All places. Cheap to clone; clones share them.
#[derive(Debug, Clone)]
pub struct Places {
    slots: Arc<Semaphore>,
    aside: Arc<Semaphore>,
    room: Arc<Room>,
}

/// What all requests aside share.
#[derive(Debug)]
struct Room {
    kib: Arc<Semaphore>,
    /// How many wait for some of it.
    waiting: AtomicUsize,
    /// Those in the way give up one by one, and no more of them than must.
    giving_up: Turns<()>,
}

/// It was in the way of others: see [`Place::lasting`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("less than {LEAST_KIB} KiB of a large answer came within {} s, while others waited for room", GRACE.as_secs())]
pub struct InTheWay;

/// The place of one request. Dropping it frees it.
#[derive(Debug)]
pub struct Place {
    places: Places,
    at: Mutex<At>,
    /// Whether it waits in [`Place::hold`], so that it cannot read on: one or none.
    held_up: AtomicUsize,
}

/// Semaphores are never closed in here, so each permit is there.
type Permit = Option<OwnedSemaphorePermit>;

#[derive(Debug)]
enum At {
    /// In a slot; so many KiB of a body are read.
    Slot { slot: Permit, kib: u32 },
    /// Aside; so many KiB of a body are read, with leave for those beyond its own share.
    Aside { _place: Permit, leave: Permit, kib: u32 },
    /// In a slot, with a body that is read to its end.
    Read { _slot: Permit },
    /// It was in the way, and holds nothing.
    Left,
}

impl Places {
    /// `slots` slots, at least one, and sixteen times as many places aside, for bodies of at most `max_bytes`.
    #[must_use]
    pub fn new(slots: usize, max_bytes: u64) -> Places {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let body_kib = usize::try_from(max_bytes.div_ceil(1024)).unwrap_or(usize::MAX);
        let kib = semaphore(body_kib.clamp(ASIDE_KIB, Semaphore::MAX_PERMITS));
        let room = Room { kib, waiting: AtomicUsize::new(0), giving_up: Turns::new(()) };
        Places { slots: semaphore(slots.max(1)), aside: semaphore(slots.max(1) * ASIDE), room: Arc::new(room) }
    }

    /// Waits for a slot.
    pub async fn enter(&self) -> Place {
        let slot = take(&self.slots, 1).await;
        Place { places: self.clone(), at: Mutex::new(At::Slot { slot, kib: 0 }), held_up: AtomicUsize::new(0) }
    }
}

impl Room {
    /// Waits for so many KiB.
    async fn take(&self, kib: u32) -> Permit {
        if let Ok(free) = Arc::clone(&self.kib).try_acquire_many_owned(kib) {
            return Some(free);
        }
        let _waits = Waits::begin(&self.waiting);
        take(&self.kib, kib).await
    }
}

/// One who waits, until it is dropped.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Waits(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Place {
    /// Does `work`, aside when it lasts.
    ///
    /// # Errors
    /// When it holds much of a body that hardly grows while others wait for room: it is given up then.
    pub async fn lasting<T>(&self, work: impl Future<Output = T>) -> Result<T, InTheWay> {
        let leaving = async {
            sleep(PATIENCE).await;
            self.step_aside().await;
            pending().await
        };
        tokio::select! {
            biased;
            done = work => Ok(done),
            // The work is gone by now, and takes none of the room itself.
            _turn = self.is_in_the_way() => {
                *self.at() = At::Left;
                sleep(BREATH).await;
                Err(InTheWay)
            }
            never = leaving => never,
        }
    }

    /// Gives the slot back when there is a place aside, and room for what is read so far.
    async fn step_aside(&self) {
        let (place, mut leave) = (take(&self.places.aside, 1).await, None);
        let kib = loop {
            // It goes on reading meanwhile.
            let (more, kib) = match &mut *self.at() {
                At::Slot { kib, .. } => (beyond(*kib, &leave), *kib),
                At::Aside { .. } | At::Read { .. } | At::Left => return,
            };
            if more == 0 {
                break kib;
            }
            leave = merged(leave, self.places.room.take(more).await);
        };
        *self.at() = At::Aside { _place: place, leave, kib };
    }

    /// Waits, aside, until so many bytes of a body may be held.
    pub async fn hold(&self, bytes: usize) {
        let wanted = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let more = match &mut *self.at() {
            At::Slot { kib, .. } => {
                *kib = wanted;
                0
            }
            At::Aside { leave, .. } => beyond(wanted, leave),
            At::Read { .. } | At::Left => 0,
        };
        let got = if more > 0 {
            let _held_up = Waits::begin(&self.held_up);
            self.places.room.take(more).await
        } else {
            None
        };
        if let At::Aside { leave, kib, .. } = &mut *self.at() {
            (*leave, *kib) = (merged(leave.take(), got), wanted);
        }
    }

    /// Waits until it is in the way of others, and it is its turn to give up what it holds.
    async fn is_in_the_way(&self) -> TurnGuard<'_, ()> {
        let room = &self.places.room;
        loop {
            let before = self.large_kib();
            sleep(GRACE).await;
            let turn = room.giving_up.lock().await;
            let grown = before.zip(self.large_kib()).map(|(before, now)| now.saturating_sub(before));
            // Who is held up himself is in nobody's way while nobody else waits.
            let others_wait = room.waiting.load(Relaxed) > self.held_up.load(Relaxed);
            if grown.is_some_and(|kib| kib < LEAST_KIB) && others_wait {
                return turn;
            }
        }
    }

    /// What is read of a body, where that is more than its own share.
    fn large_kib(&self) -> Option<u32> {
        match &*self.at() {
            At::Slot { kib, .. } | At::Aside { kib, .. } => Some(*kib).filter(|kib| *kib > OWN_KIB),
            At::Read { .. } | At::Left => None,
        }
    }

    /// Takes a slot again, until the end: the body is read.
    pub async fn come_back(&self) {
        let slot = match &mut *self.at() {
            At::Slot { slot, .. } => slot.take(),
            At::Aside { .. } | At::Left => None,
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

fn kibibytes(leave: &Permit) -> u32 {
    leave.as_ref().map_or(0, |leave| u32::try_from(leave.num_permits()).unwrap_or(u32::MAX))
}

/// For how many of these KiB there is no leave yet.
fn beyond(kib: u32, leave: &Permit) -> u32 {
    kib.saturating_sub(OWN_KIB).saturating_sub(kibibytes(leave))
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

    /// What a request may hold of its own, and so many KiB more, in bytes.
    const fn own_and(kib: usize) -> usize {
        (OWN_KIB as usize + kib) << 10
    }

    fn places(slots: usize) -> Places {
        Places::new(slots, 10 << 20)
    }

    #[tokio::test]
    async fn a_request_that_lasts_gives_its_slot_back_and_takes_one_again_for_its_body() {
        let places = places(1);
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
        let places = Places { aside: Arc::new(Semaphore::new(1)), ..places(1) };
        let aside = places.enter().await;
        let slow = aside.lasting(places.enter()).await.unwrap();
        assert!(timeout(LONG, slow.lasting(places.enter())).await.is_err());
        drop(aside);
        slow.lasting(places.enter()).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_read_aside_is_bounded_over_all() {
        let places = places(2);
        let (large, small) = (places.enter().await, places.enter().await);
        large.hold(own_and(ASIDE_KIB - 1)).await;
        let third = large.lasting(places.enter()).await.unwrap();
        let late = small.lasting(places.enter()).await.unwrap();
        small.hold(own_and(1)).await;
        assert!(timeout(MOMENT, small.hold(own_and(2))).await.is_err(), "no room");
        late.hold(own_and(2)).await;
        assert!(timeout(LONG, late.lasting(places.enter())).await.is_err(), "there is no room aside for what it has read");
        drop(third);
        large.come_back().await;
        small.hold(own_and(2)).await;
        late.lasting(places.enter()).await.unwrap();
    }

    #[tokio::test]
    async fn each_request_aside_has_its_own_share_when_all_else_is_taken() {
        let places = places(1);
        let large = places.enter().await;
        large.hold(own_and(ASIDE_KIB)).await;
        let small = large.lasting(places.enter()).await.unwrap();
        small.hold(10).await;
        let _next = small.lasting(places.enter()).await.unwrap();
        timeout(MOMENT, small.hold(own_and(0))).await.unwrap();
    }

    #[tokio::test]
    async fn of_those_who_hold_much_and_read_nothing_as_many_give_up_as_others_need() {
        let places = places(3);
        let stalled = [places.enter().await, places.enter().await];
        for place in &stalled {
            place.hold(own_and(ASIDE_KIB / 2)).await;
        }
        let large = places.enter().await;
        let reading = large.lasting(async {
            sleep(PATIENCE * 2).await;
            large.hold(own_and(ASIDE_KIB / 4)).await;
        });
        let [one, other] = stalled.each_ref().map(|place| timeout(GRACE * 5 / 2, place.lasting(pending::<()>())));
        let (read, one, other) = tokio::join!(reading, one, other);
        assert_eq!(read, Ok(()));
        assert_eq!([one, other].iter().filter(|end| **end == Ok(Err(InTheWay))).count(), 1, "the other may stay");
    }

    #[tokio::test]
    async fn one_who_waits_alone_for_what_others_hold_goes_on_waiting() {
        let places = places(2);
        let (reads, waits) = (places.enter().await, places.enter().await);
        reads.hold(own_and(ASIDE_KIB - 1)).await;
        let _third = reads.lasting(places.enter()).await.unwrap();
        let large = waits.lasting(async {
            waits.hold(own_and(1)).await;
            sleep(PATIENCE * 2).await;
            waits.hold(own_and(2)).await;
        });
        let room = async {
            sleep(GRACE * 5 / 2).await;
            drop(reads);
        };
        assert_eq!(tokio::join!(large, room).0, Ok(()));
    }

    #[tokio::test]
    async fn of_those_who_all_wait_for_each_other_one_gives_up_at_a_time() {
        let places = places(2);
        let all = [places.enter().await, places.enter().await];
        let [one, other] = all.each_ref().map(async |place| {
            let large = place.lasting(async {
                place.hold(own_and(ASIDE_KIB / 2)).await;
                sleep(PATIENCE * 2).await;
                place.hold(own_and(ASIDE_KIB / 2 + 1)).await;
            });
            timeout(GRACE * 5 / 2, large).await
        });
        let (one, other) = tokio::join!(one, other);
        assert_eq!([one, other].iter().filter(|end| **end == Ok(Err(InTheWay))).count(), 1);
    }

    #[tokio::test]
    async fn one_body_has_room_aside_for_all_that_it_may_have() {
        const MAX: usize = 100 << 20;
        let places = Places::new(1, MAX as u64);
        let large = places.enter().await;
        large.hold(own_and(1)).await;
        let _next = large.lasting(places.enter()).await.unwrap();
        timeout(MOMENT, large.hold(MAX)).await.unwrap();
    }
}
