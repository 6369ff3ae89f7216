//! Commands that write: init, feed add, completions, man, and where files go.

use super::{Desk, filled};
use crate::support::wait::{end, until};
use marsad::store::backups;
use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

#[test]
fn init_writes_a_sound_config_and_never_over_another() {
    let desk = Desk::bare();
    let ran = desk.run(&["init"]);
    assert!(ran.code == Some(0) && ran.out.contains("marsad check") && ran.out.contains("marsad run"), "{ran:?}");
    assert_eq!(desk.run(&["check"]).code, Some(0));
    desk.write("config/marsad/marsad.toml", "mine");
    let again = desk.run(&["init"]);
    assert!(again.code == Some(1) && again.err.contains("--force"), "{again:?}");
    assert_eq!(std::fs::read_to_string(desk.path("config/marsad/marsad.toml")).unwrap(), "mine");
    assert_eq!(desk.run(&["init", "--force"]).code, Some(0));
    assert_eq!(desk.run(&["check"]).code, Some(0));
    assert!(desk.run(&["init", "--path", "deep/er/my.toml"]).out.contains("--config deep/er/my.toml"));
    assert_eq!(desk.run(&["check", "deep/er/my.toml"]).code, Some(0));
}

#[test]
fn without_a_config_the_built_in_one_is_followed_and_said_so() {
    let desk = Desk::bare();
    let ran = desk.run(&["check"]);
    assert!(ran.code == Some(0) && ran.out.contains(": fine"), "{ran:?}");
    assert!(ran.err.starts_with("note: there is no config at ") && ran.err.contains("marsad init"), "{}", ran.err);
    assert_eq!(desk.run(&["-q", "check"]).err, "");
}

#[test]
fn a_feed_is_added_once_and_the_config_stays_sound() {
    let desk = Desk::new();
    let ran =
        desk.run(&["feed", "add", "https://new.example/rss", "--name", "new \"one\"", "--tag", "syria", "--tag", "x", "--language", "ar"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(desk.run(&["feed", "add", "https://other.example/"]).code, Some(0));
    let feeds = desk.run(&["feeds", "--json"]).json();
    assert_eq!(feeds.iter().map(|feed| feed["id"].as_str().unwrap()).collect::<Vec<_>>(), ["enab", "trt", "new \"one\"", "other.example"]);
    assert_eq!(feeds[2]["tags"], serde_json::json!(["syria", "x"]));
    let twice = desk.run(&["feed", "add", "https://enab.example/feed"]);
    assert!(twice.code == Some(1) && twice.err.contains("`enab` has this address already"), "{twice:?}");
}

#[test]
fn a_feed_that_the_config_would_refuse_is_not_written() {
    let desk = Desk::new();
    let file = desk.path("config/marsad/feeds.d/added.toml");
    for arguments in [&["http://127.0.0.1/x"][..], &["ftp://x.example/"], &["https://a.example/", "--name", "enab"]] {
        let ran = desk.run(&[&["feed", "add"], arguments].concat());
        assert!(ran.code == Some(3) && ran.err.contains("nothing was written"), "{ran:?}");
        assert!(!file.exists());
    }
    assert_eq!(desk.run(&["feed", "add", "http://127.0.0.1/x", "--allow-private"]).code, Some(0));
    let before = std::fs::read_to_string(&file).unwrap();
    assert_eq!(desk.run(&["feed", "add", "https://a.example/", "--name", "trt"]).code, Some(3));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    let odd = desk.run(&["feed", "add", "https://a.example/", "--language", "?"]);
    assert!(odd.code == Some(0) && odd.err.contains("warning: "), "{odd:?}");
    let left: Vec<_> = std::fs::read_dir(file.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn a_feed_is_not_added_to_a_config_that_is_not_there_or_not_sound() {
    let desk = Desk::bare();
    let ran = desk.run(&["feed", "add", "https://a.example/"]);
    assert!(ran.code == Some(1) && ran.err.contains("marsad init"), "{ran:?}");
    desk.write("config/marsad/marsad.toml", "nonsense = 1\n");
    assert_eq!(desk.run(&["feed", "add", "https://a.example/"]).code, Some(3));
    assert!(!desk.path("config/marsad/feeds.d").exists());
}

#[test]
fn the_data_folder_is_the_owners_alone() {
    let desk = Desk::new();
    desk.write("empty.toml", "[poll]\ninterval = \"1h\"\n");
    let ran = desk.run(&["once", "--config", "empty.toml", "--json"]);
    assert_eq!(ran.json()[0]["polled"], 0);
    assert_eq!(desk.path("data/marsad").metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_is_made_in_a_folder_that_others_can_look_into_is_the_owners_alone_whatever_the_umask() {
    let desk = Desk::bare();
    desk.write("config/marsad/marsad.toml", "[health]\nenabled = false\n");
    desk.write("dictionaries/kmr_Latn.aff", "SET UTF-8\n");
    desk.write("dictionaries/kmr_Latn.dic", "1\nblen\n");
    let folder = desk.path("data/marsad");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let marsad = |arguments: &[&str]| {
        let command = desk.command(arguments);
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
        shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(desk.path(""));
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        shell
    };
    assert!(marsad(&["forms", "build", "kmr", "--from", "dictionaries"]).status().unwrap().success());
    let daemon = marsad(&["run"]).spawn().unwrap();
    let made = ["marsad.db", "marsad.db-wal", "marsad.db-shm", "marsad.lock", "last-good.json", "words.forms"];
    until(60, "all files are there", || made.iter().all(|name| folder.join(name).exists()));
    backups::make(&desk.archive(), 3, super::now_ms(), &Default::default()).unwrap();
    let modes = |folder: &Path| -> Vec<_> {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
        entries.map(|entry| (entry.file_name(), entry.metadata().unwrap().permissions().mode() & 0o777)).collect()
    };
    let (files, copies) = (modes(&folder), modes(&folder.join("backups")));
    assert!(files.len() >= made.len() && copies.len() == 1);
    assert!(files.iter().chain(&copies).all(|(_, mode)| *mode == 0o600), "{files:?} {copies:?}");
    end(daemon);
    // One that is there is left as it is.
    std::fs::set_permissions(desk.archive(), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(marsad(&["once"]).status().unwrap().success());
    assert_eq!(desk.archive().metadata().unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn directories_of_systemd_and_arguments_say_where_files_are() {
    let desk = filled();
    let elsewhere = desk.path("state");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::copy(desk.archive(), elsewhere.join("marsad.db")).unwrap();
    desk.write("etc/marsad.toml", "[[feed]]\nname = \"unit\"\nurl = \"https://unit.example/\"\n");
    let output = desk
        .command(&["feeds", "--json"])
        .env("STATE_DIRECTORY", &elsewhere)
        .env("CONFIGURATION_DIRECTORY", desk.path("etc"))
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("\"unit\"") && shown.contains("\"old\""), "{shown}");
    let status = desk.run(&["status", "--json", "--db", "state/marsad.db"]).json();
    assert_eq!(status[0]["archive"], "state/marsad.db");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let desk = Desk::bare();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = desk.run(&["completions", shell]);
        assert!(ran.code == Some(0) && ran.out.contains("marsad") && ran.out.contains("explain"), "{shell}");
    }
    let page = desk.run(&["man"]);
    assert!(page.code == Some(0) && page.out.contains(".TH marsad 1"), "{}", page.out);
    assert_eq!(desk.run(&["man", "--dir", "man1"]).code, Some(0));
    for page in ["marsad.1", "marsad-alerts.1", "marsad-feed-add.1"] {
        assert!(desk.path("man1").join(page).exists(), "{page}");
    }
}

#[test]
fn a_backup_holds_what_was_committed_is_private_and_replaces_nothing_unasked() {
    let desk = filled();
    // Somebody writes meanwhile.
    let writer = marsad::store::open::read_write(&desk.archive()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM register;").unwrap();
    let ran = desk.run(&["backup", "copy.db"]);
    assert!(ran.code == Some(0) && ran.out.contains("sound"), "{ran:?}");
    writer.execute_batch("ROLLBACK").unwrap();
    let copy = desk.path("copy.db");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let rows = |path: &std::path::Path| -> Vec<i64> {
        let connection = marsad::store::open::read_only(path).unwrap();
        let count = |table: &str| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        ["article", "alert", "delivery", "match", "feed", "register", "meta"].map(count).to_vec()
    };
    assert_eq!(rows(&copy), rows(&desk.archive()));
    assert_eq!(desk.run(&["--db", "copy.db", "articles", "--json"]).out, desk.run(&["articles", "--json"]).out);
    // It is not written over, unless that is asked for, and never over the archive.
    std::fs::write(desk.path("mine.txt"), "mine").unwrap();
    let refused = desk.run(&["backup", "mine.txt"]);
    assert!(refused.code == Some(1) && refused.err.contains("hint: `--force`"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(desk.path("mine.txt")).unwrap(), "mine");
    let told = desk.run(&["backup", "mine.txt", "--force", "--json"]).json();
    assert_eq!(told[0]["bytes"].as_u64().unwrap(), std::fs::metadata(desk.path("mine.txt")).unwrap().len());
    assert_eq!(rows(&desk.path("mine.txt")), rows(&desk.archive()));
    let archive = desk.archive();
    assert_eq!(desk.run(&["backup", "--force", archive.to_str().unwrap()]).code, Some(1));
    // Nor over what stands beside it, may stand there later, or is no regular file; a link is replaced no more than what it leads to.
    drop(writer);
    let beside = |end: &str| format!("{}{end}", archive.display());
    let lock = archive.with_extension("lock").display().to_string();
    for own in [beside("-wal"), beside("-shm"), beside("-journal"), lock] {
        for there in [false, true] {
            let before = there.then(|| {
                std::fs::read(&own).unwrap_or_else(|_| {
                    std::fs::write(&own, "").unwrap();
                    Vec::new()
                })
            });
            let ran = desk.run(&["backup", "--force", &own]);
            assert!(ran.code == Some(1) && ran.err.contains("belongs to the archive itself\nhint: "), "{own}: {ran:?}");
            assert!(before.is_none_or(|before| std::fs::read(&own).unwrap() == before), "{own}");
        }
        std::fs::remove_file(&own).unwrap();
    }
    std::os::unix::fs::symlink("nowhere.db", desk.path("dangling")).unwrap();
    std::os::unix::fs::symlink("copy.db", desk.path("link")).unwrap();
    std::fs::hard_link(&archive, desk.path("twin.db")).unwrap();
    let pipe = std::os::unix::net::UnixListener::bind(desk.path("socket")).unwrap();
    for (name, said) in [
        ("dangling", "is a symbolic link"),
        ("link", "is a symbolic link"),
        ("twin.db", "the archive itself"),
        ("socket", "is no regular file"),
        ("config", "is a folder"),
    ] {
        for force in [&[][..], &["--force"]] {
            let kind = std::fs::symlink_metadata(desk.path(name)).unwrap().file_type();
            let ran = desk.run(&[&["backup", name], force].concat());
            assert!(ran.code == Some(1) && ran.err.contains(said) && ran.err.contains("hint: "), "{name}: {ran:?}");
            assert_eq!(std::fs::symlink_metadata(desk.path(name)).unwrap().file_type(), kind, "{name}");
        }
    }
    drop(pipe);
    std::fs::remove_file(desk.path("twin.db")).unwrap();
    // Where it cannot be written, nothing is left behind.
    let nowhere = desk.run(&["backup", "no/such/folder/copy.db"]);
    assert!(nowhere.code == Some(1) && nowhere.err.starts_with("error: no copy was made\ncaused by: "), "{nowhere:?}");
    let parts = std::fs::read_dir(desk.folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0);
}

#[test]
fn a_unit_hands_the_service_the_secrets_of_feeds_as_it_does_those_of_sinks() {
    let desk = Desk::bare();
    desk.write(
        "config/marsad/marsad.toml",
        "[[feed]]\nurl = 'https://wire.example/'\nuser = 'me'\npassword_file = 'credential:wire'\nheaders_file = '/home/ana/keys/wire'\n\
         [[feed]]\nurl = 'https://wire.example/more'\nuser = 'me'\npassword_file = 'credential:wire'\n\
         [sink.hook]\ntype = 'webhook'\nurl = 'https://hook.example/'\ntoken_file = 'credential:hook'\n\
         [sink.post]\ntype = 'mail'\nserver = 'm.example'\nfrom = 'a@m.example'\nto = ['b@m.example']\nca_file = '/home/ana/ca.pem'\n",
    );
    let ran = desk.run(&["install", "--user", "--print"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let values = |key: &str| ran.out.lines().filter_map(|line| line.strip_prefix(key)).collect::<Vec<_>>();
    assert_eq!(values("LoadCredential="), ["wire:%E/marsad/credentials/wire", "hook:%E/marsad/credentials/hook"]);
    let bound = values("BindReadOnlyPaths=");
    for path in ["/home/ana/keys/wire", "/home/ana/ca.pem"] {
        assert_eq!(bound.iter().filter(|bound| bound.ends_with(path)).count(), 1, "{path}: {bound:?}");
    }
}
