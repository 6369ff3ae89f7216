//! SIGKILL inside the system calls of a round, and of the round that recovers from it.

use super::{Tally, counts, in_parallel, long_run_ends, world};
use crate::support::{disk::Chance, ledger::Oracle};
use std::{os::unix::process::ExitStatusExt, time::Instant};

/// What a round does to files and sockets.
const CALLS: [&str; 12] =
    ["openat", "read", "pread64", "pwrite64", "write", "fsync", "ftruncate", "unlink", "recvfrom", "sendto", "connect", "epoll_wait"];

/// How many kills the tests do of each sweep.
const IN_CI: usize = 160;

/// A place to die: on an archive that has told before or not, at the n-th such call of some thread.
type Place = (bool, &'static str, usize);

/// Dies at the place; says whether it was reached.
fn die(oracle: &Oracle, call: &str, n: usize) -> bool {
    let (which, inject) = (format!("trace={call}"), format!("inject={call}:signal=SIGKILL:when={n}"));
    let before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &which, "-e", &inject];
    oracle.marsad(&before, &["once", "--all"]).status().unwrap().signal() == Some(9)
}

fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for seasoned in [false, true] {
        for (call, count) in CALLS.iter().zip(counts(seasoned, &CALLS)) {
            places.extend((1..=count).map(|n| (seasoned, *call, n)));
        }
    }
    places
}

/// One kill for each place, a clean round, and the ledger.
fn kill_once((seasoned, call, n): &Place) -> usize {
    let what = format!("killed at {call} {n}, seasoned: {seasoned}");
    let oracle = world(*seasoned);
    let kills = usize::from(die(&oracle, call, *n));
    oracle.clean_round(&what);
    oracle.check(&oracle.told_since(0), kills, &what);
    kills
}

/// Kills one after the other on one archive, with news between them, so that each recovery is killed too.
fn kill_in_a_row(places: &[Place], chance: &mut Chance) -> usize {
    let oracle = world(false);
    let mut kills = 0;
    let mut what = String::from("killed at");
    for _ in 0..8 {
        let (_, call, n) = &places[chance.next() as usize % places.len()];
        what += &format!(" {call} {n},");
        kills += usize::from(die(&oracle, call, *n));
        if chance.next().is_multiple_of(3) {
            oracle.publish(1);
        }
    }
    oracle.clean_round(&what);
    oracle.check(&oracle.told_since(0), kills, &what);
    kills
}

fn every_nth(places: &[Place], first: usize, wanted: usize) -> Vec<Place> {
    places.iter().skip(first).step_by((places.len() / wanted).max(1)).copied().collect()
}

#[test]
fn a_kill_inside_a_system_call_loses_nothing_and_repeats_at_most_one_message_a_sink() {
    let places = every_nth(&places(), 0, IN_CI * 6 / 5);
    let kills = in_parallel(&places, kill_once);
    assert!(kills >= IN_CI, "{kills} kills at {} places", places.len());
    println!("{kills} kills inside system calls");
}

#[test]
fn kills_in_a_row_with_news_between_them_lose_nothing() {
    let places = places();
    let seeds: Vec<u64> = (0..IN_CI as u64 / 5).collect();
    let kills = in_parallel(&seeds, |seed| kill_in_a_row(&places, &mut Chance(*seed)));
    assert!(kills >= IN_CI, "{kills} kills");
    println!("{kills} kills in rows");
}

#[test]
#[ignore = "takes as long as it is given: tests/long/proof"]
fn kills_add_up_without_a_loss() {
    let (tally, until) = (Tally::named("proof-kills.txt"), long_run_ends());
    let places = places();
    while Instant::now() < until {
        let seed = tally.get();
        let some: Vec<u64> = (0..16).collect();
        let kills = in_parallel(&some, |n| {
            let mut chance = Chance(seed.wrapping_mul(31) + n);
            if n % 2 == 0 { kill_in_a_row(&places, &mut chance) } else { kill_once(&places[chance.next() as usize % places.len()]) }
        });
        tally.add(kills as u64);
    }
    println!("{} kills so far, none lost anything", tally.get());
}
