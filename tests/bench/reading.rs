//! How fast feeds are read, the whole way from bytes to entries with plain text, beside feed-rs alone, feedparser and libexpat:
//! `cargo bench --bench reading`. All of them in turn, round after round in one run; the median counts. feedparser is taken
//! from `target/suites/venv`, where `tests/suites/run` puts it. Measures only; nothing fails here.

#[expect(dead_code, reason = "the other benches take terms from it too")]
mod corpus;

use marsad::engine::parse::parse;
use std::{
    fmt::Write as _,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// Entries of a document: a long feed of the wild.
const ENTRIES: usize = 200;
/// How often everything is measured.
const ROUNDS: usize = 7;
/// How often a document is read in one round.
const TIMES: usize = 5;

/// What Python measures: seconds for one reading by libexpat, and by feedparser where it is installed.
const PYTHON: &str = "
import sys, time, xml.parsers.expat
data, times = open(sys.argv[1], 'rb').read(), int(sys.argv[2])
def measure(read):
    start = time.perf_counter()
    for _ in range(times): read()
    return (time.perf_counter() - start) / times
def expat():
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
    parser.Parse(data, True)
seconds = [measure(expat)]
try:
    import feedparser
    times = 1
    seconds.append(measure(lambda: feedparser.parse(data)))
except ImportError:
    pass
print(*seconds)
";

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reading");
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    let python = [env!("CARGO_MANIFEST_DIR"), "target/suites/venv/bin/python"].iter().collect::<PathBuf>();
    let python = if python.exists() { python } else { "python3".into() };
    println!("{ENTRIES} entries each; MB/s, median of {ROUNDS} rounds");
    println!("{:<28} {:>6} {:>9} {:>9} {:>9} {:>10}", "feed", "kB", "marsad", "feed-rs", "libexpat", "feedparser");
    for (name, document) in documents() {
        let file = folder.join("document.xml");
        std::fs::write(&file, &document).unwrap_or_else(|error| panic!("{error}"));
        let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|_| round(&document, &file, &python)).collect();
        let speed = |column: usize| {
            let mut seconds: Vec<f64> = rounds.iter().filter_map(|round| round.get(column).copied()).collect();
            seconds.sort_by(f64::total_cmp);
            seconds.get(seconds.len() / 2).map_or("-".into(), |s| format!("{:.1}", document.len() as f64 / s / 1e6))
        };
        println!("{name:<28} {:>6} {:>9} {:>9} {:>9} {:>10}", document.len() / 1000, speed(0), speed(1), speed(2), speed(3));
    }
}

/// Seconds of one reading by each.
fn round(document: &str, file: &Path, python: &Path) -> Vec<f64> {
    let own = timed(|| parse(black_box(document.as_bytes()), Some("text/xml"), None, 0).map_or(0, |read| read.entries.len()));
    let feed_rs = timed(|| feed_rs::parser::parse(black_box(document.as_bytes())).map_or(0, |read| read.entries.len()));
    let told = Command::new(python).args(["-W", "ignore", "-c", PYTHON]).arg(file).arg(TIMES.to_string()).output();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    [own, feed_rs].into_iter().chain(told.split_whitespace().filter_map(|word| word.parse().ok())).collect()
}

fn timed(read: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        let entries = read();
        assert_eq!(entries, ENTRIES, "an entry was lost");
    }
    start.elapsed().as_secs_f64() / TIMES as f64
}

/// The four kinds of feed.
fn documents() -> [(&'static str, String); 4] {
    let articles = corpus::articles(4 * ENTRIES);
    // The languages come in turn, Arabic first.
    let arabic: Vec<_> = articles.iter().step_by(4).cloned().collect();
    let mixed = &articles[..ENTRIES];
    [
        ("RSS, short and escaped", rss(mixed, |text| escape(&html(cut(text, 400))))),
        ("Atom, whole HTML", atom(mixed)),
        ("RDF", rdf(mixed)),
        (
            "RSS, Arabic, whole in CDATA",
            rss(&arabic, |text| format!("</description><content:encoded><![CDATA[{}]]></content:encoded><description>", html(text))),
        ),
    ]
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// As a content system writes it: paragraphs, links, emphasis, a picture.
fn html(text: &str) -> String {
    let mut out = String::from("<p><img src=\"https://news.example/p.jpg\" alt=\"\" width=\"640\" /></p>\n");
    for paragraph in text.split('\n') {
        let (first, rest) = paragraph.split_once(' ').unwrap_or((paragraph, ""));
        let _ = writeln!(
            out,
            "<p class=\"body\"><a href=\"https://news.example/t/?a=1&amp;b=2\">{first}</a> <strong>{rest}</strong>&nbsp;</p>"
        );
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rss(articles: &[(String, String)], body: impl Fn(&str) -> String) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>News</title><link>https://news.example/</link>\
         <description>All of it</description>\n",
    );
    for (n, (title, text)) in articles.iter().enumerate() {
        let _ = writeln!(
            out,
            "<item><title>{title}</title><link>https://news.example/{n}</link><guid isPermaLink=\"true\">https://news.example/{n}</guid>\
             <dc:creator>Rana</dc:creator><category>world</category><pubDate>Sat, 28 Nov 2026 10:00:00 +0300</pubDate>\
             <description>{}</description></item>",
            body(text)
        );
    }
    out + "</channel></rss>"
}

fn atom(articles: &[(String, String)]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title><id>urn:n</id><updated>2026-11-28T10:00:00Z</updated>\n",
    );
    for (n, (title, text)) in articles.iter().enumerate() {
        let _ = writeln!(
            out,
            "<entry><title>{title}</title><id>urn:n:{n}</id><link href=\"https://news.example/{n}\"/><updated>2026-11-28T10:00:00Z</updated>\
             <author><name>Rana</name></author><content type=\"html\">{}</content></entry>",
            escape(&html(text))
        );
    }
    out + "</feed>"
}

fn rdf(articles: &[(String, String)]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"https://news.example/\">\
         <title>News</title><link>https://news.example/</link><description>All of it</description></channel>\n",
    );
    for (n, (title, text)) in articles.iter().enumerate() {
        let _ = writeln!(
            out,
            "<item rdf:about=\"https://news.example/{n}\"><title>{title}</title><link>https://news.example/{n}</link>\
             <dc:date>2026-11-28T10:00:00Z</dc:date><description>{}</description></item>",
            cut(text, 1_000)
        );
    }
    out + "</rdf:RDF>"
}
