//! Files for reading alone, locks of others, long readers, kills between migrations.

use super::*;

/// Runs marsad as a user who may not write here: an unprivileged one where the tests run as root.
fn as_nobody(arguments: &[&str], archive: &Path, folder: &Path) -> (Option<i32>, String, String) {
    let binary = folder.join("marsad");
    if !binary.exists() {
        // By a process of its own: what others start meanwhile would have our copy open for writing, and so it could not be run.
        assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_marsad")).arg(&binary).status().unwrap().success());
    }
    let mut command = Command::new(&binary);
    command.args(arguments).arg("--config").arg(folder.join("marsad.toml")).arg("--db").arg(archive);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    command.stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stderr), text(output.stdout))
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A house, and a folder that anybody may look into, with its config.
fn beside_a_house() -> (House, tempfile::TempDir) {
    let house = tokio::runtime::Runtime::new().unwrap().block_on(House::open());
    let folder = tempfile::tempdir().unwrap();
    mode(folder.path(), 0o755);
    fs::copy(house.room.folder.path().join("marsad.toml"), folder.path().join("marsad.toml")).unwrap();
    (house, folder)
}

#[test]
fn an_archive_in_a_folder_for_reading_alone_is_read_where_that_is_safe_and_else_refused_with_what_to_do() {
    let (house, folder) = beside_a_house();
    // What a name may hold, and what an address of SQLite may not.
    let data = folder.path().join("100% a?b#c");
    fs::create_dir(&data).unwrap();
    let archive = data.join("marsad.db");
    let (log, lock) = (archive.with_extension("db-wal"), archive.with_extension("lock"));
    fs::copy(house.room.archive(), &archive).unwrap();
    mode(&archive, 0o444);
    let read = |arguments: &[&str]| {
        mode(&data, 0o555);
        let ran = as_nobody(arguments, &archive, folder.path());
        mode(&data, 0o755);
        ran
    };
    for arguments in [&["status"][..], &["articles"], &["export", "articles"], &["search", "Idlib"]] {
        let (code, said, shown) = read(arguments);
        assert!(code == Some(0) && said.is_empty() && !shown.is_empty(), "{arguments:?}: {code:?} {said}");
    }
    assert!(read(&["articles"]).2.contains(NEW.title));
    assert!(read(&["doctor"]).2.contains("can be read"));
    let (code, said, _) = read(&["mute", "football", "--until", "2h"]);
    assert!(code == Some(4) && said.contains("for reading alone"), "{code:?} {said}");
    // Somebody may be at work, or was, and left a log.
    let held = marsad::store::lock::take(&archive).unwrap();
    mode(&lock, 0o644);
    let refused = |what: &str| {
        for arguments in [&["status"][..], &["articles"], &["export", "articles"]] {
            let (code, said, _) = read(arguments);
            assert!(
                code == Some(4) && said.contains("needs a folder that may be written\nhint: copy it, with its -wal, "),
                "{what}: {said}"
            );
        }
        assert!(read(&["doctor"]).2.contains("copy it, with its -wal, "), "{what}");
    };
    refused("the lock is held");
    mode(&lock, 0o600);
    refused("the lock cannot be looked at");
    drop(held);
    fs::remove_file(&lock).unwrap();
    fs::write(&log, "what was committed last").unwrap();
    refused("there is a log");
    fs::remove_file(&log).unwrap();
    assert_eq!(read(&["status"]).0, Some(0));
}

#[test]
fn an_archive_or_folder_for_reading_alone_is_refused_with_the_reason() {
    let (house, folder) = beside_a_house();
    for (what, folder_mode, file_mode, reason) in
        [("the folder", 0o555, 0o444, "cannot make the lock file"), ("the file", 0o777, 0o444, "for reading alone")]
    {
        let data = folder.path().join(what.replace(' ', "-"));
        fs::create_dir(&data).unwrap();
        let archive = data.join("marsad.db");
        fs::copy(house.room.archive(), &archive).unwrap();
        let before = fs::read(&archive).unwrap();
        mode(&archive, file_mode);
        mode(&data, folder_mode);
        let (code, said, _) = as_nobody(&["once"], &archive, folder.path());
        mode(&data, 0o777);
        assert!(code == Some(4) && said.contains(reason), "{what}: {code:?} {said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("caused by: ")).count(), if what == "the file" { 1 } else { 2 }, "{said}");
        assert_eq!(fs::read(&archive).unwrap(), before, "{what}");
        let left = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(left.into_iter().all(|name| !name.contains("corrupt") && !name.contains("next")), "{what}");
    }
}

#[test]
fn a_lock_that_another_program_holds_for_long_is_told_and_loses_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    let archive = house.room.archive();
    let other = open::read_write(&archive).unwrap();
    house
        .room
        .publish("a", &[Item { guid: "3", link: "https://news.example/3", title: "Ceasefire in Idlib holds", text: "A third." }, NEW]);
    let mut daemon = house.start(&["run"], &archive, None);
    until_it_watches(&mut daemon);
    // What it does at its start is not to meet the lock.
    pause(1500);
    other.execute_batch("UPDATE feed SET next_poll_ms = 0; BEGIN IMMEDIATE; UPDATE meta SET value = value").unwrap();
    let began = Instant::now();
    until(90, "the lock is told while it is held", || house.health().iter().any(|title| title.contains("takes nothing in")));
    assert!(began.elapsed() > Duration::from_secs(8), "a moment is no trouble");
    other.execute_batch("ROLLBACK").unwrap();
    let told = || house.room.told().iter().filter(|line| line.ends_with("Ceasefire in Idlib holds")).count();
    until(90, "the third article is told by both rules", || told() == 2);
    signal(&daemon, "TERM");
    assert_eq!(wait(daemon, "the daemon").0.code(), Some(0));
    assert_eq!((house.health().len(), told()), (1, 2), "once each");
}

#[test]
fn a_reader_that_takes_its_time_keeps_no_log_from_being_folded_back() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    let archive = house.room.archive();
    let writer = open::read_write(&archive).unwrap();
    let many = "WITH RECURSIVE c (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM c WHERE i < 4000)
                INSERT INTO article (n, feed, story, title, text, first_seen_ms) SELECT i, 1, 1, 't', hex(randomblob(500)), 0 FROM c";
    writer.execute_batch(many).unwrap();
    // It reads the first chunks, and then waits for whoever reads it.
    let mut export = house.start(&["export", "articles"], &archive, None);
    pause(1000);
    let log = archive.with_extension("db-wal");
    let mut most = 0;
    for round in 0..120 {
        writer.execute("UPDATE article SET text = hex(randomblob(500)), author = ?1", [round]).unwrap();
        most = most.max(fs::metadata(&log).unwrap().len());
    }
    assert_eq!(export.try_wait().unwrap(), None, "the export still waits");
    export.kill().unwrap();
    export.wait().unwrap();
    println!("the log grew to {most} bytes");
    assert!(most <= 64 << 20, "the log grew to {most} bytes");
}

/// The schema as text, and what was in the archive.
fn state(archive: &Path) -> (Vec<String>, i64) {
    let connection = open::read_only(archive).unwrap();
    let mut schema = connection.prepare("SELECT ifnull(sql, name) FROM sqlite_schema ORDER BY type, name").unwrap();
    let schema = schema.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let alerts = "SELECT count(*) FROM alert WHERE title = 't' AND n = 7";
    (schema, connection.query_row(alerts, [], |row| row.get(0)).unwrap())
}

#[test]
fn a_kill_between_any_two_migrations_leaves_the_old_schema_and_the_next_start_goes_on() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    let config = house.room.folder.path().join("marsad.toml");
    fs::write(config, "[poll]\ninterval = \"1h\"\n").unwrap();
    let old = |folder: &Path| {
        let archive = folder.join("marsad.db");
        #[expect(clippy::disallowed_methods, reason = "an archive as the first version left it")]
        let first = Connection::open(&archive).unwrap();
        first.execute_batch(include_str!("../../../src/store/migrations/0001.sql")).unwrap();
        first
            .execute_batch(
                "INSERT INTO rule VALUES (1, 'idlib', NULL); INSERT INTO rule_version VALUES (1, 1, 'aa', '{}', 0); INSERT INTO story VALUES (1, NULL, 0);
                 INSERT INTO alert VALUES (7, 1, 'story:1', 1, 'match', 'high', 1, 3, 'a', 't', '[]', NULL, NULL, 1, 2, '[]');
                 PRAGMA journal_mode = WAL; PRAGMA application_id = 0x6d727364; PRAGMA user_version = 1;",
            )
            .unwrap();
        archive
    };
    let version = |archive: &Path| {
        #[expect(clippy::disallowed_methods, reason = "of whatever version it is")]
        let connection = Connection::open(archive).unwrap();
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let untouched = old(folder.path());
    assert_eq!(wait(house.start(&["once"], &untouched, None), "no kill").0.code(), Some(0));
    let (newest, wanted) = (version(&untouched), state(&untouched));
    assert_eq!(wanted.1, 1);
    let steps = (1..newest).map(|step| format!("migrate.step:{step}"));
    for point in steps.chain(["migrate.commit".to_owned(), "migrate.done".to_owned()]) {
        let folder = tempfile::tempdir().unwrap();
        let archive = old(folder.path());
        assert_eq!(wait(house.start(&["once"], &archive, Some(&point)), &point).0.signal(), Some(9), "{point}");
        assert_eq!(version(&archive), if point == "migrate.done" { newest } else { 1 }, "{point}");
        assert_eq!(wait(house.start(&["once"], &archive, None), &point).0.code(), Some(0), "{point}");
        assert!(state(&archive) == wanted, "{point}");
    }
}
