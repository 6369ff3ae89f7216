//! Servers that say "unchanged" for ever while their document changes: found out, told, and nothing of them missed.

use super::*;
use marsad::{daemon::clock::now_ms, engine::alert::json::rfc3339};
use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

/// A feed on a server of its own. While `stuck` holds, every question with conditions is answered 304.
struct Press {
    server: Server,
    stuck: Arc<AtomicBool>,
    /// Titles and publishing dates, the newest first.
    entries: Arc<Mutex<Vec<(String, i64)>>>,
}

impl Press {
    /// With so many entries, one for each ten minutes.
    fn of(count: i64) -> Press {
        let entries: Vec<_> = (1..=count).map(|n| (format!("Old {n}"), now_ms() - n * 10 * MINUTE_MS)).collect();
        let (stuck, entries) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(entries)));
        let (holds, shown, version) = (stuck.clone(), entries.clone(), AtomicUsize::new(0));
        let server = Server::start(move |seen| {
            let document = written(&shown.lock().unwrap());
            let tag = format!("\"{}\"", document.len());
            let same = seen.header("if-none-match").as_ref() == Some(&tag);
            match is_conditional(seen) && (holds.load(SeqCst) || same) {
                true => Reply::status(304),
                // A comment that changes at each answer: no hash knows the document again.
                false => Reply::ok(format!("{document}<!-- {:04} -->", version.fetch_add(1, SeqCst))).header("ETag", tag),
            }
        });
        Press { server, stuck, entries }
    }

    fn post(&self, title: &str, hours_ago: i64) {
        self.entries.lock().unwrap().insert(0, (title.to_owned(), now_ms() - hours_ago * HOUR_MS));
    }

    /// Questions since the first `from`: with conditions, and without.
    fn asked(&self, from: usize) -> (usize, usize) {
        let requests = self.server.requests();
        let with = requests[from..].iter().filter(|seen| is_conditional(seen)).count();
        (with, requests.len() - from - with)
    }
}

fn written(entries: &[(String, i64)]) -> String {
    let item = |(title, at): &(String, i64)| {
        let guid = title.replace(' ', "-");
        format!(
            "<item><guid isPermaLink=\"false\">{guid}</guid><link>http://news.example/{guid}</link><title>{title}</title><pubDate>{}</pubDate></item>",
            rfc3339(*at).unwrap()
        )
    };
    rss(&[]).replace("</channel>", &format!("{}</channel>", entries.iter().map(item).collect::<String>()))
}

const RULE: &str = "[[rule]]\nname = 'snow'\nany = ['snow']\n";

fn watch(press: &Press) -> Watch {
    Watch { more: RULE.to_owned(), ..Watch::over(&[("a", press.server.url("/feed"))]) }
}

/// The titles of health alerts, in their order.
fn told(watch: &Watch) -> String {
    watch.text("SELECT ifnull(group_concat(title, '; '), '') FROM (SELECT title FROM alert WHERE kind = 'health' ORDER BY n)")
}

/// Polls hour by hour until something is told, and says after how many hours that was; `most` at most.
async fn hours_until_told(watch: &Watch, most: i64) -> Option<i64> {
    for hour in 1..=most {
        watch.later(HOUR_MS);
        watch.round().await;
        if !told(watch).is_empty() {
            return Some(hour);
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_feed_whose_server_says_unchanged_for_ever_is_caught_within_hours_and_its_entries_are_found() {
    let press = Press::of(300);
    let watch = watch(&press);
    watch.round().await;
    press.post("First snow", 0);
    press.post("More snow", 0);
    let hours = hours_until_told(&watch, 24).await.unwrap();
    assert!(hours >= 6, "nothing shorter is a silence: {hours}");
    assert_eq!(told(&watch), "feed a says that nothing changed, and it did");
    assert_eq!(press.asked(0), (usize::try_from(hours).unwrap(), 2), "one question without conditions, for one that was asked with them");
    assert_eq!(watch.count("SELECT count(*) FROM alert WHERE kind = 'match'"), 2);
    let from = press.server.requests().len();
    // From then on nothing waits for a suspicion.
    for n in 0..3 {
        press.post(&format!("Snow again {n}"), 0);
        watch.later(HOUR_MS);
        assert_eq!(watch.round().await.new, 1);
    }
    // The document is the same again, and the server right for once: it stays caught.
    watch.later(HOUR_MS);
    watch.round().await;
    assert_eq!(press.asked(from), (4, 4), "both ways at each poll");
    assert_eq!(watch.count("SELECT count(*) FROM condition WHERE kind = 'frozen' AND ended_ms IS NULL"), 1);

    press.stuck.store(false, SeqCst);
    press.post("The thaw", 0);
    watch.later(HOUR_MS);
    assert_eq!(watch.round().await.new, 1);
    assert_eq!(watch.count("SELECT count(*) FROM condition WHERE ended_ms IS NULL"), 0, "it tells of news by itself");
    let from = press.server.requests().len();
    watch.later(HOUR_MS);
    watch.round().await;
    assert_eq!(press.asked(from), (1, 0), "and its 304 is believed again");
    assert_eq!(told(&watch), "feed a says that nothing changed, and it did", "told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_a_server_denied_it_is_news_however_many_untrue_answers_lie_between() {
    let press = Press::of(3);
    let watch = watch(&press);
    watch.round().await;
    // Everything that it held has scrolled out, and was published days before the last 304.
    press.entries.lock().unwrap().clear();
    for _ in 0..14 {
        watch.later(3 * DAY_MS);
        watch.round().await;
        press.entries.lock().unwrap().iter_mut().for_each(|(_, at)| *at -= 3 * DAY_MS);
        if press.entries.lock().unwrap().is_empty() {
            (0..9).for_each(|n| press.post(&format!("Snow {n}"), n));
        }
    }
    assert_eq!(told(&watch), "feed a says that nothing changed, and it did");
    assert_eq!(
        watch.count("SELECT count(*) FROM alert WHERE kind = 'match'"),
        9,
        "none of it was taken for something that was there before"
    );
    let window = "SELECT min(first_seen_ms - offered_after_ms) / 86400000 FROM alert WHERE kind = 'match'";
    assert!((6..=42).contains(&watch.count(window)), "offered since the last document, not since the last untrue word");
    let gap = "SELECT (seen_ms - from_ms) / 86400000 FROM gap";
    assert!((6..=42).contains(&watch.count(gap)), "as much may have gone by");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_doubted_and_was_right_is_not_caught() {
    let press = Press::of(300);
    let watch = watch(&press);
    watch.round().await;
    for _ in 0..30 {
        watch.later(HOUR_MS);
        watch.round().await;
    }
    let (with, without) = press.asked(0);
    assert!(with == 30 && (2..=4).contains(&without), "a silence is looked into, and again when it has grown twice as long: {without}");
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE frozen_ms IS NOT NULL"), 0);
    // An honest server again, with news: nothing is left of the doubt.
    press.stuck.store(false, SeqCst);
    press.post("First snow", 0);
    watch.later(HOUR_MS);
    assert_eq!((watch.round().await.new, press.asked(with + without)), (1, (1, 0)));
    assert!(!told(&watch).contains("it did"));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_feeds_show_it_and_another_address_begins_anew() {
    let press = Press::of(300);
    let mut watch = watch(&press);
    watch.round().await;
    press.post("First snow", 0);
    hours_until_told(&watch, 24).await;
    let path = watch.folder.path().join("marsad.toml");
    std::fs::write(&path, watch.config()).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        let output = command.args(args).arg("--config").arg(&path).arg("--db").arg(watch.archive()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let status: serde_json::Value = serde_json::from_str(&run(&["status", "--json"])).unwrap();
    assert_eq!((&status["conditions"][0]["kind"], &status["rules"][0]["seen"]), (&"frozen".into(), &1.into()), "nothing of it is missed");
    assert!(run(&["status"]).contains("feed a says that nothing changed, and it did"));
    let feed: serde_json::Value = serde_json::from_str(&run(&["feeds", "--json"])).unwrap();
    assert!(feed["frozen"].as_str().unwrap().ends_with('Z'), "{feed}");
    assert!(run(&["feeds"]).contains("says \"unchanged\" of what has changed, since"));
    watch.feeds[0].1 = press.server.url("/elsewhere");
    watch.round().await;
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE frozen_ms IS NOT NULL"), 0);
}
