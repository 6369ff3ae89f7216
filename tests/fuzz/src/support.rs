//! Models and oracles that the other tests use too.

#[path = "../../support/oracle/mod.rs"]
pub mod oracle;
#[path = "../../support/outbox.rs"]
pub mod outbox;
