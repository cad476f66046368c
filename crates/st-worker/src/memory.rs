//! How much memory whisper.cpp holds on its device, by its own words: it says the size of each buffer as it makes it, and
//! offers no call that would.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of the weights of the model that was loaded last.
static WEIGHTS: AtomicU64 = AtomicU64::new(0);
/// Bytes of the working memory that was made since.
static STATE: AtomicU64 = AtomicU64::new(0);

/// A model is about to be loaded.
pub fn before_model() {
    WEIGHTS.store(0, Ordering::Relaxed);
    STATE.store(0, Ordering::Relaxed);
}

/// Weights and working memory in bytes, after the first working memory of a model was made.
pub fn held() -> u64 {
    WEIGHTS.load(Ordering::Relaxed) + STATE.load(Ordering::Relaxed)
}

/// Takes note of a line of whisper.cpp's log.
pub fn note(line: &str) {
    if let Some(bytes) = size_after(line, "total size =") {
        WEIGHTS.fetch_add(bytes, Ordering::Relaxed);
    }
    let state =
        ["kv self size  =", "kv cross size =", "kv pad  size  ="].iter().find_map(|name| size_after(line, name));
    let buffer = line.contains("compute buffer (").then(|| size_after(line, "=")).flatten();
    if let Some(bytes) = state.or(buffer) {
        STATE.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The `12.34 MB` (of a million bytes) that follow `name`.
fn size_after(line: &str, name: &str) -> Option<u64> {
    let (_, after) = line.split_once(name)?;
    let megabytes: f64 = after.trim().strip_suffix("MB")?.trim().parse().ok()?;
    Some((megabytes * 1e6) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_other_lines_are_not() {
        let line = "whisper_model_load:          CPU total size =   147.37 MB\n";
        assert_eq!(size_after(line, "total size ="), Some(147_370_000));
        assert_eq!(size_after("whisper_init_state: kv self size  =    6.29 MB\n", "kv self size  ="), Some(6_290_000));
        assert_eq!(size_after("whisper_model_load: model size    =  147.37 MB\n", "total size ="), None);
        assert_eq!(size_after("whisper_model_load: n_mels = 80\n", "="), None);
    }
}
