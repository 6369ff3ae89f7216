//! Documents of ten megabytes that are built to hurt, each read by a marsad of its own, from the wire to the index: it lives,
//! and takes no more than so much memory over what an ordinary document takes. `tests/long/killers` prints what each costs a
//! release build.

pub mod documents;

use crate::support::{
    cost,
    server::{Reply, Server},
};
use documents::{KILLERS, Killer};
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

/// As large as a document may be.
const SIZE: usize = 10 << 20;
/// What one may take beyond an ordinary one.
const MOST_KILOBYTES: u64 = 96 << 10;
/// What one may take of a processor, told by the long run: as a whole, and for each article that comes of it, which may raise an
/// alert, be told and be made ready for the index. So much of the writer, and as much of all others.
const MOST_SECONDS: f64 = 1.0;
const SECONDS_AN_ARTICLE: f64 = 0.0005;

/// What a round took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// From the wire to what is about to be archived.
    seconds: f64,
    /// Of the writer, beside it.
    writing: f64,
    kilobytes: u64,
    articles: i64,
}

impl Cost {
    fn is_more_than_it_may(&self) -> bool {
        let most = MOST_SECONDS + SECONDS_AN_ARTICLE * self.articles as f64;
        self.kilobytes > MOST_KILOBYTES || self.seconds.max(self.writing) > most
    }
}

/// The rules that marsad ships with, over one feed.
fn config(url: &str, policy: &str) -> String {
    let shipped = include_str!("../../config/default.toml");
    let rules = &shipped[shipped.find("\n[[rule]]").unwrap()..];
    format!(
        "[poll]\nhost_gap = '0s'\n[alert]\nsinks = ['journal']\n{policy}\n[[feed]]\nname = 'killer'\nurl = '{url}'\nallow_private = true\ntags = ['local']\n{rules}"
    )
}

/// A round of `marsad` after one that has read an ordinary document: the cost, and what the archive says of the feed.
fn round(marsad: &Path, (content_type, coding): (&'static str, &'static str), document: Vec<u8>, policy: &str) -> (Cost, String) {
    let first = b"<rss><channel><item><guid>0</guid><title>Rain</title></item></channel></rss>".to_vec();
    let shown = Arc::new(Mutex::new((first, "identity")));
    let now = shown.clone();
    let server = Server::start(move |_| {
        let (document, coding) = now.lock().unwrap().clone();
        Reply::ok(document).header("Content-Type", content_type).header("Content-Encoding", coding)
    });
    let folder = tempfile::tempdir().unwrap();
    let (file, archive) = (folder.path().join("marsad.toml"), folder.path().join("data/marsad.db"));
    std::fs::write(&file, config(&server.url("/feed"), policy)).unwrap();
    let once = || {
        let (cost, _) = cost::of(marsad, |command| {
            command.args(["once", "--all", "--config"]).arg(&file).arg("--db").arg(&archive);
        });
        Cost { seconds: cost.seconds - cost.writing, writing: cost.writing, kilobytes: cost.kilobytes, articles: 0 }
    };
    once();
    *shown.lock().unwrap() = (document, coding);
    let cost = once();
    let archive = marsad::store::open::read_only(&archive).unwrap();
    let (articles, error): (i64, Option<String>) = archive
        .query_row("SELECT (SELECT count(*) FROM article) - 1, (SELECT last_error FROM feed)", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let polls: i64 = archive
        .query_row(
            "SELECT count(*) FROM feed WHERE last_poll_ms IS NOT NULL AND (last_error IS NOT NULL OR last_ok_ms = last_poll_ms)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(polls, 1, "the poll came to an end that is on record");
    (Cost { articles, ..cost }, error.unwrap_or_else(|| format!("{articles} articles")))
}

/// The costs of these killers over that of an ordinary document, as many at once as the machine has cores.
fn costs(marsad: &Path, killers: &[Killer], size: impl Fn(&Killer) -> usize + Sync) -> Vec<(&'static str, Cost, String)> {
    let ordinary = b"<rss><channel><item><guid>1</guid><title>Sun</title></item></channel></rss>".to_vec();
    let (base, _) = round(marsad, ("application/rss+xml", "identity"), ordinary, "");
    println!(
        "an ordinary document: {:.2} s and {:.2} s of the writer, {} MB; beyond it:",
        base.seconds,
        base.writing,
        base.kilobytes >> 10
    );
    let (next, costs) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(killer) = killers.get(next.fetch_add(1, SeqCst)) {
                    let (cost, told) = round(marsad, (killer.content_type, "identity"), (killer.make)(size(killer)), killer.policy);
                    let over = Cost {
                        seconds: cost.seconds - base.seconds,
                        writing: cost.writing - base.writing,
                        kilobytes: cost.kilobytes.saturating_sub(base.kilobytes),
                        articles: cost.articles,
                    };
                    println!("{:>6.2} s {:>6.2} s {:>5} MB  {:40} {told}", over.seconds, over.writing, over.kilobytes >> 10, killer.name);
                    costs.lock().unwrap().push((killer.name, over, told));
                }
            });
        }
    });
    costs.into_inner().unwrap()
}

#[test]
fn no_document_of_ten_megabytes_ends_it_or_takes_its_memory() {
    let costs = costs(Path::new(env!("CARGO_BIN_EXE_marsad")), KILLERS, |killer| if killer.dear { SIZE / 16 } else { SIZE });
    assert_eq!(costs.len(), KILLERS.len());
    let long: Vec<_> = costs.iter().filter(|(_, _, told)| told.chars().count() > 200).map(|(name, ..)| name).collect();
    assert!(long.is_empty(), "the reason quotes the document: {long:?}");
    let greedy: Vec<_> = costs.iter().filter(|(_, cost, _)| cost.kilobytes > MOST_KILOBYTES).collect();
    assert!(greedy.is_empty(), "{greedy:#?}");
}

#[test]
fn no_bomb_of_any_coding_takes_its_memory() {
    let marsad = Path::new(env!("CARGO_BIN_EXE_marsad"));
    let (base, _) = round(marsad, ("text/xml", "identity"), b"<rss><channel/></rss>".to_vec(), "");
    for (coding, bomb) in bombs() {
        let (cost, told) = round(marsad, ("text/xml", coding), bomb, "");
        let over = cost.kilobytes.saturating_sub(base.kilobytes);
        println!("{coding}: {} MB beyond an ordinary document: {told}", over >> 10);
        assert!(over < 32 << 10, "{coding}: {over} kB");
        assert!(["unpacks to more than", "larger than", "not asked for"].iter().any(|reason| told.contains(reason)), "{coding}: {told}");
    }
}

/// Half a gigabyte of blanks behind a head, or gzip of gzip.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    use flate2::{Compression, write};
    use std::io::Write;
    fn pour(mut to: impl Write) {
        to.write_all(b"<rss><channel><title>").unwrap();
        let blanks = [b' '; 1 << 16];
        (0..(512 << 20) / blanks.len()).for_each(|_| to.write_all(&blanks).unwrap());
    }
    let mut gzip = write::GzEncoder::new(Vec::new(), Compression::default());
    pour(&mut gzip);
    let gzip = gzip.finish().unwrap();
    let mut deflate = write::ZlibEncoder::new(Vec::new(), Compression::default());
    pour(&mut deflate);
    let mut twice = write::GzEncoder::new(Vec::new(), Compression::default());
    twice.write_all(&gzip).unwrap();
    let mut br = Vec::new();
    pour(brotli::CompressorWriter::new(&mut br, 1 << 16, 3, 22));
    // RFC 8878: a frame of 4,096 blocks, each a byte 128 kB long.
    let mut zstd = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x70];
    let block = |last: u32| last | 1 << 1 | (128 << 10) << 3;
    (0..4_096).for_each(|n| zstd.extend([&block(u32::from(n == 4_095)).to_le_bytes()[..3], b" "].concat()));
    vec![("gzip", gzip), ("deflate", deflate.finish().unwrap()), ("gzip, gzip", twice.finish().unwrap()), ("br", br), ("zstd", zstd)]
}

#[test]
#[ignore = "a release build's costs: tests/long/killers"]
fn each_killer_costs_a_release_build_no_more_than_it_may() {
    let marsad = std::env::var_os("MARSAD_RELEASE").expect("tests/long/killers names the release build");
    #[expect(clippy::disallowed_methods, reason = "which ones is the caller's choice")]
    let only = std::env::var("MARSAD_KILLERS").unwrap_or_default();
    let some: Vec<Killer> = KILLERS.iter().filter(|killer| killer.name.contains(&only)).copied().collect();
    let costs = costs(Path::new(&marsad), &some, |_| SIZE);
    let over: Vec<_> = costs.iter().filter(|(_, cost, _)| cost.is_more_than_it_may()).collect();
    assert!(over.is_empty(), "{over:#?}");
}
