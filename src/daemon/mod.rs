//! The loops that touch the world: poll, ingest, deliver, upkeep, and the service manager.
