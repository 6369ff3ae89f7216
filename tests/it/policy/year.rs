//! A year of quiet hours in four zones, an article every quarter of an hour.

use super::stand::{Piece, Ruled, Stand};
use jiff::{
    Timestamp,
    civil::{Date, date, time},
    tz::TimeZone,
};
use marsad::engine::{
    alert::{policy::Policy, quiet::Quiet},
    rule::Severity,
};
use std::collections::HashMap;

const QUARTER_MS: i64 = 15 * 60_000;
const ZONES: [&str; 4] = ["Europe/Istanbul", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"];

fn quiet(zone: &str) -> Quiet {
    Quiet::new("night", time(22, 0, 0, 0), time(7, 0, 0, 0), TimeZone::get(zone).unwrap())
}

#[test]
fn quiet_hours_in_four_zones_drop_nothing_while_clocks_change_and_hold_nothing_beyond_their_end() {
    // New York on 8 March, Lord Howe on 5 April, Cairo on 24 April; all of them but Istanbul back in October or November.
    for (month, day) in [(3, 6), (4, 3), (4, 22), (10, 2), (10, 28)] {
        run(date(2026, month, day), 5);
    }
}

#[test]
#[ignore = "takes minutes: cargo test --release --test it policy::year -- --ignored"]
fn a_year_of_quiet_hours_in_four_zones_drops_nothing_and_holds_nothing_beyond_their_end() {
    run(date(2026, 1, 1), 365);
}

/// So many days of it, and one more to let go what waits.
fn run(first: Date, days: i64) {
    let steps = (days + 1) * 96;
    let mut rules: Vec<Ruled> = ZONES
        .iter()
        .map(|zone| Ruled { id: zone, severity: Severity::High, policy: Policy { quiet: Some(quiet(zone)), ..Policy::default() } })
        .collect();
    rules.push(Ruled {
        id: "critical",
        severity: Severity::Critical,
        policy: Policy { quiet: Some(quiet(ZONES[0])), ..Policy::default() },
    });
    let quiets: HashMap<&str, Quiet> = ZONES.iter().map(|zone| (*zone, quiet(zone))).collect();
    let mut stand = Stand::new(rules);
    let begin_ms = TimeZone::UTC.to_ambiguous_timestamp(first.at(0, 0, 0, 0)).compatible().unwrap().as_millisecond();
    let mut sent = HashMap::<String, i64>::new();
    let mut held = 0;
    for step in 0..=steps {
        if step % 96 == 0 {
            stand.connection.execute_batch(if step == 0 { "BEGIN" } else { "COMMIT; BEGIN" }).unwrap();
        }
        let now_ms = begin_ms + step * QUARTER_MS;
        if step < steps - 96 {
            // Words of its own, so that no two articles tell one story.
            let words: Vec<String> = (1..9).map(|n| format!("w{:x}", (step * 8 + n).wrapping_mul(0x1E37_79B9_7F4A_7C15))).collect();
            let (title, link) = (words.join(" "), format!("https://news.example/{step}"));
            stand.arrive(&Piece { feed: 0, title: &title, link: &link, language: "en" }, now_ms);
        }
        for message in stand.send(now_ms) {
            let due_ms = quiets.get(message.rule.as_str()).and_then(|quiet| quiet.until_ms(message.alerted_ms));
            held += i64::from(due_ms.is_some());
            // All ends fall on a quarter of an hour, so what waited goes out at the very moment, and what did not wait at once.
            assert_eq!(
                now_ms,
                due_ms.unwrap_or(message.alerted_ms),
                "{} at {}",
                message.rule,
                Timestamp::from_millisecond(now_ms).unwrap()
            );
            *sent.entry(message.rule).or_default() += 1;
        }
    }
    stand.connection.execute_batch("COMMIT").unwrap();
    let articles = steps - 96;
    assert!(sent.len() == 5 && sent.values().all(|count| *count == articles), "{sent:?}");
    // Nine hours of twenty-four, give or take the hours that clocks skip or repeat.
    assert!((held - articles * 4 * 9 / 24).abs() < 4 * 40, "{held} of {}", articles * 4);
    let account = stand.account();
    assert_eq!((account.routed, account.went["delivered"], account.went.len()), (articles * 5, articles * 5, 1));
}
