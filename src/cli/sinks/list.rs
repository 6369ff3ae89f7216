//! `marsad sinks`: the sinks of the config, and those that the archive still knows.

use crate::{
    cli::{
        archive, configuration,
        error::Error,
        output::{Out, Style, table::Table},
        place::Place,
    },
    config::{Config, SinkSpec, sink::SinkKind},
    engine::{
        alert::json::rfc3339,
        breaker::{Breaker, Gate},
    },
    store::sink::{self, Health, Line},
};
use serde_json::{Value, json};

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let config = configuration::load(place)?.config;
    // Before the first run there is nothing to tell but what the config says.
    let known = if place.archive.exists() { sink::lines(&archive(place)?)? } else { Vec::new() };
    let lines = joined(&config, known);
    if as_json {
        return lines.iter().try_for_each(|(spec, line)| out.json(&object(*spec, line, out.now_ms)));
    }
    let mut table = Table::new(&["name", "type", "state", ">waiting", ">given up", "last ok", "last error"]);
    for (spec, line) in &lines {
        let state = state(*spec, &line.health, out.now_ms);
        let ago = |at: Option<i64>| at.map_or_else(|| "-".into(), |at| out.ago(at));
        let error = match (&line.health.last_error, line.health.last_failure_ms) {
            (Some(error), Some(at)) => Style::Dim.value(format!("{error} ({})", out.ago(at))),
            _ => Style::Dim.part("-"),
        };
        table.row(vec![
            Style::Bold.value(&line.name),
            Style::Plain.part(spec.map_or("-", |spec| kind(&spec.kind))),
            style(state).part(state),
            Style::Plain.part(&line.waiting.to_string()),
            Style::Plain.part(&line.given_up.to_string()),
            Style::Plain.part(&ago(line.health.last_ok_ms)),
            error,
        ]);
    }
    out.table(&table)
}

/// The sinks of the config in its order, then those that left it.
fn joined(config: &Config, mut known: Vec<Line>) -> Vec<(Option<&SinkSpec>, Line)> {
    let none =
        |name: &str| Line { name: name.to_owned(), health: Health::default(), waiting: 0, waiting_since_ms: None, sent: 0, given_up: 0 };
    let mut lines = Vec::new();
    for spec in &config.sinks {
        let found = known.iter().position(|line| line.name == spec.name);
        lines.push((Some(spec), found.map_or_else(|| none(&spec.name), |at| known.remove(at))));
    }
    lines.extend(known.into_iter().map(|line| (None, line)));
    lines
}

fn state(spec: Option<&SinkSpec>, health: &Health, now_ms: i64) -> &'static str {
    match (spec, health.breaker.gate(now_ms), health) {
        (None, ..) => "gone",
        (_, Gate::Open { .. }, _) => "resting",
        (_, _, Health { breaker: Breaker { failures: 1.., .. }, .. }) => "failing",
        (_, _, Health { last_ok_ms: None, last_failure_ms: None, .. }) => "new",
        (_, _, Health { last_ok_ms, last_failure_ms: Some(failed), .. }) if last_ok_ms.is_none_or(|ok| ok < *failed) => "failing",
        _ => "ok",
    }
}

fn style(state: &str) -> Style {
    match state {
        "ok" => Style::Good,
        "failing" | "resting" => Style::Bad,
        _ => Style::Dim,
    }
}

fn object(spec: Option<&SinkSpec>, line: &Line, now_ms: i64) -> Value {
    let health = &line.health;
    let at = |ms: Option<i64>| ms.and_then(rfc3339);
    let rests = matches!(health.breaker.gate(now_ms), Gate::Open { .. }).then_some(health.breaker.rests_until_ms);
    json!({
        "name": line.name, "type": spec.map(|spec| kind(&spec.kind)), "state": state(spec, health, now_ms), "failures": health.breaker.failures,
        "rests_until": at(rests), "last_ok": at(health.last_ok_ms), "last_failure": at(health.last_failure_ms), "last_error": health.last_error,
        "waiting": line.waiting, "waiting_since": at(line.waiting_since_ms), "sent": line.sent, "given_up": line.given_up,
        "fallback": spec.and_then(|spec| spec.lane.fallback.as_deref()),
    })
}

/// The type, as configs write it.
fn kind(kind: &SinkKind) -> &'static str {
    use crate::config::sink::Dialect;
    match kind {
        SinkKind::Desktop { .. } => "desktop",
        SinkKind::Journal => "journal",
        SinkKind::Webhook { .. } => "webhook",
        SinkKind::Command { .. } => "command",
        SinkKind::Ntfy { .. } => "ntfy",
        SinkKind::Mail(_) => "mail",
        SinkKind::Telegram { .. } => "telegram",
        SinkKind::Matrix { .. } => "matrix",
        SinkKind::Chat { dialect: Dialect::Slack, .. } => "slack",
        SinkKind::Chat { dialect: Dialect::Mattermost, .. } => "mattermost",
        SinkKind::Chat { dialect: Dialect::Discord, .. } => "discord",
        SinkKind::Atom { .. } => "atom",
    }
}
