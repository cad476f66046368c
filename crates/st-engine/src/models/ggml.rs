//! Reads the skeleton of a whisper.cpp model file: its header, and the place of every tensor. A file that was cut
//! short, or that has lost a piece in the middle, is found without reading its weights.
//!
//! The layout is the one that whisper.cpp's loader reads (`whisper_model_load`): magic, eleven numbers, mel filters,
//! vocabulary, then tensors until the end of the file.

use std::io::{self, Read, Seek, SeekFrom};

/// `ggml` as a little-endian number.
pub const MAGIC: [u8; 4] = *b"lmgg";

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Size of the vocabulary: 51864 for English alone, 51865 for Whisper's first 99 languages, 51866 from large-v3 on.
    pub vocabulary: u32,
    /// Width of the encoder.
    pub width: u32,
    /// Layers of the encoder.
    pub encoder_layers: u32,
    /// Layers of the decoder.
    pub decoder_layers: u32,
    /// Mel bands.
    pub mels: u32,
    /// ggml's number of the storage of most weights.
    pub file_type: u32,
}

impl Header {
    /// Whether the model knows more than English.
    pub fn multilingual(&self) -> bool {
        self.vocabulary >= 51_865
    }

    /// The family by its shape: `base`, `large-v3-turbo`. The first two large ones have one shape.
    pub fn family(&self) -> Option<&'static str> {
        let english = !self.multilingual();
        let family = match (self.width, self.encoder_layers, self.decoder_layers, self.mels) {
            (384, 4, 4, 80) => ["tiny", "tiny.en"],
            (512, 6, 6, 80) => ["base", "base.en"],
            (768, 12, 12, 80) => ["small", "small.en"],
            (1024, 24, 24, 80) => ["medium", "medium.en"],
            (1280, 32, 32, 80) => ["large-v2", "large-v2"],
            (1280, 32, 32, 128) => ["large-v3", "large-v3"],
            (1280, 32, 4, 128) => ["large-v3-turbo", "large-v3-turbo"],
            _ => return None,
        };
        Some(family[usize::from(english)])
    }

    /// How most weights are stored, for people: `f16`, `q5_1`.
    pub fn precision(&self) -> &'static str {
        // ggml adds 1000 times the version of its quantisation to the number.
        match self.file_type % 1000 {
            0 => "f32",
            1 => "f16",
            2 => "q4_0",
            3 => "q4_1",
            7 => "q8_0",
            8 => "q5_0",
            9 => "q5_1",
            10..=15 => "k-quantised",
            _ => "unknown precision",
        }
    }

    /// Tensors that such a model has: 11 outside the layers, 15 a layer of the encoder, 24 a layer of the decoder.
    fn tensors(&self) -> u32 {
        11 + 15 * self.encoder_layers + 24 * self.decoder_layers
    }
}

/// Why a file is not a whole whisper.cpp model.
#[derive(Debug)]
pub enum Flaw {
    /// It does not begin like one.
    Foreign(&'static str),
    /// It begins like one and then breaks.
    Damaged(String),
    /// It cannot be read.
    Io(io::Error),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early".into()),
            _ => Self::Io(error),
        }
    }
}

/// Reads the header alone.
pub fn header(file: &mut impl Read) -> Result<Header, Flaw> {
    let mut magic = [0; 4];
    file.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(Flaw::Foreign("it does not begin like a whisper.cpp model"));
    }
    let n: [u32; 11] = numbers(file)?;
    if n[0] == 10 {
        return Err(Flaw::Foreign("it is whisper.cpp's own file for finding speech, where this program uses another"));
    }
    let [
        vocabulary,
        context,
        width,
        heads,
        encoder_layers,
        text_context,
        _,
        text_heads,
        decoder_layers,
        mels,
        file_type,
    ] = n;
    let plausible = (10_000..=200_000).contains(&vocabulary)
        && (1..=65_536).contains(&context)
        && (64..=8_192).contains(&width)
        && (1..=256).contains(&heads)
        && (1..=256).contains(&encoder_layers)
        && (1..=65_536).contains(&text_context)
        && (1..=256).contains(&text_heads)
        && (1..=256).contains(&decoder_layers)
        && (1..=512).contains(&mels);
    if !plausible {
        return Err(Flaw::Foreign("it is a ggml file, but not a Whisper model"));
    }
    Ok(Header { vocabulary, width, encoder_layers, decoder_layers, mels, file_type })
}

/// Reads the whole skeleton of a file of `length` bytes and checks that nothing lacks.
pub fn skeleton(file: &mut (impl Read + Seek), length: u64) -> Result<Header, Flaw> {
    let header = header(file)?;
    let [rows, columns] = numbers(file)?;
    if rows != header.mels || columns > 65_536 {
        return Err(Flaw::Damaged("its mel filters do not fit its header".into()));
    }
    skip(file, u64::from(rows) * u64::from(columns) * 4, length)?;
    let [words] = numbers(file)?;
    if words > header.vocabulary {
        return Err(Flaw::Damaged("its vocabulary does not fit its header".into()));
    }
    for _ in 0..words {
        let [bytes] = numbers(file)?;
        if bytes > 65_536 {
            return Err(Flaw::Damaged("its vocabulary is broken".into()));
        }
        skip(file, u64::from(bytes), length)?;
    }
    let mut tensors = 0;
    while file.stream_position()? < length {
        tensor(file, length)?;
        tensors += 1;
    }
    if tensors != header.tensors() {
        return Err(Flaw::Damaged(format!("{tensors} of its {} parts are there", header.tensors())));
    }
    Ok(header)
}

/// Steps over one tensor.
fn tensor(file: &mut (impl Read + Seek), length: u64) -> Result<(), Flaw> {
    let [dimensions, name, kind] = numbers(file)?;
    let broken = || Flaw::Damaged("one of its parts has a broken description".into());
    if !(1..=4).contains(&dimensions) || name > 256 {
        return Err(broken());
    }
    let mut elements = 1_u64;
    for _ in 0..dimensions {
        let [size] = numbers(file)?;
        elements = elements.checked_mul(u64::from(size)).ok_or_else(broken)?;
    }
    let (bytes, block) = layout(kind).ok_or_else(broken)?;
    if !elements.is_multiple_of(block) {
        return Err(broken());
    }
    let data = (elements / block).checked_mul(bytes).ok_or_else(broken)?;
    skip(file, u64::from(name) + data, length)
}

/// Bytes of a block and weights in it, by ggml's number of the type (`type_traits` in ggml.c).
fn layout(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (4, 1),
        1 => (2, 1),
        2 => (18, 32),
        3 => (20, 32),
        6 => (22, 32),
        7 => (24, 32),
        8 => (34, 32),
        10 => (84, 256),
        11 => (110, 256),
        12 => (144, 256),
        13 => (176, 256),
        14 => (210, 256),
        _ => return None,
    })
}

fn skip(file: &mut (impl Read + Seek), bytes: u64, length: u64) -> Result<(), Flaw> {
    let here = file.stream_position()?;
    if bytes > length.saturating_sub(here) {
        return Err(Flaw::Damaged("it ends too early".into()));
    }
    // Small steps stay inside the reader's buffer.
    if bytes <= 4096 {
        io::copy(&mut file.take(bytes), &mut io::sink())?;
    } else {
        file.seek(SeekFrom::Start(here + bytes))?;
    }
    Ok(())
}

fn numbers<const N: usize>(file: &mut impl Read) -> Result<[u32; N], Flaw> {
    let mut out = [0; N];
    for n in &mut out {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes)?;
        *n = u32::from_le_bytes(bytes);
    }
    Ok(out)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use super::*;

    /// A whole model file of the smallest shape that the format allows.
    pub fn small_model() -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let number = |out: &mut Vec<u8>, n: u32| out.extend(n.to_le_bytes());
        for n in [51_865, 1500, 64, 1, 1, 448, 64, 1, 1, 80, 1] {
            number(&mut out, n);
        }
        number(&mut out, 80);
        number(&mut out, 2);
        out.extend([0; 80 * 2 * 4]);
        number(&mut out, 2);
        for word in ["a", "bc"] {
            number(&mut out, word.len() as u32);
            out.extend(word.bytes());
        }
        for tensor in 0..11 + 15 + 24_u32 {
            for n in [2, 3, tensor % 2, 8, 4] {
                number(&mut out, n);
            }
            out.extend(b"abc");
            out.extend(vec![0; if tensor % 2 == 0 { 128 } else { 64 }]);
        }
        out
    }

    fn check(bytes: &[u8]) -> Result<Header, Flaw> {
        skeleton(&mut Cursor::new(bytes), bytes.len() as u64)
    }

    #[test]
    fn a_whole_file_is_read() {
        let header = check(&small_model()).expect("whole");
        assert!(header.multilingual());
        assert_eq!(header.precision(), "f16");
    }

    #[test]
    fn every_cut_is_found() {
        let whole = small_model();
        for end in 4..whole.len() {
            assert!(check(&whole[..end]).is_err(), "cut at {end} of {}", whole.len());
        }
    }

    #[test]
    fn bytes_too_many_are_found() {
        let mut long = small_model();
        long.extend([0; 40]);
        assert!(matches!(check(&long), Err(Flaw::Damaged(_))));
    }

    #[test]
    fn other_ggml_files_are_foreign() {
        assert!(matches!(check(b"%PDF-1.7 and so on"), Err(Flaw::Foreign(_))));
        let mut vad = MAGIC.to_vec();
        vad.extend(10_u32.to_le_bytes());
        vad.extend(b"silero-16k");
        vad.extend([0; 64]);
        assert!(matches!(check(&vad), Err(Flaw::Foreign(why)) if why.contains("finding speech")));
    }
}
