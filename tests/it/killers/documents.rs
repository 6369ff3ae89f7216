//! How each document is made. All are of the size that is asked for, and hurt in one way.

use crate::support::prose::words;

/// A kind of document.
#[derive(Clone, Copy)]
pub struct Killer {
    pub name: &'static str,
    pub content_type: &'static str,
    pub make: fn(usize) -> Vec<u8>,
    /// Whether most of it is archived: it costs a debug build many seconds.
    pub dear: bool,
    /// What the config says of its alerts.
    pub policy: &'static str,
}

const RSS: &str = "application/rss+xml";
const HEAD: &str = "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>t</title>";
const TAIL: &str = "</channel></rss>";

const fn rss(name: &'static str, make: fn(usize) -> Vec<u8>) -> Killer {
    Killer { name, content_type: RSS, make, dear: false, policy: "" }
}

const fn of(name: &'static str, content_type: &'static str, make: fn(usize) -> Vec<u8>) -> Killer {
    Killer { name, content_type, make, dear: false, policy: "" }
}

const fn dear(name: &'static str, make: fn(usize) -> Vec<u8>) -> Killer {
    Killer { name, content_type: RSS, make, dear: true, policy: "" }
}

/// All of them.
pub const KILLERS: &[Killer] = &[
    rss("nested elements", |n| whole("<item><title>a</title>", n, "<media:group>", "")),
    rss("nested elements, closed", |n| {
        let half = (n - 500) / "<media:group></media:group>".len();
        text(&[HEAD, "<item>", &"<media:group>".repeat(half), &"</media:group>".repeat(half), "</item>", TAIL])
    }),
    rss("nested markup in a field", |n| whole("<item><guid>1</guid><description>", n, "<div><b><i><p>", "</description></item>")),
    of("nested XHTML", "application/atom+xml", |n| {
        let start = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>1</id><title>a</title><content type=\"xhtml\">";
        fill(start, n, |_| "<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href='b'>".into(), "</content></entry></feed>")
    }),
    rss("attributes of one tag", |n| each("<item", n, |i| format!(" a{i}='b'"), "><title>a</title></item>")),
    rss("attributes of many tags", |n| {
        whole("", n, &format!("<item{}><title>a</title></item>", " xmlns:a='b' c='d' e=\"f\"".repeat(20)), "")
    }),
    rss("namespaces", |n| {
        each("", n, |i| format!("<n{i}:item xmlns:n{i}='http://ns.example/{i}'><n{i}:title>a</n{i}:title></n{i}:item>"), "")
    }),
    of("base addresses", "application/atom+xml", |n| {
        let base = format!("http://news.example/{}/", "b".repeat(4_000));
        let start = format!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"{base}\">");
        let entry = |i: usize| {
            format!(
                "<entry><id>{i}</id><title>a{i}</title><link href=\"c{i}\"/><content type='html' xml:base='d/'>&lt;a href='e'></content></entry>"
            )
        };
        fill(&start, n, entry, "</feed>")
    }),
    of("a base address in each entry", "application/atom+xml", |n| {
        let base = "b/".repeat(2_000);
        let entry = |i: usize| format!("<entry xml:base='{base}'><id>{i}</id><title>a{i}</title><link href='c{i}'/></entry>");
        fill("<feed xmlns=\"http://www.w3.org/2005/Atom\">", n, entry, "</feed>")
    }),
    rss("a million items", |n| whole("", n, "<item/>", "")),
    rss("small items", |n| each("", n, |i| format!("<item><guid>{i}</guid></item>"), "")),
    dear("items of one tag each", |n| each("", n, |i| format!("<item><title>Idlib {i}</title></item>"), "")),
    dear("five thousand articles", |n| items(n, 5_000, words)),
    dear("five thousand alike", |n| items(n, 5_000, |i, bytes| format!("{} number {i} {}", words(0, bytes / 2), words(0, bytes / 2)))),
    dear("five thousand the same", |n| items(n, 5_000, |_, bytes| words(0, bytes))),
    dear("many texts of 64 kB", |n| items(n, 160, words)),
    rss("one text", |n| items(n - 200, 1, words)),
    rss("one word", |n| whole("<item><guid>1</guid><title>a</title><description>", n, "ab", "</description></item>")),
    dear("one word in each text", |n| items(n, 160, |i, bytes| format!("{i}{}", "لبنان".repeat(bytes / 10)))),
    dear("hits and nothing else", |n| items(n, 160, |i, bytes| format!("{i} {}", "ceasefire near Idlib, قصف إدلب ".repeat(bytes / 42)))),
    dear("hits in five thousand", hits),
    Killer { policy: "max_per_hour = 10", ..dear("hits in five thousand beyond a budget", hits) },
    Killer { policy: "cooldown = '1h'\nfollow_up = ['sources >= 3']", ..dear("hits in five thousand, followed up", hits) },
    dear("figures", |n| items(n, 160, |i, bytes| format!("{i} {}", "1,234.5 killed, two hundred and five wounded ".repeat(bytes / 45)))),
    dear("marks over one letter", |n| items(n, 160, |i, bytes| format!("a{i}{}", "\u{301}\u{323}\u{327}".repeat(bytes / 6)))),
    rss("marks in titles", |n| {
        items_of(n, 160, |i, bytes| format!("<title>a{i}{}</title>", "\u{5b0}\u{64b}\u{670}\u{301}".repeat(bytes / 8)))
    }),
    rss("joiners and isolates", |n| items(n, 160, |i, bytes| format!("{i}{}", "\u{200d}\u{2067}\u{200c}".repeat(bytes / 9)))),
    rss("known entities", |n| items(n, 160, |i, bytes| format!("{i}{}", "&amp;lt;&#x26;amp;&nbsp;".repeat(bytes / 24)))),
    rss("unknown entities", |n| items(n, 160, |i, bytes| format!("{i}{}", "&unknown;&#xffffffff;&#0;".repeat(bytes / 25)))),
    rss("entities that never end", |n| items(n, 160, |i, bytes| format!("{i}{}", "&amp&#38&#x".repeat(bytes / 11)))),
    of("a document type that multiplies", "text/xml", |n| {
        let start = "<!DOCTYPE rss [<!ENTITY a0 'lol'>";
        let entity = |i: usize| format!("<!ENTITY a{} '{}'>", i + 1, format!("&a{i};").repeat(10));
        fill(start, n, entity, &format!("]>{HEAD}<item><title>&a9;</title></item>{TAIL}"))
    }),
    of("a document type without end", "text/xml", |n| fill("<!DOCTYPE rss [", n, |_| "<![ [ \"<!-- ".into(), "")),
    rss("comments", |n| whole("<item><guid>1</guid>", n, "<!---->", "</item>")),
    rss("a comment without end", |n| whole("<item><guid>1</guid></item><!--", n, "--!-- ->", "")),
    rss("instructions", |n| whole("<item><guid>1</guid>", n, "<?xml version='1.0'?>", "</item>")),
    rss("sections of characters", |n| whole("<item><guid>1</guid><title>", n, "<![CDATA[]]>", "</title></item>")),
    rss("sections without end", |n| whole("<item><guid>1</guid><title>", n, "<![CDATA[<![CDATA[]]", "</title></item>")),
    rss("angles", |n| whole("<item><guid>1</guid><title>", n, "<", "</title></item>")),
    rss("angles and blanks", |n| whole("<item><guid>1</guid><title>", n, "< <a <b<", "</title></item>")),
    rss("ampersands", |n| whole("<item><guid>1</guid><title>", n, "&", "</title></item>")),
    rss("end tags", |n| whole("<item><guid>1</guid>", n, "</a></b>", "</item>")),
    rss("elements crossed", |n| whole("<item><guid>1</guid><description>", n, "<a><b></a></b>", "</description></item>")),
    rss("quotes without end", |n| whole("<item><guid>1</guid><title a=\"", n, "b='c\" d=\"e' ", "</title></item>")),
    rss("HTML in titles", |n| items_of(n, 160, |i, bytes| format!("<title>{i}{}</title>", "&lt;a>&lt;b>&lt;i>&lt;p>".repeat(bytes / 24)))),
    rss("HTML in summaries", |n| {
        items(n, 160, |i, bytes| format!("{i}{}", "&lt;table>&lt;tr>&lt;td>&lt;a href=&apos;".repeat(bytes / 41)))
    }),
    rss("HTML in contents", |n| {
        items_of(n, 160, |i, bytes| {
            format!("<content:encoded><![CDATA[{i}{}]]></content:encoded>", "<ul><li><select><svg><math><p>".repeat(bytes / 31))
        })
    }),
    rss("HTML comments", |n| {
        items_of(n, 160, |i, bytes| {
            format!("<content:encoded><![CDATA[{i}{}]]></content:encoded>", "<!--<!-><script><style>".repeat(bytes / 23))
        })
    }),
    rss("HTML attributes", |n| {
        items_of(n, 160, |i, bytes| {
            format!("<description><![CDATA[{i}<a {}]]></description>", "style='display:none' alt=\"&amp;\" ".repeat(bytes / 33))
        })
    }),
    rss("HTML in all three", |n| {
        items_of(n, 60, |i, bytes| {
            let part = "<a><b><i><p>&lt;<!x>".repeat(bytes / 60);
            format!(
                "<title><![CDATA[{i}{part}]]></title><description><![CDATA[{part}]]></description><content:encoded><![CDATA[{part}]]></content:encoded>"
            )
        })
    }),
    rss("addresses", |n| {
        items_of(n, 2_500, |i, bytes| {
            format!("<title>{i}</title><link>http://a{i}.example/{}</link>", "../%2e%2e/a?utm_source=b&amp;".repeat(bytes / 29))
        })
    }),
    rss("identifiers", |n| items_of(n, 2_500, |i, bytes| format!("<title>{i}</title><guid>{i}{}</guid>", "x".repeat(bytes)))),
    rss("categories", |n| {
        items_of(n, 10, |i, bytes| format!("<title>{i}</title>{}", "<category>c</category><author>d</author>".repeat(bytes / 41)))
    }),
    rss("dates", |n| {
        items_of(n, 5_000, |i, bytes| {
            format!("<title>{i}</title><pubDate>{}</pubDate>", "١٢ كانون Mon, 31 Feb 99999 25:61:61 +9999 ".repeat(bytes / 50))
        })
    }),
    rss("many dates", |n| whole("<item><guid>1</guid>", n, "<pubDate>Mon, 04 Feb 2019 10:00:00 GMT</pubDate>", "</item>")),
    rss("enclosures", |n| {
        whole(
            "<item><guid>1</guid>",
            n,
            "<enclosure url='a' length='99999999999999999999'/><itunes:duration>99999999999999999999</itunes:duration>",
            "</item>",
        )
    }),
    of("nested JSON", "application/feed+json", |n| {
        fill("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":", n, |_| "[".into(), "")
    }),
    of("nested objects", "application/feed+json", |n| {
        fill("{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"x\":", n, |_| "{\"a\":".into(), "")
    }),
    of("JSON with a string for items", "application/feed+json", |n| {
        fill("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":\"", n, |_| "a long word ".into(), "\"}")
    }),
    of("JSON of many items", "application/feed+json", |n| {
        fill(
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{}",
            n,
            |i| format!(",{{\"id\":\"{i}\",\"title\":\"\\u0625\\u062f\\u0644\\u0628\"}}"),
            "]}",
        )
    }),
    of("JSON of many keys", "application/feed+json", |n| {
        fill(
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"a\":[0",
            n,
            |i| format!(",{{\"k{i}\":[]}}"),
            "]}]}",
        )
    }),
    of("JSON of escapes", "application/feed+json", |n| {
        fill(
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"content_html\":\"",
            n,
            |_| "\\ud83d\\udca3\\u003c".into(),
            "\"}]}",
        )
    }),
    of("UTF-16", "text/xml", |n| std::iter::once(0xfeff).chain(utf16(n)).flat_map(u16::to_le_bytes).collect()),
    of("UTF-16 without a mark", "text/xml; charset=utf-16", |n| utf16(n).flat_map(u16::to_be_bytes).collect()),
    of("UTF-7", "text/xml; charset=utf-7", |n| items(n, 160, |i, bytes| format!("{i}{}", "+ADw-script+AD4 ".repeat(bytes / 16)))),
    of("windows-1256", "text/xml; charset=windows-1256", |n| legacy(n, "")),
    of("a charset to guess", "text/xml", |n| legacy(n, "")),
    of("a charset that lies", "text/xml; charset=shift_jis", |n| legacy(n, "<?xml version='1.0' encoding='utf-8'?>")),
    of("ISO-2022-JP", "text/xml; charset=iso-2022-jp", |n| whole("<item><guid>1</guid><title>", n, "\u{1b}$B!\u{1b}(B", "</title></item>")),
    rss("bytes of no charset", |n| {
        [HEAD.as_bytes(), b"<item><guid>1</guid><title>", &[0xff, 0xc0, 0x80].repeat(n / 3 - 100), b"</title></item>", TAIL.as_bytes()]
            .concat()
    }),
    dear("UTF-8 written twice", |n| items(n, 160, |i, bytes| format!("{i}{}", "Ø¥Ø¯Ù„Ø¨ ".repeat(bytes / 18)))),
    rss("control characters", |n| items(n, 160, |i, bytes| format!("{i}{}", "\0\u{1}\u{1b}[2J\u{9d}".repeat(bytes / 8)))),
    rss("a page", |n| {
        fill("<!DOCTYPE html><html><body>", n, |i| format!("<a href='/feed{i}.xml' type='application/rss+xml'>RSS</a>"), "</body></html>")
    }),
    rss("no markup", |n| vec![b'a'; n]),
    rss("blanks", |n| vec![b' '; n]),
];

fn text(parts: &[&str]) -> Vec<u8> {
    parts.concat().into_bytes()
}

/// `start`, then pieces up to the size, then `end`.
fn fill(start: &str, size: usize, piece: impl Fn(usize) -> String, end: &str) -> Vec<u8> {
    let mut out = String::with_capacity(size);
    out += start;
    for i in 0.. {
        let piece = piece(i);
        if out.len() + piece.len() + end.len() >= size {
            break;
        }
        out += &piece;
    }
    out += end;
    out.into_bytes()
}

/// An RSS document with pieces between `start` and `end`.
fn each(start: &str, size: usize, piece: impl Fn(usize) -> String, end: &str) -> Vec<u8> {
    fill(&format!("{HEAD}{start}"), size, piece, &format!("{end}{TAIL}"))
}

/// The same with one piece again and again.
fn whole(start: &str, size: usize, piece: &str, end: &str) -> Vec<u8> {
    let room = size - HEAD.len() - start.len() - end.len() - TAIL.len();
    text(&[HEAD, start, &piece.repeat(room / piece.len()), end, TAIL])
}

/// Items with what `inside` gives for the number and the bytes that each may have.
fn items_of(size: usize, count: usize, inside: impl Fn(usize, usize) -> String) -> Vec<u8> {
    let bytes = (size / count).saturating_sub(120);
    each("", size, |i| format!("<item>{}</item>", inside(i, bytes)), "")
}

/// Items with a title, a link and a text of their own.
fn items(size: usize, count: usize, inside: impl Fn(usize, usize) -> String) -> Vec<u8> {
    let (size, count) = (size, count);
    items_of(size, count, |i, bytes| {
        format!(
            "<title>Idlib {i}</title><link>http://news.example/{i}</link><description>{}</description>",
            inside(i, bytes.saturating_sub(80))
        )
    })
}

/// Five thousand items in each of which the rules hit.
fn hits(size: usize) -> Vec<u8> {
    items(size, 5_000, |i, bytes| format!("{i} {} {}", "İdlib'de ateşkes, bombardıman. ".repeat(bytes / 70), words(i, bytes / 2)))
}

fn utf16(size: usize) -> impl Iterator<Item = u16> {
    let text = String::from_utf8(items(size / 2, 160, words)).unwrap();
    text.encode_utf16().collect::<Vec<_>>().into_iter()
}

/// Arabic in windows-1256 behind `start`.
fn legacy(size: usize, start: &str) -> Vec<u8> {
    let document = items(size, 160, |i, bytes| format!("{i} {}", "\u{1}".repeat(bytes)));
    let letters = [0xc7, 0xe1, 0xcf, 0xe1, 0xc8, 0x20, 0xde, 0xd5, 0xdd, 0x20, 0xdd, 0xed, 0x20];
    let arabic = document.into_iter().enumerate().map(|(i, byte)| if byte == 1 { letters[(i + i / 977) % letters.len()] } else { byte });
    start.bytes().chain(arabic).take(size).collect()
}
