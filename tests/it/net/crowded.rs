//! Feeds that take all the room there is for large bodies, and hold it: the others are read in time.

use super::*;
use marsad::net::hosts::{Hosts, Turn};
use std::{sync::Arc, time::Instant};

/// Nearly all that a body may have, and then nothing.
fn stall() -> Reply {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 10400000\r\n\r\n";
    Reply::After(Duration::from_millis(350), Box::new(Reply::Stall([&head[..], &[b'<'; 9_900_000]].concat())))
}

/// A server far away, with so many bytes.
fn far(bytes: usize) -> Reply {
    Reply::After(Duration::from_millis(400), Box::new(Reply::ok(vec![b' '; bytes])))
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_that_hold_large_bodies_and_stall_keep_no_slow_feed_from_being_read() {
    let server = Arc::new(Server::start_on("0.0.0.0:0", |seen| match seen.path.as_str() {
        "/stalls" => stall(),
        "/large" => far(3 << 20),
        _ => far(200_000),
    }));
    let poll = Poll { max_bytes: 10 << 20, ..poll() };
    let (client, hosts) = (Client::new(&poll).unwrap(), Hosts::new(&poll));
    let fetch = |path: &'static str, n: usize| {
        let (client, hosts, port) = (client.clone(), hosts.clone(), server.addr().port());
        tokio::spawn(async move {
            let (host, begun) = (format!("127.3.{}.{n}", path.len()), Instant::now());
            let mut turn = Turn::new(&hosts);
            turn.at(&host, 0).await.unwrap();
            (client.fetch_in_turn(&ask(&format!("http://{host}:{port}{path}")), &mut turn).await, begun.elapsed())
        })
    };
    let stalled: Vec<_> = (1..=10).map(|n| fetch("/stalls", n)).collect();
    // By then they have what they can get.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let slow: Vec<_> = (1..=20).map(|n| fetch("/slow", n)).collect();
    let large = fetch("/large", 1);
    for slow in slow {
        let (fetched, took) = slow.await.unwrap();
        assert_eq!(document(fetched).len(), 200_000);
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    assert_eq!(document(large.await.unwrap().0).len(), 3 << 20, "it waits for room, and gets it");
    // Who makes room for it says so a moment later.
    tokio::time::timeout(Duration::from_secs(10), async {
        while !stalled.iter().any(|task| task.is_finished()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("one of those that stall has made room");
    let mut told = Vec::new();
    for stalled in stalled.into_iter().filter(|task| task.is_finished()) {
        told.push(failure(stalled.await.unwrap().0));
    }
    assert!(!told.is_empty() && told.iter().all(|reason| reason.ends_with("while others waited for room")), "{told:?}");
}
