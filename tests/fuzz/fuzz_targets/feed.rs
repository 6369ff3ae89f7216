//! Bytes to `checks::feed`, which says what must hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use marsad_fuzz::{checks::feed, cost};

fuzz_target!(init: cost::forgive_caught_panics(), |data: &[u8]| cost::held("feed", data, feed::check));
