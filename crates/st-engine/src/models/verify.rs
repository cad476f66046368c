//! SHA-256 of model files, remembered by size and time of change so that a big file is read once, not at every start.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ModelsError;
use crate::json_file;

/// SHA-256 of a file in lower-case hex digits.
pub fn sha256(path: &Path) -> Result<String, ModelsError> {
    let mut file = File::open(path).map_err(ModelsError::io(path, "read"))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(ModelsError::io(path, "read"))? {
            0 => return Ok(hex(hash)),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// The digits of a finished hash.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    bytes: u64,
    changed: u128,
    sha256: String,
}

/// Hashes of files as they were when they were last read. Losing it costs time only.
#[derive(Debug, Clone)]
pub struct HashMemory {
    file: PathBuf,
}

impl HashMemory {
    /// Kept in this file, which need not exist.
    pub fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// The file's hash: remembered where it has the same length and time of change, else read.
    pub fn sha256(&self, path: &Path) -> Result<String, ModelsError> {
        let meta = fs::metadata(path).map_err(ModelsError::io(path, "read"))?;
        let changed = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map_or(0, |d| d.as_nanos());
        let mut all = self.read();
        let key = path.to_string_lossy().into_owned();
        if let Some(known) = all.get(&key)
            && known.bytes == meta.len()
            && known.changed == changed
        {
            return Ok(known.sha256.clone());
        }
        let sha256 = sha256(path)?;
        all.insert(key, Known { bytes: meta.len(), changed, sha256: sha256.clone() });
        self.write(&all);
        Ok(sha256)
    }

    fn read(&self) -> BTreeMap<String, Known> {
        fs::read(&self.file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Whole or not at all; a folder that cannot be written only means that the file is read again next time.
    fn write(&self, all: &BTreeMap<String, Known>) {
        let Some(folder) = self.file.parent() else { return };
        let written = fs::create_dir_all(folder).and_then(|()| json_file::write(&self.file, all));
        if let Err(error) = written {
            tracing::debug!(%error, "hashes of models are not remembered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_remembered_and_renewed() {
        let dir = tempfile::tempdir().expect("a folder");
        let memory = HashMemory::new(dir.path().join("sub/hashes.json"));
        let model = dir.path().join("model");
        fs::write(&model, "abc").expect("written");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(memory.sha256(&model).expect("read"), abc);

        // The remembered value is used: change what is remembered and see it come back.
        let text = fs::read_to_string(dir.path().join("sub/hashes.json")).expect("kept").replace(abc, "kept");
        fs::write(dir.path().join("sub/hashes.json"), text).expect("written");
        assert_eq!(memory.sha256(&model).expect("remembered"), "kept");

        fs::write(&model, "abcd").expect("written");
        assert_eq!(memory.sha256(&model).expect("read again"), sha256(&model).expect("read"));
    }

    #[test]
    fn a_broken_memory_only_costs_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("hashes.json");
        fs::write(&file, "{ not json").expect("written");
        fs::write(dir.path().join("model"), "abc").expect("written");
        assert!(HashMemory::new(file).sha256(&dir.path().join("model")).is_ok());
    }
}
