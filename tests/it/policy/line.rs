//! Policies end to end: a feed over HTTP, `marsad once`, a webhook that keeps what it was told.

use crate::support::newsroom::{Item, Newsroom};
use marsad::{
    daemon::clock::now_ms,
    engine::alert::mute::Mute,
    store::{
        mark::{self, Mark},
        mute::{self, Origin},
        open, pause,
    },
};
use std::collections::BTreeMap;

const STORY: Item =
    Item { guid: "a-1", link: "https://news.example/1", title: "12 families leave Idlib", text: "They left at dawn, said a neighbour." };
/// As two others tell it, in words of their own.
const TOLD_BY_B: Item =
    Item { link: "https://second.example/1", guid: "b-1", text: "Said a neighbour: families left Idlib at dawn, they, 12.", ..STORY };
const TOLD_BY_C: Item =
    Item { link: "https://third.example/1", guid: "c-1", text: "At dawn families, 12, left, a neighbour of Idlib said.", ..STORY };
const OTHER: Item = Item { guid: "a-2", link: "https://news.example/2", title: "Idlib: a market opens", text: "Bread, olives and more." };
const THIRD: Item = Item { guid: "a-3", link: "https://news.example/3", title: "Rain over Idlib", text: "It rained for most of a day." };

/// A bomber is a form of a bomb, and a looter one of loot, by the grammar of German adjectives alone.
const BOMBER: Item =
    Item { guid: "a-5", link: "https://news.example/5", title: "Suicide bomber kills 12 in Idlib", text: "At noon, near the bus station." };
const LOOTER: Item = Item { guid: "a-6", link: "https://news.example/6", title: "Idlib: looter shot", text: "A guard fired three times." };
const PLANE: Item =
    Item { guid: "a-7", link: "https://news.example/7", title: "Old bomber shown in Idlib", text: "The museum is open daily." };
const TRIAL: Item =
    Item { guid: "a-8", link: "https://news.example/8", title: "A court in Idlib frees one looter", text: "The judge named no reason." };

/// A newsroom with one rule on Idlib under this policy, and what is beside it.
pub fn config(room: &Newsroom, feeds: &[&str], alert: &str, beside: &str) -> String {
    let whole = room.config(feeds, "alert");
    let tables = whole.split("[[rule]]").next().unwrap();
    format!("{tables}[[rule]]\nname = \"idlib\"\nany = [\"Idlib | إدلب\"]\n[rule.alert]\n{alert}\n{beside}")
}

/// Fills the feed `z` with seventy articles on nothing in common: from so many on, marsad knows which words of a language are rare,
/// and finds articles that tell one event in other words. The `other` feeds are empty yet.
pub fn background(room: &Newsroom, other: &[&str]) {
    other.iter().for_each(|feed| room.publish(feed, &[]));
    let common = "the of and to in a is was on at who were from said others by it with for had they".split(' ');
    let text = |n: usize| common.clone().map(|word| format!("{word} {}x{n} ", word.len())).collect::<String>();
    let item = |n: usize| {
        let [link, title, text] =
            [format!("https://z.example/{n}"), format!("z{n} t{n}"), text(n)].map(|text| &*Box::leak(text.into_boxed_str()));
        Item { guid: link, link, title, text }
    };
    room.publish("z", &(0..70).map(item).collect::<Vec<_>>());
}

/// Makes everything that waits due.
fn pass(room: &Newsroom) {
    open::beside(&room.archive()).unwrap().execute("UPDATE delivery SET until_ms = 0 WHERE state = 'held'", []).unwrap();
}

/// The same config with its sink under another name.
fn renamed(text: &str) -> String {
    text.replace("\"hook\"", "\"phone\"").replace("sink.hook", "sink.phone")
}

/// Quiet hours in UTC that began an hour ago and end in one, or the other way round.
fn hours(now: bool) -> String {
    let hour = now_ms() / 3_600_000 % 24;
    let (from, to) = if now { (hour + 23, hour + 2) } else { (hour + 2, hour + 4) };
    format!("[quiet.q]\nfrom = \"{:02}:00\"\nto = \"{:02}:00\"\ntz = \"UTC\"\n", from % 24, to % 24)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_in_quiet_hours_is_held_and_released_at_their_end() {
    let room = Newsroom::open();
    room.publish("a", &[STORY]);
    let report = room.once(&config(&room, &["a"], "quiet = \"q\"", &hours(true))).await;
    assert_eq!((report.alerts, room.told().len()), (1, 0));
    assert_eq!(room.account().went["held"], 1);
    let until = room.count("SELECT until_ms FROM delivery");
    assert!(until > now_ms() && until <= now_ms() + 2 * 3_600_000, "{until}");
    pass(&room);
    room.once(&config(&room, &["a"], "quiet = \"q\"", &hours(true))).await;
    assert_eq!(room.told().len(), 0, "it is quiet still");
    pass(&room);
    room.once(&config(&room, &["a"], "quiet = \"q\"", &hours(false))).await;
    assert_eq!((room.told().len(), room.account().went["delivered"]), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_silences_what_it_finds_and_a_pause_holds_the_rest() {
    let room = Newsroom::open();
    let muted = config(&room, &["a"], "sinks = [\"hook\"]", "[[mute]]\nwhen = 'market'\nuntil = 2200-01-01\n");
    room.publish("a", &[STORY, OTHER]);
    room.once(&muted).await;
    assert_eq!(room.told(), [format!("idlib: {}", STORY.title)]);
    let account = room.account();
    assert_eq!((account.went["muted"], account.went["delivered"]), (1, 1));
    // From the command line, seen by the next round; and a pause for the one after.
    let beside = open::beside(&room.archive()).unwrap();
    let rain = Mute { row: 0, expr: "rain".into(), rules: vec!["idlib".into()], feeds: vec![], until_ms: now_ms() + 3_600_000 };
    let row = mute::set(&beside, &rain, Origin::Command, now_ms()).unwrap();
    room.publish("a", &[THIRD]);
    room.once(&muted).await;
    assert_eq!((room.told().len(), room.account().went["muted"]), (1, 2));
    assert!(mute::lift(&beside, row, now_ms()).unwrap());
    pause::pause(&beside, now_ms() + 3_600_000).unwrap();
    room.publish("a", &[Item { guid: "a-4", link: "https://news.example/4", title: "Snow over Idlib", text: "And more to come." }]);
    room.once(&muted).await;
    assert_eq!((room.told().len(), room.account().went["held"]), (1, 1));
    pause::resume(&beside, now_ms()).unwrap();
    room.once(&muted).await;
    assert_eq!((room.told().len(), room.account().went["delivered"]), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_of_the_config_or_the_archive_takes_its_forms_from_the_languages_that_its_feeds_have_now() {
    let room = Newsroom::open();
    let text = |language: &str| {
        let plain = config(&room, &["a"], "sinks = [\"hook\"]", "[[mute]]\nwhen = 'bomb'\nuntil = 2200-01-01\n");
        plain.replace("tags = [\"a\"]\n", &format!("tags = [\"a\"]\nlanguage = \"{language}\"\n"))
    };
    room.publish("a", &[STORY]);
    room.once(&text("en")).await;
    let loot = Mute { row: 0, expr: "loot".into(), rules: vec![], feeds: vec![], until_ms: now_ms() + 3_600_000 };
    mute::set(&open::beside(&room.archive()).unwrap(), &loot, Origin::Command, now_ms()).unwrap();
    room.publish("a", &[BOMBER, LOOTER]);
    room.once(&text("en")).await;
    assert_eq!(room.account().went, BTreeMap::from([("delivered".to_owned(), 3)]));
    // The same mutes under a config of which the feed is in German.
    room.publish("a", &[PLANE, TRIAL]);
    room.once(&text("de")).await;
    assert_eq!(room.account().went, BTreeMap::from([("delivered".to_owned(), 3), ("muted".to_owned(), 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_that_grows_is_told_again_with_what_is_new_and_not_before_its_cooldown_ends() {
    let room = Newsroom::open();
    background(&room, &["b", "c"]);
    let text = config(&room, &["z", "a", "b", "c"], "follow_up = [\"sources >= 2\", \"sources >= 3\"]\ncooldown = \"14d\"", "");
    room.once(&text).await;
    room.publish("a", &[STORY]);
    room.once(&text).await;
    room.publish("b", &[TOLD_BY_B]);
    room.once(&text).await;
    room.publish("c", &[TOLD_BY_C]);
    room.once(&text).await;
    assert_eq!((room.posts().len(), room.account().went["held"]), (1, 1), "{:?}", room.account());
    // The cooldown has run out.
    open::beside(&room.archive()).unwrap().execute_batch("UPDATE delivery SET created_ms = 0, settled_ms = 0 WHERE state = 'sent'; UPDATE delivery SET until_ms = 0 WHERE state = 'held'").unwrap();
    room.once(&text).await;
    let posts = room.posts();
    assert_eq!(posts.len(), 2, "{posts:?}");
    assert_eq!(posts[1].1["news"], serde_json::json!(["2 sources now", "3 sources now"]));
    assert!(posts[1].0.ends_with("follow-up 1") || posts[1].0.contains("follow-up"), "{}", posts[1].0);
    assert_eq!(posts[0].1["id"], posts[1].1["id"]);
    assert_eq!(room.account().went["delivered"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_digest_is_told_in_one_ranked_message() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "digest = \"d\"", "[digest.d]\nevery = \"1h\"\n");
    room.publish("a", &[STORY, OTHER, THIRD]);
    room.once(&text).await;
    assert_eq!((room.posts().len(), room.account().went["held"]), (0, 3));
    pass(&room);
    room.once(&text).await;
    let posts = room.posts();
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert_eq!((posts[0].1["kind"].as_str(), posts[0].1["title"].as_str()), (Some("digest"), Some("3 alerts: idlib 3")));
    assert_eq!(posts[0].1["lines"].as_array().unwrap().len(), 3);
    assert_eq!(room.account().went["in digest"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_a_pause_held_is_told_as_it_was_and_not_gathered_into_the_next() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "", "[digest.d]\nevery = \"1h\"\n").replace("[alert]\n", "[alert]\ndigest = \"d\"\n");
    room.publish("a", &[STORY, OTHER, THIRD]);
    room.once(&text).await;
    room.answer(|_| 503);
    pass(&room);
    room.once(&text).await;
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'pending'"), 1, "the digest, for another try");
    let beside = open::beside(&room.archive()).unwrap();
    pause::pause(&beside, now_ms() + 3_600_000).unwrap();
    room.once(&text).await;
    room.answer(|_| 204);
    pause::resume(&beside, now_ms()).unwrap();
    room.once(&text).await;
    let posts = room.posts();
    let (_, last) = posts.last().unwrap();
    assert_eq!((last["kind"].as_str(), last["lines"].as_array().unwrap().len()), (Some("digest"), 3), "{posts:?}");
    let went = room.account().went;
    assert!(went["in digest"] == 3 && !went.contains_key("held"), "{went:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_counts_the_sources_that_came_while_it_waited_whatever_else_the_policy_asks_for() {
    let room = Newsroom::open();
    let text = config(&room, &["z", "a", "b", "c"], "digest = \"d\"", "[digest.d]\nevery = \"1h\"\n");
    background(&room, &["a", "b", "c"]);
    room.once(&text).await;
    room.publish("a", &[STORY, OTHER]);
    room.once(&text).await;
    room.publish("b", &[TOLD_BY_B]);
    room.once(&text).await;
    room.publish("c", &[TOLD_BY_C]);
    room.once(&text).await;
    pass(&room);
    room.once(&text).await;
    let posts = room.posts();
    let lines: Vec<&str> = posts[0].1["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert!(lines[0].ends_with(", 3 sources") && !lines[1].contains("sources"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_its_budget_a_rule_is_told_in_a_digest() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "max_per_hour = 1", "");
    room.publish("a", &[STORY, OTHER, THIRD]);
    room.once(&text).await;
    assert_eq!((room.posts().len(), room.account().went["held"]), (1, 2));
    pass(&room);
    room.once(&text).await;
    assert_eq!((room.posts().len(), room.account().went["held"]), (1, 2), "the hour is not over");
    open::beside(&room.archive()).unwrap().execute("UPDATE delivery SET created_ms = 0 WHERE state = 'sent'", []).unwrap();
    pass(&room);
    room.once(&text).await;
    assert_eq!((room.posts().len(), room.account().went["in digest"]), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_acknowledges_becomes_more_urgent_once() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "escalate = [\"unacknowledged 2h\"]", "");
    room.publish("a", &[STORY, OTHER]);
    room.once(&text).await;
    let beside = open::beside(&room.archive()).unwrap();
    assert_eq!(mark::mark(&beside, &[2, 9], Mark::Noise, now_ms()).unwrap(), Some(9), "all or none");
    assert_eq!(mark::mark(&beside, &[2], Mark::Noise, now_ms()).unwrap(), None);
    beside.execute("UPDATE alert SET escalates_ms = 1 WHERE escalates_ms IS NOT NULL", []).unwrap();
    room.once(&text).await;
    room.once(&text).await;
    let posts = room.posts();
    assert_eq!(posts.len(), 3, "{posts:?}");
    assert_eq!((posts[2].1["id"].as_i64(), posts[2].1["severity"].as_str()), (Some(1), Some("high")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_goes_where_the_rules_alerts_go_now() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "escalate = [\"unacknowledged 2h\"]", "");
    room.publish("a", &[STORY]);
    // The sink was called otherwise then.
    room.once(&renamed(&text)).await;
    assert_eq!(room.posts().len(), 1);
    let beside = open::beside(&room.archive()).unwrap();
    beside.execute("UPDATE alert SET escalates_ms = 1", []).unwrap();
    room.once(&text).await;
    assert_eq!(room.posts().len(), 2);
    let went = "SELECT count(*) FROM delivery WHERE sink = 'hook' AND state = 'sent' AND news LIKE '%more urgent%'";
    assert_eq!((room.count(went), room.count("SELECT count(*) FROM delivery")), (1, 2), "and nothing waits for what is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_came_later_hears_of_an_edit_by_its_news() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "follow_up = [\"edited\"]", "");
    room.publish("a", &[STORY]);
    room.once(&renamed(&text)).await;
    room.publish("a", &[Item { text: "They left at dawn, said a neighbour. By noon the road was closed.", ..STORY }]);
    room.once(&text).await;
    let news = "SELECT count(*) FROM delivery WHERE sink = 'hook' AND state = 'sent' AND occasion = 'follow-up 1'";
    assert_eq!((room.posts().len(), room.count(news)), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_sink_that_is_gone_waits_where_its_rules_alerts_go_now() {
    let room = Newsroom::open();
    let text = |quiet| config(&room, &["a"], "quiet = \"q\"", &hours(quiet));
    room.publish("a", &[STORY]);
    room.once(&renamed(&text(true))).await;
    room.once(&text(true)).await;
    let of = |sink, state| room.count(&format!("SELECT count(*) FROM delivery WHERE sink = '{sink}' AND state = '{state}'"));
    assert_eq!((room.posts().len(), of("phone", "dead"), of("hook", "held")), (0, 1, 1), "it is quiet there too");
    pass(&room);
    room.once(&text(false)).await;
    assert_eq!((room.told().len(), of("hook", "sent")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_waits_for_a_sink_that_is_gone_is_told_where_its_rules_alerts_go_now() {
    let room = Newsroom::open();
    let text = config(&room, &["a"], "digest = \"d\"", "[digest.d]\nevery = \"1h\"\n");
    let before = renamed(&text);
    room.publish("a", &[STORY, OTHER]);
    room.once(&before).await;
    pass(&room);
    room.answer(|_| 503);
    room.once(&before).await;
    room.answer(|_| 200);
    assert_eq!(room.count("SELECT count(*) FROM delivery WHERE state = 'pending'"), 1, "the digest waits");
    room.once(&text).await;
    let (_, digest) = room.posts().pop().unwrap();
    assert_eq!((digest["lines"].as_array().map(Vec::len), room.count("SELECT count(*) FROM delivery WHERE state = 'sent'")), (Some(2), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_hears_the_news_that_it_is_given() {
    let room = Newsroom::open();
    let spare = format!("[sink.spare]\ntype = \"webhook\"\nurl = \"{}\"\n", room.server.url("/spare"));
    let text = config(&room, &["a"], "follow_up = [\"edited\"]", &spare).replace("[sink.hook]\n", "[sink.hook]\nfallback = \"spare\"\n");
    room.publish("a", &[STORY]);
    room.once(&text).await;
    room.answer(|seen| if seen.path == "/hook" { 410 } else { 200 });
    room.publish("a", &[Item { text: "They left at dawn, said a neighbour. By noon the road was closed.", ..STORY }]);
    room.once(&text).await;
    let posts = room.posts();
    let news = |at: usize| posts[at].1["news"].as_array().map_or(0, Vec::len);
    assert_eq!((posts.len(), news(0), news(1), news(2)), (3, 0, 1, 1), "{posts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alert_a_rule_takes_all_of_its_window_in() {
    let room = Newsroom::open();
    room.publish("a", &[STORY, OTHER, THIRD]);
    room.once(&config(&room, &["a"], "group_by = \"rule\"\ncooldown = \"1h\"", "")).await;
    assert_eq!((room.posts().len(), room.account().went["grouped"]), (1, 2));
}
