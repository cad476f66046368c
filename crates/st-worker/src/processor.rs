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

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn all_that_whisper_is_compiled_with_is_looked_for() {
        let settings = include_str!("../../../.cargo/config.toml");
        let on = settings.lines().filter_map(|line| line.strip_prefix("GGML_")?.strip_suffix(" = \"ON\""));
        // Matrix kernels of its own, chosen among what is compiled.
        let compiled: Vec<&str> = on.filter(|name| *name != "LLAMAFILE").collect();
        let looked: Vec<&str> = needed().map(|(name, _)| name).collect();
        assert_eq!(compiled, looked);
    }
}
