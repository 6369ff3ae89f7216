//! Storms: thousands of articles that one document brings at once are one message, and none is lost on the way to it.

use super::running::{MOST_SECONDS, Running};
use crate::support::{
    newsroom::{Item, Newsroom},
    wait,
};
use marsad::{
    daemon::clock::now_ms,
    store::{open, pause},
};
use std::{ops::Range, os::unix::process::ExitStatusExt, process::Command};

/// As many articles as may be told each by itself.
const AT_ONCE: usize = 50;

/// Articles on which both rules of the newsroom hold, each a story of its own: no two have a word in common beside the rules'.
fn items(numbers: Range<usize>) -> String {
    let word = |n: usize| {
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (0..8).map(|letter| char::from(b'a' + u8::try_from((mixed >> (8 * letter)) % 26).unwrap())).collect::<String>()
    };
    let item = |n: usize| {
        let words: String = (1..9).map(|place| word(10 * n + place) + " ").collect();
        format!("<item><guid>g{n}</guid><title>Idlib ceasefire {}</title><description>{words}</description></item>", word(10 * n))
    };
    format!("<rss version=\"2.0\"><channel><title>t</title>{}</channel></rss>", numbers.map(item).collect::<String>())
}

/// A newsroom with a feed that has been read, and its config.
async fn settled() -> (Newsroom, String) {
    let room = Newsroom::open();
    let config = room.config(&["a"], "alert");
    room.publish("a", &[Item { guid: "0", link: "https://news.example/0", title: "Rain", text: "Of interest to no rule." }]);
    room.once(&config).await;
    (room, config)
}

/// What is said of the deliveries that were gathered, and of those that were not.
fn gathered(room: &Newsroom) -> (i64, i64) {
    let count = |state: &str| room.count(&format!("SELECT count(*) FROM delivery WHERE state = '{state}'"));
    (count("merged"), count("sent"))
}

#[tokio::test(flavor = "multi_thread")]
async fn three_thousand_new_articles_at_once_are_one_message_and_fifty_are_fifty() {
    let (room, config) = settled().await;
    room.publish_raw("a", items(1..1 + AT_ONCE));
    room.once(&config).await;
    assert_eq!((room.posts().len(), gathered(&room)), (2 * AT_ONCE, (0, 100)));
    room.publish_raw("a", items(1_000..4_000));
    let report = room.once(&config).await;
    assert_eq!((report.new, report.alerts, report.delivered.sent), (3_000, 6_000, 1));
    let posts = room.posts();
    assert_eq!(posts.len(), 2 * AT_ONCE + 1);
    let (_, storm) = &posts[2 * AT_ONCE];
    assert_eq!((storm["kind"].as_str(), storm["title"].as_str()), (Some("digest"), Some("6000 alerts: ceasefire 3000, idlib 3000")));
    assert_eq!((storm["severity"].as_str(), gathered(&room)), (Some("high"), (6_000, 101)));
    // Each of them is there to be looked at, and what comes next is told by itself.
    assert_eq!(room.count("SELECT count(*) FROM alert WHERE kind = 'match'"), 6_100);
    room.publish_raw("a", items(5_000..5_001));
    room.once(&config).await;
    assert_eq!((room.posts().len(), gathered(&room)), (2 * AT_ONCE + 3, (6_000, 103)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_what_is_critical_is_one_message_too() {
    let (room, config) = settled().await;
    let config = config.replace("severity = \"high\"", "severity = \"critical\"");
    room.publish_raw("a", items(1..2 + AT_ONCE));
    room.once(&config).await;
    let titles: Vec<_> = room.posts().iter().map(|(_, alert)| (alert["severity"].clone(), alert["title"].clone())).collect();
    assert_eq!(titles, [("critical".into(), "102 alerts: ceasefire 51, idlib 51".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_in_a_pause_of_weeks_is_one_message_when_the_pause_is_ended() {
    let (room, config) = settled().await;
    let beside = open::beside(&room.archive()).unwrap();
    let (day_ms, until) = (24 * 3_600_000, "SELECT max(until_ms) FROM delivery WHERE state = 'held'");
    pause::pause(&beside, now_ms() + 14 * day_ms).unwrap();
    room.publish_raw("a", items(1..301));
    let report = room.once(&config).await;
    assert_eq!((report.alerts, room.posts().len(), gathered(&room)), (600, 0, (0, 0)));
    assert!(room.count(until) - now_ms() > 13 * day_ms);
    // What falls due meanwhile waits for the end of the pause too.
    beside.execute("UPDATE delivery SET until_ms = 1 WHERE state = 'held'", []).unwrap();
    room.once(&config).await;
    assert!(room.posts().is_empty() && room.count(until) - now_ms() > 13 * day_ms);
    // Another pause takes the place of the first, and what waits goes with it.
    pause::pause(&beside, now_ms() + 10 * day_ms).unwrap();
    room.once(&config).await;
    assert!(room.posts().is_empty() && room.count(until) - now_ms() < 11 * day_ms);
    assert_eq!(pause::resume(&beside, now_ms()).unwrap(), 600);
    room.once(&config).await;
    assert_eq!((room.posts().len(), gathered(&room)), (1, (600, 1)));
    assert_eq!(room.posts()[0].1["title"], "600 alerts: ceasefire 300, idlib 300");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_that_a_kill_cut_short_is_told_in_one_a_minute_later() {
    let (room, config) = settled().await;
    room.publish_raw("a", items(1..201));
    let path = room.folder.path().join("marsad.toml");
    std::fs::write(&path, &config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    command.args(["once", "--all", "--config"]).arg(path).arg("--db").arg(room.archive());
    // In the second part of four.
    let ended = command.env("MARSAD_ABORT_AT", "ingest.told:150").output().unwrap().status;
    assert_eq!((ended.signal(), room.posts().len()), (Some(9), 0));
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'held'"), 100);
    // The end of the document is archived; what the feed shows now of the rest is no storm by itself.
    room.publish_raw("a", items(141..161));
    room.once(&config).await;
    assert_eq!((room.posts().len(), gathered(&room)), (20, (0, 20)));
    let late_ms = room.count("SELECT max(until_ms) FROM delivery WHERE state = 'held'") - now_ms();
    assert!((1..=60_000).contains(&late_ms), "{late_ms}");
    open::beside(&room.archive()).unwrap().execute("UPDATE delivery SET until_ms = 1 WHERE state = 'held'", []).unwrap();
    room.once(&config).await;
    assert_eq!((room.posts().len(), gathered(&room)), (21, (100, 21)));
}

#[test]
fn the_running_daemon_tells_a_storm_as_soon_as_all_of_it_is_archived() {
    let room = Newsroom::open();
    room.publish_raw("a", items(1..301));
    let running = Running::start(&room, &room.config(&["a"], "alert"));
    wait::until(MOST_SECONDS, "the storm is told", || !room.posts().is_empty());
    assert_eq!(room.posts()[0].1["title"], "600 alerts: ceasefire 300, idlib 300");
    let waited_ms =
        room.count("SELECT max(g.alerted_ms) - min(a.alerted_ms) FROM alert a, alert g WHERE a.kind = 'match' AND g.kind = 'digest'");
    assert!(waited_ms < 60_000, "it waited for a time that is there for kills: {waited_ms} ms");
    wait::until(MOST_SECONDS, "all of it is in that message", || gathered(&room) == (600, 1));
    drop(running);
}
