//! `marsad doctor`: whether everything is as it should be, check by check, and what to do where it is not. Reads only, beside a
//! running daemon or without one.

mod archive;
mod service;
mod sinks;

use super::{
    check::counted,
    configuration,
    error::Error,
    output::{Out, Style},
    place::Place,
};
use crate::config::{self, Config};
use serde_json::json;

/// Check everything: config, archive, backups, permissions, disk, sinks, feeds, clock, service
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad doctor
  marsad doctor --send           send a marked test message to each sink too
  marsad doctor --json | jq 'select(.state == \"problem\")'

Each check is ok, a warning, or a problem, with what to do. Nothing is written, and no message is sent without --send: of a sink its
secrets are read, and its server is asked for a connection, a program is looked for, a desktop for its notification server.

With --json: one object a check, {check, state, said, todo}; state is ok, warning or problem.
Exits with 0 where there is no problem, warnings or not, and with 1 where there is one.")]
pub struct Args {
    /// Send a test message to each sink, as `marsad sinks test` does
    #[arg(long)]
    send: bool,
    /// One JSON object a check
    #[arg(long)]
    json: bool,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Warning,
    Problem,
}

/// What a check came to.
#[derive(Debug)]
struct Finding {
    check: String,
    state: State,
    said: String,
    todo: Option<String>,
}

impl Finding {
    fn ok(check: &str, said: impl Into<String>) -> Finding {
        Finding { check: check.to_owned(), state: State::Ok, said: said.into(), todo: None }
    }

    fn warning(check: &str, said: impl Into<String>, todo: impl Into<String>) -> Finding {
        Finding { state: State::Warning, todo: Some(todo.into()), ..Finding::ok(check, said) }
    }

    fn problem(check: &str, said: impl Into<String>, todo: impl Into<String>) -> Finding {
        Finding { state: State::Problem, todo: Some(todo.into()), ..Finding::ok(check, said) }
    }
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let (finding, config) = config_of(place);
    let mut worst = State::Ok;
    let mut tell = |findings: Vec<Finding>| -> Result<(), Error> {
        for finding in findings {
            worst = if finding.state == State::Problem || worst == State::Problem { State::Problem } else { finding.state };
            show(out, &finding, args.json)?;
        }
        // One that takes its time is not kept waiting for.
        out.flush()
    };
    tell(vec![finding])?;
    let now_ms = crate::daemon::clock::now_ms();
    tell(archive::files(place, config.as_ref(), now_ms))?;
    tell(archive::rows(place, now_ms))?;
    if let Some(config) = &config {
        tell(archive::secrets(place, config))?;
        tell(archive::certificates(config))?;
        tell(sinks::check(place, config, args.send, now_ms)?)?;
    }
    tell(service::check(place))?;
    if worst == State::Problem { Err(Error::Answered) } else { Ok(()) }
}

fn config_of(place: &Place) -> (Finding, Option<Config>) {
    let cannot = |error: &Error| (Finding::problem("config", crate::daemon::chain(error), "`marsad check` says where and why"), None);
    let texts = match configuration::texts_to_follow(place) {
        Ok(texts) => texts,
        Err(error) => return cannot(&error),
    };
    let forms = match configuration::forms(place) {
        Ok(forms) => forms,
        Err(error) => return cannot(&error),
    };
    match config::load(&texts.sources, &forms) {
        Err(report) => {
            let said = format!("refused: {}", counted(report.problems.len(), "problem"));
            (Finding::problem("config", said, "`marsad check` names them; until then a start goes on with the last good one"), None)
        }
        Ok(loaded) => {
            let (feeds, rules) = (loaded.config.feeds.len(), loaded.config.rules.specs().len());
            let said = format!("{} and {}, and the tests of all rules pass", counted(feeds, "feed"), counted(rules, "rule"));
            let finding = match loaded.warnings.len() {
                0 if texts.built_in => Finding::ok("config", format!("the built-in one: {said}")),
                0 => Finding::ok("config", said),
                odd => Finding::warning("config", format!("{said}; {}", counted(odd, "warning")), "`marsad check` names them"),
            };
            (finding, Some(loaded.config))
        }
    }
}

fn show(out: &mut Out, finding: &Finding, as_json: bool) -> Result<(), Error> {
    let (word, style) = match finding.state {
        State::Ok => ("ok", Style::Good),
        State::Warning => ("warning", Style::Warn),
        State::Problem => ("problem", Style::Bad),
    };
    if as_json {
        return out.json(&json!({"check": finding.check, "state": word, "said": finding.said, "todo": finding.todo}));
    }
    let name = format!("{:<12} ", finding.check);
    out.line(&[style.part(&format!("{word:<8} ")), Style::Bold.part(&name), Style::Plain.value(&finding.said)])?;
    finding
        .todo
        .iter()
        .try_for_each(|todo| out.line(&[Style::Plain.part(&" ".repeat(22)), Style::Dim.part("→ "), Style::Plain.value(todo)]))
}
