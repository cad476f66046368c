//! Decoders read bytes that anyone may have written, and some of them panic on bad ones. A panic in here is turned into
//! an error, and nothing of it is printed.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// A decoder panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and turns a panic into an error.
///
/// The program's panic hook stays in force for everything else: ours only keeps quiet on this thread while `work` runs.
/// What `work` changed may be half done after a panic, so the caller throws it away.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let inner = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if GUARDED.get() {
                tracing::debug!(place = ?info.location(), "a decoder panicked");
            } else {
                inner(info);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_the_next_call_works() {
        let numbers = [1, 2, 3];
        let index = numbers.len();
        assert!(guarded(|| numbers[std::hint::black_box(index)]).is_err());
        assert_eq!(guarded(|| numbers[index - 1]).ok(), Some(3));
        assert!(!GUARDED.get());
    }
}
