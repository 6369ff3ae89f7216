//! SIGKILL at every step, by abort points that a debug build has. After a restart: each article once, each alert at the
//! sink at least once, exactly once at a sink that honours the key, and at most the one message in flight twice.

use crate::support::{
    disk::Chance,
    ledger::Oracle,
    newsroom::{Item, Newsroom},
    wait::until_it_hears,
};
use marsad::store::open;
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// Every abort point of `marsad once`, with how many times it is reached before the kill.
const IN_ONCE: &[&str] = &[
    "poll.due",
    "fetch.begin",
    "fetch.fetched",
    "fetch.parsed",
    "fetch.identified",
    "fetch.parsed:2",
    "ingest.begin",
    "ingest.story",
    "ingest.article",
    "ingest.article:2",
    "ingest.keys",
    "ingest.match",
    "ingest.alert",
    "ingest.delivery",
    "ingest.delivery:2",
    "ingest.told",
    "ingest.told:2",
    "ingest.feed",
    "ingest.feed:2",
    "commit.before",
    "commit.before:2",
    "commit.before:3",
    "commit.before:4",
    "commit.before:5",
    "commit.before:6",
    "commit.before:8",
    "commit.after",
    "commit.after:2",
    "commit.after:3",
    "commit.after:4",
    "commit.after:5",
    "commit.after:6",
    "commit.after:8",
    "deliver.claim",
    "deliver.claimed",
    "deliver.act",
    "deliver.act:2",
    "deliver.acted",
    "deliver.acted:2",
    "deliver.settled",
    "deliver.settled:2",
    "index.read",
    "index.begin",
    "index.article",
    "index.article:2",
    "index.end",
];

/// Abort points of `marsad run` behind a signal.
const IN_RUN: &[(&str, &str)] =
    &[("reload.begin", "HUP"), ("reload.end", "HUP"), ("shutdown.begin", "TERM"), ("shutdown.loops", "TERM"), ("shutdown.end", "TERM")];

const ITEMS: [Item; 3] = [
    Item {
        guid: "1", link: "https://news.example/1", title: "قصف في ريف إدلب", text: "خرق وقف إطلاق النار اليوم."
    },
    Item { guid: "2", link: "https://news.example/2", title: "A ceasefire near İdlib'de", text: "Two rules in one article." },
    Item { guid: "3", link: "https://news.example/3", title: "Nothing", text: "Of interest to no rule." },
];

struct Station {
    room: Newsroom,
    config: PathBuf,
}

impl Station {
    fn open() -> Station {
        let room = Newsroom::open();
        room.publish("a", &ITEMS);
        room.publish("b", &[Item { guid: "b-2", link: "https://news.example/2?utm_source=b", ..ITEMS[1] }]);
        let config = room.folder.path().join("marsad.toml");
        std::fs::write(&config, room.config(&["a", "b"], "alert")).unwrap();
        Station { room, config }
    }

    fn start(&self, arguments: &[&str], abort_at: Option<&str>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(arguments).arg("--config").arg(&self.config).arg("--db").arg(self.room.archive());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(point) = abort_at {
            command.env("MARSAD_ABORT_AT", point);
        }
        command.spawn().unwrap()
    }

    /// What must be true after a restart.
    fn check(&self, point: &str) {
        let room = &self.room;
        assert_eq!(room.count("SELECT count(*) FROM article"), 4, "{point}: articles");
        assert_eq!(room.count("SELECT count(*) - count(DISTINCT feed || guid) FROM article"), 0, "{point}: an article twice");
        assert_eq!(room.count("SELECT count(*) FROM alert"), 4, "{point}: alerts");
        assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'sent'"), 4, "{point}: deliveries");
        assert_eq!(room.count("SELECT count(*) FROM unindexed"), 0, "{point}: not indexed");
        assert_eq!(room.count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0, "{point}: integrity");
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        let mut alerts = BTreeSet::new();
        for (key, alert) in room.posts() {
            *told.entry(key).or_default() += 1;
            alerts.insert(alert["id"].as_i64().unwrap());
        }
        assert_eq!((told.len(), alerts.len()), (4, 4), "{point}: a sink that honours the key shows each alert exactly once: {told:?}");
        let repeats: usize = told.values().map(|times| times - 1).sum();
        assert!(repeats <= 1, "{point}: {repeats} repeats: {told:?}");
    }
}

fn wait(mut child: Child, what: &str) -> ExitStatus {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{what} did not end");
        }
        pause(Duration::from_millis(20));
    }
}

fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
    std::thread::sleep(time);
}

#[test]
fn a_kill_at_any_step_of_a_round_loses_nothing_and_repeats_at_most_one_message() {
    for point in IN_ONCE {
        let station = Station::open();
        let killed = wait(station.start(&["once", "--all"], Some(point)), point);
        assert_eq!(killed.signal(), Some(9), "{point} was not reached: {killed:?}");
        let restarted = wait(station.start(&["once", "--all"], None), point);
        assert_eq!(restarted.code(), Some(0), "{point}");
        station.check(point);
    }
}

#[test]
fn a_second_kill_during_the_recovery_changes_nothing() {
    for (first, second) in [
        ("deliver.acted", "deliver.claimed"),
        ("commit.after:4", "commit.before:2"),
        ("ingest.told", "ingest.told"),
        ("index.article", "index.end"),
    ] {
        let station = Station::open();
        assert_eq!(wait(station.start(&["once", "--all"], Some(first)), first).signal(), Some(9), "{first}");
        assert_eq!(wait(station.start(&["once", "--all"], Some(second)), second).signal(), Some(9), "{first}, {second}");
        assert_eq!(wait(station.start(&["once", "--all"], None), first).code(), Some(0));
        station.check(&format!("{first}, then {second}"));
    }
}

/// A document of 350 items, each with words of its own; the ceasefire is in three of them.
fn long_document() -> String {
    let items = (0..350).map(|n| {
        let words: String = (0..12).map(|at| format!("w{}x ", (n * 12 + at) * 7919 % 100_003)).collect();
        let title = if [10, 170, 340].contains(&n) { "A ceasefire" } else { "Nothing" };
        format!("<item><guid>{n}</guid><link>https://news.example/long/{n}</link><title>{title} {n}</title><description>{words}</description></item>")
    });
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title>{}</channel></rss>", items.collect::<String>())
}

#[test]
fn a_kill_between_the_parts_of_a_long_document_loses_nothing_and_raises_nothing_twice() {
    for (backlog, alerts) in [("alert", 3), ("summary", 1)] {
        for point in ["ingest.article:49", "ingest.article:101", "ingest.article:240", "ingest.article:345", "ingest.feed"] {
            let station = Station::open();
            station.room.publish_raw("long", long_document());
            std::fs::write(&station.config, station.room.config(&["long"], backlog)).unwrap();
            assert_eq!(wait(station.start(&["once", "--all"], Some(point)), point).signal(), Some(9), "{point}");
            let had = station.room.count("SELECT count(*) FROM article");
            assert!(had < 350 && (had > 0 || point == "ingest.article:49"), "{point}: {had} articles at the kill");
            assert_eq!(wait(station.start(&["once", "--all"], None), point).code(), Some(0), "{point}");
            let count = |sql: &str| station.room.count(sql);
            assert_eq!(count("SELECT count(*) FROM article"), 350, "{backlog}, {point}");
            assert_eq!(count("SELECT count(*) FROM match"), 3, "{backlog}, {point}");
            assert_eq!(count("SELECT count(*) FROM alert"), alerts, "{backlog}, {point}");
            assert_eq!(count("SELECT count(*) FROM match WHERE alert IS NULL"), 0, "{backlog}, {point}");
            let told: BTreeSet<String> = station.room.posts().into_iter().map(|(key, _)| key).collect();
            assert_eq!(told.len() as i64, alerts, "{backlog}, {point}");
        }
    }
}

#[test]
fn a_kill_in_a_reload_or_a_shutdown_loses_nothing() {
    for (point, signal) in IN_RUN {
        let station = Station::open();
        let child = station.start(&["run"], Some(point));
        let until = Instant::now() + Duration::from_secs(60);
        while station.room.posts().len() < 2 {
            assert!(Instant::now() < until, "{point}: nothing was told");
            pause(Duration::from_millis(20));
        }
        assert!(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success());
        assert_eq!(wait(child, point).signal(), Some(9), "{point} was not reached");
        assert_eq!(wait(station.start(&["once", "--all"], None), point).code(), Some(0));
        station.check(point);
    }
}

#[test]
fn told_to_stop_at_any_moment_it_ends_well_with_nothing_leased_and_no_log_left() {
    for n in 0..25_u64 {
        let (station, moment) = (Station::open(), format!("SIGTERM {n}"));
        station.room.answer(|_| {
            pause(Duration::from_millis(30));
            200
        });
        let child = station.start(&["run"], None);
        until_it_hears(&child);
        pause(Duration::from_micros(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 400_000));
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
        assert_eq!(wait(child, &moment).code(), Some(0), "{moment}");
        if station.room.archive().exists() {
            let log = std::fs::metadata(station.room.archive().with_extension("db-wal")).map_or(0, |log| log.len());
            assert_eq!(log, 0, "{moment}: bytes that stand in the log alone");
            assert_eq!(station.room.count("SELECT count(*) FROM delivery WHERE state = 'leased'"), 0, "{moment}: leases");
        }
        assert_eq!(wait(station.start(&["once", "--all"], None), &moment).code(), Some(0), "{moment}");
        station.check(&moment);
    }
}

/// What is left for a daemon that has its hands full: news in both feeds and sinks that take their time, before each start.
fn stop_under_load(oracle: &Oracle, chance: &mut Chance, what: &str) -> Duration {
    // On a slow machine several are stopped before one has read anything.
    oracle.publish((8 + chance.next() as usize % 24).min(oracle.room()));
    oracle.make_all_due();
    let child = oracle.marsad(&[], &["run"]).spawn().unwrap();
    until_it_hears(&child);
    pause(Duration::from_millis(chance.next() % 1_500));
    let told = Instant::now();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    assert_eq!(wait(child, what).code(), Some(0), "{what}");
    let took = told.elapsed();
    assert!(took < Duration::from_secs(5), "{what}: {took:?}");
    let archive = oracle.data().join("marsad.db");
    if archive.exists() {
        let log = std::fs::metadata(archive.with_extension("db-wal")).map_or(0, |log| log.len());
        assert_eq!(log, 0, "{what}: bytes that stand in the log alone");
        let leased = "SELECT count(*) FROM delivery WHERE state = 'leased'";
        let leased: i64 = open::read_only(&archive).unwrap().query_row(leased, [], |row| row.get(0)).unwrap();
        assert_eq!(leased, 0, "{what}: leases");
    }
    took
}

/// Stops one archive's daemon over and over; what one leaves undone the next start does, and nothing twice.
fn stop_under_load_over_and_over(stops: usize, seed: u64) {
    let oracle = Oracle::open_with_sinks_that_take(Duration::from_millis(30));
    let (mut chance, mut took, mut in_hand) = (Chance(seed), Vec::new(), 0);
    for n in 0..stops {
        took.push(stop_under_load(&oracle, &mut chance, &format!("stop {n} of seed {seed}")));
        in_hand += usize::from(oracle.told_since(0).len() < oracle.owed_messages());
    }
    let what = format!("after {stops} stops of seed {seed}");
    oracle.clean_round(&what);
    oracle.check(&oracle.told_since(0), 0, &what);
    took.sort();
    let (median, most, longest) = (took[stops / 2], took[stops * 99 / 100], took[stops - 1]);
    println!("seed {seed}: {stops} stops, {in_hand} with work left: median {median:?}, 99 in 100 within {most:?}, longest {longest:?}");
    assert!(in_hand > 0, "it was idle whenever it was told to stop");
}

#[test]
fn stops_under_load_end_well_within_five_seconds_and_repeat_nothing() {
    stop_under_load_over_and_over(12, 1);
}

/// At other moments in each run. `tests/long/stops` starts it.
#[test]
#[ignore = "takes minutes: tests/long/stops"]
fn two_hundred_stops_under_load_end_well_within_five_seconds_and_repeat_nothing() {
    stop_under_load_over_and_over(200, std::time::UNIX_EPOCH.elapsed().unwrap().as_secs());
}

/// Kills at random moments, as many as the time allows; every one is added up in a file, so that runs go on where the last
/// one stopped. `tests/long/run` starts it.
#[test]
#[ignore = "takes as long as it is given: tests/long/run"]
fn random_kills_add_up_without_a_loss() {
    #[expect(clippy::disallowed_methods, reason = "how long is the caller's choice")]
    let seconds = std::env::var("MARSAD_LONG_SECONDS").map_or(60, |text| text.parse().unwrap());
    let tally = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/long/kills.txt");
    std::fs::create_dir_all(tally.parent().unwrap()).unwrap();
    let mut kills: u64 = std::fs::read_to_string(&tally).map_or(0, |text| text.trim().parse().unwrap());
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        let station = Station::open();
        let mut child = station.start(&["run"], None);
        // Weyl's sequence: the moments spread evenly over the first 400 ms, other ones in each run.
        pause(Duration::from_micros(kills.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 400_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let moment = format!("random kill {kills}");
        assert_eq!(wait(station.start(&["once", "--all"], None), &moment).code(), Some(0), "{moment}");
        station.check(&moment);
        kills += 1;
        std::fs::write(&tally, kills.to_string()).unwrap();
    }
    println!("{kills} random kills so far, none lost anything");
}
