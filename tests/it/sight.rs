//! What marsad knows of what it does not see: gaps, silences, faults, and when a feed is worth a request. Over real HTTP and a
//! real archive; time passes by taking it from what the archive remembers.

use crate::support::newsroom::{Item, Newsroom, loaded, rss};
use marsad::{engine::alert::json::rfc3339, store::open};
use rusqlite::params;
use std::{
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const HOUR_MS: i64 = 3_600_000;
const FIRST: Item = Item { guid: "1", link: "https://news.example/1", title: "One", text: "Of no interest." };
const SECOND: Item = Item { guid: "2", link: "https://news.example/2", title: "Two", text: "Of no interest either." };

fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most.max(1)
    }
}

/// How a publisher lays out its window.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Habit {
    NewestFirst,
    Undated,
    Pinned,
    OldestFirst,
    Shuffled,
    One,
    Renewed,
    Emptied,
}

/// A publisher whose document shows its newest entries and no more.
struct Publisher {
    name: String,
    habit: Habit,
    window: usize,
    dice: Dice,
    posts: Vec<i64>,
    /// The first and the last moment of posts that nobody could see, for each poll that missed some.
    missed: Vec<(i64, i64)>,
}

impl Publisher {
    fn new(seed: usize, habit: Habit) -> Publisher {
        let mut dice = Dice(seed as u64 * 7 + 3);
        let window = if habit == Habit::One { 1 } else { 8 + dice.below(20) };
        Publisher { name: format!("f{seed}"), habit, window, dice, posts: Vec::new(), missed: Vec::new() }
    }

    fn room(&self) -> usize {
        self.window - usize::from(self.habit == Habit::Pinned)
    }

    /// Posts a few, or now and then more than anybody can see.
    fn post(&mut self, first: bool) {
        let (room, before) = (self.room(), self.posts.len());
        let burst = self.dice.below(6) == 0;
        let count = match (first, burst) {
            (true, _) => room,
            // Overlaps of one entry and of many; never just the whole window, which nobody can tell from a gap.
            (_, false) => self.dice.below(room),
            (_, true) => room + 1 + self.dice.below(2 * room),
        };
        let count = if self.habit == Habit::Emptied && !first { count.min(2) } else { count };
        let base = now_ms();
        self.posts.extend((0..count as i64).map(|n| base + n));
        let lost = self.posts.len().saturating_sub(room).max(before);
        let tells = !first && !matches!(self.habit, Habit::One | Habit::Emptied);
        if tells && lost > before {
            self.missed.push((self.posts[before], self.posts[lost - 1]));
        }
    }

    fn document(&mut self, poll: usize) -> String {
        let shown = if self.habit == Habit::Emptied && poll % 5 == 4 { 2 } else { self.room() };
        let start = self.posts.len().saturating_sub(shown);
        let mut entries: Vec<String> = (start..self.posts.len()).rev().map(|n| self.entry(n, poll)).collect();
        match self.habit {
            Habit::OldestFirst => entries.reverse(),
            Habit::Shuffled => (1..entries.len()).for_each(|n| entries.swap(n, self.dice.below(n + 1))),
            Habit::Pinned => {
                entries.insert(0, "<entry><id>pin</id><title>Read this first</title><updated>2020-01-01T00:00:00Z</updated></entry>".into())
            }
            _ => {}
        }
        format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>x</id><title>t</title>{}</feed>", entries.concat())
    }

    fn entry(&self, n: usize, poll: usize) -> String {
        let generation = if self.habit == Habit::Renewed { poll / 10 } else { 0 };
        let date = if self.habit == Habit::Undated {
            String::new()
        } else {
            format!("<published>{}</published>", rfc3339(self.posts[n]).unwrap())
        };
        let link = format!("https://{}.example/{n}", self.name);
        format!("<entry><id>{generation}-{n}</id><link href=\"{link}\"/><title>Number {n} of {}</title>{date}</entry>", self.name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_gap_of_a_sliding_window_is_on_record_and_none_is_invented() {
    use Habit::*;
    let room = Newsroom::open();
    let habits = [
        NewestFirst,
        NewestFirst,
        NewestFirst,
        Undated,
        Undated,
        Pinned,
        Pinned,
        OldestFirst,
        OldestFirst,
        Shuffled,
        Shuffled,
        One,
        Renewed,
        Emptied,
    ];
    let mut publishers: Vec<Publisher> = habits.iter().enumerate().map(|(seed, habit)| Publisher::new(seed, *habit)).collect();
    let names: Vec<String> = publishers.iter().map(|publisher| publisher.name.clone()).collect();
    let config = room.config(&names.iter().map(String::as_str).collect::<Vec<_>>(), "summary");
    for poll in 0..40 {
        for publisher in &mut publishers {
            publisher.post(poll == 0);
            let document = publisher.document(poll);
            room.publish_raw(&publisher.name, document);
        }
        // Until what was posted lies in the past.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let report = room.once(&config).await;
        assert!(report.failed.is_empty(), "{report:?}");
    }
    let archive = open::read_only(&room.archive()).unwrap();
    let mut total = 0;
    for publisher in &publishers {
        let mut query =
            archive.prepare("SELECT from_ms, to_ms FROM gap g JOIN feed f ON f.n = g.feed WHERE f.id = ?1 ORDER BY from_ms").unwrap();
        let found: Vec<(i64, i64)> =
            query.query_map([&publisher.name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        assert_eq!(found.len(), publisher.missed.len(), "{} {:?}: {found:?} for {:?}", publisher.name, publisher.habit, publisher.missed);
        for ((from, to), (first, last)) in found.iter().zip(&publisher.missed) {
            assert!(from < first && last <= to, "{} {:?}: {from}..{to} for {first}..{last}", publisher.name, publisher.habit);
        }
        total += found.len();
    }
    println!("{} polls of {} feeds, {total} gaps", 40, publishers.len());
    assert!(total > 30, "{total}");
}

/// Lets `ms` pass: all that the archive remembers of times goes back by so much.
fn pass(room: &Newsroom, ms: i64) {
    let archive = open::read_write(&room.archive()).unwrap();
    for (table, columns) in [
        ("feed", &["next_poll_ms", "last_poll_ms", "last_ok_ms", "last_new_ms", "imported_ms"][..]),
        ("rhythm", &["since_ms", "seen_ms", "news_ms"]),
        ("histogram", &["counted_ms"]),
    ] {
        let set: Vec<String> = columns.iter().map(|column| format!("{column} = {column} - ?1")).collect();
        archive.execute(&format!("UPDATE {table} SET {}", set.join(", ")), [ms]).unwrap();
    }
}

/// The titles of health alerts that the webhook was told.
fn health(room: &Newsroom) -> Vec<String> {
    let posts = room.posts().into_iter().filter(|(_, alert)| alert["kind"] == "health");
    posts.map(|(_, alert)| alert["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_fails_is_told_once_at_the_poll_that_makes_it_certain_and_ends_when_it_answers() {
    let room = Newsroom::open();
    room.publish("well", &[FIRST]);
    let config = room.config(&["well", "broken"], "summary");
    for _ in 0..2 {
        room.once(&config).await;
    }
    assert_eq!(health(&room), [""; 0]);
    room.once(&config).await;
    assert_eq!(health(&room), ["feed broken has failed, 3 times in a row"]);
    room.once(&config).await;
    assert_eq!(health(&room).len(), 1, "told once");
    assert_eq!(room.count("SELECT count(*) FROM condition WHERE ended_ms IS NULL AND alert IS NOT NULL"), 1);
    room.publish("broken", &[SECOND]);
    room.once(&config).await;
    assert_eq!(room.count("SELECT count(*) FROM condition WHERE ended_ms IS NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_away_is_one_alert_and_no_feeds_fault() {
    let room = Newsroom::open();
    let names = ["a", "b", "c", "d", "e", "f"];
    names.iter().for_each(|name| room.publish_raw(name, rss(&[FIRST]).replace("<guid isPermaLink=\"false\">1", &format!("<guid>{name}"))));
    let config = room.config(&names, "summary");
    room.once(&config).await;
    pass(&room, 2 * HOUR_MS);
    // Nobody listens at port 1.
    let away = config
        .replace(&format!("url = \"{}", room.server.url("/")), "url = \"http://127.0.0.1:1/")
        .replace("http://127.0.0.1:1/hook", &room.server.url("/hook"));
    for _ in 0..4 {
        room.once(&away).await;
    }
    assert_eq!(health(&room), ["no feed can be reached, for 2 hours"]);
    room.once(&config).await;
    assert_eq!(room.count("SELECT count(*) FROM condition WHERE ended_ms IS NULL"), 0);
    assert_eq!(health(&room).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_empty_where_it_held_entries_is_told_at_once() {
    let room = Newsroom::open();
    room.publish("a", &[FIRST]);
    room.publish("never", &[]);
    let config = room.config(&["a", "never"], "summary");
    room.once(&config).await;
    room.publish("a", &[FIRST, SECOND]);
    room.once(&config).await;
    assert_eq!(health(&room), [""; 0]);
    room.publish("a", &[]);
    room.once(&config).await;
    assert_eq!(health(&room), ["feed a is empty"]);
    assert_eq!(room.count("SELECT count(*) FROM gap"), 0);
}

/// Makes it remembered that a feed has brought three entries an hour for a month.
fn busy(room: &Newsroom, feed: &str) {
    let archive = open::read_write(&room.archive()).unwrap();
    let slots: Vec<u8> = std::iter::repeat_n(8.0_f32.to_le_bytes(), 168).flatten().collect();
    let sql = "UPDATE histogram SET slots = ?2 WHERE feed = (SELECT n FROM feed WHERE id = ?1)";
    assert_eq!(archive.execute(sql, params![feed, slots]).unwrap(), 1);
    let sql = "UPDATE rhythm SET since_ms = seen_ms - 30 * 24 * ?2, news_ms = seen_ms, times = 500, longest_ms = ?2 WHERE feed = (SELECT n FROM feed WHERE id = ?1)";
    assert_eq!(archive.execute(sql, params![feed, HOUR_MS]).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_feed_whose_server_says_unchanged_for_ever_is_told_with_its_own_baseline() {
    let room = Newsroom::open();
    room.publish("busy", &[FIRST]);
    room.publish("quiet", &[SECOND]);
    let config = room.config(&["busy", "quiet"], "summary");
    room.once(&config).await;
    busy(&room, "busy");
    let mut told_after = None;
    for hour in 1..=9 {
        pass(&room, HOUR_MS);
        room.once(&config).await;
        if told_after.is_none() && !health(&room).is_empty() {
            told_after = Some(hour);
        }
    }
    assert_eq!(told_after, Some(6), "six hours is the least that is a silence");
    assert_eq!(health(&room), ["feed busy has brought nothing for 6 hours"]);
    room.publish("busy", &[FIRST, SECOND]);
    room.once(&config).await;
    assert_eq!(room.count("SELECT count(*) FROM condition WHERE ended_ms IS NULL"), 0, "it speaks again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_and_back_makes_no_gap_and_no_alarm() {
    let room = Newsroom::open();
    room.publish("a", &[FIRST, SECOND]);
    room.publish("b", &[SECOND]);
    let config = room.config(&["a", "b"], "summary");
    room.once(&config).await;
    busy(&room, "a");
    for step in [400 * 24 * HOUR_MS, -800 * 24 * HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS, 5 * HOUR_MS] {
        pass(&room, step);
        let report = room.once(&config).await;
        assert_eq!((report.polled, report.failed.len()), (2, 0), "{report:?}");
    }
    assert_eq!(health(&room), [""; 0]);
    assert_eq!(room.count("SELECT count(*) FROM gap"), 0);
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE next_poll_ms > last_poll_ms + 100000000"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_feed_is_asked_more_often_than_a_quiet_one_within_the_same_budget() {
    let room = Newsroom::open();
    let names = ["busy", "quiet", "own"];
    names
        .iter()
        .for_each(|name| room.publish_raw(name, rss(&[FIRST, SECOND]).replace("<guid isPermaLink=\"false\">", &format!("<guid>{name}"))));
    let config = room.config(&names, "summary").replace("name = \"own\"", "name = \"own\"\ninterval = \"40m\"");
    room.once(&config).await;
    busy(&room, "busy");
    room.once(&config).await;
    let pause = |name: &str| room.count(&format!("SELECT (next_poll_ms - last_poll_ms) / 1000 FROM feed WHERE id = '{name}'"));
    let (busy, quiet, own) = (pause("busy"), pause("quiet"), pause("own"));
    assert!((2400..=2520).contains(&own), "{own}");
    assert!(busy * 2 < quiet, "{busy} {quiet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_no_match_from_not_looking() {
    let room = Newsroom::open();
    room.publish("a", &[FIRST]);
    room.publish("b", &[SECOND]);
    let config = room.config(&["a", "b", "broken"], "summary").replace("name = \"idlib\"", "name = \"idlib\"\nfeeds = [\"a\"]");
    for _ in 0..3 {
        room.once(&config).await;
    }
    let archive = open::read_write(&room.archive()).unwrap();
    archive
        .execute(
            "INSERT INTO gap (feed, from_ms, to_ms, seen_ms) SELECT n, ?1 - 100000, ?1 - 50000, ?1 FROM feed WHERE id = 'b'",
            [now_ms()],
        )
        .unwrap();
    let path = room.folder.path().join("marsad.toml");
    std::fs::write(&path, &config).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_marsad"))
            .args(args)
            .arg("--config")
            .arg(&path)
            .arg("--db")
            .arg(room.archive())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let status: serde_json::Value = serde_json::from_str(&run(&["status", "--json"])).unwrap();
    let seen = |n: usize| status["rules"][n].clone();
    assert_eq!(seen(0), serde_json::json!({"id": "idlib", "feeds": 1, "seen": 1, "failing": 0, "silent": 0, "unpolled": 0, "gaps": 0}));
    assert_eq!(seen(1), serde_json::json!({"id": "ceasefire", "feeds": 3, "seen": 2, "failing": 1, "silent": 0, "unpolled": 0, "gaps": 1}));
    assert_eq!((status["conditions"][0]["about"].as_str(), status["gaps"][0]["feed"].as_str()), (Some("feed:broken"), Some("b")));
    let text = run(&["status"]);
    assert!(
        text.contains("ceasefire: 2 of 3 feeds seen, 1 failing, 1 with gaps") && text.contains("items may be missing between"),
        "{text}"
    );
    assert!(run(&["feeds"]).contains("gaps: 1"));
}

/// As if the disk were full: the archive refuses every write, an alert on itself too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_archive_that_is_full_is_told_past_the_archive_once() {
    use marsad::daemon::{Daemon, persist::persist, poll};
    use std::sync::Arc;
    use tokio_util::sync::CancellationToken;
    let room = Newsroom::open();
    room.publish("a", &[FIRST]);
    let daemon = Arc::new(Daemon::open(loaded(&room.config(&["a"], "summary")), room.world()).unwrap());
    let archive = open::read_write(&room.archive()).unwrap();
    archive
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON article BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
        .unwrap();
    let stop = CancellationToken::new();
    let (polling, ending) = (daemon.clone(), stop.clone());
    let polls = tokio::spawn(async move { persist("poll", &ending, || poll::run(polling.clone(), ending.clone())).await });
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !health(&room).is_empty() {
            break;
        }
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    stop.cancel();
    polls.await.unwrap().unwrap();
    assert_eq!(health(&room), ["the archive takes nothing in; no news is looked for until it does"]);
    let alert = room.posts().remove(0).1;
    assert!(alert["lines"][0].as_str().unwrap().contains("full"), "{alert}");
    assert_eq!(room.count("SELECT count(*) FROM alert"), 0);
}
