//! Alerts in plain words, for toasts and logs: what happened, why it matched, who says so, where to read it. No markup
//! of any kind; whoever shows it to something that reads markup escapes the whole of it.

use super::{
    Alert, AlertKind,
    safe::{is_web, length, piece, safe},
};
use crate::engine::rule::Severity;
use std::collections::BTreeMap;

/// The most graphemes of a title.
pub const MAX_TITLE: usize = 200;
/// The most graphemes of a body.
pub const MAX_BODY: usize = 400;
/// The most graphemes of one form that was hit, of a rule's or a feed's id.
const MAX_FORM: usize = 40;
/// The most graphemes of a link.
const MAX_LINK: usize = 140;
/// The most bytes of a link that is followed.
const MAX_ADDRESS: usize = 2_000;
/// The most graphemes of a title that stands in a list.
const MAX_LISTED: usize = 80;
/// How many titles a digest and an import list.
const LISTED: usize = 3;

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// One line, at most [`MAX_TITLE`] graphemes.
    pub title: String,
    /// Lines, at most [`MAX_BODY`] graphemes in all.
    pub body: String,
    /// The highest of what it tells.
    pub severity: Severity,
    /// Where to read it, whole and in ASCII, for whoever makes it a link.
    pub link: Option<String>,
    /// Bytes of the body before the line with the link.
    head: usize,
}

impl Plain {
    /// The body without the line that shows the link.
    pub fn head(&self) -> &str {
        &self.body[..self.head]
    }
}

/// One alert, or several of one story, with the names of `earlier` rules that this message tells again. `None` for no
/// alert at all.
pub fn plain(alerts: &[Alert], earlier: &[String]) -> Option<Plain> {
    let first = alerts.iter().max_by_key(|alert| alert.severity)?;
    let forms = if alerts.len() > 3 { 1 } else { 3 };
    let mut told: Vec<&str> = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    for line in alerts.iter().flat_map(|alert| &alert.news) {
        let line = format!("new: {}", safe(line, MAX_LINK));
        if !reasons.contains(&line) {
            reasons.push(line);
        }
    }
    for alert in alerts {
        if !told.contains(&alert.rule.as_str()) {
            told.push(&alert.rule);
            reasons.extend(reason(alert, forms));
        }
    }
    let earlier: Vec<String> = earlier.iter().filter(|rule| !told.contains(&rule.as_str())).map(|rule| safe(rule, MAX_FORM)).collect();
    if !earlier.is_empty() {
        reasons.push(format!("also: {}", earlier.join(", ")));
    }
    let shown = first.url.as_deref().filter(|url| is_web(url)).map(|url| piece(url, MAX_LINK));
    let source = (!first.feed.is_empty()).then(|| piece(&first.feed, MAX_FORM));
    let after = shown.as_ref().map_or(0, |shown| shown.len() + 1);
    let body = fit(reasons, source.into_iter().chain(shown).collect());
    let head = body.len().saturating_sub(after);
    Some(Plain { title: safe(&first.title, MAX_TITLE), body, severity: first.severity, link: link(first), head })
}

/// Where to read `alert`: a web address as the URL standard writes it, so without blanks, quotes or letters beyond ASCII
/// that could mean something where it is put. `None` for one that is too long for that.
fn link(alert: &Alert) -> Option<String> {
    let url = url::Url::parse(alert.url.as_deref()?).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let mut text = String::new();
    for c in url.as_str().chars() {
        // The standard leaves some of these alone in queries and fragments.
        if "'\"<>\\`{}|^*".contains(c) { text.push_str(&format!("%{:02X}", u32::from(c))) } else { text.push(c) }
    }
    (text.len() <= MAX_ADDRESS && text.bytes().all(|b| b.is_ascii_graphic())).then_some(text)
}

/// A backlog in one message: how many, the three most urgent and newest of them, and how many for each rule. `None`
/// for no alert at all.
pub fn digest(alerts: &[Alert]) -> Option<Plain> {
    let severity = alerts.iter().map(|alert| alert.severity).max()?;
    let noun = if alerts.len() == 1 { "alert" } else { "alerts" };
    let mut order: Vec<&Alert> = alerts.iter().collect();
    order.sort_by_key(|alert| std::cmp::Reverse((alert.severity, alert.alerted_ms, alert.id)));
    let lines = order.iter().take(LISTED).map(|alert| listed(&alert.title)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in alerts {
        *counts.entry(&alert.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let counts: Vec<_> = counts.into_iter().map(|(rule, count)| format!("{} {count}", safe(rule, MAX_FORM))).collect();
    let body = fit(lines, vec![safe(&counts.join(", "), MAX_LINK)]);
    let head = body.len();
    Some(Plain { title: format!("{} {noun} while you were away", alerts.len()), body, severity, link: None, head })
}

/// Why one alert was raised: `idlib: «بإدلب»`, with at most `forms` of the forms that were hit, each once; for an
/// import the newest titles below it, else what is known beside its title: mostly of health.
pub fn reason(alert: &Alert, forms: usize) -> Vec<String> {
    let rule = safe(&alert.rule, MAX_FORM);
    if alert.kind == AlertKind::Import {
        return std::iter::once(rule).chain(alert.lines.iter().take(LISTED).map(|title| listed(title))).collect();
    }
    if alert.kind == AlertKind::Digest {
        return alert.lines.iter().map(|line| listed(line)).collect();
    }
    let mut hits: Vec<String> = Vec::new();
    for evidence in &alert.evidence {
        let hit = format!("«{}»", piece(&evidence.text, MAX_FORM));
        if !hits.contains(&hit) {
            hits.push(hit);
        }
    }
    let more = hits.len().saturating_sub(forms);
    hits.truncate(forms);
    if more > 0 {
        hits.push(format!("+{more}"));
    }
    let why = if hits.is_empty() { rule } else { format!("{rule}: {}", hits.join(", ")) };
    std::iter::once(why).chain(alert.lines.iter().take(LISTED).map(|line| safe(line, MAX_LINK))).collect()
}

/// The one word for a severity, as configs spell it.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Normal => "normal",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn listed(title: &str) -> String {
    format!("• {}", piece(title, MAX_LISTED))
}

/// `lines` and then `tail`; lines that do not fit into [`MAX_BODY`] are counted instead.
fn fit(lines: Vec<String>, tail: Vec<String>) -> String {
    let room = MAX_BODY.saturating_sub(tail.iter().map(|line| length(line) + 1).sum::<usize>() + "… +999 more".len());
    let total = lines.len();
    let mut used = 0;
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        used += length(&line) + 1;
        if used > room {
            break;
        }
        kept.push(line);
    }
    if kept.len() < total {
        kept.push(format!("… +{} more", total - kept.len()));
    }
    kept.extend(tail);
    kept.join("\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::engine::rule::{Evidence, Field};

    /// An alert of `rule` on an article `title` in which `hits` were hit.
    pub fn alert(rule: &str, title: &str, hits: &[&str]) -> Alert {
        let evidence = hits.iter().map(|hit| {
            let start = title.find(hit).unwrap_or(0);
            let (clause, term) = ("all[0]: @idlib".into(), "إدلب".into());
            Evidence {
                clause,
                term,
                field: Field::Title,
                start,
                end: start + hit.len(),
                text: (*hit).into(),
                path: "exact".into(),
                figures: Vec::new(),
            }
        });
        Alert {
            id: 1,
            kind: AlertKind::Match,
            rule: rule.into(),
            severity: Severity::Normal,
            story: Some(7),
            article: Some(9),
            title: title.into(),
            lines: Vec::new(),
            url: Some("https://news.example/1".into()),
            feed: "enab".into(),
            published_ms: None,
            offered_after_ms: None,
            first_seen_ms: 1_700_000_001_500,
            alerted_ms: 1_700_000_002_000,
            evidence: evidence.collect(),
            news: Vec::new(),
        }
    }

    #[test]
    fn a_toast_says_what_why_who_and_where() {
        let said = plain(&[alert("idlib", "نزوح بإدلب", &["بإدلب", "بإدلب"])], &[]).unwrap();
        assert_eq!(said.title, "نزوح بإدلب");
        assert_eq!(said.body, "idlib: «\u{2068}بإدلب\u{2069}»\nenab\nhttps://news.example/1");
    }

    #[test]
    fn titles_stand_as_they_are_in_three_scripts() {
        for title in ["خرق وقف إطلاق النار في ريف إدلب", "آتش‌بس در ادلب نقض شد", "הפסקת האש באידליב הופרה\u{200f}"]
        {
            assert_eq!(plain(&[alert("idlib", title, &[])], &[]).unwrap().title, title);
        }
    }

    #[test]
    fn several_rules_of_one_story_are_all_named() {
        let mut urgent = alert("ceasefire", "t", &["ateşkes"]);
        urgent.severity = Severity::Critical;
        let said = plain(&[alert("idlib", "t", &["İdlib"]), urgent], &["displacement".into(), "idlib".into()]).unwrap();
        assert!(
            said.body.starts_with("idlib: «\u{2068}İdlib\u{2069}»\nceasefire: «\u{2068}ateşkes\u{2069}»\nalso: displacement\n"),
            "{}",
            said.body
        );
        assert_eq!(said.severity, Severity::Critical);
    }

    #[test]
    fn a_body_never_outgrows_its_limit_and_keeps_the_link() {
        let long = "ن".repeat(500);
        let alerts: Vec<_> = (0..60).map(|n| alert(&format!("rule-{n}"), "t", &[&long])).collect();
        let said = plain(&alerts, &[]).unwrap();
        assert!(length(&said.body) <= MAX_BODY, "{}", length(&said.body));
        assert!(said.body.contains(" more\nenab\nhttps://news.example/1"), "{}", said.body);
        assert_eq!(said.body.matches('\u{2068}').count(), said.body.matches('\u{2069}').count());
    }

    #[test]
    fn a_link_that_is_not_of_the_web_is_left_out() {
        let mut hostile = alert("idlib", "t", &[]);
        hostile.url = Some("javascript:alert(1)".into());
        assert_eq!(plain(&[hostile], &[]).unwrap().body, "idlib\nenab");
    }

    #[test]
    fn a_link_is_whole_and_means_nothing_where_it_is_put() {
        let linked = |url: &str| {
            let mut alert = alert("idlib", "t", &[]);
            alert.url = Some(url.into());
            plain(&[alert], &[]).unwrap()
        };
        let said = linked("https://news.example/نزوح?a=\"'<b>");
        assert_eq!(said.link.as_deref(), Some("https://news.example/%D9%86%D8%B2%D9%88%D8%AD?a=%22%27%3Cb%3E"));
        assert_eq!(said.head(), "idlib\nenab");
        assert_eq!((linked("javascript:x").link, linked(&format!("https://a/{}", "x".repeat(3_000))).link), (None, None));
        assert_eq!(linked("javascript:x").head(), "idlib\nenab");
    }

    #[test]
    fn a_backlog_is_one_message_with_the_most_urgent_first() {
        let mut alerts: Vec<_> = (0..37).map(|n| alert(if n % 3 == 0 { "idlib" } else { "ceasefire" }, &format!("t{n}"), &[])).collect();
        alerts[5].severity = Severity::High;
        alerts.iter_mut().zip(0..).for_each(|(alert, n)| alert.alerted_ms = n);
        let said = digest(&alerts).unwrap();
        assert_eq!(said.title, "37 alerts while you were away");
        assert_eq!(said.body, "• t5\n• t36\n• t35\nceasefire 24, idlib 13");
        assert_eq!(said.severity, Severity::High);
    }

    #[test]
    fn an_import_lists_its_newest_titles() {
        let mut import = alert("idlib", "12 articles in 3 new feeds match", &[]);
        (import.kind, import.feed, import.url) = (AlertKind::Import, String::new(), None);
        import.lines = vec!["أول".into(), "two".into()];
        let said = plain(&[import], &[]).unwrap();
        assert_eq!(said.title, "12 articles in 3 new feeds match");
        assert_eq!(said.body, "idlib\n• \u{2068}أول\u{2069}\n• two");
    }

    #[test]
    fn a_follow_up_says_what_is_new_before_all_else() {
        let mut again = alert("idlib", "t", &["t"]);
        again.news = vec!["now also in ru".into(), "3 sources now".into()];
        let said = plain(&[again.clone(), again], &[]).unwrap();
        assert!(said.body.starts_with("new: now also in ru\nnew: 3 sources now\nidlib: "), "{}", said.body);
    }

    #[test]
    fn a_digest_by_schedule_lists_its_alerts() {
        let mut digest = alert("digest", "2 alerts: idlib 2", &[]);
        (digest.kind, digest.feed, digest.url) = (AlertKind::Digest, String::new(), None);
        digest.lines = vec!["one (a)".into(), "two (b)".into()];
        assert_eq!(plain(&[digest], &[]).unwrap().body, "• one (a)\n• two (b)");
    }

    #[test]
    fn health_says_what_is_wrong_and_why() {
        let mut health = alert("health", "feed enab has failed for 6 hours", &[]);
        (health.kind, health.story, health.article, health.url) = (AlertKind::Health, None, None, None);
        health.lines = vec!["connection\u{202e} refused".into()];
        let said = plain(&[health], &[]).unwrap();
        assert_eq!((said.title.as_str(), said.body.as_str()), ("feed enab has failed for 6 hours", "health\nconnection refused\nenab"));
    }

    #[test]
    fn no_alert_is_no_message() {
        assert_eq!((plain(&[], &[]), digest(&[])), (None, None));
    }
}
