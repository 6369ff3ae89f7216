//! An alert as JSON, in the shape that scripts rely on. Text stands here as it is archived: JSON needs no other care,
//! and byte offsets stay true.

use super::{Alert, AlertKind};
use crate::engine::{
    figure::Figure,
    rule::{Evidence, Severity},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// The shape; its field names are a promise.
#[derive(Serialize)]
struct Shape<'a> {
    id: i64,
    kind: AlertKind,
    rule: &'a str,
    severity: Severity,
    story: Option<i64>,
    title: &'a str,
    lines: &'a [String],
    url: Option<&'a str>,
    feed: &'a str,
    published: Option<String>,
    offered_after: Option<String>,
    first_seen: Option<String>,
    alerted: Option<String>,
    state: &'a str,
    evidence: &'a [Evidence],
    /// Of all evidence.
    figures: Vec<&'a Figure>,
    news: &'a [String],
}

/// `alert` with its `state`, one word of the caller's. Times are RFC 3339 in UTC; one that no calendar holds is null.
pub fn json(alert: &Alert, state: &str) -> Value {
    let shape = Shape {
        id: alert.id,
        kind: alert.kind,
        rule: &alert.rule,
        severity: alert.severity,
        story: alert.story,
        title: &alert.title,
        lines: &alert.lines,
        url: alert.url.as_deref(),
        feed: &alert.feed,
        published: alert.published_ms.and_then(rfc3339),
        offered_after: alert.offered_after_ms.and_then(rfc3339),
        first_seen: rfc3339(alert.first_seen_ms),
        alerted: rfc3339(alert.alerted_ms),
        state,
        evidence: &alert.evidence,
        figures: alert.evidence.iter().flat_map(|piece| &piece.figures).collect(),
        news: &alert.news,
    };
    // Strings, integers and lists of them: there is nothing in it that JSON cannot say.
    serde_json::to_value(shape).unwrap_or(Value::Null)
}

/// Unix milliseconds as RFC 3339 in UTC, or `None` outside of the years that it can write.
pub fn rfc3339(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::{super::plain::tests::alert, *};

    #[test]
    fn an_alert_has_the_fields_that_scripts_rely_on() {
        let mut alert = alert("idlib", "خرق وقف إطلاق النار بإدلب", &["بإدلب"]);
        alert.published_ms = Some(1_700_000_000_000);
        alert.offered_after_ms = Some(1_699_999_900_000);
        let value = json(&alert, "sent");
        let expected = serde_json::json!({
            "id": 1, "kind": "match", "rule": "idlib", "severity": "normal", "story": 7,
            "title": "خرق وقف إطلاق النار بإدلب", "lines": [], "url": "https://news.example/1", "feed": "enab",
            "published": "2023-11-14T22:13:20Z", "offered_after": "2023-11-14T22:11:40Z", "first_seen": "2023-11-14T22:13:21.5Z",
            "alerted": "2023-11-14T22:13:22Z", "state": "sent",
            "evidence": [{"clause": "all[0]: @idlib", "term": "إدلب", "field": "title", "start": 36, "end": 46, "text": "بإدلب", "path": "exact"}],
            "figures": [],
            "news": [],
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_time_out_of_the_calendar_is_null() {
        let mut alert = alert("idlib", "x", &[]);
        alert.published_ms = Some(i64::MAX);
        assert_eq!(json(&alert, "new")["published"], Value::Null);
        alert.published_ms = None;
        assert_eq!(json(&alert, "new")["published"], Value::Null);
    }
}
