//! What belongs to one story, over real HTTP and a real archive: copies raise nothing and are marked, look-alikes stay apart, and
//! what a story has come to can be asked.

use crate::support::newsroom::{Item, Newsroom};
use marsad::{
    daemon::clock::now_ms,
    store::{open, stories, story::growth},
};
use std::sync::LazyLock;

/// An agency's text.
const WIRE: &str = "قالت وكالة الأنباء إن قصفا مدفعيا استهدف صباح اليوم الأحياء السكنية في مدينة إدلب شمال غربي البلاد، ما أدى إلى مقتل \
    7 مدنيين وإصابة 12 آخرين بجروح متفاوتة نقلوا على إثرها إلى المشفى الجامعي. وأضافت المصادر المحلية أن فرق الدفاع المدني هرعت إلى المكان \
    وعملت على انتشال العالقين من تحت الأنقاض، وأن حركة نزوح بدأت باتجاه المخيمات القريبة من الحدود التركية وسط أوضاع إنسانية صعبة.";

fn item(guid: &'static str, title: &'static str, text: &str) -> Item {
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    Item { guid, link: Box::leak(format!("https://{guid}.example/{guid}").into_boxed_str()), title, text }
}

/// The stories of all articles, in the order in which they were seen.
fn stories_of(room: &Newsroom) -> Vec<i64> {
    let archive = open::read_only(&room.archive()).unwrap();
    let mut query = archive.prepare("SELECT ifnull(s.merged_into, s.n) FROM article a JOIN story s ON s.n = a.story ORDER BY a.n").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_raises_nothing_and_is_marked() {
    let room = Newsroom::open();
    let config = room.config(&["a", "b", "c", "d"], "alert");
    room.publish("a", &[item("a", "قصف على إدلب يوقع قتلى", WIRE)]);
    room.once(&config).await;
    // Under another headline; edited, with a dateline before it; cut short.
    room.publish("b", &[item("b", "سبعة قتلى من المدنيين شمال غربي سوريا في إدلب", WIRE)]);
    let edited = format!("إدلب - مراسلنا. {}", WIRE.replace("هرعت إلى المكان", "وصلت إلى الموقع"));
    room.publish("c", &[item("c", "قصف مدفعي على إدلب", &edited)]);
    let cut: String = WIRE.split_inclusive(' ').take(34).collect();
    room.publish("d", &[item("d", "قصف على إدلب يوقع قتلى", &cut)]);
    let report = room.once(&config).await;
    assert_eq!((report.new, report.alerts), (3, 0), "{report:?}");
    let story = stories_of(&room)[0];
    assert_eq!(stories_of(&room), [story; 4]);
    assert_eq!(room.told().len(), 1);
    assert_eq!(room.count("SELECT count(*) FROM match m JOIN alert a ON a.n = m.alert"), 4);
    let archive = open::read_only(&room.archive()).unwrap();
    let members = stories::members(&archive, story).unwrap();
    assert_eq!(members.iter().map(|member| member.copy_of).collect::<Vec<_>>(), [None, Some(1), Some(1), Some(1)]);
    let growth = growth(&archive, story, &["d".into()]).unwrap();
    assert_eq!((growth.members, growth.sources, growth.independent_sources, growth.official), (4, 4, 1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_template_about_another_town_is_told_by_itself() {
    let room = Newsroom::open();
    let config = room.config(&["a", "b"], "alert") + "[[rule]]\nname = \"shelling\"\nany = [\"قصف\"]\n";
    room.publish("a", &[item("a", "قصف على إدلب يوقع قتلى", WIRE)]);
    room.once(&config).await;
    let elsewhere = WIRE.replace("مدينة إدلب", "بلدة سرمين").replace("مقتل 7", "مقتل 23").replace("وإصابة 12", "وإصابة 40");
    room.publish("b", &[item("b", "قصف على سرمين يوقع قتلى", &elsewhere)]);
    let report = room.once(&config).await;
    assert_eq!((report.new, report.alerts), (1, 1));
    assert_ne!(stories_of(&room)[0], stories_of(&room)[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_two_texts_makes_their_stories_one_and_keeps_both_alerts() {
    let room = Newsroom::open();
    let config = room.config(&["a", "b", "c", "d"], "alert");
    let other: String = "In Idlib the council said ".to_owned() + &(0..60).map(|n| format!("word{} ", n * n)).collect::<String>();
    room.publish("a", &[item("a", "قصف على إدلب يوقع قتلى", WIRE)]);
    room.publish("b", &[item("b", "Council speaks in Idlib today", &other)]);
    assert_eq!(room.once(&config).await.alerts, 2);
    room.publish("c", &[item("c", "Both of it: Idlib", &format!("{WIRE}\n\n{other}"))]);
    assert_eq!(room.once(&config).await.alerts, 0);
    let story = stories_of(&room)[0];
    assert_eq!(stories_of(&room), [story; 3]);
    assert_eq!(room.count("SELECT count(*) FROM story WHERE merged_into IS NOT NULL"), 1);
    let archive = open::read_only(&room.archive()).unwrap();
    assert_eq!(stories::alerts(&archive, story).unwrap().len(), 2);
    // What comes later joins the one that is left.
    room.publish("d", &[item("d", "Council speaks in Idlib again", &other)]);
    assert_eq!(room.once(&config).await.alerts, 0);
    assert_eq!(stories_of(&room), [story; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_shows_the_figures_beside_its_hits() {
    let room = Newsroom::open();
    room.publish("a", &[item("a", "نزوح 41814 عائلة (260503 أشخاص) من إدلب", WIRE)]);
    room.once(&room.config(&["a"], "alert")).await;
    let (_, alert) = room.posts().remove(0);
    let figures: Vec<_> =
        alert["figures"].as_array().unwrap().iter().map(|one| (one["unit"].as_str().unwrap(), one["value"].as_i64().unwrap())).collect();
    assert_eq!(figures, [("families", 41814), ("people", 260_503), ("killed", 7), ("injured", 12)]);
    let archive = open::read_only(&room.archive()).unwrap();
    let figures = growth(&archive, stories_of(&room)[0], &[]).unwrap().figures;
    assert_eq!(
        figures.iter().map(|(unit, value)| (unit.name(), *value)).collect::<Vec<_>>(),
        [("people", 260_503), ("families", 41814), ("killed", 7), ("injured", 12)]
    );
}

/// A document of items `(number, title, link, text)`, each an hour after the one before: the same hours in every document.
fn dated(items: &[(i64, &str, &str, &str)]) -> String {
    static NOW_MS: LazyLock<i64> = LazyLock::new(now_ms);
    let hour_ms = 3_600_000;
    let item = |(n, title, link, text): &(i64, &str, &str, &str)| {
        let date = jiff::Timestamp::from_millisecond(*NOW_MS / hour_ms * hour_ms - (48 - n) * hour_ms + 7_000).unwrap();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT");
        format!(
            "<item><guid isPermaLink=\"false\">n{n}</guid><title>{title}</title><link>{link}</link>\
             <description>{text}</description><pubDate>{date}</pubDate></item>"
        )
    };
    format!("<rss version=\"2.0\"><channel><title>t</title>{}</channel></rss>", items.iter().map(item).collect::<String>())
}

/// How many alerts each document of a feed brings, one after the other.
async fn alerts_of(room: &Newsroom, feed: &str, config: &str, documents: &[&[(i64, &str, &str, &str)]]) -> Vec<usize> {
    let mut alerts = Vec::new();
    for document in documents {
        room.publish_raw(feed, dated(document));
        alerts.push(room.once(config).await.alerts);
    }
    alerts
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_publisher_puts_under_every_title_hides_no_news() {
    const STOCK: &str =
        "لمتابعة آخر الأخبار والتطورات لحظة بلحظة اشتركوا في قناتنا على تلغرام واضغطوا على زر الجرس ليصلكم كل جديد من موقعنا";
    let items = [
        (1, "طيران حربي يستهدف مشفى في إدلب ويوقع 12 قتيلا", "https://news.example/1", STOCK),
        (2, "قافلة مساعدات أممية تدخل إدلب عبر باب الهوى", "https://news.example/2", STOCK),
        (3, "زلزال يضرب ريف إدلب الغربي فجرا", "https://news.example/3", STOCK),
        (4, "حريق كبير يلتهم معملا للزيوت قرب إدلب", "https://news.example/4", STOCK),
    ];
    let room = Newsroom::open();
    let config = room.config(&["a", "b", "c"], "alert");
    ["a", "b", "c"].iter().for_each(|feed| room.publish(feed, &[]));
    // One after the other, alone or beside those before, and from a second feed of the publisher; then all at once.
    assert_eq!(alerts_of(&room, "a", &config, &[&items[..1], &items[1..2], &items[..3]]).await, [1, 1, 1]);
    assert_eq!(alerts_of(&room, "b", &config, &[&items[3..]]).await, [1]);
    let other = ["مقتل مدنيين بغارات على أطراف إدلب", "انقطاع الكهرباء عن إدلب منذ أيام", "مظاهرة في ساحة إدلب ضد الغلاء"];
    let other: Vec<_> = other.into_iter().zip(["https://c.example/1", "https://c.example/2", "https://c.example/3"]).zip(11..).collect();
    let other: Vec<_> = other.into_iter().map(|((title, link), n)| (n, title, link, STOCK)).collect();
    assert_eq!(alerts_of(&room, "c", &config, &[&other]).await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_under_every_title_goes_on_hiding_no_news() {
    const STOCK: &str = "Our newsroom depends on its readers. If you can, become a member and help us to report from places that others have \
                         left. Members read everything first, take part in our monthly talks, and receive a letter each Friday from our \
                         correspondents, who tell there what did not fit into the news. Whoever cannot pay reads for nothing, as ever.";
    let titles = [
        "Airstrike hits hospital in Idlib",
        "Forty lorries of aid reach Idlib",
        "Earthquake shakes the west of Idlib",
        "Fire destroys olive press near Idlib",
        "Teachers on strike in Idlib",
        "Flood carries tents away in Idlib camp",
        "Two journalists released in Idlib",
        "Bread price doubles in Idlib",
        "Bus overturns on the road to Idlib",
        "Cholera ward opens in Idlib",
        "Court in Idlib sentences smugglers",
        "Power returns to Idlib after a week",
    ];
    let links: Vec<String> = (0..titles.len()).map(|n| format!("https://news.example/{n}")).collect();
    let items: Vec<_> = (1..).zip(titles).zip(&links).map(|((n, title), link)| (n, title, link.as_str(), STOCK)).collect();
    let room = Newsroom::open();
    let config = room.config(&["a"], "alert");
    room.publish("a", &[]);
    let documents: Vec<_> = [6, 7, 8, 9, 10, 12].iter().map(|shown| &items[..*shown]).collect();
    assert_eq!(alerts_of(&room, "a", &config, &documents).await, [6, 1, 1, 1, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticker_with_one_page_and_one_title_tells_all_its_news() {
    let ticker = |n, text| (n, "عاجل", "https://news.example/breaking", text);
    let items = [
        ticker(1, "طيران حربي يقصف مشفى في مدينة إدلب ومقتل 12 شخصا بينهم أطباء"),
        ticker(2, "وصول قافلة مساعدات أممية من 40 شاحنة إلى إدلب عبر باب الهوى"),
        ticker(3, "انفجار سيارة مفخخة قرب جامعة إدلب وإصابة 9 طلاب"),
    ];
    let room = Newsroom::open();
    let config = room.config(&["a", "b"], "alert");
    ["a", "b"].iter().for_each(|feed| room.publish(feed, &[]));
    assert_eq!(alerts_of(&room, "a", &config, &[&items[..1], &items[..2], &items[1..]]).await, [1, 1, 1]);
    let fragment = |n, link, text| (n, "Idlib live updates", link, text);
    let posts = [
        fragment(4, "https://live.example/idlib#post-1", "Shells fell on the market of the old town in the morning."),
        fragment(5, "https://live.example/idlib#post-2", "Forty lorries with flour crossed the border at noon, drivers said."),
    ];
    assert_eq!(alerts_of(&room, "b", &config, &[&posts]).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_a_publisher_tells_again_under_another_title_and_address_is_a_copy() {
    let room = Newsroom::open();
    let config = room.config(&["a"], "alert");
    room.publish("a", &[]);
    let first = (1, "قصف على إدلب يوقع قتلى", "https://news.example/1", WIRE);
    let again = (9, "سبعة قتلى من المدنيين شمال غربي سوريا في إدلب", "https://news.example/seven", WIRE);
    assert_eq!(alerts_of(&room, "a", &config, &[&[first], &[again]]).await, [1, 0]);
    assert_eq!(room.count("SELECT count(*) FROM copy"), 1);
}
