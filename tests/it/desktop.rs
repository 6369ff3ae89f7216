//! A real notification server on a real screen.

use crate::support::{
    alerts::{Brief, BriefAlert},
    desktop::Desktop,
    newsroom::{Item, Newsroom},
    notifications::{FakeServer, PrivateBus},
    sink_process::SinkProcess,
};
use marsad::engine::rule::Severity;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

#[test]
fn a_real_notification_server_draws_arabic_and_turkish() {
    let desktop = Desktop::start();
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("desktop.png");
    assert_eq!(desktop.screenshot(&picture), 1, "the screen is empty at first");

    let mut sink = SinkProcess::start(desktop.env());
    let arabic = "خرق وقف إطلاق النار في ريف إدلب ونزوح 37 عائلة (UNHCR)";
    let turkish = "İdlib'de ateşkes bozuldu: <b>yüzlerce</b> aile yola çıktı";
    sink.shown(&Brief::one("idlib", arabic, "إدلب"));
    let mut urgent = Brief::one("ceasefire", turkish, "ateşkes");
    urgent.alerts[0].severity = Severity::Critical;
    urgent.alerts.push(Brief::one("idlib", turkish, "İdlib'de").alerts.remove(0));
    sink.shown(&urgent);
    desktop.wait_for("two toasts", || desktop.count("displayed") == Some(2));
    desktop.wait_for("picture of them", || desktop.screenshot(&picture) > 20);

    let history = desktop.history().to_string();
    for text in [arabic, turkish, "idlib: «\u{2068}إدلب\u{2069}»", "https://news.example/1"] {
        assert!(history.contains(&serde_json::to_string(text).unwrap()[1..][..text.len()]), "{text} is not in {history}");
    }
}

#[test]
fn a_follow_up_replaces_its_toast_on_the_screen_and_a_backlog_is_one_toast() {
    let desktop = Desktop::start();
    let picture = |name: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut sink = SinkProcess::start(desktop.env());
    let title = "خرق وقف إطلاق النار في ريف إدلب ونزوح 37 عائلة";
    let receipt = sink.shown(&Brief::one("idlib", title, "إدلب"));
    desktop.wait_for("a toast", || desktop.count("displayed") == Some(1));
    desktop.wait_for("picture of it", || desktop.screenshot(&picture("follow-up-before.png")) > 20);
    let mut follow = Brief::one("ceasefire", title, "وقف إطلاق النار").replacing(&receipt);
    follow.earlier_rules = vec!["idlib".into()];
    follow.alerts[0].severity = Severity::Critical;
    sink.shown(&follow);
    desktop.wait_for("picture of it", || desktop.screenshot(&picture("follow-up-after.png")) > 20);
    assert_eq!((desktop.count("displayed"), desktop.count("waiting")), (Some(1), Some(0)), "in its place, not below it");
    let shown = desktop.history().to_string();
    assert!(shown.contains("also: idlib"), "{shown}");

    let mut backlog = Brief::one("idlib", "", "");
    let alert = |n: usize| BriefAlert {
        title: ["قصف على ريف إدلب", "İdlib'de ateşkes bozuldu", "В Идлибе восстановили школу"][n % 3].into(),
        ..Brief::one(["idlib", "ceasefire"][n % 2], "", "").alerts.remove(0)
    };
    backlog.alerts = (0..37).map(alert).collect();
    backlog.digest = true;
    sink.shown(&backlog);
    desktop.wait_for("a toast", || desktop.count("displayed") == Some(1));
    desktop.wait_for("picture of it", || desktop.screenshot(&picture("backlog.png")) > 20);
    assert!(desktop.history().to_string().contains("37 alerts while you were away"));
}

/// `marsad run` over a newsroom, with the desktop as its one sink.
struct Running {
    child: std::process::Child,
}

impl Running {
    fn start(room: &Newsroom, feeds: &[&str], env: &[(&str, &str)]) -> Running {
        let config = room.config(feeds, "alert").replace("sinks = [\"hook\"]", "sinks = [\"desktop\"]");
        let path = room.folder.path().join("marsad.toml");
        std::fs::write(&path, config).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.arg("run").arg("--config").arg(path).arg("--db").arg(room.archive()).envs(env.iter().copied());
        Running { child: command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap() }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGTERM, and the exit code.
    fn stop(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const ARABIC: Item = Item {
    guid: "ar-1",
    link: "https://news.example/ar/1",
    title: "خرق وقف إطلاق النار في ريف إدلب ونزوح عشرات العائلات",
    text: "قالت مصادر محلية إن القصف تجدد صباح اليوم بإدلب، وإن عائلات غادرت قراها نحو الشمال.",
};
const TURKISH: Item = Item {
    guid: "tr-1",
    link: "https://haber.example/tr/1",
    title: "İdlib'deki köylerde gece boyunca çatışma sesleri duyuldu",
    text: "Yerel kaynaklar, İdlib'in güneyinde gerginliğin sürdüğünü bildirdi.",
};

#[test]
fn the_running_daemon_shows_arabic_and_turkish_alerts_on_a_real_desktop() {
    let desktop = Desktop::start();
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run.png");
    let room = Newsroom::open();
    room.publish("arabic", &[ARABIC]);
    room.publish("turkish", &[TURKISH]);
    let running = Running::start(&room, &["arabic", "turkish"], &desktop.env());
    // The Arabic story holds for two rules and is one toast that names both.
    desktop.wait_for("two toasts", || desktop.count("displayed") == Some(2));
    desktop.wait_for("picture of them", || desktop.screenshot(&picture) > 20);
    let history = desktop.history().to_string();
    for text in [ARABIC.title, TURKISH.title, "idlib", "ceasefire", "بإدلب", ARABIC.link] {
        assert!(history.contains(&serde_json::to_string(text).unwrap()[1..][..text.len()]), "{text} is not in {history}");
    }
    assert_eq!(running.stop(), Some(0));
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE sink = 'desktop' AND state = 'sent'"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_notification_server_that_vanishes_and_returns_misses_nothing_and_sees_nothing_twice() {
    let bus = PrivateBus::start();
    let mut server = FakeServer::start(&bus.address).await;
    let room = Newsroom::open();
    room.publish("a", &[ARABIC]);
    let running = Running::start(&room, &["a"], &[("DBUS_SESSION_BUS_ADDRESS", bus.address.as_str())]);
    wait_until("the first toast", || server.toasts().len() == 1);
    // A server that is gone before its answer has come is told again.
    wait_until("the first toast on record", || room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 2);
    server.vanish().await;
    room.publish("a", &[TURKISH, ARABIC]);
    // Made due by hand, and looked at now: a reload wakes the poll loop.
    make_due(&room);
    running.signal(Signal::HUP);
    wait_until("the second alert in the outbox", || {
        room.count("SELECT count(*) FROM delivery WHERE attempts > 0 AND state = 'pending'") == 1
    });
    server.come_back().await;
    wait_until("the second toast", || server.toasts().len() == 2);
    assert_eq!(running.stop(), Some(0));
    let toasts = server.toasts();
    assert_eq!(toasts.iter().filter(|toast| toast.summary == ARABIC.title).count(), 1);
    assert_eq!(toasts.iter().filter(|toast| toast.summary == TURKISH.title).count(), 1);
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state <> 'sent'"), 0);
}

/// Makes every feed due at once, as the hands of a clock would in time.
fn make_due(room: &Newsroom) {
    let archive = marsad::store::open::read_write(&room.archive()).unwrap();
    archive.execute("UPDATE feed SET next_poll_ms = 0", []).unwrap();
}

/// Waits up to two minutes: a lane that found nobody asks again after thirty seconds.
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(120);
    while !done() {
        assert!(Instant::now() < until, "no {what}");
        #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
        std::thread::sleep(Duration::from_millis(50));
    }
}
