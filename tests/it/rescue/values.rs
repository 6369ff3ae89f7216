//! A letter that a disk exchanged, in a file whose pages are sound: it keeps nobody's alert back, and no alert is told for ever.

use super::*;
use marsad::store::{
    delivery, feed, json,
    soundness::{self, Depth, Verdict},
};

/// Puts `new` in the place of up to `most` of the `old` in a file.
fn exchange(archive: &Path, old: &[u8], new: &[u8], most: usize) {
    let mut bytes = fs::read(archive).unwrap();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, old).take(most).collect();
    assert!(!places.is_empty(), "no {}", old.escape_ascii());
    places.into_iter().for_each(|at| bytes[at..at + new.len()].copy_from_slice(new));
    fs::write(archive, bytes).unwrap();
}

/// An archive in which two alerts wait for the webhook; the statements run before the second is put into the outbox, and after it.
fn waiting([between, after]: [&str; 2]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("marsad.db");
    let alert = "INSERT INTO alert (n, rule, group_key, version, kind, severity, feed, title, lines, first_seen_ms, alerted_ms, evidence)
                   VALUES (?1, 5, 'story:' || ?1, 1, 'match', 'high', 'a', 't', '[]', 1, 2, '[]')";
    let delivery =
        "INSERT INTO delivery (alert, rule, sink, occasion, state, due_ms, created_ms) VALUES (?1, 5, 'hook', 'new', 'pending', 2, 2)";
    let begin = "INSERT INTO rule VALUES (5, 'idlib', NULL); INSERT INTO rule_version VALUES (1, 5, 'aa', '{}', 0)";
    for (n, sql) in [(7, begin), (8, between)] {
        // Each in a connection of its own, which reads the schema anew.
        open::read_write(&archive).unwrap().execute_batch(sql).unwrap();
        let connection = open::read_write(&archive).unwrap();
        connection.execute(alert, [n]).unwrap();
        connection.execute(delivery, [n]).unwrap();
    }
    open::read_write(&archive).unwrap().execute_batch(after).unwrap();
    (folder, archive)
}

/// How many deliveries each look at the outbox finds, until one says that the archive is damaged.
fn claims(archive: &Path) -> Vec<usize> {
    let connection = open::read_write(archive).unwrap();
    let mut found = Vec::new();
    loop {
        match delivery::claim(&connection, "hook", "me", 9, 9, 8) {
            Ok(claimed) => found.push(claimed.len()),
            Err(error) => break assert!(error.is_damage(), "{error}"),
        }
        assert!(found.len() < 9, "{found:?}");
    }
    found
}

#[test]
fn a_delivery_that_waits_by_its_index_alone_is_told_to_nobody_and_found() {
    let (_folder, archive) = waiting(["", ""]);
    exchange(&archive, b"newpending", b"newpanding", 1);
    let found = soundness::look(&archive, Depth::Pages(Duration::from_secs(9))).unwrap();
    assert_eq!(found, Verdict::Damaged("CHECK constraint failed in delivery".into()));
    assert_eq!(claims(&archive), [1]);
}

#[test]
fn a_delivery_that_no_index_leads_to_is_found_by_the_outbox_and_by_the_backup() {
    // Put there while the index was not.
    let (_folder, archive) = waiting([
        "CREATE TABLE aside AS SELECT * FROM sqlite_schema WHERE name = 'delivery_turn';
         PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'delivery_turn'",
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM aside",
    ]);
    let found = soundness::look(&archive, Depth::Pages(Duration::from_secs(9))).unwrap();
    assert_eq!(found, Verdict::Sound, "for that its pages are no reason");
    let made = backups::make(&archive, 3, daemon::clock::now_ms(), &Arc::default());
    assert!(made.is_err_and(|error| error.is_damage()));
    assert_eq!(claims(&archive), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_its_index_knows_by_another_name_is_found_before_nobody_asks_it() {
    let house = House::open().await;
    let copy = house.copy();
    exchange(&copy.archive, b"ahttp://", b"bhttp://", 1);
    let feeds = loaded(&house.config).feeds;
    let synced = |archive: &Path| feed::sync(&open::read_write(archive).unwrap(), &feeds, 0);
    synced(&house.room.archive()).unwrap();
    assert!(synced(&copy.archive).is_err_and(|error| error.is_damage()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_of_the_schema_is_found_by_the_rows_that_break_it_or_where_a_statement_fails() {
    let house = House::open().await;
    // A row that breaks a CHECK is found by whoever looks; a table that is not there by whoever asks it, and believed the second time.
    for (old, new, ends) in [
        (&b"REFERENCES rule_version"[..], &b"REFERENCES rule_versiom"[..], &[true, true, false][..]),
        (b"'match', 'import'", b"'natch', 'import'", &[false]),
    ] {
        house.room.publish("a", &[NEW, OLD]);
        let copy = house.copy();
        // What earlier schemas left in free pages among them.
        exchange(&copy.archive, old, new, usize::MAX);
        house.room.publish("a", &[THIRD, NEW, OLD]);
        let before = house.room.told().len();
        for damaged in ends {
            let done = copy.once(&house.config).await;
            assert_eq!(matches!(done, Err(DaemonError::Damaged(_))), *damaged, "{done:?}");
        }
        assert!(copy.is_sound() && !copy.aside().is_empty());
        assert!(house.room.told().split_off(before).contains(&format!("ceasefire: {}", THIRD.title)));
    }
}

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
