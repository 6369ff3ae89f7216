//! A thousand feeds of which some are hostile, each in a way of its own, under one daemon: the others notice nothing.
//! `tests/long/crowd` measures how little.

use crate::{
    killers::documents::KILLERS,
    support::{
        prose::words,
        server::{Reply, Server},
        wait::{end, until},
    },
};
use marsad::{daemon::clock::now_ms, store::open};
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Feeds, all together.
const FEEDS: usize = 1_000;

/// What an answer begins with.
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n";

/// A byte now and then, of a body that is announced as longer.
fn drip() -> Reply {
    Reply::Drip([HEAD, b"Content-Length: 100000\r\n\r\n<rss>", &[b' '; 400]].concat(), Duration::from_millis(300))
}

/// Every way to be hostile. Documents are of so many bytes.
fn hostilities(size: usize) -> Vec<Reply> {
    use flate2::{Compression, write::GzEncoder};
    let open = [HEAD, b"\r\n<rss><channel>"].concat();
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    (0..200).for_each(|_| bomb.write_all(&[b' '; 1 << 20]).unwrap());
    let bomb = bomb.finish().unwrap();
    let mut all = vec![
        drip(),
        Reply::Drip(HEAD.repeat(100), Duration::from_millis(300)),
        Reply::Stall(Vec::new()),
        Reply::Stall(open.clone()),
        Reply::Reset(Vec::new()),
        Reply::Reset(open.clone()),
        Reply::Cut([HEAD, b"Content-Length: 900\r\n\r\n<rss><channel>"].concat()),
        Reply::ok(bomb.clone()).header("Content-Encoding", "gzip"),
        Reply::ok(bomb).header("Content-Encoding", "br"),
        Reply::Endless(open, b"<item><title>Aleppo</title></item>".repeat(1_000)),
        Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: and more\r\n".repeat(100)),
        Reply::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        Reply::redirect(302, "?again"),
        Reply::redirect(301, "gopher://nowhere.example/"),
        Reply::status(429).header("Retry-After", "1000000000000"),
        Reply::ok(vec![0; size]),
    ];
    let document = |killer: &crate::killers::documents::Killer| {
        let size = if killer.dear { size / 16 } else { size };
        Reply::ok((killer.make)(size)).header("Content-Type", killer.content_type)
    };
    all.extend(KILLERS.iter().map(document));
    all
}

/// The feeds on servers of their own, the webhook, and a place for the archive.
struct Crowd {
    folder: TempDir,
    healthy: Server,
    hostile: Server,
    hook: Server,
    /// How many articles a healthy feed has.
    published: Arc<AtomicUsize>,
}

impl Crowd {
    /// A hostile feed answers with one of these, by its number.
    fn open(hostilities: Vec<Reply>) -> Crowd {
        let published = Arc::new(AtomicUsize::new(1));
        let count = published.clone();
        let healthy = Server::start_on("0.0.0.0:0", move |seen| {
            let n = seen.path[1..].parse().unwrap();
            Reply::ok(document(n, count.load(SeqCst))).header("Content-Type", "application/rss+xml")
        });
        let hostile = Server::start_on("0.0.0.0:0", move |seen| {
            let n: usize = seen.path[1..].trim_end_matches("?again").parse().unwrap();
            hostilities[n % hostilities.len()].clone()
        });
        let folder = tempfile::tempdir().unwrap();
        Crowd { folder, healthy, hostile, hook: Server::start(|_| Reply::status(204)), published }
    }

    /// A config over so many feeds of each kind, each of a host of its own.
    fn configure(&self, healthy: usize, hostile: usize, interval: &str, timeout: &str) {
        let mut text = format!(
            "[poll]\nhost_gap = '0s'\nbacklog = 'alert'\ninterval = '{interval}'\ntimeout = '{timeout}'\n[alert]\nsinks = ['hook']\n\
             [health]\nenabled = false\n[sink.hook]\ntype = 'webhook'\nurl = '{}'\nconcurrency = 8\n\
             [[rule]]\nname = 'watch'\nany = ['Reykjavik']\n[rule.alert]\ngroup_by = 'article'\n",
            self.hook.url("/hook")
        );
        for (name, server, feeds, net) in [("good", &self.healthy, healthy, 1), ("bad", &self.hostile, hostile, 2)] {
            for n in 0..feeds {
                let url = format!("http://127.{net}.{}.{}:{}/{n}", n / 250, n % 250 + 1, server.addr().port());
                text += &format!("[[feed]]\nname = '{name}{n}'\nurl = '{url}'\nallow_private = true\ninterval = '{interval}'\n");
            }
        }
        fs::write(self.folder.path().join("marsad.toml"), text).unwrap();
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("data/marsad.db")
    }

    fn marsad(&self, binary: &Path, arguments: &[&str]) -> Child {
        let log = fs::File::options().append(true).create(true).open(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(binary);
        command.args(arguments).arg("--config").arg(self.folder.path().join("marsad.toml")).arg("--db").arg(self.archive());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// When each title was told.
    fn told(&self) -> BTreeMap<String, Vec<Instant>> {
        let mut told: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
        for seen in self.hook.requests() {
            let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
            told.entry(body["alert"]["title"].as_str().unwrap().to_owned()).or_default().push(seen.at);
        }
        told
    }

    fn count(&self, sql: &str) -> i64 {
        open::read_only(&self.archive()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn title(feed: usize, article: usize) -> String {
    format!("Reykjavik {feed} {article}")
}

/// The articles that a healthy feed has by now, each with a text of its own.
fn document(feed: usize, articles: usize) -> String {
    let item = |n: usize| {
        format!("<item><guid>{n}</guid><title>{}</title><description>{}</description></item>", title(feed, n), words(feed * 7 + n, 400))
    };
    format!("<rss version=\"2.0\"><channel><title>t</title>{}</channel></rss>", (0..articles).rev().map(item).collect::<String>())
}

#[test]
fn five_hostile_feeds_in_a_hundred_take_nothing_of_the_others() {
    let ways = hostilities(128 << 10);
    let (hostile, healthy) = (FEEDS / 20, FEEDS - FEEDS / 20);
    assert!(ways.len() >= hostile, "each feed has a way of its own");
    let crowd = Crowd::open(ways);
    crowd.configure(healthy, hostile, "1m", "10s");
    let mut daemon = crowd.marsad(Path::new(env!("CARGO_BIN_EXE_marsad")), &["run"]);
    let titles = |articles: usize| (0..healthy).flat_map(|feed| (0..articles).map(move |n| title(feed, n))).collect::<Vec<_>>();
    until(240, "the first articles are told", || crowd.told().len() >= healthy);
    until(240, "each hostile answer comes to an end", || {
        crowd.count(
            "SELECT count(*) FROM feed WHERE id LIKE 'bad%' AND (last_poll_ms IS NULL AND next_poll_ms < unixepoch() * 1000 + 60000)",
        ) == 0
    });
    // Whatever a hostile feed has held is free for the second round, in which they are all at it again.
    crowd.published.store(2, SeqCst);
    open::read_write(&crowd.archive()).unwrap().execute_batch("UPDATE feed SET next_poll_ms = 0").unwrap();
    until(240, "the second articles are told", || crowd.told().len() >= 2 * healthy);
    assert!(daemon.try_wait().unwrap().is_none(), "the daemon lives");
    end(daemon);
    let told = crowd.told();
    let wrong: Vec<_> = told.iter().filter(|(_, at)| at.len() != 1).take(5).collect();
    assert!(wrong.is_empty(), "told twice: {wrong:?}");
    let missed: Vec<_> = titles(2).into_iter().filter(|title| !told.contains_key(title)).take(5).collect();
    assert!(missed.is_empty(), "never told: {missed:?}");
}

/// How many milliseconds pass from the moment at which a healthy feed is due to its alert at the webhook, sorted, beside so
/// many hostile feeds, which are all due from the beginning.
fn latencies(binary: &Path, ways: Vec<Reply>, hostile: usize) -> Vec<i64> {
    const SPREAD_MS: usize = 100_000;
    let healthy = FEEDS - FEEDS / 5;
    let crowd = Crowd::open(ways);
    crowd.configure(healthy, 0, "2m", "30s");
    assert!(crowd.marsad(binary, &["once", "--all"]).wait().unwrap().success());
    crowd.configure(healthy, hostile, "2m", "30s");
    crowd.published.store(2, SeqCst);
    let (began, began_ms) = (Instant::now(), now_ms() + 4_000);
    // Evenly spread, in an order that says nothing.
    let due_ms = |feed: usize| began_ms + (feed * 7_919 % healthy * SPREAD_MS / healthy) as i64;
    let archive = open::read_write(&crowd.archive()).unwrap();
    for feed in 0..healthy {
        archive.execute("UPDATE feed SET next_poll_ms = ?1 WHERE id = ?2", (due_ms(feed), format!("good{feed}"))).unwrap();
    }
    drop(archive);
    let daemon = crowd.marsad(binary, &["run"]);
    until(240, "all articles are told", || crowd.told().len() >= 2 * healthy);
    end(daemon);
    let told = crowd.told();
    assert!(told.values().all(|at| at.len() == 1), "each once");
    let at_ms = |at: Instant| began_ms - 4_000 + (at - began).as_millis() as i64;
    let mut late: Vec<i64> = (0..healthy).map(|feed| at_ms(told[&title(feed, 1)][0]) - due_ms(feed)).collect();
    late.sort_unstable();
    late
}

#[test]
#[ignore = "figures of a release build: tests/long/crowd"]
fn hostile_feeds_make_no_alert_later() {
    let binary = std::env::var_os("MARSAD_RELEASE").expect("tests/long/crowd names the release build");
    let p99 = |what: &str, ways: Vec<Reply>, hostile: usize| {
        let late = latencies(Path::new(&binary), ways, hostile);
        let at = |percent: usize| late[(late.len() * percent / 100).min(late.len() - 1)];
        println!("{what:32} due to alert, ms: p50 {} p90 {} p99 {} most {}", at(50), at(90), at(99), at(100));
        at(99)
    };
    let alone = p99("800 feeds alone", vec![drip()], 0);
    let beside_drips = p99("beside 200 that drip", vec![drip()], 200);
    let beside_all = p99("beside 50, each hostile in its way", hostilities(9 << 20), 50);
    assert!(beside_all - alone < 2_000 && beside_drips - alone < 2_000, "growth of 2 s or more");
}
