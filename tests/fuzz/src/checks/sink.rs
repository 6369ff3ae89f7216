//! What sinks send: no letter of a stranger's is markup, a mention, a header or a second line where it goes, none is lost on the
//! way, and every message fits.

use super::{
    mime::{Part, decoded},
    plan::Plan,
};
use marsad::{
    config::sink::{self, Tls},
    engine::{
        alert::{
            Alert, AlertKind,
            encode::markdown_cost,
            json::json,
            plain::{MAX_BODY, MAX_TITLE, Plain, digest, plain, severity_word},
            safe::{length, safe},
        },
        parse::parse,
        rule::{Evidence, Field, Severity},
    },
    sink::{Message, atom, command, desktop, discord, mail::Mail, matrix, mattermost, ntfy, slack, telegram, webhook},
};
use quick_xml::{Reader, events::Event};
use serde_json::Value;
use std::time::Duration;

const ZWSP: char = '\u{200B}';

thread_local! {
    static MAIL: Mail = {
        let options = sink::Mail {
            server: "mail.example".into(), port: 25, tls: Tls::None, ca_file: None, user: None, password_file: None,
            from: "marsad <marsad@news.example>".into(), to: vec!["a@b.example".into(), "أ <c@d.example>".into()],
            at_once: 5, timeout: Duration::from_secs(1),
        };
        Mail::new(&options, None).unwrap_or_else(|(error, _)| panic!("{error}"))
    };
}

/// Bytes as a message of alerts; the first byte says which sink is asked.
pub fn check(data: &[u8]) {
    let mut plan = Plan(data);
    let sink = plan.below(12);
    let message = message(&mut plan);
    let said = if message.digest { digest(&message.alerts) } else { plain(&message.alerts, &message.earlier_rules) };
    let said = said.unwrap_or_else(|| panic!("no words for {message:?}"));
    sound(&said);
    match sink {
        0 => on_desktop(&said),
        1 => in_slack(&said),
        2 => in_discord(&said),
        3 => in_mattermost(&said),
        4 => in_telegram(&said),
        5 => in_matrix(&said),
        6 => on_ntfy(&said),
        7 => as_json(&message.alerts[0], &message.key),
        8 | 9 => in_a_feed(&message, &said),
        _ => by_mail(&message, &said, sink == 10),
    }
}

/// One to three alerts, whatever they say.
pub fn message(plan: &mut Plan<'_>) -> Message {
    let (count, flags) = (1 + plan.below(3), plan.byte());
    let alerts = (0..count).map(|at| alert(at as i64, plan)).collect();
    let (key, replaces) = (plan.text(), plan.text());
    let earlier_rules = (0..flags & 1).map(|_| plan.text()).collect();
    let replaces = (flags & 2 != 0).then_some(replaces);
    Message { key, alerts, earlier_rules, replaces, digest: flags & 4 != 0, sent_ms: 1_777_680_000_123 }
}

/// An alert, whatever it says.
pub fn alert(id: i64, plan: &mut Plan<'_>) -> Alert {
    let kinds = [AlertKind::Match, AlertKind::Import, AlertKind::Digest, AlertKind::Health];
    let severities = [Severity::Low, Severity::Normal, Severity::High, Severity::Critical];
    let shape = plan.byte();
    let severity = severities[usize::from(shape) % 4];
    let kind = if shape < 0xc0 { AlertKind::Match } else { kinds[usize::from(shape >> 2) % 4] };
    let (title, rule, feed, url) = (plan.text(), plan.text(), plan.text(), plan.text());
    let hits = (0..shape >> 4 & 3).map(|_| plan.text()).map(|text| Evidence {
        clause: format!("any[0]: {text}"),
        term: text.clone(),
        field: Field::Title,
        start: 0,
        end: text.len(),
        path: text.clone(),
        text,
        figures: Vec::new(),
    });
    let evidence = hits.collect();
    let lines: Vec<String> = (0..shape >> 6).map(|_| plan.text()).collect();
    Alert {
        id,
        kind,
        rule,
        severity,
        story: None,
        article: Some(id),
        title,
        news: lines.iter().rev().cloned().collect(),
        lines,
        url: (!url.is_empty()).then_some(url),
        feed,
        published_ms: Some(i64::from(shape) << 40),
        offered_after_ms: None,
        first_seen_ms: 1_777_680_000_000,
        alerted_ms: 1_777_680_001_000,
        evidence,
    }
}

/// Words are plain, few, and lead to the web alone.
fn sound(said: &Plain) {
    assert!(length(&said.title) <= MAX_TITLE && length(&said.body) <= MAX_BODY, "{said:?}");
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}' | '\u{2067}' | '\u{206A}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
    };
    assert!(!said.title.contains(|c| odd(c) || ('\u{2066}'..='\u{2069}').contains(&c)), "{said:?}");
    assert!(!said.body.contains(|c| c != '\n' && odd(c)), "{said:?}");
    let mut open = 0_i32;
    for c in said.body.chars() {
        open += i32::from(c == '\u{2068}') - i32::from(c == '\u{2069}');
        assert!((0..=1).contains(&open) && (c != '\n' || open == 0), "{said:?}");
    }
    assert!(open == 0 && said.body.starts_with(said.head()), "{said:?}");
    if let Some(link) = &said.link {
        let url = url::Url::parse(link).unwrap_or_else(|error| panic!("{link}: {error}"));
        assert!(matches!(url.scheme(), "http" | "https") && url.host().is_some(), "{link}");
        assert!(link.bytes().all(|b| b.is_ascii_graphic() && !b"'\"<>\\`{}|^*".contains(&b)), "{link}");
    }
}

/// What a reader of XML or HTML sees of text without a tag.
fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "a tag in {text:?}");
    let entity = |at: usize| ["&lt;", "&gt;", "&quot;", "&#39;", "&amp;"].iter().any(|entity| text[at..].starts_with(entity));
    assert!(text.match_indices('&').all(|(at, _)| entity(at)), "a reference of a stranger's in {text:?}");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// What XML can hold of a text (XML 1.0, section 2.2).
fn in_xml(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

fn seen(text: &str) -> String {
    text.replace(ZWSP, "")
}

/// Nobody is called: a letter never stands at once behind an `@`.
fn calls_nobody(text: &str) {
    let called = text.split('@').skip(1).any(|rest| rest.chars().next().is_some_and(|c| !c.is_whitespace() && c != ZWSP));
    assert!(!called, "{text:?}");
}

/// `shown` is `whole`, or its beginning and a `…`.
fn beginning(shown: &str, whole: &str) {
    let cut = shown.strip_suffix('…').is_some_and(|shown| seen(whole).starts_with(&seen(shown)));
    assert!(cut || seen(shown) == seen(whole), "{shown:?} is no beginning of {whole:?}");
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn on_desktop(said: &Plain) {
    let encoded = desktop::escape(&said.body);
    assert_eq!(unescaped(&encoded), said.body);
    // The specification knows these three alone.
    assert!(!encoded.contains("&quot;") || said.body.contains("&quot;"));
}

fn in_slack(said: &Plain) {
    let rich = slack::rich(said);
    assert_eq!(unescaped(text(&rich, "/text")), said.title);
    let elements = rich.pointer("/blocks/0/elements/0/elements").and_then(Value::as_array).unwrap_or_else(|| panic!("{rich}"));
    assert!(elements.iter().all(|element| element["type"] == "text" || element["type"] == "link"), "{rich}");
    let shown: String = elements.iter().filter_map(|element| element["text"].as_str()).collect();
    let after = if said.link.is_some() { "\n" } else { "" };
    assert_eq!(shown, format!("{}\n{}{after}", said.title, said.head()));
    let links: Vec<&str> = elements.iter().filter_map(|element| element["url"].as_str()).collect();
    assert_eq!(links, said.link.iter().map(String::as_str).collect::<Vec<_>>());
    let bare = slack::bare(said);
    assert_eq!(unescaped(text(&bare, "/text")), format!("{}\n{}", said.title, said.body));
    assert_eq!((&bare["mrkdwn"], &bare["link_names"]), (&Value::Bool(false), &Value::Bool(false)));
}

/// Markdown of ours: `**title**`, a line end, a head and a link. Everything else is letters.
fn in_markdown(content: &str, line_end: &str, said: &Plain, most_link: usize) {
    let link = said.link.as_ref().filter(|link| link.len() <= most_link).map_or_else(String::new, |link| format!("{line_end}<{link}>"));
    let inner = content.strip_suffix(&link).and_then(|text| text.strip_prefix("**")).unwrap_or_else(|| panic!("{content:?}"));
    let (title, head) = parted(inner).unwrap_or_else(|| panic!("no end of the title: {content:?}"));
    let head = head.strip_prefix(line_end).unwrap_or_else(|| panic!("{content:?}"));
    for part in [title, head] {
        calls_nobody(part);
        let means = |c: char| c.is_alphanumeric() || "+-@#!&:/".contains(c);
        let meant = |sign: char| part.match_indices(sign).any(|(at, _)| part[at + sign.len_utf8()..].starts_with(means));
        assert!(!['#', '~', ':', '<'].into_iter().any(meant), "{part:?}");
    }
    beginning(&letters(title), &said.title);
    beginning(&letters(&head.replace(line_end, "\n")), said.head());
}

/// What stands before the first `**` that is markup, and behind it.
fn parted(text: &str) -> Option<(&str, &str)> {
    let mut slash = false;
    for (at, c) in text.char_indices() {
        match c {
            '\\' if !slash => slash = true,
            '*' if !slash => return text[at..].strip_prefix("**").map(|rest| (&text[..at], rest)),
            _ => slash = false,
        }
    }
    None
}

/// Markdown without markup, as its letters. Any sign that could be markup is escaped.
fn letters(text: &str) -> String {
    let (mut out, mut letters) = (String::new(), text.chars());
    while let Some(c) = letters.next() {
        match c {
            '\\' => out.extend(letters.next()),
            c => {
                assert!(!"`*_{}[]()#+-.!>~|".contains(c), "{c} is markup in {text:?}");
                out.push(c);
            }
        }
    }
    out
}

/// A block of code, which nothing in it ends.
fn in_code(text: &str, said: &Plain) {
    let inner = text.strip_prefix("```\n").and_then(|text| text.strip_suffix("\n```")).unwrap_or_else(|| panic!("{text:?}"));
    assert!(!inner.contains('`'), "{text:?}");
    calls_nobody(inner);
    beginning(inner, &format!("{}\n{}", said.title, said.body).replace('`', "'"));
}

fn in_discord(said: &Plain) {
    let (rich, bare) = (discord::rich(said), discord::bare(said));
    in_markdown(text(&rich, "/content"), "\n", said, 500);
    in_code(text(&bare, "/content"), said);
    for message in [&rich, &bare] {
        assert!(units(text(message, "/content")) <= 2_000, "{message}");
        assert_eq!(message["allowed_mentions"], serde_json::json!({ "parse": [] }));
    }
    assert!(units(text(&rich, "/content")) <= 1_920 && "é@".chars().map(markdown_cost).sum::<usize>() == 3);
}

fn in_mattermost(said: &Plain) {
    in_markdown(text(&mattermost::rich(said), "/text"), "  \n", said, usize::MAX);
    in_code(text(&mattermost::bare(said), "/text"), said);
}

fn in_telegram(said: &Plain) {
    let (rich, bare) = (telegram::rich("7", said), telegram::bare("7", said));
    let html = text(&rich, "/text");
    let (title, rest) = html.strip_prefix("<b>").and_then(|html| html.split_once("</b>\n")).unwrap_or_else(|| panic!("{html:?}"));
    let link = said.link.as_ref().filter(|link| link.len() <= 1_000).map_or_else(String::new, |link| format!("\n{link}"));
    let (title, rest) = (unescaped(title), unescaped(rest));
    let head = rest.strip_suffix(&link).unwrap_or_else(|| panic!("{rest:?} without {link:?}"));
    beginning(&title, &in_xml(&said.title));
    beginning(head, &in_xml(said.head()));
    calls_nobody(&title);
    calls_nobody(head);
    assert!(units(&title) + units(&rest) < 4_096 && units(text(&bare, "/text")) <= 4_096, "{rich}");
    assert_eq!(text(&bare, "/text").split_once('\n').map(|(title, _)| in_xml(title)), Some(title));
}

fn in_matrix(said: &Plain) {
    let (rich, bare) = (matrix::rich(said), matrix::bare(said));
    let mut html = text(&rich, "/formatted_body").to_owned();
    if let Some(link) = &said.link {
        // Written twice, with `&` as a reference: nothing else in it is one.
        let link = link.replace('&', "&amp;");
        let ours = format!("<br><a href=\"{link}\">{link}</a>");
        html = html.strip_suffix(&ours).unwrap_or_else(|| panic!("{html:?}")).to_owned();
    }
    let (title, head) =
        html.strip_prefix("<strong>").and_then(|html| html.split_once("</strong><br>")).unwrap_or_else(|| panic!("{html:?}"));
    assert_eq!(seen(&unescaped(title)), seen(&in_xml(&said.title)));
    assert_eq!(seen(&unescaped(&head.replace("<br>", "\n"))), seen(&in_xml(said.head())));
    assert_eq!(seen(text(&bare, "/body")), seen(&format!("{}\n{}", said.title, said.body)));
    for message in [&rich, &bare] {
        calls_nobody(text(message, "/body"));
        assert_eq!(message["m.mentions"], serde_json::json!({}));
    }
}

fn on_ntfy(said: &Plain) {
    let (rich, bare) = (ntfy::rich("t", said), ntfy::bare("t", said));
    beginning(text(&rich, "/title"), &said.title);
    beginning(text(&rich, "/message"), if said.body.is_empty() { &said.title } else { &said.body });
    beginning(text(&bare, "/message"), &format!("{}\n{}", said.title, said.body));
    assert!(text(&rich, "/message").len() <= 4_096 && text(&bare, "/message").len() <= 4_096 && text(&rich, "/title").len() <= 1_000);
    assert_eq!(rich["click"].as_str(), said.link.as_deref());
    assert!((1..=5).contains(&rich["priority"].as_u64().unwrap_or(0)));
}

/// What a webhook and a command are given: JSON that says what the alert says, on one line, and an environment of ours.
fn as_json(alert: &Alert, key: &str) {
    let body = webhook::body("archive", alert);
    let read: Value = serde_json::from_str(&body.to_string()).unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_eq!(read, body);
    let input = command::input(alert);
    assert!(input.ends_with('\n') && input.matches('\n').count() == 1 && !input.contains('\r'), "{input:?}");
    let read: Value = serde_json::from_str(&input).unwrap_or_else(|error| panic!("{error}: {input}"));
    assert_eq!((&read, &body["alert"]), (&json(alert, "new"), &read));
    let strings = ["title", "rule", "feed"].map(|key| read[key].as_str().map(str::to_owned));
    assert_eq!(strings, [&alert.title, &alert.rule, &alert.feed].map(|text| Some(text.clone())));
    assert_eq!(read["url"].as_str(), alert.url.as_deref());
    assert_eq!(read["lines"], Value::from(alert.lines.clone()));
    for (shown, hit) in read["evidence"].as_array().into_iter().flatten().zip(&alert.evidence) {
        assert_eq!((shown["text"].as_str(), shown["end"].as_u64()), (Some(hit.text.as_str()), Some(hit.end as u64)));
    }
    let environment = command::environment(alert, key);
    let names: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["MARSAD_ALERT_KEY", "MARSAD_ALERT", "MARSAD_RULE", "MARSAD_SEVERITY", "MARSAD_FEED"]);
    assert_eq!((&environment[2].1, environment[3].1.as_str()), (&alert.rule, severity_word(alert.severity)));
}

/// The Atom file is one, and says what the message says, to a reader of XML and to our own.
fn in_a_feed(message: &Message, said: &Plain) {
    let (id, entry) = atom::entry(message).unwrap_or_else(|error| panic!("{error}"));
    let file = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>marsad</title>\n{entry}</feed>\n"
    );
    assert!(!file.contains(|c: char| c != '\n' && c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')), "{file:?}");
    let (mut path, mut found, mut links) = (Vec::new(), Vec::new(), Vec::new());
    let mut reader = Reader::from_str(&file);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {file}")) {
            Event::Eof => break,
            Event::Start(tag) => path.push(tag.name().as_ref().to_owned()),
            Event::End(_) => drop(path.pop()),
            Event::Empty(tag) => {
                let attribute = tag.attributes().flatten().last().unwrap_or_else(|| panic!("{file}"));
                links.push((tag.name().as_ref().to_owned(), unescaped(attribute.value.as_ref())));
            }
            Event::Text(text) => found.push((path.join("/"), unescaped(&references(text.as_ref())))),
            Event::GeneralRef(reference) => found.push((path.join("/"), unescaped(&format!("&{};", reference.as_ref() as &str)))),
            Event::Decl(_) => {}
            other => panic!("{other:?} in {file}"),
        }
    }
    assert!(path.is_empty(), "{file}");
    let text = |wanted: &str| found.iter().filter(|(path, _)| path == wanted).map(|(_, text)| text.as_str()).collect::<String>();
    assert_eq!(text("feed/entry/title"), in_xml(&said.title));
    assert_eq!(text("feed/entry/content"), in_xml(said.head()));
    assert_eq!(text("feed/entry/id"), id);
    assert!(id.starts_with("urn:uuid:") && id.len() == 45, "{id}");
    let named = |name: &str| links.iter().filter(|(tag, _)| tag == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
    assert_eq!(named("link"), said.link.clone().into_iter().collect::<Vec<_>>());
    let mut rules: Vec<String> = message.alerts.iter().map(|alert| alert.rule.clone()).collect();
    rules.sort_unstable();
    rules.dedup();
    let terms = rules.iter().map(|rule| in_xml(rule)).chain([severity_word(said.severity).to_owned()]);
    assert_eq!(named("category"), terms.collect::<Vec<_>>());
    let read =
        parse(file.as_bytes(), Some("application/atom+xml"), None, message.sent_ms).unwrap_or_else(|error| panic!("{error}: {file}"));
    assert!(read.entries.len() == 1 && read.defects.is_empty(), "{read:?}");
    assert_eq!(read.entries[0].guid.as_deref(), Some(id.as_str()));
}

/// quick-xml gives text without its references; one that stood alone is its own event.
fn references(text: &str) -> String {
    text.replace('&', "&amp;").replace('>', "&gt;")
}

/// Headers of ours alone, and text and HTML that say what the message says.
fn by_mail(message: &Message, said: &Plain, rich: bool) {
    let bytes = MAIL.with(|mail| mail.written(message, rich)).unwrap_or_else(|error| panic!("{error}"));
    let letter = Part::read(&bytes);
    let mut known = vec!["From", "To", "Date", "Message-ID", "Auto-Submitted", "Subject", "MIME-Version", "Content-Type"];
    known.extend((!rich).then_some("Content-Transfer-Encoding"));
    known.extend(["In-Reply-To", "References"].into_iter().filter(|name| letter.headers.iter().any(|(known, _)| known == name)));
    for name in &known {
        let _there_once = letter.header(name);
    }
    assert_eq!(letter.headers.len(), known.len(), "{:?}", letter.headers);
    assert_eq!(
        letter.header("From"),
        "\"marsad\" <marsad@news.example>".replace('"', if letter.header("From").contains('"') { "\"" } else { "" })
    );
    assert_eq!(letter.header("To").matches('@').count(), 2, "{:?}", letter.headers);
    let id = letter.header("Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@news.example>") && id.matches(['<', '>', '@', ' ']).count() == 3, "{id}");
    // An encoded word of a stranger's would be read by mail programs, and hold what was never looked at.
    assert_eq!(decoded(letter.header("Subject")), safe(&said.title, 120).replace("=?", "=\u{200b}?"));
    let told = |alert: &Alert| plain(std::slice::from_ref(alert), &[]);
    let items: Vec<Plain> = if message.digest { message.alerts.iter().filter_map(told).collect() } else { vec![said.clone()] };
    let mut wanted = if message.digest { format!("{}\n\n", said.title) } else { String::new() };
    for item in &items {
        let link = item.link.as_ref().map_or_else(String::new, |link| format!("{link}\n"));
        wanted += &format!("{}\n{}\n{link}\n", item.title, item.head());
    }
    if !rich {
        return assert_eq!(letter.text().trim_end(), wanted.trim_end());
    }
    let parts = letter.parts();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[0].text().trim_end(), wanted.trim_end());
    html(&parts[1].text(), said, &items, message.digest);
}

/// Its tags are ours and in their places; between them stand the words.
fn html(html: &str, said: &Plain, items: &[Plain], digest: bool) {
    let (mut open, mut shown, mut links) = (Vec::new(), Vec::new(), Vec::new());
    let body = html.split_once("<body>\n").and_then(|(_, rest)| rest.split_once("</body></html>")).unwrap_or_else(|| panic!("{html:?}")).0;
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("an open tag: {html:?}"));
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html:?}");
        } else {
            let (name, attribute) = tag.split_once(' ').unwrap_or((tag, ""));
            open.push(name);
            match name {
                "h1" | "h2" | "p" => assert!(matches!(attribute, "dir=\"ltr\"" | "dir=\"rtl\""), "{tag:?}"),
                "a" => links.push(attribute.strip_prefix("href=\"").and_then(|rest| rest.strip_suffix('"')).map(unescaped)),
                other => panic!("the tag {other:?} in {html:?}"),
            }
        }
        if !text.trim().is_empty() {
            shown.push(unescaped(text.trim_end_matches('\n')));
        }
    }
    assert!(open.is_empty(), "{html:?}");
    assert_eq!(links, items.iter().filter_map(|item| item.link.clone()).map(Some).collect::<Vec<_>>());
    let title = digest.then_some(said.title.as_str());
    let lines = items.iter().flat_map(|item| std::iter::once(item.title.as_str()).chain(item.head().lines()));
    let wanted: Vec<String> = title.into_iter().chain(lines).map(in_xml).filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(shown, wanted);
}
