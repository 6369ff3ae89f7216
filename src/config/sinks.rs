//! `[sink.NAME]`: from a table to a [`SinkSpec`]. Names files; never opens them.

use super::{
    SinkKind, SinkSpec, feeds,
    nearest::did_you_mean,
    raw::{At, Reader},
    report::{Problems, Spot},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Toasts shown one by one before a backlog is told in one.
const AT_ONCE: u64 = 5;
const TIMEOUT: Duration = Duration::from_secs(10);
const MIN_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_TIMEOUT: Duration = Duration::from_secs(300);
const KINDS: [&str; 4] = ["desktop", "journal", "webhook", "command"];

/// A sink with the place of its name.
#[derive(Debug)]
pub(super) struct SinkDraft {
    pub spec: SinkSpec,
    pub at: Spot,
}

/// Reads one `[sink.NAME]`; `folder` is that of its file.
pub(super) fn read(name: At<String>, mut table: Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkDraft> {
    table.what = format!("sink `{}`", name.value);
    if name.value.trim().is_empty() || name.value.chars().any(char::is_control) {
        p.error(name.at, "a sink's name is empty or has a control character", None);
        return None;
    }
    let kind = kind_of(&name, &mut table, p)?;
    let kind = match kind {
        "desktop" => {
            let at_once = table.whole("at_once", 1..=50, p).unwrap_or(AT_ONCE);
            Some(SinkKind::Desktop { at_once: usize::try_from(at_once).unwrap_or(1) })
        }
        "journal" => Some(SinkKind::Journal),
        "webhook" => webhook(&mut table, folder, p),
        _ => command(&mut table, folder, p),
    };
    table.finish(p);
    kind.map(|kind| SinkDraft { spec: SinkSpec { name: name.value, kind }, at: name.at })
}

/// `type`, which `desktop` and `journal` need not say and may not change.
fn kind_of(name: &At<String>, table: &mut Reader<'_>, p: &mut Problems) -> Option<&'static str> {
    let own = ["desktop", "journal"].into_iter().find(|n| *n == name.value);
    let Some(text) = table.node("type") else {
        if own.is_none() {
            p.missing(table.at, format!("{} has no `type`", table.what), Some(format!("one of: {}", KINDS.join(", "))));
        }
        return own;
    };
    let text = text.text("a string", p)?;
    let Some(kind) = KINDS.into_iter().find(|k| *k == text.value) else {
        let hint = did_you_mean(&text.value, KINDS).or_else(|| Some(format!("one of: {}", KINDS.join(", "))));
        p.error(text.at, format!("unknown sink type `{}`", text.value), hint);
        return None;
    };
    if own.is_some_and(|own| own != kind) {
        p.error(text.at, format!("the sink `{}` is always of its own type", name.value), Some("give this sink another name".into()));
        return None;
    }
    Some(kind)
}

fn webhook(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let url = table.required("url", p);
    let token_file = table.text("token_file", p).and_then(|t| secret_path(&t, folder, p));
    let timeout = table.duration("timeout", MIN_TIMEOUT..=MAX_TIMEOUT, p).unwrap_or(TIMEOUT);
    let url = feeds::address(&url?, p)?;
    Some(SinkKind::Webhook { url: url.to_string(), token_file, timeout })
}

fn command(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let timeout = table.duration("timeout", MIN_TIMEOUT..=MAX_TIMEOUT, p).unwrap_or(TIMEOUT);
    let Some(node) = table.node("argv") else {
        let hint = "write program and arguments as a list, such as argv = [\"notify-team\", \"--quiet\"]";
        p.missing(table.at, format!("{} has no `argv`", table.what), Some(hint.into()));
        return None;
    };
    let items: Vec<_> = node.list("a list of program and arguments", p).into_iter().map(|n| n.text("a string", p)).collect();
    let mut argv: Vec<At<String>> = items.into_iter().collect::<Option<_>>()?;
    if let Some(bad) = argv.iter().find(|a| a.value.contains('\0')) {
        p.error(bad.at, "an argument has a NUL character", None);
        return None;
    }
    let program = argv.first_mut()?;
    if program.value.trim().is_empty() {
        p.error(program.at, "the program has no name", None);
        return None;
    }
    if program.value.contains('/') {
        program.value = resolve(program, folder, p)?.to_string_lossy().into_owned();
    }
    Some(SinkKind::Command { argv: argv.into_iter().map(|a| a.value).collect(), timeout })
}

/// A path of a secret: `credential:NAME` is left for the sink to find, all else is resolved against `folder`.
fn secret_path(text: &At<String>, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    match text.value.strip_prefix(super::CREDENTIAL) {
        Some(name) if name.is_empty() || name.contains('/') || name == ".." => {
            p.error(text.at, format!("`{name}` is not the name of a credential"), None);
            None
        }
        Some(_) => Some(PathBuf::from(&text.value)),
        None => resolve(text, folder, p),
    }
}

fn resolve(text: &At<String>, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    if text.value.trim().is_empty() {
        p.error(text.at, "the path is empty", None);
        return None;
    }
    if text.value.starts_with('~') {
        p.error(text.at, "`~` is not expanded here", Some("write the whole path, or one that starts at this file's folder".into()));
        return None;
    }
    Some(folder.join(&text.value))
}

/// Sinks of all files and the built-in ones; two of one name are refused.
pub(super) fn settle(drafts: Vec<SinkDraft>, p: &mut Problems) -> Vec<SinkSpec> {
    let mut sinks: Vec<SinkSpec> = Vec::new();
    for draft in drafts {
        if sinks.iter().any(|s| s.name == draft.spec.name) {
            p.error(draft.at, format!("the sink `{}` is defined twice", draft.spec.name), None);
        } else {
            sinks.push(draft.spec);
        }
    }
    let at_once = usize::try_from(AT_ONCE).unwrap_or(1);
    for (name, kind) in [("desktop", SinkKind::Desktop { at_once }), ("journal", SinkKind::Journal)] {
        if !sinks.iter().any(|s| s.name == name) {
            sinks.push(SinkSpec { name: name.into(), kind });
        }
    }
    sinks
}
