//! System calls that fail: a full disk, a broken disk, no descriptors, a cut connection. Once, or from some call on.

use super::{Tally, counts, in_parallel, long_run_ends, world};
use crate::support::{
    disk::Chance,
    ledger::SINKS,
    wait::{end, until, until_it_watches, until_traced},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Which call fails how.
const FAULTS: [(&str, &[&str]); 9] = [
    ("pwrite64", &["ENOSPC", "EIO", "EDQUOT"]),
    ("fsync", &["EIO", "ENOSPC"]),
    ("ftruncate", &["EIO"]),
    ("pread64", &["EIO"]),
    ("openat", &["EMFILE", "ENFILE", "EACCES", "EIO"]),
    ("unlink", &["EACCES"]),
    ("sendto", &["ECONNRESET", "EPIPE"]),
    ("recvfrom", &["ECONNRESET"]),
    ("connect", &["ECONNREFUSED", "ENETUNREACH", "EMFILE"]),
];

/// How many errors the tests inject.
const IN_CI: usize = 120;

/// On an archive that has told before or not: this call fails with this error from the n-th time on, or that time alone.
type Place = (bool, &'static str, &'static str, usize, bool);

fn places() -> Vec<Place> {
    let calls: Vec<&str> = FAULTS.iter().map(|(call, _)| *call).collect();
    let mut places = Vec::new();
    for seasoned in [false, true] {
        for ((call, errors), count) in FAULTS.iter().zip(counts(seasoned, &calls)) {
            for n in 1..=count {
                places.extend(errors.iter().flat_map(|error| [false, true].map(|lasts| (seasoned, *call, *error, n, lasts))));
            }
        }
    }
    places
}

/// A round in which calls fail, a clean round, and the ledger.
fn fail((seasoned, call, error, n, lasts): &Place) -> usize {
    let plus = if *lasts { "+" } else { "" };
    let what = format!("{error} at {call} {n}{plus}, seasoned: {seasoned}");
    let oracle = world(*seasoned);
    let (which, inject) = (format!("trace={call}"), format!("inject={call}:error={error}:when={n}{plus}"));
    let trace = oracle.folder.path().join("trace");
    let before = ["timeout", "60", "strace", "-f", "-qq", "-o", trace.to_str().unwrap(), "-e", &which, "-e", &inject];
    let status = oracle.marsad(&before, &["once", "--all"]).status().unwrap();
    let injected = std::fs::read_to_string(&trace).unwrap().contains("(INJECTED)");
    // It may end well or with an error of its own, but never by a panic (101), a signal or the time limit (124).
    assert!(matches!(status.code(), Some(0..=9 | 127)), "{what}: {status:?}");
    oracle.clean_round(&what);
    oracle.check(&oracle.told_since(0), 1, &what);
    // What passes is no damage.
    let aside = std::fs::read_dir(oracle.data()).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("corrupt"));
    assert_eq!(aside.count(), 0, "{what}: the archive was set aside");
    usize::from(injected)
}

#[test]
fn a_failing_system_call_loses_nothing_and_repeats_at_most_one_message_a_sink() {
    let places = places();
    let some: Vec<Place> = places.iter().step_by((places.len() / IN_CI).max(1)).copied().collect();
    let injected = in_parallel(&some, fail);
    assert!(injected >= 100, "{injected} errors");
    println!("{injected} injected errors");
}

#[test]
fn a_daemon_on_a_full_disk_goes_on_by_itself_when_there_is_room_again() {
    in_parallel(&["ENOSPC", "EIO", "EDQUOT", "EROFS"], |error| {
        let oracle = world(true);
        oracle.clean_round("before the disk is full");
        oracle.publish(2);
        let mut daemon = oracle.marsad(&[], &["run"]).stderr(Stdio::piped()).spawn().unwrap();
        until_it_watches(&mut daemon);
        pause(Duration::from_secs(1));
        // Nothing is due yet. From now on the disk is full, for five writes.
        let (process, trace) = (daemon.id().to_string(), oracle.folder.path().join("trace"));
        let inject = format!("inject=pwrite64:error={error}:when=1..5");
        let strace = ["-f", "-qq", "-p", &process, "-o", trace.to_str().unwrap(), "-e", "trace=pwrite64", "-e", &inject];
        let mut strace = Command::new("strace").args(strace).spawn().unwrap();
        until_traced(&daemon);
        pause(Duration::from_secs(1));
        oracle.make_all_due();
        let until = Instant::now() + Duration::from_secs(120);
        while oracle.told_since(0).len() < oracle.owed_messages() && Instant::now() < until {
            pause(Duration::from_millis(100));
            assert_eq!(daemon.try_wait().unwrap(), None, "{error}: the daemon ended");
        }
        assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
        assert_eq!(daemon.wait().unwrap().code(), Some(0), "{error}: its end");
        strace.wait().unwrap();
        let errors = std::fs::read_to_string(&trace).unwrap().matches("(INJECTED)").count();
        assert!(errors >= 3, "{error}: {errors} errors");
        // It was stopped as soon as all was told; the copies of the other feed may be outstanding.
        oracle.clean_round(error);
        oracle.check(&oracle.told_since(0), errors, error);
        errors
    });
}

/// As if its file system were mounted for reading alone for as long as it takes to tell that, and then for writing again.
#[test]
fn a_daemon_that_may_only_read_its_disk_tells_that_past_the_archive_and_goes_on_by_itself() {
    let oracle = world(true);
    oracle.clean_round("before the disk is for reading alone");
    oracle.publish(2);
    // As under a service manager: its watchdog lets the loops look every two seconds.
    let mut daemon = oracle.marsad(&[], &["run"]).env("WATCHDOG_USEC", "8000000").stderr(Stdio::piped()).spawn().unwrap();
    until_it_watches(&mut daemon);
    pause(Duration::from_secs(1));
    let (process, trace) = (daemon.id().to_string(), oracle.folder.path().join("trace"));
    let calls = "pwrite64,ftruncate,fsync,fdatasync,unlink";
    let strace = ["-f", "-qq", "-p", &process, "-o", trace.to_str().unwrap(), "-e", &format!("trace={calls}")];
    let mut strace = Command::new("strace").args(strace).args(["-e", &format!("inject={calls}:error=EROFS")]).spawn().unwrap();
    until_traced(&daemon);
    pause(Duration::from_secs(1));
    oracle.make_all_due();
    until(120, "the sinks are told past the archive", || oracle.health_told() > 0);
    assert_eq!(daemon.try_wait().unwrap(), None, "the daemon ended");
    let mark = oracle.mark();
    kill_process(Pid::from_child(&strace), Signal::TERM).unwrap();
    strace.wait().unwrap();
    let errors = std::fs::read_to_string(&trace).unwrap().matches("(INJECTED)").count();
    assert!(errors > 0);
    until(120, "everything is told", || oracle.told_since(0).len() >= oracle.owed_messages());
    end(daemon);
    assert!(!oracle.told_since(mark).is_empty(), "what came while it could not write is told after that");
    assert_eq!(oracle.health_told(), SINKS.len(), "once at each sink");
    oracle.clean_round("after the disk was for reading alone");
    oracle.check(&oracle.told_since(0), errors, "after the disk was for reading alone");
}

fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
    std::thread::sleep(time);
}

#[test]
#[ignore = "takes as long as it is given: tests/long/proof"]
fn errors_add_up_without_a_loss() {
    let (tally, until) = (Tally::named("proof-errors.txt"), long_run_ends());
    let places = places();
    while Instant::now() < until {
        let mut chance = Chance(tally.get());
        let some: Vec<Place> = (0..16).map(|_| places[chance.next() as usize % places.len()]).collect();
        tally.add(in_parallel(&some, fail) as u64);
    }
    println!("{} injected errors so far, none lost anything", tally.get());
}
