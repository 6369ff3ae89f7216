//! The engine of marsad as the fuzzer sees it, and what one reading may cost. Under the name of the main library, so that
//! `checks.rs` serves the fuzzer and the tests alike.

#[path = "../../../src/engine/mod.rs"]
pub mod engine;

pub mod checks;
pub mod cost;
mod made;
