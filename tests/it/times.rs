//! How long it takes: from the last byte of a document to its alert, a round of feeds that are far away; and what a daemon takes while
//! it has nothing to do. `tests/long/times` starts it, with a release build.

use crate::{
    growth::{FIRST, SHOWN, UNCHANGED, World},
    support::{
        cost,
        prose::words,
        server::{Reply, Seen, Server},
        wait::{end, until, until_it_hears},
    },
};
use marsad::store::open;
use rusqlite::Connection;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Rounds, and in each of them feeds of one article that is told.
const ROUNDS: usize = 10;
const QUICK: usize = 15;
/// Articles of the feed beside them that none is told of.
const LONG: usize = 4_500;
/// From one quick feed's last byte to the next one's, in milliseconds.
const APART_MS: u64 = 60;

fn binary() -> PathBuf {
    std::env::var_os("MARSAD_RELEASE").expect("tests/long/times names the release build").into()
}

fn item(n: usize, title: &str) -> String {
    format!(
        "<item><guid>{n}</guid><link>http://news.example/{title}/{n}</link><title>{title} {}</title><description>{}</description></item>",
        words(n, 60),
        words(n * 31 + 7, 900)
    )
}

fn document(items: impl Iterator<Item = String>) -> Reply {
    Reply::ok(format!("<rss version=\"2.0\"><channel><title>t</title>{}</channel></rss>", items.collect::<String>()))
}

/// When the last byte of a quick feed's document leaves, after it was asked.
fn pause(feed: usize) -> Duration {
    Duration::from_millis(100 + APART_MS * feed as u64)
}

#[test]
#[ignore = "figures of a release build: tests/long/times"]
fn from_the_last_byte_to_the_alert_while_another_feed_is_first_read() {
    let mut late: Vec<Duration> = (0..ROUNDS).flat_map(one_round).collect();
    late.sort_unstable();
    let at = |percent: usize| late[(late.len() * percent / 100).min(late.len() - 1)].as_secs_f64() * 1e3;
    assert!(!late.is_empty(), "the long feed was read before any other had answered");
    println!("last byte to alert, ms of {} alerts: p50 {:.1} p90 {:.1} p99 {:.1} most {:.1}", late.len(), at(50), at(90), at(99), at(100));
}

/// The time of each alert of a round in which all feeds are read for the first time.
fn one_round(round: usize) -> Vec<Duration> {
    let server = Server::start_on("0.0.0.0:0", move |seen: &Seen| match (seen.method.as_str(), seen.path[1..].parse::<usize>()) {
        ("POST", _) => Reply::status(204),
        (_, Ok(feed)) => Reply::After(pause(feed), Box::new(document([item(round * QUICK + feed, "Idlib")].into_iter()))),
        _ => document((0..LONG).map(|n| item(n, "Harvest"))),
    });
    let port = server.addr().port();
    let folder = tempfile::tempdir().unwrap();
    let mut config = format!(
        "[poll]\nhost_gap = '0s'\nbacklog = 'alert'\n[alert]\nsinks = ['hook']\ngroup_by = 'article'\n[health]\nenabled = false\n\
         [sink.hook]\ntype = 'webhook'\nurl = 'http://127.0.0.1:{port}/hook'\n[[rule]]\nname = 'idlib'\nany = ['Idlib']\n\
         [[feed]]\nname = 'long'\nurl = 'http://127.2.0.1:{port}/long'\nallow_private = true\n"
    );
    for feed in 0..QUICK {
        config += &format!("[[feed]]\nname = 'f{feed}'\nurl = 'http://127.1.0.{}:{port}/{feed}'\nallow_private = true\n", feed + 1);
    }
    let (file, archive) = (folder.path().join("marsad.toml"), folder.path().join("marsad.db"));
    fs::write(&file, config).unwrap();
    let mut command = Command::new(binary());
    command.args(["run", "--config"]).arg(file).arg("--db").arg(&archive);
    let daemon = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until_it_hears(&daemon);
    let archived = || -> u32 {
        let sql = "SELECT count(*) FROM article WHERE feed = (SELECT n FROM feed WHERE id = 'long')";
        let count = |archive: Connection| archive.query_row(sql, [], |row| row.get(0));
        open::read_only(&archive).ok().and_then(|archive| count(archive).ok()).unwrap_or_default()
    };
    until(120, "the long feed is read", || archived() as usize == LONG);
    let read = Instant::now();
    let posts = || server.requests().into_iter().filter(|seen| seen.method == "POST").count();
    until(60, "all is told", || posts() >= QUICK);
    end(daemon);
    assert_eq!(posts(), QUICK, "each once");
    let seen = server.requests();
    let told = |n: usize| {
        let link = format!("/Idlib/{n}\"");
        let is_it = |seen: &&Seen| seen.method == "POST" && String::from_utf8_lossy(&seen.body).contains(&link);
        seen.iter().find(is_it).unwrap_or_else(|| panic!("{link} was not told")).at
    };
    let asked = |feed: usize| seen.iter().find(|seen| seen.method == "GET" && seen.path == format!("/{feed}")).unwrap().at;
    // The server's own work is counted too. What came after the long feed was read is not asked for here.
    let times = (0..QUICK).map(|feed| (asked(feed) + pause(feed), told(round * QUICK + feed)));
    times.filter(|(left, _)| *left < read).map(|(left, told)| told - left).collect()
}

#[test]
#[ignore = "figures of a release build: tests/long/times"]
fn a_round_of_a_thousand_feeds_far_away_that_have_nothing_new() {
    const FEEDS: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let world = World::open(folder.path(), FEEDS, None);
    world.round(FIRST, FEEDS, FEEDS * SHOWN, 0);
    world.stand.slow(Duration::from_millis(200));
    for concurrency in [16, 128] {
        let file = world.folder.path().join("marsad.toml");
        let config = fs::read_to_string(&file).unwrap();
        let poll = format!("[poll]\nconcurrency = {concurrency}\nhost_gap");
        fs::write(&file, config.replacen(&config[..config.find("host_gap").unwrap() + "host_gap".len()], &poll, 1)).unwrap();
        let row = world.round(UNCHANGED, FEEDS, 0, 0);
        println!("{FEEDS} feeds, 200 ms each, all 304, concurrency {concurrency}: {:.2} s", row.wall);
    }
}

#[test]
#[ignore = "figures of a release build: tests/long/times"]
fn a_daemon_of_ten_thousand_feeds_of_which_none_is_due() {
    const FEEDS: usize = 10_000;
    const SECONDS: u64 = 60;
    let folder = tempfile::tempdir().unwrap();
    let world = World::open(folder.path(), FEEDS, None);
    world.round(FIRST, FEEDS, FEEDS * SHOWN, 0);
    let asked = world.stand.requests();
    let mut command = Command::new(&world.binary);
    command.arg("run").arg("--config").arg(world.folder.path().join("marsad.toml")).arg("--db").arg(world.archive());
    cost::as_the_units(&mut command);
    let daemon = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until_it_hears(&daemon);
    let pause = |seconds| {
        #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
        std::thread::sleep(Duration::from_secs(seconds));
    };
    let of = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", daemon.id())).unwrap();
    // In hundredths of a second, as the kernel tells it here: proc_pid_stat(5), fields 14 and 15.
    let took =
        || of("stat").rsplit(')').next().unwrap().split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().unwrap()).sum::<u64>();
    pause(30);
    let before = took();
    pause(SECONDS);
    let (after, status) = (took(), of("status"));
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().trim();
    end(daemon);
    assert_eq!(world.stand.requests(), asked, "none is due");
    let share = (after - before) as f64 / SECONDS as f64;
    println!(
        "{FEEDS} feeds, 1,000 rules, none due: {resident} resident, {:.2} s of processors in {SECONDS} s: {share:.2} %",
        (after - before) as f64 / 100.0
    );
}
