//! The fonts for PDF: fetched from packages of the npm index by pinned version, checked by pinned hash, kept in the cache,
//! and placed in `deps/fonts`, where `st_pdf` finds them under the names that it knows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::deps::files_below;
use crate::error::Error;
use crate::node::Node;
use crate::paths;
use crate::python::Environment;
use crate::shell::{empty_folder, place, run, sha256};

/// Terms of all of them.
pub const LICENCE: &str = "OFL-1.1";

/// Package below `@expo-google-fonts/`, its version, the file, and its SHA-256.
#[rustfmt::skip]
const FONTS: &[(&str, &str, &str, &str)] = &[
    ("noto-sans", "0.4.2", "NotoSans_400Regular.ttf", "fe8c022f48d8dd29f17b744d16f9346f4357e16f7d4f7be58b000ae7c291b614"),
    ("noto-sans", "0.4.2", "NotoSans_700Bold.ttf", "13a813c49624ae3ba3c5c6e72c5ebffc4b9e1e6ea32f421c04069b037c6ad431"),
    ("noto-sans-hebrew", "0.4.1", "NotoSansHebrew_400Regular.ttf", "e0ee753f09733337b9236221018d4bf71fd6d06c87dd76bbc83120514bc55911"),
    ("amiri", "0.4.1", "Amiri_400Regular.ttf", "d26cd95609ed51b6419e3c7d4a066cb9fac7b73117868622f5b7f03998c68568"),
    ("noto-sans-devanagari", "0.4.1", "NotoSansDevanagari_400Regular.ttf", "084a94d89eb54aafb93a056e15425c34fd859f6342875165d304837b3bcfc2d2"),
    ("noto-sans-thai", "0.4.2", "NotoSansThai_400Regular.ttf", "9acb585d8662ca4ed1b1cf5889dfa1393f8555103b3986e1ea1e3af4faef70bd"),
    ("noto-sans-bengali", "0.4.4", "NotoSansBengali_400Regular.ttf", "6826d9667972f0f96e48c46f7a24e70afe97205032e6295cfb1f13fbbb8b90a3"),
    ("noto-sans-tamil", "0.4.3", "NotoSansTamil_400Regular.ttf", "f26d8b66bf6f38dd9af6326a52188fa1a8a0b9b2905c4bd7e07c865f65a85d79"),
    ("noto-sans-telugu", "0.4.2", "NotoSansTelugu_400Regular.ttf", "7fcef235380f945d4a97fdfec030952afab6907004cfa37ed664fed8d4962eac"),
    ("noto-sans-gujarati", "0.4.2", "NotoSansGujarati_400Regular.ttf", "7cc0f340be8ef8b63f92181fd5576a4b19631059fd6576c6fd5fcd40f1543610"),
    ("noto-sans-gurmukhi", "0.4.1", "NotoSansGurmukhi_400Regular.ttf", "2b0fbe8d4cc2a18aa08c6f21d3924423c113fb7ec6d786a77c30cf1d3153c4c7"),
    ("noto-sans-kannada", "0.4.3", "NotoSansKannada_400Regular.ttf", "40e8188c98e3913aae2241d570b179fdc29fd90ecb6b5dc4376298bcbe45c38b"),
    ("noto-sans-malayalam", "0.4.2", "NotoSansMalayalam_400Regular.ttf", "68cbfeac7177700d87671f2a3bdb3db70fa26016e41cdac24e20877bf3736485"),
    ("noto-sans-sinhala", "0.4.2", "NotoSansSinhala_400Regular.ttf", "33a77b6965e5245f1bab858ead09e4789aaa8daa918f9e26e924b016a3e1d7bd"),
    ("noto-sans-georgian", "0.4.3", "NotoSansGeorgian_400Regular.ttf", "35b1dc2d78025505b6d4b7977960060fdb0a9a0dfb21c356fe8ca554172e8f00"),
    ("noto-sans-armenian", "0.4.2", "NotoSansArmenian_400Regular.ttf", "678a89f5dafb25b71ba5c323b428a579e4e664e9dc8c35b9f1d327d82fc9e5ba"),
    ("noto-sans-ethiopic", "0.4.2", "NotoSansEthiopic_400Regular.ttf", "321ff186e0f066a46257c3008e8a22070720350a9d17f8a32d0d3da53f52e7a2"),
    ("noto-sans-khmer", "0.4.3", "NotoSansKhmer_400Regular.ttf", "fff6f415386616d8d99c4f64b876e54e6e231dc0c007c87a61b254b3795957f9"),
    ("noto-sans-lao", "0.4.2", "NotoSansLao_400Regular.ttf", "0fb229c3a29c4c6e916b0ea27cb823aa9d899751c6306b6fca428b83feedf37d"),
    ("noto-sans-myanmar", "0.4.2", "NotoSansMyanmar_400Regular.ttf", "52c27fe2643e3e34bae3b3d8865f6a2400e8c955d1adbe311979ea012116eb13"),
    ("noto-serif-tibetan", "0.4.2", "NotoSerifTibetan_400Regular.ttf", "33bd11da711ad8fbf55e5df25f29e6ebdfce53424fb41d61c7c6b83c2ba948cf"),
    ("noto-emoji", "0.4.7", "NotoEmoji_400Regular.ttf", "24aaa2a20c9c06ffe9bf04284bfd1f14376a329d10122f902abe2770817eb504"),
    ("noto-sans-symbols", "0.4.1", "NotoSansSymbols_400Regular.ttf", "aedeec1cd0514930aeeafc4a88a6deff83cda1e6b58086f0b9bb9c7dd0157578"),
    ("noto-sans-math", "0.4.2", "NotoSansMath_400Regular.ttf", "b4a1dfdbfa13b4755e5eac20cb25c1d17ed5a745ceb89639595e8cf45a2b1e07"),
    ("noto-sans-sc", "0.4.3", "NotoSansSC_400Regular.ttf", "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16"),
    ("noto-sans-jp", "0.4.3", "NotoSansJP_400Regular.ttf", "d930d5d52d15231c283089760f84584272ad5e37e14607ba0d19c798e7a9caec"),
    ("noto-sans-kr", "0.4.3", "NotoSansKR_400Regular.ttf", "8cbc9b353bb9ce848fd69bb6a507319dfacc659cf5fd643db5d88f3c4970e1dd"),
];

/// Makes `deps/fonts` complete.
pub fn all() -> Result<(), Error> {
    let kept = paths::cache().join("fonts");
    for &(package, version, file, hash) in FONTS {
        if !is(&kept.join(file), hash)? {
            fetch(package, version, &kept)?;
            let found = sha256(&kept.join(file))?;
            if found != hash {
                fs::remove_file(kept.join(file)).map_err(Error::file(file))?;
                return Err(Error::Mismatch { what: file.into(), wanted: hash, found });
            }
        }
        for folder in folders() {
            if !is(&folder.join(file), hash)? {
                place(&kept.join(file), &folder.join(file))?;
            }
        }
    }
    Ok(())
}

/// Where the fonts lie for the programs and for packaging. Programs with a target folder elsewhere have them beside them.
fn folders() -> Vec<PathBuf> {
    let release = paths::target().join("release");
    let mut folders = vec![paths::root().join("deps/fonts")];
    if !release.starts_with(paths::root()) {
        folders.push(release.join("fonts"));
    }
    folders
}

/// The packages: name and version.
pub fn packages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut packages: Vec<_> = FONTS.iter().map(|&(package, version, ..)| (package, version)).collect();
    packages.dedup();
    packages.into_iter()
}

/// The folder with the text of a package's licence.
pub fn licence_folder(package: &str) -> PathBuf {
    paths::cache().join("fonts/licences").join(package)
}

fn is(file: &Path, hash: &str) -> Result<bool, Error> {
    Ok(file.is_file() && sha256(file)? == hash)
}

/// Takes the fonts that ship, and their licence, out of a package. It holds nine weights of each, so it is not kept.
fn fetch(package: &str, version: &str, kept: &Path) -> Result<(), Error> {
    println!("Getting the font {package} {version}");
    let work = paths::cache().join("fonts-work");
    empty_folder(&work)?;
    let what = format!("@expo-google-fonts/{package}@{version}");
    let mut pack = Node::ready()?.npm(&["pack", "--silent", "--ignore-scripts", &what, "--pack-destination"]);
    run(pack.arg(&work).stdout(std::process::Stdio::null()))?;
    let python = Environment::ready("python-plain", "")?;
    for archive in files_below(&work)? {
        python.unpack(&archive, &work)?;
    }
    for path in files_below(&work)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if FONTS.iter().any(|&(of, _, file, _)| of == package && file == name) {
            place(&path, &kept.join(name))?;
        } else if name == "LICENSE_FONT" {
            place(&path, &licence_folder(package).join("LICENSE"))?;
        }
    }
    fs::remove_dir_all(&work).map_err(Error::file(&work))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is fetched is what the exporter asks for.
    #[test]
    fn the_fonts_of_the_exporter_are_all_here() {
        let source = paths::root().join("crates/st-pdf/src/faces.rs");
        let source = fs::read_to_string(&source).expect("the list of the exporter");
        let asked: Vec<&str> = source.split('"').filter(|part| part.ends_with(".ttf")).collect();
        assert!(asked.len() > 20);
        assert_eq!(asked, FONTS.iter().map(|&(_, _, file, _)| file).collect::<Vec<_>>());
    }
}
