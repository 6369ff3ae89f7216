//! Mail, handed to a server on loopback that speaks SMTP with STARTTLS and a login, and read again by Python's own parser.

use super::build;
use crate::support::{
    alerts::{Brief, BriefAlert},
    smtp::{Act, Smtp},
};
use marsad::{
    config::{
        SinkKind,
        sink::{Mail, Tls},
    },
    engine::alert::plain::MAX_TITLE,
    sink::{SendError, Sink},
};
use proptest::prelude::*;
use serde_json::Value;
use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A parser that is not ours and not the library's that wrote the letter.
const READ: &str = r#"
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
part = lambda kind: next((p.get_content().replace("\r\n", "\n") for p in m.walk() if p.get_content_type() == kind), None)
headers = [[k, str(v)] for k, v in m.items()]
print(json.dumps({"headers": headers, "type": m.get_content_type(), "text": part("text/plain"), "html": part("text/html"),
  "defects": [str(d) for p in m.walk() for d in p.defects]}))
"#;

fn read(letter: &[u8]) -> Value {
    let mut python =
        Command::new("python3").args(["-c", READ]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 is needed");
    python.stdin.take().unwrap().write_all(letter).unwrap();
    serde_json::from_slice(&python.wait_with_output().unwrap().stdout).unwrap()
}

fn header<'v>(read: &'v Value, name: &str) -> Vec<&'v str> {
    let headers = read["headers"].as_array().unwrap().iter();
    headers.filter(|h| h[0].as_str().unwrap().eq_ignore_ascii_case(name)).map(|h| h[1].as_str().unwrap()).collect()
}

/// A sink that hands its letters to `server` over TLS, with a login; it lives in the folder of its files.
fn mail(server: &Smtp, tls: Tls, timeout: Duration) -> (Box<dyn Sink>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let spec = Mail {
        server: "localhost".into(),
        port: server.address.port(),
        tls,
        ca_file: Some(write("ca.pem", pem(include_bytes!("../../fixtures/tls/cert.der")).as_bytes())),
        user: Some("desk".into()),
        password_file: Some(write("password", b"passSECRET\n")),
        from: "مرصد <desk@marsad.example>".into(),
        to: vec!["Ana <ana@example.org>".into(), "omar@example.org".into()],
        at_once: 5,
        timeout,
    };
    (build(SinkKind::Mail(spec)), folder)
}

fn pem(der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_over_tls_with_a_login_and_reads_as_it_was_written() {
    let server = Smtp::start(&[]).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    let title = "نزوح 37 عائلة من ريف إدلب";
    let receipt = sink.send(&Brief::one("idlib", title, "إدلب").message()).await.unwrap();
    assert_eq!(receipt, "<archive.idlib.new@marsad.example>");
    let received = server.received().remove(0);
    assert!(received.tls);
    assert_eq!(received.login, Some(("desk".into(), "passSECRET".into())));
    assert_eq!((received.from.as_str(), received.to), ("desk@marsad.example", vec!["ana@example.org".into(), "omar@example.org".into()]));
    let letter = read(&received.letter);
    assert_eq!(letter["defects"], serde_json::json!([]));
    assert_eq!(header(&letter, "subject"), [title]);
    assert_eq!(header(&letter, "from"), ["مرصد <desk@marsad.example>"]);
    assert_eq!(header(&letter, "message-id"), [receipt.as_str()]);
    assert_eq!(header(&letter, "auto-submitted"), ["auto-generated"]);
    assert_eq!(letter["type"], "multipart/alternative");
    let text = letter["text"].as_str().unwrap();
    assert_eq!(text.trim_end(), format!("{title}\nidlib: «\u{2068}إدلب\u{2069}»\nenab\nhttps://news.example/1"));
    let html = letter["html"].as_str().unwrap();
    assert!(html.contains(&format!("<h2 dir=\"rtl\"><a href=\"https://news.example/1\">{title}</a></h2>")), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_the_same_letter_and_a_follow_up_is_an_answer_to_it() {
    let server = Smtp::start(&[]).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    let message = Brief::one("idlib", "one", "one");
    let first = sink.send(&message.message()).await.unwrap();
    assert_eq!(sink.send(&message.message()).await.unwrap(), first);
    sink.send(&Brief::one("truce", "one", "one").replacing(&first).message()).await.unwrap();
    let letters: Vec<Value> = server.received().iter().map(|received| read(&received.letter)).collect();
    assert_eq!(header(&letters[0], "message-id"), header(&letters[1], "message-id"));
    assert_eq!(header(&letters[0], "date"), header(&letters[1], "date"));
    assert_eq!((header(&letters[2], "in-reply-to"), header(&letters[2], "references")), (vec![first.as_str()], vec![first.as_str()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_is_one_letter_that_lists_all() {
    let server = Smtp::start(&[]).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    let mut message = Brief::one("idlib", "", "");
    message.alerts = (0..37).map(|n| BriefAlert { title: format!("title {n}"), ..Brief::one("idlib", "", "").alerts.remove(0) }).collect();
    message.digest = true;
    sink.send(&message.message()).await.unwrap();
    let letter = read(&server.received()[0].letter);
    assert_eq!(header(&letter, "subject"), ["37 alerts while you were away"]);
    assert!((0..37).all(|n| letter["text"].as_str().unwrap().contains(&format!("title {n}\n"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_decides_over_another_try() {
    for (at, act, again) in [
        ("HELLO", Act::Cut, true),
        ("AUTH", Act::Say("535 5.7.8 who are you, passSECRET"), true),
        ("MAIL", Act::Say("451 4.3.0 later"), true),
        ("RCPT", Act::Say("450 4.2.1 greylisted"), true),
        ("RCPT", Act::Cut, true),
        ("DATA", Act::Say("421 4.3.2 going down"), true),
        ("END", Act::Cut, true),
        ("END", Act::Say("452 4.2.2 mailbox full"), true),
    ] {
        let server = Smtp::start(&[(at, act.clone())]).await;
        let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
        let error = sink.send(&Brief::one("idlib", "t", "t").message()).await.unwrap_err();
        assert_eq!(matches!(error, SendError::Retry { .. }), again, "{at} {act:?}: {error:?}");
        assert!(error.to_string().starts_with("localhost: ") && !error.to_string().contains("SECRET"), "{error}");
        assert!(server.received().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_part_of_a_password_that_the_server_repeats_is_left_where_its_words_are_cut() {
    for before in (MAX_TITLE - 60..MAX_TITLE).step_by(5) {
        let server = Smtp::start(&[("AUTH", Act::Say(format!("535 5.7.8 {}passSECRET", "no ".repeat(before / 3)).leak()))]).await;
        let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
        let error = sink.send(&Brief::one("idlib", "t", "t").message()).await.unwrap_err();
        let said = error.to_string().replace("(is the password right?)", "");
        assert!(said.contains("535") && !said.contains("pass"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_refused_goes_out_once_more_as_plain_text() {
    let no = Act::Say("554 5.6.0 I do not like your HTML");
    let server = Smtp::start(&[("END", no.clone())]).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    sink.send(&Brief::one("idlib", "نزوح", "t").message()).await.unwrap();
    let letter = read(&server.received()[0].letter);
    assert_eq!((&letter["type"], &letter["html"]), (&"text/plain".into(), &Value::Null));
    assert_eq!(header(&letter, "subject"), ["نزوح"]);

    let always: Vec<_> = (0..6).map(|_| ("END", no.clone())).collect();
    let server = Smtp::start(&always).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    let SendError::Dead { reason } = sink.send(&Brief::one("idlib", "t", "t").message()).await.unwrap_err() else { panic!() };
    assert!(reason.contains("554") && reason.contains("as plain text"), "{reason}");
    assert!(server.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_that_is_gone_keeps_the_letter_from_nobody_else() {
    // Ana's is there, Omar's is not: in the letter to both, in the plain one, and in his own.
    let gone = ("RCPT omar@example.org", Act::Say("550 5.1.1 no such user"));
    let server = Smtp::start(&vec![gone.clone(); 4]).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    sink.send(&Brief::one("idlib", "نزوح", "t").message()).await.unwrap();
    let received = server.received();
    assert_eq!((received.len(), &received[0].to), (1, &vec!["ana@example.org".to_owned()]));
    let letter = read(&received[0].letter);
    assert_eq!(
        (&letter["type"], header(&letter, "to")),
        (&"multipart/alternative".into(), vec!["Ana <ana@example.org>, omar@example.org"])
    );

    // Ana is to be tried later, when a letter comes to her alone: nobody has it yet, and it is not given up.
    let fine = ("RCPT ana@example.org", Act::Say("250 ok"));
    let later = ("RCPT ana@example.org", Act::Say("450 4.2.1 greylisted"));
    let server = Smtp::start(&[vec![gone; 8], vec![fine.clone(), fine, later]].concat()).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    let message = Brief::one("idlib", "t", "t");
    let error = sink.send(&message.message()).await.unwrap_err();
    assert!(matches!(&error, SendError::Retry { .. }) && error.to_string().contains("greylisted"), "{error:?}");
    sink.send(&message.message()).await.unwrap();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_letter_does_not_get_it_again_for_another_who_must_wait() {
    let refused = ("RCPT omar@example.org", Act::Say("550 5.7.1 not in this company"));
    let later = ("RCPT omar@example.org", Act::Say("450 4.2.1 greylisted"));
    let server = Smtp::start(&[refused.clone(), refused, later]).await;
    let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
    let message = Brief::one("idlib", "t", "t");
    let error = sink.send(&message.message()).await.unwrap_err();
    assert!(matches!(&error, SendError::Retry { .. }) && error.to_string().contains("omar@example.org"), "{error:?}");
    sink.send(&message.message()).await.unwrap();
    let to: Vec<_> = server.received().into_iter().map(|received| received.to).collect();
    assert_eq!(to, [["ana@example.org"], ["omar@example.org"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_left_in_time() {
    for at in ["HELLO", "MAIL", "END"] {
        let server = Smtp::start(&[(at, Act::Hang)]).await;
        let (sink, _files) = mail(&server, Tls::StartTls, Duration::from_millis(700));
        let start = Instant::now();
        assert!(matches!(sink.send(&Brief::one("idlib", "t", "t").message()).await, Err(SendError::Retry { .. })), "{at}");
        assert!(start.elapsed() < Duration::from_secs(30), "{at}: {:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_ends_it_before_the_password() {
    let server = Smtp::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "passSECRET").unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let spec = Mail {
        server: "localhost".into(),
        port: server.address.port(),
        tls: Tls::StartTls,
        ca_file: None,
        user: Some("desk".into()),
        password_file: Some(password),
        from: "desk@marsad.example".into(),
        to: vec!["ana@example.org".into()],
        at_once: 5,
        timeout: PATIENT,
    };
    let error = build(SinkKind::Mail(spec)).send(&Brief::one("idlib", "t", "t").message()).await.unwrap_err();
    assert!(matches!(&error, SendError::Retry { reason, .. } if reason.contains("certificate")), "{error:?}");
    assert!(server.received().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// One letter, to the people of the config, with the headers that are ours: whatever a title tries.
    #[test]
    fn no_title_becomes_a_header_or_a_recipient(title in "(\r|\n|\r\n|[.]|Bcc: eve@evil.example|RCPT TO:<eve@evil.example>|Subject: x|\u{0}|\u{85}|\u{2028}|=\\?utf-8\\?B\\?DQo=\\?=|نزوح|a| |\t){0,30}") {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let received = runtime.block_on(async {
            let server = Smtp::start(&[]).await;
            let (sink, _files) = mail(&server, Tls::StartTls, PATIENT);
            let mut message = Brief::one("idlib", &title, "t");
            message.alerts[0].feed = title.clone();
            message.alerts[0].url = format!("https://evil.example/{title}");
            sink.send(&message.message()).await.unwrap();
            server.received()
        });
        prop_assert_eq!(received.len(), 1);
        prop_assert_eq!(&received[0].to, &["ana@example.org".to_owned(), "omar@example.org".to_owned()]);
        let letter = read(&received[0].letter);
        let mut names: Vec<String> = letter["headers"].as_array().unwrap().iter().map(|h| h[0].as_str().unwrap().to_ascii_lowercase()).collect();
        names.sort();
        prop_assert_eq!(names, ["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"]);
        prop_assert_eq!(&letter["defects"], &serde_json::json!([]));
    }
}
