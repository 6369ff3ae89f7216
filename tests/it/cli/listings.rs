//! Listings: the shapes that scripts rely on, and the tables that people read.

use super::{Desk, HOSTILE, filled};
use marsad::store::open;
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_alert_has_its_shape_and_the_worst_state_of_its_deliveries() {
    let alerts = filled().run(&["alerts", "--json"]).json();
    assert_eq!((alerts.len(), alerts[0]["state"].as_str(), alerts[0]["kind"].as_str()), (2, Some("pending"), Some("import")));
    let alert = &alerts[1];
    assert_eq!((alert["id"].as_i64(), alert["rule"].as_str(), alert["severity"].as_str()), (Some(1), Some("idlib"), Some("high")));
    assert_eq!((alert["state"].as_str(), alert["published"].as_str()), (Some("dead"), Some("2023-11-14T22:13:20Z")));
    assert_eq!(
        alert["evidence"][0],
        json!({"clause": "all[0]: @idlib", "term": "إدلب", "field": "text", "start": 9, "end": 19, "text": "بإدلب"})
    );
    assert_eq!(alert["deliveries"][0], json!({"sink": "desktop", "state": "sent", "attempts": 1, "error": null}));
    assert_eq!(alert["deliveries"][1]["error"], HOSTILE);
    for time in ["first_seen", "alerted"] {
        assert!(alert[time].as_str().unwrap().ends_with('Z'), "{alert}");
    }
    assert_eq!((alert["story"].as_i64(), alert["url"].as_str()), (Some(1), Some("https://enab.example/1")));
}

#[test]
fn alerts_are_narrowed_by_rule_time_and_number() {
    let desk = filled();
    let ids = |more: &[&str]| {
        let ran = desk.run(&[&["alerts", "--json"], more].concat());
        ran.json().iter().map(|alert| alert["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), [2, 1]);
    assert_eq!(ids(&["--rule", "idlib"]), [1]);
    assert_eq!(ids(&["--since", "1d"]), [2]);
    assert_eq!(ids(&["--since", "2001-01-01"]), [2, 1]);
    assert_eq!(ids(&["--limit", "1"]), [2]);
}

#[test]
fn articles_are_listed_and_one_is_json_with_its_text() {
    let desk = filled();
    let listed = desk.run(&["articles", "--json", "--feed", "enab"]).json();
    assert_eq!(listed.iter().map(|article| article["id"].as_i64().unwrap()).collect::<Vec<_>>(), [3, 1]);
    let one = &desk.run(&["articles", "1"]).json()[0];
    assert_eq!((one["title"].as_str(), one["text"].as_str()), (Some("خرق وقف إطلاق النار"), Some("قصف «بإدلب» اليوم\nونزوح عائلات")));
    assert_eq!(
        keys(one),
        [
            "author",
            "categories",
            "edited",
            "feed",
            "first_seen",
            "guid",
            "id",
            "language",
            "published",
            "story",
            "text",
            "title",
            "updated",
            "url"
        ]
    );
    assert_eq!(one["categories"], json!(["war"]));
}

#[test]
fn feeds_show_the_archive_and_what_the_config_adds() {
    let desk = filled();
    desk.write("config/marsad/feeds.d/more.toml", "[[feed]]\nname = \"fresh\"\nurl = \"https://fresh.example/\"\n");
    let feeds = desk.run(&["feeds", "--json"]).json();
    let states: Vec<_> = feeds.iter().map(|feed| (feed["id"].as_str().unwrap(), feed["state"].as_str().unwrap())).collect();
    assert_eq!(states, [("enab", "ok"), ("trt", "failing"), ("old", "retired"), ("fresh", "new")]);
    let (enab, trt) = (&feeds[0], &feeds[1]);
    assert_eq!((enab["articles"].as_i64(), &enab["tags"], &enab["defects"]), (Some(2), &json!(["syria"]), &json!({"bare-ampersand": 2})));
    assert_eq!((trt["failures"].as_i64(), trt["error"].as_str(), &trt["last_ok"]), (Some(3), Some("status 500"), &Value::Null));
    assert_eq!(
        keys(enab),
        [
            "articles",
            "defects",
            "delay_s",
            "error",
            "every_s",
            "failures",
            "filled",
            "frozen",
            "gaps",
            "id",
            "last_new",
            "last_ok",
            "last_poll",
            "moved",
            "moved_from",
            "next_poll",
            "state",
            "tags",
            "title",
            "url",
        ]
    );
    assert_eq!(desk.run(&["feeds", "--failing", "--json"]).json().len(), 1);
}

#[test]
fn feeds_whose_document_wants_to_be_left_alone_for_longer_than_the_config_says_are_remarked_on() {
    let desk = filled();
    open::beside(&desk.archive()).unwrap().execute("UPDATE feed SET ttl_s = 7200 WHERE id = 'enab'", []).unwrap();
    assert!(desk.run(&["feeds"]).out.contains("its document wants 2 hours between two polls"));
    assert_eq!(desk.run(&["feeds", "--json"]).json()[0]["every_s"], 7200);
}

#[test]
fn status_is_the_archive_in_numbers() {
    let desk = filled();
    let status = &desk.run(&["status", "--json"]).json()[0];
    assert_eq!(status["running"], Value::Null);
    assert_eq!(status["archive"], desk.archive().to_str().unwrap());
    assert_eq!(status["feeds"], json!({"total": 2, "failing": 1, "due": 1}));
    assert_eq!((status["articles"].as_i64(), status["unindexed"].as_i64(), status["alerts_today"].as_i64()), (Some(3), Some(3), Some(1)));
    assert_eq!(status["deliveries"], json!({"dead": 1, "leased": 1, "sent": 2}));
    assert_eq!((status["dead_letters"]["total"].as_i64(), status["dead_letters"]["newest"][0]["sink"].as_str()), (Some(1), Some("hook")));
    assert!(status["bytes"].as_u64().unwrap() > 0 && status["schema"].as_i64().unwrap() > 0);
    let shown = desk.run(&["status"]).out;
    assert!(shown.contains("2, 1 failing, 1 due; last polled 1 h ago") && shown.contains("given up   1 delivery\n"), "{shown}");
}

#[test]
fn search_finds_what_a_rule_would() {
    let desk = filled();
    let ids = |query: &str| {
        let ran = desk.run(&["search", "--json", query]);
        ran.json().iter().map(|found| found["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("@idlib"), [2, 1]);
    assert_eq!(ids("@idlib -football"), [1]);
    assert_eq!(ids("idlib match"), [2]);
    assert_eq!(ids("\"وقف اطلاق النار\""), [1]);
    assert_eq!(ids("match | نزوح"), [2, 1]);
    assert_eq!(desk.run(&["search", "--limit", "1", "@idlib", "--json"]).json().len(), 1);
    assert!(desk.run(&["search", "@idlib"]).out.contains("«") || desk.run(&["search", "@idlib"]).out.contains("بإدلب"));
}

#[test]
fn a_table_is_aligned_and_isolates_what_is_right_to_left() {
    let desk = filled();
    desk.open().execute("UPDATE alert SET offered_after_ms = alerted_ms - 420000", []).unwrap();
    let shown = desk.run(&["alerts", "--rule", "idlib"]).out;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "ID  ALERTED       LATE  RULE   SEVERITY  STATE  FEED  TITLE");
    assert_eq!(lines[1], " 1  2 d ago  7 minutes  idlib  high      dead   enab  \u{2068}خرق وقف إطلاق النار\u{2069}");
}

#[test]
fn an_export_holds_everything_oldest_first() {
    let desk = filled();
    let articles = desk.run(&["export", "articles"]).json();
    assert_eq!(articles.iter().map(|article| article["id"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(articles[2]["title"], HOSTILE);
    assert_eq!(desk.run(&["export", "alerts", "--since", "1d"]).json().len(), 1);
}

#[test]
fn an_export_longer_than_a_chunk_is_whole() {
    let desk = Desk::new();
    let archive = desk.open();
    let many = "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'f', 'u', 0); INSERT INTO story VALUES (1, NULL, 0);
                WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1203)
                INSERT INTO article (n, feed, story, title, text, first_seen_ms) SELECT i, 1, 1, 't', '', i FROM c";
    archive.execute_batch(many).unwrap();
    let ids: Vec<i64> = desk.run(&["export", "articles"]).json().iter().map(|article| article["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=1203).collect::<Vec<_>>());
}

#[test]
fn no_cell_of_a_csv_export_is_a_formula() {
    let desk = filled();
    let archive = desk.open();
    for (n, start) in ["=", "+", "-", "@", "\t", "\r", "\n"].iter().enumerate() {
        let title = format!("{start}HYPERLINK(\"http://x\",\"y\")");
        archive.execute("UPDATE article SET title = ?1, text = ?1 WHERE n = ?2", rusqlite::params![title, n as i64 % 3 + 1]).unwrap();
        let ran = desk.run(&["export", "articles", "--format", "csv"]);
        assert_eq!(ran.code, Some(0));
        let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
        assert_eq!(reader.headers().unwrap().get(7), Some("title"));
        let record = reader.records().nth(n % 3).unwrap().unwrap();
        for cell in [&record[7], &record[11]] {
            assert!(cell.starts_with('\''), "{cell:?}");
        }
    }
}
