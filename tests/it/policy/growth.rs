//! A story that grows, end to end: what counts as another source, and which figure of an article is its toll.

use super::line::{background, config};
use crate::support::newsroom::{Item, Newsroom};

/// An agency's text.
const WIRE: &str = "Artillery hit the residential quarters of Idlib in the north west of the country on Monday morning, killing 7 civilians \
    and wounding 12 others who were taken to the university hospital, local sources said. Rescue teams rushed to the place and worked \
    to free those who were trapped under the rubble, and families began to leave for the camps near the Turkish border.";

/// The same event in the words of a second and a third newsroom.
const SECOND: &str = "Local sources said artillery killed 7 civilians, wounding 12 others, in Idlib on Monday morning. Hospital and university: \
    the residential quarters, the rubble. Those trapped under it rescue teams worked to free; families rushed to leave; camps near a \
    Turkish border.";
const THIRD: &str = "On Monday morning 7 civilians, local sources in Idlib said, were killed by artillery, others, 12, wounding; residential \
    quarters hit. Families leave: Turkish border, camps. Rubble trapped many, teams of rescue worked there, hospital of the university \
    taken to.";

/// An article of a publisher of its own.
fn item(host: &str, title: &'static str, text: &'static str) -> Item {
    let link: &'static str = Box::leak(format!("https://{host}.example/{host}").into_boxed_str());
    Item { guid: link, link, title, text }
}

/// What the messages after the first say is new.
fn news(room: &Newsroom) -> Vec<String> {
    let lines = |alert: &serde_json::Value| -> Vec<String> { serde_json::from_value(alert["news"].clone()).unwrap() };
    room.posts().iter().skip(1).flat_map(|(_, alert)| lines(alert)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wire_text_is_one_source_however_many_print_it_and_three_texts_are_three() {
    let policy = "follow_up = [\"sources >= 3\"]\nescalate = [\"sources >= 3\"]";
    let room = Newsroom::open();
    let text = config(&room, &["z", "a", "b", "c", "d", "e"], policy, "");
    background(&room, &["a", "b", "c", "d", "e"]);
    room.once(&text).await;
    room.publish("a", &[item("a", "Shelling of Idlib kills seven", WIRE)]);
    room.once(&text).await;
    room.publish("b", &[item("b", "Seven die in the north west", WIRE)]);
    room.publish("c", &[item("c", "Seven dead in Idlib by artillery", WIRE)]);
    room.once(&text).await;
    let copies = "SELECT count(*) FROM copy c JOIN match m ON m.article = c.article";
    assert_eq!(room.count(copies), 2);
    assert_eq!(news(&room), Vec::<String>::new());
    // Two that tell it in their own words.
    room.publish("d", &[item("d", "Shelling of Idlib: seven killed", SECOND)]);
    room.once(&text).await;
    assert_eq!((room.count("SELECT count(DISTINCT story) FROM match"), news(&room)), (1, vec![]));
    room.publish("e", &[item("e", "Idlib shelling kills seven people", THIRD)]);
    room.once(&text).await;
    assert_eq!((room.count("SELECT count(DISTINCT story) FROM match"), room.count(copies)), (1, 2));
    assert_eq!(news(&room), ["3 sources now", "more urgent: 3 sources now"]);
    assert_eq!(room.posts()[1].1["severity"], "high");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feeds_of_one_publisher_are_one_source() {
    let room = Newsroom::open();
    let text = config(&room, &["z", "a", "b"], "follow_up = [\"sources >= 2\"]", "");
    background(&room, &["a", "b"]);
    room.once(&text).await;
    room.publish("a", &[item("a", "Shelling of Idlib kills seven", WIRE)]);
    room.once(&text).await;
    room.publish("b", &[Item { guid: "b", link: "https://www.a.example/live", title: "Shelling of Idlib: seven killed", text: SECOND }]);
    room.once(&text).await;
    assert_eq!((room.count("SELECT count(DISTINCT story) FROM match"), news(&room)), (1, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_toll_is_read_where_the_rule_hit_whatever_larger_number_the_title_has() {
    for (title, before, after) in [
        (
            "After 900 days of war, 5,000 displaced",
            "Shelling of Idlib killed 3 civilians on Monday.",
            "Shelling of Idlib killed 7 civilians on Monday.",
        ),
        ("نزوح 5000 عائلة من إدلب بعد 900 يوم", "أدى القصف على إدلب إلى مقتل 3 مدنيين.", "أدى القصف على إدلب إلى مقتل ٧ مدنيين."),
    ] {
        let room = Newsroom::open();
        let text = config(&room, &["a"], "follow_up = [\"number_changed\"]", "");
        let first = item("a", title, before);
        let edited = |text| Item { text, ..item("a", title, before) };
        room.publish("a", &[first]);
        room.once(&text).await;
        assert_eq!(room.posts().len(), 1, "{title}");
        room.publish("a", &[edited(after)]);
        room.once(&text).await;
        assert_eq!(news(&room), ["7 killed, told as 3 before"], "{title}");
        // Other words with the same toll are no news of this kind, nor is another number of days.
        let same: &'static str = Box::leak(format!("{after} 4000 km.").into_boxed_str());
        room.publish("a", &[edited(same)]);
        room.once(&text).await;
        assert_eq!(room.posts().len(), 2, "{title}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_article_of_the_story_with_another_toll_is_told() {
    let room = Newsroom::open();
    let text = config(&room, &["a", "b"], "follow_up = [\"number_changed\"]", "");
    room.publish("a", &[item("a", "Shelling of Idlib: 5,000 displaced", WIRE)]);
    room.once(&text).await;
    let risen: &'static str = Box::leak(WIRE.replace("killing 7", "killing 9").into_boxed_str());
    room.publish("b", &[item("b", "Shelling of Idlib: 5,000 displaced", risen)]);
    room.once(&text).await;
    assert_eq!(news(&room), ["9 killed, told as 7 before"]);
}
