//! `devices`: what can do the work, and what can be recorded.

use std::process::ExitCode;

use st_engine::Engine;

use super::record;
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
    // A computer without sound does the work all the same.
    let inputs = engine.inputs().unwrap_or_default();
    if args.json {
        out::json(&serde_json::json!({ "devices": devices, "inputs": inputs }))?;
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
    record::inputs::show(&inputs)?;
    Ok(ExitCode::SUCCESS)
}
