//! A config that is cut at every byte, as by a disk that ran full or an editor that is not done, under a running daemon.

use super::{Post, document, read};
use crate::support::{
    server::Reply,
    wait::{end, until},
};
use marsad::{
    config::{self, Source},
    store::open,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

/// How many cuts every change has time for.
const IN_CI: usize = 80;

/// A config of more than a thousand bytes, with letters of several bytes, many of whose beginnings are a config too.
fn whole(post: &Post) -> String {
    let rules = "[[rule]]\nname = 'إدلب'\nany = [\"إدلب | İdlib\", 'Идлиб']\nseverity = 'high'\n\
        [[rule]]\nname = 'displaced'\nany = ['displaced families', 'نازحين']\nwhen = 'villages AND NOT sport'\n\
        [[rule]]\nname = 'ceasefire'\nall = ['ceasefire | «вогонь»', 'Idlib']\nnear = 10\n";
    let text = post.config(8, "").replace("enabled = false", "sinks = ['hook']") + rules + "# — the end, مرصد\n";
    assert!(text.len() >= 1_000, "{} bytes", text.len());
    text
}

/// What the daemon is to say to a config: its feeds and rules, or nothing where it is none.
fn wanted(bytes: &[u8]) -> Option<(usize, usize)> {
    let source = Source { name: "marsad.toml".into(), text: std::str::from_utf8(bytes).ok()?.into() };
    let config = config::load(&[source], &Arc::default()).ok()?.config;
    Some((config.feeds.len(), config.rules.specs().len()))
}

/// A daemon that answers each reload on its log.
struct Reloaded {
    child: Child,
    config: PathBuf,
    lines: Receiver<String>,
}

impl Reloaded {
    fn start(post: &Post, config: &str) -> Reloaded {
        let config = post.put(config);
        let mut child = post.marsad(&[], &["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (log, (to, lines)) = (BufReader::new(child.stderr.take().unwrap()), channel());
        std::thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|line| to.send(line)));
        Reloaded { child, config, lines }
    }

    /// Writes over the config in its place, and gives what the daemon says to it.
    fn take(&self, config: &[u8]) -> String {
        fs::write(&self.config, config).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::HUP).unwrap();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).expect("an answer to a reload");
            if line.contains("the old one stays in force") || line.contains("reloaded: watching") {
                return line;
            }
        }
    }

    /// Open descriptors, and resident memory in kilobytes.
    fn weight(&self) -> (usize, usize) {
        let of = |name: &str| Path::new("/proc").join(self.child.id().to_string()).join(name);
        let status = read(&of("status"));
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
        (fs::read_dir(of("fd")).unwrap().count(), resident.unwrap())
    }
}

/// Cuts it after each of `ends` bytes, in that order; every answer is the one that the text deserves.
fn cut(ends: impl Iterator<Item = usize>) {
    let news = Arc::new(Mutex::new(String::from("0")));
    let shown = news.clone();
    let post = Post::open(move |seen| match seen.method.as_str() {
        "POST" => Reply::status(204),
        _ => Reply::ok(document(&format!("{}-{}", &seen.path[1..], shown.lock().unwrap()))),
    });
    let whole = whole(&post);
    let daemon = Reloaded::start(&post, &whole);
    until(60, "the first news is told", || post.titles_told().len() >= 16);
    let count = |sql: &str| open::read_only(&post.archive()).unwrap().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    let (mut taken, mut refused, mut spells, mut in_force, mut began) = (0, 0, 0, true, None);
    let start = Instant::now();
    for end in ends.take_while(|end| *end < whole.len()) {
        let config = &whole.as_bytes()[..end];
        let (said, wanted) = (daemon.take(config), wanted(config));
        let place = format!("byte {end}: {said}");
        if let Some((feeds, rules)) = wanted {
            assert!(said.contains(&format!("reloaded: watching {feeds} feeds with {rules} rules")), "{place}");
            taken += 1;
        } else {
            assert!(said.contains("the old one stays in force"), "{place}");
            refused += 1;
            spells += usize::from(in_force);
        }
        in_force = wanted.is_some();
        if taken + refused == IN_CI / 2 {
            began = Some(daemon.weight());
        }
    }
    let each = start.elapsed() / (taken + refused) as u32;
    assert_eq!(
        count("SELECT count(*) FROM condition WHERE kind = 'refused' AND ended_ms IS NULL"),
        usize::from(!in_force),
        "open while it lasts"
    );
    assert_eq!(count("SELECT count(*) FROM condition WHERE kind = 'refused'"), spells, "told once for each time that it lasts");
    let before = began.unwrap();
    // A feed that is just being asked has one too.
    until(60, "descriptors are given back", || daemon.weight().0 <= before.0 + 4);
    let after = daemon.weight();
    println!(
        "{refused} cuts refused, {taken} taken, {each:?} each; descriptors and kB: {before:?} after {} and {after:?} at the end",
        IN_CI / 2
    );
    assert!(refused > 10 * taken && taken > 0, "{refused} refused, {taken} taken");
    assert!(after.1 <= before.1 + (24 << 10), "kilobytes of memory: {before:?}, {after:?}");
    alerts_as_before(&post, &daemon, &whole, &news);
    end(daemon.child);
}

/// All of it again: whatever its feeds have to say from now on is told once by each of the two rules that look for Idlib.
fn alerts_as_before(post: &Post, daemon: &Reloaded, whole: &str, news: &Mutex<String>) {
    *news.lock().unwrap() = "1".to_owned();
    open::beside(&post.archive()).unwrap().execute("UPDATE feed SET next_poll_ms = 0", []).unwrap();
    assert!(daemon.take(whole.as_bytes()).contains("reloaded: watching 8 feeds with 4 rules"));
    let told = || post.titles_told().into_iter().filter(|title| title.starts_with("Idlib") && title.ends_with("-1")).count();
    until(60, "news are told after all the cuts", || told() >= 16);
    assert_eq!(told(), 16);
}

#[test]
fn a_config_cut_at_many_places_under_a_running_daemon_is_taken_whole_or_not_at_all() {
    // A prime number meets every kind of place.
    cut((0..).step_by(13));
}

#[test]
#[ignore = "takes minutes: tests/long/cuts"]
fn a_config_cut_at_every_byte_under_a_running_daemon_is_taken_whole_or_not_at_all() {
    cut(0..);
}
