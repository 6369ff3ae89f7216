//! `marsad import`: the feeds of an OPML list into a drop-in of the config. Every feed passes the config's own checks before
//! anything is written; what is left out is told with the reason, feed by feed.

pub mod plan;

use super::{
    check::{counted, problem_lines},
    configuration,
    error::Error,
    feed::drop_in,
    output::{self, Out, Style, table::Table},
    place::Place,
};
use crate::{
    config::{self, files},
    engine::opml,
};
use plan::{Left, Plan};
use serde_json::{Value, json};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// The most bytes of a list.
const MAX_BYTES: u64 = 10 << 20;

/// Follow the feeds of an OPML list: adds them to feeds.d/imported.toml beside the config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad import feeds.opml --dry-run       what would be added, and what not and why
  marsad import feeds.opml
  curl -s https://example.org/list.opml | marsad import - --out feeds.d/colleagues.toml

Folders and categories become tags. Feeds that the config has already are passed over. Exits with 1 when nothing could be
added and something was refused. With --json one object: {file, written, dry_run, added: [{name, url, tags, language}],
skipped: [{name, url, why, hint}], defects: [{kind, detail}]}.")]
pub struct Args {
    /// The list, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: String,
    /// The TOML file to write or to add to, in place of feeds.d/imported.toml; a relative path starts at the config's folder, as
    /// that one does
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    out: Option<PathBuf>,
    /// Write nothing, only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Also follow feeds whose addresses are on your own machine or network
    #[arg(long)]
    allow_private: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let list = opml::read(&read(&args.file)?, None).map_err(|source| {
        Error::because(format!("cannot read `{}`", args.file), source)
            .hinted("`marsad feed add` follows one feed, `marsad feed discover` finds those of a page")
    })?;
    let alone = drop_in::alone(place)?;
    let texts = configuration::texts(place)?;
    if texts.built_in && !args.dry_run && args.out.is_none() {
        let message = format!("there is no config at {} to add feeds to", place.config.display());
        return Err(Error::failed(message).hinted("`marsad init` writes one; `--dry-run` only looks, `--out FILE` writes elsewhere"));
    }
    let forms = configuration::forms(place)?;
    let before = config::load(&texts.sources, &forms).map_err(|report| Error::from(report).hinted("mend it first; nothing was written"))?;
    let path = target(place, args, &texts.sources)?;
    let mut plan = Plan::new(list, &before.config, args.allow_private);
    let heading = "Feeds taken from lists by `marsad import`. Edit freely.";
    let (text, warnings) = plan.settle(&texts.sources, &path, heading, &forms)?;
    let writes = !args.dry_run && !plan.added.is_empty();
    if writes {
        drop_in::write(&path, &text).map_err(|source| Error::because(format!("cannot write {}", path.display()), source))?;
    }
    // What is shown may go to a pager.
    drop(alone);
    for warning in warnings.iter().filter(|warning| !before.warnings.contains(warning)) {
        output::complain(place, &problem_lines(warning));
    }
    if args.json {
        out.json(&object(args, &plan, writes.then_some(path.as_path())))?
    } else {
        tell(out, args, &plan, &path)?;
        if writes {
            out.say(next(place, &path))?;
        }
    }
    let refused = plan.left.iter().filter(|left| left.refused).count();
    match plan.added.is_empty() && refused > 0 {
        true => Err(Error::failed(format!("no feed of `{}` can be followed, {refused} refused", args.file))),
        false => Ok(()),
    }
}

fn read(file: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let done = match file {
        "-" => std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes),
        path => std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)),
    };
    done.map_err(|source| Error::because(format!("cannot read `{file}`"), source))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::failed(format!("`{file}` is larger than 10 MiB")));
    }
    Ok(bytes)
}

/// The file to write. One that is there already is added to, if it belongs to the config; any other is left alone.
fn target(place: &Place, args: &Args, sources: &[config::Source]) -> Result<PathBuf, Error> {
    let Some(out) = &args.out else { return Ok(files::drop_in_folder(&place.config).join("imported.toml")) };
    // From the config's folder, as all paths in the config: a file elsewhere is read by nobody.
    let out = place.config.parent().unwrap_or(Path::new("")).join(out);
    let Ok(real) = out.canonicalize() else { return Ok(out) };
    let own = sources.iter().map(|source| PathBuf::from(&source.name)).find(|name| name.canonicalize().is_ok_and(|name| name == real));
    own.ok_or_else(|| {
        Error::failed(format!("{} exists, and is no file of this config", out.display())).hinted("name another file with `--out`")
    })
}

/// What makes a running marsad follow what was written.
fn next(place: &Place, path: &Path) -> String {
    let (config, folder) = (place.config.display(), files::drop_in_folder(&place.config));
    let drop_ins = format!("the files in {} that end with `.toml`", folder.display());
    if !place.config.exists() {
        format!("no config reads it yet: `marsad init` writes {config}, which reads {drop_ins}")
    } else if files::reads(&place.config, path) {
        "a running marsad takes them up on reload: `systemctl --user reload marsad`, or SIGHUP".to_owned()
    } else {
        format!("no config reads it there: {config} reads {drop_ins}; move it to these")
    }
}

fn object(args: &Args, plan: &Plan, written: Option<&Path>) -> Value {
    json!({
        "file": args.file, "written": written.map(|path| path.display().to_string()), "dry_run": args.dry_run,
        "added": plan.added.iter().map(|feed| json!({"name": feed.name, "url": feed.url, "tags": feed.tags, "language": feed.language})).collect::<Vec<_>>(),
        "skipped": plan.left.iter().map(|left| json!({"name": left.name, "url": left.url, "why": left.why, "hint": left.hint})).collect::<Vec<_>>(),
        "defects": plan.defects.iter().map(|defect| json!({"kind": defect.kind, "detail": defect.detail})).collect::<Vec<_>>(),
    })
}

fn tell(out: &mut Out, args: &Args, plan: &Plan, path: &Path) -> Result<(), Error> {
    let mut table = Table::new(&["", "feed", "address", "tags or reason"]);
    for feed in &plan.added {
        let name = feed.name.as_deref().unwrap_or("(by its address)");
        table.row(vec![
            Style::Good.part("add"),
            Style::Bold.value(name),
            Style::Plain.value(&feed.url),
            Style::Dim.value(feed.tags.join(" ")),
        ]);
    }
    for Left { name, url, why, refused, .. } in &plan.left {
        let mark = if *refused { Style::Bad.part("refuse") } else { Style::Dim.part("skip") };
        table.row(vec![mark, Style::Bold.value(name), Style::Plain.value(url.as_deref().unwrap_or("")), Style::Plain.value(why)]);
    }
    out.table(&table)?;
    for defect in &plan.defects {
        out.line(&[Style::Warn.part(defect.kind), Style::Plain.part(": "), Style::Plain.value(&defect.detail)])?;
    }
    let hints: std::collections::BTreeSet<&str> = plan.left.iter().filter_map(|left| left.hint.as_deref()).collect();
    hints.iter().try_for_each(|hint| out.line(&[Style::Good.part("hint: "), Style::Plain.value(hint)]))?;
    let refused = plan.left.iter().filter(|left| left.refused).count();
    let (added, skipped) = (counted(plan.added.len(), "feed"), plan.left.len() - refused);
    let verb = if args.dry_run { "would be added" } else { "added" };
    out.say(format!("{added} {verb} to {}, {skipped} skipped, {refused} refused", path.display()))
}
