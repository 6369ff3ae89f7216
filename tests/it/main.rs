//! The one integration binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod backfill;
mod cli;
mod concepts;
mod config;
mod crowd;
mod demo;
mod desktop;
mod faults;
mod fuzzed;
mod growth;
mod identity;
mod island;
mod kill;
mod killers;
mod late;
mod layers;
mod limits;
mod line;
mod meeting;
mod metrics;
mod net;
mod oracle;
mod outbox;
mod pages;
mod policy;
mod polite;
mod proof;
mod replay;
mod rescue;
mod setback;
mod sight;
mod sinks;
mod soak;
mod stories;
#[path = "../support/mod.rs"]
mod support;
mod systemd;
mod times;
mod words;
