//! Waiting for what another process does.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
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

/// Waits until a daemon that was just started minds SIGTERM: before it has opened anything, a signal ends it as any program.
#[track_caller]
pub fn until_it_hears(daemon: &Child) {
    let minds = |status: String| {
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() >> (Signal::TERM.as_raw() - 1) & 1 == 1
    };
    until(60, "it minds SIGTERM", || minds(std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap()));
}

/// Waits until a daemon whose log is piped says that it watches its feeds. Nobody reads what it says after that.
#[track_caller]
pub fn until_it_watches(daemon: &mut Child) {
    let (mut log, mut line) = (BufReader::new(daemon.stderr.take().unwrap()), String::new());
    while !line.contains("watching") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended before it watched anything");
    }
    // A pipe that is full would hold it up, and one that is closed would end it.
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
}

/// Waits until another process traces each thread of this one.
#[track_caller]
pub fn until_traced(process: &Child) {
    let tasks = format!("/proc/{}/task", process.id());
    let is_traced = |status: String| !status.contains("TracerPid:\t0\n");
    until(60, "it is traced", || {
        std::fs::read_dir(&tasks).unwrap().flatten().all(|task| std::fs::read_to_string(task.path().join("status")).is_ok_and(is_traced))
    });
}

/// Tells a daemon to stop; it must end well.
#[track_caller]
pub fn end(mut daemon: Child) {
    kill_process(Pid::from_child(&daemon), Signal::TERM).unwrap();
    assert_eq!(daemon.wait().unwrap().code(), Some(0), "it ends well");
}
