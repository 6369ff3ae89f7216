//! `marsad check`: every problem of a config in one run, and what is odd about its rules. Reads the archive, where there is
//! one, for what its articles say of the rules, and the files of secrets; never writes, never touches the network.

mod archive;
mod show;

use super::{
    configuration,
    error::Error,
    output::{Out, Span, Style},
    place::Place,
};
use crate::{
    config::{self, Config, Level, Problem, Written},
    sink,
};
use serde_json::json;
use std::path::PathBuf;

/// Name every problem of a config, each with its place and a hint, and run the rules' own tests
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad check                   the config that `marsad run` would follow
  marsad check new.toml          another one, before it takes its place
  marsad check --show            how each rule was read: every implied AND, and what its words became
  marsad check --show idlib      one rule
  marsad check --share 5         warn of words and rules that hit more than 5 % of the archive
  marsad check --json            one object a problem: {severity, file, line, column, message, hint}

Warnings name what is odd in rules that work: letters of another script, words that another one makes needless, parts that
can never hold. Where there is an archive, its newest 2000 articles are asked too: which words hit too many of them, and
which concepts lack a word in a language of them.

The files of secrets that sinks and feeds name are opened, since a start does so too; secrets that systemd hands over are not.

Exits with 3 when the config is refused; warnings alone are no reason.")]
pub struct Args {
    /// The config file to check, with the feeds.d beside it
    file: Option<PathBuf>,
    /// Print how each rule was read, or this one
    #[arg(long, value_name = "RULE", num_args = 0..=1)]
    show: Option<Option<String>>,
    /// The share of the archive, in per cent, above which a word or rule is too common
    #[arg(long, value_name = "PER CENT", default_value = "20", value_parser = share)]
    share: f64,
    /// Ask no archive
    #[arg(long, conflicts_with = "share")]
    no_archive: bool,
    /// One JSON object a problem, or a rule with --show
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.trim_end_matches('%').trim_end().parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
    share.ok_or_else(|| "a number from 0 to 100 should stand here".to_owned())
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let mut place = place.clone();
    if let Some(file) = &args.file {
        (place.config, place.config_is_given) = (file.clone(), true);
    }
    let texts = match configuration::texts_to_follow(&place) {
        Err(Error::Refused { problems, .. }) => {
            show_all(out, &problems, None, args.json)?;
            return Err(Error::Told);
        }
        texts => texts?,
    };
    if texts.built_in && !place.quiet {
        super::output::note(&place, &configuration::remark(&place));
    }
    let (outcome, written) = config::check(&texts.sources, &configuration::forms(&place)?);
    let (mut problems, mut config) = match outcome {
        Ok(loaded) => (loaded.warnings, Some(loaded.config)),
        Err(report) => (report.problems, None),
    };
    if let (Some(rule), Some(config)) = (&args.show, &config) {
        return show::rules(out, config, rule.as_deref(), args.json);
    }
    problems.extend(unready(&place, config.as_ref(), &written));
    config = config.filter(|_| !problems.iter().any(|problem| problem.severity == Level::Error));
    let mut unasked = None;
    if let Some(config) = config.as_ref().filter(|_| !args.no_archive) {
        match archive::findings(&place, config, args.share / 100.0) {
            Ok(found) => problems.extend(written.problems(&found)),
            Err(error) => unasked = Some(error),
        }
    }
    show_all(out, &problems, config.as_ref(), args.json)?;
    match unasked {
        // The config is no worse for it, but this one was to be asked.
        Some(error) if place.archive_is_given => return Err(error),
        Some(error) if !place.quiet => super::output::note(&place, &format!("no archive was asked: {}", crate::daemon::chain(&error))),
        _ => {}
    }
    if config.is_some() { Ok(()) } else { Err(Error::Told) }
}

/// What a start would refuse beside the config itself: files of secrets, and sinks that cannot be made.
fn unready(place: &Place, config: Option<&Config>, written: &Written) -> Vec<Problem> {
    let mut problems = written.secrets(place.credentials.as_deref());
    if problems.iter().any(|problem| problem.severity == Level::Error) {
        return problems;
    }
    let world = sink::World { archive: String::new(), credentials: place.credentials.clone() };
    // Credentials exist inside the service alone.
    let is_elsewhere = |path: &&PathBuf| path.to_string_lossy().starts_with(config::CREDENTIAL);
    let sinks = config.iter().flat_map(|config| &config.sinks);
    for spec in sinks.filter(|spec| place.credentials.is_some() || !spec.kind.secrets().iter().any(is_elsewhere)) {
        if let Err(error) = sink::build(spec, &world) {
            problems.extend(written.of_sink(&spec.name, error.to_string(), error.hint));
        }
    }
    problems
}

fn show_all(out: &mut Out, problems: &[Problem], config: Option<&Config>, as_json: bool) -> Result<(), Error> {
    problems.iter().try_for_each(|problem| tell(out, problem, as_json))?;
    if as_json { Ok(()) } else { summarise(out, problems, config) }
}

fn tell(out: &mut Out, problem: &Problem, as_json: bool) -> Result<(), Error> {
    if as_json {
        return out.json(&json!({
            "severity": problem.severity.to_string(), "file": problem.file, "line": problem.line, "column": problem.column,
            "message": problem.message, "hint": problem.hint,
        }));
    }
    problem_lines(problem).iter().try_for_each(|line| out.line(line))?;
    out.say("")
}

/// A problem with its place, its line and a caret under what is meant.
pub fn problem_lines(problem: &Problem) -> Vec<Vec<Span>> {
    let style = if problem.severity == Level::Error { Style::Bad } else { Style::Warn };
    let plain = |text: String| Style::Plain.part(&text);
    let number = problem.line.to_string();
    let (gutter, pad) = (" ".repeat(number.len()), " ".repeat(problem.snippet.pad));
    let mut lines = vec![vec![
        Style::Bold.part(&format!("{}:{}:{}: ", problem.file, problem.line, problem.column)),
        style.part(&format!("{}: ", problem.severity)),
        plain(problem.message.clone()),
    ]];
    if !problem.snippet.text.is_empty() {
        lines.push(vec![Style::Dim.part(&format!(" {number} | ")), plain(problem.snippet.text.clone())]);
        lines.push(vec![Style::Dim.part(&format!(" {gutter} | ")), plain(pad), style.part(&"^".repeat(problem.snippet.width))]);
    }
    lines.extend(problem.hint.iter().map(|hint| vec![Style::Good.part("hint: "), plain(hint.clone())]));
    lines
}

fn summarise(out: &mut Out, problems: &[Problem], config: Option<&Config>) -> Result<(), Error> {
    let of = |level| problems.iter().filter(|problem| problem.severity == level).count();
    let warnings = counted(of(Level::Warning), "warning");
    let Some(config) = config else {
        let warnings = if of(Level::Warning) == 0 { String::new() } else { format!(", {warnings}") };
        return out.line(&[Style::Bad.part(&format!("{}{warnings}", counted(of(Level::Error), "error")))]);
    };
    let (feeds, rules) = (counted(config.feeds.len(), "feed"), counted(config.rules.specs().len(), "rule"));
    let said = format!("{feeds}, {rules}, {}: ", counted(config.lexicon.concepts.len(), "concept"));
    let end = if problems.is_empty() { Style::Good.part("fine") } else { Style::Warn.part(&format!("fine, {warnings}")) };
    out.line(&[Style::Plain.part(&said), end])
}

/// `1 feed`, `2 feeds`, `2 deliveries`, `2 matches`.
pub fn counted(count: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => format!("1 {noun}"),
        Some(stem) => format!("{count} {stem}ies"),
        None if noun.ends_with("ch") => format!("{count} {noun}es"),
        None => format!("{count} {noun}s"),
    }
}
