//! A day of a newsroom in half an hour: thousands of feeds, faults, reloads and kills under a daemon that runs on. Memory,
//! descriptors and the archive's log must stay level, and at the end archive and alerts must equal what was published.
//! `tests/long/soak` starts it.

use crate::support::{
    agency::{Agency, Truth},
    cost,
};
use marsad::store::open;
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Between two samples.
const PAUSE: Duration = Duration::from_secs(5);

/// How long the daemon has to warm up, in seconds, before its memory counts: at first, and after each start and each reload,
/// when the old config and the new one are in memory together.
const WARM: f64 = 600.0;
const WARM_AGAIN: f64 = 60.0;

/// What a variable of `tests/long/soak` says.
fn given(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the script says what to do by variables")]
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// One moment. Sizes in bytes.
struct Sample {
    seconds: f64,
    life: usize,
    /// Since when neither a start nor a reload was, in seconds.
    stage: f64,
    /// When the process began.
    born: f64,
    rss: u64,
    anon: u64,
    descriptors: usize,
    threads: u64,
    wal: u64,
    db: u64,
    /// The feed that is longest overdue, in milliseconds, and that which 99 in 100 are less overdue than.
    late: i64,
    late_p99: i64,
    articles: i64,
    waiting: i64,
}

struct Soak {
    folder: PathBuf,
    config: PathBuf,
    began: Instant,
    minutes: f64,
    daemon: Child,
    life: usize,
    stage: f64,
    born: f64,
    table: File,
    samples: Vec<Sample>,
    /// How long each feed was overdue at each sample, in milliseconds.
    overdue: Vec<i64>,
}

/// `marsad ARGUMENTS` of the build that is soaked.
fn marsad(folder: &Path, arguments: &[&str], log: &str) -> Child {
    let log = File::options().append(true).create(true).open(folder.join(log)).unwrap();
    let binary = given("MARSAD_SOAK_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_marsad").to_owned());
    let mut command = Command::new(binary);
    command.args(arguments).arg("--config").arg(folder.join("marsad.toml")).arg("--db").arg(folder.join("marsad.db"));
    cost::as_the_units(&mut command);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

impl Soak {
    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Between two reloads, in seconds.
    fn step(&self) -> f64 {
        self.minutes.min(30.0) * 60.0 / 6.0
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([&format!("-{name}"), &self.daemon.id().to_string()]).status().unwrap().success());
    }

    /// A sample; none while the process or its archive is not there yet.
    fn sample(&mut self) -> Option<()> {
        let proc = PathBuf::from(format!("/proc/{}", self.daemon.id()));
        let status = fs::read_to_string(proc.join("status")).ok()?;
        let number = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().nth(1)?.parse::<u64>().ok());
        let size = |name: &str| fs::metadata(self.folder.join(name)).map_or(0, |meta| meta.len());
        let connection = open::read_only(&self.folder.join("marsad.db")).ok()?;
        let mut overdue = overdue(&connection).ok()?;
        overdue.sort_unstable();
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).ok();
        let sample = Sample {
            seconds: self.seconds(),
            life: self.life,
            stage: self.stage,
            born: self.born,
            rss: number("VmRSS")? * 1024,
            anon: number("RssAnon")? * 1024,
            descriptors: fs::read_dir(proc.join("fd")).ok()?.count(),
            threads: number("Threads")?,
            wal: size("marsad.db-wal"),
            db: size("marsad.db"),
            late: overdue.last().copied().unwrap_or(0),
            late_p99: percentile(&overdue, 99),
            articles: one("SELECT ifnull(max(n), 0) FROM article")?,
            waiting: one("SELECT count(*) FROM delivery WHERE state IN ('pending', 'leased')")?,
        };
        let s = &sample;
        let (seconds, life, rss, anon, fds, threads) = (s.seconds, s.life, s.rss, s.anon, s.descriptors, s.threads);
        let (wal, db, late, p99, articles, waiting) = (s.wal, s.db, s.late, s.late_p99, s.articles, s.waiting);
        writeln!(self.table, "{seconds:.0}\t{life}\t{rss}\t{anon}\t{fds}\t{threads}\t{wal}\t{db}\t{late}\t{p99}\t{articles}\t{waiting}")
            .unwrap();
        self.overdue.append(&mut overdue);
        self.samples.push(sample);
        Some(())
    }

    /// Runs for so many minutes, with a reload each sixth of half an hour and a kill each third.
    fn run(&mut self, config: &dyn Fn(bool) -> String) {
        let (mut reloads, mut kills) = (1.0, 1.0);
        let (step, spared) = (self.step(), given("MARSAD_SOAK_SPARED").is_some());
        while self.seconds() < self.minutes * 60.0 {
            pause(PAUSE);
            assert!(self.daemon.try_wait().unwrap().is_none(), "the daemon has ended by itself: see run.log");
            // A process that has just begun has no archive to look into yet.
            let _ = self.sample();
            let ends = self.minutes * 60.0 - self.seconds() < step / 2.0;
            if self.seconds() > step * 2.0 * kills && !ends && !spared {
                self.signal("KILL");
                self.daemon.wait().unwrap();
                self.life += 1;
                self.daemon = marsad(&self.folder, &["run"], "run.log");
                kills += 1.0;
                self.born = self.seconds();
                self.stage = self.born;
            } else if self.seconds() > step * reloads {
                fs::write(&self.config, config(reloads as i64 % 2 == 1)).unwrap();
                self.signal("HUP");
                reloads += 1.0;
                self.stage = self.seconds();
            }
        }
        self.signal("TERM");
        assert_eq!(self.daemon.wait().unwrap().code(), Some(0), "it ends well when asked to");
    }

    fn figures(&self) -> String {
        let mut text = String::new();
        let is_warm = |s: &&Sample| s.seconds > WARM && s.seconds - s.stage > WARM_AGAIN;
        let warm: Vec<&Sample> = self.samples.iter().filter(is_warm).collect();
        let slope = |value: &dyn Fn(&Sample) -> f64| slope(warm.iter().map(|s| (s.stage as i64, s.seconds / 3600.0, value(s))));
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let all = self.samples.as_slice();
        let least = |value: &dyn Fn(&Sample) -> f64| all.iter().map(value).fold(f64::MAX, f64::min);
        let most = |value: &dyn Fn(&Sample) -> f64| all.iter().map(value).fold(0.0, f64::max);
        let mut overdue = self.overdue.clone();
        overdue.sort_unstable();
        let _ = writeln!(
            text,
            "minutes {:.1}, samples {}, of them warm {}, lives {}",
            self.seconds() / 60.0,
            all.len(),
            warm.len(),
            self.life + 1
        );
        let _ = writeln!(text, "memory: most {:.1} MB resident, {:.1} MB anonymous", most(&|s| mb(s.rss)), most(&|s| mb(s.anon)));
        let _ = writeln!(text, "memory: slope {:.2} MB an hour resident, {:.2} anonymous", slope(&|s| mb(s.rss)), slope(&|s| mb(s.anon)));
        // What reloads leave behind counts where a process lives for long enough: without kills.
        let old = warm.iter().filter(|s| s.seconds - s.born > WARM).map(|s| (s.life as i64, s.seconds / 3600.0, mb(s.anon)));
        let _ = writeln!(
            text,
            "memory: slope {:.2} MB an hour anonymous in a process of ten minutes and more, reloads included",
            self::slope(old)
        );
        let (fds, threads) = (|s: &Sample| s.descriptors as f64, |s: &Sample| s.threads as f64);
        let _ = writeln!(text, "descriptors {} … {}, slope {:.1} an hour", least(&fds), most(&fds), slope(&fds));
        let _ = writeln!(text, "threads {} … {}", least(&threads), most(&threads));
        let _ = writeln!(text, "write-ahead log: most {:.1} MB; archive at the end {:.1} MB", most(&|s| mb(s.wal)), most(&|s| mb(s.db)));
        let (p50, p99, worst) = (percentile(&overdue, 50), percentile(&overdue, 99), percentile(&overdue, 100));
        let _ = writeln!(text, "feeds overdue: p50 {p50} ms, p99 {p99} ms, worst {worst} ms");
        // The service's own limits, and that of the log.
        assert!(most(&threads) <= 64.0 && most(&fds) <= 1024.0 && most(&|s| mb(s.wal)) <= 64.0 && most(&|s| mb(s.rss)) <= 400.0, "{text}");
        text
    }
}

fn overdue(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT max(0, CAST(unixepoch('subsec') * 1000 AS INTEGER) - next_poll_ms) FROM feed WHERE retired_ms IS NULL";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn percentile(sorted: &[i64], percent: usize) -> i64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

/// The one slope that fits all stages best (least squares), each with a level of its own: a process that was killed begins anew,
/// and one that read its config again keeps what that took for a moment.
fn slope(points: impl Iterator<Item = (i64, f64, f64)>) -> f64 {
    let mut stages: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    points.for_each(|(stage, x, y)| stages.entry(stage).or_default().push((x, y)));
    let (mut over, mut under) = (0.0, 0.0);
    for stage in stages.values() {
        let count = stage.len() as f64;
        let (x, y) = (stage.iter().map(|p| p.0).sum::<f64>() / count, stage.iter().map(|p| p.1).sum::<f64>() / count);
        over += stage.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>();
        under += stage.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
    }
    if under > 0.0 { over / under } else { 0.0 }
}

fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
    std::thread::sleep(time);
}

/// The config over these feeds; with one feed more when `changed`.
fn config(urls: &[String], hook: &str, rules: &str, changed: bool) -> String {
    let mut text =
        String::from("[poll]\ninterval = \"1m\"\ntimeout = \"10s\"\nhost_gap = \"0s\"\nbacklog = \"alert\"\n[alert]\nsinks = [\"hook\"]\n");
    let _ = write!(text, "[sink.hook]\ntype = \"webhook\"\nurl = \"{hook}\"\n{rules}");
    let more = changed.then(|| "http://127.77.0.1:9/more".to_owned());
    for (n, url) in urls.iter().chain(&more).enumerate() {
        let _ = write!(text, "[[feed]]\nname = \"f{n}\"\nurl = \"{url}\"\nallow_private = true\n");
    }
    text
}

/// Everything that was offered is archived once, and nothing else; gives what is archived.
fn check_archive(connection: &Connection, truth: &Truth) -> BTreeSet<String> {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut statement = connection.prepare("SELECT ifnull(url, title) FROM article").unwrap();
    for url in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        *rows.entry(url.unwrap()).or_default() += 1;
    }
    let archived: BTreeSet<String> = rows.keys().cloned().collect();
    let missing: Vec<_> = truth.offered.difference(&archived).take(5).collect();
    let unknown: Vec<_> = archived.difference(&truth.made).take(5).collect();
    let twice: Vec<_> = rows.iter().filter(|(_, count)| **count > 1).take(5).collect();
    println!("archive: {} published, {} offered, {} archived", truth.made.len(), truth.offered.len(), archived.len());
    assert!(missing.is_empty() && unknown.is_empty() && twice.is_empty(), "missing {missing:?}, unknown {unknown:?}, twice {twice:?}");
    archived
}

/// Every article that is watched was told, under one key, at most once more for each kill; and no other was.
fn check_alerts(told: &[(String, serde_json::Value)], archived: &BTreeSet<String>, truth: &Truth, kills: usize) {
    let mut keys: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for (key, alert) in told.iter().filter(|(_, alert)| alert["kind"] != "health") {
        *keys.entry(alert["url"].as_str().unwrap_or_default().to_owned()).or_default().entry(key).or_default() += 1;
    }
    let due: BTreeSet<String> = truth.watched.intersection(archived).cloned().collect();
    let alerted: BTreeSet<String> = keys.keys().cloned().collect();
    let missed: Vec<_> = due.difference(&alerted).take(5).collect();
    let wrong: Vec<_> = alerted.difference(&due).take(5).collect();
    let other_keys: Vec<_> = keys.iter().filter(|(_, keys)| keys.len() > 1).take(5).collect();
    let repeats: usize = keys.values().flat_map(|keys| keys.values()).map(|count| count - 1).sum();
    println!("alerts: {} due, {} told, {repeats} of them again after {kills} kills", due.len(), alerted.len());
    assert!(missed.is_empty() && wrong.is_empty() && other_keys.is_empty(), "missed {missed:?}, wrong {wrong:?}, keys {other_keys:?}");
    assert!(repeats <= kills, "one message is in hand at a kill: {repeats} were told again after {kills}");
}

#[test]
#[ignore = "takes as long as it is given: tests/long/soak"]
fn a_long_run_under_faults_reloads_and_kills_stays_level_and_equals_the_truth() {
    let folder = given("MARSAD_SOAK_FOLDER").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/soak"), PathBuf::from);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let number = |name: &str, default: f64| given(name).map_or(default, |text| text.parse().unwrap());
    let minutes = number("MARSAD_SOAK_MINUTES", 30.0);
    let served = given("MARSAD_SOAK_URLS").map(|path| fs::read_to_string(path).unwrap());
    let agency = Agency::open(if served.is_some() { 0 } else { number("MARSAD_SOAK_FEEDS", 2000.0) as usize }, 20);
    let urls = served.as_ref().map_or_else(|| agency.urls(), |text| text.lines().map(str::to_owned).collect());
    let rules = given("MARSAD_SOAK_RULES").map_or_else(Agency::rule, |path| fs::read_to_string(path).unwrap());
    let text = |changed: bool| config(&urls, &agency.hook(), &rules, changed);
    fs::write(folder.join("marsad.toml"), text(false)).unwrap();
    let mut table = File::create(folder.join("soak.tsv")).unwrap();
    writeln!(table, "seconds\tlife\trss\tanon\tdescriptors\tthreads\twal\tdb\tlate_ms\tlate_p99_ms\tarticles\twaiting").unwrap();
    let (daemon, began) = (marsad(&folder, &["run"], "run.log"), Instant::now());
    let config = folder.join("marsad.toml");
    let mut soak = Soak {
        folder: folder.clone(),
        config,
        began,
        minutes,
        daemon,
        life: 0,
        stage: 0.0,
        born: 0.0,
        table,
        samples: Vec::new(),
        overdue: Vec::new(),
    };
    soak.run(&text);
    let figures = soak.figures();
    let (requests, faults) = agency.requests();
    println!("{figures}requests {requests}, of them with a fault {faults}");
    fs::write(folder.join("figures.txt"), figures).unwrap();
    if served.is_none() {
        // Whatever waits for its turn, and whatever the last fault held up.
        agency.stand_still();
        fs::write(&soak.config, text(false)).unwrap();
        assert!(marsad(&folder, &["once", "--all"], "once.log").wait().unwrap().success());
        let (truth, connection) = (agency.truth(), open::read_only(&folder.join("marsad.db")).unwrap());
        let archived = check_archive(&connection, &truth);
        check_alerts(&agency.told(), &archived, &truth, soak.life);
    }
    let told: String =
        agency.told().iter().map(|(key, alert)| serde_json::json!({"key": key, "alert": alert}).to_string() + "\n").collect();
    fs::write(folder.join("told.jsonl"), told).unwrap();
}
