//! Exit statuses of a worker: how the engine tells the reasons of a death apart.

/// Ended as asked.
pub const OK: i32 = 0;
/// Standard input held something that is no frame or no request.
pub const PROTOCOL: i32 = 64;
/// Memory ran out (host or device); also what an abort is reported as when the end of stderr names it.
pub const OUT_OF_MEMORY: i32 = 70;

/// Words at the end of a worker's stderr that mean that memory ran out, in lower case. ggml aborts with the first ones
/// (`ggml-backend.cpp`, `ggml-cuda.cu`, `ggml-vulkan.cpp`), Rust's allocator with the last.
pub const OUT_OF_MEMORY_SIGNS: &[&str] = &[
    "out of memory",
    "failed to allocate",
    "insufficient memory",
    "cudamalloc failed",
    "erroroutofdevicememory",
    "unable to allocate",
    "memory allocation of",
    "bad_alloc",
];

/// The worker's own code failed (a panic); the end of stderr says where.
pub const PANIC: i32 = 101;
