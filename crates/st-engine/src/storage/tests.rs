use super::*;
use crate::library::{FileStamp, Library};

/// A place of the platform with a library in it: one recording elsewhere, one copied into the data folder.
fn home() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let dirs = Storage::at(&home).unwrap().dirs;
    let library = Library::open(&dirs.library()).unwrap();
    library.add_recording(Path::new("/elsewhere/a.wav"), FileStamp { size: 1, modified_ms: 2 }).unwrap();
    let copy = dirs.recordings().join("b.wav");
    std::fs::create_dir_all(dirs.recordings()).unwrap();
    std::fs::write(&copy, "sound").unwrap();
    let id = library.add_recording(Path::new("/elsewhere/b.wav"), FileStamp { size: 3, modified_ms: 4 }).unwrap();
    library.set_copied(id, &copy).unwrap();
    (folder, home)
}

fn paths(storage: &Storage) -> Vec<PathBuf> {
    let library = Library::open(&storage.dirs.library()).unwrap();
    let mut paths: Vec<PathBuf> = library.recordings().unwrap().into_iter().map(|recording| recording.path).collect();
    paths.sort();
    paths
}

#[test]
fn a_data_folder_moves_at_the_next_start_with_everything_in_it() {
    let (folder, home) = home();
    let chosen = folder.path().join("big disk");
    std::fs::create_dir(&chosen).unwrap();
    std::fs::write(chosen.join("other.txt"), "not ours").unwrap();
    let storage = Storage::at(&home).unwrap();
    let to = storage.plan(&chosen).unwrap();
    assert_eq!(to, chosen.join("SecureTranscribe"));
    assert_eq!(storage.dirs.data(), home);
    drop(storage);

    let moved = Storage::at(&home).unwrap();
    assert_eq!((moved.dirs.data(), &moved.problem), (to.as_path(), &None));
    assert_eq!(paths(&moved), [Path::new("/elsewhere/a.wav"), &to.join("recordings/b.wav")]);
    assert_eq!(std::fs::read_to_string(to.join("recordings/b.wav")).unwrap(), "sound");
    assert!(!home.join("library.sqlite3").exists() && !home.join("recordings").exists(), "the old is removed");
    assert_eq!(std::fs::read_to_string(chosen.join("other.txt")).unwrap(), "not ours");
    drop(moved);

    // And back again.
    let back = folder.path().join("back");
    std::fs::create_dir(&back).unwrap();
    Storage::at(&home).unwrap().plan(&back).unwrap();
    assert_eq!(paths(&Storage::at(&home).unwrap()), [Path::new("/elsewhere/a.wav"), &back.join("recordings/b.wav")]);
    assert!(!to.exists());
}

#[test]
fn what_another_program_has_open_is_not_moved() {
    let (folder, home) = home();
    let other = Storage::at(&home).unwrap();
    other.plan(folder.path()).unwrap();
    let second = Storage::at(&home).unwrap();
    assert_eq!(second.dirs.data(), home);
    assert_eq!(second.problem.as_ref().map(|problem| problem.code), Some(Code::LibraryBusy));
    drop((other, second));
    assert_eq!(
        Storage::at(&home).unwrap().problem,
        None,
        "it is tried once, and then it is for the person to choose again"
    );
}

#[test]
fn a_move_that_was_cut_off_is_done_again_and_one_that_fails_loses_nothing() {
    let (folder, home) = home();
    let to = folder.path().join("new");
    std::fs::create_dir(&to).unwrap();
    Storage::at(&home).unwrap().plan(&to).unwrap();
    // As a kill in mid copying leaves it.
    std::fs::write(to.join("move-unfinished"), "").unwrap();
    std::fs::write(to.join("library.sqlite3"), "half").unwrap();
    let storage = Storage::at(&home).unwrap();
    assert_eq!((storage.dirs.data(), paths(&storage).len()), (to.as_path(), 2));
    drop(storage);

    let full = folder.path().join("in the way");
    std::fs::create_dir(&full).unwrap();
    Storage::at(&home).unwrap().plan(&full).unwrap();
    std::fs::write(full.join("theirs.txt"), "theirs").unwrap();
    let storage = Storage::at(&home).unwrap();
    assert!(storage.problem.is_some());
    assert_eq!((storage.dirs.data(), paths(&storage).len()), (to.as_path(), 2));
    assert_eq!(std::fs::read_to_string(full.join("theirs.txt")).unwrap(), "theirs");
}

#[test]
fn a_disk_that_is_not_connected_is_no_empty_library() {
    let (folder, home) = home();
    let to = folder.path().join("new");
    std::fs::create_dir(&to).unwrap();
    Storage::at(&home).unwrap().plan(&to).unwrap();
    drop(Storage::at(&home).unwrap());
    std::fs::rename(&to, folder.path().join("unplugged")).unwrap();
    let failure = Storage::at(&home).unwrap_err();
    assert_eq!(failure.code, Code::OutputMissing);
    assert!(!to.exists());
}

#[test]
fn impossible_places_are_refused_at_once() {
    let (folder, home) = home();
    let storage = Storage::at(&home).unwrap();
    assert_eq!(storage.plan(&folder.path().join("none")).unwrap_err().code, Code::FileUnreadable);
    assert_eq!(storage.plan(&home.join("recordings")).unwrap_err().code, Code::OutputExists);
    let named = Storage::open(Some(home.clone())).unwrap();
    assert_eq!(named.plan(folder.path()).unwrap_err().code, Code::Conflict);
}
