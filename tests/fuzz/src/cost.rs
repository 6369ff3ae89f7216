//! What one reading costs: processor time and memory, held to limits, the worst written down.

use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Processor time of one reading.
const MOST_TIME: Duration = Duration::from_secs(1);
/// Memory of one reading beyond what was held before, in bytes.
const MOST_MEMORY: u64 = 96 << 20;

static SLOWEST_US: AtomicU64 = AtomicU64::new(0);
static LARGEST_BYTES: AtomicU64 = AtomicU64::new(0);

/// Runs `read` on `data` and panics where it costs too much. The worst inputs are kept in the folder `MARSAD_FUZZ_WORST`, named
/// by what they cost.
pub fn held(target: &str, data: &[u8], read: impl FnOnce(&[u8])) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = now();
    read(data);
    let time = now().saturating_sub(start);
    let memory = MEMORY.peak_usage().saturating_sub(before) as u64;
    keep(target, "us", time.as_micros() as u64, &SLOWEST_US, data);
    keep(target, "bytes", memory, &LARGEST_BYTES, data);
    assert!(time <= MOST_TIME, "{time:?} of processor time");
    assert!(memory <= MOST_MEMORY, "{memory} bytes of memory");
}

fn now() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Writes an input down that is a tenth worse than the worst so far.
fn keep(target: &str, unit: &str, cost: u64, worst: &AtomicU64, data: &[u8]) {
    if cost <= worst.load(Ordering::Relaxed) / 10 * 11 {
        return;
    }
    worst.store(cost, Ordering::Relaxed);
    if let Ok(folder) = std::env::var("MARSAD_FUZZ_WORST") {
        let _ = fs::write(format!("{folder}/{target}-{unit}-{cost:012}"), data);
    }
}

/// libFuzzer takes any panic for a crash. Those of feed-rs are caught in the engine, and none of ours to mend.
pub fn forgive_caught_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let theirs = info.location().is_some_and(|at| ["/feed-rs-", "/chrono-", "/mediatype-"].iter().any(|path| at.file().contains(path)));
        if !theirs {
            before(info);
        }
    }));
}
