//! What a story has come to: the facts by which it is decided whether its growth is worth a word. Never decides that.

use crate::engine::figure::Unit;
use std::collections::BTreeMap;

/// What a story holds at one moment. Two of them, before and after an article joined, tell what it brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Growth {
    /// Articles in it, copies among them.
    pub members: usize,
    /// Publishers of them: [`source`].
    pub sources: usize,
    /// Publishers with a text of their own: one text counts once, however many print it.
    pub independent_sources: usize,
    /// Primary language tags of its articles, ascending.
    pub languages: Vec<String>,
    /// Whether a feed that speaks for an authority is among them.
    pub official: bool,
    /// Of each unit, the largest figure of the newest article in which a rule found one.
    #[serde(default)]
    pub figures: BTreeMap<Unit, i64>,
    /// When its first article was seen, Unix milliseconds.
    pub first_seen_ms: i64,
}

/// Who published an article: the host of its address without `www`, `m` and `amp`, so that the feeds of one publisher are one
/// source and an aggregator is none; else its feed.
pub fn source(url: Option<&str>, feed: &str) -> String {
    let parsed = url.and_then(|url| url::Url::parse(url).ok());
    let Some(host) = parsed.as_ref().and_then(url::Url::host_str) else { return feed.to_owned() };
    let mut bare = host;
    while let Some(rest) = ["www.", "m.", "amp."].into_iter().find_map(|label| bare.strip_prefix(label)).filter(|rest| rest.contains('.')) {
        bare = rest;
    }
    bare.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_of_one_publisher_are_one_source() {
        for url in ["https://www.a.org/1", "http://m.a.org/x", "https://amp.m.a.org/2", "https://a.org"] {
            assert_eq!(source(Some(url), "feed"), "a.org", "{url}");
        }
        assert_eq!(source(Some("https://m.org/1"), "feed"), "m.org");
        assert_eq!(source(None, "feed"), "feed");
        assert_eq!(source(Some("urn:x"), "feed"), "feed");
    }
}
