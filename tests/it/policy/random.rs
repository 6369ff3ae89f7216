//! Cooldowns, budgets, digests and pauses over random streams of articles: their limits hold, nothing is lost, the account
//! balances after each.

use super::stand::{Piece, Ruled, SINK, Sent, Stand};
use jiff::{civil::time, tz::TimeZone};
use marsad::{
    engine::{
        alert::{
            digest::Digest,
            policy::{Escalation, FollowUp, GroupBy, HOUR_MS, Policy},
            quiet::Quiet,
        },
        rule::Severity,
    },
    store::pause,
};
use proptest::prelude::*;
use std::collections::HashMap;

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Clone)]
enum Step {
    /// After so many minutes, of this story, by this feed, in this language.
    Article(i64, usize, usize, usize),
    Pause(i64),
    Resume,
    /// After so many minutes the article that came so many ago has new words.
    Edit(i64, usize),
    /// The config has those of three sinks that this number has the bits of.
    Sinks(usize),
    /// Those of them refuse from now on what they are told.
    Down(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..50_i64, 0..6_usize, 0..5_usize, 0..3_usize).prop_map(|(gap, story, feed, language)| Step::Article(gap, story, feed, language)),
        1 => (1..300_i64).prop_map(Step::Pause),
        1 => Just(Step::Resume),
    ]
}

/// What [`step`] gives, with edits and reloads between.
fn step_with_reloads() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => step(),
        2 => (0..50_i64, 0..8_usize).prop_map(|(gap, ago)| Step::Edit(gap, ago)),
        1 => (1..8_usize).prop_map(Step::Sinks),
        1 => (0..8_usize).prop_map(Step::Down),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    let group = prop_oneof![Just(GroupBy::Story), Just(GroupBy::Article), Just(GroupBy::Rule)];
    (group, prop_oneof![Just(0), Just(30), Just(120)], any::<bool>(), any::<bool>(), proptest::option::of(1..4_u32)).prop_map(
        |(group_by, cooldown, quiet, digest, max_per_hour)| Policy {
            group_by,
            cooldown_ms: cooldown * MINUTE_MS,
            follow_up: vec![FollowUp::NewLanguage, FollowUp::Sources(2), FollowUp::Sources(4)],
            quiet: quiet.then(|| Quiet::new("q", time(22, 0, 0, 0), time(7, 0, 0, 0), TimeZone::UTC)),
            digest: digest.then_some(Digest::Every(HOUR_MS)),
            max_per_hour,
            ..Policy::default()
        },
    )
}

/// Those of three sinks that this number has the bits of.
fn sinks(bits: usize) -> Vec<&'static str> {
    ["hook", "phone", "team"].into_iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, sink)| sink).collect()
}

/// The messages of a stream, in the order of their going; checked every ten minutes, and three days beyond the end.
fn run(stand: &mut Stand, steps: &[Step]) -> Vec<Sent> {
    let mut now_ms = 1_800_000_000_000;
    let mut sent = Vec::new();
    let mut go = |stand: &mut Stand, from_ms: i64, to_ms: i64| {
        let mut at_ms = from_ms;
        while at_ms < to_ms {
            at_ms = (at_ms + 10 * MINUTE_MS).min(to_ms);
            sent.extend(stand.send(at_ms));
        }
    };
    let mut arrived = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Article(gap, story, feed, language) => {
                go(stand, now_ms, now_ms + gap * MINUTE_MS);
                now_ms += gap * MINUTE_MS;
                let (title, link) = (format!("Story {story}"), format!("https://news.example/story/{story}"));
                arrived.push((*feed, title.clone(), link.clone(), ["ar", "tr", "ru"][*language]));
                stand.arrive(&Piece { feed: *feed, title: &title, link: &link, language: ["ar", "tr", "ru"][*language] }, now_ms);
                go(stand, now_ms - 1, now_ms);
            }
            Step::Edit(gap, ago) => {
                go(stand, now_ms, now_ms + gap * MINUTE_MS);
                now_ms += gap * MINUTE_MS;
                if let Some(serial) = arrived.len().checked_sub(*ago).filter(|serial| *serial > 0) {
                    let (feed, title, link, language) = &arrived[serial - 1];
                    stand.edit(serial, &Piece { feed: *feed, title, link, language }, &format!("edited {at}"), now_ms);
                }
                go(stand, now_ms - 1, now_ms);
            }
            Step::Sinks(bits) => stand.reload(&sinks(*bits), now_ms),
            Step::Down(bits) => stand.down = sinks(*bits).into_iter().map(str::to_owned).collect(),
            Step::Pause(minutes) => drop(pause::pause(&stand.connection, now_ms + minutes * MINUTE_MS).unwrap()),
            Step::Resume => drop(pause::resume(&stand.connection, now_ms).unwrap()),
        }
    }
    go(stand, now_ms, now_ms + 72 * HOUR_MS);
    sent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cooldowns_and_budgets_hold_on_any_stream_and_nothing_is_lost(policy in policy(), steps in proptest::collection::vec(step(), 1..60)) {
        let mut stand = Stand::new(vec![Ruled { id: "r", severity: Severity::Normal, policy: policy.clone() }]);
        let sent = run(&mut stand, &steps);
        let account = stand.account();
        let open: i64 = ["pending", "leased", "held", "dead", "expired"].iter().filter_map(|way| account.went.get(*way)).sum();
        prop_assert_eq!(open, 0, "{:?}", account);
        let arrivals = steps.iter().filter(|step| matches!(step, Step::Article(..))).count();
        prop_assert_eq!(account.routed, i64::try_from(arrivals).unwrap());
        let mut last: HashMap<i64, i64> = HashMap::new();
        for message in &sent {
            if let Some(before_ms) = last.insert(message.alert, message.at_ms) {
                prop_assert!(message.at_ms - before_ms >= policy.cooldown_ms, "{:?}", message);
            }
        }
        // A digest by schedule comes by its schedule, which a late look can bring within the hour of the next.
        if let Some(most) = policy.max_per_hour.filter(|_| policy.digest.is_none()) {
            let times: Vec<i64> = sent.iter().map(|message| message.at_ms).collect();
            for window in times.windows(most as usize + 1) {
                prop_assert!(window[most as usize] - window[0] >= HOUR_MS, "{} an hour at {}: {:?}", most, SINK, window);
            }
        }
    }

    #[test]
    fn whatever_sinks_a_reload_gives_to_rules_nothing_is_lost_or_waits_for_ever(
        policy in policy(),
        steps in proptest::collection::vec(step_with_reloads(), 1..60),
    ) {
        let policy = Policy {
            follow_up: [policy.follow_up, vec![FollowUp::Edited]].concat(),
            escalate: vec![Escalation::Unacknowledged(2 * HOUR_MS)],
            ..policy
        };
        let mut stand = Stand::new(vec![Ruled { id: "r", severity: Severity::Normal, policy }]);
        run(&mut stand, &steps);
        stand.account();
        let open = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'leased', 'held')";
        let untold = "SELECT count(*) FROM alert WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE alert = alert.n AND state IN ('sent', 'merged'))";
        let count = |sql: &str| stand.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        prop_assert_eq!(count(open), 0, "wait for ever");
        if !steps.iter().any(|step| matches!(step, Step::Down(1..))) {
            prop_assert_eq!(count(untold), 0, "were told nowhere");
        }
    }
}
