//! `devices`: what can do the work, what it is doing, and what can be recorded.

use std::process::ExitCode;
use std::time::Duration;

use st_engine::gpu::Card;
use st_engine::{DeviceKind, Engine, Gauge};

use super::record;
use crate::end::End;
use crate::out;

/// How often the gauge is read: twice a second.
const EVERY: Duration = Duration::from_millis(500);

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Shows what cards and processor are doing, twice a second, until it is stopped with Ctrl-C
    #[arg(long)]
    watch: bool,
    /// Ends after so many readings
    #[arg(long, value_name = "NUMBER", requires = "watch")]
    times: Option<u64>,
}

/// Lists them.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    if args.watch {
        return watch(engine, args);
    }
    let devices = engine.devices()?;
    // Without models there is nothing to plan, and the devices are there all the same.
    let outlook = engine.outlook(&engine.settings().job).ok();
    // A computer without sound does the work all the same.
    let inputs = engine.inputs().unwrap_or_default();
    if args.json {
        out::json(&serde_json::json!({ "devices": devices, "inputs": inputs, "outlook": outlook }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let cells = devices.iter().map(|device| {
        let or_dash = |text: Option<&str>| text.filter(|text| !text.is_empty()).unwrap_or("–").to_owned();
        vec![
            device.id.clone(),
            kind(device.kind).to_owned(),
            memory(device.memory_free, device.memory_total),
            or_dash(device.capability.as_deref().or(device.api.as_deref())),
            or_dash(device.driver.as_deref()),
            device.name.clone(),
        ]
    });
    out::table(&["id", "kind", "memory", "version", "driver", "name"], &cells.collect::<Vec<_>>())?;
    if let Some(outlook) = outlook {
        outlook.passed.iter().try_for_each(out::line)?;
        out::line(format!("Next job: {}", outlook.plan))?;
        if outlook.gentle {
            out::line("The computer runs on its battery, which is spared: the job takes longer.")?;
        }
    }
    record::inputs::show(&inputs)?;
    Ok(ExitCode::SUCCESS)
}

fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Gpu => "card",
        DeviceKind::IntegratedGpu => "built in",
        DeviceKind::Software => "played",
        DeviceKind::Cpu | DeviceKind::Accelerator => "processor",
    }
}

fn memory(free: u64, total: u64) -> String {
    if total == 0 { "–".into() } else { format!("{} of {} free", out::megabytes(free), out::megabytes(total)) }
}

/// Shows the gauge again and again.
fn watch(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let mut left = args.times;
    while left != Some(0) {
        let gauge = engine.gauge();
        if args.json {
            out::line(serde_json::to_string(&gauge).map_err(|error| End::Output(error.into()))?)?;
        } else {
            gauge.cards.iter().map(card).try_for_each(out::line)?;
            out::line(processor(&gauge))?;
        }
        left = left.map(|left| left - 1);
        if left != Some(0) {
            std::thread::sleep(EVERY);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn card(card: &Card) -> String {
    if let Some(problem) = card.problem {
        return format!("{}: {}", card.name, problem.sentence());
    }
    let ours = card.memory_ours.map(|ours| format!(", {} by this program", out::megabytes(ours)));
    let used = card.memory_total.saturating_sub(card.memory_free);
    let mut line = format!(
        "{}: {} of {} used{}",
        card.name,
        out::megabytes(used),
        out::megabytes(card.memory_total),
        ours.unwrap_or_default()
    );
    let more = [
        card.utilisation.map(|part| format!("{:.0} % busy", part * 100.0)),
        card.temperature.map(|degrees| format!("{degrees:.0} °C")),
        card.power.map(|watts| format!("{watts:.0} W")),
    ];
    for fact in more.into_iter().flatten() {
        line.push_str(", ");
        line.push_str(&fact);
    }
    line
}

fn processor(gauge: &Gauge) -> String {
    let usage = gauge.usage;
    format!(
        "Processor: {:.0} % and {} of {} used by this program",
        usage.processor * 100.0,
        out::megabytes(usage.memory_bytes),
        out::megabytes(usage.total_memory_bytes)
    )
}
