//! Thousands of feeds on a hundred addresses of loopback that publish at the rates of real ones, hours in minutes, with
//! faults among the answers; a webhook; and the truth about all of it.

use super::server::{Reply, Seen, Server};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// Words of articles, by language, and a name that no article holds but those that are watched.
const TONGUES: [(&str, &str); 4] = [
    (include_str!("../bench/words/ar.txt"), "خان شيخون"),
    (include_str!("../bench/words/tr.txt"), "Saraybosna"),
    (include_str!("../bench/words/ru.txt"), "Хасавюрт"),
    (include_str!("../bench/words/en.txt"), "Reykjavik"),
];

/// Addresses that the feeds are on, in turn.
const HOSTS: usize = 100;

/// Entries of a document.
const SHOWN: usize = 40;

/// One article in so many holds the watched name of its language, in its title.
const WATCHED: u64 = 50;

/// How many times faster than life they publish.
const HASTE: f64 = 24.0;

/// The feeds and the webhook.
pub struct Agency {
    servers: Vec<Server>,
    hook: Server,
    state: Arc<State>,
    feeds: usize,
}

struct State {
    began: Instant,
    feeds: Vec<Mutex<Feed>>,
    dice: Mutex<Dice>,
    /// Answers in a thousand that are faults.
    faulty: u64,
    still: AtomicBool,
    requests: AtomicU64,
    faults: AtomicU64,
}

struct Feed {
    name: usize,
    dice: Dice,
    /// Articles a second, on the mean.
    rate: f64,
    /// When the next one appears, in seconds from the beginning.
    next: f64,
    number: usize,
    shown: VecDeque<String>,
    /// Links of what was published, with whether it is watched, and whether it was in a whole answer.
    made: BTreeMap<String, (bool, bool)>,
}

/// What was published, by link.
#[derive(Default)]
pub struct Truth {
    pub made: BTreeSet<String>,
    /// What was in a whole answer at least once.
    pub offered: BTreeSet<String>,
    pub watched: BTreeSet<String>,
}

/// A xorshift generator.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % below
    }

    /// Evenly within 0 … 1, neither included.
    fn share(&mut self) -> f64 {
        (self.throw(1 << 30) as f64 + 0.5) / f64::from(1 << 30)
    }
}

impl Agency {
    /// So many feeds; `faulty` answers in a thousand are faults, one kind after another.
    pub fn open(feeds: usize, faulty: u64) -> Agency {
        let all = (0..feeds).map(|n| Mutex::new(Feed::new(n))).collect();
        let state = State {
            began: Instant::now(),
            feeds: all,
            dice: Mutex::new(Dice(0x51_7c_c1_b7)),
            faulty,
            still: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            faults: AtomicU64::new(0),
        };
        let state = Arc::new(state);
        let server = |host: usize| {
            let state = state.clone();
            Server::start_on(&format!("127.77.0.{}:0", host + 1), move |seen| state.answer(seen))
        };
        let servers = (0..HOSTS.min(feeds)).map(server).collect();
        Agency { servers, hook: Server::start(|_| Reply::status(204)), state, feeds }
    }

    /// The addresses of all feeds.
    pub fn urls(&self) -> Vec<String> {
        (0..self.feeds).map(|n| self.servers[n % self.servers.len()].url(&format!("/{n}"))).collect()
    }

    /// Where the webhook is.
    pub fn hook(&self) -> String {
        self.hook.url("/hook")
    }

    /// A rule that asks for what is watched.
    pub fn rule() -> String {
        let names: Vec<String> = TONGUES.iter().map(|(_, name)| format!("'\"{name}\"'")).collect();
        format!("[[rule]]\nname = \"watch\"\nany = [{}]\n[rule.alert]\ngroup_by = \"article\"\nsinks = [\"hook\"]\n", names.join(", "))
    }

    /// From now on nothing is published and nothing fails.
    pub fn stand_still(&self) {
        self.state.still.store(true, Relaxed);
    }

    /// Requests so far, and how many of them met a fault.
    pub fn requests(&self) -> (u64, u64) {
        (self.state.requests.load(Relaxed), self.state.faults.load(Relaxed))
    }

    /// What was published until now.
    pub fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        for feed in &self.state.feeds {
            for (link, (watched, offered)) in &feed.lock().unwrap().made {
                truth.made.insert(link.clone());
                if *watched {
                    truth.watched.insert(link.clone());
                }
                if *offered {
                    truth.offered.insert(link.clone());
                }
            }
        }
        truth
    }

    /// Idempotency key and alert of each message to the webhook.
    pub fn told(&self) -> Vec<(String, serde_json::Value)> {
        let message = |seen: Seen| {
            let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
            (seen.header("webhook-id").unwrap(), body["alert"].clone())
        };
        self.hook.requests().into_iter().map(message).collect()
    }
}

impl State {
    fn answer(&self, seen: &Seen) -> Reply {
        let Some(feed) = seen.path[1..].parse::<usize>().ok().and_then(|n| self.feeds.get(n)) else { return Reply::status(404) };
        self.requests.fetch_add(1, Relaxed);
        let mut feed = feed.lock().unwrap();
        let still = self.still.load(Relaxed);
        if !still {
            feed.publish(self.began.elapsed().as_secs_f64());
        }
        let fault = self.dice.lock().unwrap().throw(1000);
        if fault < self.faulty && !still {
            return fail(self.faults.fetch_add(1, Relaxed), &feed.document());
        }
        let tag = format!("\"{}\"", feed.number);
        let reply = if seen.header("if-none-match").as_ref() == Some(&tag) {
            Reply::status(304)
        } else {
            let first = feed.number - feed.shown.len();
            let links: Vec<String> = (first..feed.number).map(|n| link(&seen.path, n)).collect();
            for link in links {
                feed.made.entry(link).and_modify(|(_, offered)| *offered = true);
            }
            Reply::ok(feed.document()).header("Content-Type", "application/rss+xml; charset=utf-8")
        };
        reply.header("ETag", tag)
    }
}

fn link(path: &str, number: usize) -> String {
    format!("https://agency.example{path}/{number}")
}

/// A server error, silence, an answer that ends early, a document that does, a connection that does.
fn fail(n: u64, document: &str) -> Reply {
    let middle = (document.len() / 2..document.len()).find(|at| document.is_char_boundary(*at)).unwrap_or(0);
    let half = &document[..middle];
    match n % 5 {
        0 => Reply::status(500),
        1 => Reply::Stall(Vec::new()),
        2 => Reply::Cut(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{half}", document.len()).into_bytes()),
        3 => Reply::ok(format!("{half}&<\u{fffe}")).header("Content-Type", "application/rss+xml"),
        _ => Reply::Reset(Vec::new()),
    }
}

impl Feed {
    /// Half of the feeds bring fewer than eight articles a day, one in a hundred some hundreds: the rates of feeds are spread
    /// about a logarithmic normal. Each begins with a full document, which is more in all than the window of newest articles
    /// holds: its memory is what it will ever be, and does not grow with the archive.
    fn new(n: usize) -> Feed {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ ((n as u64 + 1) * 0x1_0000_01b3));
        for _ in 0..8 {
            dice.throw(2);
        }
        // Box and Muller.
        let normal = (-2.0 * dice.share().ln()).sqrt() * (std::f64::consts::TAU * dice.share()).cos();
        let a_day = (8.0 * (1.6 * normal).exp()).min(300.0);
        let rate = a_day / 86_400.0 * HASTE;
        let mut feed = Feed { name: n, dice, rate, next: 0.0, number: 0, shown: VecDeque::new(), made: BTreeMap::new() };
        (0..SHOWN).for_each(|_| feed.add());
        feed.next = feed.pause();
        feed
    }

    fn pause(&mut self) -> f64 {
        -self.dice.share().ln() / self.rate
    }

    fn publish(&mut self, now: f64) {
        while self.next <= now {
            self.add();
            self.next += self.pause();
        }
    }

    fn add(&mut self) {
        let feed = self.name;
        let (words, name) = TONGUES[feed % TONGUES.len()];
        let words: Vec<&str> = words.split_whitespace().collect();
        let watched = self.dice.throw(WATCHED) == 0;
        let mut sentence = |count: u64| -> String {
            (0..count).map(|_| words[self.dice.throw(words.len() as u64) as usize]).collect::<Vec<_>>().join(" ")
        };
        let (title, text) = (sentence(7), sentence(110));
        let title = if watched { format!("{name} {title}") } else { title };
        let link = link(&format!("/{feed}"), self.number);
        let mut entry = String::new();
        let _ = write!(
            entry,
            "<item><guid isPermaLink=\"false\">{feed}-{}</guid><link>{link}</link><title>{title}</title><description>{text}</description></item>",
            self.number
        );
        self.made.insert(link, (watched, false));
        self.shown.push_front(entry);
        self.shown.truncate(SHOWN);
        self.number += 1;
    }

    fn document(&self) -> String {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>Agency</title>");
        self.shown.iter().for_each(|entry| text.push_str(entry));
        text + "</channel></rss>"
    }
}
