//! `models`: which there are, getting them, taking them from a file, checking and removing them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use st_engine::models::registry::{MODELS, by_name, closest};
use st_engine::models::{
    Check, DownloadOptions, DownloadProgress, Fetched, Imported, InstalledModel, ModelInfo, ModelsError, Route,
};
use st_engine::{CancelFlag, Engine, Failure};

use crate::end::{End, FAILED};
use crate::out;
use crate::progress::{Download, Style};
use crate::signals;

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the models that are here and those that can be fetched
    List {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Fetch models; a fetch that was interrupted goes on
    Get(Get),
    /// Take a model from a file; what it is, its content says
    Import {
        /// The file
        file: PathBuf,
        /// How progress is shown on standard error
        #[arg(long, value_enum, default_value_t = Style::Auto)]
        progress: Style,
    },
    /// Check models byte by byte; all that are here, where none is named
    Verify {
        /// Names of `models list`
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// JSON instead of lines
        #[arg(long)]
        json: bool,
    },
    /// Remove models
    Remove {
        /// Names of `models list`
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
}

/// Options of `models get`.
#[derive(Debug, clap::Args)]
pub struct Get {
    /// Names of `models list`, or `speakers` for the models that tell speakers apart
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Take the files from this address in place of the publishers'; their hashes must be the same
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    /// Proxy to go through, in place of the system's
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    proxy: Option<String>,
    /// Go through no proxy, whatever the system says
    #[arg(long)]
    no_proxy: bool,
    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t = Style::Auto)]
    progress: Style,
}

impl Get {
    fn options(&self) -> DownloadOptions {
        let route = match &self.proxy {
            Some(proxy) => Route::Proxy(proxy.clone()),
            None if self.no_proxy => Route::Direct,
            None => Route::System,
        };
        DownloadOptions { mirror: self.mirror.clone(), route, ..DownloadOptions::default() }
    }
}

struct Row {
    name: String,
    title: String,
    installed: bool,
    bytes: u64,
    known: Option<&'static ModelInfo>,
    path: Option<PathBuf>,
}

/// Does it.
pub fn run(engine: &Engine, command: &Command) -> Result<ExitCode, End> {
    match command {
        Command::List { json } => list(engine, *json)?,
        Command::Get(get) => return fetch(engine, get),
        Command::Import { file, progress } => return import(engine, file, *progress),
        Command::Verify { names, json } => return verify(engine, names, *json),
        Command::Remove { names } => {
            for name in names {
                let model = engine.models().remove(name).map_err(Failure::from)?;
                out::line(format!("{}: removed ({})", model.name, out::megabytes(model.bytes)))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(engine: &Engine, json: bool) -> Result<(), End> {
    let installed = engine.models().installed();
    let row = |name: &str, model: Option<&InstalledModel>, known: Option<&'static ModelInfo>| Row {
        name: name.to_string(),
        title: known.map_or_else(|| name.to_string(), |k| k.title.to_string()),
        installed: model.is_some(),
        bytes: model.map(|m| m.bytes).or(known.map(|k| k.bytes)).unwrap_or_default(),
        known,
        path: model.map(|m| m.path.clone()),
    };
    let mut rows: Vec<Row> =
        MODELS.iter().map(|k| row(k.name, installed.iter().find(|m| m.name == k.name), Some(k))).collect();
    let own = installed.iter().filter(|m| !MODELS.iter().any(|k| k.name == m.name));
    rows.extend(own.map(|m| row(&m.name, Some(m), None)));
    if json {
        let rows: Vec<_> = rows.iter().map(without_doubles).collect();
        return out::json(&serde_json::json!({ "models": rows }));
    }
    let cells = rows.iter().map(|row| {
        let here = if row.installed { "here" } else { "–" };
        vec![row.name.clone(), here.into(), out::megabytes(row.bytes), row.title.clone()]
    });
    out::table(&["name", "", "size", "title"], &cells.collect::<Vec<_>>())
}

/// The row as JSON: what the file is comes before what the registry says of it.
fn without_doubles(row: &Row) -> serde_json::Map<String, serde_json::Value> {
    let known = row.known.and_then(|k| serde_json::to_value(k).ok());
    let mut map = match known {
        Some(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    map.insert("name".into(), row.name.clone().into());
    map.insert("title".into(), row.title.clone().into());
    map.insert("installed".into(), row.installed.into());
    map.insert("bytes".into(), row.bytes.into());
    map.insert("path".into(), row.path.as_ref().map(|p| p.display().to_string()).into());
    map
}

/// The models that tell speakers apart, by one name.
const SPEAKERS: [&str; 2] = ["segmentation", "embedding"];

fn fetch(engine: &Engine, get: &Get) -> Result<ExitCode, End> {
    let names: Vec<&str> =
        get.names.iter().flat_map(|n| if n == "speakers" { SPEAKERS.to_vec() } else { vec![n.as_str()] }).collect();
    let cancel = CancelFlag::new();
    signals::cancel_on_signal(&cancel);
    let mut failed = false;
    for name in names {
        let mut bar = Download::new(get.progress, name);
        let fetched = known(name).and_then(|info| {
            let mut step = |at: DownloadProgress| bar.step(at.received, at.total);
            engine.models().download(info, &get.options(), &|| cancel.is_cancelled(), &mut step)
        });
        bar.end();
        match fetched {
            Ok(Fetched::Done(path)) => out::line(format!("{name}: {}", path.display()))?,
            Ok(Fetched::Cancelled) => {
                out::complain(format!("Stopped: {name}. What has come is kept. The same command goes on from there."));
                return Ok(ExitCode::from(FAILED));
            }
            Err(error) => {
                failed = true;
                out::complain(Failure::from(error));
            }
        }
    }
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

fn known(name: &str) -> Result<&'static ModelInfo, ModelsError> {
    by_name(name).ok_or_else(|| ModelsError::Unknown { name: name.into(), suggestion: closest(name) })
}

fn import(engine: &Engine, file: &Path, style: Style) -> Result<ExitCode, End> {
    let cancel = CancelFlag::new();
    signals::cancel_on_signal(&cancel);
    let mut bar = Download::new(style, &file.display().to_string());
    let imported = engine.models().import(file, &|| cancel.is_cancelled(), &mut |done, of| bar.step(done, of));
    bar.end();
    match imported.map_err(Failure::from)? {
        Imported::Done(model) => {
            out::line(format!("{}: imported as {}", file.display(), model.name))?;
            Ok(ExitCode::SUCCESS)
        }
        Imported::Cancelled => {
            out::complain(format!("Stopped: {}. Nothing was kept.", file.display()));
            Ok(ExitCode::from(FAILED))
        }
    }
}

fn verify(engine: &Engine, names: &[String], json: bool) -> Result<ExitCode, End> {
    let store = engine.models();
    let mut models = Vec::new();
    for name in names {
        models.push(store.named(name).map_err(Failure::from)?);
    }
    if names.is_empty() {
        models = store.installed();
    }
    let (mut rows, mut failed) = (Vec::new(), false);
    for model in models {
        let result = store.verify(&model);
        failed |= result.is_err();
        let text = match &result {
            Ok(Check::Known(info)) => format!("{}: whole, the published “{}”", model.name, info.name),
            Ok(Check::Unlisted { sha256 }) => format!("{}: whole, not in the list (SHA-256 {sha256})", model.name),
            Err(error) => format!("{}: {error}", model.name),
        };
        if !json {
            out::line(&text)?;
        }
        rows.push(serde_json::json!({ "name": model.name, "ok": result.is_ok(), "message": text }));
    }
    if json {
        out::json(&serde_json::json!({ "models": rows }))?;
    }
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}
