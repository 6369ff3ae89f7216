//! Servers and worlds that tests are run against. Real ones: a bus, a screen, sockets.

pub mod agency;
pub mod alerts;
pub mod clock;
pub mod cost;
pub mod desktop;
pub mod disk;
pub mod hook;
pub mod island;
pub mod ledger;
pub mod newsroom;
pub mod notifications;
pub mod oracle;
pub mod outbox;
pub mod portal;
pub mod prose;
pub mod server;
pub mod sink_process;
pub mod smtp;
pub mod socks;
pub mod systemd;
pub mod wait;
