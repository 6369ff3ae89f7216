//! Hosts that want to be left alone, or do not answer: whose feeds wait together. Never resolves a name.

use super::DAY_MS;

/// Where many strangers' feeds lie on one publisher's servers, each under a host of its own: a limit that one of them tells is
/// the platform's. Short on purpose; a platform that is missing is treated host by host, which only asks it more often.
const PLATFORMS: [&str; 26] = [
    "blogspot.com",
    "bearblog.dev",
    "beehiiv.com",
    "buttondown.email",
    "dreamwidth.org",
    "feedburner.com",
    "github.io",
    "gitlab.io",
    "hatenablog.com",
    "libsyn.com",
    "livejournal.com",
    "medium.com",
    "micro.blog",
    "neocities.org",
    "netlify.app",
    "over-blog.com",
    "pages.dev",
    "podbean.com",
    "reddit.com",
    "simplecast.com",
    "squarespace.com",
    "substack.com",
    "tumblr.com",
    "vercel.app",
    "wixsite.com",
    "wordpress.com",
];

/// The least pause after a 429, in milliseconds; doubled for each further one.
const LIMITED_MS: i64 = 60_000;
/// The same after a host could not be reached, from the second time in a row on, and the most.
const UNREACHED_MS: i64 = 30_000;
const UNREACHED_MOST_MS: i64 = 3_600_000;

/// The name under which a host has its turn and its pauses: the platform where it is one of those, else the host itself, in
/// lower case and without `www.` and a last dot.
#[must_use]
pub fn name_of(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let below = |platform: &&&str| host.strip_suffix(**platform).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match PLATFORMS.iter().find(below) {
        Some(platform) => (*platform).to_owned(),
        None => host.strip_prefix("www.").map_or(host.clone(), str::to_owned),
    }
}

/// What is remembered of a host that is not well; one that answers is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strain {
    /// How often in a row it wanted to be left alone, or could not be reached.
    pub times: u32,
    /// Until when none of its feeds is asked, Unix milliseconds.
    pub until_ms: i64,
    /// Whether it asked for that itself, by a 429.
    pub asked: bool,
}

impl Strain {
    /// After a 429 (RFC 6585 section 4): all of the host's feeds wait for as long as it says (`Retry-After`, RFC 9110 section
    /// 10.2.3), for a minute and more where it says nothing, and for a day at most.
    #[must_use]
    pub fn limited(before: Option<Strain>, retry_after_s: Option<u64>, now_ms: i64) -> Strain {
        let times = before.unwrap_or_default().times.saturating_add(1);
        let said_ms = retry_after_s.map_or(0, |s| s.min(86_400) as i64 * 1000);
        Strain { times, until_ms: now_ms + (LIMITED_MS << (times - 1).min(11)).min(DAY_MS).max(said_ms), asked: true }
    }

    /// After a connection that came to nothing: one may be an accident, from the second on the host's feeds wait, twice as
    /// long each time, and up to an hour.
    #[must_use]
    pub fn unreached(before: Option<Strain>, now_ms: i64) -> Strain {
        let times = before.unwrap_or_default().times.saturating_add(1);
        let pause_ms = if times < 2 { 0 } else { (UNREACHED_MS << (times - 1).min(11)).min(UNREACHED_MOST_MS) };
        Strain { times, until_ms: now_ms + pause_ms, asked: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_of_a_platform_share_its_name_and_other_hosts_have_their_own() {
        for (host, name) in [
            ("WWW.Example.org", "example.org"),
            ("example.org.", "example.org"),
            ("news.example.org", "news.example.org"),
            ("a.b.substack.com", "substack.com"),
            ("substack.com", "substack.com"),
            ("notsubstack.com", "notsubstack.com"),
            ("old.reddit.com", "reddit.com"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(name_of(host), name);
        }
    }

    #[test]
    fn a_host_that_limits_is_left_alone_for_as_long_as_it_says() {
        let first = Strain::limited(None, Some(120), 1000);
        assert_eq!(first, Strain { times: 1, until_ms: 121_000, asked: true });
        assert_eq!(Strain::limited(None, None, 0).until_ms, 60_000);
        assert_eq!(Strain::limited(Some(first), Some(1), 0).until_ms, 120_000, "a second 429 doubles the least");
        assert_eq!(Strain::limited(Some(Strain { times: u32::MAX, ..first }), Some(u64::MAX), 0).until_ms, DAY_MS);
    }

    #[test]
    fn a_host_out_of_reach_is_asked_by_one_feed_at_a_time() {
        let mut strain = None;
        let pauses: Vec<i64> = (0..12)
            .map(|_| {
                strain = Some(Strain::unreached(strain, 0));
                strain.unwrap().until_ms / 1000
            })
            .collect();
        assert_eq!(pauses, [0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, 3600]);
    }
}
