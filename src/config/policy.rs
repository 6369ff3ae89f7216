//! The policy keys of `[alert]` and `[rule.alert]`: what a rule leaves out, `[alert]` says.

use super::{
    duration,
    hours::{self, Named},
    nearest::did_you_mean,
    raw::{At, Reader},
    report::Problems,
};
use crate::engine::alert::{
    digest::Digest,
    policy::{Escalation, FollowUp, GroupBy, Policy},
    quiet::Quiet,
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const GROUPS: [(&str, GroupBy); 3] = [("story", GroupBy::Story), ("article", GroupBy::Article), ("rule", GroupBy::Rule)];
const FOLLOW_UPS: [&str; 5] = ["new_language", "sources >= 3", "official", "number_changed", "edited"];
const ESCALATIONS: [&str; 2] = ["sources >= 5", "unacknowledged 2h"];

/// A policy as written.
#[derive(Debug, Default, Clone)]
pub(super) struct PolicyDraft {
    group_by: Option<GroupBy>,
    cooldown: Option<Duration>,
    follow_up: Option<Vec<FollowUp>>,
    escalate: Option<Vec<Escalation>>,
    quiet: Option<At<String>>,
    digest: Option<At<String>>,
    max_per_hour: Option<u32>,
}

/// Reads the policy keys of a table; its other keys are the caller's.
pub(super) fn read(table: &mut Reader<'_>, p: &mut Problems) -> PolicyDraft {
    PolicyDraft {
        group_by: group_by(table, p),
        cooldown: table.duration("cooldown", Duration::ZERO..=30 * DAY, p),
        follow_up: some(table, "follow_up", p, follow_up),
        escalate: some(table, "escalate", p, escalation),
        quiet: table.text("quiet", p),
        digest: table.text("digest", p),
        max_per_hour: table.whole("max_per_hour", 1..=1000, p).and_then(|n| u32::try_from(n).ok()),
    }
}

fn group_by(table: &mut Reader<'_>, p: &mut Problems) -> Option<GroupBy> {
    let text = table.text("group_by", p)?;
    let found = GROUPS.iter().find(|(name, _)| *name == text.value).map(|(_, group)| *group);
    if found.is_none() {
        let names = GROUPS.map(|(name, _)| name);
        let hint = did_you_mean(&text.value, names).or_else(|| Some(format!("one of: {}", names.join(", "))));
        p.error(text.at, format!("unknown group `{}`", text.value), hint);
    }
    found
}

/// A list of one kind of words; `None` where the key is not there.
fn some<T>(
    table: &mut Reader<'_>,
    key: &'static str,
    p: &mut Problems,
    mut read: impl FnMut(&At<String>, &mut Problems) -> Option<T>,
) -> Option<Vec<T>> {
    table.key_at(key)?;
    Some(table.texts(key, p).iter().filter_map(|text| read(text, p)).collect())
}

fn follow_up(text: &At<String>, p: &mut Problems) -> Option<FollowUp> {
    let found = match text.value.trim() {
        "new_language" => Some(FollowUp::NewLanguage),
        "official" => Some(FollowUp::Official),
        "number_changed" => Some(FollowUp::NumberChanged),
        "edited" => Some(FollowUp::Edited),
        other => sources(other).map(FollowUp::Sources),
    };
    if found.is_none() {
        refuse("follow-up", text, &FOLLOW_UPS, p);
    }
    found
}

fn escalation(text: &At<String>, p: &mut Problems) -> Option<Escalation> {
    let written = text.value.trim();
    if let Some(after) = written.strip_prefix("unacknowledged ") {
        let after = At { value: after.to_owned(), at: text.at };
        let after = duration::check("unacknowledged", &after, 60 * SECOND..=30 * DAY, p)?;
        return Some(Escalation::Unacknowledged(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)));
    }
    let found = sources(written).map(Escalation::Sources);
    if found.is_none() {
        refuse("escalation", text, &ESCALATIONS, p);
    }
    found
}

/// `sources >= N`, of at least two.
fn sources(text: &str) -> Option<usize> {
    let number = text.strip_prefix("sources")?.trim_start().strip_prefix(">=")?.trim();
    number.parse().ok().filter(|n| (2..=1000).contains(n))
}

fn refuse(what: &str, text: &At<String>, known: &[&str], p: &mut Problems) {
    let hint = did_you_mean(&text.value, known.iter().copied());
    let hint = hint.or_else(|| Some(format!("such as: {}; sources from 2 to 1000", known.join(", "))));
    p.error(text.at, format!("unknown {what} `{}`", text.value), hint);
}

impl PolicyDraft {
    /// With what `base` says where this says nothing.
    pub fn over(&self, base: &PolicyDraft) -> PolicyDraft {
        let (own, base) = (self.clone(), base.clone());
        PolicyDraft {
            group_by: own.group_by.or(base.group_by),
            cooldown: own.cooldown.or(base.cooldown),
            follow_up: own.follow_up.or(base.follow_up),
            escalate: own.escalate.or(base.escalate),
            quiet: own.quiet.or(base.quiet),
            digest: own.digest.or(base.digest),
            max_per_hour: own.max_per_hour.or(base.max_per_hour),
        }
    }

    /// The policy, with the hours that it names.
    pub fn settle(&self, quiet: &[Named<Quiet>], digests: &[Named<Digest>], p: &mut Problems) -> Policy {
        Policy {
            group_by: self.group_by.unwrap_or_default(),
            cooldown_ms: self.cooldown.map_or(0, |cooldown| i64::try_from(cooldown.as_millis()).unwrap_or(i64::MAX)),
            follow_up: self.follow_up.clone().unwrap_or_default(),
            escalate: self.escalate.clone().unwrap_or_default(),
            quiet: hours::find("quiet", self.quiet.as_ref(), quiet, p),
            digest: hours::find("digest", self.digest.as_ref(), digests, p),
            max_per_hour: self.max_per_hour,
            storm_until_ms: None,
        }
    }
}
