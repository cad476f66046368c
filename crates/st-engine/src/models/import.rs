//! Takes a model from a file that people have already: recognised by its content, copied, checked, named.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::error::ModelsError;
use super::inspect::inspect;
use super::registry::{self, Role};
use super::store::{InstalledModel, ModelStore};
use super::verify;

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// The model is in the own folder now, or was there before.
    Done(InstalledModel),
    /// It was cancelled; nothing was kept.
    Cancelled,
}

impl ModelStore {
    /// Copies a model file into the own folder. A known model gets its own name whatever the file is called; a
    /// recogniser that nobody listed keeps its file's name. `progress` is told bytes done and bytes in all.
    pub fn import(
        &self,
        file: &Path,
        cancelled: &(dyn Fn() -> bool + Sync),
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, ModelsError> {
        let seen = inspect(file)?;
        let sha256 = verify::sha256(file)?;
        let known = registry::by_hash(seen.bytes, &sha256);
        let name = match (known, seen.role) {
            (Some(info), _) => info.name.to_owned(),
            (None, Role::Recogniser) => own_name(file),
            // The limits of speech and of voices are set for the listed models; another would give wrong results.
            (None, _) => {
                let reason = "it is a version of that model that this program does not know".into();
                return Err(ModelsError::Foreign { path: file.into(), reason });
            }
        };
        if let Some(there) = self.installed().into_iter().find(|model| model.name == name) {
            if self.sha256(&there)? == sha256 {
                return Ok(Imported::Done(there));
            }
            return Err(ModelsError::Taken { name, path: there.path });
        }
        let to = match known {
            Some(info) => self.own_folder().join(info.file_name()),
            None => self.own_folder().join(format!("ggml-{name}.bin")),
        };
        if !copy(file, &to, seen.bytes, cancelled, progress)? {
            return Ok(Imported::Cancelled);
        }
        // The copy is compared with what was read at first: a disk that errs is found here.
        if verify::sha256(&to)? != sha256 {
            fs::remove_file(&to).map_err(ModelsError::io(&to, "removed"))?;
            return Err(ModelsError::Damaged { path: to, reason: "its copy differs from the file".into() });
        }
        self.named(&name).map(Imported::Done)
    }
}

/// Name of a model that no list has: the file's, without what could be taken for a listed model.
fn own_name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stem = stem.strip_prefix("ggml-").unwrap_or(&stem);
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let name: String = stem.chars().map(plain).collect();
    let name = name.trim_matches(|c| c == '.' || c == '-').to_owned();
    match registry::by_name(&name) {
        Some(_) => format!("{name}-own"),
        None if name.is_empty() => "own".into(),
        None => name,
    }
}

/// Copies under a name that no list shows, then renames; says whether it came to its end.
fn copy(
    from: &Path,
    to: &Path,
    total: u64,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<bool, ModelsError> {
    let folder = to.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    fs::create_dir_all(&folder).map_err(ModelsError::io(&folder, "made"))?;
    if let Ok(free) = fs4::available_space(&folder)
        && free < total
    {
        let name = to.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Err(ModelsError::NoRoom { name, dir: folder, missing: total - free });
    }
    let mut source = File::open(from).map_err(ModelsError::io(from, "read"))?;
    let mut copy = tempfile::NamedTempFile::new_in(&folder).map_err(ModelsError::io(&folder, "written"))?;
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        if cancelled() {
            return Ok(false);
        }
        let count = source.read(&mut buffer).map_err(ModelsError::io(from, "read"))?;
        if count == 0 {
            break;
        }
        copy.write_all(&buffer[..count]).map_err(ModelsError::io(to, "written"))?;
        done += count as u64;
        progress(done, total);
    }
    copy.as_file().sync_all().map_err(ModelsError::io(to, "written"))?;
    share(copy.as_file(), to)?;
    copy.persist(to).map_err(|error| ModelsError::io(to, "written")(error.error))?;
    Ok(true)
}

/// A temporary file is for its owner alone; a model may be read by all, as other files that the program makes.
fn share(file: &File, path: &Path) -> Result<(), ModelsError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::Permissions::from_mode(0o644);
        file.set_permissions(mode).map_err(ModelsError::io(path, "written"))?;
    }
    let _ = (file, path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{ggml, onnx};

    struct Setup {
        dir: tempfile::TempDir,
        store: ModelStore,
    }

    fn setup() -> Setup {
        let dir = tempfile::tempdir().expect("a folder");
        let store = ModelStore::with_folders(dir.path().join("own"), vec![dir.path().join("other")]);
        Setup { dir, store }
    }

    impl Setup {
        fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.dir.path().join(name);
            fs::write(&path, bytes).expect("written");
            path
        }

        fn import(&self, file: &Path) -> Result<InstalledModel, ModelsError> {
            match self.store.import(file, &|| false, &mut |_, _| {})? {
                Imported::Done(model) => Ok(model),
                Imported::Cancelled => panic!("nobody cancelled"),
            }
        }
    }

    #[test]
    fn an_unlisted_recogniser_keeps_its_name() {
        let setup = setup();
        let file = setup.file("My Model (1).bin", &ggml::tests::small_model());
        let model = setup.import(&file).expect("taken");
        assert_eq!(model.name, "My-Model--1");
        assert!(model.ours && file.exists());
        assert_eq!(setup.store.find("My-Model--1").expect("there").path, model.path);
        // Once more: nothing happens.
        assert_eq!(setup.import(&file).expect("there").path, model.path);
    }

    #[test]
    fn a_file_that_is_only_called_base_does_not_become_base() {
        let setup = setup();
        let model = setup.import(&setup.file("ggml-base.bin", &ggml::tests::small_model())).expect("taken");
        assert_eq!(model.name, "base-own");
    }

    #[test]
    fn another_model_of_the_same_name_is_not_overwritten() {
        let setup = setup();
        setup.import(&setup.file("mine.bin", &ggml::tests::small_model())).expect("taken");
        let mut other = ggml::tests::small_model();
        let last = other.len() - 1;
        other[last] ^= 1;
        let error = setup.import(&setup.file("mine.bin", &other)).expect_err("refused");
        assert!(matches!(error, ModelsError::Taken { .. }), "{error}");
    }

    #[test]
    fn damaged_foreign_and_unknown_files_leave_nothing_behind() {
        let setup = setup();
        let whole = ggml::tests::small_model();
        let cut = setup.file("cut.bin", &whole[..whole.len() - 9]);
        assert!(matches!(setup.import(&cut), Err(ModelsError::Damaged { .. })));
        let pdf = setup.file("model.bin", b"%PDF-1.7");
        assert!(matches!(setup.import(&pdf), Err(ModelsError::Foreign { .. })));
        let vad = setup.file("vad.onnx", &onnx::tests::small_onnx(&["input", "state", "sr"], &[]));
        assert!(setup.import(&vad).expect_err("refused").to_string().contains("does not know"));
        assert!(matches!(setup.import(&setup.dir.path().join("none")), Err(ModelsError::Io { .. })));
        assert!(setup.store.installed().is_empty());
    }

    #[test]
    fn cancelling_keeps_nothing() {
        let setup = setup();
        let file = setup.file("mine.bin", &ggml::tests::small_model());
        let done = setup.store.import(&file, &|| true, &mut |_, _| {}).expect("no error");
        assert_eq!(done, Imported::Cancelled);
        assert_eq!(fs::read_dir(setup.dir.path().join("own")).expect("made").count(), 0);
    }

    #[test]
    fn known_models_are_named_by_content() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let vad = models.join("silero_vad.onnx");
        if !vad.is_file() {
            eprintln!("skipped: no models in {}", models.display());
            return;
        }
        let setup = setup();
        let renamed = setup.file("something.dat", &fs::read(&vad).expect("read"));
        assert_eq!(setup.import(&renamed).expect("taken").name, "silero_vad");
        assert_eq!(setup.store.companion(Role::Vad).expect("there").bytes, 2_327_524);
    }
}
