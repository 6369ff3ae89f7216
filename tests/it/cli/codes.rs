//! Exit codes, and what goes with them on standard error.

use super::{CONFIG, Desk, filled};
use marsad::store::{backups, lock};
use std::os::unix::fs::symlink;

#[test]
fn what_was_done_is_0_and_no_hit_is_too() {
    let desk = filled();
    for arguments in
        [&["alerts", "--since", "1s"][..], &["search", "nowhere"], &["status"], &["feeds"], &["check"], &["match", "/dev/null"]]
    {
        let ran = desk.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn an_error_is_1_and_says_what_to_do() {
    let desk = filled();
    let ran = desk.run(&["articles", "99"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("error: there is no article 99\nhint: `marsad articles` lists them"), "{}", ran.err);
    assert_eq!(ran.out, "");
    for arguments in [&["alerts", "--rule", "x"][..], &["articles", "--feed", "x"], &["explain", "1", "x"], &["feed", "parse", "/nope"]] {
        assert_eq!(desk.run(arguments).code, Some(1), "{arguments:?}");
    }
}

#[test]
fn wrong_usage_is_2() {
    let desk = filled();
    for arguments in [
        &[][..],
        &["nosuch"],
        &["alerts", "--since", "yesterday"],
        &["search", "\"open"],
        &["search", "@nosuch"],
        &["-q", "-v", "status"],
        &["install"],
    ] {
        assert_eq!(desk.run(arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(desk.command(&["status"]).env("MARSAD_LOG", "==").output().unwrap().status.code(), Some(2));
}

#[test]
fn a_refused_config_is_3_with_every_problem() {
    let desk = Desk::new();
    let bad = desk.write("bad.toml", &CONFIG.replace("@idlib", "@idlyb").replace("tags =", "tag ="));
    let bad = bad.to_str().unwrap();
    for arguments in [&["check", bad][..], &["once", "--config", bad], &["run", "--config", bad], &["match", "-", "--config", bad]] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, Some(3), "{arguments:?}");
        let told = ran.out + &ran.err;
        assert!(told.contains("@idlyb") && told.contains("hint: ") && told.contains("bad.toml:"), "{told}");
    }
    let ran = desk.run(&["check", bad]);
    assert!(ran.out.lines().last().unwrap().contains(" errors"), "{}", ran.out);
    assert_eq!(ran.err, "");
    assert_eq!(desk.run(&["check", "nosuch.toml"]).code, Some(3));
}

#[test]
fn an_archive_that_cannot_be_used_is_4() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["alerts"]).code, Some(4));
    let text = desk.write("text.db", &"this is no archive ".repeat(100));
    let text = text.to_str().unwrap();
    for arguments in [&["status", "--db", text][..], &["once", "--db", text], &["run", "--db", text]] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, Some(4), "{arguments:?} {}", ran.err);
        assert!(ran.err.contains("error: ") && ran.err.contains("text.db"), "{}", ran.err);
    }
    // A journal gets the whole reason in one line.
    let under_a_manager = desk.command(&["run", "--db", text]).env("JOURNAL_STREAM", "8:1").output().unwrap();
    let told = String::from_utf8(under_a_manager.stderr).unwrap();
    assert_eq!(under_a_manager.status.code(), Some(4), "{told}");
    assert!(told.starts_with("<3>the archive cannot be used: ") && told.lines().count() == 1, "{told}");
}

#[test]
fn an_archive_that_another_process_holds_is_5_for_those_who_ingest() {
    let desk = filled();
    let _lock = lock::take(&desk.archive()).unwrap();
    let ran = desk.run(&["once"]);
    assert_eq!(ran.code, Some(5));
    assert!(ran.err.contains(&format!("(process {})", std::process::id())), "{}", ran.err);
    assert_eq!(desk.run(&["run"]).code, Some(5));
    let status = desk.run(&["status", "--json"]).json();
    assert_eq!(status[0]["running"], std::process::id());
}

#[test]
fn a_link_to_an_archive_is_the_archive_with_its_lock_and_its_backups() {
    let desk = filled();
    desk.write("config/marsad/marsad.toml", "[health]\nenabled = false\n");
    std::fs::create_dir(desk.path("links")).unwrap();
    symlink(desk.archive(), desk.path("links/one.db")).unwrap();
    symlink("one.db", desk.path("links/two.db")).unwrap();
    backups::make(&desk.archive(), 3, super::now_ms(), &Default::default()).unwrap();
    let running = lock::take(&desk.archive()).unwrap();
    for link in ["links/one.db", "links/two.db"] {
        for command in ["run", "once"] {
            let ran = desk.run(&[command, "--db", link]);
            assert!(ran.code == Some(5) && ran.err.contains(&format!("(process {})", std::process::id())), "{command} {link}: {ran:?}");
        }
        let status = desk.run(&["status", "--json", "--db", link]).json();
        assert!(status[0]["running"] == std::process::id() && status[0]["backup"].is_string(), "{status:?}");
    }
    drop(running);
    assert_eq!(desk.run(&["once", "--db", "links/two.db"]).code, Some(0));
    let names = |folder: &str| -> Vec<_> {
        let mut names: Vec<_> = std::fs::read_dir(desk.path(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("links"), ["one.db", "two.db"]);
    assert_eq!(names("data/marsad"), ["backups", "marsad.db", "marsad.lock"]);

    symlink("nowhere.db", desk.path("links/three.db")).unwrap();
    symlink("five.db", desk.path("links/four.db")).unwrap();
    symlink("four.db", desk.path("links/five.db")).unwrap();
    for link in ["links/three.db", "links/four.db"] {
        for command in ["run", "once", "status"] {
            let ran = desk.run(&[command, "--db", link]);
            assert!(ran.code == Some(4) && ran.err.contains("is a link that cannot be followed"), "{command} {link}: {ran:?}");
        }
        let ran = desk.run(&["doctor", "--db", link]);
        assert!(ran.code == Some(1) && ran.out.contains("is a link that cannot be followed"), "{link}: {ran:?}");
    }
    assert_eq!(names("links"), ["five.db", "four.db", "one.db", "three.db", "two.db"], "nothing is made beside a link");
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let desk = filled();
    let archive = desk.open();
    let many = "WITH RECURSIVE c (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
                INSERT INTO article (n, feed, story, title, text, first_seen_ms) SELECT i, 1, 1, hex(zeroblob(200)), hex(zeroblob(500)), 0 FROM c";
    archive.execute_batch(many).unwrap();
    for arguments in [&["export", "articles"][..], &["export", "articles", "--format", "csv"], &["articles", "--limit", "5000"]] {
        let mut child = desk.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_silence() {
    let desk = filled();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = desk.command(&["alerts"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: cannot write the output\ncaused by: No space left"));
}

#[test]
fn a_document_that_is_no_feed_and_an_address_that_is_private_are_errors() {
    let desk = Desk::new();
    let ran = desk.feed(&["feed", "parse", "-"], "just a text");
    assert!(ran.code == Some(1) && ran.err.starts_with("error: cannot read `-`\ncaused by: "), "{ran:?}");
    let ran = desk.run(&["feed", "parse", "http://127.0.0.1:9/"]);
    assert!(ran.code == Some(1) && ran.err.contains("hint: `--allow-private`"), "{ran:?}");
}

#[test]
fn an_item_without_guid_link_or_title_has_one_key_in_every_process() {
    let desk = Desk::new();
    let item = |text: &str| format!("<item><description>{text}</description></item>");
    let document = |items: &str| format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    let keys = |document: &str| -> Vec<String> {
        let told = desk.feed(&["feed", "parse", "-", "--json"], document).json();
        told[0]["entries"].as_array().unwrap().iter().map(|entry| entry["key"].as_str().unwrap().to_owned()).collect()
    };
    let (one, two) = (item("Ten families left the town at dawn."), item("The road is open again."));
    let first = keys(&document(&format!("{one}{two}")));
    assert!(first.len() == 2 && first[0] != first[1], "{first:?}");
    assert_eq!(keys(&document(&format!("{one}{two}"))), first);
    assert_eq!(keys(&document(&format!("{two}{one}"))), [first[1].clone(), first[0].clone()]);
}

#[test]
fn the_journal_gets_priorities_and_no_times() {
    let desk = Desk::new();
    desk.write("none.toml", "[poll]\ninterval = \"1h\"\n");
    let mut child = desk.command(&["run", "--config", "none.toml"]).env("JOURNAL_STREAM", "8:1").spawn().unwrap();
    while lock::holder(&desk.archive()).is_none() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended early");
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    // It may take a moment to listen for signals; the log says when it does.
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.starts_with("<6>watching")) {
        let mut line = String::new();
        assert_ne!(std::io::BufRead::read_line(&mut log, &mut line).unwrap(), 0, "{lines:?}");
        lines.push(line);
    }
    assert!(lines.iter().all(|line| line.starts_with('<')) && lines[0].starts_with("<4>no feed is followed"), "{lines:?}");
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
