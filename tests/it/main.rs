//! The one integration binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod desktop;
mod sinks;
#[path = "../support/mod.rs"]
mod support;
