//! What must hold of every part of marsad that reads or writes what strangers say, whatever the bytes: one file of checks a
//! target. Each check panics where it does not hold. The fuzzer calls them without end; `it/fuzzed.rs` calls them with the seeds,
//! with inputs made of the seeds, and with everything that once broke one.

pub mod config;
pub mod date;
pub mod feed;
pub mod guard;
mod made;
pub mod matcher;
mod mime;
pub mod opml;
pub mod outbox;
pub mod plan;
pub mod rule;
pub mod shown;
pub mod sink;
pub mod text;
pub mod url;

/// What is called with the bytes.
pub type Check = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Check); 12] = [
    ("feed", feed::check),
    ("text", text::check),
    ("date", date::check),
    ("rule", rule::check),
    ("matcher", matcher::check),
    ("url", url::check),
    ("guard", guard::check),
    ("sink", sink::check),
    ("shown", shown::check),
    ("config", config::check),
    ("opml", opml::check),
    ("outbox", outbox::check),
];
