//! `[poll]`, `[archive]` and `[health]`: their defaults and limits.

use super::{
    Archive, Health, Poll, access, duration,
    nearest::did_you_mean,
    raw::{At, Reader},
    report::Problems,
};
use crate::engine::{feed::Backlog, rule::Severity};
use std::time::Duration;

/// The shortest interval between two polls of a feed: anything less is rude.
pub(super) const MIN_INTERVAL: Duration = Duration::from_secs(60);
/// The longest: a due time further off is taken for a clock that was set back.
pub(super) const MAX_INTERVAL: Duration = Duration::from_secs(30 * 86_400);

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

impl Default for Poll {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15 * 60),
            budget: None,
            concurrency: 16,
            timeout: Duration::from_secs(30),
            max_bytes: 10 << 20,
            host_gap: SECOND,
            contact: None,
            backlog: Backlog::Summary,
            proxy: None,
        }
    }
}

impl Default for Archive {
    fn default() -> Self {
        Self { keep: Some(400 * DAY), keep_alerted: true, backups: 3 }
    }
}

/// Reads `[poll]`.
pub(super) fn poll(mut table: Reader<'_>, p: &mut Problems) -> Poll {
    let default = Poll::default();
    let poll = Poll {
        interval: table.duration("interval", MIN_INTERVAL..=MAX_INTERVAL, p).unwrap_or(default.interval),
        budget: table.whole("budget", 1..=100_000_000, p),
        concurrency: table.whole("concurrency", 1..=256, p).and_then(|n| usize::try_from(n).ok()).unwrap_or(default.concurrency),
        timeout: table.duration("timeout", SECOND..=10 * MIN_INTERVAL, p).unwrap_or(default.timeout),
        max_bytes: table.node("max_bytes").and_then(|n| duration::bytes("max_bytes", n, 1 << 10..=1 << 30, p)).unwrap_or(default.max_bytes),
        host_gap: table.duration("host_gap", Duration::ZERO..=HOUR, p).unwrap_or(default.host_gap),
        contact: table.text("contact", p).and_then(|c| contact(&c, p)),
        backlog: backlog(&mut table, p).unwrap_or(default.backlog),
        proxy: table.text("proxy", p).and_then(|text| access::proxy(&text, p)),
    };
    table.finish(p);
    poll
}

/// A contact goes into a header, so it is one line of printable ASCII: a web address or a mail address.
fn contact(text: &At<String>, p: &mut Problems) -> Option<String> {
    let written = text.value.trim();
    let shape = written.starts_with("https://") || written.starts_with("http://") || written.contains('@');
    if !shape || !written.bytes().all(|b| b.is_ascii_graphic()) || written.contains(['(', ')']) {
        p.error(text.at, "`contact` must be a web address or a mail address", Some("servers see it in the User-Agent".into()));
        return None;
    }
    Some(written.to_owned())
}

/// `backlog = "summary" | "alert"`.
pub(super) fn backlog(table: &mut Reader<'_>, p: &mut Problems) -> Option<Backlog> {
    let text = table.text("backlog", p)?;
    match text.value.as_str() {
        "summary" => Some(Backlog::Summary),
        "alert" => Some(Backlog::Alert),
        other => {
            let hint = did_you_mean(other, ["summary", "alert"]).or_else(|| Some("write \"summary\" or \"alert\"".into()));
            p.error(text.at, format!("unknown backlog `{other}`"), hint);
            None
        }
    }
}

/// Reads `[archive]`.
pub(super) fn archive(mut table: Reader<'_>, p: &mut Problems) -> Archive {
    let default = Archive::default();
    let keep = match table.text("keep", p) {
        Some(text) if text.value.trim() == "forever" => None,
        Some(text) => duration::check("keep", &text, DAY..=duration::MAX, p).or(default.keep),
        None => default.keep,
    };
    let keep_alerted = table.flag("keep_alerted", p).unwrap_or(default.keep_alerted);
    let backups = table.whole("backups", 0..=100, p).and_then(|n| usize::try_from(n).ok()).unwrap_or(default.backups);
    table.finish(p);
    Archive { keep, keep_alerted, backups }
}

/// `[health]` as written.
#[derive(Debug, Default)]
pub(super) struct HealthDraft {
    enabled: Option<bool>,
    severity: Severity,
    pub sinks: Vec<At<String>>,
}

/// Reads `[health]`.
pub(super) fn health(mut table: Reader<'_>, p: &mut Problems) -> HealthDraft {
    let enabled = table.flag("enabled", p);
    let severity = super::rules::severity(&mut table, p);
    let sinks = table.texts("sinks", p);
    table.finish(p);
    HealthDraft { enabled, severity, sinks }
}

impl HealthDraft {
    /// With the sinks of `[alert]` where it names none.
    pub fn settle(self, default_sinks: &[At<String>]) -> Health {
        let sinks = if self.sinks.is_empty() { default_sinks } else { &self.sinks };
        let mut names: Vec<String> = Vec::new();
        for sink in sinks {
            if !names.contains(&sink.value) {
                names.push(sink.value.clone());
            }
        }
        Health { enabled: self.enabled.unwrap_or(true), severity: self.severity, sinks: names }
    }
}
