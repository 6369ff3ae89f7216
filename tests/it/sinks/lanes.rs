//! The lanes of a real daemon: a side that hangs delays nobody else, one that fails is left alone, and what one sink gives
//! up another is told.

mod hanging;

use crate::support::{
    newsroom::Newsroom,
    notifications::{FakeServer, Mode, PrivateBus},
    portal::Portal,
    server::{Reply, Server},
};
use rusqlite::Connection;
use serde_json::Value;
use std::{
    cell::RefCell,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A newsroom with one feed, and a daemon over it.
struct Station {
    room: Newsroom,
    config: PathBuf,
}

/// A running daemon; killed with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// SIGHUP.
    fn reload(&self) {
        assert!(Command::new("kill").arg("-HUP").arg(self.0.id().to_string()).status().unwrap().success());
    }

    /// SIGTERM, and the exit code.
    fn stop(mut self) -> Option<i32> {
        assert!(Command::new("kill").arg(self.0.id().to_string()).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

/// A document of `count` items on Idlib that have nothing else in common.
fn document(count: usize) -> String {
    let word = |n: usize| (0..8).map(|i| char::from(b'a' + ((n + 1).wrapping_mul(0x9e37_79b9 >> i) >> 7) as u8 % 26)).collect::<String>();
    let item = |n: usize| {
        let title: Vec<String> = (0..6).map(|w| word(n * 6 + w)).collect();
        let title = format!("إدلب {}", title.join(" "));
        format!(
            "<item><guid isPermaLink=\"false\">g{n}</guid><link>https://news.example/{n}</link><title>{title}</title><description>{}</description></item>",
            word(n * 31 + 7)
        )
    };
    let items: String = (0..count).map(item).collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://news.example/</link>{items}</channel></rss>")
}

impl Station {
    /// `count` items to alert on, told to the sinks `names`, which `sinks` defines.
    fn open(count: usize, names: &str, sinks: impl Fn(&Newsroom) -> String) -> Station {
        let room = Newsroom::open();
        room.publish_raw("a", document(count));
        let text = format!(
            "[poll]\nhost_gap = \"0s\"\nbacklog = \"alert\"\n[alert]\nsinks = [{names}]\n{}\n[[feed]]\nname = \"a\"\nurl = \"{}\"\nallow_private = true\n\
             [[rule]]\nname = \"idlib\"\nany = [\"إدلب\"]\n",
            sinks(&room),
            room.server.url("/a")
        );
        let config = room.folder.path().join("marsad.toml");
        std::fs::write(&config, text).unwrap();
        Station { room, config }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(arguments).arg("--config").arg(&self.config).arg("--db").arg(self.room.archive());
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").stdin(Stdio::null());
        command
    }

    fn start(&self, bus: Option<&PrivateBus>) -> Running {
        let mut command = self.command(&["run"]);
        if let Some(bus) = bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        }
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Runs a command to its end; its output.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.run(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What `marsad sinks` says of one.
    fn sink(&self, name: &str) -> Value {
        self.json(&["sinks", "--json"]).into_iter().find(|sink| sink["name"] == name).unwrap()
    }

    fn archive(&self) -> Connection {
        marsad::store::open::read_write(&self.room.archive()).unwrap()
    }

    /// Deliveries that were tried, once there is an archive.
    fn tried(&self) -> i64 {
        let count =
            |archive: Connection| archive.query_row("SELECT count(*) FROM delivery WHERE attempts > 0", [], |row| row.get(0)).unwrap();
        marsad::store::open::read_only(&self.room.archive()).map_or(0, count)
    }

    /// How often the path was posted to.
    fn posts(&self, path: &str) -> usize {
        self.room.server.requests().iter().filter(|seen| seen.method == "POST" && seen.path == path).count()
    }
}

fn hook(room: &Newsroom, name: &str, more: &str) -> String {
    format!("[sink.{name}]\ntype = \"webhook\"\nurl = \"{}\"\n{more}\n", room.server.url(&format!("/{name}")))
}

/// Waits up to a minute.
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < until, "no {what}");
        pause(Duration::from_millis(50));
    }
}

fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
    std::thread::sleep(time);
}

/// Milliseconds from each alert to its arrival at the webhook, in order.
fn delays_ms(room: &Newsroom) -> Vec<i64> {
    #[expect(clippy::disallowed_methods, reason = "arrivals are measured against the daemon's clock")]
    let (wall, instant) = (SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64, Instant::now());
    let posts = room.server.requests().into_iter().filter(|seen| seen.method == "POST");
    let delay = |seen: crate::support::server::Seen| {
        let alert: Value = serde_json::from_slice(&seen.body).unwrap();
        let alerted: jiff::Timestamp = alert["alert"]["alerted"].as_str().unwrap().parse().unwrap();
        wall - instant.duration_since(seen.at).as_millis() as i64 - alerted.as_millisecond()
    };
    let mut delays: Vec<i64> = posts.map(delay).collect();
    delays.sort_unstable();
    delays
}

/// Prints how long the alerts were on their way: `-- --nocapture` shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_notification_server_that_hangs_delays_no_webhook() {
    const ALERTS: usize = 48;
    for hung in [false, true] {
        let bus = PrivateBus::start();
        let server = FakeServer::start(&bus.address).await;
        server.set_mode(if hung { Mode::Hang } else { Mode::Normal });
        let station = Station::open(ALERTS, "\"desktop\", \"hook\"", |room| hook(room, "hook", ""));
        let running = station.start(Some(&bus));
        wait_until("webhooks", || station.posts("/hook") == ALERTS);
        let shown = server.toasts().len();
        let delays = delays_ms(&station.room);
        let at = |share: usize| delays[(delays.len() - 1) * share / 100];
        println!(
            "notification server {}: {ALERTS} alerts, alert to webhook in ms: median {}, 90 % {}, last {}; toasts shown by then: {shown}",
            if hung { "hung" } else { "well" },
            at(50),
            at(90),
            at(100),
        );
        assert!(!hung || shown == 0);
        assert_eq!(running.stop(), Some(0));
        assert_eq!(station.room.count("SELECT count(*) FROM delivery WHERE sink = 'hook' AND state = 'sent'"), ALERTS as i64);
    }
}

#[test]
fn a_side_that_fails_three_times_is_left_alone_and_gets_everything_when_it_is_back() {
    let station = Station::open(12, "\"hook\"", |room| hook(room, "hook", ""));
    let tries = AtomicUsize::new(0);
    station.room.answer(move |_| if tries.fetch_add(1, SeqCst) < 3 { 500 } else { 200 });
    let running = station.start(None);
    wait_until("three failures", || station.posts("/hook") >= 3);
    let rested = RefCell::new(Value::Null);
    wait_until("a rest", || {
        *rested.borrow_mut() = station.sink("hook");
        rested.borrow()["state"] == "resting"
    });
    let rested = rested.into_inner();
    assert_eq!((&rested["failures"], &rested["waiting"]), (&3.into(), &12.into()));
    assert!(rested["last_error"].as_str().unwrap().contains("500"), "{rested}");
    wait_until("everything", || station.room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") >= 9);
    assert_eq!(station.sink("hook")["state"], "ok");
    assert_eq!(running.stop(), Some(0));
    // Half of ten seconds at least.
    let at: Vec<_> = station.room.server.requests().iter().filter(|seen| seen.path == "/hook").map(|seen| seen.at).collect();
    assert!(at[3] - at[2] >= Duration::from_secs(5), "it was called while it rested: {:?}", at[3] - at[2]);
}

#[test]
fn a_pause_that_is_asked_for_holds_for_the_whole_lane() {
    let server = Server::start(|_| Reply::status(429).header("Retry-After", "3600"));
    let url = server.url("/");
    let station = Station::open(8, "\"hook\"", |_| format!("[sink.hook]\ntype = \"webhook\"\nurl = \"{url}\"\n"));
    let running = station.start(None);
    wait_until("a rest", || station.room.archive().exists() && server.requests().len() == 1 && station.sink("hook")["state"] == "resting");
    pause(Duration::from_secs(3));
    assert_eq!(server.requests().len(), 1);
    assert_eq!(running.stop(), Some(0));
    assert_eq!(station.sink("hook")["waiting"], 8);
}

#[test]
fn what_one_sink_gives_up_another_is_told_once_and_the_list_says_so() {
    let sinks = |room: &Newsroom| hook(room, "hook", "fallback = \"spare\"") + &hook(room, "spare", "");
    for names in ["\"hook\"", "\"hook\", \"spare\""] {
        let station = Station::open(3, names, sinks);
        station.room.answer(|seen| if seen.path == "/hook" { 410 } else { 200 });
        station.run(&["once", "--all"]);
        assert_eq!((station.posts("/hook"), station.posts("/spare")), (3, 3), "{names}");
        let dead = station.json(&["alerts", "--dead", "--json"]);
        assert_eq!(dead.len(), 3);
        for letter in dead {
            assert_eq!((&letter["sink"], &letter["state"]), (&"hook".into(), &"dead".into()));
            assert_eq!(letter["passed_on"], serde_json::json!({"sink": "spare", "state": "sent"}));
        }
        station.run(&["once", "--all"]);
        assert_eq!(station.posts("/spare"), 3, "once");
    }
}

#[test]
fn what_expires_goes_to_the_fallback_too() {
    let sinks = |room: &Newsroom| hook(room, "hook", "fallback = \"spare\"\nexpires = \"1h\"") + &hook(room, "spare", "");
    let station = Station::open(2, "\"hook\"", sinks);
    station.room.answer(|seen| if seen.path == "/hook" { 500 } else { 200 });
    station.run(&["once", "--all"]);
    assert_eq!(station.posts("/spare"), 0);
    station.archive().execute("UPDATE delivery SET created_ms = created_ms - 7200000, due_ms = 0", []).unwrap();
    station.run(&["once", "--all"]);
    assert_eq!(station.posts("/spare"), 2);
    assert_eq!(station.room.count("SELECT count(*) FROM delivery WHERE sink = 'hook' AND state = 'expired'"), 2);
}

#[test]
fn dead_letters_are_tried_again_by_hand() {
    let station = Station::open(3, "\"hook\"", |room| hook(room, "hook", ""));
    station.room.answer(|_| 404);
    station.run(&["once", "--all"]);
    assert!(station.run(&["alerts", "--dead"]).contains("404"));
    assert_eq!(station.sink("hook")["given_up"], 3);
    station.room.answer(|_| 200);
    assert!(station.run(&["sinks", "retry", "hook", "--alert", "1"]).starts_with("1 dead letter of `hook` back in its queue"));
    assert!(station.run(&["sinks", "retry", "hook"]).starts_with("2 dead letters"));
    assert!(station.run(&["sinks", "retry", "hook"]).starts_with("no dead letters"));
    station.run(&["once"]);
    assert_eq!(station.room.count("SELECT count(*) FROM delivery WHERE state = 'sent'"), 3);
    let keys: Vec<String> = station.room.posts().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "the same keys as before: {keys:?}");
}

#[test]
fn a_test_message_is_marked_and_exactly_what_came_of_it_is_told() {
    let station = Station::open(1, "\"hook\"", |room| hook(room, "hook", ""));
    let test = |arguments: &[&str]| {
        let output = station.command(&[&["sinks", "test"], arguments].concat()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, out, _) = test(&["hook"]);
    assert!(code == Some(0) && out.starts_with("hook took the test message in "), "{out}");
    let (_, alert) = station.room.posts().remove(0);
    assert!(alert["title"].as_str().unwrap().starts_with("marsad test message, not an alert"));
    station.room.answer(|_| 403);
    let (code, out, _) = test(&["hook"]);
    assert!(code == Some(1) && out.contains("an alert would be given up: 127.0.0.1 answered 403"), "{out}");
    station.room.answer(|_| 503);
    let (code, out, _) = test(&["hook", "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["outcome"]), (Some(1), &"retry".into()));
    let (code, _, err) = test(&["hok"]);
    assert!(code == Some(1) && err.contains("the config has no sink `hok`") && err.contains("did you mean `hook`?"), "{err}");
    assert!(!station.room.archive().exists(), "nothing of it is archived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn alerts_that_waited_longer_than_a_day_are_told_in_one() {
    let bus = PrivateBus::start();
    let station = Station::open(3, "\"desktop\"", |_| String::new());
    let running = station.start(Some(&bus));
    wait_until("failed tries", || station.tried() == 3);
    assert_eq!(running.stop(), Some(0));
    station.archive().execute("UPDATE delivery SET created_ms = created_ms - 90000000, due_ms = 0", []).unwrap();
    let server = FakeServer::start(&bus.address).await;
    let running = station.start(Some(&bus));
    wait_until("a toast", || !server.toasts().is_empty());
    wait_until("the end of it", || station.room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 3);
    assert_eq!(running.stop(), Some(0));
    let titles: Vec<String> = server.toasts().into_iter().map(|toast| toast.summary).collect();
    assert_eq!(titles, ["3 alerts while you were away"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_notification_server_that_comes_back_wakes_the_lane() {
    let bus = PrivateBus::start();
    let mut server = FakeServer::start(&bus.address).await;
    server.vanish().await;
    let station = Station::open(2, "\"desktop\"", |_| String::new());
    let running = station.start(Some(&bus));
    wait_until("failed tries", || station.tried() == 2);
    // So far off that only the server's return can bring it forward.
    station.archive().execute("UPDATE delivery SET due_ms = due_ms + 36000000", []).unwrap();
    server.come_back().await;
    wait_until("both toasts", || server.toasts().len() == 2);
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn buttons_open_the_article_and_acknowledge_the_alert() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let portal = Portal::start(&bus.address).await;
    let station = Station::open(2, "\"desktop\"", |_| String::new());
    let running = station.start(Some(&bus));
    wait_until("two toasts", || server.toasts().len() == 2);
    let toasts = server.toasts();
    assert_eq!(toasts[0].actions, ["default", "Open", "open", "Open", "acknowledge", "Acknowledge"]);
    // The lane has to be past its settling before a press counts.
    wait_until("both sent", || station.room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 2);
    server.press(toasts[1].id, "open").await;
    wait_until("an opened page", || !portal.opened().is_empty());
    assert!(portal.opened()[0].starts_with("https://news.example/"), "{:?}", portal.opened());
    server.press(9_999, "acknowledge").await;
    server.press(toasts[0].id, "acknowledge").await;
    wait_until("an acknowledgement", || station.room.count("SELECT count(*) FROM alert WHERE acked_ms IS NOT NULL") == 1);
    assert_eq!(portal.opened().len(), 1);
    assert_eq!(running.stop(), Some(0));
}
