//! `doctor`: checks that everything needed is there, and says what to do where it is not.

use std::process::ExitCode;

use st_engine::Engine;

use crate::end::{End, FAILED};
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON instead of lines
    #[arg(long)]
    json: bool,
}

/// Checks.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let checks = engine.doctor();
    let ok = checks.iter().all(|c| c.ok);
    if args.json {
        out::json(&serde_json::json!({ "ok": ok, "version": env!("CARGO_PKG_VERSION"), "checks": checks }))?;
    } else {
        for check in &checks {
            out::line(format!("{}  {}: {}", if check.ok { "ok " } else { "NOT" }, check.name, check.message))?;
        }
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
