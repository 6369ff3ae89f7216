//! Canonical addresses: a fixed point, of the same scheme, host, port, path and parameters but for what the page names, without
//! tracking; and aliases, under which the same article is known again.

use marsad::engine::{
    entry::{Entry, EntryKey, KeyKind},
    identify::{Identified, Trust, glance, identify},
    url::{aliases, canonical, is_root, other_host, without_feed_scheme},
};
use url::{Position, Url};

/// Names of parameters that say where a reader came from, beside `utm_*`.
const TRACKING: &str = "fbclid gclid dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh mc_cid mc_eid _hsenc \
    _hsmi at_medium at_campaign at_bbc_team cmpid wt_mc ocid";

/// Bytes as an address.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let found = canonical(&text);
    match (&parsed, &found) {
        (Some(written), Some(found)) => {
            same_resource(written, found);
            known_again(found);
            two_names(found);
        }
        // A host with an empty label is none.
        (Some(written), None) => {
            assert!(written.host_str().is_some_and(|host| host == "." || host.ends_with("..")), "{text:?} has no canonical form")
        }
        (None, found) => assert_eq!(*found, None, "{text:?}"),
    }
    let bare = without_feed_scheme(&text);
    assert!(bare.len() <= text.len() + 1 && (bare.starts_with("http:") || text.contains(&*bare)), "{text:?}: {bare:?}");
}

/// The canonical form differs from the address in what the page names alone.
fn same_resource(written: &Url, found: &str) {
    let url = Url::parse(found).unwrap_or_else(|error| panic!("{written} became {found:?}: {error}"));
    assert_eq!(url.as_str(), found, "not as the standard writes it");
    assert_eq!(canonical(found).as_deref(), Some(found), "not a fixed point: {written}");
    assert_eq!((url.scheme(), url.fragment()), ("https", None), "{written}");
    let host = |url: &Url| url.host_str().map(|host| host.strip_suffix('.').unwrap_or(host).to_owned());
    assert_eq!(host(&url), host(written));
    assert_eq!(url.port(), written.port().filter(|port| *port != 443), "{written}");
    assert_eq!((url.username(), url.password()), (written.username(), written.password()), "{written}");
    let path = match written.path().trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    assert_eq!(url.path(), path, "{written}");
    assert_eq!(url.query().unwrap_or(""), kept(written.query().unwrap_or("")), "{written}");
    // By the standard's own equality: nothing else was changed.
    let mut again = written.clone();
    again.set_fragment(None);
    again.set_query(url.query());
    again.set_path(url.path());
    assert_eq!(url[Position::BeforePath..], again[Position::BeforePath..], "{written}");
}

/// The parameters that stay, in their order and spelling.
fn kept(query: &str) -> String {
    let tracks = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name).to_ascii_lowercase();
        name.starts_with("utm_") || TRACKING.split_whitespace().any(|known| known == name)
    };
    query.split('&').filter(|pair| !pair.is_empty() && !tracks(pair)).collect::<Vec<_>>().join("&")
}

fn identified(url: &str) -> Option<Identified> {
    // Words differ, so that nothing but the address can make two of them one.
    let entry = Entry { url: Some(url.to_owned()), title: url.to_owned(), ..Entry::default() };
    let glances = glance(std::slice::from_ref(&entry), &[], &Trust::default());
    identify(vec![entry], &glances, &[]).pop()
}

/// Keys by address, of those that are remembered.
fn keys(url: &str) -> Vec<EntryKey> {
    identified(url).map(|of| of.keys.into_iter().filter(|key| key.kind == KeyKind::Url).collect()).unwrap_or_default()
}

/// Aliases are canonical addresses of the same article, few, and share a key with it.
fn known_again(found: &str) {
    let others = aliases(found);
    assert!(others.len() <= 4, "{found}: {others:?}");
    let own = if others.is_empty() { Vec::new() } else { keys(found) };
    for (at, other) in others.iter().enumerate() {
        assert_eq!(canonical(other).as_ref(), Some(other), "{found}");
        assert!(other != found && !is_root(other) && !others[..at].contains(other), "{found}: {other}");
        let (url, alias) = (Url::parse(found), Url::parse(other));
        let (Ok(url), Ok(alias)) = (url, alias) else { panic!("{found}: {other}") };
        let (host, alias_host) = (url.host_str().unwrap_or(""), alias.host_str().unwrap_or(""));
        assert!(host == alias_host || may_move(host, alias_host), "{found} is said to be {other}");
        if !is_root(found) {
            assert!(keys(other).iter().any(|key| own.contains(key)), "{found} and {other} share no key");
        }
    }
}

/// Whether an article of `host` may be shown at `other`: its own host without the label of a device, or one that an AMP cache names.
fn may_move(host: &str, other: &str) -> bool {
    let bare = other.strip_prefix("www.").unwrap_or(other);
    let cached = host.contains("google.") || host.ends_with("cdn.ampproject.org") || host.ends_with(".bing-amp.com");
    let labels = ["m", "mobile", "amp", "touch", "wap"];
    let device = host.split('.').any(|label| labels.contains(&label)) && host.ends_with(bare.rsplit('.').next().unwrap_or(bare));
    device || cached
}

/// The other name of a site leads back.
fn two_names(found: &str) {
    let Some(other) = other_host(found) else { return };
    assert_ne!(other, found);
    let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    // Without its `www.`, what is left may be no host of its own.
    if let (Some(own), Some(other)) = (host(found), host(&other)) {
        assert!(own.strip_prefix("www.") == Some(&other) || other.strip_prefix("www.") == Some(&own), "{found}: {other}");
    }
}
