//! How the process ends: with its parent, on a panic, and with nothing but frames on standard output.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use st_worker_protocol::exit;
use whisper_rs::whisper_rs_sys as sys;

use crate::memory;

/// Most bytes of native log that go to stderr: enough to tell what went wrong, never enough to fill a disk.
const MOST_LOG: usize = 64 * 1024;
/// How often it is looked whether the parent still lives.
const PARENT_CHECK: Duration = Duration::from_millis(500);

static LOGGED: AtomicUsize = AtomicUsize::new(0);

/// Ends the process at once, without destructors: native code may be running in another thread.
pub fn leave(status: i32) -> ! {
    // SAFETY: has no conditions.
    unsafe { libc::_exit(status) }
}

/// To be called first, before any thread runs and any native library is used.
pub fn install() {
    // SAFETY: no other thread runs yet. ggml would start a debugger to print a backtrace when it aborts.
    unsafe { std::env::set_var("GGML_NO_BACKTRACE", "1") };
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        leave(exit::PANIC);
    }));
    // SAFETY: the callback may be called from any thread and never unwinds.
    unsafe {
        sys::whisper_log_set(Some(log), std::ptr::null_mut());
        sys::ggml_log_set(Some(log), std::ptr::null_mut());
    }
    end_with_parent();
}

/// Warnings and errors of whisper.cpp and ggml, bounded. They name buffers and sizes, never text.
unsafe extern "C" fn log(level: sys::ggml_log_level, text: *const c_char, _: *mut c_void) {
    if level == sys::ggml_log_level_GGML_LOG_LEVEL_INFO && !text.is_null() {
        // SAFETY: not null, and whisper.cpp gives C strings.
        memory::note(&unsafe { CStr::from_ptr(text) }.to_string_lossy());
        return;
    }
    let loud = matches!(level, sys::ggml_log_level_GGML_LOG_LEVEL_WARN | sys::ggml_log_level_GGML_LOG_LEVEL_ERROR);
    if !loud || text.is_null() {
        return;
    }
    // SAFETY: not null, and whisper.cpp gives C strings.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    // A run is ended after its first window in this way, which is no error.
    if text.contains("encoder_begin_callback returned false") {
        return;
    }
    if LOGGED.fetch_add(text.len(), Ordering::Relaxed) < MOST_LOG {
        eprint!("{text}");
    }
}

/// Ends the process when the parent is gone. Standard input closes then too, but only if no other process holds its
/// other end. (`PR_SET_PDEATHSIG` is no help: it fires when the parent's *thread* ends.)
fn end_with_parent() {
    #[cfg(unix)]
    {
        let parent = std::os::unix::process::parent_id();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(PARENT_CHECK);
                if std::os::unix::process::parent_id() != parent {
                    leave(exit::OK);
                }
            }
        });
    }
}

/// Standard output for frames alone: what native code prints there goes to stderr from now on.
#[cfg(unix)]
pub fn private_stdout() -> std::io::Result<std::fs::File> {
    use std::os::fd::FromRawFd;
    // SAFETY: both are open descriptors of this process; the copy is owned by the returned file alone.
    unsafe {
        let copy = libc::fcntl(1, libc::F_DUPFD_CLOEXEC, 3);
        if copy < 0 || libc::dup2(2, 1) < 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(std::fs::File::from_raw_fd(copy))
    }
}

/// Standard output.
#[cfg(not(unix))]
pub fn private_stdout() -> std::io::Result<std::io::Stdout> {
    Ok(std::io::stdout())
}
