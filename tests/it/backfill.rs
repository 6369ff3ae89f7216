//! Older pages of a feed (RFC 5005) fill what scrolled out of its document unseen; over real HTTP and a real archive.

use crate::support::{
    newsroom::Newsroom,
    server::{Reply, Server},
};
use marsad::engine::alert::json::rfc3339;
use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const DAY_MS: i64 = 24 * 3_600_000;

fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// An entry about a ceasefire with a text of its own.
fn entry(n: usize, published_ms: i64) -> String {
    let words = ["Aleppo", "Hama", "Homs", "Raqqa", "Deraa", "Tartus", "Latakia", "Kobani", "Afrin", "Manbij", "Palmyra", "Jableh"];
    let place = words[n % words.len()];
    format!(
        "<entry><id>e{n}</id><link href=\"https://news.example/{n}\"/><title>{place}: ceasefire number {n}</title><published>{}</published></entry>",
        rfc3339(published_ms).unwrap()
    )
}

/// A document of these entries, newest first, that names an older page.
fn document(entries: &[(usize, i64)], older: Option<&str>) -> String {
    let link = older.map(|href| format!("<link rel=\"next\" href=\"{}\"/>", href.replace('&', "&amp;"))).unwrap_or_default();
    let entries: String = entries.iter().rev().map(|(n, at)| entry(*n, *at)).collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>x</id><title>t</title>{link}{entries}</feed>")
}

/// A feed of five entries of which the last two were seen, then three scrolled by and two stand in its document, which names
/// `older`. Two more, of last year, were never seen. Gives all entries, oldest first.
async fn gap(room: &Newsroom, config: &str, older: &str) -> Vec<(usize, i64)> {
    gap_at(room, config, "/a", older).await
}

/// The same of the feed that is asked for by this path.
async fn gap_at(room: &Newsroom, config: &str, path: &str, older: &str) -> Vec<(usize, i64)> {
    let year = now_ms() - 365 * DAY_MS;
    let mut posts = vec![(0, year), (1, year + DAY_MS)];
    posts.extend([(2, now_ms() - DAY_MS), (3, now_ms() - DAY_MS / 2)]);
    room.reply(path, Reply::ok(document(&posts[2..4], None)));
    room.once(config).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    posts.extend((4..9).map(|n| (n, now_ms() + n as i64)));
    tokio::time::sleep(Duration::from_millis(40)).await;
    room.reply(path, Reply::ok(document(&posts[7..9], Some(older))));
    posts
}

fn asked(room: &Newsroom, path: &str) -> usize {
    room.server.requests().iter().filter(|seen| seen.path == path).count()
}

fn filled(room: &Newsroom) -> (i64, i64) {
    (room.count("SELECT count(*) FROM gap WHERE filled_ms IS NULL"), room.count("SELECT count(*) FROM gap WHERE filled_ms IS NOT NULL"))
}

/// The numbers of the entries that alerts told, in order of number.
fn told(room: &Newsroom) -> Vec<String> {
    let mut told: Vec<String> =
        room.told().into_iter().filter_map(|line| line.rsplit_once("ceasefire number ").map(|(_, n)| n.to_owned())).collect();
    told.sort();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_filled_from_older_pages_and_what_lies_before_it_is_archived_and_never_told() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "summary");
    let posts = gap(&room, &config, "/a2").await;
    let before = room.told().len();
    // The first page repeats an entry of the document, as pages do when something was posted meanwhile.
    room.publish_raw("a2", document(&posts[5..8], Some("/a3")));
    room.publish_raw("a3", document(&[posts[0], posts[1], posts[2], posts[3], posts[4]], Some("/a4")));
    let report = room.once(&config).await;
    assert_eq!((report.new, report.failed.len()), (7, 0), "{report:?}");
    assert_eq!(told(&room), ["4", "5", "6", "7", "8"]);
    assert_eq!(room.told().len(), before + 5, "no summary of what is old: {:?}", room.told());
    assert_eq!((filled(&room), asked(&room, "/a4")), ((0, 1), 0));
    assert_eq!(room.count("SELECT count(*) FROM article"), 9);
    let own = room.server.url("/a");
    assert_eq!(
        room.count(&format!("SELECT count(*) FROM feed WHERE validators_url = '{own}' AND failures = 0 AND next_poll_ms > last_poll_ms")),
        1
    );
    room.once(&config).await;
    assert_eq!((told(&room).len(), asked(&room, "/a2"), asked(&room, "/a3")), (5, 1, 1), "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_never_end_or_lead_back_are_bounded_and_the_gap_stays_on_record() {
    for endless in [true, false] {
        let room = Newsroom::open();
        let config = room.config(&["a"], "summary");
        let posts = gap(&room, &config, "/p1").await;
        for page in 1..9 {
            let next = if endless { format!("/p{}", page + 1) } else { format!("/p{}", page % 2 + 1) };
            room.publish_raw(&format!("p{page}"), document(&posts[6..7], Some(&next)));
        }
        let report = room.once(&config).await;
        assert_eq!((report.new, report.failed.len(), filled(&room)), (3, 0, (1, 0)), "{report:?}");
        let pages = room.server.requests().iter().filter(|seen| seen.path.starts_with("/p")).count();
        assert_eq!(pages, if endless { 5 } else { 2 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_elsewhere_huge_or_broken_are_refused_and_cost_the_feed_nothing() {
    let other = Server::start(|_| Reply::ok(document(&[(99, 0)], None)));
    let huge = document(&[(98, now_ms())], None) + &" ".repeat(64 << 10);
    for older in [other.url("/a2"), "/huge".into(), "/missing".into(), "/page".into()] {
        let room = Newsroom::open();
        let config = room.config(&["a"], "summary").replace("[poll]\n", "[poll]\nmax_bytes = 32768\n");
        room.publish_raw("huge", huge.clone());
        room.publish_raw("page", "<html><body>Not found</body></html>".into());
        gap(&room, &config, &older).await;
        let report = room.once(&config).await;
        assert_eq!((report.new, report.failed.len(), filled(&room)), (2, 0, (1, 0)), "{older}: {report:?}");
        assert_eq!(room.count("SELECT failures FROM feed"), 0);
    }
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_asks_for_quiet_gets_it_for_its_host_and_costs_the_feed_nothing() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "summary");
    gap(&room, &config, "/a2").await;
    room.reply("/a2", Reply::status(429).header("Retry-After", "600"));
    let report = room.once(&config).await;
    assert_eq!((report.new, report.failed.len(), filled(&room), asked(&room, "/a2")), (2, 0, (1, 0), 1), "{report:?}");
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE failures = 0 AND last_error IS NULL"), 1);
    let before = asked(&room, "/a");
    room.once(&config).await;
    assert_eq!((asked(&room, "/a"), asked(&room, "/a2")), (before, 1), "the host is left alone");
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE failures = 0 AND last_error IS NULL"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_two_pages_a_host_rests_as_between_two_feeds() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "summary").replace("host_gap = \"0s\"", "host_gap = \"1s\"");
    let posts = gap(&room, &config, "/a2").await;
    room.publish_raw("a2", document(&posts[5..8], Some("/a3")));
    room.publish_raw("a3", document(&posts[2..5], None));
    room.once(&config).await;
    assert_eq!(filled(&room), (0, 1));
    let at: Vec<_> = room.server.requests().into_iter().filter(|seen| seen.method == "GET").map(|seen| seen.at).collect();
    // The first is of another process; of the others the last two are pages.
    assert_eq!(at.len(), 4);
    for pair in at[1..].windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(1_000), "{:?}", pair[1] - pair[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feeds_secrets_go_with_its_pages_to_its_own_origin_and_along_no_redirect() {
    let theirs: Vec<_> = (100..104).map(|n| (n, now_ms())).collect();
    let other = Server::start(move |_| Reply::ok(document(&theirs, None)));
    for elsewhere in [true, false] {
        let room = Newsroom::open();
        let file = room.folder.path().join("headers");
        std::fs::write(&file, "X-Key: k3y").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let secret = format!("/a?token=t0ken\"\nheaders_file = \"{}\"", file.display());
        let config = room.config(&["a"], "summary").replace("/a\"", &secret);
        let posts = gap_at(&room, &config, "/a?token=t0ken", "/a2").await;
        room.reply("/a2", Reply::redirect(302, if elsewhere { other.url("/p") } else { "/a3".into() }));
        room.publish_raw("a3", document(&posts[3..8], None));
        let report = room.once(&config).await;
        let expected = if elsewhere { (2, (1, 0)) } else { (5, (0, 1)) };
        assert_eq!((report.new, filled(&room)), expected, "{report:?}");
        assert_eq!(room.count("SELECT count(*) FROM feed WHERE failures = 0 AND last_error IS NULL"), 1);
        let asked: Vec<_> = room.server.requests().into_iter().filter(|seen| seen.method == "GET").collect();
        assert!(asked.iter().any(|seen| seen.path == "/a2"));
        assert!(asked.iter().all(|seen| seen.header("x-key").as_deref() == Some("k3y")), "{asked:?}");
    }
    let asked = other.requests();
    assert!(asked.iter().all(|seen| seen.path == "/p" && seen.header("x-key").is_none() && seen.header("referer").is_none()), "{asked:?}");
    assert!(asked.len() <= 1 && !format!("{asked:?}").contains("t0ken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feeds_secrets_stay_at_its_origin_where_its_document_and_pages_are_elsewhere() {
    let room = Newsroom::open();
    let file = room.folder.path().join("headers");
    std::fs::write(&file, "X-Key: k3y").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = room.config(&["a"], "summary").replace("/a\"", &format!("/a\"\nheaders_file = \"{}\"", file.display()));
    let posts = gap(&room, &config, "/p").await;
    let (newest, page) = (document(&posts[7..9], Some("/p")), document(&posts[3..8], None));
    let other = Server::start(move |seen| Reply::ok(if seen.path == "/p" { page.clone() } else { newest.clone() }));
    room.reply("/a", Reply::redirect(302, other.url("/doc")));
    let report = room.once(&config).await;
    assert_eq!((report.new, filled(&room)), (5, (0, 1)), "{report:?}");
    let asked: Vec<_> = other.requests().into_iter().map(|seen| (seen.header("x-key"), seen.path)).collect();
    assert_eq!(asked, [(None, "/doc".to_owned()), (None, "/p".to_owned())]);
    assert!(room.server.requests().iter().any(|seen| seen.path == "/a" && seen.header("x-key").as_deref() == Some("k3y")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_feed_behind_a_proxy_are_asked_through_it() {
    let room = Newsroom::open();
    let behind = format!("http://feed.invalid/a\"\nproxy = \"{}", room.server.url(""));
    let config = room.config(&["a"], "summary").replace(&room.server.url("/a"), &behind);
    let posts = gap_at(&room, &config, "http://feed.invalid/a", "/a2").await;
    room.reply("http://feed.invalid/a2", Reply::ok(document(&posts[3..8], None)));
    let report = room.once(&config).await;
    assert_eq!((report.new, filled(&room), asked(&room, "http://feed.invalid/a2")), (5, (0, 1), 1), "{report:?}");
}
