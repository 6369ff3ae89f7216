//! What a rule's alerts do beside being told: what is one alert, when is it told again, when does it wait. The nouns and the one
//! decision over them; state and time are arguments.

use super::{digest::Digest, quiet::Quiet};
use crate::engine::rule::Severity;

/// What makes one alert of many matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupBy {
    /// Each story alerts once.
    #[default]
    Story,
    /// Each article alerts, copies of it excepted.
    Article,
    /// All that the rule finds within the cooldown, an hour where none is given.
    Rule,
}

/// What makes a story that was told worth another word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// It is told in a language that it was not told in before.
    NewLanguage,
    /// So many publishers have a text of their own on it, for the first time; a text that several print counts once.
    Sources(usize),
    /// A feed with the tag `official` tells it, for the first time.
    Official,
    /// In the sentences in which the rule hit, another figure of the same kind (dead, hurt, displaced, …) is named than was told.
    NumberChanged,
    /// An article of it was edited.
    Edited,
}

/// What makes an alert one step more severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escalation {
    /// So many publishers have a text of their own on its story.
    Sources(usize),
    /// Nobody acknowledged it for so long, in milliseconds; it is told again.
    Unacknowledged(i64),
}

/// The policy of one rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// What is one alert.
    pub group_by: GroupBy,
    /// The least time between two messages of an alert, in milliseconds; 0 for none.
    pub cooldown_ms: i64,
    /// What is worth another message.
    pub follow_up: Vec<FollowUp>,
    /// What raises the severity.
    pub escalate: Vec<Escalation>,
    /// When its messages wait.
    pub quiet: Option<Quiet>,
    /// Its messages are gathered.
    pub digest: Option<Digest>,
    /// The most messages within any hour at one sink; what is over waits for a digest.
    pub max_per_hour: Option<u32>,
    /// Set where its messages are of a storm, which are told in one when all of it is archived: at this moment at the latest, Unix
    /// milliseconds.
    pub storm_until_ms: Option<i64>,
}

/// One hour, in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;

/// The most articles of one document that a rule may tell of each by itself. One that brings more is a storm: an archive that was
/// put into a feed, a publisher who renewed all that there is, somebody who wants to be heard.
pub const MOST_AT_ONCE: usize = 50;

/// How long a storm takes to be archived at most, in milliseconds, before it is told in parts; or whatever was, before a kill.
const STORM_MS: i64 = 60_000;

impl Policy {
    /// The same for the articles of a storm.
    pub fn in_storm(&self, now_ms: i64) -> Policy {
        Policy { storm_until_ms: Some(now_ms.saturating_add(STORM_MS)), ..self.clone() }
    }

    /// How long a group of [`GroupBy::Rule`] takes matches in, in milliseconds.
    pub fn window_ms(&self) -> i64 {
        if self.cooldown_ms > 0 { self.cooldown_ms } else { HOUR_MS }
    }

    /// Whether it makes a difference how many more sources there are than so many.
    pub fn asks_for_more_sources_than(&self, told: usize) -> bool {
        let follow_up = self.follow_up.iter().any(|on| matches!(on, FollowUp::Sources(n) if *n > told));
        follow_up || self.escalate.iter().any(|on| matches!(on, Escalation::Sources(n) if *n > told))
    }

    /// When an alert raised at `now_ms` escalates for want of an answer.
    pub fn escalates_ms(&self, now_ms: i64) -> Option<i64> {
        let waits = self.escalate.iter().filter_map(|escalation| match escalation {
            Escalation::Unacknowledged(after_ms) => Some(now_ms.saturating_add(*after_ms)),
            Escalation::Sources(_) => None,
        });
        waits.min()
    }
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldFor {
    /// The user paused everything.
    Pause,
    /// Quiet hours.
    Quiet,
    /// Its alert was told just now.
    Cooldown,
    /// It goes into a digest.
    Digest,
    /// The rule's budget is spent, or more came of one document than is told each by itself: it goes into a digest.
    Budget,
}

impl HeldFor {
    /// All of them.
    pub const ALL: [HeldFor; 5] = [HeldFor::Pause, HeldFor::Quiet, HeldFor::Cooldown, HeldFor::Digest, HeldFor::Budget];

    /// As the archive writes it.
    pub fn word(self) -> &'static str {
        match self {
            HeldFor::Pause => "pause",
            HeldFor::Quiet => "quiet",
            HeldFor::Cooldown => "cooldown",
            HeldFor::Digest => "digest",
            HeldFor::Budget => "budget",
        }
    }

    /// Of the word that [`HeldFor::word`] gave.
    pub fn of(word: &str) -> Option<HeldFor> {
        HeldFor::ALL.into_iter().find(|why| why.word() == word)
    }

    /// Whether what waits so is told in one message with what else waits.
    pub fn gathers(self) -> bool {
        matches!(self, HeldFor::Digest | HeldFor::Budget)
    }
}

/// A message that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Until when, Unix milliseconds.
    pub until_ms: i64,
    /// Why.
    pub why: HeldFor,
}

/// What else decides whether a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The user paused everything until then, Unix milliseconds.
    pub paused_until_ms: Option<i64>,
    /// The alert was told last at this sink then, Unix milliseconds.
    pub told_ms: Option<i64>,
    /// The rule's budget at this sink is spent until then, Unix milliseconds.
    pub spent_until_ms: Option<i64>,
}

/// Whether a message of this severity waits at `now_ms`, and until when. A pause holds everything; nothing else holds what
/// is critical, though a storm of it is told in one too. What waits longer than a storm of its own is still told in one.
pub fn hold(policy: &Policy, severity: Severity, standing: Standing, now_ms: i64) -> Option<Hold> {
    let paused_until_ms = standing.paused_until_ms.filter(|until_ms| *until_ms > now_ms);
    let paused = paused_until_ms.map(|until_ms| Hold { until_ms, why: HeldFor::Pause });
    let held = paused.or_else(|| if severity == Severity::Critical { None } else { bearable(policy, standing, now_ms) });
    match (held, policy.storm_until_ms) {
        (Some(hold), Some(until_ms)) if !hold.why.gathers() => Some(Hold { until_ms: hold.until_ms.max(until_ms), why: HeldFor::Budget }),
        (held, storm_until_ms) => held.or(storm_until_ms.map(|until_ms| Hold { until_ms, why: HeldFor::Budget })),
    }
}

/// Why and until when a message waits that may: it is not critical.
fn bearable(policy: &Policy, standing: Standing, now_ms: i64) -> Option<Hold> {
    if let Some(until_ms) = policy.quiet.as_ref().and_then(|quiet| quiet.until_ms(now_ms)) {
        return Some(Hold { until_ms, why: HeldFor::Quiet });
    }
    // A told time in the future is a clock that was set back.
    let rest_ms = standing.told_ms.filter(|told_ms| *told_ms <= now_ms).map(|told_ms| told_ms.saturating_add(policy.cooldown_ms));
    if let Some(until_ms) = rest_ms.filter(|until_ms| *until_ms > now_ms) {
        return Some(Hold { until_ms, why: HeldFor::Cooldown });
    }
    if let Some(digest) = &policy.digest {
        return Some(Hold { until_ms: digest.next_ms(now_ms), why: HeldFor::Digest });
    }
    let spent = standing.spent_until_ms.filter(|until_ms| *until_ms > now_ms);
    spent.map(|until_ms| Hold { until_ms, why: HeldFor::Budget })
}

/// One step up.
pub fn raised(severity: Severity) -> Severity {
    match severity {
        Severity::Low => Severity::Normal,
        Severity::Normal => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{civil::time, tz::TimeZone};

    fn nightly() -> Policy {
        let quiet = Quiet::new("night", time(22, 0, 0, 0), time(7, 0, 0, 0), TimeZone::UTC);
        Policy { quiet: Some(quiet), digest: Some(Digest::Every(HOUR_MS)), cooldown_ms: 60_000, ..Policy::default() }
    }

    #[test]
    fn the_first_reason_that_holds_is_the_one() {
        let (night, day) = (23 * HOUR_MS, 12 * HOUR_MS + 1);
        let all = Standing { paused_until_ms: Some(i64::MAX), told_ms: Some(day - 1), spent_until_ms: Some(day + 5) };
        let why = |policy: &Policy, severity, standing, now_ms| hold(policy, severity, standing, now_ms).map(|hold| hold.why);
        assert_eq!(why(&nightly(), Severity::Critical, all, night), Some(HeldFor::Pause));
        let going = Standing { paused_until_ms: Some(day), ..all };
        assert_eq!(why(&nightly(), Severity::Critical, going, night), None);
        assert_eq!(why(&nightly(), Severity::High, going, night), Some(HeldFor::Quiet));
        assert_eq!(why(&nightly(), Severity::High, going, day), Some(HeldFor::Cooldown));
        assert_eq!(why(&nightly(), Severity::High, Standing { told_ms: None, ..going }, day), Some(HeldFor::Digest));
        assert_eq!(why(&Policy::default(), Severity::High, going, day), Some(HeldFor::Budget));
        assert_eq!(why(&Policy::default(), Severity::High, Standing::default(), day), None);
        let until = |policy: &Policy, severity| hold(&policy.in_storm(day), severity, Standing::default(), day).map(|hold| hold.until_ms);
        let plain = Policy::default();
        assert_eq!([Severity::Low, Severity::Critical].map(|severity| until(&plain, severity)), [Some(day + STORM_MS); 2]);
        assert_eq!(until(&nightly(), Severity::Low), Some(13 * HOUR_MS), "a digest that is due later tells the storm too");
        let at_night = hold(&nightly().in_storm(night), Severity::Low, Standing::default(), night);
        assert_eq!(at_night, Some(Hold { until_ms: 31 * HOUR_MS, why: HeldFor::Budget }), "in the morning it is told in one");
        let paused = Standing { paused_until_ms: Some(day + 1), ..Standing::default() };
        let in_pause = hold(&plain.in_storm(day), Severity::Critical, paused, day);
        assert_eq!(in_pause, Some(Hold { until_ms: day + STORM_MS, why: HeldFor::Budget }));
    }

    #[test]
    fn each_reason_is_read_back_from_its_word() {
        for why in HeldFor::ALL {
            assert_eq!(HeldFor::of(why.word()), Some(why));
        }
        assert_eq!(HeldFor::of("x"), None);
    }
}
