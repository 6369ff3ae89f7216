//! Finding feeds and carrying them about: feed discover against real HTTP, import and export of OPML, repaired defects.

use super::{Desk, filled};
use crate::support::server::{Reply, Seen, Server};
use serde_json::{Value, json};

/// No pause between two requests, so that tests are quick.
const QUICK: &str = "[poll]\nhost_gap = \"0s\"\n[[feed]]\nname = \"enab\"\nurl = \"https://enab.example/feed\"\n";

fn rss(title: &str, days: &[&str]) -> String {
    let item = |day: &&str| {
        format!("<item><title>{day}</title><link>https://a.example/{day}</link><pubDate>{day} 2024 10:00:00 GMT</pubDate></item>")
    };
    let items: String = days.iter().map(item).collect();
    format!("<rss version='2.0'><channel><title>{title}</title><language>ar</language>{items}</channel></rss>")
}

fn desk() -> Desk {
    let desk = Desk::bare();
    desk.write("config/marsad/marsad.toml", QUICK);
    desk
}

fn discover(desk: &Desk, server: &Server, path: &str) -> (Option<i32>, Value, String) {
    let ran = desk.run(&["feed", "discover", &server.url(path), "--allow-private", "--json"]);
    (ran.code, serde_json::from_str(&ran.out).unwrap_or(Value::Null), ran.err)
}

fn found(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = |url: String| url.split_once("//").unwrap().1.split_once('/').unwrap().1.to_owned();
    answer["feeds"].as_array().unwrap().iter().map(|feed| (path(text(&feed["url"])), text(&feed["found"]))).collect()
}

fn paths(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|seen| seen.path).collect()
}

#[test]
fn the_feeds_of_a_page_are_found_read_and_put_in_order() {
    let page = r#"<html><head><base href="/ar/">
        <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
        <link rel="alternate" type="application/rss+xml" href="main?a=1&amp;b=2"><link rel="alternate" type="application/atom+xml" href="/dead">
        </head><body><a href="/rss/empty">RSS</a> <a href="/about">About</a></body></html>"#;
    let server = Server::start(move |seen: &Seen| match seen.path.as_str() {
        "/" => Reply::ok(page).header("Link", "</header.xml>; rel=\"alternate\"; type=\"application/rss+xml\""),
        "/ar/main?a=1&b=2" => Reply::ok(rss("الأخبار", &["08 Dec", "09 Dec"])),
        "/comments/feed" => Reply::ok(rss("Comments", &["10 Dec"])),
        "/header.xml" => Reply::ok(rss("By header", &["07 Dec"])),
        "/rss/empty" => Reply::ok(rss("Empty", &[])),
        _ => Reply::status(404),
    });
    let desk = desk();
    let (code, answer, _) = discover(&desk, &server, "/");
    assert_eq!(code, Some(0), "{answer}");
    let pair = |path: &str, how: &str| (path.to_owned(), how.to_owned());
    assert_eq!(
        found(&answer),
        [pair("ar/main?a=1&b=2", "link"), pair("header.xml", "header"), pair("rss/empty", "anchor"), pair("comments/feed", "link")]
    );
    let best = &answer["feeds"][0];
    assert_eq!(
        (&best["title"], &best["format"], &best["entries"], &best["newest"], &best["language"]),
        (&json!("الأخبار"), &json!("rss"), &json!(2), &json!("2024-12-09T10:00:00Z"), &json!("ar"))
    );
    assert!(answer["failed"][0]["reason"].as_str().unwrap().contains("404"), "{answer}");
    // The page named feeds, so no path was guessed; nothing was asked twice, or two at once.
    assert_eq!((server.requests().len(), server.most_at_once()), (6, 1));
    let told = desk.run(&["feed", "discover", &server.url("/"), "--allow-private"]);
    assert!(told.out.contains("marsad feed add '") && told.out.contains("no feed: ") && told.out.contains("الأخبار"), "{}", told.out);
}

#[test]
fn a_feed_is_its_own_and_only_candidate() {
    let server = Server::start(|_: &Seen| Reply::ok(rss("T", &["08 Dec"])));
    let (code, answer, _) = discover(&desk(), &server, "/any");
    assert_eq!((code, found(&answer), server.requests().len()), (Some(0), vec![("any".to_owned(), "itself".to_owned())], 1));
}

#[test]
fn well_known_paths_are_tried_where_the_page_names_no_feed_and_no_further_than_the_first() {
    let server = Server::start(|seen: &Seen| match seen.path.as_str() {
        "/news" => Reply::ok("<html><a href='/feed/about'>Feed</a></html>"),
        "/rss.xml" => Reply::ok(rss("T", &["08 Dec"])),
        _ => Reply::ok("<html>Not found, with 200</html>"),
    });
    let (code, answer, _) = discover(&desk(), &server, "/news");
    assert_eq!((code, found(&answer)), (Some(0), vec![("rss.xml".to_owned(), "path".to_owned())]));
    assert_eq!(paths(&server), ["/news", "/feed/about", "/news/feed", "/news/rss", "/feed", "/rss", "/rss.xml"]);
}

#[test]
fn a_page_that_is_refused_may_have_a_feed_all_the_same() {
    let server = Server::start(|seen: &Seen| if seen.path == "/feed" { Reply::ok(rss("T", &["08 Dec"])) } else { Reply::status(403) });
    let (code, answer, _) = discover(&desk(), &server, "/");
    assert_eq!((code, found(&answer).len()), (Some(0), 1));
}

#[test]
fn where_no_feed_is_found_the_outcome_says_so() {
    let server = Server::start(|seen: &Seen| if seen.path == "/" { Reply::ok("<html></html>") } else { Reply::status(404) });
    let (code, answer, err) = discover(&desk(), &server, "/");
    assert!(code == Some(1) && err.contains("no feed found") && answer["feeds"] == json!([]), "{err}");
    assert!(server.requests().len() <= 11);
    for odd in ["mailto:a@b", "ftp://x.example/", "https://u:p@x.example/", ""] {
        assert_eq!(desk().run(&["feed", "discover", odd]).code, Some(2), "{odd}");
    }
    // A busy server is left alone.
    let busy = Server::start(|_: &Seen| Reply::status(429));
    let (code, _, err) = discover(&desk(), &busy, "/");
    assert!(code == Some(1) && err.contains("429") && busy.requests().len() == 1, "{err}");
}

#[test]
fn no_page_makes_it_ask_a_private_address() {
    let inner = Server::start_on("127.0.0.2:0", |_: &Seen| Reply::ok(rss("Secret", &["08 Dec"])));
    let aim = inner.url("/feed");
    let server = Server::start(move |seen: &Seen| match seen.path.as_str() {
        "/" => Reply::ok(format!("<link rel=feed href='{aim}'><link rel=feed href='/hop'>")),
        "/hop" => Reply::redirect(302, &aim),
        _ => Reply::status(404),
    });
    let plain = desk().run(&["feed", "discover", &server.url("/")]);
    assert!(plain.code == Some(1) && plain.err.contains("--allow-private") && server.requests().is_empty(), "{plain:?}");
    let (code, answer, _) = discover(&desk(), &server, "/");
    assert_eq!((code, inner.requests().len()), (Some(1), 0), "{answer}");
    assert!(answer["failed"].to_string().contains("private"), "{answer}");
}

#[test]
fn a_hostile_page_costs_few_requests() {
    let page: String = (0..3_000).map(|n| format!("<link rel=feed href=/f{n}><a href=/rss/{n}>rss</a>")).collect();
    let server = Server::start(move |seen: &Seen| if seen.path == "/" { Reply::ok(page.clone()) } else { Reply::ok("<html>") });
    let (code, _, _) = discover(&desk(), &server, "/");
    assert_eq!(code, Some(1));
    assert!(server.requests().len() <= 36, "{}", server.requests().len());
}

const LIST: &str = "<opml version='2.0'><body>
    <outline text='Syria'><outline text='Enab' xmlUrl='http://enab.example/feed/'/><outline text='SOHR' xmlurl='https://sohr.example/rss' category='war'/></outline>
    <outline text='War'><outline text='SOHR again' xmlUrl='https://sohr.example/rss?utm_source=x'/></outline>
    <outline text='enab' xmlUrl='https://other.example/feed' language='ar'/>
    <outline text='Mine' xmlUrl='http://192.168.0.7/rss'/><outline text='Odd' xmlUrl='gopher://x.example/'/><outline text='Bare'/>
    </body></opml>";

#[test]
fn a_list_is_imported_and_each_outline_accounted_for() {
    let desk = Desk::new();
    let looked = desk.feed(&["import", "-", "--dry-run", "--json"], LIST).json().remove(0);
    assert!(!desk.path("config/marsad/feeds.d").exists() && looked["written"].is_null());
    let ran = desk.feed(&["import", "-", "--json"], LIST);
    let report = ran.json().remove(0);
    assert_eq!(report["added"], looked["added"]);
    assert_eq!(
        report["added"],
        json!([
            {"name": "SOHR", "url": "https://sohr.example/rss", "tags": ["war", "Syria", "War"], "language": null},
            {"name": "enab-2", "url": "https://other.example/feed", "tags": [], "language": "ar"},
        ])
    );
    let left: Vec<(&str, &str)> =
        report["skipped"].as_array().unwrap().iter().map(|left| (left["name"].as_str().unwrap(), left["why"].as_str().unwrap())).collect();
    assert_eq!(left.len(), 5, "{left:?}");
    for (name, why) in [
        ("Enab", "as `enab`"),
        ("SOHR again", "listed twice"),
        ("Mine", "private or loopback"),
        ("Odd", "`gopher`"),
        ("Bare", "no address"),
    ] {
        assert!(left.iter().any(|(n, w)| *n == name && w.contains(why)), "{name}: {left:?}");
    }
    assert!(report["skipped"].to_string().contains("--allow-private"), "{report}");
    assert_eq!(desk.run(&["check"]).code, Some(0));
    // Again: all are followed already, but for those that are refused.
    let again = desk.feed(&["import", "-", "--allow-private"], LIST);
    assert!(again.code == Some(0) && again.out.contains("1 feed added"), "{again:?}");
    let third = desk.feed(&["import", "-"], LIST);
    assert!(third.code == Some(1) && third.err.contains("1 refused") && third.out.contains("0 feeds added"), "{third:?}");
    let feeds = desk.run(&["feeds", "--json"]).json();
    assert_eq!(feeds.iter().map(|feed| feed["id"].as_str().unwrap()).collect::<Vec<_>>(), ["enab", "trt", "SOHR", "enab-2", "Mine"]);
}

#[test]
fn what_is_exported_is_imported_the_same() {
    let desk = Desk::new();
    for (url, name) in [("https://a.example/?x=1&y='2'", "A & \"B\" <c>"), ("https://b.example/rss", "أخبار إدلب")] {
        let added = desk.run(&["feed", "add", url, "--name", name, "--tag", "a,b/c 100%", "--tag", "سوريا", "--language", "ar"]);
        assert_eq!(added.code, Some(0), "{added:?}");
    }
    let list = desk.run(&["export", "--opml"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    let other = Desk::bare();
    other.write("config/marsad/marsad.toml", "[poll]\ninterval = \"1h\"\n");
    let ran = other.feed(&["import", "-", "--out", "feeds.d/mine.toml"], &list.out);
    assert!(ran.code == Some(0) && other.path("config/marsad/feeds.d/mine.toml").exists(), "{ran:?}");
    let shape = |desk: &Desk| {
        let lines = desk.run(&["feeds", "--json"]).json();
        let mut lines: Vec<String> = lines.iter().map(|feed| json!([feed["id"], feed["url"], feed["tags"]]).to_string()).collect();
        lines.sort();
        lines
    };
    assert_eq!(shape(&desk), shape(&other));
    assert_eq!(other.run(&["export", "--opml"]).out.matches("language=\"ar\"").count(), 2);
}

#[test]
fn no_address_of_a_list_brings_a_control_character_into_the_config_or_out_of_it() {
    let desk = Desk::new();
    let list = "<opml><body><outline text='Bell' xmlUrl='https://x.example/&#27;]0;pwned&#7;'/><outline text='Line' xmlUrl='https://y.example/a&#10;b'/>
                <outline xmlUrl='https://z.example/&#127;'/><outline text='Sound' xmlUrl='https://sound.example/'/></body></opml>";
    let report = desk.feed(&["import", "-", "--json"], list).json().remove(0);
    assert_eq!(report["added"], json!([{"name": "Sound", "url": "https://sound.example/", "tags": [], "language": null}]));
    let left = report["skipped"].as_array().unwrap();
    assert!(left.len() == 3 && left.iter().all(|left| left["why"] == "an address has a control character"), "{report}");
    let strays = |text: &str| text.contains(|c: char| c.is_control() && c != '\n');
    let told = desk.feed(&["import", "-"], list);
    assert!(told.code == Some(1) && told.out.contains("refuse") && !strays(&told.out) && !strays(&told.err), "{told:?}");
    let exported = desk.run(&["export", "--opml"]);
    assert!(exported.out.contains("https://sound.example/") && !exported.out.contains("pwned") && !strays(&exported.out), "{exported:?}");
}

#[test]
fn a_list_goes_into_a_file_beside_the_config_wherever_the_command_runs() {
    let desk = Desk::new();
    let ran = desk.feed(&["import", "-", "--out", "feeds.d/colleagues.toml"], LIST);
    assert!(ran.code == Some(0) && ran.out.contains("a running marsad takes them up on reload"), "{ran:?}");
    assert!(desk.path("config/marsad/feeds.d/colleagues.toml").exists() && !desk.path("feeds.d").exists());
    assert_eq!(desk.run(&["feeds", "--json"]).json().len(), 4);
    // The same folder by another name.
    let other = Desk::new();
    let whole = other.path("config/marsad/feeds.d/mine.toml");
    let ran = other.feed(&["import", "-", "--config", "config/marsad/marsad.toml", "--out", whole.to_str().unwrap()], LIST);
    assert!(ran.code == Some(0) && ran.out.contains("takes them up on reload") && whole.exists(), "{ran:?}");
}

#[test]
fn of_a_list_in_a_file_that_no_config_reads_it_is_said_where_to_put_it() {
    let desk = Desk::new();
    let whole = desk.path("lists/mine.toml");
    for out in [whole.to_str().unwrap(), "mine.toml", "feeds.d/mine.txt", "feeds.d/.mine.toml", "feeds.d/more/mine.toml"] {
        let ran = desk.feed(&["import", "-", "--out", out], LIST);
        assert!(ran.code == Some(0) && desk.path("config/marsad").join(out).exists(), "{out}: {ran:?}");
        let folder = desk.path("config/marsad/feeds.d").display().to_string();
        assert!(!ran.out.contains("on reload") && ran.out.contains("no config reads it there"), "{out}: {ran:?}");
        assert!(ran.out.contains(&format!("the files in {folder} that end with `.toml`; move it to these")), "{out}: {ran:?}");
    }
    let none = Desk::bare().feed(&["import", "-", "--out", "feeds.d/mine.toml"], LIST);
    assert!(none.code == Some(0) && !none.out.contains("on reload") && none.out.contains("`marsad init` writes"), "{none:?}");
}

#[test]
fn what_is_no_list_or_no_file_of_the_config_is_left_alone() {
    let desk = Desk::new();
    let page = desk.feed(&["import", "-"], "<html><body>x</body></html>");
    assert!(page.code == Some(1) && page.err.contains("not an OPML list of feeds but `html`"), "{page:?}");
    let notes = desk.write("config/marsad/notes.toml", "mine");
    let over = desk.feed(&["import", "-", "--out", "notes.toml"], LIST);
    assert!(over.code == Some(1) && over.err.contains("no file of this config"), "{over:?}");
    assert_eq!(std::fs::read_to_string(notes).unwrap(), "mine");
    assert_eq!(desk.run(&["import", "nowhere.opml"]).code, Some(1));
    assert_eq!(desk.run(&["export"]).code, Some(2));
    let none = Desk::bare().feed(&["import", "-"], LIST);
    assert!(none.code == Some(1) && none.err.contains("marsad init"), "{none:?}");
}

#[test]
fn repaired_defects_are_shown_with_their_meaning() {
    let desk = filled();
    assert!(desk.run(&["feeds"]).out.contains("repaired: bare-ampersand ×2"));
    let ran = desk.run(&["feeds", "--repaired"]);
    assert!(ran.out.contains("bare-ampersand: an & that") && !ran.out.contains("trt"), "{}", ran.out);
    let lines = desk.run(&["feeds", "--repaired", "--json"]).json();
    assert_eq!((lines.len(), &lines[0]["defects"]), (1, &json!({"bare-ampersand": 2})));
}
