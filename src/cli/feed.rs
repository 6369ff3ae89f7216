//! `marsad feed …`: look into a feed, or follow one more.

pub mod add;
pub mod parse;

/// What to do with a feed.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Parse(parse::Args),
    Add(add::Args),
}
