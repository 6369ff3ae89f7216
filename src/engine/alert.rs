//! An alert (rule × story). How it is written down: [`json`] for programs, [`plain`] for people, over [`safe`] text, and
//! [`encode`] for the markup of whoever shows it. When it is told, and when again:
//! [`policy`] over [`quiet`] hours and [`digest`]s, [`news`] of a story that grew, [`mute`]s.

use super::rule::{Evidence, Severity};

pub mod digest;
pub mod direction;
pub mod encode;
pub mod json;
pub mod mute;
pub mod news;
pub mod noise;
pub mod plain;
pub mod policy;
pub mod quiet;
pub mod safe;

/// What an alert tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    /// An article matched a rule.
    Match,
    /// What feeds already held when they were first read: one for each rule.
    Import,
    /// What waited for a digest, or was too much for a rule's budget, in one.
    Digest,
    /// Something is wrong with a feed, a rule or marsad itself.
    Health,
}

/// An alert as it was raised. Everything a reader needs is in it: pruning an article never takes its reason away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Row in the archive.
    pub id: i64,
    /// What it tells.
    pub kind: AlertKind,
    /// Id of the rule; [`super::health::RULE`] for what marsad tells of itself.
    pub rule: String,
    /// How urgent.
    pub severity: Severity,
    /// The story it belongs to; none for an import and for health.
    pub story: Option<i64>,
    /// The article that raised it; none for an import and for health.
    pub article: Option<i64>,
    /// The article's title, or a sentence that counts what was imported or says what is wrong.
    pub title: String,
    /// Further lines: the newest titles of an import, the reasons of health; of any, that a part of it is lost.
    pub lines: Vec<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// Id of the feed that brought it, or that it is about; empty for an import.
    pub feed: String,
    /// The publisher's word, Unix milliseconds.
    pub published_ms: Option<i64>,
    /// When its feed was last read and did not hold it, Unix milliseconds: it was first offered after that, and by
    /// `first_seen_ms`. `None` where nothing is known of the time before.
    pub offered_after_ms: Option<i64>,
    /// When marsad first saw the article, or since when it is so, Unix milliseconds.
    pub first_seen_ms: i64,
    /// When the alert was raised, Unix milliseconds.
    pub alerted_ms: i64,
    /// Why it matched.
    pub evidence: Vec<Evidence>,
    /// What is new since it was told first, one line each; for the message in hand, and empty in its first.
    pub news: Vec<String>,
}

impl Alert {
    /// How long, at most, after its feed first offered it the alert was raised, in milliseconds: since the feed was last read
    /// without it, or since it was published, by its publisher's word, where that was later. `None` where neither is known, or
    /// where a clock went back.
    pub fn late_ms(&self) -> Option<i64> {
        let published_ms = self.published_ms.filter(|at_ms| *at_ms <= self.first_seen_ms);
        let late_ms = self.alerted_ms.checked_sub(self.offered_after_ms.max(published_ms)?)?;
        (late_ms >= 0).then_some(late_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::plain::tests::alert;

    #[test]
    fn an_alert_is_late_since_its_feed_was_read_without_it_or_since_it_was_published() {
        let late = |published_ms, offered_after_ms| {
            let mut alert = alert("idlib", "t", &[]);
            (alert.published_ms, alert.offered_after_ms, alert.first_seen_ms, alert.alerted_ms) =
                (published_ms, offered_after_ms, 1_000, 1_100);
            alert.late_ms()
        };
        assert_eq!(late(None, None), None);
        assert_eq!(late(Some(400), None), Some(700));
        assert_eq!(late(Some(400), Some(600)), Some(500), "offered long after it is dated");
        assert_eq!(late(Some(800), Some(600)), Some(300), "no feed offers what is not written");
        assert_eq!(late(Some(5_000), Some(600)), Some(500), "a date in the future says nothing");
        assert_eq!(late(None, Some(9_000)), None, "the clock was set back");
    }
}
