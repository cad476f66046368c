//! Reads as much of an ONNX file as tells which model it is: metadata, and names of inputs and outputs. Weights are
//! stepped over. ONNX is one protobuf message; the field numbers are those of `onnx.proto` (ModelProto, GraphProto,
//! ValueInfoProto, StringStringEntryProto).

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use super::ggml::Flaw;
use super::registry::Role;

/// What an ONNX file says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Names of the graph's inputs, initialisers that are listed as inputs included.
    pub inputs: Vec<String>,
    /// Names of the graph's outputs.
    pub outputs: Vec<String>,
    /// Metadata of the model.
    pub metadata: BTreeMap<String, String>,
}

impl Outline {
    /// Which of this program's models it can be.
    pub fn role(&self) -> Option<Role> {
        let has = |name: &str| self.inputs.iter().any(|i| i == name);
        let meta = |key: &str| self.metadata.get(key).map(String::as_str);
        if has("input") && has("state") && has("sr") {
            return Some(Role::Vad);
        }
        if meta("model_type").is_some_and(|t| t.starts_with("pyannote-segmentation")) {
            return Some(Role::Segmentation);
        }
        // What sherpa-onnx writes into speaker models; the worker makes 80-band features with the mean removed.
        if meta("output_dim").is_some() && meta("feature_normalize_type") == Some("global-mean") {
            return Some(Role::Embedding);
        }
        None
    }
}

/// Texts in the outline are names; a longer one means that this is no ONNX file.
const MAX_TEXT: u64 = 65_536;

/// Reads the outline of a file of `length` bytes.
pub fn outline(file: &mut (impl Read + Seek), length: u64) -> Result<Outline, Flaw> {
    let mut found = Outline::default();
    let mut graphs = 0;
    fields(file, length, &mut |file, field, end| {
        match field {
            7 => {
                graphs += 1;
                fields(file, end, &mut |file, field, end| {
                    match field {
                        11 => found.inputs.push(text_field(file, end, 1)?),
                        12 => found.outputs.push(text_field(file, end, 1)?),
                        _ => {}
                    }
                    Ok(())
                })?;
            }
            14 => {
                let (mut key, mut value) = (String::new(), String::new());
                fields(file, end, &mut |file, field, end| {
                    match field {
                        1 => key = text(file, end)?,
                        2 => value = text(file, end)?,
                        _ => {}
                    }
                    Ok(())
                })?;
                found.metadata.insert(key, value);
            }
            _ => {}
        }
        Ok(())
    })?;
    if graphs != 1 || found.outputs.is_empty() {
        return Err(Flaw::Foreign("it holds no model"));
    }
    Ok(found)
}

/// Walks the fields of a message that ends at `end`; length-delimited ones are given to `visit` with their own end.
fn fields<F: Read + Seek>(
    file: &mut F,
    end: u64,
    visit: &mut dyn FnMut(&mut F, u64, u64) -> Result<(), Flaw>,
) -> Result<(), Flaw> {
    loop {
        let here = file.stream_position()?;
        if here == end {
            return Ok(());
        }
        let tag = varint(file)?;
        let next = match tag & 7 {
            0 => {
                varint(file)?;
                file.stream_position()?
            }
            1 => file.stream_position()? + 8,
            2 => {
                let size = varint(file)?;
                let start = file.stream_position()?;
                let stop = start.checked_add(size).ok_or(Flaw::Foreign("it is no ONNX file"))?;
                if stop <= end {
                    visit(file, tag >> 3, stop)?;
                }
                stop
            }
            5 => file.stream_position()? + 4,
            _ => return Err(Flaw::Foreign("it is no ONNX file")),
        };
        if next > end {
            return Err(Flaw::Damaged("it ends too early".into()));
        }
        file.seek(SeekFrom::Start(next))?;
    }
}

fn text_field<F: Read + Seek>(file: &mut F, end: u64, wanted: u64) -> Result<String, Flaw> {
    let mut found = String::new();
    fields(file, end, &mut |file, field, end| {
        if field == wanted {
            found = text(file, end)?;
        }
        Ok(())
    })?;
    Ok(found)
}

fn text<F: Read + Seek>(file: &mut F, end: u64) -> Result<String, Flaw> {
    let size = end - file.stream_position()?;
    if size > MAX_TEXT {
        return Err(Flaw::Foreign("it is no ONNX file"));
    }
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Flaw::Foreign("it is no ONNX file"))
}

fn varint(file: &mut impl Read) -> Result<u64, Flaw> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        file.read_exact(&mut byte).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => Flaw::Damaged("it ends too early".into()),
            _ => Flaw::Io(e),
        })?;
        value |= u64::from(byte[0] & 127) << shift;
        if byte[0] < 128 {
            return Ok(value);
        }
    }
    Err(Flaw::Foreign("it is no ONNX file"))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use super::*;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, (content.len() & 127) as u8 | 128, (content.len() >> 7) as u8];
        out.extend(content);
        out
    }

    /// A small ONNX file with these inputs and this metadata.
    pub fn small_onnx(inputs: &[&str], metadata: &[(&str, &str)]) -> Vec<u8> {
        let mut graph = field(5, &[0; 900]);
        for name in inputs {
            graph.extend(field(11, &field(1, name.as_bytes())));
        }
        graph.extend(field(12, &field(1, b"out")));
        let mut out = vec![8, 8];
        out.extend(field(7, &graph));
        for (key, value) in metadata {
            let mut entry = field(1, key.as_bytes());
            entry.extend(field(2, value.as_bytes()));
            out.extend(field(14, &entry));
        }
        out
    }

    fn role(bytes: &[u8]) -> Option<Role> {
        outline(&mut Cursor::new(bytes), bytes.len() as u64).ok()?.role()
    }

    #[test]
    fn roles_are_told_by_content() {
        assert_eq!(role(&small_onnx(&["input", "state", "sr"], &[])), Some(Role::Vad));
        let segmentation = small_onnx(&["x"], &[("model_type", "pyannote-segmentation-3.0")]);
        assert_eq!(role(&segmentation), Some(Role::Segmentation));
        let embedding = small_onnx(&["x"], &[("output_dim", "192"), ("feature_normalize_type", "global-mean")]);
        assert_eq!(role(&embedding), Some(Role::Embedding));
        assert_eq!(role(&small_onnx(&["pixels"], &[])), None);
    }

    #[test]
    fn cuts_inside_the_graph_are_found() {
        let whole = small_onnx(&["input", "state", "sr"], &[]);
        for end in 3..whole.len() {
            let cut = &whole[..end];
            assert!(outline(&mut Cursor::new(cut), end as u64).is_err(), "cut at {end} of {}", whole.len());
        }
    }

    #[test]
    fn noise_is_not_onnx() {
        for bytes in [&b"%PDF-1.7"[..], &[0xff; 64], b"<!DOCTYPE html><html></html>"] {
            assert!(outline(&mut Cursor::new(bytes), bytes.len() as u64).is_err());
        }
    }
}
