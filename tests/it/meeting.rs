//! Two that meet at an unlucky moment: a command beside a daemon that writes, a reload while answers are under way. Each test brings
//! the moment about; none leaves it to chance alone.

use crate::support::{
    newsroom::{Item, Newsroom, rss},
    wait,
};
use marsad::{daemon::clock::now_ms, store::open};
use rusqlite::{Connection, TransactionBehavior};
use rustix::{
    fs::{FlockOperation, flock},
    process::{Pid, Signal, kill_process},
};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

const NEWS: Item = Item { guid: "1", link: "https://news.example/1", title: "A quake", text: "It shook the valley." };

const LATER: Item = Item { guid: "2", link: "https://news.example/2", title: "Later", text: "Nothing shook." };

/// The longest wait for anything, in seconds: a daemon looks every half minute.
const LONG: u64 = 120;

/// A server that answers when a test says so, and what it says.
struct Door {
    url: String,
    came: Receiver<()>,
    answers: Sender<(u16, String)>,
}

impl Door {
    fn new() -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (arrived, came) = channel();
        let (answers, said) = channel::<(u16, String)>();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).unwrap() > 2 {
                    length = line.to_lowercase().strip_prefix("content-length: ").map_or(length, |n| n.trim().parse().unwrap());
                    line.clear();
                }
                reader.read_exact(&mut vec![0; length]).unwrap();
                // A test that is over waits for nothing.
                let _ = arrived.send(());
                let Ok((status, body)) = said.recv() else { return };
                let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n", body.len());
                let _ = reader.get_mut().write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
            }
        });
        Door { url, came, answers }
    }

    /// Waits until somebody asks.
    fn is_asked(&self) {
        self.came.recv_timeout(Duration::from_secs(LONG)).unwrap();
    }

    fn answer(&self, status: u16, body: String) {
        self.answers.send((status, body)).unwrap();
    }
}

/// A config of one feed at `url` and these webhooks, and a rule that tells all of them of quakes.
fn config(url: &str, hooks: &[(&str, &str)]) -> String {
    let names: Vec<String> = hooks.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let hooks: String = hooks.iter().map(|(name, url)| format!("[sink.{name}]\ntype = \"webhook\"\nurl = \"{url}\"\n")).collect();
    format!(
        "[poll]\nhost_gap = \"0s\"\nbacklog = \"alert\"\n[health]\nenabled = false\n[alert]\nsinks = [{}]\n{hooks}[[feed]]\nname = \"f\"\n\
         url = \"{url}\"\nallow_private = true\n[[rule]]\nname = \"quake\"\nall = [\"quake\"]\n",
        names.join(", ")
    )
}

fn marsad(room: &Newsroom, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    command.arg("--config").arg(room.folder.path().join("marsad.toml")).arg("--db").arg(room.archive()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn write(room: &Newsroom, config: &str) {
    fs::write(room.folder.path().join("marsad.toml"), config).unwrap();
}

/// `marsad run`, killed with the test.
struct Running<'a> {
    room: &'a Newsroom,
    child: Child,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running<'_> {
    fn start<'a>(room: &'a Newsroom, config: &str) -> Running<'a> {
        write(room, config);
        let log = File::create(room.folder.path().join("log")).unwrap();
        Running { room, child: marsad(room, &["run"]).stdout(Stdio::null()).stderr(log).spawn().unwrap() }
    }

    /// Puts another config in force.
    fn reload(&self, config: &str) {
        let times = || fs::read_to_string(self.room.folder.path().join("log")).unwrap().matches("reloaded").count();
        let before = times();
        write(self.room, config);
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
        wait::until(LONG, "it reloads", || times() > before);
    }
}

/// An archive with one alert, made by a round that is over.
fn archived(room: &Newsroom) {
    room.publish("f", &[NEWS]);
    write(room, &config(&room.server.url("/f"), &[("hook", &room.server.url("/hook"))]));
    let done = marsad(room, &["once", "--all"]).output().unwrap();
    assert!(done.status.success() && room.count("SELECT count(*) FROM alert") == 1, "{done:?}");
}

/// What comes of a command that meets somebody who is just writing.
fn beside_a_writer(room: &Newsroom, arguments: &[&str]) -> Output {
    let mut writer = open::read_write(&room.archive()).unwrap();
    let writing = writer.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    writing.execute("INSERT OR REPLACE INTO meta VALUES ('busy', ?1)", [arguments[0]]).unwrap();
    let mut child = marsad(room, arguments).spawn().unwrap();
    let files = format!("/proc/{}/fd", child.id());
    let mut looks = 0;
    wait::until(LONG, "it comes to the archive", || {
        let links = fs::read_dir(&files).into_iter().flatten().flatten().filter_map(|file| fs::read_link(file.path()).ok());
        looks += usize::from(links.into_iter().any(|link| link.to_string_lossy().ends_with("-shm")));
        // Once it has opened it, it is a moment until it writes.
        looks > 2 || child.try_wait().unwrap().is_some()
    });
    writing.commit().unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_command_waits_until_the_daemon_has_written() {
    let room = Newsroom::open();
    archived(&room);
    for arguments in
        [&["pause", "2h"][..], &["resume"], &["alerts", "ack", "1"], &["mute", "rain", "--for", "1h"], &["sinks", "retry", "hook"]]
    {
        let done = beside_a_writer(&room, arguments);
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }
}

#[test]
fn a_start_beside_commands_that_write_waits_for_them() {
    let room = Newsroom::open();
    archived(&room);
    let (stop, stopped) = channel::<()>();
    let archive = room.archive();
    let writer = std::thread::spawn(move || {
        let connection = open::beside(&archive).unwrap();
        while stopped.recv_timeout(Duration::from_millis(1)).is_err_and(|why| why == std::sync::mpsc::RecvTimeoutError::Timeout) {
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('busy', hex(randomblob(4)))", []).unwrap();
        }
    });
    // One of four failed.
    for _ in 0..20 {
        let done = marsad(&room, &["once"]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    drop(stop);
    writer.join().unwrap();
}

#[test]
fn what_is_raised_for_a_sink_that_a_reload_took_away_meanwhile_waits_for_nobody() {
    let (room, feed) = (Newsroom::open(), Door::new());
    let hooks = [("hook", room.server.url("/hook")), ("other", room.server.url("/other"))];
    let hooks = [("hook", hooks[0].1.as_str()), ("other", hooks[1].1.as_str())];
    let running = Running::start(&room, &config(&feed.url, &hooks));
    feed.is_asked();
    running.reload(&config(&feed.url, &hooks[..1]));
    feed.answer(200, rss(&[NEWS]));
    wait::until(LONG, "it is told where there is a sink", || room.told().len() == 1);
    let gone = "SELECT count(*) FROM delivery WHERE sink = 'other' AND state = 'dead' AND error = 'its sink is no longer in the config'";
    wait::until(LONG, "it is given up where there is none", || room.count(gone) == 1);
}

#[test]
fn a_message_in_hand_is_sent_and_not_given_up_when_a_reload_takes_its_sink_away() {
    let (room, other) = (Newsroom::open(), Door::new());
    room.publish("f", &[NEWS]);
    let (feed, hook) = (room.server.url("/f"), room.server.url("/hook"));
    let running = Running::start(&room, &config(&feed, &[("hook", &hook), ("other", &other.url)]));
    other.is_asked();
    running.reload(&config(&feed, &[("hook", &hook)]));
    other.answer(200, String::new());
    let state = || -> String {
        let archive = open::read_only(&room.archive()).unwrap();
        archive.query_row("SELECT state FROM delivery WHERE sink = 'other'", [], |row| row.get(0)).unwrap()
    };
    wait::until(LONG, "it ends", || state() != "leased");
    assert_eq!(state(), "sent");
}

#[test]
fn dead_letters_go_back_to_no_sink_that_the_daemon_does_not_know_yet() {
    let room = Newsroom::open();
    archived(&room);
    open::beside(&room.archive()).unwrap().execute("UPDATE delivery SET state = 'dead'", []).unwrap();
    let (feed, hook, other) = (room.server.url("/f"), room.server.url("/hook"), room.server.url("/other"));
    let running = Running::start(&room, &config(&feed, &[("other", &other)]));
    wait::until(LONG, "it has its config", || room.archive().with_file_name("last-good.json").exists());
    let both = config(&feed, &[("hook", &hook), ("other", &other)]);
    write(&room, &both);
    let retry = || marsad(&room, &["sinks", "retry", "hook"]).output().unwrap();
    let refused = retry();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && said.contains("the marsad that runs has no sink `hook` yet"), "{said}");
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'dead'"), 1);
    running.reload(&both);
    assert!(retry().status.success());
    wait::until(LONG, "it is told", || room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 1);
}

#[test]
fn the_answer_of_an_address_that_a_reload_replaced_says_nothing_of_the_new_one() {
    let (room, old) = (Newsroom::open(), Door::new());
    room.publish("f", &[NEWS]);
    let hook = room.server.url("/hook");
    let running = Running::start(&room, &config(&old.url, &[("hook", &hook)]));
    old.is_asked();
    running.reload(&config(&room.server.url("/f"), &[("hook", &hook)]));
    old.answer(404, String::new());
    wait::until(LONG, "the new address is asked at once", || room.told().len() == 1);
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE failures = 0 AND last_error IS NULL AND last_ok_ms IS NOT NULL"), 1);
}

#[test]
fn a_message_that_comes_back_in_a_pause_waits_for_its_end() {
    let (room, hook) = (Newsroom::open(), Door::new());
    room.publish("f", &[NEWS]);
    let _running = Running::start(&room, &config(&room.server.url("/f"), &[("hook", &hook.url)]));
    hook.is_asked();
    assert!(marsad(&room, &["pause", "2h"]).status().unwrap().success());
    hook.answer(503, String::new());
    hook.answer(200, String::new());
    let is = |state: &str| room.count(&format!("SELECT count(*) FROM delivery WHERE state = '{state}' AND attempts > 0")) == 1;
    wait::until(LONG, "it comes to an end or waits", || is("held") || is("sent"));
    assert!(is("held") && hook.came.try_recv().is_err(), "it is told in the pause");
    assert!(marsad(&room, &["resume"]).status().unwrap().success());
    wait::until(LONG, "it is told after the pause", || is("sent"));
}

#[test]
fn articles_that_a_reload_would_keep_are_pruned_no_further_and_nothing_waits_for_those_that_are() {
    const MANY: i64 = 150_000;
    let room = Newsroom::open();
    archived(&room);
    let archive = open::read_write(&room.archive()).unwrap();
    let old = "INSERT INTO article (feed, story, title, text, categories, first_seen_ms)
               WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?1) SELECT 1, 1, 'Old', '', '[]', i FROM c";
    archive.execute(old, [MANY]).unwrap();
    // What is young ends the look.
    archive.execute("UPDATE article SET first_seen_ms = 0 WHERE n = 1", []).unwrap();
    // The newest article of all stays, so there is one that is not old.
    archive
        .execute("INSERT INTO article (feed, story, title, text, categories, first_seen_ms) VALUES (1, 1, 'New', '', '[]', ?1)", [now_ms()])
        .unwrap();
    archive.execute("UPDATE delivery SET state = 'held', held_for = 'quiet', until_ms = ?1", [now_ms() + 3_600_000]).unwrap();
    let config = config(&room.server.url("/f"), &[("hook", &room.server.url("/hook"))]);
    let running = Running::start(&room, &format!("[archive]\nkeep = \"30d\"\nkeep_alerted = true\n{config}"));
    let left = || room.count("SELECT count(*) FROM article WHERE title = 'Old'");
    wait::until(LONG, "it prunes", || left() < MANY);
    archive.execute("UPDATE delivery SET until_ms = 0", []).unwrap();
    wait::until(LONG, "what was held is let go", || room.count("SELECT count(*) FROM delivery WHERE state = 'held'") == 0);
    assert!(left() > 0, "it waited for all that is old");
    let forever = format!("[archive]\nkeep = \"forever\"\n{config}");
    running.reload(&forever);
    // One chunk may have been under way.
    let kept = left();
    room.publish("f", &[NEWS, LATER]);
    archive.execute("UPDATE feed SET next_poll_ms = 0", []).unwrap();
    // So that it is asked at once.
    running.reload(&forever);
    wait::until(LONG, "upkeep comes round", || {
        room.count("SELECT count(*) FROM article WHERE title = 'Later' AND n NOT IN (SELECT article FROM unindexed)") == 1
    });
    assert!(left() >= kept - 200 && kept > 200, "{} of {kept} are left", left());
}

#[test]
fn commands_that_add_feeds_at_once_lose_none() {
    let room = Newsroom::open();
    write(&room, "[health]\nenabled = false\n");
    let list = room.folder.path().join("list.opml");
    let outline = "<outline type=\"rss\" text=\"l\" xmlUrl=\"https://list.example/rss\"/>";
    fs::write(&list, format!("<opml version=\"2.0\"><head/><body>{outline}</body></opml>")).unwrap();
    let into = room.folder.path().join("feeds.d/added.toml");
    let add = |n: usize| marsad(&room, &["feed", "add", &format!("https://f{n}.example/rss")]).spawn().unwrap();
    // One is there already, so that the list may be added to its file.
    assert!(add(0).wait().unwrap().success());
    let mut adding: Vec<Child> = (1..6).map(add).collect();
    adding.push(marsad(&room, &["import", list.to_str().unwrap(), "--out", into.to_str().unwrap()]).spawn().unwrap());
    assert!(adding.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(fs::read_to_string(into).unwrap().matches("[[feed]]").count(), 7);
}

#[test]
fn a_command_that_waits_for_another_program_says_so() {
    let room = Newsroom::open();
    write(&room, "[health]\nenabled = false\n");
    let folder = File::open(room.folder.path()).unwrap();
    flock(&folder, FlockOperation::LockExclusive).unwrap();
    let mut adding = marsad(&room, &["feed", "add", "https://one.example/feed"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(adding.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("waiting for whoever has") && said.contains(&room.folder.path().display().to_string()), "{said}");
    flock(&folder, FlockOperation::Unlock).unwrap();
    assert!(adding.wait().unwrap().success());
}

#[test]
fn only_who_holds_the_archive_brings_it_up_to_date() {
    let room = Newsroom::open();
    archived(&room);
    let version =
        |archive: &Connection| -> i64 { archive.query_row("SELECT user_version FROM pragma_user_version", [], |row| row.get(0)).unwrap() };
    let archive = open::read_write(&room.archive()).unwrap();
    let now = version(&archive);
    for older in [now - 1, 0] {
        archive.pragma_update(None, "user_version", older).unwrap();
        for arguments in [&["feed", "stay", "f"][..], &["sinks", "retry", "hook"], &["status"]] {
            let done = marsad(&room, arguments).output().unwrap();
            let said = String::from_utf8(done.stderr).unwrap();
            let wanted = if older > 0 { format!("its schema is {older}, this version reads {now}") } else { "nothing is in it yet".into() };
            assert!(done.status.code() == Some(4) && said.contains(&wanted), "{arguments:?}: {said}");
            assert_eq!(version(&archive), older);
        }
    }
    archive.pragma_update(None, "user_version", now).unwrap();
}
