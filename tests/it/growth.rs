//! How the cost of marsad grows with the feeds that it follows and with what is archived, round by round of `marsad once`.
//! `tests/long/growth` starts it, fills the archives, and draws the table that comes of it.

#[expect(dead_code, reason = "articles without names are for the benchmarks")]
#[path = "../bench/corpus.rs"]
mod corpus;
mod stand;

use crate::support::{
    cost::{self, Cost},
    server::{Reply, Server},
};
use marsad::{
    engine::rule::{Lexicon, RuleSpec, Subject, compile},
    store::{audit, open},
};
use serde_json::{Value, json};
pub use stand::{SHOWN, Stand};
use std::{
    collections::HashSet,
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};
use tempfile::TempDir;

/// Rules of the config.
const RULES: usize = 1_000;

/// Terms of the corpus before those that are words of articles no more.
const PRESENT_TERMS: usize = 1_000;

/// Feeds that are followed where it is the archive that grows.
const FEEDS: usize = 1_000;

/// What is done to the feeds, and asked of marsad; by this name it is in the table.
pub const FIRST: &str = "first poll";
pub const UNCHANGED: &str = "304";
const NEWS: &str = "new in 10 %";
const SAME: &str = "200, same bytes";
const REBUILT: &str = "200, other bytes";
const START: &str = "start, nothing due";

/// What `tests/long/growth` says.
fn given(name: &str) -> OsString {
    std::env::var_os(name).unwrap_or_else(|| panic!("tests/long/growth sets {name}"))
}

/// A line of the table.
pub struct Row {
    /// What grows: `feeds` or `archive`.
    part: &'static str,
    feeds: usize,
    /// Articles in the archive before the round, and those that it added.
    archived: i64,
    round: &'static str,
    new: i64,
    cost: Cost,
    pub wall: f64,
    /// What a start takes of processors by itself, in seconds.
    start: f64,
}

impl Row {
    const HEAD: &str = "part\tfeeds\tarchived\tround\tnew\tcpu_s\twriter_s\twall_s\tpeak_mb\tms_a_feed\tms_an_article";

    /// Beyond a start, as the next is.
    fn ms_a_feed(&self) -> f64 {
        (self.cost.seconds - self.start) * 1e3 / self.feeds as f64
    }

    fn ms_an_article(&self) -> f64 {
        (self.cost.seconds - self.start) * 1e3 / self.new as f64
    }

    fn line(&self) -> String {
        let Row { part, feeds, archived, round, new, cost, wall, start: _ } = self;
        let (cpu, writer, mb) = (cost.seconds, cost.writing, cost.kilobytes as f64 / 1024.0);
        let an_article = if *new > 0 { format!("{:.3}", self.ms_an_article()) } else { String::new() };
        let a_feed = self.ms_a_feed();
        format!("{part}\t{feeds}\t{archived}\t{round}\t{new}\t{cpu:.3}\t{writer:.3}\t{wall:.1}\t{mb:.1}\t{a_feed:.4}\t{an_article}")
    }
}

/// Rules that hold for no article of the corpus, nor for what another asks for: some of the names are forms of its words by chance,
/// or of one another.
fn rules() -> Vec<RuleSpec> {
    let terms = corpus::terms(PRESENT_TERMS + 2 * RULES + RULES / 5).split_off(PRESENT_TERMS);
    // Inside a phrase the Arabic article may come or go.
    let name = |term: &String| term.split_once(' ').map_or(term.as_str(), |(_, name)| name.trim_start_matches("ال")).to_owned();
    let names: Vec<String> = terms.iter().map(name).collect();
    let spec = |(n, name): (usize, &String)| RuleSpec { id: n.to_string(), any: vec![name.clone()], ..RuleSpec::default() };
    let compiled = compile(&names.iter().enumerate().map(spec).collect::<Vec<_>>(), &Lexicon::default()).unwrap();
    let found = |title: &str, text: &str| {
        let found = compiled.matches(&Subject { title, text, ..Subject::default() });
        found.into_iter().map(|found| found.rule).collect::<Vec<_>>()
    };
    let mut present: HashSet<usize> = corpus::news().take(1_000).flat_map(|(title, text)| found(&title, &text)).collect();
    for (n, name) in names.iter().enumerate() {
        present.extend(found(name, "").into_iter().filter(|other| *other != n));
    }
    let absent: Vec<String> = terms.iter().enumerate().filter(|(n, _)| !present.contains(n)).map(|(_, term)| term.clone()).collect();
    corpus::rules(&absent).into_iter().take(RULES).collect()
}

/// The feeds, the webhook and the archive of one size.
pub struct World {
    part: &'static str,
    pub folder: TempDir,
    pub binary: PathBuf,
    feeds: usize,
    pub stand: Stand,
    hook: Server,
}

impl World {
    /// So many feeds, and an archive that is there; an empty one without.
    pub fn open(place: &Path, feeds: usize, archive: Option<&Path>) -> World {
        let rules = rules();
        let (stand, hook) = (Stand::open(feeds, &rules), Server::start(|_| Reply::status(204)));
        let folder = tempfile::tempdir_in(place).unwrap();
        let part = if archive.is_some() { "archive" } else { "feeds" };
        let world = World { part, folder, binary: given("MARSAD_RELEASE").into(), feeds, stand, hook };
        fs::write(world.folder.path().join("marsad.toml"), world.config(&rules)).unwrap();
        fs::create_dir(world.archive().parent().unwrap()).unwrap();
        if let Some(archive) = archive {
            fs::rename(archive, world.archive()).unwrap();
        }
        world
    }

    /// All as it comes, but for the pause between requests, of which there is one a host, and the copy of the archive once a day.
    fn config(&self, rules: &[RuleSpec]) -> String {
        let mut text = format!(
            "[poll]\nhost_gap = '0s'\ninterval = '1d'\n[archive]\nkeep = 'forever'\nbackups = 0\n[health]\nenabled = false\n\
             [alert]\nsinks = ['hook']\n[sink.hook]\ntype = 'webhook'\nurl = '{}'\nconcurrency = 8\n",
            self.hook.url("/hook")
        );
        for rule in rules {
            let (how, terms) = if rule.all.is_empty() { ("any", &rule.any) } else { ("all", &rule.all) };
            let _ = writeln!(text, "[[rule]]\nname = '{}'\n{how} = {}\n[rule.alert]\ngroup_by = 'article'", rule.id, json!(terms));
        }
        for feed in 0..self.feeds {
            let _ = writeln!(text, "[[feed]]\nname = 'f{feed}'\nurl = '{}'\nallow_private = true", self.stand.url(feed));
        }
        text
    }

    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("data/marsad.db")
    }

    fn count(&self, sql: &str) -> i64 {
        open::read_only(&self.archive()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// A round, of which is to come: so many polls, new articles and alerts of them; nothing failed and nothing waits.
    pub fn round(&self, round: &'static str, polled: usize, new: usize, alerts: usize) -> Row {
        let (articles, told) = ("SELECT count(*) FROM article", "SELECT count(*) FROM alert WHERE kind = 'match'");
        let before = if self.archive().exists() { [self.count(articles), self.count(told)] } else { [0, 0] };
        let (asked, heard) = (self.stand.requests(), self.hook.requests().len());
        let began = Instant::now();
        let (cost, said) = cost::of(&self.binary, |command| {
            cost::as_the_units(command);
            command.args(["once", "--json"]).args((round != START).then_some("--all"));
            command.arg("--config").arg(self.folder.path().join("marsad.toml")).arg("--db").arg(self.archive());
        });
        let wall = began.elapsed().as_secs_f64();
        let report: Value = serde_json::from_str(&said).unwrap();
        let figure = |name: &str| report[name].as_u64().unwrap() as usize;
        assert_eq!(["polled", "new", "edited", "waiting"].map(figure), [polled, new, 0, 0], "{round}: {report}");
        assert_eq!((report["failed"].as_array().unwrap().len(), figure("retry")), (0, 0), "{round}: {report}");
        assert_eq!(self.stand.requests() - asked, polled, "{round}: one request a feed");
        assert_eq!(self.count(articles) - before[0], new as i64, "{round}: each article once");
        assert_eq!(self.count(told) - before[1], alerts as i64, "{round}: what is due is told");
        assert_eq!(self.hook.requests().len() - heard, figure("sent"), "{round}: each message once");
        assert_eq!(self.count("SELECT count(*) FROM unindexed"), 0, "{round}: all is indexed");
        Row { part: self.part, feeds: self.feeds, archived: before[0], round, new: new as i64, cost, wall, start: 0.0 }
    }

    /// The cheapest of three rounds in which nothing is new: little is lost in the noise.
    fn thrice(&self, round: &'static str, polled: usize) -> Row {
        let rows = (0..3).map(|_| self.round(round, polled, 0, 0));
        rows.min_by(|one, other| one.cost.seconds.total_cmp(&other.cost.seconds)).unwrap()
    }

    fn rounds(mut self) -> Vec<Row> {
        let feeds = self.feeds;
        let mut rows = vec![self.round(FIRST, feeds, feeds * SHOWN, 0), self.thrice(UNCHANGED, feeds)];
        let due = self.stand.due;
        self.stand.publish();
        rows.push(self.round(NEWS, feeds, feeds.div_ceil(10), self.stand.due - due));
        self.stand.forget();
        rows.push(self.thrice(SAME, feeds));
        self.stand.rebuild();
        rows.push(self.round(REBUILT, feeds, 0, 0));
        let start = self.thrice(START, 0);
        let seconds = start.cost.seconds;
        rows.push(start);
        for row in &mut rows {
            row.start = seconds;
            println!("{}", row.line());
        }
        assert_eq!(self.count("SELECT count(*) FROM match"), self.stand.due as i64, "each that is awaited is found, and no other");
        let account = audit::account(&open::read_only(&self.archive()).unwrap(), i64::MIN, i64::MAX).unwrap();
        assert!(account.balances() && account.matches == self.stand.due as i64, "{account:#?}");
        rows
    }
}

/// Numbers of a file: articles archived, and microseconds that one more takes.
fn ingest(folder: &Path) -> Vec<(f64, f64)> {
    let text = fs::read_to_string(folder.join("ingest.tsv")).unwrap();
    let number = |text: &str| text.parse::<f64>().unwrap();
    text.lines().filter_map(|line| line.split_once('\t')).map(|(articles, us)| (number(articles), number(us))).collect()
}

/// How many times as much the last costs as one that is `back` before it.
fn growth(what: &str, figures: &[(f64, f64)]) -> String {
    let [(from, little), .., (to, much)] = figures else { return format!("{what}: one size only\n") };
    format!("{what}: {:.3} at {to:.0}, {little:.3} at {from:.0}: {:.2} times as much\n", much, much / little)
}

fn ratios(rows: &[Row], ingest: &[(f64, f64)]) -> String {
    let of = |part: &str, round: &str| -> Vec<&Row> { rows.iter().filter(|row| row.part == part && row.round == round).collect() };
    let mut text = String::new();
    let by_feeds = |round: &str, value: &dyn Fn(&Row) -> f64| -> Vec<(f64, f64)> {
        let rows = of("feeds", round);
        rows[rows.len().saturating_sub(2)..].iter().map(|row| (row.feeds as f64, value(row))).collect()
    };
    text += &growth("first poll, ms an article, by feeds", &by_feeds(FIRST, &Row::ms_an_article));
    for round in [UNCHANGED, NEWS, SAME, REBUILT] {
        text += &growth(&format!("{round}, ms a feed, by feeds"), &by_feeds(round, &Row::ms_a_feed));
    }
    for round in [UNCHANGED, NEWS, SAME, REBUILT] {
        let figures: Vec<_> = of("archive", round).iter().map(|row| (row.archived as f64, row.ms_a_feed())).collect();
        text += &growth(&format!("{round}, ms a feed, by archived"), &figures);
    }
    text + &growth("ingest, µs an article, by archived", ingest)
}

#[test]
#[ignore = "figures of a release build: tests/long/growth"]
fn what_it_costs_by_feeds_and_by_what_is_archived() {
    let folder = PathBuf::from(given("MARSAD_GROWTH_FOLDER"));
    let sizes = |name: &str| -> Vec<usize> { given(name).to_str().unwrap().split_whitespace().map(|size| size.parse().unwrap()).collect() };
    println!("{}", Row::HEAD);
    let mut rows = Vec::new();
    for feeds in sizes("MARSAD_GROWTH_FEEDS") {
        rows.extend(World::open(&folder, feeds, None).rounds());
    }
    for articles in sizes("MARSAD_GROWTH_ARCHIVED") {
        rows.extend(World::open(&folder, FEEDS, Some(&folder.join(format!("{articles}.db")))).rounds());
    }
    let lines: String = rows.iter().map(|row| row.line() + "\n").collect();
    fs::write(folder.join("growth.tsv"), format!("{}\n{lines}", Row::HEAD)).unwrap();
    let ratios = ratios(&rows, &ingest(&folder));
    println!("{ratios}");
    fs::write(folder.join("ratios.txt"), ratios).unwrap();
}
