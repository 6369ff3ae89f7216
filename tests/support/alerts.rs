//! Messages for sinks, written briefly, and able to cross into another process.

use marsad::{
    engine::{
        alert::{Alert, AlertKind},
        rule::{Evidence, Field, Severity},
    },
    sink::Message,
};
use serde::{Deserialize, Serialize};

/// A message in brief.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Brief {
    pub key: String,
    pub alerts: Vec<BriefAlert>,
    pub earlier_rules: Vec<String>,
    pub replaces: Option<String>,
    pub digest: bool,
}

/// An alert in brief.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BriefAlert {
    pub rule: String,
    pub title: String,
    pub hits: Vec<String>,
    pub feed: String,
    pub url: String,
    pub severity: Severity,
}

impl Brief {
    /// One alert of `rule` on an article `title` in which `hit` was hit.
    pub fn one(rule: &str, title: &str, hit: &str) -> Self {
        let alert = BriefAlert {
            rule: rule.into(),
            title: title.into(),
            hits: vec![hit.into()],
            feed: "enab".into(),
            url: "https://news.example/1".into(),
            severity: Severity::Normal,
        };
        Brief { key: format!("archive.{rule}.new"), alerts: vec![alert], earlier_rules: vec![], replaces: None, digest: false }
    }

    /// The same, replacing the message of `receipt`.
    pub fn replacing(mut self, receipt: &str) -> Self {
        self.replaces = Some(receipt.into());
        self
    }

    /// The message as the daemon hands it to a sink.
    pub fn message(&self) -> Message {
        Message {
            key: self.key.clone(),
            alerts: (1..).zip(&self.alerts).map(|(id, brief)| alert(id, brief)).collect(),
            earlier_rules: self.earlier_rules.clone(),
            replaces: self.replaces.clone(),
            digest: self.digest,
            sent_ms: 1_795_000_003_000,
        }
    }
}

fn alert(id: i64, brief: &BriefAlert) -> Alert {
    let evidence = brief.hits.iter().map(|hit| {
        let start = brief.title.find(hit).unwrap_or_default();
        let clause = format!("all[0]: {hit}");
        Evidence {
            clause,
            term: hit.clone(),
            field: Field::Title,
            start,
            end: start + hit.len(),
            text: hit.clone(),
            path: "exact".into(),
            figures: Vec::new(),
        }
    });
    Alert {
        id,
        kind: AlertKind::Match,
        rule: brief.rule.clone(),
        severity: brief.severity,
        story: Some(1),
        article: Some(id),
        title: brief.title.clone(),
        lines: vec![],
        url: Some(brief.url.clone()),
        feed: brief.feed.clone(),
        published_ms: Some(1_795_000_000_000),
        offered_after_ms: None,
        first_seen_ms: 1_795_000_001_000,
        alerted_ms: 1_795_000_002_000 + id,
        evidence: evidence.collect(),
        news: vec![],
    }
}
