//! What the system and its user set limits to: file descriptors, the log, a config that changes under a running daemon.

use crate::support::{
    prose::words,
    server::{Reply, Seen, Server},
    wait::{end, until},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

mod away;
mod cuts;
mod room;

/// A folder with a config and an archive, and a server on every address of loopback.
struct Post {
    folder: TempDir,
    server: Server,
}

impl Post {
    fn open(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Post {
        Post { folder: tempfile::tempdir().unwrap(), server: Server::start_on("0.0.0.0:0", answer) }
    }

    /// A config over so many feeds, each of a host of its own, that tell a webhook. `poll` goes below `[poll]`.
    fn config(&self, feeds: usize, poll: &str) -> String {
        let port = self.server.addr().port();
        let mut text = format!(
            "[poll]\nhost_gap = '0s'\nbacklog = 'alert'\n{poll}\n[alert]\nsinks = ['hook']\n[health]\nenabled = false\n\
             [sink.hook]\ntype = 'webhook'\nurl = 'http://127.0.0.1:{port}/hook'\n[[rule]]\nname = 'idlib'\nany = ['Idlib']\n"
        );
        for n in 0..feeds {
            let url = format!("http://127.1.{}.{}:{port}/{n}", n / 250, n % 250 + 1);
            text += &format!("[[feed]]\nname = 'f{n}'\nurl = '{url}'\nallow_private = true\n");
        }
        text
    }

    fn put(&self, config: &str) -> PathBuf {
        let (path, beside) = (self.folder.path().join("marsad.toml"), self.folder.path().join("marsad.toml.new"));
        // As editors do.
        std::fs::write(&beside, config).unwrap();
        std::fs::rename(beside, &path).unwrap();
        path
    }

    /// `marsad ARGUMENTS`, behind what `before` puts in front of it.
    fn marsad(&self, before: &[&str], arguments: &[&str]) -> Command {
        let mut words = before.iter().copied().chain([env!("CARGO_BIN_EXE_marsad")]).chain(arguments.iter().copied());
        let mut command = Command::new(words.next().unwrap());
        command.args(words).arg("--config").arg(self.folder.path().join("marsad.toml")).arg("--db").arg(self.archive());
        command.stdin(Stdio::null());
        command
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("data/marsad.db")
    }

    fn titles_told(&self) -> Vec<String> {
        let posts = self.server.requests().into_iter().filter(|seen| seen.method == "POST");
        posts
            .map(|seen| serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap()["alert"]["title"].as_str().unwrap().to_owned())
            .collect()
    }

    fn feeds_asked(&self) -> BTreeSet<String> {
        self.server.requests().into_iter().filter(|seen| seen.method == "GET").map(|seen| seen.path).collect()
    }
}

/// One item about Idlib that no other number has.
fn document(n: &str) -> String {
    let text = words(n.bytes().fold(7, |sum, byte| sum * 31 + usize::from(byte)), 400);
    format!("<rss><channel><item><guid>{n}</guid><title>Idlib {n}</title><description>{text}</description></item></channel></rss>")
}

#[test]
fn out_of_file_descriptors_it_goes_on_and_misses_nothing_once_there_are_some() {
    let post = Post::open(|seen| match seen.method.as_str() {
        "POST" => Reply::status(204),
        // All are begun before the first is answered.
        _ => Reply::After(Duration::from_secs(2), Box::new(Reply::ok(document(&seen.path[1..])))),
    });
    post.put(&post.config(200, "concurrency = 200"));
    let output = post.marsad(&["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"], &["once", "--all", "--json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let failed = report["failed"].as_array().unwrap().len();
    assert!((100..200).contains(&failed), "{failed} feeds failed: {report}");
    assert!(report["failed"].to_string().contains("Too many open files"), "{report}");
    assert!(post.server.accepts() < 200, "nobody is asked over and over: {}", post.server.accepts());
    // A message that found no descriptor either has its next try in five seconds.
    until(120, "everything is told", || {
        assert!(post.marsad(&[], &["once", "--all"]).output().unwrap().status.success());
        post.titles_told().len() >= 200
    });
    let mut told = post.titles_told();
    told.sort();
    let mut owed: Vec<String> = (0..200).map(|n| format!("Idlib {n}")).collect();
    owed.sort();
    assert_eq!(told, owed);
}

/// Answers that try to write a log of their own, with every part that a server may choose.
fn forgery(n: usize) -> Reply {
    const LIE: &str = "\u{1b}]0;x\u{7}\u{9b}31m\r\n<0>emerg: root logged in\n\u{202e}<3>error";
    let lie = LIE.repeat(500);
    let escaped: String = lie.replace('<', "&lt;").replace('\u{1b}', "\\u001b");
    let header = lie.replace(['\r', '\n'], " ");
    match n {
        0 => Reply::ok(format!(
            "<rss><channel><title>{escaped}</title><item><guid>{escaped}</guid><title>Idlib {escaped}</title></item></channel></rss>"
        )),
        1 => Reply::ok(format!("<{}/>", "a\u{1b}[2Jb<0>".repeat(5_000))),
        2 => Reply::ok(format!("{{\"version\":\"{lie}\",\"items\":\"{lie}\"}}")),
        3 => Reply::Raw(format!("HTTP/1.1 500 {}\r\nContent-Length: 0\r\n\r\n", header.replace('\u{9b}', "?")).into_bytes()),
        4 => Reply::redirect(302, header),
        5 => Reply::redirect(301, format!("gopher://{header}")),
        6 => Reply::ok(document("6")).header("Content-Type", format!("text/{header}; charset={header}")),
        7 => Reply::ok("x").header("Content-Encoding", header),
        8 => Reply::Raw(lie.into_bytes()),
        9 => Reply::status(429).header("Retry-After", header),
        10 => Reply::ok(format!("<html><title>{lie}</title></html>")),
        _ => Reply::ok(
            (0..4_000).map(|i| format!("<item><guid>{i}</guid><title>Idlib {i} {}</title></item>", words(i, 40))).collect::<String>(),
        ),
    }
}

/// Whether a line shows what no log of ours has.
fn is_forged(line: &str) -> bool {
    let shown = |c: char| c == '\t' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    !line.chars().all(shown) || line.starts_with("emerg") || line.starts_with("<0>")
}

#[test]
fn no_text_of_a_feed_floods_the_log_or_adds_a_line_to_it() {
    const FEEDS: usize = 12;
    let post = Post::open(|seen| forgery(seen.path[1..].parse().unwrap_or(0)));
    post.put(&post.config(FEEDS, "").replace("sinks = ['hook']", "sinks = ['journal']"));
    for journal in [true, false] {
        for round in 0..4 {
            let mut command = post.marsad(&[], &["once", "--all"]);
            command.env_remove("MARSAD_LOG").env_remove("JOURNAL_STREAM").env_remove("NOTIFY_SOCKET");
            if journal {
                command.env("JOURNAL_STREAM", "8:1");
            }
            let output = command.output().unwrap();
            let log = String::from_utf8(output.stderr).unwrap();
            let what = format!("round {round}, journal: {journal}:\n{log}");
            let lines: Vec<&str> = log.lines().collect();
            assert!(!lines.iter().any(|line| is_forged(line)), "{what}");
            assert!(!journal || lines.iter().all(|line| line.starts_with('<') && line.get(2..3) == Some(">")), "{what}");
            assert!(lines.len() <= 3 * FEEDS && log.len() <= FEEDS * 2_048, "{} lines of {} bytes, {what}", lines.len(), log.len());
        }
    }
}

#[test]
fn no_answer_of_megabytes_makes_a_long_reason_in_the_log_the_archive_or_an_alert() {
    let post = Post::open(|seen| match seen.path.as_str() {
        "/hook" => Reply::status(204),
        "/0" => Reply::ok(format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":\"{}\"}}", "b\u{85}a ".repeat(7 << 18))),
        _ => Reply::ok([0xff; 64]).header("Content-Type", format!("image/{}", "x".repeat(300_000))),
    });
    post.put(&post.config(2, "").replace("enabled = false", "enabled = true"));
    let mut log = Vec::new();
    for _ in 0..3 {
        log.extend(post.marsad(&[], &["once", "--all"]).env_remove("MARSAD_LOG").output().unwrap().stderr);
    }
    assert!(log.len() < 4_096, "{} bytes of log", log.len());
    let archive = marsad::store::open::read_only(&post.archive()).unwrap();
    let sql = "SELECT count(*), max(length(last_error)) FROM feed WHERE failures = 3";
    let (failed, longest): (i64, i64) = archive.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert!(failed == 2 && longest <= 200, "{failed} failed, the longest reason has {longest} characters");
    let told: Vec<_> = post.server.requests().into_iter().filter(|seen| seen.method == "POST").map(|seen| seen.body).collect();
    assert_eq!(told.len(), 2, "each feed that fails is told once");
    let longest = told.iter().map(Vec::len).max();
    assert!(longest < Some(4_096), "an alert of {longest:?} bytes");
}

#[test]
fn a_config_that_an_editor_replaces_is_taken_up_at_each_reload_and_a_broken_one_never() {
    let post = Post::open(|seen| match seen.method.as_str() {
        "POST" => Reply::status(204),
        _ => Reply::ok(document(&seen.path[1..])),
    });
    post.put(&post.config(1, ""));
    let child = post.marsad(&[], &["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let log = follow(&post, child);
    until(60, "the first feed is asked", || post.feeds_asked().contains("/0"));
    for feeds in 2..5 {
        // Half of it, and nothing: what is in force stays in force.
        let whole = post.config(feeds, "");
        for broken in [&whole[..whole.len() - 20], "", "\0\0\0\0", "[[feed]]\n"] {
            post.put(broken);
            let refused = log.count("the old one stays in force");
            log.hangup();
            until(60, "a broken config is refused", || log.count("the old one stays in force") > refused);
        }
        post.put(&whole);
        log.hangup();
        until(60, "a feed of the new config is asked", || post.feeds_asked().len() == feeds);
    }
    log.end();
}

/// A daemon whose log is read while it runs.
struct Followed {
    child: Child,
    log: PathBuf,
}

fn follow(post: &Post, mut child: Child) -> Followed {
    let log = post.folder.path().join("log");
    let (mut from, mut to) = (child.stderr.take().unwrap(), std::fs::File::create(&log).unwrap());
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    Followed { child, log }
}

impl Followed {
    fn count(&self, words: &str) -> usize {
        read(&self.log).matches(words).count()
    }

    fn hangup(&self) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::HUP).unwrap();
    }

    fn end(self) {
        end(self.child);
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}
