//! Canonical addresses: one article, one address. Never fetches, never resolves a name.
//!
//! [`canonical`] is frozen: archives keep hashes of what it gives, and a parameter that it learned to drop would bring old
//! articles back as new ones. What is learned later goes to [`aliases`].

mod alias;

pub use alias::aliases;

use std::borrow::Cow;
use url::Url;

/// Parameters that say where a reader came from, never what is read. Short on purpose: a parameter that is wrongly
/// dropped makes two articles one.
const TRACKING: [&str; 22] = [
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "at_medium",
    "at_campaign",
    "at_bbc_team",
    "cmpid",
    "wt_mc",
    "ocid",
];

/// The address by which an article is known again: scheme and host in lower case, `http` as `https`, no fragment, no
/// default port, no known tracking parameters (`utm_*`, `fbclid`, `gclid`, …), the other parameters untouched.
/// `None` for anything that is not `http` or `https`.
pub fn canonical(url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let https = url.scheme() == "https";
    // Port 80 of `http` is gone already; port 443 of `http` becomes the default one below.
    if !https {
        url.set_scheme("https").ok()?;
    }
    url.set_fragment(None);
    let host = url.host_str()?;
    // Nothing has such a name, and without its dots it may be an address of somebody else.
    if host.ends_with("..") {
        return None;
    }
    if let Some(bare) = host.strip_suffix('.').map(str::to_owned) {
        url.set_host(Some(&bare)).ok()?;
    }
    if let Some(query) = url.query().filter(|query| query.split('&').any(is_idle)) {
        let kept = without_idle(query);
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    if url.path().len() > 1 && url.path().ends_with('/') {
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
    }
    Some(url.into())
}

/// The web address that a `feed:` address stands for: `feed://host/…` and `feed:https://host/…`; any other as it is.
pub fn without_feed_scheme(url: &str) -> Cow<'_, str> {
    let url = url.trim();
    let scheme = ["feed:", "itpc:", "pcast:"].iter().find(|s| url.get(..s.len()).is_some_and(|start| start.eq_ignore_ascii_case(s)));
    match scheme.and_then(|scheme| url.get(scheme.len()..)) {
        Some(rest) if rest.starts_with("//") => Cow::Owned(format!("http:{rest}")),
        Some(rest) => Cow::Borrowed(rest),
        None => Cow::Borrowed(url),
    }
}

/// Whether a canonical address names a site, not an article on it.
pub fn is_root(canonical: &str) -> bool {
    canonical.strip_prefix("https://").and_then(|rest| rest.split_once('/')).is_some_and(|(_, path)| path.is_empty())
}

/// A canonical address with `www.` before its host, or without where it has it: two names of one site, to most publishers.
/// `None` where the host is a number or one word.
pub fn other_host(canonical: &str) -> Option<String> {
    let rest = canonical.strip_prefix("https://")?;
    // A user stands before the host.
    if rest.split(['/', '?']).next()?.contains('@') {
        return None;
    }
    if let Some(bare) = rest.strip_prefix("www.") {
        return Some(format!("https://{bare}"));
    }
    let host = rest.split(['/', ':', '?']).next()?;
    let named = host.contains('.') && host.ends_with(|c: char| c.is_ascii_alphabetic());
    named.then(|| format!("https://www.{rest}"))
}

/// The parameters of a query that name what is read, in their order and spelling.
fn without_idle(query: &str) -> String {
    query.split('&').filter(|pair| !is_idle(pair)).collect::<Vec<_>>().join("&")
}

/// Whether a parameter says nothing of what is read.
fn is_idle(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair);
    let starts = |start: &str| name.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start));
    pair.is_empty() || starts("utm_") || TRACKING.iter().any(|tracking| tracking.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(canonical(input).as_deref(), Some(expected));
    }

    #[test]
    fn one_article_has_one_address() {
        check("HTTP://Example.ORG:80/News/1/?utm_source=rss&id=5&fbclid=x#top", "https://example.org/News/1?id=5");
        check("https://example.org:443/a?", "https://example.org/a");
        check("https://example.org./a?b=1&&c=2&", "https://example.org/a?b=1&c=2");
        check("https://www.example.org", "https://www.example.org/");
        check("https://example.org:8443/a", "https://example.org:8443/a");
        check("https://example.org/?UTM_Campaign=x", "https://example.org/");
        check(" https://مثال.إختبار/خبر ", "https://xn--mgbh0fb.xn--kgbechtv/%D8%AE%D8%A8%D8%B1");
    }

    #[test]
    fn order_and_spelling_of_parameters_stay() {
        check("https://example.org/a?z=1&b=%2F&a=x+y", "https://example.org/a?z=1&b=%2F&a=x+y");
    }

    #[test]
    fn canonical_is_a_fixed_point() {
        for url in ["http://a.b/c//", "https://a.b/?utm_x=1&utm_y=2", "http://a.b:443/x/"] {
            let once = canonical(url).unwrap_or_default();
            assert_eq!(canonical(&once), Some(once.clone()));
        }
    }

    #[test]
    fn only_web_addresses_have_one() {
        for url in [
            "javascript:alert(1)",
            "mailto:a@b.c",
            "file:///etc/passwd",
            "http://../a",
            "http://12../a",
            "data:text/html,x",
            "/relative",
            "",
        ] {
            assert_eq!(canonical(url), None);
        }
    }

    #[test]
    fn a_site_has_two_names() {
        for (one, other) in [("https://www.a.org/1?b", "https://a.org/1?b"), ("https://a.org:81/", "https://www.a.org:81/")] {
            assert_eq!(other_host(one).as_deref(), Some(other));
            assert_eq!(other_host(other).as_deref(), Some(one));
        }
        assert_eq!(
            ["https://127.0.0.1/a", "https://localhost/a", "https://[::1]/", "https://www.user@a.org/"].map(other_host),
            [None, None, None, None]
        );
    }

    #[test]
    fn a_site_is_no_article() {
        assert!(is_root("https://example.org/"));
        assert!(!is_root("https://example.org/?p=1"));
        assert!(!is_root("https://example.org/a"));
    }
}
