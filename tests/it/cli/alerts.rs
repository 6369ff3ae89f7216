//! Alerts as a person handles them: the account of where each went.

use super::filled;

#[test]
fn the_account_says_where_each_match_went_and_fails_when_it_does_not_balance() {
    let desk = filled();
    let audit = &desk.run(&["alerts", "audit", "--json"]).json()[0];
    assert_eq!(
        (audit["balances"].as_bool(), audit["routed"].as_i64(), audit["waiting"].as_i64()),
        (Some(true), Some(2), Some(1)),
        "{audit}"
    );
    assert_eq!(audit["went"], serde_json::json!({"delivered": 1, "dead": 1}));
    assert!(desk.run(&["alerts", "audit"]).out.ends_with("it balances: 2 in, 2 out, 0 faults\n"));
    assert_eq!(desk.run(&["alerts", "audit", "--since", "1d", "--json"]).json()[0]["routed"], 0);
    desk.open().execute("DELETE FROM fate WHERE sink = 'hook'", []).unwrap();
    let lost = desk.run(&["alerts", "audit"]);
    assert_eq!(lost.code, Some(1));
    assert!(lost.out.contains("fault: article 1, rule idlib, sink hook went nowhere at this sink\n"), "{}", lost.out);
    assert!(lost.out.ends_with("it does not balance: 2 in, 1 out, 2 faults\n"), "{}", lost.out);
}

#[test]
fn alerts_are_acknowledged_and_judged_all_or_none() {
    let desk = filled();
    assert_eq!(desk.run(&["alerts", "ack", "1", "9"]).code, Some(1));
    let one = |sql: &str| desk.open().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(one("SELECT count(*) FROM alert WHERE acked_ms IS NOT NULL"), 0);
    assert_eq!(desk.run(&["alerts", "ack", "1"]).out, "1 alert marked as acknowledged\n");
    assert_eq!(desk.run(&["alerts", "noise", "1", "2"]).out, "2 alerts marked as noise\n");
    desk.run(&["alerts", "useful", "2"]);
    assert_eq!(one("SELECT count(*) FROM alert WHERE acked_ms IS NOT NULL AND verdict = 'noise'"), 1);
}

#[test]
fn a_mute_is_set_listed_and_lifted_and_a_bad_one_is_refused() {
    let desk = filled();
    let set = desk.run(&["mute", "@idlib \"world cup\"", "--for", "3d", "--rule", "idlib", "--feed", "tag:syria"]);
    assert!(set.out.starts_with("mute 1 holds until 20"), "{set:?}");
    let listed = &desk.run(&["mute", "--list", "--json"]).json()[0];
    assert_eq!((listed["when"].as_str(), listed["origin"].as_str()), (Some("@idlib \"world cup\""), Some("command")));
    assert_eq!(
        (&listed["rules"][0], &listed["feeds"][0], &listed["lifted"]),
        (&"idlib".into(), &"tag:syria".into(), &serde_json::Value::Null)
    );
    assert_eq!(desk.run(&["mute", "--lift", "1"]).out, "mute 1 is lifted\n");
    assert_eq!(desk.run(&["mute", "--lift", "1"]).code, Some(1));
    for (wrong, code) in [
        (&["mute", "x"][..], 2),
        (&["mute", "x", "--until", "2001-01-01"], 2),
        (&["mute", "@nowhere", "--for", "1h"], 2),
        (&["mute", "x", "--for", "1h", "--rule", "idlb"], 1),
        (&["mute", "x", "--for", "1h", "--feed", "tag:nothing"], 1),
    ] {
        assert_eq!(desk.run(wrong).code, Some(code), "{wrong:?}");
    }
}

#[test]
fn a_pause_holds_what_waits_and_its_end_lets_it_go() {
    let desk = filled();
    desk.open().execute("UPDATE delivery SET state = 'pending' WHERE state = 'leased'", []).unwrap();
    assert!(desk.run(&["pause", "2h"]).out.ends_with("; 1 message on the way waits too\n"));
    assert_eq!(desk.run(&["alerts", "--json", "--limit", "1"]).json()[0]["state"], "held");
    let paused = desk.run(&["status", "--json"]).json()[0]["paused_until"].clone();
    assert!(desk.run(&["status"]).out.contains(&format!("paused     until {}:", paused.as_str().unwrap())));
    assert_eq!(desk.run(&["resume"]).out, "the pause is over; 1 message waited for it\n");
    assert_eq!(desk.run(&["status", "--json"]).json()[0]["paused_until"], serde_json::Value::Null);
    assert!(!desk.run(&["status"]).out.contains("paused"));
    assert_ne!(desk.run(&["pause", "soon"]).code, Some(0));
}
