//! A newsstand: feeds, each on a host of its own, whose documents lie ready before anybody asks, packed as servers pack them.

use super::corpus;
use crate::support::server::{Reply, Seen, Server};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use marsad::{daemon::clock::now_ms, engine::rule::RuleSpec};
use std::{
    io::{Read, Write},
    iter,
    sync::{Arc, RwLock},
    time::Duration,
};

/// Items of a document.
pub const SHOWN: usize = 10;

/// One item of so many is what a rule waits for, at first and later: then there are fewer.
const AWAITED: usize = 50;
const AWAITED_NEWS: usize = 10;

/// Milliseconds between two items of a document.
const APART_MS: i64 = 3_600_000;

/// What stands before the items and behind them.
const STAMP: &str = "<lastBuildDate>Thu, 01 Jan 2026 00:00:00 GMT</lastBuildDate>";
const FOOT: &str = "</channel></rss>";

/// The feeds.
pub struct Stand {
    server: Server,
    shelf: Arc<RwLock<Shelf>>,
    news: Box<dyn Iterator<Item = (String, String)>>,
    /// Terms of rules, of which one stands in the title of each item that is awaited.
    awaited: Box<dyn Iterator<Item = String>>,
    /// Items so far, and those among them that are awaited.
    pub items: usize,
    pub due: usize,
}

/// What the server holds.
struct Shelf {
    documents: Vec<Document>,
    /// Whether it gives validators, and knows them again.
    validates: bool,
    /// How long each answer takes.
    pause: Duration,
}

struct Document {
    packed: Vec<u8>,
    edition: usize,
}

impl Stand {
    /// So many feeds; the rules of one term are those that something is published for.
    pub fn open(feeds: usize, rules: &[RuleSpec]) -> Stand {
        let terms: Vec<String> = rules.iter().filter(|rule| rule.any.len() == 1).map(|rule| rule.any[0].clone()).collect();
        let shelf = Arc::new(RwLock::new(Shelf { documents: Vec::new(), validates: true, pause: Duration::ZERO }));
        let shown = shelf.clone();
        let server = Server::start_on("0.0.0.0:0", move |seen| shown.read().unwrap().answer(seen));
        let (news, awaited) = (Box::new(corpus::news()), Box::new(iter::repeat(terms).flatten()));
        let mut stand = Stand { server, shelf, news, awaited, items: 0, due: 0 };
        let documents = (0..feeds).map(|feed| Document { packed: pack(&stand.document(feed)), edition: 0 }).collect();
        stand.shelf.write().unwrap().documents = documents;
        stand
    }

    /// The address of a feed.
    pub fn url(&self, feed: usize) -> String {
        format!("http://127.1.{}.{}:{}/{feed}", feed / 250, feed % 250 + 1, self.server.addr().port())
    }

    /// How many requests were made so far.
    pub fn requests(&self) -> usize {
        self.server.requests().len()
    }

    /// From now on the server knows nothing of validators.
    pub fn forget(&self) {
        self.shelf.write().unwrap().validates = false;
    }

    /// From now on each answer takes so long.
    pub fn slow(&self, pause: Duration) {
        self.shelf.write().unwrap().pause = pause;
    }

    /// Each feed is built anew: another date in its head, and nothing else.
    pub fn rebuild(&mut self) {
        self.shelf.write().unwrap().documents.iter_mut().for_each(|document| {
            document.edit(|text| text.replacen("00:00:00", "00:00:01", 1));
        });
    }

    /// A new item in one feed of ten; the oldest goes.
    pub fn publish(&mut self) {
        let shelf = self.shelf.clone();
        for (feed, document) in shelf.write().unwrap().documents.iter_mut().enumerate().step_by(10) {
            let item = self.item(feed, SHOWN, AWAITED_NEWS);
            document.edit(|text| {
                let oldest = text.rfind("<item>").unwrap();
                text[..oldest].replacen(STAMP, &(STAMP.to_owned() + &item), 1) + FOOT
            });
        }
    }

    fn document(&mut self, feed: usize) -> String {
        let items: String = (0..SHOWN).rev().map(|n| self.item(feed, n, AWAITED)).collect();
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>Feed {feed}</title>{STAMP}{items}{FOOT}")
    }

    /// The item of this number of a feed; one of `rare` is awaited.
    fn item(&mut self, feed: usize, n: usize, rare: usize) -> String {
        let (title, text) = self.news.next().unwrap();
        let is_awaited = if n < SHOWN { self.items.is_multiple_of(rare) } else { (feed / 10).is_multiple_of(rare) };
        let word = if is_awaited { self.awaited.next().unwrap() } else { String::new() };
        self.items += 1;
        self.due += usize::from(is_awaited);
        let ms = now_ms() - (SHOWN - n) as i64 * APART_MS;
        let date = jiff::Timestamp::from_millisecond(ms).unwrap().to_zoned_datetime(jiff::tz::TimeZone::UTC);
        let date = jiff::fmt::rfc2822::to_string(&date).unwrap();
        format!(
            "<item><guid isPermaLink=\"false\">{feed}-{n}</guid><link>https://f{feed}.example/{n}</link><title>{word} {title}</title><pubDate>{date}</pubDate><description>{text}</description></item>"
        )
    }
}

impl Shelf {
    fn answer(&self, seen: &Seen) -> Reply {
        let document = &self.documents[seen.path[1..].parse::<usize>().unwrap()];
        let whole = || Reply::ok(document.packed.clone()).header("Content-Type", "application/rss+xml").header("Content-Encoding", "gzip");
        if !self.validates {
            return whole();
        }
        let tag = format!("\"{}\"", document.edition);
        let reply = if seen.header("if-none-match").as_ref() == Some(&tag) { Reply::status(304) } else { whole() };
        let reply = reply.header("ETag", tag);
        if self.pause.is_zero() { reply } else { Reply::After(self.pause, Box::new(reply)) }
    }
}

impl Document {
    fn edit(&mut self, edit: impl FnOnce(String) -> String) {
        let mut text = String::new();
        GzDecoder::new(self.packed.as_slice()).read_to_string(&mut text).unwrap();
        *self = Document { packed: pack(&edit(text)), edition: self.edition + 1 };
    }
}

fn pack(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}
