//! A clock that is set back, under a running daemon and between two: nothing waits as much longer.

use crate::support::{
    clock::Clock,
    newsroom::{Item, Newsroom},
};
use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    sync::atomic::{AtomicU16, Ordering::SeqCst},
    time::{Duration, Instant},
};

const STORY: Item = Item { guid: "1", link: "https://news.example/1", title: "Rain over Idlib", text: "It rained for most of a day." };

fn start(room: &Newsroom, clock: &Clock) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    command.args(["run", "--config"]).arg(room.folder.path().join("marsad.toml")).arg("--db").arg(room.archive());
    clock.rule(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn stop(mut daemon: Child) {
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

/// Waits three minutes at most: a feed is polled each minute, and a loop sleeps half of one.
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(180);
    while !done() {
        assert!(Instant::now() < until, "no {what}");
        #[expect(clippy::disallowed_methods, reason = "a test that has no runtime")]
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn polls(room: &Newsroom) -> usize {
    room.server.requests().iter().filter(|seen| seen.path == "/a" && seen.method == "GET").count()
}

#[test]
fn a_clock_that_is_set_back_by_hours_keeps_no_feed_and_no_alert_waiting_for_them() {
    let room = Newsroom::open();
    let clock = Clock::right(room.folder.path());
    let answer = Arc::new(AtomicU16::new(503));
    let answers = answer.clone();
    room.answer(move |_| answers.load(SeqCst));
    room.publish("a", &[STORY]);
    let config = room.config(&["a"], "alert").replace("name = \"a\"", "name = \"a\"\ninterval = \"1m\"");
    std::fs::write(room.folder.path().join("marsad.toml"), config).unwrap();
    let daemon = start(&room, &clock);
    wait_until("first try", || !room.posts().is_empty());
    // It runs.
    let before = polls(&room);
    clock.set(-2 * 3600);
    answer.store(200, SeqCst);
    wait_until("alert after its retry", || room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 1);
    wait_until("poll by the new clock", || polls(&room) > before);
    stop(daemon);
    // It is stopped meanwhile.
    clock.set(-30 * 3600);
    let before = polls(&room);
    let daemon = start(&room, &clock);
    wait_until("poll after a start", || polls(&room) > before);
    stop(daemon);
}
