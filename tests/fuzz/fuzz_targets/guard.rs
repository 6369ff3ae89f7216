//! Bytes to `checks::guard`, which says what must hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use marsad_fuzz::{checks::guard, cost};

fuzz_target!(init: cost::forgive_caught_panics(), |data: &[u8]| cost::held("guard", data, guard::check));
