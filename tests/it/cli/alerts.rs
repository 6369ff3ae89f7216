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
fn one_alert_is_shown_whole() {
    let desk = filled();
    let archive = desk.open();
    let copy = "INSERT INTO article (n, feed, story, title, text, first_seen_ms) VALUES (4, 2, 1, 'mirror', 'x', 1);
                INSERT INTO copy VALUES (4, 1);
                UPDATE alert SET verdict = 'noise', acked_ms = 1000 WHERE n = 1;
                UPDATE delivery SET state = 'held', held_for = 'quiet', until_ms = 2000 WHERE alert = 1 AND sink = 'desktop'";
    archive.execute_batch(copy).unwrap();
    let shown = &desk.run(&["alerts", "show", "1", "--json"]).json()[0];
    assert_eq!((&shown["id"], &shown["verdict"], &shown["version"]), (&1.into(), &"noise".into(), &"aa".into()));
    assert_eq!((&shown["acknowledged"], &shown["escalates"]), (&"1970-01-01T00:00:01Z".into(), &serde_json::Value::Null));
    assert_eq!(shown["evidence"][0]["snippet"], "قصف «بإدلب» اليوم\nونزوح عائلات");
    let member = &shown["members"][0];
    assert_eq!((&member["article"], &member["copies"][0]["article"]), (&1.into(), &4.into()));
    assert_eq!(member["went"], serde_json::json!({"desktop": "held", "hook": "dead"}));
    let [desktop, hook] = [0, 1].map(|n| &shown["deliveries"][n]);
    assert_eq!((&desktop["held_for"], &desktop["until"]), (&"quiet".into(), &"1970-01-01T00:00:02Z".into()));
    assert_eq!((&hook["state"], &hook["attempts"], &hook["occasion"]), (&"dead".into(), &7.into(), &"new".into()));
    let told = desk.run(&["alerts", "show", "1"]).out;
    for part in [
        "alert 1: idlib, high, held\n",
        "marked as noise\n",
        "\nwhy\n  all[0]: @idlib\n",
        "قصف ««بإدلب»» اليوم ونزوح",
        "story: 2 articles, 1 copy among them",
        "desktop  new  held for quiet until 1970-01-01T00:00:02Z, 1 try\n",
        "hook  new  dead ",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // Of an import there is no article and no story; of a number that there is not, nothing.
    assert!(desk.run(&["alerts", "show", "2"]).out.starts_with("alert 2: gone, high, pending\n"));
    assert_eq!(desk.run(&["alerts", "show", "99"]).code, Some(1));
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
fn what_only_sets_a_mute_is_refused_where_one_is_listed_or_lifted() {
    let desk = filled();
    assert_eq!(desk.run(&["mute", "football", "--for", "3d", "--rule", "idlib"]).code, Some(0));
    let scope = [&["--rule", "idlib"][..], &["--feed", "tag:syria"], &["--for", "1h"], &["--until", "2h"], &["football"]];
    for does in [&["--list"][..], &["--lift", "1"]] {
        for more in scope {
            let ran = desk.run(&[&["mute"], does, more].concat());
            assert!(ran.code == Some(2) && ran.out.is_empty() && ran.err.contains("cannot be used with"), "{does:?} {more:?}: {ran:?}");
        }
    }
    for wrong in [&["mute", "--list", "--lift", "1"][..], &["mute", "--lift", "1", "--json"], &["mute", "rain", "--for", "1h", "--json"]] {
        assert_eq!(desk.run(wrong).code, Some(2), "{wrong:?}");
    }
    assert_eq!(desk.run(&["mute", "--list", "--json"]).json()[0]["lifted"], serde_json::Value::Null, "it holds still");
    assert_eq!(desk.run(&["mute", "--lift", "1"]).out, "mute 1 is lifted\n");
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
