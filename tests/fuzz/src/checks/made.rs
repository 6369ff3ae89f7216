//! Sound documents made of bytes: whatever the bytes, a feed that any reader takes. One article comes by every route that its
//! format has, and must come out the same by each.

use super::feed::{entries, readers_agree};

/// Pieces of bodies, each well-formed by itself.
const PIECES: [&str; 24] = [
    "<p>Thousands fled the villages.</p>",
    "<p>نزحت آلاف العائلات من <b>إدلب</b>.</p>",
    "<p>İdlib&#8217;deki ateşkes &amp; görüşmeler</p>",
    "one<br/>two",
    "<ul><li>a</li><li>b</li></ul>",
    "<table><tr><td>1</td><td>2</td></tr></table>",
    "<pre>a\n  b</pre>",
    "<a href=\"https://example.org/?a=1&amp;b=2\" title=\"no\">link</a>",
    "<img src=\"/x.jpg\" alt=\"not seen\"/>",
    "<i>می\u{200c}خواهم</i>",
    "5 &lt; 6 and 7 &gt; 3",
    "&quot;quoted&quot; it's",
    " plain words ",
    "<div>a</div><div>b</div>",
    "<blockquote>q</blockquote>",
    "<script>hidden()</script>",
    "<style>p{}</style>",
    "<!-- a comment -->",
    "<span hidden=\"hidden\">no</span>",
    "<h2>Title</h2>",
    "&#1575;&#x627;",
    "<em><strong>deep</strong> down</em>",
    "soft\u{ad}hyphen",
    "中文<ruby>漢<rt>かん</rt></ruby>",
];

const TITLES: [&str; 10] = [
    "Market in Idlib reopens",
    "نزوح جديد في ريف إدلب",
    "İdlib'de ateşkes",
    "Перемирие & переговоры",
    "A &lt;b&gt; tag",
    "  spaced \n title ",
    "5 < 6",
    "“quotes” – dash",
    "x\u{202e}y\u{200f}z",
    "",
];

const DATES: [&str; 8] = [
    "Mon, 04 May 2026 12:30:00 GMT",
    "2026-05-04T15:30:00+03:00",
    "4 مايو 2026 03:30 م",
    "4 Mayıs 2026 12:30",
    "04.05.2026",
    "nonsense",
    "9999-01-01T00:00:00Z",
    "",
];

/// How a body stands in its document.
#[derive(Clone, Copy)]
enum Route {
    Escaped,
    CData,
    Atom,
    AtomCData,
    XHtml,
}

/// Bytes as numbers, zero where they end.
struct Plan<'a>(std::slice::Iter<'a, u8>);

impl Plan<'_> {
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }
}

struct Item {
    title: &'static str,
    link: usize,
    guid: usize,
    date: &'static str,
    body: String,
}

fn items(bytes: &[u8]) -> Vec<Item> {
    let mut plan = Plan(bytes.iter());
    let count = 1 + plan.below(3);
    let item = |_| {
        let (title, link, guid, date) = (plan.pick(&TITLES), plan.below(4), plan.below(4), plan.pick(&DATES));
        let body = (0..plan.below(6)).map(|_| plan.pick(&PIECES)).collect();
        Item { title, link, guid, date, body }
    };
    (0..count).map(item).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The document of `items` by `route`.
fn document(items: &[Item], route: Route) -> String {
    let mut out = String::new();
    let atom = !matches!(route, Route::Escaped | Route::CData);
    out.push_str(if atom {
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title><id>urn:f</id><updated>2026-05-04T00:00:00Z</updated>"
    } else {
        "<rss version=\"2.0\"><channel><title>t</title><link>https://example.org/</link><description>d</description>"
    });
    items.iter().enumerate().for_each(|(at, item)| if atom { entry(&mut out, at, item, route) } else { rss(&mut out, at, item, route) });
    out.push_str(if atom { "</feed>" } else { "</channel></rss>" });
    out
}

fn rss(out: &mut String, at: usize, item: &Item, route: Route) {
    out.push_str(&format!("<item><title>{}</title>", escape(item.title)));
    if item.link > 0 {
        out.push_str(&format!("<link>https://example.org/{at}?a={}&amp;b=2</link>", item.link));
    }
    if item.guid > 0 {
        out.push_str(&format!("<guid isPermaLink=\"false\">id-{at}-{}</guid>", item.guid));
    }
    out.push_str(&format!("<pubDate>{}</pubDate>", item.date));
    match route {
        Route::CData => out.push_str(&format!("<description><![CDATA[{}]]></description></item>", item.body)),
        _ => out.push_str(&format!("<description>{}</description></item>", escape(&item.body))),
    };
}

fn entry(out: &mut String, at: usize, item: &Item, route: Route) {
    out.push_str(&format!("<entry><title>{}</title>", escape(item.title)));
    if item.link > 0 {
        out.push_str(&format!("<link href=\"https://example.org/{at}?a={}&amp;b=2\"/>", item.link));
    }
    if item.guid > 0 {
        out.push_str(&format!("<id>id-{at}-{}</id>", item.guid));
    }
    out.push_str(&format!("<published>{}</published>", item.date));
    match route {
        Route::AtomCData => out.push_str(&format!("<content type=\"html\"><![CDATA[{}]]></content>", item.body)),
        Route::XHtml => {
            out.push_str(&format!("<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div></content>", item.body))
        }
        _ => out.push_str(&format!("<content type=\"html\">{}</content>", escape(&item.body))),
    };
    out.push_str("</entry>");
}

/// One plan by two routes: the same articles; and by both readers, the same again.
pub fn routes_agree(bytes: &[u8]) {
    let items = items(bytes);
    let read = |route| entries(&document(&items, route));
    let told = |route| {
        read(route).into_iter().map(|entry| (entry.guid, entry.title, entry.url, entry.published_ms, entry.text)).collect::<Vec<_>>()
    };
    let first = told(Route::Escaped);
    assert_eq!(first.len(), items.len());
    let other = [Route::CData, Route::Atom, Route::AtomCData, Route::XHtml][bytes.len() % 4];
    assert_eq!(told(other), first, "by another route:\n{}", document(&items, other));
    let compared = if bytes.len().is_multiple_of(2) { Route::Escaped } else { Route::AtomCData };
    readers_agree(&document(&items, compared));
}
