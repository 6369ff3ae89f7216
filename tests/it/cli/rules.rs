//! Rules at work by hand: explain and match.

use super::{Desk, filled};
use serde_json::json;

#[test]
fn explain_shows_each_clause_the_hits_and_what_was_recorded() {
    let desk = filled();
    let shown = desk.run(&["explain", "1", "idlib"]).out;
    for line in
        ["rule idlib holds", "  yes  all[0]: @idlib", "in the text, bytes 9 to 19", "raised alert 1", "by another version of the rule"]
    {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(shown.contains("\nقصف ««بإدلب»» اليوم\nونزوح عائلات\n"), "{shown}");
}

#[test]
fn explain_names_the_clauses_that_stand_in_the_way() {
    let desk = filled();
    let explained = &desk.run(&["explain", "2", "--json"]).json()[0];
    let rules = explained["rules"].as_array().unwrap();
    assert_eq!(
        (rules[0]["rule"].as_str(), rules[0]["holds"].as_bool(), &rules[0]["failed"]),
        (Some("idlib"), Some(false), &json!(["none[0]: football"]))
    );
    assert_eq!(rules[0]["clauses"][1]["evidence"][0]["text"], "Football");
    assert_eq!((rules[1]["watches_feed"].as_bool(), &rules[1]["failed"]), (Some(false), &json!(["all[0]: @ceasefire"])));
    let shown = desk.run(&["explain", "2"]).out;
    assert!(shown.contains("rule truce does not hold: it does not watch this feed"), "{shown}");
}

#[test]
fn explain_keeps_what_a_rule_decided_that_is_gone() {
    let explained = &filled().run(&["explain", "1", "gone", "--json"]).json()[0];
    let rule = &explained["rules"][0];
    assert_eq!(
        (&rule["holds"], rule["recorded"]["version"].as_str(), &rule["recorded"]["alert"]),
        (&json!(null), Some("bb"), &json!(null))
    );
}

#[test]
fn match_runs_the_rules_over_any_corpus() {
    let desk = Desk::new();
    let input = "{\"id\": 7, \"title\": \"قصف بإدلب\", \"text\": \"\", \"lang\": \"ar\"}\n\n{\"id\": \"x\", \"text\": \"nothing\"}\n\
                 {\"id\": [1], \"feed\": \"enab\", \"title\": \"Ceasefire\", \"text\": \"in Aleppo\"}\n";
    let hits = desk.feed(&["match", "-"], input).json();
    assert_eq!(hits.len(), 2);
    let evidence =
        json!([{"clause": "all[0]: @idlib", "term": "إدلب", "field": "title", "start": 7, "end": 17, "text": "بإدلب", "path": "ب+ادلب"}]);
    assert_eq!(hits[0], json!({"id": 7, "rule": "idlib", "evidence": evidence}));
    assert_eq!((&hits[1]["id"], hits[1]["rule"].as_str()), (&json!([1]), Some("truce")));
}

#[test]
fn a_bad_line_is_named_and_the_rest_goes_on() {
    let desk = Desk::new();
    let file =
        desk.write("in.jsonl", "{\"id\": 1, \"text\": \"Idlib\"}\nnonsense\n{\"text\": \"Idlib\"}\n{\"id\": 4, \"text\": \"Idlib\"}");
    let ran = desk.run(&["match", file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(1), 2));
    let said: Vec<&str> = ran.err.lines().collect();
    assert!(said[0].starts_with("line 2: ") && said[1].starts_with("line 3: missing field `id`"), "{said:?}");
    assert_eq!(said[2], "error: 2 lines could not be read");
}

#[test]
fn check_counts_what_is_fine_and_gives_problems_to_scripts() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["check"]).out, "2 feeds, 2 rules, 9 concepts: fine\n");
    let bad = desk.write("bad.toml", "[[feed]]\nurl = \"https://a.example/\"\nlanguag = \"ar\"\n");
    let ran = desk.run(&["check", "--json", bad.to_str().unwrap()]);
    assert_eq!(ran.code, Some(3));
    let problem: serde_json::Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!((problem["severity"].as_str(), problem["line"].as_i64(), problem["column"].as_i64()), (Some("error"), Some(3), Some(1)));
    assert!(problem["hint"].as_str().unwrap().contains("language"), "{problem}");
}
