//! `devices`: what can do the work, and what can be recorded.

use std::process::ExitCode;

use st_engine::Engine;
use st_engine::recording::Input;

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
    out::line("")?;
    if inputs.is_empty() {
        out::line("Nothing to record from.")?;
        return Ok(ExitCode::SUCCESS);
    }
    out::table(&["input", "sound", "name"], &inputs.iter().map(cells_of).collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}

fn cells_of(input: &Input) -> Vec<String> {
    let format = match (input.rate, input.channels) {
        (Some(rate), Some(channels)) => format!("{rate} Hz, {channels} ch"),
        _ => "–".into(),
    };
    let mut name = input.name.clone();
    if input.usual {
        name.push_str(" (usual)");
    }
    if input.off {
        name.push_str(" (muted)");
    }
    vec![input.id.clone(), format, name]
}
