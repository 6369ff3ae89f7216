//! Services over HTTP, each played by a server on loopback that answers as scripted: what it is sent, and what becomes of
//! its answers. Whatever it says, no secret comes back in a reason.

use super::build;
use crate::support::{
    alerts::Brief,
    server::{Reply, Seen, Server},
};
use marsad::{
    config::{SinkKind, sink::Dialect},
    engine::rule::Severity,
    sink::{SendError, Sink},
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

const TELEGRAM_TOKEN: &str = "123:telegramSECRET";
const TITLE: &str = "نزوح <b>@everyone</b> *بإدلب* @room <!channel>";

/// A service with its sink.
struct Peer {
    service: &'static str,
    server: Server,
    sink: Box<dyn Sink>,
    _folder: TempDir,
}

const SERVICES: [&str; 7] = ["webhook", "ntfy", "telegram", "matrix", "slack", "mattermost", "discord"];

impl Peer {
    /// A service that gives these answers, one a request, and then says yes.
    fn start(service: &'static str, answers: Vec<Reply>) -> Peer {
        // Short alone where nothing else ends it.
        let stalls = answers.iter().any(|answer| matches!(answer, Reply::Stall(_)));
        let timeout = if stalls { Duration::from_millis(500) } else { Duration::from_secs(30) };
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        let server = Server::start(move |_| answers.lock().unwrap().pop_front().unwrap_or_else(|| Reply::ok(yes(service).to_string())));
        let folder = tempfile::tempdir().unwrap();
        let sink = build(kind(service, &server, &folder, timeout));
        Peer { service, server, sink, _folder: folder }
    }

    async fn send(&self, message: &Brief) -> Result<String, SendError> {
        let answer = self.sink.send(&message.message()).await;
        let told = format!("{answer:?}");
        assert!(!told.contains("SECRET"), "{}: {told}", self.service);
        answer
    }

    fn bodies(&self) -> Vec<Value> {
        self.server.requests().iter().map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect()
    }
}

/// What a service answers when all is well.
fn yes(service: &str) -> Value {
    match service {
        "ntfy" => json!({"id": "ntfy-id"}),
        "telegram" => json!({"ok": true, "result": {"message_id": 77}}),
        "matrix" => json!({"event_id": "$event"}),
        _ => json!({}),
    }
}

fn secret(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn kind(service: &str, server: &Server, folder: &TempDir, timeout: Duration) -> SinkKind {
    let at_once = 5;
    let token_file = secret(folder, "token", "tokenSECRET\n");
    let chat = |dialect| SinkKind::Chat {
        dialect,
        url_file: secret(folder, "url", &server.url("/services/hookSECRET?x=querySECRET")),
        at_once,
        timeout,
    };
    match service {
        "webhook" => SinkKind::Webhook { url: server.url("/"), token_file: Some(token_file), secret_file: None, timeout },
        "ntfy" => SinkKind::Ntfy { server: server.url("/"), topic: "idlib".into(), token_file: Some(token_file), at_once, timeout },
        "telegram" => {
            let token_file = secret(folder, "bot", TELEGRAM_TOKEN);
            SinkKind::Telegram { server: server.url("/"), chat: "-100".into(), token_file, at_once, timeout }
        }
        "matrix" => SinkKind::Matrix { server: server.url("/"), room: "!r/x:example.org".into(), token_file, at_once, timeout },
        "slack" => chat(Dialect::Slack),
        "mattermost" => chat(Dialect::Mattermost),
        _ => chat(Dialect::Discord),
    }
}

fn message() -> Brief {
    Brief::one("idlib", TITLE, "بإدلب")
}

/// An answer that repeats the secrets it was sent, as a careless service would.
fn echo(service: &str, status: u16) -> Reply {
    let secret = match service {
        "telegram" => format!("/bot{TELEGRAM_TOKEN}/sendMessage"),
        "slack" | "mattermost" | "discord" => "/services/hookSECRET".into(),
        _ => "Bearer tokenSECRET".into(),
    };
    let said = json!({"description": format!("no {secret}")});
    Reply::Answer { status, headers: vec![], body: said.to_string().into_bytes() }
}

#[tokio::test]
async fn a_yes_is_a_yes_and_its_receipt_is_kept() {
    for service in SERVICES {
        let peer = Peer::start(service, vec![]);
        let receipt = peer.send(&message()).await.unwrap();
        let expected = match service {
            "ntfy" => "ntfy-id",
            "telegram" => "77",
            "matrix" => "$event",
            _ => "",
        };
        assert_eq!(receipt, expected, "{service}");
        let seen = &peer.server.requests()[0];
        assert_eq!((seen.header("cookie"), seen.header("referer")), (None, None), "{service}");
        assert_eq!(seen.header("content-type").as_deref(), Some("application/json"), "{service}");
    }
}

#[tokio::test]
async fn what_is_answered_decides_over_another_try() {
    for service in SERVICES {
        for (answer, again) in [
            (echo(service, 500), true),
            (echo(service, 503), true),
            (echo(service, 408), true),
            (echo(service, 425), true),
            (echo(service, 429), true),
            (Reply::redirect(302, "http://127.0.0.1:1/"), true),
            (Reply::Stall(vec![]), true),
            (Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-".to_vec()), true),
            (Reply::Cut(vec![]), true),
            (Reply::Cut(b"HTTP/1.1 2".to_vec()), true),
            (Reply::Reset(vec![]), true),
            (echo(service, 401), false),
            (echo(service, 403), false),
            (echo(service, 404), false),
            (echo(service, 410), false),
        ] {
            let shown = format!("{service}: {answer:?}");
            let peer = Peer::start(service, vec![answer]);
            let error = peer.send(&message()).await.unwrap_err();
            assert_eq!(matches!(error, SendError::Retry { .. }), again, "{shown}: {error:?}");
            assert_eq!(peer.server.requests().len(), 1, "{shown}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_after_its_status_has_come() {
    for service in SERVICES {
        for bytes in ["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\"", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] {
            let peer = Peer::start(service, vec![Reply::Cut(bytes.into())]);
            assert_eq!(peer.send(&message()).await, Ok(String::new()), "{service}");
        }
    }
}

#[tokio::test]
async fn an_endless_answer_is_left_after_its_beginning() {
    let head = b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for service in SERVICES {
        let chunk = format!("{:x}\r\n{}\r\n", 8192, "x".repeat(8192)).into_bytes();
        let peer = Peer::start(service, vec![Reply::Endless(head.clone(), chunk)]);
        let SendError::Retry { reason, .. } = peer.send(&message()).await.unwrap_err() else { panic!("{service}") };
        assert!(reason.len() < 2_000, "{}", reason.len());
    }
}

#[tokio::test]
async fn a_pause_is_taken_from_where_each_service_puts_it() {
    let answers = [
        (Reply::status(429).header("Retry-After", "7"), 7_000),
        (Reply::Answer { status: 429, headers: vec![], body: br#"{"ok":false,"parameters":{"retry_after":7}}"#.to_vec() }, 7_000),
        (Reply::Answer { status: 429, headers: vec![], body: br#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}"#.to_vec() }, 1_500),
        (Reply::Answer { status: 429, headers: vec![], body: br#"{"message":"slow down","retry_after":0.5}"#.to_vec() }, 500),
        (Reply::status(503).header("Retry-After", "99999999"), 86_400_000),
    ];
    for service in SERVICES {
        for (answer, expected_ms) in answers.clone() {
            let peer = Peer::start(service, vec![answer]);
            let SendError::Retry { after, .. } = peer.send(&message()).await.unwrap_err() else { panic!("{service}") };
            assert_eq!(after, Some(Duration::from_millis(expected_ms)), "{service}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_sent_once_more_as_plain_text() {
    for service in SERVICES.into_iter().filter(|service| *service != "webhook") {
        let peer = Peer::start(service, vec![echo(service, 400)]);
        peer.send(&message()).await.unwrap();
        let requests = peer.server.requests();
        assert_eq!(requests.len(), 2, "{service}");
        assert_ne!(requests[0].body, requests[1].body, "{service}");
        let plain = String::from_utf8(requests[1].body.clone()).unwrap();
        assert!(plain.contains("نزوح") && !plain.contains("parse_mode") && !plain.contains("formatted_body"), "{plain}");

        let twice = Peer::start(service, vec![echo(service, 400), echo(service, 400)]);
        let SendError::Dead { reason } = twice.send(&message()).await.unwrap_err() else { panic!("{service}") };
        assert!(reason.contains("as plain text"), "{reason}");
        let later = Peer::start(service, vec![echo(service, 400), echo(service, 500)]);
        assert!(matches!(later.send(&message()).await, Err(SendError::Retry { .. })), "{service}");
    }
}

#[tokio::test]
async fn ntfy_gets_title_body_priority_tags_and_where_a_tap_leads() {
    let peer = Peer::start("ntfy", vec![]);
    for severity in [Severity::Low, Severity::Normal, Severity::High, Severity::Critical] {
        let mut message = message();
        message.alerts[0].severity = severity;
        peer.send(&message).await.unwrap();
    }
    let bodies = peer.bodies();
    assert_eq!(bodies[0]["title"], TITLE);
    assert_eq!(bodies[0]["message"], "idlib: «\u{2068}بإدلب\u{2069}»\nenab\nhttps://news.example/1");
    assert_eq!((&bodies[0]["topic"], &bodies[0]["click"]), (&json!("idlib"), &json!("https://news.example/1")));
    assert_eq!(bodies.iter().map(|body| body["priority"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(bodies[3]["tags"], json!(["newspaper", "critical"]));
    assert_eq!(peer.server.requests()[0].header("authorization").as_deref(), Some("Bearer tokenSECRET"));
}

#[tokio::test]
async fn telegram_gets_html_in_which_only_our_tag_is_one() {
    let peer = Peer::start("telegram", vec![]);
    peer.send(&message()).await.unwrap();
    let seen: &Seen = &peer.server.requests()[0];
    assert_eq!(seen.path, format!("/bot{TELEGRAM_TOKEN}/sendMessage"));
    let body = &peer.bodies()[0];
    assert_eq!((&body["chat_id"], &body["parse_mode"]), (&json!("-100"), &json!("HTML")));
    assert_eq!(body["link_preview_options"]["is_disabled"], true);
    let text = body["text"].as_str().unwrap();
    assert!(text.starts_with("<b>نزوح &lt;b&gt;@\u{200b}everyone&lt;/b&gt; *بإدلب* @\u{200b}room &lt;!channel&gt;</b>\n"), "{text}");
}

#[tokio::test]
async fn matrix_knows_a_repeat_by_its_transaction_and_is_told_that_nobody_is_mentioned() {
    let peer = Peer::start("matrix", vec![echo("matrix", 500)]);
    assert!(peer.send(&message()).await.is_err());
    peer.send(&message()).await.unwrap();
    let requests = peer.server.requests();
    assert_eq!(requests[0].method, "PUT");
    assert_eq!(requests[0].path, "/_matrix/client/v3/rooms/!r%2Fx:example.org/send/m.room.message/archive.idlib.new");
    assert_eq!(requests[0].path, requests[1].path);
    let body = &peer.bodies()[1];
    assert_eq!((&body["msgtype"], &body["m.mentions"]), (&json!("m.text"), &json!({})));
    assert!(body["formatted_body"].as_str().unwrap().starts_with("<strong>نزوح &lt;b&gt;"), "{body}");
    assert!(!body["body"].as_str().unwrap().contains("@room"), "{body}");
}

#[tokio::test]
async fn chats_get_letters_and_call_nobody() {
    for service in ["slack", "mattermost", "discord"] {
        let peer = Peer::start(service, vec![]);
        peer.send(&message()).await.unwrap();
        let (seen, body) = (&peer.server.requests()[0], &peer.bodies()[0]);
        assert_eq!(seen.path, "/services/hookSECRET?x=querySECRET");
        let text = body.get("text").or(body.get("content")).unwrap().as_str().unwrap();
        assert!(!text.contains("<!channel>") && text.contains("نزوح"), "{service}: {text}");
        if service == "slack" {
            // Slack reads no bare @name; its blocks hold the title letter by letter.
            assert_eq!(body["blocks"][0]["elements"][0]["elements"][0]["text"], TITLE);
        } else {
            assert!(!text.contains("@everyone") && !text.contains("<b>"), "{service}: {text}");
        }
    }
}

#[tokio::test]
async fn a_backlog_is_one_message() {
    for service in SERVICES.into_iter().filter(|service| *service != "webhook") {
        let peer = Peer::start(service, vec![]);
        let mut backlog = message();
        backlog.alerts = (0..37).map(|_| message().alerts.remove(0)).collect();
        backlog.digest = true;
        peer.send(&backlog).await.unwrap();
        let text = String::from_utf8(peer.server.requests()[0].body.clone()).unwrap();
        assert!(text.contains("37 alerts"), "{service}: {text}");
    }
}

#[tokio::test]
async fn a_secret_that_changes_is_used_at_the_next_message() {
    let peer = Peer::start("matrix", vec![]);
    peer.send(&message()).await.unwrap();
    std::fs::write(peer._folder.path().join("token"), "otherSECRET").unwrap();
    peer.send(&message()).await.unwrap();
    std::fs::set_permissions(peer._folder.path().join("token"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let SendError::Retry { reason, .. } = peer.send(&message()).await.unwrap_err() else { panic!() };
    assert!(reason.starts_with("others can read secret file"), "{reason}");
    let sent: Vec<_> = peer.server.requests().iter().map(|seen| seen.header("authorization").unwrap()).collect();
    assert_eq!(sent, ["Bearer tokenSECRET", "Bearer otherSECRET"]);
}

#[tokio::test]
async fn a_webhooks_signature_holds_for_both_secrets_and_for_no_other_body() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let server = Server::start(|_| Reply::status(204));
    let folder = tempfile::tempdir().unwrap();
    let keys = [[7u8; 24], [9u8; 24]];
    let text = keys.map(|key| format!("whsec_{}", STANDARD.encode(key))).join("\n");
    let secret_file = Some(secret(&folder, "signing", &text));
    let url = server.url("/hook");
    let sink = build(SinkKind::Webhook { url, token_file: None, secret_file, timeout: Duration::from_secs(5) });
    sink.send(&message().message()).await.unwrap();
    let seen = &server.requests()[0];
    let (id, at) = (seen.header("webhook-id").unwrap(), seen.header("webhook-timestamp").unwrap());
    assert_eq!((id.as_str(), at.as_str()), ("archive.idlib.new", "1795000003"));
    let signed = seen.header("webhook-signature").unwrap();
    let holds = |key: &[u8], body: &[u8]| {
        let content = [id.as_bytes(), b".", at.as_bytes(), b".", body].concat();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        signed
            .split(' ')
            .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
            .any(|tag| ring::hmac::verify(&key, &content, &tag).is_ok())
    };
    assert!(keys.iter().all(|key| holds(key, &seen.body)));
    assert!(!holds(&[8; 24], &seen.body) && !holds(&keys[0], b"{}"));
}
