//! A clock that is set back, under a running daemon and between two: nothing waits as much longer.

use crate::support::{
    clock::Clock,
    newsroom::{Item, Newsroom},
    wait,
};
use marsad::{
    daemon::clock::now_ms,
    store::{open, setback},
};
use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering::SeqCst},
    },
};

const STORY: Item = Item { guid: "1", link: "https://news.example/1", title: "Rain over Idlib", text: "It rained for most of a day." };

/// A feed is polled each minute, and a loop sleeps half of one.
const MOST_SECONDS: u64 = 180;

fn start(room: &Newsroom, clock: &Clock) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    command.args(["run", "--config"]).arg(room.folder.path().join("marsad.toml")).arg("--db").arg(room.archive());
    clock.rule(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn polls(room: &Newsroom) -> usize {
    room.server.requests().iter().filter(|seen| seen.path == "/a" && seen.method == "GET").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_the_old_clock_wrote_ahead_moves_once_and_by_as_much() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    room.once(&room.config(&["a"], "alert")).await;
    let (archive, now_ms) = (open::beside(&room.archive()).unwrap(), now_ms());
    let ahead_ms = 2 * 3_600_000;
    let wrong = "UPDATE feed SET last_poll_ms = ?1, last_ok_ms = ?1 - 60000, whole_ms = ?1 - 120000, next_poll_ms = ?1 + 60000";
    archive.execute(wrong, [now_ms + ahead_ms]).unwrap();
    // It was night by the old clock.
    archive.execute("UPDATE delivery SET state = 'held', held_for = 'quiet', until_ms = ?1", [now_ms + 5 * ahead_ms]).unwrap();
    let of = |column: &str| room.count(&format!("SELECT {column} FROM feed")) - now_ms;
    let columns = ["last_poll_ms", "last_ok_ms", "whole_ms", "next_poll_ms"];
    assert_eq!(setback::follow(&archive, ahead_ms, now_ms).unwrap(), ahead_ms);
    assert_eq!(columns.map(of), [0, -60_000, -120_000, 60_000]);
    assert_eq!(room.count("SELECT min(until_ms) FROM delivery WHERE state = 'held'"), now_ms, "whether it is quiet is asked again");
    assert_eq!(setback::follow(&archive, 4_000, now_ms).unwrap(), 0);
    // At a start nobody knows how long ago that was.
    archive.execute(wrong, [now_ms + ahead_ms]).unwrap();
    assert_eq!(setback::follow(&archive, 0, now_ms).unwrap(), ahead_ms);
    assert_eq!(columns.map(of), [0, ahead_ms - 60_000, ahead_ms - 120_000, 60_000]);
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
    wait::until(MOST_SECONDS, "the alert is tried", || !room.posts().is_empty());
    // It runs.
    let before = polls(&room);
    clock.set(-2 * 3600);
    answer.store(200, SeqCst);
    wait::until(MOST_SECONDS, "its retry comes", || room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 1);
    wait::until(MOST_SECONDS, "the feed is polled by the new clock", || polls(&room) > before);
    wait::end(daemon);
    // It is stopped meanwhile.
    clock.set(-30 * 3600);
    let before = polls(&room);
    let daemon = start(&room, &clock);
    wait::until(MOST_SECONDS, "the feed is polled after a start", || polls(&room) > before);
    wait::end(daemon);
}
