//! What the demo serves: seven invented feeds and a config, embedded. Each feed has two editions, before and after "a little
//! later"; dates are written relative to now. Never reads a file or a clock.
//!
//! Marks in the documents: `[[first]]…[[end]]` and `[[second]]…[[end]]` stand in one edition only, `[[rfc2822 9m]]` and
//! `[[rfc3339 9m]]` are times so many minutes ago. `harbour.rss` is in windows-1256 on disk too: `iconv` makes it readable.

use super::server::Page;
use jiff::Timestamp;

/// What changes between the two editions, as a sentence.
pub const NEWS: &str = "a little later: one title is edited, two articles are new, and a third feed carries a story of the first two";

/// Which edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// What the feeds hold at the start.
    First,
    /// A little later.
    Second,
}

/// One feed.
#[derive(Debug)]
pub struct Bundled {
    /// Its name in the config.
    pub name: &'static str,
    /// Where it is served.
    pub path: &'static str,
    /// For a person.
    pub about: &'static str,
    /// The charset it is written in, where it is not UTF-8.
    pub legacy: Option<&'static str>,
    content_type: &'static str,
    source: &'static [u8],
}

impl Bundled {
    /// How many items the document begins: one that is cut off holds fewer whole ones.
    pub fn items_begun(&self) -> usize {
        self.source.windows(6).filter(|bytes| bytes == b"<item>").count()
    }
}

/// All feeds, in the order in which they are polled.
pub const FEEDS: [Bundled; 7] = [
    Bundled {
        name: "Sanobar Wire",
        path: "/sanobar.rss",
        about: "RSS, Arabic",
        legacy: None,
        content_type: "application/rss+xml; charset=utf-8",
        source: include_bytes!("../../../config/demo/sanobar.rss"),
    },
    Bundled {
        name: "Old Harbour",
        path: "/harbour.rss",
        about: "RSS in windows-1256, Arabic",
        legacy: Some("windows-1256"),
        content_type: "text/xml",
        source: include_bytes!("../../../config/demo/harbour.rss"),
    },
    Bundled {
        name: "Lodos Haber",
        path: "/lodos.atom",
        about: "Atom, Turkish",
        legacy: None,
        content_type: "application/atom+xml; charset=utf-8",
        source: include_bytes!("../../../config/demo/lodos.atom"),
    },
    Bundled {
        name: "Beresta",
        path: "/beresta.rss",
        about: "RSS, Russian",
        legacy: None,
        content_type: "application/rss+xml",
        source: include_bytes!("../../../config/demo/beresta.rss"),
    },
    Bundled {
        name: "The Lantern",
        path: "/lantern.json",
        about: "JSON Feed, English",
        legacy: None,
        content_type: "application/feed+json",
        source: include_bytes!("../../../config/demo/lantern.json"),
    },
    Bundled {
        name: "Cedar Digest",
        path: "/cedar.rdf",
        about: "RSS 1.0, English and Arabic",
        legacy: None,
        content_type: "application/rdf+xml; charset=utf-8",
        source: include_bytes!("../../../config/demo/cedar.rdf"),
    },
    Bundled {
        name: "Northern Post",
        path: "/northern.rss",
        about: "RSS cut off in the middle, English",
        legacy: None,
        content_type: "application/rss+xml; charset=utf-8",
        source: include_bytes!("../../../config/demo/northern.rss"),
    },
];

/// The demo's config over the feeds at `server`, its alerts going to `sink`.
pub fn config_text(server: &str, sink: &str) -> String {
    include_str!("../../../config/demo/demo.toml").replace("{server}", server).replace("{sink}", sink)
}

/// Every feed as it is served in this edition.
pub fn pages(edition: Edition, now_ms: i64) -> Vec<Page> {
    FEEDS.iter().map(|feed| Page::new(feed.path, feed.content_type, document(feed.source, edition, now_ms))).collect()
}

/// A document with its marks filled in.
fn document(source: &[u8], edition: Edition, now_ms: i64) -> Vec<u8> {
    let (mut out, mut rest, mut keep) = (Vec::with_capacity(source.len()), source, true);
    while let Some(open) = find(rest, b"[[")
        && let Some(length) = find(&rest[open..], b"]]")
    {
        if keep {
            out.extend_from_slice(&rest[..open]);
        }
        match &rest[open + 2..open + length] {
            b"first" => keep = edition == Edition::First,
            b"second" => keep = edition == Edition::Second,
            b"end" => keep = true,
            mark if keep => out.extend(time(mark, now_ms).into_bytes()),
            _ => {}
        }
        rest = &rest[open + length + 2..];
    }
    out.extend_from_slice(rest);
    out
}

fn find(bytes: &[u8], wanted: &[u8; 2]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == wanted)
}

/// The time of a mark such as `rfc2822 9m`.
fn time(mark: &[u8], now_ms: i64) -> String {
    let mark = String::from_utf8_lossy(mark);
    let (form, ago) = mark.split_once(' ').unwrap_or((&mark, "0m"));
    let minutes: i64 = ago.trim_end_matches('m').parse().unwrap_or(0);
    let then = Timestamp::from_second(now_ms.div_euclid(1000) - minutes * 60).unwrap_or_default();
    if form == "rfc2822" { then.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string() } else { then.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, load};

    const NOW_MS: i64 = 1_900_000_000_123;

    #[test]
    fn marks_are_filled_in_for_each_edition() {
        let source = b"a[[first]]1 [[rfc3339 1m]][[end]][[second]]2 [[rfc2822 0m]][[end]]z<![CDATA[x]]>";
        let text = |edition| String::from_utf8(document(source, edition, NOW_MS)).unwrap();
        assert_eq!(text(Edition::First), "a1 2030-03-17T17:45:40Zz<![CDATA[x]]>");
        assert_eq!(text(Edition::Second), "a2 Sun, 17 Mar 2030 17:46:40 +0000z<![CDATA[x]]>");
    }

    #[test]
    fn no_mark_is_left_in_what_is_served() {
        for feed in &FEEDS {
            for edition in [Edition::First, Edition::Second] {
                let served = document(feed.source, edition, NOW_MS);
                assert_eq!(find(&served, b"[["), None, "{}", feed.name);
                assert_eq!(std::str::from_utf8(&served).is_err(), feed.legacy.is_some(), "{}", feed.name);
            }
        }
    }

    #[test]
    fn the_config_passes_every_check_and_names_the_feeds_of_the_bundle() {
        for sink in ["desktop", "journal"] {
            let loaded =
                load(&[Source { name: "demo.toml".into(), text: config_text("http://127.0.0.1:8080", sink) }], &Default::default())
                    .unwrap();
            assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
            let named: Vec<_> = loaded.config.feeds.iter().map(|feed| (feed.id.clone(), feed.url.clone())).collect();
            let bundled: Vec<_> = FEEDS.iter().map(|feed| (feed.name.into(), format!("http://127.0.0.1:8080{}", feed.path))).collect();
            assert_eq!(named, bundled);
        }
    }
}
