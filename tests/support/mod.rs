//! Servers that the integration tests talk to.

pub mod server;
