//! Points at which a test ends the process the way SIGKILL does, or lets it hang. They exist in debug builds alone; in a
//! release this is nothing.

/// Ends the process here when `MARSAD_ABORT_AT` names this point (`name`, or `name:3` for the third time it is reached);
/// when `MARSAD_HANG_AT` does, the thread that comes here never goes on.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    use std::sync::LazyLock;
    static ABORT: LazyLock<Option<Wanted>> = LazyLock::new(|| Wanted::of("MARSAD_ABORT_AT"));
    static HANG: LazyLock<Option<Wanted>> = LazyLock::new(|| Wanted::of("MARSAD_HANG_AT"));
    if ABORT.as_ref().is_some_and(|wanted| wanted.is_here(name)) {
        // SIGKILL to oneself: no destructor, no flush, no handler runs.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::hint::spin_loop();
        }
    }
    if HANG.as_ref().is_some_and(|wanted| wanted.is_here(name)) {
        loop {
            std::thread::park();
        }
    }
}

/// A point that was asked for, and how many times it is still to be passed.
#[cfg(debug_assertions)]
struct Wanted {
    name: String,
    left: std::sync::Mutex<u32>,
}

#[cfg(debug_assertions)]
impl Wanted {
    fn of(variable: &str) -> Option<Wanted> {
        #[expect(clippy::disallowed_methods, reason = "a switch for tests, which must work below every other layer")]
        let value = std::env::var(variable).ok()?;
        let (name, times) = value.split_once(':').unwrap_or((&value, "1"));
        Some(Wanted { name: name.to_owned(), left: std::sync::Mutex::new(times.parse().unwrap_or(1)) })
    }

    /// Whether this is the point, and the time that was asked for; at any later time it is not.
    fn is_here(&self, name: &str) -> bool {
        if self.name != name {
            return false;
        }
        let mut left = self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let here = *left == 1;
        *left = left.saturating_sub(1);
        here
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn point(_name: &str) {}
