//! Servers that never end, lie, or break off: each ends as a failure with a reason that a person can read.

use super::*;
use crate::support::server::NOBODY;
use std::net::TcpListener;

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n";

/// What comes of a server that would go on for ever; the deadline must end it.
async fn endless(reply: Reply) -> String {
    let server = Server::start(move |_| reply.clone());
    failure(hasty().fetch(&ask(&server.url("/"))).await)
}

#[tokio::test]
async fn huge_body_is_stopped_at_the_cap() {
    let announced = format!("{HEAD}Content-Length: 200000000\r\n\r\n").into_bytes();
    let unannounced = format!("{HEAD}\r\n").into_bytes();
    let chunked = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend([b' '; 0x10000]);
    chunk.extend(b"\r\n");
    for (first, again) in [(announced, vec![b' '; 65536]), (unannounced, vec![b' '; 65536]), (chunked, chunk)] {
        let reason = failure(answer(Reply::Endless(first, again)).await);
        assert_eq!(reason, "the body is larger than 1048576 bytes");
    }
}

#[tokio::test]
async fn body_at_the_cap_is_read_and_one_byte_more_is_not() {
    assert_eq!(document(answer(Reply::ok(vec![b' '; 1 << 20])).await).len(), 1 << 20);
    failure(answer(Reply::ok(vec![b' '; (1 << 20) + 1])).await);
}

#[tokio::test]
async fn deadline_ends_stalls_and_drips() {
    let cut_head = b"HTTP/1.1 200 OK\r\nContent-".to_vec();
    let head = format!("{HEAD}Content-Length: 500\r\n\r\n");
    let dripped = format!("{head}{}", " ".repeat(500)).into_bytes();
    for reply in [
        Reply::Stall(vec![]),
        Reply::Stall(cut_head),
        Reply::Stall(format!("{head}<rss>").into_bytes()),
        Reply::Drip(dripped, Duration::from_millis(20)),
        Reply::Endless(vec![], b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        Reply::Endless(vec![], b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n".to_vec()),
    ] {
        assert_eq!(endless(reply).await, "no complete answer within 0.4 s");
    }
}

#[tokio::test]
async fn deadline_holds_over_all_hops_together() {
    let server = Server::start(|_| Reply::After(Duration::from_millis(150), Box::new(Reply::redirect(302, "/on"))));
    assert_eq!(failure(hasty().fetch(&ask(&server.url("/"))).await), "no complete answer within 0.4 s");
    assert!(server.requests().len() <= 3);
}

#[tokio::test]
async fn server_that_accepts_nothing_is_ended_by_the_deadline() {
    // Listens, and is never asked to accept: connections wait in the backlog.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    assert_eq!(failure(hasty().fetch(&ask(&url)).await), "no complete answer within 0.4 s");
}

#[tokio::test]
async fn host_that_swallows_every_attempt_to_connect_is_left_after_ten_seconds() {
    // A queue for one, which nobody takes anything out of: once it is full, the kernel drops who knocks.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(connection) = tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(addr)).await {
        queue.push(connection.unwrap());
    }
    let got = client().fetch(&ask(&format!("http://{addr}/"))).await;
    let Fetched::Failed { reason, unreached: true, .. } = got else { panic!("{got:?}") };
    assert_eq!(reason, "no connection within 10 s");
}

#[tokio::test]
async fn flood_of_headers_is_stopped() {
    let line = format!("X-Flood: {}\r\n", "x".repeat(1000)).into_bytes();
    for reply in [
        Reply::Endless(HEAD.into(), line),
        Reply::Endless(HEAD.into(), b"X: y\r\n".to_vec()),
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), vec![b'x'; 65536]),
    ] {
        let reason = failure(answer(reply).await);
        assert!(reason.contains("head is too large"), "{reason}");
    }
}

#[tokio::test]
async fn answer_that_breaks_off_is_a_failure_and_never_half_a_feed() {
    let announced = format!("{HEAD}Content-Length: 500\r\n\r\n{RSS}").into_bytes();
    let chunked = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n10\r\n<rss version='2.0").into_bytes();
    for reply in [
        Reply::Cut(announced.clone()),
        Reply::Cut(chunked),
        Reply::Reset(announced),
        Reply::Cut(vec![]),
        Reply::Reset(vec![]),
        Reply::Cut(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
    ] {
        let text = format!("{reply:?}");
        let reason = failure(answer(reply).await);
        assert!(!reason.is_empty() && !reason.contains("http://"), "{text}: {reason}");
    }
}

#[tokio::test]
async fn sloppy_headers_do_not_cost_the_feed() {
    let sloppy =
        format!("HTTP/1.1 200\r\nBad Name: 1\r\nFolded: a\r\n b\r\nSpaced : c\r\n\u{f8}: d\r\nContent-Length: {}\r\n\r\n{RSS}", RSS.len());
    assert_eq!(document(answer(Reply::Raw(sloppy.into_bytes())).await), RSS.as_bytes());
}

#[tokio::test]
async fn other_statuses_are_failures_with_the_standard_words() {
    for (status, words) in [
        (204, "answered 204 No Content"),
        (206, "answered 206 Partial Content"),
        (404, "answered 404 Not Found"),
        (500, "answered 500 Internal Server Error"),
        (599, "answered 599"),
    ] {
        assert_eq!(failure(answer(Reply::status(status)).await), words);
    }
}

#[tokio::test]
async fn closed_port_and_unknown_name_are_told_apart() {
    assert_eq!(failure(client().fetch(&ask(&format!("http://{NOBODY}/"))).await), "connection refused");
    // A label over 63 bytes: no resolver asks the network for it.
    let reason = failure(client().fetch(&ask(&format!("http://{}.example/", "a".repeat(64)))).await);
    assert!(reason.starts_with("the host's name was not resolved"), "{reason}");
}

#[tokio::test]
async fn token_in_an_address_never_shows_in_a_reason() {
    let server = Server::start(|seen| match &seen.path[..4] {
        "/cut" => Reply::Cut(HEAD.into()),
        "/rst" => Reply::Reset(vec![]),
        "/bad" => Reply::Raw(b"nonsense\r\n\r\n".to_vec()),
        "/ftp" => Reply::redirect(302, "ftp://x.example/?key=CANARY"),
        "/lan" => Reply::redirect(302, "http://10.0.0.1/?key=CANARY"),
        "/rel" => Reply::redirect(302, "http://[CANARY"),
        "/big" => Reply::ok(vec![0; 2 << 20]),
        "/gzi" => Reply::ok("x").header("Content-Encoding", "CANARY"),
        "/sla" => Reply::Stall(HEAD.into()),
        _ => Reply::status(403),
    });
    let at = server.addr();
    let mut urls: Vec<_> = ["cut", "rst", "bad", "ftp", "lan", "rel", "big", "gzi", "sla", "403"]
        .map(|p| format!("http://CANARY:CANARY@{at}/{p}/CANARY?token=CANARY#CANARY"))
        .to_vec();
    urls.push(format!("http://CANARY@{NOBODY}/CANARY"));
    urls.push(format!("http://CANARY@{}.example/CANARY?CANARY", "a".repeat(64)));
    urls.push(format!("https://CANARY@{at}/CANARY"));
    urls.extend(["http://CANARY@[/", "ftp://CANARY@x/CANARY", "http://a b/CANARY"].map(str::to_owned));
    let hasty = hasty();
    for url in urls {
        let got = match hasty.fetch(&ask(&url)).await {
            Fetched::Body(body) => format!("{:?}", body.wire.unpack()),
            other => format!("{other:?}"),
        };
        assert!(["Failed", "Refused", "Err"].iter().any(|end| got.starts_with(end)) && !got.contains("CANARY"), "{url}: {got}");
    }
}

#[tokio::test]
async fn certificate_that_nobody_vouches_for_is_not_accepted() {
    let at = super::tls::serve_self_signed();
    let reason = failure(client().fetch(&ask(&format!("https://localhost:{}/", at.port()))).await);
    assert_eq!(reason, "certificate from an unknown authority");
}
