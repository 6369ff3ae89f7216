//! Waiting for what another process does.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    process::Child,
    time::{Duration, Instant},
};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until it is so; fails with `what` after so many seconds.
#[track_caller]
pub fn until(seconds: u64, what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
        std::thread::sleep(PAUSE);
    }
}

/// Tells a daemon to stop; it must end well.
#[track_caller]
pub fn end(mut daemon: Child) {
    kill_process(Pid::from_child(&daemon), Signal::TERM).unwrap();
    assert_eq!(daemon.wait().unwrap().code(), Some(0), "it ends well");
}
