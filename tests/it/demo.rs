//! The demo: exactly the alerts that it promises, and nothing left behind.

use crate::support::notifications::{FakeServer, PrivateBus};
use marsad::daemon::{
    demo::{Edit, Event, Legacy, Repair, Shared, Summary, demo},
    poll::Outcome,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const CONVOY: &str = "قوافل مساعدات تصل إلى آلاف النازحين بإدلب";

/// Rule, feed and title of each alert, in the order in which they come.
const ALERTS: [(&str, &str, &str); 12] = [
    ("ceasefire", "Sanobar Wire", "الأطراف تمدّد وقف إطلاق النار أسبوعين"),
    ("idlib", "Sanobar Wire", CONVOY),
    ("displacement", "Sanobar Wire", CONVOY),
    ("idlib", "Old Harbour", "جامعتا حلب وإدلب تستقبلان طلبات التسجيل"),
    ("displacement", "Old Harbour", "جامعتا حلب وإدلب تستقبلان طلبات التسجيل"),
    ("idlib", "Lodos Haber", "İdlib'de iki okul yeniden açıldı"),
    ("ceasefire", "Beresta", "Стороны договорились о перемирии на время сбора урожая"),
    ("displacement", "The Lantern", "Displaced families move back before the school year"),
    ("ceasefire", "Cedar Digest", "Truce holds for a tenth day, monitors say"),
    ("idlib", "Northern Post", "Olive presses start early in Idlib"),
    ("ceasefire", "Lodos Haber", "Ateşkesi izleyecek heyet yola çıktı"),
    ("idlib", "Beresta", "В Идлибе запустили восстановленную водонапорную станцию"),
];

/// What a demo in `folder` showed: alerts as rule, feed and title; polls as feed and new, edited and raised.
async fn shown(folder: &Path) -> (Vec<(String, String, String)>, Vec<(String, [usize; 3])>, Summary) {
    let (mut alerts, mut polls) = (Vec::new(), Vec::new());
    let mut show = |event: Event| match event {
        Event::Alert(alert) => alerts.push((alert.rule, alert.feed, alert.title)),
        Event::Polled { poll, .. } => match poll.outcome {
            Outcome::Read(read) => polls.push((poll.feed, [read.new, read.edited, read.raised.len()])),
            Outcome::Unchanged => polls.push((poll.feed, [0; 3])),
            other => panic!("{}: {other:?}", poll.feed),
        },
        Event::Started { archive, .. } => {
            let mode = fs::metadata(archive.parent().unwrap()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        Event::Note(_) => {}
    };
    let summary = demo(folder, false, Duration::ZERO, &mut show).await.unwrap();
    (alerts, polls, summary)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_raises_exactly_the_alerts_that_it_is_made_for() {
    let folder = tempfile::tempdir().unwrap();
    let (alerts, polls, summary) = shown(folder.path()).await;
    let alerts: Vec<_> = alerts.iter().map(|(rule, feed, title)| (rule.as_str(), feed.as_str(), title.as_str())).collect();
    assert_eq!(alerts, ALERTS);

    let polls: Vec<_> = polls.iter().map(|(feed, counts)| (feed.as_str(), *counts)).collect();
    let (first, second) = polls.split_at(7);
    assert_eq!(first.iter().map(|(_, [new, edited, _])| (*new, *edited)).collect::<Vec<_>>(), [5, 3, 3, 3, 4, 3, 3].map(|new| (new, 0)));
    // An edited title and the third copy of a story raise nothing; what did not change is not even sent.
    assert_eq!(second[0], ("Sanobar Wire", [0, 1, 0]));
    assert_eq!(second[5], ("Cedar Digest", [1, 0, 0]));
    assert_eq!(summary.unchanged, 3);

    assert_eq!((summary.feeds, summary.polls, summary.articles, summary.failed.len()), (7, 14, 27, 0));
    let by_rule = [("idlib", 5), ("ceasefire", 4), ("displacement", 3)].map(|(rule, count)| (rule.to_owned(), count));
    assert_eq!(summary.alerts, BTreeMap::from(by_rule));
    assert_eq!(summary.quiet, 15);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the demo left something behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_of_the_demo_is_read_from_its_archive() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _, summary) = shown(folder.path()).await;
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let story = Shared {
        title: CONVOY.into(),
        feeds: own(&["Sanobar Wire", "Old Harbour", "Cedar Digest"]),
        rules: own(&["idlib", "displacement"]),
    };
    assert_eq!(summary.shared, [story]);
    let edit = Edit {
        feed: "Sanobar Wire".into(),
        before: Some("الأطراف تمدّد وقف إطلاق النار أسبوعين".into()),
        after: "الأطراف تمدّد وقف إطلاق النار ثلاثة أسابيع".into(),
        raised: 0,
    };
    assert_eq!(summary.edits, [edit]);
    assert_eq!(summary.repairs, [Repair { feed: "Northern Post".into(), defects: own(&["truncated"]), begun: 4, read: 3 }]);
    assert_eq!(summary.legacy, [Legacy { feed: "Old Harbour".into(), charset: "windows-1256", read: 3, raised: 2 }]);
    assert_eq!(summary.toasts, None);
}

/// Runs the program in `folder` with these variables alone, and gives what it printed.
fn run(folder: &Path, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    let ended = command.arg("demo").env_clear().env("TMPDIR", folder).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{text}{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "the demo left something behind");
    text
}

#[test]
fn the_program_shows_the_demo_and_names_the_three_rules() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let text = run(folder.path(), &[]);
    // Not how fast it is: that it ends by itself.
    assert!(began.elapsed() < Duration::from_secs(120));
    for wanted in ["idlib: «", "ceasefire: «", "displacement: «", "one story in 3 feeds", "windows-1256", "marsad run", "marsad init"] {
        assert!(text.contains(wanted), "{wanted} is not in:\n{text}");
    }
    assert_eq!(text.matches(" ALERT ").count(), ALERTS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alerts_of_the_demo_are_toasts_where_there_is_a_desktop() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let folder = tempfile::tempdir().unwrap();
    let address = bus.address.clone();
    let text = tokio::task::spawn_blocking(move || run(folder.path(), &[("DBUS_SESSION_BUS_ADDRESS", &address)])).await.unwrap();
    assert!(text.contains("desktop: 12 alerts shown as notifications"), "{text}");
    let toasts: Vec<String> = server.toasts().into_iter().map(|toast| toast.summary).collect();
    for (_, _, title) in ALERTS {
        assert!(toasts.iter().any(|toast| toast.contains(title)), "{title} is not among {toasts:?}");
    }
}

#[test]
fn the_demo_ends_well_on_a_desktop_that_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let text = run(folder.path(), &[("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")]);
    assert!(text.contains("desktop: 12 alerts not shown (no session bus"), "{text}");
}

#[test]
fn a_reader_that_goes_away_and_a_signal_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for signal in [None, Some(Signal::INT), Some(Signal::TERM)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        let mut child = command.arg("demo").env_clear().env("TMPDIR", folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("feeds"), "{first}");
        if let Some(signal) = signal {
            kill_process(Pid::from_child(&child), signal).unwrap();
        }
        assert!(child.wait().unwrap().success(), "{signal:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{signal:?}");
    }
}
