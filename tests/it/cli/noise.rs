//! What verdicts on alerts say of their rule.

use super::Desk;
use rusqlite::params;

const CONFIG: &str = "[[feed]]\nname = \"f\"\nurl = \"https://f.example/\"\n[[rule]]\nname = \"idlib\"\nany = [\"Idlib\", \"إدلب\"]\n";

/// Titles with verdicts: noise about games, useful ones about the war, and one alert that nobody judged.
const JUDGED: [(&str, Option<&str>); 9] = [
    ("Idlib footballers win the cup", Some("noise")),
    ("A late goal in Idlib: football", Some("noise")),
    ("Football league comes to Idlib", Some("noise")),
    ("Idlib: football on Sunday", Some("noise")),
    ("Idlib bakery opens", Some("noise")),
    ("Shelling of Idlib on Sunday", Some("useful")),
    ("قصف على إدلب", Some("useful")),
    ("Families leave Idlib", Some("useful")),
    ("Rain in Idlib", None),
];

/// A desk with the first so many of [`JUDGED`].
fn judged(many: usize) -> Desk {
    let desk = Desk::bare();
    desk.write("config/marsad/marsad.toml", CONFIG);
    let archive = desk.open();
    let start = "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'f', 'u', 0); INSERT INTO rule VALUES (1, 'idlib', NULL);
                 INSERT INTO rule_version VALUES (1, 1, 'aa', '{}', 0);";
    archive.execute_batch(start).unwrap();
    for (n, (title, verdict)) in (1..).zip(JUDGED).take(many) {
        let term = if title.contains("Idlib") { "Idlib" } else { "إدلب" };
        let at = title.find(term).unwrap();
        let piece = serde_json::json!([{"clause": format!("any: {term}"), "term": term, "field": "title", "start": at, "end": at + term.len(), "text": term}]);
        archive.execute("INSERT INTO story VALUES (?1, NULL, 0)", [n]).unwrap();
        archive
            .execute("INSERT INTO article (n, feed, story, title, text, first_seen_ms) VALUES (?1, 1, ?1, ?2, '', 0)", params![n, title])
            .unwrap();
        archive
            .execute(
                "INSERT INTO alert (n, rule, group_key, version, kind, severity, story, article, feed, title, lines, first_seen_ms, alerted_ms, evidence, verdict)
                 VALUES (?1, 1, 'story:' || ?1, 1, 'match', 'high', ?1, ?1, 'f', ?2, '[]', 0, 0, ?3, ?4)",
                params![n, title, piece.to_string(), verdict],
            )
            .unwrap();
    }
    desk
}

#[test]
fn noise_is_weighed_by_clause_and_the_exclusion_is_tried_on_what_was_judged() {
    let desk = judged(9);
    let found = &desk.run(&["rules", "noise", "idlib", "--json"]).json()[0];
    assert_eq!((&found["noise"], &found["useful"], &found["enough"]), (&5.into(), &3.into(), &true.into()));
    let clauses: Vec<_> = found["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["term"].as_str(), one["noise"].as_i64(), one["precision"].as_f64()))
        .collect();
    assert_eq!(
        clauses,
        [
            (None, Some(5), Some(2.0 / 7.0)),
            (Some("Idlib"), Some(5), Some(2.0 / 7.0)),
            (None, Some(0), Some(1.0)),
            (Some("إدلب"), Some(0), Some(1.0))
        ]
    );
    // "Sunday" stands in what was useful too; the bakery is in no other; `footballers` is another word.
    assert_eq!(found["exclusion"], serde_json::json!({"none": "football", "noise": 5, "gone": 3, "useful": 3, "lost": 0}));
    let told = desk.run(&["rules", "noise"]).out;
    assert!(told.starts_with("idlib: 8 alerts judged, 5 noise, 3 useful\n"), "{told}");
    assert!(told.contains("excluded by none = [\"football\"]: 3 of 5 noise gone, 0 of 3 useful lost"), "{told}");
    // Once it is in the rule, no word is left that two of the noise share.
    desk.write("config/marsad/marsad.toml", &format!("{CONFIG}none = [\"football\"]\n"));
    assert_eq!(desk.run(&["rules", "noise", "idlib", "--json"]).json()[0]["exclusion"], serde_json::Value::Null);
    assert!(desk.run(&["rules", "noise"]).out.ends_with("no single word or concept would keep the noise away at a price worth it\n"));
    // A rule that finds another place holds for none of it.
    desk.write("config/marsad/marsad.toml", &CONFIG.replace("\"Idlib\"", "\"Aleppo\""));
    assert!(desk.run(&["rules", "noise"]).out.ends_with("the rule as it is now holds for none of the noise\n"));
}

#[test]
fn a_concept_of_the_config_is_tried_too() {
    let desk = judged(9);
    desk.write("config/marsad/marsad.toml", &format!("{CONFIG}[concept.sport]\nen = [\"football\", \"footballers\"]\n"));
    let found = &desk.run(&["rules", "noise", "--json"]).json()[0];
    assert_eq!((&found["exclusion"]["none"], &found["exclusion"]["gone"]), (&"@sport".into(), &4.into()));
}

#[test]
fn too_few_verdicts_tell_nothing_and_a_rule_that_is_unknown_is_an_error() {
    let desk = judged(4);
    let found = &desk.run(&["rules", "noise", "--json"]).json()[0];
    assert_eq!((&found["enough"], &found["exclusion"]), (&false.into(), &serde_json::Value::Null));
    assert!(desk.run(&["rules", "noise", "idlib"]).out.contains("too few to tell: 5 are needed"));
    assert_eq!(desk.run(&["rules", "noise", "idlb"]).code, Some(1));
    assert!(judged(0).run(&["rules", "noise"]).out.starts_with("no alert was judged yet"));
}
