//! The promise about alerts, under faults that are caused for real: the process is killed inside its system calls, calls
//! fail, the power goes. An oracle that is never killed serves the feeds, is the sinks, and keeps the ledger
//! (`support/ledger.rs`): nothing lost, nothing raised twice, at most one message repeated a fault and sink.
//!
//! Each sweep does a part of all places in every run of the tests, and all of them in `tests/long/proof`, which adds up
//! what was done in `target/long/`.

use crate::support::ledger::{Oracle, copy_files};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

mod errors;
mod kills;
mod power;

/// Stories of the first round, and those that come with the fault.
const BEFORE: usize = 4;
const NEWS: usize = 3;

/// A world in which the fault is about to come: on a new archive, or on one that has told stories before.
fn world(seasoned: bool) -> Oracle {
    let oracle = Oracle::open();
    if seasoned {
        oracle.publish(BEFORE);
        oracle.clean_round("before any fault");
    }
    oracle.publish(NEWS);
    oracle
}

/// Does `jobs` on as many threads as the machine has cores; the sum of what they give.
fn in_parallel<T: Sync>(jobs: &[T], work: impl Fn(&T) -> usize + Sync) -> usize {
    let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, SeqCst)) {
                    sum.fetch_add(work(job), SeqCst);
                }
            });
        }
    });
    sum.into_inner()
}

/// How often each of `calls` is made by one thread at most, in a round on such a world.
fn counts(seasoned: bool, calls: &[&str]) -> Vec<usize> {
    let oracle = world(seasoned);
    let trace = oracle.folder.path().join("trace");
    let file = trace.to_str().unwrap().to_owned();
    let which = format!("trace={}", calls.join(","));
    let before = ["strace", "-f", "-qq", "-o", &file, "-e", &which];
    let status = oracle.marsad(&before, &["once", "--all"]).status();
    assert!(status.unwrap().success(), "the tests of faults need strace, and leave to use it (ptrace)");
    let text = std::fs::read_to_string(trace).unwrap();
    let most = |call: &&str| {
        let mut by_thread = std::collections::HashMap::<&str, usize>::new();
        for line in text.lines() {
            if let Some((thread, rest)) = line.split_once(' ')
                && rest.trim_start().split('(').next() == Some(call)
            {
                *by_thread.entry(thread).or_default() += 1;
            }
        }
        by_thread.into_values().max().unwrap_or(0)
    };
    calls.iter().map(most).collect()
}

/// A tally in a file, which runs add to: the long sweeps are resumable.
struct Tally(PathBuf);

impl Tally {
    fn named(name: &str) -> Self {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/long").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        Self(file)
    }

    fn get(&self) -> u64 {
        std::fs::read_to_string(&self.0).map_or(0, |text| text.trim().parse().unwrap())
    }

    fn add(&self, more: u64) -> u64 {
        let total = self.get() + more;
        std::fs::write(&self.0, total.to_string()).unwrap();
        total
    }
}

/// How long a long run may take, and not at all in a run of all tests.
fn long_run_ends() -> std::time::Instant {
    #[expect(clippy::disallowed_methods, reason = "how long is the caller's choice")]
    let seconds = std::env::var("MARSAD_LONG_SECONDS").map_or(60, |text| text.parse().unwrap());
    std::time::Instant::now() + std::time::Duration::from_secs(seconds)
}

/// The archive of one world as the beginning of another that has the same feeds.
fn put_back(oracle: &Oracle, kept: &std::path::Path) {
    std::fs::remove_dir_all(oracle.data()).unwrap_or_default();
    copy_files(kept, &oracle.data());
}
