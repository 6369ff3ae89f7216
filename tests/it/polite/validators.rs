//! Conditional requests: what is sent, what it is made of, and what comes back.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const SINCE: &str = "Mon, 05 Oct 2026 07:00:01 GMT";

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_question_is_unconditional() {
    let server = Server::start(|seen| match is_conditional(seen) {
        false => Reply::ok(document()).header("ETag", "\"a-1\"").header("Last-Modified", SINCE),
        true => Reply::status(304),
    });
    let watch = Watch::over(&[("a", server.url("/feed?x=1&y=%20"))]);
    for _ in 0..8 {
        watch.round().await;
        watch.until_due();
    }
    let asked = server.requests();
    assert_eq!(asked.len(), 8);
    assert_eq!(asked.iter().filter(|seen| !is_conditional(seen)).count(), 1);
    for seen in &asked[1..] {
        assert_eq!((seen.header("if-none-match").as_deref(), seen.header("if-modified-since").as_deref()), (Some("\"a-1\""), Some(SINCE)));
    }
    let same =
        |seen: &Seen| seen.path == "/feed?x=1&y=%20" && ["cookie", "referer", "cache-control"].iter().all(|h| seen.header(h).is_none());
    assert!(asked.iter().all(same), "no cookie, no referrer, the address as it was written: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_are_the_last_ones_that_were_given_and_never_made_up() {
    // Each round: what the server says, and what must be sent in the round after.
    let rounds: [(Reply, [Option<&str>; 2]); 6] = [
        (Reply::ok(document()).header("ETag", "W/\"1\"").header("Date", SINCE), [Some("W/\"1\""), None]),
        (Reply::status(304).header("ETag", "W/\"2\"").header("Last-Modified", "yesterday"), [Some("W/\"2\""), Some("yesterday")]),
        (Reply::status(500).header("ETag", "\"error\"").header("Last-Modified", "now"), [Some("W/\"2\""), Some("yesterday")]),
        (Reply::ok("<html>Log in</html>").header("ETag", "\"page\""), [Some("W/\"2\""), Some("yesterday")]),
        (Reply::ok(document().replace("rains", "pours")).header("ETag", "no quotes"), [Some("no quotes"), None]),
        (Reply::ok(document().replace("rains", "hails")).header("Date", SINCE), [None, None]),
    ];
    let (replies, wanted): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
    let at = AtomicUsize::new(0);
    let count = replies.len();
    let server = Server::start(move |_| replies[at.fetch_add(1, SeqCst) % count].clone());
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    for _ in 0..=count {
        watch.round().await;
        watch.until_due();
    }
    for (round, (seen, want)) in server.requests()[1..].iter().zip(wanted).enumerate() {
        let sent = [seen.header("if-none-match"), seen.header("if-modified-since")];
        assert_eq!(sent.each_ref().map(Option::as_deref), want, "after round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_known_by_its_hash_is_unchanged_without_any_validator() {
    let server = Server::start(|_| Reply::ok(document()));
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    assert_eq!((watch.round().await.new, watch.count("SELECT body_hash IS NOT NULL FROM feed")), (1, 1));
    watch.until_due();
    let again = watch.round().await;
    assert_eq!((again.polled, again.unchanged, again.new), (1, 1, 0));
    assert!(server.requests().iter().all(|seen| !is_conditional(seen)), "and none is made up from it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_unchanged_for_ever_is_asked_for_the_whole_once_in_a_month_or_two() {
    let server = Server::start(|seen| match is_conditional(seen) {
        false => Reply::ok(document()).header("ETag", "\"stuck\""),
        true => Reply::status(304),
    });
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    watch.round().await;
    for _ in 0..82 {
        watch.later(DAY_MS);
        watch.round().await;
    }
    let whole: Vec<usize> = server.requests().iter().enumerate().filter(|(_, seen)| !is_conditional(seen)).map(|(at, _)| at).collect();
    // Each follows a 304 to the same question with conditions.
    assert!(whole.len() == 3 && whole[0] == 0 && (31..=42).contains(&whole[1]) && (62..=84).contains(&whole[2]), "{whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_holds_only_news_is_asked_for_and_never_taken_for_the_whole() {
    let part = rss(&[Item { guid: "2", link: "http://news.example/2", title: "Snow in Idlib", text: "It snows." }]);
    let server = Server::start(move |seen| match (seen.header("if-none-match").as_deref(), seen.header("a-im").as_deref()) {
        (Some("\"1\""), Some("feed")) => {
            Reply::Answer { status: 226, headers: vec![], body: part.clone().into() }.header("IM", "feed").header("ETag", "\"2\"")
        }
        (Some("\"2\""), Some("feed")) => Reply::status(304),
        (None, None) => Reply::ok(document()).header("ETag", "\"1\""),
        other => panic!("{other:?}"),
    });
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    watch.round().await;
    let hash = watch.text("SELECT hex(body_hash) FROM feed");
    watch.until_due();
    assert_eq!(watch.round().await.new, 1);
    assert_eq!(watch.text("SELECT hex(body_hash) FROM feed"), hash, "the hash stays that of the whole");
    watch.until_due();
    assert_eq!(watch.round().await.unchanged, 1, "the new tag is the whole's");
    assert_eq!(watch.count("SELECT count(*) FROM article"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_nobody_asked_for_is_a_failure() {
    let server = Server::start(|_| Reply::Answer { status: 226, headers: vec![], body: document().into() });
    let watch = Watch::over(&[("a", server.url("/feed"))]);
    let report = watch.round().await;
    assert!(report.new == 0 && report.failed[0].1.contains("226"), "{report:?}");
}
