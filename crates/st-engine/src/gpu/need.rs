//! How much memory a recogniser will take, computed from the shape of its model before anything is loaded.
//!
//! The parts are those that whisper.cpp makes (`whisper_init_state`, version 1.8.3): the weights as they are in the file;
//! caches of keys and values, whose sizes follow from the shape; and four buffers for computing, whose sizes were
//! measured over all shapes of Whisper and follow a few simple rules (`docs/decisions/0008-graphics-cards.md`).

use std::fs::File;
use std::path::Path;

use crate::models::ggml::{self, Header};

/// Positions of a 30 s window in the encoder, and as whisper.cpp pads them for its caches.
const AUDIO: u64 = 1_500;
const AUDIO_PADDED: u64 = 1_536;
/// Positions of the decoder, and as padded.
const TEXT: u64 = 448;
const TEXT_PADDED: u64 = 512;
/// Width of one attention head in every Whisper model.
const HEAD: u64 = 64;
/// Bytes of a number in the caches (f16) and in the buffers (f32).
const HALF: u64 = 2;
const FULL: u64 = 4;

/// What a model is like, as far as its need of memory goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Bytes of the weights.
    pub weights: u64,
    /// Width of encoder and decoder.
    pub width: u64,
    /// Layers of the decoder.
    pub text_layers: u64,
    /// Tokens of the vocabulary.
    pub vocabulary: u64,
    /// Mel bands.
    pub mels: u64,
}

impl Shape {
    /// Of a model file; none where it is no whisper.cpp model.
    pub fn of(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        Some(Self::new(&ggml::header(&mut file).ok()?, length))
    }

    /// Of a header and the length of the file, nearly all of which is weights.
    fn new(header: &Header, length: u64) -> Self {
        Self {
            weights: length,
            width: header.width.into(),
            text_layers: header.decoder_layers.into(),
            vocabulary: header.vocabulary.into(),
            mels: header.mels.into(),
        }
    }
}

/// The need in bytes, by parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// The model itself.
    pub weights: u64,
    /// Keys and values of one window before any beam search.
    pub caches: u64,
    /// What beam search adds to them.
    pub beams: u64,
    /// Buffers for computing.
    pub buffers: u64,
}

impl Need {
    /// Of one window at a time with at most so many hypotheses or samples at once.
    pub fn new(shape: &Shape, at_once: u32, flash_attention: bool) -> Self {
        let Shape { weights, width, text_layers, .. } = *shape;
        // Keys and values: hence twice.
        let own = 2 * text_layers * TEXT_PADDED * width * HALF;
        let cross = 2 * text_layers * AUDIO_PADDED * width * HALF;
        let pad = 2 * AUDIO_PADDED * width * HALF;
        // With more than one decoder whisper.cpp makes room for two more than that ("to workaround fragmentation").
        let decoders = if at_once > 1 { u64::from(at_once) + 2 } else { 1 };
        Self {
            weights,
            caches: own + cross + pad,
            beams: own * (decoders - 1),
            buffers: buffers(shape, flash_attention),
        }
    }

    /// The same with so many windows in flight: each has working memory of its own, and all share the model.
    #[must_use]
    pub fn in_flight(self, count: u32) -> Self {
        let each = |bytes: u64| bytes * u64::from(count.max(1));
        Self { caches: each(self.caches), beams: each(self.beams), buffers: each(self.buffers), ..self }
    }

    /// The same on the processor, where memory is taken once it is written to: whisper.cpp makes room for the likelihood of every token at
    /// every position, of which a prompt fills at most half.
    #[must_use]
    pub fn written(self, shape: &Shape) -> Self {
        Self { buffers: self.buffers - shape.vocabulary * TEXT / 2 * FULL, ..self }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.weights + self.caches + self.beams + self.buffers
    }

    /// What whisper.cpp has taken once a model is loaded and its first working memory made, of one window at a time.
    pub fn when_loaded(&self) -> u64 {
        self.total() - self.beams
    }
}

/// The four buffers for computing: for the convolutions, the encoder, the keys and values of its result, the decoder.
fn buffers(shape: &Shape, flash_attention: bool) -> u64 {
    let Shape { width, vocabulary, mels, .. } = *shape;
    // The spectrogram and the convolution's columns of it; their result, and what the second one takes from it.
    let conv = mels * FRAMES * (FULL + 3 * HALF) + width * 4 * AUDIO * FULL;
    // The whole matrix of attention, of each head; or the widened layer behind it, which is then the largest thing.
    let heads = width / HEAD;
    let encode = if flash_attention {
        width * 7 * AUDIO * FULL
    } else {
        AUDIO * AUDIO * FULL * heads + width * 4 * AUDIO * FULL
    };
    let cross = width * AUDIO * FULL;
    let decode = vocabulary * TEXT * FULL + 2 * width * TEXT * FULL;
    conv + encode + cross + decode + 4 * BOOKS
}

/// What whisper.cpp's scheduler keeps about each graph.
const BOOKS: u64 = 1_590_000;
/// Spectra of a 30 s window.
const FRAMES: u64 = 3_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// What whisper.cpp said once each shape was loaded, to 10 kB: the weights, then all caches and buffers without and
    /// with attention in one step. From medium on the weights were zeros, which changes no size.
    const SAID: [(&str, Shape, u64, u64); 7] = [
        ("tiny", shape(384, 4, 51_865, 80, 77_110_000), 192_770_000, 145_680_000),
        ("base", shape(512, 6, 51_865, 80, 147_370_000), 231_500_000, 168_710_000),
        ("small", shape(768, 12, 51_865, 80, 487_010_000), 334_130_000, 239_960_000),
        ("medium", shape(1024, 24, 51_865, 80, 1_533_140_000), 512_280_000, 386_710_000),
        ("large-v2", shape(1280, 32, 51_865, 80, 3_093_990_000), 698_820_000, 541_860_000),
        ("large-v3", shape(1280, 32, 51_866, 128, 3_094_360_000), 700_260_000, 543_300_000),
        ("large-v3-turbo", shape(1280, 4, 51_866, 128, 1_623_920_000), 406_660_000, 249_700_000),
    ];

    const fn shape(width: u64, text_layers: u64, vocabulary: u64, mels: u64, weights: u64) -> Shape {
        Shape { weights, width, text_layers, vocabulary, mels }
    }

    #[test]
    fn the_need_is_what_whisper_cpp_takes() {
        for (name, shape, plain, flash) in SAID {
            for (flash_attention, rest) in [(false, plain), (true, flash)] {
                let said = (shape.weights + rest) as f64;
                let need = Need::new(&shape, 1, flash_attention);
                let off = need.when_loaded() as f64 / said - 1.0;
                assert!(off.abs() < 0.01, "{name} {flash_attention}: off by {:.1} %", off * 100.0);
                assert_eq!((need.beams, need.total()), (0, need.when_loaded()), "one hypothesis needs no more");
            }
        }
    }

    #[test]
    fn a_beam_takes_room_for_two_more_than_it_has() {
        let base = SAID[1].1;
        let one = 2 * 6 * 512 * 512 * 2;
        assert_eq!(Need::new(&base, 5, false).beams, 6 * one);
        assert_eq!(Need::new(&base, 2, false).beams, 3 * one);
    }

    #[test]
    fn the_processor_takes_what_is_written() {
        for (name, shape, ..) in SAID {
            let [all, written] = [Need::new(&shape, 5, false), Need::new(&shape, 5, false).written(&shape)];
            assert_eq!(all.total() - written.total(), shape.vocabulary * 224 * 4, "{name}");
        }
    }

    #[test]
    fn windows_in_flight_share_the_model_alone() {
        let one = Need::new(&SAID[1].1, 5, false);
        let three = one.in_flight(3);
        assert_eq!((three.weights, three.total()), (one.weights, one.weights + 3 * (one.total() - one.weights)));
        assert_eq!((one.in_flight(1), one.in_flight(0)), (one, one));
    }

    #[test]
    fn a_file_says_what_it_needs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        let mut head = ggml::MAGIC.to_vec();
        for number in [51_865_u32, 1500, 512, 8, 6, 448, 512, 8, 6, 80, 1] {
            head.extend(number.to_le_bytes());
        }
        head.resize(5_000, 0);
        std::fs::write(&path, head).unwrap();
        let found = Shape::of(&path).unwrap();
        assert_eq!(found, shape(512, 6, 51_865, 80, 5_000));
        std::fs::write(&path, "something else").unwrap();
        assert_eq!(Shape::of(&path), None);
        assert_eq!(Shape::of(&folder.path().join("none")), None);
    }
}
