//! Hosts that cannot be reached, and a network that is away: whose fault it is, and who is asked meanwhile.

use super::*;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

/// Servers on hosts of their own that say not a byte while `away` holds.
fn hosts(count: u8, away: &Arc<AtomicBool>) -> Vec<Server> {
    let start = |n: u8| {
        let away = away.clone();
        Server::start_on(&format!("127.0.0.{}:0", 10 + n), move |_| match away.load(SeqCst) {
            true => Reply::Stall(vec![]),
            false => Reply::ok(document()),
        })
    };
    (0..count).map(start).collect()
}

fn over(servers: &[Server]) -> Watch {
    let names = ["a", "b", "c", "d", "e"];
    let feeds: Vec<_> = servers.iter().zip(names).map(|(server, name)| (name, server.url("/feed"))).collect();
    Watch { timeout: "3s", ..Watch::over(&feeds) }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_no_host_can_be_reached_it_is_the_network_and_no_feeds_fault() {
    let away = Arc::new(AtomicBool::new(false));
    let servers = hosts(5, &away);
    let watch = over(&servers);
    watch.round().await;
    away.store(true, SeqCst);
    for _ in 0..3 {
        watch.until_due();
        watch.round().await;
        assert_eq!(watch.count("SELECT sum(failures) FROM feed"), 0);
        assert_eq!(watch.count("SELECT count(*) FROM host"), 0, "nor of any host");
        assert!(watch.pause_ms("a") < MINUTE_MS, "they are asked as soon as it is back");
    }
    away.store(false, SeqCst);
    watch.until_due();
    let back = watch.round().await;
    assert_eq!((back.polled, back.failed.len()), (5, 0), "{back:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_out_of_reach_while_others_answer_is_its_own_fault_and_its_feeds_wait_together() {
    let away = Arc::new(AtomicBool::new(true));
    let dead = hosts(1, &away);
    let fine = Server::start(|_| Reply::ok(document()));
    let feeds = [("fine", fine.url("/")), ("x", dead[0].url("/x")), ("y", dead[0].url("/y")), ("z", dead[0].url("/z"))];
    let watch = Watch { timeout: "3s", ..Watch::over(&feeds) };
    watch.round().await;
    // Which of them are asked is as it comes.
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE failures = 1 AND id IN ('x', 'y', 'z')"), 2);
    assert_eq!(watch.count("SELECT times FROM host"), 2, "from the second time on its other feeds are not asked");
    assert_eq!(dead[0].requests().len(), 2);
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE failures = 0 AND id IN ('x', 'y', 'z')"), 1, "what was not asked did not fail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_refuses_is_there_so_the_network_is_too() {
    let closed = |n: u8| {
        let listener = std::net::TcpListener::bind(format!("127.0.0.{}:0", 30 + n)).unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let watch = Watch::over(&[("a", closed(1)), ("b", closed(2)), ("c", closed(3))]);
    watch.round().await;
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE failures = 1"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_on_this_machine_answers_without_a_network_and_says_nothing_of_it() {
    let away = Arc::new(AtomicBool::new(true));
    let proxies = hosts(2, &away);
    let near = Server::start(|_| Reply::ok(document()));
    let far = |n: usize| format!("http://{n}.invalid/feed'\nproxy = '{}", proxies[n].url(""));
    let watch = Watch { timeout: "3s", ..Watch::over(&[("a", far(0)), ("b", far(1)), ("near", near.url("/"))]) };
    assert_eq!(watch.round().await.failed.len(), 2);
    assert_eq!(watch.count("SELECT sum(failures) FROM feed"), 0, "it is the network that is away");
}
