//! Tests that hold the two readers, and a feed before and after it is mended, to the same entries: a feed that breaks and mends
//! never alerts twice.

use proptest::prelude::*;

use super::*;

/// 2026-05-10T00:00:00Z.
const NOW_MS: i64 = 1_778_371_200_000;
const BASE: &str = "https://example.org/feed.xml";

/// What of an entry decides who it is and what it matches.
type Told = (Option<String>, String, Option<String>, Option<i64>, Option<i64>, String);

fn told(entry: &Entry) -> Told {
    let entry = entry.clone();
    (entry.guid, entry.title, entry.url, entry.published_ms, entry.updated_ms, entry.text)
}

fn own_entries(text: &str) -> Vec<Entry> {
    own(text, None, Some(BASE), NOW_MS).map(|document| document.entries).unwrap_or_default()
}

/// Where feed-rs says nothing, ours may say more: `rdf:about`, `media:title`, a date that feed-rs does not look at. A guid that
/// says it is no link is hidden from it.
fn differs(ours: &Entry, theirs: &Entry) -> Option<&'static str> {
    let guid_as_link = theirs.url.is_some() && theirs.url == theirs.guid;
    match () {
        () if theirs.guid.is_some() && ours.guid != theirs.guid => Some("guid"),
        () if !theirs.title.is_empty() && ours.title != theirs.title => Some("title"),
        () if theirs.url.is_some() && ours.url != theirs.url && !guid_as_link => Some("url"),
        () if theirs.published_ms.is_some() && ours.published_ms != theirs.published_ms => Some("published"),
        () if theirs.updated_ms.is_some() && ours.updated_ms != theirs.updated_ms => Some("updated"),
        () if !theirs.text.is_empty() && ours.text != theirs.text => Some("text"),
        () => None,
    }
}

/// The first difference between the readers, where both read the same number of entries.
fn difference(text: &str) -> Option<String> {
    let theirs = second::opinion(text, Some(BASE), NOW_MS)?.entries;
    let ours = own_entries(text);
    let both = (ours.len() == theirs.len()).then(|| ours.iter().zip(&theirs));
    both?.find_map(|(ours, theirs)| differs(ours, theirs).map(|what| format!("{what}\nours   {ours:?}\ntheirs {theirs:?}")))
}

#[test]
fn the_readers_agree_on_the_bundled_feeds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = decode(&std::fs::read(&path).unwrap(), None).text;
        assert_eq!(difference(&text), None, "{}", path.display());
    }
}

#[test]
#[ignore = "reads the suites that tests/suites/run downloads, and is run by it"]
fn the_readers_agree_on_the_suites() {
    fn look(path: &std::path::Path, counts: &mut (usize, usize), differences: &mut Vec<String>) {
        if path.is_dir() {
            std::fs::read_dir(path).unwrap().for_each(|entry| look(&entry.unwrap().path(), counts, differences));
        } else if path.extension().is_some_and(|kind| ["xml", "rss", "atom", "rdf", "json"].iter().any(|known| kind == *known)) {
            let text = decode(&std::fs::read(path).unwrap(), None).text;
            counts.0 += usize::from(second::opinion(&text, Some(BASE), NOW_MS).is_some());
            counts.1 += usize::from(own_entries(&text).is_empty() && second::opinion(&text, Some(BASE), NOW_MS).is_some());
            differences.extend(difference(&text).map(|what| format!("{}: {what}", path.display())));
        }
    }
    let (mut counts, mut differences) = ((0, 0), Vec::new());
    look(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/suites"), &mut counts, &mut differences);
    println!("feed-rs finds entries in {} documents, in {} of them it alone; {} differ", counts.0, counts.1, differences.len());
    differences.iter().for_each(|difference| println!("{difference}"));
    assert_eq!(counts.1, 0);
}

/// An entry to be written down.
#[derive(Debug, Clone)]
struct Made {
    title: String,
    body: String,
    id: u32,
    hour: u32,
    cdata: bool,
    linked: bool,
    whole: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let text = "[a-zA-Zéжيش&<>'\" .!0-9]{1,40}";
    (text, text, 0..99_u32, 0..24_u32, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(title, body, id, hour, cdata, linked, whole)| Made { title, body, id, hour, cdata, linked, whole })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Made {
    fn html(&self) -> String {
        let html = format!("<p>{}</p><p>{}</p>", escaped(&self.title), escaped(&self.body));
        if self.cdata { format!("<![CDATA[{html}]]>") } else { escaped(&html) }
    }

    fn rss(&self, rdf: bool) -> String {
        let (title, body) = (escaped(&self.title), escaped(&self.body));
        let id = self.id;
        let link = if self.linked || rdf { format!("<link>/news/{id}?a=1&amp;b=2</link>") } else { String::new() };
        let date = format!("2026-05-04T{:02}:00:00Z", self.hour);
        let content = if self.whole { format!("<content:encoded>{}</content:encoded>", self.html()) } else { String::new() };
        let (open, dated) = match rdf {
            true => (format!("<item rdf:about=\"urn:{id}\">"), format!("<dc:date>{date}</dc:date>")),
            false => (
                "<item>".into(),
                format!("<guid isPermaLink=\"false\">id-{id}</guid><pubDate>Mon, 04 May 2026 {:02}:00:00 GMT</pubDate>", self.hour),
            ),
        };
        format!("{open}<title>{title}</title>{link}{dated}<description>{body}</description>{content}<dc:creator>x</dc:creator></item>\n")
    }

    fn atom(&self) -> String {
        let (id, hour) = (self.id, self.hour);
        let link = if self.linked {
            format!("<link rel=\"alternate\" type=\"text/html\" href=\"/news/{id}?a=1&amp;b=2\"/>")
        } else {
            String::new()
        };
        let content = if self.whole { format!("<content type=\"html\">{}</content>", self.html()) } else { String::new() };
        format!(
            "<entry><title>{}</title><id>tag:{id}</id>{link}<published>2026-05-04T{hour:02}:00:00Z</published>\
             <updated>2026-05-05T{hour:02}:00:00Z</updated><summary>{}</summary>{content}</entry>\n",
            escaped(&self.title),
            escaped(&self.body),
        )
    }
}

/// A sound feed of one of the formats.
fn feeds() -> impl Strategy<Value = String> {
    (0..3_u8, prop::collection::vec(made(), 1..5)).prop_map(|(format, entries)| {
        let all = |write: &dyn Fn(&Made) -> String| entries.iter().map(write).collect::<String>();
        let modules = "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"";
        match format {
            0 => format!("<rss version=\"2.0\" {modules}><channel><title>f</title>{}</channel></rss>", all(&|made| made.rss(false))),
            1 => format!(
                "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" {modules}>\
                 <channel><title>f</title></channel>{}</rdf:RDF>",
                all(&|made| made.rss(true))
            ),
            _ => format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>f</title>{}</feed>", all(&Made::atom)),
        }
    })
}

proptest! {
    #[test]
    fn the_readers_agree_on_sound_feeds(feed in feeds()) {
        prop_assert!(second::opinion(&feed, Some(BASE), NOW_MS).is_some(), "{}", feed);
        prop_assert_eq!(difference(&feed), None);
    }

    #[test]
    fn a_feed_that_breaks_off_has_the_first_entries_of_the_whole(feed in feeds(), cut in any::<prop::sample::Index>()) {
        let whole: Vec<Told> = own_entries(&feed).iter().map(told).collect();
        let cut = (0..=cut.index(feed.len())).rev().find(|at| feed.is_char_boundary(*at)).unwrap_or_default();
        let part: Vec<Told> = own_entries(&feed[..cut]).iter().map(told).collect();
        prop_assert!(whole.starts_with(&part), "{:?} of {:?}", part, whole);
        let complete = feed[..cut].matches("</item>").count() + feed[..cut].matches("</entry>").count();
        prop_assert_eq!(part.len(), complete);
    }

    #[test]
    fn a_defect_in_one_entry_changes_no_other(feed in feeds(), which in 0..5_usize) {
        let mut whole: Vec<Told> = own_entries(&feed).iter().map(told).collect();
        let defect = ["<title>& ", "<title>&nosuch; ", "<title><b>", "<title>5 < 6 ", "</b><title>"][which];
        let broken = match feed.rfind("<title>") {
            Some(at) => format!("{}{defect}{}", &feed[..at], &feed[at + 7..]),
            None => feed,
        };
        let mut read: Vec<Told> = own_entries(&broken).iter().map(told).collect();
        prop_assert_eq!(read.len(), whole.len());
        (whole.pop(), read.pop());
        prop_assert_eq!(read, whole);
    }
}
