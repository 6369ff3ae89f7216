//! `marsad rules test`: the tests that rules and concepts carry, all of them, those of shipped concepts too.

use crate::{
    cli::{
        check::{counted, problem_lines},
        configuration,
        error::Error,
        output::{self, Out, Style},
        place::Place,
    },
    config::{self, Tested},
};
use serde_json::{Value, json};

/// Run the tests of the rules and concepts, and name each that fails
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad rules test                   every [[rule.test]], and every concept's test.match and test.reject
  marsad rules test idlib             those of one rule
  marsad rules test @ceasefire        those of one concept, a shipped one too
  marsad rules test --config new.toml --json

Exits with 1 when a test fails. The config with such a test is refused by `check`, by a start and by a reload.")]
pub struct Args {
    /// A rule's id, or @ and a concept's name
    rule: Option<String>,
    /// One JSON object for each rule and concept: {id, shipped, passed, failures}
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let texts = configuration::texts(place)?;
    if texts.built_in && !place.quiet {
        output::note(place, &configuration::remark(place));
    }
    let mut tested = config::test(&texts.sources, &configuration::forms(place)?)?;
    if let Some(id) = &args.rule {
        tested = one(tested, id)?;
    }
    if args.json {
        tested.iter().try_for_each(|tested| out.json(&object(tested)))?;
    } else {
        tell(out, &tested)?;
    }
    if tested.iter().all(|tested| tested.failures.is_empty()) { Ok(()) } else { Err(Error::Answered) }
}

fn one(tested: Vec<Tested>, id: &str) -> Result<Vec<Tested>, Error> {
    let hint = config::did_you_mean(id, tested.iter().map(|tested| tested.id.as_str()));
    let found: Vec<Tested> = tested.into_iter().filter(|tested| tested.id == id).collect();
    if found.is_empty() {
        let what = if id.starts_with('@') { "concept" } else { "rule" };
        let hint = hint.unwrap_or_else(|| "`marsad rules list` names the rules; a concept is written `@name`".into());
        return Err(Error::failed(format!("there is no {what} `{id}`")).hinted(hint));
    }
    Ok(found)
}

fn object(tested: &Tested) -> Value {
    let failure = |problem: &config::Problem| {
        json!({
            "file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message, "hint": problem.hint,
        })
    };
    json!({
        "id": tested.id, "shipped": tested.shipped, "passed": tested.passed,
        "failures": tested.failures.iter().map(failure).collect::<Vec<_>>(),
    })
}

fn tell(out: &mut Out, tested: &[Tested]) -> Result<(), Error> {
    for problem in tested.iter().flat_map(|tested| &tested.failures) {
        problem_lines(problem).iter().try_for_each(|line| out.line(line))?;
        out.say("")?;
    }
    let count = |concepts: bool| tested.iter().filter(|tested| tested.id.starts_with('@') == concepts).count();
    let bare = tested.iter().filter(|tested| tested.passed == 0 && tested.failures.is_empty() && !tested.id.starts_with('@')).count();
    let (passed, failed) = tested.iter().fold((0, 0), |(passed, failed), one| (passed + one.passed, failed + one.failures.len()));
    let of = format!("{} of {}, {}: ", counted(passed + failed, "test"), counted(count(false), "rule"), counted(count(true), "concept"));
    let verdict = match (passed + failed, failed) {
        (0, _) => Style::Warn.part("nothing to run"),
        (_, 0) => Style::Good.part("all passed"),
        _ => Style::Bad.part(&format!("{passed} passed, {failed} failed")),
    };
    out.line(&[Style::Plain.part(&of), verdict])?;
    if bare > 0 {
        let hint = format!(
            "{} no test; write [[rule.test]] with `match` and `reject`",
            if bare == 1 { "1 rule has".into() } else { format!("{bare} rules have") }
        );
        out.line(&[Style::Dim.part(&hint)])?;
    }
    Ok(())
}
