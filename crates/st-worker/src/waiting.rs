//! Tests of how whisper.cpp's threads wait for each other (docs/decisions/0017-threads.md).

use std::time::Duration;

use whisper_rs::whisper_rs_sys as sys;

/// How long the processor is with this thread: what other programs do does not count.
fn busy() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to `time`.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// How long the first of `threads` threads is busy with products that follow one another, for each of which all wait.
fn chain(threads: usize) -> Duration {
    let params = sys::ggml_init_params { mem_size: 8 << 20, mem_buffer: std::ptr::null_mut(), no_alloc: false };
    // SAFETY: the tensors live in the context, zeros are numbers of both types, and the context is freed at the end.
    unsafe {
        let context = sys::ggml_init(params);
        let weights = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F16, 256, 256);
        let mut product = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F32, 256, 4);
        for tensor in [weights, product] {
            sys::ggml_get_data(tensor).cast::<u8>().write_bytes(0, sys::ggml_nbytes(tensor));
        }
        for _ in 0..300 {
            product = sys::ggml_mul_mat(context, weights, product);
        }
        let graph = sys::ggml_new_graph(context);
        sys::ggml_build_forward_expand(graph, product);
        let begin = busy();
        sys::ggml_graph_compute_with_ctx(context, graph, i32::try_from(threads).unwrap());
        let took = busy() - begin;
        sys::ggml_free(context);
        took
    }
}

/// With ggml's own loop eight threads on two processors took 1,800 times as long as one alone; the first was busy for a quarter
/// of that, and now is for two to thirty times as long as one alone.
#[test]
fn more_threads_than_processors_do_not_keep_each_other_from_working() {
    let many = 4 * std::thread::available_parallelism().map_or(2, usize::from);
    let (one, all) = (chain(1), chain(many));
    assert!(all < 100 * one, "one thread {one:?}, {many} threads {all:?}");
}
