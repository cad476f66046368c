//! `devices`: what can do the work.

use std::process::ExitCode;

use st_engine::Engine;

use crate::end::End;
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// Lists them.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let devices = engine.devices()?;
    if args.json {
        out::json(&serde_json::json!({ "devices": devices }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let cells = devices.iter().map(|device| {
        let memory = if device.memory_total == 0 {
            "–".into()
        } else {
            format!("{} of {} free", out::megabytes(device.memory_free), out::megabytes(device.memory_total))
        };
        vec![device.id.clone(), memory, device.name.clone()]
    });
    out::table(&["id", "memory", "name"], &cells.collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}
