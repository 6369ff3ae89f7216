//! `[metrics]`: the page of a running daemon, read as strictly as the exposition format says, and who may read it.

use crate::support::{
    newsroom::{Item, Newsroom},
    wait::until,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering::SeqCst},
    time::Duration,
};

const OLD: Item = Item { guid: "1", link: "https://news.example/1", title: "Rain", text: "It rains." };
const NEW: Item = Item { guid: "2", link: "https://news.example/2", title: "A ceasefire near Idlib", text: "Two rules in one." };

/// One sample: its name, its labels as written, its value.
type Samples = BTreeMap<(String, String), f64>;

fn is_name(text: &str) -> bool {
    text.bytes().enumerate().all(|(place, b)| b.is_ascii_alphabetic() || b == b'_' || b == b':' || (place > 0 && b.is_ascii_digit()))
        && !text.is_empty()
}

/// Labels and what follows the braces; panics where they are not as the format has them.
fn labels(text: &str) -> (BTreeMap<String, String>, &str) {
    let mut found = BTreeMap::new();
    let Some(mut rest) = text.strip_prefix('{') else { return (found, text) };
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return (found, after);
        }
        let (name, after) = rest.split_once("=\"").unwrap();
        assert!(is_name(name), "{text}");
        let mut value = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next().unwrap() {
                (_, '\\') => match letters.next().unwrap().1 {
                    'n' => value.push('\n'),
                    c @ ('\\' | '"') => value.push(c),
                    other => panic!("an escape `{other}` in {text}"),
                },
                (at, '"') => break at,
                (_, c) => value.push(c),
            }
        };
        assert!(found.insert(name.to_owned(), value).is_none(), "a label twice: {text}");
        rest = &after[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

/// Reads a page: each family has one HELP and one TYPE before its samples, which stand together; no series comes twice.
/// Gives the samples and the type of each family.
fn parsed(page: &str) -> (Samples, BTreeMap<String, String>) {
    assert!(page.ends_with('\n') && !page.contains('\r'));
    let (mut samples, mut types, mut helped) = (Samples::new(), BTreeMap::new(), BTreeSet::new());
    let mut family = String::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(is_name(name) && !help.is_empty() && helped.insert(name.to_owned()), "{line}");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(helped.contains(name) && ["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
            assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            family = name.to_owned();
            continue;
        }
        let at = line.find(['{', ' ']).unwrap_or_else(|| panic!("{line}"));
        let (name, rest) = line.split_at(at);
        let end = name.strip_prefix(&family).unwrap_or_else(|| panic!("{line} is not of {family}"));
        let ends: &[&str] = match types[&family].as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            "summary" => &["_sum", "_count"],
            _ => &[""],
        };
        assert!(is_name(name) && ends.contains(&end), "{line}");
        let (labels, value) = labels(rest);
        assert_eq!(labels.contains_key("le"), end == "_bucket", "{line}");
        let value: f64 = value.strip_prefix(' ').unwrap().parse().unwrap();
        assert!(value.is_finite() && value >= 0.0, "{line}");
        assert!(samples.insert((name.to_owned(), format!("{labels:?}")), value).is_none(), "twice: {line}");
    }
    for (name, _) in types.iter().filter(|(_, kind)| *kind == "histogram") {
        let buckets: Vec<f64> =
            page.lines().filter_map(|line| line.strip_prefix(&format!("{name}_bucket"))?.rsplit_once(' ')?.1.parse().ok()).collect();
        assert!(buckets.is_sorted() && page.contains("le=\"+Inf\""), "{buckets:?}");
        assert_eq!(*buckets.last().unwrap(), samples[&(format!("{name}_count"), "{}".to_owned())]);
    }
    (samples, types)
}

/// Sends a request as it is; gives the whole answer.
fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // One that is turned away early may close before all is written.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn scrape(address: SocketAddr) -> String {
    let answer = ask(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (head, page) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("text/plain; version=0.0.4"), "{head}");
    page.to_owned()
}

struct Station {
    room: Newsroom,
    address: SocketAddr,
    daemon: Child,
}

impl Station {
    fn start() -> Station {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let room = Newsroom::open();
        room.publish("a", &[OLD]);
        let config = room.config(&["a", "b"], "alert").replace("[sink.hook]", "[sink.hook]\nexpires = \"1h\"");
        runtime.block_on(room.once(&config));
        room.publish("a", &[NEW, OLD]);
        marsad::store::open::read_write(&room.archive()).unwrap().execute_batch("UPDATE feed SET next_poll_ms = 0").unwrap();
        // Nobody else gets it meanwhile: others have the ports that the system chooses, and these two tests one each.
        static STATIONS: AtomicU16 = AtomicU16::new(0);
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let address = SocketAddr::from(([127, 66, high, low], 9_470 + STATIONS.fetch_add(1, SeqCst)));
        let path = room.folder.path().join("marsad.toml");
        fs::write(&path, format!("[metrics]\nlisten = \"{address}\"\nfile = \"data/own.prom\"\n{config}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(["run", "--config"]).arg(path).arg("--db").arg(room.archive());
        let daemon = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Station { room, address, daemon }
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[test]
fn the_page_of_a_running_daemon_is_sound_and_its_counters_only_grow() {
    let station = Station::start();
    until(60, "two alerts are told", || station.room.posts().len() >= 2 && TcpStream::connect(station.address).is_ok());
    let value = |samples: &Samples, name: &str, labels: &str| samples.get(&(name.to_owned(), labels.to_owned())).copied();
    let sent = "{\"outcome\": \"sent\", \"sink\": \"hook\"}";
    // What a poll without a document leaves behind is written with that of others, a little later.
    until(60, "both deliveries are settled and both polls are written", || {
        let samples = parsed(&scrape(station.address)).0;
        let polls = |outcome| value(&samples, "marsad_polls_total", &format!("{{\"outcome\": \"{outcome}\"}}"));
        value(&samples, "marsad_deliveries_total", sent) == Some(2.0) && polls("read") == Some(1.0) && polls("failed") == Some(1.0)
    });
    let (first, types) = parsed(&scrape(station.address));
    for (name, labels, want) in [
        ("marsad_polls_total", "{\"outcome\": \"read\"}", 1.0),
        ("marsad_polls_total", "{\"outcome\": \"failed\"}", 1.0),
        ("marsad_articles_total", "{\"what\": \"new\"}", 1.0),
        ("marsad_matches_total", "{}", 2.0),
        ("marsad_alerts_total", "{}", 2.0),
        ("marsad_parse_seconds_count", "{}", 1.0),
        ("marsad_feeds", "{}", 2.0),
        ("marsad_feeds_failing", "{}", 1.0),
        ("marsad_build_info", &format!("{{\"version\": \"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0),
    ] {
        assert_eq!(value(&first, name, labels), Some(want), "{name}{labels}: {first:?}");
    }
    for name in [
        "marsad_fetched_bytes_total",
        "marsad_archive_bytes",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_cpu_seconds_total",
    ] {
        assert!(value(&first, name, "{}").unwrap() > 0.0 || name == "process_cpu_seconds_total", "{name}");
    }
    let (second, _) = parsed(&scrape(station.address));
    for ((name, labels), before) in &first {
        let counts =
            types.get(name).is_some_and(|kind| kind == "counter") || ["_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
        assert!(!counts || second[&(name.clone(), labels.clone())] >= *before, "{name}{labels} went back");
    }
    let file = station.room.folder.path().join("data/own.prom");
    until(60, "the file is written", || file.exists());
    let (written, _) = parsed(&fs::read_to_string(&file).unwrap());
    assert!(written.contains_key(&("marsad_feeds".to_owned(), "{}".to_owned())));
}

#[test]
fn strangers_and_nonsense_are_turned_away_and_nobody_holds_it_up() {
    let station = Station::start();
    until(60, "it listens", || TcpStream::connect(station.address).is_ok());
    let long = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(20_000));
    for (request, status) in [
        ("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403"),
        ("GET /metrics HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
        ("GET /metrics SPDY\r\nHost: localhost\r\n\r\n", "505"),
        ("nonsense\r\n\r\n", "400"),
    ] {
        assert!(ask(station.address, request).starts_with(&format!("HTTP/1.1 {status} ")), "{request}");
    }
    let answer = ask(station.address, &long);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    // As many as are served at once say nothing; they are let go, and the next one is served.
    let idle: Vec<TcpStream> = (0..12).map(|_| TcpStream::connect(station.address).unwrap()).collect();
    parsed(&scrape(station.address));
    drop(idle);
}
