//! `marsad sinks test NAME`: one test message, and exactly what came of it. Nothing of it is archived.

use super::named;
use crate::{
    cli::{
        archive, configuration,
        error::Error,
        output::{Out, Style},
        place::Place,
        run::runtime,
    },
    config::SinkSpec,
    daemon::DaemonError,
    engine::{
        alert::{Alert, AlertKind},
        rule::Severity,
    },
    sink::{self, Message, SendError, World},
    store::open,
};
use serde_json::json;
use std::time::Instant;

/// What the message says: nobody may take it for news, and every script must be seen to pass.
const TITLE: &str = "marsad test message, not an alert · رسالة اختبار · Тестовое сообщение";

/// Send a marked test message to a sink, and say what came of it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad sinks test phone
  marsad sinks test phone --json | jq .outcome

With --json: {sink, outcome, reason, retry_after, receipt, seconds}; outcome is sent, retry (worth another try) or dead (refused for good).
Exits with 1 when the message did not go out.")]
pub struct Args {
    /// The sink
    #[arg(value_name = "NAME")]
    name: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let config = configuration::load(place)?.config;
    let spec = named(&config, &args.name)?;
    let began = Instant::now();
    let sent = runtime()?.block_on(send(place, spec, out.now_ms))?;
    let seconds = began.elapsed().as_secs_f64();
    if args.json {
        tell_json(out, &args.name, &sent, seconds)?
    } else {
        tell(out, &args.name, &sent, seconds)?
    }
    sent.map(drop).map_err(|_told| Error::Answered)
}

/// Sends the test message to a sink.
///
/// # Errors
/// When the sink cannot be made; what came of the message is in the answer.
pub async fn send(place: &Place, spec: &SinkSpec, now_ms: i64) -> Result<Result<String, SendError>, Error> {
    let id = if place.archive.exists() { open::archive_id(&archive(place)?)? } else { "test".into() };
    let world = World { archive: id.clone(), credentials: place.credentials.clone() };
    let built = sink::build(spec, &world).map_err(|error| Error::from(DaemonError::Sink(error)))?;
    Ok(built.send(&message(&id, now_ms)).await)
}

fn message(archive: &str, now_ms: i64) -> Message {
    let alert = Alert {
        id: 0,
        kind: AlertKind::Match,
        rule: "test".into(),
        severity: Severity::Normal,
        story: None,
        article: None,
        title: TITLE.into(),
        lines: Vec::new(),
        url: None,
        feed: "marsad".into(),
        published_ms: None,
        offered_after_ms: None,
        first_seen_ms: now_ms,
        alerted_ms: now_ms,
        evidence: Vec::new(),
        news: Vec::new(),
    };
    // Each test is a message of its own: a receiver that knows the key would leave out the second.
    let key = format!("{archive}-test-{now_ms}");
    Message { key, alerts: vec![alert], earlier_rules: Vec::new(), replaces: None, digest: false, sent_ms: now_ms }
}

fn tell(out: &mut Out, name: &str, sent: &Result<String, SendError>, seconds: f64) -> Result<(), Error> {
    let name = Style::Bold.value(name);
    match sent {
        Ok(receipt) => {
            let receipt = if receipt.is_empty() { String::new() } else { format!(", receipt {receipt}") };
            out.line(&[name, Style::Good.part(" took the test message"), Style::Plain.part(&format!(" in {seconds:.1} s{receipt}"))])
        }
        Err(SendError::Retry { reason, after }) => {
            let after = after.map_or_else(String::new, |after| format!("; it asks to be left alone for {} s", after.as_secs()));
            let what = " did not take it; an alert would be tried again: ";
            out.line(&[name, Style::Warn.part(what), Style::Plain.value(reason), Style::Plain.part(&after)])
        }
        Err(SendError::Dead { reason }) => {
            out.line(&[name, Style::Bad.part(" refused it; an alert would be given up: "), Style::Plain.value(reason)])
        }
    }
}

fn tell_json(out: &mut Out, name: &str, sent: &Result<String, SendError>, seconds: f64) -> Result<(), Error> {
    let (outcome, reason, after, receipt) = match sent {
        Ok(receipt) => ("sent", None, None, Some(receipt)),
        Err(SendError::Retry { reason, after }) => ("retry", Some(reason), after.map(|after| after.as_secs()), None),
        Err(SendError::Dead { reason }) => ("dead", Some(reason), None, None),
    };
    out.json(&json!({"sink": name, "outcome": outcome, "reason": reason, "retry_after": after, "receipt": receipt, "seconds": seconds}))
}
