//! A replay gives the decisions that the daemon made: an archive that the daemon filled, and every rule of its config run over it
//! again by the real binary.

use crate::support::newsroom::Newsroom;
use marsad::store::open;
use std::{collections::BTreeSet, process::Command};

/// Rules that ask everything that is asked of an article.
const RULES: &str = r#"
[[rule]]
name = "fresh"
when = '(@idlib OR "جسر الشغور") AND age<2d'

[[rule]]
name = "arabic"
when = 'lang:ar AND NEAR(8, @ceasefire, @idlib) AND NOT title:/^\s*(opinion|رأي)\b/i'

[[rule]]
name = "tagged"
when = 'tag:b AND seen>=2020-01-01 AND (url:/syria/ OR category:war OR author:sami)'

[[rule]]
name = "counted"
when = 'count(displaced | نازح)>=500 OR SENT(@idlib, @shelling)'

[[rule]]
name = "scored"
score = { "@displacement" = 3, "@idlib" = 3, "anniversary" = -4 }
threshold = 6
title_factor = 2

[[rule]]
name = "watched"
any = ["@ceasefire", "@shelling"]
none = ["football"]
feeds = ["tag:a"]
lang = ["ar", "tr"]

[[rule]]
name = "close"
all = ["@idlib", "@ceasefire"]
near = "sentence"
"#;

const TITLES: [&str; 8] = [
    "خرق وقف إطلاق النار في ريف إدلب",
    "İdlib'de ateşkes bozuldu",
    "В Идлибе нарушено перемирие",
    "Ceasefire in Idlib holds, 700 displaced return",
    "رأي: وقف إطلاق النار في إدلب",
    "Football: Idlib club wins",
    "Anniversary of the shelling of Idlib",
    "Prices of bread rise",
];

const TEXTS: [&str; 6] = [
    "قصف على جسر الشغور ونزوح مئات العائلات من إدلب.",
    "Ateşkes yok. İdlib'in köyleri bombalandı.",
    "Some 1,200 people were displaced by shelling near Idlib, said the UN.",
    "Nothing happened. The ceasefire is far away from here. Idlib was quiet.",
    "В городе Идлиб обстрел: беженцы и перемещённые лица.",
    "football results",
];

/// Every title with every text, of a feed in one language; dates from an hour to five days ago.
fn document(feed: &str, language: &str) -> String {
    let now_s = marsad::daemon::clock::now_ms() / 1000;
    let mut items = String::new();
    for (t, title) in TITLES.iter().enumerate() {
        for (x, text) in TEXTS.iter().enumerate() {
            let at = jiff::Timestamp::from_second(now_s - 3600 - 7200 * (t * 6 + x) as i64).unwrap();
            let author = if (t + x) % 3 == 0 { "<author>sami@news.example (Sami)</author>" } else { "" };
            let date = if x == 5 {
                String::new()
            } else {
                format!("<pubDate>{}</pubDate>", jiff::fmt::rfc2822::to_string(&at.to_zoned_datetime(jiff::tz::TimeZone::UTC)).unwrap())
            };
            let category = if x % 2 == 0 { "<category>war</category><category>daily news</category>" } else { "" };
            items += &format!(
                "<item><guid isPermaLink=\"false\">{feed}-{t}-{x}</guid><link>https://{feed}.example/{}/{t}/{x}</link><title>{title} {t}{x}</title>\
                 <description>{text}</description>{author}{date}{category}</item>",
                if t % 2 == 0 { "syria" } else { "world" }
            );
        }
    }
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://{feed}.example/</link>{language}{items}</channel></rss>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_gives_the_decisions_that_the_daemon_made() {
    let room = Newsroom::open();
    room.publish_raw("a", document("a", "<language>ar-SY</language>"));
    room.publish_raw("b", document("b", "<language>en</language>"));
    room.publish_raw("c", document("c", ""));
    let config = format!("{}{RULES}", room.config(&["a", "b", "c"], "alert"));
    let report = room.once(&config).await;
    assert_eq!(report.new, 144);
    let path = room.folder.path().join("replay.toml");
    std::fs::write(&path, &config).unwrap();

    let archive = open::read_only(&room.archive()).unwrap();
    let mut query = archive.prepare("SELECT r.id, m.article, m.evidence FROM match m JOIN rule r ON r.n = m.rule").unwrap();
    let decided: BTreeSet<(String, i64, String)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().collect::<Result<_, _>>().unwrap();
    let mut replayed = BTreeSet::new();
    for rule in ["idlib", "ceasefire", "fresh", "arabic", "tagged", "counted", "scored", "watched", "close"] {
        let matched = decided.iter().filter(|(id, ..)| id == rule).count();
        assert!((1..144).contains(&matched), "{rule}: {matched} of 144 decide nothing");
        let ran = Command::new(env!("CARGO_BIN_EXE_marsad"))
            .args(["backtest", rule, "--matches", "--since", "all", "--config"])
            .arg(&path)
            .arg("--db")
            .arg(room.archive())
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        for line in String::from_utf8(ran.stdout).unwrap().lines() {
            let told: serde_json::Value = serde_json::from_str(line).unwrap();
            let evidence: Vec<marsad::engine::rule::Evidence> = serde_json::from_value(told["evidence"].clone()).unwrap();
            replayed.insert((rule.to_owned(), told["article"].as_i64().unwrap(), serde_json::to_string(&evidence).unwrap()));
        }
        // Alerts are counted by story, as the daemon raises them.
        let ran = Command::new(env!("CARGO_BIN_EXE_marsad"))
            .args(["backtest", rule, "--json", "--since", "all", "--config"])
            .arg(&path)
            .arg("--db")
            .arg(room.archive())
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let raised = room.count(&format!("SELECT count(*) FROM alert a JOIN rule r ON r.n = a.rule WHERE r.id = '{rule}'"));
        assert_eq!((told["articles"].as_i64(), told["alerts"].as_i64()), (Some(144), Some(raised)), "{rule}");
    }
    assert_eq!(replayed, decided);
}
