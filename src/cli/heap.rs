//! One heap for all threads. glibc keeps one for each by default, of which much lies idle, and the room of a large document for the
//! next one: a fifth of what a first poll of a thousand feeds takes. How it shall be is read from the environment, before the first
//! line of a program runs; so a program that follows feeds is started anew, once, in its own process.

use super::place::Place;
use std::{ffi::OsString, os::unix::process::CommandExt as _, process::Command};

/// What glibc is told (mallopt(3)); other C libraries do not listen.
const ONE_HEAP: [(&str, &str); 2] = [("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "131072")];

/// Starts the program anew with these arguments, unless the environment says already how the heap shall be. Comes back where there
/// is nothing to do, and where the system refuses: then all is as it was.
pub fn keep_one(place: &Place, arguments: &[OsString]) {
    if place.heap_is_settled {
        return;
    }
    if let (Ok(program), [name, rest @ ..]) = (std::env::current_exe(), arguments) {
        // The mark of its own ends it after one time, also where a privileged program's environment loses the others.
        let _ = Command::new(program).arg0(name).args(rest).envs(ONE_HEAP).env("MARSAD_HEAP", "1").exec();
    }
}
