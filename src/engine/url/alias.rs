//! Other addresses of one article: its AMP page, its mobile page, the same with yet another tracking parameter.
//!
//! A step of its own beside [`canonical`](super::canonical), and only for knowing again, never for display: the hashes that
//! an archive keeps are made of canonical addresses, so what is learned later is added here and changes none of them.
//! An address that nothing is known of has no alias, and costs nothing. Never drops a parameter that it does not know.

use url::Url;

/// Parameters that say where a reader came from, beyond those that `canonical` drops. Each belongs to one known service
/// or publisher; short and common names (`ref`, `source`, `from`, `s`) are somebody's article number.
const TRACKING: [&str; 34] = [
    // Google's advertisements, its merchant links and its AMP viewer.
    "gad_source",
    "gad_campaignid",
    "gclsrc",
    "srsltid",
    "_ga",
    "_gl",
    "amp_gsa",
    "amp_js_v",
    "usqp",
    // Facebook, Instagram, LinkedIn, Pinterest, Reddit, Twitter, Yahoo.
    "mibextid",
    "fb_action_ids",
    "fb_source",
    "li_fat_id",
    "epik",
    "rdt_cid",
    "__twitter_impression",
    "ref_src",
    "ref_url",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    // Mail and statistics: Marketo, Vero, AT Internet, comScore.
    "mkt_tok",
    "vero_id",
    "xtor",
    "ns_mchannel",
    "ns_source",
    "ns_campaign",
    "ns_linkname",
    "ns_fee",
    // Publishers: Al Jazeera, Deutsche Welle, the New York Times.
    "traffic_source",
    "maca",
    "smid",
    "at_link_id",
    "at_link_type",
];

/// First labels of hosts that show the same articles to another device.
const MOBILE_LABELS: [&str; 5] = ["m", "mobile", "amp", "touch", "wap"];

/// The other canonical addresses under which the article of a canonical address is known, at most four; none for most.
/// None of them is the site itself.
pub fn aliases(canonical: &str) -> Vec<String> {
    let Ok(at_hand) = Url::parse(canonical) else { return Vec::new() };
    let mut found = Vec::new();
    let mut keep = |url: &Url| {
        if url.as_str() == canonical {
            return;
        }
        let alias = super::canonical(url.as_str()).filter(|alias| alias != canonical && !super::is_root(alias));
        found.extend(alias.filter(|alias| !found.contains(alias)));
    };
    let inner = out_of_cache(&at_hand);
    let mut url = inner.clone().unwrap_or(at_hand);
    strip_query(&mut url, is_tracking);
    keep(&url);
    strip_query(&mut url, |_, name, value| is_amp_parameter(name, value));
    if let Some(host) = url.host_str().map(str::to_owned) {
        strip_query(&mut url, |_, name, value| name == "m" && matches!(value, "0" | "1") && host.contains(".blogspot."));
    }
    strip_path(&mut url);
    keep(&url);
    if let Some(host) = url.domain().and_then(desktop) {
        for host in [format!("www.{host}"), host] {
            // A label less leaves a host that was one before.
            if url.set_host(Some(&host)).is_ok() {
                keep(&url);
            }
        }
    }
    found
}

/// The article's own address, out of an AMP cache's: `google.com/amp/s/HOST/…`, `*.cdn.ampproject.org/c/s/HOST/…`,
/// `bing-amp.com/c/s/HOST/…`.
fn out_of_cache(url: &Url) -> Option<Url> {
    let host = url.domain()?;
    let path = url.path();
    let rest = if host == "google.com" || host.starts_with("www.google.") {
        path.strip_prefix("/amp/")?
    } else if host == "cdn.ampproject.org" || host.ends_with(".cdn.ampproject.org") || host.ends_with(".bing-amp.com") {
        ["/c/", "/v/", "/wp/"].iter().find_map(|start| path.strip_prefix(start))?
    } else {
        return None;
    };
    let rest = rest.strip_prefix("s/").unwrap_or(rest);
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let inner = Url::parse(&format!("https://{rest}{query}")).ok()?;
    inner.domain().is_some_and(|host| host.contains('.')).then_some(inner)
}

/// Drops the parameters that `drops` names (host, name in lower case, value); the others keep their order and spelling.
fn strip_query(url: &mut Url, drops: impl Fn(&str, &str, &str) -> bool) {
    let (Some(query), Some(host)) = (url.query(), url.host_str()) else { return };
    let goes = |pair: &&str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        drops(host, &name.to_ascii_lowercase(), value)
    };
    if query.split('&').any(|pair| goes(&pair)) {
        let kept = query.split('&').filter(|pair| !goes(pair)).collect::<Vec<_>>().join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
}

fn is_tracking(host: &str, name: &str, _value: &str) -> bool {
    // Twitter's own pages use `ref_src` too, and mean nothing else by it.
    TRACKING.contains(&name) || (host.contains("bbc.") && name.starts_with("at_"))
}

fn is_amp_parameter(name: &str, value: &str) -> bool {
    match name {
        "amp" | "_amp" | "isamp" => matches!(value, "" | "1" | "true" | "yes"),
        "outputtype" | "output" => value.eq_ignore_ascii_case("amp"),
        _ => false,
    }
}

/// Drops the part of a path that says "as AMP": a segment `amp` at its start, within it or at its end, or the ending
/// `.amp`, also before `.html`.
fn strip_path(url: &mut Url) {
    let path = url.path();
    if !path.contains("amp") {
        return;
    }
    let mut segments: Vec<String> = path.split('/').filter(|segment| *segment != "amp").map(str::to_owned).collect();
    if let Some(last) = segments.last_mut()
        && let Some(bare) = last.strip_suffix(".amp").or_else(|| last.strip_suffix(".amp.html"))
    {
        *last = if last.ends_with(".html") { format!("{bare}.html") } else { bare.to_owned() };
    }
    let stripped = segments.join("/");
    if stripped != path {
        url.set_path(&stripped);
    }
}

/// The host without the label of a device, and without `www.`: `m.example.org`, `en.m.wikipedia.org`.
fn desktop(host: &str) -> Option<String> {
    let (first, rest) = host.split_once('.')?;
    if MOBILE_LABELS.contains(&first) {
        return rest.contains('.').then(|| rest.strip_prefix("www.").unwrap_or(rest).to_owned());
    }
    let bare = rest.strip_prefix("m.")?;
    bare.contains('.').then(|| format!("{first}.{bare}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::url::canonical;

    /// Addresses as publishers and readers really write them, and one under which the article is known besides.
    const KNOWN: &[(&str, &str)] = &[
        // AMP: hosts, path segments at each place, endings, parameters.
        ("https://amp.theguardian.com/world/2024/dec/08/syria-assad", "https://www.theguardian.com/world/2024/dec/08/syria-assad"),
        ("https://amp.dw.com/en/syria/a-70998123", "https://www.dw.com/en/syria/a-70998123"),
        ("https://www.bbc.co.uk/news/amp/world-middle-east-67890123", "https://www.bbc.co.uk/news/world-middle-east-67890123"),
        ("https://www.aljazeera.com/amp/news/2024/12/8/syria", "https://www.aljazeera.com/news/2024/12/8/syria"),
        ("https://www.independent.co.uk/news/world/syria-b123.html?amp", "https://www.independent.co.uk/news/world/syria-b123.html"),
        ("https://example.org/2024/12/08/some-title/amp/", "https://example.org/2024/12/08/some-title"),
        ("https://example.org/a/story.amp", "https://example.org/a/story"),
        ("https://elpais.com/internacional/2024-12-08/siria.amp.html", "https://elpais.com/internacional/2024-12-08/siria.html"),
        ("https://www.washingtonpost.com/world/syria/?outputType=amp", "https://www.washingtonpost.com/world/syria"),
        ("https://www.hurriyet.com.tr/amp/gundem/idlib-42634501", "https://www.hurriyet.com.tr/gundem/idlib-42634501"),
        // AMP caches.
        ("https://www.google.com/amp/s/www.example.org/news/1.amp.html", "https://www.example.org/news/1.html"),
        ("https://www.google.com.tr/amp/example.org/a/amp/", "https://example.org/a"),
        ("https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a/amp/?usqp=mq331", "https://www.example.org/a"),
        ("https://cdn.ampproject.org/v/s/example.org/a?amp_js_v=0.1&amp_gsa=1&id=7", "https://example.org/a?id=7"),
        // Mobile hosts.
        ("https://m.facebook.com/story.php?story_fbid=1&id=2", "https://www.facebook.com/story.php?story_fbid=1&id=2"),
        ("https://mobile.twitter.com/a/status/1", "https://twitter.com/a/status/1"),
        ("https://en.m.wikipedia.org/wiki/Idlib", "https://en.wikipedia.org/wiki/Idlib"),
        ("https://m.sana.sy/?p=12", "https://www.sana.sy/?p=12"),
        ("https://mobile.reuters.com/article/amp/idUSKBN28G0OE", "https://www.reuters.com/article/idUSKBN28G0OE"),
        ("https://blog.blogspot.com/2024/12/a.html?m=1", "https://blog.blogspot.com/2024/12/a.html"),
        // Tracking that `canonical` leaves.
        ("https://www.aljazeera.com/news/2024/12/8/x?traffic_source=rss", "https://www.aljazeera.com/news/2024/12/8/x"),
        ("https://www.dw.com/en/x/a-1?maca=en-rss-en-all-1573-rdf", "https://www.dw.com/en/x/a-1"),
        ("https://www.bbc.com/news/articles/c4g?at_medium=RSS&at_campaign=rss&at_format=link", "https://www.bbc.com/news/articles/c4g"),
        ("https://www.lemonde.fr/a_1.html?xtor=RSS-3208", "https://www.lemonde.fr/a_1.html"),
        ("https://twitter.com/a/status/1?ref_src=twsrc%5Etfw", "https://twitter.com/a/status/1"),
        ("https://example.org/a?mibextid=Zxz2cZ&id=5", "https://example.org/a?id=5"),
    ];

    #[test]
    fn the_pages_of_one_article_are_known_as_one() {
        for (url, expected) in KNOWN {
            let found = aliases(&canonical(url).unwrap());
            assert!(found.iter().any(|alias| alias == expected), "{url}: {found:?}");
            assert!(found.len() <= 4, "{url}: {found:?}");
        }
    }

    #[test]
    fn an_ordinary_address_has_no_alias() {
        for url in [
            "https://example.org/a?id=5",
            "https://www.example.org/news/1",
            "https://example.org/p?ref=homepage&source=x&from=y&s=3&page=2&feature=z",
            "https://example.org/?p=1",
            "https://camp.example.org/champ/ramp",
            "https://example.org/?amp=5",
            "https://example.org/?output=json",
            "https://example.org/?m=1",
            "https://t.me/channel/12",
            "https://m.me/x",
            "https://mobile.de/",
            "https://www.google.com/search?q=amp",
            "https://127.0.0.1/a",
            "nonsense",
        ] {
            let canonical = canonical(url).unwrap_or_else(|| url.to_owned());
            assert_eq!(aliases(&canonical), Vec::<String>::new(), "{url}");
        }
    }

    #[test]
    fn no_alias_is_the_site_itself() {
        for url in ["https://example.org/amp", "https://example.org/?traffic_source=rss", "https://m.example.org/"] {
            assert_eq!(aliases(&canonical(url).unwrap()), Vec::<String>::new(), "{url}");
        }
    }

    #[test]
    fn aliases_are_canonical_and_in_the_end_have_none() {
        for (url, _) in KNOWN {
            for alias in aliases(&canonical(url).unwrap()) {
                assert_eq!(canonical(&alias).as_deref(), Some(alias.as_str()));
                assert!(aliases(&alias).iter().all(|second| aliases(second).len() <= 1), "{alias}");
            }
        }
    }
}
