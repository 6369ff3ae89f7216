//! The straight line from a feed to an alert, over real HTTP and a real archive.

use crate::support::newsroom::{Item, Newsroom, loaded, rss};
use marsad::{
    engine::rule::{Lexicon, RuleSpec, compile},
    store::{open, search},
};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

const TITLE: &str = "خرق وقف إطلاق النار في ريف إدلب";
const STORY: Item = Item {
    guid: "a-1",
    link: "https://news.example/syria/1",
    title: TITLE,
    text: "قالت مصادر محلية إن القصف تجدد صباح اليوم بإدلب، وإن وقف إطلاق النار لم يصمد سوى ساعات.",
};
const FOOTBALL: Item =
    Item { guid: "a-2", link: "https://news.example/sport/2", title: "Cup final tonight", text: "Nothing but football in here." };

#[tokio::test(flavor = "multi_thread")]
async fn an_article_raises_one_alert_for_each_rule_with_its_evidence() {
    let room = Newsroom::open();
    room.publish("a", &[STORY, FOOTBALL]);
    let report = room.once(&room.config(&["a"], "alert")).await;
    assert_eq!((report.new, report.alerts, report.delivered.sent, report.waiting, report.indexed), (2, 2, 2, 0, 2), "{report:?}");
    assert_eq!(room.told(), [format!("idlib: {TITLE}"), format!("ceasefire: {TITLE}")]);
    let (_, alert) = &room.posts()[0];
    let piece = alert["evidence"].as_array().unwrap().iter().find(|e| e["field"] == "text").unwrap().clone();
    let span = piece["start"].as_u64().unwrap() as usize..piece["end"].as_u64().unwrap() as usize;
    assert_eq!((&STORY.text[span], piece["text"].as_str().unwrap(), piece["term"].as_str().unwrap()), ("بإدلب", "بإدلب", "إدلب"));
    assert_eq!((alert["severity"].as_str(), alert["feed"].as_str(), alert["url"].as_str()), (Some("high"), Some("a"), Some(STORY.link)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_told_once_is_not_told_again() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    room.publish("b", &[]);
    let config = room.config(&["a", "b"], "alert");
    room.once(&config).await;
    assert_eq!(room.told().len(), 2);
    // Polled again, unchanged.
    let again = room.once(&config).await;
    assert_eq!((again.new, again.alerts), (0, 0));
    // Edited in its title.
    room.publish("a", &[Item { title: "تجدد القصف وخرق وقف إطلاق النار بإدلب", ..STORY }, FOOTBALL]);
    let edited = room.once(&config).await;
    assert_eq!((edited.new, edited.edited, edited.alerts), (1, 1, 0), "{edited:?}");
    // Carried by a second feed under another guid and a tracking link.
    room.publish("b", &[Item { guid: "b-77", link: "http://news.example/syria/1?utm_source=rss&utm_medium=feed#top", ..STORY }]);
    let copied = room.once(&config).await;
    assert_eq!((copied.new, copied.alerts), (1, 0));
    assert_eq!(room.told().len(), 2);
    assert_eq!(room.count("SELECT count(DISTINCT story) FROM article WHERE guid IN ('a-1', 'b-77')"), 1);
    assert_eq!(room.count("SELECT count(*) FROM match WHERE alert IS NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_document_is_told_in_one_summary_for_each_rule_over_all_feeds() {
    let room = Newsroom::open();
    room.publish("a", &[STORY, FOOTBALL]);
    room.publish("b", &[Item { guid: "b-1", link: "https://other.example/9", title: "İdlib'de ateşkes", text: "Yeni bir haber." }]);
    room.publish("empty", &[]);
    let config = room.config(&["a", "b", "empty"], "summary");
    let report = room.once(&config).await;
    assert_eq!((report.new, report.alerts), (3, 2));
    assert_eq!(room.told(), ["idlib: 2 articles were there already", "ceasefire: 1 article was there already"]);
    let lines = room.posts()[0].1["lines"].clone();
    assert_eq!(lines.as_array().unwrap().len(), 2, "{lines}");
    // What comes later is news, in a feed whose first document was empty too.
    room.publish(
        "empty",
        &[Item {
            guid: "e-1", link: "https://third.example/1", title: "В Идлиб прибыл конвой", text: "ООН сообщила."
        }],
    );
    let later = room.once(&config).await;
    assert_eq!((later.new, later.alerts), (1, 1));
    // A copy of what was imported was seen by the rules: it is no news.
    room.publish("b", &[Item { guid: "b-2", ..STORY }]);
    assert_eq!(room.once(&config).await.alerts, 0);
    assert_eq!(room.count("SELECT count(*) FROM match WHERE alert IS NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_dated_years_ago_is_news_when_it_is_first_offered() {
    let room = Newsroom::open();
    room.publish("a", &[FOOTBALL]);
    let config = room.config(&["a"], "summary");
    room.once(&config).await;
    let old = rss(&[STORY]).replace("</item>", "<pubDate>Mon, 04 Feb 2019 10:00:00 GMT</pubDate></item>");
    room.publish_raw("a", old);
    assert_eq!(room.once(&config).await.alerts, 2);
    assert!(room.posts()[0].1["published"].as_str().unwrap().starts_with("2019-02-04"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_brings_the_word_raises_the_alert_once() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "alert");
    room.publish("a", &[FOOTBALL]);
    assert_eq!(room.once(&config).await.alerts, 0);
    let edited = Item { text: "Football, and a ceasefire at last.", ..FOOTBALL };
    room.publish("a", &[edited]);
    assert_eq!(room.once(&config).await.alerts, 1);
    room.publish("a", &[Item { text: "Football, and a ceasefire at long last.", ..FOOTBALL }]);
    assert_eq!(room.once(&config).await.alerts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_whether_new_articles_or_edits_may_begin_to_match_it() {
    let room = Newsroom::open();
    let rules = "[[rule]]\nname = \"first\"\nany = [\"truce\"]\non = [\"new\"]\n[rule.alert]\nfollow_up = [\"edited\"]\ncooldown = \"0s\"\n\
                 [[rule]]\nname = \"correction\"\nany = [\"truce\"]\non = [\"edit\"]\n\
                 [[rule]]\nname = \"both\"\nany = [\"truce\"]\n";
    let config = room.config(&["a"], "alert") + rules;
    let truce = Item { guid: "a-3", link: "https://news.example/3", title: "Talks", text: "A truce holds in the north, both sides say." };
    // An article that has the word from the first, and one that gets it by an edit.
    room.publish("a", &[truce, FOOTBALL]);
    assert_eq!(room.once(&config).await.alerts, 2);
    assert_eq!(room.told(), ["first: Talks", "both: Talks"]);
    room.publish("a", &[truce, Item { text: "Football, and a truce among the fans at last.", ..FOOTBALL }]);
    assert_eq!(room.once(&config).await.alerts, 2);
    assert_eq!(room.told()[2..], ["correction: Cup final tonight", "both: Cup final tonight"]);
    // The first is edited: it matched one of the rules before and is followed up there, and begins to match the other.
    room.publish("a", &[Item { text: "A truce holds in the north, one of the sides says.", ..truce }, FOOTBALL]);
    assert_eq!(room.once(&config).await.alerts, 1);
    assert_eq!(room.told()[4..].iter().filter(|told| *told == "correction: Talks").count(), 1, "{:?}", room.told());
    assert_eq!(room.told()[4..].iter().filter(|told| *told == "first: Talks").count(), 1, "{:?}", room.told());
    assert_eq!(room.told().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_that_bring_one_story_in_the_same_moment_alert_once() {
    let room = Newsroom::open();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for name in names {
        room.publish_raw(name, rss(&[STORY]).replace("a-1", &format!("{name}-1")));
    }
    let report = room.once(&room.config(&names, "alert")).await;
    assert_eq!((report.new, report.alerts, room.told().len()), (8, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_fails_is_asked_again_under_the_same_key() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    let asked = AtomicUsize::new(0);
    room.answer(move |_| if asked.fetch_add(1, SeqCst) == 0 { 503 } else { 200 });
    let config = room.config(&["a"], "alert");
    let first = room.once(&config).await;
    assert_eq!((first.delivered.sent, first.delivered.failed, first.waiting), (0, 1, 2), "after a failure the lane rests: {first:?}");
    tokio::time::sleep(std::time::Duration::from_millis(5_100)).await;
    let second = room.once(&config).await;
    assert_eq!((second.alerts, second.delivered.sent, second.waiting), (0, 2, 0), "{second:?}");
    let posts = room.posts();
    assert_eq!(posts.len(), 3);
    assert!(posts[1..].iter().any(|(key, _)| *key == posts[0].0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_refuses_for_good_ends_in_the_dead_letters() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    room.answer(|_| 404);
    let report = room.once(&room.config(&["a"], "alert")).await;
    assert_eq!((report.delivered.ended, report.waiting), (2, 0));
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'dead' AND error LIKE '%404%' AND settled_ms > 0"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_leaves_the_config_and_returns_brings_nothing_twice() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    room.publish("b", &[FOOTBALL]);
    room.once(&room.config(&["a", "b"], "alert")).await;
    room.once(&room.config(&["b"], "alert")).await;
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE retired_ms IS NOT NULL"), 1);
    let back = room.once(&room.config(&["a", "b"], "alert")).await;
    assert_eq!((back.new, back.alerts, room.told().len()), (0, 0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_fails_or_lies_takes_nothing_of_the_others() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    room.publish_raw("page", "<!doctype html><html><head><title>Welcome</title></head><body>no feed</body></html>".into());
    let report = room.once(&room.config(&["missing", "page", "a"], "alert")).await;
    assert_eq!((report.polled, report.new, report.failed.len()), (3, 1, 2), "{report:?}");
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE failures = 1 AND last_error IS NOT NULL AND next_poll_ms > last_poll_ms"), 2);
}

fn query(all: &[&str]) -> marsad::engine::rule::Ruleset {
    let spec = RuleSpec { id: "q".into(), all: all.iter().map(|s| (*s).to_owned()).collect(), ..RuleSpec::default() };
    compile(&[spec], &Lexicon::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_glued_forms_before_and_after_the_index_has_them() {
    let room = Newsroom::open();
    room.publish("a", &[STORY, FOOTBALL]);
    room.once(&room.config(&["a"], "alert")).await;
    let find = |all: &[&str]| search::search(&open::read_only(&room.archive()).unwrap(), &query(all), &HashMap::new(), 10).unwrap();
    assert_eq!(find(&["إدلب"]).len(), 1);
    assert_eq!(find(&["وقف إطلاق نار", "إدلب"]).len(), 1);
    assert_eq!(find(&["FOOTBALL"])[0].article.title, FOOTBALL.title);
    assert!(find(&["إدلب", "football"]).is_empty());
    assert!(find(&["nowhere"]).is_empty());
    let writer = open::read_write(&room.archive()).unwrap();
    writer.execute_batch("DELETE FROM article_fts; DELETE FROM word; INSERT INTO unindexed SELECT n FROM article;").unwrap();
    assert_eq!(find(&["إدلب"]).len(), 1, "not in the index yet");
}

#[test]
fn a_start_with_a_broken_config_runs_on_the_last_good_one() {
    use std::process::{Command, Stdio};
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    let path = room.folder.path().join("marsad.toml");
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command
            .arg("run")
            .arg("--config")
            .arg(&path)
            .arg("--db")
            .arg(room.archive())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let until = |what: &str, done: &dyn Fn() -> bool| {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while !done() {
            assert!(std::time::Instant::now() < end, "no {what}");
            #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    let stop = |child: std::process::Child| {
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::write(&path, "[[rule]]\nname = 7\n").unwrap();
    assert_eq!(run().wait().unwrap().code(), Some(3), "with no good one it refuses to start");
    std::fs::write(&path, room.config(&["a"], "alert")).unwrap();
    let first = run();
    until("alerts", &|| room.told().len() == 2);
    assert_eq!(stop(first).0, Some(0));
    std::fs::write(&path, "[[rule]]\nname = 7\n").unwrap();
    room.publish("a", &[Item { guid: "new", link: "https://news.example/new", title: "Idlib", text: "İdlib." }]);
    open::read_write(&room.archive()).unwrap().execute("UPDATE feed SET next_poll_ms = 0", []).unwrap();
    let second = run();
    until("alert of the new article and of the config", &|| room.told().len() == 4);
    let told = room.told();
    assert!(told.contains(&"health: the config is refused; an older one stays in force".to_owned()), "{told:?}");
    let health = room.posts().into_iter().find(|(_, alert)| alert["kind"] == "health").unwrap().1;
    assert!(health["lines"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains("marsad.toml:2:8")), "{health}");
    let (code, log) = stop(second);
    assert_eq!(code, Some(0));
    assert!(log.contains("running on the last good one") && log.contains("marsad.toml:2"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_feed_whose_articles_alone_the_archive_refuses_keeps_no_other_from_being_asked() {
    use marsad::daemon::{Daemon, deliver, poll};
    use std::{sync::Arc, time::Duration};
    use tokio_util::sync::CancellationToken;
    let room = Newsroom::open();
    room.publish("bad", &[STORY]);
    room.publish("good", &[]);
    let daemon = Arc::new(Daemon::open(loaded(&room.config(&["bad", "good"], "alert")), room.world()).unwrap());
    let archive = open::read_write(&room.archive()).unwrap();
    let refuse = "CREATE TRIGGER odd BEFORE INSERT ON article WHEN NEW.feed = (SELECT n FROM feed WHERE id = 'bad')
                  BEGIN SELECT RAISE(ABORT, 'odd'); END; UPDATE feed SET next_poll_ms = 1 WHERE id = 'bad'";
    archive.execute_batch(refuse).unwrap();
    let stop = CancellationToken::new();
    let polls = tokio::spawn(poll::run(daemon.clone(), stop.clone()));
    let lanes = tokio::spawn(deliver::run(daemon.clone(), stop.clone()));
    let asked = || room.server.requests().iter().filter(|seen| seen.path == "/bad").count();
    // At the second refusal it is the one feed that shows whether the archive takes more than a try.
    for n in 1.. {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(n < 600, "asked {} times", asked());
        if asked() == 2 {
            break;
        }
    }
    room.publish("good", &[FOOTBALL, STORY]);
    archive.execute("UPDATE feed SET next_poll_ms = 2 WHERE id = 'good'", []).unwrap();
    for n in 1.. {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(n < 600, "told: {:?}; the refused one was asked {} times", room.told(), asked());
        if room.told().len() == 2 {
            break;
        }
    }
    stop.cancel();
    polls.await.unwrap().unwrap();
    lanes.await.unwrap().unwrap();
}

/// A full or locked archive: the daemon neither ends nor loses; it goes on when it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_archive_that_refuses_for_a_while_ends_nothing_and_loses_nothing() {
    use marsad::daemon::{Daemon, deliver, persist::persist, poll};
    use std::{sync::Arc, time::Duration};
    use tokio_util::sync::CancellationToken;
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    let daemon = Arc::new(Daemon::open(loaded(&room.config(&["a"], "alert")), room.world()).unwrap());
    // As if the disk were full: every write of an article fails until the trigger is gone.
    let archive = open::read_write(&room.archive()).unwrap();
    archive
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON article BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
        .unwrap();
    let stop = CancellationToken::new();
    let (polling, ending) = (daemon.clone(), stop.clone());
    let polls = tokio::spawn(async move { persist("poll", &ending, || poll::run(polling.clone(), ending.clone())).await });
    let lanes = tokio::spawn(deliver::run(daemon.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!polls.is_finished() && room.told().is_empty());
    assert_eq!(
        room.count("SELECT count(*) FROM feed WHERE imported_ms IS NOT NULL OR body_hash IS NOT NULL"),
        0,
        "the cursor stays with the articles"
    );
    archive.execute_batch("DROP TRIGGER full").unwrap();
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 2 {
            break;
        }
    }
    assert_eq!(room.told().len(), 2);
    stop.cancel();
    polls.await.unwrap().unwrap();
    lanes.await.unwrap().unwrap();
}
