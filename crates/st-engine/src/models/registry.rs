//! The models that this program knows: what each is called, how big it is, who publishes it and under which licence.
//!
//! Sizes and SHA-256 of the whisper.cpp files are those of the publisher's repository at the revision in
//! [`WHISPER_HOME`], which lists them for every file; the tables of several independent programs agree with it.
//! The entry of a model that can also be made from other packages (see `docs/models.md`) names those files too: the
//! weights are the same, the bytes are not.

use serde::Serialize;

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Writes down what is said (whisper.cpp).
    Recogniser,
    /// Finds where voices begin and end within ten seconds (pyannote segmentation 3.0).
    Segmentation,
    /// Describes a voice by a vector (CAM++).
    Embedding,
    /// Tells speech from everything else (Silero).
    Vad,
}

/// What a recogniser understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Languages {
    /// English and nothing else.
    English,
    /// Whisper's 99 languages, or 100 from large-v3 on.
    Many,
    /// Does not depend on the language.
    Any,
}

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point: as published by the model's makers.
    F16,
    /// 8 bits a weight.
    Q8_0,
    /// 5 bits a weight with an offset.
    Q5_1,
    /// 5 bits a weight.
    Q5_0,
}

/// Bytes that are as good as the published ones: the same weights in another order or from another converter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Twin {
    /// Length of the file.
    pub bytes: u64,
    /// SHA-256 in lower-case hex digits.
    pub sha256: &'static str,
}

/// A model that the program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ModelInfo {
    /// What people type: `base`, `large-v3-turbo-q5_0`, `segmentation`.
    pub name: &'static str,
    /// What people read: `Base`.
    pub title: &'static str,
    /// What it does.
    pub role: Role,
    /// What it understands.
    pub languages: Languages,
    /// How its weights are stored.
    pub precision: Precision,
    /// Length of the published file.
    pub bytes: u64,
    /// SHA-256 of the published file in lower-case hex digits.
    pub sha256: &'static str,
    /// Other files with the same weights.
    pub twins: &'static [Twin],
    /// SPDX name of the licence.
    pub licence: &'static str,
    /// Whose work it is.
    pub credit: &'static str,
    home: &'static str,
    remote: Option<&'static str>,
}

/// Where the whisper.cpp files are published, at the revision that the hashes are of.
const WHISPER_HOME: &str =
    "https://huggingface.co/ggerganov/whisper.cpp/resolve/5359861c739e955e79d9a303bcbc70fb988958b1/";
/// sherpa-onnx's export of pyannote segmentation 3.0, at the revision that the hash is of.
const SEGMENTATION_HOME: &str = "https://huggingface.co/csukuangfj/sherpa-onnx-pyannote-segmentation-3-0/resolve/9403a6902bb58e3d5ae8c7e77c3422de279db2e0/";
/// sherpa-onnx's exports of speaker embedding models.
const EMBEDDING_HOME: &str = "https://huggingface.co/csukuangfj/speaker-embedding-models/resolve/main/";
/// Silero's own repository at a tagged version.
const VAD_HOME: &str = "https://github.com/snakers4/silero-vad/raw/v6.2.1/src/silero_vad/data/";

impl ModelInfo {
    /// Name of the file in a models folder.
    pub fn file_name(&self) -> String {
        match self.role {
            Role::Recogniser => format!("ggml-{}.bin", self.name),
            _ => format!("{}.onnx", self.name),
        }
    }

    /// Where the file is published.
    pub fn url(&self) -> String {
        let remote = self.remote.map_or_else(|| self.file_name(), str::to_owned);
        format!("{}{remote}", self.home)
    }

    /// Whether a file of this length and hash is this model.
    pub fn is(&self, bytes: u64, sha256: &str) -> bool {
        (self.bytes == bytes && self.sha256 == sha256)
            || self.twins.iter().any(|t| t.bytes == bytes && t.sha256 == sha256)
    }

    /// Whether a file of this length can be this model: a first look that reads nothing.
    pub fn may_be(&self, bytes: u64) -> bool {
        self.bytes == bytes || self.twins.iter().any(|t| t.bytes == bytes)
    }

    /// Memory that a recogniser takes beside its weights while it works, in bytes: whisper.cpp's own table (README,
    /// "Memory usage": disk and memory by size) gives the difference for 16-bit weights; the buffers do not depend on
    /// how the weights are stored. None for other models.
    pub fn working_memory(&self) -> Option<u64> {
        let size = self.family().split_once(['-', '.']).map_or(self.family(), |(size, _)| size);
        let mib = match size {
            _ if self.role != Role::Recogniser => return None,
            "tiny" => 198,
            "base" => 246,
            "small" => 386,
            "medium" => 650,
            _ => 1000,
        };
        Some(mib << 20)
    }

    /// The model's family without its precision: `base` for `base-q5_1`.
    pub fn family(&self) -> &'static str {
        match self.precision {
            Precision::F16 | Precision::F32 => self.name,
            _ => self.name.rsplit_once('-').map_or(self.name, |(family, _)| family),
        }
    }
}

const fn whisper(
    name: &'static str,
    title: &'static str,
    languages: Languages,
    precision: Precision,
    bytes: u64,
    sha256: &'static str,
) -> ModelInfo {
    ModelInfo {
        name,
        title,
        role: Role::Recogniser,
        languages,
        precision,
        bytes,
        sha256,
        twins: &[],
        licence: "MIT",
        credit: "OpenAI; converted by the whisper.cpp project",
        home: WHISPER_HOME,
        remote: None,
    }
}

const fn with_twin(mut info: ModelInfo, twins: &'static [Twin]) -> ModelInfo {
    info.twins = twins;
    info
}

use Languages::{English, Many};
use Precision::{F16, F32, Q5_0, Q5_1, Q8_0};

/// Every known model; recognisers from small to large, each family from exact to compact.
#[rustfmt::skip]
pub static MODELS: &[ModelInfo] = &[
    whisper("tiny", "Tiny", Many, F16, 77_691_713, "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21"),
    whisper("tiny-q8_0", "Tiny, 8 bit", Many, Q8_0, 43_537_433, "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca"),
    whisper("tiny-q5_1", "Tiny, 5 bit", Many, Q5_1, 32_152_673, "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7"),
    with_twin(
        whisper("tiny.en", "Tiny English", English, F16, 77_704_715, "921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f"),
        &[Twin { bytes: 77_704_698, sha256: "fa7c060e76edfc9bd383dc2fbfb2bfd70325da2fc975dbb13a1c38d9631867c8" }]),
    whisper("tiny.en-q8_0", "Tiny English, 8 bit", English, Q8_0, 43_550_795, "5bc2b3860aa151a4c6e7bb095e1fcce7cf12c7b020ca08dcec0c6d018bb7dd94"),
    with_twin(
        whisper("tiny.en-q5_1", "Tiny English, 5 bit", English, Q5_1, 32_166_155, "c77c5766f1cef09b6b7d47f21b546cbddd4157886b3b5d6d4f709e91e66c7c2b"),
        &[Twin { bytes: 32_166_138, sha256: "16a43e094d0bcfe4bb5c3f4150b2264948cbe3c4a40af65ae7c6bd40a271d815" }]),
    with_twin(
        whisper("base", "Base", Many, F16, 147_951_465, "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe"),
        &[Twin { bytes: 147_951_465, sha256: "d919064452905b5aba98ed77bd2638850eee209a229b0af16f98e508737cd754" }]),
    with_twin(
        whisper("base-q8_0", "Base, 8 bit", Many, Q8_0, 81_768_585, "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9"),
        &[Twin { bytes: 81_768_585, sha256: "fbdfa3419f6bb083e21a92e4e0752cfc025522fd4a759ccb49e7244e8ad1d35f" }]),
    with_twin(
        whisper("base-q5_1", "Base, 5 bit", Many, Q5_1, 59_707_625, "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898"),
        &[Twin { bytes: 59_707_625, sha256: "1a47bc47952650c75a9d3955e4e8b8fa89fa6b0f1065fb5f93c1ea883a376547" }]),
    whisper("base.en", "Base English", English, F16, 147_964_211, "a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002"),
    whisper("base.en-q8_0", "Base English, 8 bit", English, Q8_0, 81_781_811, "a4d4a0768075e13cfd7e19df3ae2dbc4a68d37d36a7dad45e8410c9a34f8c87e"),
    whisper("base.en-q5_1", "Base English, 5 bit", English, Q5_1, 59_721_011, "4baf70dd0d7c4247ba2b81fafd9c01005ac77c2f9ef064e00dcf195d0e2fdd2f"),
    whisper("small", "Small", Many, F16, 487_601_967, "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b"),
    whisper("small-q8_0", "Small, 8 bit", Many, Q8_0, 264_464_607, "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f"),
    whisper("small-q5_1", "Small, 5 bit", Many, Q5_1, 190_085_487, "ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb"),
    whisper("small.en", "Small English", English, F16, 487_614_201, "c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d"),
    whisper("small.en-q8_0", "Small English, 8 bit", English, Q8_0, 264_477_561, "67a179f608ea6114bd3fdb9060e762b588a3fb3bd00c4387971be4d177958067"),
    whisper("small.en-q5_1", "Small English, 5 bit", English, Q5_1, 190_098_681, "bfdff4894dcb76bbf647d56263ea2a96645423f1669176f4844a1bf8e478ad30"),
    whisper("medium", "Medium", Many, F16, 1_533_763_059, "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208"),
    whisper("medium-q8_0", "Medium, 8 bit", Many, Q8_0, 823_369_779, "42a1ffcbe4167d224232443396968db4d02d4e8e87e213d3ee2e03095dea6502"),
    whisper("medium-q5_0", "Medium, 5 bit", Many, Q5_0, 539_212_467, "19fea4b380c3a618ec4723c3eef2eb785ffba0d0538cf43f8f235e7b3b34220f"),
    whisper("medium.en", "Medium English", English, F16, 1_533_774_781, "cc37e93478338ec7700281a7ac30a10128929eb8f427dda2e865faa8f6da4356"),
    whisper("medium.en-q8_0", "Medium English, 8 bit", English, Q8_0, 823_382_461, "43fa2cd084de5a04399a896a9a7a786064e221365c01700cea4666005218f11c"),
    whisper("medium.en-q5_0", "Medium English, 5 bit", English, Q5_0, 539_225_533, "76733e26ad8fe1c7a5bf7531a9d41917b2adc0f20f2e4f5531688a8c6cd88eb0"),
    whisper("large-v1", "Large v1", Many, F16, 3_094_623_691, "7d99f41a10525d0206bddadd86760181fa920438b6b33237e3118ff6c83bb53d"),
    whisper("large-v2", "Large v2", Many, F16, 3_094_623_691, "9a423fe4d40c82774b6af34115b8b935f34152246eb19e80e376071d3f999487"),
    whisper("large-v2-q8_0", "Large v2, 8 bit", Many, Q8_0, 1_656_129_691, "fef54e6d898246a65c8285bfa83bd1807e27fadf54d5d4e81754c47634737e8c"),
    whisper("large-v2-q5_0", "Large v2, 5 bit", Many, Q5_0, 1_080_732_091, "3a214837221e4530dbc1fe8d734f302af393eb30bd0ed046042ebf4baf70f6f2"),
    whisper("large-v3", "Large v3", Many, F16, 3_095_033_483, "64d182b440b98d5203c4f9bd541544d84c605196c4f7b845dfa11fb23594d1e2"),
    whisper("large-v3-q5_0", "Large v3, 5 bit", Many, Q5_0, 1_081_140_203, "d75795ecff3f83b5faa89d1900604ad8c780abd5739fae406de19f23ecd98ad1"),
    whisper("large-v3-turbo", "Large v3 Turbo", Many, F16, 1_624_555_275, "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69"),
    whisper("large-v3-turbo-q8_0", "Large v3 Turbo, 8 bit", Many, Q8_0, 874_188_075, "317eb69c11673c9de1e1f0d459b253999804ec71ac4c23c17ecf5fbe24e259a1"),
    whisper("large-v3-turbo-q5_0", "Large v3 Turbo, 5 bit", Many, Q5_0, 574_041_195, "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2"),
    ModelInfo {
        name: "segmentation",
        title: "Voices: where they begin and end",
        role: Role::Segmentation,
        languages: Languages::Any,
        precision: F32,
        bytes: 5_992_913,
        sha256: "220ad67ca923bef2fa91f2390c786097bf305bceb5e261d4af67b38e938e1079",
        twins: &[Twin { bytes: 5_987_322, sha256: "54dda9237135cf4229a99be86d9fae806e847854a2af230d4037de5dfe643a8c" }],
        licence: "MIT",
        credit: "CNRS, Hervé Bredin: pyannote segmentation 3.0; exported by the sherpa-onnx project",
        home: SEGMENTATION_HOME,
        remote: Some("model.onnx"),
    },
    ModelInfo {
        name: "embedding",
        title: "Voices: who is who",
        role: Role::Embedding,
        languages: Languages::Any,
        precision: F32,
        bytes: 28_281_164,
        sha256: "aa3cfc16963a10586a9393f5035d6d6b57e98d358b347f80c2a30bf4f00ceba2",
        twins: &[Twin { bytes: 27_883_181, sha256: "c81b51f7061e7240b36a39d039d44bb02aad9052556b420ff91b437d07177d95" }],
        licence: "Apache-2.0",
        credit: "3D-Speaker project: CAM++ trained on Chinese and English; exported by the sherpa-onnx project",
        home: EMBEDDING_HOME,
        remote: Some("3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx"),
    },
    ModelInfo {
        name: "silero_vad",
        title: "Speech or not",
        role: Role::Vad,
        languages: Languages::Any,
        precision: F32,
        bytes: 2_327_524,
        sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
        twins: &[],
        licence: "MIT",
        credit: "Silero Team: Silero VAD",
        home: VAD_HOME,
        remote: None,
    },
];

/// Small models that every transcript needs beside a recogniser.
pub const COMPANIONS: [&str; 3] = ["silero_vad", "segmentation", "embedding"];

/// The known model of this name.
pub fn by_name(name: &str) -> Option<&'static ModelInfo> {
    MODELS.iter().find(|m| m.name == name)
}

/// The known model with exactly these bytes.
pub fn by_hash(bytes: u64, sha256: &str) -> Option<&'static ModelInfo> {
    MODELS.iter().find(|m| m.is(bytes, sha256))
}

/// Every model of a family, from exact to compact: what `base` may mean when the exact file is not there.
pub fn family(name: &str) -> impl Iterator<Item = &'static ModelInfo> {
    MODELS.iter().filter(move |m| m.family() == name)
}

/// The known name that is closest to a mistyped one, where one is close.
pub fn closest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    MODELS.iter().map(|m| (distance(&name, m.name), m.name)).min().filter(|(d, _)| *d <= 2).map(|(_, n)| n)
}

/// Edits (insert, delete, change) from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_files_and_hashes_are_unique_and_well_formed() {
        let mut seen = std::collections::HashSet::new();
        for m in MODELS {
            assert!(seen.insert(m.name.to_string()), "{} twice", m.name);
            assert!(seen.insert(m.sha256.to_string()), "hash of {} twice", m.name);
            for hash in m.twins.iter().map(|t| t.sha256).chain([m.sha256]) {
                assert_eq!(hash.len(), 64, "{}", m.name);
                assert!(hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{}", m.name);
            }
            assert!(m.url().starts_with("https://"), "{}", m.url());
        }
    }

    #[test]
    fn a_family_goes_from_exact_to_compact() {
        let names: Vec<_> = family("base").map(|m| m.name).collect();
        assert_eq!(names, ["base", "base-q8_0", "base-q5_1"]);
        let names: Vec<_> = family("large-v3-turbo").map(|m| m.name).collect();
        assert_eq!(names, ["large-v3-turbo", "large-v3-turbo-q8_0", "large-v3-turbo-q5_0"]);
        assert_eq!(family("large-v1").count(), 1);
    }

    #[test]
    fn a_smaller_precision_is_a_smaller_file() {
        for m in MODELS {
            if let Some(exact) = by_name(m.family()).filter(|e| e.name != m.name) {
                assert!(m.bytes < exact.bytes, "{}", m.name);
            }
        }
    }

    #[test]
    fn urls_end_in_the_published_name() {
        let url = |name| by_name(name).map(ModelInfo::url).unwrap_or_default();
        assert!(url("base-q5_1").ends_with("/ggml-base-q5_1.bin"));
        assert!(url("segmentation").ends_with("/model.onnx"));
        assert!(url("silero_vad").ends_with("/silero_vad.onnx"));
    }

    #[test]
    fn a_mistyped_name_finds_its_neighbour() {
        assert_eq!(closest("larg-v3"), Some("large-v3"));
        assert_eq!(closest("Base"), Some("base"));
        assert_eq!(closest("whatever"), None);
    }
}
