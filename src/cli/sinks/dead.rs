//! `marsad alerts --dead`: deliveries that were given up, the newest first.

use crate::{
    cli::{
        alerts::more,
        error::Error,
        output::{Out, Style, table::Table},
    },
    engine::alert::json::rfc3339,
    store::dead::{self, DeadLetter},
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Lists at most `limit`.
pub fn list(connection: &Connection, out: &mut Out, limit: usize, as_json: bool) -> Result<(), Error> {
    let letters = dead::letters(connection, None, limit)?;
    if as_json {
        return letters.iter().try_for_each(|letter| out.json(&object(letter)));
    }
    if letters.is_empty() {
        return out.say("no dead letters");
    }
    let mut table = Table::new(&[">alert", "given up", "sink", "state", ">tries", "told instead", "reason", "title"]);
    for letter in &letters {
        let instead = letter.passed_on.as_ref().map_or_else(|| "-".to_owned(), |(sink, state)| format!("{sink} ({state})"));
        table.row(vec![
            Style::Dim.part(&letter.alert.to_string()),
            Style::Plain.part(&letter.settled_ms.map_or_else(|| "-".into(), |at| out.ago(at))),
            Style::Bold.value(&letter.sink),
            Style::Bad.part(&letter.state),
            Style::Plain.part(&letter.attempts.to_string()),
            Style::Plain.value(instead),
            Style::Plain.value(letter.error.as_deref().unwrap_or("no reason was kept")),
            Style::Dim.value(&letter.title),
        ]);
    }
    out.table(&table)?;
    if out.look.terminal {
        out.line(&[Style::Dim.part("`marsad sinks retry SINK` puts those of a sink into its queue again")])?;
    }
    more(out, letters.len(), limit)
}

fn object(letter: &DeadLetter) -> Value {
    let told = letter.passed_on.as_ref().map(|(sink, state)| json!({"sink": sink, "state": state}));
    json!({
        "alert": letter.alert, "title": letter.title, "sink": letter.sink, "occasion": letter.occasion, "state": letter.state,
        "attempts": letter.attempts, "error": letter.error, "settled": letter.settled_ms.and_then(rfc3339), "passed_on": told,
    })
}
