//! Hosts with more feeds than the pause between two requests lets be asked in time. Never looks at a redirect: those are met later.

use super::{Poll, duration::show, feeds::FeedDraft, report::Problems};
use crate::engine::manners::host::name_of;
use std::collections::BTreeMap;

const HOUR_S: f64 = 3600.0;

/// Warns, at its first feed, of each host whose feeds want more requests than `host_gap` lets through.
pub(super) fn warn(feeds: &[FeedDraft], poll: &Poll, p: &mut Problems) {
    let gap_s = poll.host_gap.as_secs_f64();
    // What a feed without an interval of its own gets on the mean.
    let mean = poll.budget.map_or(HOUR_S / poll.interval.as_secs_f64(), |budget| budget as f64 / 24.0 / feeds.len().max(1) as f64);
    let mut hosts: BTreeMap<String, Vec<&FeedDraft>> = BTreeMap::new();
    for draft in feeds {
        if let Some(host) = draft.url.host_str() {
            hosts.entry(name_of(host)).or_default().push(draft);
        }
    }
    for (host, drafts) in hosts {
        let an_hour: f64 = drafts.iter().map(|draft| draft.feed.interval.map_or(mean, |own| HOUR_S / own.as_secs_f64())).sum();
        if an_hour * gap_s <= HOUR_S {
            continue;
        }
        let (count, gap, most) = (drafts.len(), show(poll.host_gap), HOUR_S / gap_s);
        let message = format!(
            "{count} feeds of `{host}` want {an_hour:.0} requests an hour, and a pause of {gap} between two lets {most:.0} through: \
             each is asked less often than its interval says"
        );
        let hint = "give them a longer `interval`, or hosts a shorter pause: `[poll] host_gap`";
        p.warning(drafts[0].url_at, message, Some(hint.into()));
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Source, load};

    fn warnings(gap: &str, interval: &str, own: &str, feeds: usize) -> Vec<String> {
        let mut text = format!("[poll]\nhost_gap = \"{gap}\"\ninterval = \"{interval}\"\n[[rule]]\nname = \"a\"\nany = [\"a\"]\n");
        (0..feeds).for_each(|n| text += &format!("[[feed]]\nurl = \"https://www.news.example/{n}\"\n{own}\n"));
        let source = Source { name: "marsad.toml".into(), text };
        let loaded = load(&[source], &Default::default()).unwrap();
        loaded.warnings.iter().map(|problem| format!("{}: {}", problem.line, problem.message)).collect()
    }

    #[test]
    fn a_pause_that_keeps_feeds_of_one_host_from_their_interval_is_told_at_the_first() {
        let told = "8: 20 feeds of `news.example` want 1200 requests an hour, and a pause of 5s between two lets 720 through: \
                    each is asked less often than its interval says";
        assert_eq!(warnings("5s", "1m", "", 20), [told]);
        assert_eq!(warnings("5s", "1d", "interval = \"1m\"", 20), [told]);
        assert_eq!(warnings("5s", "1m", "", 12), [""; 0]);
        assert_eq!(warnings("0s", "1m", "", 500), [""; 0]);
        assert_eq!(warnings("1s", "15m", "", 800), [""; 0]);
    }
}
