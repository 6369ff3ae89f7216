//! The one boundary at which a parser's panic is caught. Never catches an abort: the budgets of the pre-scan see to it
//! that none can come.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `read` returns, or why it panicked.
pub(super) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    result.map_err(|payload| message(payload.as_ref()))
}

/// Makes panics that [`super::parse`] catches print nothing; all others print as before. For `main`, once, before it
/// starts threads.
pub fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
            before(info);
        }
    }));
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("no message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        assert_eq!(guarded(|| 1), Ok(1));
        let text = "x".to_owned();
        assert_eq!(guarded(|| panic!("at {text}")), Err::<(), _>("panic: at x".to_owned()));
        assert!(!GUARDED.get());
    }
}
