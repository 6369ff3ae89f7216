//! Bytes to `checks::date`, which says what must hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use marsad_fuzz::{checks::date, cost};

fuzz_target!(init: cost::forgive_caught_panics(), |data: &[u8]| cost::held("date", data, date::check));
