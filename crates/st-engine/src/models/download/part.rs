//! What has come of a model so far: a file with its hash, which one process at a time works on.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{Order, beside};
use crate::models::error::ModelsError;
use crate::models::verify::hex;

/// Room that is left to others on the disk.
const SPARE_ROOM: u64 = 32 << 20;

/// The file `<model>.part`. While it is open it is locked.
pub struct Part {
    path: PathBuf,
    file: File,
    length: u64,
    hash: Sha256,
    tag: Option<String>,
}

impl Part {
    /// Takes up what is there. Bytes that came from another address are dropped.
    pub fn open(order: &Order) -> Result<Self, ModelsError> {
        let path = beside(&order.file, ".part");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(ModelsError::io(folder, "made"))?;
        }
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(ModelsError::io(&path, "written"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ModelsError::Busy { name: order.name.clone() }),
            // Some network file systems know no locks; then two copies of the program are up to their owner.
            Err(TryLockError::Error(error)) => tracing::debug!(%error, "a download cannot be locked"),
        }
        let note = fs::read_to_string(beside(&order.file, ".part.from")).unwrap_or_default();
        let mut lines = note.lines();
        let same_source = lines.next() == Some(order.url.as_str());
        let tag = lines.next().filter(|tag| !tag.is_empty() && same_source).map(str::to_owned);
        let mut hash = Sha256::new();
        let mut length = 0;
        if same_source {
            let mut buffer = vec![0; 1 << 20];
            loop {
                match file.read(&mut buffer).map_err(ModelsError::io(&path, "read"))? {
                    0 => break,
                    count => {
                        hash.update(&buffer[..count]);
                        length += count as u64;
                    }
                }
            }
        }
        let mut part = Self { path, file, length, hash, tag };
        if length == 0 || length > order.bytes {
            part.clear(order)?;
        }
        Ok(part)
    }

    /// Bytes that are here.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The server's name for the version that the bytes are of.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> String {
        hex(self.hash.clone())
    }

    /// Refuses to begin what cannot end.
    pub fn check_room(&self, order: &Order) -> Result<(), ModelsError> {
        let folder = order.file.parent().unwrap_or(&order.file);
        let needed = order.bytes - self.length + SPARE_ROOM;
        match fs4::available_space(folder) {
            Ok(free) if free < needed => Err(no_room(order, needed - free)),
            _ => Ok(()),
        }
    }

    /// Notes where the bytes come from, so that another run can go on.
    pub fn set_tag(&mut self, order: &Order, tag: Option<String>) -> Result<(), ModelsError> {
        let note = beside(&order.file, ".part.from");
        let text = format!("{}\n{}\n", order.url, tag.as_deref().unwrap_or_default());
        fs::write(&note, text).map_err(ModelsError::io(&note, "written"))?;
        self.tag = tag;
        Ok(())
    }

    /// Adds bytes.
    pub fn write(&mut self, order: &Order, bytes: &[u8]) -> Result<(), ModelsError> {
        self.file.write_all(bytes).map_err(|source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                no_room(order, order.bytes - self.length)
            }
            _ => ModelsError::Io { path: self.path.clone(), action: "written", source },
        })?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Back to nothing.
    pub fn clear(&mut self, order: &Order) -> Result<(), ModelsError> {
        self.file.set_len(0).map_err(ModelsError::io(&self.path, "written"))?;
        self.file.seek(SeekFrom::Start(0)).map_err(ModelsError::io(&self.path, "written"))?;
        self.length = 0;
        self.hash = Sha256::new();
        self.tag = None;
        forget(order);
        Ok(())
    }

    /// Removes it.
    pub fn discard(&mut self, order: &Order) -> Result<(), ModelsError> {
        fs::remove_file(&self.path).map_err(ModelsError::io(&self.path, "removed"))?;
        forget(order);
        Ok(())
    }

    /// Gives the bytes the model's name, so that they are there after a power cut as well.
    pub fn finish(self, order: &Order) -> Result<(), ModelsError> {
        self.file.sync_all().map_err(ModelsError::io(&self.path, "written"))?;
        // Windows renames no open file.
        drop(self.file);
        fs::rename(&self.path, &order.file).map_err(ModelsError::io(&order.file, "written"))?;
        #[cfg(unix)]
        if let Some(folder) = order.file.parent() {
            File::open(folder).and_then(|f| f.sync_all()).map_err(ModelsError::io(folder, "written"))?;
        }
        forget(order);
        Ok(())
    }
}

/// The note is worth nothing without its bytes; where it cannot be removed, the next run finds that out by itself.
fn forget(order: &Order) {
    if let Err(error) = fs::remove_file(beside(&order.file, ".part.from"))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::debug!(%error, "the note of a download stays behind");
    }
}

fn no_room(order: &Order, missing: u64) -> ModelsError {
    let dir = order.file.parent().unwrap_or(&order.file).to_path_buf();
    ModelsError::NoRoom { name: order.name.clone(), dir, missing }
}
