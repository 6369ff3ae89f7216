//! Quiet hours under the running daemon: `marsad run` itself waits for their end.

use super::line::config;
use crate::support::{
    newsroom::{Item, Newsroom},
    wait,
};
use jiff::Timestamp;
use marsad::{daemon::clock::now_ms, store::open};
use std::process::{Child, Command, Stdio};

const MINUTE_MS: i64 = 60_000;

const CALM: Item = Item { guid: "a-1", link: "https://news.example/1", title: "Rain over Idlib", text: "It rained for most of a day." };
const URGENT: Item =
    Item { guid: "a-2", link: "https://news.example/2", title: "Idlib: a dam breaks", text: "The valley is being cleared." };

/// `marsad run`, killed with the test.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    pub fn start(room: &Newsroom, config: &str) -> Running {
        let path = room.folder.path().join("marsad.toml");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.arg("run").arg("--config").arg(path).arg("--db").arg(room.archive());
        Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

/// Hours are told in minutes, and the daemon looks every 30 s.
pub const MOST_SECONDS: u64 = 180;

/// The state of the delivery of the alert with this title.
fn state(room: &Newsroom, title: &str) -> Option<String> {
    let archive = open::read_only(&room.archive()).ok()?;
    let sql = "SELECT d.state FROM delivery d JOIN alert a ON a.n = d.alert WHERE a.title = ?1";
    archive.query_row(sql, [title], |row| row.get(0)).ok()
}

#[test]
fn the_running_daemon_holds_in_quiet_hours_lets_go_at_their_end_and_never_holds_what_is_critical() {
    let room = Newsroom::open();
    room.publish("a", &[CALM, URGENT]);
    // The first full minute that leaves the daemon the time to start.
    let end_ms = (now_ms() + 30_000) / MINUTE_MS * MINUTE_MS + MINUTE_MS;
    let clock = |ms: i64| Timestamp::from_millisecond(ms).unwrap().strftime("%H:%M").to_string();
    let quiet = format!("[quiet.q]\nfrom = \"{}\"\nto = \"{}\"\ntz = \"UTC\"\n", clock(end_ms - 60 * MINUTE_MS), clock(end_ms));
    let urgent = "[[rule]]\nname = \"dam\"\nany = [\"dam\"]\nseverity = \"critical\"\n[rule.alert]\nquiet = \"q\"\n";
    let running = Running::start(&room, &config(&room, &["a"], "quiet = \"q\"", &format!("{urgent}{quiet}")));
    let urgent = format!("dam: {}", URGENT.title);
    wait::until(MOST_SECONDS, "what is critical is told", || room.told().contains(&urgent));
    wait::until(MOST_SECONDS, "the other is held", || state(&room, CALM.title).is_some());
    let (held, told) = (state(&room, CALM.title), room.told());
    let until = "SELECT DISTINCT until_ms FROM delivery WHERE state = 'held'";
    let until_ms = open::read_only(&room.archive()).unwrap().query_row(until, [], |row| row.get::<_, i64>(0)).ok();
    // Looked at before their end.
    if now_ms() < end_ms {
        assert_eq!((held.as_deref(), told, until_ms), (Some("held"), vec![urgent.clone()], Some(end_ms)));
    }
    wait::until(MOST_SECONDS, "it is told after the quiet hours", || room.told().len() > 1);
    assert!(now_ms() >= end_ms, "it was told before their end");
    wait::until(MOST_SECONDS, "all is told", || room.account().went == [("delivered".to_owned(), 3)].into());
    let mut told = room.told();
    told.sort();
    assert_eq!(told, [urgent, format!("idlib: {}", URGENT.title), format!("idlib: {}", CALM.title)]);
    drop(running);
}
