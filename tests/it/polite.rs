//! The manners of polling, rule by rule, against servers that count: the real daemon over real sockets and a real archive.
//! What its checks are modelled on is the score of feed readers by Rachel Kroll. The table of rules is in `src/net/mod.rs`.

mod frozen;
mod hidden;
mod moving;
mod silence;
mod time;
mod validators;

use crate::support::{
    newsroom::{Item, loaded, rss},
    server::{Reply, Seen, Server},
};
use marsad::{
    daemon::{
        World,
        once::{Report, once},
    },
    store::open,
};
use std::path::PathBuf;
use tempfile::TempDir;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A document of one item.
fn document() -> String {
    rss(&[Item { guid: "1", link: "http://news.example/1", title: "Rain in Idlib", text: "It rains." }])
}

/// A reader of a few feeds: its config and its archive. Each round is a process of its own as far as memory goes.
struct Watch {
    folder: TempDir,
    feeds: Vec<(String, String)>,
    more: String,
    /// Whether each feed has an interval of 15 minutes of its own, as it has by default: then nothing else is measured.
    pinned: bool,
    /// How long a poll may take: long, where nobody is silent.
    timeout: &'static str,
    poll: String,
}

impl Watch {
    fn over(feeds: &[(&str, String)]) -> Watch {
        let feeds = feeds.iter().map(|(name, url)| ((*name).to_owned(), url.clone())).collect();
        Watch { folder: tempfile::tempdir().unwrap(), feeds, more: String::new(), pinned: true, timeout: "30s", poll: String::new() }
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("data/marsad.db")
    }

    fn config(&self) -> String {
        let (timeout, poll) = (self.timeout, &self.poll);
        let mut text = format!("[poll]\nhost_gap = '0s'\ntimeout = '{timeout}'\ninterval = '15m'\n{poll}[alert]\nsinks = ['journal']\n");
        text += &self.more;
        for (name, url) in &self.feeds {
            text += &format!("[[feed]]\nname = '{name}'\nurl = '{url}'\nallow_private = true\n");
            text += if self.pinned { "interval = '15m'\n" } else { "" };
        }
        text
    }

    /// Polls what is due, as `marsad once`.
    async fn round(&self) -> Report {
        once(loaded(&self.config()), World { archive: self.archive(), credentials: None }, false, &mut |_, _| {}).await.unwrap()
    }

    /// Lets time pass: everything that the archive remembers is that much longer ago.
    fn later(&self, ms: i64) {
        let shift = |columns: &[&str]| columns.iter().map(|c| format!("{c} = {c} - {ms}")).collect::<Vec<_>>().join(", ");
        let feed = shift(&["next_poll_ms", "last_poll_ms", "last_ok_ms", "whole_ms", "frozen_ms", "said_since_ms", "moved_ms"]);
        let (host, rhythm, counted) = (shift(&["until_ms"]), shift(&["since_ms", "seen_ms", "news_ms"]), shift(&["counted_ms"]));
        let sql = format!("UPDATE feed SET {feed}; UPDATE host SET {host}; UPDATE rhythm SET {rhythm}; UPDATE histogram SET {counted}");
        open::read_write(&self.archive()).unwrap().execute_batch(&sql).unwrap();
    }

    /// Lets time pass until everything is due, and a little more.
    fn until_due(&self) {
        let now = "CAST(strftime('%s', 'now') AS INTEGER) * 1000";
        self.later(self.count(&format!("SELECT max(max(next_poll_ms) - {now} + 2000, 0) FROM feed")));
    }

    fn count(&self, sql: &str) -> i64 {
        open::read_only(&self.archive()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn text(&self, sql: &str) -> String {
        open::read_only(&self.archive()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The pause before a feed's next poll, in milliseconds.
    fn pause_ms(&self, name: &str) -> i64 {
        self.count(&format!("SELECT next_poll_ms - last_poll_ms FROM feed WHERE id = '{name}'"))
    }
}

/// Whether a request carries a condition.
fn is_conditional(seen: &Seen) -> bool {
    seen.header("if-none-match").is_some() || seen.header("if-modified-since").is_some()
}
