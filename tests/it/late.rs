//! How late an alert is: when its article was published, first offered, fetched and told. Over real HTTP and a real archive.

use crate::support::newsroom::{Item, Newsroom, rss};
use jiff::Timestamp;
use marsad::{daemon::clock::now_ms, engine::alert::json::rfc3339, store::open};
use serde_json::Value;
use std::process::Command;

const MINUTE_MS: i64 = 60_000;
const OLD: Item = Item { guid: "1", link: "http://news.example/1", title: "Rain in the north", text: "It rains." };
const NEW: Item = Item { guid: "2", link: "http://news.example/2", title: "A ceasefire holds", text: "Nobody shoots." };

/// Milliseconds between an alert's time of this name and its `alerted`.
fn before(alert: &Value, name: &str) -> i64 {
    let ms = |name: &str| alert[name].as_str().unwrap_or_else(|| panic!("{name}: {alert}")).parse::<Timestamp>().unwrap().as_millisecond();
    ms("alerted") - ms(name)
}

/// Lets time pass since the last poll.
fn pass(room: &Newsroom, ms: i64) {
    let sql = format!(
        "UPDATE feed SET last_ok_ms = last_ok_ms - {ms}, last_poll_ms = last_poll_ms - {ms}; UPDATE histogram SET counted_ms = counted_ms - {ms};
         UPDATE rhythm SET since_ms = since_ms - {ms}, seen_ms = seen_ms - {ms}"
    );
    open::read_write(&room.archive()).unwrap().execute_batch(&sql).unwrap();
}

/// A document whose first item was published so long ago.
fn dated(items: &[Item], ms: i64) -> String {
    let date = format!("</link><pubDate>{}</pubDate><title>{}", rfc3339(now_ms() - ms).unwrap(), items[0].title);
    rss(items).replacen(&format!("</link><title>{}", items[0].title), &date, 1)
}

fn marsad(room: &Newsroom, config: &str, args: &[&str]) -> String {
    let path = room.folder.path().join("marsad.toml");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    let output = command.args(args).arg("--config").arg(&path).arg("--db").arg(room.archive()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_knows_when_its_article_was_published_offered_fetched_and_told() {
    let room = Newsroom::open();
    room.publish("a", &[OLD]);
    let config = room.config(&["a"], "summary");
    room.once(&config).await;
    pass(&room, 20 * MINUTE_MS);
    // A poll that finds nothing narrows the window.
    room.once(&config).await;
    pass(&room, 7 * MINUTE_MS);
    room.publish_raw("a", dated(&[NEW, OLD], 50 * MINUTE_MS));
    assert_eq!(room.once(&config).await.alerts, 1);
    let told = room.posts()[0].1.clone();
    let (published, offered, fetched) = (before(&told, "published"), before(&told, "offered_after"), before(&told, "first_seen"));
    let minutes = |ms: i64| ms / MINUTE_MS;
    assert_eq!((minutes(published), minutes(offered), minutes(fetched)), (50, 7, 0), "{told}");
    assert!(published > offered && offered > fetched && fetched >= 0, "{told}");

    let listed: Value = serde_json::from_str(&marsad(&room, &config, &["alerts", "--json"])).unwrap();
    for time in ["published", "offered_after", "first_seen", "alerted"] {
        assert_eq!(listed[time], told[time]);
    }
    let table = marsad(&room, &config, &["alerts"]);
    assert!(table.lines().nth(1).unwrap().contains("  8 minutes  ceasefire"), "at most so long was it there: {table}");
    let csv = marsad(&room, &config, &["export", "alerts", "--format", "csv"]);
    assert!(csv.lines().nth(1).unwrap().contains(told["offered_after"].as_str().unwrap()), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_a_feed_held_before_it_was_first_read_nobody_knows_how_late_it_is() {
    let room = Newsroom::open();
    room.publish("a", &[NEW]);
    room.once(&room.config(&["a"], "alert")).await;
    assert_eq!(room.posts()[0].1["offered_after"], Value::Null);
    let room = Newsroom::open();
    room.publish("a", &[NEW]);
    room.once(&room.config(&["a"], "summary")).await;
    let told = room.posts()[0].1.clone();
    assert_eq!((told["kind"].as_str(), &told["offered_after"]), (Some("import"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_and_a_clock_that_was_set_back_leave_it_unknown() {
    let room = Newsroom::open();
    ["a", "elsewhere"].iter().for_each(|name| room.publish(name, &[OLD]));
    let config = room.config(&["a"], "summary");
    room.once(&config).await;
    pass(&room, -90 * MINUTE_MS);
    room.publish("a", &[NEW, OLD]);
    room.once(&config).await;
    assert_eq!(room.posts()[0].1["offered_after"], Value::Null, "it was last read in what is the future now");

    let moved = config.replace(&room.server.url("/a"), &room.server.url("/elsewhere"));
    let later = Item { guid: "3", link: "http://news.example/3", title: "Convoy reaches Idlib: İdlib", text: "It brings flour." };
    room.publish("elsewhere", &[later, NEW, OLD]);
    room.once(&moved).await;
    assert_eq!((room.posts().len(), &room.posts()[1].1["offered_after"]), (2, &Value::Null), "nobody had read that address");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_feed_shows_its_own_delay() {
    let room = Newsroom::open();
    ["a", "b"].iter().for_each(|name| room.publish(name, &[OLD]));
    let config = room.config(&["a", "b"], "summary");
    room.once(&config).await;
    let posts = |minutes: i64| {
        let item = |n: i64| {
            let date = rfc3339(now_ms() - minutes * MINUTE_MS).unwrap();
            format!("<item><guid>{minutes}-{n}</guid><title>Number {n} of {minutes}</title><pubDate>{date}</pubDate></item>")
        };
        rss(&[OLD]).replace("<item>", &format!("{}<item>", (0..6).map(item).collect::<String>()))
    };
    room.publish_raw("a", posts(3));
    room.publish_raw("b", posts(90));
    room.once(&config).await;
    let shown = marsad(&room, &config, &["feeds", "--json"]);
    let feeds: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let median = |n: usize| feeds[n]["delay_s"]["median"].as_i64().unwrap();
    // Delays are kept to a factor of two.
    assert!((120..=240).contains(&median(0)) && (3_840..=7_680).contains(&median(1)), "{shown}");
    assert!(marsad(&room, &config, &["feeds"]).lines().next().unwrap().contains("DELAY"));
}
