//! `[[feed]]`: from a table to a [`Feed`]. Looks at addresses as written; never resolves a name.

use super::{
    Poll, access, language,
    raw::{At, Reader},
    report::{Problems, Spot},
    settings::{self, MAX_INTERVAL, MIN_INTERVAL},
    userinfo,
};
use crate::engine::feed::Feed;
use std::{collections::BTreeMap, net::IpAddr, path::Path};
use url::{Host, Url};

/// A feed with the places that later checks point at.
#[derive(Debug)]
pub(super) struct FeedDraft {
    pub feed: Feed,
    name_at: Option<Spot>,
    pub url: Url,
    pub url_at: Spot,
}

/// Reads one `[[feed]]`; `None` when it has no usable address.
pub(super) fn read(mut table: Reader<'_>, poll: &Poll, folder: &Path, p: &mut Problems) -> Option<FeedDraft> {
    let name = table.text("name", p).filter(|n| name_is_good(n, p));
    if let Some(name) = &name {
        table.what = format!("feed `{}`", name.value);
    }
    let url = table.required("url", p);
    let tags = table.texts("tags", p);
    let language = table.text("language", p).map(|l| language::check(&l, p));
    let interval = table.duration("interval", MIN_INTERVAL..=MAX_INTERVAL, p);
    let allow_private = table.flag("allow_private", p).unwrap_or(false);
    let backlog = settings::backlog(&mut table, p).unwrap_or(poll.backlog);
    let address = url.as_ref().and_then(|url| address(url, p));
    let access = access::read(&mut table, address.as_ref(), poll.proxy.as_deref(), folder, p);
    table.finish(p);
    let (text, url) = (url?, address?);
    if !allow_private && is_private(&url) {
        let hint = "if it is meant, write `allow_private = true` in this feed";
        p.error(text.at, format!("`{}` is a private or loopback address", text.value.trim()), Some(hint.into()));
    }
    let id = name.as_ref().map_or_else(|| derived_name(&url), |n| n.value.trim().to_owned());
    let tags = tags.into_iter().filter(|t| tag_is_good(t, p)).map(|t| t.value.trim().to_owned()).collect();
    let feed = Feed { id, url: text.value.trim().to_owned(), tags, language, interval, allow_private, backlog, access };
    Some(FeedDraft { feed, name_at: name.map(|n| n.at), url, url_at: text.at })
}

fn name_is_good(name: &At<String>, p: &mut Problems) -> bool {
    let text = name.value.trim();
    let wrong = if text.is_empty() {
        "a feed's name is empty"
    } else if text.chars().any(char::is_control) {
        "a feed's name has a control character"
    } else if text.starts_with("tag:") {
        "a feed's name may not begin with `tag:`, which means a tag"
    } else {
        return true;
    };
    p.error(name.at, wrong, None);
    false
}

fn tag_is_good(tag: &At<String>, p: &mut Problems) -> bool {
    let text = tag.value.trim();
    if let Some(bare) = text.strip_prefix("tag:") {
        p.error(tag.at, format!("the tag `{text}` begins with `tag:`"), Some(format!("write `{bare}`; rules select it as `tag:{bare}`")));
    } else if text.chars().any(char::is_control) {
        p.error(tag.at, "a tag has a control character", None);
    } else {
        return true;
    }
    false
}

/// An `http` or `https` address, without control characters, and without a password in it. One with a password is repeated nowhere.
pub(super) fn address(text: &At<String>, p: &mut Problems) -> Option<Url> {
    let written = text.value.trim();
    // A parser of addresses drops or encodes them; listings, exports and messages show what was written.
    if written.chars().any(char::is_control) {
        p.error(text.at, "an address has a control character", None);
        return None;
    }
    let parsed = Url::parse(written);
    if userinfo::holds(written, &parsed) {
        let message = match parsed {
            Ok(url) if url.has_host() => "a user name or password in an address is not supported".to_owned(),
            Ok(_) => "this is neither an http nor an https address".to_owned(),
            Err(e) => format!("this is not an address: {e}"),
        };
        let hint = "addresses are shown in listings and logs; write `user` and `password_file` for a feed";
        p.secret(text.at, text.at, message, hint);
        return None;
    }
    let url = match parsed {
        Ok(url) => url,
        Err(e) => {
            let bare = !written.contains("://") && written.contains('.');
            let hint = bare.then(|| format!("did you mean `https://{written}`?"));
            p.error(text.at, format!("`{written}` is not an address: {e}"), hint);
            return None;
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        let rest = written.split_once("://").map_or("…", |(_, rest)| rest);
        let hint = (url.scheme() == "feed").then(|| format!("did you mean `https://{rest}`?"));
        p.error(text.at, format!("the scheme `{}` is not supported, only http and https", url.scheme()), hint);
        return None;
    }
    Some(url)
}

/// Whether an address names a private, loopback or link-local host as written: a feed needs `allow_private` for it.
pub fn is_private_address(url: &str) -> bool {
    Url::parse(url.trim()).is_ok_and(|url| is_private(&url))
}

/// Whether the host is written as a private, loopback or link-local one. Names that resolve to such addresses are
/// refused when they are connected to.
pub(super) fn is_private(url: &Url) -> bool {
    let v4_private = |ip: std::net::Ipv4Addr| {
        let [a, b, ..] = ip.octets();
        a == 0 || ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_broadcast() || (a == 100 && (64..128).contains(&b))
    };
    match url.host() {
        Some(Host::Ipv4(ip)) => v4_private(ip),
        Some(Host::Ipv6(ip)) => match ip.to_canonical() {
            IpAddr::V4(ip) => v4_private(ip),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
        },
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
        }
        None => true,
    }
}

/// A name from host, path and query, such as `example.org/news/rss.xml`.
fn derived_name(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    let port = url.port().map_or_else(String::new, |p| format!(":{p}"));
    let query = url.query().map_or_else(String::new, |q| format!("?{q}"));
    format!("{}{port}{}{query}", host.strip_prefix("www.").unwrap_or(host), url.path().trim_end_matches('/'))
}

/// Feeds of all files: names made unique or refused, addresses that occur twice warned of.
pub(super) fn settle(drafts: Vec<FeedDraft>, p: &mut Problems) -> Vec<Feed> {
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    let mut urls: BTreeMap<String, String> = BTreeMap::new();
    for draft in drafts.iter().filter(|d| d.name_at.is_some()) {
        if names.insert(draft.feed.id.clone(), ()).is_some() {
            let message = format!("two feeds have the name `{}`", draft.feed.id);
            p.error(
                draft.name_at.unwrap_or(draft.url_at),
                message,
                Some("a name is a feed's identity in the archive; give each its own".into()),
            );
        }
    }
    let mut feeds = Vec::with_capacity(drafts.len());
    for mut draft in drafts {
        if draft.name_at.is_none() {
            draft.feed.id = unused(&draft.feed.id, &names);
            names.insert(draft.feed.id.clone(), ());
        }
        draft.url.set_fragment(None);
        if let Some(first) = urls.insert(draft.url.to_string(), draft.feed.id.clone()) {
            p.warning(draft.url_at, format!("the feeds `{first}` and `{}` have one address", draft.feed.id), None);
        }
        feeds.push(draft.feed);
    }
    feeds
}

fn unused(name: &str, names: &BTreeMap<String, ()>) -> String {
    let numbered = (2_u32..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|n| !names.contains_key(n)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://localhost:8080/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://192.168.1.5/",
            "http://100.64.0.1/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://printer.local/feed",
        ] {
            assert!(Url::parse(url).is_ok_and(|u| is_private(&u)), "{url}");
        }
        for url in ["http://example.org/", "http://8.8.8.8/", "http://[2606:4700::1]/", "http://localhost.example.org/"] {
            assert!(Url::parse(url).is_ok_and(|u| !is_private(&u)), "{url}");
        }
    }

    #[test]
    fn a_feed_without_a_name_is_called_by_its_address() {
        let name = |u: &str| Url::parse(u).map(|u| derived_name(&u)).unwrap_or_default();
        assert_eq!(name("https://www.example.org/news/rss.xml"), "example.org/news/rss.xml");
        assert_eq!(name("https://example.org/"), "example.org");
        assert_eq!(name("http://example.org:8080/a?b=c#d"), "example.org:8080/a?b=c");
    }
}
