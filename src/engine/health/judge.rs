//! What is wrong, by what is known of all feeds and rules at one moment. A failure of the whole network is one condition, and
//! no feed's fault.

use super::{About, Condition, Kind, span};
use crate::engine::{alert::json::rfc3339, feed::GONE, schedule::quiet::Quiet};
use serde::{Deserialize, Serialize};

/// The kinds that are judged here: what no longer holds of them has ended.
pub const KINDS: [Kind; 9] =
    [Kind::Failing, Kind::Gone, Kind::Moved, Kind::Empty, Kind::Frozen, Kind::Silent, Kind::Renewed, Kind::Offline, Kind::Restored];

const HOUR_MS: i64 = 3_600_000;
/// A feed fails when so many polls in a row have failed …
const FAILURES: i64 = 3;
/// … and none has gone well for so long, in milliseconds.
const FAILING_MS: i64 = HOUR_MS;
/// So many feeds must fail, and no other be reached, before the network is to blame.
const MANY: usize = 3;
/// No feed was reached for so long, in milliseconds: the network is away, and not for a moment.
const OFFLINE_MS: i64 = 15 * 60_000;
/// For so long after a start or a sleep, in milliseconds, nothing is said of a rule's silence: first the feeds are asked what there was.
const SETTLING_MS: i64 = HOUR_MS;

/// What is known of a feed of the config.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedFacts {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// How many polls in a row have failed.
    pub failures: i64,
    /// Why the last one did.
    pub error: Option<String>,
    /// When it was last polled, Unix milliseconds.
    pub last_poll_ms: Option<i64>,
    /// When a poll last went well, Unix milliseconds.
    pub last_ok_ms: Option<i64>,
    /// When it last brought something, Unix milliseconds.
    pub last_new_ms: Option<i64>,
    /// Entries of its last document.
    pub entries: Option<u64>,
    /// Its silence.
    pub quiet: Quiet,
    /// When the address that its server gave was adopted, Unix milliseconds.
    pub moved_ms: Option<i64>,
    /// Since when its server says "unchanged" of what has changed, Unix milliseconds.
    pub frozen_ms: Option<i64>,
    /// When all its identifiers last changed at once, Unix milliseconds, and of how many entries.
    pub renewed: Option<(i64, i64)>,
}

/// What is known of a rule of the config, from the alerts that it raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFacts {
    /// Its id.
    pub id: String,
    /// When each of its newest alerts was raised, Unix milliseconds, in order.
    pub alerts_ms: Vec<i64>,
}

/// What holds at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// What is wrong.
    pub holding: Vec<Condition>,
    /// Whether the network is away, or may be since somebody began to ask: then nothing can be said of feeds and rules.
    away: bool,
    /// Rules that are silent, of which that can only be said when the feeds were asked what there was.
    unsure: Vec<About>,
}

impl Findings {
    /// Whether a condition goes on that was found before and is not now.
    pub fn leave(&self, about: &About) -> bool {
        match about {
            About::Feed(_) | About::Network => self.away,
            About::Rule(_) => self.away || self.unsure.contains(about),
            _ => false,
        }
    }
}

/// What is wrong with feeds, rules and the network. `watched_ms` is since when there was somebody to ask them: the start, or the last
/// time that the machine slept.
pub fn all(of_feeds: &[FeedFacts], of_rules: &[RuleFacts], watched_ms: i64, now_ms: i64) -> Findings {
    if let Some(offline) = offline(of_feeds, watched_ms, now_ms) {
        // The network may take a moment to come back after a sleep.
        let holding = if now_ms - watched_ms < OFFLINE_MS { Vec::new() } else { vec![offline] };
        return Findings { holding, away: true, unsure: Vec::new() };
    }
    let mut holding: Vec<Condition> = of_feeds.iter().flat_map(|feed| one(feed, now_ms)).collect();
    let silent = rules(of_rules, now_ms);
    let mut unsure = Vec::new();
    if now_ms - watched_ms < SETTLING_MS {
        unsure.extend(silent.into_iter().map(|condition| condition.about));
    } else {
        holding.extend(silent);
    }
    Findings { holding, away: false, unsure }
}

/// No feed was reached for a while, though several were asked since. While the machine slept nobody asked.
fn offline(facts: &[FeedFacts], watched_ms: i64, now_ms: i64) -> Option<Condition> {
    let answered = |feed: &FeedFacts| feed.error.as_ref().is_some_and(|error| error.starts_with("answered"));
    // Who answers anything at all was reached.
    let reached = |feed: &FeedFacts| feed.last_ok_ms.max(feed.last_poll_ms.filter(|_| answered(feed)));
    let reached_ms = facts.iter().filter_map(reached).max()?;
    // A failure that was the network's is not counted, so the polls themselves are.
    let asked = facts.iter().filter(|feed| feed.last_poll_ms.is_some_and(|at| at > reached_ms)).count();
    if asked < MANY || now_ms - reached_ms < OFFLINE_MS {
        return None;
    }
    let reason = facts.iter().filter(|feed| !answered(feed)).filter_map(|feed| feed.error.clone()).next();
    Some(Condition {
        about: About::Network,
        kind: Kind::Offline,
        since_ms: reached_ms,
        title: format!("no feed can be reached, for {}", span(now_ms - reached_ms.max(watched_ms))),
        lines: std::iter::once(format!("{asked} were asked since")).chain(reason).collect(),
        url: None,
    })
}

fn one(feed: &FeedFacts, now_ms: i64) -> Vec<Condition> {
    let ill = if feed.failures > 0 { failing(feed, now_ms) } else { odd(feed) };
    let condition = |(kind, since_ms, title, lines)| {
        let about = About::Feed(feed.id.clone());
        Condition { about, kind, since_ms, title, lines, url: Some(feed.url.clone()) }
    };
    [ill, moved(feed), frozen(feed), renewed(feed, now_ms)].into_iter().flatten().map(condition).collect()
}

type Said = (Kind, i64, String, Vec<String>);

fn failing(feed: &FeedFacts, now_ms: i64) -> Option<Said> {
    let reason: Vec<String> = feed.error.iter().cloned().collect();
    let since_ms = feed.last_ok_ms.or(feed.last_poll_ms).unwrap_or(now_ms);
    if feed.error.as_deref() == Some(GONE) {
        return (feed.failures > 1).then(|| (Kind::Gone, since_ms, format!("feed {} is gone", feed.id), reason));
    }
    // The clock may have been set back: then the count alone speaks.
    let long = feed.last_ok_ms.is_none_or(|ok_ms| now_ms - ok_ms >= FAILING_MS || ok_ms > now_ms);
    let for_so_long = feed.last_ok_ms.filter(|ok_ms| *ok_ms < now_ms).map_or(String::new(), |ok| format!(" for {}", span(now_ms - ok)));
    let title = format!("feed {} has failed{for_so_long}, {} times in a row", feed.id, feed.failures);
    (feed.failures >= FAILURES && long).then_some((Kind::Failing, since_ms, title, reason))
}

/// A feed that is polled at another address than the config's.
fn moved(feed: &FeedFacts) -> Option<Said> {
    let lines = vec![feed.url.clone(), format!("put it into the config, or `marsad feed stay \"{}\"` sends the feed back", feed.id)];
    Some((Kind::Moved, feed.moved_ms?, format!("feed {} has moved for good", feed.id), lines))
}

/// A feed whose server says "unchanged" of what has changed.
fn frozen(feed: &FeedFacts) -> Option<Said> {
    let lines = vec![
        "it answered 304 to a question with conditions, and had news when it was asked without".to_owned(),
        "it is asked both ways until it tells of news by itself; entries may have gone by before this was found".to_owned(),
    ];
    Some((Kind::Frozen, feed.frozen_ms?, format!("feed {} says that nothing changed, and it did", feed.id), lines))
}

/// A feed whose entries all came under new identifiers, a day ago at most.
fn renewed(feed: &FeedFacts, now_ms: i64) -> Option<Said> {
    let (at_ms, count) = feed.renewed.filter(|(at_ms, _)| (now_ms - at_ms).abs() < 24 * HOUR_MS)?;
    let lines = vec![match count {
        0 => "none was known again; those that are older than the last look are archived as new, and told in a summary at most".to_owned(),
        _ => format!("{count} entries were known again by what they say; none of them was told as news"),
    }];
    Some((Kind::Renewed, at_ms, format!("feed {} has new identifiers for all entries", feed.id), lines))
}

/// What is odd about a feed whose polls go well.
fn odd(feed: &FeedFacts) -> Option<Said> {
    let at_ms = feed.last_ok_ms?;
    if feed.entries == Some(0) && feed.last_new_ms.is_some() {
        let lines = vec!["its document is valid, and held entries before".to_owned()];
        return Some((Kind::Empty, at_ms, format!("feed {} is empty", feed.id), lines));
    }
    let since_ms = feed.quiet.news_ms.filter(|_| feed.quiet.is_odd())?;
    let title = format!("feed {} has brought nothing for {}", feed.id, span(feed.quiet.asked_ms - since_ms));
    let lines = vec![
        format!("by its own rhythm about {:.0} entries were to be expected", feed.quiet.missed),
        format!("its longest pause so far was {}", span(feed.quiet.longest_ms)),
    ];
    Some((Kind::Silent, since_ms, title, lines))
}

/// How many alerts a rule must have raised before its silence says anything.
const HISTORY: usize = 20;
/// A rule's silence is never shorter, in milliseconds.
const RULE_LEAST_MS: i64 = 24 * HOUR_MS;

/// Which rules have gone quiet: improbable (10⁻⁴) at the mean of their own alerts, and twice as long as they ever were.
fn rules(facts: &[RuleFacts], now_ms: i64) -> Vec<Condition> {
    let one = |rule: &RuleFacts| {
        let (first_ms, last_ms) = (*rule.alerts_ms.first()?, *rule.alerts_ms.last()?);
        let longest_ms = rule.alerts_ms.windows(2).map(|pair| pair[1] - pair[0]).max()?;
        let (count, pause_ms) = (rule.alerts_ms.len() as f64, now_ms - last_ms);
        let missed = count * pause_ms as f64 / (last_ms - first_ms).max(1) as f64;
        let odd = rule.alerts_ms.len() >= HISTORY && pause_ms >= RULE_LEAST_MS.max(2 * longest_ms) && missed > 9.21;
        odd.then(|| Condition {
            about: About::Rule(rule.id.clone()),
            kind: Kind::Silent,
            since_ms: last_ms,
            title: format!("rule {} has raised nothing for {}", rule.id, span(pause_ms)),
            lines: vec![
                format!("about {missed:.0} alerts were to be expected; its longest pause so far was {}", span(longest_ms)),
                "`marsad status` says which of its feeds are seen".to_owned(),
            ],
            url: None,
        })
    };
    facts.iter().filter_map(one).collect()
}

/// How an archive came to take the place of a damaged one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// When the backup was made that it goes on from, Unix milliseconds; `None` where there was none, and it began empty.
    pub backup_ms: Option<i64>,
    /// Where the damaged file is.
    pub aside: String,
    /// What was wrong with it.
    pub reason: String,
}

/// For how long it is told that the archive is another one, in milliseconds.
const RESTORED_MS: i64 = 24 * HOUR_MS;

/// That the archive is not the one that it was, for a day.
pub fn restored(restored: &Restored, now_ms: i64) -> Option<Condition> {
    if !(0..RESTORED_MS).contains(&(now_ms - restored.at_ms)) {
        return None;
    }
    let time = |ms| rfc3339(ms).unwrap_or_default();
    let (title, lost) = match restored.backup_ms {
        Some(ms) => (
            format!("the archive was damaged; marsad goes on from the backup of {}", time(ms)),
            "what was archived since then is lost; what the feeds still show of it is archived again, and may be told again",
        ),
        None => (
            "the archive was damaged and there was no backup; marsad goes on with an empty one".to_owned(),
            "what was archived is lost; what the feeds show now is told in one summary for each rule",
        ),
    };
    let lines = vec![
        lost.to_owned(),
        format!("the damaged one is {}: {}", restored.aside, restored.reason),
        "much of it can still be read: `sqlite3 FILE .recover`; if it happens again, look after the disk and the memory".to_owned(),
    ];
    Some(Condition { about: About::Archive, kind: Kind::Restored, since_ms: restored.at_ms, title, lines, url: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100_000 * HOUR_MS;

    fn good(n: usize) -> FeedFacts {
        let recent = Some(NOW - 60_000);
        FeedFacts {
            id: format!("f{n}"),
            last_poll_ms: recent,
            last_ok_ms: recent,
            last_new_ms: recent,
            entries: Some(9),
            ..Default::default()
        }
    }

    fn bad(n: usize, failures: i64, hours: i64) -> FeedFacts {
        let ok = Some(NOW - hours * HOUR_MS);
        FeedFacts { failures, error: Some("connection refused".into()), last_ok_ms: ok, ..good(n) }
    }

    fn feeds(facts: &[FeedFacts], now_ms: i64) -> Vec<Condition> {
        all(facts, &[], 0, now_ms).holding
    }

    fn kinds(facts: &[FeedFacts]) -> Vec<Kind> {
        feeds(facts, NOW).iter().map(|condition| condition.kind).collect()
    }

    #[test]
    fn a_feed_that_fails_is_told_at_the_third_failure_of_an_hour() {
        assert_eq!(kinds(&[good(0), bad(1, 2, 9), bad(2, 3, 0)]), []);
        let told = feeds(&[good(0), bad(1, 3, 2)], NOW);
        assert_eq!(told[0].title, "feed f1 has failed for 2 hours, 3 times in a row");
        assert_eq!((told[0].lines[0].as_str(), told[0].since_ms), ("connection refused", NOW - 2 * HOUR_MS));
        let never = FeedFacts { last_ok_ms: None, ..bad(1, 3, 0) };
        assert_eq!(kinds(&[good(0), never]), [Kind::Failing]);
    }

    #[test]
    fn a_network_that_is_away_is_one_condition() {
        let all: Vec<_> = (0..40).map(|n| bad(n, 4, 3)).collect();
        let told = feeds(&all, NOW);
        assert_eq!((told.len(), told[0].kind, told[0].title.as_str()), (1, Kind::Offline, "no feed can be reached, for 3 hours"));
        let mut one_is_there = all.clone();
        one_is_there.push(good(99));
        assert_eq!(kinds(&one_is_there).len(), 40);
    }

    #[test]
    fn empty_gone_and_silent_are_told_apart() {
        let empty = FeedFacts { entries: Some(0), ..good(1) };
        let gone = FeedFacts { error: Some(GONE.into()), ..bad(2, 2, 30) };
        let quiet = Quiet { news_ms: Some(NOW - 30 * HOUR_MS), asked_ms: NOW, missed: 60.4, longest_ms: 9 * HOUR_MS, times: 99 };
        let silent = FeedFacts { quiet, ..good(3) };
        let never_full = FeedFacts { entries: Some(0), last_new_ms: None, ..good(4) };
        assert_eq!(kinds(&[good(0), empty, gone, silent.clone(), never_full]), [Kind::Empty, Kind::Gone, Kind::Silent]);
        let told = &feeds(&[silent], NOW)[0];
        assert_eq!((told.title.as_str(), told.lines.len()), ("feed f3 has brought nothing for 30 hours", 2));
    }

    #[test]
    fn a_move_stands_until_the_config_says_so_and_new_identifiers_for_a_day() {
        let moved = FeedFacts { moved_ms: Some(NOW - 900 * HOUR_MS), ..good(1) };
        let renewed = |hours: i64| FeedFacts { renewed: Some((NOW - hours * HOUR_MS, 30)), ..good(2) };
        assert_eq!(kinds(&[good(0), moved, renewed(2)]), [Kind::Moved, Kind::Renewed]);
        assert_eq!(kinds(&[good(0), renewed(25)]), []);
        let line = |count| feeds(&[FeedFacts { renewed: Some((NOW, count)), ..good(2) }], NOW)[0].lines[0].clone();
        assert!(line(30).starts_with("30 entries were known again") && line(0).starts_with("none was known again"), "{}", line(0));
    }

    #[test]
    fn a_server_that_denies_its_news_is_told_as_long_as_it_does() {
        let frozen = FeedFacts { frozen_ms: Some(NOW - 90 * HOUR_MS), ..good(1) };
        let told = feeds(&[good(0), frozen.clone()], NOW);
        assert_eq!((told.len(), told[0].kind, told[0].since_ms), (1, Kind::Frozen, NOW - 90 * HOUR_MS));
        assert_eq!(told[0].title, "feed f1 says that nothing changed, and it did");
        assert_eq!(kinds(&[good(0), FeedFacts { entries: Some(0), ..frozen }]), [Kind::Empty, Kind::Frozen]);
    }

    #[test]
    fn an_archive_that_took_the_place_of_another_says_so_for_a_day() {
        let mut archive = Restored { at_ms: NOW, backup_ms: Some(NOW - HOUR_MS), aside: "a.db.corrupt".into(), reason: "torn".into() };
        let told = restored(&archive, NOW + 5 * HOUR_MS).unwrap();
        assert_eq!((told.since_ms, told.lines.len()), (NOW, 3));
        assert_eq!(told.title, "the archive was damaged; marsad goes on from the backup of 1981-05-29T15:00:00Z");
        assert_eq!((restored(&archive, NOW + 24 * HOUR_MS), restored(&archive, NOW - 1)), (None, None));
        archive.backup_ms = None;
        assert!(restored(&archive, NOW).unwrap().title.ends_with("no backup; marsad goes on with an empty one"));
    }

    #[test]
    fn failures_that_were_the_networks_are_not_counted_and_it_is_told_all_the_same() {
        let forgiven = |n| FeedFacts { failures: 0, error: None, ..bad(n, 0, 1) };
        assert_eq!(kinds(&[forgiven(0), forgiven(1), forgiven(2)]), [Kind::Offline]);
    }

    #[test]
    fn who_answered_before_the_network_went_away_does_not_hide_that_it_has() {
        let hours = |n: i64| Some(NOW - n * HOUR_MS);
        let away = |n| FeedFacts { failures: 0, error: None, ..bad(n, 0, 2) };
        let refused = FeedFacts { error: Some("answered 404".into()), last_poll_ms: hours(3), ..bad(9, 4, 30) };
        let mut facts = vec![away(0), away(1), away(2), refused];
        let told = feeds(&facts, NOW);
        assert_eq!((told.len(), told[0].title.as_str()), (1, "no feed can be reached, for 2 hours"));
        facts[3].last_poll_ms = Some(NOW - 60_000);
        assert_eq!(kinds(&facts), [Kind::Failing], "it answers now");
    }

    #[test]
    fn after_a_sleep_the_network_has_its_time_to_come_back_and_rules_are_judged_when_feeds_were_asked() {
        let busy = RuleFacts { id: "idlib".into(), alerts_ms: (0..40).map(|n| NOW - (200 - n * 2) * HOUR_MS).collect() };
        let rules = std::slice::from_ref(&busy);
        let asleep: Vec<_> = (0..9).map(|n| bad(n, 4, 9)).collect();
        let awake: Vec<_> = (0..9).map(good).collect();
        let look = |facts: &[FeedFacts], minutes: i64| all(facts, rules, NOW - minutes * 60_000, NOW);
        let told = |found: &Findings| found.holding.iter().map(|condition| condition.kind).collect::<Vec<_>>();
        let (feed, rule) = (About::Feed("f1".into()), About::Rule("idlib".into()));

        // What stood before goes on, and nothing begins.
        let woken = look(&asleep, 1);
        assert!(told(&woken).is_empty() && [&feed, &rule, &About::Network].iter().all(|about| woken.leave(about)));
        let away = look(&asleep, 20);
        assert_eq!((told(&away), away.holding[0].title.as_str()), (vec![Kind::Offline], "no feed can be reached, for 20 minutes"));
        assert!(away.leave(&feed) && away.leave(&rule) && !away.leave(&About::Archive));

        let back = look(&awake, 50);
        assert!(told(&back).is_empty() && !back.leave(&feed) && !back.leave(&About::Network));
        assert!(back.leave(&rule) && !back.leave(&About::Rule("one that raises alerts again".into())));
        let settled = look(&awake, 61);
        assert!(told(&settled) == [Kind::Silent] && !settled.leave(&rule));
    }

    #[test]
    fn a_clock_that_jumps_makes_nothing_wrong_of_feeds_that_are_well() {
        for now_ms in [0, NOW - 24 * HOUR_MS, NOW + 9_000 * HOUR_MS] {
            assert_eq!(feeds(&[good(0), good(1), good(2), good(3)], now_ms), []);
        }
    }

    #[test]
    fn a_rule_that_was_busy_and_is_quiet_is_told_with_its_own_baseline() {
        let busy = RuleFacts { id: "idlib".into(), alerts_ms: (0..40).map(|n| NOW - (200 - n * 2) * HOUR_MS).collect() };
        let told = rules(std::slice::from_ref(&busy), NOW);
        assert_eq!((told.len(), told[0].title.as_str()), (1, "rule idlib has raised nothing for 5 days"));
        assert_eq!(rules(std::slice::from_ref(&busy), NOW - 100 * HOUR_MS), [], "22 hours are not enough");
        let rare = RuleFacts { alerts_ms: busy.alerts_ms[..10].to_vec(), ..busy.clone() };
        assert_eq!(rules(&[rare], NOW), [], "nobody knows what is usual");
    }
}
