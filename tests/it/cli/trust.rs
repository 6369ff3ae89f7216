//! Trust in one's rules: why-not, backtest, rules test, rules diff; and all that explain tells.

use super::{CONFIG, Desk, HOUR, filled, now_ms};
use rusqlite::params;
use serde_json::{Value, json};

/// [`super::filled`] with a config of expressions, and an article whose address and category are hit too.
fn expressive() -> Desk {
    let desk = filled();
    let rules = r#"
[[rule]]
name = "expression"
when = 'NEAR(3, Idlib, match) AND NOT football'

[[rule]]
name = "places"
all = ["url:enab", "category:war"]

[[rule]]
name = "points"
score = { "Idlib" = 2, "football" = -1 }
threshold = 2
"#;
    desk.write(
        "config/marsad/marsad.toml",
        &format!("{CONFIG}{rules}").replace("[\"url:enab\", \"category:war\"]", "[\"enab | war\"]\nwhere = [\"url\", \"category\"]"),
    );
    desk
}

fn object(desk: &Desk, arguments: &[&str]) -> Value {
    desk.run(arguments).json().remove(0)
}

#[test]
fn explain_tells_the_parts_of_an_expression_and_what_was_measured() {
    let desk = expressive();
    let shown = desk.run(&["explain", "2", "expression"]).out;
    for line in [
        "  no   when: ",
        "\n         no   NEAR(3, Idlib, match)  ",
        "\n         no   not\n",
        "\n           hit  football\n",
        "«Football» in the title, bytes 0 to 8: exact",
    ] {
        assert!(shown.contains(line), "{line:?}: {shown}");
    }
    let clause = &object(&desk, &["explain", "2", "expression", "--json"])["rules"][0]["clauses"][0];
    assert_eq!((clause["kind"].as_str(), clause["parts"][1]["parts"][0]["kind"].as_str()), (Some("when"), Some("none")));
    let points = desk.run(&["explain", "2", "points"]).out;
    assert!(points.contains("1 of 2") && points.contains("hit  football"), "{points}");
}

#[test]
fn explain_marks_the_fields_beside_the_text_and_says_how_a_term_hit() {
    let desk = expressive();
    let shown = desk.run(&["explain", "1", "places"]).out;
    assert!(shown.contains("url: https://«enab».example/1") && shown.contains("category: «war»"), "{shown}");
    let shown = desk.run(&["explain", "1", "idlib"]).out;
    assert!(shown.contains("ب+ادلب") && !shown.contains("url: "), "{shown}");
}

#[test]
fn why_not_names_what_is_missing_and_how_near_it_came() {
    let desk = expressive();
    let ran = desk.run(&["why-not", "2", "idlib"]);
    assert_eq!(ran.code, Some(0));
    for line in ["rule idlib does not hold for article 2: 1 of 2 clauses held", "none[0]: football", "found “Football” in the title"] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    let told = object(&desk, &["why-not", "2", "truce", "--json"]);
    assert_eq!((&told["holds"], &told["out_of_scope"], &told["needed"]), (&json!(false), &json!(true), &json!(2)));
    assert_eq!(told["lacks"], json!([{"clause": "all[0]: @ceasefire", "reason": "no hit in title or text"}]));
    assert!(desk.run(&["why-not", "2", "truce"]).out.contains("it watches tag:syria\n  the article is from trt, in ar"));
}

#[test]
fn why_not_of_a_rule_that_holds_says_so_and_exits_with_1() {
    let desk = expressive();
    let ran = desk.run(&["why-not", "1", "idlib"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.starts_with("rule idlib holds for article 1\nhint: `marsad explain 1 idlib`"), "{}", ran.out);
    let ran = desk.run(&["why-not", "1", "idlib", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["holds"], true);
}

#[test]
fn what_is_not_there_is_named_with_what_is_nearest() {
    let desk = expressive();
    for arguments in [&["why-not", "1", "idlb"][..], &["backtest", "idlb"], &["explain", "1", "idlb"]] {
        let ran = desk.run(arguments);
        assert!(ran.code == Some(1) && ran.err.contains("no rule `idlb`\nhint: did you mean `idlib`?"), "{}", ran.err);
    }
    assert!(desk.run(&["backtest", "shelling in Aleppo"]).err.contains("`--expr` runs any expression"));
    assert_eq!(desk.run(&["backtest"]).code, Some(2));
    assert_eq!(desk.run(&["backtest", "idlib", "--since", "soon"]).code, Some(2));
    let archive = desk.open();
    archive.execute_batch("DELETE FROM unindexed; DELETE FROM article WHERE n = 2").unwrap();
    let ran = desk.run(&["why-not", "2", "idlib"]);
    assert!(ran.code == Some(1) && ran.err.starts_with("error: article 2 was pruned\nhint: "), "{}", ran.err);
}

/// Articles on Idlib beside those of the filled desk: one more of story 1, two of a story of their own, one edited.
fn busy() -> Desk {
    let desk = expressive();
    let archive = desk.open();
    let article =
        "INSERT INTO article (n, feed, story, title, text, language, first_seen_ms, edited_ms) VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7)";
    archive.execute("INSERT INTO story VALUES (9, NULL, 0)", []).unwrap();
    let (now, none) = (now_ms(), None::<i64>);
    for (n, feed, story, title, language, age, edited) in [
        (10, 2, 1, "İdlib'de ateşkes", "tr", 40, none),
        (11, 1, 9, "Shelling of Idlib", "en", 30, none),
        (12, 2, 9, "Idlib: shelling goes on", "en", 20, Some(now)),
        (13, 1, 9, "Old Idlib", "en", 24 * 90, none),
    ] {
        archive.execute(article, params![n, feed, story, title, language, now - age * HOUR, edited]).unwrap();
    }
    desk
}

#[test]
fn backtest_counts_articles_and_an_alert_for_each_story() {
    let desk = busy();
    let told = object(&desk, &["backtest", "idlib", "--json", "--by", "lang"]);
    assert_eq!((&told["articles"], &told["matched"], &told["alerts"], &told["edited"]), (&json!(6), &json!(4), &json!(2), &json!(1)));
    let groups = json!([
        {"key": "ar", "articles": 3, "matched": 1, "alerts": 1},
        {"key": "en", "articles": 2, "matched": 2, "alerts": 1},
        {"key": "tr", "articles": 1, "matched": 1, "alerts": 0},
    ]);
    assert_eq!(told["groups"], groups);
    assert_eq!((&told["newest"][0]["id"], &told["newest"][0]["evidence"][0]["text"]), (&json!(12), &json!("Idlib")));
    assert_eq!(object(&desk, &["backtest", "idlib", "--json", "--since", "all"])["matched"], 5);
    assert_eq!(object(&desk, &["backtest", "idlib", "--json", "--limit", "1"])["newest"].as_array().unwrap().len(), 1);
    let lines = desk.run(&["backtest", "idlib", "--matches", "--since", "all"]);
    assert_eq!(lines.json().iter().map(|line| line["article"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 10, 11, 12, 13]);
}

#[test]
fn backtest_shows_a_table_with_bars_and_the_newest_examples() {
    let desk = busy();
    let ran = desk.run(&["backtest", "--expr", "@idlib shelling", "--since", "30d"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    for line in [
        "the expression: 2 of 6 articles since 30d match (33.3 %), 1 alert\n",
        "SOURCE",
        "enab",
        "█",
        "Idlib: shelling goes on",
        "hit «Shelling» in the title, bytes 0 to 8",
        "6 articles in ",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert_eq!(desk.run(&["backtest", "--expr", "NEAR(a"]).code, Some(2));
    let days = desk.run(&["backtest", "idlib", "--by", "day"]).out;
    assert!(days.contains("DAY") && days.contains("█"), "{days}");
    let nothing = desk.run(&["backtest", "--expr", "nowhere"]).out;
    assert!(nothing.starts_with("the expression: 0 of 6 articles since 30d match (0.0 %), 0 alerts\n"), "{nothing}");
}

#[test]
fn rules_diff_tells_gains_and_losses_with_their_reasons() {
    let desk = busy();
    let old = desk.write("old.toml", CONFIG);
    let new = CONFIG.replace("none = [\"football\"]", "none = [\"shelling\"]").replace("name = \"truce\"", "name = \"other\"");
    desk.write("new/marsad.toml", &new);
    let old = old.to_str().unwrap();
    let told = object(&desk, &["rules", "diff", old, "new", "--json"]);
    let idlib = &told["rules"][0];
    assert_eq!(
        (idlib["fate"].as_str(), &idlib["before"], &idlib["after"], &idlib["gained"], &idlib["lost"]),
        (Some("changed"), &json!(2), &json!(2), &json!(1), &json!(1))
    );
    let (gain, loss) = (&idlib["gained_examples"][0], &idlib["lost_examples"][0]);
    assert_eq!((&gain["id"], &gain["other_side"]["lacks"][0]["clause"]), (&json!(2), &json!("none[0]: football")));
    assert_eq!((&loss["story"], &loss["other_side"]["lacks"][0]["clause"]), (&json!(9), &json!("none[0]: shelling")));
    let fates: Vec<_> =
        told["rules"].as_array().unwrap().iter().map(|rule| (rule["rule"].as_str().unwrap(), rule["fate"].as_str().unwrap())).collect();
    assert_eq!(fates, [("idlib", "changed"), ("other", "added"), ("truce", "removed")]);
    let days = told["days"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| day["before"].as_i64().unwrap()).sum::<i64>(), told["before"].as_i64().unwrap());
    let shown = desk.run(&["rules", "diff", old, "new"]).out;
    for line in [
        "1 gained",
        "1 lost",
        "rule idlib (changed): 2 before, 2 after",
        "  before: none[0]: football: found “Football” in the title",
        "  now: none[0]: shelling",
        "DAY",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let all = object(&desk, &["rules", "diff", "-", old, "--json"]);
    assert_eq!((&all["before"], all["after"].as_i64()), (&json!(0), told["before"].as_i64()));
    assert_eq!(desk.run(&["rules", "diff", "-", "nosuch.toml"]).code, Some(3));
}

#[test]
fn rules_test_runs_every_test_and_names_those_that_fail() {
    let desk = Desk::new();
    let ran = desk.run(&["rules", "test"]);
    assert!(ran.out.contains("tests of 2 rules, ") && ran.out.contains("2 rules have no test"), "{ran:?}");
    let bad = format!("{CONFIG}[[rule.test]]\nmatch = [\"truce in Idlib\", \"bread\"]\nreject = [\"ceasefire in Aleppo\"]\n");
    desk.write("config/marsad/marsad.toml", &bad);
    let ran = desk.run(&["rules", "test", "truce"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(
        ran.out.contains("marsad.toml:22:28: error: this text should match rule `truce`") && ran.out.contains("1 passed, 2 failed"),
        "{}",
        ran.out
    );
    assert_eq!(desk.run(&["check"]).code, Some(3), "such a config is refused");
    let ran = desk.run(&["rules", "test", "--json", "@ceasefire"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &told["shipped"], &told["failures"]), (Some(0), &json!(true), &json!([])));
    assert!(told["passed"].as_i64().unwrap() > 20, "{told}");
    assert!(desk.run(&["rules", "test", "@ceasefir"]).err.contains("did you mean `@ceasefire`?"));
}

#[test]
fn rules_are_listed_with_what_they_look_for() {
    let desk = Desk::new();
    let listed = desk.run(&["rules", "list"]).out;
    assert!(listed.contains("@ceasefire · (Idlib | Aleppo)") && listed.contains("tag:syria"), "{listed}");
    let ids: Vec<_> = desk.run(&["rules", "list", "--json"]).json().iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["idlib", "truce"]);
}
