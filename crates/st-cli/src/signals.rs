//! Ctrl-C and termination: the first asks the running work to end and keeps what is finished, the second ends the
//! program at once.

use std::sync::atomic::{AtomicBool, Ordering};

use st_engine::CancelFlag;

/// Status of a program that a person ended, as shells count it (128 + SIGINT).
const INTERRUPTED: i32 = 130;

/// Sets the flag on the first signal.
pub fn cancel_on_signal(flag: &CancelFlag) {
    let flag = flag.clone();
    let asked = AtomicBool::new(false);
    let set = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED);
        }
        flag.cancel();
    });
    // Without a handler the program ends at once; what is journalled is kept all the same.
    if set.is_err() {
        crate::out::complain("Ctrl-C ends the program at once here; finished text is kept.");
    }
}
