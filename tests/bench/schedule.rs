//! How long entries wait to be seen, by the rule that says when to poll, at equal numbers of requests.
//!
//! ```text
//! cargo bench --bench schedule                              a synthetic trace
//! cargo bench --bench schedule -- trace.csv.gz other.csv    real ones: lines of `source,epoch`, the epoch in seconds
//! ```
//!
//! Each feed is followed from its first entry on, to the end of the trace. Every rule learns only from what its own polls have
//! seen by then. `fixed` asks each feed every hour; the others spend as many requests. `by count` is a rule that readers use:
//! a week divided by the entries of the last week. `√rate` and `marsad` call the very functions that the daemon calls, the
//! first with the shape of the week taken out.

use flate2::read::GzDecoder;
use marsad::engine::schedule::{
    budget::{self, factor, wish_ms},
    rhythm::{Profile, Rhythm},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fs::File,
    io::Read,
};

const HOUR_MS: i64 = 3_600_000;
/// Between two polls of the fixed rule.
const FIXED_MS: i64 = HOUR_MS;
/// Between two looks at the budget, as the daemon has them (it takes a minute).
const RENEW_MS: i64 = HOUR_MS;

#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Fixed,
    Count,
    Root,
    Marsad,
}

/// When the entries of each feed were published, Unix milliseconds, in order.
type Trace = Vec<Vec<i64>>;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if files.is_empty() {
        compare("synthetic", &synthetic());
    }
    for file in files {
        compare(&file, &read(&file));
    }
}

fn compare(name: &str, trace: &Trace) {
    let posts: usize = trace.iter().map(Vec::len).sum();
    println!("{name}: {} feeds, {posts} entries", trace.len());
    println!("{:<9}{:>12}{:>11}{:>11}{:>11}   delay in minutes", "rule", "requests", "mean", "p90", "p99");
    let fixed = replay(trace, Rule::Fixed, 1.0);
    show("fixed", &fixed);
    for (name, rule) in [("by count", Rule::Count), ("√rate", Rule::Root), ("marsad", Rule::Marsad)] {
        show(name, &at_equal_requests(trace, rule, fixed.requests));
    }
    println!();
}

/// A replay with the budget that makes as many requests as `wanted`, within half a percent.
fn at_equal_requests(trace: &Trace, rule: Rule, wanted: usize) -> Replay {
    let mut budget = if rule == Rule::Count { 150.0 } else { 1.0 };
    let mut replayed = replay(trace, rule, budget);
    for _ in 0..12 {
        let share = replayed.requests as f64 / wanted as f64;
        if (share - 1.0).abs() < 0.005 {
            break;
        }
        budget /= share.powf(1.1);
        replayed = replay(trace, rule, budget);
    }
    replayed
}

struct Replay {
    requests: usize,
    delays_ms: Vec<i64>,
}

fn show(name: &str, replay: &Replay) {
    let mut delays = replay.delays_ms.clone();
    delays.sort_unstable();
    let minutes = |ms: f64| ms / 60_000.0;
    let at = |q: f64| minutes(delays[((delays.len() - 1) as f64 * q) as usize] as f64);
    let mean = minutes(delays.iter().sum::<i64>() as f64 / delays.len() as f64);
    println!("{name:<9}{:>12}{mean:>11.1}{:>11.1}{:>11.1}", replay.requests, at(0.9), at(0.99));
}

/// A feed in a replay.
struct Followed {
    rhythm: Rhythm,
    pull: f64,
    seen: usize,
}

/// Polls the trace by a rule; `budget` is requests for a feed and an hour on the mean, or the rule's own factor.
fn replay(trace: &Trace, rule: Rule, budget: f64) -> Replay {
    let end_ms = trace.iter().filter_map(|posts| posts.last()).max().copied().unwrap_or(0);
    let mut due: BinaryHeap<Reverse<(i64, usize)>> = trace.iter().enumerate().map(|(i, posts)| Reverse((posts[0] + phase(i), i))).collect();
    let mut feeds: BTreeMap<usize, Followed> = BTreeMap::new();
    let (mut pace, mut renewed_ms) = (1.0, i64::MIN);
    let mut replayed = Replay { requests: 0, delays_ms: Vec::new() };
    while let Some(Reverse((now_ms, i))) = due.pop() {
        if now_ms > end_ms {
            continue;
        }
        replayed.requests += 1;
        let (posts, first) = (&trace[i], !feeds.contains_key(&i));
        let unknown = || Followed { rhythm: Rhythm::begin(now_ms), pull: Rhythm::begin(now_ms).profile().pull(), seen: 0 };
        let feed = feeds.entry(i).or_insert_with(unknown);
        let until = feed.seen + posts[feed.seen..].iter().take_while(|at| **at <= now_ms).count();
        let new = &posts[feed.seen..until];
        feed.seen = until;
        if !first {
            replayed.delays_ms.extend(new.iter().map(|at| now_ms - at));
            feed.rhythm.observe(now_ms, &new.iter().copied().map(Some).collect::<Vec<_>>());
        }
        let profile = match rule {
            Rule::Marsad => feed.rhythm.profile(),
            _ => Profile::flat(feed.rhythm.rate()),
        };
        feed.pull = profile.pull();
        if now_ms >= renewed_ms + RENEW_MS {
            let pulls: Vec<f64> = feeds.values().map(|feed| feed.pull).collect();
            (pace, renewed_ms) = (factor(&pulls, budget * pulls.len() as f64), now_ms);
        }
        let next_ms = match rule {
            Rule::Fixed => now_ms + FIXED_MS,
            Rule::Count => {
                let week = posts[..until].iter().rev().take_while(|at| **at > now_ms - 168 * HOUR_MS).count().max(1);
                now_ms + (168.0 * HOUR_MS as f64 / (week as f64 * budget)).clamp(300_000.0, 24.0 * HOUR_MS as f64) as i64
            }
            Rule::Root | Rule::Marsad => wish_ms(now_ms, &profile, pace, budget::weight([Default::default()].into_iter()), None),
        };
        due.push(Reverse((next_ms, i)));
    }
    replayed
}

/// Where in the hour a feed is first polled: so that no rule gains by publishers who post on the hour.
fn phase(feed: usize) -> i64 {
    1 + (Dice(feed as u64).next() * HOUR_MS as f64) as i64
}

fn read(file: &str) -> Trace {
    let open = || File::open(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut text = String::new();
    let read = if file.ends_with(".gz") { GzDecoder::new(open()).read_to_string(&mut text) } else { open().read_to_string(&mut text) };
    read.unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut feeds: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (source, epoch) in text.lines().filter_map(|line| line.rsplit_once(',')) {
        if let Ok(epoch) = epoch.trim().parse::<i64>() {
            feeds.entry(source).or_default().push(epoch * 1000);
        }
    }
    feeds.into_values().map(sorted).collect()
}

fn sorted(mut posts: Vec<i64>) -> Vec<i64> {
    posts.sort_unstable();
    posts
}

/// Sixty days of forty feeds, from one entry in five days to five an hour, each with an office day of its own and a quiet
/// weekend.
fn synthetic() -> Trace {
    let mut dice = Dice(7);
    let feed = |n: i32, dice: &mut Dice| {
        let rate = 0.008 * 1.18_f64.powi(n);
        let opens = (dice.next() * 24.0) as i64;
        let mut posts = vec![0];
        for hour in 0..60 * 24 {
            let (day, of_day) = (hour / 24 % 7, (hour + opens) % 24);
            let shape = if of_day < 10 { 2.0 } else { 0.25 } * if day < 5 { 1.2 } else { 0.5 };
            let mut at = -f64::ln(1.0 - dice.next()) / (rate * shape);
            while at < 1.0 {
                posts.push(hour * HOUR_MS + (at * HOUR_MS as f64) as i64);
                at -= f64::ln(1.0 - dice.next()) / (rate * shape);
            }
        }
        posts
    };
    (0..40).map(|n| sorted(feed(n, &mut dice))).collect()
}

/// Numbers that are the same on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
