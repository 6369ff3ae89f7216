//! Tests of the tolerant reader: what it mends, what it counts, and where it stops.

use super::super::budget::{MAX_BASE_BYTES, MAX_ELEMENTS, MAX_ENTRIES, MAX_REPAIRS, MAX_TAG_BYTES};
use super::*;

fn good(source: &str) -> Document {
    read(source, Some("https://example.org/feed"), &Readings::default(), 1_778_371_200_000).unwrap()
}

fn kinds(document: &Document) -> Vec<&'static str> {
    document.defects.iter().map(|defect| defect.kind).collect()
}

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>f</title>{items}</channel></rss>")
}

fn atom(rest: &str) -> String {
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>f</title>{rest}</feed>")
}

/// Titles of the entries, and the kinds of defects.
#[track_caller]
fn check(source: &str, titles: &[&str], defects: &[&str]) {
    let document = good(source);
    let read: Vec<_> = document.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(read, titles, "{source}");
    assert_eq!(kinds(&document), defects, "{source}");
}

#[test]
fn a_sound_document_has_no_defect() {
    check(&rss("<item><title>a &amp;amp; b &#8217; &nbsp;</title><link>http://a/</link><guid/></item>"), &["a & b ’"], &[]);
}

#[test]
fn bare_ampersands_and_angles_are_text() {
    check(&rss("<item><title>a & b &c d; 5 < 6 <3 &</title></item>"), &["a & b &c d; 5 < 6 <3 &"], &["bare-ampersand", "bare-angle"]);
}

#[test]
fn references_that_xml_forbids_are_read_as_html_reads_them() {
    check(&rss("<item><title>a&#146;b&#0;c&#x1b;</title></item>"), &["a’b\u{FFFD}c"], &["bad-reference"]);
}

#[test]
fn truncated_documents_keep_their_complete_entries() {
    let whole = "<item><title>a</title></item>";
    for rest in ["", "<item><title>b", "<item><title>b</title>", "<ite", "<item><title><![CDATA[x", "<!-- x"] {
        check(&format!("<rss version=\"2.0\"><channel>{whole}{rest}"), &["a"], &["truncated"]);
    }
}

#[test]
fn end_tags_that_do_not_match_are_mended() {
    check(&rss("<item><title>a</item>"), &["a"], &["mismatched-tag"]);
    check(&rss("<item><title>a</b></title></item>"), &["a"], &["mismatched-tag"]);
    check(&rss("<item><title>a</title><item><title>b</title></item>"), &["a", "b"], &["mismatched-tag"]);
    check(&rss("<item><title>a</title></channel></rss>"), &["a"], &["mismatched-tag"]);
    let document =
        good(&rss("<item><title>a<link>http://b/</link><guid>c<pubDate>x</pubDate><description>d</item><item><title>e</title></item>"));
    let first = &document.entries[0];
    assert_eq!(
        (first.title.as_str(), first.url.as_deref(), first.guid.as_deref(), first.text.as_str()),
        ("a", Some("http://b/"), Some("c"), "d")
    );
    assert_eq!(document.entries[1].title, "e");
}

#[test]
fn names_count_whatever_their_case() {
    check("<RSS Version=\"2.0\"><CHANNEL><Item><TITLE>a</Title></ITEM></CHANNEL></RSS>", &["a"], &[]);
}

#[test]
fn markup_that_nobody_escaped_is_kept_as_markup() {
    let document = good(&rss("<item><description>a <p>b & c<br>d</p></description></item>"));
    assert_eq!(document.entries[0].text, "a\n\nb & c\nd");
    assert_eq!(kinds(&document), ["bare-ampersand", "inline-markup"]);
}

#[test]
fn a_document_type_is_passed_over_and_nothing_of_it_expanded() {
    let bomb = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>";
    check(&format!("{bomb}{}", rss("<item><title>&b;</title></item>")), &["&b;"], &["doctype"]);
}

#[test]
fn what_stands_round_the_root_is_passed_over() {
    let feed = rss("<item><title>a</title></item>");
    check(&format!("<br/><b>Warning</b>: x{feed}<script>x</script>"), &["a"], &["leading-content", "trailing-content"]);
    check(&format!("Warning: <b x{feed}"), &["a"], &["leading-content", "bare-angle"]);
}

#[test]
fn entries_outside_of_where_they_belong_are_read() {
    check("<rss version=\"2.0\"><channel/><item><title>a</title></item></rss><item><title>b</title></item>", &["a", "b"], &[]);
    check(&format!("{}{}", rss("<item><title>a</title></item>"), rss("<item><title>b</title></item>")), &["a", "b"], &[]);
    check("<rss version=\"2.0\"><channel><items><item><title>a</title></item></items></channel></rss>", &["a"], &[]);
}

#[test]
fn roots_and_namespaces_are_taken_for_what_they_mean() {
    let item = "<item><title>a</title></item>";
    for (start, defect) in [
        ("<rss>", "odd-version"),
        ("<rss version='2.00'>", "odd-version"),
        ("<rss version=\"2.0\" xmlns=\"http://backend.userland.com/rss2\">", "odd-namespace"),
        ("<rss version=2.0 xmlns:media=http://search.yahoo.com/mrss>", "odd-namespace"),
    ] {
        check(&format!("{start}<channel>{item}</channel></rss>"), &["a"], &[defect]);
    }
    check(
        "<r:rss version='2.0' xmlns:r='urn:r'><r:channel><r:item><r:title>a</r:title></r:item></r:channel></r:rss>",
        &["a"],
        &["odd-namespace"],
    );
    check("<feed xmlns=\"https://www.w3.org/2005/Atom\"><entry><title>a</title></entry></feed>", &["a"], &["odd-namespace"]);
    let dated = good(&rss("<item><dc:date>2026-05-04</dc:date></item>"));
    assert_eq!((dated.entries[0].published_ms, kinds(&dated)), (Some(1_777_852_800_000), vec!["odd-namespace"]));
}

#[test]
fn types_of_text_that_atom_does_not_have_are_mended() {
    let titled = |kind: &str| atom(&format!("<entry><title type=\"{kind}\">a &amp;lt; b</title></entry>"));
    check(&titled("text/plain"), &["a < b"], &["odd-type"]);
    check(&titled("HTML"), &["a < b"], &["odd-type"]);
    check(&titled("html"), &["a < b"], &[]);
}

#[test]
fn inline_xhtml_is_markup_by_right() {
    let document = good(&atom(
        "<entry><title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">a <b>b</b></div></title>\
         <content type=\"xhtml\"><x:div xmlns:x=\"http://www.w3.org/1999/xhtml\"><x:p>c</x:p><x:p>d &lt; e</x:p></x:div></content></entry>",
    ));
    assert_eq!((document.entries[0].title.as_str(), document.entries[0].text.as_str()), ("a b", "c\n\nd < e"));
    assert_eq!(kinds(&document), Vec::<&str>::new());
}

#[test]
fn cdata_sections_gone_wrong_end_with_their_field() {
    let next = "<item><title><![CDATA[b]]></title></item>";
    check(&rss(&format!("<item><title><![CDATA[a]></title></item>{next}")), &["a]>", "b"], &["bad-cdata"]);
    check(&rss(&format!("<item><title><![CDATA[a <![CDATA[x]]> c]]></title></item>{next}")), &["a x c", "b"], &[]);
    check(&rss("<item><title><![CDATA[a</title></item>"), &["a"], &["bad-cdata"]);
}

#[test]
fn quotes_that_were_not_closed_end_with_their_tag() {
    let feed = rss("<item><enclosure url=\"http://a><title>a</title></item><item><title>b</title></item>");
    check(&feed, &["a", "b"], &["bad-attribute", "mismatched-tag"]);
    check(&feed.replace("<title>b</title>", "<enclosure url=\"x\"/><title>b</title>"), &["a", "b"], &["bad-attribute", "mismatched-tag"]);
}

#[test]
fn rdf_items_go_by_what_they_are_about() {
    let document =
        good("<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\"><item rdf:about=\"http://a/?b&amp;c\"><title>t</title></item></rdf:RDF>");
    assert_eq!((document.entries[0].guid.as_deref(), document.entries[0].url.as_deref()), (Some("http://a/?b&c"), Some("http://a/?b&c")));
}

#[test]
fn a_guid_that_says_it_is_no_link_is_none() {
    let guid = |attribute: &str| good(&rss(&format!("<item><guid{attribute}>http://a/1</guid></item>"))).entries[0].url.clone();
    assert_eq!(guid(""), Some("http://a/1".into()));
    assert_eq!(guid(" isPermaLink=\"true\""), Some("http://a/1".into()));
    assert_eq!(guid(" isPermaLink=\"false\""), None);
}

#[test]
fn relative_links_stand_on_the_innermost_base() {
    let document = good(
        "<feed xml:base=\"/a/\" xmlns=\"http://www.w3.org/2005/Atom\"><entry xml:base=\"b/\"><link href=\"1\"/></entry><entry><link href=\"2\"/></entry>\
         <entry><link xml:base=\"http://c/\" href=\"3\"/></entry></feed>",
    );
    let urls: Vec<_> = document.entries.iter().filter_map(|entry| entry.url.as_deref()).collect();
    assert_eq!(urls, ["https://example.org/a/b/1", "https://example.org/a/2", "http://c/3"]);
}

#[test]
fn the_source_of_an_entry_is_not_the_entry() {
    let document = good(&atom(
        "<entry><source><title>no</title><id>no</id><author><name>no</name></author></source><title>a</title><id>1</id>\
         <author><name>b</name><email>c@d</email></author></entry>",
    ));
    let entry = &document.entries[0];
    assert_eq!((entry.title.as_str(), entry.guid.as_deref(), entry.author.as_deref()), ("a", Some("1"), Some("b")));
    let pictured = good("<rss version=\"2.0\"><channel><image><title>no</title></image><title>f</title></channel></rss>");
    assert_eq!(pictured.title.as_deref(), Some("f"));
}

#[test]
fn the_publishers_rhythm_is_told() {
    let document = good(
        "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\
         <ttl>90</ttl><skipHours><hour>3</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>\
         <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency><sy:updateBase>2026-05-04T00:00Z</sy:updateBase>\
         <atom:link rel=\"next\" href=\"?page=2\"/><atom:link rel=\"prev-archive\" href=\"/2025\"/></channel></rss>",
    );
    let schedule = document.schedule;
    assert_eq!((schedule.ttl_s, schedule.skip_hours, schedule.skip_days), (Some(5_400), 0b1001, 0b100_0000));
    assert_eq!((schedule.update_every_s, schedule.update_base_ms), (Some(21_600), Some(1_777_852_800_000)));
    assert_eq!(document.older.as_deref(), Some("https://example.org/2025"));
}

#[test]
fn budgets_cut_the_document_and_keep_what_came_before() {
    let whole = "<item><title>a</title></item>";
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces = |tag: &str| format!("<{tag}{}>", (0..60).map(|n| format!(" xmlns:{tag}{n}=\"u\"")).collect::<String>());
    let bases = |tag: &str| format!("<{tag} xml:base=\"http://a/\">");
    let floods = [
        ("too-deep", "<g>".repeat(1_000)),
        ("too-many-attributes", format!("<g{attributes}/>")),
        ("too-many-namespaces", ["a", "b", "c", "d", "e"].map(namespaces).concat()),
        ("long-tag", format!("<g a=\"{}\"/>", "x".repeat(MAX_TAG_BYTES))),
        ("long-base", format!("<g xml:base=\"http://a/{}\"/>", "x".repeat(MAX_BASE_BYTES))),
        ("long-base", (0..9).map(|_| bases("g")).collect()),
        ("too-many-elements", "<g/>".repeat(MAX_ELEMENTS)),
        ("too-many-repairs", "&".repeat(MAX_REPAIRS + 1)),
        ("too-many-repairs", "</g>".repeat(MAX_REPAIRS + 1)),
        ("too-many-repairs", format!("<title>{}</title>", "</g>".repeat(MAX_REPAIRS + 1))),
        ("too-many-repairs", "<g <".repeat(2_000)),
    ];
    for (kind, flood) in floods {
        let document = good(&rss(&format!("{whole}<item>{flood}</item>{whole}")));
        assert_eq!(document.entries.len(), 1, "{kind}");
        assert_eq!(document.defects.last().map(|defect| defect.kind), Some(kind));
    }
}

#[test]
fn the_first_entries_of_too_many_are_kept() {
    let document = good(&rss(&"<item/>".repeat(MAX_ENTRIES + 10)));
    assert_eq!((document.entries.len(), kinds(&document)), (MAX_ENTRIES, vec!["too-many-entries"]));
}

#[test]
fn a_page_is_no_feed() {
    let root = |source: &str| read(source, None, &Readings::default(), 0).unwrap_err();
    assert_eq!(root("<!DOCTYPE html><html><body><p>x<br></body></html>"), Refused::Foreign("html".into()));
    assert_eq!(root("just text"), Refused::Foreign(String::new()));
    assert_eq!(root("<rss"), Refused::Foreign(String::new()));
}
