//! Feeds that move, and feeds that are gone: believed slowly, told, and undone at a word.

use super::*;
use std::process::{Command, Output};

fn marsad(watch: &Watch, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(watch, arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run(watch: &Watch, arguments: &[&str]) -> Output {
    let path = watch.folder.path().join("marsad.toml");
    std::fs::write(&path, watch.config()).unwrap();
    let mut marsad = Command::new(env!("CARGO_BIN_EXE_marsad"));
    marsad.args(arguments).arg("--config").arg(&path).arg("--db").arg(watch.archive()).output().unwrap()
}

async fn rounds(watch: &Watch, hours: &[i64]) {
    for hours in hours {
        watch.later(hours * HOUR_MS);
        watch.round().await;
    }
}

fn moving_server() -> Server {
    Server::start(|seen| match seen.path.as_str() {
        "/old" => Reply::redirect(301, "/new"),
        _ => Reply::ok(document()),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_redirect_is_adopted_after_three_answers_over_a_day_and_undone_at_a_word() {
    let server = moving_server();
    let watch = Watch::over(&[("a", server.url("/old"))]);
    rounds(&watch, &[0, 10, 10]).await;
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE url_override IS NOT NULL"), 0, "not within a day");
    rounds(&watch, &[10]).await;
    assert_eq!(watch.text("SELECT url_override FROM feed"), server.url("/new"));
    assert_eq!(watch.text("SELECT url FROM feed"), server.url("/old"), "the configured address is kept");
    rounds(&watch, &[1]).await;
    assert_eq!(server.requests().last().map(|seen| seen.path.clone()).as_deref(), Some("/new"));
    assert_eq!(server.requests().iter().filter(|seen| seen.path == "/old").count(), 4, "the old address is asked no more");

    let (_, listed) = marsad(&watch, &["feeds", "--moved", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(
        (listed["moved_from"].as_str(), listed["url"].as_str()),
        (Some(server.url("/old").as_str()), Some(server.url("/new").as_str()))
    );
    let (code, told) = marsad(&watch, &["feed", "stay", "a"]);
    assert!(code == Some(0) && told.contains("its own address again"), "{told}");
    rounds(&watch, &[1, 30, 30, 30]).await;
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE url_override IS NOT NULL"), 0, "what was undone stays undone");
    assert_eq!(marsad(&watch, &["feed", "stay", "a"]).0, Some(1), "nothing is left to undo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_is_contradicted_or_passing_is_never_adopted() {
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/flaps" => match turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 3 {
            2 => Reply::ok(document()),
            _ => Reply::redirect(308, "/new"),
        },
        "/passing" => Reply::redirect(302, "/new"),
        _ => Reply::ok(document()),
    });
    let watch = Watch::over(&[("flaps", server.url("/flaps")), ("passing", server.url("/passing"))]);
    rounds(&watch, &[0, 30, 30, 30, 30, 30, 30]).await;
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE url_override IS NOT NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_logged_when_it_is_adopted_and_no_sooner() {
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_broken = broken.clone();
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/old" => Reply::redirect(301, "/new"),
        _ if is_broken.load(std::sync::atomic::Ordering::SeqCst) => Reply::ok("no feed at all"),
        _ => Reply::ok(document()),
    });
    let watch = Watch::over(&[("a", server.url("/old"))]);
    rounds(&watch, &[0, 20]).await;
    watch.later(20 * HOUR_MS);
    for (is_broken, adopted) in [(true, 0), (false, 1)] {
        broken.store(is_broken, std::sync::atomic::Ordering::SeqCst);
        let log = String::from_utf8(run(&watch, &["--verbose", "once", "--all"]).stderr).unwrap();
        assert_eq!(log.contains("`marsad feed stay` sends it back"), adopted == 1, "{log}");
        assert_eq!(watch.count("SELECT count(*) FROM feed WHERE url_override IS NOT NULL"), adopted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_in_the_config_ends_what_was_adopted() {
    let server = moving_server();
    let mut watch = Watch::over(&[("a", server.url("/old"))]);
    rounds(&watch, &[0, 20, 20]).await;
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE url_override IS NOT NULL"), 1);
    watch.feeds[0].1 = server.url("/other");
    watch.round().await;
    assert_eq!(server.requests().last().map(|seen| seen.path.clone()).as_deref(), Some("/other"), "and it is polled at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_host_that_the_user_wrote_may_be_private_and_none_that_was_adopted() {
    let (own, other) = (moving_server(), Server::start_on("127.0.0.2:0", |_| Reply::ok(document())));
    let watch = Watch::over(&[("a", own.url("/old"))]);
    watch.round().await;
    let adopt = |url: String| {
        let archive = marsad::store::open::read_write(&watch.archive()).unwrap();
        archive.execute("UPDATE feed SET url_override = ?1, next_poll_ms = 0", [url]).unwrap();
    };
    // Public when it was adopted, and private now: by its name, and by its number.
    for url in [other.url("/feed"), format!("http://localhost:{}/new", own.addr().port())] {
        adopt(url);
        let before = own.accepts();
        assert_eq!(watch.round().await.failed.len(), 1);
        assert!(watch.text("SELECT last_error FROM feed").contains("private"), "{}", watch.text("SELECT last_error FROM feed"));
        assert_eq!((own.accepts(), other.accepts()), (before, 0), "nobody is asked");
    }
    adopt(own.url("/new"));
    assert_eq!((watch.round().await.failed.len(), own.requests().last().map(|seen| seen.path.clone())), (0, Some("/new".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_that_a_redirect_leads_to_has_its_own_turn() {
    let wait = std::time::Duration::from_millis(60);
    let target = Server::start_on("127.0.0.1:0", move |_| Reply::After(wait, Box::new(Reply::ok(document()))));
    let to = target.url("/feed");
    let server = Server::start(move |_| Reply::redirect(302, &to));
    let names = ["a", "b", "c", "d", "e", "f"];
    let feeds: Vec<_> = names.iter().map(|name| (*name, server.url(&format!("/{name}")))).collect();
    let watch = Watch::over(&feeds);
    assert_eq!(watch.round().await.polled, 6);
    assert_eq!((target.requests().len(), target.most_at_once()), (6, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_gone_is_believed_after_three_answers_over_a_day_and_asked_once_a_week_then() {
    let server = Server::start(|_| Reply::status(410));
    let mut watch = Watch::over(&[("a", server.url("/feed"))]);
    let state = |watch: &Watch| {
        let (_, listed) = marsad(watch, &["feeds", "--json"]);
        serde_json::from_str::<serde_json::Value>(listed.trim()).unwrap()["state"].as_str().unwrap().to_owned()
    };
    watch.round().await;
    assert_eq!(state(&watch), "failing");
    assert!((12..=13).contains(&(watch.pause_ms("a") / HOUR_MS)));
    rounds(&watch, &[13, 13]).await;
    assert_eq!(state(&watch), "gone");
    assert!((7..=8).contains(&(watch.pause_ms("a") / DAY_MS)));
    watch.later(6 * DAY_MS);
    assert_eq!(watch.round().await.polled, 0);
    watch.later(2 * DAY_MS);
    assert_eq!((watch.round().await.polled, server.requests().len()), (1, 4));
    // A change of the config is a reason to ask.
    watch.feeds[0].1 = server.url("/feed2");
    assert_eq!(watch.round().await.polled, 1);
    assert_eq!(state(&watch), "failing");
}
