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
