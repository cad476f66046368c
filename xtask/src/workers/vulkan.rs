//! What building the worker for Vulkan needs: headers of Vulkan and a compiler of shaders, both newer than Debian 12 has
//! them. There those of the next Debian are unpacked into the build cache; nothing of it is installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::before;
use crate::deps::files;
use crate::error::Error;
use crate::paths;
use crate::shell::{command, has, make_folder, run, write};

/// Oldest headers that whisper.cpp's backend compiles with (`vk::LayerSettingEXT` came with 1.3.272).
const OLDEST: (u32, u32) = (3, 272);
/// Debian whose headers and compiler are fetched where the system's own are older.
const SUITE: &str = "trixie";
/// Headers and compiler, and the libraries of the compiler.
const PACKAGES: [&str; 6] = ["libvulkan-dev", "glslc", "libshaderc1", "libc6", "libgcc-s1", "libstdc++6"];

/// Tells the build where headers and compiler are.
pub fn set(build: &mut Command) -> Result<(), Error> {
    if let Some(sdk) = sdk()? {
        build
            .env("CPLUS_INCLUDE_PATH", before("CPLUS_INCLUDE_PATH", &[sdk.join("include")])?)
            .env("LIBRARY_PATH", before("LIBRARY_PATH", &[sdk.join("lib")])?)
            .env("VULKAN_SDK", sdk);
    }
    Ok(())
}

/// Where headers and compiler were unpacked; none where the system's own or a named SDK do.
///
/// # Errors
/// They are neither there nor to be had.
pub fn sdk() -> Result<Option<PathBuf>, Error> {
    let named = env::var_os("VULKAN_SDK").map(PathBuf::from).filter(|sdk| sdk.join("include").is_dir());
    if named.is_some() || (installed().is_some_and(|version| version >= OLDEST) && has("glslc")) {
        return Ok(None);
    }
    fetch().map(Some)
}

/// Version of the headers that the system has, without its first number, which is 1.
fn installed() -> Option<(u32, u32)> {
    version(&fs::read_to_string("/usr/include/vulkan/vulkan_core.h").ok()?)
}

/// The version that a header tells: `VK_HEADER_VERSION_COMPLETE VK_MAKE_API_VERSION(0, 1, 3, VK_HEADER_VERSION)`.
fn version(header: &str) -> Option<(u32, u32)> {
    let after = |start: &str| header.lines().find_map(|line| line.strip_prefix(start));
    let minor = after("#define VK_HEADER_VERSION_COMPLETE VK_MAKE_API_VERSION(0, 1, ")?.split(',').next()?;
    Some((minor.parse().ok()?, after("#define VK_HEADER_VERSION ")?.trim().parse().ok()?))
}

/// Unpacks the packages and lays them out as an SDK.
fn fetch() -> Result<PathBuf, Error> {
    let missing =
        || Error::Missing { what: "A Vulkan SDK of version 1.3.272 or newer (VULKAN_SDK names its folder)".into() };
    let kept = paths::cache().join(format!("vulkan-{SUITE}"));
    let (sdk, done) = (kept.join("sdk"), kept.join("done.txt"));
    if done.is_file() {
        return Ok(sdk);
    }
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let codename = codename(&system).filter(|_| has("apt-get") && has("cc")).ok_or_else(missing)?;
    let sources = apt_files()?.iter().filter_map(|text| source(text, codename)).collect::<Vec<_>>();
    let source = sources.first().ok_or_else(missing)?;
    println!("Getting headers of Vulkan and a compiler of shaders (11 MB) from {SUITE}");
    let (list, lists, download) = (kept.join("apt.sources"), kept.join("lists"), kept.join("download"));
    write(&list, source)?;
    make_folder(&lists.join("partial"))?;
    make_folder(&download)?;
    let apt = || {
        let mut apt = command("apt-get");
        let own = |name: &str, value: &Path| format!("{name}={}", value.display());
        for option in [
            own("Dir::Etc::SourceList", &list),
            own("Dir::Etc::SourceParts", Path::new("/dev/null")),
            own("Dir::State::Lists", &lists),
            own("Dir::State::Status", Path::new("/dev/null")),
            own("Dir::Cache", &kept.join("cache")),
            // Its own user may not write here.
            "APT::Sandbox::User=root".into(),
            "APT::Default-Release=".into(),
            "Acquire::Languages=none".into(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".into(),
        ] {
            apt.args(["-o", &option]);
        }
        apt.args(["--quiet", "--quiet"]);
        apt
    };
    run(apt().arg("update"))?;
    run(apt().arg("download").args(PACKAGES).current_dir(&download))?;
    let tree = kept.join("tree");
    for package in files(&download, "deb")? {
        run(command("dpkg").arg("--extract").arg(package).arg(&tree))?;
    }
    lay_out(&kept, &sdk)?;
    for folder in [&lists, &download, &kept.join("cache")] {
        fs::remove_dir_all(folder).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(Error::File { path: folder.clone(), source: error }),
        })?;
    }
    write(&done, "")?;
    Ok(sdk)
}

/// The name of this Debian's suite; none where it is no Debian.
fn codename(os_release: &str) -> Option<&str> {
    let value = |name: &str| os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value("ID").filter(|id| *id == "debian").and_then(|_| value("VERSION_CODENAME"))
}

/// Every file in which the system says where its packages come from.
fn apt_files() -> Result<Vec<String>, Error> {
    let mut paths = vec![PathBuf::from("/etc/apt/sources.list")];
    for extension in ["sources", "list"] {
        paths.extend(files(Path::new("/etc/apt/sources.list.d"), extension)?);
    }
    Ok(paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect())
}

/// The place that the system gets a suite from, as a source of [`SUITE`]: the same place has both.
fn source(text: &str, codename: &str) -> Option<String> {
    let made = |place: &str, key: Option<&str>| {
        let key = key.map_or_else(String::new, |key| format!("Signed-By: {key}\n"));
        format!("Types: deb\nURIs: {place}\nSuites: {SUITE}\nComponents: main\n{key}")
    };
    // Paragraphs of fields, or a line for each source: `deb [signed-by=KEY] PLACE SUITE main`.
    let paragraphs = text.split("\n\n").find_map(|paragraph| {
        let field = |name: &str| {
            let found = paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.map(str::trim)
        };
        field("Suites")?.split_whitespace().find(|suite| *suite == codename)?;
        Some(made(field("URIs")?, field("Signed-By")))
    });
    let lines = || {
        text.lines().find_map(|line| {
            let mut rest = line.trim().strip_prefix("deb ")?.trim();
            let mut key = None;
            if let Some((options, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                key = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
                rest = after.trim();
            }
            let mut words = rest.split_whitespace();
            let place = words.next()?;
            words.next().filter(|suite| *suite == codename)?;
            Some(made(place, key))
        })
    };
    paragraphs.or_else(lines)
}

/// What cmake looks for in an SDK: headers, a library to link with, and the compiler, which needs its own loader and
/// libraries, for they are newer than the system's.
#[cfg(unix)]
fn lay_out(kept: &Path, sdk: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{PermissionsExt, symlink};
    make_folder(&sdk.join("bin"))?;
    make_folder(&sdk.join("lib"))?;
    let include = sdk.join("include");
    if !include.exists() {
        symlink("../tree/usr/include", &include).map_err(Error::file(&include))?;
    }
    let loader = files_named(&kept.join("tree/usr/lib"), "ld-linux")?;
    let loader = loader.strip_prefix(kept).unwrap_or(&loader).display().to_string();
    let libraries = Path::new(&loader).parent().unwrap_or(Path::new("")).display().to_string();
    let compiler = sdk.join("bin/glslc");
    let script = format!(
        "#!/bin/sh\nkept=${{0%/*}}/../..\n\
         exec \"$kept/{loader}\" --library-path \"$kept/{libraries}\" \"$kept/tree/usr/bin/glslc\" \"$@\"\n"
    );
    write(&compiler, script)?;
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).map_err(Error::file(&compiler))?;
    // Without a symbol: the worker brings those that it links with, and loads Vulkan's library where there is one.
    let empty = sdk.join("lib/empty.c");
    write(&empty, "")?;
    let library = sdk.join("lib/libvulkan.so");
    run(command("cc").args(["-shared", "-Wl,-soname,libvulkan.so.1", "-o"]).arg(library).arg(&empty))
}

#[cfg(not(unix))]
fn lay_out(_kept: &Path, _sdk: &Path) -> Result<(), Error> {
    Err(Error::Missing { what: "A Vulkan SDK of version 1.3.272 or newer".into() })
}

/// The first file below a folder whose name begins so.
#[cfg(unix)]
fn files_named(folder: &Path, start: &str) -> Result<PathBuf, Error> {
    let all = crate::deps::files_below(folder)?;
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    all.into_iter().find(named).ok_or_else(|| Error::Missing { what: format!("{start} in {}", folder.display()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = "Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie\nComponents: main\n";

    #[test]
    fn the_system_s_own_source_becomes_one_of_the_other_suite() {
        let key = "Signed-By: /usr/share/keyrings/debian.gpg\n";
        let fields = format!(
            "Types: deb\nURIs: http://other.test\nSuites: bookworm-security\nComponents: main\n\n\
             Types: deb\n# a remark\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\n\
             Components: main contrib\n{key}"
        );
        assert_eq!(source(&fields, "bookworm"), Some(format!("{WANTED}{key}")));
        let lines = "# deb http://no.test bookworm main\ndeb http://sec.test bookworm-security main\n\
             deb [arch=amd64 signed-by=/usr/share/keyrings/debian.gpg] http://mirror.test/debian bookworm main\n";
        assert_eq!(source(lines, "bookworm"), Some(format!("{WANTED}{key}")));
        assert_eq!(source("deb http://mirror.test/debian bookworm main", "bookworm").as_deref(), Some(WANTED));
        assert_eq!(source(lines, "bullseye"), None);
    }

    #[test]
    fn the_suite_is_debian_s_only() {
        let debian = "NAME=\"Debian GNU/Linux\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        assert_eq!(codename(debian), Some("bookworm"));
        assert_eq!(codename("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n"), None);
    }

    #[test]
    fn headers_tell_their_version() {
        let header = "#define VK_HEADER_VERSION 239\n\
             #define VK_HEADER_VERSION_COMPLETE VK_MAKE_API_VERSION(0, 1, 3, VK_HEADER_VERSION)\n";
        assert_eq!(version(header), Some((3, 239)));
        assert_eq!(version(""), None);
    }
}
