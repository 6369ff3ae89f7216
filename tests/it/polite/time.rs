//! Never early: freshness, the publisher's rhythm, `Retry-After`, back-off, restarts.

use super::*;
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The pause after one answer, in minutes.
async fn minutes_after(reply: Reply) -> i64 {
    let server = Server::start(move |_| reply.clone());
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    watch.round().await;
    watch.pause_ms("a") / MINUTE_MS
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_while_it_is_fresh_and_a_day_at_most() {
    let ok = || Reply::ok(document());
    for (reply, least) in [
        (ok(), 15),
        (ok().header("Cache-Control", "max-age=7200"), 120),
        (ok().header("Cache-Control", "max-age=7200").header("Age", "3600"), 60),
        (ok().header("Date", "Mon, 05 Oct 2026 07:00:00 GMT").header("Expires", "Mon, 05 Oct 2026 09:00:00 GMT"), 120),
        (ok().header("Cache-Control", "max-age=99999999999"), 1440),
        (ok().header("Cache-Control", "no-cache, max-age=7200"), 15),
    ] {
        let shown = format!("{reply:?}");
        let got = minutes_after(reply).await;
        assert!((least..=least + least / 20 + 1).contains(&got), "{got} for {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_answer_is_kept_while_it_is_fresh_too() {
    let server = Server::start(|seen| match is_conditional(seen) {
        false => Reply::ok(document()).header("ETag", "\"a\""),
        true => Reply::status(304).header("Cache-Control", "max-age=3600"),
    });
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    watch.round().await;
    watch.until_due();
    watch.round().await;
    watch.later(59 * MINUTE_MS);
    assert_eq!(watch.round().await.polled, 0, "within the hour it is not asked");
    watch.later(5 * MINUTE_MS);
    assert_eq!((watch.round().await.polled, server.requests().len()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_own_rhythm_holds_after_unchanged_answers_too() {
    let server = Server::start(move |seen| match is_conditional(seen) {
        false => Reply::ok(document()).header("ETag", "\"a\""),
        true => Reply::status(304),
    });
    let mut watch = Watch::over(&[("a", server.url("/feed"))]);
    watch.pinned = false;
    watch.round().await;
    open::read_write(&watch.archive()).unwrap().execute("UPDATE feed SET ttl_s = 7200", []).unwrap();
    watch.until_due();
    assert_eq!(watch.round().await.unchanged, 1);
    assert!(watch.pause_ms("a") >= 120 * MINUTE_MS);
    // The user's own word for this feed counts more than the document's; never more than the server's.
    watch.pinned = true;
    watch.until_due();
    watch.round().await;
    assert!((15..=16).contains(&(watch.pause_ms("a") / MINUTE_MS)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_says_429_is_left_alone_by_all_its_feeds_across_restarts() {
    // Once: a second 429 would hold the other two back again, whichever of the three comes first.
    let limits = std::sync::atomic::AtomicBool::new(true);
    let server = Server::start(move |_| match limits.swap(false, std::sync::atomic::Ordering::SeqCst) {
        true => Reply::status(429).header("Retry-After", "7200"),
        false => Reply::ok(document()),
    });
    let other = Server::start_on("127.0.0.2:0", |_| Reply::ok(document()));
    let mut watch = Watch::over(&[("b", server.url("/b"))]);
    watch.round().await;
    for (name, url) in [("a", server.url("/a")), ("c", server.url("/c")), ("other", other.url("/"))] {
        watch.feeds.push((name.to_owned(), url));
    }
    // New feeds of the host, due at once, in a daemon that was started anew.
    let report = watch.round().await;
    assert_eq!((server.requests().len(), other.requests().len()), (1, 1), "{report:?}");
    assert!(report.failed.iter().filter(|(_, reason)| reason.contains("wants to be left alone")).count() == 2, "{report:?}");
    assert_eq!(watch.count("SELECT sum(failures) FROM feed WHERE id <> 'b'"), 0, "nothing is held against them");
    watch.later(119 * MINUTE_MS);
    watch.round().await;
    assert_eq!(server.requests().len(), 1);
    watch.later(7 * MINUTE_MS);
    watch.round().await;
    assert!(server.requests().len() >= 3, "afterwards all come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_503_holds_for_its_own_feed_alone_and_dates_and_nonsense_are_clamped() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/busy" => Reply::status(503).header("Retry-After", "7200"),
        "/ages" => Reply::status(503).header("Retry-After", "1000000000000"),
        "/date" => Reply::status(503).header("Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"),
        "/past" => Reply::status(503).header("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"),
        "/less" => Reply::status(503).header("Retry-After", "-1"),
        _ => Reply::ok(document()),
    });
    let names = ["busy", "ages", "date", "past", "less", "fine"];
    let feeds: Vec<_> = names.iter().map(|name| (*name, server.url(&format!("/{name}")))).collect();
    let watch = Watch::over(&feeds);
    let report = watch.round().await;
    assert_eq!((server.requests().len(), report.new), (6, 1));
    let hours: Vec<i64> = names.iter().map(|name| watch.pause_ms(name) / HOUR_MS).collect();
    assert!(hours[0] == 2 && (24..=25).contains(&hours[1]) && (24..=25).contains(&hours[2]) && hours[3..] == [0, 0, 0], "{hours:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_make_the_pause_twice_as_long_each_time_and_one_success_ends_that() {
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let state = broken.clone();
    let server = Server::start(move |_| match state.load(std::sync::atomic::Ordering::SeqCst) {
        true => Reply::status(500),
        false => Reply::ok(document()),
    });
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        watch.round().await;
        pauses.push(watch.pause_ms("a") / MINUTE_MS);
        watch.until_due();
    }
    for (got, want) in pauses.iter().zip([30, 60, 120, 240, 480, 960, 1440, 1440, 1440]) {
        assert!((want..=want + want / 20 + 1).contains(got), "{pauses:?}");
    }
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    watch.round().await;
    assert!(watch.pause_ms("a") <= 16 * MINUTE_MS);
}

#[test]
fn a_start_with_many_feeds_makes_no_burst_and_a_restart_asks_nobody_twice() {
    let server = Server::start(|_| Reply::ok(document()));
    let names: Vec<String> = (0..120).map(|n| format!("f{n}")).collect();
    let feeds: Vec<_> = names.iter().map(|name| (name.as_str(), server.url(&format!("/{name}")))).collect();
    let watch = Watch::over(&feeds);
    let path = watch.folder.path().join("marsad.toml");
    std::fs::write(&path, watch.config()).unwrap();
    let run = |asked: usize| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_marsad"))
            .args(["run", "--quiet", "--config"])
            .arg(&path)
            .arg("--db")
            .arg(watch.archive())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while server.requests().len() < asked && begun.elapsed() < Duration::from_secs(60) {
            #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
            std::thread::sleep(Duration::from_millis(50));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap();
    };
    run(24);
    run(48);
    let asked = server.requests();
    assert!(asked.len() >= 48, "{}", asked.len());
    // A bucket of 16 and two a second: whatever the machine does, no second may hold more.
    for (at, first) in asked.iter().enumerate() {
        let within = asked[at..].iter().take_while(|seen| seen.at - first.at < Duration::from_secs(1)).count();
        assert!(within <= 16 + 3, "{within} requests in one second");
    }
    let mut paths: Vec<_> = asked.iter().map(|seen| &seen.path).collect();
    paths.sort();
    // The one poll that a stop may cut off is asked again.
    let twice = paths.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(twice <= 1, "{twice} feeds were asked twice");
}
