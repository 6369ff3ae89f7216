//! Sinks against real receivers: a notification server on a bus of the test's own, an HTTP server, programs.

mod atom;
mod lanes;
mod mail;
mod peers;
mod repeats;
mod secrets;

use crate::support::{
    alerts::{Brief, BriefAlert},
    hook::Hook,
    notifications::{FakeServer, Mode, PrivateBus},
    sink_process::{self, Answer, SinkProcess},
};
use marsad::{
    config::{SinkKind, SinkSpec},
    engine::rule::Severity,
    sink::{self, SendError, Sink, World},
};
use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

#[test]
#[ignore = "one half of the desktop tests, which the other half runs in a process of its own"]
fn desktop_sink_process() {
    sink_process::serve();
}

fn build(kind: SinkKind) -> Box<dyn Sink> {
    let world = World { archive: "a1b2".into(), credentials: None };
    sink::build(&SinkSpec::new("test", kind), &world).unwrap()
}

// The desktop.

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_vanishes_and_returns_loses_nothing_and_shows_nothing_twice() {
    let bus = PrivateBus::start();
    let mut server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let mut waiting: Vec<Brief> = Vec::new();
    for n in 0..12 {
        match n {
            3 | 8 => server.vanish().await,
            5 | 10 => server.come_back().await,
            _ => {}
        }
        waiting.push(Brief::one(&format!("rule-{n}"), &format!("title {n}"), "title"));
        waiting.retain(|message| !matches!(sink.send(message), Answer::Ok(_)));
    }
    assert!(waiting.is_empty(), "{waiting:?}");
    let titles: Vec<_> = server.toasts().into_iter().map(|toast| toast.summary).collect();
    assert_eq!(titles, (0..12).map(|n| format!("title {n}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_vanishes_and_returns_is_found_again() {
    let mut bus = PrivateBus::start();
    let mut server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let message = Brief::one("idlib", "title", "title");
    sink.shown(&message);
    bus.vanish();
    let Answer::Retry(reason) = sink.send(&message) else { panic!() };
    assert!(reason.contains("no session bus"), "{reason}");
    server.cut_off();
    bus.come_back();
    let Answer::Retry(reason) = sink.send(&message) else { panic!() };
    assert!(reason.contains("no notification server"), "{reason}");
    server.come_back().await;
    sink.shown(&message);
    assert_eq!(server.toasts().len(), 2);
}

#[test]
fn without_a_session_the_reason_says_so() {
    let Answer::Retry(reason) = SinkProcess::start([]).send(&Brief::one("idlib", "title", "title")) else { panic!() };
    assert!(reason.contains("no session bus") && reason.contains("DBUS_SESSION_BUS_ADDRESS"), "{reason}");
    let mut broken = SinkProcess::start([("DBUS_SESSION_BUS_ADDRESS", "nonsense")]);
    assert!(matches!(broken.send(&Brief::one("idlib", "title", "title")), Answer::Retry(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_left_in_time_shows_nothing_late_and_costs_nothing() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let message = Brief::one("idlib", "title", "title");
    let before = sink.report(&message);
    for mode in [Mode::Hang, Mode::HangNotify] {
        server.set_mode(mode);
        let start = Instant::now();
        let after = sink.report(&message);
        assert!(start.elapsed() < Duration::from_secs(30), "{mode:?}: {:?}", start.elapsed());
        let Answer::Retry(reason) = &after.answer else { panic!("{mode:?}: {after:?}") };
        assert!(reason.contains("did not answer within 5s"), "{reason}");
        assert!(after.files <= before.files && after.tasks <= before.tasks, "{mode:?}: {after:?} after {before:?}");
    }
    server.set_mode(Mode::Normal);
    sink.shown(&message);
    assert_eq!(server.toasts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_is_a_reason_to_try_again() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    server.set_mode(Mode::Error);
    let Answer::Retry(reason) = SinkProcess::on_bus(&bus.address).send(&Brief::one("idlib", "title", "title")) else { panic!() };
    assert!(reason.contains("screen is off") && !reason.contains('\u{1b}'), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_feed_is_markup_or_moves_the_screen() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let hostile = "<img src='http://evil/x.png'><a href='x'>b</a>&lt;\u{1b}]0;x\u{7}\u{202e}gnp\u{2066}";
    let mut message = Brief::one("idlib", hostile, hostile);
    message.alerts[0].feed = hostile.into();
    message.alerts[0].url = format!("https://evil/{hostile}");
    sink.shown(&message);
    server.set_markup(false);
    sink.shown(&message);
    let toasts = server.toasts();
    assert!(!toasts[0].body.contains(['<', '>']), "{}", toasts[0].body);
    assert!(toasts[0].body.contains("&lt;img src=") && toasts[0].body.contains("&amp;lt;"), "{}", toasts[0].body);
    for toast in &toasts {
        let text = format!("{}{}{:?}", toast.summary, toast.body, toast.hints);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{2066}']), "{text}");
        assert_eq!(toast.icon, "dialog-information");
        assert!(!toast.hints.keys().any(|hint| hint.starts_with("image") || hint.starts_with("sound")), "{:?}", toast.hints);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_titles_reach_the_screen_byte_for_byte() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let titles = ["خرق وقف إطلاق النار في ريف إدلب", "آتش‌بس در ادلب نقض شد", "הפסקת האש באידליב הופרה\u{200f}", "Ateşkes İdlib'de bozuldu"];
    for title in titles {
        sink.shown(&Brief::one("idlib", title, "لا"));
    }
    assert_eq!(server.toasts().iter().map(|toast| toast.summary.as_str()).collect::<Vec<_>>(), titles);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toast_says_why_who_where_and_how_urgent() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let mut message = Brief::one("idlib", "نزوح بإدلب", "بإدلب");
    for severity in [Severity::Low, Severity::Normal, Severity::High, Severity::Critical] {
        message.alerts[0].severity = severity;
        sink.shown(&message);
    }
    let toasts = server.toasts();
    assert_eq!(toasts[0].body, "idlib: «\u{2068}بإدلب\u{2069}»\nenab\nhttps://news.example/1");
    assert_eq!(toasts[0].app, "marsad");
    assert_eq!(toasts[0].hints["desktop-entry"], "Str(\"marsad\")");
    let manners: Vec<_> = toasts.iter().map(|toast| (toast.hints["urgency"].as_str(), toast.expire_ms)).collect();
    assert_eq!(manners, [("U8(0)", 5_000), ("U8(1)", -1), ("U8(1)", 30_000), ("U8(2)", 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toast_is_replaced_on_its_own_server_and_never_on_another() {
    let bus = PrivateBus::start();
    let mut server = FakeServer::start(&bus.address).await;
    let mut sink = SinkProcess::on_bus(&bus.address);
    let receipt = sink.shown(&Brief::one("idlib", "one", "one"));
    let mut second = Brief::one("ceasefire", "one", "one").replacing(&receipt);
    second.earlier_rules = vec!["idlib".into()];
    let receipt = sink.shown(&second);
    server.vanish().await;
    server.come_back().await;
    sink.shown(&Brief::one("stranger", "two", "two"));
    sink.shown(&Brief::one("displacement", "one", "one").replacing(&receipt));
    sink.shown(&Brief::one("displacement", "one", "one").replacing("nonsense"));
    let toasts = server.toasts();
    assert_eq!(toasts[1].replaces_id, toasts[0].id);
    assert!(toasts[1].body.starts_with("ceasefire: «one»\nalso: idlib\n"), "{}", toasts[1].body);
    assert_eq!(toasts[2].id, toasts[0].id, "the new server counts from the start, so the number alone would mislead");
    assert_eq!((toasts[3].life, toasts[3].replaces_id, toasts[4].replaces_id), (2, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_is_one_toast() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let alert = |n: i32| BriefAlert { title: format!("title {n}"), ..Brief::one("idlib", "", "").alerts.remove(0) };
    let mut message = Brief::one("idlib", "", "");
    message.alerts = (0..37).map(alert).collect();
    message.alerts[4].severity = Severity::Critical;
    message.digest = true;
    SinkProcess::on_bus(&bus.address).shown(&message);
    let toasts = server.toasts();
    assert_eq!((toasts.len(), toasts[0].summary.as_str()), (1, "37 alerts while you were away"));
    assert_eq!(toasts[0].body, "• title 4\n• title 36\n• title 35\nidlib 37");
    assert_eq!(toasts[0].hints["urgency"], "U8(2)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_of_sixty_kilobytes_is_cut() {
    let bus = PrivateBus::start();
    let server = FakeServer::start(&bus.address).await;
    let title = "نزوح ".repeat(60 * 1024 / 9);
    SinkProcess::on_bus(&bus.address).shown(&Brief::one("idlib", &title, &title));
    let toast = server.toasts().remove(0);
    assert_eq!(toast.summary.chars().count(), 200);
    assert!(toast.summary.ends_with('…'));
    assert!(toast.body.chars().count() <= 400);
}

// The webhook.

fn webhook(hook: &Hook, token_file: Option<&Path>, timeout: Duration) -> Box<dyn Sink> {
    let url = format!("http://{}/hook?key=s3cret", hook.address);
    build(SinkKind::Webhook { url, token_file: token_file.map(Into::into), secret_file: None, timeout })
}

#[tokio::test]
async fn a_webhook_posts_one_alert_with_its_key_and_token() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "one\n").unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let hook = Hook::start("204 No Content").await;
    let sink = webhook(&hook, Some(&token), Duration::from_secs(10));
    let message = Brief::one("idlib", "نزوح بإدلب", "بإدلب").message();
    assert_eq!(sink.send(&message).await, Ok(String::new()));
    std::fs::write(&token, "two").unwrap();
    sink.send(&message).await.unwrap();
    let requests = hook.requests();
    assert_eq!(requests[0].header("webhook-id"), Some("archive.idlib.new"));
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert!(requests[0].header("user-agent").unwrap().starts_with("marsad/"));
    assert_eq!((requests[0].header("authorization"), requests[1].header("authorization")), (Some("Bearer one"), Some("Bearer two")));
    assert_eq!((requests[0].header("cookie"), requests[0].header("referer")), (None, None));
    let body: serde_json::Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!((&body["version"], &body["archive"], &body["alert"]["rule"]), (&1.into(), &"a1b2".into(), &"idlib".into()));
    assert_eq!(body["alert"]["evidence"][0]["text"], "بإدلب");
}

#[tokio::test]
async fn what_a_webhook_answers_decides_over_another_try() {
    for (head, expected) in [
        ("200 OK", None),
        ("500 Oops", Some(true)),
        ("408 Slow", Some(true)),
        ("425 Early", Some(true)),
        ("302 Found\nlocation: http://127.0.0.1:1/", Some(true)),
        ("400 Bad", Some(false)),
        ("404 Gone", Some(false)),
        ("410 Gone", Some(false)),
    ] {
        let hook = Hook::start(head).await;
        let answer = webhook(&hook, None, Duration::from_secs(10)).send(&Brief::one("idlib", "t", "t").message()).await;
        let again = answer.as_ref().err().map(|error| matches!(error, SendError::Retry { .. }));
        assert_eq!(again, expected, "{head}");
        assert!(!format!("{answer:?}").contains("s3cret"));
        assert_eq!(hook.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_webhook_that_asks_for_a_pause_gets_it() {
    let hook = Hook::start("429 Too Many Requests\nretry-after: 90").await;
    let answer = webhook(&hook, None, Duration::from_secs(10)).send(&Brief::one("idlib", "t", "t").message()).await;
    assert!(matches!(answer, Err(SendError::Retry { after: Some(after), .. }) if after == Duration::from_secs(90)), "{answer:?}");
}

#[tokio::test]
async fn a_webhook_that_hangs_or_is_not_there_is_tried_again_without_telling_the_url() {
    let hook = Hook::start("").await;
    let message = Brief::one("idlib", "t", "t").message();
    let silent = webhook(&hook, None, Duration::from_millis(300)).send(&message).await;
    let url = "http://127.0.0.1:1/s3cret".to_owned();
    let nobody = build(SinkKind::Webhook { url, token_file: None, secret_file: None, timeout: Duration::from_secs(5) });
    for answer in [silent, nobody.send(&message).await] {
        let Err(SendError::Retry { reason, .. }) = answer else { panic!("{answer:?}") };
        assert!(reason.starts_with("127.0.0.1: ") && !reason.contains("s3cret"), "{reason}");
    }
}

// The command.

fn command(script: &str, timeout: Duration) -> Box<dyn Sink> {
    build(SinkKind::Command { argv: ["/bin/sh", "-c", script].map(Into::into).to_vec(), timeout })
}

fn reason(answer: Result<String, SendError>) -> String {
    match answer {
        Err(SendError::Retry { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_command_gets_the_alert_on_its_input_and_never_in_its_words() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out");
    let script = format!("cat > {0}; printf %s \"$MARSAD_ALERT_KEY|$MARSAD_RULE|$MARSAD_SEVERITY\" >> {0}", file.display());
    let title = "$(touch pwned); `x`\n' \" نزوح";
    command(&script, Duration::from_secs(10)).send(&Brief::one("idlib", title, "نزوح").message()).await.unwrap();
    let out = std::fs::read_to_string(&file).unwrap();
    let (json, variables) = out.split_once('\n').unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(json).unwrap()["title"], title);
    assert_eq!(variables, "archive.idlib.new|idlib|normal");
}

#[tokio::test]
async fn a_command_that_fails_is_tried_again_and_quoted_safely() {
    let message = Brief::one("idlib", "t", "t").message();
    let limit = Duration::from_secs(10);
    let said = reason(command("printf '\\n\\033[31mno disk\\nmore' >&2; exit 75", limit).send(&message).await);
    assert_eq!(said, "`/bin/sh` ended with 75: [31mno disk");
    assert_eq!(reason(command("kill -TERM $$", limit).send(&message).await), "`/bin/sh` was killed by signal 15");
    let missing = build(SinkKind::Command { argv: vec!["/nowhere/program".into()], timeout: limit });
    assert!(reason(missing.send(&message).await).starts_with("`/nowhere/program` was not found"));
}

#[tokio::test]
async fn a_command_may_ignore_its_input_and_talk_without_end() {
    let mut message = Brief::one("idlib", "t", "t").message();
    message.alerts[0].title = "x".repeat(1 << 20);
    let limit = Duration::from_secs(20);
    command("exec 0<&-; exit 0", limit).send(&message).await.unwrap();
    command("head -c 1000000 /dev/zero >&2", limit).send(&message).await.unwrap();
    command("sleep 30 & exit 0", limit).send(&message).await.unwrap();
}

#[tokio::test]
async fn a_command_out_of_time_ends_with_all_its_children() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    let script = format!("sleep 300 & echo $! > {}; wait", file.display());
    // The shell has begun by then.
    let sink = command(&script, Duration::from_secs(3));
    let said = reason(sink.send(&Brief::one("idlib", "t", "t").message()).await);
    assert!(said.contains("did not end within 3s"), "{said}");
    let pid: i32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    let alive = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    for _ in 0..100 {
        if !alive() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("child {pid} lives on");
}

// The journal.

#[tokio::test]
async fn the_journal_takes_everything() {
    let sink = build(SinkKind::Journal);
    assert_eq!(sink.send(&Brief::one("idlib", "\u{1b}[31m", "x").message()).await, Ok(String::new()));
}
