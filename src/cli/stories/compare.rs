//! `marsad stories compare`: pairs of texts in, what they are to each other out. Archives nothing.

use super::super::{error::Error, output, output::Out, place::Place};
use crate::engine::story::{
    compare::{ALIKE, compare},
    profile::Profile,
    sketch::Sketch,
    window::Window,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs, io::Read, path::Path};

/// The most bytes of all pairs: they are held in memory, since each text counts for what is rare in the others.
const MOST_BYTES: u64 = 256 << 20;

/// Tell of pairs of texts whether they are copies, one story or neither
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad stories compare pairs.jsonl

In:  {\"text1\": \"…\", \"text2\": \"…\"} a line, or with \"title1\" and \"title2\" too. Which words are rare is counted over all texts of
     the file, so a file of a few pairs says little about stories.
Out: {\"pair\", \"relation\", \"jaccard\", \"containment\", \"likeness\"}: pair is the line's own \"pair_id\" or \"id\", else its number.
     relation: copy, excerpt (one is cut out of the other), story, sibling (the same template about another thing) or other.
     The daemon asks for a greater likeness before an article joins a story, since few of the pairs that it sees are one.")]
pub struct Args {
    /// A file of JSON lines, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default, alias = "id")]
    pair_id: Option<Value>,
    #[serde(default)]
    title1: String,
    text1: String,
    #[serde(default)]
    title2: String,
    text2: String,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let text = read(&args.file)?;
    let (mut window, mut pairs, mut bad) = (Window::default(), Vec::new(), 0_usize);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Line>(line) {
            Ok(line) => {
                let pair = [profile(&line.title1, &line.text1), profile(&line.title2, &line.text2)];
                for profile in &pair {
                    window.add(i64::try_from(window.len()).unwrap_or(i64::MAX), &Sketch::new(profile));
                }
                pairs.push((line.pair_id.unwrap_or_else(|| json!(number + 1)), pair));
            }
            Err(error) => {
                bad += 1;
                let reason = output::Style::Plain.value(error.to_string());
                output::complain(place, &[vec![output::Style::Bad.part(&format!("line {}: ", number + 1)), reason]]);
            }
        }
    }
    for (name, [a, b]) in &pairs {
        let found = compare(a, b, &window, ALIKE);
        out.json(&json!({
            "pair": name, "relation": found.relation, "jaccard": found.jaccard, "containment": found.containment, "likeness": found.likeness,
        }))?;
    }
    if bad > 0 { Err(Error::failed(format!("{} could not be read", super::super::check::counted(bad, "line")))) } else { Ok(()) }
}

fn profile(title: &str, text: &str) -> Profile {
    if title.is_empty() { Profile::of_text(text) } else { Profile::new(title, text) }
}

fn read(file: &str) -> Result<String, Error> {
    let unread = |source| Error::because(format!("cannot read `{file}`"), source);
    let mut text = String::new();
    let mut input: Box<dyn Read> =
        if file == "-" { Box::new(std::io::stdin().lock()) } else { Box::new(fs::File::open(Path::new(file)).map_err(unread)?) };
    let read = (&mut input).take(MOST_BYTES + 1).read_to_string(&mut text).map_err(unread)?;
    if read as u64 > MOST_BYTES {
        return Err(Error::failed(format!("`{file}` is larger than {} MiB", MOST_BYTES >> 20)));
    }
    Ok(text)
}
