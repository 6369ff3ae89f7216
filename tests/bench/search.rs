//! How long a search takes over a large archive, filled through the very transactions of the daemon.
//!
//! ```text
//! cargo bench --bench search                          100,000 articles
//! cargo bench --bench search -- 1000000
//! ```
//!
//! The archive stays under `target/bench`, so that a second run measures at once. Its words follow Zipf's law over a vocabulary
//! of 400,000 made-up words in four scripts, with real words of the shipped concepts strewn in.

use marsad::{
    config::{self, Config, Source},
    engine::{
        entry::Entry,
        feed::Feed,
        identify::{Trust, Verdict, glance, identify},
        rule::{RuleSpec, Ruleset, compile},
    },
    store::{
        self,
        feed::{DocumentFacts, Polled},
        index::{self, Vocabulary},
        ingest::{Batch, Candidate, ingest},
        memory::Memory,
        open, search,
    },
};
use rusqlite::Connection;
use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Articles of one transaction.
const BATCH: usize = 500;
/// Distinct made-up words.
const WORDS: usize = 400_000;
/// Words of an article.
const LENGTH: u64 = 130;
/// When the first article was seen, Unix milliseconds.
const START_MS: i64 = 1_780_000_000_000;

/// What is searched for: a name, and queries whose words differ in how common they are.
const QUERIES: [(&str, &[&str]); 5] = [
    ("one term", &["إدلب", "İdlib", "перемирие", "displaced", "ateşkes", "=w17", "=w3000", "=w90000"]),
    ("two terms", &["إدلب قصف", "İdlib ateşkes", "Идлиб перемирие", "Idlib displaced", "=w5 =w900"]),
    ("a term of many forms", &["@displacement", "@shelling", "@casualties", "@idlib @ceasefire"]),
    ("an expression", &["NEAR(30, @idlib, @ceasefire)", "@idlib -football", "atleast(2, قصف, نزوح, shelling)", "title:displaced"]),
    ("a rare one", &["=w399999", "qwertzuiop", "~ceasefier"]),
];

/// Words that news about the region holds, in the forms that it holds them in.
const NEWS: [&str; 40] = [
    "إدلب",
    "بإدلب",
    "وإدلب",
    "النزوح",
    "نازحين",
    "النازحون",
    "قصف",
    "القصف",
    "هدنة",
    "الهدنة",
    "غارات",
    "قتلى",
    "جرحى",
    "مساعدات",
    "İdlib'de",
    "İdlib",
    "ateşkes",
    "ateşkesin",
    "mülteciler",
    "sınırda",
    "bombardıman",
    "yaralandı",
    "Идлибе",
    "Идлиб",
    "перемирие",
    "перемирия",
    "беженцы",
    "беженцев",
    "обстрел",
    "обстрелов",
    "погибли",
    "Idlib",
    "ceasefire",
    "displaced",
    "truce",
    "shelling",
    "airstrike",
    "wounded",
    "refugees",
    "border",
];

/// A small generator of numbers (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A rank by Zipf's law: the density falls as 1/rank.
    fn rank(&mut self) -> usize {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (((WORDS as f64).ln() * unit).exp() as usize).min(WORDS) - 1
    }
}

/// The made-up word of a rank: letters of one of four scripts, longer where it is rarer. Every tenth is plain, for queries.
fn word(rank: usize) -> String {
    if rank % 10 == 7 || rank < 10 || rank == 3000 || rank == 900 || rank == 90_000 || rank == 399_999 {
        return format!("w{rank}");
    }
    let alphabet: Vec<char> = match rank % 4 {
        0 => "ابتجحدرسعفقكلمنهوي".chars().collect(),
        1 => "aeıioöuükltmnrsşyzbd".chars().collect(),
        2 => "аеиоуклмнпрстбвгдз".chars().collect(),
        _ => "aeioulnrstdmhcpbgw".chars().collect(),
    };
    let mut dice = Dice(rank as u64);
    let length = 3 + (rank.ilog2() as usize + 1) / 3;
    (0..length).map(|_| alphabet[(dice.next() % alphabet.len() as u64) as usize]).collect()
}

fn entry(n: usize, words: &[String]) -> Entry {
    let mut dice = Dice(0x6d61_7273_6164 ^ n as u64);
    let mut text = String::with_capacity(1200);
    for at in 0..LENGTH {
        if at > 0 {
            text.push_str(if at % 17 == 0 { ". " } else { " " });
        }
        match dice.next() % 60 {
            0 => text.push_str(NEWS[(dice.next() % NEWS.len() as u64) as usize]),
            _ => text.push_str(&words[dice.rank()]),
        }
    }
    let title: String = text.split(' ').take(9).collect::<Vec<_>>().join(" ");
    Entry { guid: Some(format!("article-{n}")), title, url: Some(format!("https://news.example/{n}")), text, ..Entry::default() }
}

/// Fills an archive, or finds it filled.
fn archive(count: usize) -> store::Result<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("target/bench/search-{count}.db"));
    if path.exists() {
        return Ok(path);
    }
    let half = path.with_extension("half");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", half.display()));
    }
    open::folder_of(&half)?;
    let connection = open::read_write(&half)?;
    let words: Vec<String> = (0..WORDS).map(word).collect();
    let feed = Feed { id: "bench".into(), url: "https://news.example/rss".into(), allow_private: true, ..Feed::default() };
    store::feed::sync(&connection, &[feed], START_MS)?;
    let mut vocabulary = Vocabulary::load(&connection)?;
    let mut memory = Memory::default();
    let began = Instant::now();
    for first in (0..count).step_by(BATCH) {
        let entries: Vec<Entry> = (first..count.min(first + BATCH)).map(|n| entry(n, &words)).collect();
        let glances = glance(&entries, &[], &Trust::default());
        let new = |identified| Candidate::new(identified, Verdict::New { silent: false }, Vec::new());
        let entries = identify(entries, &glances, &[]).into_iter().map(new).collect();
        let at_ms = START_MS + first as i64 * 1000;
        let document = DocumentFacts { format: "rss".into(), news: true, ..DocumentFacts::default() };
        let polled =
            Polled { asked: "https://news.example/rss".into(), at_ms, next_poll_ms: at_ms, document: Some(document), ..Polled::default() };
        let batch = Batch {
            feed: 1,
            feed_id: "bench".into(),
            language: None,
            import: false,
            official: false,
            offered_after_ms: None,
            entries,
            polled,
        };
        let transaction = connection.unchecked_transaction()?;
        ingest(&transaction, &mut memory, &batch)?;
        transaction.commit()?;
        while let Some(waiting) = index::next(&connection, index::CHUNK_BYTES)? {
            let ready = index::prepare(waiting, &mut vocabulary);
            let transaction = connection.unchecked_transaction()?;
            index::write(&transaction, &ready)?;
            transaction.commit()?;
        }
        if first % 50_000 == 0 {
            eprintln!("{first} of {count} articles, {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    drop(connection);
    std::fs::rename(&half, &path).map_err(|error| store::StoreError::Commit(error.to_string()))?;
    Ok(path)
}

fn query(text: &str, config: &Config) -> Ruleset {
    let langs = ["ar", "en", "ru", "tr"].map(str::to_owned).to_vec();
    let spec = RuleSpec { id: "query".into(), when: Some(text.into()), feed_langs: langs, ..RuleSpec::default() };
    compile(&[spec], &config.lexicon).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// The time of one search in an archive opened for it alone, compiling included, and how many it found.
fn once(path: &std::path::Path, text: &str, config: &Config) -> store::Result<(Duration, usize)> {
    let began = Instant::now();
    let connection: Connection = open::read_only(path)?;
    let found = search::search(&connection, &query(text, config), &HashMap::new(), 50)?;
    Ok((began.elapsed(), found.len()))
}

fn main() -> store::Result<()> {
    let count = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let count: usize = count.unwrap_or(100_000);
    let path = archive(count)?;
    let source =
        Source { name: "bench".into(), text: "[[feed]]\nurl = 'https://news.example/rss'\n[[rule]]\nname = 'r'\nany = ['x']\n".into() };
    let config = config::load(&[source], &std::sync::Arc::default()).unwrap_or_else(|report| panic!("{report}")).config;
    let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
    println!("{count} articles, {:.2} GB; newest 50 of each query; opening, compiling and marking included", bytes as f64 / 1e9);
    println!("{:<24}{:>8}{:>12}{:>12}{:>8}", "", "runs", "p50 ms", "p99 ms", "found");
    for (name, queries) in QUERIES {
        let (mut times, mut found) = (Vec::new(), 0);
        for round in 0..60 {
            let (time, count) = once(&path, queries[round % queries.len()], &config)?;
            // The first round of each query reads the disk.
            if round >= queries.len() {
                times.push(time);
            }
            found = found.max(count);
        }
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1000.0;
        println!("{name:<24}{:>8}{:>12.2}{:>12.2}{found:>8}", times.len(), at(0.5), at(0.99));
        for text in queries {
            let (time, count) = once(&path, text, &config)?;
            println!("  {text:<40}{:>10.2} ms{count:>6}", time.as_secs_f64() * 1000.0);
        }
    }
    Ok(())
}
