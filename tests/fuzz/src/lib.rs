//! The checks that the fuzzer and the tests share, and what one input may cost.

pub mod checks;
pub mod cost;
mod support;
