//! Which hypothesis belongs to which reference: files in the order given, or folders by the names of their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use st_engine::{Code, Failure};

use crate::end::End;

/// A reference, a hypothesis, and the name that both go by.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub reference: PathBuf,
    pub hypothesis: PathBuf,
}

/// Pairs files one by one, or the files of two folders by stem.
///
/// `references` and `hypotheses` are the endings that count in a folder, in the order of preference.
pub fn pair(
    reference: &[PathBuf],
    hypothesis: &[PathBuf],
    references: &[&str],
    hypotheses: &[&str],
) -> Result<Vec<Pair>, End> {
    if let ([reference], [hypothesis]) = (reference, hypothesis)
        && (reference.is_dir() || hypothesis.is_dir())
    {
        return folders(reference, hypothesis, references, hypotheses);
    }
    if reference.len() != hypothesis.len() {
        return Err(End::Usage(format!(
            "There are {} references and {} hypotheses. Give one hypothesis for each reference.",
            reference.len(),
            hypothesis.len()
        )));
    }
    Ok(reference
        .iter()
        .zip(hypothesis)
        .map(|(r, h)| Pair { name: stem(r), reference: r.clone(), hypothesis: h.clone() })
        .collect())
}

fn folders(reference: &Path, hypothesis: &Path, references: &[&str], hypotheses: &[&str]) -> Result<Vec<Pair>, End> {
    let wanted = list(reference, references)?;
    let mut found = list(hypothesis, hypotheses)?;
    let mut pairs = Vec::new();
    for (name, reference) in wanted {
        let Some(hypothesis) = found.remove(&name) else {
            return Err(Failure::new(
                Code::FileNotFound,
                format!("There is no hypothesis for “{name}” in {}.", hypothesis.display()),
            )
            .hint("Each reference needs a hypothesis of the same name.")
            .into());
        };
        pairs.push(Pair { name, reference, hypothesis });
    }
    if pairs.is_empty() {
        return Err(Failure::new(Code::FileNotFound, format!("There are no references in {}.", reference.display()))
            .hint(format!("They should end in .{}.", references.join(" or .")))
            .into());
    }
    Ok(pairs)
}

/// The files of a folder with one of the endings, by stem; of two with one stem the ending named first counts.
fn list(folder: &Path, endings: &[&str]) -> Result<BTreeMap<String, PathBuf>, End> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        Failure::new(Code::FileNotFound, format!("The folder {} cannot be read.", folder.display()))
            .hint("Check its name and its permissions.")
            .detail(error)
    })?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    paths.sort();
    let mut files = BTreeMap::new();
    for ending in endings {
        for path in &paths {
            if path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending)) {
                files.entry(stem(path)).or_insert_with(|| path.clone());
            }
        }
    }
    Ok(files)
}

/// File name up to its first dot that ends a name of an ending: `talk` for `talk.wav.ref.txt`.
fn stem(path: &Path) -> String {
    const ENDINGS: [&str; 14] =
        ["txt", "ref", "json", "rttm", "stm", "uem", "wav", "mp3", "flac", "opus", "ogg", "m4a", "webm", "mp4"];
    let mut name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    while let Some((rest, ending)) = name.rsplit_once('.') {
        if rest.is_empty() || !ENDINGS.iter().any(|e| e.eq_ignore_ascii_case(ending)) {
            break;
        }
        name = rest.to_string();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_pair_in_order() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let pairs = pair(&paths(&["a.txt", "b.txt"]), &paths(&["x.json", "y.json"]), &["txt"], &["json"]).unwrap();
        assert_eq!((pairs[0].name.as_str(), pairs[1].hypothesis.as_path()), ("a", Path::new("y.json")));
        assert!(matches!(pair(&paths(&["a"]), &paths(&["x", "y"]), &[], &[]), Err(End::Usage(_))));
    }

    #[test]
    fn folders_pair_by_stem_and_miss_nothing() {
        let (refs, hyps) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(refs.path().join("talk.v2.wav.ref.txt"), "x").unwrap();
        std::fs::write(hyps.path().join("talk.v2.json"), "x").unwrap();
        std::fs::write(hyps.path().join("talk.v2.txt"), "x").unwrap();
        let folders = |a: &tempfile::TempDir| vec![a.path().to_path_buf()];
        let pairs = pair(&folders(&refs), &folders(&hyps), &["txt"], &["json", "txt"]).unwrap();
        assert_eq!(pairs.len(), 1);
        assert_eq!(pairs[0].hypothesis, hyps.path().join("talk.v2.json"));
        std::fs::write(refs.path().join("other.txt"), "x").unwrap();
        let end = pair(&folders(&refs), &folders(&hyps), &["txt"], &["json"]).unwrap_err();
        assert!(end.to_string().contains("“other”"), "{end}");
    }
}
