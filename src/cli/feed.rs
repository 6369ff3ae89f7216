//! `marsad feed …`: find a feed, look into it, follow it.

pub mod add;
pub mod discover;
pub mod drop_in;
pub mod parse;
pub mod stay;

/// What to do with a feed.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Discover(discover::Args),
    Parse(parse::Args),
    Add(add::Args),
    Stay(stay::Args),
}
