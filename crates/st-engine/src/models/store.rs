//! The models on this computer: where they lie, what they are called, and which one a name means.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ModelsError;
use super::ggml::Header;
use super::inspect::{glance, inspect};
use super::registry::{self, ModelInfo, Role};
use super::verify::{self, HashMemory};

/// A model file on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// What people type: a known name, or the file's own.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// The file.
    pub path: PathBuf,
    /// Length of the file.
    pub bytes: u64,
    /// Whether it knows more than English; true for models that do not depend on the language.
    pub multilingual: bool,
    /// How most weights are stored: `f16`, `q5_1`.
    pub precision: &'static str,
    /// What is known of a model of this name. That the file is that model, only [`ModelStore::verify`] says.
    pub info: Option<&'static ModelInfo>,
    /// Whether it lies in the folder that this program writes to, so that it can be removed.
    pub ours: bool,
}

/// What a check of a whole file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It is this known model, byte for byte.
    Known(&'static ModelInfo),
    /// It is whole as far as its structure tells, but no model that the registry lists.
    Unlisted {
        /// Its SHA-256.
        sha256: String,
    },
}

/// The folders that models are looked for in.
#[derive(Debug, Clone)]
pub struct ModelStore {
    own: PathBuf,
    others: Vec<PathBuf>,
    hashes: HashMemory,
}

/// Families that are taken when nobody chose, best first: the smallest that most languages come out well with, then
/// what else people are likely to have.
const DEFAULT_FAMILIES: [&str; 9] =
    ["base", "small", "large-v3-turbo", "medium", "large-v3", "large-v2", "large-v1", "tiny", "base.en"];

impl ModelStore {
    /// Models are kept in `chosen` where it is given, else in `<data_dir>/models`, and looked for in these two, then
    /// beside the running program (as installers lay them), then where a build in the source tree has them.
    pub fn new(data_dir: &Path, chosen: Option<&Path>) -> Self {
        let in_data = data_dir.join("models");
        let mut others = Vec::new();
        if chosen.is_some() {
            others.push(in_data.clone());
        }
        if let Some(beside) = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_path_buf())) {
            others.push(beside.join("models"));
            others.push(beside.join("../../models"));
        }
        Self::with_folders(chosen.map_or(in_data, Path::to_path_buf), others)
    }

    /// A store that keeps models in `own` and looks into `others` too, in their order.
    pub fn with_folders(own: PathBuf, others: Vec<PathBuf>) -> Self {
        let hashes = HashMemory::new(own.join(".hashes.json"));
        Self { own, others, hashes }
    }

    /// The folder that models are put into.
    pub fn own_folder(&self) -> &Path {
        &self.own
    }

    /// Every folder that is looked into, the own one first.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.own).chain(&self.others).map(PathBuf::as_path)
    }

    /// Every model that is there, by name. A name that several folders have means the first one's file.
    pub fn installed(&self) -> Vec<InstalledModel> {
        let mut found = BTreeMap::new();
        for folder in self.folders() {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for path in entries.flatten().map(|e| e.path()) {
                if let Some(model) = self.describe(&path) {
                    found.entry(model.name.clone()).or_insert(model);
                }
            }
        }
        let place = |m: &InstalledModel| registry::MODELS.iter().position(|i| i.name == m.name).unwrap_or(usize::MAX);
        let mut all: Vec<_> = found.into_values().collect();
        all.sort_by_key(place);
        all
    }

    /// The recogniser that a name means: exactly this one, or the most exact of a family (`base` before `base-q8_0`
    /// before `base-q5_1`), or the file at a path. A damaged file is refused here.
    pub fn find(&self, name: &str) -> Result<InstalledModel, ModelsError> {
        let model = if looks_like_path(name) { self.at_path(Path::new(name))? } else { self.named(name)? };
        match model.role {
            Role::Recogniser => self.usable(model),
            _ => Err(ModelsError::WrongRole { name: name.into() }),
        }
    }

    /// The recogniser to take when nobody chose one.
    pub fn find_default(&self) -> Result<InstalledModel, ModelsError> {
        let known = DEFAULT_FAMILIES.iter().flat_map(|family| registry::family(family)).map(|m| m.name);
        let installed = self.installed();
        let choice = known
            .filter_map(|name| installed.iter().find(|m| m.name == name))
            .chain(installed.iter().filter(|m| m.multilingual))
            .chain(&installed)
            .find(|m| m.role == Role::Recogniser);
        match choice {
            Some(model) => self.usable(model.clone()),
            None => Err(ModelsError::NotInstalled { name: DEFAULT_FAMILIES[0].into() }),
        }
    }

    /// The model of a role that there is one of: segmentation, embedding, VAD.
    pub fn companion(&self, role: Role) -> Result<InstalledModel, ModelsError> {
        let info = registry::MODELS.iter().find(|m| m.role == role && role != Role::Recogniser);
        let name = info.map_or("", |m| m.name);
        self.usable(self.named(name)?)
    }

    /// A model of any role by its exact name or that of its family.
    pub fn named(&self, name: &str) -> Result<InstalledModel, ModelsError> {
        let installed = self.installed();
        std::iter::once(name)
            .chain(registry::family(name).map(|m| m.name))
            .find_map(|name| installed.iter().find(|m| m.name == name))
            .cloned()
            .ok_or_else(|| match registry::by_name(name) {
                Some(_) => ModelsError::NotInstalled { name: name.into() },
                None => ModelsError::Unknown { name: name.into(), suggestion: registry::closest(name) },
            })
    }

    /// SHA-256 of the file, remembered between starts.
    pub fn sha256(&self, model: &InstalledModel) -> Result<String, ModelsError> {
        self.hashes.sha256(&model.path)
    }

    /// Reads the whole file and says whether it is what its name promises.
    pub fn verify(&self, model: &InstalledModel) -> Result<Check, ModelsError> {
        let bytes = inspect(&model.path)?.bytes;
        let sha256 = verify::sha256(&model.path)?;
        if let Some(info) = registry::by_hash(bytes, &sha256) {
            return Ok(Check::Known(info));
        }
        if model.info.is_some_and(|info| info.may_be(bytes)) {
            let reason = "its content is not what was published".into();
            return Err(ModelsError::Damaged { path: model.path.clone(), reason });
        }
        Ok(Check::Unlisted { sha256 })
    }

    /// Removes a model of this name from the own folder, and from nowhere else.
    pub fn remove(&self, name: &str) -> Result<InstalledModel, ModelsError> {
        let model = self.installed().into_iter().find(|m| m.name == name).map_or_else(|| self.named(name), Ok)?;
        if model.name != name {
            return Err(ModelsError::NotInstalled { name: name.into() });
        }
        if !model.ours {
            return Err(ModelsError::NotOurs { path: model.path });
        }
        fs::remove_file(&model.path).map_err(ModelsError::io(&model.path, "removed"))?;
        Ok(model)
    }

    /// Refuses a file that is cut short or broken, before anything is loaded.
    fn usable(&self, model: InstalledModel) -> Result<InstalledModel, ModelsError> {
        inspect(&model.path)?;
        Ok(model)
    }

    fn at_path(&self, path: &Path) -> Result<InstalledModel, ModelsError> {
        let seen = inspect(path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = stem.strip_prefix("ggml-").unwrap_or(&stem).to_owned();
        Ok(self.model(name, seen.role, path, seen.bytes, seen.whisper))
    }

    /// What a file in a models folder is, at a glance.
    fn describe(&self, path: &Path) -> Option<InstalledModel> {
        let file = path.file_name()?.to_str()?;
        let bytes = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
        if file.starts_with('.') {
            return None;
        }
        if let Some(stem) = file.strip_suffix(".bin") {
            let name = stem.strip_prefix("ggml-").unwrap_or(stem);
            let known = registry::by_name(name).is_some();
            let header = glance(path);
            // A known name with a broken start is shown all the same, so that it can be checked and removed.
            return (header.is_some() || known)
                .then(|| self.model(name.to_owned(), Role::Recogniser, path, bytes, header));
        }
        let name = file.strip_suffix(".onnx")?;
        let info = registry::by_name(name).filter(|m| m.role != Role::Recogniser)?;
        Some(self.model(name.to_owned(), info.role, path, bytes, None))
    }

    fn model(&self, name: String, role: Role, path: &Path, bytes: u64, header: Option<Header>) -> InstalledModel {
        InstalledModel {
            info: registry::by_name(&name).filter(|m| m.role == role),
            role,
            path: path.to_path_buf(),
            bytes,
            multilingual: header.is_none_or(|h| h.multilingual()),
            precision: header.map_or("f32", |h| h.precision()),
            ours: path.parent() == Some(self.own.as_path()),
            name,
        }
    }
}

/// `base` is a name, `models/base.bin` is a path.
fn looks_like_path(name: &str) -> bool {
    name.contains(['/', '\\']) || (name.ends_with(".bin") && Path::new(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{ggml, onnx};

    fn store(own: &[&str], other: &[&str]) -> (tempfile::TempDir, ModelStore) {
        let dir = tempfile::tempdir().expect("a folder");
        for (folder, files) in [("own", own), ("other", other)] {
            fs::create_dir_all(dir.path().join(folder)).expect("made");
            for file in files {
                let content = match file.rsplit_once('.') {
                    Some((_, "bin")) => ggml::tests::small_model(),
                    _ => onnx::tests::small_onnx(&["input", "state", "sr"], &[]),
                };
                fs::write(dir.path().join(folder).join(file), content).expect("written");
            }
        }
        let store = ModelStore::with_folders(dir.path().join("own"), vec![dir.path().join("other")]);
        (dir, store)
    }

    #[test]
    fn a_family_means_its_most_exact_model() {
        let (_dir, store) = store(&["ggml-base-q5_1.bin"], &["ggml-base-q8_0.bin"]);
        assert_eq!(store.find("base").expect("there").name, "base-q8_0");
        assert_eq!(store.find("base-q5_1").expect("there").name, "base-q5_1");
        assert!(matches!(store.find("small"), Err(ModelsError::NotInstalled { .. })));
        assert!(matches!(store.find("smal"), Err(ModelsError::Unknown { suggestion: Some("small"), .. })));
    }

    #[test]
    fn the_own_folder_comes_first_and_alone_is_cleared() {
        let (_dir, store) = store(&["ggml-base.bin"], &["ggml-base.bin", "ggml-tiny.bin"]);
        assert!(store.find("base").expect("there").ours);
        assert!(store.remove("base").is_ok());
        assert!(!store.find("base").expect("the other one").ours);
        assert!(matches!(store.remove("base"), Err(ModelsError::NotOurs { .. })));
        assert!(matches!(store.remove("small"), Err(ModelsError::NotInstalled { .. })));
    }

    #[test]
    fn the_default_is_multilingual_where_there_is_one() {
        let (_dir, with_both) = store(&["ggml-tiny.en.bin"], &["ggml-base-q5_1.bin", "silero_vad.onnx"]);
        assert_eq!(with_both.find_default().expect("one").name, "base-q5_1");
        let (_dir, own) = store(&["mine.bin"], &[]);
        assert_eq!(own.find_default().expect("one").name, "mine");
        let (_dir, none) = store(&[], &["silero_vad.onnx"]);
        assert!(matches!(none.find_default(), Err(ModelsError::NotInstalled { name }) if name == "base"));
    }

    #[test]
    fn files_that_are_no_models_are_not_listed() {
        let (dir, store) = store(&["ggml-base.bin", "silero_vad.onnx"], &[]);
        for name in ["ggml-base.bin.part", "notes.txt", "ggml-other.bin", ".hashes.json"] {
            fs::write(dir.path().join("own").join(name), "text").expect("written");
        }
        let names: Vec<_> = store.installed().into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["base", "silero_vad"]);
        assert_eq!(store.companion(Role::Vad).expect("there").name, "silero_vad");
        assert!(matches!(store.find("silero_vad"), Err(ModelsError::WrongRole { .. })));
    }

    #[test]
    fn damaged_files_are_refused_when_they_are_asked_for() {
        let (dir, store) = store(&["ggml-base.bin"], &[]);
        let path = dir.path().join("own/ggml-base.bin");
        let whole = ggml::tests::small_model();
        fs::write(&path, &whole[..whole.len() - 1]).expect("written");
        assert!(matches!(store.find("base"), Err(ModelsError::Damaged { .. })));
        fs::write(&path, "").expect("written");
        assert!(matches!(store.find("base"), Err(ModelsError::Damaged { .. })));
        assert_eq!(store.installed().len(), 1, "still listed, so that it can be removed");
    }

    #[test]
    fn a_path_names_a_file() {
        let (dir, store) = store(&["my model.bin"], &[]);
        let path = dir.path().join("own/my model.bin");
        let model = store.find(&path.to_string_lossy()).expect("there");
        assert_eq!((model.name.as_str(), model.multilingual), ("my model", true));
        assert!(matches!(store.find("no/such.bin"), Err(ModelsError::Io { .. })));
        let model = store.named("my model").expect("listed");
        assert!(matches!(store.verify(&model), Ok(Check::Unlisted { .. })));
    }

    /// The models of `cargo xtask models`, where they are.
    #[test]
    fn the_development_models_are_what_the_registry_says() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let store = ModelStore::with_folders(folder.clone(), Vec::new());
        let installed = store.installed();
        if installed.is_empty() {
            eprintln!("skipped: no models in {}", folder.display());
        }
        for model in installed {
            let found = store.verify(&model);
            assert!(matches!(&found, Ok(Check::Known(info)) if info.name == model.name), "{}: {found:?}", model.name);
            assert_eq!(model.multilingual, !model.name.contains(".en"), "{}", model.name);
            let family = inspect(&model.path).ok().and_then(|seen| seen.whisper).and_then(|header| header.family());
            assert_eq!(family, model.info.filter(|i| i.role == Role::Recogniser).map(|i| i.family()), "{}", model.name);
        }
    }
}
