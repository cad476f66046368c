//! Tells what a file is by its content, never by its name.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use super::error::ModelsError;
use super::ggml::{self, Flaw, Header};
use super::onnx;
use super::registry::Role;

/// What a model file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// What it does.
    pub role: Role,
    /// Length in bytes.
    pub bytes: u64,
    /// Header of a recogniser.
    pub whisper: Option<Header>,
}

/// Looks at the whole skeleton of a file; damaged and foreign files are refused in plain words.
pub fn inspect(path: &Path) -> Result<Inspected, ModelsError> {
    let file = File::open(path).map_err(ModelsError::io(path, "read"))?;
    let meta = file.metadata().map_err(ModelsError::io(path, "read"))?;
    if !meta.is_file() {
        return Err(foreign(path, "it is a folder"));
    }
    let bytes = meta.len();
    if bytes == 0 {
        return Err(ModelsError::Damaged { path: path.into(), reason: "it is empty".into() });
    }
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut start = [0; 512];
    let read = fill(&mut file, &mut start).map_err(ModelsError::io(path, "read"))?;
    file.rewind().map_err(ModelsError::io(path, "read"))?;
    let start = &start[..read];
    if start.starts_with(&ggml::MAGIC) {
        let header = ggml::skeleton(&mut file, bytes).map_err(|flaw| explain(path, flaw))?;
        return Ok(Inspected { role: Role::Recogniser, bytes, whisper: Some(header) });
    }
    if let Some(other) = known_stranger(start) {
        return Err(foreign(path, other));
    }
    // A ModelProto of ONNX begins with its version: field 1, a small number.
    if start.len() < 2 || start[0] != 8 || start[1] > 64 {
        return Err(foreign(path, "it is neither a whisper.cpp model nor an ONNX model"));
    }
    let outline = onnx::outline(&mut file, bytes).map_err(|flaw| explain(path, flaw))?;
    let role = outline.role().ok_or_else(|| foreign(path, "it is an ONNX model that does something else"))?;
    Ok(Inspected { role, bytes, whisper: None })
}

/// Reads only the header of what may be a whisper.cpp file: enough for a list.
pub fn glance(path: &Path) -> Option<Header> {
    ggml::header(&mut File::open(path).ok()?).ok()
}

fn fill(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

fn foreign(path: &Path, reason: &str) -> ModelsError {
    ModelsError::Foreign { path: path.into(), reason: reason.into() }
}

fn explain(path: &Path, flaw: Flaw) -> ModelsError {
    match flaw {
        Flaw::Foreign(reason) => foreign(path, reason),
        Flaw::Damaged(reason) => ModelsError::Damaged { path: path.into(), reason },
        Flaw::Io(source) => ModelsError::Io { path: path.into(), action: "read", source },
    }
}

/// Names what people mix up with a model, by how it begins.
fn known_stranger(start: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: &[(&[u8], &str)] = &[
        (b"GGUF", "it is a GGUF model, made for other programs"),
        (b"fmgg", "it is a ggml model of an older kind"),
        (b"tjgg", "it is a ggml model of another kind"),
        (b"PK\x03\x04", "it is a ZIP archive or a PyTorch model"),
        (b"\x1f\x8b", "it is packed (gzip); unpack it first"),
        (b"BZh", "it is packed (bzip2); unpack it first"),
        (b"%PDF", "it is a PDF"),
        (b"RIFF", "it is a recording or a picture"),
        (b"fLaC", "it is a recording"),
        (b"ID3", "it is a recording"),
        (b"OggS", "it is a recording"),
        (b"version https://git-lfs", "it is only a pointer to the model, not the model itself"),
    ];
    if let Some((_, what)) = BEGINNINGS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Some(what);
    }
    let text = String::from_utf8_lossy(start).trim_start().to_lowercase();
    if text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml") {
        return Some("it is a web page, perhaps one that a server sent in place of the model");
    }
    if start.len() > 9 && start[8] == b'{' && start[4..8] == [0; 4] {
        return Some("it is a safetensors model, made for other programs");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{ggml, onnx};

    fn look(bytes: &[u8]) -> Result<Inspected, ModelsError> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("file.bin");
        std::fs::write(&path, bytes).expect("written");
        inspect(&path)
    }

    #[test]
    fn models_are_recognised() {
        assert_eq!(look(&ggml::tests::small_model()).map(|i| i.role).ok(), Some(Role::Recogniser));
        let vad = onnx::tests::small_onnx(&["input", "state", "sr"], &[]);
        assert_eq!(look(&vad).map(|i| i.role).ok(), Some(Role::Vad));
    }

    #[test]
    fn strangers_are_named() {
        for (bytes, word) in [
            (&b"GGUF\x03\0\0\0 and more"[..], "GGUF"),
            (b"%PDF-1.7", "PDF"),
            (b"PK\x03\x04....", "ZIP"),
            (b"\n<!DOCTYPE html><title>Sign in</title>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1", "pointer"),
            (b"plain text", "neither"),
            (b"\x10\x01\0\0\0\0\0\0{\"a\":1}", "safetensors"),
        ] {
            let text = look(bytes).expect_err("refused").to_string();
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn empty_and_cut_files_are_damaged() {
        assert!(matches!(look(b""), Err(ModelsError::Damaged { .. })));
        let whole = ggml::tests::small_model();
        assert!(matches!(look(&whole[..whole.len() / 2]), Err(ModelsError::Damaged { .. })));
        let onnx = onnx::tests::small_onnx(&["input", "state", "sr"], &[]);
        assert!(matches!(look(&onnx[..onnx.len() / 2]), Err(ModelsError::Damaged { .. })));
    }

    #[test]
    fn other_onnx_models_are_foreign() {
        assert!(matches!(look(&onnx::tests::small_onnx(&["pixels"], &[])), Err(ModelsError::Foreign { .. })));
    }
}
