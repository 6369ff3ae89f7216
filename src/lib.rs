//! marsad (Arabic مرصد, "observatory"): a streaming news monitor.

pub mod abort;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod engine;
pub mod net;
pub mod sink;
pub mod store;
