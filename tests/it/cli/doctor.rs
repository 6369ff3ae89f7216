//! `marsad doctor` in worlds that are broken for real, and in one that is well.

use super::{CONFIG, Desk, Ran, filled, now_ms};
use crate::support::{notifications::PrivateBus, server::NOBODY};
use marsad::store::{backups, lock, open};
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

/// A desk whose alerts go to `sinks`, defined by `more`.
fn desk(sinks: &str, more: &str) -> Desk {
    let desk = filled();
    desk.write("config/marsad/marsad.toml", &format!("[alert]\nsinks = [{sinks}]\n{more}\n{CONFIG}"));
    fs::set_permissions(desk.path("data/marsad"), fs::Permissions::from_mode(0o700)).unwrap();
    backups::make(&desk.archive(), 3, now_ms(), &Default::default()).unwrap();
    desk
}

/// State and words of each check of this name.
fn said(ran: &Ran, check: &str) -> Vec<(String, String)> {
    let lines = ran.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let of = lines.filter(|line| line["check"] == check);
    of.map(|line| (line["state"].as_str().unwrap().to_owned(), format!("{}; {}", line["said"], line["todo"]))).collect()
}

fn state(ran: &Ran, check: &str) -> String {
    said(ran, check).first().map(|(state, _)| state.clone()).unwrap_or_default()
}

#[test]
fn a_world_that_is_well_has_no_problem_beside_a_running_daemon_and_nothing_is_written() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("[sink.wire]\ntype = \"webhook\"\nurl = \"http://{}/\"", listener.local_addr().unwrap());
    let desk = desk("\"wire\", \"journal\"", &hook);
    let running = lock::take(&desk.archive()).unwrap();
    let before = fs::read(desk.archive()).unwrap();
    let ran = desk.run(&["doctor", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for check in ["config", "archive", "permissions", "disk", "backups", "clock", "sink wire", "sink journal", "running"] {
        assert_eq!(state(&ran, check), "ok", "{check}: {ran:?}");
    }
    assert!(!ran.out.contains("\"problem\""), "{ran:?}");
    assert!(fs::read(desk.archive()).unwrap() == before);
    drop(running);
    let ran = desk.run(&["doctor"]);
    assert!(ran.code == Some(0) && ran.out.contains("warning  running") && ran.out.contains("→ `marsad run` starts it"), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}'), "no colour without a terminal");
    listener.set_nonblocking(true).unwrap();
    let (mut caller, _) = listener.accept().unwrap();
    caller.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    assert_eq!(std::io::Read::read(&mut caller, &mut [0; 9]).unwrap(), 0, "nothing was sent");
}

#[test]
fn damage_open_modes_dead_sinks_and_old_backups_are_told_with_what_to_do() {
    let desk = desk(
        "\"wire\", \"prog\", \"feed\", \"desktop\"",
        &format!(
            "[sink.wire]\ntype = \"webhook\"\nurl = \"http://{NOBODY}/\"\ntoken_file = \"hook.token\"
             [sink.prog]\ntype = \"command\"\nargv = [\"/nowhere/page-me\"]\n[sink.feed]\ntype = \"atom\"\npath = \"/nowhere/alerts.atom\"\n"
        ),
    );
    let token = desk.write("config/marsad/hook.token", "CANARY");
    fs::set_permissions(token, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(desk.path("data/marsad"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(state(&desk.run(&["doctor", "--json"]), "permissions"), "ok", "no file in there is for others");
    // As earlier versions made it under a common umask.
    fs::set_permissions(desk.archive(), fs::Permissions::from_mode(0o644)).unwrap();
    let newest = backups::list(&desk.archive(), i64::MAX).unwrap()[0].file.clone();
    fs::OpenOptions::new().write(true).open(newest).unwrap().set_len(20_000).unwrap();
    open::read_write(&desk.archive()).unwrap().execute_batch(&format!("UPDATE feed SET last_poll_ms = {}", now_ms() + 9_000_000)).unwrap();
    let ran = desk.run(&["doctor", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for (check, want, word) in [
        ("permissions", "warning", "chmod 700"),
        ("backups", "problem", "delete "),
        ("secrets", "problem", "chmod 600"),
        ("clock", "problem", "lies ahead"),
        ("sink wire", "problem", "cannot be reached"),
        ("sink prog", "problem", "/nowhere/page-me"),
        ("sink feed", "problem", "no folder /nowhere"),
        ("sink desktop", "problem", "no session bus"),
        ("archive", "ok", "sound"),
    ] {
        let found = said(&ran, check);
        assert!(found.iter().any(|(state, words)| state == want && words.contains(word)), "{check}: {found:?}");
    }
    assert!(!ran.out.contains("CANARY"));
    fs::OpenOptions::new().write(true).open(desk.archive()).unwrap().set_len(40_000).unwrap();
    let ran = desk.run(&["doctor", "--json"]);
    let found = said(&ran, "archive");
    assert!(
        ran.code == Some(1) && found[0].0 == "problem" && found[0].1.contains("damaged") && found[0].1.contains("restart marsad"),
        "{ran:?}"
    );
    assert_eq!(fs::metadata(desk.archive()).unwrap().len(), 40_000, "it is left as it is");
    desk.write("config/marsad/marsad.toml", "nonsense = 1\n");
    let ran = desk.run(&["doctor", "--json"]);
    assert!(ran.code == Some(1) && state(&ran, "config") == "problem", "{ran:?}");
}

#[test]
fn certificates_are_no_secret_and_are_told_where_they_cannot_be_read() {
    let mail = "type = \"mail\"\nserver = \"m.example\"\nfrom = \"a@m.example\"\nto = [\"b@m.example\"]\nca_file = \"ca.pem\"";
    let desk = desk("\"journal\"", &format!("[sink.post]\n{mail}"));
    let file = desk.write("config/marsad/ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = desk.run(&["doctor", "--json"]);
    assert!(ran.code == Some(0) && said(&ran, "secrets").is_empty() && state(&ran, "certificates") == "ok", "{ran:?}");
    fs::remove_file(&file).unwrap();
    for word in ["cannot read the certificates in", "is no file of certificates"] {
        let ran = desk.run(&["doctor", "--json"]);
        let found = said(&ran, "certificates");
        assert!(ran.code == Some(1) && found.len() == 1 && found[0].0 == "problem", "{ran:?}");
        assert!(found[0].1.contains(word) && found[0].1.contains("ca.pem") && said(&ran, "secrets").is_empty(), "{ran:?}");
        // Then there is something of that name, and no file.
        fs::create_dir_all(&file).unwrap();
    }
}

#[test]
fn a_bus_without_a_notification_server_is_a_problem_of_the_desktop_sink() {
    let desk = desk("\"desktop\"", "");
    let bus = PrivateBus::start();
    let output = desk.command(&["doctor", "--json"]).env("DBUS_SESSION_BUS_ADDRESS", &bus.address).output().unwrap();
    let ran = Ran::from(output);
    assert!(said(&ran, "sink desktop")[0].1.contains("no notification server answers"), "{ran:?}");
}

#[test]
fn only_when_asked_does_each_sink_get_a_marked_message() {
    let room = crate::support::newsroom::Newsroom::open();
    let desk = desk("\"wire\"", &format!("[sink.wire]\ntype = \"webhook\"\nurl = \"{}\"", room.server.url("/hook")));
    assert_eq!(state(&desk.run(&["doctor", "--json"]), "sink wire"), "ok");
    assert_eq!(room.posts().len(), 0);
    let ran = desk.run(&["doctor", "--json", "--send"]);
    assert!(said(&ran, "sink wire")[0].1.contains("took a test message"), "{ran:?}");
    assert!(room.posts().len() == 1 && room.posts()[0].1["title"].as_str().unwrap().contains("test message"));
    room.answer(|_| 401);
    assert_eq!(state(&desk.run(&["doctor", "--json", "--send"]), "sink wire"), "problem");
}
