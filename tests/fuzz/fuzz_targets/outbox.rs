//! Bytes to `checks::outbox`, which says what must hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use marsad_fuzz::{checks::outbox, cost};

fuzz_target!(init: cost::forgive_caught_panics(), |data: &[u8]| cost::held("outbox", data, outbox::check));
