//! Values that make no sense within a sound file, as a letter is that a disk exchanged: they keep nobody's alert back.

use super::*;
use marsad::store::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_keeps_no_alert_back() {
    let room = Newsroom::open();
    room.publish("a", &[OLD]);
    let config = room.config(&["a"], "alert");
    room.answer(|_| 503);
    room.once(&config).await;
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'pending'"), 2);
    open::read_write(&room.archive())
        .unwrap()
        .execute_batch(
            "UPDATE sink SET rests_until_ms = 0;
             UPDATE alert SET evidence = '[{\"clause', known = '{' WHERE n = 1; UPDATE alert SET severity = 'hihg' WHERE n = 2;
             UPDATE delivery SET news = '{' WHERE alert = 2; UPDATE article SET categories = 'x'; UPDATE match SET evidence = '';
             INSERT INTO condition (about, kind, since_ms, title) VALUES ('fede:a', 'failing', 0, 't'), ('feed:a', 'faling', 0, 't');
             PRAGMA foreign_keys = OFF; UPDATE delivery SET due_ms = 0;
             INSERT INTO delivery (alert, rule, sink, occasion, state, due_ms, created_ms) VALUES (999, 1, 'hook', 'new', 'pending', 0, 0);
             INSERT INTO mute (expr, rules, feeds, origin, since_ms, until_ms) VALUES ('ceasefire', 'x', '[]', 'command', 0, 9e15);",
        )
        .unwrap();
    let before = room.posts().len();
    room.answer(|_| 200);
    room.publish("a", &[NEW, OLD]);
    let report = room.once(&config).await;
    assert!(report.failed.is_empty(), "{report:?}");
    let told: Vec<_> = room.posts().split_off(before).into_iter().map(|(_, alert)| alert).collect();
    let of = |title: &str| -> Vec<_> { told.iter().filter(|alert| alert["title"] == title).collect() };
    let (old, new) = (of(OLD.title), of(NEW.title));
    assert_eq!((old.len(), new.len(), told.len()), (2, 2, 4), "{told:#?}");
    assert!(old.iter().all(|alert| alert["lines"] == serde_json::json!(["a part of this alert can no longer be read"])), "{old:#?}");
    assert!(new.iter().all(|alert| alert["lines"] == serde_json::json!([])), "{new:#?}");
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE alert = 999 AND state = 'dead'"), 1);
    assert_eq!(json::lost(&open::read_only(&room.archive()).unwrap()).unwrap(), 5, "two alerts' parts, two matches and a mute");
    let doctor = Command::new(env!("CARGO_BIN_EXE_marsad")).arg("--db").arg(room.archive()).arg("doctor").output().unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("a part of 5 rows makes no sense, and is left out"), "{said}");
    // The listings show what is left.
    for list in [&["alerts"][..], &["alerts", "--dead"], &["mute", "--list"], &["alerts", "show", "1"]] {
        let shown = Command::new(env!("CARGO_BIN_EXE_marsad")).arg("--db").arg(room.archive()).args(list).output().unwrap();
        assert!(shown.status.success(), "{list:?}: {}", String::from_utf8_lossy(&shown.stderr));
    }
}
