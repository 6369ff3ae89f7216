//! Bytes that were changed or lost.

use super::*;
use std::panic::AssertUnwindSafe;

/// How many archives are damaged.
const CASES: u64 = 80;

/// What became of a damaged archive.
#[derive(Debug, PartialEq, Clone, Copy)]
enum End {
    /// It was opened, and is sound as it is.
    Sound,
    /// It was set aside, and a backup took its place.
    Restored,
}

/// Starts until a round goes well, three times at most: what is found in use ends it, and is believed when it was found twice.
async fn end(copy: &Copy, config: &str, articles: i64, what: &str) -> End {
    let mut done = copy.once(config).await;
    for _ in 0..2 {
        if let Err(DaemonError::Damaged(_)) = done {
            done = copy.once(config).await;
        }
    }
    if let Err(error) = done {
        panic!("{what}: {}", daemon::chain(&error));
    }
    assert!(copy.is_sound(), "{what}: it goes on with an archive that is not sound");
    assert_eq!(copy.count("SELECT count(*) FROM article"), articles, "{what}: articles");
    if copy.aside().is_empty() {
        return End::Sound;
    }
    let word = "SELECT count(*) FROM alert WHERE kind = 'health' AND title LIKE '%from the backup of%'";
    assert_eq!(copy.count(word), 1, "{what}: nothing is said of it");
    End::Restored
}

/// Changes 1, 8, 64 or 1,000 bytes of a copy, by the dice of this seed, and starts on it.
async fn flip(house: &House, seed: u64) -> End {
    let copy = house.copy();
    let mut dice = Dice(seed);
    let flips = [1, 8, 64, 1000][seed as usize % 4];
    let mut bytes = fs::read(&copy.archive).unwrap();
    for _ in 0..flips {
        let at = dice.below(bytes.len());
        bytes[at] ^= 1 + dice.below(255) as u8;
    }
    fs::write(&copy.archive, &bytes).unwrap();
    // There is news, so that what was damaged is written to as well.
    house.room.publish("a", &[THIRD, NEW, OLD]);
    let (before, what) = (house.room.told().len(), format!("{flips} bytes, seed {seed}"));
    let ended = end(&copy, &house.config, 3, &what).await;
    let told = house.room.told().split_off(before);
    assert!(told.contains(&format!("ceasefire: {}", THIRD.title)), "{what}: {told:?}");
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_end_in_a_sound_archive_or_in_the_backup() {
    let house = House::open().await;
    let (mut restored, mut sound) = (0, 0);
    for seed in 0..CASES {
        match flip(&house, seed).await {
            End::Sound => sound += 1,
            End::Restored => restored += 1,
        }
    }
    println!("{restored} restored, {sound} sound as they were");
    assert!(restored >= 40 && sound >= 1, "{restored} restored, {sound} sound");
}

#[test]
#[ignore = "as many archives as it is told: tests/long/rescue"]
fn flipped_bytes_of_many_archives_end_well() {
    #[expect(clippy::disallowed_methods, reason = "which ones is the caller's choice")]
    let seeds = std::env::var("MARSAD_RESCUE_SEEDS").expect("tests/long/rescue names the seeds");
    let (from, to) = seeds.split_once("..").expect("FROM..TO");
    let seeds = from.parse::<u64>().unwrap()..to.parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    // By how many bytes were changed: restored, sound as they were.
    let (mut ends, mut bad) = ([[0; 2]; 4], Vec::new());
    for seed in seeds {
        match std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(flip(&house, seed)))) {
            Ok(end) => ends[seed as usize % 4][usize::from(end == End::Sound)] += 1,
            Err(_) => bad.push(seed),
        }
    }
    for (flips, [restored, sound]) in [1, 8, 64, 1000].into_iter().zip(ends) {
        println!("{flips:>4} bytes: {restored} restored, {sound} sound as they were");
    }
    assert!(bad.is_empty(), "these seeds end badly: {bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_cut_at_any_length_ends_in_the_backup() {
    let house = House::open().await;
    let whole = fs::metadata(house.room.archive()).unwrap().len();
    let mut dice = Dice(7);
    let random = (0..12).map(|_| dice.next() % whole);
    for length in [0, 1, 15, 16, 99, 100, 4096, whole / 2, whole - 4096].into_iter().chain(random.collect::<Vec<_>>()) {
        let copy = house.copy();
        fs::OpenOptions::new().write(true).open(&copy.archive).unwrap().set_len(length).unwrap();
        assert_eq!(end(&copy, &house.config, 2, &format!("cut to {length} of {whole}")).await, End::Restored, "{length}");
        assert_eq!(copy.aside()[0], "", "{length}");
        assert!(fs::read_dir(copy.folder.path()).unwrap().all(|e| !e.unwrap().file_name().to_string_lossy().contains(".next")), "{length}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_or_changed_is_as_good_as_a_power_cut() {
    let house = House::open().await;
    let open = open::read_write(&house.room.archive()).unwrap();
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; DELETE FROM unindexed; UPDATE article SET author = hex(randomblob(3000));").unwrap();
    open.execute_batch("UPDATE article SET author = 'x'; INSERT INTO unindexed SELECT n FROM article;").unwrap();
    let log = fs::read(house.room.archive().with_extension("db-wal")).unwrap();
    assert!(log.len() > 20_000, "{}", log.len());
    for seed in 0..40 {
        let copy = house.copy();
        let mut dice = Dice(seed);
        let mut bytes = log[..if seed % 2 == 0 { dice.below(log.len()) } else { log.len() }].to_vec();
        for _ in 0..if seed % 2 == 1 { 1 << (seed % 10) } else { 0 } {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 + dice.below(255) as u8;
        }
        fs::write(copy.archive.with_extension("db-wal"), &bytes).unwrap();
        let _ = fs::remove_file(copy.archive.with_extension("db-shm"));
        assert_eq!(end(&copy, &house.config, 2, &format!("log, seed {seed}")).await, End::Sound, "{seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_not_ours_ends_in_the_backup() {
    let house = House::open().await;
    for change in [
        "ALTER TABLE article RENAME COLUMN title TO tittle",
        "DROP TABLE register_part",
        "DROP INDEX condition_open",
        "PRAGMA user_version = 3",
        // As one changed byte does, which no look at the structure finds.
        "UPDATE meta SET key = 'arbhive_id' WHERE key = 'archive_id'",
    ] {
        let copy = house.copy();
        open::read_write(&copy.archive).unwrap().execute_batch(change).unwrap();
        assert_eq!(end(&copy, &house.config, 2, change).await, End::Restored, "{change}");
    }
    // What somebody added is theirs.
    let copy = house.copy();
    open::read_write(&copy.archive).unwrap().execute_batch("CREATE VIEW mine AS SELECT 1; CREATE INDEX own ON article (author)").unwrap();
    assert_eq!(end(&copy, &house.config, 2, "added").await, End::Sound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_and_what_is_not_ours_is_never_set_aside() {
    let house = House::open().await;
    let other = |change: &dyn Fn(&Path)| {
        let copy = house.copy();
        fs::remove_dir_all(copy.folder.path().join("backups")).unwrap();
        change(&copy.archive);
        copy
    };
    let text = other(&|archive| fs::write(archive, "a shopping list, ".repeat(500)).unwrap());
    let later = other(&|archive| open::read_write(archive).unwrap().execute_batch("PRAGMA user_version = 9999").unwrap());
    let program = other(&|archive| {
        fs::remove_file(archive).unwrap();
        #[expect(clippy::disallowed_methods, reason = "another program knows nothing of our pragmas")]
        Connection::open(archive)
            .unwrap()
            .execute_batch("CREATE TABLE song (name); INSERT INTO song VALUES (hex(randomblob(9000)))")
            .unwrap();
    });
    let torn = other(&|archive| {
        fs::copy(&program.archive, archive).unwrap();
        fs::OpenOptions::new().write(true).open(archive).unwrap().set_len(5000).unwrap();
    });
    for (what, copy) in [("a text", &text), ("a later schema", &later), ("another program's", &program), ("another's, torn", &torn)] {
        let before = fs::read(&copy.archive).unwrap();
        let error = copy.once(&house.config).await.unwrap_err();
        assert!(matches!(error, DaemonError::Store(_)), "{what}: {error:?}");
        assert_eq!((copy.aside(), fs::read(&copy.archive).unwrap() == before), (Vec::new(), true), "{what}");
    }
}

#[test]
fn a_small_file_of_somebody_else_is_refused_at_every_start_and_never_moved() {
    let house = tokio::runtime::Runtime::new().unwrap().block_on(House::open());
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    for text in ["x".to_owned(), "call the printer on Monday\n".repeat(3), "SQLite format 3\0".to_owned(), "y".repeat(511)] {
        fs::write(&notes, &text).unwrap();
        for start in 1..=4 {
            let (ended, said) = wait(house.start(&["once"], &notes, None), "a start");
            assert_eq!(ended.code(), Some(4), "start {start} on {text:?}: {said}");
            assert!(said.contains("it does not look like one of marsad, so it is left alone"), "{said}");
            assert!(!said.contains("sets it aside"), "{said}");
        }
        assert_eq!(fs::read_to_string(&notes).unwrap(), text);
        let mut beside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        beside.sort();
        assert_eq!(beside, ["notes.lock", "notes.txt"], "{text:?}");
        for reader in ["status", "doctor"] {
            let (_, said) = both(house.start(&[reader], &notes, None));
            assert!(!said.contains("newest backup") && !said.contains("sets the file aside"), "{reader} of {text:?}: {said}");
        }
    }
    // What two processes are said to have met does not make it ours.
    fs::write(folder.path().join("notes.lock"), "1\n\n2\n").unwrap();
    assert_eq!(wait(house.start(&["once"], &notes, None), "a start").0.code(), Some(4));
    assert_eq!(fs::read_to_string(&notes).unwrap(), "y".repeat(511));
}

#[test]
fn an_archive_that_was_cut_to_little_is_known_by_its_mark_or_its_log() {
    let house = tokio::runtime::Runtime::new().unwrap().block_on(House::open());
    for (length, log, ours) in [(100, false, true), (30, true, true), (30, false, false)] {
        let copy = house.copy();
        fs::remove_dir_all(copy.folder.path().join("backups")).unwrap();
        if log {
            let open = open::read_write(&copy.archive).unwrap();
            open.execute_batch("CREATE TABLE mine (a)").unwrap();
            let kept = fs::read(copy.archive.with_extension("db-wal")).unwrap();
            drop(open);
            fs::write(copy.archive.with_extension("db-wal"), kept).unwrap();
        }
        fs::OpenOptions::new().write(true).open(&copy.archive).unwrap().set_len(length).unwrap();
        let (ended, said) = wait(house.start(&["once"], &copy.archive, None), "a start");
        assert_eq!(ended.code(), Some(if ours { 0 } else { 4 }), "cut to {length}: {said}");
        assert_eq!(copy.aside().first().map(String::as_str), ours.then_some(""), "cut to {length}: {said}");
    }
}

/// How it ended, and all that it said.
fn both(child: Child) -> (ExitStatus, String) {
    let output = child.wait_with_output().unwrap();
    (output.status, String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_backup_it_begins_empty_and_old_news_is_told_in_a_summary() {
    let house = House::open().await;
    let copy = house.copy();
    fs::remove_dir_all(copy.folder.path().join("backups")).unwrap();
    fs::OpenOptions::new().write(true).open(&copy.archive).unwrap().set_len(30_000).unwrap();
    copy.once(&house.config.replace("backlog = \"alert\"", "backlog = \"summary\"")).await.unwrap();
    assert_eq!((copy.count("SELECT count(*) FROM article"), copy.aside()[0].as_str()), (2, ""));
    assert_eq!(copy.count("SELECT count(*) FROM alert WHERE kind = 'match'"), 0);
    assert_eq!(copy.count("SELECT count(*) FROM alert WHERE kind = 'import'"), 2, "one for each rule");
    assert!(house.health().iter().any(|title| title.contains("there was no backup")), "{:?}", house.health());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_backup_that_is_sound_is_taken_and_what_came_after_it_is_told_under_a_new_key() {
    let house = House::open().await;
    let copy = house.copy();
    let newest = backups::list(&copy.archive, i64::MAX).unwrap()[0].clone();
    // A newer one, torn.
    let torn = fs::read(&newest.file).unwrap();
    fs::write(copy.folder.path().join("backups/marsad-20990101T000000Z.db"), &torn[..torn.len() / 2]).unwrap();
    fs::write(&copy.archive, "SQLite format 3\0").unwrap();
    let keys =
        |room: &Newsroom| room.posts().into_iter().filter(|(_, alert)| alert["title"] == NEW.title).map(|(key, _)| key).collect::<Vec<_>>();
    let before = keys(&house.room);
    assert_eq!(end(&copy, &house.config, 2, "two backups").await, End::Restored);
    let after = keys(&house.room);
    assert_eq!((before.len(), after.len()), (2, 4), "told again, since the backup does not know it");
    assert!(after[2..].iter().all(|key| !before.contains(key)), "a receiver that keeps keys takes none for another: {after:?}");
    let old = house.room.posts().into_iter().filter(|(_, alert)| alert["title"] == OLD.title).count();
    assert_eq!(old, 2, "what the backup knows is not told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_of_the_repair_ends_in_the_backup_all_the_same() {
    let house = House::open().await;
    for point in ["rescue.made", "rescue.aside", "rescue.logs", "rescue.done"] {
        let copy = house.copy();
        fs::OpenOptions::new().write(true).open(&copy.archive).unwrap().set_len(20_000).unwrap();
        for log in ["db-wal", "db-shm"] {
            fs::write(copy.archive.with_extension(log), "of the damaged one").unwrap();
        }
        let (killed, said) = wait(house.start(&["once", "--all"], &copy.archive, Some(point)), point);
        assert_eq!(killed.signal(), Some(9), "{point} was not reached: {said}");
        assert_eq!(end(&copy, &house.config, 2, point).await, End::Restored, "{point}");
        assert_eq!(copy.aside().first().map(String::as_str), Some(""), "{point}");
        assert!(copy.aside().contains(&"-wal".to_owned()), "{point}: {:?}", copy.aside());
    }
}

#[test]
fn damage_under_a_running_daemon_ends_it_and_the_next_start_repairs() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    let copy = house.copy();
    let (asked, go) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (seen, open_now) = (asked.clone(), go.clone());
    let body = crate::support::newsroom::rss(&[OLD, NEW]);
    let slow = Server::start(move |_| {
        seen.store(true, SeqCst);
        while !open_now.load(SeqCst) {
            pause(10);
        }
        Reply::ok(body.clone()).header("Content-Type", "application/rss+xml")
    });
    let config = house.config.replace(&house.room.server.url("/a"), &slow.url("/slow"));
    fs::write(house.room.folder.path().join("marsad.toml"), config).unwrap();
    open::read_write(&copy.archive).unwrap().execute_batch("UPDATE feed SET next_poll_ms = 0").unwrap();
    let daemon = house.start(&["run"], &copy.archive, None);
    until(90, "the feed is asked", || asked.load(SeqCst));
    // Another program writes, which makes the daemon read its pages anew; meanwhile the disk has lost them.
    let other = open::read_write(&copy.archive).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value").unwrap();
    let length = fs::metadata(&copy.archive).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(&copy.archive).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![0xa5; length as usize - 4096], 4096).unwrap();
    other.execute_batch("COMMIT").unwrap();
    go.store(true, SeqCst);
    let (status, said) = wait(daemon, "the daemon");
    assert_eq!(status.code(), Some(6), "{said}");
    assert!(
        said.contains("error: the archive is damaged: ") && said.contains("hint: the next start, or the one after it, sets it aside"),
        "{said}"
    );
    drop(other);
    let daemon = house.start(&["run"], &copy.archive, None);
    until(90, "the health alert is told", || house.health().iter().any(|title| title.contains("goes on from the backup of")));
    signal(&daemon, "TERM");
    let (status, said) = wait(daemon, "the daemon");
    assert!(status.code() == Some(0) && said.contains("the archive was damaged; another took its place"), "{said}");
    assert!(copy.is_sound());
}
