//! Feeds that change under the reader's hands: identifiers, links and titles, at each poll, over real HTTP. The archive must
//! equal what was published, article by article.

use crate::support::newsroom::Newsroom;
use marsad::store::open;
use std::{collections::BTreeMap, process::Command};

/// A published article, as it is served at the moment.
struct Served {
    n: usize,
    guid: String,
    link: String,
    title: String,
}

/// A desk that publishes and churns, the same at every run.
struct Desk {
    served: Vec<Served>,
    published: usize,
    dice: u64,
    retitled: usize,
}

const SHOWN: usize = 40;

impl Desk {
    fn open() -> Desk {
        Desk { served: Vec::new(), published: 0, dice: 7, retitled: 0 }
    }

    fn throw(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    fn publish(&mut self, count: usize) {
        for _ in 0..count {
            let n = self.published;
            self.published += 1;
            self.served.insert(
                0,
                Served { n, guid: format!("g{n}"), link: format!("https://news.example/a?id={n}"), title: format!("First title {n}") },
            );
        }
        self.served.truncate(SHOWN);
    }

    /// One in ten of each: a new identifier, a new token in the link, a new title.
    fn churn(&mut self) {
        for at in 0..self.served.len() {
            let (guid, link, title) = (self.throw(10) == 0, self.throw(10) == 0, self.throw(10) == 0);
            let token = self.throw(1 << 30);
            let article = &mut self.served[at];
            if guid {
                article.guid = format!("again-{token:x}");
            }
            if link {
                article.link = format!("https://news.example/r/{token:x}/a?id={}", article.n);
            }
            if title {
                article.title = format!("Other words {token:x}");
                self.retitled += 1;
            }
        }
    }

    fn document(&self) -> String {
        let item = |s: &Served| {
            // Published 17 minutes apart, so that no two bear one moment.
            let at = jiff::Timestamp::from_second(1_780_000_000 + 1020 * s.n as i64).unwrap().to_zoned_datetime(jiff::tz::TimeZone::UTC);
            format!(
                "<item><guid isPermaLink=\"false\">{}</guid><link>{}</link><title>{}</title><pubDate>{}</pubDate><description>{}</description></item>",
                s.guid,
                s.link,
                s.title,
                jiff::fmt::rfc2822::to_string(&at).unwrap(),
                (0..12).map(|word| format!("w{}x{word} ", s.n)).collect::<String>()
            )
        };
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://news.example/</link>{}</channel></rss>",
            self.served.iter().map(item).collect::<String>()
        )
    }
}

/// How often each article is archived, by the number in its link.
fn archived(room: &Newsroom) -> BTreeMap<usize, usize> {
    let archive = open::read_only(&room.archive()).unwrap();
    let mut query = archive.prepare("SELECT url FROM article").unwrap();
    let mut found = BTreeMap::new();
    for url in query.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        *found.entry(url.unwrap().rsplit_once('=').unwrap().1.parse().unwrap()).or_default() += 1;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_churns_at_each_poll_is_archived_as_it_was_published() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "alert");
    let mut desk = Desk::open();
    desk.publish(SHOWN);
    let (mut new, mut edited) = (0, 0);
    for _ in 0..12 {
        room.publish_raw("a", desk.document());
        let report = room.once(&config).await;
        (new, edited) = (new + report.new, edited + report.edited);
        desk.publish(3);
        desk.churn();
    }
    room.publish_raw("a", desk.document());
    let last = room.once(&config).await;
    assert_eq!(new + last.new, desk.published);
    assert!(archived(&room).values().all(|times| *times == 1) && archived(&room).len() == desk.published);
    // What is retitled before it was ever read is no edit.
    assert!(edited + last.edited > 0 && edited + last.edited <= desk.retitled, "{edited} of {}", desk.retitled);
    assert_eq!(room.count("SELECT count(*) FROM feed WHERE renewed_ms IS NOT NULL"), 0);
}

/// All that an archive holds of its articles and what became of them.
fn told(room: &Newsroom) -> Vec<String> {
    let archive = open::read_only(&room.archive()).unwrap();
    let sql = "SELECT article.n || ' ' || guid || ' ' || url || ' ' || title || ' ' || text || ' ' || (edited_ms IS NULL) || ' ' || story || ' ' ||
         (SELECT count(*) FROM revision WHERE article = article.n) || ' ' || (SELECT count(*) FROM match WHERE article = article.n)
       FROM article ORDER BY article.n";
    let mut query = archive.prepare(sql).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_entries_were_read_as_saves_work_and_changes_nothing() {
    let mut archives = Vec::new();
    // As it is; then without what it says, and with other numbers in the first, the second, and both of each pair.
    for spoilt in [None, Some([false, false]), Some([true, false]), Some([false, true]), Some([true, true])] {
        let room = Newsroom::open();
        let config = format!("{}[[rule]]\nname = \"others\"\nany = [\"other\"]\n", room.config(&["a"], "alert"));
        let mut desk = Desk::open();
        desk.publish(SHOWN);
        let mut reports = Vec::new();
        for round in 0..12 {
            room.publish_raw("a", desk.document());
            let report = room.once(&config).await;
            reports.push(format!("{} {} {}", report.new, report.edited, report.alerts));
            if let Some(spoilt) = spoilt {
                let archive = open::beside(&room.archive()).unwrap();
                let mut bytes: Vec<u8> = archive.query_row("SELECT readings FROM reading", [], |row| row.get(0)).unwrap();
                assert!(bytes.len() >= SHOWN * 16);
                bytes.iter_mut().enumerate().filter(|(at, _)| spoilt[at / 8 % 2]).for_each(|(_, byte)| *byte ^= 0x55);
                bytes.truncate(if spoilt == [false, false] { 0 } else { bytes.len() - 3 });
                archive.execute("UPDATE reading SET readings = ?1", [bytes]).unwrap();
            }
            desk.publish(3);
            desk.churn();
            // A title that goes back to what it was, and an article told again under another identifier.
            desk.served[7].title = format!("Title {}", round % 2);
            let Served { n, link, title, .. } = &desk.served[9];
            let twin = Served { n: *n, guid: format!("twin-{round}"), link: link.clone(), title: title.clone() };
            desk.served.push(twin);
        }
        archives.push((reports, told(&room)));
    }
    assert!(archives[0].1.len() > SHOWN && archives.iter().all(|archive| *archive == archives[0]), "{archives:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_moves_to_another_system_raises_no_alert_but_that_it_did() {
    let room = Newsroom::open();
    let config = format!("{}[[rule]]\nname = \"all\"\nany = [\"first\"]\n", room.config(&["a"], "alert"));
    let mut desk = Desk::open();
    desk.publish(SHOWN);
    room.publish_raw("a", desk.document());
    assert_eq!(room.once(&config).await.alerts, SHOWN);
    for article in &mut desk.served {
        article.guid = format!("tag:new.example,2026:{}", article.n);
        article.link = format!("https://new.example/read?id={}", article.n);
    }
    room.publish_raw("a", desk.document());
    let moved = room.once(&config).await;
    // The one alert is marsad's own: the feed's identifiers are new.
    assert_eq!((moved.new, moved.edited, moved.alerts), (0, 0, 1), "{moved:?}");
    assert_eq!(room.count("SELECT count(*) FROM alert WHERE kind = 'health'"), 1);
    assert_eq!(room.count("SELECT renewed FROM feed"), SHOWN as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_revisions_of_an_article_are_shown_as_it_was() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "alert");
    let mut desk = Desk::open();
    desk.publish(1);
    room.publish_raw("a", desk.document());
    room.once(&config).await;
    desk.served[0].title = "Corrected title".into();
    room.publish_raw("a", desk.document());
    assert_eq!(room.once(&config).await.edited, 1);
    let path = room.folder.path().join("marsad.toml");
    std::fs::write(&path, &config).unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(["articles", "1", "--revisions"]).args(more).arg("--config").arg(&path).arg("--db").arg(room.archive());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let told: serde_json::Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!((told["title"].as_str(), told["revisions"][0]["title"].as_str()), (Some("Corrected title"), Some("First title 0")));
    assert!(told["revisions"][0]["text"].is_null() && told["revisions"][0]["url"].is_null(), "{told}");
    assert!(run(&[]).contains("First title 0"));
}
