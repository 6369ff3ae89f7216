//! What marsad shows of itself, and how it treats a host.

use super::*;
use marsad::net::hosts::{Hosts, host_of};

#[tokio::test]
async fn request_says_who_asks_and_what_is_read() {
    let server = Server::start(|_| Reply::ok(RSS));
    let contact = Some("https://watch.example/about".to_owned());
    let client = Client::new(&Poll { contact, ..poll() }).unwrap();
    client.fetch(&ask(&server.url("/feed?a=1"))).await;
    let seen = &server.requests()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str(), seen.body.len()), ("GET", "/feed?a=1", 0));
    assert_eq!(seen.header("user-agent").unwrap(), "marsad/0.1 (+https://watch.example/about)");
    assert_eq!(seen.header("accept-encoding").unwrap(), "gzip, deflate, br");
    assert!(seen.header("accept").unwrap().starts_with("application/atom+xml, application/rss+xml"));
    assert!(Client::new(&Poll { contact: Some("مرصد\n".to_owned()), ..poll() }).is_err());
}

#[tokio::test]
async fn no_cookie_and_no_referer_ever_go_out() {
    let server = Server::start(|seen| {
        let start = match seen.path.as_str() {
            "/feed" => Reply::redirect(302, "/target"),
            _ => Reply::ok(RSS),
        };
        (0..90).fold(start, |reply, i| reply.header("Set-Cookie", format!("id{i}={i}; Path=/")))
    });
    let client = client();
    for _ in 0..2 {
        body(client.fetch(&ask(&server.url("/feed?token=secret"))).await);
    }
    let names = server.requests().into_iter().flat_map(|s| s.headers).map(|(name, _)| name).collect::<Vec<_>>();
    for private in ["cookie", "referer", "authorization", "from", "x-forwarded-for"] {
        assert!(!names.contains(&private.to_owned()), "{names:?}");
    }
}

#[tokio::test]
async fn connection_to_a_host_is_kept_for_its_next_feed() {
    let server = Server::start(|_| Reply::ok(RSS));
    let client = client();
    for path in ["/a", "/b", "/c"] {
        body(client.clone().fetch(&ask(&server.url(path))).await);
    }
    assert_eq!(server.requests().iter().map(|s| s.connection).collect::<Vec<_>>(), [1, 1, 1]);
}

#[tokio::test]
async fn connection_that_the_server_closed_meanwhile_costs_nothing() {
    let server = Server::start(|_| Reply::Cut(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{RSS}", RSS.len()).into_bytes()));
    let client = client();
    for _ in 0..5 {
        body(client.fetch(&ask(&server.url("/"))).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn kept_connection_that_ends_at_the_next_question_is_no_answer_and_is_asked_again_once() {
    let answered = std::sync::Mutex::new(std::collections::HashSet::new());
    let server = Server::start(move |seen| match answered.lock().unwrap().insert(seen.connection) {
        true => Reply::ok(RSS),
        false => Reply::Cut(vec![]),
    });
    let client = client();
    for _ in 0..3 {
        body(client.fetch(&ask(&server.url("/"))).await);
    }
    assert_eq!(server.requests().iter().map(|s| s.connection).collect::<Vec<_>>(), [1, 1, 2, 2, 3]);
    // A server that does so on a new connection too is asked no third time.
    let rude = Server::start(|_| Reply::Cut(vec![]));
    failure(client.fetch(&ask(&rude.url("/"))).await);
    assert_eq!(rude.requests().len(), 1);
}

#[tokio::test]
async fn retry_after_is_told_in_seconds_and_for_a_day_at_most() {
    for (status, value, want) in [
        (429, "120", Some(120)),
        (503, "1000000000000", Some(86_400)),
        (503, "Thu, 01 Jan 1970 00:10:00 GMT", Some(600)),
        (429, "-1", None),
        (404, "120", None),
    ] {
        let got = answer(Reply::status(status).header("Retry-After", value)).await;
        let Fetched::Failed { status: told, retry_after_s, reason, .. } = got else { panic!("{got:?}") };
        assert_eq!((told, retry_after_s), (Some(status), want), "{value}");
        assert!(reason.starts_with(&format!("answered {status} ")), "{reason}");
    }
}

#[tokio::test]
async fn host_is_never_asked_twice_at_once_and_gets_its_pause() {
    let server = Server::start(|_| Reply::After(Duration::from_millis(10), Box::new(Reply::ok(RSS))));
    let gap = Duration::from_millis(20);
    let settings = Poll { host_gap: gap, ..poll() };
    let (hosts, client) = (Hosts::new(&settings), client());
    let tasks: Vec<_> = (0..12)
        .map(|i| {
            let (hosts, client, url) = (hosts.clone(), client.clone(), server.url(&format!("/{i}")));
            tokio::spawn(async move {
                let _permit = hosts.enter(&host_of(&url).unwrap()).await;
                body(client.fetch(&ask(&url)).await);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.most_at_once(), 1);
    let times: Vec<_> = server.requests().iter().map(|s| s.at).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= gap), "{times:?}");
}
