//! A look at a document before feed-rs reads it: budgets that no document may exceed, and the repair of what would make
//! feed-rs reject or lose it.
//!
//! Linear in the document, which is copied only where there is something to mend. Never expands an entity, never opens
//! anything. What comes out of [`Scan::text`] is well formed, at most [`MAX_DEPTH`] deep, and has every complete entry that stood
//! before the first budget was exceeded.

mod root;
mod scanner;

use std::borrow::Cow;
use std::ops::Range;

use super::parse::Defect;

/// The deepest nesting that is read, the root counted. feed-rs recurses once a level, in 2 KB of stack.
pub const MAX_DEPTH: usize = 64;
/// Attributes of one tag.
pub const MAX_ATTRIBUTES: usize = 64;
/// Bytes of one tag.
pub const MAX_TAG_BYTES: usize = 64 * 1024;
/// Elements of one document.
pub const MAX_ELEMENTS: usize = 200_000;
/// Entries of one document; the first are kept.
pub const MAX_ENTRIES: usize = 5_000;
/// `xml:base` attributes in force at one place, one within the other.
pub const MAX_BASES: usize = 8;
/// Bytes of one `xml:base`.
pub const MAX_BASE_BYTES: usize = 4 * 1024;
/// Elements times the length of the base address in force, in bytes: what resolved links can grow to.
pub const MAX_BASE_TOTAL_BYTES: usize = 32 * 1024 * 1024;
/// Namespace declarations in force at one place: each name is looked up among them.
pub const MAX_NAMESPACES: usize = 256;
/// Repairs of one document.
pub const MAX_REPAIRS: usize = 100_000;

/// The kind of a document, by its root element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `rss`.
    Rss,
    /// `RDF`.
    Rdf,
    /// `feed` or a single `entry`.
    Atom,
}

/// One repair: these bytes of the source are read as that text.
#[derive(Debug)]
struct Edit {
    range: Range<usize>,
    text: Cow<'static, str>,
    /// The defect it mends.
    kind: &'static str,
}

/// One complete entry of the source.
#[derive(Debug)]
pub struct Item {
    range: Range<usize>,
    /// `rdf:about`, the identifier that RSS 1.0 has and feed-rs does not read.
    pub about: Option<String>,
}

/// A document, scanned.
#[derive(Debug)]
pub struct Scan<'a> {
    source: &'a str,
    /// Where the source is cut.
    end: usize,
    /// In order of their place; an insertion has an empty range.
    edits: Vec<Edit>,
    /// End tags of what is open at the cut.
    tail: String,
    /// Start tags and names of what the first entry stands in.
    frame: Vec<(Range<usize>, &'a str)>,
    /// Whether the document ended early, or a budget ended it.
    pub cut: bool,
    /// The kind of document.
    pub root: Root,
    /// Its complete entries, in document order.
    pub items: Vec<Item>,
    /// What was mended, and which budget ended the scan.
    pub defects: Vec<Defect>,
}

/// Scans `source`, whose relative links will be resolved against an address of `base_bytes` bytes.
///
/// # Errors
/// The name of the root element, where it is none of a feed; empty where there is no element at all.
pub fn scan(source: &str, base_bytes: usize) -> Result<Scan<'_>, String> {
    scanner::Scanner::new(source, base_bytes)?.run()
}

impl Scan<'_> {
    /// The whole document, mended.
    pub fn text(&self) -> Cow<'_, str> {
        if self.edits.is_empty() && self.tail.is_empty() && self.end == self.source.len() {
            return Cow::Borrowed(self.source);
        }
        let mut out = String::with_capacity(self.end + self.tail.len());
        self.render(0..self.end, &mut out);
        out.push_str(&self.tail);
        Cow::Owned(out)
    }

    /// Whether the source names an entry anywhere, be it in a comment.
    pub fn names_entries(&self) -> bool {
        self.source.contains("<item") || self.source.contains("<entry")
    }

    /// The document without its entries: what a feed says of itself.
    pub fn head(&self) -> String {
        let mut out = String::new();
        let end = self.items.first().map_or(self.end, |item| item.range.start);
        self.render(0..end, &mut out);
        self.close_frame(&mut out);
        out
    }

    /// A document of its own that holds these entries and nothing else.
    pub fn piece(&self, items: Range<usize>) -> String {
        let mut out = String::new();
        for (tag, _) in &self.frame {
            self.render(tag.clone(), &mut out);
        }
        // Entries beside the channel, as RSS 1.1 and some hands write them; feed-rs looks within it only.
        let beside = self.root == Root::Rss && self.frame.len() == 1;
        out.push_str(if beside { "<channel>" } else { "" });
        for item in self.items.get(items).unwrap_or_default() {
            self.render(item.range.clone(), &mut out);
        }
        out.push_str(if beside { "</channel>" } else { "" });
        self.close_frame(&mut out);
        out
    }

    fn close_frame(&self, out: &mut String) {
        for (_, name) in self.frame.iter().rev() {
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
    }

    /// A part of the source with its edits. An insertion at a boundary closes what stands before it, so it belongs to the
    /// part that ends there.
    fn render(&self, range: Range<usize>, out: &mut String) {
        let first = self.edits.partition_point(|edit| edit.range.start < range.start);
        let mut at = range.start;
        for edit in self.edits.get(first..).unwrap_or_default() {
            if edit.range.end > range.end || (edit.range.start == range.end && !edit.range.is_empty()) {
                break;
            }
            if edit.range.is_empty() && edit.range.start == range.start {
                continue;
            }
            out.push_str(self.source.get(at..edit.range.start).unwrap_or_default());
            out.push_str(&edit.text);
            at = edit.range.end;
        }
        out.push_str(self.source.get(at..range.end).unwrap_or_default());
    }
}

/// Edits of each kind, in the order of the first.
fn count(edits: &[Edit]) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for edit in edits {
        match counts.iter_mut().find(|(kind, _)| *kind == edit.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((edit.kind, 1)),
        }
    }
    counts
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str, defects: &[&str]) {
        let scan = scan(source, 0).unwrap();
        assert_eq!(scan.text(), expected);
        assert_eq!(scan.defects.iter().map(|defect| defect.kind).collect::<Vec<_>>(), defects);
    }

    fn rss(items: &str) -> String {
        format!("<rss version=\"2.0\"><channel><title>f</title>{items}</channel></rss>")
    }

    #[test]
    fn a_sound_document_is_not_copied() {
        let source = rss("<item><title>a &amp; b &#8217; &nbsp;</title><link>http://a/</link><guid/></item>");
        let scan = scan(&source, 0).unwrap();
        assert!(matches!(scan.text(), Cow::Borrowed(_)));
        assert!(scan.defects.is_empty());
        assert_eq!(scan.items.len(), 1);
    }

    #[test]
    fn bare_ampersands_and_angles_are_escaped() {
        check(
            &rss("<item><title>a & b &c d; 5 < 6 <3 &</title></item>"),
            &rss("<item><title>a &amp; b &amp;c d; 5 &lt; 6 &lt;3 &amp;</title></item>"),
            &["bare-ampersand", "bare-angle"],
        );
    }

    #[test]
    fn references_that_xml_forbids_are_replaced() {
        check(
            &rss("<item><title>a&#146;b&#0;c&#x1b;</title></item>"),
            &rss("<item><title>a’b\u{FFFD}c</title></item>"),
            &["bad-reference"],
        );
    }

    #[test]
    fn truncated_documents_keep_their_complete_entries() {
        let whole = "<item><title>a</title></item>";
        for rest in ["", "<item><title>b", "<item><title>b</title>", "<ite", "<item><![CDATA[x", "<!-- x"] {
            check(
                &format!("<rss version=\"2.0\"><channel>{whole}{rest}"),
                &format!("<rss version=\"2.0\"><channel>{whole}</channel></rss>"),
                &["truncated"],
            );
        }
    }

    #[test]
    fn end_tags_that_do_not_match_are_mended() {
        check(&rss("<item><guid>a</item>"), &rss("<item><guid>a</guid></item>"), &["mismatched-tag"]);
        check(&rss("<item><guid>a</b></guid></item>"), &rss("<item><guid>a</guid></item>"), &["mismatched-tag"]);
        check(
            &rss("<item><guid>a</guid><item><guid>b</guid></item>"),
            &rss("<item><guid>a</guid></item><item><guid>b</guid></item>"),
            &["mismatched-tag"],
        );
    }

    #[test]
    fn markup_that_nobody_escaped_is_kept_as_markup() {
        check(
            &rss("<item><description>a <p>b & c<br>d</p></description></item>"),
            &rss("<item><description><![CDATA[a <p>b & c<br>d</p>]]></description></item>"),
            &["inline-markup"],
        );
    }

    #[test]
    fn a_document_type_is_dropped_and_nothing_of_it_expanded() {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>";
        check(&format!("{bomb}{}", rss("<item><title>&b;</title></item>")), &rss("<item><title>&b;</title></item>"), &["doctype"]);
    }

    #[test]
    fn what_stands_round_the_root_is_dropped() {
        check(&format!("<br/><b>Warning</b>: x{}<script>x</script>", rss("")), &rss(""), &["leading-content", "trailing-content"]);
    }

    #[test]
    fn a_root_that_feed_rs_does_not_know_is_made_one_it_does() {
        check("<rss><channel/></rss>", "<rss version=\"2.0\"><channel/></rss>", &["odd-version"]);
        check("<rss version='2.00'><channel/></rss>", "<rss version=\"2.0\"><channel/></rss>", &["odd-version"]);
        check(
            "<rss version=\"2.0\" xmlns=\"http://backend.userland.com/rss2\"><channel/></rss>",
            "<rss version=\"2.0\"><channel/></rss>",
            &["odd-namespace"],
        );
        check("<feed xmlns=\"https://www.w3.org/2005/Atom\"/>", "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>", &["odd-namespace"]);
        check(
            "<rss version=\"2.0\"><channel><item><dc:date>x</dc:date></item></channel></rss>",
            "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><item><dc:date>x</dc:date></item></channel></rss>",
            &["odd-namespace"],
        );
    }

    #[test]
    fn types_of_text_that_feed_rs_rejects_are_mended() {
        let atom =
            |kind: &str| format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"{kind}\">a</title></entry></feed>");
        check(&atom("text/plain"), &atom("text"), &["odd-type"]);
        check(&atom("HTML"), &atom("html"), &["odd-type"]);
        check(&atom("html"), &atom("html"), &[]);
    }

    #[test]
    fn rdf_items_without_link_get_one() {
        let scan =
            scan("<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\"><item rdf:about=\"http://a/?b&amp;c\"><title>t</title></item></rdf:RDF>", 0)
                .unwrap();
        assert!(scan.text().contains("<link xmlns=\"http://purl.org/rss/1.0/\">http://a/?b&amp;c</link></item>"), "{}", scan.text());
        assert_eq!(scan.items[0].about.as_deref(), Some("http://a/?b&c"));
    }

    #[test]
    fn budgets_cut_the_document_and_keep_what_came_before() {
        let whole = "<item><title>a</title></item>";
        let attributes: String = (0..65).map(|n| format!(" a{n}=\"\"")).collect();
        let namespaces = |tag: &str| format!("<{tag}{}>", (0..60).map(|n| format!(" xmlns:{tag}{n}=\"u\"")).collect::<String>());
        let floods = [
            ("too-deep", "<g>".repeat(1_000)),
            ("too-many-attributes", format!("<g{attributes}/>")),
            ("too-many-namespaces", ["a", "b", "c", "d", "e"].map(namespaces).concat()),
            ("long-tag", format!("<g a=\"{}\"/>", "x".repeat(MAX_TAG_BYTES))),
            ("long-base", format!("<g xml:base=\"http://a/{}\"/>", "x".repeat(MAX_BASE_BYTES))),
            ("too-many-elements", "<g/>".repeat(MAX_ELEMENTS)),
            ("too-many-repairs", "&".repeat(MAX_REPAIRS + 1)),
        ];
        for (kind, flood) in floods {
            let source = rss(&format!("{whole}<item>{flood}</item>{whole}"));
            let scan = scan(&source, 0).unwrap();
            assert_eq!(scan.text(), rss(whole), "{kind}");
            assert_eq!(scan.defects.last().unwrap().kind, kind);
        }
    }

    #[test]
    fn the_first_entries_of_too_many_are_kept() {
        let source = rss(&"<item/>".repeat(MAX_ENTRIES + 10));
        let scan = scan(&source, 0).unwrap();
        assert_eq!((scan.items.len(), scan.defects[0].kind), (MAX_ENTRIES, "too-many-entries"));
        assert_eq!(scan.text(), rss(&"<item/>".repeat(MAX_ENTRIES)));
    }

    #[test]
    fn entries_can_be_had_one_by_one() {
        let source = rss("<item><title>a & b</title></item> <item><title>c</item><ttl>1</ttl>");
        let scan = scan(&source, 0).unwrap();
        assert_eq!(scan.head(), rss(""));
        assert_eq!(scan.piece(0..1), "<rss version=\"2.0\"><channel><item><title>a &amp; b</title></item></channel></rss>");
        assert_eq!(scan.piece(1..2), "<rss version=\"2.0\"><channel><item><title>c</title></item></channel></rss>");
    }

    #[test]
    fn a_page_is_no_feed() {
        assert_eq!(scan("<!DOCTYPE html><html><body><p>x<br></body></html>", 0).unwrap_err(), "html");
        assert_eq!(scan("just text", 0).unwrap_err(), "");
    }
}
