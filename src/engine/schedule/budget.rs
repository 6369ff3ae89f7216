//! How often each feed is worth a request: in proportion to the square root of its posting rate, so that the mean delay over
//! all feeds is least for a given number of requests (Sia and Cho, "Efficient Monitoring Algorithm for Fast News Alerts",
//! 2007). Pure arithmetic; what a server permits is for others to say.

use super::rhythm::Profile;
use crate::engine::rule::Severity;
use std::time::Duration;

/// However quiet a feed is, it is asked once a day.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// However busy it is, it is asked once a minute at most.
pub const SHORTEST: Duration = Duration::from_secs(60);
/// A feed is asked before it is likely to have brought this share of what its document holds: what scrolls out unseen is lost.
const FULL: f64 = 0.5;

/// What an entry of a feed is worth, by the severities of the rules that can match it: 1 for normal ones, a quarter where no
/// rule listens and the feed is only archived.
pub fn weight(watching: impl Iterator<Item = Severity>) -> f64 {
    watching.max().map_or(0.25, |severity| match severity {
        Severity::Low => 0.5,
        Severity::Normal => 1.0,
        Severity::High => 2.0,
        Severity::Critical => 4.0,
    })
}

/// The factor that spends `requests` an hour on feeds that pull like this (√weight × [`Profile::pull`]): a feed is asked
/// factor × pull times an hour, within [`SHORTEST`] and [`LONGEST`]. Infinite when even that leaves something.
pub fn factor(pulls: &[f64], requests: f64) -> f64 {
    let spent = |factor: f64| pulls.iter().map(|pull| (factor * pull).clamp(per_hour(LONGEST), per_hour(SHORTEST))).sum::<f64>();
    let (mut low, mut high) = (1e-6, 1e9);
    if spent(high) <= requests {
        return high;
    }
    // The exponents are halved: 60 steps are more than a double can tell apart.
    for _ in 0..60 {
        let middle = f64::sqrt(low * high);
        if spent(middle) > requests { high = middle } else { low = middle }
    }
    low
}

fn per_hour(interval: Duration) -> f64 {
    3600.0 / interval.as_secs_f64()
}

/// When a feed that was asked at `now_ms` is worth asking again, Unix milliseconds: when the integral of
/// factor × √(weight × rate) has reached 1, or its document (of so many entries) may be half full of news, if that is sooner.
pub fn wish_ms(now_ms: i64, profile: &Profile, factor: f64, weight: f64, entries: Option<u64>) -> i64 {
    let due_ms = profile.reaches(now_ms, LONGEST, |rate| factor * (weight * rate).sqrt());
    let full_ms = entries.filter(|entries| *entries > 1).map_or(i64::MAX, |entries| {
        let room = entries as f64 * FULL;
        profile.reaches(now_ms, LONGEST, |rate| rate / room)
    });
    let shortest_ms = i64::try_from(SHORTEST.as_millis()).unwrap_or(i64::MAX);
    due_ms.min(full_ms).max(now_ms + shortest_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_spends_the_budget_within_the_limits() {
        let pulls: Vec<f64> = (0..50).map(|n| 0.02 * f64::from(n * n)).collect();
        for requests in [10.0, 50.0, 500.0] {
            let factor = factor(&pulls, requests);
            let spent: f64 = pulls.iter().map(|pull| (factor * pull).clamp(1.0 / 24.0, 60.0)).sum();
            assert!((spent - requests).abs() < 0.01 * requests, "{requests}: {spent}");
        }
        assert!(factor(&pulls, 1e9) >= 1e9 && factor(&pulls, 0.0) < 1e-3 && factor(&[], 5.0) >= 1e9);
    }

    #[test]
    fn a_feed_four_times_as_busy_is_asked_twice_as_often() {
        let pause = |rate: f64, weight| wish_ms(0, &Profile::flat(rate), 1.0, weight, None);
        assert_eq!(pause(1.0, 1.0), 3_600_000);
        assert_eq!(pause(4.0, 1.0), 1_800_000);
        assert_eq!(pause(1.0, 4.0), 1_800_000);
        assert_eq!((pause(1e9, 1.0), pause(0.0, 1.0)), (60_000, 24 * 3_600_000));
    }

    #[test]
    fn a_short_document_is_read_before_it_overflows() {
        let pause = |entries| wish_ms(0, &Profile::flat(10.0), 0.1, 1.0, entries);
        assert_eq!(pause(Some(20)), 3_600_000);
        assert!(pause(None) > 3 * 3_600_000 && pause(Some(1)) == pause(None));
    }

    #[test]
    fn what_rules_ask_for_is_worth_more() {
        let of = |list: &[Severity]| weight(list.iter().copied());
        assert!(of(&[]) < of(&[Severity::Low]) && of(&[Severity::Low, Severity::Critical]) == 4.0 && of(&[Severity::Normal]) == 1.0);
    }
}
