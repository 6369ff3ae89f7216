//! What an article costs on its way into the archive, and whether that grows with what is archived.
//!
//! ```text
//! cargo bench --bench ingest                         1,000,000 articles of 1,000 feeds, five new ones a document
//! cargo bench --bench ingest -- 1000000 1 50         of one feed, fifty new ones a document
//! cargo bench --bench ingest -- 1000000 1000 5 FILE  the archive is made there, and stays
//! ```
//!
//! The archive is filled through the steps of the daemon: an entry is identified, its keys are asked for, it is made ready to be
//! compared, and archived in the transaction of its document. 20,000 made-up articles a day, each tenth an edited copy of an
//! earlier one, the last of them now. Printed are microseconds of the processor an article, the kernel's part among them, over the
//! 10,000 articles before each mark; the wall's clock beside them. Nothing waits for the disk.

use marsad::{
    daemon::clock::now_ms,
    engine::{
        entry::Entry,
        feed::Feed,
        identify::{Trust, Verdict, glance, identify},
    },
    store::{
        self,
        feed::Polled,
        ingest::{Batch, Candidate, ingest},
        key,
        memory::Memory,
        open,
    },
};
use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

type Anything<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// When what is archived is as much as this, it is told what an article costs.
const MARKS: [usize; 5] = [10_000, 30_000, 100_000, 300_000, 1_000_000];
/// Articles that are measured before a mark; the first mark has no more.
const MEASURED: usize = 10_000;
/// Distinct made-up words.
const WORDS: u64 = 100_000;
/// From one article to the next, in milliseconds: 20,000 a day.
const GAP_MS: i64 = 24 * 3600 * 1000 / 20_000;

fn main() -> Anything {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let at = |n: usize, usual| arguments.get(n).map_or(Ok(usual), |argument| argument.parse());
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = arguments.get(3).map_or_else(|| folder.path().join("ingest.db"), Into::into);
    cost(at(0, 1_000_000)?, at(1, 1000)?, at(2, 5)?, &file)
}

/// SplitMix64 (Steele and others, 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A word by Zipf's law: a rank whose logarithm is even.
    fn word(&mut self) -> u64 {
        (WORDS as f64).powf(self.unit()) as u64
    }
}

fn written(words: &[u64]) -> String {
    let letter = |n: u64| char::from(b'a' + (n % 26) as u8);
    let word = |n: u64| -> String { (0..6).map(|at| letter(n.wrapping_mul(0x9e37_79b9).rotate_left(at * 7) >> 5)).collect() };
    words.iter().map(|n| word(*n)).collect::<Vec<_>>().join(" ")
}

/// Made-up articles, one after the other.
struct Writer {
    dice: Dice,
    earlier: VecDeque<Vec<u64>>,
    /// When the first is seen, Unix milliseconds.
    start_ms: i64,
}

impl Writer {
    /// Each tenth is an earlier one with each twentieth word another.
    fn article(&mut self, n: usize, feed: usize) -> Entry {
        let (dice, earlier) = (&mut self.dice, &mut self.earlier);
        let copied = if n % 10 == 9 { earlier.get(dice.roll() as usize % earlier.len().max(1)).cloned() } else { None };
        let words: Vec<u64> = match copied {
            Some(words) => words.into_iter().map(|word| if dice.roll().is_multiple_of(20) { dice.word() } else { word }).collect(),
            None => (0..130).map(|_| dice.word()).collect(),
        };
        earlier.push_back(words.clone());
        if earlier.len() > 2000 {
            earlier.pop_front();
        }
        Entry {
            guid: Some(format!("https://f{feed}.example/?p={n}")),
            url: Some(format!("https://f{feed}.example/news/{n}")),
            title: written(&words[..9]),
            text: written(&words[9..]),
            published_ms: Some(self.start_ms + n as i64 * GAP_MS),
            ..Entry::default()
        }
    }
}

/// What was spent on each step.
#[derive(Default)]
struct Spent {
    began: Option<Instant>,
    identified: Duration,
    asked: Duration,
    made_ready: Duration,
    archived: Duration,
}

/// What this thread had of a processor so far.
fn processor() -> Anything<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(told.split(' ').next().unwrap_or_default().parse()?))
}

fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> Anything<T>) -> Anything<T> {
    let began = processor()?;
    let done = work()?;
    *spent += processor()? - began;
    Ok(done)
}

fn cost(count: usize, feeds: usize, together: usize, file: &Path) -> Anything {
    let start_ms = now_ms() - count as i64 * GAP_MS;
    let connection = open::read_write(file)?;
    connection.execute_batch("PRAGMA synchronous = OFF")?;
    store::feed::sync(&connection, &(0..feeds).map(feed).collect::<Vec<_>>(), start_ms)?;
    let (mut memory, mut writer) = (Memory::default(), Writer { dice: Dice(7), earlier: VecDeque::new(), start_ms });
    let mut spent = Spent::default();
    println!("{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}", "articles", "identify", "ask", "compare", "archive", "all, us", "wall, us");
    for first in (0..count).step_by(together) {
        if MARKS.contains(&(first + MEASURED)) || first == 0 {
            spent = Spent { began: Some(Instant::now()), ..Spent::default() };
        }
        let from = writer.dice.roll() as usize % feeds;
        let entries: Vec<Entry> = (first..first + together).map(|n| writer.article(n, from)).collect();
        document(&connection, &mut memory, &mut spent, (from, start_ms + first as i64 * GAP_MS), entries)?;
        let done = first + together;
        if MARKS.contains(&done) {
            let each = |spent: Duration| spent.as_secs_f64() * 1e6 / MEASURED as f64;
            let steps = [spent.identified, spent.asked, spent.made_ready, spent.archived];
            let wall = spent.began.map_or(0.0, |began| each(began.elapsed()));
            print!("{done:>9}");
            steps.iter().for_each(|step| print!(" {:>9.1}", each(*step)));
            println!(" {:>9.1} {wall:>9.1}", each(steps.iter().sum()));
        }
    }
    Ok(())
}

/// Archives a document of new entries.
fn document(
    connection: &rusqlite::Connection,
    memory: &mut Memory,
    spent: &mut Spent,
    (from, at_ms): (usize, i64),
    entries: Vec<Entry>,
) -> Anything {
    let feed = from as i64 + 1;
    let identified = timed(&mut spent.identified, || {
        let glances = glance(&entries, &[], &Trust::default());
        Ok(identify(entries, &glances, &[]))
    })?;
    timed(&mut spent.asked, || {
        memory.register.refresh(connection)?;
        for entry in &identified {
            std::hint::black_box(key::hits(connection, &memory.register, feed, entry)?);
        }
        Ok(())
    })?;
    let new = |identified| Candidate::new(identified, Verdict::New { silent: false }, Vec::new());
    let batch = timed(&mut spent.made_ready, || {
        Ok(Batch {
            feed,
            feed_id: format!("f{from}"),
            language: None,
            import: false,
            official: false,
            offered_after_ms: None,
            entries: identified.into_iter().map(new).collect(),
            polled: Polled { asked: format!("https://f{from}.example/rss"), at_ms, next_poll_ms: at_ms, ..Polled::default() },
        })
    })?;
    timed(&mut spent.archived, || {
        let transaction = connection.unchecked_transaction()?;
        ingest(&transaction, memory, &batch)?;
        Ok(transaction.commit()?)
    })
}

fn feed(n: usize) -> Feed {
    Feed { id: format!("f{n}"), url: format!("https://f{n}.example/rss"), allow_private: true, ..Feed::default() }
}
