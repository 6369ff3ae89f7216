//! Everything that decides: pure, synchronous functions from values to values.
//!
//! No clock, no I/O, no async, no SQL, no HTTP, no logging and no randomness in here: `now` and seeds are arguments.
//! Times are Unix milliseconds in `i64` (`…_ms`) throughout.

pub mod alert;
pub mod breaker;
pub mod bucket;
pub mod decode;
pub mod discover;
pub mod entry;
pub mod feed;
pub mod figure;
pub mod gap;
pub mod health;
pub mod identify;
pub mod lang;
pub mod letters;
pub mod manners;
pub mod opml;
pub mod parse;
pub mod prehashed;
pub mod publisher;
pub mod retry;
pub mod rule;
pub mod schedule;
pub mod story;
pub mod text;
pub mod url;
