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

/// What native/wide.cpp is compiled with, and whether it is here: Intel's processors have it from 2019 on but for most of those in
/// laptops, AMD's from 2022 on.
#[cfg(target_arch = "x86_64")]
fn wide() -> [(&'static str, bool); 6] {
    [
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ("avx512bw", std::arch::is_x86_feature_detected!("avx512bw")),
        ("avx512cd", std::arch::is_x86_feature_detected!("avx512cd")),
        ("avx512dq", std::arch::is_x86_feature_detected!("avx512dq")),
        ("avx512vl", std::arch::is_x86_feature_detected!("avx512vl")),
        ("avx512vnni", std::arch::is_x86_feature_detected!("avx512vnni")),
    ]
}

/// Asked by whisper.cpp once, before anything is summed.
#[cfg(target_arch = "x86_64")]
#[unsafe(no_mangle)]
extern "C" fn securetranscribe_is_wide() -> bool {
    wide().iter().all(|(_, here)| *here)
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
        assert_eq!(flags.split(" -m").collect::<Vec<_>>(), wide().map(|(name, _)| name));
    }

    #[test]
    fn nothing_compiled_twice_can_be_taken_for_the_other() {
        // The linker takes one copy of what is in headers of the standard library for both widths; an older processor would end there.
        for source in [include_str!("../../../native/products.cpp"), include_str!("../../../native/integers.h")] {
            assert_eq!(source.matches("std::").count(), source.matches("std::memcpy").count());
        }
    }

    #[test]
    fn wide_sums_are_the_sums() {
        if !securetranscribe_is_wide() {
            println!("skipped: this processor has no AVX-512");
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

    /// A product of matrices: `rows` x `length` numbers of this type by `length` x `columns`.
    #[derive(Debug, Clone, Copy)]
    struct Product {
        rows: usize,
        columns: usize,
        length: usize,
        of: sys::ggml_type,
    }

    impl Product {
        /// As whisper.cpp's library computes it, twice in one step, as the heads of an attention are; with columns that lie apart in
        /// memory if these are `scattered`.
        fn compute(self, a: &[f32], b: &[f32], scattered: bool, threads: i32) -> Vec<f32> {
            const HEADS: usize = 2;
            let [m, n, k, heads] =
                [self.rows, self.columns, self.length, HEADS].map(|count| i64::try_from(count).unwrap());
            let params =
                sys::ggml_init_params { mem_size: 64 << 20, mem_buffer: std::ptr::null_mut(), no_alloc: false };
            // SAFETY: the tensors live in the context, hold what is written to them, and the context is freed at the end.
            unsafe {
                let context = sys::ggml_init(params);
                let left = sys::ggml_new_tensor_3d(context, self.of, k, m, heads);
                let size = sys::ggml_nbytes(left) / HEADS;
                for head in 0..HEADS {
                    let to = sys::ggml_get_data(left).cast::<u8>().add(head * size).cast();
                    sys::ggml_quantize_chunk(self.of, a.as_ptr(), to, 0, m, k, std::ptr::null());
                }
                let right = sys::ggml_new_tensor_3d(context, sys::ggml_type_GGML_TYPE_F32, k, n, heads);
                let to = sys::ggml_get_data_f32(right);
                (0..HEADS * b.len()).for_each(|at| to.add(at).write(b[at % b.len()]));
                let right = if scattered {
                    let whole = sys::ggml_cont(context, sys::ggml_permute(context, right, 0, 2, 1, 3));
                    sys::ggml_permute(context, whole, 0, 2, 1, 3)
                } else {
                    right
                };
                let product = sys::ggml_mul_mat(context, left, right);
                let graph = sys::ggml_new_graph(context);
                sys::ggml_build_forward_expand(graph, product);
                sys::ggml_graph_compute_with_ctx(context, graph, threads);
                let count = self.rows * self.columns;
                let found = std::slice::from_raw_parts(sys::ggml_get_data_f32(product), HEADS * count).to_vec();
                sys::ggml_free(context);
                assert_eq!(found[..count], found[count..], "{self:?}");
                found[..count].to_vec()
            }
        }

        /// One sum after another.
        fn expected(self, a: &[f32], b: &[f32]) -> Vec<f32> {
            let row = |all: &[f32], at: usize| all[at * self.length..(at + 1) * self.length].to_vec();
            let sum = |column: &[f32], row: &[f32]| {
                column.iter().zip(row).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum::<f64>() as f32
            };
            (0..self.columns)
                .flat_map(|column| (0..self.rows).map(move |at| (column, at)))
                .map(|(column, at)| sum(&row(b, column), &row(a, at)))
                .collect()
        }
    }

    /// Numbers that half precision holds, and whose products and sums single precision does.
    fn numbers(from: usize, count: usize) -> Vec<f32> {
        (from..from + count).map(|at| ((at * 29 + at / 7) % 31) as f32 / 8.0 - 2.0).collect()
    }

    #[test]
    fn products_of_every_length_are_the_products() {
        let shapes = [(64, 9, 1_500), (101, 3, 512), (51_865 % 1_000, 2, 64), (64, 2, 100), (7, 5, 20), (64, 1, 1_500)];
        for (rows, columns, length) in shapes.into_iter().chain([(96, 7, 15), (16, 4, 16), (19, 2, 31), (1_500, 6, 64)])
        {
            let product = Product { rows, columns, length, of: sys::ggml_type_GGML_TYPE_F16 };
            let (a, b) = (numbers(0, rows * length), numbers(5, columns * length));
            let expected = product.expected(&a, &b);
            for threads in 1..=3 {
                assert_eq!(product.compute(&a, &b, false, threads), expected, "{product:?} {threads}");
            }
        }
    }

    /// How far sums are from the expected ones, as a part of what these are in the mean (both as root mean square).
    fn distance(found: &[f32], expected: &[f32]) -> f64 {
        let square = |all: &mut dyn Iterator<Item = f32>| all.map(|one| f64::from(one).powi(2)).sum::<f64>();
        let apart = square(&mut found.iter().zip(expected).map(|(one, other)| one - other));
        (apart / square(&mut expected.iter().copied())).sqrt()
    }

    #[test]
    fn products_in_whole_numbers_are_the_products() {
        let shapes = [(512, 150, 512), (1_500, 40, 64), (64, 150, 1_500), (33, 32, 32), (35, 37, 2_048), (77, 33, 45)];
        let [half, single, eight] =
            [sys::ggml_type_GGML_TYPE_F16, sys::ggml_type_GGML_TYPE_F32, sys::ggml_type_GGML_TYPE_Q8_0];
        for (rows, columns, length) in shapes {
            for (of, far) in [(half, 0.001), (single, 0.001), (eight, 0.01)] {
                if of == eight && length % 32 != 0 {
                    continue;
                }
                let product = Product { rows, columns, length, of };
                // A row of zeros, and numbers far from all others.
                let (mut a, mut b) = (numbers(0, rows * length), numbers(5, columns * length));
                a[..length].fill(0.0);
                b[length..2 * length].fill(0.0);
                b[2 * length + 3] = 300.0;
                let expected = product.expected(&a, &b);
                let one = product.compute(&a, &b, false, 1);
                assert!(distance(&one, &expected) < far, "{product:?} {}", distance(&one, &expected));
                assert_eq!((&one[..1], one[rows + 1]), (&[0.0][..], 0.0));
                for threads in 2..=5 {
                    assert_eq!(product.compute(&a, &b, false, threads), one, "{product:?} {threads}");
                }
                let scattered = product.compute(&a, &b, true, 2);
                // Numbers of eight bits by numbers of eight bits, beside one that is far from all.
                let far = if of == eight { 0.05 } else { far };
                assert!(distance(&scattered, &expected) < far, "{product:?} {}", distance(&scattered, &expected));
            }
        }
    }

    #[test]
    fn the_greatest_sums_in_whole_numbers_do_not_run_over() {
        for length in [32, 512, 5_120, 6_000] {
            let product = Product { rows: 48, columns: 33, length, of: sys::ggml_type_GGML_TYPE_F16 };
            for sign in [1.0, -1.0] {
                let (a, b) = (vec![sign * 7.0; 48 * length], vec![0.1; 33 * length]);
                let found = product.compute(&a, &b, false, 2);
                let expected = sign * 0.7 * length as f32;
                assert!(
                    found.iter().all(|sum| (sum / expected - 1.0).abs() < 0.003),
                    "{length}: {} {expected}",
                    found[0]
                );
            }
        }
    }
}
