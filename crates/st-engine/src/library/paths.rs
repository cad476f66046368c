//! Paths in SQLite: text where they are valid Unicode (nearly always), else their bytes.

use std::path::{Path, PathBuf};

use rusqlite::types::{FromSqlError, FromSqlResult, Value, ValueRef};

pub(super) fn to_sql(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => Value::Text(text.to_owned()),
        None => Value::Blob(bytes(path)),
    }
}

pub(super) fn from_sql(value: ValueRef<'_>) -> FromSqlResult<PathBuf> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).map(PathBuf::from).map_err(FromSqlError::other),
        ValueRef::Blob(blob) => Ok(from_bytes(blob)),
        _ => Err(FromSqlError::InvalidType),
    }
}

#[cfg(unix)]
fn bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(unix)]
fn from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(windows)]
fn bytes(path: &Path) -> Vec<u8> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
}

#[cfg(windows)]
fn from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::windows::ffi::OsStringExt;
    let wide: Vec<u16> = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    PathBuf::from(std::ffi::OsString::from_wide(&wide))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn any_path_comes_back() {
        for raw in [&b"/a/b.wav"[..], "/ü/日本 x.wav".as_bytes(), &b"/a/\xff\xfe.wav"[..]] {
            let path = Path::new(std::ffi::OsStr::from_bytes(raw));
            let value = to_sql(path);
            assert_eq!(from_sql(ValueRef::from(&value)).unwrap(), path);
        }
    }
}
