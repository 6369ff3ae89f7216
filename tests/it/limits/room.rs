//! A disk that fills up under a running daemon, and has room again.

use super::*;
use crate::support::island::{is_here, visit};
use marsad::store::open;
use std::{
    fs::{self, File},
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Instant,
};

const FEEDS: usize = 6;
/// Items of a feed's second document, which are more than the log of the archive has room for.
const ITEMS: usize = 40;

fn items(feed: &str) -> String {
    let item = |n: usize| {
        let text = words(feed.len() * 31 + n * 7 + feed.bytes().last().map_or(0, usize::from) * 1_000, 6_000);
        format!("<item><guid>{feed}-{n}</guid><title>Aleppo {feed} {n}</title><description>{text}</description></item>")
    };
    format!("<rss><channel>{}</channel></rss>", (0..ITEMS).map(item).collect::<String>())
}

#[test]
fn while_the_disk_is_full_no_feed_is_asked_and_polling_goes_on_by_itself_when_there_is_room() {
    visit("limits::room::on_a_small_disk_no_feed_is_asked_while_it_is_full");
}

/// There its mounts are its own.
#[test]
#[ignore = "one half of a test, which the other half runs on an island"]
fn on_a_small_disk_no_feed_is_asked_while_it_is_full() {
    if !is_here() {
        return;
    }
    let large = Arc::new(AtomicBool::new(false));
    let shown = large.clone();
    let post = Post::open(move |seen| match seen.method.as_str() {
        "POST" => Reply::status(204),
        // So long that the disk is full by then.
        _ if shown.load(SeqCst) => Reply::After(Duration::from_secs(2), Box::new(Reply::ok(items(&seen.path[1..])))),
        _ => Reply::ok(document(&seen.path[1..])),
    });
    post.put(&post.config(FEEDS, "").replace("enabled = false", "enabled = true"));
    let data = post.folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=32m,mode=700", "none"]).arg(&data).status();
    assert!(mount.unwrap().success());
    let daemon = post.marsad(&[], &["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let archive = post.archive();
    let articles =
        || open::read_only(&archive).ok().and_then(|archive| archive.query_row("SELECT count(*) FROM article", [], |row| row.get(0)).ok());
    until(60, "all are asked", || articles() == Some(FEEDS as i64));
    let asked = || post.server.requests().iter().filter(|seen| seen.method == "GET").count();
    large.store(true, SeqCst);
    open::read_write(&archive).unwrap().execute_batch("UPDATE feed SET next_poll_ms = 0").unwrap();
    until(60, "all are asked again", || asked() == 2 * FEEDS);
    let mut fill = File::create(data.join("fill")).unwrap();
    while fill.write_all(&[0; 4_096]).is_ok() {}
    drop(fill);
    until(60, "it is told past the archive", || post.titles_told().iter().any(|title| title.contains("takes nothing in")));
    let rest = Instant::now() + Duration::from_secs(15);
    until(60, "a while goes by", || Instant::now() > rest);
    assert_eq!(asked(), 2 * FEEDS, "nobody is asked while the disk is full");
    assert!(articles() < Some((FEEDS * (ITEMS + 1)) as i64));
    fs::remove_file(data.join("fill")).unwrap();
    until(60, "all is archived", || articles() == Some((FEEDS * (ITEMS + 1)) as i64));
    assert!(asked() <= 3 * FEEDS, "{} requests", asked());
    assert_eq!(post.titles_told().iter().filter(|title| title.contains("takes nothing in")).count(), 1, "told once");
    end(daemon);
}
