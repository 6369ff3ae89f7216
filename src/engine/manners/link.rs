//! Whether the network is there at all. When hosts that have nothing in common are all out of reach, and none has answered in
//! between, it is not their fault: no failure is counted, and one feed at a time is asked until somebody answers.

use std::collections::BTreeSet;

/// The hosts that must be out of reach, where there are that many; of many hosts, a quarter.
const HOSTS: usize = 3;
/// Between two probes, in milliseconds: the first, and the longest.
const PROBE_MS: i64 = 5_000;
const PROBE_MOST_MS: i64 = 60_000;

/// What is known of the network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// Hosts out of reach since somebody answered last.
    hosts: BTreeSet<String>,
    /// Rows of the feeds whose failure was counted since then.
    counted: Vec<i64>,
    /// How many probes have failed; `None` while the network is there.
    down: Option<u32>,
    /// When to ask again, Unix milliseconds.
    probe_ms: i64,
}

impl Link {
    /// Whether the network is away.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether a feed may be asked now, with `under_way` of them asked already.
    #[must_use]
    pub fn may_ask(&self, under_way: usize, now_ms: i64) -> bool {
        // A probe that is due long from now was set by a clock that was wrong.
        !self.is_down() || (under_way == 0 && (now_ms >= self.probe_ms || self.probe_ms - now_ms > PROBE_MOST_MS))
    }

    /// Somebody answered. Says whether the network has come back by that.
    pub fn answered(&mut self) -> bool {
        let was_down = self.is_down();
        *self = Link::default();
        was_down
    }

    /// The feed of this row could not reach `host`, one of `known` hosts. Where that shows that the network is away, gives the
    /// rows whose failures since the last answer are not to be counted: at first all that were, then each probe's own. Else it is
    /// to be counted ([`Link::count`]).
    pub fn unreached(&mut self, host: &str, row: i64, known: usize, now_ms: i64) -> Option<Vec<i64>> {
        self.hosts.insert(host.to_owned());
        let probes = match self.down {
            Some(probes) => probes.saturating_add(1),
            // Of one host alone nobody can tell whose fault it is.
            None if known >= 2 && self.hosts.len() >= known.min(HOSTS).max(known / 4) => 0,
            None => return None,
        };
        self.down = Some(probes);
        self.probe_ms = now_ms + (PROBE_MS << probes.min(4)).min(PROBE_MOST_MS);
        let counted = std::mem::take(&mut self.counted);
        Some(counted.into_iter().chain([row]).collect())
    }

    /// A failure to reach a host is written down in the feed's row. Says whether it counts: the network may have been found away
    /// since.
    #[must_use]
    pub fn count(&mut self, row: i64) -> bool {
        if !self.is_down() {
            self.counted.push(row);
        }
        !self.is_down()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_hosts_out_of_reach_and_no_answer_between_mean_that_the_network_is_away() {
        let mut link = Link::default();
        assert_eq!(link.unreached("a", 1, 9, 0), None);
        assert!(link.count(1));
        assert_eq!(link.unreached("a", 2, 9, 0), None, "one host is one host");
        assert_eq!(link.unreached("b", 3, 9, 0), None);
        assert!(link.count(3));
        assert_eq!(link.unreached("c", 4, 9, 0), Some(vec![1, 3, 4]));
        assert!(!link.count(2), "it was not written down until now");
        assert_eq!(link.unreached("d", 5, 9, 0), Some(vec![5]), "each later one is forgiven too");
        assert!(link.is_down() && link.answered() && !link.is_down() && !link.answered());
    }

    #[test]
    fn an_answer_in_between_means_that_it_is_there() {
        let mut link = Link::default();
        for host in ["a", "b", "c", "d", "e"] {
            assert_eq!(link.unreached(host, 1, 9, 0), None);
            assert!(!link.answered());
        }
    }

    #[test]
    fn few_hosts_need_all_of_them_and_one_alone_says_nothing() {
        let mut link = Link::default();
        assert!((0..9).all(|_| link.unreached("a", 1, 1, 0).is_none()));
        let mut link = Link::default();
        assert_eq!(link.unreached("a", 1, 2, 0), None);
        assert_eq!(link.unreached("b", 2, 2, 0), Some(vec![2]));
        let mut link = Link::default();
        assert!((0..24).all(|n| link.unreached(&n.to_string(), n, 100, 0).is_none()), "of a hundred, a quarter");
        assert!(link.unreached("24", 24, 100, 0).is_some());
    }

    #[test]
    fn one_feed_at_a_time_asks_whether_it_is_back_ever_more_seldom() {
        let mut link = Link::default();
        assert!(link.may_ask(500, 0));
        link.unreached("a", 1, 2, 0);
        link.unreached("b", 2, 2, 0);
        let mut at_ms = 0;
        let pauses: Vec<i64> = (0..6)
            .map(|_| {
                let next = (at_ms..).step_by(1000).find(|ms| link.may_ask(0, *ms)).unwrap();
                assert!(!link.may_ask(1, next), "never two");
                link.unreached("a", 1, 2, next);
                let pause = next - at_ms;
                at_ms = next;
                pause
            })
            .collect();
        assert_eq!(pauses, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
        assert!(link.may_ask(0, at_ms - 3_600_000), "the clock was set back");
    }
}
