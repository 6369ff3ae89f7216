//! Points at which a test ends the process the way SIGKILL does. They exist in debug builds alone; in a release this is nothing.

/// Ends the process here when `MARSAD_ABORT_AT` names this point (`name`, or `name:3` for the third time it is reached).
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    use std::sync::{LazyLock, Mutex};
    static WANTED: LazyLock<Option<(String, Mutex<u32>)>> = LazyLock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "a switch for tests, which must work below every other layer")]
        let value = std::env::var("MARSAD_ABORT_AT").ok()?;
        let (name, times) = value.split_once(':').unwrap_or((&value, "1"));
        Some((name.to_owned(), Mutex::new(times.parse().unwrap_or(1))))
    });
    let Some((wanted, left)) = &*WANTED else { return };
    if wanted != name {
        return;
    }
    let mut left = left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *left = left.saturating_sub(1);
    if *left == 0 {
        // SIGKILL to oneself: no destructor, no flush, no handler runs.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::hint::spin_loop();
        }
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn point(_name: &str) {}
