//! `[sink.NAME]`: from a table to a [`SinkSpec`]. What each kind takes stands in `kinds`. Names files; never opens them.

mod kinds;

use super::{
    SinkKind, SinkSpec,
    nearest::{did_you_mean, one_of},
    raw::{At, Reader},
    report::{Problems, SECRETS, Spot},
    sink::Lane,
};
use std::{path::Path, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);
const KINDS: [&str; 12] =
    ["desktop", "journal", "webhook", "command", "ntfy", "mail", "telegram", "matrix", "slack", "mattermost", "discord", "atom"];

/// A sink with the place of its name, and that of its fallback's.
#[derive(Debug)]
pub(super) struct SinkDraft {
    pub spec: SinkSpec,
    pub at: Spot,
    fallback_at: Spot,
}

/// Reads one `[sink.NAME]`; `folder` is that of its file.
pub(super) fn read(name: At<String>, mut table: Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkDraft> {
    table.what = format!("sink `{}`", name.value);
    if name.value.trim().is_empty() || name.value.chars().any(char::is_control) {
        p.error(name.at, "a sink's name is empty or has a control character", Some("such as [sink.team]".into()));
        return None;
    }
    let kind = kind_of(&name, &mut table, p)?;
    refuse_secrets(kind, &mut table, p);
    let kind = kinds::read(kind, &mut table, folder, p);
    let usual = kind.as_ref().map_or_else(|| Lane::of(&SinkKind::Journal), Lane::of);
    let (lane, fallback_at) = lane(&mut table, usual, p);
    table.finish(p);
    kind.map(|kind| SinkDraft { spec: SinkSpec { name: name.value, kind, lane }, at: name.at, fallback_at })
}

/// `type`, which `desktop` and `journal` need not say and may not change.
fn kind_of(name: &At<String>, table: &mut Reader<'_>, p: &mut Problems) -> Option<&'static str> {
    let own = ["desktop", "journal"].into_iter().find(|n| *n == name.value);
    let all = || Some(format!("one of: {}", KINDS.join(", ")));
    let Some(text) = table.node("type") else {
        if own.is_none() {
            p.missing(table.at, format!("{} has no `type`", table.what), all());
        }
        return own;
    };
    let text = text.text("a string", p)?;
    let Some(kind) = KINDS.into_iter().find(|k| *k == text.value) else {
        let hint = did_you_mean(&text.value, KINDS).or_else(all);
        p.error(text.at, format!("unknown sink type `{}`", text.value), hint);
        return None;
    };
    if own.is_some_and(|own| own != kind) {
        p.error(text.at, format!("the sink `{}` is always of its own type", name.value), Some("give this sink another name".into()));
        return None;
    }
    Some(kind)
}

/// A secret in a config is read by backups, screens and colleagues.
fn refuse_secrets(kind: &str, table: &mut Reader<'_>, p: &mut Problems) {
    let file = if kind == "mail" { "password_file" } else { "token_file" };
    let hint = format!("put it into a file that you alone can read, and name the file: `{file} = \"…\"`, or \"credential:NAME\"");
    for key in SECRETS {
        table.secret(key, "a secret does not belong in the config", &hint, p);
    }
    if matches!(kind, "slack" | "mattermost" | "discord") {
        let hint = "whoever knows it can post: put it into a file that you alone can read, and name the file: `url_file = \"…\"`";
        table.secret("url", "the address of this webhook is a secret, and does not belong in the config", hint, p);
    }
}

/// The keys that every kind takes.
fn lane(table: &mut Reader<'_>, usual: Lane, p: &mut Problems) -> (Lane, Spot) {
    let concurrency = table.whole("concurrency", 1..=16, p).and_then(|n| usize::try_from(n).ok());
    let per_minute = table.whole("per_minute", 1..=6_000, p).and_then(|n| u32::try_from(n).ok());
    let expires = table.duration("expires", MINUTE..=30 * 1440 * MINUTE, p);
    let fallback = table.text("fallback", p);
    let at = fallback.as_ref().map(|fallback| fallback.at).unwrap_or_default();
    let lane = Lane {
        concurrency: concurrency.unwrap_or(usual.concurrency),
        per_minute: per_minute.or(usual.per_minute),
        expires: expires.unwrap_or(usual.expires),
        fallback: fallback.map(|fallback| fallback.value),
    };
    (lane, at)
}

/// Sinks of all files and the built-in ones. Two of one name are refused, and fallbacks that lead nowhere or in a circle.
pub(super) fn settle(drafts: Vec<SinkDraft>, p: &mut Problems) -> Vec<SinkSpec> {
    let mut sinks: Vec<SinkSpec> = Vec::new();
    let mut places: Vec<Spot> = Vec::new();
    for draft in drafts {
        if sinks.iter().any(|s| s.name == draft.spec.name) {
            p.error(draft.at, format!("the sink `{}` is defined twice", draft.spec.name), Some("give one of them another name".into()));
        } else {
            places.push(draft.fallback_at);
            sinks.push(draft.spec);
        }
    }
    let desktop = SinkKind::Desktop { at_once: kinds::AT_ONCE };
    for (name, kind) in [("desktop", desktop), ("journal", SinkKind::Journal)] {
        if !sinks.iter().any(|s| s.name == name) {
            sinks.push(SinkSpec::new(name, kind));
        }
    }
    for (sink, at) in sinks.iter().zip(places) {
        check_fallback(sink, &sinks, at, p);
    }
    sinks
}

fn check_fallback(sink: &SinkSpec, all: &[SinkSpec], at: Spot, p: &mut Problems) {
    let mut next = sink.lane.fallback.as_deref();
    // Each step is another sink, or it is a circle: after as many steps as there are sinks, one came twice.
    for step in 0..=all.len() {
        let Some(name) = next else { return };
        let Some(found) = all.iter().find(|other| other.name == name) else {
            if step == 0 {
                let hint = one_of(name, "", "sinks", all.iter().map(|s| s.name.as_str()));
                p.error(at, format!("unknown sink `{name}` as `fallback` of sink `{}`", sink.name), hint);
            }
            return;
        };
        if found.name == sink.name {
            p.error(at, format!("the fallbacks of sink `{}` lead back to it", sink.name), Some("end them at a sink without one".into()));
            return;
        }
        next = found.lane.fallback.as_deref();
    }
}
