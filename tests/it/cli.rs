//! The command line as a person and a script meet it: the real binary, real files, an archive filled by hand.

mod alerts;
mod check;
mod codes;
mod doctor;
mod finding;
mod forms;
mod listings;
mod noise;
mod rules;
mod terminal;
mod trust;
mod wording;
mod writing;

use marsad::store::open;
use rusqlite::{Connection, params};
use serde_json::Value;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// A title that tries everything on a terminal: OSC 8 and 52, SGR, C1, NUL, a bidi override and an isolate left open.
const HOSTILE: &str = "a\u{1b}]8;;http://x\u{7}b\u{1b}]52;c;aGk=\u{7}\u{1b}[31m\u{9b}2J\u{0}\u{202e}c\u{2066}\r\nd";

/// A config of two feeds and two rules.
const CONFIG: &str = r#"
[[feed]]
name = "enab"
url = "https://enab.example/feed"
tags = ["syria"]

[[feed]]
name = "trt"
url = "https://trt.example/rss"

[[rule]]
name = "idlib"
all = ["@idlib"]
none = ["football"]

[[rule]]
name = "truce"
all = ["@ceasefire"]
any = ["Idlib", "Aleppo"]
feeds = ["tag:syria"]
"#;

/// A home of its own, with a config and an archive.
struct Desk {
    folder: TempDir,
}

impl Desk {
    /// A home with nothing in it.
    fn bare() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with [`CONFIG`].
    fn new() -> Desk {
        let desk = Desk::bare();
        desk.write("config/marsad/marsad.toml", CONFIG);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn archive(&self) -> PathBuf {
        self.path("data/marsad/marsad.db")
    }

    /// The archive, open for writing.
    fn open(&self) -> Connection {
        open::read_write(&self.archive()).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("XDG_CONFIG_HOME", self.path("config")).env("XDG_DATA_HOME", self.path("data"));
        command.env("TZ", "UTC").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Runs with this on standard input.
    fn feed(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that refuses its arguments has ended by now, and reads nothing.
        let written = child.stdin.take().unwrap().write_all(input.as_bytes());
        assert!(written.is_ok() || written.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe));
        Ran::from(child.wait_with_output().unwrap())
    }
}

/// What a command left behind.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// Standard output as JSON lines, of a command that went well.
    #[track_caller]
    fn json(&self) -> Vec<Value> {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

const HOUR: i64 = 3_600_000;

fn now_ms() -> i64 {
    marsad::daemon::clock::now_ms()
}

/// An archive as a daemon leaves it: two feeds of the config and a retired one, three articles, one alert with two
/// deliveries that ended and one that waits, one import.
fn fill(archive: &Connection) {
    let now = now_ms();
    let feed = "INSERT INTO feed (n, id, url, title, next_poll_ms, last_poll_ms, last_ok_ms, failures, last_error, defects, retired_ms)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let none = None::<i64>;
    let defects = r#"{"bare-ampersand":2}"#;
    archive
        .execute(
            feed,
            params![1, "enab", "https://enab.example/feed", HOSTILE, now + HOUR, now - HOUR, now - HOUR, 0, None::<&str>, defects, none],
        )
        .unwrap();
    archive
        .execute(feed, params![2, "trt", "https://trt.example/rss", None::<&str>, 0, now - HOUR, none, 3, "status 500", "{}", none])
        .unwrap();
    archive
        .execute(feed, params![3, "old", "https://old.example/", None::<&str>, 0, now, none, 0, None::<&str>, None::<&str>, now])
        .unwrap();
    let article = "INSERT INTO article (n, feed, story, guid, url, title, text, language, categories, published_ms, first_seen_ms)
                   VALUES (?1, ?2, ?1, 'g', ?3, ?4, ?5, 'ar', '[\"war\"]', ?6, ?7)";
    let link = "https://enab.example/1";
    let articles = [
        (1, 1, "خرق وقف إطلاق النار", "قصف «بإدلب» اليوم\nونزوح عائلات", 1_700_000_000_000_i64, now - 48 * HOUR),
        (2, 2, "Football in Idlib", "A match.", 0, now - 2 * HOUR),
        (3, 1, HOSTILE, HOSTILE, 0, now),
    ];
    for (n, feed, title, text, published, seen) in articles {
        archive.execute("INSERT INTO story VALUES (?1, NULL, ?2)", params![n, seen]).unwrap();
        archive.execute(article, params![n, feed, link, title, text, (published > 0).then_some(published), seen]).unwrap();
        archive.execute("INSERT INTO unindexed VALUES (?1)", [n]).unwrap();
    }
    archive.execute_batch("INSERT INTO rule VALUES (1, 'idlib', NULL), (2, 'gone', NULL); INSERT INTO rule_version VALUES (1, 1, 'aa', '{}', 0), (2, 2, 'bb', '{}', 0);").unwrap();
    let evidence = r#"[{"clause":"all[0]: @idlib","term":"إدلب","field":"text","start":9,"end":19,"text":"بإدلب"}]"#;
    let alert = "INSERT INTO alert (n, rule, group_key, version, kind, severity, story, article, feed, title, lines, url, published_ms, first_seen_ms, alerted_ms, evidence)
                 VALUES (?1, ?2, ?3, ?2, ?4, 'high', ?5, ?5, 'enab', ?6, '[]', ?7, 1700000000000, ?8, ?8, ?9)";
    archive.execute(alert, params![1, 1, "story:1", "match", 1, "خرق وقف إطلاق النار", link, now - 48 * HOUR, evidence]).unwrap();
    archive.execute(alert, params![2, 2, "import:5", "import", none, HOSTILE, None::<&str>, now, "[]"]).unwrap();
    archive
        .execute(
            "INSERT INTO match (article, rule, version, story, alert, seen_ms, evidence, sinks)
             VALUES (1, 1, 1, 1, 1, ?1, ?2, '[\"desktop\", \"hook\"]'), (1, 2, 2, 1, NULL, ?1, '[]', NULL)",
            params![now - 48 * HOUR, evidence],
        )
        .unwrap();
    let delivery =
        "INSERT INTO delivery (alert, sink, occasion, state, attempts, due_ms, created_ms, error) VALUES (?1, ?2, 'new', ?3, ?4, 0, 0, ?5)";
    for (alert, sink, state, attempts, error) in [
        (1, "desktop", "sent", 1, None),
        (1, "hook", "dead", 7, Some(HOSTILE)),
        (2, "desktop", "sent", 1, None),
        (2, "hook", "leased", 0, None),
    ] {
        archive.execute(delivery, params![alert, sink, state, attempts, error]).unwrap();
    }
    let fate = "INSERT INTO fate (article, rule, sink, way, delivery) SELECT 1, 1, sink, 'own', n FROM delivery WHERE alert = 1";
    archive.execute(fate, []).unwrap();
}

/// A desk whose archive is filled.
fn filled() -> Desk {
    let desk = Desk::new();
    fill(&desk.open());
    desk
}
