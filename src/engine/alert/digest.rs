//! Digests: when one is due, and how alerts are ranked and told in one. Never decides what goes into it.

use super::{Alert, safe::piece};
use crate::engine::rule::Severity;
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use std::collections::BTreeMap;

/// The id under which digests stand in the archive, where other alerts have their rule's.
pub const RULE: &str = "digest";

/// The most alerts that a digest names; all are counted.
const NAMED: usize = 20;
/// The most graphemes of a title in it.
const MAX_TITLE: usize = 120;

/// When a digest is due.
#[derive(Debug, Clone, PartialEq)]
pub enum Digest {
    /// So often, in milliseconds, counted from midnight in UTC of the first day of 1970.
    Every(i64),
    /// At these times of each day, ascending and at least one, by the clocks of a zone.
    At(Vec<Time>, TimeZone),
}

impl Digest {
    /// The first time after `now_ms`, Unix milliseconds.
    pub fn next_ms(&self, now_ms: i64) -> i64 {
        match self {
            Digest::Every(ms) => (now_ms.div_euclid(*ms).saturating_add(1)).saturating_mul(*ms),
            // Out of the calendar: at once.
            Digest::At(times, zone) => next_time(times, zone, now_ms).unwrap_or(now_ms),
        }
    }
}

fn next_time(times: &[Time], zone: &TimeZone, now_ms: i64) -> Option<i64> {
    let now = Timestamp::from_millisecond(now_ms).ok()?;
    let mut day = zone.to_datetime(now).date();
    // Three days: a zone may leave one out.
    for _ in 0..3 {
        for time in times {
            let at = zone.to_ambiguous_timestamp(day.to_datetime(*time)).compatible().ok()?.as_millisecond();
            if at > now_ms {
                return Some(at);
            }
        }
        day = day.tomorrow().ok()?;
    }
    None
}

/// One alert on its way into a digest.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The alert.
    pub alert: Alert,
    /// How many sources its story has.
    pub sources: usize,
}

/// What a digest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How many alerts, of which rules.
    pub title: String,
    /// The most urgent first; of equals those with more sources, then the newest.
    pub lines: Vec<String>,
    /// The highest of them.
    pub severity: Severity,
}

/// Ranks alerts and tells them in one; `counts` is how many there are of each rule, of which `entries` are the most urgent.
pub fn tell(counts: &BTreeMap<&str, usize>, mut entries: Vec<Entry>) -> Told {
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.alert.severity, entry.sources, entry.alert.alerted_ms, entry.alert.id)));
    let all: usize = counts.values().sum();
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let counts: Vec<_> = counts.into_iter().map(|(rule, count)| format!("{} {count}", piece(rule, 40))).collect();
    let noun = if all == 1 { "alert" } else { "alerts" };
    let line = |entry: &Entry| {
        let title = piece(&entry.alert.title, MAX_TITLE);
        let feed = if entry.alert.feed.is_empty() { String::new() } else { format!(" ({})", piece(&entry.alert.feed, 40)) };
        let sources = if entry.sources > 1 { format!(", {} sources", entry.sources) } else { String::new() };
        format!("{title}{feed}{sources}")
    };
    Told {
        title: format!("{all} {noun}: {}", counts.join(", ")),
        lines: entries.iter().take(NAMED).map(line).collect(),
        severity: entries.first().map_or(Severity::Normal, |entry| entry.alert.severity),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain::tests::alert, *};
    use jiff::civil::{date, time};

    #[test]
    fn the_next_digest_is_always_ahead_and_at_its_time() {
        let zone = TimeZone::get("Europe/Istanbul").unwrap();
        let at = |hour, minute| zone.to_ambiguous_timestamp(date(2026, 5, 2).at(hour, minute, 0, 0)).compatible().unwrap().as_millisecond();
        let twice = Digest::At(vec![time(8, 0, 0, 0), time(18, 0, 0, 0)], zone.clone());
        assert_eq!(twice.next_ms(at(7, 59)), at(8, 0));
        assert_eq!(twice.next_ms(at(8, 0)), at(18, 0));
        assert_eq!(twice.next_ms(at(20, 0)), at(8, 0) + 86_400_000);
        assert_eq!(Digest::Every(3_600_000).next_ms(3_600_000), 7_200_000);
        assert_eq!(Digest::Every(3_600_000).next_ms(3_599_999), 3_600_000);
    }

    #[test]
    fn a_digest_ranks_by_severity_then_sources_then_time() {
        let entry = |rule, title, severity, sources, at_ms| {
            let mut alert = alert(rule, title, &[]);
            (alert.severity, alert.alerted_ms) = (severity, at_ms);
            Entry { alert, sources }
        };
        let entries = vec![
            entry("idlib", "old", Severity::Normal, 1, 1),
            entry("idlib", "new", Severity::Normal, 1, 2),
            entry("truce", "wide", Severity::Normal, 4, 0),
            entry("idlib", "urgent", Severity::High, 1, 0),
        ];
        let told = tell(&BTreeMap::from([("idlib", 3_000), ("truce", 1)]), entries);
        assert_eq!((told.title.as_str(), told.severity), ("3001 alerts: idlib 3000, truce 1", Severity::High));
        let titles: Vec<_> = told.lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(titles, ["urgent", "wide", "new", "old"]);
        assert!(told.lines[1].ends_with("(enab), 4 sources"), "{}", told.lines[1]);
    }
}
