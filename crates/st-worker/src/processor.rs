//! What whisper.cpp was compiled for. On a processor that lacks some of it the process would end at the first sum,
//! with a signal that says nothing to anybody.

/// Instructions beyond the first 64-bit processors that `.cargo/config.toml` has whisper.cpp compiled with, and whether they are
/// here: Intel's processors from 2013 on and AMD's from 2015 on have them all, but for some Celeron, Pentium and Atom ones.
#[cfg(target_arch = "x86_64")]
fn needed() -> impl Iterator<Item = (&'static str, bool)> {
    [
        ("AVX", std::arch::is_x86_feature_detected!("avx")),
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("FMA", std::arch::is_x86_feature_detected!("fma")),
        ("F16C", std::arch::is_x86_feature_detected!("f16c")),
        ("BMI2", std::arch::is_x86_feature_detected!("bmi2")),
    ]
    .into_iter()
}

/// Other processors get what all of their kind have.
#[cfg(not(target_arch = "x86_64"))]
fn needed() -> impl Iterator<Item = (&'static str, bool)> {
    std::iter::empty()
}

/// The first instructions that are needed and lacking here.
pub fn lacks() -> Option<&'static str> {
    needed().find(|(_, here)| !here).map(|(name, _)| name)
}

/// Asked by whisper.cpp once, before anything is summed: whether this processor runs what native/wide.cpp is compiled for.
/// Intel's have it from 2019 on but for most of those in laptops, AMD's from 2022 on.
#[cfg(target_arch = "x86_64")]
#[unsafe(no_mangle)]
extern "C" fn securetranscribe_is_wide() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512cd")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl")
        && std::arch::is_x86_feature_detected!("avx512vnni")
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use whisper_rs::whisper_rs_sys as sys;

    use super::*;

    unsafe extern "C" {
        /// Of native/products.cpp.
        fn securetranscribe_wide_dot(count: i32, sum: *mut f32, x: *const u16, y: *const u16);
    }

    #[test]
    fn all_that_whisper_is_compiled_with_is_looked_for() {
        let settings = include_str!("../../../.cargo/config.toml");
        let on = settings.lines().filter_map(|line| line.strip_prefix("GGML_")?.strip_suffix(" = \"ON\""));
        // Matrix kernels of its own, chosen among what is compiled.
        let compiled: Vec<&str> = on.filter(|name| *name != "LLAMAFILE").collect();
        let looked: Vec<&str> = needed().map(|(name, _)| name).collect();
        assert_eq!(compiled, looked);
    }

    #[test]
    fn all_that_wide_sums_are_compiled_with_is_looked_for() {
        let build = include_str!("../../../native/whisper.cmake");
        let flags = build.lines().find_map(|line| line.trim().strip_prefix("set(wide -m")?.strip_suffix(')')).unwrap();
        let source = include_str!("processor.rs");
        let looked = source.split_once("fn securetranscribe_is_wide").unwrap().1.split_once("\n}").unwrap().0;
        for flag in flags.split(" -m") {
            assert!(looked.contains(&format!("\"{flag}\"")), "{flag}");
        }
    }

    #[test]
    fn wide_sums_are_the_sums() {
        if !securetranscribe_is_wide() {
            return;
        }
        // As half-precision numbers: 1.0, -2.0, 0.5, 3.0, 0.25.
        const VALUES: [(u16, f32); 5] = [(0x3c00, 1.0), (0xc000, -2.0), (0x3800, 0.5), (0x4200, 3.0), (0x3400, 0.25)];
        for count in (0..=200).chain([512, 1_500]) {
            let x = |at: usize| VALUES[at * 7 % 5];
            let y = |at: usize| VALUES[at * at % 5];
            let expected: f32 = (0..count).map(|at| x(at).1 * y(at).1).sum();
            // What lies behind must not count.
            let halves = |of: &dyn Fn(usize) -> (u16, f32)| -> Vec<u16> {
                (0..count).map(|at| of(at).0).chain([0x7c00; 64]).collect()
            };
            let (x, y, mut sum) = (halves(&x), halves(&y), f32::NAN);
            // SAFETY: both hold at least `count` numbers, and the processor has what is needed.
            unsafe { securetranscribe_wide_dot(i32::try_from(count).unwrap(), &raw mut sum, x.as_ptr(), y.as_ptr()) };
            assert_eq!(sum, expected, "{count}");
        }
    }

    /// A number that half precision holds, and whose products and sums single precision does.
    fn number(at: usize) -> f32 {
        ((at * 29 + at / 7) % 31) as f32 / 8.0 - 2.0
    }

    /// The product of `rows` x `length` and `length` x `columns` numbers, as whisper.cpp's library computes it.
    fn product(rows: usize, columns: usize, length: usize, threads: i32) -> Vec<f32> {
        let [m, n, k] = [rows, columns, length].map(|count| i64::try_from(count).unwrap());
        let params = sys::ggml_init_params { mem_size: 32 << 20, mem_buffer: std::ptr::null_mut(), no_alloc: false };
        // SAFETY: the tensors live in the context, hold what is written to them, and the context is freed at the end.
        unsafe {
            let context = sys::ggml_init(params);
            let a = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F16, k, m);
            let b = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F32, k, n);
            let to = sys::ggml_get_data(a).cast::<u16>();
            (0..rows * length).for_each(|at| to.add(at).write(sys::ggml_fp32_to_fp16(number(at))));
            let to = sys::ggml_get_data_f32(b);
            (0..columns * length).for_each(|at| to.add(at).write(number(at + 5)));
            let product = sys::ggml_mul_mat(context, a, b);
            let graph = sys::ggml_new_graph(context);
            sys::ggml_build_forward_expand(graph, product);
            sys::ggml_graph_compute_with_ctx(context, graph, threads);
            let found = std::slice::from_raw_parts(sys::ggml_get_data_f32(product), rows * columns).to_vec();
            sys::ggml_free(context);
            found
        }
    }

    #[test]
    fn products_of_every_length_are_the_products() {
        let shapes = [(64, 9, 1_500), (101, 3, 512), (51_865 % 1_000, 2, 64), (64, 2, 100), (7, 5, 20), (64, 1, 1_500)];
        for (rows, columns, length) in shapes.into_iter().chain([(96, 7, 15), (16, 4, 16), (19, 2, 31), (1_500, 6, 64)])
        {
            let one = |column: usize, row: usize| -> f32 {
                (0..length).map(|at| number(row * length + at) * number(column * length + at + 5)).sum()
            };
            let expected: Vec<f32> = (0..columns * rows).map(|at| one(at / rows, at % rows)).collect();
            for threads in 1..=3 {
                assert_eq!(product(rows, columns, length, threads), expected, "{rows} {columns} {length} {threads}");
            }
        }
    }
}
