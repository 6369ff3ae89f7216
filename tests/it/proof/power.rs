//! The power goes: what a round wrote is recorded, the disk is rebuilt at a random moment with all, none, some or torn
//! pieces of what was not yet synced, and a round on that disk goes on.

use super::{Tally, in_parallel, long_run_ends, put_back, world};
use crate::support::{
    disk::{CALLS, Chance, Disk, Step, Unsynced, steps},
    ledger::{Oracle, Told},
};
use std::{path::Path, time::Instant};

/// How many states the tests try.
const IN_CI: usize = 320;

const MODES: [Unsynced; 4] = [Unsynced::All, Unsynced::None, Unsynced::Some, Unsynced::Torn];

/// A recorded round.
struct Recording {
    oracle: Oracle,
    before: Disk,
    steps: Vec<Step>,
    told: Vec<Told>,
    /// What was told before the recorded round.
    earlier: Vec<Told>,
}

fn record(seasoned: bool) -> Recording {
    let oracle = world(seasoned);
    let (before, start) = (Disk::of(&oracle.data()), oracle.mark());
    let trace = oracle.folder.path().join("trace");
    let (file, which) = (trace.to_str().unwrap().to_owned(), format!("trace={CALLS}"));
    let strace = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-qq", "-o", &file, "-e", &which];
    assert!(oracle.marsad(&strace, &["once", "--all"]).status().unwrap().success(), "the tests of faults need strace");
    let steps = steps(&std::fs::read_to_string(&trace).unwrap(), &oracle.data());
    let syncs = steps.iter().filter(|step| matches!(step, Step::Sync { .. })).count();
    let sent = steps.iter().filter(|step| sent(step).is_some()).count();
    let told = oracle.told_since(start);
    assert!(syncs > 5 && sent == told.len(), "the trace was misread: {syncs} syncs, {sent} messages of {}", told.len());
    let earlier = oracle.told_since(0).into_iter().take_while(|message| !told.contains(message)).collect();
    Recording { oracle, before, steps, told, earlier }
}

/// Sink and key of a message on a socket.
fn sent(step: &Step) -> Option<(String, String)> {
    let Step::Sent(bytes) = step else { return None };
    let text = String::from_utf8_lossy(bytes);
    let sink = text.strip_prefix("POST /")?.split(' ').next()?.to_owned();
    let key = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("webhook-id: ").map(str::to_owned))?;
    Some((sink, key.trim().to_owned()))
}

impl Recording {
    /// The power goes before step `cut`; a clean round on what is left; the ledger.
    fn cut(&self, cut: usize, unsynced: Unsynced, chance: &mut Chance) {
        let what = format!("power lost before step {cut} of {}, {unsynced:?} of the unsynced", self.steps.len());
        let mut disk = self.before.clone();
        let mut told = self.earlier.clone();
        for step in &self.steps[..cut] {
            disk.step(step);
            if let Some((sink, key)) = sent(step) {
                told.extend(self.told.iter().find(|message| message.sink == sink && message.key == key).cloned());
            }
        }
        let left = self.oracle.folder.path().join("left");
        std::fs::remove_dir_all(&left).unwrap_or_default();
        disk.put(Path::new(&left), unsynced, chance);
        put_back(&self.oracle, &left);
        let mark = self.oracle.mark();
        self.oracle.clean_round(&what);
        told.extend(self.oracle.told_since(mark));
        self.oracle.check(&told, 1, &what);
    }

    /// Cuts at `count` random steps; gives that count.
    fn cuts(&self, count: usize, chance: &mut Chance) -> usize {
        for _ in 0..count {
            let cut = chance.next() as usize % (self.steps.len() + 1);
            let mode = MODES[chance.next() as usize % MODES.len()];
            self.cut(cut, mode, chance);
        }
        count
    }
}

#[test]
fn a_power_loss_at_any_moment_loses_nothing_and_repeats_at_most_one_message_a_sink() {
    let states = in_parallel(&[(false, 1), (true, 2), (false, 3), (true, 4)], |(seasoned, seed)| {
        record(*seasoned).cuts(IN_CI / 4, &mut Chance(*seed))
    });
    println!("{states} power-loss states");
    assert!(states >= 300);
}

#[test]
#[ignore = "takes as long as it is given: tests/long/proof"]
fn states_add_up_without_a_loss() {
    let (tally, until) = (Tally::named("proof-states.txt"), long_run_ends());
    while Instant::now() < until {
        let seed = tally.get();
        let states = in_parallel(&[(false, seed), (true, seed + 1)], |(seasoned, seed)| record(*seasoned).cuts(100, &mut Chance(*seed)));
        tally.add(states as u64);
    }
    println!("{} power-loss states so far, none lost anything", tally.get());
}
