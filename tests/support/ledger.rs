//! An oracle for tests of faults: it serves the feeds, receives every alert, and keeps the ledger of what is owed. It lives
//! in the test's process and is never killed; only `marsad` is.

use super::server::{Reply, Server};
use marsad::store::open;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// The sinks that every alert is owed to.
pub const SINKS: [&str; 2] = ["one", "two"];

/// How many stories there are, 0 …; shared with the server.
type Published = Arc<Mutex<usize>>;

/// One message as it reached a sink.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The sink, one of [`SINKS`].
    pub sink: String,
    /// Its idempotency key.
    pub key: String,
    /// The rule that it is of.
    pub rule: String,
    /// The title that it names.
    pub title: String,
}

/// Feeds, sinks and an archive.
pub struct Oracle {
    pub folder: TempDir,
    server: Server,
    published: Published,
}

impl Oracle {
    /// Feeds `a` and `b` with nothing in them yet, and a config that follows both.
    pub fn open() -> Self {
        Self::open_with_sinks_that_take(Duration::ZERO)
    }

    /// The same, with sinks that take so long over a message.
    pub fn open_with_sinks_that_take(time: Duration) -> Self {
        let published = Published::default();
        let shown = published.clone();
        let server = Server::start(move |seen| {
            if seen.method == "POST" {
                return Reply::After(time, Box::new(Reply::status(204)));
            }
            let stories = *shown.lock().unwrap();
            // A cursor that ran ahead of its articles would be told 304 here, and the articles would never come.
            let tag = format!("\"{}-{stories}\"", &seen.path[1..]);
            if seen.header("if-none-match").as_ref() == Some(&tag) {
                return Reply::status(304).header("ETag", tag);
            }
            Reply::ok(document(&seen.path[1..], stories)).header("Content-Type", "application/rss+xml; charset=utf-8").header("ETag", tag)
        });
        let oracle = Self { folder: tempfile::tempdir().unwrap(), server, published };
        std::fs::write(oracle.config(), oracle.config_text()).unwrap();
        oracle
    }

    /// Adds stories; both feeds show the newest first.
    pub fn publish(&self, stories: usize) {
        *self.published.lock().unwrap() += stories;
    }

    /// How many more can be published before a document has more than fifty new ones, which would be told in one message.
    pub fn room(&self) -> usize {
        let least = "SELECT min((SELECT count(*) FROM article WHERE article.feed = feed.n)) FROM feed";
        let archive = open::read_only(&self.data().join("marsad.db")).ok();
        // The first process may have ended before there were feeds.
        let archived: Option<u32> = archive.and_then(|archive| archive.query_row(least, [], |row| row.get(0)).ok());
        50 + archived.unwrap_or_default() as usize - *self.published.lock().unwrap()
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("marsad.toml")
    }

    /// The folder of the archive.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn config_text(&self) -> String {
        let mut text = String::from("[poll]\nhost_gap = \"0s\"\nbacklog = \"alert\"\n[alert]\nsinks = [\"one\", \"two\"]\n");
        for sink in SINKS {
            let _ = writeln!(text, "[sink.{sink}]\ntype = \"webhook\"\nurl = \"{}\"", self.server.url(&format!("/{sink}")));
        }
        for feed in ["a", "b"] {
            let url = self.server.url(&format!("/{feed}"));
            let _ = writeln!(text, "[[feed]]\nname = \"{feed}\"\nurl = \"{url}\"\nallow_private = true");
        }
        text + "[[rule]]\nname = \"ceasefire\"\nany = [\"ceasefire\"]\n[[rule]]\nname = \"idlib\"\nany = [\"Idlib\"]\n"
    }

    /// The command `marsad ARGUMENTS` over this archive, after what `before` puts in front of it (`strace` and its options).
    pub fn marsad(&self, before: &[&str], arguments: &[&str]) -> Command {
        let mut words = before.iter().copied().chain([env!("CARGO_BIN_EXE_marsad")]).chain(arguments.iter().copied());
        let mut command = Command::new(words.next().unwrap());
        command.args(words).arg("--config").arg(self.config()).arg("--db").arg(self.data().join("marsad.db"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// As if so much time had passed that every feed and every retry is due.
    pub fn make_all_due(&self) {
        let archive = self.data().join("marsad.db");
        #[expect(clippy::disallowed_methods, reason = "the pragmas of a plain connection do for two updates")]
        if archive.exists()
            && let Ok(connection) = rusqlite::Connection::open(&archive)
        {
            // The first process may have died before there were tables.
            let _ = connection.execute("UPDATE delivery SET due_ms = 0 WHERE state = 'pending'", []);
            let _ = connection.execute("UPDATE feed SET next_poll_ms = 0", []);
            // A host that could not be reached is left alone for a while.
            let _ = connection.execute("DELETE FROM host", []);
        }
    }

    /// How many messages it takes to tell every alert at every sink.
    pub fn owed_messages(&self) -> usize {
        self.owed().len() * SINKS.len()
    }

    /// One clean round, long enough after what was before that every retry is due.
    pub fn clean_round(&self, what: &str) {
        self.make_all_due();
        let output = self.marsad(&[], &["once", "--all"]).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{what}: a clean round: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// How many messages have come so far: a place in the ledger.
    pub fn mark(&self) -> usize {
        self.server.requests().len()
    }

    /// The messages that came since `mark`. What marsad says of its own health is no part of the promise.
    pub fn told_since(&self, mark: usize) -> Vec<Told> {
        let posts = self.server.requests().into_iter().skip(mark).filter(|seen| seen.method == "POST");
        posts
            .filter_map(|seen| {
                let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
                let text = |name: &str| body["alert"][name].as_str().unwrap().to_owned();
                let (sink, key) = (seen.path[1..].to_owned(), seen.header("webhook-id").unwrap());
                (text("kind") != "health").then(|| Told { sink, key, rule: text("rule"), title: text("title") })
            })
            .collect()
    }

    /// How many messages came about marsad's own health.
    pub fn health_told(&self) -> usize {
        let posts = self.server.requests().into_iter().filter(|seen| seen.method == "POST");
        posts.filter(|seen| serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap()["alert"]["kind"] == "health").count()
    }

    /// What is owed: each rule that holds for a story, once, at every sink.
    fn owed(&self) -> BTreeSet<(String, String)> {
        (0..*self.published.lock().unwrap()).flat_map(|n| rules(n).iter().map(move |rule| ((*rule).to_owned(), title(n)))).collect()
    }

    /// Holds the ledger to the promise: every alert that is owed reached every sink, was raised exactly once (all repeats
    /// carry one key), and at most `faults` messages were repeated at a sink. `told` is all that the sinks were sent.
    pub fn check(&self, told: &[Told], faults: usize, what: &str) {
        let mut raised: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
        for message in told {
            raised.entry((message.rule.clone(), message.title.clone())).or_default().insert(&message.key);
        }
        let owed = self.owed();
        let known: BTreeSet<_> = raised.keys().cloned().collect();
        assert_eq!(known, owed, "{what}: lost or made up");
        let twice: Vec<_> = raised.iter().filter(|(_, keys)| keys.len() > 1).collect();
        assert!(twice.is_empty(), "{what}: raised twice: {twice:?}");
        for sink in SINKS {
            let here: Vec<&Told> = told.iter().filter(|message| message.sink == sink).collect();
            let distinct: BTreeSet<_> = here.iter().map(|message| &message.key).collect();
            assert_eq!(distinct.len(), owed.len(), "{what}: alerts at sink `{sink}`");
            let repeats = here.len() - distinct.len();
            assert!(repeats <= faults, "{what}: {repeats} repeats at sink `{sink}` after {faults} faults");
        }
        self.check_archive(what);
    }

    fn check_archive(&self, what: &str) {
        let archive = open::read_only(&self.data().join("marsad.db")).unwrap();
        let count = |sql: &str| archive.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize;
        let stories = *self.published.lock().unwrap();
        assert_eq!(count("SELECT count(*) FROM article"), 2 * stories, "{what}: articles");
        assert_eq!(count("SELECT count(DISTINCT feed || ' ' || guid) FROM article"), 2 * stories, "{what}: an article twice");
        assert_eq!(
            count("SELECT count(*) FROM delivery d JOIN alert a ON a.n = d.alert WHERE d.state <> 'sent' AND a.kind <> 'health'"),
            0,
            "{what}: deliveries left"
        );
        assert_eq!(count("SELECT count(*) FROM unindexed"), 0, "{what}: not indexed");
        assert_eq!(count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0, "{what}: integrity");
        assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0, "{what}: a row points at nothing");
    }
}

/// The rules that hold for a story.
fn rules(story: usize) -> &'static [&'static str] {
    [&["ceasefire"][..], &["idlib"], &["ceasefire", "idlib"], &[]][story % 4]
}

/// Words that no other story shares, so that each is its own.
fn words(story: usize, count: usize) -> String {
    let mut state = (story as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut syllable = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (state >> 33) as usize;
        format!("{}{}", char::from(b"bdfgklmnprstvz"[at % 14]), char::from(b"aeiou"[at / 14 % 5]))
    };
    (0..count).map(|_| format!("{}{}{}{}", syllable(), syllable(), syllable(), syllable())).collect::<Vec<_>>().join(" ")
}

fn title(story: usize) -> String {
    let subject = ["Ceasefire", "İdlib'de", "Idlib ceasefire", "Weather"][story % 4];
    format!("{subject} {}", words(story, 4))
}

/// The feed with the newest story first. `b` carries each story of `a` under an identifier of its own.
fn document(feed: &str, stories: usize) -> String {
    let mut text = String::from("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://news.example/</link>");
    for story in (0..stories).rev() {
        let _ = write!(
            text,
            "<item><guid isPermaLink=\"false\">{feed}{story}</guid><link>http://news.example/{story}</link><title>{}</title><description>{}.</description></item>",
            title(story),
            words(story + 1_000_000, 30),
        );
    }
    text + "</channel></rss>"
}

/// A copy of the files of a folder, without its folders.
pub fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
